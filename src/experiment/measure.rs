//! What is known of each metric: what it measures in words, in which unit, which way is better, and whether it says
//! something only of a run in which everyone completed.

use crate::metrics::METRIC_NAMES;
use crate::output::human;

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its name in a summary, one of [`METRIC_NAMES`].
    pub name: &'static str,
    /// What it measures, for titles.
    pub title: &'static str,
    /// What it counts in.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// Whether it describes how downloads ended, so that a run in which some had not is censored.
    pub needs_everyone: bool,
}

/// What a metric counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds of virtual time.
    Seconds,
    /// Bytes.
    Bytes,
    /// A part of a whole, from 0 to 1.
    Share,
    /// How many of something, named by the metric.
    Count,
    /// A number without a unit.
    Number,
}

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The less, the better.
    Lower,
    /// The more, the better.
    Higher,
}

use Better::{Higher, Lower};
use Unit::{Bytes, Count, Number, Seconds, Share};

/// Every metric, in the order of [`METRIC_NAMES`].
static MEASURES: &[Measure] = &[
    any("events", "events simulated", Count, Lower),
    any("end_time_s", "end of the run", Seconds, Lower),
    any("requests.join.sent", "Join requests sent", Count, Lower),
    any("requests.join.answered", "Join requests answered", Count, Lower),
    any("requests.join.lost", "Join requests lost", Count, Lower),
    any("requests.active_proof.sent", "Active Proofs sent", Count, Lower),
    any("requests.active_proof.answered", "Active Proofs heard", Count, Lower),
    any("requests.active_proof.lost", "Active Proofs lost", Count, Lower),
    any("requests.peer_list.sent", "Peer List requests sent", Count, Lower),
    any("requests.peer_list.answered", "Peer List requests answered", Count, Lower),
    any("requests.peer_list.lost", "Peer List requests lost", Count, Lower),
    any("requests.chunks_query.sent", "Chunks Queries sent", Count, Lower),
    any("requests.chunks_query.answered", "Chunks Queries answered", Count, Lower),
    any("requests.chunks_query.lost", "Chunks Queries lost", Count, Lower),
    any("requests.fetch_chunk.sent", "Fetch Chunk requests sent", Count, Lower),
    any("requests.fetch_chunk.answered", "Fetch Chunk requests answered", Count, Lower),
    any("requests.fetch_chunk.lost", "Fetch Chunk requests lost", Count, Lower),
    any("peers.arrived", "peers arrived", Count, Higher),
    any("peers.completed", "peers completed", Count, Higher),
    any("peers.left_incomplete", "peers that left incomplete", Count, Lower),
    any("peers.still_downloading", "peers still downloading at the end", Count, Lower),
    any("completion.completed", "downloads completed", Count, Higher),
    all("completion.mean_s", "mean download time"),
    all("completion.min_s", "shortest download time"),
    all("completion.p50_s", "median download time"),
    all("completion.p90_s", "90th percentile of download times"),
    all("completion.p95_s", "95th percentile of download times"),
    all("completion.p99_s", "99th percentile of download times"),
    all("completion.max_s", "longest download time"),
    all("completion.makespan_s", "makespan"),
    any("completion.lower_bound_s", "least possible makespan", Seconds, Lower),
    Measure { unit: Number, ..all("completion.ratio_to_bound", "makespan over the least possible") },
    all("completion.last_chunk_wait_s.mean", "mean wait for the last chunk"),
    all("completion.last_chunk_wait_s.p50", "median wait for the last chunk"),
    all("completion.last_chunk_wait_s.p95", "95th percentile of waits for the last chunk"),
    all("completion.last_chunk_wait_s.max", "longest wait for the last chunk"),
    all("playback.startup_delay_s.mean", "mean start-up delay of playback"),
    all("playback.startup_delay_s.p50", "median start-up delay of playback"),
    all("playback.startup_delay_s.p95", "95th percentile of start-up delays"),
    all("playback.startup_delay_s.max", "longest start-up delay of playback"),
    any("expiry.entries_expired", "entries expired", Count, Lower),
    any("expiry.false_expiries", "false expiries", Count, Lower),
    any("expiry.detection_lag_s.mean", "mean detection lag", Seconds, Lower),
    any("expiry.detection_lag_s.p50", "median detection lag", Seconds, Lower),
    any("expiry.detection_lag_s.p95", "95th percentile of detection lags", Seconds, Lower),
    any("expiry.detection_lag_s.max", "longest detection lag", Seconds, Lower),
    any("expiry.mean_listed", "peers listed, mean", Number, Lower),
    any("expiry.mean_stale_listed", "stale entries, mean", Number, Lower),
    any("expiry.stale_share_of_lists", "stale share of lists", Share, Lower),
    any("expiry.requests_to_departed", "requests to departed peers", Count, Lower),
    any("network.chunk_bytes", "chunk traffic", Bytes, Lower),
    any("network.control_bytes", "control traffic", Bytes, Lower),
    any("network.wasted_bytes", "wasted chunk traffic", Bytes, Lower),
    any("network.in_flight_bytes", "chunk traffic in flight at the end", Bytes, Lower),
    any("network.mean_uplink_utilisation", "mean use of uplinks", Share, Higher),
    any("chunks.transferred", "chunks transferred", Count, Higher),
    any("chunks.duplicate", "duplicate chunks", Count, Lower),
    any("chunks.cut", "transfers cut", Count, Lower),
    any("availability.min_copies_at_end", "copies of the rarest chunk at the end", Count, Higher),
    any("availability.mean_entropy", "mean entropy of copies", Number, Higher),
    any("availability.max_one_club", "largest one club", Count, Lower),
    any("availability.mean_one_club", "largest one club, mean", Number, Lower),
    any("uplinks.sampled", "uplinks looked at", Count, Higher),
    any("uplinks.idle_share", "uplinks with nothing to send", Share, Lower),
    any("uplinks.nothing_wanted_share", "uplinks idle: nothing wanted", Share, Lower),
    any("uplinks.stale_knowledge_share", "uplinks idle: stale knowledge", Share, Lower),
    any("uplinks.queued_elsewhere_share", "uplinks idle: queued elsewhere", Share, Lower),
    any("uplinks.nobody_asks_share", "uplinks idle: nobody asks", Share, Lower),
    any("uplinks.on_the_way_share", "uplinks idle: on the way", Share, Lower),
    any("tracker.mean_requests_per_s", "requests to the tracker a second, mean", Number, Lower),
    any("tracker.peak_requests_per_s", "requests to the tracker a second, peak", Number, Lower),
];

/// A metric that says something of any run.
const fn any(name: &'static str, title: &'static str, unit: Unit, better: Better) -> Measure {
    Measure { name, title, unit, better, needs_everyone: false }
}

/// A time that is what it says only once everyone has completed.
const fn all(name: &'static str, title: &'static str) -> Measure {
    Measure { name, title, unit: Seconds, better: Lower, needs_everyone: true }
}

/// Every metric, in the order of [`METRIC_NAMES`].
pub fn every() -> &'static [Measure] {
    MEASURES
}

/// The metric of this name, and its place among [`METRIC_NAMES`].
///
/// ```
/// use swarmsim::experiment::measure::{Better, Unit, find};
///
/// let (_, measure) = find("completion.mean_s").unwrap();
/// assert_eq!((measure.unit, measure.better), (Unit::Seconds, Better::Lower));
/// assert_eq!(measure.scale(90.0).shown(12.345), "12.3 s");
/// assert!(find("completion.mean").is_none());
/// ```
pub fn find(name: &str) -> Option<(usize, &'static Measure)> {
    let index = METRIC_NAMES.iter().position(|known| *known == name)?;
    Some((index, &MEASURES[index]))
}

impl Unit {
    /// Its symbol, or what it is in a word.
    pub fn word(self) -> &'static str {
        match self {
            Seconds => "s",
            Bytes => "bytes",
            Share => "share",
            Count => "count",
            Number => "number",
        }
    }
}

impl Measure {
    /// `lower` or `higher`.
    pub fn better_word(&self) -> &'static str {
        match self.better {
            Lower => "lower",
            Higher => "higher",
        }
    }

    /// The unit in which values up to `most` read best.
    pub fn scale(&self, most: f64) -> Scale {
        const BINARY: [(f64, &str); 5] =
            [(1.0, "B"), (1024.0, "KiB"), (1_048_576.0, "MiB"), (1_073_741_824.0, "GiB"), (1_099_511_627_776.0, "TiB")];
        let (divisor, unit) = match self.unit {
            Seconds if most > 0.0 && most < 0.5 => (1e-3, "ms"),
            Seconds => (1.0, "s"),
            Bytes => BINARY.into_iter().rev().find(|(size, _)| most >= *size).unwrap_or(BINARY[0]),
            Share => (0.01, "%"),
            Count | Number => (1.0, ""),
        };
        Scale { divisor, unit }
    }
}

/// A unit for figures of one metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// How many of the metric's own unit one of it is.
    pub divisor: f64,
    /// Its symbol; empty where there is none.
    pub unit: &'static str,
}

impl Scale {
    /// A value in this unit.
    pub fn of(self, value: f64) -> f64 {
        value / self.divisor
    }

    /// A title with the unit behind it: `mean download time (s)`.
    pub fn titled(self, title: &str) -> String {
        if self.unit.is_empty() { title.to_owned() } else { format!("{title} ({})", self.unit) }
    }

    /// A value with its unit: `12.3 s`.
    pub fn shown(self, value: f64) -> String {
        let digits = human::digits(self.of(value));
        if self.unit.is_empty() { digits } else { format!("{digits} {}", self.unit) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_described_in_its_place() {
        let names: Vec<&str> = MEASURES.iter().map(|measure| measure.name).collect();
        assert_eq!(names, METRIC_NAMES);
        for measure in MEASURES.iter().filter(|measure| measure.unit == Seconds) {
            assert!(measure.name.contains("_s"), "{} is in seconds and does not say so", measure.name);
        }
    }

    #[test]
    fn how_downloads_ended_needs_everyone() {
        assert!(find("completion.makespan_s").expect("known").1.needs_everyone);
        assert!(!find("completion.completed").expect("known").1.needs_everyone);
        assert_eq!(find("completion.mean"), None);
    }

    #[test]
    fn units_fit_their_values() {
        let scale = |name: &str, most: f64| find(name).expect("known").1.scale(most);
        assert_eq!(scale("network.wasted_bytes", 3e6).shown(1_572_864.0), "1.5 MiB");
        assert_eq!(scale("expiry.stale_share_of_lists", 0.2).shown(0.125), "12.5 %");
        assert_eq!(scale("completion.mean_s", 90.0).titled("mean"), "mean (s)");
        assert_eq!(scale("chunks.cut", 12.0).titled("cut"), "cut");
    }
}
