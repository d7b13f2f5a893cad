//! The slow twin: the standard library's binary heap.

use crate::sim::Event;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A queue of events on a binary heap.
#[derive(Debug)]
pub struct HeapQueue<P> {
    heap: BinaryHeap<Reverse<ByKey<P>>>,
}

/// An event that compares by its key alone.
#[derive(Debug)]
struct ByKey<P>(Event<P>);

impl<P> PartialEq for ByKey<P> {
    fn eq(&self, other: &Self) -> bool {
        self.0.key == other.0.key
    }
}

impl<P> Eq for ByKey<P> {}

impl<P> PartialOrd for ByKey<P> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<P> Ord for ByKey<P> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.key.cmp(&other.0.key)
    }
}

impl<P: Copy> HeapQueue<P> {
    /// An empty queue.
    pub fn new() -> HeapQueue<P> {
        HeapQueue { heap: BinaryHeap::new() }
    }

    /// Adds an event.
    pub fn push(&mut self, event: Event<P>) {
        self.heap.push(Reverse(ByKey(event)));
    }

    /// Takes the event with the least key.
    pub fn pop(&mut self) -> Option<Event<P>> {
        self.heap.pop().map(|Reverse(ByKey(event))| event)
    }

    /// The event with the least key.
    pub fn peek(&self) -> Option<&Event<P>> {
        self.heap.peek().map(|Reverse(ByKey(event))| event)
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// True where no event is pending.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

impl<P: Copy> Default for HeapQueue<P> {
    fn default() -> Self {
        HeapQueue::new()
    }
}
