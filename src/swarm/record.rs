//! What happens in a swarm, told as it happens: one stream of typed records.
//!
//! Metrics and traces are [`Observer`]s of this stream. The swarm calls its observer statically, so a kind of record that
//! an observer ignores costs nothing. An observer cannot change a run.

use super::config::Config;
use super::uplinks::Uplinks;
use crate::chunks::Bits;
use crate::sim::{Key, Origin, Time};

/// The tracker's number.
pub const TRACKER: u32 = 0;

/// A message's name: who sent it, and its place among all that this node caused. Unique in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// The sender, as the origin of events.
    pub origin: Origin,
    /// The sender's count.
    pub count: u32,
}

/// The kinds of messages: the five requests, and the answers to four of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageKind {
    /// A client wants to take part.
    JoinRequest,
    /// The tracker's answer: peers.
    JoinResponse,
    /// A member is still there; never answered.
    ActiveProofRequest,
    /// A client wants the list.
    PeerListRequest,
    /// The tracker's answer: peers.
    PeerListResponse,
    /// A peer asks a neighbor what it has.
    ChunksQueryRequest,
    /// The neighbor's answer: how many chunks, the first so many of those it got.
    ChunksQueryResponse,
    /// A peer asks a neighbor for a chunk.
    FetchChunkRequest,
    /// The chunk.
    FetchChunkResponse,
}

/// A message.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// Its name.
    pub id: MessageId,
    /// Its kind.
    pub kind: MessageKind,
    /// The sender.
    pub from: u32,
    /// The receiver.
    pub to: u32,
}

/// Which peers an answer of the tracker names.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// Everyone listed, but the asker.
    Everyone,
    /// These.
    Sample(&'a [u32]),
}

/// What a message carries that tells it from others of its kind.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// Nothing.
    Empty,
    /// Peers.
    Peers {
        /// How many.
        count: u32,
        /// Which.
        named: Named<'a>,
    },
    /// How many chunks the sender has.
    Count(u32),
    /// A chunk's number, and in an answer its bytes.
    Chunk {
        /// The number.
        chunk: u32,
        /// Bytes on their way: 0 in a request.
        bytes: u64,
    },
}

/// Why a message was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossReason {
    /// By chance.
    Loss,
    /// The receiver was not there any more.
    Departed,
    /// The tracker was out.
    Outage,
    /// The network was parted between sender and receiver.
    Partition,
}

/// Why a peer left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepartReason {
    /// Its session was over.
    Session,
    /// It had the file, and had lingered as long as it wanted.
    Completed,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Everyone there was complete, nobody still to come.
    AllComplete,
    /// Nobody was there or still to come.
    Empty,
    /// The last instant had passed.
    Time,
}

impl StopReason {
    /// The reason's name in files.
    pub fn name(self) -> &'static str {
        match self {
            StopReason::AllComplete => "all-complete",
            StopReason::Empty => "empty",
            StopReason::Time => "time",
        }
    }
}

/// Why bytes left an uplink in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waste {
    /// The receiver had the chunk by then.
    Duplicate,
    /// The transfer broke off.
    Cut,
    /// The receiver was gone when the last byte came.
    Lost,
}

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// A peer arrived.
    Arrive {
        /// The peer.
        peer: u32,
        /// Its group.
        group: u16,
        /// Which of its sessions, from 0.
        session: u16,
        /// Uplink, bits per second; `u64::MAX` where unlimited.
        up_bits_per_s: u64,
        /// Downlink, likewise.
        down_bits_per_s: u64,
        /// What it holds.
        chunks: Bits<'a>,
        /// How many these are.
        held: u32,
    },
    /// A peer left, silently.
    Depart {
        /// The peer.
        peer: u32,
        /// Why.
        why: DepartReason,
        /// What it held.
        chunks: Bits<'a>,
        /// Whether it will be back.
        returns: bool,
    },
    /// A message was sent.
    Send {
        /// The message.
        message: Message,
        /// The request that it answers.
        re: Option<MessageId>,
        /// What it carries.
        body: Body<'a>,
    },
    /// A message reached its receiver.
    Deliver {
        /// The message.
        message: Message,
    },
    /// A message was lost.
    Lose {
        /// The message.
        message: Message,
        /// Why.
        why: LossReason,
    },
    /// A transfer's end was noticed by its other side.
    Cut {
        /// The chunk's message.
        message: Message,
    },
    /// The sender gave a request up.
    Timeout {
        /// The request.
        message: Message,
    },
    /// The tracker handled a Join or an Active Proof and set an entry's expiry.
    List {
        /// The peer.
        peer: u32,
        /// The expiry.
        expires: Time,
    },
    /// The tracker discarded an entry.
    Expire {
        /// The peer.
        peer: u32,
        /// The expiry that had passed.
        expires: Time,
        /// Whether the peer was there.
        alive: bool,
    },
    /// The uplink's part of a transfer was over, to its end or not.
    Upload {
        /// The chunk's message.
        message: Message,
        /// When it began.
        start: Time,
        /// When it was over.
        end: Time,
        /// Bytes that left the uplink.
        bytes: u64,
    },
    /// Bytes that left the uplink of `from` turned out to have been in vain.
    Wasted {
        /// The uploader.
        from: u32,
        /// How many.
        bytes: u64,
        /// Why.
        why: Waste,
    },
    /// A peer acquired a chunk.
    Acquire {
        /// The peer.
        peer: u32,
        /// The chunk.
        chunk: u32,
        /// From whom.
        from: u32,
        /// Bytes in the chunk.
        bytes: u64,
    },
    /// A peer has the whole file now.
    Complete {
        /// The peer.
        peer: u32,
    },
    /// An upload was under way when the run ended. (No event: told at the end.)
    Unfinished {
        /// The uploader.
        from: u32,
        /// When it began.
        start: Time,
        /// Bytes that had left the uplink.
        bytes: u64,
    },
    /// The run ended.
    Stop {
        /// Why.
        why: StopReason,
    },
}

/// Folds the stream of records into something.
///
/// ```
/// use swarmsim::sim::{QueueKind, Time};
/// use swarmsim::swarm::config::Config;
/// use swarmsim::swarm::{Observer, Record, Simulation};
///
/// /// When each peer was complete.
/// #[derive(Default)]
/// struct Completions(Vec<(u32, Time)>);
///
/// impl Observer for Completions {
///     fn begin(&mut self, _: &Config) {}
///     fn record(&mut self, now: Time, record: &Record<'_>) {
///         if let Record::Complete { peer } = *record {
///             self.0.push((peer, now));
///         }
///     }
/// }
///
/// let run = Simulation::new(Config::tiny(), Completions::default(), QueueKind::Ladder);
/// assert_eq!(run.finish().0.0.len(), 4);
/// ```
pub trait Observer {
    /// Whether every record must come in its turn. If not, those of Chunks Queries and their answers (nine in ten) may come later
    /// than others, with their own times, when it is cheap to tell of many. Such a run is faster, and the same.
    const IN_ORDER: bool = true;

    /// Before anything happens: the swarm that is about to run.
    fn begin(&mut self, config: &Config);

    /// Asks the processor for the memory that a record is going to need in which `peer` is about to acquire a chunk or, if not
    /// `acquires`, has sent one.
    #[inline(always)]
    fn look_ahead(&self, peer: u32, acquires: bool) {
        let _ = (peer, acquires);
    }

    /// The event `cause` is about to be handled: what is recorded next comes of it, but for what rounds of queries tell late.
    #[inline(always)]
    fn event(&mut self, cause: Key) {
        let _ = cause;
    }

    /// When it wants to know next [what uplinks have to do](Observer::look): [`Time::NEVER`] if not at all. Once it was told, later.
    fn next_look(&self) -> Time {
        Time::NEVER
    }

    /// What uplinks have to do at an instant for which that was asked, and at the end of the run: after all that happens then.
    fn look(&mut self, at: Time, uplinks: Uplinks) {
        let _ = (at, uplinks);
    }

    /// Something happened at `now`. Times never fall if [`IN_ORDER`](Observer::IN_ORDER).
    fn record(&mut self, now: Time, record: &Record<'_>);
}

/// Sees nothing.
impl Observer for () {
    const IN_ORDER: bool = false;
    fn begin(&mut self, _: &Config) {}
    #[inline(always)]
    fn record(&mut self, _: Time, _: &Record<'_>) {}
}

/// Both see everything.
impl<A: Observer, B: Observer> Observer for (A, B) {
    const IN_ORDER: bool = A::IN_ORDER || B::IN_ORDER;
    fn begin(&mut self, config: &Config) {
        self.0.begin(config);
        self.1.begin(config);
    }
    #[inline(always)]
    fn look_ahead(&self, peer: u32, acquires: bool) {
        self.0.look_ahead(peer, acquires);
        self.1.look_ahead(peer, acquires);
    }
    #[inline(always)]
    fn event(&mut self, cause: Key) {
        self.0.event(cause);
        self.1.event(cause);
    }
    fn next_look(&self) -> Time {
        self.0.next_look().min(self.1.next_look())
    }
    fn look(&mut self, at: Time, uplinks: Uplinks) {
        self.0.look(at, uplinks);
        self.1.look(at, uplinks);
    }
    #[inline(always)]
    fn record(&mut self, now: Time, record: &Record<'_>) {
        self.0.record(now, record);
        self.1.record(now, record);
    }
}
