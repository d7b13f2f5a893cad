//! What goes wrong on a schedule: partitions, lossy spells, slow links, and departures of many at once.
//!
//! A fault begins and ends before all else that happens at these instants, so that its window is [from, until).
//!
//! * A message that is sent while its sender is parted from its receiver is lost; what is on its way when a partition begins gets through.
//! * A transfer whose uplink's part is not over when a partition begins is cut. The uplink is free at once, and the downloader notices as
//!   it would if the uploader had left.
//! * A request for a chunk, or the chunk itself, that a partition swallows is noticed as if the other side were gone.

use super::action::{Action, SWEEP, What, origin_of};
use super::config::{Config, Fault, FaultEffect, Leavers, Side, Slowdown};
use super::peer::Transfer;
use super::{MessageKind, Observer, Queue, Record, Swarm, TRACKER, Waste};
use crate::net::{JobId, Rate};
use crate::sim::{Purpose, Streams, Time};

/// The faults of a run, and which of them hold now.
#[derive(Debug, Default)]
pub(super) struct Faults {
    all: Vec<Fault>,
    /// Those that hold, in the order in which they were given.
    partitions: Vec<u32>,
    losses: Vec<u32>,
    slows: Vec<u32>,
}

impl Faults {
    pub(super) fn new(config: &Config) -> Faults {
        Faults { all: config.network.faults.clone(), ..Faults::default() }
    }

    /// Begins or ends a fault.
    fn switch(&mut self, fault: u32, holds: bool) {
        let of_its_kind = match self.all[fault as usize].effect {
            FaultEffect::Partition { .. } => &mut self.partitions,
            FaultEffect::Loss { .. } => &mut self.losses,
            FaultEffect::Slow { .. } => &mut self.slows,
        };
        of_its_kind.retain(|&other| other != fault);
        if holds {
            of_its_kind.push(fault);
            of_its_kind.sort_unstable();
        }
    }

    fn effects<'f>(&'f self, which: &'f [u32]) -> impl Iterator<Item = &'f FaultEffect> {
        which.iter().map(|&fault| &self.all[fault as usize].effect)
    }

    /// Whether a message between these two nodes, each told by its group, may meet a fault at all.
    #[inline]
    pub(super) fn are_none(&self) -> bool {
        self.partitions.is_empty() && self.losses.is_empty()
    }

    fn part(&self, a: Option<u16>, b: Option<u16>) -> bool {
        self.effects(&self.partitions).any(|effect| match effect {
            FaultEffect::Partition { between } => are_between(between, a, b),
            _ => false,
        })
    }

    /// The probability that a message is lost to a fault. No two that hold at a time concern the same pair.
    fn loss(&self, a: Option<u16>, b: Option<u16>) -> f64 {
        let applies = |effect: &FaultEffect| match effect {
            FaultEffect::Loss { between, probability } => {
                between.as_ref().is_none_or(|between| are_between(between, a, b)).then_some(*probability)
            }
            _ => None,
        };
        self.effects(&self.losses).find_map(applies).unwrap_or(0.0)
    }

    /// What is left of the capacities of a peer of this group.
    pub(super) fn capacities(&self, group: u16, up: Rate, down: Rate) -> (Rate, Rate) {
        let slowed = |wanted: fn(bool, bool) -> bool, rate: Rate| {
            let applies = |effect: &FaultEffect| match effect {
                FaultEffect::Slow { at, up, down, slowdown } if wanted(*up, *down) && includes(at, group) => {
                    Some(*slowdown)
                }
                _ => None,
            };
            self.effects(&self.slows).filter_map(applies).fold(rate, |rate, slowdown: Slowdown| slowdown.of(rate))
        };
        (slowed(|up, _| up, up), slowed(|_, down| down, down))
    }
}

/// Whether a node, told by its group (the tracker: `None`), is on a side.
fn is_on(side: &Side, node: Option<u16>) -> bool {
    match node {
        None => side.tracker,
        Some(group) => side.groups.binary_search(&group).is_ok(),
    }
}

fn are_between([left, right]: &[Side; 2], a: Option<u16>, b: Option<u16>) -> bool {
    is_on(left, a) && is_on(right, b) || is_on(left, b) && is_on(right, a)
}

fn includes(sides: &[Side], group: u16) -> bool {
    sides.iter().any(|side| is_on(side, Some(group)))
}

impl<O: Observer> Swarm<O> {
    /// Puts what is on the schedule into the queue.
    pub(super) fn schedule_faults(&mut self, queue: &mut Queue) {
        let windows: Vec<_> = self.config.network.faults.iter().map(|fault| fault.window).collect();
        for (fault, window) in (0..).zip(windows) {
            for (b, at) in [(0, window.from), (1, window.until)] {
                self.schedule(queue, SWEEP, at, Action { a: fault, b, ..Action::new(What::FaultDue, TRACKER) });
            }
        }
        let departures: Vec<Time> = self.config.departures.iter().map(|departure| departure.at).collect();
        for (number, at) in (0..).zip(departures) {
            self.schedule(queue, SWEEP, at, Action { a: number, ..Action::new(What::MassDeparture, TRACKER) });
        }
    }

    /// Whether a message from one node to another is lost now because they are parted.
    #[inline]
    pub(super) fn are_parted(&self, from: u32, to: u32) -> bool {
        !self.faults.are_none() && self.faults.part(self.group_of(from), self.group_of(to))
    }

    /// Whether message number `count` of `from` is lost to a lossy spell.
    pub(super) fn is_lost_to_fault(&self, from: u32, to: u32, count: u32) -> bool {
        let probability = self.faults.loss(self.group_of(from), self.group_of(to));
        if probability == 0.0 {
            return false;
        }
        // The first draw at this address decides on the loss that holds at all times.
        let mut draws = self.streams.at(self.owner_of(from), Purpose::Loss, u64::from(count));
        draws.next();
        draws.chance(probability)
    }

    fn group_of(&self, node: u32) -> Option<u16> {
        (node != TRACKER).then(|| self.peers[node as usize].group)
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_fault_due(&mut self, queue: &mut Queue, action: Action) {
        let Action { a: fault, b, .. } = action;
        self.faults.switch(fault, b == 0);
        match self.faults.all[fault as usize].effect {
            FaultEffect::Partition { .. } if b == 0 => self.cut_parted(queue),
            FaultEffect::Slow { .. } => self.change_capacities(queue, fault),
            FaultEffect::Partition { .. } | FaultEffect::Loss { .. } => {}
        }
    }

    /// Cuts the transfers between nodes that are parted now.
    fn cut_parted(&mut self, queue: &mut Queue) {
        for from in 1..=self.arrived {
            let uploads: Vec<JobId> = self.links.uploads(from).collect();
            // The last first, so that none that waits for the uplink begins only to be cut.
            for job in uploads.into_iter().rev() {
                if self.are_parted(from, self.links.job(job).to) {
                    self.cut_in_partition(queue, job);
                }
            }
        }
    }

    fn cut_in_partition(&mut self, queue: &mut Queue, job: JobId) {
        let (from, to, started) = (self.links.job(job).from, self.links.job(job).to, self.links.job(job).started());
        let bytes = self.links.cut(self.now, job, &mut self.effects);
        if let Some(start) = started {
            let message = self.chunk_message(job);
            self.record(Record::Upload { message, start, end: self.now, bytes });
            self.record(Record::Wasted { from, bytes, why: Waste::Cut });
        }
        let latency = self.latency_of(job);
        let transfer = self.links.cargo_mut(job);
        transfer.abandoned = true;
        let Transfer { session, request, .. } = *transfer;
        let notice = Action { session, a: job.0, b: request, ..Action::new(What::UploaderGone, to) };
        let at = self.now + self.detection(latency);
        self.schedule(queue, origin_of(from), at, notice);
        self.apply(queue);
    }

    /// A request for a chunk, number `request` of `asker`, or its answer is lost between it and `holder`, which shows at the latest at
    /// `heard`: when a living peer would have heard or sent something.
    pub(super) fn fetch_lost(&mut self, queue: &mut Queue, asker: u32, holder: u32, request: u32, heard: Time) {
        let back = self.latency_between(holder, asker);
        let session = self.node(asker).session;
        let notice = Action { session, a: request, b: holder, ..Action::new(What::NobodyThere, asker) };
        let at = heard + self.detection(back);
        self.schedule(queue, origin_of(holder), at, notice);
    }

    /// Sets the links of those whom a fault of slow links concerns to what they have now.
    fn change_capacities(&mut self, queue: &mut Queue, fault: u32) {
        for node in 1..=self.arrived {
            let peer = &self.peers[node as usize];
            let FaultEffect::Slow { at, .. } = &self.faults.all[fault as usize].effect else { return };
            if includes(at, peer.group) {
                let (up, down) = self.faults.capacities(peer.group, peer.up, peer.down);
                self.links.change_capacity(self.now, node, up, down, &mut self.effects);
                self.apply(queue);
            }
        }
    }

    /// Some of those that are there leave, as if their sessions were over: after all else that is due to them at this instant.
    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_mass_departure(&mut self, queue: &mut Queue, action: Action) {
        let departure = &self.config.departures[action.a as usize];
        let is_meant =
            |&id: &u32| self.node(id).present && departure.groups.binary_search(&self.peers[id as usize].group).is_ok();
        let present: Vec<u32> = (1..=self.arrived).filter(is_meant).collect();
        let leavers = match departure.leavers {
            Leavers::Fraction(share) => (present.len() as f64 * share).round() as usize,
            Leavers::Count(count) => count as usize,
        };
        for peer in self.drawn(present, leavers, action.a) {
            let session = self.node(peer).session;
            let leave = Action { session, a: 1, ..Action::new(What::SessionEnd, peer) };
            self.schedule(queue, origin_of(peer), self.now, leave);
        }
    }

    /// So many of these peers, by rising number: those with the smallest draws, so that who leaves does not depend on who else is there
    /// more than it must.
    fn drawn(&self, peers: Vec<u32>, number: usize, departure: u32) -> Vec<u32> {
        let streams: Streams = self.streams;
        let draw = |peer: u32| streams.draw(self.peers[peer as usize].owner, Purpose::Departure, u64::from(departure));
        let mut drawn: Vec<(u64, u32)> = peers.into_iter().map(|peer| (draw(peer), peer)).collect();
        drawn.sort_unstable();
        let mut chosen: Vec<u32> = drawn.into_iter().take(number).map(|(_, peer)| peer).collect();
        chosen.sort_unstable();
        chosen
    }

    /// Whether messages of this kind can be lost by chance: those of a fetch travel over a connection.
    pub(super) fn is_spared(kind: MessageKind) -> bool {
        matches!(kind, MessageKind::FetchChunkRequest | MessageKind::FetchChunkResponse)
    }
}
