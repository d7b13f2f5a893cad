//! Messages arrive, or are lost.

use super::checker::Checker;
use super::invariants::Rule;
use super::line::{Kind, Loss};
use super::scene::TRACKER;
use super::state::{Failed, Follow, Message, Task};
use crate::sim::Time;

impl Checker<'_> {
    /// Takes a message off its way. `None`, and told, where it is not on it.
    pub(super) fn end_message(&mut self, msg: u64, how: &str) -> Option<Message> {
        let message = self.messages.remove(&msg);
        let sent = self.sent;
        self.test(Rule::EndsOnce, message.is_some(), || {
            let why = if (1..=sent).contains(&msg) { "has ended before" } else { "was never sent" };
            format!("message {msg} is {how}, and {why}")
        });
        if let Some(message) = &message
            && message.kind != Kind::FetchChunkResponse
        {
            self.done(message.arrival().most, Task::Arrives(msg));
        }
        message
    }

    pub(super) fn on_deliver(&mut self, msg: u64) {
        let Some(message) = self.end_message(msg, "delivered") else { return };
        let (kind, to) = (message.kind, message.to);
        self.figures.delivered(kind);
        self.was_not_parted(msg, &message);
        if to == TRACKER {
            let out = self.scene.is_out(self.now);
            self.test(Rule::OutageSilence, !out, || format!("the tracker hears message {msg}, a {kind}, in an outage"));
        } else {
            let reaches = self.reaches(&message);
            self.test(Rule::LostToDeparted, reaches, || {
                format!("message {msg}, a {kind}, reaches peer {to}, which is not there or has left since it was sent")
            });
        }
        if kind == Kind::FetchChunkResponse {
            return self.chunk_arrives(msg, &message);
        }
        self.check_arrival(msg, &message);
        match kind {
            Kind::JoinRequest => {
                self.follow.push_back(Follow::List(message.from));
                self.must_answer(msg, &message);
            }
            Kind::ActiveProofRequest => {
                if self.will_list(message.from, false) {
                    self.follow.push_back(Follow::List(message.from));
                }
            }
            Kind::PeerListRequest | Kind::ChunksQueryRequest | Kind::FetchChunkRequest => {
                self.must_answer(msg, &message)
            }
            Kind::JoinResponse => self.join_is_answered(&message),
            Kind::PeerListResponse => self.list_is_there(msg, &message),
            Kind::ChunksQueryResponse => self.learn(&message),
            Kind::FetchChunkResponse => {}
        }
        if kind == Kind::JoinResponse {
            self.take_list(msg, &message);
            self.begin_membership(to);
        }
    }

    /// Nothing gets through that was sent while its two ends were parted.
    fn was_not_parted(&mut self, msg: u64, message: &Message) {
        if self.scene.has_partitions() {
            let &Message { kind, from, to, sent, .. } = message;
            let parted = self.scene.are_parted(from, to, sent);
            self.test(Rule::LostInPartition, !parted, || {
                let sent = Time::from_nanos(sent);
                format!("message {msg}, a {kind} sent from {from} to {to} at {sent} s, gets there; the two were parted")
            });
        }
    }

    /// Whether a message that arrives now reaches somebody.
    fn reaches(&self, message: &Message) -> bool {
        let Some(receiver) = self.peer(message.to) else { return false };
        match message.kind {
            // Who left in the very instant in which it was asked is not there any more.
            Kind::ChunksQueryRequest => {
                receiver.present && (receiver.departures == 0 || message.sent > receiver.departed_at)
            }
            Kind::FetchChunkRequest => {
                receiver.present && receiver.departures == message.departures && receiver.has(message.chunk)
            }
            _ => receiver.is_there(message.session),
        }
    }

    /// Whether a message (of no chunk) arrives when it should, and in order.
    fn check_arrival(&mut self, msg: u64, message: &Message) {
        let (now, arrival) = (self.now, message.arrival());
        let Message { kind, from, to, .. } = *message;
        self.test(Rule::MessageLatency, arrival.contains(now), || {
            format!("message {msg}, a {kind} from {from} to {to}, arrives; right is {}", arrival.told())
        });
        if message.sent < now {
            // The answer to a query is an event of the one who asked, right after the query.
            let place = match kind {
                Kind::ChunksQueryResponse => (to, message.re, true),
                _ => (from, msg, false),
            };
            let last = self.last_arrival.replace(place);
            self.test(Rule::InstantOrder, last.is_none_or(|last| last < place), || {
                let (other, earlier, is_answer) = last.unwrap_or_default();
                let earlier = if is_answer { format!("the answer to query {earlier}") } else { format!("message {earlier}") };
                format!("message {msg}, a {kind} from {from}, arrives after {earlier} of peer {other} in one instant; it comes before it")
            });
        }
    }

    fn must_answer(&mut self, re: u64, request: &Message) {
        if let Some(kind) = request.kind.answer() {
            let &Message { from, to, session, sent, chunk, knew, .. } = request;
            self.follow.push_back(Follow::Answer { re, kind, from: to, to: from, session, sent, chunk, knew });
        }
    }

    fn join_is_answered(&mut self, message: &Message) {
        let timeout = self.scene.config.protocol.request_timeout.as_nanos();
        if let Some((_, sent)) = self.peer_mut(message.to).and_then(|peer| peer.awaited[0].take()) {
            self.done(sent.saturating_add(timeout), Task::Timeout(message.to, 0));
        }
    }

    fn list_is_there(&mut self, msg: u64, message: &Message) {
        let timeout = self.scene.config.protocol.request_timeout.as_nanos();
        let awaited = self.peer(message.to).and_then(|peer| peer.awaited[1]);
        if let Some((_, sent)) = awaited.filter(|awaited| awaited.0 == message.re) {
            self.done(sent.saturating_add(timeout), Task::Timeout(message.to, 1));
            self.peers[message.to as usize].awaited[1] = None;
        }
        self.take_list(msg, message);
    }

    /// The first answer to a Join makes a member.
    fn begin_membership(&mut self, number: u32) {
        let now = self.now;
        let protocol = &self.scene.config.protocol;
        let (proof, list) = (protocol.active_proof_interval.as_nanos(), protocol.peer_list_interval.as_nanos());
        let Some(peer) = self.peer_mut(number).filter(|peer| peer.present && !peer.member) else { return };
        peer.member = true;
        let downloading = peer.downloading();
        self.figures.joined(now, number);
        self.set_proof_due(number, now.saturating_add(proof));
        if downloading {
            self.set_list_due(number, now.saturating_add(list));
            self.open_round(number);
        }
    }

    fn learn(&mut self, message: &Message) {
        let &Message { from, to, log, count, knew, .. } = message;
        // Its sender has dropped what the answer tells of: it says nothing, and what was known before stays.
        let is_gone = self.peer(from).is_none_or(|one| one.dropped || log as usize + 1 != one.logs.len());
        let knows = self.knows_neighbors();
        let Some(peer) = self.peer_mut(to).filter(|peer| peer.downloading()) else { return };
        peer.resting.remove(&from);
        // Nor does it matter what somebody holds who is no neighbor any more; and what was known when it was asked is no news, even if the
        // asker has dropped it meanwhile together with the neighbor.
        let is_no_news = log == 0 && knew == Some(count);
        if is_gone || (knows && (is_no_news || peer.hood.binary_search(&from).is_err())) {
            return;
        }
        let known = peer.known.entry(from).or_default();
        if log > known.0 {
            *known = (log, count);
        } else if log == known.0 {
            known.1 = known.1.max(count);
        }
    }

    pub(super) fn on_lose(&mut self, msg: u64, why: Loss) {
        let Some(message) = self.end_message(msg, "lost") else { return };
        let (now, kind, to) = (self.now, message.kind, message.to);
        self.figures.lost(kind, why);
        match why {
            Loss::Loss => {
                let loss = self.scene.config.network.loss;
                let possible = self.scene.may_lose(message.from, to, now);
                let right = possible && !kind.is_fetch() && message.sent == now;
                self.test(Rule::LossByChance, right, || {
                    let sent = Time::from_nanos(message.sent);
                    format!("message {msg}, a {kind} sent at {sent} s, is lost by chance, whose probability is {loss} but for lossy spells")
                });
            }
            Loss::Outage => {
                let right = to == TRACKER && self.scene.is_out(now);
                self.test(Rule::LostInOutage, right, || {
                    format!("message {msg}, a {kind} to {to}, is lost to an outage; there is none, or it is not to the tracker")
                });
            }
            Loss::Partition => {
                let from = message.from;
                let right = message.sent == now && self.scene.are_parted(from, to, now);
                self.test(Rule::LostInPartition, right, || {
                    let sent = Time::from_nanos(message.sent);
                    format!("message {msg}, a {kind} sent from {from} to {to} at {sent} s, is lost to a partition; there is none between the two, or it is under way already")
                });
            }
            Loss::Departed => {
                let right = to != TRACKER && (!self.reaches(&message) || self.is_winding_up(why));
                self.test(Rule::LostToDeparted, right, || {
                    format!(
                        "message {msg}, a {kind}, is lost to the departed; node {to} is there, and has not left since"
                    )
                });
            }
        }
        if matches!(why, Loss::Outage | Loss::Departed) {
            self.was_not_parted(msg, &message);
        }
        // A chunk that a partition swallows has not come onto the links.
        let swallowed = why == Loss::Partition && self.scene.are_parted(message.from, to, message.sent);
        if kind == Kind::FetchChunkResponse && !swallowed {
            return self.chunk_is_lost(msg, &message);
        }
        if matches!(why, Loss::Outage | Loss::Departed) {
            self.check_arrival(msg, &message);
        }
        self.will_give_up(msg, &message, why);
    }

    /// A query or a fetch request failed: its sender will give it up, if it still cares.
    fn will_give_up(&mut self, msg: u64, message: &Message, why: Loss) {
        let now = self.now;
        let &Message { kind, from, to, session, sent, .. } = message;
        let timeout = self.scene.config.protocol.request_timeout.as_nanos();
        let samples = self.scene.config.tracker.max_peers_returned.is_some();
        // How long an asker waits for what the one that it asked would send.
        let back = |asker: u32, asked: u32| {
            self.scene.detection(super::scene::Range::exactly(self.scene.latency(asked, asker))).most
        };
        let (msg, asker, neighbor, due, kind) = match kind {
            Kind::FetchChunkRequest => {
                // Where it is lost on the way, it would have been heard once it is there.
                let heard = if why == Loss::Partition { self.scene.latency(from, to) } else { 0 };
                (msg, from, to, now.saturating_add(heard).saturating_add(back(from, to)), kind)
            }
            // The chunk never began its way.
            Kind::FetchChunkResponse => {
                (message.re, to, from, now.saturating_add(back(to, from)), Kind::FetchChunkRequest)
            }
            Kind::ChunksQueryRequest if samples => (msg, from, to, sent.saturating_add(timeout).max(now), kind),
            // The answer was lost: the asker waits for nothing, unless it is gone itself.
            Kind::ChunksQueryResponse if samples => {
                let due = message.request_sent.saturating_add(timeout).max(now);
                (message.re, to, from, due, Kind::ChunksQueryRequest)
            }
            _ => return,
        };
        if self.is_there(asker, session) {
            self.failed.insert(msg, Failed { kind, asker, session, neighbor, due });
            self.plan(due, Task::GivesUp(msg));
        }
    }

    pub(super) fn on_timeout(&mut self, msg: u64) {
        if let Some(failed) = self.failed.remove(&msg) {
            return self.gives_up(msg, failed);
        }
        let waits = |peer: &super::state::Peer| peer.awaited.iter().position(|one| one.is_some_and(|one| one.0 == msg));
        let found = self.who_waits(msg).and_then(|number| Some((number, waits(self.peer(number)?)?)));
        let Some((number, which)) = found else {
            self.test(Rule::RequestTimeout, false, || {
                format!("message {msg} is given up, and is no request that waits for an answer")
            });
            return;
        };
        let timeout = self.scene.config.protocol.request_timeout.as_nanos();
        let Some((_, sent)) = self.peers[number as usize].awaited[which].take() else { return };
        let due = sent.saturating_add(timeout);
        self.done(due, Task::Timeout(number, which as u8));
        let now = self.now;
        self.test(Rule::RequestTimeout, now == due, || {
            format!("peer {number} gives message {msg} up; right is {} s", Time::from_nanos(due))
        });
        if which == 0 {
            self.follow.push_back(Follow::Join(number));
        } else if self.peers[number as usize].downloading() {
            self.follow.push_back(Follow::ListRequest(number));
        }
    }

    /// The peer that waits for the tracker's answer to this request: one of those that are due now, or any.
    fn who_waits(&self, msg: u64) -> Option<u32> {
        let waits =
            |peer: u32| self.peer(peer).is_some_and(|peer| peer.awaited.iter().flatten().any(|one| one.0 == msg));
        let due = self.tasks.iter().take_while(|task| task.0 <= self.now);
        let mut askers = due.filter_map(|task| if let Task::Timeout(peer, _) = task.1 { Some(peer) } else { None });
        askers.find(|&peer| waits(peer)).or_else(|| (1..self.peers.len() as u32).find(|&peer| waits(peer)))
    }
}
