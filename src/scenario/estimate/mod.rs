//! What a run will take, before it is begun: by following the swarm as a fluid (module `fluid`), from the scenario alone.
//!
//! It is meant to be within a factor of 2 of what the run then takes; `scripts/estimate_table` measures how far it is off.

mod fluid;
mod survival;
mod uplinks;

use super::Scenario;
use super::problem::grouped;
use crate::sim::math::pow;
use crate::swarm::config::{Arrival, Config};
use crate::swarm::{Obstacle, TABLE_CHUNKS, TABLE_NEIGHBORS};
use fluid::Totals;

/// Events of a Chunks Query: the request and its answer.
const EVENTS_PER_QUERY: f64 = 2.0;
/// Events of a chunk: the request, what the links are woken for, and the arrival.
const EVENTS_PER_CHUNK: f64 = 3.1;
/// Events of a Join: the arrival, the request, the answer, its timeout, and the session's end.
const EVENTS_PER_SESSION: f64 = 5.0;
/// Events of a Peer List: the timer, the request, the answer and its timeout.
const EVENTS_PER_LIST: f64 = 4.0;
/// Events of an Active Proof: the timer and the request.
const EVENTS_PER_PROOF: f64 = 2.0;
/// Bytes of a run without any peer: the program itself, plots and report.
const BYTES_FIXED: f64 = 8_500_000.0;
/// Bytes of a peer, and of each chunk that it may have.
const BYTES_PER_PEER: f64 = 1_056.0;
const BYTES_PER_CHUNK: f64 = 5.0;
/// Bytes of a neighbor, and of each query or answer that is under way.
const BYTES_PER_NEIGHBOR: f64 = 28.0;
const BYTES_PER_EVENT: f64 = 64.0;
/// Bytes of each chunk in the table of who has it, where a peer that downloads keeps one.
const BYTES_PER_HOLDERS: f64 = 8.0;
/// Bytes of each chunk of a peer in the lists of who has which, which there are where everyone is everyone's neighbor and chunks are few.
const BYTES_PER_OWNER: f64 = 16.0;
/// Bytes of each chunk that there are once: counts of copies, room to work in.
const BYTES_PER_CHUNK_OF_SWARM: f64 = 16.0;
/// Bytes of a peer in the copy of all logs that each thread but the first has, and of each of its chunks there, as few or as many as there are.
const BYTES_PER_COPY: f64 = 772.0;
const BYTES_PER_CHUNK_OF_COPY: f64 = 2.2;
const BYTES_PER_CHUNK_OF_WIDE_COPY: f64 = 4.2;
/// Bytes of a peer's session in the tables.
const BYTES_PER_SESSION: f64 = 328.0;
/// Bytes of a sample of the swarm's state.
const BYTES_PER_SAMPLE: f64 = 320.0;
/// Bytes in a trace of a query or a list with its answer, of a fetch with all that it leads to, of a proof, of a session,
/// and of each peer on a list.
const TRACE_BYTES_PER_PAIR: f64 = 330.0;
const TRACE_BYTES_PER_CHUNK: f64 = 560.0;
const TRACE_BYTES_PER_PROOF: f64 = 215.0;
const TRACE_BYTES_PER_SESSION: f64 = 600.0;
const TRACE_BYTES_PER_ENTRY: f64 = 4.5;
/// Seconds of an event in a run that takes [`BYTES_AT_BEST`] of memory, and how the cost grows with memory: fitted to the sizes in
/// `docs/performance.md` (0.18, 0.41 and 0.79 µs at 10, 48 and 397 MiB), on one core of a busy machine.
const SECONDS_PER_EVENT: f64 = 180e-9;
const BYTES_AT_BEST: f64 = 10_485_760.0;
const GROWTH: f64 = 0.4;
/// How much smaller a compressed trace is.
const COMPRESSION: f64 = 5.0;

/// What a run will take.
///
/// ```
/// use swarmsim::scenario::{Embedded, Estimate, from_json};
///
/// let crowd = Embedded::find("flash-crowd").unwrap();
/// let scenario = from_json(crowd.name, crowd.text.as_bytes()).unwrap().scenario;
/// let estimate = Estimate::of(&scenario);
/// assert_eq!(estimate.peers, 201);
/// assert!(estimate.within(1 << 30, 1e9).is_ok());
/// assert!(estimate.within(1 << 30, 1e3).unwrap_err().contains("events"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Events.
    pub events: f64,
    /// The most memory at any time.
    pub memory_bytes: u64,
    /// Peers that arrive.
    pub peers: u64,
    /// A trace of it, not compressed.
    pub trace_bytes: f64,
    /// Virtual time at its end, in seconds.
    pub end_s: f64,
}

impl Estimate {
    /// The estimate for a scenario.
    pub fn of(scenario: &Scenario) -> Estimate {
        let config = &scenario.config;
        let totals = fluid::totals(scenario);
        let peers = fluid::peers(config);
        let sweeps = totals.end_s / config.tracker.sweep_interval.as_secs_f64();
        let events = totals.queries * EVENTS_PER_QUERY
            + totals.rounds
            + totals.chunks * EVENTS_PER_CHUNK
            + totals.sessions * EVENTS_PER_SESSION
            + (totals.lists + totals.sessions * repetitions(config, totals.end_s)) * EVENTS_PER_LIST
            + totals.proofs * EVENTS_PER_PROOF
            + sweeps
            + 1.0;
        Estimate {
            events,
            memory_bytes: memory_bytes(scenario, &totals, peers) as u64,
            peers: peers.round() as u64,
            trace_bytes: trace_bytes(&totals),
            end_s: totals.end_s,
        }
    }

    /// The estimate for the same run on so many threads together, which costs memory if the swarm may be taken apart.
    pub fn on_threads(self, scenario: &Scenario, threads: u64) -> Estimate {
        if Obstacle::of(&scenario.config).is_some() {
            return self;
        }
        let chunks = scenario.config.file.chunks();
        let each = if chunks > 1 << 16 { BYTES_PER_CHUNK_OF_WIDE_COPY } else { BYTES_PER_CHUNK_OF_COPY };
        let copy = (self.peers as f64 * (BYTES_PER_COPY + chunks as f64 * each)) as u64;
        let memory_bytes = self.memory_bytes.saturating_add(copy.saturating_mul(threads.saturating_sub(1)));
        Estimate { memory_bytes, ..self }
    }

    /// Processor time of the run in seconds, tables and all, on a machine like that of `docs/performance.md`: good for telling long runs from
    /// short ones, and for a first guess of a time limit.
    pub fn seconds(&self) -> f64 {
        let memory = (self.memory_bytes as f64 / BYTES_AT_BEST).max(1.0);
        self.events * SECONDS_PER_EVENT * pow(memory, GROWTH)
    }

    /// A trace of the run, compressed.
    pub fn compressed_trace_bytes(&self) -> f64 {
        self.trace_bytes / COMPRESSION
    }

    /// Refuses what would take more than is allowed. The message holds the estimate.
    pub fn within(&self, max_memory_bytes: u64, max_events: f64) -> Result<(), String> {
        let (memory, events) = (memory_text(self.memory_bytes as f64), count_text(self.events));
        let this = format!("about {} peers, {events} events and {memory} of memory", grouped(self.peers));
        if self.memory_bytes > max_memory_bytes {
            let limit = memory_text(max_memory_bytes as f64);
            return Err(format!("a run would take {this}; accepted: at most {limit} of memory (--max-memory)"));
        }
        if self.events > max_events {
            let limit = count_text(max_events);
            return Err(format!("a run would take {this}; accepted: at most {limit} events (--max-events)"));
        }
        Ok(())
    }
}

/// What all the state of a run takes when there is most of it.
fn memory_bytes(scenario: &Scenario, totals: &Totals, peers: f64) -> f64 {
    let config = &scenario.config;
    let chunks = config.file.chunks() as f64;
    let samples = totals.end_s / scenario.output.sample_interval.as_secs_f64();
    let round_trip_s = 2.0 * (config.network.latency.mean() + config.network.jitter.mean()) / 1e9;
    let under_way = (round_trip_s / config.protocol.chunks_query_interval.as_secs_f64()).min(1.0);
    let few = config.protocol.max_neighbors.is_some_and(|most| most <= TABLE_NEIGHBORS);
    let tables = if few && chunks <= f64::from(TABLE_CHUNKS) { totals.leechers } else { 0.0 };
    let owners =
        if config.names_everyone() && chunks <= f64::from(TABLE_CHUNKS) { totals.listed.min(peers) } else { 0.0 };
    BYTES_FIXED
        + owners * chunks * BYTES_PER_OWNER
        + chunks * BYTES_PER_CHUNK_OF_SWARM
        + peers * BYTES_PER_PEER
        + totals.listed.min(peers) * chunks * BYTES_PER_CHUNK
        + tables * chunks * BYTES_PER_HOLDERS
        + totals.neighbors * (BYTES_PER_NEIGHBOR + under_way * BYTES_PER_EVENT)
        + totals.sessions * BYTES_PER_SESSION
        + samples * BYTES_PER_SAMPLE
}

fn trace_bytes(totals: &Totals) -> f64 {
    (totals.queries + totals.lists) * TRACE_BYTES_PER_PAIR
        + totals.chunks * TRACE_BYTES_PER_CHUNK
        + totals.proofs * TRACE_BYTES_PER_PROOF
        + totals.sessions * TRACE_BYTES_PER_SESSION
        + totals.list_entries * TRACE_BYTES_PER_ENTRY
}

/// How often a peer repeats a request to the tracker: once a timeout, for as long as an answer takes beyond it, and for as
/// long as the tracker is out or so many messages are lost that none comes.
fn repetitions(config: &Config, end_s: f64) -> f64 {
    let round_trip_s = 2.0 * (config.network.latency.mean() + config.network.jitter.mean()) / 1e9;
    let timeout_s = config.protocol.request_timeout.as_secs_f64();
    let arrives = (1.0 - config.network.loss) * (1.0 - config.network.loss);
    let unanswered_s = (round_trip_s + timeout_s) * (1.0 / arrives.max(1e-12) - 1.0);
    let waits_s = (round_trip_s - timeout_s).max(0.0) + unanswered_s + outage_s(config, end_s);
    waits_s.min(end_s) / timeout_s
}

/// How long a peer waits for the tracker to be back, on average: all of an outage, if all come at its beginning.
fn outage_s(config: &Config, end_s: f64) -> f64 {
    let at_once = config.groups.iter().filter(|group| matches!(group.arrival, Arrival::At { .. })).count();
    let share = at_once.max(1) as f64 / config.groups.len().max(1) as f64;
    let outages = config.tracker.outages.iter();
    let out_s: f64 = outages.map(|w| (w.until.as_secs_f64().min(end_s) - w.from.as_secs_f64()).max(0.0)).sum();
    share * out_s
}

/// The memory that a number of peers takes at least.
pub fn memory_of_peers(peers: f64) -> f64 {
    peers * BYTES_PER_PEER
}

/// An amount of memory in words: `1.5 GiB`.
pub fn memory_text(bytes: f64) -> String {
    scaled(bytes, 1024.0, &[" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"])
}

/// A number of events in words: `3.2 million`.
pub fn count_text(count: f64) -> String {
    scaled(count, 1000.0, &["", " thousand", " million", " billion", " trillion", " quadrillion"])
}

fn scaled(mut value: f64, step: f64, names: &[&str]) -> String {
    let mut name = 0;
    while value >= step && name + 1 < names.len() {
        value /= step;
        name += 1;
    }
    if value >= 1e6 {
        return format!("{value:.1e}{}", names[name]);
    }
    if name == 0 || value >= 100.0 {
        format!("{value:.0}{}", names[name])
    } else {
        format!("{value:.1}{}", names[name])
    }
}
