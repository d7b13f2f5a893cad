//! Why uplinks have nothing to send: a look at some peers at one instant.
//!
//! A look changes nothing, and asks no more of the swarm's state than peers know themselves: what answers that lie unread tell, and those
//! of a round that are still to be handled, is found out and left as it is. Who is looked at depends on nothing but the number of
//! peers, so that a look costs about one walk through everybody's neighbors.

use super::{Observer, Swarm};
use crate::sim::{Key, Time};

/// The most peers that are looked at.
const MOST: u32 = 64;

/// How many peers ahead of its turn a list of neighbors is asked for.
const AHEAD: usize = 4;

/// With so many neighbors for each peer that is looked at, these are looked for among the neighbors, and not the other way round.
const MANY: usize = 8;

/// Why an uplink has nothing to send, while another peer lacks chunks. Where several peers have its peer among their neighbors, the last of
/// these that holds for any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Idle {
    /// Nobody who has it among its neighbors wants a chunk that it holds: lacks it and is not fetching it.
    NothingWanted = 0,
    /// Somebody does, and does not know that it holds it.
    StaleKnowledge = 1,
    /// Somebody knows, and has as many fetches under way as it may: they wait elsewhere.
    QueuedElsewhere = 2,
    /// Somebody knows and could ask, and does not.
    NobodyAsks = 3,
    /// Somebody has asked it, and the request, the chunk or the notice that it failed is on its way.
    OnTheWay = 4,
}

/// How many causes there are.
const CAUSES: usize = 5;

/// What uplinks have to do at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uplinks {
    /// Peers looked at that are there, while another peer that is there lacks chunks.
    pub sampled: u32,
    /// Of these, the ones with nothing to send, by [cause](Idle).
    pub idle: [u32; CAUSES],
}

/// A look at uplinks on its way to [`Uplinks`].
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// Every so many peers, one is looked at: those whose numbers are multiples of this power of two.
    stride: u32,
    sampled: u32,
    /// By number over stride: why its uplink is idle, as far as is known; `None` where it is not, or nobody is there.
    idle: Vec<Option<Idle>>,
}

impl Look {
    /// Nothing seen yet; there are to be `peers` peers in all.
    pub(super) fn new(peers: u32) -> Look {
        let stride = peers.div_ceil(MOST).next_power_of_two();
        Look { stride, sampled: 0, idle: vec![None; (peers / stride) as usize + 1] }
    }

    /// Takes in what another has seen that began as this one did.
    pub(super) fn join(&mut self, other: &Look) {
        debug_assert_eq!((self.stride, self.sampled), (other.stride, other.sampled), "looks that began as one");
        self.idle.iter_mut().zip(&other.idle).for_each(|(cause, other)| *cause = (*cause).max(*other));
    }

    /// What was seen.
    pub(super) fn uplinks(self) -> Uplinks {
        let mut uplinks = Uplinks { sampled: self.sampled, ..Uplinks::default() };
        self.idle.into_iter().flatten().for_each(|cause| uplinks.idle[cause as usize] += 1);
        uplinks
    }
}

impl<O: Observer> Swarm<O> {
    pub(super) fn next_look(&self) -> Time {
        self.observer.next_look()
    }

    /// Tells the observer what uplinks have to do, after all that happens `at` an instant.
    #[cold]
    pub(super) fn look(&mut self, at: Time) {
        let uplinks = self.uplinks(Key::last_of(at));
        self.observer.look(at, uplinks);
    }

    /// The same for each instant before `end` for which that was asked, and for the end, at which all until `limit` was handled.
    #[cold]
    pub(super) fn look_until(&mut self, end: Time, limit: Key) {
        while self.next_look() < end {
            self.look(self.next_look());
        }
        if self.next_look() < Time::NEVER {
            let uplinks = self.uplinks(limit);
            self.observer.look(end, uplinks);
        }
    }

    fn uplinks(&self, limit: Key) -> Uplinks {
        let mut look = Look::new(self.plan.len() as u32);
        self.look_at_uplinks(&mut look, self.incomplete);
        self.ask_downloaders(&mut look, limit);
        look.uplinks()
    }

    /// Whether a sampled peer's uplink has something to send; `incomplete` peers that are there lack chunks.
    pub(super) fn look_at_uplinks(&self, look: &mut Look, incomplete: u32) {
        for peer in (look.stride..=self.arrived).step_by(look.stride as usize).filter(|&peer| self.has(peer)) {
            let node = self.node(peer);
            if node.present && incomplete > u32::from(node.downloading) {
                look.sampled += 1;
                let is_idle = self.links.uploads(peer).next().is_none();
                look.idle[(peer / look.stride) as usize] = is_idle.then_some(Idle::NothingWanted);
            }
        }
    }

    /// What those that lack chunks have to do with idle uplinks.
    pub(super) fn ask_downloaders(&self, look: &mut Look, limit: Key) {
        if look.idle.iter().all(Option::is_none) {
            return;
        }
        let many = look.idle.len() * MANY;
        (1..=self.arrived).filter(|&peer| self.node(peer).downloading).for_each(|peer| {
            let later = self.downloads.get(peer as usize + AHEAD).filter(|later| later.neighbors.len() < many);
            later.inspect(|later| later.neighbors.fetch_list());
            let is_many = self.downloads[peer as usize].neighbors.len() >= many;
            self.ask_downloader(peer, limit, is_many, look);
        });
    }

    /// What a peer that lacks chunks has to do with each idle uplink. Where its neighbors are `many`, these uplinks are looked for among
    /// them; otherwise each neighbor among these.
    fn ask_downloader(&self, peer: u32, limit: Key, many: bool, look: &mut Look) {
        let (stride, idle) = (look.stride, &mut look.idle[..]);
        let asker = &self.peers[peer as usize];
        let is_looked_at = |id: u32| id & (stride - 1) == 0;
        for from in asker.fetches.iter().map(|fetch| fetch.from).filter(|&from| is_looked_at(from)) {
            let cause = &mut idle[(from / stride) as usize];
            *cause = cause.map(|_| Idle::OnTheWay);
        }
        let is_full = asker.fetches.len() >= self.config.protocol.max_parallel_fetches as usize;
        let most = if is_full { Idle::QueuedElsewhere } else { Idle::NobodyAsks };
        let neighbors = &self.downloads[peer as usize].neighbors;
        let consider = |cause: &mut Option<Idle>, place: usize, id: u32| {
            if let Some(cause) = cause.as_mut().filter(|cause| **cause < most) {
                *cause = self.cause_between(peer, place, id, limit, most).max(*cause);
            }
        };
        if many {
            for (id, cause) in (0..).step_by(stride as usize).zip(idle).filter(|(_, cause)| cause.is_some()) {
                if let Some(place) = neighbors.find(id) {
                    consider(cause, place, id);
                }
            }
        } else {
            let places = (0..neighbors.len()).map(|place| (place, neighbors.address(place).0));
            for (place, id) in places.filter(|&(_, id)| is_looked_at(id)) {
                consider(&mut idle[(id / stride) as usize], place, id);
            }
        }
    }

    /// Why `peer` does not fetch from its neighbor `id`: `most` if it wants something and knows.
    fn cause_between(&self, peer: u32, place: usize, id: u32, limit: Key, most: Idle) -> Idle {
        let wanted = &self.downloads[peer as usize].wanted;
        let Some(set) = self.node(id).chunks else { return Idle::NothingWanted };
        let pairs = wanted.bits().words().iter().zip(self.chunks.bits(set).words());
        let held: u32 = pairs.map(|(wanted, held)| (wanted & held).count_ones()).sum();
        if held == 0 {
            return Idle::NothingWanted;
        }
        let (known, generation) = self.known_by(peer, place, id, limit);
        if known == 0 || generation != self.node(id).generation {
            return Idle::StaleKnowledge;
        }
        let mut unknown = 0;
        self.chunks.walk(set, known, self.node(id).held, |chunk| unknown += u32::from(wanted.contains(chunk)));
        if unknown < held { most } else { Idle::StaleKnowledge }
    }

    /// How many chunks of its neighbor `id` the peer knows of by `limit`, and of which of its logs.
    fn known_by(&self, peer: u32, place: usize, id: u32, limit: Key) -> (u32, u8) {
        let mut known = self.downloads[peer as usize].neighbors.known(place);
        let unread = self.inboxes.unread(peer, self.node(peer).unread).iter();
        let unread = unread.filter(|answer| answer.from == id).map(|answer| (answer.count, answer.generation));
        for (count, generation) in unread.chain(self.answered_by(peer, place, limit)) {
            if generation != known.1 || count > known.0 {
                known = (count, generation);
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{QueueKind, Span};
    use crate::swarm::Simulation;
    use crate::swarm::config::Config;

    #[test]
    fn whoever_is_looked_for_the_same_is_seen() {
        for most in [None, Some(30)] {
            let mut config = Config::tiny();
            config.groups[1].count = Some(150);
            config.tracker.max_peers_returned = most;
            let mut run = Simulation::new(config, (), QueueKind::Ladder);
            let mut seen = [false; CAUSES];
            for tenths in 1..60 {
                let mark = Time::ZERO + Span::from_millis(100 * tenths);
                run.advance_to(mark, u64::MAX);
                let looked = [false, true].map(|many| {
                    let mut look = Look::new(run.swarm.plan.len() as u32);
                    run.swarm.look_at_uplinks(&mut look, run.swarm.incomplete);
                    assert!(look.stride > 1, "some peers are not looked at");
                    for peer in (1..=run.swarm.arrived).filter(|&peer| run.swarm.node(peer).downloading) {
                        run.swarm.ask_downloader(peer, Key::last_of(mark), many, &mut look);
                    }
                    look.uplinks()
                });
                assert_eq!(looked[0], looked[1]);
                looked[0].idle.iter().zip(&mut seen).for_each(|(&idle, seen)| *seen |= idle > 0);
            }
            assert!(seen.iter().filter(|&&seen| seen).count() >= 3, "several causes: {seen:?}");
        }
    }
}
