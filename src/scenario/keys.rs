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
    "departures",
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
pub const NETWORK: &[&str] = &["sharing", "latency", "jitter", "loss", "max_transfer_rate", "backbones", "faults"];
/// An element of `network.backbones`
pub const BACKBONE: &[&str] = &["from", "to", "capacity"];
/// An element of `peers`
pub const GROUP: &[&str] = &[
    "group",
    "count",
    "region",
    "initial_chunks",
    "up",
    "down",
    "max_transfer_rate",
    "arrival",
    "session",
    "after_completion",
    "rejoin",
    "strategy",
];
/// An element of `departures`
pub const DEPARTURE: &[&str] = &["at", "fraction", "count", "groups"];
/// `peers[].initial_chunks`, where it is an object
pub const INITIAL_CHUNKS: &[&str] = &["fraction", "list", "all_but"];
/// `peers[].rejoin`
pub const REJOIN: &[&str] = &["probability", "after", "keep_chunks"];
/// `output`
pub const OUTPUT: &[&str] = &["sample_interval", "playback_rate"];
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
/// `network.latency`: distributions, and what else there is
pub const LATENCIES: Kinds = &[
    DISTRIBUTIONS[0],
    DISTRIBUTIONS[1],
    DISTRIBUTIONS[2],
    DISTRIBUTIONS[3],
    DISTRIBUTIONS[4],
    DISTRIBUTIONS[5],
    DISTRIBUTIONS[6],
    DISTRIBUTIONS[7],
    ("regions", &["regions", "matrix", "tracker", "spread"]),
    ("matrix", &["file", "round_trips"]),
    ("coordinates", &["x", "y", "per_unit", "height"]),
];
/// `peers[].session`: distributions, and those that have a name
pub const SESSIONS: Kinds = &[
    DISTRIBUTIONS[0],
    DISTRIBUTIONS[1],
    DISTRIBUTIONS[2],
    DISTRIBUTIONS[3],
    DISTRIBUTIONS[4],
    DISTRIBUTIONS[5],
    DISTRIBUTIONS[6],
    DISTRIBUTIONS[7],
    ("preset", &["name"]),
];
/// `network.faults[]`
pub const FAULTS: Kinds = &[
    ("partition", &["between", "from", "until"]),
    ("loss", &["between", "probability", "from", "until"]),
    ("slow", &["groups", "links", "factor", "rate", "from", "until"]),
];
/// `peers[].arrival`
pub const ARRIVALS: Kinds = &[
    ("at", &["time"]),
    ("uniform", &["from", "until"]),
    ("poisson", &["rate_per_s", "from"]),
    ("decaying", &["initial_rate_per_s", "time_constant"]),
    ("diurnal", &["mean_rate_per_s", "amplitude", "period", "peak"]),
    ("trace", &["file", "arrivals", "sessions"]),
];
/// `peers[].after_completion`
pub const AFTER_COMPLETION: Kinds = &[("stay", &[]), ("leave", &[]), ("linger", &["for"])];
