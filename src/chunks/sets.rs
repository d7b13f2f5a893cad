//! Who has which chunks, in the order in which they came.
//!
//! A peer's chunks are kept as a log: chunk numbers in order of acquisition. A neighbor that was told of `k` chunks
//! knows the first `k` of that log, so its knowledge is one number instead of a set, a reply to a query carries
//! a count, and learning is reading the log from the old `k` to the new.
//!
//! A log may be needed after its owner has gone, by those who still know a part of it. So logs have reference
//! counts, and a log without owner and readers is used again. A peer that comes back without its chunks begins a new
//! log; what others know of the old one stays apart.

use super::owners::{Owner, Owners};
use super::{Bits, ChunkSet, CopyCounts};
use crate::sim::cache;
use std::num::NonZeroU32;

/// A log of chunks. (Its number and 1, so that `Option<SetId>` is as small.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetId(NonZeroU32);

impl SetId {
    pub(super) fn from_row(row: u32) -> SetId {
        SetId(NonZeroU32::MIN.checked_add(row).expect("fewer than 2^32 - 1 logs"))
    }

    #[inline]
    pub(super) fn row(self) -> u32 {
        self.0.get() - 1
    }
}

/// All logs of a run.
///
/// ```
/// use swarmsim::chunks::ChunkSets;
///
/// let mut all = ChunkSets::new(8);
/// let peer = all.create(1);
/// [5, 2].into_iter().for_each(|chunk| all.append(peer, chunk));
/// // A neighbor that was told of two chunks knows the first two, whatever comes later.
/// let known = all.len(peer);
/// all.append(peer, 7);
/// assert!(all.contains(peer, 7) && !all.prefix_contains(peer, known, 7));
/// // What is news to it is the rest of the log.
/// let mut news = Vec::new();
/// all.walk(peer, known, all.len(peer), |chunk| news.push(chunk));
/// assert_eq!(news, [7]);
/// ```
#[derive(Clone, Debug)]
pub struct ChunkSets {
    chunks: u32,
    log: Log,
    /// For each log, one after another, a word with its length and then its chunks as bits.
    held: Vec<u64>,
    /// Words to a log.
    stride: usize,
    references: Vec<u32>,
    free: Vec<u32>,
    owners: Option<Owners>,
}

/// Room to [count](ChunkSets::count_prefixes) in.
#[derive(Debug)]
pub(crate) struct CountRoom {
    /// Of each log: whether it has come.
    counted: Vec<bool>,
    chunks: ChunkSet,
}

impl CountRoom {
    /// For a file of `chunks` chunks.
    pub(crate) fn new(chunks: u32) -> CountRoom {
        CountRoom { counted: Vec::new(), chunks: ChunkSet::empty(chunks) }
    }
}

/// The logs' entries, as narrow as the number of chunks allows.
#[derive(Clone, Debug)]
enum Log {
    Narrow(Paged<u16>),
    Wide(Paged<u32>),
}

impl ChunkSets {
    /// No logs yet, for a file of `chunks` chunks.
    pub fn new(chunks: u32) -> ChunkSets {
        let log = if chunks <= 1 << 16 {
            Log::Narrow(Paged::new(chunks as usize))
        } else {
            Log::Wide(Paged::new(chunks as usize))
        };
        let stride = 1 + chunks.div_ceil(64) as usize;
        ChunkSets { chunks, log, held: Vec::new(), stride, references: Vec::new(), free: Vec::new(), owners: None }
    }

    /// The same, with lists of [who has each chunk](ChunkSets::owners): 12 bytes a chunk of each log. Then copies are counted from
    /// all logs, too, for who knows of most of them.
    pub fn with_owners(chunks: u32) -> ChunkSets {
        ChunkSets { owners: Some(Owners::new(chunks)), ..ChunkSets::new(chunks) }
    }

    /// How many chunks the file has.
    pub fn chunks(&self) -> u32 {
        self.chunks
    }

    /// A new, empty log of `peer` with one reference, its owner's.
    pub fn create(&mut self, peer: u32) -> SetId {
        if let Some(id) = self.free.pop() {
            if let Some(owners) = &mut self.owners {
                owners.begin(id, peer);
            }
            self.references[id as usize] = 1;
            self.held[id as usize * self.stride..][..self.stride].fill(0);
            return SetId::from_row(id);
        }
        let id = u32::try_from(self.references.len()).expect("fewer than 2^32 logs");
        self.references.push(1);
        if let Some(owners) = &mut self.owners {
            owners.begin(id, peer);
        }
        self.held.resize(self.references.len() * self.stride, 0);
        match &mut self.log {
            Log::Narrow(log) => log.grow_to(id),
            Log::Wide(log) => log.grow_to(id),
        }
        SetId::from_row(id)
    }

    /// One more reader.
    #[inline]
    pub fn retain(&mut self, set: SetId) {
        self.references[set.row() as usize] += 1;
    }

    /// One reader (or the owner) less; without any, the log is gone.
    #[inline]
    pub fn release(&mut self, set: SetId) {
        let references = &mut self.references[set.row() as usize];
        *references -= 1;
        if *references == 0 {
            self.free.push(set.row());
            if let Some(mut owners) = self.owners.take() {
                self.walk(set, 0, self.len(set), |chunk| owners.remove(set, chunk));
                self.owners = Some(owners);
            }
        }
    }

    /// Who has a log with this chunk, most of them by rising peer, and more than once if it has several such logs; where that [is
    /// kept](ChunkSets::with_owners).
    #[inline]
    pub fn owners(&self, chunk: u32) -> Option<&[Owner]> {
        self.owners.as_ref().map(|owners| owners.of(chunk))
    }

    /// Whether owners are listed.
    #[inline]
    pub(crate) fn lists_owners(&self) -> bool {
        self.owners.is_some()
    }

    /// How many chunks all logs have together, where [owners](ChunkSets::with_owners) are listed.
    pub(crate) fn entries(&self) -> Option<u64> {
        self.owners.as_ref().map(Owners::entries)
    }

    /// Sets `copies` to how many of these logs have each chunk among their first so many. Each log comes once. The copies in all logs
    /// there are known; so this takes as long as what has to be taken away from them: logs that do not come, and the rest of those
    /// that do.
    ///
    /// # Panics
    /// Where [owners](ChunkSets::with_owners) are not listed.
    pub(crate) fn count_prefixes(
        &self,
        prefixes: impl Iterator<Item = (SetId, u32)>,
        copies: &mut CopyCounts,
        room: &mut CountRoom,
    ) {
        copies.copy_from(self.owners.as_ref().expect("owners are listed").copies());
        let CountRoom { counted, chunks } = room;
        counted.clear();
        counted.resize(self.references.len(), false);
        for (set, known) in prefixes {
            debug_assert!(!counted[set.row() as usize], "a log comes once");
            counted[set.row() as usize] = true;
            self.walk(set, known, self.len(set), |chunk| copies.remove(chunk));
        }
        for (row, &readers) in (0..).zip(&self.references) {
            if readers > 0 && !counted[row as usize] {
                chunks.copy_from(self.bits(SetId::from_row(row)));
                copies.remove_all(chunks);
            }
        }
    }

    /// How many readers each log has, its owner included.
    pub fn readers(&self) -> &[u32] {
        &self.references
    }

    /// Adds the readers that a copy of these logs has got, or lost, since there were so many `before`.
    pub fn join_readers(&mut self, copy: &ChunkSets, before: &[u32]) {
        for ((readers, there), before) in self.references.iter_mut().zip(&copy.references).zip(before) {
            *readers = (*readers + there).checked_sub(*before).expect("the owner remains");
        }
    }

    /// Appends `chunk`.
    #[inline]
    pub fn append(&mut self, set: SetId, chunk: u32) {
        debug_assert!(!self.contains(set, chunk), "chunk {chunk} twice");
        let held = &mut self.held[set.row() as usize * self.stride..][..self.stride];
        match &mut self.log {
            Log::Narrow(log) => log.row_mut(set.row())[held[0] as usize] = chunk as u16,
            Log::Wide(log) => log.row_mut(set.row())[held[0] as usize] = chunk,
        }
        if let Some(owners) = &mut self.owners {
            owners.insert(set, chunk, held[0] as u32);
        }
        held[0] += 1;
        held[1 + chunk as usize / 64] |= 1 << (chunk % 64);
    }

    /// How many chunks the log has.
    #[inline]
    pub fn len(&self, set: SetId) -> u32 {
        self.held[set.row() as usize * self.stride] as u32
    }

    /// Whether the log has every chunk.
    pub fn is_full(&self, set: SetId) -> bool {
        self.len(set) == self.chunks
    }

    /// Whether the log has `chunk`.
    #[inline]
    pub fn contains(&self, set: SetId, chunk: u32) -> bool {
        self.held[set.row() as usize * self.stride + 1 + chunk as usize / 64] >> (chunk % 64) & 1 == 1
    }

    /// The log's chunks as a set.
    #[inline]
    pub fn bits(&self, set: SetId) -> Bits<'_> {
        Bits(&self.held[set.row() as usize * self.stride..][1..self.stride])
    }

    /// Calls `visit` with the chunks at places `from..to` of the log.
    #[inline]
    pub fn walk(&self, set: SetId, from: u32, to: u32, mut visit: impl FnMut(u32)) {
        let (from, to) = (from as usize, to as usize);
        match &self.log {
            Log::Narrow(log) => log.row(set.row())[from..to].iter().for_each(|&chunk| visit(u32::from(chunk))),
            Log::Wide(log) => log.row(set.row())[from..to].iter().for_each(|&chunk| visit(chunk)),
        }
    }

    /// Asks for the memory of the set.
    #[inline]
    pub fn fetch_set(&self, set: SetId) {
        let first = set.row() as usize * self.stride;
        if let Some([first, .., last]) = self.held.get(first..first + self.stride) {
            cache::fetch_ends(first, last);
        }
    }

    /// Asks for the memory of the log's places `from..to`, of which there are few.
    #[inline]
    pub fn fetch_places(&self, set: SetId, from: u32, to: u32) {
        fn fetch<T: Copy + Default>(log: &Paged<T>, set: SetId, from: usize, to: usize) {
            if let Some([first, .., last]) = log.row(set.row()).get(from..to) {
                cache::fetch_ends(first, last);
            } else {
                cache::fetch_item(log.row(set.row()), from);
            }
        }
        match &self.log {
            Log::Narrow(log) => fetch(log, set, from as usize, to as usize),
            Log::Wide(log) => fetch(log, set, from as usize, to as usize),
        }
    }

    /// Asks for the number of the log's readers.
    #[inline]
    pub fn fetch_readers(&self, set: SetId) {
        cache::fetch_item(&self.references, set.row() as usize);
    }

    /// Asks for the memory of the log behind its first `known`.
    #[inline]
    pub fn fetch_log(&self, set: SetId, known: u32) {
        match &self.log {
            Log::Narrow(log) => cache::fetch_item(log.row(set.row()), known as usize),
            Log::Wide(log) => cache::fetch_item(log.row(set.row()), known as usize),
        }
    }

    /// Whether `chunk` is among the first `known` of the log. Asks the set first, then looks through what came
    /// since, which is short: few chunks come between two queries.
    #[inline]
    pub fn prefix_contains(&self, set: SetId, known: u32, chunk: u32) -> bool {
        if !self.contains(set, chunk) {
            return false;
        }
        let rest = known as usize..self.len(set) as usize;
        match &self.log {
            Log::Narrow(log) => !log.row(set.row())[rest].contains(&(chunk as u16)),
            Log::Wide(log) => !log.row(set.row())[rest].contains(&chunk),
        }
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        let log = match &self.log {
            Log::Narrow(log) => log.heap_bytes(),
            Log::Wide(log) => log.heap_bytes(),
        };
        let owners = self.owners.as_ref().map_or(0, Owners::heap_bytes);
        log + owners + self.held.capacity() * 8 + (self.references.capacity() + self.free.capacity()) * 4
    }
}

/// Rows of equal length in pages of about a mebibyte: it grows without copying, and an index is two steps away.
#[derive(Clone, Debug)]
struct Paged<T> {
    pages: Vec<Box<[T]>>,
    row_len: usize,
    rows_per_page_log2: u32,
}

impl<T: Copy + Default> Paged<T> {
    fn new(row_len: usize) -> Paged<T> {
        let rows = (1 << 20) / (row_len * size_of::<T>()).max(1);
        Paged { pages: Vec::new(), row_len, rows_per_page_log2: rows.clamp(1, 1 << 12).ilog2() }
    }

    fn grow_to(&mut self, row: u32) {
        if (row >> self.rows_per_page_log2) as usize == self.pages.len() {
            self.pages.push(vec![T::default(); self.row_len << self.rows_per_page_log2].into());
        }
    }

    fn start(&self, row: u32) -> usize {
        (row as usize & ((1 << self.rows_per_page_log2) - 1)) * self.row_len
    }

    #[inline]
    fn row(&self, row: u32) -> &[T] {
        let start = self.start(row);
        &self.pages[(row >> self.rows_per_page_log2) as usize][start..start + self.row_len]
    }

    #[inline]
    fn row_mut(&mut self, row: u32) -> &mut [T] {
        let start = self.start(row);
        &mut self.pages[(row >> self.rows_per_page_log2) as usize][start..start + self.row_len]
    }

    fn heap_bytes(&self) -> usize {
        self.pages.len() * (self.row_len << self.rows_per_page_log2) * size_of::<T>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_what_came_first() {
        for chunks in [100, 1 << 17] {
            let mut sets = ChunkSets::new(chunks);
            let set = sets.create(1);
            for chunk in [7, 99, 0, 64] {
                sets.append(set, chunk);
            }
            for (place, chunk) in [7, 99, 0, 64].into_iter().enumerate() {
                for known in 0..=4 {
                    assert_eq!(sets.prefix_contains(set, known, chunk), (place as u32) < known, "{chunk} in {known}");
                }
            }
            assert!(!sets.prefix_contains(set, 4, 1));
            let mut seen = vec![];
            sets.walk(set, 1, 3, |chunk| seen.push(chunk));
            assert_eq!(seen, [99, 0]);
        }
    }

    #[test]
    fn a_log_lives_as_long_as_a_reader() {
        let mut sets = ChunkSets::new(10);
        let first = sets.create(1);
        sets.append(first, 3);
        sets.retain(first);
        sets.release(first);
        let second = sets.create(1);
        assert_ne!(first, second, "the first still has a reader");
        assert!(sets.contains(first, 3));
        sets.release(first);
        let third = sets.create(2);
        assert_eq!(third, first, "used again");
        assert_eq!((sets.len(third), sets.contains(third, 3)), (0, false));
    }

    #[test]
    fn owners_are_those_with_a_log() {
        let mut sets = ChunkSets::with_owners(10);
        let owners = |sets: &ChunkSets, chunk| -> Vec<(u32, u32)> {
            let mut owners = sets.owners(chunk).unwrap().to_vec();
            owners.sort_by_key(|owner| (owner.peer, owner.set.row()));
            owners.iter().map(|owner| (owner.peer, owner.place)).collect()
        };
        let (nine, seven) = (sets.create(9), sets.create(7));
        for (set, chunk) in [(nine, 5), (seven, 3), (nine, 3)] {
            sets.append(set, chunk);
        }
        assert_eq!(owners(&sets, 3), [(7, 0), (9, 1)]);
        assert_eq!((owners(&sets, 5), owners(&sets, 0)), (vec![(9, 0)], vec![]));
        // It comes back with another log, while somebody knows of the first.
        sets.retain(nine);
        sets.release(nine);
        let again = sets.create(9);
        sets.append(again, 3);
        assert_eq!(owners(&sets, 3), [(7, 0), (9, 1), (9, 0)]);
        sets.release(nine);
        assert_eq!((owners(&sets, 3), owners(&sets, 5)), (vec![(7, 0), (9, 0)], vec![]));
        let eight = sets.create(8);
        assert_eq!(eight, nine, "used again");
        sets.append(eight, 5);
        assert_eq!(owners(&sets, 5), [(8, 0)]);
        assert_eq!(ChunkSets::new(10).owners(3), None);
    }

    /// Logs that grow, go, and are known in part: counted from all, and one by one.
    #[test]
    fn prefixes_are_counted_as_one_by_one() {
        let mut draws = crate::sim::Streams::new(1).at(crate::sim::Owner::TRACKER, crate::sim::Purpose::Resample, 0);
        let mut sets = ChunkSets::with_owners(70);
        let mut room = CountRoom::new(70);
        let mut logs: Vec<SetId> = (0..12).map(|peer| sets.create(peer)).collect();
        let mut entries = 0;
        for round in 0..500 {
            let i = draws.below(12) as usize;
            let chunk = draws.below(70) as u32;
            if round % 17 == 0 {
                entries -= u64::from(sets.len(logs[i]));
                sets.release(logs[i]);
                logs[i] = sets.create(i as u32);
            } else if !sets.contains(logs[i], chunk) {
                sets.append(logs[i], chunk);
                entries += 1;
            }
            let known: Vec<(SetId, u32)> =
                logs.iter().filter(|_| draws.below(3) > 0).map(|&set| (set, sets.len(set) / 2)).collect();
            let (mut copies, mut expected) = (CopyCounts::new(70), CopyCounts::new(70));
            sets.count_prefixes(known.iter().copied(), &mut copies, &mut room);
            known.iter().for_each(|&(set, known)| sets.walk(set, 0, known, |chunk| expected.add(chunk)));
            assert!((0..70).all(|chunk| copies.get(chunk) == expected.get(chunk)), "round {round}");
            assert_eq!(sets.entries(), Some(entries));
        }
        assert_eq!(ChunkSets::new(70).entries(), None);
    }
}
