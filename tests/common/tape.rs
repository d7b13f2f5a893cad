//! An observer that writes everything down.

use swarmsim::chunks::Bits;
use swarmsim::sim::Time;
use swarmsim::swarm::config::Config;
use swarmsim::swarm::{
    Body, DepartReason, LossReason, Message, MessageId, MessageKind, Named, Observer, Record, StopReason, Waste,
};

/// What a message carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    Nothing,
    /// How many peers, and which where the answer says so.
    Peers(u32, Option<Vec<u32>>),
    Count(u32),
    Chunk(u32, u64),
}

/// A record, with instants in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rec {
    Arrive { peer: u32, group: u16, session: u16, up: u64, down: u64, chunks: Vec<u32> },
    Depart { peer: u32, why: DepartReason, returns: bool, chunks: Vec<u32> },
    Send { id: MessageId, kind: MessageKind, from: u32, to: u32, re: Option<MessageId>, body: Carried },
    Deliver { id: MessageId, kind: MessageKind, from: u32, to: u32 },
    Lose { id: MessageId, kind: MessageKind, from: u32, to: u32, why: LossReason },
    Cut { id: MessageId, from: u32, to: u32 },
    Timeout { id: MessageId, kind: MessageKind, from: u32, to: u32 },
    List { peer: u32, expires: u64 },
    Expire { peer: u32, expires: u64, alive: bool },
    Upload { id: MessageId, from: u32, to: u32, start: u64, end: u64, bytes: u64 },
    Wasted { from: u32, bytes: u64, why: Waste },
    Acquire { peer: u32, chunk: u32, from: u32, bytes: u64 },
    Complete { peer: u32 },
    Unfinished { from: u32, start: u64, bytes: u64 },
    Stop { why: StopReason },
}

/// All records of a run, with their instants in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tape {
    pub chunks: u32,
    pub records: Vec<(u64, Rec)>,
}

impl Tape {
    /// What `pick` makes of the records, with their instants, where it makes something of them.
    pub fn all<'a, T>(&'a self, pick: impl Fn(&'a Rec) -> Option<T>) -> Vec<(u64, T)> {
        self.records.iter().filter_map(|(at, rec)| Some((*at, pick(rec)?))).collect()
    }

    /// When messages of this kind were sent, from whom to whom.
    pub fn sent(&self, kind: MessageKind) -> Vec<(u64, u32, u32)> {
        let is_it = |rec: &Rec| match *rec {
            Rec::Send { kind: k, from, to, .. } if k == kind => Some((from, to)),
            _ => None,
        };
        self.all(is_it).into_iter().map(|(at, (from, to))| (at, from, to)).collect()
    }

    /// When `peer` sent messages of this kind.
    pub fn sent_by(&self, peer: u32, kind: MessageKind) -> Vec<u64> {
        self.sent(kind).into_iter().filter(|&(_, from, _)| from == peer).map(|(at, ..)| at).collect()
    }

    /// When messages of this kind reached `peer`.
    pub fn delivered_to(&self, peer: u32, kind: MessageKind) -> Vec<u64> {
        let is_it =
            |rec: &Rec| matches!(*rec, Rec::Deliver { kind: k, to, .. } if k == kind && to == peer).then_some(());
        self.all(is_it).into_iter().map(|(at, ())| at).collect()
    }

    /// Fetch requests: when, by whom, from whom, for which chunk.
    pub fn fetches(&self) -> Vec<(u64, u32, u32, u32)> {
        let is_it = |rec: &Rec| match *rec {
            Rec::Send { kind: MessageKind::FetchChunkRequest, from, to, body: Carried::Chunk(chunk, _), .. } => {
                Some((from, to, chunk))
            }
            _ => None,
        };
        self.all(is_it).into_iter().map(|(at, (by, from, chunk))| (at, by, from, chunk)).collect()
    }

    /// When `peer` acquired which chunk.
    pub fn acquired(&self, by: u32) -> Vec<(u64, u32)> {
        self.all(|rec| match *rec {
            Rec::Acquire { peer, chunk, .. } if peer == by => Some(chunk),
            _ => None,
        })
    }

    /// When `peer` completed.
    pub fn completed(&self, by: u32) -> Vec<u64> {
        self.all(|rec| matches!(*rec, Rec::Complete { peer } if peer == by).then_some(()))
            .into_iter()
            .map(|(at, ())| at)
            .collect()
    }

    /// Arrivals: when, who, which session, with which chunks.
    pub fn arrivals(&self) -> Vec<(u64, u32, u16, Vec<u32>)> {
        self.all(|rec| match rec {
            Rec::Arrive { peer, session, chunks, .. } => Some((*peer, *session, chunks.clone())),
            _ => None,
        })
        .into_iter()
        .map(|(at, (peer, session, chunks))| (at, peer, session, chunks))
        .collect()
    }

    /// Departures: when and who.
    pub fn departures(&self) -> Vec<(u64, u32)> {
        self.all(|rec| match *rec {
            Rec::Depart { peer, .. } => Some(peer),
            _ => None,
        })
    }

    /// Entries discarded: when, whose, the expiry, and whether the peer was there.
    pub fn expiries(&self) -> Vec<(u64, (u32, u64, bool))> {
        self.all(|rec| match *rec {
            Rec::Expire { peer, expires, alive } => Some((peer, expires, alive)),
            _ => None,
        })
    }

    /// Expiries set by the tracker: when, whose, and to what.
    pub fn listings(&self) -> Vec<(u64, (u32, u64))> {
        self.all(|rec| match *rec {
            Rec::List { peer, expires } => Some((peer, expires)),
            _ => None,
        })
    }

    /// Uploads whose uplink's part is over: from, to, start, end, bytes.
    pub fn uploads(&self) -> Vec<(u32, u32, u64, u64, u64)> {
        let is_it = |rec: &Rec| match *rec {
            Rec::Upload { from, to, start, end, bytes, .. } => Some((from, to, start, end, bytes)),
            _ => None,
        };
        self.all(is_it).into_iter().map(|(_, upload)| upload).collect()
    }

    /// Bytes in vain: when, from whom, how many and why.
    pub fn wasted(&self) -> Vec<(u64, (u32, u64, Waste))> {
        self.all(|rec| match *rec {
            Rec::Wasted { from, bytes, why } => Some((from, bytes, why)),
            _ => None,
        })
    }

    /// Messages lost for this reason: when, which kind, from whom, to whom.
    pub fn lost(&self, reason: LossReason) -> Vec<(u64, (MessageKind, u32, u32))> {
        self.all(|rec| match *rec {
            Rec::Lose { kind, from, to, why, .. } if why == reason => Some((kind, from, to)),
            _ => None,
        })
    }

    /// Cuts noticed: when, from whom, to whom.
    pub fn cuts(&self) -> Vec<(u64, (u32, u32))> {
        self.all(|rec| match *rec {
            Rec::Cut { from, to, .. } => Some((from, to)),
            _ => None,
        })
    }

    /// Requests given up: when, which kind, by whom, to whom.
    pub fn timeouts(&self) -> Vec<(u64, (MessageKind, u32, u32))> {
        self.all(|rec| match *rec {
            Rec::Timeout { kind, from, to, .. } => Some((kind, from, to)),
            _ => None,
        })
    }

    fn members(&self, set: Bits<'_>) -> Vec<u32> {
        (0..self.chunks).filter(|&chunk| set.contains(chunk)).collect()
    }
}

fn carried(body: Body<'_>) -> Carried {
    match body {
        Body::Empty => Carried::Nothing,
        Body::Peers { count, named: Named::Everyone } => Carried::Peers(count, None),
        Body::Peers { count, named: Named::Sample(peers) } => Carried::Peers(count, Some(peers.to_vec())),
        Body::Count(count) => Carried::Count(count),
        Body::Chunk { chunk, bytes } => Carried::Chunk(chunk, bytes),
    }
}

impl Observer for Tape {
    fn begin(&mut self, config: &Config) {
        self.chunks = config.file.chunks() as u32;
    }

    fn record(&mut self, now: Time, record: &Record<'_>) {
        let rec = match *record {
            Record::Arrive { peer, group, session, up_bits_per_s, down_bits_per_s, chunks, held } => {
                let chunks = self.members(chunks);
                assert_eq!(chunks.len(), held as usize);
                Rec::Arrive { peer, group, session, up: up_bits_per_s, down: down_bits_per_s, chunks }
            }
            Record::Depart { peer, why, chunks, returns } => {
                Rec::Depart { peer, why, returns, chunks: self.members(chunks) }
            }
            Record::Send { message: Message { id, kind, from, to }, re, body } => {
                Rec::Send { id, kind, from, to, re, body: carried(body) }
            }
            Record::Deliver { message: Message { id, kind, from, to } } => Rec::Deliver { id, kind, from, to },
            Record::Lose { message: Message { id, kind, from, to }, why } => Rec::Lose { id, kind, from, to, why },
            Record::Cut { message: Message { id, from, to, .. } } => Rec::Cut { id, from, to },
            Record::Timeout { message: Message { id, kind, from, to } } => Rec::Timeout { id, kind, from, to },
            Record::List { peer, expires } => Rec::List { peer, expires: expires.as_nanos() },
            Record::Expire { peer, expires, alive } => Rec::Expire { peer, expires: expires.as_nanos(), alive },
            Record::Upload { message: Message { id, from, to, .. }, start, end, bytes } => {
                Rec::Upload { id, from, to, start: start.as_nanos(), end: end.as_nanos(), bytes }
            }
            Record::Wasted { from, bytes, why } => Rec::Wasted { from, bytes, why },
            Record::Acquire { peer, chunk, from, bytes } => Rec::Acquire { peer, chunk, from, bytes },
            Record::Complete { peer } => Rec::Complete { peer },
            Record::Unfinished { from, start, bytes } => Rec::Unfinished { from, start: start.as_nanos(), bytes },
            Record::Stop { why } => Rec::Stop { why },
        };
        self.records.push((now.as_nanos(), rec));
    }
}
