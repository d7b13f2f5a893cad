//! The command line: arguments, input files, and what is said where.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 the work failed
//! or a check did not hold, 2 bad usage or bad input (and nothing is written), 130 interrupted.

mod args;
mod batch;
mod clock;
mod compare;
mod compare_args;
mod diff;
mod disk;
mod export;
mod failure;
mod init;
pub mod input;
mod interrupt;
mod list;
mod machine;
mod memory;
mod merge;
mod past;
mod progress;
mod reproduce;
mod run;
mod schema;
mod scratch;
mod simulate;
mod summary;
mod sweep;
pub mod terminal;
mod trace;
mod validate;

pub use args::{Cli, Command, LimitArgs, RunArgs};
pub use compare_args::CompareArgs;
pub use failure::Failure;

use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with these arguments, the program's own name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return show_usage(&error),
    };
    match dispatch(cli) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command.unwrap_or_else(Command::default_run) {
        Command::Run(args) => run::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Reproduce(args) => reproduce::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Init(args) => init::run(&args),
        Command::List { what } => list::run(what),
        Command::Schema { what } => schema::run(what),
    }
}

/// Help and version go to standard output, complaints to standard error; a closed one is no reason to panic.
fn show_usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(failure::BAD_INPUT) } else { ExitCode::SUCCESS }
}
