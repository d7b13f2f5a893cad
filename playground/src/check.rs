//! What is wrong with a scenario, what it means, and what a run of it will take.

use crate::NAME;
use serde_json::{Value, json};
use swarmsim::scenario::estimate::{Estimate, count_text, memory_text};
use swarmsim::scenario::explain::explain;
use swarmsim::scenario::problem::{Report, Severity, grouped};
use swarmsim::scenario::{Scenario, from_json};

/// The report on a scenario as the page shows it, beside the text and below it.
pub fn check(text: &[u8]) -> Value {
    match from_json(NAME, text) {
        Ok(checked) => {
            json!({ "problems": problems(&checked.warnings), "takes": takes(&checked.scenario), "means": means(&checked.scenario) })
        }
        Err(report) => json!({ "problems": problems(&report) }),
    }
}

/// Each problem with its place in the text.
pub fn problems(report: &Report) -> Value {
    let problem = |one: &swarmsim::scenario::problem::Problem| {
        let (line, column) = report.position(one.at).unwrap_or((1, 1));
        let severity = match one.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        json!({ "severity": severity, "line": line, "column": column, "path": one.path, "message": one.message })
    };
    Value::Array(report.problems.iter().map(problem).collect())
}

fn takes(scenario: &Scenario) -> Value {
    let estimate = Estimate::of(scenario);
    let text = format!(
        "{} peers, {} chunks; a run takes about {} events and {} of memory",
        grouped(estimate.peers),
        grouped(scenario.config.file.chunks()),
        count_text(estimate.events),
        memory_text(estimate.memory_bytes as f64)
    );
    json!({ "text": text, "events": estimate.events.round(), "memory_bytes": estimate.memory_bytes })
}

fn means(scenario: &Scenario) -> Value {
    let paragraphs = explain(scenario).into_iter();
    Value::Array(paragraphs.map(|one| json!({ "about": one.about, "sentences": one.sentences })).collect())
}
