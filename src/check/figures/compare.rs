//! The figures of the trace against those that were written beside it.

use super::Figures;
use super::samples::Samples;
use crate::check::Beside;
use crate::check::findings::{Findings, Place};
use crate::check::invariants::Rule;
use crate::check::line::Stopping;
use crate::check::scene::Scene;
use crate::output::tables::{CopiesRow, EndedRow, PeerRow, TimeRow};
use crate::scenario::problem::shorten;
use crate::sim::NANOS_PER_SECOND;
use serde::Serialize;
use serde_json::Value;

/// A figure as it should be.
enum Right {
    Count(u64),
    /// A count between two.
    Counts(u64, u64),
    /// A number between two.
    Reals(f64, f64),
    /// To the last digit; `None` where there is no value.
    Real(Option<f64>),
    Text(String),
}

impl Right {
    fn is(&self, told: &Value) -> bool {
        match self {
            Right::Count(count) => told.as_u64() == Some(*count),
            Right::Counts(least, most) => told.as_u64().is_some_and(|told| (*least..=*most).contains(&told)),
            Right::Reals(least, most) => told.as_f64().is_some_and(|told| (*least..=*most).contains(&told)),
            Right::Real(Some(real)) => told.as_f64().is_some_and(|told| told.to_bits() == real.to_bits()),
            Right::Real(None) => told.is_null(),
            Right::Text(text) => told.as_str() == Some(text),
        }
    }

    fn told(&self) -> String {
        match self {
            Right::Count(count) => count.to_string(),
            Right::Counts(least, most) if least == most => least.to_string(),
            Right::Counts(least, most) => format!("{least} to {most}"),
            Right::Reals(least, most) => format!("{least} to {most}"),
            Right::Real(real) => serde_json::to_string(real).unwrap_or_default(),
            Right::Text(text) => format!("{text:?}"),
        }
    }
}

/// What was found beside the trace, and where findings go.
struct Comparison<'a> {
    findings: &'a mut Findings,
    at: Place,
    summary: &'a Value,
}

impl Comparison<'_> {
    fn figure(&mut self, rule: Rule, path: &str, right: &Right) {
        let told = path.split('.').try_fold(self.summary, |value, key| value.get(key));
        self.findings.test(rule, self.at, told.is_some_and(|told| right.is(told)), || {
            let told = told.map_or("missing".into(), |told| shorten(&told.to_string()));
            format!("summary.json: {path} is {told}; by the trace it is {}", right.told())
        });
    }

    fn counts(&mut self, rule: Rule, section: &str, figures: &[(&str, u64)]) {
        figures.iter().for_each(|&(name, count)| self.figure(rule, &path(section, name), &Right::Count(count)));
    }

    /// What is told of some times, in nanoseconds.
    fn times(&mut self, rule: Rule, section: &str, times: &[u64]) {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let at = |q| quantile_s(&sorted, q);
        self.reals(rule, section, &[("mean", mean_s(&sorted)), ("p50", at(0.5)), ("p95", at(0.95)), ("max", at(1.0))]);
    }

    fn reals(&mut self, rule: Rule, section: &str, figures: &[(&str, Option<f64>)]) {
        figures.iter().for_each(|&(name, real)| self.figure(rule, &path(section, name), &Right::Real(real)));
    }
}

fn path(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}

impl Figures {
    /// Puts everything that was written beside the trace to the test.
    pub fn compare(&self, scene: &Scene<'_>, why: Stopping, beside: &Beside, findings: &mut Findings, at: Place) {
        let held = self.acquired.checked_add(self.wasted).and_then(|sum| sum.checked_add(self.in_flight));
        findings.test(Rule::BytesConserved, at, held == Some(self.uploaded), || {
            let Figures { uploaded, acquired, wasted, in_flight, .. } = self;
            format!("{uploaded} bytes have left uplinks; {acquired} were acquired, {wasted} wasted, {in_flight} are on their way")
        });
        if let Some(summary) = &beside.summary {
            let told = |name: &str| summary.get("network")?.get(name)?.as_u64();
            let (known, in_flight) = (told("chunk_bytes"), told("in_flight_bytes"));
            let sum = known.zip(in_flight).and_then(|both| both.0.checked_add(both.1));
            let possible = self.uploaded..=self.uploaded.saturating_add(self.perhaps);
            findings.test(Rule::BytesConserved, at, sum.is_some_and(|sum| possible.contains(&sum)), || {
                let told = |bytes: Option<u64>| bytes.map_or("no number".into(), |bytes| bytes.to_string());
                format!(
                    "summary.json: network.chunk_bytes and network.in_flight_bytes are {} and {}; {} bytes have left uplinks",
                    told(known),
                    told(in_flight),
                    self.uploaded
                )
            });
            let mut comparison = Comparison { findings, at, summary };
            self.compare_run(&mut comparison, scene, why);
            self.compare_counts(&mut comparison);
            self.compare_completion(&mut comparison, scene);
            self.compare_expiry(&mut comparison);
            self.compare_network(&mut comparison);
            self.compare_uplinks(&mut comparison, beside.samples.as_deref());
        }
        if let Some(rows) = &beside.peers {
            compare_rows::<PeerRow>(findings, (Rule::PeersTable, "peers.csv"), at, rows, &self.population.rows);
        }
        if let Some(rows) = &beside.expiries {
            compare_rows::<EndedRow>(findings, (Rule::ExpiriesTable, "expiries.csv"), at, rows, &self.expiries);
        }
        if let Some(rows) = &beside.samples {
            let right = self.samples.right_rows(rows);
            compare_rows::<TimeRow>(findings, (Rule::TimeseriesTable, "timeseries.csv"), at, rows, &right);
        }
        if let Some(rows) = &beside.copies {
            let right = &self.samples.copies;
            compare_rows::<CopiesRow>(findings, (Rule::AvailabilityTable, "availability.csv"), at, rows, right);
        }
    }

    fn compare_run(&self, to: &mut Comparison<'_>, scene: &Scene<'_>, why: Stopping) {
        let scenario = scene.scenario;
        let texts = [
            ("scenario", scenario.name.clone()),
            ("strategy", scenario.strategy.kind.name.to_owned()),
            ("stop_reason", why.name().to_owned()),
        ];
        for (name, text) in texts {
            to.figure(Rule::SummaryRun, name, &Right::Text(text));
        }
        to.counts(Rule::SummaryRun, "", &[("seed", scenario.config.seed)]);
        to.reals(Rule::SummaryRun, "", &[("end_time_s", Some(to.at.nanos as f64 / NANOS_PER_SECOND as f64))]);
    }

    fn compare_counts(&self, to: &mut Comparison<'_>) {
        let names = ["join", "active_proof", "peer_list", "chunks_query", "fetch_chunk"];
        for (name, counted) in names.into_iter().zip(self.requests) {
            let figures = [("sent", counted.sent), ("answered", counted.answered), ("lost", counted.lost)];
            to.counts(Rule::SummaryRequests, &format!("requests.{name}"), &figures);
        }
        let (arrived, left_incomplete, still_downloading) = self.population.counts();
        let completed = self.population.times.len() as u64;
        let peers = [
            ("arrived", arrived),
            ("completed", completed),
            ("left_incomplete", left_incomplete),
            ("still_downloading", still_downloading),
        ];
        to.counts(Rule::SummaryPeers, "peers", &peers);
        let chunks = [("transferred", self.transferred), ("duplicate", self.duplicate), ("cut", self.cut)];
        to.counts(Rule::SummaryChunks, "chunks", &chunks);
        let largest = u64::from(self.progress.largest_ever);
        let counts = [("min_copies_at_end", self.copies.least()), ("max_one_club", largest)];
        to.counts(Rule::SummaryAvailability, "availability", &counts);
        let mean_club = self.progress.mean_largest(to.at.nanos);
        let reals = [("mean_entropy", self.copies.mean_entropy()), ("mean_one_club", mean_club)];
        to.reals(Rule::SummaryAvailability, "availability", &reals);
    }

    /// Where the trace does not tell the causes, they are those of the samples beside it, whose sums are right.
    fn compare_uplinks(&self, to: &mut Comparison<'_>, told: Option<&[TimeRow]>) {
        let rows = told.map_or_else(|| self.samples.rows.clone(), |told| self.samples.right_rows(told));
        let (sampled, idle) = Samples::uplinks(&rows);
        to.counts(Rule::SummaryLoad, "uplinks", &[("sampled", sampled)]);
        let share = |count: u64| (sampled > 0).then(|| count as f64 / sampled as f64);
        to.reals(Rule::SummaryLoad, "uplinks", &[("idle_share", share(idle.iter().sum()))]);
        let causes = ["nothing_wanted", "stale_knowledge", "queued_elsewhere", "nobody_asks", "on_the_way"];
        for (cause, count) in causes.into_iter().zip(idle).filter(|_| self.samples.certain || told.is_some()) {
            to.reals(Rule::SummaryLoad, "uplinks", &[(&format!("{cause}_share"), share(count))]);
        }
        let (all, most) = self.samples.to_tracker();
        let seconds = |nanos: u64| nanos as f64 / NANOS_PER_SECOND as f64;
        let mean = (to.at.nanos > 0).then(|| all as f64 / seconds(to.at.nanos));
        let peak = most.map(|most| most as f64 / seconds(self.samples.interval()));
        to.reals(Rule::SummaryLoad, "tracker", &[("mean_requests_per_s", mean), ("peak_requests_per_s", peak)]);
    }

    fn compare_completion(&self, to: &mut Comparison<'_>, scene: &Scene<'_>) {
        let mut times = self.population.times.clone();
        times.sort_unstable();
        let makespan = self.population.makespan_s();
        let bound = self.population.bound_s(scene.config);
        let ratio = makespan.zip(bound).filter(|both| self.population.all_completed() && both.1 > 0.0);
        to.counts(Rule::SummaryCompletion, "completion", &[("completed", times.len() as u64)]);
        let figures = [
            ("mean_s", mean_s(&times)),
            ("min_s", quantile_s(&times, 0.0)),
            ("p50_s", quantile_s(&times, 0.5)),
            ("p90_s", quantile_s(&times, 0.9)),
            ("p95_s", quantile_s(&times, 0.95)),
            ("p99_s", quantile_s(&times, 0.99)),
            ("max_s", quantile_s(&times, 1.0)),
            ("makespan_s", makespan),
            ("lower_bound_s", bound),
            ("ratio_to_bound", ratio.map(|(makespan, bound)| makespan / bound)),
        ];
        to.reals(Rule::SummaryCompletion, "completion", &figures);
        to.times(Rule::SummaryCompletion, "completion.last_chunk_wait_s", &self.progress.last_waits);
        to.times(Rule::SummaryCompletion, "playback.startup_delay_s", &self.progress.startup_delays);
    }

    fn compare_expiry(&self, to: &mut Comparison<'_>) {
        let mut lags = self.lags.clone();
        lags.sort_unstable();
        let false_expiries = self.expiries.iter().filter(|row| row.false_expiry).count() as u64;
        let counts = [
            ("entries_expired", self.expiries.len() as u64),
            ("false_expiries", false_expiries),
            ("requests_to_departed", self.to_departed),
        ];
        to.counts(Rule::SummaryExpiry, "expiry", &counts);
        let (listed, stale) = self.population.mean_listed(to.at.nanos);
        let share = (self.handed_out > 0).then(|| self.stale_handed_out as f64 / self.handed_out as f64);
        let reals = [
            ("detection_lag_s.mean", mean_s(&lags)),
            ("detection_lag_s.p50", quantile_s(&lags, 0.5)),
            ("detection_lag_s.p95", quantile_s(&lags, 0.95)),
            ("detection_lag_s.max", quantile_s(&lags, 1.0)),
            ("mean_listed", listed),
            ("mean_stale_listed", stale),
            ("stale_share_of_lists", share),
        ];
        to.reals(Rule::SummaryExpiry, "expiry", &reals);
    }

    fn compare_network(&self, to: &mut Comparison<'_>) {
        let counts = [
            ("chunk_bytes", self.acquired + self.wasted),
            ("control_bytes", self.control_bytes),
            ("wasted_bytes", self.wasted),
        ];
        to.counts(Rule::SummaryNetwork, "network", &counts);
        let capacity = self.population.capacity_bytes();
        let in_flight = Right::Counts(self.in_flight, self.in_flight.saturating_add(self.perhaps));
        to.figure(Rule::SummaryNetwork, "network.in_flight_bytes", &in_flight);
        let used = |bytes: u64| bytes as f64 / capacity;
        let used = match self.perhaps_limited {
            0 => Right::Real((capacity > 0.0).then(|| used(self.limited))),
            perhaps if capacity > 0.0 => Right::Reals(used(self.limited), used(self.limited.saturating_add(perhaps))),
            _ => Right::Real(None),
        };
        to.figure(Rule::SummaryNetwork, "network.mean_uplink_utilisation", &used);
    }
}

/// The mean of nanoseconds, in seconds.
fn mean_s(values: &[u64]) -> Option<f64> {
    let sum: u128 = values.iter().map(|&nanos| u128::from(nanos)).sum();
    (!values.is_empty()).then(|| sum as f64 / values.len() as f64 / NANOS_PER_SECOND as f64)
}

/// The quantile of sorted nanoseconds, in seconds, interpolated linearly between the two nearest ranks as NumPy does.
fn quantile_s(sorted: &[u64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = q * last as f64;
    let below = (rank.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let gap = (sorted[above] - sorted[below]) as f64;
    Some((sorted[below] as f64 + (rank - below as f64) * gap) / NANOS_PER_SECOND as f64)
}

/// A table, row by row and cell by cell.
fn compare_rows<T: Serialize + PartialEq>(
    findings: &mut Findings,
    (rule, file): (Rule, &str),
    at: Place,
    told: &[T],
    right: &[T],
) {
    for (number, (told, right)) in told.iter().zip(right).enumerate() {
        findings.test(rule, at, told == right, || {
            let cells = |row: &T| serde_json::to_value(row).unwrap_or_default();
            let (told, right) = (cells(told), cells(right));
            let differ = |key: &&String| told.get(key) != right.get(key);
            let column = right.as_object().and_then(|row| row.keys().find(differ)).cloned().unwrap_or_default();
            let cell = |row: &Value| row.get(&column).map(|cell| shorten(&cell.to_string())).unwrap_or_default();
            format!("{file}: row {}: {column} is {}; by the trace it is {}", number + 1, cell(&told), cell(&right))
        });
    }
    findings.test(rule, at, told.len() == right.len(), || {
        format!("{file}: there are {} rows; by the trace there are {}", told.len(), right.len())
    });
}
