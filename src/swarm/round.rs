//! Rounds of queries: all of a peer's Chunks Queries at once.
//!
//! Nine events in ten are queries and answers, and what an answer says is settled long before anybody looks at it. So where no draw
//! decides whether and when it comes, and its asker has nothing to do with it at once, it need not go through the queue: when
//! the last answer of a round is there, or the asker chooses a chunk before, queries and answers are handled one after
//! another, each as of its own instant. They have the keys and payloads that they would have had in the queue, and are counted and
//! digested alike; a run is the same with and without ([`Observer::IN_ORDER`] asks for the latter).
//!
//! What a neighbor held when a query reached it is what it holds now, less what it got [since](super::peer::Peer::recent). Whatever
//! would make the past hard to tell ends the round early: what is then still to come goes into the queue as events.

use super::action::{Action, What, node_of, origin_of};
use super::config::Config;
use super::neighbors::{Answer, Hint};
use super::peer::Presence;
use super::query::LONG;
use super::{Body, LossReason, Message, MessageId, MessageKind, Observer, Queue, Record, Swarm};
use crate::chunks::SetId;
use crate::sim::{Digest, Event, Key, Origin, Span, Time};
use std::collections::VecDeque;

/// Room for the latest chunks of a peer that is taken before any of them is forgotten.
pub(super) const RECENT_AT_LEAST: usize = 8;

/// Numbers that a query takes from its asker's count: its own, its answer's, and that of the asker's notice that there is none.
pub(super) const NUMBERS: u32 = 3;

/// A round of queries, one to each neighbor in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    sent_at: Time,
    /// The first query's number.
    first: u32,
    /// Answers up to here have been handled.
    settled: Key,
}

impl Default for Round {
    fn default() -> Round {
        Round { sent_at: Time::ZERO, first: 0, settled: BEGINNING }
    }
}

const BEGINNING: Key = Key { time: Time::ZERO, origin: Origin(0), count: 0 };

/// What is common to all rounds of a run.
#[derive(Debug)]
pub(super) struct Rounds {
    pub is_on: bool,
    /// The longest that any round has taken so far, from its queries to its last answer.
    pub longest: Span,
    /// Logs that their owners dropped, and when: kept for as long as an answer from before may be handled.
    dropped: VecDeque<(Time, SetId)>,
    /// Events that are to go into the queue.
    later: Vec<(Key, Action)>,
    /// Events handled here, and their digest.
    pub events: u64,
    pub digest: Digest,
}

impl Rounds {
    pub(super) fn new(config: &Config, in_order: bool) -> Rounds {
        let network = &config.network;
        let certain = network.loss == 0.0
            && network.jitter.constant_value() == Some(0.0)
            && network.faults.is_empty()
            && network.latency.is_symmetric();
        Rounds {
            is_on: certain && !in_order,
            longest: Span::ZERO,
            dropped: VecDeque::new(),
            later: Vec::new(),
            events: 0,
            digest: Digest::default(),
        }
    }

    /// The rounds of a part of the swarm, in which nobody has ever left.
    pub(super) fn of_part(&self) -> Rounds {
        debug_assert!(self.dropped.is_empty() && self.later.is_empty());
        Rounds { dropped: VecDeque::new(), later: Vec::new(), events: 0, digest: Digest::default(), ..*self }
    }

    /// Takes up what a part of the swarm has done.
    pub(super) fn join(&mut self, part: &Rounds) {
        self.longest = self.longest.max(part.longest);
        self.events += part.events;
        self.digest.join(part.digest);
    }

    /// No round has taken longer, from its queries to its last answer.
    pub(super) fn longest(&self) -> Span {
        self.longest
    }

    /// Elsewhere, a round has taken so long.
    pub(super) fn note_longest(&mut self, took: Span) {
        self.longest = self.longest.max(took);
    }

    fn count(&mut self, key: Key, action: Action) {
        self.digest.add(&Event { key, payload: action }, 0);
        self.events += 1;
    }
}

/// A query of a round, its answer, and when they reach whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchange {
    asker: u32,
    session: u16,
    place: u32,
    neighbor: u32,
    /// As events carry it.
    latency: u32,
    sent_at: Time,
    query: Key,
    answer: Key,
}

impl Exchange {
    fn query_event(&self) -> Action {
        Action { session: self.session, a: self.place, b: self.latency, ..Action::new(What::Query, self.neighbor) }
    }

    fn answer_event(&self, found: Found, hint: u32) -> Action {
        let Found { count, generation } = found;
        let to = self.neighbor;
        Action { tag: generation, session: self.session, a: hint, b: count, ..Action::new(What::QueryAnswer, to) }
    }

    fn query_message(&self) -> Message {
        let id = MessageId { origin: self.query.origin, count: self.query.count };
        Message { id, kind: MessageKind::ChunksQueryRequest, from: self.asker, to: self.neighbor }
    }

    fn answer_message(&self) -> Message {
        let id = MessageId { origin: self.answer.origin, count: self.answer.count };
        Message { id, kind: MessageKind::ChunksQueryResponse, from: self.neighbor, to: self.asker }
    }
}

/// What a query found.
#[derive(Clone, Copy)]
struct Found {
    count: u32,
    generation: u8,
}

impl<O: Observer> Swarm<O> {
    /// Asks every neighbor in a round, if that can be done.
    pub(super) fn begin_round(&mut self, queue: &mut Queue, peer: u32) -> bool {
        let node = *self.node(peer);
        let neighbors = &self.downloads[peer as usize].neighbors;
        if !self.rounds.is_on || node.hungry || neighbors.len() == 0 {
            return false;
        }
        let (latency, last) = neighbors.farthest();
        let took = Span::from_nanos(2 * u64::from(latency));
        if latency == LONG || took >= self.config.protocol.request_timeout {
            return false;
        }
        let origin = origin_of(peer);
        let first = node.caused;
        for place in 0..neighbors.len() {
            let (to, _) = self.downloads[peer as usize].neighbors.address(place);
            let id = MessageId { origin, count: first + NUMBERS * place as u32 };
            let message = Message { id, kind: MessageKind::ChunksQueryRequest, from: peer, to };
            self.observer.record(self.now, &Record::Send { message, re: None, body: Body::Empty });
        }
        let numbers = NUMBERS * self.downloads[peer as usize].neighbors.len() as u32;
        let node = self.node_mut(peer);
        node.caused = first.checked_add(numbers).expect("a node causes fewer than 2^32 events");
        node.asking = true;
        self.downloads[peer as usize].round = Round { sent_at: self.now, first, settled: BEGINNING };
        self.rounds.longest = self.rounds.longest.max(took);
        let done = Key { time: self.now + took, origin, count: first + NUMBERS * last as u32 + 1 };
        self.schedule_as(queue, done, Action { a: first, ..Action::new(What::RoundDone, peer) });
        true
    }

    /// The last answer is there.
    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_round_done(&mut self, queue: &mut Queue, action: Action) {
        let peer = action.to;
        if self.node(peer).asking && self.downloads[peer as usize].round.first == action.a {
            self.fetch_news(peer);
            self.settle_until(peer, self.cause);
            self.node_mut(peer).asking = false;
        }
        self.flush(queue);
    }

    /// Handles all queries whose answers have come by now.
    pub(super) fn settle_round(&mut self, peer: u32) {
        if self.downloads[peer as usize].round.settled != self.cause {
            self.fetch_few_news(peer);
            self.settle_until(peer, self.cause);
        }
    }

    fn settle_until(&mut self, peer: u32, limit: Key) {
        let settled = std::mem::replace(&mut self.downloads[peer as usize].round.settled, limit);
        // One event may come by here twice.
        if settled == limit {
            return;
        }
        for place in 0..self.downloads[peer as usize].neighbors.len() {
            let exchange = self.exchange(peer, place);
            if settled < exchange.answer && exchange.answer <= limit {
                self.exchanged(&exchange);
            }
        }
        let Swarm { downloads, chunks, scratch, .. } = self;
        if !scratch.counting.uncounted.is_empty() {
            downloads[peer as usize].neighbors.count_later(chunks, &mut scratch.counting);
        }
    }

    /// Ends a round before all answers are there: those still to come become events.
    pub(super) fn end_round(&mut self, queue: &mut Queue, peer: u32) {
        if self.node(peer).asking {
            self.break_off(peer, self.cause);
            self.flush(queue);
        }
    }

    /// At the end of a run, handles what was due by its last event.
    pub(super) fn end_rounds(&mut self, limit: Key) {
        for peer in 1..=self.arrived {
            if self.node(peer).asking {
                self.break_off(peer, limit);
            }
        }
        self.rounds.later.clear();
    }

    /// Handles what was due by `limit`; of the queries that have come without their answers, the number and the digest.
    pub(super) fn rounds_until(&mut self, limit: Key) -> (u64, Digest) {
        let (mut events, mut digest) = (0, Digest::default());
        for peer in 1..=self.arrived {
            if !self.node(peer).asking {
                continue;
            }
            self.settle_until(peer, limit);
            for place in 0..self.downloads[peer as usize].neighbors.len() {
                let exchange = self.exchange(peer, place);
                if exchange.query <= limit && limit < exchange.answer {
                    events += 1;
                    digest.add(&Event { key: exchange.query, payload: exchange.query_event() }, 0);
                }
            }
        }
        (events, digest)
    }

    /// What the neighbor at `place` has answered by `limit`, if that is still to be handled: how many chunks, of which of its logs.
    pub(super) fn answered_by(&self, peer: u32, place: usize, limit: Key) -> Option<(u32, u8)> {
        if !self.node(peer).asking {
            return None;
        }
        let exchange = self.exchange(peer, place);
        let is_open = self.downloads[peer as usize].round.settled < exchange.answer && exchange.answer <= limit;
        let found = is_open.then(|| self.held_as_of(&exchange)).flatten()?;
        self.log_as_of(exchange.neighbor, exchange.answer, found.generation)?;
        Some((found.count, found.generation))
    }

    /// Handles what was due by `limit`, and puts down what comes later.
    fn break_off(&mut self, peer: u32, limit: Key) {
        self.settle_until(peer, limit);
        self.node_mut(peer).asking = false;
        for place in 0..self.downloads[peer as usize].neighbors.len() {
            let exchange = self.exchange(peer, place);
            let hint = Hint(self.downloads[peer as usize].neighbors.hint(place));
            if exchange.answer <= limit {
                continue;
            }
            match &mut self.part {
                Some(part) if part.is_open(exchange.query.time) => part.open.push((exchange, hint)),
                _ if exchange.query <= limit => self.answer_later(&exchange, hint),
                _ => self.rounds.later.push((exchange.query, Action { a: hint.0, ..exchange.query_event() })),
            }
        }
    }

    /// A query has reached its neighbor; its answer becomes an event.
    pub(super) fn answer_later(&mut self, exchange: &Exchange, hint: Hint) {
        if let Some(found) = self.queried(exchange) {
            let news = found.generation != 0 || hint.differs(found.count);
            self.rounds.later.push((exchange.answer, exchange.answer_event(found, hint.answered(news))));
        }
    }

    pub(super) fn flush(&mut self, queue: &mut Queue) {
        for i in 0..self.rounds.later.len() {
            let (key, action) = self.rounds.later[i];
            self.schedule_as(queue, key, action);
        }
        self.rounds.later.clear();
    }

    // Always, as the three after it: most of a run's events pass here, and none of this need be put together in memory.
    #[inline(always)]
    fn exchange(&self, peer: u32, place: usize) -> Exchange {
        let download = &self.downloads[peer as usize];
        let Round { sent_at, first, .. } = download.round;
        let (neighbor, latency) = download.neighbors.address(place);
        let (origin, one_way) = (origin_of(peer), Span::from_nanos(u64::from(latency)));
        let place = place as u32;
        let count = first + NUMBERS * place;
        let query = Key { time: sent_at + one_way, origin, count };
        let answer = Key { time: query.time + one_way, origin, count: count + 1 };
        Exchange { asker: peer, session: self.node(peer).session, place, neighbor, latency, sent_at, query, answer }
    }

    /// A query, and the answer that came to it.
    #[inline(always)]
    fn exchanged(&mut self, exchange: &Exchange) {
        let Some(found) = self.queried(exchange) else { return };
        self.rounds.count(exchange.answer, exchange.answer_event(found, 0));
        self.observer.record(exchange.answer.time, &Record::Deliver { message: exchange.answer_message() });
        let &Exchange { asker, neighbor: from, place, answer, .. } = exchange;
        if !self.downloads[asker as usize].neighbors.is_news(place as usize, found.count) && found.generation == 0 {
            return;
        }
        if let Some(set) = self.log_as_of(from, answer, found.generation) {
            let Swarm { downloads, presence, chunks, scratch, .. } = self;
            let answer = Answer { from, place: place as u16, count: found.count, set, generation: found.generation };
            let neighbors = &mut downloads[asker as usize].neighbors;
            if chunks.lists_owners() {
                neighbors.learn_one_of_many(&answer, chunks, &mut scratch.counting);
            } else {
                neighbors.learn_latest(&answer, &presence[origin_of(from).0 as usize], chunks, &mut scratch.counting);
            }
        }
    }

    /// A query reaches its neighbor; what it finds, if anybody is there.
    #[inline(always)]
    fn queried(&mut self, exchange: &Exchange) -> Option<Found> {
        let at = exchange.query.time;
        self.rounds.count(exchange.query, exchange.query_event());
        let message = exchange.query_message();
        let Some(found) = self.held_as_of(exchange) else {
            self.observer.record(at, &Record::Lose { message, why: LossReason::Departed });
            if self.config.tracker.max_peers_returned.is_some() {
                let noticed = exchange.sent_at + self.config.protocol.request_timeout;
                let key = Key { time: noticed, count: exchange.query.count + 2, ..exchange.query };
                self.rounds.later.push((key, super::query::timeout(exchange.asker, exchange.session, message)));
            }
            return None;
        };
        self.observer.record(at, &Record::Deliver { message });
        let (answer, body) = (exchange.answer_message(), Body::Count(found.count));
        self.observer.record(at, &Record::Send { message: answer, re: Some(message.id), body });
        Some(found)
    }

    /// What a query found when it was handled; `None` where nobody was there, or the neighbor had been away since it was sent.
    #[inline(always)]
    fn held_as_of(&self, exchange: &Exchange) -> Option<Found> {
        let &Exchange { neighbor, query, .. } = exchange;
        let node = self.node(neighbor);
        let has_left_since = node.departures > 0 && {
            let peer = &self.peers[neighbor as usize];
            if query < peer.came || (!node.present && peer.left < query) {
                return None;
            }
            if node.present && exchange.sent_at <= peer.left.time {
                return None;
            }
            !node.present
        };
        let since = if node.acquired_at < query.time { 0 } else { self.acquired_after(neighbor, node, query) };
        let dropped = has_left_since && node.chunks.is_none();
        let generation = if dropped { node.generation.wrapping_sub(1) } else { node.generation };
        Some(Found { count: node.held - since, generation })
    }

    /// The log that an answer tells of: of that `generation` of the neighbor's, if it still had it when the answer arrived.
    fn log_as_of(&self, neighbor: u32, answer: Key, generation: u8) -> Option<SetId> {
        let node = self.node(neighbor);
        if node.generation == generation {
            return node.chunks;
        }
        let peer = &self.peers[neighbor as usize];
        peer.left_log.filter(|_| answer < peer.left)
    }

    fn acquired_after(&self, peer: u32, node: &Presence, key: Key) -> u32 {
        let counted =
            || self.peers[peer as usize].recent.iter().rev().take_while(|&&acquired| acquired > key).count() as u32;
        // The common case, told without memory that may not be in the cache.
        if node.acquired_before < key.time && key.time < node.acquired_at {
            debug_assert_eq!(counted(), 1, "its latest chunk came after, and none between");
            return 1;
        }
        counted()
    }

    /// Notes that a peer has got a chunk, with the event `cause`. What no round can ask for any more is forgotten.
    #[inline]
    pub(super) fn note_acquired(&mut self, id: u32, cause: Key) {
        if !self.rounds.is_on {
            return;
        }
        let now = cause.time;
        let node = self.node_mut(id);
        (node.acquired_before, node.acquired_at) = (node.acquired_at, now);
        let recent = &mut self.peers[id as usize].recent;
        if recent.len() == recent.capacity() && recent.len() >= RECENT_AT_LEAST {
            // Rounds of other parts that begin in the window at hand may be longer than any before.
            let window = self.part.as_ref().map_or(Time::NEVER, |part| part.window_begins());
            let old = recent.partition_point(|key| key.time + self.rounds.longest < now && key.time < window);
            recent.drain(..old);
        }
        recent.push(cause);
    }

    /// A peer that is gone drops its log.
    pub(super) fn drop_log(&mut self, id: u32, log: SetId) {
        if !self.rounds.is_on {
            return self.chunks.release(log);
        }
        self.peers[id as usize].left_log = Some(log);
        self.rounds.dropped.push_back((self.now, log));
        while let Some(&(at, log)) = self.rounds.dropped.front() {
            if at + self.rounds.longest >= self.now {
                break;
            }
            self.rounds.dropped.pop_front();
            self.chunks.release(log);
        }
    }

    /// Peer `id` is about to come back. Where it has hardly been away, some round would have to tell three sessions apart:
    /// all are ended.
    pub(super) fn before_return(&mut self, queue: &mut Queue, id: u32) {
        if self.rounds.is_on && self.peers[id as usize].left.time + self.rounds.longest >= self.now {
            for peer in 1..=self.arrived {
                self.end_round(queue, peer);
            }
        }
    }

    /// The message that an answer's event carries, which is its asker's.
    #[inline]
    pub(super) fn answer_message(cause: Key, neighbor: u32) -> Message {
        let id = MessageId { origin: cause.origin, count: cause.count };
        Message { id, kind: MessageKind::ChunksQueryResponse, from: neighbor, to: node_of(cause.origin) }
    }
}
