//! `swarmsim list`: what there is.

use super::args::ListWhat;
use super::{Failure, terminal};
use crate::scenario::EMBEDDED;
use crate::strategy::{KINDS, Kind};
use std::process::ExitCode;

/// Prints a list: a line each, the name first.
pub fn run(what: ListWhat) -> Result<ExitCode, Failure> {
    let rows: Vec<(String, String)> = match what {
        ListWhat::Scenarios => EMBEDDED.iter().map(|one| (one.name.to_owned(), one.summary())).collect(),
        ListWhat::Strategies => KINDS.iter().map(|kind| (kind.name.to_owned(), describe(kind))).collect(),
    };
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let text: String = rows.iter().map(|(name, what)| format!("{name:width$}  {what}\n")).collect();
    terminal::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// What a strategy does, and its parameters with their defaults.
fn describe(kind: &Kind) -> String {
    let parameters: Vec<String> = kind
        .parameters
        .iter()
        .map(|one| format!("{}: {} (default {})", one.name, one.summary.trim_end_matches('.'), one.default))
        .collect();
    match parameters.len() {
        0 => kind.summary.to_owned(),
        _ => format!("{} [{}]", kind.summary, parameters.join("; ")),
    }
}
