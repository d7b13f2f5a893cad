//! The swarm.
pub mod config;
