//! Sweeps on the engines that labs already run: what to submit, and how far it is.
//!
//! There is no engine here. A sweep is N parts that may be done anywhere, in any order and more than once, and a merge; Slurm, HyperQueue,
//! GNU parallel and Kubernetes place, retry and restart them. [`Shares`] says into how many parts, [`Submission`] writes what an engine
//! reads, and [`Status`] looks at what has come of it.
//!
//! ```
//! use swarmsim::experiment::cluster::{Engine, Resources, Shares, Submission};
//! use swarmsim::experiment::sweep::{Bounds, Plan, Sweep, SweepFault};
//! use swarmsim::scenario::Document;
//!
//! let text = br#"{
//!     "name": "both", "seeds": [1, 2], "vary": { "strategy.kind": ["random", "rarest-first"] },
//!     "scenario": {
//!         "stop": { "at": "1h" }, "file": { "size": "1 MiB" }, "network": { "latency": "20ms" },
//!         "peers": [
//!             { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
//!             { "group": "home", "count": 5, "up": "2 Mbit/s", "down": "8 Mbit/s" }
//!         ]
//!     }
//! }"#;
//! let document = Document::parse("both", text).unwrap();
//! let no_file = |name: &str| Err(SweepFault::Name(format!("there is no {name}")));
//! let sweep = Sweep::read(&document, &no_file, ("both", Box::new(|_: &str| Err("no file".into())))).unwrap();
//! let (plan, _) = Plan::new(sweep, Bounds { memory_bytes: 1 << 30, events: 1e9 }).unwrap();
//! let shares = Shares::of(&plan, 2);
//! assert!(shares.imbalance() < 0.15 && shares.parts.iter().all(|part| part.runs == 2));
//! let submission = Submission {
//!     plan: &plan,
//!     of: shares.parts.len(),
//!     resources: Resources::of(&shares.parts, 1, 10 << 20),
//!     parts: shares.parts,
//!     array_limit: Engine::Slurm.limit(),
//!     workers: 2,
//!     program: "swarmsim".into(),
//!     folder: "/shared/both/submit".into(),
//!     results: "/shared/both".into(),
//!     image: String::new(),
//!     claim: String::new(),
//! };
//! let submitted = submission.files(Engine::Slurm).unwrap();
//! assert_eq!(submitted.submit, "sbatch /shared/both/submit/sweep.sbatch");
//! assert_eq!(submitted.merge, "swarmsim merge /shared/both/shard-*-of-2 --out /shared/both");
//! let (name, text) = &submitted.files[0];
//! assert!(name == "sweep.sbatch" && text.contains("#SBATCH --array=1-2"));
//! ```

mod hyperqueue;
mod kubernetes;
mod list;
mod shares;
mod slurm;
mod status;
mod submission;

pub use shares::{EVEN, Part, Shares};
pub use status::{PartStatus, State, Status};
pub use submission::{Engine, Resources, SUBMISSION_FILE, Submission, SubmissionFile, Submitted};
