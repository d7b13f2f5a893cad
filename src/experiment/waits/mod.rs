//! Why a peer finished when it did: the chain of waits that led to its last chunk, found in a trace.
//!
//! Each wait ended with an event, and that event had a cause: a chunk came because it had been asked for, it was asked for because an
//! earlier fetch was over or an answer had told of it, the answer told of it because the neighbor had got it meanwhile. [`Story`]
//! reads a trace once and keeps these causes; [`Story::path`] follows them back from the last chunk to the peer's
//! arrival. Each step begins where the one before it ended, so their sum is the download time, exactly.
//!
//! Where a chunk did not exist at a neighbor yet, the chain goes on with that neighbor: what *it* was waiting for held up both.
//!
//! ```
//! use swarmsim::check::scenario_digest;
//! use swarmsim::experiment::waits::Story;
//! use swarmsim::output::Trace;
//! use swarmsim::scenario::from_json;
//! use swarmsim::sim::QueueKind;
//! use swarmsim::swarm::Simulation;
//!
//! let text = br#"{
//!     "name": "small", "seed": 7, "stop": { "at": "1h" }, "file": { "size": "1 MiB" }, "network": { "latency": "20ms" },
//!     "peers": [
//!         { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
//!         { "group": "home", "count": 5, "up": "2 Mbit/s", "down": "8 Mbit/s" }
//!     ]
//! }"#;
//! let scenario = from_json("small.json", text).unwrap().scenario;
//! let trace = Trace::new(Vec::new(), &scenario_digest(&scenario));
//! let (trace, _) = Simulation::new(scenario.config, trace, QueueKind::Ladder).finish();
//! let story = Story::read(trace.finish().unwrap().as_slice(), &|| true).unwrap();
//! let path = story.path(story.slowest().unwrap()).unwrap();
//! assert!(path.completed);
//! assert_eq!(path.steps.iter().map(|step| step.nanos()).sum::<u64>(), path.nanos());
//! for step in &path.steps {
//!     println!("{}: {} ns", step.wait.sentence(), step.nanos());
//! }
//! ```

mod chain;
mod story;
#[cfg(test)]
mod tests;

pub use story::{Story, StoryError};

/// What was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wait {
    /// An earlier session, and the time until the peer was back.
    Away,
    /// A neighbor arrives, or the tracker lists it.
    Neighbor,
    /// The tracker's answer to a Join or a Peer List, both ways.
    Tracker,
    /// A Join or a Peer List that got no answer, until it was sent again.
    TrackerSilent,
    /// The next Peer List is due.
    ListRound,
    /// The next round of Chunks Queries is due.
    QueryRound,
    /// A Chunks Query and its answer are under way.
    Query,
    /// Chunks Queries that got no answer.
    QueryLost,
    /// The request for a chunk is under way.
    Request,
    /// The chunk waits for the uploader's link.
    Queue,
    /// The chunk's bytes leave the uploader, as fast as both links and all who share them allow.
    Uplink,
    /// The last byte is under way.
    Flight,
    /// The chunk waits for the downloader's link and passes it.
    Downlink,
    /// A fetch that broke off, until that was noticed.
    InVain,
    /// After the last chunk that came: the rest never did.
    Unfinished,
    /// None of these.
    Other,
}

impl Wait {
    /// All of them, in the order of a download.
    pub const ALL: [Wait; 16] = [
        Wait::Away,
        Wait::Neighbor,
        Wait::Tracker,
        Wait::TrackerSilent,
        Wait::ListRound,
        Wait::QueryRound,
        Wait::Query,
        Wait::QueryLost,
        Wait::Request,
        Wait::Queue,
        Wait::Uplink,
        Wait::Flight,
        Wait::Downlink,
        Wait::InVain,
        Wait::Unfinished,
        Wait::Other,
    ];

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// What it is, for people.
    pub fn sentence(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Wait::Away => ("away", "an earlier session, and being away"),
            Wait::Neighbor => ("neighbor", "a neighbor was not there or not listed yet"),
            Wait::Tracker => ("tracker", "the tracker's answer"),
            Wait::TrackerSilent => ("tracker_silent", "the tracker did not answer"),
            Wait::ListRound => ("list_round", "the next Peer List was not due yet"),
            Wait::QueryRound => ("query_round", "the next round of queries was not due yet"),
            Wait::Query => ("query", "a query and its answer"),
            Wait::QueryLost => ("query_lost", "queries without an answer"),
            Wait::Request => ("request", "the request for a chunk"),
            Wait::Queue => ("queue", "the uploader's queue"),
            Wait::Uplink => ("uplink", "the uplink (and who shares it)"),
            Wait::Flight => ("flight", "the last byte's flight"),
            Wait::Downlink => ("downlink", "the downlink"),
            Wait::InVain => ("in_vain", "fetches that broke off"),
            Wait::Unfinished => ("unfinished", "nothing came any more"),
            Wait::Other => ("other", "something else"),
        }
    }
}

/// A wait. Times are nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was waited for.
    pub wait: Wait,
    /// From when.
    pub from: u64,
    /// Until when.
    pub until: u64,
    /// Who waited: the peer itself, or one whose chunk it waited for.
    pub peer: u32,
    /// On the other side: the uploader, the neighbor asked, the tracker (0).
    pub with: u32,
    /// The chunk that came of it; `None` where it is about no certain one.
    pub chunk: Option<u32>,
}

impl Step {
    /// How long it took, in nanoseconds.
    pub fn nanos(&self) -> u64 {
        self.until - self.from
    }
}

/// The chain of waits of one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The peer.
    pub peer: u32,
    /// Its group.
    pub group: String,
    /// Whether it completed the file; else the chain ends when it left or the run stopped.
    pub completed: bool,
    /// Chunks that it held at the end.
    pub chunks: u32,
    /// When the download began, in nanoseconds.
    pub from: u64,
    /// When it was over.
    pub until: u64,
    /// What was waited for, from the first to the last; each begins where the one before ended.
    pub steps: Vec<Step>,
}

impl Path {
    /// How long the download took, in nanoseconds: the sum of all steps.
    pub fn nanos(&self) -> u64 {
        self.until - self.from
    }

    /// Nanoseconds that went into a kind of wait: the peer's own, and those of others whose chunks it waited for.
    pub fn total(&self, wait: Wait) -> (u64, u64) {
        let sum = |own: bool| {
            let those = self.steps.iter().filter(|step| step.wait == wait && (step.peer == self.peer) == own);
            those.map(Step::nanos).sum()
        };
        (sum(true), sum(false))
    }
}
