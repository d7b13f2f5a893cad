//! `swarmsim validate`: checks files and says what runs of them would take.

use super::args::ValidateArgs;
use super::{Failure, failure, input, terminal};
use crate::experiment::sweep::is_sweep;
use crate::net::LatencyModel;
use crate::scenario::estimate::{count_text, memory_text};
use crate::scenario::problem::{escape, grouped, shorten};
use std::ffi::OsStr;
use std::process::ExitCode;

/// Checks each file; the exit code is 2 as soon as one of them is refused.
pub fn run(args: &ValidateArgs) -> Result<ExitCode, Failure> {
    let mut code = ExitCode::SUCCESS;
    for name in &args.scenarios {
        match check(name, args) {
            Ok(text) => terminal::print(&format!("ok {}: {text}\n", escape(&name.to_string_lossy())))?,
            Err(failure) => {
                failure.report();
                code = ExitCode::from(failure::BAD_INPUT);
            }
        }
    }
    Ok(code)
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
        let (text, checked) = super::sweep::describe(name, &source, args.limits.bounds())?;
        checked.warnings.iter().for_each(|report| terminal::say(&report.to_string()));
        return Ok(text);
    }
    let loaded = source.read(&overrides, args.limits)?;
    let estimate = loaded.estimate;
    let latency = &loaded.scenario.config.network.latency;
    let apart = match latency {
        LatencyModel::Drawn(_) => String::new(),
        _ => format!(", nodes at least {:.3} ms apart", latency.least().as_secs_f64() * 1e3),
    };
    Ok(format!(
        "{} peers, {} chunks, about {} events and {} of memory{apart}",
        grouped(estimate.peers),
        grouped(loaded.scenario.config.file.chunks()),
        count_text(estimate.events),
        memory_text(estimate.memory_bytes as f64),
    ))
}
