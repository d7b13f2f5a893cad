//! Runs on several threads at once.
//!
//! Each thread takes the next case as soon as it is free, so that long runs and short ones share the load. Results go through a
//! narrow channel to the caller's thread: whoever cannot keep up with them slows the runs down and fills no memory.

use super::Case;
use super::outcome::{Outcome, simulate};
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

/// The stack of a thread that runs swarms, in bytes: that of a main thread.
const STACK_BYTES: usize = 8 << 20;

/// How a batch of runs ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Every run was done.
    Done,
    /// The caller asked to stop: runs under way were given up, those done had been delivered.
    Stopped,
}

/// Why a batch of runs could not go on.
#[derive(Debug, PartialEq, Eq)]
pub enum RunsError<C, D> {
    /// A case could not be made.
    Case(C),
    /// A result could not be delivered.
    Deliver(D),
    /// The system gave not even one thread.
    Threads(String),
}

/// Runs the cases 0 to `count` − 1 on `jobs` threads, or as many as the system gives, and calls `deliver` on this thread with each outcome as it comes, in whatever
/// order they end. A run that panics is an outcome too, a failed one. `is_stopped` is asked often, on every thread; once it
/// says so, nothing new is begun and what is under way is given up.
///
/// While it runs, panics of its threads are not printed: their messages are in the outcomes.
///
/// ```
/// use std::convert::Infallible;
/// use swarmsim::experiment::{Case, End, Outcome, Status, run_all};
/// use swarmsim::scenario::from_json;
///
/// let text = br#"{
///     "name": "small", "seed": 7, "stop": { "at": "1h" }, "file": { "size": "1 MiB" }, "network": { "latency": "20ms" },
///     "peers": [
///         { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
///         { "group": "home", "count": 5, "up": "2 Mbit/s", "down": "8 Mbit/s" }
///     ]
/// }"#;
/// let case = |index: usize| {
///     let mut scenario = from_json("small.json", text).unwrap().scenario;
///     scenario.config.seed = index as u64;
///     Ok::<_, Infallible>(Case::new(scenario, Vec::new()))
/// };
/// let mut digests = vec![String::new(); 4];
/// let deliver = |index: usize, outcome: Outcome| {
///     assert_eq!(outcome.status, Status::Complete);
///     digests[index] = outcome.digest; // In whatever order they come.
///     Ok::<_, Infallible>(())
/// };
/// assert_eq!(run_all(4, 2, case, || false, deliver), Ok(End::Done));
/// assert!(digests.iter().all(|digest| digest.len() == 32));
/// ```
pub fn run_all<C: Send, D>(
    count: usize,
    jobs: usize,
    case: impl Fn(usize) -> Result<Case, C> + Sync,
    is_stopped: impl Fn() -> bool + Sync,
    mut deliver: impl FnMut(usize, Outcome) -> Result<(), D>,
) -> Result<End, RunsError<C, D>> {
    catch_messages();
    let jobs = jobs.clamp(1, count.max(1));
    let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let over = || has_failed.load(Ordering::Relaxed) || is_stopped();
    let (sender, receiver) = sync_channel(2 * jobs);
    let work = |sender: SyncSender<(usize, Result<Outcome, C>)>| {
        IS_WORKER.set(true);
        while !over() {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return;
            }
            let Some(result) = case(index).map(|case| guarded(&case, &over)).transpose() else { return };
            if sender.send((index, result)).is_err() {
                return;
            }
        }
    };
    let mut delivered = 0;
    thread::scope(|scope| {
        for number in 0..jobs {
            let (work, sender) = (&work, sender.clone());
            let thread = thread::Builder::new().name(format!("run-{number}")).stack_size(STACK_BYTES);
            if let Err(error) = thread.spawn_scoped(scope, move || work(sender)) {
                if number > 0 {
                    // Those that there are do all of it; it only takes longer.
                    break;
                }
                has_failed.store(true, Ordering::Relaxed);
                return Err(RunsError::Threads(error.to_string()));
            }
        }
        drop(sender);
        for (index, result) in &receiver {
            let one = result.map_err(RunsError::Case);
            if let Err(error) = one.and_then(|outcome| deliver(index, outcome).map_err(RunsError::Deliver)) {
                has_failed.store(true, Ordering::Relaxed);
                // Threads that wait for room in the channel wait no longer.
                drop(receiver);
                return Err(error);
            }
            delivered += 1;
        }
        Ok(())
    })?;
    Ok(if delivered == count { End::Done } else { End::Stopped })
}

/// Runs one case; a panic becomes a failed outcome. `None` where it was given up.
fn guarded(case: &Case, is_stopped: &dyn Fn() -> bool) -> Option<Outcome> {
    // What a panic leaves behind belongs to this run alone and is thrown away.
    panic::catch_unwind(AssertUnwindSafe(|| simulate(case, is_stopped))).unwrap_or_else(|_| {
        let message = MESSAGE.take().unwrap_or_else(|| "the run panicked".into());
        Some(Outcome::failed(&case.identity, case.seed(), &message))
    })
}

thread_local! {
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on, panics of the threads here are noted; all others are reported as before.
fn catch_messages() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_WORKER.get() {
                return before(info);
            }
            let payload = info.payload();
            let text = payload.downcast_ref::<&str>().copied();
            let text =
                text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message");
            let place = info.location().map(|at| format!(" (at {}:{})", at.file(), at.line())).unwrap_or_default();
            MESSAGE.set(Some(format!("the simulation panicked: {text}{place}")));
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::super::outcome::Status;
    use super::super::outcome::samples::scenario;
    use super::*;
    use std::convert::Infallible;

    fn case(index: usize) -> Result<Case, Infallible> {
        let mut scenario = scenario(index as u64);
        if index == 5 {
            // No file has such a configuration: the model trusts that there is a group.
            scenario.config.groups.clear();
        }
        Ok(Case::new(scenario, Vec::new()))
    }

    fn all(count: usize, jobs: usize) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; count];
        let end = run_all(
            count,
            jobs,
            case,
            || false,
            |index, outcome| {
                assert!(outcomes[index].replace(outcome).is_none(), "each is delivered once");
                Ok::<(), Infallible>(())
            },
        );
        assert_eq!(end, Ok(End::Done));
        outcomes.into_iter().map(|outcome| outcome.expect("each is delivered")).collect()
    }

    #[test]
    fn results_depend_neither_on_threads_nor_on_order() {
        let one = all(24, 1);
        assert_eq!(one, all(24, 3));
        assert_eq!(one, all(24, 24));
        assert!(one.iter().enumerate().all(|(index, outcome)| outcome.seed == index as u64));
    }

    #[test]
    fn a_run_that_panics_leaves_the_others_alone() {
        for (index, outcome) in all(8, 2).into_iter().enumerate() {
            match outcome.status {
                Status::Failed(why) => assert!(index == 5 && why.contains("panicked: "), "{index}: {why}"),
                _ => assert!(index != 5 && outcome.metric("peers.completed") == Some(3.0)),
            }
        }
    }

    #[test]
    fn who_stops_keeps_what_was_delivered() {
        let delivered = AtomicUsize::new(0);
        let is_stopped = || delivered.load(Ordering::Relaxed) >= 3;
        let deliver = |_, _| {
            delivered.fetch_add(1, Ordering::Relaxed);
            Ok::<(), Infallible>(())
        };
        assert_eq!(run_all(1000, 2, case, is_stopped, deliver), Ok(End::Stopped));
        assert!((3..20).contains(&delivered.load(Ordering::Relaxed)));
    }

    #[test]
    fn a_failure_to_deliver_or_to_make_a_case_ends_it() {
        let end = run_all(1000, 2, case, || false, |index, _| if index >= 4 { Err("full") } else { Ok(()) });
        assert_eq!(end, Err(RunsError::Deliver("full")));
        let bad = |index| if index < 4 { case(index).map_err(|_| "") } else { Err("no case") };
        let end = run_all(1000, 2, bad, || false, |_, _| Ok::<(), Infallible>(()));
        assert_eq!(end, Err(RunsError::Case("no case")));
        assert_eq!(run_all(0, 2, case, || false, |_, _| Ok::<(), Infallible>(())), Ok(End::Done));
    }
}
