//! What is kept of one run.

use super::Case;
use crate::metrics::{METRIC_NAMES, Metrics};
use crate::sim::{QueueKind, Time};
use crate::swarm::Simulation;
use serde::{Deserialize, Serialize};

/// Events between two looks at whether to stop: some milliseconds.
const SLICE: u64 = 10_000;

/// What is kept of one run: its figures, and the curve of its completions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The identity of its [`Case`].
    pub identity: String,
    /// Its seed.
    pub seed: u64,
    /// How it ended.
    pub status: Status,
    /// The digest of its events, 32 hexadecimal digits; empty where it failed.
    pub digest: String,
    /// Events handled.
    pub events: u64,
    /// The figures, in the order of [`METRIC_NAMES`]; `None` where a figure does not exist in this run.
    pub metrics: Vec<Option<f64>>,
    /// Seconds from the first arrival of a downloader until k hundredths of them had completed, for k = 1 to 100; `None`
    /// where they never did.
    pub completion_curve_s: Vec<Option<f64>>,
    /// What the scenario expects of a run and did not come, each in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<String>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Everyone who was to download has completed, but for those that left before as their scenario has it.
    Complete,
    /// Not everyone who was to download has completed: somebody was still downloading, or to come back for it, when the run ended.
    Incomplete,
    /// The run broke off, for this reason; it has no figures.
    Failed(String),
}

impl Status {
    /// Its name in tables: `complete`, `incomplete` or `failed`.
    pub fn name(&self) -> &'static str {
        match self {
            Status::Complete => "complete",
            Status::Incomplete => "incomplete",
            Status::Failed(_) => "failed",
        }
    }
}

impl Outcome {
    /// A run that broke off.
    pub fn failed(identity: &str, seed: u64, why: &str) -> Outcome {
        Outcome {
            identity: identity.to_owned(),
            seed,
            status: Status::Failed(why.to_owned()),
            digest: String::new(),
            events: 0,
            metrics: vec![None; METRIC_NAMES.len()],
            completion_curve_s: vec![None; 100],
            unmet: Vec::new(),
        }
    }

    /// Whether the run broke off.
    pub fn is_failed(&self) -> bool {
        matches!(self.status, Status::Failed(_))
    }

    /// The value of the metric of this name; `None` where it does not exist in this run (or is no metric).
    pub fn metric(&self, name: &str) -> Option<f64> {
        let index = METRIC_NAMES.iter().position(|known| *known == name)?;
        self.metrics.get(index).copied().flatten()
    }

    /// Whether this metric of this run says less than it seems to: it is a time to completion, and somebody was still downloading
    /// when the run ended. Such a value is that of the fast alone. It is to be told and not to be averaged. Peers that left
    /// before they had the file are the scenario's doing, and censor nothing.
    pub fn is_censored(&self, name: &str) -> bool {
        let is_of_those_done = name.starts_with("completion.") || name.starts_with("playback.");
        let is_time =
            is_of_those_done && (name.ends_with("_s") || name.contains("_s.")) && name != "completion.lower_bound_s";
        self.status == Status::Incomplete && (is_time || name == "completion.ratio_to_bound")
    }

    /// The value of a metric that may be averaged: one that exists and is not censored.
    pub fn usable(&self, name: &str) -> Option<f64> {
        self.metric(name).filter(|_| !self.is_censored(name))
    }
}

/// Runs a case to its end; `None` where `is_stopped` said so before that.
///
/// # Panics
/// Where the simulation does: on a bug of the model.
pub(super) fn simulate(case: &Case, is_stopped: &dyn Fn() -> bool) -> Option<Outcome> {
    let scenario = &case.scenario;
    // Samples change no figure, so that one at the end is enough.
    let metrics = Metrics::new(scenario.config.stop.at - Time::ZERO).with_playback(scenario.output.playback_rate);
    let mut run = Simulation::new(scenario.config.clone(), metrics, QueueKind::Ladder);
    while run.advance(SLICE) {
        if is_stopped() {
            return None;
        }
    }
    let (digest, events) = (run.digest(), run.events());
    let (metrics, reason) = run.finish();
    let completion_curve_s = metrics.completion_curve_s();
    let identity = scenario.identity(digest, events, reason);
    let (summary, _) = metrics.finish(identity);
    Some(Outcome {
        identity: case.identity.clone(),
        seed: scenario.config.seed,
        status: if summary.peers.still_downloading == 0 { Status::Complete } else { Status::Incomplete },
        unmet: scenario.unmet(&summary),
        digest: summary.digest.clone(),
        events,
        metrics: summary.metrics(),
        completion_curve_s,
    })
}

/// Small scenarios for the tests of this layer.
#[cfg(test)]
pub(super) mod samples {
    use crate::scenario::{Scenario, from_json};

    /// A swarm of four that takes a millisecond.
    pub const TINY: &str = r#"{
        "name": "tiny", "stop": { "at": "1h" },
        "file": { "size": "1 MiB", "max_chunk_size": "256 KiB" },
        "network": { "sharing": "fifo", "latency": "20ms" },
        "peers": [
            { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
            { "group": "home", "count": 3, "up": "2 Mbit/s", "down": "8 Mbit/s",
              "arrival": { "kind": "uniform", "from": 0, "until": "10s" } }
        ]
    }"#;

    /// The same as a scenario.
    pub fn scenario(seed: u64) -> Scenario {
        let mut scenario = from_json("tiny", TINY.as_bytes()).expect("it is valid").scenario;
        scenario.config.seed = seed;
        scenario
    }
}

#[cfg(test)]
mod tests {
    use super::samples::scenario;
    use super::*;
    use crate::sim::Span;

    fn outcome(change: impl FnOnce(&mut crate::scenario::Scenario)) -> Outcome {
        let mut scenario = scenario(1);
        change(&mut scenario);
        simulate(&Case::new(scenario, Vec::new()), &|| false).expect("it is not stopped")
    }

    #[test]
    fn a_run_is_kept_in_figures_and_a_curve() {
        let outcome = outcome(|_| ());
        assert_eq!(outcome.status, Status::Complete);
        assert_eq!(outcome.metric("peers.completed"), Some(3.0));
        assert_eq!(outcome.metric("events"), Some(outcome.events as f64));
        let curve: Vec<f64> = outcome.completion_curve_s.iter().map(|at| at.expect("all completed")).collect();
        assert_eq!(curve.len(), 100);
        assert!(curve.is_sorted());
        assert_eq!(Some(curve[99]), outcome.metric("completion.makespan_s"));
        // Three downloaders: the first third ends with the 33rd hundredth, the second with the 66th.
        assert!(curve[32] < curve[33] && curve[65] < curve[66] && curve[33] == curve[65]);
        assert_eq!(outcome.usable("completion.mean_s"), outcome.metric("completion.mean_s"));
    }

    #[test]
    fn who_was_cut_off_censors_times_and_nothing_else() {
        // 8 MiB through a downlink of 8 Mbit/s take 8.4 s, and the last of three arrive by 10 s.
        let outcome = outcome(|scenario| {
            scenario.config.file.size_bytes = 8 << 20;
            scenario.config.stop.at = Time::ZERO + Span::from_secs(12);
        });
        assert_eq!(outcome.status, Status::Incomplete);
        assert!(outcome.is_censored("completion.mean_s") && outcome.usable("completion.mean_s").is_none());
        assert!(!outcome.is_censored("network.chunk_bytes") && outcome.usable("network.chunk_bytes").is_some());
        assert_eq!(outcome.completion_curve_s[99], None);
    }

    #[test]
    fn who_is_told_to_stop_has_no_outcome() {
        let mut scenario = scenario(1);
        scenario.config.groups[1].count = Some(600);
        assert_eq!(simulate(&Case::new(scenario, Vec::new()), &|| true), None);
    }

    #[test]
    fn what_a_scenario_expects_and_did_not_come_is_told() {
        let expectation = crate::scenario::Expectation {
            metric: "peers.completed".into(),
            at_least: Some(4.0),
            at_most: None,
            equals: None,
        };
        let outcome = outcome(|scenario| scenario.expect = vec![expectation]);
        assert_eq!(outcome.unmet, ["peers.completed at least 4; got 3"]);
    }
}
