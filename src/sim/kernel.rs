//! The loop.

use super::{Digest, Event, EventQueue, Payload, Time};

/// What is simulated: it handles events, and pushes new ones.
pub trait Model {
    /// What its events carry.
    type Payload: Payload;

    /// Handles one event; the clock stands at its time. Returns what that came to, for the digest, as far as no later event
    /// tells: 0 where there is nothing of the kind.
    fn handle(&mut self, event: Event<Self::Payload>, queue: &mut EventQueue<Self::Payload>) -> u64;

    /// True as soon as nothing more need be handled.
    fn finished(&self) -> bool;
}

/// A run of a model: its clock, its pending events, its digest.
#[derive(Debug)]
pub struct Kernel<P> {
    /// Pending events.
    pub queue: EventQueue<P>,
    /// The last instant that is simulated.
    pub until: Time,
    /// The time of the last event handled.
    pub now: Time,
    /// Events handled.
    pub events: u64,
    /// Their digest.
    pub digest: Digest,
}

/// How an [`advance`](Kernel::advance) ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// The number of events was reached; there may be more.
    Budget,
    /// The model says that it is finished.
    Finished,
    /// No event is left at or before the last instant.
    Exhausted,
}

impl<P: Payload> Kernel<P> {
    /// Handles at most `budget` events.
    pub fn advance<M: Model<Payload = P>>(&mut self, model: &mut M, budget: u64) -> Pause {
        for _ in 0..budget {
            if let Err(pause) = self.step(model) {
                return pause;
            }
        }
        Pause::Budget
    }

    /// Handles the next event; which that was.
    ///
    /// # Errors
    /// Where there is none, and why so: never [`Pause::Budget`].
    #[inline(always)]
    pub fn step<M: Model<Payload = P>>(&mut self, model: &mut M) -> Result<Event<P>, Pause> {
        if model.finished() {
            return Err(Pause::Finished);
        }
        let Some(event) = self.queue.pop() else { return Err(Pause::Exhausted) };
        if event.key.time > self.until {
            return Err(Pause::Exhausted);
        }
        debug_assert!(event.key.time >= self.now, "time runs backwards");
        self.now = event.key.time;
        self.events += 1;
        let outcome = model.handle(event, &mut self.queue);
        self.digest.add(&event, outcome);
        Ok(event)
    }
}
