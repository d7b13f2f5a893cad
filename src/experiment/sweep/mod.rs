//! Sweeps: a scenario under every combination of some values, each under the same seeds.
//!
//! A file is read as a [`Sweep`], whose every point is then checked and makes a [`Plan`]; [`run`] does what of the plan is not done yet
//! and writes the folder, and [`merge`] joins the folders of shards. `docs/sweep.md` tells users what each file and column holds.

mod aggregate;
mod check;
pub mod constraint;
mod file;
mod merge;
mod plan;
mod range;
mod results;
mod run;
pub mod schema;

pub use check::{Bounds, Checked};
pub use file::{Axis, AxisValue, Base, DEFAULT_METRICS, LoadFile, Refusal, Seeds, Sweep, SweepFault, is_sweep};
pub use merge::{MergeError, Shards, merge};
pub use plan::{MAX_RUNS, Plan};
pub use results::Tally;
pub use run::{DrawSweep, Progress, Report, Settings, Shard, SweepError, check_name, run};

#[cfg(test)]
mod tests;
