//! How far a run has come, on standard error if that is a terminal.

use super::bar::Bar;
use super::clock::Stopwatch;
use crate::metrics::Metrics;
use crate::output::human;
use crate::scenario::Scenario;
use crate::sim::Time;
use crate::swarm::config::{InitialChunks, StopWhen};

/// Steps of the bar.
const STEPS: f64 = 1000.0;
/// What takes less than this needs no bar.
const PATIENCE_S: f64 = 0.3;
/// Between two drawings of the bar.
const PAUSE_S: f64 = 0.1;

/// A bar, or nothing.
#[derive(Debug)]
pub struct Progress {
    bar: Option<Bar>,
    watch: Stopwatch,
    /// On the watch, when the bar is to be drawn next.
    due_s: f64,
    end: Time,
    ends_when_complete: bool,
    /// Peers that are to come and do not begin complete.
    downloaders: u64,
}

impl Progress {
    /// Progress of a run to which `planned` peers will come; shown if `wanted` and there is a terminal to show it on.
    pub fn new(scenario: &Scenario, planned: u32, wanted: bool) -> Progress {
        let config = &scenario.config;
        let whole = config.groups.iter().filter(|group| group.initial_chunks == InitialChunks::All);
        let seeds: u64 = whole.map(|group| u64::from(group.count.unwrap_or(0))).sum();
        Progress {
            bar: Bar::new(wanted),
            watch: Stopwatch::start(),
            due_s: PATIENCE_S,
            end: config.stop.at,
            ends_when_complete: config.stop.when == StopWhen::AllComplete,
            downloaders: u64::from(planned).saturating_sub(seeds),
        }
    }

    /// Shows how far the run has come.
    pub fn update(&mut self, now: Time, events: u64, metrics: &Metrics) {
        let Some(bar) = &self.bar else { return };
        let elapsed_s = self.watch.elapsed().as_secs_f64();
        if elapsed_s < self.due_s {
            return;
        }
        self.due_s = elapsed_s + PAUSE_S;
        let done = self.done(now, metrics);
        let message = format!(
            "{} of {}, {} of {} complete, {} events/s, {} left",
            human::seconds(now.as_secs_f64()),
            human::seconds(self.end.as_secs_f64()),
            human::count(u64::from(metrics.completed())),
            human::count(self.downloaders),
            human::short((events as f64 / elapsed_s / 1e4).round() * 1e4),
            if done > 0.0 { human::seconds((elapsed_s * (1.0 - done) / done).ceil()) } else { "?".into() },
        );
        bar.show((done * STEPS) as u64, STEPS as u64, &message);
    }

    /// The share of the run that is done, as far as one can tell: it may end before its last instant.
    fn done(&self, now: Time, metrics: &Metrics) -> f64 {
        let by_time = now.as_secs_f64() / self.end.as_secs_f64().max(1e-9);
        let by_peers = f64::from(metrics.completed()) / self.downloaders.max(1) as f64;
        let done = if self.ends_when_complete { by_time.max(by_peers) } else { by_time };
        done.min(1.0)
    }
}
