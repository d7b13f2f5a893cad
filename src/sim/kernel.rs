//! The loop.

use super::{Digest, Event, EventQueue, Payload, Time};

/// How many others are to be handled before an event when it is looked ahead to, by stage.
const AHEAD: [usize; 3] = [12, 7, 3];

/// What is simulated: it handles events, and pushes new ones.
pub trait Model {
    /// What its events carry.
    type Payload: Payload;

    /// Handles one event; the clock stands at its time. Returns what that came to, for the digest, as far as no later event
    /// tells: 0 where there is nothing of the kind. `None` for what is no event of the run but a note of the model to
    /// itself: it is neither counted nor digested.
    fn handle(&mut self, event: Event<Self::Payload>, queue: &mut EventQueue<Self::Payload>) -> Option<u64>;

    /// Asks the processor for the memory that an upcoming event is going to need. Each event comes by three times, so that it can be asked
    /// for what the memory asked for first leads to: `stage` is 0 first, then 1, then 2.
    #[inline]
    fn look_ahead(&self, stage: usize, next: &Event<Self::Payload>) {
        let _ = (stage, next);
    }

    /// True as soon as nothing more need be handled.
    fn finished(&self) -> bool;
}

/// A run of a model: its clock, its pending events, its digest.
///
/// ```
/// use swarmsim::sim::{Digest, Event, EventQueue, Kernel, Key, Model, Origin, Pause, Payload, QueueKind, Span, Time};
///
/// /// Rings once a second, so many times.
/// struct Clock {
///     rings: u32,
/// }
///
/// #[derive(Clone, Copy)]
/// struct Ring;
///
/// impl Payload for Ring {
///     fn words(self) -> [u64; 2] {
///         [0, 0]
///     }
/// }
///
/// impl Model for Clock {
///     type Payload = Ring;
///
///     fn handle(&mut self, event: Event<Ring>, queue: &mut EventQueue<Ring>) -> Option<u64> {
///         self.rings -= 1;
///         let Key { time, origin, count } = event.key;
///         queue.push(Event { key: Key { time: time + Span::from_secs(1), origin, count: count + 1 }, payload: Ring });
///         Some(0)
///     }
///
///     fn finished(&self) -> bool {
///         self.rings == 0
///     }
/// }
///
/// let mut queue = EventQueue::new(QueueKind::Ladder);
/// queue.push(Event { key: Key { time: Time::ZERO + Span::from_secs(1), origin: Origin(0), count: 0 }, payload: Ring });
/// let mut run =
///     Kernel { queue, until: Time::ZERO + Span::from_secs(60), now: Time::ZERO, events: 0, digest: Digest::default() };
/// let mut clock = Clock { rings: 5 };
/// assert_eq!(run.advance(&mut clock, u64::MAX, Time::ZERO + Span::from_secs(3)), Pause::Mark(Time::ZERO + Span::from_secs(4)));
/// assert_eq!(run.advance(&mut clock, u64::MAX, Time::NEVER), Pause::Finished);
/// assert_eq!((run.now, run.events), (Time::ZERO + Span::from_secs(5), 5));
/// ```
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
    /// The next event, at this time, lies past the mark.
    Mark(Time),
    /// No event is left at or before the last instant.
    Exhausted,
}

impl<P: Payload> Kernel<P> {
    /// Handles at most `budget` events, none later than `mark`.
    pub fn advance<M: Model<Payload = P>>(&mut self, model: &mut M, budget: u64, mark: Time) -> Pause {
        for _ in 0..budget {
            if let Err(pause) = self.step(model, mark) {
                return pause;
            }
        }
        Pause::Budget
    }

    /// Handles the next event; which that was, if it was one of the run's.
    ///
    /// # Errors
    /// Where there is none until `mark`, and why so: never [`Pause::Budget`].
    #[inline(always)]
    pub fn step<M: Model<Payload = P>>(&mut self, model: &mut M, mark: Time) -> Result<Option<Event<P>>, Pause> {
        if model.finished() {
            return Err(Pause::Finished);
        }
        let Some(event) = self.queue.pop() else { return Err(Pause::Exhausted) };
        if event.key.time > mark.min(self.until) {
            return Err(self.put_back(event));
        }
        debug_assert!(event.key.time >= self.now, "time runs backwards");
        self.now = event.key.time;
        for (stage, others) in AHEAD.into_iter().enumerate() {
            if let Some(next) = self.queue.upcoming(others) {
                model.look_ahead(stage, next);
            }
        }
        let Some(outcome) = model.handle(event, &mut self.queue) else { return Ok(None) };
        self.events += 1;
        self.digest.add(&event, outcome);
        Ok(Some(event))
    }

    /// The next event is not to be handled yet, or never.
    #[cold]
    fn put_back(&mut self, event: Event<P>) -> Pause {
        let at = event.key.time;
        self.queue.push(event);
        if at > self.until { Pause::Exhausted } else { Pause::Mark(at) }
    }
}
