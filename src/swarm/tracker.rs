//! The tracker: its list, and when each entry expires.
//!
//! All entries live equally long, so they expire in the order of their last proof: the queue of expiries is a doubly linked
//! list through the entries, to whose end a proof moves its entry. A sweep looks at those that are due and one more.
//!
//! Where everyone is told of everyone, no list is copied. The tracker keeps a log of its changes, and an answer says how
//! long that log was; who has an earlier list reads on from there.

use crate::sim::{Draws, Span, Time, cache};

const NOBODY: u32 = u32::MAX;

/// How many peers are drawn at a time, so that the processor can wait for all of them together.
const TOGETHER: usize = 8;

/// The tracker's state.
#[derive(Debug)]
pub(super) struct Tracker {
    entry_ttl: Span,
    /// By peer number.
    entries: Vec<Entry>,
    /// The peers listed, in no order that means anything.
    listed: Vec<u32>,
    /// First and last in the queue of expiries.
    first: u32,
    last: u32,
    changes: Vec<Change>,
    keeps_changes: bool,
    /// Marks of peers already drawn into a sample: the sample's number.
    marks: Vec<u32>,
    mark: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    expires: Time,
    before: u32,
    after: u32,
    /// Place in `listed`; `NOBODY` where the peer is not listed.
    place: u32,
}

/// A change of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub peer: u32,
    pub added: bool,
}

impl Tracker {
    /// An empty list for peers `1..=peers`. `keeps_changes` where answers name everyone.
    pub(super) fn new(peers: u32, entry_ttl: Span, keeps_changes: bool) -> Tracker {
        let entry = Entry { expires: Time::ZERO, before: NOBODY, after: NOBODY, place: NOBODY };
        Tracker {
            entry_ttl,
            entries: vec![entry; peers as usize + 1],
            listed: Vec::new(),
            first: NOBODY,
            last: NOBODY,
            changes: Vec::new(),
            keeps_changes,
            marks: if keeps_changes { Vec::new() } else { vec![0; peers as usize + 1] },
            mark: 0,
        }
    }

    pub(super) fn is_listed(&self, peer: u32) -> bool {
        self.entries[peer as usize].place != NOBODY
    }

    /// Peers listed, in no order that means anything.
    pub(super) fn listed(&self) -> &[u32] {
        &self.listed
    }

    /// Lists `peer`, or renews its entry, at `now`; returns the expiry.
    pub(super) fn renew(&mut self, peer: u32, now: Time) -> Time {
        if self.is_listed(peer) {
            self.unlink(peer);
        } else {
            self.entries[peer as usize].place = self.listed.len() as u32;
            self.listed.push(peer);
            self.changed(peer, true);
        }
        let expires = now + self.entry_ttl;
        self.entries[peer as usize].expires = expires;
        self.link_last(peer);
        expires
    }

    /// Discards the entry that expired first, if its expiry is strictly before `now`.
    pub(super) fn discard_expired(&mut self, now: Time) -> Option<(u32, Time)> {
        let peer = self.first;
        let expires = self.entries.get(peer as usize)?.expires;
        if expires >= now {
            return None;
        }
        self.unlink(peer);
        let place = std::mem::replace(&mut self.entries[peer as usize].place, NOBODY);
        self.listed.swap_remove(place as usize);
        if let Some(&moved) = self.listed.get(place as usize) {
            self.entries[moved as usize].place = place;
        }
        self.changed(peer, false);
        Some((peer, expires))
    }

    /// How many changes the list has seen: a name for the list as it is now.
    pub(super) fn version(&self) -> u32 {
        self.changes.len() as u32
    }

    /// The changes between two versions.
    pub(super) fn changes(&self, from: u32, to: u32) -> &[Change] {
        &self.changes[from as usize..to as usize]
    }

    /// The list as it was at `version`, by rising number.
    pub(super) fn listed_at(&self, version: u32) -> Vec<u32> {
        let mut listed = self.listed.clone();
        listed.sort_unstable();
        let mut later = self.changes(version, self.version()).to_vec();
        later.reverse();
        for change in later {
            match (listed.binary_search(&change.peer), change.added) {
                (Ok(place), true) => {
                    listed.remove(place);
                }
                (Err(place), false) => listed.insert(place, change.peer),
                _ => unreachable!("a change changes something"),
            }
        }
        listed
    }

    /// At most `most` of the peers listed but `asker`, drawn without replacement, into `sample`.
    pub(super) fn sample(&mut self, asker: u32, most: u32, mut draws: Draws, sample: &mut Vec<u32>) {
        let others = self.listed.len() - usize::from(self.is_listed(asker));
        let most = (most as usize).min(others);
        if most * 2 <= others {
            self.mark += 1;
            self.marks[asker as usize] = self.mark;
            while sample.len() < most {
                let draw = |_| self.listed[draws.below(self.listed.len() as u64) as usize];
                let drawn: [u32; TOGETHER] = std::array::from_fn(draw);
                drawn.iter().for_each(|&peer| cache::fetch(&self.marks[peer as usize]));
                for peer in drawn {
                    if sample.len() < most && std::mem::replace(&mut self.marks[peer as usize], self.mark) != self.mark
                    {
                        sample.push(peer);
                    }
                }
            }
            return;
        }
        sample.extend(self.listed.iter().copied().filter(|&peer| peer != asker));
        for i in 0..most.min(others.saturating_sub(1)) {
            let j = i + draws.below((others - i) as u64) as usize;
            sample.swap(i, j);
        }
        sample.truncate(most);
    }

    fn changed(&mut self, peer: u32, added: bool) {
        if self.keeps_changes {
            self.changes.push(Change { peer, added });
        }
    }

    fn unlink(&mut self, peer: u32) {
        let Entry { before, after, .. } = self.entries[peer as usize];
        match before {
            NOBODY => self.first = after,
            before => self.entries[before as usize].after = after,
        }
        match after {
            NOBODY => self.last = before,
            after => self.entries[after as usize].before = before,
        }
    }

    fn link_last(&mut self, peer: u32) {
        let before = std::mem::replace(&mut self.last, peer);
        let entry = &mut self.entries[peer as usize];
        (entry.before, entry.after) = (before, NOBODY);
        match before {
            NOBODY => self.first = peer,
            before => self.entries[before as usize].after = peer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Owner, Purpose, Streams};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// The slow twin is a map from peer to expiry that each sweep scans.
        #[test]
        fn the_queue_of_expiries_agrees_with_a_scan(steps in prop::collection::vec((1..20u32, 0..4u64, any::<bool>()), 1..300)) {
            let mut tracker = Tracker::new(20, Span::from_secs(10), true);
            let mut twin: BTreeMap<u32, Time> = BTreeMap::new();
            let mut now = Time::ZERO;
            let mut versions = vec![];
            for (peer, wait, sweep) in steps {
                now += Span::from_secs(wait);
                if sweep {
                    let mut gone: Vec<u32> = std::iter::from_fn(|| tracker.discard_expired(now)).map(|(peer, _)| peer).collect();
                    gone.sort_unstable();
                    let due: Vec<u32> = twin.iter().filter(|(_, expires)| **expires < now).map(|(peer, _)| *peer).collect();
                    twin.retain(|_, expires| *expires >= now);
                    prop_assert_eq!(gone, due);
                } else {
                    let expires = tracker.renew(peer, now);
                    prop_assert_eq!(expires, now + Span::from_secs(10));
                    twin.insert(peer, expires);
                }
                let listed: Vec<u32> = twin.keys().copied().collect();
                versions.push((tracker.version(), listed));
            }
            for (version, listed) in versions {
                prop_assert_eq!(tracker.listed_at(version), listed);
            }
        }

        #[test]
        fn a_sample_has_no_repetition_and_not_the_asker(peers in 1..60u32, most in 1..70u32, asker in 1..70u32) {
            let mut tracker = Tracker::new(80, Span::from_secs(10), false);
            for peer in 1..=peers { tracker.renew(peer, Time::ZERO); }
            let mut sample = vec![];
            let draws = Streams::new(1).at(Owner::TRACKER, Purpose::ListSample, 0);
            tracker.sample(asker, most, draws, &mut sample);
            let others = peers - u32::from(asker <= peers);
            prop_assert_eq!(sample.len() as u32, most.min(others));
            prop_assert!(!sample.contains(&asker));
            sample.sort_unstable();
            sample.dedup();
            prop_assert_eq!(sample.len() as u32, most.min(others));
        }
    }

    #[test]
    fn an_entry_lives_until_strictly_after_its_expiry() {
        let mut tracker = Tracker::new(1, Span::from_secs(30), true);
        let expires = tracker.renew(1, Time::ZERO);
        assert_eq!(tracker.discard_expired(expires), None);
        assert_eq!(tracker.discard_expired(expires + Span::from_nanos(1)), Some((1, expires)));
    }

    #[test]
    fn every_peer_is_sampled_as_often() {
        let mut tracker = Tracker::new(20, Span::from_secs(30), false);
        for peer in 1..=20 {
            tracker.renew(peer, Time::ZERO);
        }
        for most in [3, 15] {
            let mut seen = [0u32; 21];
            for answer in 0..20_000 {
                let mut sample = vec![];
                let draws = Streams::new(2).at(Owner::TRACKER, Purpose::ListSample, answer * 8);
                tracker.sample(20, most, draws, &mut sample);
                sample.iter().for_each(|&peer| seen[peer as usize] += 1);
            }
            let mean = 20_000 * most / 19;
            // Binomial: standard deviation at most 71; five of them either way.
            assert!(seen[1..20].iter().all(|n| n.abs_diff(mean) < 355), "{most}: {seen:?}");
        }
    }
}
