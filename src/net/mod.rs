//! The network: capacities, latency, and how transfers share links.
mod rate;
mod sharing;
pub use rate::Rate;
pub use sharing::Sharing;
