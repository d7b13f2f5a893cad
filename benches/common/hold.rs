//! The hold model: a queue with a fixed number of events pending, from which the next is taken and put back later.

use swarmsim::sim::{Event, EventQueue, Key, Origin, Owner, Payload, Purpose, Span, Streams, Time};

/// As many bytes as a swarm's events carry.
#[derive(Clone, Copy, Debug)]
pub struct Words(pub [u64; 2]);

impl Payload for Words {
    fn words(self) -> [u64; 2] {
        self.0
    }
}

/// A queue and the delays with which events go back into it.
pub struct Hold {
    queue: EventQueue<Words>,
    delays: Vec<Span>,
    count: u32,
}

impl Hold {
    /// A queue with this many events pending, turned over twice so that they lie as they will.
    pub fn new(queue: EventQueue<Words>, pending: usize) -> Hold {
        let mut hold = Hold { queue, delays: delays(), count: 0 };
        (0..pending).for_each(|_| hold.push_after(Time::ZERO));
        (0..2 * pending).for_each(|_| _ = hold.step());
        hold
    }

    /// Takes the next event and puts it back.
    #[inline]
    pub fn step(&mut self) -> Event<Words> {
        let event = self.queue.pop().expect("as many as before");
        self.push_after(event.key.time);
        event
    }

    #[inline]
    fn push_after(&mut self, now: Time) {
        let time = now + self.delays[self.count as usize % self.delays.len()];
        let key = Key { time, origin: Origin(self.count % 1000), count: self.count };
        self.queue.push(Event { key, payload: Words([u64::from(self.count), 7]) });
        self.count = self.count.wrapping_add(1);
    }
}

/// Nine in ten are latencies between 20 and 60 ms, one in ten a timer of 5 s.
fn delays() -> Vec<Span> {
    let mut draws = Streams::new(1).at(Owner::TRACKER, Purpose::Jitter, 0);
    (0..1 << 16)
        .map(|_| match draws.below(10) {
            0 => Span::from_secs(5),
            _ => Span::from_nanos(20_000_000 + draws.below(40_000_000)),
        })
        .collect()
}
