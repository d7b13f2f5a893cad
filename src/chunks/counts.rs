//! How many copies of each chunk, in bit planes.
//!
//! Plane `j` holds bit `j` of every chunk's count, 64 chunks to a word. With 50 neighbors a count takes 6 bits; adding
//! one copy touches two planes on average; and the rarest of a whole set of chunks are found by going down the
//! planes, 64 chunks at a time, without looking at a single count. A table of counts kept in order of rarity
//! would take ten times the memory and serve one strategy only.

/// Counts of copies, one a chunk.
#[derive(Clone, Debug, Default)]
pub struct CopyCounts {
    /// Plane 0's words, then plane 1's, and so on; as many planes as the greatest count needed so far.
    planes: Vec<u64>,
    words: usize,
}

impl CopyCounts {
    /// No copy of any of `chunks` chunks.
    pub fn new(chunks: u32) -> CopyCounts {
        CopyCounts { planes: Vec::new(), words: chunks.div_ceil(64) as usize }
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
        for plane in self.planes.chunks_exact(self.words).rev() {
            if set.iter().zip(plane).any(|(s, p)| s & !p != 0) {
                set.iter_mut().zip(plane).for_each(|(s, p)| *s &= !p);
            }
        }
    }

    /// Of the chunks in `set`, keeps those with the most copies.
    pub(super) fn keep_greatest(&self, set: &mut [u64]) {
        for plane in self.planes.chunks_exact(self.words).rev() {
            if set.iter().zip(plane).any(|(s, p)| s & p != 0) {
                set.iter_mut().zip(plane).for_each(|(s, p)| *s &= p);
            }
        }
    }

    /// Of the chunks in word number `i` of a set, those with more copies here than in `others`, whose bits for these
    /// 64 chunks are given plane by plane.
    pub(crate) fn more_than(&self, i: usize, others: &[u64]) -> u64 {
        let planes = (self.planes.len() / self.words.max(1)).max(others.len());
        let (mut more, mut equal) = (0, u64::MAX);
        for j in (0..planes).rev() {
            let mine = self.planes.get(j * self.words + i).copied().unwrap_or(0);
            let theirs = others.get(j).copied().unwrap_or(0);
            more |= equal & mine & !theirs;
            equal &= !(mine ^ theirs);
        }
        more
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.planes.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunks::ChunkSet;
    use proptest::prelude::*;

    proptest! {
        /// The slow twin is a vector of numbers.
        #[test]
        fn planes_agree_with_numbers(steps in prop::collection::vec((0..150u32, any::<bool>()), 1..600),
                                     among in prop::collection::vec(0..150u32, 1..80)) {
            let (mut planes, mut numbers) = (CopyCounts::new(150), vec![0u32; 150]);
            for (chunk, up) in steps {
                if up {
                    planes.add(chunk);
                    numbers[chunk as usize] += 1;
                } else if numbers[chunk as usize] > 0 {
                    planes.remove(chunk);
                    numbers[chunk as usize] -= 1;
                }
            }
            for chunk in 0..150 {
                prop_assert_eq!(planes.get(chunk), numbers[chunk as usize]);
            }
            let mut set = ChunkSet::empty(150);
            for &chunk in &among { set.insert(chunk); }
            let count = |c: &u32| numbers[*c as usize];
            let least = set.iter().map(|c| count(&c)).min();
            let greatest = set.iter().map(|c| count(&c)).max();
            let (mut rare, mut common) = (set.clone(), set.clone());
            rare.keep_rarest(&planes);
            common.keep_most_common(&planes);
            prop_assert!(set.iter().filter(|c| Some(count(c)) == least).eq(rare.iter()));
            prop_assert!(set.iter().filter(|c| Some(count(c)) == greatest).eq(common.iter()));
            for i in 0..3 {
                let more = planes.more_than(i, &[u64::MAX, 0x5555_5555_5555_5555]);
                for bit in 0..64u32 {
                    let chunk = i as u32 * 64 + bit;
                    if chunk < 150 {
                        let other = if bit % 2 == 0 { 3 } else { 1 };
                        prop_assert_eq!(more >> bit & 1 == 1, numbers[chunk as usize] > other);
                    }
                }
            }
        }
    }
}
