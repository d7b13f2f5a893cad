//! swarmsim
#[cfg(feature = "cli")]
pub mod cli;
pub mod metrics;
pub mod net;
pub mod scenario;
pub mod sim;
pub mod strategy;
pub mod swarm;
