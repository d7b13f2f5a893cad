//! The parts that a swarm's time goes to: picking a chunk, learning from an answer, sharing links, the tracker, digesting an event, drawing
//! numbers. The queue has a benchmark of its own.

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Duration;
use swarmsim::chunks::{ChunkSet, ChunkSets, CopyCounts};
use swarmsim::net::{Effects, Links, Rate, Sharing};
use swarmsim::scenario::from_json;
use swarmsim::sim::{Digest, Distribution, Draws, EventQueue, GroupId, Owner, Purpose, QueueKind, Span, Streams, Time};
use swarmsim::strategy::{KINDS, View};
use swarmsim::swarm::Simulation;

#[path = "common/hold.rs"]
mod hold;

fn quick(criterion: &mut Criterion, name: &str, each: impl FnOnce(&mut Group<'_>)) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    each(&mut group);
    group.finish();
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

/// What 50 half-complete neighbors have of a file, and a peer that has a third of it.
fn halfway(chunks: u32) -> (CopyCounts, ChunkSet, ChunkSet) {
    let mut draws = Streams::new(3).at(Owner::TRACKER, Purpose::InitialChunks, 0);
    let mut copies = CopyCounts::new(chunks);
    (0..50 * chunks / 2).for_each(|_| copies.add(draws.below(u64::from(chunks)) as u32));
    let held: ChunkSet = (0..chunks).filter(|chunk| chunk % 3 == 0 || chunk + 1 == chunks).collect();
    let mut wanted = ChunkSet::full(chunks);
    held.iter().for_each(|chunk| wanted.remove(chunk));
    (copies, held, wanted)
}

fn pick(criterion: &mut Criterion) {
    quick(criterion, "pick", |group| {
        for chunks in [256, 4096] {
            let (copies, held, wanted) = halfway(chunks);
            let global: Vec<u32> = (0..chunks).map(|chunk| copies.get(chunk)).collect();
            let view =
                View { chunks, held: held.bits(), held_count: held.len(), copies: &copies, global_copies: &global };
            for kind in KINDS {
                let defaults: Vec<f64> = kind.parameters.iter().map(|parameter| parameter.default).collect();
                let strategy = (kind.make)(&defaults);
                let mut draws = Streams::new(4).at(Owner::TRACKER, Purpose::Pick, 0);
                group.bench_function(BenchmarkId::new(kind.name, chunks), |bencher| {
                    let mut candidates = wanted.clone();
                    bencher.iter(|| {
                        candidates.copy_from(wanted.bits());
                        strategy.pick(&view, &mut candidates, &mut draws)
                    });
                });
            }
        }
    });
}

/// An answer with five new chunks: reading them off the neighbor's log, and counting them.
fn learn(criterion: &mut Criterion) {
    quick(criterion, "learn", |group| {
        for chunks in [256, 4096] {
            let mut sets = ChunkSets::new(chunks);
            let set = sets.create(1);
            (0..chunks).for_each(|chunk| sets.append(set, (chunk * 5 + 3) % chunks));
            let (copies, _, _) = halfway(chunks);
            group.bench_function(BenchmarkId::new("five chunks", chunks), |bencher| {
                let five = |mut copies: CopyCounts| {
                    sets.walk(set, 100, 105, |chunk| copies.add(chunk));
                    copies
                };
                bencher.iter_batched(|| copies.clone(), five, BatchSize::SmallInput);
            });
        }
    });
}

/// Nodes that have four downloads each, from whom it may be.
struct Busy {
    links: Links<()>,
    wakes: BinaryHeap<Reverse<(Time, u32, u32)>>,
    effects: Effects,
    draws: Draws,
}

impl Busy {
    const NODES: u32 = 1_000;

    fn new(sharing: Sharing) -> Busy {
        let draws = Streams::new(5).at(Owner::TRACKER, Purpose::Pick, 0);
        let (links, effects) = (Links::new(sharing), Effects::default());
        let mut busy = Busy { links, wakes: BinaryHeap::new(), effects, draws };
        let rate = |mbit: u64| Rate::from_bits_per_second(mbit * 1_000_000);
        (0..Busy::NODES).for_each(|node| busy.links.set_node(node, rate(4), rate(40), Time::ZERO));
        (0..4 * Busy::NODES).for_each(|i| busy.submit(Time::ZERO, i % Busy::NODES));
        busy
    }

    fn submit(&mut self, now: Time, to: u32) {
        let from = (to + 1 + self.draws.below(u64::from(Busy::NODES) - 1) as u32) % Busy::NODES;
        self.links.submit(now, (from, to), 256 << 10, (), &mut self.effects);
        self.wakes.extend(self.effects.wakes.drain(..).map(|wake| Reverse((wake.at, wake.subject, wake.version))));
        self.effects.started.clear();
    }

    /// Goes on until a transfer has ended, and begins another to the same node.
    fn step(&mut self) {
        loop {
            let Reverse((now, subject, version)) = self.wakes.pop().expect("transfers are under way");
            let ended = self.links.wake(now, subject, version, &mut self.effects);
            self.wakes.extend(self.effects.wakes.drain(..).map(|wake| Reverse((wake.at, wake.subject, wake.version))));
            if let Some(job) = ended {
                let to = self.links.job(job).to;
                black_box(self.links.receive(now, job, Span::ZERO));
                self.links.free(job);
                return self.submit(now, to);
            }
        }
    }
}

/// The end of a transfer and the beginning of another, 4,000 under way at 1,000 nodes; with what finds the next end.
fn share(criterion: &mut Criterion) {
    quick(criterion, "share", |group| {
        for (name, sharing) in [
            ("none", Sharing::None),
            ("fifo", Sharing::Fifo),
            ("equal-share", Sharing::EqualShare),
            ("max-min", Sharing::MaxMin),
        ] {
            let mut busy = Busy::new(sharing);
            group.bench_function(name, |bencher| bencher.iter(|| busy.step()));
        }
    });
}

/// A hundred events of peers of whom nobody has anything, and who so do nothing but prove that they are there and ask for lists.
fn tracker(criterion: &mut Criterion) {
    quick(criterion, "tracker", |group| {
        for (name, most) in [("lists of everybody", "null"), ("lists of 50", "50")] {
            let text = format!(
                r#"{{ "name": "tracker", "stop": {{ "at": "10000d", "when": "time" }}, "file": {{ "size": 1, "max_chunk_size": 1 }},
                    "tracker": {{ "max_peers_returned": {most} }},
                    "protocol": {{ "active_proof_interval": 1, "peer_list_interval": 1, "chunks_query_interval": "10000d", "max_neighbors": 1 }},
                    "network": {{ "latency": "40ms" }},
                    "peers": [ {{ "group": "all", "count": 1000, "up": "1 Mbit/s", "down": "1 Mbit/s",
                                 "arrival": {{ "kind": "uniform", "until": "1s" }} }} ] }}"#
            );
            let config = from_json("tracker", text.as_bytes()).expect("a good scenario").scenario.config;
            let mut run = Simulation::new(config, (), QueueKind::Ladder);
            run.advance(10_000);
            group.bench_function(name, |bencher| bencher.iter(|| assert!(run.advance(100), "it goes on")));
        }
    });
}

fn digest(criterion: &mut Criterion) {
    let mut hold = hold::Hold::new(EventQueue::new(QueueKind::Ladder), 1000);
    let event = hold.step();
    let mut digest = Digest::default();
    quick(criterion, "digest", |group| {
        group.bench_function("an event", |bencher| bencher.iter(|| digest.add(black_box(&event), 0)));
    });
}

fn draw(criterion: &mut Criterion) {
    let streams = Streams::new(1);
    let owner = Owner::peer(GroupId::of("home"), 7);
    quick(criterion, "draw", |group| {
        let mut step = 0;
        group.bench_function("at an address", |bencher| {
            bencher.iter(|| {
                step += 1;
                streams.draw(owner, Purpose::Pick, step)
            });
        });
        let distributions = [
            ("exponential", Distribution::Exponential { mean: 5.0 }),
            ("normal", Distribution::Normal { mean: 2.0, std_dev: 2.0 }),
            ("lognormal", Distribution::Lognormal { median: 2.0, sigma: 0.5 }),
            ("weibull", Distribution::Weibull { shape: 0.6, scale: 3.0 }),
            ("pareto", Distribution::Pareto { shape: 3.0, min: 2.0 }),
        ];
        for (name, distribution) in distributions {
            let mut draws = streams.at(owner, Purpose::Session, 0);
            group.bench_function(name, |bencher| bencher.iter(|| distribution.sample(draws.next())));
        }
    });
}

criterion_group!(benches, pick, learn, share, tracker, digest, draw);
criterion_main!(benches);
