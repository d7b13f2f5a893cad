//! What theory says that whole swarms must show, each law with its source and its derivation.
//!
//! Three kinds of statements: EXACT holds to the nanosecond; a BOUND is one-sided and holds in every run; a BAND is statistical,
//! and its width is computed where it stands, as at least three standard deviations of the estimate. `SWARMSIM_LONG=1` makes runs
//! longer and bands narrower.

#![expect(clippy::print_stdout, reason = "the figures measured are shown with `--nocapture`")]

#[path = "../common/mod.rs"]
mod common;

mod bounds;
mod expiry;
mod identities;
mod open_swarm;
mod program;
mod queueing;
mod strategies;
