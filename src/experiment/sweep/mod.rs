//! Sweeps: a scenario under every combination of some values, each under the same seeds.
//!
//! A file is read as a [`Sweep`], whose every point is then checked and makes a [`Plan`]; [`run`] does what of the plan is not done yet
//! and writes the folder, and [`merge`] joins the folders of shards. `docs/sweep.md` tells users what each file and column holds.
//!
//! ```
//! use swarmsim::experiment::sweep::{Bounds, Plan, Settings, Sweep, SweepFault, run};
//! use swarmsim::output::{IfThere, Purpose, RunFolder};
//! use swarmsim::scenario::Document;
//!
//! let text = br#"{
//!     "name": "both", "seeds": [1, 2], "vary": { "strategy.kind": ["random", "rarest-first"] },
//!     "scenario": {
//!         "stop": { "at": "1h" }, "file": { "size": "4 MiB" }, "network": { "latency": "20ms" },
//!         "peers": [
//!             { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
//!             { "group": "home", "count": 10, "up": "2 Mbit/s", "down": "8 Mbit/s" }
//!         ]
//!     }
//! }"#;
//! let document = Document::parse("both", text).unwrap();
//! let no_file = |name: &str| Err(SweepFault::Name(format!("there is no {name}")));
//! let sweep = Sweep::read(&document, &no_file, ("both", Box::new(|_: &str| Err("no file".into())))).unwrap();
//! let (plan, _) = Plan::new(sweep, Bounds { memory_bytes: 1 << 30, events: 1e9 }).unwrap();
//! let place = tempfile::tempdir().unwrap();
//! let folder = RunFolder::prepare(&place.path().join("both"), Purpose::SWEEP, IfThere::Refuse, None).unwrap();
//! let report = run(&plan, folder, &Settings::default(), || false, |_| ()).unwrap();
//! assert!(report.is_complete());
//! let rows = std::fs::read_to_string(place.path().join("both/results.csv")).unwrap();
//! assert_eq!(rows.lines().count(), 1 + 4);
//! ```

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
