//! Sweeps on the engines that labs already run: what to submit, and how far it is.
//!
//! There is no engine here. A sweep is N parts that may be done anywhere, in any order and more than once, and a merge; Slurm, HyperQueue,
//! GNU parallel and Kubernetes place, retry and restart them. [`Shares`] says into how many parts, [`Submission`] writes what an engine
//! reads, and [`Status`] looks at what has come of it.

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
