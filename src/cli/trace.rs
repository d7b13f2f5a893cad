//! `swarmsim trace`: what can be done with a trace.

mod check;

pub(super) use check::find;

use super::Failure;
use super::export::{self, ExportArgs};
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// The arguments of `trace`.
#[derive(Args, Debug)]
pub struct TraceArgs {
    /// What to do with it
    #[command(subcommand)]
    pub command: TraceCommand,
}

/// What can be done with a trace.
#[derive(Debug, Subcommand)]
pub enum TraceCommand {
    /// Check a trace against the protocol's rules, independently of the simulator
    ///
    /// Puts every numbered invariant to the test, and compares summary and tables beside the trace with what follows from it.
    Check(check::CheckArgs),
    /// Write it in a form that other programs open
    ///
    /// The Perfetto UI and chrome://tracing show peers as tracks, with fetches, messages, copies and population over time.
    Export(ExportArgs),
}

/// Does it.
pub fn run(args: &TraceArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        TraceCommand::Check(args) => check::run(args),
        TraceCommand::Export(args) => export::run(args),
    }
}
