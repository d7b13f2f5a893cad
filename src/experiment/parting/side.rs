//! One of two runs that are compared.

use super::fingerprint::Fingerprint;
use crate::output::Trace;
use crate::scenario::Scenario;
use crate::sim::{Digest, QueueKind, Time};
use crate::swarm::{Happening, Inspected, Simulation, TRACKER};

/// How a run stood after so many events: the same where, and only where, all was the same so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub events: u64,
    digest: Digest,
    told: u64,
    is_over: bool,
}

/// A node as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The tracker.
    Tracker {
        /// Peers that it lists.
        listed: u32,
    },
    /// A peer.
    Peer {
        /// Its number.
        number: u32,
        /// Its group's name.
        group: String,
        /// Chunks of the file.
        of_chunks: u64,
        /// How it stands.
        state: Inspected,
    },
}

/// A run, which keeps up a trace and a fingerprint.
pub(super) struct Side<'s> {
    scenario: &'s Scenario,
    run: Simulation<(Fingerprint, Trace<Vec<u8>>)>,
    is_over: bool,
}

impl<'s> Side<'s> {
    /// At its beginning. Its trace says nothing yet.
    pub(super) fn new(scenario: &'s Scenario) -> Side<'s> {
        let mut trace = Trace::new(Vec::new(), "");
        trace.mute(true);
        let observer = (Fingerprint::default(), trace);
        let mut run = Simulation::new(scenario.config.clone(), observer, QueueKind::Ladder);
        // The header is nothing that happens.
        run.observer_mut().1.take_lines(&mut Vec::new());
        Side { scenario, run, is_over: false }
    }

    /// Handles events up to number `to`, or to the run's end; how it stood at each multiple of `stride` and at last.
    /// `None` where it was interrupted.
    pub(super) fn advance_to(&mut self, to: u64, stride: u64, goes_on: &dyn Fn() -> bool) -> Option<Vec<Mark>> {
        let mut marks = Vec::new();
        while self.run.events() < to && !self.is_over {
            let next = (self.run.events() / stride + 1) * stride;
            self.is_over = !self.run.advance(next.min(to) - self.run.events());
            marks.push(self.mark());
            if !goes_on() {
                return None;
            }
        }
        Some(marks)
    }

    /// Whether its trace says what happens from now on.
    pub(super) fn speak(&mut self, speaks: bool) {
        self.run.observer_mut().1.mute(!speaks);
    }

    /// Handles one event; which that was, and what a trace says of it. At the end, that it is over.
    pub(super) fn step(&mut self, lines: &mut Vec<u8>) -> Option<Happening> {
        lines.clear();
        let happening = self.run.step();
        self.is_over = happening.is_none();
        self.run.observer_mut().1.take_lines(lines);
        happening
    }

    pub(super) fn mark(&self) -> Mark {
        let told = self.run.observer().0.value();
        Mark { events: self.run.events(), digest: self.run.digest(), told, is_over: self.is_over }
    }

    pub(super) fn events(&self) -> u64 {
        self.run.events()
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    pub(super) fn now(&self) -> Time {
        self.run.now()
    }

    pub(super) fn actor(&self, node: u32) -> Option<Actor> {
        if node == TRACKER {
            return Some(Actor::Tracker { listed: self.run.listed() });
        }
        let state = self.run.inspect(node)?;
        let config = &self.scenario.config;
        let group = config.groups[usize::from(state.group)].name.clone();
        Some(Actor::Peer { number: node, group, of_chunks: config.file.chunks(), state })
    }
}
