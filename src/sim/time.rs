//! Virtual time: whole nanoseconds, an instant and a length, never mixed up.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// An instant of virtual time, in whole nanoseconds since the run began.
///
/// ```
/// use swarmsim::sim::{Span, Time};
/// let t = Time::ZERO + Span::from_secs(2);
/// assert_eq!(t.as_nanos(), 2_000_000_000);
/// assert_eq!(t - Time::ZERO, Span::from_secs(2));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

/// A length of virtual time, in whole nanoseconds, never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u64);

impl Time {
    /// The instant at which every run begins.
    pub const ZERO: Time = Time(0);
    /// Later than any instant a run can reach.
    pub const NEVER: Time = Time(u64::MAX);

    /// Later than any instant a run simulates, and early enough to have a few more spans added: 200 years.
    pub const BEYOND: Time = Time(2 * Span::MAX.0);

    /// The instant `nanos` nanoseconds after the beginning.
    pub const fn from_nanos(nanos: u64) -> Time {
        Time(nanos)
    }

    /// Nanoseconds since the beginning.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the beginning, rounded to the nearest `f64`; for output only.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// The sum, held at [`Time::BEYOND`]: for queues of which each element may take as long as a span can.
    pub fn plus_at_most_beyond(self, span: Span) -> Time {
        (self + span).min(Time::BEYOND)
    }

    /// The time from `earlier` until now, or zero where `earlier` is later.
    pub const fn saturating_since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest span a scenario may name or draw: 100 years of 365 days.
    /// The sum of a few of them is still far from what a [`Time`] can hold.
    pub const MAX: Span = Span(100 * 365 * 86_400 * NANOS_PER_SECOND);

    /// A span of `nanos` nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Span {
        Span(nanos)
    }

    /// A span of `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Span {
        Span(millis * 1_000_000)
    }

    /// A span of `secs` seconds.
    pub const fn from_secs(secs: u64) -> Span {
        Span(secs * NANOS_PER_SECOND)
    }

    /// A drawn number of nanoseconds, rounded to the nearest and held within `0..=Span::MAX`.
    pub fn from_nanos_f64(nanos: f64) -> Span {
        // A float cast saturates and takes NaN for 0, so this is total.
        Span((nanos.round() as u64).min(Span::MAX.0))
    }

    /// The span in nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The span in seconds, rounded to the nearest `f64`; for output only.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// True for a span of zero nanoseconds.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add<Span> for Time {
    type Output = Time;

    /// # Panics
    /// Where the sum is past the largest virtual time, in every build: the
    /// scenario's checks keep runs far from it.
    fn add(self, span: Span) -> Time {
        Time(self.0.checked_add(span.0).expect("virtual time overflow"))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Time> for Time {
    type Output = Span;

    /// # Panics
    /// Where `earlier` is later.
    fn sub(self, earlier: Time) -> Span {
        Span(self.0.checked_sub(earlier.0).expect("a span would be negative"))
    }
}

impl Add for Span {
    type Output = Span;

    /// # Panics
    /// On overflow.
    fn add(self, other: Span) -> Span {
        Span(self.0.checked_add(other.0).expect("span overflow"))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

/// Writes nanoseconds as decimal seconds without trailing zeros: `1.5`, `0.000000001`, `40`.
fn write_seconds(nanos: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (whole, part) = (nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND);
    if part == 0 {
        return write!(f, "{whole}");
    }
    let digits = format!("{part:09}");
    write!(f, "{whole}.{}", digits.trim_end_matches('0'))
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(self.0, f)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(self.0, f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} s")
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_written_exactly() {
        assert_eq!(Time::from_nanos(1).to_string(), "0.000000001");
        assert_eq!(Time::from_nanos(1_500_000_000).to_string(), "1.5");
        assert_eq!(Span::from_secs(40).to_string(), "40");
    }

    #[test]
    fn a_draw_is_held_within_bounds() {
        assert_eq!(Span::from_nanos_f64(-1.0), Span::ZERO);
        assert_eq!(Span::from_nanos_f64(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_nanos_f64(f64::INFINITY), Span::MAX);
        assert_eq!(Span::from_nanos_f64(1.5), Span::from_nanos(2));
    }

    #[test]
    #[should_panic(expected = "virtual time overflow")]
    fn time_does_not_wrap() {
        let _ = Time::NEVER + Span::from_nanos(1);
    }
}
