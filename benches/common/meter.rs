//! What a piece of work takes: time of the processor, and memory.

use crate::hold::Hold;
use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;
use swarmsim::sim::{EventQueue, QueueKind};

/// Seconds that this thread has been on a processor; wall time where the system does not tell.
pub fn clock() -> f64 {
    static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
    let on_processor = || -> Option<f64> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
    };
    on_processor().unwrap_or_else(|| BEGINNING.elapsed().as_secs_f64())
}

/// The most memory that the process has held, in bytes, where the system tells.
pub fn peak_rss() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

/// Nanoseconds to pop an event and push another, with so many pending.
pub fn queue_nanos(pending: usize, steps: u32) -> f64 {
    let mut hold = Hold::new(EventQueue::new(QueueKind::Ladder), pending.max(1));
    let start = clock();
    (0..steps).for_each(|_| _ = black_box(hold.step()));
    (clock() - start) * 1e9 / f64::from(steps)
}

/// What the least of models holds of each of its actors: 256 bytes.
type Actor = [u64; 32];

/// The same, where each event also finds one of so many actors, reads all of it and writes a word: what no simulator of such a size can do
/// without.
pub fn actor_nanos(pending: usize, actors: u32, steps: u32) -> f64 {
    let mut hold = Hold::new(EventQueue::new(QueueKind::Ladder), pending.max(1));
    let mut all: Vec<Actor> = (0..u64::from(actors.max(1))).map(|number| [number; 32]).collect();
    let mut turns = |steps: u32| {
        for _ in 0..steps {
            let number = black_box(hold.step()).payload.0[0];
            // Any of them, whichever comes.
            let actor = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            let actor = &mut all[((actor * u64::from(actors.max(1))) >> 32) as usize];
            let sum = actor.iter().fold(number, |sum, word| sum.wrapping_add(*word));
            actor[number as usize % 32] = sum;
        }
    };
    turns(steps / 4);
    let start = clock();
    turns(steps);
    (clock() - start) * 1e9 / f64::from(steps)
}
