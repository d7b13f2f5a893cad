//! The event queue alone: pop one, push one, with a fixed number pending (the hold model), in both implementations.
//!
//! Delays are like the simulator's: mostly a network latency of 20 to 60 ms, now and then a timer of 5 s.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;
use swarmsim::sim::{EventQueue, QueueKind};

#[path = "common/hold.rs"]
mod hold;

fn hold_model(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hold");
    group.throughput(Throughput::Elements(1)).sample_size(10);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for pending in [1_000, 10_000, 100_000, 1_000_000] {
        for (name, kind) in [("ladder", QueueKind::Ladder), ("heap", QueueKind::Heap)] {
            let mut state = hold::Hold::new(EventQueue::new(kind), pending);
            group.bench_function(BenchmarkId::new(name, pending), |bencher| bencher.iter(|| black_box(state.step())));
        }
    }
    group.finish();
}

criterion_group!(benches, hold_model);
criterion_main!(benches);
