//! `swarmsim trace`: what is done with a trace.

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

/// What is done with a trace.
#[derive(Debug, Subcommand)]
pub enum TraceCommand {
    /// Write it in a form that other programs open
    Export(ExportArgs),
}

/// Does it.
pub fn run(args: &TraceArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        TraceCommand::Export(args) => export::run(args),
    }
}
