//! swarmsim
pub mod chunks;
#[cfg(feature = "cli")]
pub mod cli;
pub mod metrics;
pub mod net;
#[cfg(feature = "cli")]
pub mod output;
pub mod scenario;
pub mod sim;
pub mod strategy;
pub mod swarm;

/// The revision of the simulated model. It grows with every change that alters the digest of any run, so that
/// results of different revisions are not taken for comparable.
pub const MODEL_REVISION: u32 = 1;
