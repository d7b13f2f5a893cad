//! Threads for a [run in parts](crate::swarm::Parallel).

use crate::swarm::{Crew, Meanwhile, Meet};
use std::hint;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// How often a worker looks whether the others have come before it lets others have the processor. Windows are far shorter than what
/// the system takes to wake a thread.
const LOOKS: u32 = 2_000;

/// Where there are more workers than processors, who waits is in the way.
fn looks_of(workers: usize) -> u32 {
    /// 0 where it is not known yet.
    static PROCESSORS: AtomicUsize = AtomicUsize::new(0);
    let mut processors = PROCESSORS.load(Ordering::Relaxed);
    if processors == 0 {
        processors = thread::available_parallelism().map_or(1, usize::from);
        PROCESSORS.store(processors, Ordering::Relaxed);
    }
    if workers > processors { 1 } else { LOOKS }
}

/// Threads of the system, of which the caller's is the first.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use swarmsim::experiment::Threads;
/// use swarmsim::swarm::{Crew, idle};
///
/// let written = [const { AtomicUsize::new(0) }; 3];
/// Threads.work(3, &|number, meet| {
///     written[number].store(number + 1, Ordering::Relaxed);
///     meet(&idle);
///     // By now all have.
///     assert_eq!(written.iter().map(|one| one.load(Ordering::Relaxed)).sum::<usize>(), 6);
/// });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Threads;

impl Crew for Threads {
    fn work(&self, workers: usize, work: &(dyn Fn(usize, &Meet<'_>) + Sync)) {
        let meeting = Meeting {
            workers,
            looks: looks_of(workers),
            come: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
            is_off: AtomicBool::new(false),
        };
        let meeting = &meeting;
        let one = move |number: usize| {
            let guard = CallOff(meeting);
            work(number, &|meanwhile| meeting.meet(meanwhile));
            std::mem::forget(guard);
        };
        thread::scope(|scope| {
            let others: Vec<_> = (1..workers).map(|number| scope.spawn(move || one(number))).collect();
            one(0);
            for other in others {
                other.join().unwrap_or_else(|panic| resume_unwind(panic));
            }
        });
    }
}

/// Where workers wait for each other.
struct Meeting {
    workers: usize,
    /// After how many looks in vain a worker lets others have the processor.
    looks: u32,
    /// Who has come to the meeting at hand.
    come: AtomicUsize,
    /// Meetings held.
    held: AtomicUsize,
    /// A worker panicked, and will not come any more.
    is_off: AtomicBool,
}

impl Meeting {
    fn meet(&self, meanwhile: &Meanwhile<'_>) {
        let held = self.held.load(Ordering::Acquire);
        if self.come.fetch_add(1, Ordering::AcqRel) + 1 == self.workers {
            self.come.store(0, Ordering::Relaxed);
            self.held.store(held + 1, Ordering::Release);
            return;
        }
        let is_over = || self.held.load(Ordering::Acquire) != held;
        let mut looks = 0;
        while !is_over() {
            assert!(!self.is_off.load(Ordering::Relaxed), "another thread of the run panicked");
            if meanwhile(&is_over) {
                continue;
            }
            looks += 1;
            if looks % self.looks == 0 {
                thread::yield_now();
            } else {
                hint::spin_loop();
            }
        }
    }
}

/// Calls the meetings off if it is dropped: in a panic.
struct CallOff<'m>(&'m Meeting);

impl Drop for CallOff<'_> {
    fn drop(&mut self) {
        self.0.is_off.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::idle;

    #[test]
    fn nobody_goes_on_before_all_have_come() {
        for workers in [1, 2, 3, 16] {
            let steps: Vec<AtomicUsize> = (0..workers).map(|_| AtomicUsize::new(0)).collect();
            Threads.work(workers, &|number, meet| {
                for step in 1..=200 {
                    steps[number].store(step, Ordering::Relaxed);
                    meet(&idle);
                    let all: Vec<usize> = steps.iter().map(|step| step.load(Ordering::Relaxed)).collect();
                    assert!(all.iter().all(|&other| other == step), "{all:?} at {step}");
                    meet(&idle);
                }
            });
        }
    }

    #[test]
    fn a_panic_of_one_ends_all() {
        let ended = std::panic::catch_unwind(|| {
            Threads.work(3, &|number, meet| {
                assert_ne!(number, 1, "this one fails");
                meet(&idle);
            });
        });
        assert!(ended.is_err());
    }
}
