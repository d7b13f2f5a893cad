//! Chunks Query: what have you got?
//!
//! This is almost all of a swarm's traffic, and what it costs is memory that is not in the cache. So the handlers touch
//! [`Presence`](super::peer::Presence) alone. A query carries what its asker knows already, so that the answer can say "nothing new".
//! An answer with news goes into the asker's inbox, which is read when it matters: before the asker chooses what to fetch, and
//! before its neighbors change.

use super::action::{Action, What, node_of, origin_of};
use super::inbox::INBOX_AT_MOST;
use super::messages::Outgoing;
use super::neighbors::{Answer, Hint};
use super::round::NUMBERS;
use super::{Body, LossReason, Message, MessageKind, Observer, Queue, Record, Swarm};
use crate::sim::{Key, Span, Time};

/// A latency that does not fit into an event is looked up again.
pub(super) const LONG: u32 = u32::MAX;

/// A latency as an event carries it.
pub(super) fn packed(latency: Span) -> u32 {
    u32::try_from(latency.as_nanos()).unwrap_or(LONG)
}

/// What happens when an asker gives a query up.
pub(super) fn timeout(asker: u32, session: u16, query: Message) -> Action {
    Action { session, a: query.id.count, b: query.to, ..Action::new(What::QueryTimeout, asker) }
}

impl<O: Observer> Swarm<O> {
    /// The latency that an event carried, from one node to another.
    #[inline]
    pub(super) fn unpacked(&self, latency: u32, a: u32, b: u32) -> Span {
        if latency != LONG {
            return Span::from_nanos(u64::from(latency));
        }
        self.latency_between(a, b)
    }

    /// Asks every neighbor.
    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_query_due(&mut self, queue: &mut Queue, action: Action) {
        let peer = action.to;
        if !self.is_there(peer, action.session) {
            return;
        }
        if !self.node(peer).downloading {
            return;
        }
        self.end_round(queue, peer);
        self.read_answers(peer);
        if !self.begin_round(queue, peer) {
            self.query_each(queue, action);
        }
        let next = self.now + self.config.protocol.chunks_query_interval;
        self.schedule(queue, origin_of(peer), next, action);
    }

    /// Asks one neighbor after another.
    fn query_each(&mut self, queue: &mut Queue, action: Action) {
        let peer = action.to;
        for place in 0..self.downloads[peer as usize].neighbors.len() {
            let neighbors = &self.downloads[peer as usize].neighbors;
            let (id, b) = neighbors.address(place);
            let a = neighbors.hint(place);
            let latency = self.unpacked(b, peer, id);
            let action = Action { session: action.session, a, b, ..Action::new(What::Query, id) };
            let out = Outgoing {
                kind: MessageKind::ChunksQueryRequest,
                from: peer,
                to: id,
                re: None,
                body: Body::Empty,
                latency,
                action,
            };
            let (message, arrival) = self.send(queue, out);
            self.node_mut(peer).caused += NUMBERS - 1;
            if arrival.is_none() {
                let sent = Key { time: self.now, origin: message.origin, count: message.count };
                self.query_failed(queue, sent, action.session, id, self.now);
            }
        }
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_query(&mut self, queue: &mut Queue, cause: Key, action: Action) {
        let asker = node_of(cause.origin);
        let message = Self::message(cause, MessageKind::ChunksQueryRequest, action.to);
        let peer = *self.node(action.to);
        if !peer.present || (peer.departures > 0 && self.left_since_query(cause, action)) {
            self.lose(message, LossReason::Departed);
            return self.query_failed(queue, cause, action.session, action.to, self.query_sent_at(cause, action));
        }
        let (count, generation) = (peer.held, peer.generation);
        // Who has come back without its chunks may hold as many as before, but others.
        let news = generation != 0 || Hint(action.a).differs(count);
        self.deliver(message);
        let latency = self.way_back(self.unpacked(action.b, asker, action.to), action.to, asker);
        let answer = Action {
            tag: generation,
            session: action.session,
            a: Hint(action.a).answered(news),
            b: count,
            ..Action::new(What::QueryAnswer, action.to)
        };
        // An answer is its asker's event, and its number was set aside with the query's: it depends on nothing but the query.
        let key = Key { time: self.now, count: cause.count + 1, ..cause };
        let response = Self::answer_message(key, action.to);
        self.observer
            .record(self.now, &Record::Send { message: response, re: Some(message.id), body: Body::Count(count) });
        if let Some(why) = self.why_lost(MessageKind::ChunksQueryResponse, asker, action.to, key.count) {
            self.lose(response, why);
            self.query_failed(queue, cause, action.session, action.to, self.query_sent_at(cause, action));
        } else {
            let at = self.now + latency + self.jitter(asker, key.count);
            self.schedule_as(queue, Key { time: at, ..key }, answer);
        }
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_query_answer(&mut self, queue: &mut Queue, cause: Key, action: Action) {
        let message = Self::answer_message(cause, action.to);
        let asker = message.to;
        if !self.is_there(asker, action.session) {
            return self.lose(message, LossReason::Departed);
        }
        self.deliver(message);
        if !Hint(action.a).is_news() || !self.node(asker).downloading {
            return;
        }
        let neighbor = self.node(message.from);
        // An answer from before the neighbor left and came back without its chunks tells of a log that is gone.
        let Some(set) = neighbor.chunks.filter(|_| neighbor.generation == action.tag) else { return };
        let place = Hint(action.a).place();
        let answer = Answer { from: message.from, place, count: action.b, set, generation: action.tag };
        // It is of an earlier round, which took longer than the time between two: what the queries under way carry was known before it.
        self.end_round(queue, asker);
        let node = self.node_mut(asker);
        let unread = node.unread;
        if node.hungry {
            // Who waits for it reads it at once, and has read all others.
            debug_assert!(unread == 0 && !node.asking, "the hungry leave nothing unread");
            let Swarm { downloads, chunks, scratch, .. } = self;
            if downloads[asker as usize].neighbors.learn(&answer, chunks, &mut scratch.counting) {
                self.fetch_more(queue, asker);
            }
            return;
        }
        node.unread += 1;
        self.chunks.retain(set);
        self.inboxes.put(asker, unread, answer);
        if usize::from(unread) + 1 == INBOX_AT_MOST {
            self.read_answers(asker);
        }
    }

    /// Reads what answers a peer has got; true where its inbox held news.
    pub(super) fn read_answers(&mut self, peer: u32) -> bool {
        if self.node(peer).asking {
            self.settle_round(peer);
        }
        let unread = std::mem::take(&mut self.node_mut(peer).unread);
        if unread == 0 {
            return false;
        }
        let Swarm { inboxes, downloads, chunks, scratch, .. } = self;
        let answers = inboxes.unread(peer, unread);
        let neighbors = &mut downloads[peer as usize].neighbors;
        answers.iter().for_each(|answer| chunks.fetch_log(answer.set, answer.count.saturating_sub(1)));
        let mut news = false;
        for answer in answers {
            news |= neighbors.learn(answer, chunks, &mut scratch.counting);
            chunks.release(answer.set);
        }
        news
    }

    /// Whether the receiver of a query that arrives now has been away since it was sent.
    #[cold]
    fn left_since_query(&self, cause: Key, action: Action) -> bool {
        self.query_sent_at(cause, action) <= self.peers[action.to as usize].left.time
    }

    /// When a query that arrives now was sent.
    fn query_sent_at(&self, cause: Key, action: Action) -> Time {
        let asker = node_of(cause.origin);
        let took = self.unpacked(action.b, asker, action.to) + self.jitter(asker, cause.count);
        Time::from_nanos(self.now.as_nanos() - took.as_nanos())
    }

    /// A `query`, sent at `sent`, will not be answered, as shows now. The asker notices after the timeout; that matters
    /// only where neighbors that failed are dropped.
    fn query_failed(&mut self, queue: &mut Queue, query: Key, session: u16, neighbor: u32, sent: Time) {
        if self.config.tracker.max_peers_returned.is_none() {
            return;
        }
        let at = (sent + self.config.protocol.request_timeout).max(self.now);
        let message = Self::message(query, MessageKind::ChunksQueryRequest, neighbor);
        let key = Key { time: at, count: query.count + 2, ..query };
        self.schedule_as(queue, key, timeout(message.from, session, message));
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_query_timeout(&mut self, queue: &mut Queue, action: Action) {
        let Action { to: asker, a: request, b: neighbor, .. } = action;
        if !self.is_there(asker, action.session) {
            return;
        }
        self.end_round(queue, asker);
        self.read_answers(asker);
        let neighbors = &mut self.downloads[asker as usize].neighbors;
        let Some(place) = neighbors.find(neighbor) else { return };
        neighbors.remove(place, &mut self.chunks);
        let cause = Key { time: self.now, origin: origin_of(asker), count: request };
        self.record(Record::Timeout { message: Self::message(cause, MessageKind::ChunksQueryRequest, neighbor) });
    }
}
