//! The figures of one run: what `summary.json` holds.

use serde::Serialize;

/// Everything that is known of a run in one page of numbers. A value that does not exist is `None`
/// (`null` in JSON), never 0 or NaN.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Summary {
    /// The scenario's name.
    pub scenario: String,
    /// The seed of every random draw.
    pub seed: u64,
    /// The chunk-selection strategy of the scenario (groups may override it).
    pub strategy: String,
    /// Digest of the event stream, 32 hexadecimal digits: equal for equal runs, whatever the machine.
    pub digest: String,
    /// Events handled.
    pub events: u64,
    /// The instant at which the run ended, in seconds of virtual time.
    pub end_time_s: f64,
    /// Why the run ended: `all-complete`, `empty` or `time`.
    pub stop_reason: String,
    /// The five requests of the protocol, counted.
    pub requests: Requests,
    /// Peers (not sessions), counted.
    pub peers: Peers,
    /// How long downloads took.
    pub completion: Completion,
    /// What playback of the file while it is fetched would have been like, where the scenario asks.
    pub playback: Playback,
    /// The tracker's list and its expiry.
    pub expiry: Expiry,
    /// Bytes.
    pub network: Network,
    /// Chunk transfers, counted.
    pub chunks: Chunks,
    /// Copies of chunks among the peers present.
    pub availability: Availability,
    /// Uplinks with nothing to send, by cause, as the samples of the time series have it.
    pub uplinks: Uplinks,
    /// What the tracker had to do.
    pub tracker: TrackerLoad,
}

/// The five requests of the protocol.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Requests {
    /// Join, to the tracker.
    pub join: RequestCount,
    /// Active Proof, to the tracker; never answered, so `answered` counts those the tracker heard.
    pub active_proof: RequestCount,
    /// Peer List, to the tracker.
    pub peer_list: RequestCount,
    /// Chunks Query, to a neighbor.
    pub chunks_query: RequestCount,
    /// Fetch Chunk, to a neighbor.
    pub fetch_chunk: RequestCount,
}

/// How often one kind of request was sent, answered and lost; what is in flight at the end is neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct RequestCount {
    /// Requests sent, repetitions included.
    pub sent: u64,
    /// Requests whose answer reached the asker.
    pub answered: u64,
    /// Requests of which the request or the answer was lost or cut.
    pub lost: u64,
}

/// Peers, counted once each however often they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Peers {
    /// Peers that arrived.
    pub arrived: u64,
    /// Peers that did not begin complete and completed.
    pub completed: u64,
    /// Peers that had left for good, incomplete, when the run ended.
    pub left_incomplete: u64,
    /// Peers that were there, or still to come back, and incomplete when the run ended.
    pub still_downloading: u64,
}

/// Download times of the peers that did not begin complete, in seconds from a peer's arrival to its completion.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Completion {
    /// How many completed.
    pub completed: u64,
    /// Mean.
    pub mean_s: Option<f64>,
    /// Least.
    pub min_s: Option<f64>,
    /// Median; percentiles interpolate linearly (NumPy's default).
    pub p50_s: Option<f64>,
    /// 90th percentile.
    pub p90_s: Option<f64>,
    /// 95th percentile.
    pub p95_s: Option<f64>,
    /// 99th percentile.
    pub p99_s: Option<f64>,
    /// Greatest.
    pub max_s: Option<f64>,
    /// From the first arrival of a peer that did not begin complete to the last completion.
    pub makespan_s: Option<f64>,
    /// Kumar and Ross's least possible makespan, where it applies: all arrive at once, nobody may leave.
    pub lower_bound_s: Option<f64>,
    /// `makespan_s / lower_bound_s`, once everyone is complete; never below 1.
    pub ratio_to_bound: Option<f64>,
    /// How long a peer had lacked one chunk alone when it completed, in seconds.
    pub last_chunk_wait_s: Lag,
}

/// Playback of the file, in order and at the rate that the scenario names, while it is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Playback {
    /// The least time from a peer's arrival after which playback can begin and never waits for a chunk, in seconds.
    pub startup_delay_s: Lag,
}

/// The tracker's list: entries that expired, and peers listed that had long gone.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Expiry {
    /// Entries that the tracker discarded.
    pub entries_expired: u64,
    /// Of those, entries of peers that were there.
    pub false_expiries: u64,
    /// From a peer's silent departure to its entry's end.
    pub detection_lag_s: Lag,
    /// Time-weighted mean number of peers listed.
    pub mean_listed: Option<f64>,
    /// Time-weighted mean number of peers listed and not there.
    pub mean_stale_listed: Option<f64>,
    /// Share of the entries handed out in lists that were stale at that instant.
    pub stale_share_of_lists: Option<f64>,
    /// Requests that reached a place where nobody was any more.
    pub requests_to_departed: u64,
}

/// What is told of some times: detection lags, waits, delays. In seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Lag {
    /// Mean.
    pub mean: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// Greatest.
    pub max: Option<f64>,
}

/// Bytes on the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Network {
    /// Bytes of chunks that left uplinks and whose fate is known: those acquired and those wasted.
    pub chunk_bytes: u64,
    /// Bytes of all other messages: 46 each, 6 per listed peer, one bit per chunk in the answer to a Chunks Query.
    pub control_bytes: u64,
    /// Of `chunk_bytes`, those sent in vain: cut off, to nobody, or a chunk held by now.
    pub wasted_bytes: u64,
    /// Bytes of chunks that had left uplinks and had not arrived when the run ended.
    pub in_flight_bytes: u64,
    /// Bytes that left limited uplinks over what those could have carried while their peers were there.
    pub mean_uplink_utilisation: Option<f64>,
}

/// Chunk transfers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Chunks {
    /// Chunks acquired.
    pub transferred: u64,
    /// Whole chunks that arrived in vain: the peer had them by then.
    pub duplicate: u64,
    /// Transfers that broke off.
    pub cut: u64,
}

/// Copies of chunks among the peers present.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Availability {
    /// Copies of the rarest chunk when the run ended.
    pub min_copies_at_end: u64,
    /// Time-weighted mean of the entropy of copies over chunks, between 0 and 1; `null` with a single chunk.
    pub mean_entropy: Option<f64>,
    /// The most peers that were there at one time and lacked the same chunk and no other.
    pub max_one_club: u64,
    /// Time-weighted mean of that number.
    pub mean_one_club: Option<f64>,
}

/// Uplinks that had nothing to send while another peer lacked chunks: as shares of all that were looked at, in all samples together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Uplinks {
    /// Uplinks looked at, each once in every sample.
    pub sampled: u64,
    /// With nothing to send.
    pub idle_share: Option<f64>,
    /// Of these: nobody who has the peer among its neighbors wants a chunk that it holds.
    pub nothing_wanted_share: Option<f64>,
    /// Somebody does, and does not know that the peer holds it.
    pub stale_knowledge_share: Option<f64>,
    /// Somebody knows, and has as many fetches under way as it may.
    pub queued_elsewhere_share: Option<f64>,
    /// Somebody knows and could ask, and does not.
    pub nobody_asks_share: Option<f64>,
    /// Somebody has asked, and the request or the chunk is on its way.
    pub on_the_way_share: Option<f64>,
}

/// What the tracker had to do: Joins, Active Proofs and Peer List requests that were sent to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct TrackerLoad {
    /// Requests a second, over the whole run.
    pub mean_requests_per_s: Option<f64>,
    /// The most requests a second in any whole sample interval.
    pub peak_requests_per_s: Option<f64>,
}

/// The metrics that an expectation may name: every number of a [`Summary`], as `section.field`.
pub const METRIC_NAMES: &[&str] = &[
    "events",
    "end_time_s",
    "requests.join.sent",
    "requests.join.answered",
    "requests.join.lost",
    "requests.active_proof.sent",
    "requests.active_proof.answered",
    "requests.active_proof.lost",
    "requests.peer_list.sent",
    "requests.peer_list.answered",
    "requests.peer_list.lost",
    "requests.chunks_query.sent",
    "requests.chunks_query.answered",
    "requests.chunks_query.lost",
    "requests.fetch_chunk.sent",
    "requests.fetch_chunk.answered",
    "requests.fetch_chunk.lost",
    "peers.arrived",
    "peers.completed",
    "peers.left_incomplete",
    "peers.still_downloading",
    "completion.completed",
    "completion.mean_s",
    "completion.min_s",
    "completion.p50_s",
    "completion.p90_s",
    "completion.p95_s",
    "completion.p99_s",
    "completion.max_s",
    "completion.makespan_s",
    "completion.lower_bound_s",
    "completion.ratio_to_bound",
    "completion.last_chunk_wait_s.mean",
    "completion.last_chunk_wait_s.p50",
    "completion.last_chunk_wait_s.p95",
    "completion.last_chunk_wait_s.max",
    "playback.startup_delay_s.mean",
    "playback.startup_delay_s.p50",
    "playback.startup_delay_s.p95",
    "playback.startup_delay_s.max",
    "expiry.entries_expired",
    "expiry.false_expiries",
    "expiry.detection_lag_s.mean",
    "expiry.detection_lag_s.p50",
    "expiry.detection_lag_s.p95",
    "expiry.detection_lag_s.max",
    "expiry.mean_listed",
    "expiry.mean_stale_listed",
    "expiry.stale_share_of_lists",
    "expiry.requests_to_departed",
    "network.chunk_bytes",
    "network.control_bytes",
    "network.wasted_bytes",
    "network.in_flight_bytes",
    "network.mean_uplink_utilisation",
    "chunks.transferred",
    "chunks.duplicate",
    "chunks.cut",
    "availability.min_copies_at_end",
    "availability.mean_entropy",
    "availability.max_one_club",
    "availability.mean_one_club",
    "uplinks.sampled",
    "uplinks.idle_share",
    "uplinks.nothing_wanted_share",
    "uplinks.stale_knowledge_share",
    "uplinks.queued_elsewhere_share",
    "uplinks.nobody_asks_share",
    "uplinks.on_the_way_share",
    "tracker.mean_requests_per_s",
    "tracker.peak_requests_per_s",
];

/// Whether a metric is a whole number in every run: a count or bytes.
pub fn is_count(name: &str) -> bool {
    let is_real = name.ends_with("_s")
        || name.contains("_s.")
        || name.contains(".mean_")
        || name.ends_with("_share")
        || matches!(name, "completion.ratio_to_bound" | "expiry.stale_share_of_lists");
    !is_real
}

impl Summary {
    /// The value of the metric of this name; `None` where it does not exist in this run (or is no metric).
    pub fn metric(&self, name: &str) -> Option<f64> {
        value_at(&self.tree(), name)
    }

    /// The values of all metrics, in the order of [`METRIC_NAMES`].
    pub fn metrics(&self) -> Vec<Option<f64>> {
        let tree = self.tree();
        METRIC_NAMES.iter().map(|name| value_at(&tree, name)).collect()
    }

    fn tree(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a summary is plain data")
    }
}

fn value_at(tree: &serde_json::Value, name: &str) -> Option<f64> {
    name.split('.').try_fold(tree, |value, key| value.get(key))?.as_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_from_other_numbers() {
        let some = Some(0.5);
        let full = Summary {
            scenario: String::new(),
            seed: 1,
            strategy: String::new(),
            digest: String::new(),
            events: 1,
            end_time_s: 0.5,
            stop_reason: String::new(),
            requests: Requests::default(),
            peers: Peers::default(),
            completion: Completion {
                completed: 1,
                mean_s: some,
                min_s: some,
                p50_s: some,
                p90_s: some,
                p95_s: some,
                p99_s: some,
                max_s: some,
                makespan_s: some,
                lower_bound_s: some,
                ratio_to_bound: some,
                last_chunk_wait_s: Lag { mean: some, p50: some, p95: some, max: some },
            },
            playback: Playback { startup_delay_s: Lag { mean: some, p50: some, p95: some, max: some } },
            expiry: Expiry {
                detection_lag_s: Lag { mean: some, p50: some, p95: some, max: some },
                mean_listed: some,
                mean_stale_listed: some,
                stale_share_of_lists: some,
                ..Expiry::default()
            },
            network: Network { mean_uplink_utilisation: some, ..Network::default() },
            chunks: Chunks::default(),
            availability: Availability {
                min_copies_at_end: 1,
                mean_entropy: some,
                max_one_club: 1,
                mean_one_club: some,
            },
            uplinks: Uplinks {
                sampled: 1,
                idle_share: some,
                nothing_wanted_share: some,
                stale_knowledge_share: some,
                queued_elsewhere_share: some,
                nobody_asks_share: some,
                on_the_way_share: some,
            },
            tracker: TrackerLoad { mean_requests_per_s: some, peak_requests_per_s: some },
        };
        for (name, value) in METRIC_NAMES.iter().zip(full.metrics()) {
            assert_eq!(is_count(name), value.expect("all are there").fract() == 0.0, "{name}");
        }
    }
}
