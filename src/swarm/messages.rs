//! Sending: what every message has in common.

use super::action::{Action, origin_of};
use super::{Body, LossReason, Message, MessageId, MessageKind, Observer, Queue, Record, Swarm, TRACKER};
use crate::sim::{Key, Owner, Purpose, Span, Time};

/// A message to be sent.
pub(super) struct Outgoing<'a> {
    pub kind: MessageKind,
    pub from: u32,
    pub to: u32,
    pub re: Option<MessageId>,
    pub body: Body<'a>,
    pub latency: Span,
    /// What happens when it arrives.
    pub action: Action,
}

impl<O: Observer> Swarm<O> {
    /// Sends a message: it will arrive after the latency and its jitter, unless it is lost by chance, as any may be but
    /// those of a fetch, or in a partition. Returns its name and, if it is on its way, its arrival.
    // Inlined, so that each caller's kind of message is known to the observer when it is compiled.
    #[inline(always)]
    pub(super) fn send(&mut self, queue: &mut Queue, out: Outgoing<'_>) -> (MessageId, Option<Time>) {
        let origin = origin_of(out.from);
        let count = self.presence[origin.0 as usize].caused;
        let id = MessageId { origin, count };
        let message = Message { id, kind: out.kind, from: out.from, to: out.to };
        self.observer.record(self.now, &Record::Send { message, re: out.re, body: out.body });
        if let Some(why) = self.why_lost(out.kind, out.from, out.to, count) {
            self.next_count(origin);
            self.record(Record::Lose { message, why });
            return (id, None);
        }
        let at = self.now + out.latency + self.jitter(out.from, count);
        self.schedule(queue, origin, at, out.action);
        (id, Some(at))
    }

    /// Why message number `count` of `from`, sent now, is lost, if it is.
    #[inline]
    pub(super) fn why_lost(&self, kind: MessageKind, from: u32, to: u32, count: u32) -> Option<LossReason> {
        if self.is_lost(kind, from, count) {
            return Some(LossReason::Loss);
        }
        if self.faults.are_none() {
            return None;
        }
        if self.are_parted(from, to) {
            return Some(LossReason::Partition);
        }
        (!Self::is_spared(kind) && self.is_lost_to_fault(from, to, count)).then_some(LossReason::Loss)
    }

    fn is_lost(&self, kind: MessageKind, from: u32, count: u32) -> bool {
        let loss = self.config.network.loss;
        loss > 0.0
            && !Self::is_spared(kind)
            && self.streams.at(self.owner_of(from), Purpose::Loss, u64::from(count)).chance(loss)
    }

    /// The latency from one node to another.
    pub(super) fn latency_between(&self, from: u32, to: u32) -> Span {
        self.latency.between(self.owner_of(from), self.owner_of(to))
    }

    /// The latency from `from` to `to`, where that from `to` to `from` is known.
    #[inline]
    pub(super) fn way_back(&self, latency: Span, from: u32, to: u32) -> Span {
        if self.is_lopsided { self.latency_between(from, to) } else { latency }
    }

    /// What is added to the latency of message number `count` of `from`.
    #[inline]
    pub(super) fn jitter(&self, from: u32, count: u32) -> Span {
        if !self.has_jitter {
            return Span::ZERO;
        }
        let draw = self.streams.draw(self.owner_of(from), Purpose::Jitter, u64::from(count));
        Span::from_nanos_f64(self.config.network.jitter.sample(draw))
    }

    pub(super) fn owner_of(&self, node: u32) -> Owner {
        if node == TRACKER { Owner::TRACKER } else { self.peers[node as usize].owner }
    }

    /// The message that an event carries.
    #[inline]
    pub(super) fn message(cause: Key, kind: MessageKind, to: u32) -> Message {
        let id = MessageId { origin: cause.origin, count: cause.count };
        Message { id, kind, from: super::node_of(cause.origin), to }
    }

    #[inline]
    pub(super) fn deliver(&mut self, message: Message) {
        self.observer.record(self.now, &Record::Deliver { message });
    }

    #[inline]
    pub(super) fn lose(&mut self, message: Message, why: LossReason) {
        self.record(Record::Lose { message, why });
    }
}
