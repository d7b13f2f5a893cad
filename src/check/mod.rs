//! A second opinion on a trace: whether it obeys the protocol, found out without the simulator.
//!
//! [`check`] reads a trace line by line, keeps a plain state of its own, and puts each [`Invariant`] to the test wherever it
//! applies. It shares with the simulator the scenario's reader, the addressed draws and the latency of a pair, and nothing else:
//! nothing of the swarm, its links or its metrics. Where the simulator is clever, this is obvious; where both
//! agree on millions of lines, a mistake would have to be made twice.
//!
//! In the order in which a line meets them: `line` reads it, `checker` keeps the clock and knows what must come next, and the
//! handlers stand in files by what they are about: `peers`, `tracker`, `sending`, `arriving`, `neighbors`, `fetching`,
//! `transfers` (with `flows` and `backbones`), `faults` and `end`. `figures` computes what the summary and the tables should say. `scene` holds what is
//! known before anything happens.

mod arriving;
mod backbones;
mod checker;
mod end;
mod faults;
mod fetching;
mod figures;
mod findings;
mod flows;
mod invariants;
pub mod line;
mod neighbors;
mod peers;
mod reader;
mod report;
mod scene;
mod sending;
mod state;
mod tracker;
mod transfers;
mod uplinks;

pub use crate::output::trace::open;
pub use findings::Violation;
pub use invariants::{Area, INVARIANTS, Invariant, Rule};
pub use report::Report;

use crate::output::tables::{CopiesRow, EndedRow, PeerRow, TimeRow};
use crate::scenario::Scenario;
use checker::{Checker, NoTrace};
use findings::Place;
use line::{Event, Header};
use reader::{Lines, Next};
use scene::Scene;
use std::io::{self, BufRead};

/// What was written beside a trace; what is missing is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The figures, `summary.json`.
    pub summary: Option<serde_json::Value>,
    /// The rows of `peers.csv`.
    pub peers: Option<Vec<PeerRow>>,
    /// The rows of `expiries.csv`.
    pub expiries: Option<Vec<EndedRow>>,
    /// The rows of `timeseries.csv`.
    pub samples: Option<Vec<TimeRow>>,
    /// The rows of `availability.csv`.
    pub copies: Option<Vec<CopiesRow>>,
}

/// Why there is no report.
#[derive(Debug)]
pub enum Refusal {
    /// What was read is no trace of this scenario: which invariant of its form is broken, in which line, and how.
    NoTrace {
        /// Which.
        rule: Rule,
        /// The line, from 1.
        line: u64,
        /// What was found.
        found: String,
    },
    /// It could not be read.
    Io(io::Error),
}

/// The digest by which a trace names its scenario: that of the resolved scenario's text, the file `scenario.json` beside it.
pub fn scenario_digest(scenario: &Scenario) -> String {
    blake3::hash(scenario.to_json_text().as_bytes()).to_hex().to_string()
}

/// Reads a trace to its end and puts every invariant to the test.
///
/// ```
/// use swarmsim::check::{Beside, check, scenario_digest};
/// use swarmsim::output::Trace;
/// use swarmsim::scenario::from_json;
/// use swarmsim::sim::QueueKind;
/// use swarmsim::swarm::Simulation;
///
/// # let text = br#"{
/// #     "name": "two", "stop": { "at": "1h" }, "file": { "size": "4 MiB" }, "network": { "latency": "20ms" },
/// #     "peers": [
/// #         { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
/// #         { "group": "home", "count": 3, "up": "2 Mbit/s", "down": "8 Mbit/s" }
/// #     ]
/// # }"#;
/// let scenario = from_json("two.json", text).unwrap().scenario;
/// let trace = Trace::new(Vec::new(), &scenario_digest(&scenario));
/// let run = Simulation::new(scenario.config.clone(), trace, QueueKind::Ladder);
/// let lines = run.finish().0.finish().unwrap();
/// assert!(check(&lines[..], &scenario, &Beside::default()).unwrap().holds());
/// ```
///
/// # Errors
/// Where it cannot be read, or is no trace of `scenario`.
pub fn check(trace: impl BufRead, scenario: &Scenario, beside: &Beside) -> Result<Report, Refusal> {
    let scene = Scene::new(scenario);
    let mut lines = Lines::new(trace, longest_line(&scene));
    check_header(&mut lines, scenario)?;
    let mut checker = Checker::new(scene);
    let mut why = None;
    loop {
        let (number, parsed) = match lines.next().map_err(Refusal::Io)? {
            Next::Line(number, line) => (number, line::parse(line).map_err(|found| (found, is_header(line)))),
            Next::Refused(number, rule, found) => return Err(Refusal::NoTrace { rule, line: number, found }),
            Next::End => break,
        };
        let no_trace = |rule, found| Err(Refusal::NoTrace { rule, line: number, found });
        let (nanos, event) = match parsed {
            Ok(line) => line,
            Err((_, true)) => {
                return no_trace(Rule::HeaderFirst, "a second header: these are two traces in one file".into());
            }
            Err((found, false)) => return no_trace(Rule::LineForm, found),
        };
        checker.findings.test(Rule::LineForm, Place { line: number, nanos }, true, String::new);
        if let Event::Stop { why: told } = event {
            why = Some(told);
        }
        if let Err(NoTrace { rule, found }) = checker.read(number, nanos, &event) {
            return no_trace(rule, found);
        }
    }
    let Some(why) = why else {
        let found = "the trace ends without the line that says why the run stopped: it is cut".into();
        return Err(Refusal::NoTrace { rule: Rule::StopLast, line: lines.number(), found });
    };
    checker.finish(why, beside);
    Ok(Report::new(checker.findings, lines.number(), checker.now, beside))
}

impl Checker<'_> {
    /// All lines are read: the figures are compared.
    fn finish(&mut self, why: line::Stopping, beside: &Beside) {
        let place = self.place();
        for rule in [Rule::HeaderFirst, Rule::HeaderOfScenario, Rule::StopLast] {
            self.findings.test(rule, place, true, String::new);
        }
        self.figures.end(self.now, self.at_stop.unwrap_or_default());
        self.figures.compare(&self.scene, why, beside, &mut self.findings, place);
    }
}

/// The most bytes that a line of this scenario's trace can take: a list of all peers, or of all chunks.
fn longest_line(scene: &Scene<'_>) -> usize {
    let most = u64::from(scene.peers().max(scene.chunks));
    usize::try_from(most * 11 + 4096).unwrap_or(usize::MAX)
}

/// Whether a line is a header, or means to be.
fn is_header(line: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(line)
        .is_ok_and(|value| value.get("ev").is_some_and(|ev| ev == "header"))
}

fn check_header(lines: &mut Lines<impl BufRead>, scenario: &Scenario) -> Result<(), Refusal> {
    let no_trace = |rule, found| Err(Refusal::NoTrace { rule, line: 1, found });
    let header = match lines.next().map_err(Refusal::Io)? {
        Next::Line(_, line) => line::parse_header(line),
        Next::Refused(_, Rule::StopLast, found) | Next::Refused(_, _, found) => Err(found),
        Next::End => Err("the file is empty".into()),
    };
    let header = match header {
        Ok(header) => header,
        Err(found) => {
            let found = format!("this is no trace: its first line is no header: {found}");
            return no_trace(Rule::HeaderFirst, found);
        }
    };
    if header.schema != crate::output::trace::SCHEMA_VERSION {
        let known = crate::output::trace::SCHEMA_VERSION;
        let found = format!("the trace's layout has version {}; known is {known}", header.schema);
        return no_trace(Rule::HeaderFirst, found);
    }
    match foreign(&header, scenario) {
        Some(found) => no_trace(Rule::HeaderOfScenario, found),
        None => Ok(()),
    }
}

/// What a header says that the scenario does not.
fn foreign(header: &Header, scenario: &Scenario) -> Option<String> {
    let config = &scenario.config;
    let numbers = [
        ("seed", header.seed, config.seed),
        ("file_size", header.file_size, config.file.size_bytes),
        ("chunk_size", header.chunk_size, config.file.chunk_bytes),
        ("chunks", header.chunks, config.file.chunks()),
        ("entry_ttl", header.entry_ttl, config.tracker.entry_ttl.as_nanos()),
        ("sweep_interval", header.sweep_interval, config.tracker.sweep_interval.as_nanos()),
    ];
    let differing = numbers.iter().find(|(_, told, right)| told != right);
    if let Some((name, told, right)) = differing {
        return Some(format!("the header's \"{name}\" is {told}; the scenario {:?} has {right}", scenario.name));
    }
    let digest = scenario_digest(scenario);
    (header.scenario != digest).then(|| {
        let told = crate::scenario::problem::shorten(&header.scenario);
        format!("the trace is of the scenario with the digest {told}; that of {:?} is {digest}", scenario.name)
    })
}
