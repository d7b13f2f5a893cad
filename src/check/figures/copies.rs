//! Copies of chunks among the peers there, and the evenness of their distribution.

use crate::sim::{NANOS_PER_SECOND, math};

/// The fraction that `c log2 c` is rounded to, so that a sum of many is exact.
const FIXED: f64 = 16_777_216.0;

/// Copies by chunk. Of c copies of each chunk, s in all, the entropy is log2 s − (Σ c log2 c) / s bits.
pub(super) struct Copies {
    copies: Vec<u32>,
    total: u64,
    /// Σ c log2 c, each rounded to 24 binary places.
    weighted: u128,
    as_of: u64,
    entropy_seconds: f64,
    seconds: f64,
}

impl Copies {
    pub fn new(chunks: u32) -> Copies {
        let copies = vec![0; chunks as usize];
        Copies { copies, total: 0, weighted: 0, as_of: 0, entropy_seconds: 0.0, seconds: 0.0 }
    }

    /// Adds up what has been constant until now.
    pub fn advance(&mut self, now: u64) {
        if now == self.as_of {
            return;
        }
        if let Some(entropy) = self.entropy() {
            let seconds = now.saturating_sub(self.as_of) as f64 / NANOS_PER_SECOND as f64;
            self.entropy_seconds += entropy * seconds;
            self.seconds += seconds;
        }
        self.as_of = now;
    }

    /// By chunk.
    pub fn all(&self) -> &[u32] {
        &self.copies
    }

    /// How even they are now, from 0 to 1.
    pub fn entropy(&self) -> Option<f64> {
        if self.copies.len() < 2 || self.total == 0 {
            return None;
        }
        let total = self.total as f64;
        let bits = math::log2(total) - self.weighted as f64 / FIXED / total;
        Some((bits / math::log2(self.copies.len() as f64)).clamp(0.0, 1.0))
    }

    pub fn add(&mut self, now: u64, chunks: impl Iterator<Item = u32>) {
        self.advance(now);
        for chunk in chunks {
            self.change(chunk, |copies| copies.saturating_add(1));
        }
    }

    pub fn remove(&mut self, now: u64, chunks: impl Iterator<Item = u32>) {
        self.advance(now);
        for chunk in chunks {
            self.change(chunk, |copies| copies.saturating_sub(1));
        }
    }

    fn change(&mut self, chunk: u32, to: impl Fn(u32) -> u32) {
        let Some(copies) = self.copies.get_mut(chunk as usize) else { return };
        let before = *copies;
        *copies = to(before);
        self.total = (self.total + u64::from(*copies)).saturating_sub(u64::from(before));
        self.weighted = (self.weighted + weight(*copies)).saturating_sub(weight(before));
    }

    pub fn least(&self) -> u64 {
        u64::from(self.copies.iter().copied().min().unwrap_or(0))
    }

    pub fn mean_entropy(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.entropy_seconds / self.seconds)
    }
}

/// c log2 c, rounded.
fn weight(copies: u32) -> u128 {
    if copies < 2 {
        return 0;
    }
    let c = f64::from(copies);
    (c * math::log2(c) * FIXED).round() as u128
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, −Σ p log2 p / log2 n, for copies 1, 2, 1, 5, 0.
    #[test]
    fn entropy_is_that_of_the_definition() {
        let mut copies = Copies::new(5);
        for chunk in [0, 1, 1, 2, 3, 3, 3, 3, 3] {
            copies.add(0, std::iter::once(chunk));
        }
        let by_definition: f64 =
            [1.0, 2.0, 1.0, 5.0].iter().map(|c| -(c / 9.0) * math::log2(c / 9.0)).sum::<f64>() / math::log2(5.0);
        assert!((copies.entropy().unwrap() - by_definition).abs() < 1e-7);
        copies.remove(NANOS_PER_SECOND, [0, 2].into_iter());
        assert!((copies.mean_entropy().unwrap() - by_definition).abs() < 1e-7);
        assert_eq!(copies.least(), 0);
    }
}
