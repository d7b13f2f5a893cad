//! The rows of a run's tables, before they are written anywhere.

use crate::sim::Time;
use crate::swarm::Uplinks;

/// How many parts of the file are timed on a peer's way to it: it has a tenth, two tenths, … nine tenths.
pub const MILESTONES: usize = 9;

/// A peer session: a row of `peers.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// The peer's number, from 1.
    pub peer: u32,
    /// Its group, an index into the configuration's groups.
    pub group: u16,
    /// Which of the peer's sessions, from 0.
    pub session: u32,
    /// When it arrived.
    pub arrived: Time,
    /// When its Join was answered.
    pub member: Option<Time>,
    /// When its last chunk arrived; `None` also for a session that began complete.
    pub completed: Option<Time>,
    /// When it left.
    pub departed: Option<Time>,
    /// Nanoseconds the download took, where this session completed it.
    pub download_nanos: Option<u64>,
    /// Chunks held when the session (or the run) ended.
    pub chunks: u32,
    /// Bytes of chunks that left its uplink.
    pub uploaded_bytes: u64,
    /// Bytes of chunks it acquired.
    pub downloaded_bytes: u64,
    /// Of `uploaded_bytes`, those sent in vain.
    pub wasted_bytes: u64,
    /// When it first had a tenth, two tenths, … nine tenths of the chunks: its arrival where it came with them,
    /// [`Time::NEVER`] where it never had. A row of `progress.csv`.
    pub milestones: [Time; MILESTONES],
}

/// The swarm's state at the end of a sample interval: a row of `timeseries.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The instant.
    pub time: Time,
    /// Peers that are there.
    pub present: u32,
    /// Of those, the incomplete.
    pub leechers: u32,
    /// Of those, the complete.
    pub seeders: u32,
    /// Peers that have completed a download so far.
    pub completed: u32,
    /// Entries in the tracker's list.
    pub listed: u32,
    /// Of those, entries of peers that are not there.
    pub stale_listed: u32,
    /// The rate of the uploads that were under way at this instant, each at its mean rate; bytes per second.
    pub uploading_bytes_per_s: f64,
    /// Copies of the rarest chunk among the peers that are there.
    pub min_copies: u32,
    /// Mean copies of a chunk.
    pub mean_copies: f64,
    /// Entropy of copies over chunks, from 0 to 1; `None` with one chunk or no copy.
    pub entropy: Option<f64>,
    /// The most peers that are there and lack the same chunk and no other.
    pub one_club: u32,
    /// Requests sent in the interval that ends here: Join, Active Proof, Peer List, Chunks Query, Fetch Chunk.
    pub requests: [u64; 5],
    /// What the uplinks that are looked at have to do.
    pub uplinks: Uplinks,
}

/// A tracker entry that ended: a row of `expiries.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryRow {
    /// The peer's number.
    pub peer: u32,
    /// When the entry began.
    pub listed: Time,
    /// When the tracker handled the last Join or Active Proof for it.
    pub last_proof: Time,
    /// The expiry that this set.
    pub expires: Time,
    /// When the peer left; `None` where it was there.
    pub departed: Option<Time>,
    /// The sweep that discarded the entry.
    pub discarded: Time,
    /// Whether the peer was there.
    pub false_expiry: bool,
}

/// Copies of a range of chunks at a sample's instant: a row of `availability.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct AvailabilityRow {
    /// The instant, one of the samples'.
    pub time: Time,
    /// The first chunk of the range.
    pub first_chunk: u32,
    /// The last chunk of the range.
    pub last_chunk: u32,
    /// Copies of the rarest chunk in the range, among the peers that are there.
    pub min_copies: u32,
    /// Mean copies of a chunk in the range.
    pub mean_copies: f64,
}

/// All tables of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// Peer sessions, in order of arrival.
    pub sessions: Vec<SessionRow>,
    /// Samples, in order of time; the last one is at the run's end.
    pub samples: Vec<Sample>,
    /// Ended tracker entries, in the order in which they ended.
    pub expiries: Vec<ExpiryRow>,
    /// Copies by chunk range: at most 64 ranges, at most 240 instants.
    pub availability: Vec<AvailabilityRow>,
}
