//! The keys that a scenario may have, object by object. The reader accepts exactly these.

/// The scenario itself.
pub const ROOT: &[&str] = &[
    "$schema",
    "name",
    "description",
    "seed",
    "stop",
    "file",
    "tracker",
    "protocol",
    "strategy",
    "source",
    "network",
    "peers",
    "output",
    "expect",
];
/// `stop`
pub const STOP: &[&str] = &["at", "when"];
/// `file`
pub const FILE: &[&str] = &["size", "max_chunk_size"];
/// `tracker`
pub const TRACKER: &[&str] = &["entry_ttl", "sweep_interval", "max_peers_returned", "late_proof", "outages"];
/// An element of `tracker.outages`
pub const OUTAGE: &[&str] = &["from", "until"];
/// `protocol`
pub const PROTOCOL: &[&str] = &[
    "active_proof_interval",
    "peer_list_interval",
    "chunks_query_interval",
    "request_timeout",
    "max_parallel_fetches",
    "max_fetches_per_neighbor",
    "max_neighbors",
    "failure_detection",
];
/// `network`
pub const NETWORK: &[&str] = &["sharing", "latency", "jitter", "loss"];
/// An element of `peers`
pub const GROUP: &[&str] =
    &["group", "count", "initial_chunks", "up", "down", "arrival", "session", "after_completion", "rejoin", "strategy"];
/// `peers[].initial_chunks`, where it is an object
pub const INITIAL_CHUNKS: &[&str] = &["fraction", "list", "all_but"];
/// `peers[].rejoin`
pub const REJOIN: &[&str] = &["probability", "after", "keep_chunks"];
/// `output`
pub const OUTPUT: &[&str] = &["sample_interval"];
/// An element of `expect`
pub const EXPECTATION: &[&str] = &["metric", "at_least", "at_most", "equals"];
/// The keys of every `strategy`, beside its kind's parameters
pub const STRATEGY: &[&str] = &["kind", "endgame"];

/// Kinds of an object that is told by its `kind`, each with the keys it takes beside that.
pub type Kinds = &'static [(&'static str, &'static [&'static str])];

/// Distributions.
pub const DISTRIBUTIONS: Kinds = &[
    ("constant", &["value"]),
    ("uniform", &["min", "max"]),
    ("exponential", &["mean"]),
    ("normal", &["mean", "std_dev"]),
    ("lognormal", &["median", "sigma"]),
    ("weibull", &["shape", "scale"]),
    ("pareto", &["shape", "min"]),
    ("empirical", &["values", "file"]),
];
/// `peers[].arrival`
pub const ARRIVALS: Kinds = &[
    ("at", &["time"]),
    ("uniform", &["from", "until"]),
    ("poisson", &["rate_per_s", "from"]),
    ("decaying", &["initial_rate_per_s", "time_constant"]),
];
/// `peers[].after_completion`
pub const AFTER_COMPLETION: Kinds = &[("stay", &[]), ("leave", &[]), ("linger", &["for"])];

/// Names that are reserved for what this version does not do, by the path of their key.
pub const NOT_AVAILABLE: &[(&str, &[&str])] =
    &[("sharing", &["max-min"]), ("latency", &["regions", "matrix", "coordinates"]), ("arrival", &["trace"])];
