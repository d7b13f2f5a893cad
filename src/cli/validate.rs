//! `swarmsim validate`: checks files and says what runs of them would take.

use super::args::ValidateArgs;
use super::{Failure, failure, input, terminal};
use crate::experiment::sweep::is_sweep;
use crate::net::LatencyModel;
use crate::output::text::clean;
use crate::scenario::Scenario;
use crate::scenario::estimate::{count_text, memory_text};
use crate::scenario::explain::explain;
use crate::scenario::problem::{escape, grouped, shorten};
use serde_json::json;
use std::ffi::OsStr;
use std::fmt::Write;
use std::process::ExitCode;

/// Checks each file; the exit code is 2 as soon as one of them is refused.
pub fn run(args: &ValidateArgs) -> Result<ExitCode, Failure> {
    let mut code = ExitCode::SUCCESS;
    for name in &args.scenarios {
        match check(name, args) {
            Ok(text) if args.json => terminal::print(&text)?,
            Ok(text) => terminal::print(&format!("ok {}: {text}\n", escape(&name.to_string_lossy())))?,
            Err(failure) => {
                failure.report();
                code = ExitCode::from(failure::BAD_INPUT);
            }
        }
    }
    Ok(code)
}

/// What a scenario means, below the line that says what it takes.
fn explained(scenario: &Scenario) -> String {
    let mut text = String::new();
    for paragraph in explain(scenario) {
        let _ = write!(text, "\n\n  {}", paragraph.about);
        for sentence in paragraph.sentences {
            wrap(&mut text, &clean(&sentence));
        }
    }
    text.push('\n');
    text
}

/// Adds a sentence on lines of its own, none longer than a terminal is wide, but where a word is.
fn wrap(text: &mut String, sentence: &str) {
    const WIDTH: usize = 100;
    let mut column = WIDTH;
    for (i, word) in sentence.split(' ').enumerate() {
        let width = word.chars().count() + 1;
        if column + width > WIDTH {
            text.push_str(if i == 0 { "\n  - " } else { "\n    " });
            column = 4;
        } else {
            text.push(' ');
        }
        text.push_str(word);
        column += width;
    }
}

/// What a run of a scenario would take, or all runs of a sweep.
fn check(name: &OsStr, args: &ValidateArgs) -> Result<String, Failure> {
    let overrides = args.overrides.to_overrides()?;
    let source = input::open(name)?;
    if is_sweep(source.document.root()) {
        if !overrides.is_empty() {
            let message = "is a sweep, of which nothing is set from outside; change its scenario, or what it varies";
            return Err(Failure::BadInput(format!("{}: {message}", shorten(&source.document.name))));
        }
        if args.explain {
            let message = "is a sweep; --explain tells of scenarios only; name the one that it varies";
            return Err(Failure::BadInput(format!("{}: {message}", shorten(&source.document.name))));
        }
        if args.json {
            let message = "is a sweep; --json tells of scenarios only";
            return Err(Failure::BadInput(format!("{}: {message}", shorten(&source.document.name))));
        }
        let (text, checked) = super::sweep::describe(name, &source, args.limits.bounds())?;
        checked.warnings.iter().for_each(|report| terminal::say(&report.to_string()));
        return Ok(text);
    }
    let loaded = source.read(&overrides, args.limits)?;
    let estimate = loaded.estimate;
    if args.json {
        let told = json!({
            "file": name.to_string_lossy(),
            "peers": estimate.peers,
            "chunks": loaded.scenario.config.file.chunks(),
            "events": estimate.events.round(),
            "memory_bytes": estimate.memory_bytes,
            "trace_bytes": estimate.trace_bytes.round(),
            "compressed_trace_bytes": estimate.compressed_trace_bytes().round(),
            "end_time_s": estimate.end_s,
        });
        return Ok(format!("{told}\n"));
    }
    let latency = &loaded.scenario.config.network.latency;
    let apart = match latency {
        LatencyModel::Drawn(_) => String::new(),
        _ => format!("; nodes at least {:.3} ms apart", latency.least().as_secs_f64() * 1e3),
    };
    let explained = if args.explain { explained(&loaded.scenario) } else { String::new() };
    Ok(format!(
        "{} peers, {} chunks, about {} events and {} of memory; a trace would have {}{apart}{explained}",
        grouped(estimate.peers),
        grouped(loaded.scenario.config.file.chunks()),
        count_text(estimate.events),
        memory_text(estimate.memory_bytes as f64),
        memory_text(estimate.trace_bytes),
    ))
}
