//! The digest of a run: a fingerprint of its event stream.
//!
//! Each event is mixed, key and payload and what handling it came to, into 128 bits, and these are added up. A sum does not depend on the
//! order in which its terms come, and need not: an event's place in the stream is in its key, so equal sets
//! of events are equal streams. That makes the digest cheap (no event waits for the one before) and lets parts of a
//! run be digested apart and joined. It guards against accidents, not against forgery.

use super::{Event, Payload};
use std::fmt;

/// A fingerprint of a set of events: equal runs have equal digests on every platform.
///
/// ```
/// use swarmsim::sim::{Digest, Event, Key, Origin, Payload, Span, Time};
///
/// #[derive(Clone, Copy)]
/// struct Number(u64);
///
/// impl Payload for Number {
///     fn words(self) -> [u64; 2] {
///         [self.0, 0]
///     }
/// }
///
/// let digest = |numbers: [u64; 2]| {
///     let mut digest = Digest::default();
///     for number in numbers {
///         let key = Key { time: Time::ZERO + Span::from_secs(number), origin: Origin(0), count: 0 };
///         digest.add(&Event { key, payload: Number(number) }, 0);
///     }
///     digest
/// };
/// assert_eq!(digest([1, 2]), digest([2, 1]), "a sum: the parts of a run can be added up in any order");
/// assert_ne!(digest([1, 2]), digest([1, 3]));
/// assert_eq!(digest([1, 2]).to_string().len(), 32);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    low: u64,
    high: u64,
}

// Odd constants from the fractional parts of the square roots of 2, 3, 5, 7, 11 and 13 (as in SHA-512).
const K0: u64 = 0x6a09_e667_f3bc_c909;
const K1: u64 = 0xbb67_ae85_84ca_a73b;
const K2: u64 = 0x3c6e_f372_fe94_f82b;
const K3: u64 = 0xa54f_f53a_5f1d_36f1;
const K4: u64 = 0x510e_527f_ade6_82d1;
const K5: u64 = 0x9b05_688c_2b3e_6c1f;

/// Multiplies into 128 bits and folds the halves together.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

impl Digest {
    /// Adds an event, and what handling it came to as far as no later event tells: 0 where there is nothing of the kind.
    #[inline]
    pub fn add<P: Payload>(&mut self, event: &Event<P>, outcome: u64) {
        let time = event.key.time.as_nanos();
        let cause = u64::from(event.key.origin.0) << 32 | u64::from(event.key.count);
        let [a, b] = event.payload.words();
        let x = fold(time ^ K0, cause ^ K1);
        let y = fold(a ^ K2, b ^ K3) ^ outcome.wrapping_mul(K3);
        self.low = self.low.wrapping_add(fold(x ^ K4, y ^ K5));
        self.high = self.high.wrapping_add(fold(x.rotate_left(32) ^ K1, y ^ K4));
    }

    /// Adds what another part of the run has digested.
    pub fn join(&mut self, other: Digest) {
        self.low = self.low.wrapping_add(other.low);
        self.high = self.high.wrapping_add(other.high);
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.high, self.low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Key, Origin, Time};

    #[derive(Clone, Copy)]
    struct Words([u64; 2]);
    impl Payload for Words {
        fn words(self) -> [u64; 2] {
            self.0
        }
    }

    fn digest_of(events: &[(u64, u32, u32, [u64; 2])]) -> Digest {
        let mut digest = Digest::default();
        for &(time, origin, count, words) in events {
            let key = Key { time: Time::from_nanos(time), origin: Origin(origin), count };
            digest.add(&Event { key, payload: Words(words) }, 0);
        }
        digest
    }

    #[test]
    fn the_value_is_stable() {
        assert_eq!(digest_of(&[]).to_string(), "00000000000000000000000000000000");
        assert_eq!(digest_of(&[(1, 2, 3, [4, 5])]).to_string(), "628143ed91f2888362937e893931810b");
    }

    #[test]
    fn every_bit_of_an_event_counts() {
        let base = (7u64, 11u32, 13u32, [17u64, 19u64]);
        let mut seen = vec![digest_of(&[base]).to_string()];
        for bit in 0..64 {
            let m = 1u64 << bit;
            seen.push(digest_of(&[(base.0 ^ m, base.1, base.2, base.3)]).to_string());
            seen.push(digest_of(&[(base.0, base.1, base.2, [base.3[0] ^ m, base.3[1]])]).to_string());
            seen.push(digest_of(&[(base.0, base.1, base.2, [base.3[0], base.3[1] ^ m])]).to_string());
        }
        for bit in 0..32 {
            seen.push(digest_of(&[(base.0, base.1 ^ 1 << bit, base.2, base.3)]).to_string());
            seen.push(digest_of(&[(base.0, base.1, base.2 ^ 1 << bit, base.3)]).to_string());
        }
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }

    #[test]
    fn an_outcome_counts() {
        let key = Key { time: Time::ZERO, origin: Origin(1), count: 2 };
        let of = |outcome| {
            let mut digest = Digest::default();
            digest.add(&Event { key, payload: Words([3, 4]) }, outcome);
            digest
        };
        assert!(of(0) != of(1) && of(1) != of(1 << 63) && of(0) != of(1 << 63));
    }

    #[test]
    fn parts_join_to_the_whole() {
        let (a, b) = ((1, 1, 0, [1, 1]), (2, 1, 1, [1, 1]));
        let mut joined = digest_of(&[b]);
        joined.join(digest_of(&[a]));
        assert_eq!(joined, digest_of(&[a, b]));
        assert_ne!(joined, digest_of(&[a, a]));
    }
}
