//! What the checker remembers of peers, of messages on their way, and of what must come next.

use super::line::Kind;
use super::scene::Range;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A chunk that a log does not have.
const NOWHERE: u32 = u32::MAX;

/// The chunks that a peer has got, in order.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// By chunk: its place in the order, and the peer that began with this copy's ancestor.
    places: Vec<(u32, u32)>,
    pub held: u32,
}

impl Log {
    pub fn new(chunks: u32) -> Log {
        Log { places: vec![(NOWHERE, 0); chunks as usize], held: 0 }
    }

    /// Whether the chunk is among the first `count`.
    pub fn has_among(&self, chunk: u32, count: u32) -> bool {
        self.places.get(chunk as usize).is_some_and(|place| place.0 < count)
    }

    pub fn has(&self, chunk: u32) -> bool {
        self.has_among(chunk, NOWHERE)
    }

    pub fn push(&mut self, chunk: u32, root: u32) {
        if let Some(place) = self.places.get_mut(chunk as usize).filter(|place| place.0 == NOWHERE) {
            *place = (self.held, root);
            self.held += 1;
        }
    }

    /// Who began with the chunk that this copy descends from.
    pub fn root(&self, chunk: u32) -> Option<u32> {
        self.places.get(chunk as usize).filter(|place| place.0 != NOWHERE).map(|place| place.1)
    }

    pub fn is_whole(&self) -> bool {
        self.held as usize == self.places.len()
    }

    pub fn chunks(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.places.len() as u32).filter(|&chunk| self.has(chunk))
    }
}

/// A fetch under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fetch {
    pub request: u64,
    pub response: Option<u64>,
    pub from: u32,
    pub chunk: u32,
}

/// A peer, there or not.
#[derive(Debug, Default)]
pub(super) struct Peer {
    pub present: bool,
    /// Sessions begun and ended.
    pub sessions: u32,
    pub departures: u32,
    pub departed_at: u64,
    pub complete: bool,
    pub session_ends: Option<u64>,
    pub linger_ends: Option<u64>,
    /// It leaves with many others.
    pub driven_out_at: Option<u64>,
    /// It has left and dropped its chunks.
    pub dropped: bool,
    pub returns_at: Option<u64>,
    pub member: bool,
    pub proof_due: Option<u64>,
    pub list_due: Option<u64>,
    pub round_due: Option<u64>,
    /// Its latest Join and Peer List request that is not answered: number, and when it was sent.
    pub awaited: [Option<(u64, u64)>; 2],
    /// What it has got, one log after the other: a new one each time it comes back with nothing.
    pub logs: Vec<Log>,
    /// Neighbors, by rising number: all of them, or those that certainly are.
    pub hood: Vec<u32>,
    pub hood_changed_at: u64,
    /// The latest list it got, sorted, and its message.
    pub list: Vec<u32>,
    pub list_msg: u64,
    /// What answers have told it, by neighbor: which of its logs, and how many chunks.
    pub known: BTreeMap<u32, (u32, u32)>,
    /// Neighbors of which a request failed and which have not answered since.
    pub resting: BTreeSet<u32>,
    pub fetches: Vec<Fetch>,
    /// Chunks that it is to send and has not, in the order in which they were asked for.
    pub uploads: VecDeque<u64>,
    pub uplink_free: u64,
    pub downlink_free: u64,
    /// Chunks that have left uplinks on their way to it, in this session, and when their last bytes come.
    pub incoming: Vec<(u64, Range)>,
}

impl Peer {
    /// Whether it is there, in that session.
    pub fn is_there(&self, session: u32) -> bool {
        self.present && self.sessions == session
    }

    pub fn downloading(&self) -> bool {
        self.present && !self.complete
    }

    /// What it holds.
    pub fn log(&self) -> Option<&Log> {
        self.logs.last()
    }

    pub fn has(&self, chunk: u32) -> bool {
        self.log().is_some_and(|log| log.has(chunk))
    }

    pub fn held(&self) -> u32 {
        self.log().map_or(0, |log| log.held)
    }

    /// Forgets what only a download needs.
    pub fn end_download(&mut self) {
        (self.list_due, self.round_due) = (None, None);
        self.hood.clear();
        self.list.clear();
        self.known.clear();
        self.resting.clear();
    }
}

/// What became of a transfer whose one side left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    No,
    /// The uploader left: the receiver notices then.
    UploaderLeft(Range),
    /// The uplink's part was over in the instant in which the uploader left; which came first, the trace does not tell.
    Perhaps(Range),
    /// A partition cut it while its uplink's part was not over: the receiver notices then.
    Parted(Range),
}

/// The transfer of a chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transfer {
    pub bytes: u64,
    /// Start, end and bytes of the uplink's part, once it is over.
    pub upload: Option<(u64, u64, u64)>,
    pub broken: Broken,
    /// When the receiver left that asked for it; 0 where it was gone already.
    pub receiver_left: Option<u64>,
    /// Who began with the chunk.
    pub root: Option<u32>,
    /// The uploader's session when the uplink's part was over: its row in `peers.csv`.
    pub row: usize,
}

impl Transfer {
    /// Whether a partition cut it.
    pub fn is_parted(&self) -> bool {
        matches!(self.broken, Broken::Parted(_))
    }
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub kind: Kind,
    pub from: u32,
    pub to: u32,
    pub sent: u64,
    /// How long it may take.
    pub latency: Range,
    /// Which session of the one who asks it belongs to, and, of a request, how often its receiver had left.
    pub session: u32,
    pub departures: u32,
    /// Of an answer: its request, and when that was sent.
    pub re: u64,
    pub request_sent: u64,
    pub chunk: u32,
    /// Of an answer to a query: which log of its sender, and how many of it.
    pub log: u32,
    pub count: u32,
    /// Of a query and its answer: how many of the neighbor's chunks its asker knew of when it asked, unless it waits for any answer.
    pub knew: Option<u32>,
    pub peers: Vec<u32>,
    pub transfer: Option<Transfer>,
}

impl Message {
    /// When it may arrive (of a chunk: the uplink's part apart).
    pub fn arrival(&self) -> Range {
        self.latency.after(self.sent)
    }
}

/// What the very next line must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    Join(u32),
    Depart(u32),
    ListRequest(u32),
    List(u32),
    /// The answer to a request from `to`, which was sent in that session and at that time.
    Answer {
        re: u64,
        kind: Kind,
        from: u32,
        to: u32,
        session: u32,
        sent: u64,
        chunk: u32,
        knew: Option<u32>,
    },
    Acquire {
        peer: u32,
        chunk: u32,
        from: u32,
        root: Option<u32>,
    },
    Complete(u32),
}

/// What must happen at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    SessionEnds(u32),
    /// It leaves with many others.
    DrivenOut(u32),
    LingerEnds(u32),
    Returns(u32),
    Proof(u32),
    List(u32),
    Round(u32),
    /// A Join or Peer List request is given up.
    Timeout(u32, u8),
    /// A message of no fetch, or a fetch request, arrives.
    Arrives(u64),
    /// The uplink's part of a transfer is over.
    UploadEnds(u64),
    /// A chunk is there.
    ChunkArrives(u64),
    /// A query or a fetch request that failed is given up.
    GivesUp(u64),
    /// The receiver notices that the uploader is gone.
    Cut(u64),
}

/// A query or a fetch request that failed and will be given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed {
    pub kind: Kind,
    pub asker: u32,
    pub session: u32,
    pub neighbor: u32,
    pub due: u64,
}

/// An entry of the tracker's list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub expires: u64,
    pub listed: u64,
    pub last_proof: u64,
}

/// The tracker's list.
#[derive(Debug, Default)]
pub(super) struct List {
    pub entries: BTreeMap<u32, Entry>,
    /// The same by expiry.
    pub queue: BTreeSet<(u64, u32)>,
}

impl List {
    pub fn has(&self, peer: u32) -> bool {
        self.entries.contains_key(&peer)
    }

    pub fn set(&mut self, peer: u32, expires: u64, now: u64) {
        let listed = self.remove(peer).map_or(now, |entry| entry.listed);
        self.entries.insert(peer, Entry { expires, listed, last_proof: now });
        self.queue.insert((expires, peer));
    }

    pub fn remove(&mut self, peer: u32) -> Option<Entry> {
        let entry = self.entries.remove(&peer)?;
        self.queue.remove(&(entry.expires, peer));
        Some(entry)
    }
}
