//! The events of a swarm, as they lie in the queue: 32 bytes each.

use crate::sim::{Event, Origin, Payload};

/// What is to happen. The numbers are part of the digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum What {
    /// The tracker looks for entries to discard.
    Sweep = 0,
    /// Peer `to` arrives, or comes back.
    Arrive = 1,
    /// The session of `to` is over. `a`: 0 the time has come, 1 all else that was due then is done.
    SessionEnd = 2,
    /// Complete peer `to` has lingered long enough. `a`: as above.
    LingerEnd = 3,
    /// `to` is due to prove that it is active.
    ProofDue = 4,
    /// `to` is due to ask for the list.
    ListDue = 5,
    /// `to` is due to ask its neighbors.
    QueryDue = 6,
    /// Request number `a` of `to` to the tracker has waited long enough. `b`: 0 a Join, 1 a Peer List.
    TrackerTimeout = 7,
    /// Request number `a` of `to` to its neighbor `b` has waited long enough.
    QueryTimeout = 8,
    /// A Join reaches the tracker.
    Join = 9,
    /// An Active Proof reaches the tracker.
    ActiveProof = 10,
    /// A Peer List request reaches the tracker.
    PeerList = 11,
    /// The answer to request number `a` reaches `to`: list `b`.
    JoinAnswer = 12,
    /// The answer to request number `a` reaches `to`: list `b`.
    PeerListAnswer = 13,
    /// A query reaches `to`, `b` nanoseconds away; `a` is a hint that comes back with the answer.
    Query = 14,
    /// The answer of `to` reaches who asked, whose event it is: `b` chunks; `a` is the hint.
    QueryAnswer = 15,
    /// A request for chunk `a` reaches `to`, `b` nanoseconds away.
    Fetch = 16,
    /// The links of `to` asked to be woken, for `a`, version `b`.
    LinkWake = 17,
    /// The last byte of transfer `a` reaches `to`.
    ChunkArrives = 18,
    /// Transfer `a` has passed the downlink of `to`.
    ChunkPassed = 19,
    /// `to` notices that the uploader of transfer `a` is gone.
    UploaderGone = 20,
    /// `to` notices that its fetch request number `a` reached nobody.
    NobodyThere = 21,
    /// `to` notices that the downloader of transfer `a`, its message number `b`, is gone.
    DownloaderGone = 22,
    /// All answers to the round of queries of `to` that began with its number `a` are there. A note, no event of the run.
    RoundDone = 23,
    /// Fault `a` begins, or ends where `b` is 1.
    FaultDue = 24,
    /// Departure of many number `a` is due.
    MassDeparture = 25,
}

/// An event's payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Action {
    pub what: What,
    /// Half of an identity that is checked on arrival: see the handlers.
    pub tag: u8,
    /// The session (of the receiver; in requests, of the sender) that it concerns.
    pub session: u16,
    pub to: u32,
    pub a: u32,
    pub b: u32,
}

impl Action {
    pub(super) fn new(what: What, to: u32) -> Action {
        Action { what, tag: 0, session: 0, to, a: 0, b: 0 }
    }
}

impl Payload for Action {
    #[inline]
    fn words(self) -> [u64; 2] {
        let head = self.what as u64 | u64::from(self.tag) << 8 | u64::from(self.session) << 16;
        // A hint only spares work, and depends on when answers are read: it is no part of what happens.
        let a = if matches!(self.what, What::Query | What::QueryAnswer) { 0 } else { self.a };
        [head | u64::from(self.to) << 32, u64::from(a) | u64::from(self.b) << 32]
    }
}

const _: () = assert!(size_of::<Event<Action>>() == 32, "events are copied often: keep them small");

/// The sweep comes first in its instant, before whatever nodes cause.
pub(super) const SWEEP: Origin = Origin(0);

/// A node as the origin of events.
#[inline]
pub(super) fn origin_of(node: u32) -> Origin {
    Origin(node + 1)
}

/// The node that is the origin of an event.
#[inline]
pub(super) fn node_of(origin: Origin) -> u32 {
    origin.0 - 1
}
