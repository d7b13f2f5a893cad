//! `swarmsim list`: what there is.

use super::args::ListWhat;
use super::{Failure, terminal};
use crate::experiment::measure::{self, Measure};
use crate::output::json_text;
use crate::scenario::EMBEDDED;
use crate::strategy::{KINDS, Kind};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Prints a list: a line each, the name first; or an array of objects.
pub fn run(what: ListWhat, as_json: bool) -> Result<ExitCode, Failure> {
    let text = if as_json { json_text(&objects(what)) } else { lines(what) };
    terminal::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn lines(what: ListWhat) -> String {
    let rows: Vec<(String, String)> = match what {
        ListWhat::Scenarios => EMBEDDED.iter().map(|one| (one.name.to_owned(), one.summary())).collect(),
        ListWhat::Strategies => KINDS.iter().map(|kind| (kind.name.to_owned(), describe(kind))).collect(),
        ListWhat::Metrics => measure::every().iter().map(|one| (one.name.to_owned(), measured(one))).collect(),
    };
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter().map(|(name, what)| format!("{name:width$}  {what}\n")).collect()
}

fn objects(what: ListWhat) -> Vec<Value> {
    match what {
        ListWhat::Scenarios => {
            EMBEDDED.iter().map(|one| json!({ "name": one.name, "summary": one.summary() })).collect()
        }
        ListWhat::Strategies => KINDS.iter().map(strategy).collect(),
        ListWhat::Metrics => measure::every()
            .iter()
            .map(|one| {
                json!({ "name": one.name, "title": one.title, "unit": one.unit.word(), "better": one.better_word(),
                        "needs_everyone": one.needs_everyone })
            })
            .collect(),
    }
}

fn strategy(kind: &Kind) -> Value {
    let number = |integer: bool, value: f64| if integer { json!(value as u64) } else { json!(value) };
    let parameters = kind.parameters.iter().map(|one| {
        json!({
            "name": one.name,
            "summary": one.summary,
            "type": if one.integer { "integer" } else { "number" },
            "minimum": number(one.integer, one.min),
            "maximum": number(one.integer, one.max),
            "default": number(one.integer, one.default),
        })
    });
    json!({ "name": kind.name, "summary": kind.summary, "parameters": parameters.collect::<Vec<_>>() })
}

/// What a metric measures, in what, which way is better, and of which runs it says something.
fn measured(one: &Measure) -> String {
    let runs = if one.needs_everyone { "; of runs in which everyone completed" } else { "" };
    format!("{} ({}), {} is better{runs}", one.title, one.unit.word(), one.better_word())
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
