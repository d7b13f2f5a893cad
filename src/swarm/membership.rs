//! Peers and the tracker: Join, Active Proof, Peer List, and the sweep.

use super::action::{Action, SWEEP, What, node_of, origin_of};
use super::messages::Outgoing;
use super::peer::{NO_REQUEST, Presence};
use super::{Body, LossReason, MessageId, MessageKind, Named, Observer, Queue, Record, Swarm, TRACKER};
use crate::sim::{Key, Owner, Purpose};
use crate::swarm::config::LateProof;
use crate::swarm::tracker::Change;

/// Which of the two requests a timeout is about, as an event tells it.
const JOIN: u32 = 0;
const LIST: u32 = 1;

impl<O: Observer> Swarm<O> {
    /// Sends a Join.
    pub(super) fn join(&mut self, queue: &mut Queue, peer: u32) {
        let request = self.ask_tracker(queue, peer, MessageKind::JoinRequest, What::Join);
        self.peers[peer as usize].awaited_join = request;
        self.watch(queue, peer, request, JOIN);
    }

    fn ask_for_list(&mut self, queue: &mut Queue, peer: u32) {
        let request = self.ask_tracker(queue, peer, MessageKind::PeerListRequest, What::PeerList);
        self.peers[peer as usize].awaited_list = request;
        self.watch(queue, peer, request, LIST);
    }

    /// Sends a request to the tracker; returns its number.
    fn ask_tracker(&mut self, queue: &mut Queue, peer: u32, kind: MessageKind, what: What) -> u32 {
        let action = Action { session: self.node(peer).session, ..Action::new(what, TRACKER) };
        let latency = self.peers[peer as usize].to_tracker;
        let out = Outgoing { kind, from: peer, to: TRACKER, re: None, body: Body::Empty, latency, action };
        self.send(queue, out).0.count
    }

    /// Will notice when a request to the tracker has waited too long.
    fn watch(&mut self, queue: &mut Queue, peer: u32, request: u32, which: u32) {
        let session = self.node(peer).session;
        let action = Action { session, a: request, b: which, ..Action::new(What::TrackerTimeout, peer) };
        let at = self.now + self.config.protocol.request_timeout;
        self.schedule(queue, origin_of(peer), at, action);
    }

    /// A request that is still not answered, and not overtaken by a later one, is sent again.
    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_tracker_timeout(&mut self, queue: &mut Queue, action: Action) {
        let Action { to: peer, a: request, b: which, .. } = action;
        if !self.is_there(peer, action.session) {
            return;
        }
        let asker = &self.peers[peer as usize];
        let (awaited, kind) = match which {
            JOIN => (asker.awaited_join, MessageKind::JoinRequest),
            _ => (asker.awaited_list, MessageKind::PeerListRequest),
        };
        if awaited != request {
            return;
        }
        let cause = Key { time: self.now, origin: origin_of(peer), count: request };
        self.record(Record::Timeout { message: Self::message(cause, kind, TRACKER) });
        match which {
            JOIN => self.join(queue, peer),
            _ if !self.node(peer).downloading => {}
            _ => self.ask_for_list(queue, peer),
        }
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_join(&mut self, queue: &mut Queue, cause: Key, action: Action) {
        let message = Self::message(cause, MessageKind::JoinRequest, TRACKER);
        if self.tracker_is_out() {
            return self.lose(message, LossReason::Outage);
        }
        self.deliver(message);
        self.renew(message.from);
        self.answer_with_list(queue, MessageKind::JoinResponse, What::JoinAnswer, message.id, action.session);
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_peer_list(&mut self, queue: &mut Queue, cause: Key, action: Action) {
        let message = Self::message(cause, MessageKind::PeerListRequest, TRACKER);
        if self.tracker_is_out() {
            return self.lose(message, LossReason::Outage);
        }
        self.deliver(message);
        self.answer_with_list(queue, MessageKind::PeerListResponse, What::PeerListAnswer, message.id, action.session);
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_active_proof(&mut self, cause: Key) {
        let message = Self::message(cause, MessageKind::ActiveProofRequest, TRACKER);
        if self.tracker_is_out() {
            return self.lose(message, LossReason::Outage);
        }
        self.deliver(message);
        if self.tracker.is_listed(message.from) || self.config.tracker.late_proof == LateProof::Readmit {
            self.renew(message.from);
        }
    }

    fn renew(&mut self, peer: u32) {
        let expires = self.tracker.renew(peer, self.now);
        self.note_entry(peer, expires);
        self.record(Record::List { peer, expires });
    }

    fn tracker_is_out(&self) -> bool {
        let outages = &self.config.tracker.outages;
        let begun = outages.partition_point(|window| window.from <= self.now);
        begun > 0 && self.now < outages[begun - 1].until
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_sweep(&mut self, queue: &mut Queue) {
        if !self.tracker_is_out() {
            while let Some((peer, expires)) = self.tracker.discard_expired(self.now) {
                self.note_entry(peer, expires);
                let alive = self.node(peer).present;
                self.record(Record::Expire { peer, expires, alive });
            }
        }
        let next = self.now + self.config.tracker.sweep_interval;
        self.schedule(queue, SWEEP, next, Action::new(What::Sweep, TRACKER));
    }

    /// Answers with everyone listed but the asker, or with a sample of them.
    fn answer_with_list(&mut self, queue: &mut Queue, kind: MessageKind, what: What, re: MessageId, session: u16) {
        let asker = node_of(re.origin);
        let action = Action { session, a: re.count, ..Action::new(what, asker) };
        let latency = self.peers[asker as usize].from_tracker;
        let mut out = Outgoing { kind, from: TRACKER, to: asker, re: Some(re), body: Body::Empty, latency, action };
        if self.names_everyone() {
            let count = self.tracker.listed().len() as u32 - u32::from(self.tracker.is_listed(asker));
            out.body = Body::Peers { count, named: Named::Everyone };
            out.action.b = self.tracker.version();
            self.send(queue, out);
            return;
        }
        let place = self.free_lists.pop().unwrap_or_else(|| {
            self.lists.push(Vec::new());
            self.lists.len() as u32 - 1
        });
        let mut list = std::mem::take(&mut self.lists[place as usize]);
        list.clear();
        match self.config.tracker.max_peers_returned {
            Some(most) => {
                let answer = Owner::tracker_answer(self.node(TRACKER).caused);
                let draws = self.streams.at(answer, Purpose::ListSample, 0);
                self.tracker.sample(asker, most, draws, &mut list);
            }
            None => {
                list.extend(self.tracker.listed().iter().copied().filter(|&peer| peer != asker));
                list.sort_unstable();
            }
        }
        out.body = Body::Peers { count: list.len() as u32, named: Named::Sample(&list) };
        out.action.b = place;
        let sent = self.send(queue, out).1;
        self.note_latencies(asker, &list);
        self.lists[place as usize] = list;
        if sent.is_none_or(|at| at > self.config.stop.at) {
            self.free_lists.push(place);
        }
    }

    /// Whether answers name everyone, and peers keep everyone: then a list is a version of the tracker's.
    pub(super) fn names_everyone(&self) -> bool {
        self.config.names_everyone()
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_join_answer(&mut self, queue: &mut Queue, cause: Key, action: Action) {
        if !self.take_list(queue, cause, action, MessageKind::JoinResponse) {
            return;
        }
        let peer = &mut self.peers[action.to as usize];
        peer.awaited_join = NO_REQUEST;
        if std::mem::replace(&mut peer.member, true) {
            return;
        }
        let Presence { session, downloading, .. } = *self.node(action.to);
        let due = |what| Action { session, ..Action::new(what, action.to) };
        let origin = origin_of(action.to);
        self.schedule(queue, origin, self.now + self.config.protocol.active_proof_interval, due(What::ProofDue));
        if downloading {
            self.schedule(queue, origin, self.now + self.config.protocol.peer_list_interval, due(What::ListDue));
            self.on_query_due(queue, due(What::QueryDue));
        }
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_peer_list_answer(&mut self, queue: &mut Queue, cause: Key, action: Action) {
        if self.take_list(queue, cause, action, MessageKind::PeerListResponse) {
            let awaited = &mut self.peers[action.to as usize].awaited_list;
            if *awaited == action.a {
                *awaited = NO_REQUEST;
            }
        }
    }

    /// A list reaches the one who asked for it, if it is still there.
    fn take_list(&mut self, queue: &mut Queue, cause: Key, action: Action, kind: MessageKind) -> bool {
        let message = Self::message(cause, kind, action.to);
        let there = self.is_there(action.to, action.session);
        if there {
            self.deliver(message);
        } else {
            self.lose(message, LossReason::Departed);
        }
        if self.names_everyone() {
            if there {
                self.follow_list(queue, action.to, action.b);
            }
            return there;
        }
        let list = std::mem::take(&mut self.lists[action.b as usize]);
        if there {
            self.choose_neighbors(queue, action.to, &list);
        }
        self.lists[action.b as usize] = list;
        self.free_lists.push(action.b);
        there
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_proof_due(&mut self, queue: &mut Queue, action: Action) {
        let peer = action.to;
        if !self.is_there(peer, action.session) {
            return;
        }
        self.ask_tracker(queue, peer, MessageKind::ActiveProofRequest, What::ActiveProof);
        let next = self.now + self.config.protocol.active_proof_interval;
        self.schedule(queue, origin_of(peer), next, action);
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_list_due(&mut self, queue: &mut Queue, action: Action) {
        let peer = action.to;
        if !self.is_there(peer, action.session) || !self.node(peer).downloading {
            return;
        }
        self.ask_for_list(queue, peer);
        let next = self.now + self.config.protocol.peer_list_interval;
        self.schedule(queue, origin_of(peer), next, action);
    }

    /// What goes on with neighbors as they are comes to its end before they change.
    fn before_neighbors_change(&mut self, queue: &mut Queue, peer: u32) {
        self.end_round(queue, peer);
        self.read_answers(peer);
    }

    /// The neighbors become those of `version` of the tracker's list.
    fn follow_list(&mut self, queue: &mut Queue, peer: u32, version: u32) {
        let downloading = self.node(peer).downloading;
        let asker = &mut self.peers[peer as usize];
        let known = std::mem::replace(&mut asker.list_version, version);
        let first = std::mem::replace(&mut asker.lists, 1) == 0;
        if !downloading {
            return;
        }
        let (mut added, mut gone) = (Vec::new(), Vec::new());
        if first {
            added = self.tracker.listed_at(version);
        } else if version > known {
            (added, gone) = self.changed_since(known, version);
        } else {
            // An older list than the latest; `list_version` must not go back.
            self.peers[peer as usize].list_version = known;
        }
        let hood = &self.downloads[peer as usize].neighbors;
        added.retain(|&id| id != peer && hood.find(id).is_none());
        gone.retain(|&id| hood.find(id).is_some());
        if added.is_empty() && gone.is_empty() {
            return;
        }
        self.before_neighbors_change(queue, peer);
        if !gone.is_empty() {
            let Swarm { downloads, chunks, .. } = self;
            downloads[peer as usize].neighbors.retain(chunks, |id| gone.binary_search(&id).is_err());
        }
        self.add_neighbors(peer, &added);
    }

    /// These, who are none yet, become neighbors.
    fn add_neighbors(&mut self, peer: u32, new: &[u32]) {
        if new.is_empty() {
            return;
        }
        let Swarm { peers, downloads, latency, .. } = self;
        let asker = &peers[peer as usize];
        let busy = |id| asker.fetches.iter().filter(|fetch| fetch.from == id).count() as u16;
        let between = |id: u32| latency.between(asker.owner, peers[id as usize].owner);
        downloads[peer as usize].neighbors.add_all(new.iter().copied(), between, busy);
    }

    /// Who was added to the tracker's list from one version to another, and who is gone, both by rising number.
    fn changed_since(&self, known: u32, version: u32) -> (Vec<u32>, Vec<u32>) {
        // The last word on each peer that changed.
        let mut changed: Vec<_> = self.tracker.changes(known, version).to_vec();
        changed.reverse();
        changed.sort_by_key(|change| change.peer);
        changed.dedup_by_key(|change| change.peer);
        let (added, gone): (Vec<_>, Vec<_>) = changed.into_iter().partition(|change| change.added);
        let peers = |changes: Vec<Change>| changes.into_iter().map(|change| change.peer).collect();
        (peers(added), peers(gone))
    }

    /// Takes neighbors from a list: with a limit on what the tracker returns, new ones are added; else the list also says who
    /// is none any more, and those to fill up with are drawn from it.
    fn choose_neighbors(&mut self, queue: &mut Queue, peer: u32, list: &[u32]) {
        let downloading = self.node(peer).downloading;
        let Swarm { peers, downloads, streams, config, scratch, .. } = self;
        peers[peer as usize].lists += 1;
        let turn = u64::from(peers[peer as usize].lists) << 24;
        if !downloading {
            return;
        }
        let hood = &downloads[peer as usize].neighbors;
        let whole_list = config.tracker.max_peers_returned.is_none();
        let is_listed = |id: u32| list.binary_search(&id).is_ok();
        let stay = if whole_list { hood.how_many(is_listed) } else { hood.len() };
        let room = config.protocol.max_neighbors.map_or(usize::MAX, |most| (most as usize).saturating_sub(stay));
        let new = &mut scratch.new;
        new.clear();
        if room > 0 {
            new.extend(list.iter().copied().filter(|&id| hood.find(id).is_none()));
        }
        if stay == hood.len() && new.is_empty() {
            return;
        }
        if whole_list && room < new.len() {
            let mut draws = streams.at(peers[peer as usize].owner, Purpose::NeighborSample, turn);
            for i in 0..room {
                let j = i + draws.below((new.len() - i) as u64) as usize;
                new.swap(i, j);
            }
        }
        new.truncate(room);
        self.before_neighbors_change(queue, peer);
        if whole_list {
            let Swarm { downloads, chunks, .. } = self;
            downloads[peer as usize].neighbors.retain(chunks, is_listed);
        }
        let new = std::mem::take(&mut self.scratch.new);
        self.add_neighbors(peer, &new);
        self.scratch.new = new;
    }
}
