//! swarmsim
pub mod metrics;
pub mod net;
#[cfg(feature = "cli")]
pub mod output;
pub mod sim;
pub mod strategy;
pub mod swarm;
