//! swarmsim
pub mod chunks;
pub mod net;
pub mod sim;
pub mod strategy;
pub mod swarm;
pub mod metrics;
#[cfg(feature = "cli")]
pub mod output;
