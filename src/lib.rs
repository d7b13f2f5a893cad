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
