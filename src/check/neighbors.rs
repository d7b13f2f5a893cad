//! Who a peer's neighbors are, and the rounds in which it asks them.

use super::checker::{Checker, Round};
use super::invariants::Rule;
use super::line::{Event, Kind, Sending};
use super::state::{Message, Peer, Task};
use crate::sim::Time;

impl Checker<'_> {
    /// Whether the trace tells who the neighbors are. Where places are filled from a whole list, it tells only of some.
    pub(super) fn knows_neighbors(&self) -> bool {
        self.scene.config.tracker.max_peers_returned.is_some() || self.scene.config.protocol.max_neighbors.is_none()
    }

    /// A list reaches who asked for it.
    pub(super) fn take_list(&mut self, msg: u64, message: &Message) {
        let now = self.now;
        let (samples, knows) = (self.scene.config.tracker.max_peers_returned.is_some(), self.knows_neighbors());
        let most = self.scene.config.protocol.max_neighbors.map_or(usize::MAX, |most| most as usize);
        let Some(peer) = self.peer_mut(message.to).filter(|peer| peer.downloading()) else { return };
        let own = message.to;
        let mut sorted: Vec<u32> = message.peers.iter().copied().filter(|&id| id != own).collect();
        sorted.sort_unstable();
        let before = (peer.hood.clone(), peer.list.clone());
        if samples {
            for &id in message.peers.iter().filter(|&&id| id != own) {
                if let Err(place) = peer.hood.binary_search(&id)
                    && peer.hood.len() < most
                {
                    peer.hood.insert(place, id);
                }
            }
        } else if most != usize::MAX {
            peer.hood.retain(|id| sorted.binary_search(id).is_ok());
            peer.list = sorted;
        } else if msg > peer.list_msg {
            // An answer that was overtaken by a later one is not followed.
            peer.list_msg = msg;
            peer.hood = sorted;
        }
        if (&peer.hood, &peer.list) != (&before.0, &before.1) {
            peer.hood_changed_at = now;
        }
        if knows {
            // What is known of who is no neighbor any more is forgotten.
            let Peer { known, hood, .. } = peer;
            known.retain(|id, _| hood.binary_search(id).is_ok());
        }
    }

    /// A request to a neighbor failed.
    pub(super) fn neighbor_failed(&mut self, peer: u32, neighbor: u32) {
        let now = self.now;
        let samples = self.scene.config.tracker.max_peers_returned.is_some();
        let Some(peer) = self.peer_mut(peer).filter(|peer| peer.downloading()) else { return };
        peer.resting.insert(neighbor);
        if samples && let Ok(place) = peer.hood.binary_search(&neighbor) {
            peer.hood.remove(place);
            peer.known.remove(&neighbor);
            peer.hood_changed_at = now;
        }
    }

    /// Whether a peer may ask this one: `None` where the trace does not tell.
    pub(super) fn is_neighbor(&self, peer: u32, other: u32) -> Option<bool> {
        let known = self.knows_neighbors();
        let peer = self.peer(peer)?;
        if peer.hood.binary_search(&other).is_ok() {
            return Some(true);
        }
        if known || peer.list.binary_search(&other).is_err() { Some(false) } else { None }
    }

    /// A peer's round of queries begins with the next line.
    pub(super) fn open_round(&mut self, peer: u32) {
        self.end_round();
        self.peers[peer as usize].round_due = Some(self.now);
        self.round = Some(Round { peer, asked: Vec::new() });
    }

    /// Whether a line belongs to the round that is being asked, begins one, or ends it.
    pub(super) fn go_on_with_round(&mut self, event: &Event) {
        let by = match *event {
            Event::Send(Sending { kind: Kind::ChunksQueryRequest, from, .. }) => Some(from),
            _ => None,
        };
        if let Some(round) = &self.round {
            let lost_query = match *event {
                Event::Lose { msg, .. } => {
                    msg == self.sent
                        && self
                            .messages
                            .get(&msg)
                            .is_some_and(|one| (one.kind, one.from) == (Kind::ChunksQueryRequest, round.peer))
                }
                _ => false,
            };
            if by == Some(round.peer) || lost_query {
                return;
            }
            self.end_round();
        }
        if let Some(peer) = by.filter(|&by| self.peer(by).is_some_and(|peer| peer.round_due == Some(self.now))) {
            self.done(self.now, Task::Round(peer));
            self.round = Some(Round { peer, asked: Vec::new() });
        }
    }

    /// A round is over: was everyone asked?
    pub(super) fn end_round(&mut self) {
        let Some(Round { peer: number, mut asked }) = self.round.take() else { return };
        asked.sort_unstable();
        let known = self.knows_neighbors();
        let most = self.scene.config.protocol.max_neighbors.map_or(usize::MAX, |most| most as usize);
        let place = self.place();
        let peer = &mut self.peers[number as usize];
        let distinct = asked.windows(2).all(|pair| pair[0] < pair[1]);
        let among = |some: &[u32], all: &[u32]| some.iter().all(|id| all.binary_search(id).is_ok());
        let (right, size) = if known {
            (asked == peer.hood, peer.hood.len())
        } else {
            let size = peer.list.len().min(most);
            (asked.len() == size && among(&asked, &peer.list) && among(&peer.hood, &asked), size)
        };
        let stranger = asked.iter().copied().find(|id| match known {
            true => peer.hood.binary_search(id).is_err(),
            false => peer.list.binary_search(id).is_err(),
        });
        let left_out = peer.hood.iter().copied().find(|id| asked.binary_search(id).is_err());
        self.findings.test(Rule::AsksEachNeighbor, place, right && distinct, || {
            let detail = match (stranger, left_out) {
                (Some(id), _) => format!("; peer {id} is none"),
                (_, Some(id)) => format!("; peer {id} is left out"),
                _ => String::new(),
            };
            format!(
                "the round of peer {number} that ends before this line asked {} peers; it has {size} neighbors{detail}",
                asked.len()
            )
        });
        if !known && peer.hood != asked && right {
            peer.hood = asked;
        }
        self.set_round_due(number);
    }

    /// The round after that of this instant.
    fn set_round_due(&mut self, number: u32) {
        let interval = self.scene.config.protocol.chunks_query_interval.as_nanos();
        let Some(due) = self.peers[number as usize].round_due else { return };
        let next = due.saturating_add(interval);
        self.peers[number as usize].round_due = Some(next);
        self.plan(next, Task::Round(number));
    }

    /// A round was due, and no line shows it: right only where there was nobody to ask.
    pub(super) fn round_without_lines(&mut self, number: u32, at: u64) {
        let known = self.knows_neighbors();
        let peer = &self.peers[number as usize];
        let certain = peer.hood_changed_at != at;
        let neighbors = if known { peer.hood.len() } else { peer.list.len() };
        if certain {
            self.test(Rule::QueryPeriod, neighbors == 0, || {
                let then = Time::from_nanos(at);
                format!("peer {number} was to ask its {neighbors} neighbors at {then} s, and did not")
            });
        }
        self.set_round_due(number);
    }
}
