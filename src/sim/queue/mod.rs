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

/// Which implementation a queue uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueKind {
    /// Buckets that are split as their time draws near: a few nanoseconds an event, however many are pending.
    #[default]
    Ladder,
    /// The standard library's binary heap.
    Heap,
}

/// Pending events, by rising key.
#[derive(Debug)]
pub enum EventQueue<P> {
    /// See [`QueueKind::Ladder`].
    Ladder(LadderQueue<P>),
    /// See [`QueueKind::Heap`].
    Heap(HeapQueue<P>),
}

impl<P: Copy> EventQueue<P> {
    /// An empty queue.
    pub fn new(kind: QueueKind) -> EventQueue<P> {
        match kind {
            QueueKind::Ladder => EventQueue::Ladder(LadderQueue::new()),
            QueueKind::Heap => EventQueue::Heap(HeapQueue::new()),
        }
    }

    /// Adds an event.
    #[inline]
    pub fn push(&mut self, event: Event<P>) {
        match self {
            EventQueue::Ladder(queue) => queue.push(event),
            EventQueue::Heap(queue) => queue.push(event),
        }
    }

    /// Takes the event with the least key.
    #[inline]
    pub fn pop(&mut self) -> Option<Event<P>> {
        match self {
            EventQueue::Ladder(queue) => queue.pop(),
            EventQueue::Heap(queue) => queue.pop(),
        }
    }

    /// The next event, if that is known without a search.
    #[inline]
    pub fn likely_next(&self) -> Option<&Event<P>> {
        match self {
            EventQueue::Ladder(queue) => queue.likely_next(),
            EventQueue::Heap(_) => None,
        }
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        match self {
            EventQueue::Ladder(queue) => queue.len(),
            EventQueue::Heap(queue) => queue.len(),
        }
    }

    /// True where no event is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes on the heap, spare room included.
    pub fn heap_bytes(&self) -> usize {
        match self {
            EventQueue::Ladder(queue) => queue.heap_bytes(),
            EventQueue::Heap(queue) => queue.len() * size_of::<Event<P>>(),
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
