//! A fingerprint of all that a run has told so far, in its order.

use crate::sim::Time;
use crate::swarm::config::Config;
use crate::swarm::{Body, Message, MessageId, Named, Observer, Record};

/// An observer that mixes whatever a trace would say of a run into one number. Unlike the digest of events it tells what an
/// event did at once, and not only when that leads to another event.
#[derive(Clone, Debug, Default)]
pub(super) struct Fingerprint {
    state: u64,
    groups: Vec<String>,
}

impl Fingerprint {
    /// The number for what was told so far.
    pub(super) fn value(&self) -> u64 {
        self.state
    }

    #[inline]
    fn mix(&mut self, value: u64) {
        self.state = (self.state.rotate_left(23) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    #[inline]
    fn message(&mut self, message: Message) {
        self.id(message.id);
        self.mix(u64::from(message.from) | u64::from(message.to) << 32);
    }

    #[inline]
    fn id(&mut self, id: MessageId) {
        self.mix(u64::from(id.origin.0) | u64::from(id.count) << 32);
    }

    #[inline]
    fn body(&mut self, body: Body<'_>) {
        match body {
            Body::Empty => {}
            Body::Count(count) => self.mix(u64::from(count)),
            Body::Chunk { chunk, bytes } => self.mix(u64::from(chunk) ^ bytes.rotate_left(32)),
            Body::Peers { count, named } => {
                self.mix(u64::from(count));
                if let Named::Sample(peers) = named {
                    peers.iter().for_each(|&peer| self.mix(u64::from(peer)));
                }
            }
        }
    }

    fn arrive(&mut self, record: &Record<'_>) {
        let Record::Arrive { peer, group, chunks, held, .. } = *record else { return };
        self.mix(u64::from(peer) | u64::from(held) << 32);
        chunks.words().iter().for_each(|&word| self.mix(word));
        let name = std::mem::take(&mut self.groups[usize::from(group)]);
        name.bytes().for_each(|byte| self.mix(u64::from(byte)));
        self.groups[usize::from(group)] = name;
    }
}

impl Observer for Fingerprint {
    fn begin(&mut self, config: &Config) {
        self.groups = config.groups.iter().map(|group| group.name.clone()).collect();
    }

    #[inline]
    fn record(&mut self, now: Time, record: &Record<'_>) {
        self.mix(now.as_nanos());
        match *record {
            Record::Send { message, re, body } => {
                self.mix(1 | (message.kind as u64) << 8);
                self.message(message);
                re.into_iter().for_each(|re| self.id(re));
                self.body(body);
            }
            Record::Deliver { message } => {
                self.mix(2);
                self.message(message);
            }
            Record::Lose { message, why } => {
                self.mix(3 | (why as u64) << 8);
                self.message(message);
            }
            Record::Cut { message } => {
                self.mix(4);
                self.message(message);
            }
            Record::Timeout { message } => {
                self.mix(5);
                self.message(message);
            }
            Record::Upload { message, start, end, bytes } => {
                self.mix(6);
                self.message(message);
                [start.as_nanos(), end.as_nanos(), bytes].into_iter().for_each(|value| self.mix(value));
            }
            Record::Acquire { peer, chunk, from, .. } => {
                self.mix(7 | u64::from(from) << 8);
                self.mix(u64::from(peer) | u64::from(chunk) << 32);
            }
            Record::Complete { peer } => self.mix(8 | u64::from(peer) << 8),
            Record::Arrive { .. } => self.arrive(record),
            Record::Depart { peer, why, .. } => self.mix(9 | (why as u64) << 4 | u64::from(peer) << 8),
            Record::List { peer, expires } => {
                self.mix(10 | u64::from(peer) << 8);
                self.mix(expires.as_nanos());
            }
            Record::Expire { peer, expires, alive } => {
                self.mix(11 | u64::from(alive) << 4 | u64::from(peer) << 8);
                self.mix(expires.as_nanos());
            }
            Record::Stop { why } => self.mix(12 | (why as u64) << 8),
            // A trace does not say so.
            Record::Wasted { .. } | Record::Unfinished { .. } => {}
        }
    }
}
