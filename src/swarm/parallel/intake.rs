//! What parts of a swarm have seen, on its way to the observer of the whole.
//!
//! The whole takes in what depends on the order of events as one, while parts wait for each other: that makes up for a good deal of the
//! waiting. So it lags behind by some windows. What is taken in meanwhile lies on a desk; once that is empty, all parts put down what they
//! have seen since, at the beginning of the same window.

use super::Divisible;
use crate::sim::Time;
use crate::swarm::Uplinks;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// With so many events since parts last put something down, what lies there is taken in before all else: it should stay in the cache.
const MOST_EVENTS: u64 = 1 << 13;

/// The desk, and the observer at it.
pub(super) struct Intake<'o, O: Divisible> {
    desk: Mutex<Desk<'o, O>>,
    /// Whether anything lies there. Parts learn of it where they meet.
    is_due: AtomicBool,
    /// Whether all parts put down what they have seen as the next window begins.
    is_free: AtomicBool,
    /// Events handled before the latest window that began so.
    events: AtomicU64,
}

struct Desk<'o, O: Divisible> {
    observer: &'o mut O,
    /// By part. Nothing of it was before `from`.
    seen: &'o mut [O::Part],
    from: Time,
    /// Nothing that parts have seen since they last put something down was before that.
    since: Time,
}

impl<'o, O: Divisible> Intake<'o, O> {
    /// For windows from `from` on; `seen` are observers of parts that have seen nothing.
    pub(super) fn new(observer: &'o mut O, seen: &'o mut [O::Part], from: Time) -> Intake<'o, O> {
        let desk = Desk { observer, seen, from, since: from };
        Intake {
            desk: Mutex::new(desk),
            is_due: AtomicBool::new(false),
            is_free: AtomicBool::new(false),
            events: AtomicU64::new(0),
        }
    }

    /// A part begins a window: if the desk is free, it puts down what it has seen, and gets an observer that has seen nothing.
    pub(super) fn put_down(&self, number: usize, observer: &mut O::Part) {
        if self.is_free.load(Relaxed) {
            std::mem::swap(observer, &mut self.desk.lock().seen[number]);
        }
    }

    /// All parts have handled the window that begins `from` there, before which there were so many events. To be called by one of them,
    /// before all meet again.
    pub(super) fn end_window(&self, from: Time, events: u64) {
        if self.is_free.load(Relaxed) {
            let mut desk = self.desk.lock();
            (desk.from, desk.since) = (desk.since, from);
            self.events.store(events, Relaxed);
            self.is_due.store(true, Relaxed);
        }
        self.is_free.store(!self.is_due.load(Relaxed), Relaxed);
    }

    /// Takes in what lies there, while whoever does so has to wait; see [`Meanwhile`](super::Meanwhile).
    pub(super) fn take_in(&self, is_over: &dyn Fn() -> bool) -> bool {
        if !self.is_due.load(Relaxed) {
            return false;
        }
        // Another may be at it.
        let Some(mut desk) = self.desk.try_lock() else { return false };
        if self.is_due.load(Relaxed) && desk.take_in(is_over) {
            self.is_due.store(false, Relaxed);
        }
        true
    }

    /// Empties the desk where so much has happened since something was put down there, `events` in all, that it has waited for long enough.
    pub(super) fn take_in_what_waits(&self, events: u64) {
        if self.is_due.load(Relaxed) && events - self.events.load(Relaxed) >= MOST_EVENTS {
            self.empty();
        }
    }

    /// Empties the desk; for one part, while none puts anything down.
    pub(super) fn empty(&self) {
        let mut desk = self.desk.lock();
        if self.is_due.load(Relaxed) {
            desk.take_all_in();
            self.is_due.store(false, Relaxed);
        }
    }

    /// A part puts down what it has seen until an instant for which a look is due, before a meeting; the desk is empty.
    pub(super) fn put_down_for_look(&self, number: usize, observer: &mut O::Part) {
        std::mem::swap(observer, &mut self.desk.lock().seen[number]);
    }

    /// Tells the observer what uplinks have to do `at` an instant, for which all have put down what they have seen. What comes then is not
    /// before `next`, and so many events were before. When the observer wants to be told again.
    pub(super) fn look(&self, at: Time, (next, events): (Time, u64), uplinks: Uplinks) -> Time {
        let mut desk = self.desk.lock();
        desk.observer.look(at, uplinks);
        let next_look = desk.observer.next_look();
        // Between two looks there may be nothing; and an observer is never told that it is later than the next of them.
        (desk.from, desk.since) = (desk.since, next.min(next_look));
        self.events.store(events, Relaxed);
        self.is_due.store(true, Relaxed);
        self.is_free.store(false, Relaxed);
        next_look
    }

    /// Takes all in, and what parts have not put down yet.
    pub(super) fn finish<'p>(self, observers: impl Iterator<Item = &'p mut O::Part>)
    where
        O::Part: 'p,
    {
        let mut desk = self.desk.into_inner();
        if self.is_due.into_inner() {
            desk.take_all_in();
        }
        desk.seen.iter_mut().zip(observers).for_each(|(seen, observer)| std::mem::swap(seen, observer));
        desk.from = desk.since;
        desk.take_all_in();
    }
}

impl<O: Divisible> Desk<'_, O> {
    fn take_in(&mut self, is_enough: &dyn Fn() -> bool) -> bool {
        self.observer.absorb(self.from, self.seen, is_enough)
    }

    fn take_all_in(&mut self) {
        let is_all = self.take_in(&|| false);
        debug_assert!(is_all, "an observer stops only where it is told that it is enough");
    }
}
