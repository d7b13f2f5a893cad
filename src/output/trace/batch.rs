//! Records that are kept, to be told later.

use super::lines::Lines;
use crate::chunks::Bits;
use crate::sim::{Origin, Time};
use crate::swarm::{Body, DepartReason, LossReason, Message, MessageId, MessageKind, Named, Record, StopReason};

/// Words of all records, after which no more are kept.
const MOST_WORDS: usize = 1 << 17;

/// Records in the order in which they came, in as few words as each needs: a record itself has room for the largest kind, which is twice
/// what most take, and all of it goes from one core's cache to another's.
#[derive(Debug, Default)]
pub(super) struct Batch {
    records: usize,
    /// Of each record: [`Head`], the time in two words, and what its kind has besides.
    words: Vec<u32>,
    /// Chunks that those who arrive hold: a set each.
    sets: Vec<u64>,
}

/// A record's first word: what it is, what message it is about, and what else fits into a few bits.
#[derive(Clone, Copy)]
struct Head(u32);

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Arrive,
    Depart,
    Send,
    Deliver,
    Lose,
    Cut,
    Timeout,
    List,
    Expire,
    Upload,
    Acquire,
    Complete,
    Stop,
}

const TAGS: [Tag; 13] = [
    Tag::Arrive,
    Tag::Depart,
    Tag::Send,
    Tag::Deliver,
    Tag::Lose,
    Tag::Cut,
    Tag::Timeout,
    Tag::List,
    Tag::Expire,
    Tag::Upload,
    Tag::Acquire,
    Tag::Complete,
    Tag::Stop,
];

const KINDS: [MessageKind; 9] = [
    MessageKind::JoinRequest,
    MessageKind::JoinResponse,
    MessageKind::ActiveProofRequest,
    MessageKind::PeerListRequest,
    MessageKind::PeerListResponse,
    MessageKind::ChunksQueryRequest,
    MessageKind::ChunksQueryResponse,
    MessageKind::FetchChunkRequest,
    MessageKind::FetchChunkResponse,
];

const LOSSES: [LossReason; 4] = [LossReason::Loss, LossReason::Departed, LossReason::Outage, LossReason::Partition];
const DEPARTURES: [DepartReason; 2] = [DepartReason::Session, DepartReason::Completed];
const STOPS: [StopReason; 3] = [StopReason::AllComplete, StopReason::Empty, StopReason::Time];

// Bodies, in the last bits of a head. What is sent as an answer has `ANSWER` besides.
const EMPTY: u32 = 0;
const COUNT: u32 = 1;
const CHUNK: u32 = 2;
const EVERYONE: u32 = 3;
const SAMPLE: u32 = 4;
const ANSWER: u32 = 8;

impl Head {
    fn new(tag: Tag, more: u32) -> Head {
        Head(tag as u32 | more << 16)
    }

    fn of_message(tag: Tag, kind: MessageKind, more: u32) -> Head {
        Head(tag as u32 | (kind as u32) << 8 | more << 16)
    }

    fn tag(self) -> Tag {
        TAGS[(self.0 & 0xff) as usize]
    }

    fn kind(self) -> MessageKind {
        KINDS[(self.0 >> 8 & 0xff) as usize]
    }

    fn more(self) -> u32 {
        self.0 >> 16
    }
}

/// A number in two words.
fn halves(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
}

fn whole([low, high]: [u32; 2]) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

impl Batch {
    /// Keeps a record, if a trace has a line for it.
    #[inline(always)]
    pub fn keep(&mut self, now: Time, record: &Record<'_>) {
        match *record {
            Record::Send { message, re, body } => self.keep_sent(now, message, re, body),
            Record::Deliver { message } => self.keep_message(Tag::Deliver, now, message, 0),
            Record::Lose { message, why } => self.keep_message(Tag::Lose, now, message, why as u32),
            Record::Cut { message } => self.keep_message(Tag::Cut, now, message, 0),
            Record::Timeout { message } => self.keep_message(Tag::Timeout, now, message, 0),
            Record::Upload { message, start, end, bytes } => {
                self.keep_message(Tag::Upload, now, message, 0);
                self.keep_numbers([start.as_nanos(), end.as_nanos(), bytes]);
            }
            Record::Acquire { peer, chunk, from, bytes } => {
                let [low, high] = halves(bytes);
                self.keep_words(Head::new(Tag::Acquire, 0), now, [peer, chunk, from, low, high]);
            }
            Record::Complete { peer } => self.keep_words(Head::new(Tag::Complete, 0), now, [peer]),
            Record::Arrive { peer, group, session, up_bits_per_s, down_bits_per_s, chunks, held } => {
                let head = Head::new(Tag::Arrive, u32::from(group));
                self.keep_words(head, now, [peer, u32::from(session), held]);
                self.keep_numbers([up_bits_per_s, down_bits_per_s]);
                self.sets.extend_from_slice(chunks.words());
            }
            // What who leaves holds is in no line.
            Record::Depart { peer, why, returns, .. } => {
                self.keep_words(Head::new(Tag::Depart, (why as u32) << 1 | u32::from(returns)), now, [peer]);
            }
            Record::List { peer, expires } => {
                let [low, high] = halves(expires.as_nanos());
                self.keep_words(Head::new(Tag::List, 0), now, [peer, low, high]);
            }
            Record::Expire { peer, expires, alive } => {
                let [low, high] = halves(expires.as_nanos());
                self.keep_words(Head::new(Tag::Expire, u32::from(alive)), now, [peer, low, high]);
            }
            Record::Stop { why } => self.keep_words(Head::new(Tag::Stop, why as u32), now, []),
            Record::Wasted { .. } | Record::Unfinished { .. } => return,
        }
        self.records += 1;
    }

    /// Whether it is time to tell what is kept, if that is so many records at most.
    #[inline(always)]
    pub fn is_full(&self, most_records: usize) -> bool {
        self.records >= most_records || self.words.len() + 2 * self.sets.len() >= MOST_WORDS
    }

    #[inline(always)]
    fn keep_words<const N: usize>(&mut self, head: Head, now: Time, words: [u32; N]) {
        let [low, high] = halves(now.as_nanos());
        self.words.extend_from_slice(&[head.0, low, high]);
        self.words.extend_from_slice(&words);
    }

    fn keep_numbers<const N: usize>(&mut self, numbers: [u64; N]) {
        for number in numbers {
            self.words.extend_from_slice(&halves(number));
        }
    }

    #[inline(always)]
    fn keep_message(&mut self, tag: Tag, now: Time, message: Message, more: u32) {
        let Message { id, kind, from, to } = message;
        let [low, high] = halves(now.as_nanos());
        let head = Head::of_message(tag, kind, more);
        self.words.extend_from_slice(&[head.0, low, high, id.origin.0, id.count, from, to]);
    }

    #[inline(always)]
    fn keep_sent(&mut self, now: Time, message: Message, re: Option<MessageId>, body: Body<'_>) {
        let kind = match body {
            Body::Empty => EMPTY,
            Body::Count(_) => COUNT,
            Body::Chunk { .. } => CHUNK,
            Body::Peers { named: Named::Everyone, .. } => EVERYONE,
            Body::Peers { named: Named::Sample(_), .. } => SAMPLE,
        };
        self.keep_message(Tag::Send, now, message, if re.is_some() { kind | ANSWER } else { kind });
        if let Some(re) = re {
            self.words.extend_from_slice(&[re.origin.0, re.count]);
        }
        match body {
            Body::Empty => {}
            Body::Count(count) | Body::Peers { count, named: Named::Everyone } => self.words.push(count),
            Body::Chunk { chunk, bytes } => {
                let [low, high] = halves(bytes);
                self.words.extend_from_slice(&[chunk, low, high]);
            }
            Body::Peers { count, named: Named::Sample(peers) } => {
                debug_assert_eq!(peers.len(), count as usize);
                self.words.push(count);
                self.words.extend_from_slice(peers);
            }
        }
    }

    /// Makes lines of all, of a file of so many chunks. `made` looks at the lines after each record.
    pub fn tell<E>(
        &self,
        lines: &mut Lines,
        chunks: usize,
        mut made: impl FnMut(&mut Lines) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut kept = Kept { words: &self.words, sets: &self.sets, words_a_set: chunks.div_ceil(64) };
        while !kept.words.is_empty() {
            let (now, record) = kept.record();
            lines.add(now, &record);
            made(lines)?;
        }
        Ok(())
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.records = 0;
        self.words.clear();
        self.sets.clear();
    }
}

/// What is kept and not told yet.
struct Kept<'a> {
    words: &'a [u32],
    sets: &'a [u64],
    words_a_set: usize,
}

impl<'a> Kept<'a> {
    #[inline(always)]
    fn take<const N: usize>(&mut self) -> [u32; N] {
        let (words, rest) = self.words.split_first_chunk().expect("a record is whole");
        self.words = rest;
        *words
    }

    #[inline(always)]
    fn number(&mut self) -> u64 {
        whole(self.take())
    }

    fn time(&mut self) -> Time {
        Time::from_nanos(self.number())
    }

    /// The message that a record with this head is about.
    #[inline(always)]
    fn message(&mut self, head: Head) -> Message {
        let [origin, count, from, to] = self.take();
        Message { id: MessageId { origin: Origin(origin), count }, kind: head.kind(), from, to }
    }

    #[inline(always)]
    fn record(&mut self) -> (Time, Record<'a>) {
        let [head, low, high] = self.take();
        let (head, now) = (Head(head), Time::from_nanos(whole([low, high])));
        let record = match head.tag() {
            Tag::Send => self.sent(head),
            Tag::Deliver => Record::Deliver { message: self.message(head) },
            Tag::Lose => Record::Lose { message: self.message(head), why: LOSSES[head.more() as usize] },
            Tag::Cut => Record::Cut { message: self.message(head) },
            Tag::Timeout => Record::Timeout { message: self.message(head) },
            Tag::Upload => {
                let message = self.message(head);
                Record::Upload { message, start: self.time(), end: self.time(), bytes: self.number() }
            }
            Tag::Acquire => {
                let [peer, chunk, from, low, high] = self.take();
                Record::Acquire { peer, chunk, from, bytes: whole([low, high]) }
            }
            Tag::Complete => Record::Complete { peer: self.take::<1>()[0] },
            Tag::Arrive => self.arrival(head.more() as u16),
            Tag::Depart => Record::Depart {
                peer: self.take::<1>()[0],
                why: DEPARTURES[(head.more() >> 1) as usize],
                chunks: Bits::default(),
                returns: head.more() & 1 != 0,
            },
            Tag::List => Record::List { peer: self.take::<1>()[0], expires: self.time() },
            Tag::Expire => Record::Expire { peer: self.take::<1>()[0], expires: self.time(), alive: head.more() != 0 },
            Tag::Stop => Record::Stop { why: STOPS[head.more() as usize] },
        };
        (now, record)
    }

    #[inline(always)]
    fn sent(&mut self, head: Head) -> Record<'a> {
        let message = self.message(head);
        let re = (head.more() & ANSWER != 0).then(|| {
            let [origin, count] = self.take();
            MessageId { origin: Origin(origin), count }
        });
        let body = match head.more() & !ANSWER {
            EMPTY => Body::Empty,
            COUNT => Body::Count(self.take::<1>()[0]),
            CHUNK => Body::Chunk { chunk: self.take::<1>()[0], bytes: self.number() },
            EVERYONE => Body::Peers { count: self.take::<1>()[0], named: Named::Everyone },
            more => {
                debug_assert_eq!(more, SAMPLE);
                let [count] = self.take();
                let (peers, rest) = self.words.split_at(count as usize);
                self.words = rest;
                Body::Peers { count, named: Named::Sample(peers) }
            }
        };
        Record::Send { message, re, body }
    }

    fn arrival(&mut self, group: u16) -> Record<'a> {
        let [peer, session, held] = self.take();
        let (up_bits_per_s, down_bits_per_s) = (self.number(), self.number());
        let (set, rest) = self.sets.split_at(self.words_a_set);
        self.sets = rest;
        let chunks = Bits::of_words(set);
        Record::Arrive { peer, group, session: session as u16, up_bits_per_s, down_bits_per_s, chunks, held }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kind that is not here is an error of the compiler: it belongs into a table, too.
    fn places(kind: MessageKind, loss: LossReason, depart: DepartReason, stop: StopReason) -> [usize; 4] {
        let kind = match kind {
            MessageKind::JoinRequest => 0,
            MessageKind::JoinResponse => 1,
            MessageKind::ActiveProofRequest => 2,
            MessageKind::PeerListRequest => 3,
            MessageKind::PeerListResponse => 4,
            MessageKind::ChunksQueryRequest => 5,
            MessageKind::ChunksQueryResponse => 6,
            MessageKind::FetchChunkRequest => 7,
            MessageKind::FetchChunkResponse => 8,
        };
        let loss = match loss {
            LossReason::Loss => 0,
            LossReason::Departed => 1,
            LossReason::Outage => 2,
            LossReason::Partition => 3,
        };
        let depart = match depart {
            DepartReason::Session => 0,
            DepartReason::Completed => 1,
        };
        let stop = match stop {
            StopReason::AllComplete => 0,
            StopReason::Empty => 1,
            StopReason::Time => 2,
        };
        [kind, loss, depart, stop]
    }

    #[test]
    fn tables_have_each_kind_in_its_place() {
        for (place, kind) in KINDS.into_iter().enumerate() {
            let (loss, depart, stop) = (place % LOSSES.len(), place % DEPARTURES.len(), place % STOPS.len());
            let found = places(kind, LOSSES[loss], DEPARTURES[depart], STOPS[stop]);
            assert_eq!(found, [place, loss, depart, stop]);
        }
    }

    /// What is kept comes back as it was, whatever it is.
    #[test]
    fn all_kinds_of_records_come_back() {
        let sets = [[u64::MAX, 5], [0, 1 << 40]];
        let message = |kind, n| Message {
            id: MessageId { origin: Origin(u32::MAX - n), count: n << 7 },
            kind,
            from: n,
            to: u32::MAX - 3 * n,
        };
        let mut records = Vec::new();
        let re = MessageId { origin: Origin(12), count: u32::MAX };
        for (n, kind) in (1..).zip(KINDS) {
            let message = message(kind, n);
            for re in [None, Some(re)] {
                for body in [
                    Body::Empty,
                    Body::Count(n),
                    Body::Chunk { chunk: u32::MAX, bytes: 1 << 40 | 3 },
                    Body::Peers { count: 77, named: Named::Everyone },
                    Body::Peers { count: 0, named: Named::Sample(&[]) },
                    Body::Peers { count: 3, named: Named::Sample(&[7, u32::MAX, 0]) },
                ] {
                    records.push(Record::Send { message, re, body });
                }
            }
            records.extend([Record::Deliver { message }, Record::Cut { message }, Record::Timeout { message }]);
            records.extend(LOSSES.map(|why| Record::Lose { message, why }));
            let (start, end) = (Time::from_nanos(1 << 50), Time::from_nanos(u64::MAX));
            records.push(Record::Upload { message, start, end, bytes: u64::MAX - 1 });
        }
        for (set, group) in sets.iter().zip([0, u16::MAX]) {
            let chunks = Bits::of_words(set);
            let (up_bits_per_s, down_bits_per_s) = (u64::MAX, 1 << 33);
            records.push(Record::Arrive {
                peer: 9,
                group,
                session: !group,
                up_bits_per_s,
                down_bits_per_s,
                chunks,
                held: 70,
            });
        }
        for yes in [false, true] {
            let expires = Time::from_nanos(u64::MAX / 3);
            let chunks = Bits::default();
            records.extend(DEPARTURES.map(|why| Record::Depart { peer: u32::MAX, why, chunks, returns: yes }));
            records.extend([Record::List { peer: 1, expires }, Record::Expire { peer: 2, expires, alive: yes }]);
        }
        records.extend([Record::Acquire { peer: 1, chunk: 2, from: 3, bytes: 1 << 35 }, Record::Complete { peer: 4 }]);
        records.extend(STOPS.map(|why| Record::Stop { why }));

        let mut batch = Batch::default();
        let at = |n: usize| Time::from_nanos(n as u64 * 0x1_2345_6789);
        for (n, record) in records.iter().enumerate() {
            assert!(!batch.is_full(records.len()));
            batch.keep(at(n), record);
        }
        assert!(batch.is_full(records.len()));
        let mut kept = Kept { words: &batch.words, sets: &batch.sets, words_a_set: 2 };
        for (n, record) in records.iter().enumerate() {
            assert_eq!(format!("{:?}", kept.record()), format!("{:?}", (at(n), record)));
        }
        assert!(kept.words.is_empty() && kept.sets.is_empty());
        batch.clear();
        batch.keep(Time::ZERO, &Record::Unfinished { from: 1, start: Time::ZERO, bytes: 1 });
        assert!(batch.words.is_empty() && !batch.is_full(1));
    }
}
