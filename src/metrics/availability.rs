//! Copies of each chunk among the peers that are there, and how evenly they are spread.

use super::summary::Availability;
use crate::chunks::Bits;
use crate::sim::{Time, math};
use crate::swarm::config::Config;

/// Fractional bits of the fixed-point `c log2 c`, so that their sum is exact whatever comes and goes.
const FIXED: f64 = (1u64 << 24) as f64;

/// Copies and their entropy. With `c` copies of a chunk and `s` in all, the entropy of the distribution of copies over chunks
/// is `log2 s - (sum of c log2 c) / s` bits; divided by `log2` of the number of chunks it is 1 when all are equally common.
#[derive(Debug, Default)]
pub(super) struct Copies {
    copies: Vec<u32>,
    /// Sum of copies.
    total: u64,
    /// Sum of `c log2 c`, fixed-point.
    weighted: u128,
    /// `c log2 c`, fixed-point, by `c`.
    table: Vec<u128>,
    log_chunks: f64,
    entropy_seconds: f64,
    counted_seconds: f64,
    as_of: Time,
}

impl Copies {
    pub(super) fn begin(&mut self, config: &Config) {
        self.copies = vec![0; config.file.chunks() as usize];
        self.log_chunks = math::log2(self.copies.len() as f64);
        self.table = vec![0, 0];
    }

    pub(super) fn is_whole(&self, held: u32) -> bool {
        held as usize == self.copies.len()
    }

    /// Adds up what has been constant until now.
    pub(super) fn advance(&mut self, now: Time) {
        if now == self.as_of {
            return;
        }
        if let Some(entropy) = self.entropy() {
            let seconds = (now - self.as_of).as_secs_f64();
            self.entropy_seconds += entropy * seconds;
            self.counted_seconds += seconds;
        }
        self.as_of = now;
    }

    /// The entropy now, from 0 to 1; `None` where there is but one chunk, or no copy.
    pub(super) fn entropy(&self) -> Option<f64> {
        if self.copies.len() < 2 || self.total == 0 {
            return None;
        }
        let total = self.total as f64;
        let bits = math::log2(total) - self.weighted as f64 / FIXED / total;
        Some((bits / self.log_chunks).clamp(0.0, 1.0))
    }

    fn weight(&mut self, copies: u32) -> u128 {
        while self.table.len() <= copies as usize {
            let c = self.table.len() as f64;
            self.table.push((c * math::log2(c) * FIXED).round() as u128);
        }
        self.table[copies as usize]
    }

    fn set(&mut self, chunk: u32, copies: u32) {
        let before = std::mem::replace(&mut self.copies[chunk as usize], copies);
        self.total = self.total + u64::from(copies) - u64::from(before);
        self.weighted = self.weighted + self.weight(copies) - self.weight(before);
    }

    #[inline]
    pub(super) fn add(&mut self, now: Time, chunk: u32) {
        self.advance(now);
        self.set(chunk, self.copies[chunk as usize] + 1);
    }

    pub(super) fn add_all(&mut self, now: Time, chunks: Bits<'_>) {
        self.advance(now);
        for chunk in 0..self.copies.len() as u32 {
            if chunks.contains(chunk) {
                self.set(chunk, self.copies[chunk as usize] + 1);
            }
        }
    }

    pub(super) fn remove_all(&mut self, now: Time, chunks: Bits<'_>) {
        self.advance(now);
        for chunk in 0..self.copies.len() as u32 {
            if chunks.contains(chunk) {
                self.set(chunk, self.copies[chunk as usize] - 1);
            }
        }
    }

    /// Copies by chunk.
    pub(super) fn copies(&self) -> &[u32] {
        &self.copies
    }

    /// Least and mean copies of a chunk.
    pub(super) fn min_and_mean(&self) -> (u32, f64) {
        let min = self.copies.iter().copied().min().unwrap_or(0);
        (min, self.total as f64 / self.copies.len() as f64)
    }

    pub(super) fn availability(&self, end: Time) -> Availability {
        debug_assert_eq!(self.as_of, end);
        Availability {
            min_copies_at_end: u64::from(self.min_and_mean().0),
            mean_entropy: (self.counted_seconds > 0.0).then(|| self.entropy_seconds / self.counted_seconds),
            ..Availability::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunks::ChunkSet;

    /// Copies 1, 2, 1: scipy.stats.entropy([1, 2, 1], base=2) / log2(3) = 1.5 / 1.584962500721156.
    #[test]
    fn entropy_is_that_of_the_textbook() {
        let mut config = Config::tiny();
        config.file.chunk_bytes = config.file.size_bytes.div_ceil(3);
        let mut copies = Copies::default();
        copies.begin(&config);
        assert_eq!(copies.entropy(), None);
        copies.add_all(Time::ZERO, ChunkSet::full(3).bits());
        assert!((copies.entropy().expect("copies") - 1.0).abs() < 1e-7);
        copies.add(Time::ZERO, 1);
        assert!((copies.entropy().expect("copies") - 0.946_394_630_357_186).abs() < 1e-7);
        copies.remove_all(Time::from_nanos(1), ChunkSet::full(3).bits());
        assert_eq!(copies.copies(), [0, 1, 0]);
        assert_eq!(copies.entropy(), Some(0.0));
    }
}
