//! A deterministic discrete-event simulator of tracker-based peer-to-peer file distribution.
//!
//! One tracker, one file in chunks, and peers that join, prove that they are active, ask for lists, query their neighbors,
//! fetch chunks, complete, and leave without a word. From a scenario to its figures:
//!
//! ```
//! use swarmsim::metrics::{Identity, Metrics};
//! use swarmsim::scenario::from_json;
//! use swarmsim::sim::QueueKind;
//! use swarmsim::swarm::Simulation;
//!
//! let text = br#"{
//!     "name": "small", "seed": 7,
//!     "stop": { "at": "1h" },
//!     "file": { "size": "4 MiB", "max_chunk_size": "256 KiB" },
//!     "network": { "sharing": "fifo", "latency": "20ms" },
//!     "peers": [
//!         { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
//!         { "group": "home", "count": 10, "up": "2 Mbit/s", "down": "8 Mbit/s" }
//!     ]
//! }"#;
//! let scenario = from_json("small.json", text).unwrap().scenario;
//! let mut run = Simulation::new(
//!     scenario.config.clone(),
//!     Metrics::new(scenario.output.sample_interval),
//!     QueueKind::Ladder,
//! );
//! while run.advance(10_000) {} // A good place to show progress, or to give up.
//! let (digest, events) = (run.digest(), run.events());
//! let (metrics, reason) = run.finish();
//! let (summary, tables) = metrics.finish(Identity {
//!     scenario: scenario.name,
//!     seed: scenario.config.seed,
//!     strategy: scenario.strategy.kind.name.to_owned(),
//!     digest,
//!     events,
//!     reason,
//! });
//! assert_eq!(summary.completion.completed, 10);
//! assert!(summary.completion.ratio_to_bound.unwrap() >= 1.0);
//! assert_eq!(tables.sessions.len(), 11);
//! ```
//!
//! # Layers
//!
//! Each uses only those above it; `tests/layers.rs` holds the sources to it, and `ARCHITECTURE.md` gives the reasons.
//!
//! | layer | what it knows |
//! |---|---|
//! | [`sim`] | virtual time, the event queue, addressed randomness, the digest, the loop |
//! | [`net`] | rates, latencies, and how transfers share links |
//! | [`chunks`] | sets of chunks, counts of copies, who got what in which order |
//! | [`strategy`] | how a peer chooses the next chunk, from what it knows |
//! | [`swarm`] | the tracker, the peers, the five requests, churn; a stream of records of what happens |
//! | [`metrics`] | figures and tables, folded from that stream |
//! | [`scenario`] | the file: keys, units, defaults, checks; and how it becomes a swarm |
//! | `output` | a run's folder, tables, plots, report, trace |
//! | `check` | whether a trace obeys the protocol: a second opinion |
//! | `experiment` | many runs at once, kept on the disk, and what they say together |
//! | `cli` | arguments, signals, the terminal, the clock |
//!
//! The last four come with the feature `cli`, which is on by default; without it this is the simulation core.
//!
//! # Never
//!
//! * The kernel never knows a swarm, the swarm never knows a file, and a strategy never sees more than a real peer would.
//! * The core never reads a clock, an environment variable, a file or a thread's own generator.
//! * No event's order ever depends on the queue, on who pushed first, on a hash map or on the width of a machine word.
//! * No draw is ever moved by another: each has an address, and its value depends on nothing else.
//! * No observer ever changes a run: not metrics, not a trace, not the interval of samples.
//! * No input ever panics; a bug in the model does.

#[cfg(feature = "cli")]
pub mod check;
pub mod chunks;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod experiment;
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
pub const MODEL_REVISION: u32 = 3;

/// The worked example in the documentation, compiled and run by the tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/add-a-strategy.md")]
pub struct AddAStrategy;

/// The worked example of a metric, likewise.
#[cfg(doctest)]
#[doc = include_str!("../docs/add-a-metric.md")]
pub struct AddAMetric;
