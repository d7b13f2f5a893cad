//! A peer's state.

use super::neighbors::Neighborhood;
use super::round::Round;
use crate::chunks::{ChunkSet, ChunkSets, SetId};
use crate::net::{Job, Rate};
use crate::sim::{Key, Owner, Span, Time};

/// No request is waiting for an answer.
pub(super) const NO_REQUEST: u32 = u32::MAX;

/// What almost every event needs to know of a node, in one cache line. Other [`Peer`] state stands apart.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub(super) struct Presence {
    /// Events that the node has caused.
    pub caused: u32,
    /// Chunks that it holds.
    pub held: u32,
    /// These, in order of acquisition; `None` while it holds none because it is gone.
    pub chunks: Option<SetId>,
    /// Sessions begun before this one.
    pub session: u16,
    pub present: bool,
    /// Grows each time the peer comes back without its chunks: which log it is writing.
    pub generation: u8,
    /// How often it has left.
    pub departures: u8,
    /// It is there and incomplete.
    pub downloading: bool,
    /// It is, and may have more fetches under way than it has.
    pub hungry: bool,
    /// Answers in its inbox.
    pub unread: u8,
    /// It has asked its neighbors, and their answers are [to be handled together](super::round).
    pub asking: bool,
    /// When it got its latest chunk of this session, and the one before; until then, when the session began. Kept where there are
    /// [rounds](super::round).
    pub acquired_at: Time,
    pub acquired_before: Time,
    pub latest: Latest,
}

impl Presence {
    /// Whether its [`Latest`] has all of the log's chunks from place `from` on.
    #[inline]
    pub(super) fn latest_reach(&self, from: u32, chunks: &ChunkSets) -> bool {
        chunks.chunks() <= Latest::FILE_AT_MOST && from + Latest::MOST >= self.held
    }
}

/// The latest chunks of a peer's log, so that who asks every few seconds need not look at the [log](ChunkSets). Of files with more than
/// [`Latest::FILE_AT_MOST`] chunks, nothing of use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Latest([u16; Latest::MOST as usize]);

impl Latest {
    const MOST: u32 = 12;
    const FILE_AT_MOST: u32 = 1 << u16::BITS;

    /// The chunk at that place of the log, which has none behind it.
    #[inline]
    pub(super) fn note(&mut self, place: u32, chunk: u32) {
        self.0[(place % Latest::MOST) as usize] = chunk as u16;
    }

    /// Takes the latest chunks of a log.
    pub(super) fn copy(&mut self, set: SetId, chunks: &ChunkSets) {
        let len = chunks.len(set);
        let mut place = len.saturating_sub(Latest::MOST);
        chunks.walk(set, place, len, |chunk| {
            self.note(place, chunk);
            place += 1;
        });
    }

    /// Calls `visit` with the chunks at the log's places `from..to`, which are here.
    #[inline]
    pub(super) fn walk(&self, from: u32, to: u32, mut visit: impl FnMut(u32)) {
        debug_assert!(to - from <= Latest::MOST, "no more are kept");
        let mut at = (from % Latest::MOST) as usize;
        for _ in from..to {
            visit(u32::from(self.0[at]));
            at = if at + 1 == self.0.len() { 0 } else { at + 1 };
        }
    }
}

/// A peer, there or not. What each chunk that it gets needs stands first, in one line of the cache.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Peer {
    /// Fetches under way.
    pub fetches: Vec<Fetch>,
    /// The events with which it got its latest chunks, for as long as [rounds](super::round) may ask.
    pub recent: Vec<Key>,
    /// How its draws are addressed.
    pub owner: Owner,
    /// Picks made so far: addresses the draws of the next.
    pub picks: u32,
    pub group: u16,
    pub member: bool,
    /// The events with which its session began, and with which the one before it ended (or this one, if it has).
    pub came: Key,
    pub left: Key,
    /// The log that it dropped when it left.
    pub left_log: Option<SetId>,
    /// Latency to the tracker, and back.
    pub to_tracker: Span,
    pub from_tracker: Span,
    pub up: Rate,
    pub down: Rate,
    /// Its latest Join or Peer List request that is not answered yet, by number.
    pub awaited_join: u32,
    pub awaited_list: u32,
    /// Which version of the list it got last, or how many lists.
    pub list_version: u32,
    pub lists: u32,
}

impl Peer {
    /// What others may know of a peer.
    pub(super) fn mirror(&self) -> Peer {
        Peer { fetches: Vec::new(), recent: self.recent.clone(), ..*self }
    }

    /// Whether a fetch of `chunk` from `neighbor` is under way.
    pub(super) fn has_asked(&self, chunk: u32, neighbor: u32) -> bool {
        self.fetches.iter().any(|fetch| fetch.chunk == chunk && fetch.from == neighbor)
    }
}

/// The state of a download: what only a peer that is there and incomplete has. Empty for the others. All but the round is in two lines of
/// the cache.
#[derive(Debug, Default)]
#[repr(C, align(64))]
pub(super) struct Download {
    pub neighbors: Neighborhood,
    /// Chunks that it lacks and is not fetching.
    pub wanted: ChunkSet,
    /// The round of queries whose answers are still to be handled.
    pub round: Round,
}

/// A fetch under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fetch {
    pub from: u32,
    /// Where that may stand among the neighbors.
    pub place: u32,
    pub chunk: u32,
    /// The request's number among all that this peer caused.
    pub request: u32,
    pub asked_at: Time,
}

/// A transfer: what travels with its job, beside what the links know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transfer {
    /// The receiver's session that asked.
    pub session: u16,
    /// The uploader left before the uplink's part was over; the receiver has still to notice.
    pub abandoned: bool,
    pub chunk: u32,
    /// The chunk's message and the request that it answers, by number.
    pub message: u32,
    pub request: u32,
    /// Latency of the chunk's message, jitter included, [packed](super::query::packed).
    pub latency: u32,
}

const _: () = assert!(size_of::<Job<Transfer>>() == 64, "three events of a fetch touch its job");
const _: () = assert!(size_of::<Presence>() == 64, "all events touch these");
const _: () = assert!(std::mem::offset_of!(Download, round) <= 128, "each chunk touches one of these");
const _: () = assert!(size_of::<Peer>() <= 192, "there may be a million of these");

#[cfg(test)]
mod tests {
    use super::*;

    fn node(held: u32, latest: Latest) -> Presence {
        Presence { held, latest, ..Presence::default() }
    }

    /// The slow twin is the log.
    #[test]
    fn the_latest_chunks_are_the_end_of_the_log() {
        let mut chunks = ChunkSets::new(100);
        let (set, other) = (chunks.create(1), chunks.create(1));
        (0..20).for_each(|chunk| chunks.append(other, chunk));
        let mut latest = Latest::default();
        for len in 0..=100 {
            let mut copied = Latest::default();
            // Who comes back with another log has had this one.
            copied.copy(other, &chunks);
            copied.copy(set, &chunks);
            let reached = (0..=len).filter(|&from| node(len, latest).latest_reach(from, &chunks));
            for (from, to) in reached.flat_map(|from| (from..=len).map(move |to| (from, to))) {
                let (mut expected, mut here, mut again) = (vec![], vec![], vec![]);
                chunks.walk(set, from, to, |chunk| expected.push(chunk));
                latest.walk(from, to, |chunk| here.push(chunk));
                copied.walk(from, to, |chunk| again.push(chunk));
                assert_eq!((&here, &again), (&expected, &expected));
            }
            if len < 100 {
                // 37 and 100 have no common factor: each once.
                let chunk = len * 37 % 100;
                latest.note(len, chunk);
                chunks.append(set, chunk);
            }
        }
        assert!(node(100, latest).latest_reach(88, &chunks) && !node(100, latest).latest_reach(87, &chunks));
    }

    #[test]
    fn numbers_that_do_not_fit_are_not_looked_for() {
        let reach = |chunks| node(1, Latest::default()).latest_reach(0, &ChunkSets::new(chunks));
        assert!(reach(1 << 16) && !reach((1 << 16) + 1));
    }
}
