//! What a check has come to, for people and for machines.

use super::Beside;
use super::findings::{Findings, Violation};
use super::invariants::{Area, INVARIANTS, Invariant};
use crate::sim::Time;
use serde_json::{Value, json};
use std::fmt::Write;

/// What a check has come to.
#[derive(Clone, Debug)]
pub struct Report {
    findings: Findings,
    /// Lines read, the header included.
    pub lines: u64,
    /// The virtual time at which the run ended, nanoseconds.
    pub end_nanos: u64,
    /// What was not found beside the trace, and so not looked at.
    pub missing: Vec<&'static str>,
}

/// The most violations that are told one by one.
const TOLD: usize = 20;

impl Report {
    pub(super) fn new(findings: Findings, lines: u64, end_nanos: u64, beside: &Beside) -> Report {
        let files = [
            ("summary.json", beside.summary.is_none()),
            ("peers.csv", beside.peers.is_none()),
            ("expiries.csv", beside.expiries.is_none()),
            ("timeseries.csv", beside.samples.is_none()),
            ("availability.csv", beside.copies.is_none()),
        ];
        let missing = files.iter().filter(|file| file.1).map(|file| file.0).collect();
        Report { findings, lines, end_nanos, missing }
    }

    /// Whether every invariant holds.
    pub fn holds(&self) -> bool {
        self.findings.first.is_empty()
    }

    /// The first violation of each invariant that is broken, in the order of lines.
    pub fn violations(&self) -> &[Violation] {
        &self.findings.first
    }

    /// How often an invariant was put to the test, and how often it did not hold.
    pub fn counts(&self, invariant: &Invariant) -> (u64, u64) {
        (self.findings.tested(invariant.rule), self.findings.broken(invariant.rule))
    }

    fn exercised(&self) -> usize {
        INVARIANTS.iter().filter(|invariant| self.counts(invariant).0 > 0).count()
    }

    /// In a few lines for people; with `verbose`, how often each invariant was put to the test.
    pub fn text(&self, file: &str, verbose: bool) -> String {
        let tests: u64 = INVARIANTS.iter().map(|invariant| self.counts(invariant).0).sum();
        let grouped = crate::scenario::problem::grouped;
        let word = if self.holds() { "holds" } else { "does not hold" };
        let mut text = format!(
            "{file} {word}: {} lines to {} s, {} of {} invariants put to the test, {} tests\n",
            grouped(self.lines),
            Time::from_nanos(self.end_nanos),
            self.exercised(),
            INVARIANTS.len(),
            grouped(tests),
        );
        if !self.missing.is_empty() {
            let _ = writeln!(text, "not found beside it, so not compared: {}", self.missing.join(", "));
        }
        if verbose {
            let mut area: Option<Area> = None;
            for invariant in INVARIANTS {
                if area.replace(invariant.area) != Some(invariant.area) {
                    let _ = writeln!(text, "\n{}", invariant.area.name());
                }
                let (tested, broken) = self.counts(invariant);
                let broken = if broken > 0 { format!("  broken {}", grouped(broken)) } else { String::new() };
                let _ = writeln!(text, "  {:<28}{:>16}{broken}", invariant.to_string(), grouped(tested));
            }
        }
        text
    }

    /// The violations, one a line, the first of each invariant; at most 20, then a count.
    pub fn complaints(&self, file: &str) -> String {
        let told: Vec<String> = self.violations().iter().take(TOLD).map(|one| self.complaint(one, file)).collect();
        let mut text = told.join("\nerror: ");
        let all: u64 = INVARIANTS.iter().map(|invariant| self.counts(invariant).1).sum();
        let broken = self.violations().len();
        if all > told.len() as u64 {
            let _ = write!(text, "\n{all} violations in all, of {broken} invariants");
        }
        text
    }

    fn complaint(&self, violation: &Violation, file: &str) -> String {
        let told = violation.told(file);
        match self.findings.broken(violation.rule) {
            1 => told,
            more => format!("{told} ({} more of this invariant)", more - 1),
        }
    }

    /// For machines.
    pub fn to_json(&self) -> Value {
        let invariants: Vec<Value> = INVARIANTS
            .iter()
            .map(|invariant| {
                let (tested, broken) = self.counts(invariant);
                json!({ "number": invariant.number, "name": invariant.name, "tested": tested, "broken": broken })
            })
            .collect();
        let violations: Vec<Value> = self
            .violations()
            .iter()
            .map(|one| {
                let Invariant { number, name, sentence, .. } = one.rule.invariant();
                let (line, t, found) = (one.line, one.nanos, &one.found);
                json!({ "number": number, "name": name, "line": line, "t": t, "found": found, "guards": sentence })
            })
            .collect();
        json!({
            "holds": self.holds(), "lines": self.lines, "end_t": self.end_nanos, "missing": self.missing,
            "invariants": invariants, "violations": violations,
        })
    }
}
