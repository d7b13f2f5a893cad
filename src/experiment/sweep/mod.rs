//! Sweeps: a scenario under every combination of some values, each under the same seeds.
//!
//! A file is read as a [`Sweep`], whose every point is then checked and makes a [`Plan`]; [`run`] does what of the plan is not done yet
//! and writes the folder, and [`merge`] joins the folders of shards. `docs/sweep.md` tells users what each file and column holds.

mod aggregate;
mod beat;
mod check;
pub mod constraint;
mod cursor;
mod file;
mod merge;
mod place;
mod plan;
mod range;
mod results;
mod run;
pub mod schema;

pub use beat::{Beat, FRESH_S};
pub use check::{Bounds, Checked};
pub use file::{Axis, AxisValue, Base, DEFAULT_METRICS, LoadFile, Refusal, Seeds, Sweep, SweepFault, is_sweep};
pub use merge::{MergeError, Shards, merge, plan_in};
pub use place::{Place, Standing};
pub use plan::{Identities, MAX_RUNS, Plan};
pub use results::Tally;
pub use run::{DrawSweep, Progress, Report, Settings, Shard, SweepError, check_name, run, run_after};

#[cfg(test)]
mod tests;
