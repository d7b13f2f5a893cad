//! Sets of chunks, one bit each.

use super::CopyCounts;
use crate::sim::Draws;
use std::ops::Range;

/// A borrowed set of chunks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bits<'a>(pub(super) &'a [u64]);

impl<'a> Bits<'a> {
    /// Whether `chunk` is in the set.
    #[inline]
    pub fn contains(self, chunk: u32) -> bool {
        self.0[chunk as usize / 64] >> (chunk % 64) & 1 == 1
    }

    /// The lowest chunk below `chunks` that is not in the set.
    pub fn first_absent(self, chunks: u32) -> Option<u32> {
        let word = self.0.iter().position(|&word| word != u64::MAX)?;
        let chunk = word as u32 * 64 + self.0[word].trailing_ones();
        (chunk < chunks).then_some(chunk)
    }

    /// The set whose [words](Bits::words) are these.
    pub fn of_words(words: &'a [u64]) -> Bits<'a> {
        Bits(words)
    }

    /// The set as words of 64 bits; bits past the last chunk are 0.
    pub fn words(self) -> &'a [u64] {
        self.0
    }
}

/// A set of chunks of a file.
///
/// ```
/// use swarmsim::chunks::{ChunkSet, CopyCounts};
///
/// let mut copies = CopyCounts::new(4);
/// [0, 0, 1, 2, 2].into_iter().for_each(|chunk| copies.add(chunk));
/// let mut lacked = ChunkSet::full(4);
/// lacked.remove(3);
/// lacked.keep_rarest(&copies);
/// assert_eq!(lacked.iter().collect::<Vec<_>>(), [1], "chunk 3 is rarer, and held already");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChunkSet {
    words: Box<[u64]>,
}

impl ChunkSet {
    /// The empty set, for a file of `chunks` chunks.
    pub fn empty(chunks: u32) -> ChunkSet {
        ChunkSet { words: vec![0; chunks.div_ceil(64) as usize].into() }
    }

    /// The set of all `chunks` chunks.
    pub fn full(chunks: u32) -> ChunkSet {
        let mut set = ChunkSet::empty(chunks);
        set.words.fill(u64::MAX);
        if chunks % 64 != 0 {
            *set.words.last_mut().expect("a file has a chunk") = (1 << (chunks % 64)) - 1;
        }
        set
    }

    /// The set, borrowed.
    pub fn bits(&self) -> Bits<'_> {
        Bits(&self.words)
    }

    pub(crate) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// Makes this a copy of `other`, without allocating.
    pub fn copy_from(&mut self, other: Bits<'_>) {
        self.words.copy_from_slice(other.0);
    }

    /// Whether `chunk` is in the set.
    #[inline]
    pub fn contains(&self, chunk: u32) -> bool {
        self.bits().contains(chunk)
    }

    /// Puts `chunk` in.
    #[inline]
    pub fn insert(&mut self, chunk: u32) {
        self.words[chunk as usize / 64] |= 1 << (chunk % 64);
    }

    /// Takes `chunk` out.
    #[inline]
    pub fn remove(&mut self, chunk: u32) {
        self.words[chunk as usize / 64] &= !(1 << (chunk % 64));
    }

    /// Takes out every chunk of `others`.
    pub fn remove_all(&mut self, others: &ChunkSet) {
        for (word, other) in self.words.iter_mut().zip(&others.words) {
            *word &= !other;
        }
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// How many chunks are in the set.
    pub fn len(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// The lowest chunk in the set.
    pub fn first(&self) -> Option<u32> {
        let word = self.words.iter().position(|&word| word != 0)?;
        Some(word as u32 * 64 + self.words[word].trailing_zeros())
    }

    /// The chunks in the set, by rising number.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(i, &word)| {
            std::iter::successors((word != 0).then_some(word), |word| {
                let rest = word & (word - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |word| i as u32 * 64 + word.trailing_zeros())
        })
    }

    /// Any chunk of the set, each as likely, by one draw; `None` where it is empty.
    pub fn choose(&self, draws: &mut Draws) -> Option<u32> {
        let len = self.len();
        if len == 0 {
            return None;
        }
        let mut nth = draws.below(u64::from(len)) as u32;
        for (i, &word) in self.words.iter().enumerate() {
            let ones = word.count_ones();
            if nth < ones {
                let mut word = word;
                for _ in 0..nth {
                    word &= word - 1;
                }
                return Some(i as u32 * 64 + word.trailing_zeros());
            }
            nth -= ones;
        }
        unreachable!("the set has as many chunks as it counted");
    }

    /// Keeps only the chunks with the fewest copies.
    pub fn keep_rarest(&mut self, copies: &CopyCounts) {
        copies.keep_least(&mut self.words);
    }

    /// Keeps only the chunks with the most copies.
    pub fn keep_most_common(&mut self, copies: &CopyCounts) {
        copies.keep_greatest(&mut self.words);
    }

    /// Takes out the chunks for which `keep` says no.
    pub(crate) fn retain(&mut self, keep: impl Fn(u32) -> bool) {
        for (i, word) in self.words.iter_mut().enumerate() {
            *word ^= refused(i, *word, &keep);
        }
    }

    /// Takes out the chunks that are not in `sure` and for which `keep` says no.
    pub(crate) fn retain_unless(&mut self, sure: &ChunkSet, keep: impl Fn(u32) -> bool) {
        for (i, (word, sure)) in self.words.iter_mut().zip(&sure.words).enumerate() {
            *word ^= refused(i, *word & !sure, &keep);
        }
    }

    /// Keeps only the chunks whose number is in `range`.
    pub fn keep_within(&mut self, range: Range<u32>) {
        for (i, word) in self.words.iter_mut().enumerate() {
            let base = i as u64 * 64;
            let below = |n: u32| match u64::from(n).saturating_sub(base) {
                n @ 0..64 => (1u64 << n) - 1,
                _ => u64::MAX,
            };
            *word &= below(range.end) & !below(range.start);
        }
    }

    /// Keeps only the chunks for which `key` is least.
    pub fn keep_least_by(&mut self, key: impl Fn(u32) -> u32) {
        let Some(least) = self.iter().map(&key).min() else { return };
        for (i, word) in self.words.iter_mut().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest & rest.wrapping_neg();
                rest ^= bit;
                if key(i as u32 * 64 + bit.trailing_zeros()) != least {
                    *word ^= bit;
                }
            }
        }
    }
}

impl FromIterator<u32> for ChunkSet {
    fn from_iter<I: IntoIterator<Item = u32>>(chunks: I) -> ChunkSet {
        let chunks: Vec<u32> = chunks.into_iter().collect();
        let mut set = ChunkSet::empty(chunks.iter().max().map_or(0, |max| max + 1));
        for chunk in chunks {
            set.insert(chunk);
        }
        set
    }
}

/// Of the bits of a set's `i`-th word, those for whose chunks `keep` says no.
#[inline]
fn refused(i: usize, word: u64, keep: &impl Fn(u32) -> bool) -> u64 {
    let (mut rest, mut refused) = (word, 0);
    while rest != 0 {
        let bit = rest & rest.wrapping_neg();
        rest ^= bit;
        if !keep(i as u32 * 64 + bit.trailing_zeros()) {
            refused |= bit;
        }
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Owner, Purpose, Streams};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_full_set_ends_with_the_last_chunk() {
        for chunks in [1, 63, 64, 65, 128, 200] {
            let set = ChunkSet::full(chunks);
            assert_eq!(set.len(), chunks);
            assert_eq!(set.iter().last(), Some(chunks - 1));
            assert_eq!(set.bits().first_absent(chunks), None);
        }
    }

    #[test]
    fn every_chunk_is_chosen_as_often() {
        let set: ChunkSet = [3, 64, 65, 130].into_iter().collect();
        let mut draws = Streams::new(1).at(Owner::TRACKER, Purpose::Pick, 0);
        let mut seen = [0u32; 131];
        for _ in 0..40_000 {
            seen[set.choose(&mut draws).expect("not empty") as usize] += 1;
        }
        // Each is binomial (40,000, 1/4): standard deviation 87; five of them either way.
        for chunk in [3, 64, 65, 130] {
            assert!(seen[chunk].abs_diff(10_000) < 435, "{chunk}: {}", seen[chunk]);
        }
    }

    proptest! {
        #[test]
        fn sets_agree_with_ordered_sets(chunks in prop::collection::btree_set(0..200u32, 1..60), from in 0..220u32, len in 0..120u32) {
            let mut set = ChunkSet::empty(200);
            for &chunk in &chunks { set.insert(chunk); }
            prop_assert_eq!(set.iter().collect::<BTreeSet<_>>(), chunks.clone());
            prop_assert_eq!(set.first(), chunks.first().copied());
            let absent = (0..200).find(|c| !chunks.contains(c));
            prop_assert_eq!(set.bits().first_absent(200), absent);
            let mut least = set.clone();
            least.keep_least_by(|c| c % 7);
            let min = chunks.iter().map(|c| c % 7).min().expect("not empty");
            prop_assert_eq!(least.iter().collect::<Vec<_>>(), chunks.iter().copied().filter(|c| c % 7 == min).collect::<Vec<_>>());
            set.keep_within(from..from + len);
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), chunks.range(from..from + len).copied().collect::<Vec<_>>());
        }
    }
}
