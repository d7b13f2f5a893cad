//! Events and the order they have of their own.

use super::Time;
use std::cmp::Ordering;

/// Who caused an event: a place in the order of events within one instant.
///
/// What must come first in an instant gets the lowest origin. The engine gives origins no other meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Origin(pub u32);

/// Where an event stands in the order of a run: by time, then origin, then how many events that
/// origin had caused before. It depends on the model alone, never on who pushed first or on the
/// queue, so any correct queue, and a parallel run, yields the same order; no tie is left to chance.
///
/// The fields stand in memory so that the two halves of [`Key::packed`] are two loads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(C)]
pub struct Key {
    /// After how many others of that origin.
    pub count: u32,
    /// Caused by whom.
    pub origin: Origin,
    /// When.
    pub time: Time,
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.packed().cmp(&other.packed())
    }
}

impl Key {
    /// The last that there could be at an instant.
    pub const fn last_of(time: Time) -> Key {
        Key { time, origin: Origin(u32::MAX), count: u32::MAX }
    }

    /// The key as one number, whose order is that of keys.
    pub const fn packed(self) -> u128 {
        (self.time.as_nanos() as u128) << 64 | (self.origin.0 as u128) << 32 | self.count as u128
    }
}

/// What an event carries, besides its key. Small and plain: it is copied into and out of the queue.
pub trait Payload: Copy {
    /// The payload as two numbers, the same on every platform; for the digest.
    fn words(self) -> [u64; 2];
}

/// Something that will happen.
#[derive(Clone, Copy, Debug)]
pub struct Event<P> {
    /// When, and in which order.
    pub key: Key,
    /// What.
    pub payload: P,
}
