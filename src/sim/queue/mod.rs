//! The queue of pending events: one type, two implementations.
//!
//! [`LadderQueue`] is the fast one, [`HeapQueue`] its slow and obvious twin. Both yield events by rising
//! [`Key`](super::Key), so a run's result does not depend on which is used; a property test and the golden digests
//! hold them to it.

mod heap;
mod ladder;

use super::Event;
pub use heap::HeapQueue;
pub use ladder::LadderQueue;
use std::collections::VecDeque;

/// Which implementation a queue uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueKind {
    /// Buckets that are split as their time draws near: a few nanoseconds an event, however many are pending.
    #[default]
    Ladder,
    /// The standard library's binary heap.
    Heap,
}

/// How many of the next events are told beforehand: enough that memory asked for then is there when it is needed.
const SOON: usize = 16;

/// Pending events, by rising key.
///
/// The next few stand apart in order, so that whoever handles them can see them coming ([`EventQueue::upcoming`]).
///
/// ```
/// use swarmsim::sim::{Event, EventQueue, Key, Origin, QueueKind, Span, Time};
///
/// let mut queue = EventQueue::new(QueueKind::Ladder);
/// let key = |seconds, origin, count| Key { time: Time::ZERO + Span::from_secs(seconds), origin: Origin(origin), count };
/// queue.push(Event { key: key(2, 1, 0), payload: "last" });
/// queue.push(Event { key: key(1, 7, 0), payload: "second" });
/// queue.push(Event { key: key(1, 3, 5), payload: "first" });
/// // By time, then origin, then count: never by who pushed first.
/// let order: Vec<&str> = std::iter::from_fn(|| queue.pop()).map(|event| event.payload).collect();
/// assert_eq!(order, ["first", "second", "last"]);
/// ```
#[derive(Debug)]
pub struct EventQueue<P> {
    /// The next events, in order.
    soon: VecDeque<Event<P>>,
    /// Those later than these.
    later: Later<P>,
}

#[derive(Debug)]
enum Later<P> {
    Ladder(LadderQueue<P>),
    Heap(HeapQueue<P>),
}

impl<P: Copy> EventQueue<P> {
    /// An empty queue.
    pub fn new(kind: QueueKind) -> EventQueue<P> {
        let later = match kind {
            QueueKind::Ladder => Later::Ladder(LadderQueue::new()),
            QueueKind::Heap => Later::Heap(HeapQueue::new()),
        };
        EventQueue { soon: VecDeque::with_capacity(SOON + 2), later }
    }

    /// Adds an event.
    // Always, so that no event is put together in memory only to be read from there.
    #[inline(always)]
    pub fn push(&mut self, event: Event<P>) {
        match self.soon.back() {
            Some(last) if event.key.packed() < last.key.packed() => self.push_soon(event),
            _ => self.later.push(event),
        }
    }

    /// Adds an event that comes before others that have been told.
    #[inline(never)]
    fn push_soon(&mut self, event: Event<P>) {
        let key = event.key.packed();
        let mut at = self.soon.len() - 1;
        while at > 0 && self.soon[at - 1].key.packed() > key {
            at -= 1;
        }
        self.soon.insert(at, event);
        if self.soon.len() > SOON {
            let last = self.soon.pop_back().expect("there are some");
            self.later.push(last);
        }
    }

    /// Takes the event with the least key.
    #[inline]
    pub fn pop(&mut self) -> Option<Event<P>> {
        while self.soon.len() < SOON && self.later.pop_onto(&mut self.soon) {}
        self.soon.pop_front()
    }

    /// The event with the least key, which stays where it is.
    pub fn first(&mut self) -> Option<&Event<P>> {
        if self.soon.is_empty() {
            self.later.pop_onto(&mut self.soon);
        }
        self.soon.front()
    }

    /// The event that comes after `others` others, if it has been told already.
    #[inline]
    pub fn upcoming(&self, others: usize) -> Option<&Event<P>> {
        self.soon.get(others)
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.soon.len() + self.later.len()
    }

    /// True where no event is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes on the heap, spare room included.
    pub fn heap_bytes(&self) -> usize {
        self.soon.capacity() * size_of::<Event<P>>()
            + match &self.later {
                Later::Ladder(queue) => queue.heap_bytes(),
                Later::Heap(queue) => queue.len() * size_of::<Event<P>>(),
            }
    }
}

impl<P: Copy> Later<P> {
    #[inline(always)]
    fn push(&mut self, event: Event<P>) {
        match self {
            Later::Ladder(queue) => queue.push(event),
            Later::Heap(queue) => queue.push(event),
        }
    }

    /// Moves the event with the least key to the end of `soon`; false where there is none.
    #[inline]
    fn pop_onto(&mut self, soon: &mut VecDeque<Event<P>>) -> bool {
        match self {
            Later::Ladder(queue) => queue.pop_onto(soon),
            Later::Heap(queue) => queue.pop().map(|event| soon.push_back(event)).is_some(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Later::Ladder(queue) => queue.len(),
            Later::Heap(queue) => queue.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Key, Origin, Time};
    use proptest::prelude::*;

    /// A step of a random history: how many events to pop, then how far ahead to push one.
    fn steps() -> impl Strategy<Value = Vec<(u8, u64, u32)>> {
        let delay = prop_oneof![Just(0u64), 0..50u64, 0..10_000u64, 0..5_000_000_000u64, Just(u64::MAX / 8)];
        prop::collection::vec((0..3u8, delay, 0..6u32), 1..2000)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn the_ladder_agrees_with_the_heap(steps in steps()) {
            let mut ladder = EventQueue::new(QueueKind::Ladder);
            let mut heap = EventQueue::new(QueueKind::Heap);
            let mut now = 0u64;
            for (i, (pops, delay, origin)) in steps.iter().enumerate() {
                let time = Time::from_nanos(now.saturating_add(*delay).min(u64::MAX - 1));
                let key = Key { time, origin: Origin(*origin), count: i as u32 };
                for queue in [&mut ladder, &mut heap] {
                    queue.push(Event { key, payload: i });
                }
                for _ in 0..*pops {
                    let (a, b) = (ladder.pop(), heap.pop());
                    prop_assert_eq!(a.map(|e| (e.key, e.payload)), b.map(|e| (e.key, e.payload)));
                    if let Some(event) = a { now = event.key.time.as_nanos(); }
                }
                prop_assert_eq!(ladder.len(), heap.len());
            }
            while let Some(b) = heap.pop() {
                let a = ladder.pop().expect("as many as the heap");
                prop_assert_eq!((a.key, a.payload), (b.key, b.payload));
            }
            prop_assert!(ladder.is_empty());
        }
    }
}
