//! Records that are kept, to be told later.

use super::lines::Lines;
use crate::chunks::Bits;
use crate::sim::Time;
use crate::swarm::{Body, Named, Record};

/// Numbers and words beside them, after which no more are kept.
const MOST_BORROWED: usize = 1 << 16;

/// Records in the order in which they came. What a record borrows is kept beside them, in the same order.
#[derive(Debug, Default)]
pub(super) struct Batch {
    records: Vec<(Time, Record<'static>)>,
    /// Peers that answers of the tracker name.
    peers: Vec<u32>,
    /// Chunks that those who arrive hold: a set each.
    chunks: Vec<u64>,
}

impl Batch {
    /// Keeps a record, if a trace has a line for it.
    #[inline(always)]
    pub fn keep(&mut self, now: Time, record: &Record<'_>) {
        let kept = match *record {
            Record::Send { message, re, body } => Record::Send { message, re, body: self.keep_body(body) },
            Record::Deliver { message } => Record::Deliver { message },
            Record::Lose { message, why } => Record::Lose { message, why },
            Record::Cut { message } => Record::Cut { message },
            Record::Timeout { message } => Record::Timeout { message },
            Record::Upload { message, start, end, bytes } => Record::Upload { message, start, end, bytes },
            Record::Acquire { peer, chunk, from, bytes } => Record::Acquire { peer, chunk, from, bytes },
            Record::Complete { peer } => Record::Complete { peer },
            Record::Arrive { peer, group, session, up_bits_per_s, down_bits_per_s, chunks, held } => {
                self.chunks.extend_from_slice(chunks.words());
                let chunks = Bits::default();
                Record::Arrive { peer, group, session, up_bits_per_s, down_bits_per_s, chunks, held }
            }
            // What who leaves holds is in no line.
            Record::Depart { peer, why, returns, .. } => Record::Depart { peer, why, chunks: Bits::default(), returns },
            Record::List { peer, expires } => Record::List { peer, expires },
            Record::Expire { peer, expires, alive } => Record::Expire { peer, expires, alive },
            Record::Stop { why } => Record::Stop { why },
            Record::Wasted { .. } | Record::Unfinished { .. } => return,
        };
        self.records.push((now, kept));
    }

    /// Whether it is time to tell what is kept, if that is so many records at most.
    #[inline(always)]
    pub fn is_full(&self, most_records: usize) -> bool {
        self.records.len() >= most_records || self.peers.len() + self.chunks.len() >= MOST_BORROWED
    }

    #[inline(always)]
    fn keep_body(&mut self, body: Body<'_>) -> Body<'static> {
        match body {
            Body::Empty => Body::Empty,
            Body::Count(count) => Body::Count(count),
            Body::Chunk { chunk, bytes } => Body::Chunk { chunk, bytes },
            Body::Peers { count, named: Named::Everyone } => Body::Peers { count, named: Named::Everyone },
            Body::Peers { count, named: Named::Sample(peers) } => {
                debug_assert_eq!(peers.len(), count as usize);
                self.peers.extend_from_slice(peers);
                Body::Peers { count, named: Named::Sample(&[]) }
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
        let mut peers = &self.peers[..];
        let mut sets = self.chunks.chunks_exact(chunks.div_ceil(64));
        for &(now, record) in &self.records {
            let record = match record {
                Record::Send { message, re, body: Body::Peers { count, named: Named::Sample(_) } } => {
                    let (named, others) = peers.split_at(count as usize);
                    peers = others;
                    Record::Send { message, re, body: Body::Peers { count, named: Named::Sample(named) } }
                }
                Record::Arrive { peer, group, session, up_bits_per_s, down_bits_per_s, held, .. } => {
                    let chunks = Bits::of_words(sets.next().expect("a set was kept"));
                    Record::Arrive { peer, group, session, up_bits_per_s, down_bits_per_s, chunks, held }
                }
                other => other,
            };
            lines.add(now, &record);
            made(lines)?;
        }
        Ok(())
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.records.clear();
        self.peers.clear();
        self.chunks.clear();
    }
}
