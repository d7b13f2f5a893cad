//! Which neighbors are known to have which chunks, and can be asked now.
//!
//! Two ways to keep it, with the same answers. Few neighbors, as where their number is limited, have a [`Table`]: a word of bits
//! for each chunk, a bit for each neighbor, so that who has a chunk is one word to look at. Of many, [`Logs`] keeps 8 bytes each: a
//! neighbor's own log of chunks, of which the first so many are known. Then who has a chunk is found by asking for it in one set
//! after another, and these lie all over the memory; or, where everyone is everyone's neighbor and a file has at most
//! [`TABLE_CHUNKS`] chunks, by asking what is known of those who have it, who are few while a chunk is rare.

use super::neighbors::{Answer, Neighbor, place_of};
use super::peer::Latest;
use crate::chunks::{ChunkSet, ChunkSets, CopyCounts, CountRoom, Owner, SetId};
use crate::sim::cache;

/// The most neighbors that a table has bits for.
pub(crate) const TABLE_NEIGHBORS: u32 = u64::BITS;
/// The most chunks for which a table is kept, which takes 8 bytes for each, whoever has it; or lists of who has which, with 12 bytes for each
/// that somebody has.
pub(crate) const TABLE_CHUNKS: u32 = 1 << 12;

/// The most words that are asked for beforehand: of very many chunks, as at the beginning, few are going to be looked at.
const MOST_LINES: u32 = 16;

/// The most neighbors whose sets are asked for beforehand where owners are listed.
const MOST_SETS: usize = 1 << 9;

/// See the module.
#[derive(Debug)]
pub(super) enum Knowledge {
    /// Of few neighbors.
    Table(Table),
    /// Of many. (Boxed, as tables are what there are many of.)
    Logs(Box<Logs>),
}

impl Default for Knowledge {
    fn default() -> Knowledge {
        Knowledge::Table(Table::default())
    }
}

/// Room to work in.
#[derive(Debug)]
pub(super) struct Room {
    known: ChunkSet,
    sure: ChunkSet,
    copies: CopyCounts,
}

impl Room {
    pub(super) fn new(chunks: u32) -> Room {
        let empty = || ChunkSet::empty(chunks);
        Room { known: empty(), sure: empty(), copies: CopyCounts::new(chunks) }
    }
}

/// Room to count chunks in.
#[derive(Debug)]
pub(super) struct Counting {
    pub news: ChunkSet,
    /// What many answers told and is to be counted together.
    pub uncounted: Vec<News>,
    pub room: CountRoom,
}

impl Counting {
    pub(super) fn new(chunks: u32) -> Counting {
        Counting { news: ChunkSet::empty(chunks), uncounted: Vec::new(), room: CountRoom::new(chunks) }
    }
}

/// What an answer has told and is not counted yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct News {
    pub place: u32,
    /// How many chunks of the neighbor's log were known, and are.
    pub known: (u32, u32),
    pub set: SetId,
}

/// What has a log's chunks: all of them, or those that are asked for.
trait Walk {
    /// Calls `visit` with those at the log's places `from..to`.
    fn walk(&self, from: u32, to: u32, visit: impl FnMut(u32));
}

impl Walk for (&ChunkSets, SetId) {
    #[inline(always)]
    fn walk(&self, from: u32, to: u32, visit: impl FnMut(u32)) {
        self.0.walk(self.1, from, to, visit);
    }
}

impl Walk for &Latest {
    #[inline(always)]
    fn walk(&self, from: u32, to: u32, visit: impl FnMut(u32)) {
        Latest::walk(self, from, to, visit);
    }
}

/// A bit for each neighbor, by place, and such a word for each chunk.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// By chunk, but for neighbors that are whole.
    holders: Box<[u64]>,
    /// Neighbors that had the whole file when first heard of.
    whole: u64,
    /// Neighbors that cannot be asked now.
    blocked: u64,
}

/// By place.
#[derive(Debug, Default)]
pub(super) struct Logs {
    logs: Vec<Option<Log>>,
    /// Neighbors that had the whole file when first heard of.
    whole: u32,
    /// The places of the neighbors that cannot be asked now, in no order; and how many of them are whole.
    blocked: Vec<u32>,
    blocked_whole: u32,
}

/// A log of which something is known; referenced for as long as that is so.
#[derive(Clone, Copy, Debug)]
struct Log {
    set: SetId,
    whole: bool,
}

impl Knowledge {
    /// Of nobody yet; there will never be more than `most` neighbors.
    pub(super) fn new(chunks: u32, most: Option<u32>) -> Knowledge {
        if most.is_some_and(|most| most <= TABLE_NEIGHBORS) && chunks <= TABLE_CHUNKS {
            let holders = vec![0; chunks as usize].into();
            Knowledge::Table(Table { holders, whole: 0, blocked: 0 })
        } else {
            Knowledge::Logs(Box::default())
        }
    }

    /// Neighbors that had the whole file when first heard of: they are not counted chunk by chunk.
    pub(super) fn whole(&self) -> u32 {
        match self {
            Knowledge::Table(table) => table.whole.count_ones(),
            Knowledge::Logs(logs) => logs.whole,
        }
    }

    /// Whether what is known of the neighbor at `place` may be of another log than the answer tells of.
    pub(super) fn is_of_another(&self, place: usize, neighbor: &Neighbor, answer: &Answer) -> bool {
        match self {
            Knowledge::Table(_) => neighbor.known > 0 && neighbor.generation != answer.generation,
            Knowledge::Logs(logs) => logs.logs[place].is_some_and(|log| log.set != answer.set),
        }
    }

    /// Something of the neighbor at `place` is known, of whom nothing was: chunks of `set`, or all of them.
    pub(super) fn begin(&mut self, place: usize, set: SetId, is_whole: bool, sets: &mut ChunkSets) {
        match self {
            Knowledge::Table(table) => table.whole |= u64::from(is_whole) << place,
            Knowledge::Logs(logs) => {
                sets.retain(set);
                logs.logs[place] = Some(Log { set, whole: is_whole });
                if is_whole {
                    logs.whole += 1;
                    logs.blocked_whole += u32::from(logs.blocked.contains(&(place as u32)));
                }
            }
        }
    }

    /// Counts what an answer has told in `copies`.
    pub(super) fn count(&mut self, told: &News, sets: &ChunkSets, copies: &mut CopyCounts, news: &mut ChunkSet) {
        self.count_in(told, (sets, told.set), copies, news);
    }

    /// The same, where `latest` has all that is news.
    pub(super) fn count_latest(&mut self, told: &News, latest: &Latest, copies: &mut CopyCounts, news: &mut ChunkSet) {
        self.count_in(told, latest, copies, news);
    }

    #[inline(always)]
    fn count_in(&mut self, told: &News, chunks: impl Walk, copies: &mut CopyCounts, news: &mut ChunkSet) {
        let &News { place, known: (known, count), .. } = told;
        // Where there are several to a word of bits, they are counted a word at a time: chunk by chunk, the processor would
        // guess the length of each carry, and be wrong half of the time.
        let one_by_one = ((count - known) as usize) * 2 < news.bits().words().len();
        debug_assert!(news.is_empty());
        match self {
            Knowledge::Table(table) if one_by_one => chunks.walk(known, count, |chunk| {
                table.holders[chunk as usize] |= 1 << place;
                copies.add(chunk);
            }),
            Knowledge::Table(table) => chunks.walk(known, count, |chunk| {
                table.holders[chunk as usize] |= 1 << place;
                news.insert(chunk);
            }),
            Knowledge::Logs(_) if one_by_one => chunks.walk(known, count, |chunk| copies.add(chunk)),
            Knowledge::Logs(_) => chunks.walk(known, count, |chunk| news.insert(chunk)),
        }
        if !one_by_one {
            copies.add_all(news);
        }
    }

    /// Forgets all of the neighbor at `place`, of which `known` chunks were known.
    pub(super) fn forget(&mut self, place: usize, known: u32, sets: &mut ChunkSets, copies: &mut CopyCounts) {
        match self {
            Knowledge::Table(table) => {
                let bit = 1 << place;
                if table.whole & bit != 0 {
                    table.whole ^= bit;
                } else if known > 0 {
                    for (chunk, holders) in table.holders.iter_mut().enumerate().filter(|(_, h)| **h & bit != 0) {
                        *holders ^= bit;
                        copies.remove(chunk as u32);
                    }
                }
            }
            Knowledge::Logs(logs) => {
                let Some(Log { set, whole }) = logs.logs[place].take() else { return };
                if whole {
                    logs.whole -= 1;
                    logs.blocked_whole -= u32::from(logs.blocked.contains(&(place as u32)));
                } else {
                    sets.walk(set, 0, known, |chunk| copies.remove(chunk));
                }
                sets.release(set);
            }
        }
    }

    /// Makes room for new neighbors at `places`, which rise; the others move up. They can be asked unless `is_blocked`.
    pub(super) fn insert(&mut self, places: &[u32], is_blocked: impl Fn(u32) -> bool) {
        match self {
            Knowledge::Table(table) => {
                let moved = |bits: u64| places.iter().fold(bits, |bits, &place| insert_bit(bits, place));
                table
                    .holders
                    .iter_mut()
                    .filter(|holders| **holders != 0)
                    .for_each(|holders| *holders = moved(*holders));
                (table.whole, table.blocked) = (moved(table.whole), moved(table.blocked));
                places.iter().for_each(|&place| table.blocked |= u64::from(is_blocked(place)) << place);
            }
            Knowledge::Logs(logs) => {
                let old = std::mem::take(&mut logs.logs);
                logs.logs.reserve_exact(old.len() + places.len());
                let (mut old, mut new) = (old.into_iter(), places.iter().copied().peekable());
                let mut moved = Vec::new();
                loop {
                    let place = logs.logs.len() as u32;
                    if new.next_if_eq(&place).is_some() {
                        logs.logs.push(None);
                        continue;
                    }
                    let Some(log) = old.next() else { break };
                    moved.push(place);
                    logs.logs.push(log);
                }
                logs.blocked.iter_mut().for_each(|place| *place = moved[*place as usize]);
                logs.blocked.extend(places.iter().copied().filter(|&place| is_blocked(place)));
            }
        }
    }

    /// The neighbor at `place`, of which nothing is known any more, is none; those after it move down.
    pub(super) fn remove(&mut self, place: usize) {
        match self {
            Knowledge::Table(table) => {
                let moved = |bits| remove_bit(bits, place as u32);
                table.holders.iter_mut().for_each(|holders| *holders = moved(*holders));
                (table.whole, table.blocked) = (moved(table.whole), moved(table.blocked));
            }
            Knowledge::Logs(logs) => {
                logs.logs.remove(place);
                let place = place as u32;
                logs.blocked.retain(|&blocked| blocked != place);
                logs.blocked.iter_mut().for_each(|blocked| *blocked -= u32::from(*blocked > place));
            }
        }
    }

    /// The neighbor at `place` can be asked from now on, or cannot; that is a change.
    pub(super) fn set_blocked(&mut self, place: usize, is_blocked: bool) {
        match self {
            Knowledge::Table(table) => table.blocked ^= 1 << place,
            Knowledge::Logs(logs) => {
                let whole = u32::from(logs.logs[place].is_some_and(|log| log.whole));
                if is_blocked {
                    logs.blocked.push(place as u32);
                    logs.blocked_whole += whole;
                } else {
                    let at = logs.blocked.iter().position(|&blocked| blocked as usize == place);
                    logs.blocked.swap_remove(at.expect("it was blocked"));
                    logs.blocked_whole -= whole;
                }
            }
        }
    }

    /// Of the chunks in `set`, keeps those that some neighbor that can be asked now is known to have; of `rarest` alone maybe only those
    /// among them with the fewest copies.
    pub(super) fn keep_available(
        &self,
        set: &mut ChunkSet,
        rarest: bool,
        list: &[Neighbor],
        sets: &ChunkSets,
        copies: &CopyCounts,
        room: &mut Room,
    ) {
        let (whole, blocked, blocked_whole) = match self {
            Knowledge::Table(Table { whole, blocked, .. }) => {
                (whole.count_ones(), blocked.count_ones(), (whole & blocked).count_ones())
            }
            Knowledge::Logs(logs) => (logs.whole, logs.blocked.len() as u32, logs.blocked_whole),
        };
        if whole > blocked_whole {
            return;
        }
        copies.keep_above(0, set);
        let blocked = blocked - blocked_whole;
        if let (Knowledge::Table(table), true) = (self, rarest) {
            return table.keep_rarest_available(set, copies, blocked, room);
        }
        // With more copies than there are blocked neighbors, some neighbor that is not blocked has it. Only if that leaves
        // something open is it worth looking at what the blocked ones have.
        room.sure.copy_from(set.bits());
        copies.keep_above(blocked, &mut room.sure);
        match self {
            _ if *set == room.sure => {}
            Knowledge::Table(table) => {
                let free = !table.blocked;
                set.retain_unless(&room.sure, |chunk| table.holders[chunk as usize] & free != 0);
            }
            Knowledge::Logs(logs) => {
                room.copies.clear();
                for &place in &logs.blocked {
                    let Some(Log { set, whole: false }) = logs.logs[place as usize] else { continue };
                    room.known.copy_from(sets.bits(set));
                    let known = list[place as usize].known;
                    sets.walk(set, known, sets.len(set), |chunk| room.known.remove(chunk));
                    room.copies.add_all(&mut room.known);
                }
                copies.keep_exceeding(&room.copies, set);
            }
        }
    }

    /// Whether the neighbor at `place` is known to have `chunk`.
    pub(super) fn has(&self, place: usize, neighbor: &Neighbor, chunk: u32, sets: &ChunkSets) -> bool {
        match self {
            Knowledge::Table(table) => (table.holders[chunk as usize] | table.whole) >> place & 1 != 0,
            Knowledge::Logs(logs) => {
                logs.logs[place].is_some_and(|log| sets.prefix_contains(log.set, neighbor.known, chunk))
            }
        }
    }

    /// The neighbors that can be asked now and are known to have `chunk`, a bit for each place, if that is at hand.
    #[inline]
    pub(super) fn givers(&self, chunk: u32) -> Option<u64> {
        match self {
            Knowledge::Table(table) => Some(table.givers(chunk)),
            Knowledge::Logs(_) => None,
        }
    }

    /// The places of the neighbors that can be asked now and are known to have `chunk`, by rising place, into `places`. (How many have it is
    /// known, so a search through all neighbors ends with the last of them.)
    pub(super) fn holders(
        &self,
        chunk: u32,
        list: &[Neighbor],
        sets: &ChunkSets,
        copies: &CopyCounts,
        places: &mut Vec<u32>,
    ) {
        places.clear();
        match self {
            Knowledge::Table(table) => {
                let mut holders = table.givers(chunk);
                while holders != 0 {
                    places.push(holders.trailing_zeros());
                    holders &= holders - 1;
                }
            }
            Knowledge::Logs(logs) => {
                let count = copies.get(chunk) + logs.whole;
                // Of those who will be back, there may be many more than neighbors.
                match sets.owners(chunk).filter(|owners| owners.len() <= list.len()) {
                    Some(owners) => logs.known_owners(owners, list, places),
                    None => {
                        let places_with = (0..list.len()).filter(|&place| self.has(place, &list[place], chunk, sets));
                        places.extend(places_with.map(|place| place as u32).take(count as usize));
                    }
                }
                debug_assert_eq!(places.len(), count as usize, "copies are counted that nobody has");
                places.retain(|place| !logs.blocked.contains(place));
            }
        }
    }

    /// Lets go of all logs.
    pub(super) fn release(self, sets: &mut ChunkSets) {
        if let Knowledge::Logs(logs) = self {
            logs.logs.iter().flatten().for_each(|log| sets.release(log.set));
        }
    }

    /// Asks for what a choice among the chunks in `wanted` is going to need; of the `rarest` alone.
    #[inline]
    pub(super) fn fetch_for(
        &self,
        wanted: &ChunkSet,
        rarest: bool,
        list: &[Neighbor],
        sets: &ChunkSets,
        copies: &CopyCounts,
    ) {
        match self {
            Knowledge::Table(table) if rarest => {
                let mut lines = 0;
                copies.visit_rarest(wanted.bits(), |chunk| {
                    lines += 1;
                    if lines <= MOST_LINES {
                        cache::fetch_item(&table.holders, chunk as usize);
                    }
                });
            }
            Knowledge::Table(table) => {
                let blocked = (table.blocked & !table.whole).count_ones();
                copies.visit_scarce(blocked, wanted.bits(), |chunk| cache::fetch_item(&table.holders, chunk as usize));
            }
            Knowledge::Logs(logs) => {
                // Where owners are listed, few of very many are going to be looked at.
                if logs.logs.len() <= MOST_SETS || !sets.lists_owners() {
                    logs.logs.iter().flatten().for_each(|log| sets.fetch_set(log.set));
                }
                for &place in &logs.blocked {
                    let (log, neighbor) = (logs.logs.get(place as usize), list.get(place as usize));
                    if let (Some(Some(log)), Some(neighbor)) = (log, neighbor) {
                        sets.fetch_log(log.set, neighbor.known);
                    }
                }
            }
        }
    }

    /// Asks for what is known of who has `chunk`.
    #[inline]
    pub(super) fn fetch_chunk(&self, chunk: u32) {
        if let Knowledge::Table(table) = self {
            cache::fetch_item(&table.holders, chunk as usize);
        }
    }

    /// Asks for what answers of many neighbors are going to need.
    #[inline]
    pub(super) fn fetch_for_answers(&self) {
        match self {
            Knowledge::Table(table) if table.holders.len() <= 512 => cache::fetch_run(&table.holders),
            _ => {}
        }
    }

    /// Asks for what trying the neighbor at `place` is going to need.
    #[inline]
    pub(super) fn fetch_one(&self, place: usize, neighbor: &Neighbor, sets: &ChunkSets) {
        let Knowledge::Logs(logs) = self else { return };
        if let Some(log) = logs.logs[place] {
            sets.fetch_set(log.set);
            sets.fetch_log(log.set, neighbor.known);
        }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Knowledge::Table(table) => size_of_val(&*table.holders),
            Knowledge::Logs(logs) => {
                logs.logs.capacity() * size_of::<Option<Log>>() + logs.blocked.capacity() * size_of::<u32>()
            }
        }
    }
}

impl Logs {
    /// Whether it is less work to count all anew than `told` chunks of some: what is in other logs, or in these and not known, has to be taken
    /// from what all have.
    pub(super) fn is_counted_anew(&self, told: u64, list: &[Neighbor], sets: &ChunkSets) -> bool {
        let looks = list.len() as u64;
        let Some(entries) = sets.entries().filter(|_| told > looks) else { return false };
        let known: u64 = self.prefixes(list).map(|(_, known)| u64::from(known)).sum();
        told > looks + (entries - known)
    }

    /// The logs whose chunks are counted one by one, and how many of them are known.
    pub(super) fn prefixes<'a>(&'a self, list: &'a [Neighbor]) -> impl Iterator<Item = (SetId, u32)> + 'a {
        let known = list.iter().map(|neighbor| neighbor.known);
        self.logs.iter().zip(known).filter_map(|(log, known)| log.filter(|log| !log.whole).map(|log| (log.set, known)))
    }

    /// The places of those among the `owners` of a chunk that are known to have it, by rising place, into `places`, which is empty.
    fn known_owners(&self, owners: &[Owner], list: &[Neighbor], places: &mut Vec<u32>) {
        for owner in owners {
            let Some(place) = place_of(list, owner.peer) else { continue };
            let is_of = self.logs[place].is_some_and(|log| log.set == owner.set);
            if is_of && owner.place < list[place].known {
                places.push(place as u32);
            }
        }
        // Most of them are by now.
        places.sort_unstable();
    }
}

impl Table {
    /// Of the chunks in `set`, all with a copy, keeps those with the fewest among those that can be asked for. Looks up the givers
    /// of the rarest, and of the next only where these have none.
    fn keep_rarest_available(&self, set: &mut ChunkSet, copies: &CopyCounts, blocked: u32, room: &mut Room) {
        let rest = &mut room.known;
        rest.copy_from(set.bits());
        loop {
            set.copy_from(rest.bits());
            set.keep_rarest(copies);
            let Some(one) = set.first() else { return };
            // All of these have as many copies, and with more than there are blocked neighbors, some other neighbor has it.
            if copies.get(one) > blocked {
                return;
            }
            rest.remove_all(set);
            set.retain(|chunk| self.givers(chunk) != 0);
            if !set.is_empty() {
                return;
            }
        }
    }

    #[inline]
    fn givers(&self, chunk: u32) -> u64 {
        (self.holders[chunk as usize] | self.whole) & !self.blocked
    }
}

/// `bits` with a 0 put in at `place`.
fn insert_bit(bits: u64, place: u32) -> u64 {
    let below = (1 << place) - 1;
    bits & below | (bits & !below) << 1
}

/// `bits` with that at `place` taken out.
fn remove_bit(bits: u64, place: u32) -> u64 {
    let below = (1 << place) - 1;
    bits & below | bits >> 1 & !below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_move_as_items_of_a_vector() {
        for place in 0..64 {
            let bits = 0x8421_dead_beef_1357u64 >> 1;
            let mut list: Vec<bool> = (0..64).map(|i| bits >> i & 1 == 1).collect();
            list.insert(place as usize, false);
            list.pop();
            let inserted = insert_bit(bits, place);
            assert!((0..64).all(|i| (inserted >> i & 1 == 1) == list[i]), "{place}");
            list.remove(place as usize);
            list.push(false);
            let removed = remove_bit(inserted, place);
            assert!((0..64).all(|i| (removed >> i & 1 == 1) == list[i]), "{place}");
        }
    }
}
