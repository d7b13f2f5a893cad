//! Peers arrive, complete, leave, and come back.

use super::action::{Action, What, origin_of};
use super::config::{AfterCompletion, Arrival, InitialChunks, Source};
use super::neighbors::Neighborhood;
use super::parallel::ARRIVES;
use super::peer::{Download, NO_REQUEST, Peer};
use super::round::{RECENT_AT_LEAST, Round};
use super::{DepartReason, Observer, Queue, Record, Swarm};
use crate::chunks::{ChunkSet, SetId};
use crate::net::Rate;
use crate::sim::{Key, Purpose, Span, Time};

/// Room for fetches under way that is taken before there are any.
const FETCHES_AT_ONCE: u32 = 16;

impl<O: Observer> Swarm<O> {
    /// The plan is in order, so only the next first arrival need be pending.
    pub(super) fn schedule_next_arrival(&mut self, queue: &mut Queue) {
        if let Some(next) = self.plan.get(self.arrived as usize) {
            let (peer, at) = (self.arrived + 1, next.time);
            self.schedule(queue, origin_of(peer), at, Action::new(What::Arrive, peer));
        }
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_arrive(&mut self, queue: &mut Queue, action: Action) {
        let id = action.to;
        let first = self.node(id).departures == 0;
        if !first {
            self.before_return(queue, id);
        }
        if let Some(part) = &mut self.part {
            part.tell(self.cause, id, ARRIVES);
            self.arrived = self.arrived.max(id);
        } else if first {
            debug_assert_eq!(id, self.arrived + 1, "peers are numbered in order of arrival");
            self.arrived = id;
            self.schedule_next_arrival(queue);
        } else {
            self.node_mut(id).session += 1;
        }
        self.to_come -= 1;
        self.present += 1;
        let (set, held) = self.appear(id, first, self.cause);
        let complete = self.chunks.is_full(set);
        let node = self.node_mut(id);
        (node.downloading, node.hungry) = (!complete, !complete);
        let session = node.session;
        let peer = &mut self.peers[id as usize];
        peer.member = false;
        (peer.awaited_join, peer.awaited_list) = (NO_REQUEST, NO_REQUEST);
        (peer.list_version, peer.lists) = (0, 0);
        let (group, up, down) = (peer.group, peer.up, peer.down);
        if !complete {
            self.incomplete += 1;
            let chunks = self.chunks.chunks();
            let most_busy = self.config.protocol.max_fetches_per_neighbor.min(u32::from(u16::MAX)) as u16;
            // All of a peer's memory that each chunk needs is taken here, so that it lies together.
            let peer = &mut self.peers[id as usize];
            peer.fetches.reserve_exact(self.config.protocol.max_parallel_fetches.min(FETCHES_AT_ONCE) as usize);
            if self.rounds.is_on {
                peer.recent.reserve_exact(RECENT_AT_LEAST);
            }
            let mut wanted = ChunkSet::full(chunks);
            self.chunks.walk(set, 0, self.chunks.len(set), |chunk| wanted.remove(chunk));
            let neighbors = Neighborhood::new(
                chunks,
                self.config.protocol.max_neighbors,
                most_busy,
                self.config.protocol.source == Source::Fastest,
            );
            self.downloads[id as usize] = Download { neighbors, wanted, round: Round::default() };
        }
        self.inboxes.make_room(id, set);
        self.count_copies(set, true);
        let chunks = self.chunks.bits(set);
        let (up_bits_per_s, down_bits_per_s) = (up.bits_per_second(), down.bits_per_second());
        let record = Record::Arrive { peer: id, group, session, up_bits_per_s, down_bits_per_s, chunks, held };
        self.observer.record(self.now, &record);
        if let Some(length) = self.session_length(id, session) {
            let at = self.now + length;
            self.schedule(queue, origin_of(id), at, Action { session, ..Action::new(What::SessionEnd, id) });
        }
        if complete && !first {
            self.linger(queue, id);
            if !self.is_there(id, session) {
                return;
            }
        }
        self.join(queue, id);
    }

    /// A peer is there from the event `cause` on: what others may know of it. Returns its log, and how many chunks it holds.
    pub(super) fn appear(&mut self, id: u32, first: bool, cause: Key) -> (SetId, u32) {
        let set = match self.node(id).chunks {
            Some(kept) if !first => kept,
            // Who comes for the first time may have been given an empty one.
            begun => self.begin_log(id, begun, first),
        };
        let held = self.chunks.len(set);
        let Swarm { presence, chunks, .. } = self;
        let node = &mut presence[origin_of(id).0 as usize];
        (node.present, node.held) = (true, held);
        (node.acquired_at, node.acquired_before) = (cause.time, cause.time);
        node.latest.copy(set, chunks);
        let peer = &mut self.peers[id as usize];
        peer.came = cause;
        let (up, down) = (peer.up, peer.down);
        self.set_links(id, up, down, cause.time);
        (set, held)
    }

    /// Gives a peer that arrives its links, as fast as they are now.
    fn set_links(&mut self, id: u32, up: Rate, down: Rate, now: Time) {
        let number = self.peers[id as usize].group;
        let (up, down) = self.faults.capacities(number, up, down);
        self.links.set_node(id, up, down, now);
        self.links.put(id, number);
        let group = &self.config.groups[number as usize];
        let limit = group.max_transfer_rate.min(self.config.network.max_transfer_rate);
        if !limit.is_unlimited() {
            self.links.limit_transfers(id, limit);
        }
    }

    /// How long a peer's session lasts, if it ends by itself: what was recorded of it, or a draw.
    fn session_length(&self, id: u32, session: u16) -> Option<Span> {
        let Peer { group, owner, .. } = self.peers[id as usize];
        let group = &self.config.groups[group as usize];
        let recorded = match &group.arrival {
            Arrival::Trace { rows } => rows[owner.index() as usize].session,
            _ => None,
        };
        if recorded.is_some() {
            return recorded;
        }
        let length = group.session.as_ref()?;
        Some(Span::from_nanos_f64(length.sample(self.streams.draw(owner, Purpose::Session, u64::from(session)))))
    }

    /// A new log for a peer, with what it begins with on its first arrival.
    fn begin_log(&mut self, id: u32, begun: Option<SetId>, first: bool) -> SetId {
        let set = begun.unwrap_or_else(|| self.chunks.create(id));
        self.node_mut(id).chunks = Some(set);
        if !first {
            return set;
        }
        let all = self.chunks.chunks();
        match &self.config.groups[self.peers[id as usize].group as usize].initial_chunks {
            InitialChunks::None => {}
            InitialChunks::All => (0..all).for_each(|chunk| self.chunks.append(set, chunk)),
            InitialChunks::List(list) => list.iter().for_each(|&chunk| self.chunks.append(set, chunk)),
            InitialChunks::AllBut(list) => {
                let kept = (0..all).filter(|chunk| list.binary_search(chunk).is_err());
                kept.for_each(|chunk| self.chunks.append(set, chunk));
            }
            &InitialChunks::Fraction(share) => {
                // Selection sampling (Knuth, TAOCP 2, 3.4.2, algorithm S): in rising order.
                let mut draws = self.streams.at(self.peers[id as usize].owner, Purpose::InitialChunks, 0);
                let mut wanted = (f64::from(all) * share).round() as u32;
                for chunk in 0..all {
                    if draws.below(u64::from(all - chunk)) < u64::from(wanted) {
                        self.chunks.append(set, chunk);
                        wanted -= 1;
                    }
                }
            }
        }
        set
    }

    fn count_copies(&mut self, set: SetId, here: bool) {
        let copies = &mut self.global_copies;
        if !copies.is_empty() {
            self.chunks.walk(set, 0, self.chunks.len(set), |chunk| {
                let copies = &mut copies[chunk as usize];
                *copies = if here { *copies + 1 } else { *copies - 1 };
            });
        }
    }

    /// The last chunk has arrived.
    pub(super) fn complete(&mut self, queue: &mut Queue, id: u32) {
        self.end_round(queue, id);
        self.end_download(id);
        self.record(Record::Complete { peer: id });
        self.linger(queue, id);
    }

    fn end_download(&mut self, id: u32) {
        if !self.node(id).downloading {
            return;
        }
        let unread = std::mem::take(&mut self.node_mut(id).unread);
        for answer in self.inboxes.unread(id, unread) {
            self.chunks.release(answer.set);
        }
        std::mem::take(&mut self.downloads[id as usize]).neighbors.release(&mut self.chunks);
        let node = self.node_mut(id);
        (node.downloading, node.hungry) = (false, false);
        self.incomplete -= 1;
    }

    /// A complete peer stays, leaves, or leaves later.
    fn linger(&mut self, queue: &mut Queue, id: u32) {
        let peer = &self.peers[id as usize];
        match &self.config.groups[peer.group as usize].after_completion {
            AfterCompletion::Stay => {}
            AfterCompletion::Leave => self.depart(queue, id, DepartReason::Completed),
            AfterCompletion::Linger(length) => {
                let session = self.node(id).session;
                let draw = self.streams.draw(peer.owner, Purpose::Linger, u64::from(session));
                let at = self.now + Span::from_nanos_f64(length.sample(draw));
                self.schedule(queue, origin_of(id), at, Action { session, ..Action::new(What::LingerEnd, id) });
            }
        }
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_session_end(&mut self, queue: &mut Queue, action: Action) {
        self.depart_at_last(queue, action, DepartReason::Session);
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_linger_end(&mut self, queue: &mut Queue, action: Action) {
        self.depart_at_last(queue, action, DepartReason::Completed);
    }

    /// A peer whose time is over leaves after all else that is due to it at this instant: that was caused before now, so what is
    /// caused now comes after it.
    fn depart_at_last(&mut self, queue: &mut Queue, action: Action, why: DepartReason) {
        if !self.is_there(action.to, action.session) {
            return;
        }
        match action.a {
            0 => {
                self.schedule(queue, origin_of(action.to), self.now, Action { a: 1, ..action });
            }
            _ => self.depart(queue, action.to, why),
        }
    }

    /// A peer cuts off. It tells nobody.
    fn depart(&mut self, queue: &mut Queue, id: u32, why: DepartReason) {
        self.end_round(queue, id);
        self.abandon_uploads(queue, id);
        self.abandon_fetches(queue, id);
        let returns_at = self.plan_return(id, why);
        let set = self.node(id).chunks.expect("who is there has a log");
        let peer = &mut self.peers[id as usize];
        (peer.member, peer.left) = (false, self.cause);
        self.any_departed = true;
        let node = self.node_mut(id);
        // 0 is for those that never left.
        (node.present, node.departures) = (false, node.departures.checked_add(1).unwrap_or(1));
        self.end_download(id);
        self.present -= 1;
        self.count_copies(set, false);
        let returns = returns_at.is_some();
        let record = Record::Depart { peer: id, why, chunks: self.chunks.bits(set), returns };
        self.observer.record(self.now, &record);
        let group = &self.config.groups[self.peers[id as usize].group as usize];
        if !returns || !group.rejoin.as_ref().is_some_and(|rejoin| rejoin.keep_chunks) {
            let node = self.node_mut(id);
            node.chunks = None;
            node.generation = node.generation.wrapping_add(1);
            self.drop_log(id, set);
        }
        if let Some(after) = returns_at {
            self.to_come += 1;
            self.schedule(queue, origin_of(id), self.now + after, Action::new(What::Arrive, id));
        }
    }

    /// Whether, and after how long, a peer that leaves now comes back. One that left because it was done has no reason to,
    /// as long as it keeps its chunks.
    fn plan_return(&self, id: u32, why: DepartReason) -> Option<Span> {
        let peer = &self.peers[id as usize];
        let rejoin = self.config.groups[peer.group as usize].rejoin.as_ref()?;
        let session = self.node(id).session;
        if session == u16::MAX || (why == DepartReason::Completed && rejoin.keep_chunks) {
            return None;
        }
        let mut draws = self.streams.at(peer.owner, Purpose::Rejoin, u64::from(session));
        let comes = draws.chance(rejoin.probability);
        let after = Span::from_nanos_f64(rejoin.after.sample(draws.next()));
        comes.then_some(after)
    }
}
