//! A swarm and the kernel that runs it.

use super::action::Action;
use super::config::Config;
use super::peer::{Download, Fetch, Peer, Presence};
use super::{Happening, Observer, StopReason, Swarm};
use crate::sim::{Digest, EventQueue, Kernel, Key, Pause, QueueKind, Time};

/// A run of a swarm, from its first event to its last.
///
/// ```
/// use swarmsim::sim::QueueKind;
/// use swarmsim::swarm::Simulation;
/// # let config = swarmsim::swarm::config::Config::tiny();
/// let mut run = Simulation::new(config, (), QueueKind::Ladder);
/// while run.advance(10_000) {
///     // Here one may show progress, or give up.
/// }
/// let (_, reason) = run.finish();
/// assert_eq!(reason.name(), "all-complete");
/// ```
#[derive(Debug)]
pub struct Simulation<O> {
    pub(super) kernel: Kernel<Action>,
    pub(super) swarm: Swarm<O>,
    pub(super) reason: Option<StopReason>,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// As many events were handled as were allowed.
    More,
    /// All events up to the mark were handled.
    ToMark {
        /// When the next one is.
        next: Time,
    },
    /// The run has ended.
    Over,
}

/// Bytes that a run holds, by what for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Peers' own state, neighbors and fetches included.
    pub peers: usize,
    /// Chunk sets: logs and bits.
    pub chunks: usize,
    /// Links and the transfers on them.
    pub links: usize,
    /// Answers that peers have not read yet.
    pub inboxes: usize,
    /// Events pending, with the queue's spare room.
    pub pending_events: usize,
}

impl<O: Observer> Simulation<O> {
    /// A run of `config`, watched by `observer`. The queue's kind makes no difference to the result.
    ///
    /// # Panics
    /// Where `config` is out of the ranges that it states.
    pub fn new(config: Config, observer: O, queue: QueueKind) -> Simulation<O> {
        let until = config.stop.at;
        let mut queue = EventQueue::new(queue);
        let swarm = Swarm::new(config, observer, &mut queue);
        let kernel = Kernel { queue, until, now: Time::ZERO, events: 0, digest: Digest::default() };
        Simulation { kernel, swarm, reason: None }
    }

    /// Handles at most `events` events from the queue, and what queries and answers are handled with them; false once the run
    /// has ended.
    pub fn advance(&mut self, events: u64) -> bool {
        self.advance_to(Time::NEVER, events) != Advance::Over
    }

    /// The same, but for events that are later than `mark`.
    pub fn advance_to(&mut self, mark: Time, events: u64) -> Advance {
        if self.reason.is_some() {
            return Advance::Over;
        }
        let last = self.kernel.events.saturating_add(events);
        loop {
            let look = self.swarm.next_look();
            let left = last.saturating_sub(self.kernel.events);
            match self.kernel.advance(&mut self.swarm, left, mark.min(look)) {
                Pause::Budget => return Advance::More,
                Pause::Mark(next) => {
                    if look <= mark {
                        self.swarm.look(look);
                    }
                    if mark <= look {
                        return Advance::ToMark { next };
                    }
                }
                pause => {
                    self.end(pause);
                    return Advance::Over;
                }
            }
        }
    }

    /// Handles one event, and tells which; `None` once the run has ended.
    pub fn step(&mut self) -> Option<Happening> {
        while self.reason.is_none() {
            let look = self.swarm.next_look();
            match self.kernel.step(&mut self.swarm, look) {
                Ok(Some(event)) => return Some(Happening::new(event)),
                Ok(None) => {}
                Err(Pause::Mark(_)) => self.swarm.look(look),
                Err(pause) => self.end(pause),
            }
        }
        None
    }

    /// Nothing more will happen.
    fn end(&mut self, pause: Pause) {
        let limit = match pause {
            Pause::Exhausted => {
                self.kernel.now = self.kernel.until;
                Key::last_of(self.kernel.until)
            }
            _ => self.swarm.cause,
        };
        self.swarm.look_until(self.kernel.now, limit);
        self.swarm.finish(self.kernel.now, limit);
        self.reason = Some(self.swarm.stop_reason().unwrap_or(StopReason::Time));
    }

    /// How many events there were up to `mark`, and their digest, for a run that has just come
    /// [to that mark](Simulation::advance_to). It does not depend on who watches.
    pub fn so_far(&mut self, mark: Time) -> (u64, Digest) {
        let (events, digest) = self.swarm.rounds_until(Key::last_of(mark));
        let mut all = self.digest();
        all.join(digest);
        (self.events() + events, all)
    }

    /// Runs to the end and returns the observer, and why the run ended.
    pub fn finish(mut self) -> (O, StopReason) {
        while self.advance(u64::MAX) {}
        (self.swarm.observer, self.reason.expect("it has ended"))
    }

    /// Gives the run up where it stands; the observer.
    pub fn into_observer(self) -> O {
        self.swarm.observer
    }

    /// The virtual clock.
    pub fn now(&self) -> Time {
        self.kernel.now
    }

    /// Events handled so far.
    pub fn events(&self) -> u64 {
        self.kernel.events + self.swarm.rounds.events
    }

    /// The digest of the events so far.
    pub fn digest(&self) -> Digest {
        let mut digest = self.kernel.digest;
        digest.join(self.swarm.rounds.digest);
        digest
    }

    /// Events pending.
    pub fn pending(&self) -> usize {
        self.kernel.queue.len()
    }

    /// Peers that are to arrive for the first time by the end of the run.
    pub fn planned_peers(&self) -> u32 {
        self.swarm.plan.len() as u32
    }

    /// Who watches.
    pub fn observer(&self) -> &O {
        &self.swarm.observer
    }

    /// Who watches, to be asked for what it has seen.
    pub fn observer_mut(&mut self) -> &mut O {
        &mut self.swarm.observer
    }

    /// Bytes held now, by what for.
    pub fn memory(&self) -> Memory {
        let swarm = &self.swarm;
        let of_peer = |peer: &Peer| {
            let fetches = peer.fetches.capacity() * size_of::<Fetch>();
            let recent = peer.recent.capacity() * size_of::<Key>();
            size_of::<Presence>() + size_of::<Peer>() + fetches + recent
        };
        let of_download = |download: &Download| {
            size_of::<Download>() + download.neighbors.heap_bytes() + download.wanted.bits().words().len() * 8
        };
        Memory {
            peers: swarm.peers.iter().map(of_peer).sum::<usize>()
                + swarm.downloads.iter().map(of_download).sum::<usize>(),
            chunks: swarm.chunks.heap_bytes(),
            links: swarm.links.heap_bytes(),
            inboxes: swarm.inboxes.heap_bytes(),
            pending_events: self.kernel.queue.heap_bytes(),
        }
    }
}
