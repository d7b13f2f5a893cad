//! `swarmsim validate`: checks files and says what runs of them would take.

use super::args::ValidateArgs;
use super::{Failure, failure, input, terminal};
use crate::scenario::estimate::{count_text, memory_text};
use crate::scenario::problem::{escape, grouped};
use std::process::ExitCode;

/// Checks each file; the exit code is 2 as soon as one of them is refused.
pub fn run(args: &ValidateArgs) -> Result<ExitCode, Failure> {
    let mut code = ExitCode::SUCCESS;
    for name in &args.scenarios {
        match input::load(name, &args.overrides, args.limits) {
            Ok(loaded) => terminal::print(&line(&name.to_string_lossy(), &loaded))?,
            Err(failure) => {
                failure.report();
                code = ExitCode::from(failure::BAD_INPUT);
            }
        }
    }
    Ok(code)
}

fn line(name: &str, loaded: &input::Loaded) -> String {
    let estimate = loaded.estimate;
    format!(
        "ok {}: {} peers, {} chunks, about {} events and {} of memory\n",
        escape(name),
        grouped(estimate.peers),
        grouped(loaded.scenario.config.file.chunks()),
        count_text(estimate.events),
        memory_text(estimate.memory_bytes as f64),
    )
}
