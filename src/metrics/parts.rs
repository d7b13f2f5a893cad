//! Metrics of a swarm in parts.
//!
//! A part counts messages itself, which add up. What depends on the order of events, such as who is there and how many copies there are, it
//! writes down; the whole takes it in as if it had seen it, part beside part in the order of events.

use super::Metrics;
use super::traffic::Traffic;
use crate::chunks::Bits;
use crate::sim::{Key, Origin, Time};
use crate::swarm::config::Config;
use crate::swarm::{Body, Divisible, Message, MessageId, MessageKind, Named, Observer, Record};

/// How far ahead of its turn a record is looked at.
const AHEAD: usize = 8;

/// After so many records, it may be enough for now.
const AT_A_TIME: usize = 8;

/// Watches a part of a swarm.
#[derive(Debug)]
pub struct Part {
    traffic: Traffic,
    /// The event at hand.
    cause: Key,
    written: Vec<(Key, Written)>,
    /// How many of these the whole has taken in.
    taken: usize,
    /// Whom lists name, one list after the other.
    named: Vec<u32>,
}

/// A record as it is written down.
#[derive(Debug)]
enum Written {
    Plain(Record<'static>),
    Arrive(Box<Arrival>),
    /// The tracker sent a list.
    Listed(Sent),
}

/// See [`Record::Arrive`].
#[derive(Debug)]
struct Arrival {
    peer: u32,
    group: u16,
    session: u16,
    up_bits_per_s: u64,
    down_bits_per_s: u64,
    chunks: Vec<u64>,
    held: u32,
}

/// See [`Record::Send`].
#[derive(Debug)]
struct Sent {
    message: Message,
    re: Option<MessageId>,
    count: u32,
    /// Where those begin whom it names; `None`: everyone.
    named: Option<u32>,
}

impl Part {
    fn write(&mut self, written: Written) {
        self.written.push((self.cause, written));
    }
}

impl Observer for Part {
    const IN_ORDER: bool = false;

    fn begin(&mut self, _: &Config) {}

    #[inline(always)]
    fn event(&mut self, cause: Key) {
        self.cause = cause;
    }

    #[inline(always)]
    fn record(&mut self, now: Time, record: &Record<'_>) {
        // What is counted may be told late; the rest is told with its event.
        match *record {
            Record::Send { message, re, body: Body::Peers { count, named } } => {
                let named = match named {
                    Named::Everyone => None,
                    Named::Sample(peers) => {
                        let from = self.named.len() as u32;
                        self.named.extend_from_slice(peers);
                        Some(from)
                    }
                };
                self.write(Written::Listed(Sent { message, re, count, named }));
            }
            Record::Send { message, body, .. } => self.traffic.sent(message.kind, body),
            Record::Deliver { message } if message.kind == MessageKind::JoinResponse => {
                self.write(Written::Plain(Record::Deliver { message }));
            }
            Record::Deliver { message } => self.traffic.delivered(message.kind),
            Record::Lose { message, why } => self.traffic.lost(message.kind, why),
            Record::Cut { message } => self.traffic.cut(message.kind),
            Record::Timeout { .. } => {}
            Record::Arrive { peer, group, session, up_bits_per_s, down_bits_per_s, chunks, held } => {
                let chunks = chunks.words().to_vec();
                let arrival = Arrival { peer, group, session, up_bits_per_s, down_bits_per_s, chunks, held };
                self.write(Written::Arrive(Box::new(arrival)));
            }
            Record::List { peer, expires } => self.write(Written::Plain(Record::List { peer, expires })),
            Record::Expire { peer, expires, alive } => {
                self.write(Written::Plain(Record::Expire { peer, expires, alive }));
            }
            Record::Upload { message, start, end, bytes } => {
                self.write(Written::Plain(Record::Upload { message, start, end, bytes }));
            }
            Record::Wasted { from, bytes, why } => self.write(Written::Plain(Record::Wasted { from, bytes, why })),
            Record::Acquire { peer, chunk, from, bytes } => {
                self.write(Written::Plain(Record::Acquire { peer, chunk, from, bytes }));
            }
            Record::Complete { peer } => self.write(Written::Plain(Record::Complete { peer })),
            Record::Depart { .. } | Record::Unfinished { .. } | Record::Stop { .. } => {
                unreachable!("nobody leaves, and nothing ends, while a swarm is in parts: {record:?} at {now:?}")
            }
        }
    }
}

impl Divisible for Metrics {
    type Part = Part;

    fn part(&self) -> Part {
        let cause = Key { time: Time::ZERO, origin: Origin(0), count: 0 };
        Part { traffic: self.traffic.part(), cause, written: Vec::new(), taken: 0, named: Vec::new() }
    }

    fn absorb(&mut self, from: Time, parts: &mut [Part], is_enough: &dyn Fn() -> bool) -> bool {
        if self.timeline.is_due_before(from) {
            self.sample_until(from);
        }
        if parts.iter().all(|part| part.taken == 0) {
            parts.iter_mut().for_each(|part| self.traffic.join(&mut part.traffic));
        }
        let next = |part: &Part| part.written.get(part.taken).map(|(key, _)| key.packed());
        loop {
            // Which part's turn it is, and up to which event of another's.
            let first = (0..parts.len()).filter_map(|number| Some((next(&parts[number])?, number))).min();
            let Some((_, number)) = first else { break };
            let others = (0..parts.len()).filter(|&other| other != number);
            let until = others.filter_map(|other| next(&parts[other])).min().unwrap_or(u128::MAX);
            self.take_in_until(until, &mut parts[number], is_enough);
            if is_enough() {
                return false;
            }
        }
        for part in parts {
            part.written.clear();
            part.named.clear();
            part.taken = 0;
        }
        true
    }
}

impl Metrics {
    /// Takes in what a part has seen before an event, until it `is_enough` for now.
    fn take_in_until(&mut self, event: u128, part: &mut Part, is_enough: &dyn Fn() -> bool) {
        let Part { written, taken, named, .. } = part;
        while let Some((key, one)) = written.get(*taken).filter(|(key, _)| key.packed() < event) {
            if let Some((_, later)) = written.get(*taken + AHEAD) {
                self.look_ahead_to(later);
            }
            self.take_in(key.time, one, named);
            *taken += 1;
            if *taken % AT_A_TIME == 0 && is_enough() {
                break;
            }
        }
    }

    fn take_in(&mut self, at: Time, written: &Written, named: &[u32]) {
        match written {
            Written::Plain(record) => self.record(at, record),
            Written::Arrive(arrival) => {
                let &Arrival { peer, group, session, up_bits_per_s, down_bits_per_s, ref chunks, held } = &**arrival;
                let chunks = Bits::of_words(chunks);
                let record = Record::Arrive { peer, group, session, up_bits_per_s, down_bits_per_s, chunks, held };
                self.record(at, &record);
            }
            Written::Listed(sent) => {
                let Sent { message, re, count, named: from } = *sent;
                let sample = |from: u32| Named::Sample(&named[from as usize..][..count as usize]);
                let named = from.map_or(Named::Everyone, sample);
                self.record(at, &Record::Send { message, re, body: Body::Peers { count, named } });
            }
        }
    }

    fn look_ahead_to(&self, written: &Written) {
        match written {
            Written::Plain(Record::Acquire { peer, .. }) => self.look_ahead(*peer, true),
            Written::Plain(Record::Upload { message, .. }) => self.look_ahead(message.from, false),
            _ => {}
        }
    }
}
