//! Whole swarms: events and chunks a second, bytes a peer, and how that compares with the bare event queue.
//!
//! Single times mean little on a shared machine. So the queue alone, with as many events pending as the swarm has, is
//! measured before and after each swarm, in the same process, and the ratio of the two is the figure to quote. Likewise
//! the digest: as many events are digested alone. Time is that of the processor where the system tells it, so that who
//! else runs counts less. `--test` runs a few events only. Figures are printed, never asserted.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use meter::{actor_nanos, clock, peak_rss, queue_nanos};
use scenario::{Size, USUAL};
use std::hint::black_box;
use swarmsim::metrics::Metrics;
use swarmsim::sim::{Digest, EventQueue, QueueKind, Span, Time};
use swarmsim::swarm::config::Config;
use swarmsim::swarm::{Memory, Observer, Record, Simulation};

#[path = "common/hold.rs"]
mod hold;
#[path = "common/meter.rs"]
mod meter;
#[path = "common/scenario.rs"]
mod scenario;

/// Events between two looks at the swarm's state.
const SLICE: u64 = 100_000;

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let most = if is_test { 300_000 } else { u64::MAX };
    println!("a swarm with 256 chunks and 50 neighbors, links served in order (fifo), rarest first\n");
    for peers in [1_000, 10_000] {
        measure(peers, most, is_test);
    }
}

/// Counts chunks and does nothing else.
#[derive(Default)]
struct Transfers(u64);

impl Observer for Transfers {
    const IN_ORDER: bool = false;
    fn begin(&mut self, _: &Config) {}
    #[inline(always)]
    fn record(&mut self, _: Time, record: &Record<'_>) {
        self.0 += u64::from(matches!(record, Record::Acquire { .. }));
    }
}

/// What one run came to.
struct Run {
    events: u64,
    seconds: f64,
    mean_pending: usize,
    memory: Memory,
}

fn config(peers: u32) -> Config {
    scenario::config(Size { peers, ..USUAL })
}

fn measure(peers: u32, most: u64, is_test: bool) {
    let (transfers, bare) = run(config(peers), Transfers::default(), most);
    let steps = if is_test { 100_000 } else { 5_000_000 };
    let before = queue_nanos(bare.mean_pending, steps);
    let (_, measured) = run(config(peers), Metrics::new(Span::from_secs(10)), most);
    let after = queue_nanos(bare.mean_pending, steps);
    let queue = (before + after) / 2.0;
    let actor = actor_nanos(bare.mean_pending, peers, steps);
    let digest = digest_nanos(is_test);
    let nanos = |run: &Run| run.seconds * 1e9 / run.events as f64;
    println!("{peers} peers, {:.1} million events, {} pending on average", bare.events as f64 / 1e6, bare.mean_pending);
    println!("  {:32}{:>9.2} million events/s", "nobody watches", bare.events as f64 / bare.seconds / 1e6);
    println!("  {:32}{:>9.2} million events/s", "metrics are taken", measured.events as f64 / measured.seconds / 1e6);
    println!("  {:32}{:>9.0} thousand chunks/s", "chunks", transfers.0 as f64 / bare.seconds / 1e3);
    println!("  {:32}{queue:>9.1} ns ({before:.1} before, {after:.1} after)", "the bare queue: pop and push");
    println!("  {:32}{actor:>9.1} ns", "with an actor of 256 bytes");
    for (what, run) in [("an event of the swarm", &bare), ("an event, metrics included", &measured)] {
        let event = nanos(run);
        println!(
            "  {what:32}{event:>9.1} ns, {:.2} times the bare queue, {:.2} times that with an actor",
            event / queue,
            event / actor
        );
    }
    println!("  {:32}{digest:>9.1} ns, {:.1} % of an event", "its digest alone", 100.0 * digest / nanos(&bare));
    let Memory { peers: state, chunks, links, inboxes, pending_events } = bare.memory;
    println!("  bytes a peer at the largest");
    for (what, bytes) in [
        ("peers and neighbors", state),
        ("chunk sets", chunks),
        ("links", links),
        ("inboxes", inboxes),
        ("pending events", pending_events),
    ] {
        println!("    {what:30}{:>9}", bytes / peers as usize);
    }
    let sum = state + chunks + links + inboxes + pending_events;
    println!("    {:30}{:>9}", "together", sum / peers as usize);
    match peak_rss() {
        Some(rss) => {
            println!("  {:32}{:>9.1} MiB, the whole process so far\n", "peak resident memory", rss / 1048576.0)
        }
        None => println!(),
    }
}

/// Runs at most `most` events.
fn run<O: Observer>(config: Config, observer: O, most: u64) -> (O, Run) {
    let mut simulation = Simulation::new(config, observer, QueueKind::Ladder);
    let (mut pending, mut slices, mut memory, mut seconds) = (0, 0, Memory::default(), 0.0);
    loop {
        let start = clock();
        let more = simulation.advance(SLICE.min(most));
        seconds += clock() - start;
        pending += simulation.pending();
        slices += 1;
        // Walks through everything there is, so rarely: what comes next would find the cache cold.
        if slices % 20 == 1 {
            let now = simulation.memory();
            if now.peers + now.chunks + now.links > memory.peers + memory.chunks + memory.links {
                memory = now;
            }
        }
        if !more || simulation.events() >= most {
            break;
        }
    }
    let events = simulation.events();
    (simulation.into_observer(), Run { events, seconds, mean_pending: pending / slices, memory })
}

/// Nanoseconds to digest an event that lies ready.
fn digest_nanos(is_test: bool) -> f64 {
    let mut hold = hold::Hold::new(EventQueue::new(QueueKind::Ladder), 1000);
    let events: Vec<_> = (0..4096).map(|_| hold.step()).collect();
    let rounds = if is_test { 10 } else { 5_000 };
    let mut digest = Digest::default();
    let start = clock();
    for _ in 0..rounds {
        black_box(&events).iter().for_each(|event| digest.add(event, 0));
    }
    let nanos = (clock() - start) * 1e9;
    black_box(digest);
    nanos / f64::from(rounds) / events.len() as f64
}
