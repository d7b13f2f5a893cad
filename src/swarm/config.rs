//! What a swarm is made of: every setting resolved, in the core's own types.
//!
//! The scenario layer fills these in from a file; a library user may do so directly. Nothing here
//! knows JSON, units or defaults. A [`Config`] that breaks a stated range is a bug of whoever made it,
//! and [`Simulation::new`](super::Simulation::new) asserts the ranges it relies on.

use crate::net::{self, LatencyModel, Rate, Sharing};
use crate::sim::{Distribution, Span, Time};
use crate::strategy::Strategy;
use std::sync::Arc;

/// A whole swarm, ready to be run.
#[derive(Clone, Debug)]
pub struct Config {
    /// The seed of every random draw.
    pub seed: u64,
    /// When the run ends.
    pub stop: Stop,
    /// The file that is distributed.
    pub file: File,
    /// The tracker.
    pub tracker: Tracker,
    /// The protocol's intervals and limits.
    pub protocol: Protocol,
    /// The network between the nodes.
    pub network: Network,
    /// The groups of peers; at least one.
    pub groups: Vec<Group>,
    /// Departures of many peers at once.
    pub departures: Vec<Departure>,
}

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The last instant that is simulated.
    pub at: Time,
    /// What ends the run before that.
    pub when: StopWhen,
}

/// What ends a run early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopWhen {
    /// Everyone who is there is complete, and nobody is still to come.
    AllComplete,
    /// Nobody is there, or still to come.
    Empty,
    /// Nothing: the run goes on until [`Stop::at`].
    Time,
}

/// The file: its size and how it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Bytes in the file, at least 1.
    pub size_bytes: u64,
    /// Bytes in every chunk but the last, which may be shorter; `1..=size_bytes`.
    pub chunk_bytes: u64,
}

impl File {
    /// How many chunks the file is cut into.
    pub fn chunks(&self) -> u64 {
        self.size_bytes.div_ceil(self.chunk_bytes)
    }

    /// Bytes in chunk number `chunk`, counted from 0.
    pub fn bytes_of(&self, chunk: u32) -> u64 {
        let before = u64::from(chunk) * self.chunk_bytes;
        self.chunk_bytes.min(self.size_bytes - before)
    }
}

/// The tracker's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracker {
    /// How long an entry lives after the Join or Active Proof that last set its expiry; above zero.
    pub entry_ttl: Span,
    /// The time between two sweeps; above zero.
    pub sweep_interval: Span,
    /// The most peers an answer names, a random sample of the list; `None`: all of them.
    pub max_peers_returned: Option<u32>,
    /// What becomes of a proof from a peer that is no longer listed.
    pub late_proof: LateProof,
    /// When the tracker hears nothing and sweeps nothing: `[from, until)` each, in order, disjoint.
    pub outages: Vec<Window>,
}

/// What the tracker does with an Active Proof from a peer it has discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateProof {
    /// Lists the peer again.
    Readmit,
    /// Leaves it off the list.
    Ignore,
}

/// A window of time, `[from, until)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first instant inside.
    pub from: Time,
    /// The first instant after it.
    pub until: Time,
}

/// The peers' intervals and limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Between two Active Proofs of a member; above zero.
    pub active_proof_interval: Span,
    /// Between two Peer List requests; above zero.
    pub peer_list_interval: Span,
    /// Between two rounds of Chunks Queries; above zero.
    pub chunks_query_interval: Span,
    /// How long an answer from the tracker may take before the request is sent again; above zero.
    pub request_timeout: Span,
    /// The most fetches a peer has under way, `1..=65_535`.
    pub max_parallel_fetches: u32,
    /// The most fetches a peer has under way with one neighbor, `1..=65_535`.
    pub max_fetches_per_neighbor: u32,
    /// The most neighbors a peer keeps; `None`: all it hears of.
    pub max_neighbors: Option<u32>,
    /// How the end of a connection is noticed.
    pub failure_detection: FailureDetection,
    /// Which of the neighbors that hold a chunk is asked for it.
    pub source: Source,
}

/// How soon a node notices that the other side of a transfer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureDetection {
    /// The link's latency after a living peer would have sent or heard something.
    Reset,
    /// This long after that.
    After(Span),
}

/// Which of the neighbors that hold a chunk is asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Any of them, each as likely.
    Random,
    /// One with the fewest of the asker's requests outstanding.
    LeastLoaded,
    /// The one with the best rate observed so far; one not yet observed counts as 0.
    Fastest,
}

/// The network.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// How transfers share links.
    pub sharing: Sharing,
    /// One-way latency.
    pub latency: LatencyModel,
    /// What is added to the latency of each message, in nanoseconds.
    pub jitter: Distribution,
    /// The probability, `0.0..=1.0`, that a message to or from the tracker, or a Chunks Query or its answer, is lost.
    pub loss: f64,
    /// The most that one transfer gets; limited only where the sharing is a [fluid](Sharing::is_fluid) one.
    pub max_transfer_rate: Rate,
    /// Links that transfers share between groups, beside those of peers; none but with [`Sharing::MaxMin`].
    pub backbones: Vec<Backbone>,
    /// What goes wrong at given times.
    pub faults: Vec<Fault>,
}

/// A link that all transfers from some peers to some others share.
#[derive(Clone, Debug, PartialEq)]
pub struct Backbone {
    /// From whom; `None`: from everybody who is not on the other side.
    pub from: Option<Side>,
    /// To whom; `None`: to everybody who is not on the other side.
    pub to: Option<Side>,
    /// What these transfers get together, at most.
    pub capacity: Rate,
}

impl Backbone {
    /// The same between groups by number, of which there are so many.
    pub fn between_groups(&self, groups: u16) -> net::Backbone {
        let of = |side: &Option<Side>, other: &Option<Side>| match (side, other) {
            (Some(side), _) => side.groups.clone(),
            (None, Some(other)) => (0..groups).filter(|group| other.groups.binary_search(group).is_err()).collect(),
            (None, None) => (0..groups).collect(),
        };
        net::Backbone { capacity: self.capacity, from: of(&self.from, &self.to), to: of(&self.to, &self.from) }
    }
}

/// Something that goes wrong with the network for a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// When.
    pub window: Window,
    /// What.
    pub effect: FaultEffect,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultEffect {
    /// No message gets from one side to the other, and transfers between them are cut.
    Partition {
        /// The two sides.
        between: [Side; 2],
    },
    /// Messages that can be lost by chance are lost with this probability, too.
    Loss {
        /// Between which two sides; `None`: everywhere.
        between: Option<[Side; 2]>,
        /// The probability, `0.0..=1.0`.
        probability: f64,
    },
    /// Links are slower than they are; only where the sharing is a [fluid](Sharing::is_fluid) one.
    Slow {
        /// Whose links.
        at: Vec<Side>,
        /// Their uplinks.
        up: bool,
        /// Their downlinks.
        down: bool,
        /// By how much.
        slowdown: Slowdown,
    },
}

/// By how much a link is slower.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slowdown {
    /// It has this share of its capacity, above 0, at most 1.
    Factor(f64),
    /// It has this much, or its capacity where that is less.
    Rate(Rate),
}

impl Slowdown {
    /// What is left of a capacity.
    pub fn of(self, capacity: Rate) -> Rate {
        match self {
            Slowdown::Factor(_) if capacity.is_unlimited() => capacity,
            Slowdown::Factor(factor) => Rate::from_bits_f64(capacity.bits_per_second() as f64 * factor),
            Slowdown::Rate(rate) => rate.min(capacity),
        }
    }
}

/// Some nodes, under the name by which a scenario calls them.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// A group's name, a region's, or that of the tracker.
    pub name: String,
    /// Whether the tracker is among them.
    pub tracker: bool,
    /// The groups whose peers are, in rising order.
    pub groups: Vec<u16>,
}

impl Side {
    /// Whether some node is on both sides.
    pub fn meets(&self, other: &Side) -> bool {
        self.tracker && other.tracker || self.groups.iter().any(|group| other.groups.binary_search(group).is_ok())
    }
}

/// Many peers leave at one instant, silently.
#[derive(Clone, Debug, PartialEq)]
pub struct Departure {
    /// When.
    pub at: Time,
    /// How many of those that are there.
    pub leavers: Leavers,
    /// Of which groups, by number in rising order.
    pub groups: Vec<u16>,
}

/// How many of those that are there leave; who, is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leavers {
    /// This share, `0.0..=1.0`, rounded to the nearest number.
    Fraction(f64),
    /// So many, or all where there are fewer.
    Count(u32),
}

/// A group of like peers.
#[derive(Clone, Debug)]
pub struct Group {
    /// The name: it addresses the group's random draws, so no two groups share one.
    pub name: String,
    /// How many peers; `None`: as many as arrive before the run ends (open arrivals only).
    pub count: Option<u32>,
    /// The chunks each holds on arrival.
    pub initial_chunks: InitialChunks,
    /// Uplink capacity, in bits per second.
    pub up: Capacity,
    /// Downlink capacity, in bits per second.
    pub down: Capacity,
    /// The most that one transfer to or from one of its peers gets; see [`Network::max_transfer_rate`].
    pub max_transfer_rate: Rate,
    /// The region that its peers are in, by number; `None` where the latencies know no regions.
    pub region: Option<u16>,
    /// When its peers arrive.
    pub arrival: Arrival,
    /// Nanoseconds from a peer's arrival until it cuts off, complete or not; `None`: never.
    pub session: Option<Distribution>,
    /// What a peer does once it has the whole file.
    pub after_completion: AfterCompletion,
    /// Whether a peer that has left comes back.
    pub rejoin: Option<Rejoin>,
    /// How its peers choose the next chunk.
    pub strategy: Arc<dyn Strategy>,
    /// Whether a peer whose every missing chunk is under way asks further neighbors for them.
    pub endgame: bool,
}

/// A link's capacity: unlimited, or drawn for each peer.
#[derive(Clone, Debug, PartialEq)]
pub enum Capacity {
    /// No limit.
    Unlimited,
    /// Drawn once a peer, in bits per second; held at 1 bit/s or more.
    Drawn(Distribution),
}

impl Capacity {
    /// The capacity of the peer with this draw.
    pub fn sample(&self, draw: u64) -> Rate {
        match self {
            Capacity::Unlimited => Rate::UNLIMITED,
            Capacity::Drawn(distribution) => Rate::from_bits_f64(distribution.sample(draw)),
        }
    }
}

/// The chunks a peer of a group holds when it first arrives.
#[derive(Clone, Debug, PartialEq)]
pub enum InitialChunks {
    /// The whole file.
    All,
    /// Nothing.
    None,
    /// A random part: this share of the chunks, `0.0..=1.0`, rounded to the nearest number, drawn per peer.
    Fraction(f64),
    /// These chunks, in rising order without repetition.
    List(Vec<u32>),
    /// All but these, in rising order without repetition.
    AllBut(Vec<u32>),
}

/// When the peers of a group arrive.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    /// All at one instant.
    At {
        /// That instant.
        time: Time,
    },
    /// Each at an instant drawn uniformly from `[from, until)`.
    Uniform {
        /// The first instant.
        from: Time,
        /// The end.
        until: Time,
    },
    /// A Poisson process.
    Poisson {
        /// Arrivals a second, above zero.
        rate_per_s: f64,
        /// When it begins.
        from: Time,
    },
    /// A Poisson process whose rate decays: `initial_rate_per_s * exp(-t / time_constant)`, as Guo et al.
    /// measured in torrents ("Measurements, Analysis, and Modeling of BitTorrent-like Systems", IMC 2005).
    /// It yields `initial_rate_per_s * time_constant` peers on average, then no more.
    Decaying {
        /// Arrivals a second at the beginning, above zero.
        initial_rate_per_s: f64,
        /// The time in which the rate falls to 1/e; above zero.
        time_constant: Span,
    },
    /// A Poisson process whose rate goes up and down with the time of day:
    /// `mean_rate_per_s * (1 + amplitude * cos(2 pi (t - peak) / period))`.
    Diurnal {
        /// Arrivals a second, averaged over a period; above zero.
        mean_rate_per_s: f64,
        /// How far the rate departs from its mean, as a share of it, `0.0..=1.0`.
        amplitude: f64,
        /// From one peak to the next; above zero.
        period: Span,
        /// When the rate is highest for the first time.
        peak: Time,
    },
    /// As was recorded: peer number i of the group is row i.
    Trace {
        /// The rows, as many as the group has peers.
        rows: Arc<[Visit]>,
    },
}

/// A recorded peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// When it arrived.
    pub at: Time,
    /// How long each of its sessions lasts; `None`: as the group's do.
    pub session: Option<Span>,
}

/// What a peer does once it has the whole file. Leaving is silent, always.
#[derive(Clone, Debug, PartialEq)]
pub enum AfterCompletion {
    /// Stays until its session ends.
    Stay,
    /// Leaves at once.
    Leave,
    /// Leaves after a time drawn in nanoseconds (or when its session ends).
    Linger(Distribution),
}

/// How a peer that has left comes back.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejoin {
    /// The probability, `0.0..=1.0`, of coming back after each departure.
    pub probability: f64,
    /// Nanoseconds until then.
    pub after: Distribution,
    /// Whether it still has its chunks.
    pub keep_chunks: bool,
}

impl Config {
    /// Whether the tracker's lists name everyone, and peers keep everyone.
    pub fn names_everyone(&self) -> bool {
        self.tracker.max_peers_returned.is_none() && self.protocol.max_neighbors.is_none()
    }

    /// A swarm of one origin and four peers, for examples: 16 chunks of 64 KiB, everyone there from the beginning.
    pub fn tiny() -> Config {
        let rarest = crate::strategy::kind("rarest-first").expect("it is in the table");
        let capacity = |bits: f64| Capacity::Drawn(Distribution::constant(bits));
        let group = |name: &str, count, initial_chunks| Group {
            name: name.to_owned(),
            count: Some(count),
            initial_chunks,
            up: capacity(4e6),
            down: capacity(40e6),
            max_transfer_rate: Rate::UNLIMITED,
            region: None,
            arrival: Arrival::At { time: Time::ZERO },
            session: None,
            after_completion: AfterCompletion::Stay,
            rejoin: None,
            strategy: (rarest.make)(&[]).into(),
            endgame: false,
        };
        Config {
            seed: 1,
            stop: Stop { at: Time::ZERO + Span::from_secs(3600), when: StopWhen::AllComplete },
            file: File { size_bytes: 1 << 20, chunk_bytes: 1 << 16 },
            tracker: Tracker {
                entry_ttl: Span::from_secs(120),
                sweep_interval: Span::from_secs(10),
                max_peers_returned: None,
                late_proof: LateProof::Readmit,
                outages: Vec::new(),
            },
            protocol: Protocol {
                active_proof_interval: Span::from_secs(40),
                peer_list_interval: Span::from_secs(60),
                chunks_query_interval: Span::from_secs(5),
                request_timeout: Span::from_secs(10),
                max_parallel_fetches: 4,
                max_fetches_per_neighbor: 1,
                max_neighbors: None,
                failure_detection: FailureDetection::Reset,
                source: Source::Random,
            },
            network: Network {
                sharing: Sharing::Fifo,
                latency: LatencyModel::Drawn(Distribution::constant(40e6)),
                jitter: Distribution::constant(0.0),
                loss: 0.0,
                max_transfer_rate: Rate::UNLIMITED,
                backbones: Vec::new(),
                faults: Vec::new(),
            },
            groups: vec![group("origin", 1, InitialChunks::All), group("home", 4, InitialChunks::None)],
            departures: Vec::new(),
        }
    }
}
