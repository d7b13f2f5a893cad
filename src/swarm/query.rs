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
use super::{Body, LossReason, MessageKind, Observer, Queue, Record, Swarm};
use crate::sim::{Key, Span, Time};

/// A latency that does not fit into an event is looked up again.
const LONG: u32 = u32::MAX;

/// A latency as an event carries it.
pub(super) fn packed(latency: Span) -> u32 {
    u32::try_from(latency.as_nanos()).unwrap_or(LONG)
}

/// A query that will not be answered.
#[derive(Clone, Copy)]
struct Failed {
    asker: u32,
    session: u16,
    neighbor: u32,
    request: u32,
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
    pub(super) fn on_query_due(&mut self, queue: &mut Queue, action: Action) {
        let peer = action.to;
        if !self.is_there(peer, action.session) {
            return;
        }
        if !self.node(peer).downloading {
            return;
        }
        self.read_answers(peer);
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
            if arrival.is_none() {
                let failed = Failed { asker: peer, session: action.session, neighbor: id, request: message.count };
                self.query_failed(queue, peer, failed, self.now);
            }
        }
        let next = self.now + self.config.protocol.chunks_query_interval;
        self.schedule(queue, origin_of(peer), next, action);
    }

    pub(super) fn on_query(&mut self, queue: &mut Queue, cause: Key, action: Action) {
        let asker = node_of(cause.origin);
        let message = Self::message(cause, MessageKind::ChunksQueryRequest, action.to);
        let failed = Failed { asker, session: action.session, neighbor: action.to, request: cause.count };
        let peer = *self.node(action.to);
        if !peer.present || (peer.departures > 0 && self.left_since_query(cause, action)) {
            self.lose(message, LossReason::Departed);
            return self.query_failed(queue, action.to, failed, self.query_sent_at(cause, action));
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
            ..Action::new(What::QueryAnswer, asker)
        };
        let out = Outgoing {
            kind: MessageKind::ChunksQueryResponse,
            from: action.to,
            to: asker,
            re: Some(message.id),
            body: Body::Count(count),
            latency,
            action: answer,
        };
        if self.send(queue, out).1.is_none() {
            self.query_failed(queue, action.to, failed, self.query_sent_at(cause, action));
        }
    }

    pub(super) fn on_query_answer(&mut self, queue: &mut Queue, cause: Key, action: Action) {
        let message = Self::message(cause, MessageKind::ChunksQueryResponse, action.to);
        if !self.is_there(action.to, action.session) {
            return self.lose(message, LossReason::Departed);
        }
        self.deliver(message);
        if !Hint(action.a).is_news() || !self.node(action.to).downloading {
            return;
        }
        let neighbor = self.node(message.from);
        // An answer from before the neighbor left and came back without its chunks tells of a log that is gone.
        let Some(set) = neighbor.chunks.filter(|_| neighbor.generation == action.tag) else { return };
        let place = Hint(action.a).place();
        let answer = Answer { from: message.from, place, count: action.b, set };
        self.chunks.retain(set);
        let node = self.node_mut(action.to);
        let unread = node.unread;
        node.unread += 1;
        let hungry = node.hungry;
        self.inboxes.put(action.to, unread, answer);
        if hungry {
            if self.read_answers(action.to) {
                self.fetch_more(queue, action.to);
            }
        } else if usize::from(unread) + 1 == INBOX_AT_MOST {
            self.read_answers(action.to);
        }
    }

    /// Reads a peer's inbox; true where it held news.
    pub(super) fn read_answers(&mut self, peer: u32) -> bool {
        let unread = std::mem::take(&mut self.node_mut(peer).unread);
        if unread == 0 {
            return false;
        }
        let Swarm { inboxes, downloads, chunks, scratch, .. } = self;
        let answers = inboxes.unread(peer, unread);
        let neighbors = &mut downloads[peer as usize].neighbors;
        answers.iter().for_each(|answer| chunks.prepare_end(answer.set, answer.count));
        let mut news = false;
        for answer in answers {
            news |= neighbors.learn(answer, chunks, &mut scratch.news);
            chunks.release(answer.set);
        }
        news
    }

    /// Whether the receiver of a query that arrives now has been away since it was sent.
    #[cold]
    fn left_since_query(&self, cause: Key, action: Action) -> bool {
        self.query_sent_at(cause, action) <= self.peers[action.to as usize].departed_at
    }

    /// When a query that arrives now was sent.
    fn query_sent_at(&self, cause: Key, action: Action) -> Time {
        let asker = node_of(cause.origin);
        let took = self.unpacked(action.b, asker, action.to) + self.jitter(asker, cause.count);
        Time::from_nanos(self.now.as_nanos() - took.as_nanos())
    }

    /// A query sent at `sent` will not be answered, as shows now at node `by`. The asker notices after the timeout; that
    /// matters only where neighbors that failed are dropped.
    fn query_failed(&mut self, queue: &mut Queue, by: u32, failed: Failed, sent: Time) {
        if self.config.tracker.max_peers_returned.is_none() {
            return;
        }
        let Failed { asker, session, neighbor, request } = failed;
        let at = (sent + self.config.protocol.request_timeout).max(self.now);
        let action = Action { session, a: request, b: neighbor, ..Action::new(What::QueryTimeout, asker) };
        self.schedule(queue, origin_of(by), at, action);
    }

    pub(super) fn on_query_timeout(&mut self, action: Action) {
        let Action { to: asker, a: request, b: neighbor, .. } = action;
        if !self.is_there(asker, action.session) {
            return;
        }
        self.read_answers(asker);
        let neighbors = &mut self.downloads[asker as usize].neighbors;
        let Some(place) = neighbors.find(neighbor) else { return };
        neighbors.remove(place, &mut self.chunks);
        let cause = Key { time: self.now, origin: origin_of(asker), count: request };
        self.record(Record::Timeout { message: Self::message(cause, MessageKind::ChunksQueryRequest, neighbor) });
    }
}
