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
    /// The last byte of transfer `a`, asked for with request number `b` of `to`, reaches it.
    ChunkArrives = 18,
    /// Transfer `a`, as above, has passed the downlink of `to`.
    ChunkPassed = 19,
    /// `to` notices that the uploader of transfer `a`, asked for with its request number `b`, is gone.
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

/// Events whose `a`, and whose `b`, is no part of what happens: hints, which only spare work, and numbers under which this program keeps
/// transfers and lists.
const A_IS_OURS: u32 = set(&[
    What::Query,
    What::QueryAnswer,
    What::LinkWake,
    What::ChunkArrives,
    What::ChunkPassed,
    What::UploaderGone,
    What::DownloaderGone,
]);
const B_IS_OURS: u32 = set(&[What::LinkWake, What::JoinAnswer, What::PeerListAnswer]);

const fn set(whats: &[What]) -> u32 {
    let (mut set, mut i) = (0, 0);
    while i < whats.len() {
        set |= 1 << whats[i] as u32;
        i += 1;
    }
    set
}

impl Payload for Action {
    #[inline]
    fn words(self) -> [u64; 2] {
        let head = self.what as u64 | u64::from(self.tag) << 8 | u64::from(self.session) << 16;
        let is_in = |set: u32| set >> self.what as u32 & 1 == 1;
        let a = if is_in(A_IS_OURS) { 0 } else { self.a };
        let b = if is_in(B_IS_OURS) { 0 } else { self.b };
        [head | u64::from(self.to) << 32, u64::from(a) | u64::from(b) << 32]
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
