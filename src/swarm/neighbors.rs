//! A downloading peer's neighbors, and what it knows of them.

use super::query::packed;
use crate::chunks::{ChunkSet, ChunkSets, CopyCounts, SetId};
use crate::sim::{Draws, Span, cache};
use std::ops::Range;

/// How many neighbors are tried at random before all are looked at.
const TRIES: usize = 8;
/// How many of these are looked up at the same time.
const TOGETHER: usize = 4;

/// A neighbor, as its asker sees it: what an answer to a query needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbor {
    id: u32,
    /// How many of its chunks the asker knows of: the first so many of its log.
    known: u32,
    /// That log; held (referenced) while something is known of it.
    set: Option<SetId>,
    /// The latency to it, as events carry it ([`packed`](super::query::packed)).
    latency: u32,
    /// Fetches under way with it.
    pub busy: u16,
    /// It had the whole file when first heard of: it is counted in [`Neighborhood::whole`], not chunk by chunk.
    whole: bool,
    /// A request to it failed: it is not asked for chunks until it answers a query again.
    pub suspended: bool,
}

impl Neighbor {
    #[inline]
    fn is_known_to_have(&self, chunk: u32, sets: &ChunkSets) -> bool {
        self.set.is_some_and(|set| sets.prefix_contains(set, self.known, chunk))
    }
}

/// An answer to a Chunks Query: the first `count` chunks of `set` (which it references).
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub from: u32,
    /// Where it may stand among the asker's neighbors.
    pub place: u32,
    pub count: u32,
    pub set: SetId,
}

/// What a query carries beside its addresses, and an answer brings back: in the lower half, where the neighbor may stand among the
/// asker's; in the upper half of a query, how many of its chunks the asker knows of, and of an answer, whether there is news.
#[derive(Clone, Copy)]
pub(super) struct Hint(pub u32);

impl Hint {
    /// Instead of a number of chunks: answer in any case.
    const ANSWER: u32 = 0xffff;

    /// Whether `count` chunks differ from what the asker knows of.
    #[inline]
    pub(super) fn differs(self, count: u32) -> bool {
        let known = self.0 >> 16;
        known == Hint::ANSWER || known != count
    }

    pub(super) fn answered(self, news: bool) -> u32 {
        self.0 & 0xffff | u32::from(news) << 16
    }

    #[inline]
    pub(super) fn is_news(self) -> bool {
        self.0 >> 16 == 1
    }

    /// A place, right for all but the neighbors past the 65,536th.
    pub(super) fn place(self) -> u32 {
        self.0 & 0xffff
    }
}

/// All neighbors of a downloading peer, by rising number, and the copies of chunks among them.
#[derive(Debug, Default)]
pub(super) struct Neighborhood {
    list: Vec<Neighbor>,
    /// The best rates observed, bytes per second, in the same order; only where somebody asks for them.
    #[expect(
        clippy::box_collection,
        reason = "rarely there, and every word of this costs memory that is not in the cache"
    )]
    best_bytes_per_s: Option<Box<Vec<u64>>>,
    /// Copies of each chunk among the neighbors that are not `whole`.
    pub copies: CopyCounts,
    /// Neighbors that had the whole file when first heard of.
    whole: u32,
    /// The most fetches under way with one neighbor.
    most_busy: u16,
    /// The places of the neighbors that cannot be asked for a chunk just now, in no order; and how many of them are whole.
    blocked: Vec<u32>,
    blocked_whole: u32,
}

impl Neighborhood {
    /// No neighbors yet. With `most_busy` fetches under way, one cannot be asked for more.
    pub(super) fn new(chunks: u32, most_busy: u16, observes_rates: bool) -> Neighborhood {
        let best_bytes_per_s = observes_rates.then(Box::default);
        Neighborhood { copies: CopyCounts::new(chunks), most_busy, best_bytes_per_s, ..Neighborhood::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The number of the neighbor at `place`, and the latency to it, packed.
    pub(super) fn address(&self, place: usize) -> (u32, u32) {
        (self.list[place].id, self.list[place].latency)
    }

    /// The fetches under way with the neighbor at `place`, and its best rate so far, bytes per second.
    pub(super) fn load_and_rate(&self, place: usize) -> (u16, u64) {
        (self.list[place].busy, self.best_bytes_per_s.as_ref().map_or(0, |rates| rates[place]))
    }

    /// The greatest latency to a neighbor, packed, and the last place that has it. There is a neighbor.
    pub(super) fn farthest(&self) -> (u32, usize) {
        let latencies = self.list.iter().enumerate().map(|(place, neighbor)| (neighbor.latency, place));
        latencies.max().expect("there is a neighbor")
    }

    /// Whether an answer of the neighbor at `place` with `count` chunks would change anything, if its log is still the same.
    #[inline]
    pub(super) fn is_news(&self, place: usize, count: u32) -> bool {
        let neighbor = &self.list[place];
        neighbor.suspended || count != neighbor.known
    }

    /// A fetch from the neighbor at `place` went at this rate.
    pub(super) fn observe_rate(&mut self, place: usize, bytes_per_s: u64) {
        if let Some(rates) = &mut self.best_bytes_per_s {
            rates[place] = bytes_per_s.max(rates[place]);
        }
    }

    /// What a query to the neighbor at `place` carries; see [`Hint`].
    pub(super) fn hint(&self, place: usize) -> u32 {
        let neighbor = &self.list[place];
        let known = if neighbor.suspended { Hint::ANSWER } else { neighbor.known.min(Hint::ANSWER) };
        place as u32 & 0xffff | known << 16
    }

    /// The place of neighbor `id`, which may be `hint`.
    #[inline]
    pub(super) fn place(&self, id: u32, hint: u32) -> Option<usize> {
        match self.list.get(hint as usize) {
            Some(neighbor) if neighbor.id == id => Some(hint as usize),
            _ => self.find(id),
        }
    }

    pub(super) fn find(&self, id: u32) -> Option<usize> {
        self.list.binary_search_by_key(&id, |neighbor| neighbor.id).ok()
    }

    /// Adds neighbors that are not there yet; the latency to each is asked for.
    pub(super) fn add_all(
        &mut self,
        ids: impl Iterator<Item = u32>,
        mut latency: impl FnMut(u32) -> Span,
        mut busy: impl FnMut(u32) -> u16,
    ) {
        let rates = self.best_bytes_per_s.take();
        let rate = |place: usize| rates.as_ref().map_or(0, |rates| rates[place]);
        let mut merged: Vec<_> = self.list.drain(..).enumerate().map(|(i, neighbor)| (neighbor, rate(i))).collect();
        for id in ids {
            let (latency, busy) = (packed(latency(id)), busy(id));
            merged.push((Neighbor { id, known: 0, set: None, latency, busy, whole: false, suspended: false }, 0));
        }
        #[expect(clippy::disallowed_methods, reason = "each neighbor is there once")]
        merged.sort_unstable_by_key(|(neighbor, _)| neighbor.id);
        self.list.reserve_exact(merged.len());
        self.list.extend(merged.iter().map(|&(neighbor, _)| neighbor));
        self.best_bytes_per_s = rates.map(|_| Box::new(merged.iter().map(|&(_, rate)| rate).collect()));
        debug_assert!(self.list.windows(2).all(|pair| pair[0].id < pair[1].id), "a neighbor twice");
        let blocked = (0..self.list.len()).filter(|&place| self.is_blocked(&self.list[place]));
        self.blocked = blocked.map(|place| place as u32).collect();
    }

    /// Drops the neighbor at `place` and all knowledge of it.
    pub(super) fn remove(&mut self, place: usize, sets: &mut ChunkSets) {
        self.forget(place, sets);
        self.list.remove(place);
        if let Some(rates) = &mut self.best_bytes_per_s {
            rates.remove(place);
        }
        let place = place as u32;
        self.blocked.retain(|&blocked| blocked != place);
        self.blocked.iter_mut().for_each(|blocked| *blocked -= u32::from(*blocked > place));
    }

    /// Drops all neighbors for which `keep` says no.
    pub(super) fn retain(&mut self, sets: &mut ChunkSets, mut keep: impl FnMut(u32) -> bool) {
        for place in (0..self.list.len()).rev() {
            if !keep(self.list[place].id) {
                self.remove(place, sets);
            }
        }
    }

    /// Lets go of all logs.
    pub(super) fn release(self, sets: &mut ChunkSets) {
        for neighbor in &self.list {
            if let Some(set) = neighbor.set {
                sets.release(set);
            }
        }
    }

    /// Takes in an answer. True where it changes what can be asked for. `news` is room to work in.
    pub(super) fn learn(&mut self, answer: &Answer, sets: &mut ChunkSets, news: &mut ChunkSet) -> bool {
        let &Answer { from, place, count, set } = answer;
        let Some(place) = self.place(from, place) else { return false };
        let was_suspended = self.list[place].suspended;
        if was_suspended {
            self.update(place, |neighbor| neighbor.suspended = false);
        }
        if self.list[place].set.is_some_and(|old| old != set) {
            self.forget(place, sets);
        }
        let neighbor = &mut self.list[place];
        let known = neighbor.known;
        if count <= known {
            return was_suspended;
        }
        if known == 0 {
            neighbor.set = Some(set);
            sets.retain(set);
        }
        neighbor.known = count;
        if known == 0 && count == sets.chunks() {
            neighbor.whole = true;
            self.whole += 1;
            self.blocked_whole += u32::from(self.is_blocked(&self.list[place]));
        } else {
            self.count_news(sets, set, known..count, news);
        }
        true
    }

    /// Counts the chunks at these places of a log. Where there are several to a word of bits, they are counted a word at a
    /// time: chunk by chunk, the processor would guess the length of each carry, and be wrong half of the time.
    fn count_news(&mut self, sets: &ChunkSets, set: SetId, places: Range<u32>, news: &mut ChunkSet) {
        if places.len() * 2 < news.bits().words().len() {
            return sets.walk(set, places.start, places.end, |chunk| self.copies.add(chunk));
        }
        debug_assert!(news.is_empty());
        sets.walk(set, places.start, places.end, |chunk| news.insert(chunk));
        self.copies.add_all(news);
    }

    fn forget(&mut self, place: usize, sets: &mut ChunkSets) {
        let was_blocked = u32::from(self.is_blocked(&self.list[place]));
        let neighbor = &mut self.list[place];
        let Some(set) = neighbor.set.take() else { return };
        if neighbor.whole {
            self.whole -= 1;
            self.blocked_whole -= was_blocked;
        } else {
            sets.walk(set, 0, neighbor.known, |chunk| self.copies.remove(chunk));
        }
        (neighbor.known, neighbor.whole) = (0, false);
        sets.release(set);
    }

    fn is_blocked(&self, neighbor: &Neighbor) -> bool {
        neighbor.suspended || neighbor.busy >= self.most_busy
    }

    /// Changes the neighbor at `place`, and keeps count of who is blocked.
    pub(super) fn update(&mut self, place: usize, change: impl FnOnce(&mut Neighbor)) {
        let before = self.is_blocked(&self.list[place]);
        change(&mut self.list[place]);
        let after = self.is_blocked(&self.list[place]);
        let whole = u32::from(self.list[place].whole);
        self.blocked_whole = self.blocked_whole + whole * u32::from(after) - whole * u32::from(before);
        match (before, after) {
            (false, true) => self.blocked.push(place as u32),
            (true, false) => {
                let at = self.blocked.iter().position(|&blocked| blocked as usize == place);
                self.blocked.swap_remove(at.expect("it was blocked"));
            }
            _ => {}
        }
    }

    /// Of the chunks in `set`, keeps those that some neighbor that can be asked now is known to have.
    pub(super) fn keep_available(&self, set: &mut ChunkSet, sets: &ChunkSets, scratch: &mut Scratch) {
        if self.whole > self.blocked_whole {
            return;
        }
        // With more copies than there are blocked neighbors, some neighbor that is not blocked has it. Only if that leaves
        // something open is it worth looking at what the blocked ones have.
        scratch.sure.copy_from(set.bits());
        self.copies.keep_above(self.blocked.len() as u32 - self.blocked_whole, &mut scratch.sure);
        self.copies.keep_above(0, set);
        if *set == scratch.sure {
            return;
        }
        scratch.copies.clear();
        for &place in &self.blocked {
            let neighbor = &self.list[place as usize];
            let Some(log) = neighbor.set.filter(|_| !neighbor.whole) else { continue };
            scratch.known.copy_from(sets.bits(log));
            sets.walk(log, neighbor.known, sets.len(log), |chunk| scratch.known.remove(chunk));
            scratch.copies.add_all(&mut scratch.known);
        }
        self.copies.keep_exceeding(&scratch.copies, set);
    }

    /// Whether the neighbor at `place` can be asked now and is known to have `chunk`.
    fn can_give(&self, place: usize, chunk: u32, sets: &ChunkSets) -> bool {
        let neighbor = &self.list[place];
        !self.is_blocked(neighbor) && neighbor.is_known_to_have(chunk, sets)
    }

    /// The place of any neighbor that can be asked now and is known to have `chunk`, each as likely; found by trying some at
    /// random. `None` where the tries were in vain: there may still be one.
    pub(super) fn try_holder(&self, chunk: u32, sets: &ChunkSets, draws: &mut Draws) -> Option<u32> {
        let holders = self.copies.get(chunk) + self.whole;
        if (holders as usize) * TRIES < self.list.len() {
            return None;
        }
        for _ in 0..TRIES / TOGETHER {
            let places: [usize; TOGETHER] = std::array::from_fn(|_| draws.below(self.list.len() as u64) as usize);
            for &place in &places {
                let neighbor = &self.list[place];
                neighbor.set.inspect(|&set| sets.fetch_log(set, neighbor.known));
            }
            if let Some(place) = places.into_iter().find(|&place| self.can_give(place, chunk, sets)) {
                return Some(place as u32);
            }
        }
        None
    }

    /// The places of the neighbors that can be asked now and are known to have `chunk`, into `places`. How many have it is
    /// known, so the search ends with the last of them.
    pub(super) fn holders(&self, chunk: u32, sets: &ChunkSets, places: &mut Vec<u32>) {
        places.clear();
        let mut rest = self.copies.get(chunk) + self.whole;
        for (place, neighbor) in self.list.iter().enumerate() {
            if rest == 0 {
                return;
            }
            if neighbor.is_known_to_have(chunk, sets) {
                rest -= 1;
                if !self.is_blocked(neighbor) {
                    places.push(place as u32);
                }
            }
        }
        debug_assert_eq!(rest, 0, "copies are counted that nobody has");
    }

    /// Asks for the memory of the list and of the counts.
    #[inline]
    pub(super) fn fetch_list(&self) {
        cache::fetch_run(&self.list);
        cache::fetch_run(&self.blocked);
        self.copies.fetch();
    }

    /// Asks for what a choice among all chunks needs to know of the neighbors' logs.
    #[inline]
    pub(super) fn fetch_logs(&self, sets: &ChunkSets) {
        for neighbor in &self.list {
            neighbor.set.inspect(|&set| sets.fetch_set(set));
        }
        for &place in &self.blocked {
            let Some(neighbor) = self.list.get(place as usize) else { return };
            neighbor.set.inspect(|&set| sets.fetch_log(set, neighbor.known));
        }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.list.capacity() * size_of::<Neighbor>()
            + self.best_bytes_per_s.as_ref().map_or(0, |rates| rates.capacity() * size_of::<u64>())
            + self.blocked.capacity() * size_of::<u32>()
            + self.copies.heap_bytes()
    }
}

/// Room to work in, so that a pick does not allocate.
#[derive(Debug)]
pub(super) struct Scratch {
    pub candidates: ChunkSet,
    pub holders: Vec<u32>,
    pub news: ChunkSet,
    known: ChunkSet,
    sure: ChunkSet,
    copies: CopyCounts,
}

impl Scratch {
    pub(super) fn new(chunks: u32) -> Scratch {
        let empty = || ChunkSet::empty(chunks);
        Scratch {
            candidates: empty(),
            holders: Vec::new(),
            news: empty(),
            known: empty(),
            sure: empty(),
            copies: CopyCounts::new(chunks),
        }
    }
}

const _: () = assert!(size_of::<Neighbor>() == 20, "every peer has dozens of these");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A neighborhood with its twin: what each neighbor has, and is known to have, as plain vectors.
    struct Twin {
        sets: ChunkSets,
        hood: Neighborhood,
        logs: Vec<(SetId, Vec<u32>)>,
    }

    const CHUNKS: u32 = 70;
    const NEIGHBORS: u32 = 6;

    fn twin() -> Twin {
        let mut sets = ChunkSets::new(CHUNKS);
        let mut hood = Neighborhood::new(CHUNKS, 1, false);
        let logs = (0..NEIGHBORS).map(|_| (sets.create(), vec![])).collect();
        hood.add_all((0..NEIGHBORS).map(|i| i + 1), |_| Span::ZERO, |_| 0);
        Twin { sets, hood, logs }
    }

    proptest! {
        #[test]
        fn availability_agrees_with_sets(steps in prop::collection::vec((0..NEIGHBORS as usize, 0..5u8, 0..CHUNKS), 1..400)) {
            let Twin { mut sets, mut hood, mut logs } = twin();
            let mut scratch = Scratch::new(CHUNKS);
            for (i, step, chunk) in steps {
                match step {
                    0 | 1 => if !logs[i].1.contains(&chunk) {
                        sets.append(logs[i].0, chunk);
                        logs[i].1.push(chunk);
                    }
                    2 => {
                        let answer = Answer { from: i as u32 + 1, place: 0, count: sets.len(logs[i].0), set: logs[i].0 };
                        hood.learn(&answer, &mut sets, &mut scratch.news);
                    }
                    3 => hood.update(i, |n| n.busy = 1 - n.busy),
                    _ => hood.update(i, |n| n.suspended = !n.suspended),
                }
                let known = |i: usize, c: u32| logs[i].1[..hood.list[i].known as usize].contains(&c);
                let free = |i: usize| hood.list[i].busy == 0 && !hood.list[i].suspended;
                let mut available = ChunkSet::full(CHUNKS);
                hood.keep_available(&mut available, &sets, &mut scratch);
                for c in 0..CHUNKS {
                    let holders: Vec<u32> = (0..NEIGHBORS).filter(|&i| free(i as usize) && known(i as usize, c)).collect();
                    prop_assert_eq!(available.contains(c), !holders.is_empty(), "chunk {}", c);
                    hood.holders(c, &sets, &mut scratch.holders);
                    prop_assert_eq!(&scratch.holders, &holders);
                    let counted = (0..NEIGHBORS as usize).filter(|&i| known(i, c) && !hood.list[i].whole).count();
                    prop_assert_eq!(hood.copies.get(c) as usize, counted);
                }
            }
            for place in (0..NEIGHBORS as usize).rev() { hood.remove(place, &mut sets); }
            for c in 0..CHUNKS { prop_assert_eq!(hood.copies.get(c), 0); }
            prop_assert_eq!((hood.whole, hood.blocked.len(), hood.blocked_whole), (0, 0, 0));
        }
    }
}
