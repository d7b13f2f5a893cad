//! A downloading peer's neighbors, and what it knows of them.

use super::knowledge::{Counting, Knowledge, News, Room, TABLE_CHUNKS, TABLE_NEIGHBORS};
use super::peer::Presence;
use super::query::packed;
use crate::chunks::{ChunkSet, ChunkSets, CopyCounts, SetId};
use crate::sim::{Draws, Span, cache};

/// How many neighbors are tried at random before all are looked at.
const TRIES: usize = 8;
/// How many of these are looked up at the same time.
const TOGETHER: usize = 4;
/// The most chunks in an answer for each of which memory is asked for.
const MOST_NEWS: u32 = 32;

/// A neighbor, as its asker sees it: what an answer to a query needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbor {
    id: u32,
    /// How many of its chunks the asker knows of: the first so many that it got.
    pub known: u32,
    /// The latency to it, as events carry it ([`packed`](super::query::packed)).
    latency: u32,
    /// Fetches under way with it.
    pub busy: u16,
    /// [Which](super::peer::Presence::generation) of its logs these are of.
    pub generation: u8,
    /// A request to it failed: it is not asked for chunks until it answers a query again.
    pub suspended: bool,
}

/// An answer to a Chunks Query: the first `count` chunks of `set` (which it references).
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub from: u32,
    pub count: u32,
    pub set: SetId,
    /// Where it may stand among the asker's neighbors.
    pub place: u16,
    /// Which of its logs the set is.
    pub generation: u8,
}

/// What a query carries beside its addresses, and an answer brings back: in the lower half, where the neighbor may stand among the
/// asker's; in the upper half of a query, how many of its chunks the asker knows of, and of an answer, whether there is news.
#[derive(Clone, Copy, Debug)]
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
    pub(super) fn place(self) -> u16 {
        self.0 as u16
    }
}

/// All neighbors of a downloading peer, by rising number, and the copies of chunks among them. What each choice needs stands first.
#[derive(Debug, Default)]
#[repr(C)]
pub(super) struct Neighborhood {
    list: Vec<Neighbor>,
    /// Who is known to have which chunk, and can be asked.
    knowledge: Knowledge,
    /// Copies of each chunk among the neighbors that are not `whole`.
    pub copies: CopyCounts,
    /// The most fetches under way with one neighbor.
    most_busy: u16,
    /// The best rates observed, bytes per second, in the same order as the list; only where somebody asks for them.
    #[expect(
        clippy::box_collection,
        reason = "rarely there, and every word of this costs memory that is not in the cache"
    )]
    best_bytes_per_s: Option<Box<Vec<u64>>>,
}

impl Neighborhood {
    /// No neighbors yet, and never more than `most`. With `most_busy` fetches under way, one cannot be asked for more.
    pub(super) fn new(chunks: u32, most: Option<u32>, most_busy: u16, observes_rates: bool) -> Neighborhood {
        let best_bytes_per_s = observes_rates.then(Box::default);
        // Where they are few, room for all of them is taken at once: what is asked for together then lies together.
        let few = most.filter(|&most| most <= TABLE_NEIGHBORS && chunks <= TABLE_CHUNKS).unwrap_or(0);
        let (copies, list) = (CopyCounts::with_room(chunks, few), Vec::with_capacity(few as usize));
        Neighborhood { list, best_bytes_per_s, copies, knowledge: Knowledge::new(chunks, most), most_busy }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// How many neighbors there are of whom `which` says yes.
    pub(super) fn how_many(&self, which: impl Fn(u32) -> bool) -> usize {
        self.list.iter().filter(|neighbor| which(neighbor.id)).count()
    }

    /// The number of the neighbor at `place`, and the latency to it, packed.
    pub(super) fn address(&self, place: usize) -> (u32, u32) {
        (self.list[place].id, self.list[place].latency)
    }

    /// How many chunks of the neighbor at `place` are known, and of [which](super::peer::Presence::generation) of its logs.
    pub(super) fn known(&self, place: usize) -> (u32, u8) {
        (self.list[place].known, self.list[place].generation)
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
        place_of(&self.list, id)
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
        let mut merged: Vec<_> =
            self.list.drain(..).enumerate().map(|(i, neighbor)| (neighbor, rate(i), false)).collect();
        for id in ids {
            let (latency, busy) = (packed(latency(id)), busy(id));
            merged.push((Neighbor { id, known: 0, latency, busy, generation: 0, suspended: false }, 0, true));
        }
        #[expect(clippy::disallowed_methods, reason = "each neighbor is there once")]
        merged.sort_unstable_by_key(|(neighbor, ..)| neighbor.id);
        self.list.reserve_exact(merged.len());
        self.list.extend(merged.iter().map(|&(neighbor, ..)| neighbor));
        self.best_bytes_per_s = rates.map(|_| Box::new(merged.iter().map(|&(_, rate, _)| rate).collect()));
        debug_assert!(self.list.windows(2).all(|pair| pair[0].id < pair[1].id), "a neighbor twice");
        let new: Vec<u32> = (0..merged.len() as u32).filter(|&place| merged[place as usize].2).collect();
        let Neighborhood { knowledge, list, most_busy, .. } = self;
        knowledge.insert(&new, |place| list[place as usize].is_blocked(*most_busy));
    }

    /// Drops the neighbor at `place` and all knowledge of it.
    pub(super) fn remove(&mut self, place: usize, sets: &mut ChunkSets) {
        self.forget(place, sets);
        self.list.remove(place);
        if let Some(rates) = &mut self.best_bytes_per_s {
            rates.remove(place);
        }
        self.knowledge.remove(place);
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
        self.knowledge.release(sets);
    }

    /// Takes in an answer. True where it changes what can be asked for. `counting` is room to work in.
    pub(super) fn learn(&mut self, answer: &Answer, sets: &mut ChunkSets, counting: &mut Counting) -> bool {
        let (is_change, news) = self.take_in(answer, sets);
        if let Some(news) = news {
            self.knowledge.count(&news, sets, &mut self.copies, &mut counting.news);
        }
        is_change
    }

    /// Takes in an answer of `node`, as [`Neighborhood::learn`] does, from its latest chunks where these are all that is news.
    #[inline]
    pub(super) fn learn_latest(
        &mut self,
        answer: &Answer,
        node: &Presence,
        sets: &mut ChunkSets,
        counting: &mut Counting,
    ) {
        let Some(news) = self.take_in(answer, sets).1 else { return };
        // Of an earlier log, the latest chunks know nothing.
        if node.generation == answer.generation && node.latest_reach(news.known.0, sets) {
            self.knowledge.count_latest(&news, &node.latest, &mut self.copies, &mut counting.news);
        } else {
            self.knowledge.count(&news, sets, &mut self.copies, &mut counting.news);
        }
    }

    /// Takes in an answer of many, one of each neighbor at most, whose chunks are [counted](Neighborhood::count_later) when all of them are
    /// there. Until then copies are not those of what is known, and nothing else may be asked or changed.
    pub(super) fn learn_one_of_many(&mut self, answer: &Answer, sets: &mut ChunkSets, counting: &mut Counting) {
        let (_, news) = self.take_in(answer, sets);
        counting.uncounted.extend(news);
    }

    /// Counts what many answers told: chunk by chunk, or, where that is less work, all that is known anew.
    pub(super) fn count_later(&mut self, sets: &ChunkSets, counting: &mut Counting) {
        let Neighborhood { list, knowledge, copies, .. } = self;
        let Counting { news, uncounted, room } = counting;
        let told = uncounted.iter().map(|one| u64::from(one.known.1 - one.known.0)).sum();
        match knowledge {
            Knowledge::Logs(logs) if logs.is_counted_anew(told, list, sets) => {
                sets.count_prefixes(logs.prefixes(list), copies, room);
            }
            _ => uncounted.iter().for_each(|one| knowledge.count(one, sets, copies, news)),
        }
        uncounted.clear();
    }

    /// Takes in an answer, but for its chunks, which are to be counted. Whether it changes what can be asked for.
    // Always, as `exchange` of a round.
    #[inline(always)]
    fn take_in(&mut self, answer: &Answer, sets: &mut ChunkSets) -> (bool, Option<News>) {
        let &Answer { from, place, count, set, generation } = answer;
        let Some(place) = self.place(from, u32::from(place)) else { return (false, None) };
        let was_suspended = self.list[place].suspended;
        if was_suspended {
            self.update(place, |neighbor| neighbor.suspended = false);
        }
        if self.knowledge.is_of_another(place, &self.list[place], answer) {
            self.forget(place, sets);
        }
        let Neighborhood { list, knowledge, .. } = self;
        let neighbor = &mut list[place];
        let known = neighbor.known;
        if count <= known {
            return (was_suspended, None);
        }
        (neighbor.known, neighbor.generation) = (count, generation);
        let is_whole = known == 0 && count == sets.chunks();
        if known == 0 {
            knowledge.begin(place, set, is_whole, sets);
        }
        (true, (!is_whole).then_some(News { place: place as u32, known: (known, count), set }))
    }

    fn forget(&mut self, place: usize, sets: &mut ChunkSets) {
        let known = std::mem::replace(&mut self.list[place].known, 0);
        self.knowledge.forget(place, known, sets, &mut self.copies);
    }

    /// Changes the neighbor at `place`, and keeps count of who is blocked.
    pub(super) fn update(&mut self, place: usize, change: impl FnOnce(&mut Neighbor)) {
        let neighbor = &mut self.list[place];
        let before = neighbor.is_blocked(self.most_busy);
        change(neighbor);
        let after = neighbor.is_blocked(self.most_busy);
        if before != after {
            self.knowledge.set_blocked(place, after);
        }
    }

    /// Of the chunks in `set`, keeps those that some neighbor that can be asked now is known to have; of `rarest` alone maybe only those
    /// among them with the fewest copies.
    pub(super) fn keep_available(&self, set: &mut ChunkSet, rarest: bool, sets: &ChunkSets, room: &mut Room) {
        self.knowledge.keep_available(set, rarest, &self.list, sets, &self.copies, room);
    }

    /// The place of any neighbor that can be asked now and is known to have `chunk`, each as likely; found by trying some at
    /// random. `None` where the tries were in vain: there may still be one.
    pub(super) fn try_holder(&self, chunk: u32, sets: &ChunkSets, draws: &mut Draws) -> Option<u32> {
        let holders = self.copies.get(chunk) + self.knowledge.whole();
        if (holders as usize) * TRIES < self.list.len() {
            return None;
        }
        let givers = self.knowledge.givers(chunk);
        for _ in 0..TRIES / TOGETHER {
            let places: [usize; TOGETHER] = std::array::from_fn(|_| draws.below(self.list.len() as u64) as usize);
            let found = match givers {
                Some(givers) => places.into_iter().find(|&place| givers >> place & 1 == 1),
                None => {
                    places.iter().for_each(|&place| self.knowledge.fetch_one(place, &self.list[place], sets));
                    let can_give = |&place: &usize| {
                        let neighbor = &self.list[place];
                        !neighbor.is_blocked(self.most_busy) && self.knowledge.has(place, neighbor, chunk, sets)
                    };
                    places.into_iter().find(can_give)
                }
            };
            if let Some(place) = found {
                return Some(place as u32);
            }
        }
        None
    }

    /// The places of the neighbors that can be asked now and are known to have `chunk`, into `places`.
    pub(super) fn holders(&self, chunk: u32, sets: &ChunkSets, places: &mut Vec<u32>) {
        self.knowledge.holders(chunk, &self.list, sets, &self.copies, places);
    }

    /// Asks for the memory of the list.
    #[inline]
    pub(super) fn fetch_list(&self) {
        cache::fetch_run(&self.list);
    }

    /// Asks for the memory of the counts.
    #[inline]
    pub(super) fn fetch_counts(&self) {
        self.copies.fetch();
    }

    /// Asks for the memory of the neighbor at `place`, if there is one.
    #[inline]
    pub(super) fn fetch_place(&self, place: u32) {
        cache::fetch_item(&self.list, place as usize);
    }

    /// Asks for the memory of the log of `set`, of which the neighbor at `place` has told or is going to tell: the first `count` chunks.
    #[inline]
    pub(super) fn fetch_log(&self, place: u32, set: SetId, count: u32, sets: &ChunkSets) {
        if let Some(neighbor) = self.list.get(place as usize) {
            sets.fetch_places(set, neighbor.known, count);
        }
    }

    /// Asks for what the news in such an answer is going to need.
    #[inline]
    pub(super) fn fetch_for_news(&self, place: u32, set: SetId, count: u32, sets: &ChunkSets) {
        let Some(neighbor) = self.list.get(place as usize) else { return };
        if (neighbor.known..neighbor.known + MOST_NEWS).contains(&count) {
            sets.walk(set, neighbor.known, count, |chunk| self.knowledge.fetch_chunk(chunk));
        }
    }

    /// Asks for what answers of many neighbors are going to need.
    #[inline]
    pub(super) fn fetch_for_answers(&self) {
        self.knowledge.fetch_for_answers();
    }

    /// Asks for what a choice among the chunks in `wanted` is going to need; of the `rarest` alone.
    #[inline]
    pub(super) fn fetch_for(&self, wanted: &ChunkSet, rarest: bool, sets: &ChunkSets) {
        self.knowledge.fetch_for(wanted, rarest, &self.list, sets, &self.copies);
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.list.capacity() * size_of::<Neighbor>()
            + self.best_bytes_per_s.as_ref().map_or(0, |rates| rates.capacity() * size_of::<u64>())
            + self.knowledge.heap_bytes()
            + self.copies.heap_bytes()
    }
}

/// The place of neighbor `id` in a list by rising number; tried first where it is if everyone is a neighbor from the first number on, but for
/// the asker.
pub(super) fn place_of(list: &[Neighbor], id: u32) -> Option<usize> {
    let after = id.checked_sub(list.first()?.id)? as usize;
    let is_at = |place: usize| list.get(place).is_some_and(|neighbor| neighbor.id == id);
    let guessed = [after, after.saturating_sub(1)].into_iter().find(|&place| is_at(place));
    guessed.or_else(|| list.binary_search_by_key(&id, |neighbor| neighbor.id).ok())
}

impl Neighbor {
    fn is_blocked(&self, most_busy: u16) -> bool {
        self.suspended || self.busy >= most_busy
    }
}

const _: () = assert!(size_of::<Neighbor>() == 16, "every peer has dozens of these");
const _: () = assert!(size_of::<Answer>() == 16, "every peer has room for some of these");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHUNKS: u32 = 70;
    const NEIGHBORS: u32 = 6;

    /// A neighborhood, and as its slow twin what each neighbor has, by generation, and what is known of it, as plain vectors.
    struct Twin {
        sets: ChunkSets,
        hood: Neighborhood,
        /// Each neighbor's log, chunks and generation.
        logs: Vec<(SetId, Vec<u32>, u8)>,
        /// What is known of each, unless it is no neighbor.
        known: Vec<Option<Vec<u32>>>,
    }

    impl Twin {
        fn new(most: Option<u32>, mut sets: ChunkSets) -> Twin {
            let mut hood = Neighborhood::new(CHUNKS, most, 1, false);
            let logs = (0..NEIGHBORS).map(|i| (sets.create(i + 1), vec![], 0)).collect();
            hood.add_all((0..NEIGHBORS).map(|i| i + 1), |_| Span::ZERO, |_| 0);
            Twin { sets, hood, logs, known: vec![Some(vec![]); NEIGHBORS as usize] }
        }

        fn step(&mut self, i: usize, step: u8, chunk: u32, counting: &mut Counting) {
            let Twin { sets, hood, logs, known } = self;
            let (set, chunks, generation) = &mut logs[i];
            let place = hood.find(i as u32 + 1);
            match step {
                0..=4 if !chunks.contains(&chunk) => {
                    sets.append(*set, chunk);
                    chunks.push(chunk);
                }
                // Everything at once, which makes a neighbor whole if nothing was known of it.
                5 if chunk < 5 => (0..CHUNKS).for_each(|chunk| {
                    if !chunks.contains(&chunk) {
                        sets.append(*set, chunk);
                        chunks.push(chunk);
                    }
                }),
                6..=8 | 14 => {
                    let answer = Answer {
                        from: i as u32 + 1,
                        place: 0,
                        count: sets.len(*set),
                        set: *set,
                        generation: *generation,
                    };
                    if step == 14 {
                        let mut node = Presence { held: answer.count, generation: *generation, ..Presence::default() };
                        node.latest.copy(*set, sets);
                        hood.learn_latest(&answer, &node, sets, counting);
                    } else {
                        hood.learn(&answer, sets, counting);
                    }
                    if known[i].is_some() {
                        known[i] = Some(chunks.clone());
                    }
                }
                // All of them answer.
                13 => {
                    for (from, ((set, chunks, generation), known)) in (1..).zip(logs.iter().zip(known)) {
                        let count = sets.len(*set);
                        let answer = Answer { from, place: 0, count, set: *set, generation: *generation };
                        hood.learn_one_of_many(&answer, sets, counting);
                        known.iter_mut().for_each(|known| known.clone_from(chunks));
                    }
                    hood.count_later(sets, counting);
                }
                9 => _ = place.map(|place| hood.update(place, |n| n.busy = 1 - n.busy)),
                10 => _ = place.map(|place| hood.update(place, |n| n.suspended = !n.suspended)),
                // It comes back without its chunks.
                11 if chunk < 20 => {
                    sets.release(*set);
                    (*set, *chunks, *generation) = (sets.create(i as u32 + 1), vec![], *generation + 1);
                }
                12 if chunk < 20 => match place {
                    Some(place) => {
                        hood.remove(place, sets);
                        known[i] = None;
                    }
                    None => {
                        hood.add_all([i as u32 + 1].into_iter(), |_| Span::ZERO, |_| (chunk % 2) as u16);
                        known[i] = Some(vec![]);
                    }
                },
                _ => {}
            }
        }

        fn check(&self, room: &mut Room) {
            let Twin { sets, hood, known, .. } = self;
            let neighbors: Vec<&Vec<u32>> = known.iter().flatten().collect();
            let free = |place: usize| hood.list[place].busy == 0 && !hood.list[place].suspended;
            let mut available = ChunkSet::full(CHUNKS);
            hood.keep_available(&mut available, false, sets, room);
            let (mut rarest, mut expected) = (ChunkSet::full(CHUNKS), available.clone());
            hood.keep_available(&mut rarest, true, sets, room);
            rarest.keep_rarest(&hood.copies);
            expected.keep_rarest(&hood.copies);
            assert_eq!(rarest, expected);
            let mut places = vec![];
            for c in 0..CHUNKS {
                let having = (0..neighbors.len()).filter(|&place| neighbors[place].contains(&c));
                let holders: Vec<u32> = having.clone().filter(|&place| free(place)).map(|place| place as u32).collect();
                assert_eq!(available.contains(c), !holders.is_empty(), "chunk {c}");
                hood.holders(c, sets, &mut places);
                assert_eq!(places, holders, "chunk {c}");
                assert_eq!(hood.copies.get(c) + hood.knowledge.whole(), having.count() as u32, "chunk {c}");
            }
        }
    }

    #[test]
    fn what_most_have_told_is_counted_from_all_logs() {
        let (mut twin, mut counting) = (Twin::new(None, ChunkSets::with_owners(CHUNKS)), Counting::new(CHUNKS));
        for (i, chunk) in (0..NEIGHBORS as usize).flat_map(|i| (0..20 + i as u32).map(move |chunk| (i, chunk))) {
            twin.step(i, 0, chunk, &mut counting);
        }
        let Twin { sets, hood, logs, .. } = &twin;
        let Knowledge::Logs(knowledge) = &hood.knowledge else { panic!("many may become neighbors") };
        let all: u64 = logs.iter().map(|(set, ..)| u64::from(sets.len(*set))).sum();
        // Nothing is known yet, so that all that there is would have to be taken away again.
        assert!(!knowledge.is_counted_anew(all, &hood.list, sets));
        twin.step(0, 13, 0, &mut counting);
        let Twin { sets, hood, .. } = &twin;
        let Knowledge::Logs(knowledge) = &hood.knowledge else { panic!("many may become neighbors") };
        assert!(knowledge.is_counted_anew(all, &hood.list, sets) && !knowledge.is_counted_anew(5, &hood.list, sets));
        twin.check(&mut Room::new(CHUNKS));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn knowledge_agrees_with_vectors(steps in prop::collection::vec((0..NEIGHBORS as usize, 0..15u8, 0..CHUNKS), 1..300)) {
            let (plain, listed) = (|| ChunkSets::new(CHUNKS), || ChunkSets::with_owners(CHUNKS));
            for (most, sets) in [(None, plain()), (None, listed()), (Some(NEIGHBORS), plain())] {
                let mut twin = Twin::new(most, sets);
                prop_assert_eq!(matches!(twin.hood.knowledge, Knowledge::Table(_)), most.is_some());
                let (mut room, mut counting) = (Room::new(CHUNKS), Counting::new(CHUNKS));
                for &(i, step, chunk) in &steps {
                    twin.step(i, step, chunk, &mut counting);
                    twin.check(&mut room);
                }
                for place in (0..twin.hood.len()).rev() { twin.hood.remove(place, &mut twin.sets); }
                for c in 0..CHUNKS { prop_assert_eq!(twin.hood.copies.get(c), 0); }
                prop_assert_eq!(twin.hood.knowledge.whole(), 0);
            }
        }
    }
}
