//! Experiments: many runs, and what they say together.
//!
//! One run is a [`Case`]: a scenario, the arguments that make `swarmsim run` do the same, and an identity. [`run_all`] runs
//! cases on as many threads as are wanted and hands each [`Outcome`] to the caller as it comes. A [`Journal`] keeps them on the
//! disk by identity, so that no run is done twice, whatever stopped the process.
//!
//! Nothing here knows a clock, and no result depends on the number of threads or on the order in which runs end.

mod case;
pub mod cluster;
pub mod compare;
mod journal;
pub mod measure;
mod outcome;
pub mod parting;
pub mod plots;
mod pool;
mod redraw;
pub mod report;
pub mod statistics;
pub mod sweep;
mod threads;
pub mod waits;

pub use case::Case;
pub use journal::Journal;
pub use outcome::{Outcome, Status};
pub use pool::{End, RunsError, run_all};
pub use redraw::redraw;
pub use threads::Threads;
