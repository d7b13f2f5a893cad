//! The parts that a swarm's time goes to: picking a chunk, learning from an answer, digesting an event, drawing numbers.

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;
use swarmsim::chunks::{ChunkSet, ChunkSets, CopyCounts};
use swarmsim::sim::{Digest, Distribution, EventQueue, GroupId, Owner, Purpose, QueueKind, Streams};
use swarmsim::strategy::{KINDS, View};

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
            let set = sets.create();
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

criterion_group!(benches, pick, learn, digest, draw);
criterion_main!(benches);
