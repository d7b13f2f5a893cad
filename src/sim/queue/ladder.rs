//! The fast twin: a ladder of buckets, after Tang, Goh and Thng, "Ladder Queue: An O(1) Priority Queue
//! Structure for Large-Scale Discrete Event Simulation", ACM TOMACS 15 (2005).
//!
//! Three parts, by how near an event's time is:
//!
//! * the **bottom**, a short sorted vector, from whose end events are popped (and a heap beside it for the
//!   rare crowd within one instant, which no bucket can part);
//! * the **rungs**, arrays of unsorted buckets, each rung cutting one bucket of the rung above into finer ones;
//! * the **top**, one unsorted vector of everything later than the first rung.
//!
//! An event is moved about three times and sorted only among a few neighbors. Differences from the paper:
//! bucket widths are powers of two (a shift instead of a division), the bottom is sorted by the whole key
//! (ties are in order), and emptied buckets are recycled, so a steady queue does not allocate.

use super::HeapQueue;
use crate::sim::Event;
use std::collections::VecDeque;

/// Events a bucket may hold to be sorted into the bottom at once; a fuller one is split into a finer rung.
const SORT_AT_MOST: usize = 16;
/// Events a bucket should hold on average when a rung is made.
const PER_BUCKET: usize = 2;
/// Events the bottom may grow to by insertion before it is turned into a rung, or the heap is used.
const BOTTOM_AT_MOST: usize = 256;
/// The most buckets in a rung.
const BUCKETS_AT_MOST: usize = 1 << 18;
/// Emptied buckets that are kept for use again.
const POOL_AT_MOST: usize = 1 << 10;
/// The room for events that such a bucket may have: one grown large would make its next place, and in time every place, large.
const POOL_CAPACITY_AT_MOST: usize = 8;
/// Emptied buckets with more room that are kept, for those that fill up. A coarse bucket whose time draws near gets hundreds of
/// events; growing by doubling, each of these would be copied once more.
const ROOMY_AT_MOST: usize = 64;

/// A queue of events on a ladder of buckets.
#[derive(Debug)]
pub struct LadderQueue<P> {
    /// The nearest events, by falling key: the next one is last.
    bottom: Vec<Event<P>>,
    /// Events that came while the bottom was long and could not be parted.
    crowd: HeapQueue<P>,
    /// Rungs from the coarsest to the finest. An event earlier than all of them belongs to the bottom.
    rungs: Vec<Rung<P>>,
    /// Events at `top_from` or later, in no order.
    top: Vec<Event<P>>,
    top_from: u64,
    pool: Vec<Vec<Event<P>>>,
    roomy: Vec<Vec<Event<P>>>,
    spare_rungs: Vec<Vec<Vec<Event<P>>>>,
    len: usize,
}

/// Buckets of equal width over a stretch of time.
#[derive(Debug)]
struct Rung<P> {
    start: u64,
    /// Each bucket is `1 << shift` nanoseconds wide.
    shift: u32,
    buckets: Vec<Vec<Event<P>>>,
    /// The first bucket that may hold events; those before it have gone down the ladder.
    current: usize,
    /// Where that bucket begins: what is earlier is not this rung's.
    from: u64,
    len: usize,
}

impl<P> Rung<P> {
    /// Goes on to the next bucket.
    fn step(&mut self) {
        self.current += 1;
        self.from = self.from.saturating_add(1 << self.shift);
    }

    fn bucket_of(&self, time: u64) -> usize {
        ((time - self.start) >> self.shift) as usize
    }
}

impl<P: Copy> LadderQueue<P> {
    /// An empty queue.
    pub fn new() -> LadderQueue<P> {
        LadderQueue {
            bottom: Vec::new(),
            crowd: HeapQueue::new(),
            rungs: Vec::new(),
            top: Vec::new(),
            top_from: 0,
            pool: Vec::new(),
            roomy: Vec::new(),
            spare_rungs: Vec::new(),
            len: 0,
        }
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True where no event is pending.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes on the heap, spare room included.
    pub fn heap_bytes(&self) -> usize {
        let room = |events: &Vec<Event<P>>| size_of::<Vec<Event<P>>>() + events.capacity() * size_of::<Event<P>>();
        let of_rung = |buckets: &Vec<Vec<Event<P>>>| buckets.iter().map(room).sum::<usize>();
        room(&self.bottom)
            + room(&self.top)
            + self.rungs.iter().map(|rung| of_rung(&rung.buckets)).sum::<usize>()
            + self.spare_rungs.iter().map(of_rung).sum::<usize>()
            + self.pool.iter().chain(&self.roomy).map(room).sum::<usize>()
    }

    /// Adds an event.
    // Always inlined, so that it is written where it belongs from where its parts are. Put together in memory first, part by part, it
    // would be read from there in larger parts, and the processor waits with that until all written before has reached the cache.
    #[inline(always)]
    pub fn push(&mut self, event: Event<P>) {
        match self.bucket_for(event.key.time.as_nanos()) {
            Some(bucket) => bucket.push(event),
            None => self.push_bottom(event),
        }
    }

    /// Where an event at that `time` is added; `None`: to the bottom.
    #[inline(never)]
    fn bucket_for(&mut self, time: u64) -> Option<&mut Vec<Event<P>>> {
        self.len += 1;
        if time >= self.top_from {
            return Some(&mut self.top);
        }
        for rung in &mut self.rungs {
            if time >= rung.from {
                let bucket = rung.bucket_of(time);
                rung.len += 1;
                let bucket = &mut rung.buckets[bucket];
                if bucket.len() == bucket.capacity() && bucket.len() >= POOL_CAPACITY_AT_MOST {
                    make_room(bucket, &mut self.roomy);
                }
                return Some(bucket);
            }
        }
        None
    }

    /// Moves the event with the least key to the end of `soon`; false where there is none. From memory to memory, for the reason that
    /// [`push`](LadderQueue::push) has to be inlined.
    #[inline]
    pub fn pop_onto(&mut self, soon: &mut VecDeque<Event<P>>) -> bool {
        let filled = !self.bottom.is_empty() || self.refill();
        if !self.crowd.is_empty() {
            return self.pop_crowded().map(|event| soon.push_back(event)).is_some();
        }
        if filled {
            let last = self.bottom.len() - 1;
            soon.push_back(self.bottom[last]);
            self.bottom.truncate(last);
            self.len -= 1;
        }
        filled
    }

    /// Takes the lesser of the bottom's and the crowd's first events.
    #[cold]
    fn pop_crowded(&mut self) -> Option<Event<P>> {
        self.len -= 1;
        let crowd = self.crowd.peek().map(|event| event.key);
        match self.bottom.last() {
            Some(first) if Some(first.key) < crowd => self.bottom.pop(),
            _ => self.crowd.pop(),
        }
    }

    /// Inserts into the sorted bottom. One that has grown long becomes a rung, so that this stays cheap.
    #[inline(never)]
    fn push_bottom(&mut self, event: Event<P>) {
        if self.bottom.len() >= BOTTOM_AT_MOST {
            let earliest = self.bottom[self.bottom.len() - 1].key.time.as_nanos();
            let median = self.bottom[self.bottom.len() / 2].key.time.as_nanos();
            if earliest == median {
                self.crowd.push(event);
                return;
            }
            let first = earliest.min(event.key.time.as_nanos());
            let until = self.rungs.last().map_or(self.top_from, |rung| rung.from);
            let mut events = std::mem::take(&mut self.bottom);
            events.push(event);
            self.add_rung(&mut events, first, until - 1);
            self.bottom = events;
            return;
        }
        let key = event.key.packed();
        let at = self.bottom.partition_point(|e| e.key.packed() > key);
        self.bottom.insert(at, event);
    }

    /// Brings the nearest events down into the empty bottom; false where there are none.
    #[inline(never)]
    fn refill(&mut self) -> bool {
        while self.bottom.is_empty() {
            while self.rungs.last().is_some_and(|rung| rung.len == 0) {
                let rung = self.rungs.pop().expect("there is one");
                self.spare_rungs.push(rung.buckets);
            }
            let Some(rung) = self.rungs.last_mut() else {
                if self.top.is_empty() {
                    return false;
                }
                self.lower_top();
                continue;
            };
            while rung.buckets[rung.current].is_empty() {
                rung.step();
            }
            let fresh = self.pool.pop().unwrap_or_default();
            let mut events = std::mem::replace(&mut rung.buckets[rung.current], fresh);
            let (from, shift) = (rung.from, rung.shift);
            rung.step();
            rung.len -= events.len();
            if events.len() > SORT_AT_MOST && shift > 0 {
                let width = 1u64 << shift;
                self.add_rung(&mut events, from, from.saturating_add(width - 1));
                self.recycle(events);
            } else {
                #[expect(clippy::disallowed_methods, reason = "no two events have one key")]
                events.sort_unstable_by_key(|e| std::cmp::Reverse(e.key.packed()));
                let emptied = std::mem::replace(&mut self.bottom, events);
                self.recycle(emptied);
            }
        }
        true
    }

    /// Turns the top into the first rung.
    fn lower_top(&mut self) {
        let mut events = std::mem::take(&mut self.top);
        let (mut earliest, mut latest) = (u64::MAX, 0);
        for event in &events {
            earliest = earliest.min(event.key.time.as_nanos());
            latest = latest.max(event.key.time.as_nanos());
        }
        self.add_rung(&mut events, earliest, latest);
        self.top = events;
        let rung = &self.rungs[0];
        let last = rung.bucket_of(latest) as u128;
        let end = u128::from(rung.start) + ((last + 1) << rung.shift);
        self.top_from = u64::try_from(end).unwrap_or(u64::MAX);
        // The largest time of all would never be on the ladder; no run comes near it.
        debug_assert!(latest < self.top_from, "an event at the end of time");
    }

    /// Adds the finest rung, over `[from, until]`, and spreads `events` over it, which leaves them empty.
    fn add_rung(&mut self, events: &mut Vec<Event<P>>, from: u64, until: u64) {
        let wanted = (events.len() / PER_BUCKET).clamp(2, BUCKETS_AT_MOST);
        let width = ((until - from) / wanted as u64).max(1);
        // The least power of two that is no narrower.
        let shift = if width == 1 { 0 } else { 64 - (width - 1).leading_zeros() };
        let needed = ((until - from) >> shift) as usize + 1;
        // Spare buckets keep their memory, and there may be more of them than needed: those stay empty.
        let mut buckets = self.spare_rungs.pop().unwrap_or_default();
        if buckets.len() < needed {
            buckets.resize_with(needed, Vec::new);
        }
        let mut rung = Rung { start: from, shift, buckets, current: 0, from, len: events.len() };
        for event in events.drain(..) {
            let bucket = rung.bucket_of(event.key.time.as_nanos());
            rung.buckets[bucket].push(event);
        }
        self.rungs.push(rung);
    }

    fn recycle(&mut self, emptied: Vec<Event<P>>) {
        debug_assert!(emptied.is_empty());
        let (pool, most) = match emptied.capacity() {
            0 => return,
            1..=POOL_CAPACITY_AT_MOST => (&mut self.pool, POOL_AT_MOST),
            _ => (&mut self.roomy, ROOMY_AT_MOST),
        };
        if pool.len() < most {
            pool.push(emptied);
        }
    }
}

/// Moves the events of a full bucket to where there is more room, if there is such a place.
#[cold]
fn make_room<P>(bucket: &mut Vec<Event<P>>, roomy: &mut Vec<Vec<Event<P>>>) {
    if roomy.last().is_some_and(|room| room.capacity() > bucket.len()) {
        let mut room = roomy.pop().expect("there is one");
        room.append(bucket);
        *bucket = room;
    }
}

impl<P: Copy> Default for LadderQueue<P> {
    fn default() -> Self {
        LadderQueue::new()
    }
}
