//! What a check has found: how often each invariant was put to the test, and where it broke.

use super::invariants::{INVARIANTS, Rule};
use crate::sim::Time;

/// A place in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub line: u64,
    pub nanos: u64,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// The line that shows it, from 1; for the figures, the trace's last.
    pub line: u64,
    /// The virtual time of that line, nanoseconds.
    pub nanos: u64,
    /// What was found, against what is right.
    pub found: String,
}

/// All that was found.
#[derive(Clone, Debug)]
pub(super) struct Findings {
    /// By invariant: how often it was put to the test, and how often it did not hold.
    tested: Vec<u64>,
    broken: Vec<u64>,
    /// The first violation of each, in the order in which they came.
    pub first: Vec<Violation>,
}

impl Findings {
    pub fn new() -> Findings {
        Findings { tested: vec![0; INVARIANTS.len()], broken: vec![0; INVARIANTS.len()], first: Vec::new() }
    }

    /// Puts an invariant to the test; `tell` says what was found where it does not hold. Returns whether it does.
    #[inline]
    pub fn test(&mut self, rule: Rule, at: Place, holds: bool, tell: impl FnOnce() -> String) -> bool {
        self.tested[rule as usize] += 1;
        if !holds {
            self.fail(rule, at, tell());
        }
        holds
    }

    #[cold]
    fn fail(&mut self, rule: Rule, at: Place, found: String) {
        self.broken[rule as usize] += 1;
        if self.broken[rule as usize] == 1 {
            self.first.push(Violation { rule, line: at.line, nanos: at.nanos, found });
        }
    }

    pub fn tested(&self, rule: Rule) -> u64 {
        self.tested[rule as usize]
    }

    pub fn broken(&self, rule: Rule) -> u64 {
        self.broken[rule as usize]
    }
}

impl Violation {
    /// One line for people: `trace.jsonl:17: I53 held-before-upload: …`.
    pub fn told(&self, file: &str) -> String {
        let at = Time::from_nanos(self.nanos);
        format!("{file}:{}: {}: at {at} s, {}", self.line, self.rule.invariant(), self.found)
    }
}
