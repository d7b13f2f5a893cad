//! The network: capacities, latencies, and how transfers share links.
//!
//! It knows nodes by number and transfers by bytes; what is transferred, and why, is the swarm's.

mod latency;
mod links;
mod rate;

pub use latency::{Coordinates, Latency, LatencyModel, Matrix, Regions};
pub use links::{Abandoned, Backbone, Effects, Job, JobId, Links, Sharing, Wake};
pub use rate::Rate;
