//! Answers to queries that peers have not read yet.

use super::neighbors::Answer;
use crate::chunks::SetId;
use crate::sim::cache;

/// Answers that may lie unread: enough to be worth reading together, few enough to take little room.
pub(super) const INBOX_AT_MOST: usize = 16;

/// Room for [`INBOX_AT_MOST`] answers for each peer, in one piece of memory: an answer touches one line of the cache. How many
/// are unread stands in the peer's [`Presence`](super::peer::Presence), which is at hand anyway.
#[derive(Clone, Debug)]
pub(super) struct Inboxes {
    /// By peer, and then in order of arrival. What has been read is left over.
    answers: Vec<Answer>,
}

impl Inboxes {
    /// Nobody's; there will be `peers` of them.
    pub(super) fn new(peers: usize) -> Inboxes {
        Inboxes { answers: Vec::with_capacity((peers + 1) * INBOX_AT_MOST) }
    }

    /// Makes room for `peer`, whose log is `set`.
    pub(super) fn make_room(&mut self, peer: u32, set: SetId) {
        let nothing = Answer { from: peer, place: 0, count: 0, set, generation: 0 };
        self.answers.resize(self.answers.len().max((peer as usize + 1) * INBOX_AT_MOST), nothing);
    }

    /// Puts an answer into the inbox of `peer`, in which so many lie already.
    #[inline]
    pub(super) fn put(&mut self, peer: u32, unread: u8, answer: Answer) {
        debug_assert!(usize::from(unread) < INBOX_AT_MOST, "read before it is full");
        self.answers[peer as usize * INBOX_AT_MOST + usize::from(unread)] = answer;
    }

    /// Takes over what lies in the inbox of `peer` elsewhere.
    pub(super) fn copy(&mut self, other: &Inboxes, peer: u32) {
        let place = peer as usize * INBOX_AT_MOST;
        let Some(answers) = other.answers.get(place..place + INBOX_AT_MOST) else { return };
        if let Some(&nothing) = answers.first() {
            self.answers.resize(self.answers.len().max(place + INBOX_AT_MOST), nothing);
        }
        self.answers[place..place + INBOX_AT_MOST].copy_from_slice(answers);
    }

    /// What lies unread in the inbox of `peer`.
    #[inline]
    pub(super) fn unread(&self, peer: u32, unread: u8) -> &[Answer] {
        &self.answers[peer as usize * INBOX_AT_MOST..][..usize::from(unread)]
    }

    /// Asks for the memory of the inbox of `peer`, in which so many lie.
    #[inline]
    pub(super) fn fetch(&self, peer: u32, unread: u8) {
        let first = peer as usize * INBOX_AT_MOST;
        if let Some(answers) = self.answers.get(first..first + usize::from(unread)) {
            cache::fetch_run(answers);
        }
    }

    /// Asks for the memory where the next answer for `peer` is put.
    #[inline]
    pub(super) fn fetch_next(&self, peer: u32, unread: u8) {
        cache::fetch_item(&self.answers, peer as usize * INBOX_AT_MOST + usize::from(unread));
    }

    /// Bytes on the heap that are in use.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.answers)
    }
}
