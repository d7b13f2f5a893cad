//! How many copies of each chunk, in bit planes.
//!
//! Plane `j` holds bit `j` of every chunk's count, 64 chunks to a word. With 50 neighbors a count takes 6 bits; adding
//! one copy touches two planes on average; and the rarest of a whole set of chunks are found by going down the
//! planes, 64 chunks at a time, without looking at a single count. A table of counts kept in order of rarity
//! would take ten times the memory and serve one strategy only.

use super::{Bits, ChunkSet};
use crate::sim::cache;

/// Calls a method with the number of a plane's words as a constant, where that is small, as of most files: then the compiler needs no
/// loops, and what is found takes no branch, which the processor would guess wrong half of the time. Else does the other.
macro_rules! by_width {
    ($counts:ident.$few:ident($set:ident), $many:expr) => {
        match $counts.words {
            1 => $counts.$few::<1>($set),
            2 => $counts.$few::<2>($set),
            3 => $counts.$few::<3>($set),
            4 => $counts.$few::<4>($set),
            _ => $many,
        }
    };
}

/// Counts of copies, one a chunk.
///
/// ```
/// use swarmsim::chunks::{ChunkSet, CopyCounts};
///
/// let mut copies = CopyCounts::new(4);
/// [0, 0, 1, 2, 2, 2].into_iter().for_each(|chunk| copies.add(chunk));
/// assert_eq!([0, 1, 2, 3].map(|chunk| copies.get(chunk)), [2, 1, 3, 0]);
/// let mut rarest: ChunkSet = [0, 1, 2].into_iter().collect();
/// rarest.keep_rarest(&copies);
/// assert_eq!(rarest.iter().collect::<Vec<_>>(), [1]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct CopyCounts {
    /// Plane 0's words, then plane 1's, and so on; as many planes as the greatest count needed so far.
    planes: Vec<u64>,
    words: usize,
}

impl CopyCounts {
    /// No copy of any of `chunks` chunks.
    pub fn new(chunks: u32) -> CopyCounts {
        CopyCounts::with_room(chunks, 0)
    }

    /// The same, with room for counts up to `most`, which then take their memory at once.
    pub(crate) fn with_room(chunks: u32, most: u32) -> CopyCounts {
        let words = chunks.div_ceil(64) as usize;
        CopyCounts { planes: Vec::with_capacity(words * (u32::BITS - most.leading_zeros()) as usize), words }
    }

    /// One more copy of `chunk`.
    #[inline]
    pub fn add(&mut self, chunk: u32) {
        let mut at = chunk as usize / 64;
        let mut carry = 1u64 << (chunk % 64);
        while carry != 0 {
            if at >= self.planes.len() {
                self.planes.reserve_exact(self.words);
                self.planes.resize(self.planes.len() + self.words, 0);
            }
            let word = self.planes[at];
            self.planes[at] = word ^ carry;
            carry &= word;
            at += self.words;
        }
    }

    /// One copy of `chunk` less.
    ///
    /// # Panics
    /// Where there is none.
    #[inline]
    pub fn remove(&mut self, chunk: u32) {
        let mut at = chunk as usize / 64;
        let mut borrow = 1u64 << (chunk % 64);
        while borrow != 0 {
            let word = self.planes.get_mut(at).expect("a copy to take away");
            borrow &= !*word;
            *word ^= 1 << (chunk % 64);
            at += self.words;
        }
    }

    /// Copies of `chunk`.
    pub fn get(&self, chunk: u32) -> u32 {
        let at = chunk as usize / 64;
        let bits = self.planes.iter().skip(at).step_by(self.words.max(1));
        bits.enumerate().map(|(j, word)| ((word >> (chunk % 64) & 1) as u32) << j).sum()
    }

    /// Of the chunks in `set`, keeps those with the fewest copies.
    pub(super) fn keep_least(&self, set: &mut [u64]) {
        by_width!(self.keep_least_of_few(set), {
            for plane in self.planes.chunks_exact(self.words.max(1)).rev() {
                if set.iter().zip(plane).any(|(s, p)| s & !p != 0) {
                    set.iter_mut().zip(plane).for_each(|(s, p)| *s &= !p);
                }
            }
        });
    }

    fn keep_least_of_few<const WORDS: usize>(&self, set: &mut [u64]) {
        let mut kept: [u64; WORDS] = words_of(set);
        for plane in self.planes.chunks_exact(WORDS).rev() {
            let any = kept.iter().zip(plane).fold(0, |any, (k, p)| any | k & !p);
            let drop = if any != 0 { u64::MAX } else { 0 };
            kept.iter_mut().zip(plane).for_each(|(k, p)| *k &= !(p & drop));
        }
        set.iter_mut().zip(kept).for_each(|(word, kept)| *word = kept);
    }

    /// Of the chunks in `set`, keeps those with any copy.
    fn keep_any(&self, set: &mut [u64]) {
        debug_assert!(set.len() <= self.words, "chunks beyond those that are counted");
        by_width!(self.keep_any_of_few(set), {
            for (i, kept) in set.iter_mut().enumerate() {
                *kept &= self.planes.iter().skip(i).step_by(self.words.max(1)).fold(0, |any, plane| any | plane);
            }
        });
    }

    fn keep_any_of_few<const WORDS: usize>(&self, set: &mut [u64]) {
        let mut any = [0; WORDS];
        for plane in self.planes.chunks_exact(WORDS) {
            any.iter_mut().zip(plane).for_each(|(any, p)| *any |= p);
        }
        set.iter_mut().zip(any).for_each(|(kept, any)| *kept &= any);
    }

    /// Of the chunks in `set`, keeps those with the most copies.
    pub(super) fn keep_greatest(&self, set: &mut [u64]) {
        for plane in self.planes.chunks_exact(self.words).rev() {
            if set.iter().zip(plane).any(|(s, p)| s & p != 0) {
                set.iter_mut().zip(plane).for_each(|(s, p)| *s &= p);
            }
        }
    }

    /// Of the chunks in `set`, keeps those with more copies here than in `others`.
    pub(crate) fn keep_exceeding(&self, others: &CopyCounts, set: &mut ChunkSet) {
        let planes = (self.planes.len().max(others.planes.len()) / self.words.max(1)) as u32;
        let bit = |counts: &CopyCounts, plane: u32, word: usize| {
            counts.planes.get(plane as usize * counts.words + word).copied().unwrap_or(0)
        };
        for (i, kept) in set.words_mut().iter_mut().enumerate() {
            let (mut more, mut equal) = (0, *kept);
            for plane in (0..planes).rev() {
                let (mine, theirs) = (bit(self, plane, i), bit(others, plane, i));
                more |= equal & mine & !theirs;
                equal &= !(mine ^ theirs);
            }
            *kept = more;
        }
    }

    /// Of the chunks in `set`, keeps those with more than `limit` copies.
    pub(crate) fn keep_above(&self, limit: u32, set: &mut ChunkSet) {
        // Asked most often, and before each choice: whether there is any copy.
        if limit == 0 {
            return self.keep_any(set.words_mut());
        }
        let planes = self.planes.len() / self.words.max(1);
        let beyond = limit.checked_shr(planes as u32).unwrap_or(0) != 0;
        for (i, kept) in set.words_mut().iter_mut().enumerate() {
            let (mut more, mut equal) = (0, if beyond { 0 } else { *kept });
            for plane in (0..planes).rev() {
                let mine = self.planes[plane * self.words + i];
                if limit >> plane & 1 == 0 {
                    more |= equal & mine;
                    equal &= !mine;
                } else {
                    equal &= mine;
                }
            }
            *kept = more;
        }
    }

    /// Calls `visit` with the chunks of `set` that have 1 to `limit` copies.
    pub(crate) fn visit_scarce(&self, limit: u32, set: Bits<'_>, mut visit: impl FnMut(u32)) {
        let planes = self.planes.len() / self.words.max(1);
        for (i, &wanted) in set.words().iter().enumerate() {
            let (mut fewer, mut equal, mut none) = (0, wanted, wanted);
            for plane in (0..planes).rev() {
                let mine = self.planes[plane * self.words + i];
                none &= !mine;
                if limit.checked_shr(plane as u32).unwrap_or(0) & 1 == 1 {
                    fewer |= equal & !mine;
                    equal &= mine;
                } else {
                    equal &= !mine;
                }
            }
            let beyond = limit.checked_shr(planes as u32).unwrap_or(0) != 0;
            let scarce = if beyond { wanted } else { fewer | equal } & !none;
            visit_word(i, scarce, &mut visit);
        }
    }

    /// Calls `visit` with those chunks of `set` that have the fewest copies, but at least one. A guess at what will be looked at: of files of
    /// more than 4,096 chunks, none.
    pub(crate) fn visit_rarest(&self, set: Bits<'_>, mut visit: impl FnMut(u32)) {
        let mut room = [0; 64];
        let Some(rarest) = room.get_mut(..self.words) else { return };
        rarest.copy_from_slice(set.words());
        self.keep_any(rarest);
        self.keep_least(rarest);
        for (i, &word) in rarest.iter().enumerate() {
            visit_word(i, word, &mut visit);
        }
    }

    /// One more copy of every chunk in `set`, which is empty afterwards.
    pub(crate) fn add_all(&mut self, set: &mut ChunkSet) {
        let carry = set.words_mut();
        by_width!(self.add_all_of_few(carry), self.add_all_of_many(carry));
    }

    fn add_all_of_many(&mut self, carry: &mut [u64]) {
        for plane in self.planes.chunks_exact_mut(self.words) {
            let mut any = 0;
            for (word, carry) in plane.iter_mut().zip(carry.iter_mut()) {
                (*word, *carry) = (*word ^ *carry, *word & *carry);
                any |= *carry;
            }
            if any == 0 {
                return;
            }
        }
        if carry.iter().any(|&word| word != 0) {
            self.planes.reserve_exact(self.words);
            self.planes.extend_from_slice(carry);
            carry.fill(0);
        }
    }

    fn add_all_of_few<const WORDS: usize>(&mut self, set: &mut [u64]) {
        let mut carry: [u64; WORDS] = words_of(set);
        set.fill(0);
        for plane in self.planes.chunks_exact_mut(WORDS) {
            for (word, carry) in plane.iter_mut().zip(&mut carry) {
                (*word, *carry) = (*word ^ *carry, *word & *carry);
            }
        }
        if carry != [0; WORDS] {
            self.planes.reserve_exact(WORDS);
            self.planes.extend_from_slice(&carry);
        }
    }

    /// One copy less of every chunk in `set`, which is empty afterwards. There is one of each.
    pub(crate) fn remove_all(&mut self, set: &mut ChunkSet) {
        let borrow = set.words_mut();
        for plane in self.planes.chunks_exact_mut(self.words.max(1)) {
            for (word, borrow) in plane.iter_mut().zip(borrow.iter_mut()) {
                (*word, *borrow) = (*word ^ *borrow, !*word & *borrow);
            }
            if borrow.iter().all(|&word| word == 0) {
                return;
            }
        }
        assert!(borrow.iter().all(|&word| word == 0), "a copy to take away of each");
    }

    /// Makes this a copy of `other`, without allocating where there is room.
    pub(crate) fn copy_from(&mut self, other: &CopyCounts) {
        self.words = other.words;
        self.planes.clear();
        self.planes.reserve_exact(other.planes.len());
        self.planes.extend_from_slice(&other.planes);
    }

    /// No copy of any chunk; the memory is kept.
    pub(crate) fn clear(&mut self) {
        self.planes.clear();
    }

    /// Asks for the memory of the counts.
    #[inline]
    pub(crate) fn fetch(&self) {
        cache::fetch_run(&self.planes);
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.planes.capacity() * 8
    }
}

/// A set's words, and 0 where it has none: one that was collected ends with its last chunk.
fn words_of<const WORDS: usize>(set: &[u64]) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    words.iter_mut().zip(set).for_each(|(word, &of_set)| *word = of_set);
    words
}

/// Calls `visit` with the chunks whose bits are set in a set's `i`-th word.
#[inline]
fn visit_word(i: usize, word: u64, visit: &mut impl FnMut(u32)) {
    let mut rest = word;
    while rest != 0 {
        visit(i as u32 * 64 + rest.trailing_zeros());
        rest &= rest - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_collected_set_may_end_before_the_last_chunk() {
        for chunks in [50, 100, 150, 250, 500] {
            let mut copies = CopyCounts::new(chunks);
            [3, 3, 7].into_iter().for_each(|chunk| copies.add(chunk));
            for (set, rarest) in [(vec![3, 7], vec![7]), (vec![3, 7, 9], vec![9]), (vec![], vec![])] {
                let mut set: ChunkSet = set.into_iter().collect();
                set.keep_rarest(&copies);
                assert!(set.iter().eq(rarest), "of {chunks} chunks");
            }
        }
    }

    proptest! {
        /// The slow twin is a vector of numbers.
        #[test]
        fn planes_agree_with_numbers(chunks in prop::sample::select(vec![50u32, 100, 150, 250, 300]),
                                     steps in prop::collection::vec((0..300u32, any::<bool>()), 1..900),
                                     among in prop::collection::vec(0..300u32, 1..120)) {
            let (mut planes, mut numbers) = (CopyCounts::new(chunks), vec![0u32; chunks as usize]);
            for (chunk, up) in steps {
                let chunk = chunk % chunks;
                if up {
                    planes.add(chunk);
                    numbers[chunk as usize] += 1;
                } else if numbers[chunk as usize] > 0 {
                    planes.remove(chunk);
                    numbers[chunk as usize] -= 1;
                }
            }
            for chunk in 0..chunks {
                prop_assert_eq!(planes.get(chunk), numbers[chunk as usize]);
            }
            let mut set = ChunkSet::empty(chunks);
            for &chunk in &among { set.insert(chunk % chunks); }
            let count = |c: &u32| numbers[*c as usize];
            let least = set.iter().map(|c| count(&c)).min();
            let greatest = set.iter().map(|c| count(&c)).max();
            let (mut rare, mut common) = (set.clone(), set.clone());
            rare.keep_rarest(&planes);
            common.keep_most_common(&planes);
            prop_assert!(set.iter().filter(|c| Some(count(c)) == least).eq(rare.iter()));
            prop_assert!(set.iter().filter(|c| Some(count(c)) == greatest).eq(common.iter()));
            let mut others = CopyCounts::new(chunks);
            (0..3).for_each(|_| others.add_all(&mut set.clone()));
            let mut exceeding = ChunkSet::full(chunks);
            planes.keep_exceeding(&others, &mut exceeding);
            for limit in [0, 1, 2, 3, 7, 100] {
                let mut above = ChunkSet::full(chunks);
                planes.keep_above(limit, &mut above);
                prop_assert!((0..chunks).filter(|&c| numbers[c as usize] > limit).eq(above.iter()));
                let mut scarce = vec![];
                planes.visit_scarce(limit, set.bits(), |chunk| scarce.push(chunk));
                prop_assert!(set.iter().filter(|c| (1..=limit).contains(&count(c))).eq(scarce.into_iter()));
            }
            let fewest = set.iter().map(|c| count(&c)).filter(|&n| n > 0).min();
            let mut visited = vec![];
            planes.visit_rarest(set.bits(), |chunk| visited.push(chunk));
            prop_assert!(set.iter().filter(|c| Some(count(c)) == fewest).eq(visited.into_iter()));
            let others_of = |c: u32| if set.contains(c) { 3 } else { 0 };
            prop_assert!((0..chunks).filter(|&c| numbers[c as usize] > others_of(c)).eq(exceeding.iter()));
            let (mut more, mut copied) = (planes.clone(), others);
            more.add_all(&mut set.clone());
            copied.copy_from(&more);
            copied.remove_all(&mut set.clone());
            for chunk in 0..chunks {
                prop_assert_eq!(more.get(chunk), numbers[chunk as usize] + u32::from(set.contains(chunk)));
                prop_assert_eq!(copied.get(chunk), numbers[chunk as usize]);
            }
        }
    }
}
