//! Link capacities, in whole bits per second, and how long bytes take over them.

use crate::sim::{NANOS_PER_SECOND, Span};

/// A capacity in whole bits per second; at least 1, or unlimited.
///
/// ```
/// use swarmsim::net::Rate;
/// use swarmsim::sim::Span;
///
/// let rate = Rate::from_bits_per_second(8_000_000);
/// assert_eq!(rate.time_for(1_000_000), Span::from_secs(1));
/// assert_eq!(Rate::UNLIMITED.time_for(1_000_000), Span::ZERO);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u64);

impl Rate {
    /// No limit: any number of bytes takes no time.
    pub const UNLIMITED: Rate = Rate(u64::MAX);
    /// The largest limited rate a scenario may name: 1 Pbit/s.
    pub const MAX_BITS_PER_SECOND: u64 = 1_000_000_000_000_000;

    /// A rate of `bits` bits per second, held within 1 and [`Rate::MAX_BITS_PER_SECOND`].
    pub const fn from_bits_per_second(bits: u64) -> Rate {
        if bits == 0 {
            Rate(1)
        } else if bits > Rate::MAX_BITS_PER_SECOND {
            Rate(Rate::MAX_BITS_PER_SECOND)
        } else {
            Rate(bits)
        }
    }

    /// A rate of `bytes` bytes per second, held within the same bounds.
    pub const fn from_bytes_per_second(bytes: u64) -> Rate {
        Rate::from_bits_per_second(bytes.saturating_mul(8))
    }

    /// A drawn rate, rounded to the nearest bit per second and held within the same bounds.
    pub fn from_bits_f64(bits: f64) -> Rate {
        Rate::from_bits_per_second(bits.round() as u64)
    }

    /// Bits per second; `u64::MAX` where unlimited.
    pub const fn bits_per_second(self) -> u64 {
        self.0
    }

    /// True where there is no limit.
    pub const fn is_unlimited(self) -> bool {
        self.0 == u64::MAX
    }

    /// How long `bytes` take, rounded up to the next nanosecond, so that no link ever
    /// carries more than its capacity; nothing where unlimited.
    pub fn time_for(self, bytes: u64) -> Span {
        if self.is_unlimited() {
            return Span::ZERO;
        }
        let bit_nanos = u128::from(bytes) * 8 * u128::from(NANOS_PER_SECOND);
        let nanos = match u64::try_from(bit_nanos) {
            Ok(small) => small.div_ceil(self.0),
            Err(_) => u64::try_from(bit_nanos.div_ceil(u128::from(self.0))).unwrap_or(u64::MAX),
        };
        Span::from_nanos(nanos.min(Span::MAX.as_nanos()))
    }

    /// Whole bytes that have passed after `span`, at most `limit`.
    pub fn bytes_in(self, span: Span, limit: u64) -> u64 {
        if self.is_unlimited() {
            return limit;
        }
        let bits = u128::from(span.as_nanos()) * u128::from(self.0) / u128::from(NANOS_PER_SECOND);
        u64::try_from(bits / 8).unwrap_or(u64::MAX).min(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_rounded_up() {
        assert_eq!(Rate::from_bytes_per_second(3).time_for(1), Span::from_nanos(333_333_334));
        assert_eq!(Rate::from_bytes_per_second(5).time_for(10), Span::from_secs(2));
        assert_eq!(Rate::UNLIMITED.time_for(u64::MAX), Span::ZERO);
        assert_eq!(Rate::from_bits_per_second(1).time_for(u64::MAX), Span::MAX);
    }

    #[test]
    fn bytes_never_pass_early() {
        let rate = Rate::from_bytes_per_second(3);
        assert_eq!(rate.bytes_in(rate.time_for(7), 7), 7);
        assert_eq!(rate.bytes_in(Span::from_nanos(333_333_333), 7), 0);
    }
}
