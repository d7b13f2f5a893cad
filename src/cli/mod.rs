//! The command line: arguments, input files, and what is said where.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 the work failed
//! or a check did not hold, 2 bad usage or bad input (and nothing is written), 130 interrupted.

mod args;
mod bar;
mod batch;
mod clock;
mod compare;
mod compare_args;
mod diff;
mod disk;
mod engine;
mod explain;
mod export;
mod failure;
mod heap;
mod init;
pub mod input;
mod interrupt;
mod list;
mod machine;
mod manual;
mod memory;
mod merge;
mod number;
mod past;
mod progress;
mod report;
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
pub use heap::Heap;

use crate::scenario::Embedded;
use crate::scenario::problem::did_you_mean;
use clap::error::ContextKind;
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Runs the program with these arguments, the program's own name first.
///
/// ```
/// let code = swarmsim::cli::main(["swarmsim", "list", "strategies"].map(Into::into));
/// assert_eq!(code, std::process::ExitCode::SUCCESS);
/// ```
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let typed: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&typed) {
        Ok(cli) => cli,
        Err(error) => return show_usage(&error, &typed),
    };
    terminal::set_color(cli.color);
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
        Command::Report(args) => report::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Init(args) => init::run(&args),
        Command::List { what, json } => list::run(what, json),
        Command::Schema { what } => schema::run(what),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man(args) => manual::man(&args),
    }
}

/// Help and version go to standard output, complaints to standard error; a closed one is no reason to panic.
fn show_usage(error: &clap::Error, typed: &[OsString]) -> ExitCode {
    let _ = error.print();
    let first = typed.get(1).map(|first| first.to_string_lossy().into_owned()).unwrap_or_default();
    let hint = near_command(&first);
    if error.get(ContextKind::SuggestedSubcommand).is_some() {
        // What was printed has the hint.
    } else if !hint.is_empty() {
        terminal::say(&format!("\n  tip: {hint}\n"));
    } else if is_run_without_its_name(typed) {
        let rest: Vec<String> = typed[1..].iter().map(|part| part.to_string_lossy().into_owned()).collect();
        terminal::say(&format!("\n  tip: to run a scenario, write `swarmsim run {}`\n", batch::shell(&rest)));
    }
    if error.use_stderr() { ExitCode::from(failure::BAD_INPUT) } else { ExitCode::SUCCESS }
}

/// `did you mean "run"?` for a word that names no scenario and is almost a command; else nothing.
fn near_command(word: &str) -> String {
    let is_scenario = word.starts_with('-') || Path::new(word).exists() || Embedded::find(word).is_some();
    let command = Cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    if is_scenario || names.contains(&word) {
        return String::new();
    }
    did_you_mean(word, names).trim_start_matches("; ").to_owned()
}

/// Whether the arguments are those of `run`, which was not named.
fn is_run_without_its_name(typed: &[OsString]) -> bool {
    let named = |part: &OsString| part.to_str().is_some_and(|name| Cli::command().find_subcommand(name).is_some());
    let Some((program, rest)) = typed.split_first() else { return false };
    let with_name = [program.clone(), "run".into()].into_iter().chain(rest.iter().cloned());
    !rest.is_empty() && !named(&rest[0]) && Cli::try_parse_from(with_name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_run_without_run_are_recognized() {
        let is_run = |parts: &[&str]| {
            is_run_without_its_name(&parts.iter().map(|part| OsString::from(*part)).collect::<Vec<_>>())
        };
        assert!(is_run(&["swarmsim", "--seed", "3"]));
        assert!(is_run(&["swarmsim", "heavy-churn", "--trace"]));
        for other in
            [&["swarmsim"] as &[&str], &["swarmsim", "--nonsense"], &["swarmsim", "list"], &["swarmsim", "validate"]]
        {
            assert!(!is_run(other), "{other:?}");
        }
    }
}
