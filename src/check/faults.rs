//! What the scenario schedules: who is parted from whom, what links have left, and when many leave at once.

use super::checker::Checker;
use super::scene::{Scene, TRACKER, UNLIMITED};
use super::state::{Broken, Task};
use crate::net::{Rate, Sharing};
use crate::sim::{Owner, Purpose};
use crate::swarm::config::{Fault, FaultEffect, Leavers, Side, Window};

/// An uplink or a downlink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Up,
    Down,
}

/// Something that happens on the schedule; at one instant, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// A fault, by its place in the scenario, begins (`false`) or ends.
    Fault(usize, bool),
    /// Many leave, by place in the scenario.
    Departure(usize),
}

fn holds(window: Window, at: u64) -> bool {
    window.from.as_nanos() <= at && at < window.until.as_nanos()
}

impl Scene<'_> {
    /// All that is on the schedule, in order.
    pub fn schedule(&self) -> Vec<(u64, Due)> {
        let faults = self.config.network.faults.iter().enumerate();
        let ends = faults.flat_map(|(place, Fault { window, .. })| {
            [(window.from.as_nanos(), Due::Fault(place, false)), (window.until.as_nanos(), Due::Fault(place, true))]
        });
        let departures = self.config.departures.iter().enumerate();
        let mut all: Vec<_> =
            ends.chain(departures.map(|(place, one)| (one.at.as_nanos(), Due::Departure(place)))).collect();
        all.sort_unstable();
        all
    }

    pub(super) fn is_on(&self, side: &Side, node: u32) -> bool {
        if node == TRACKER {
            return side.tracker;
        }
        self.peer(node).is_some_and(|peer| side.groups.iter().any(|&group| usize::from(group) == peer.group))
    }

    fn are_between(&self, [one, other]: &[Side; 2], a: u32, b: u32) -> bool {
        (self.is_on(one, a) && self.is_on(other, b)) || (self.is_on(one, b) && self.is_on(other, a))
    }

    /// Whether a partition stands between two nodes at an instant.
    pub fn are_parted(&self, a: u32, b: u32, at: u64) -> bool {
        self.config.network.faults.iter().any(|fault| match &fault.effect {
            FaultEffect::Partition { between } => holds(fault.window, at) && self.are_between(between, a, b),
            _ => false,
        })
    }

    pub fn has_partitions(&self) -> bool {
        self.config.network.faults.iter().any(|fault| matches!(fault.effect, FaultEffect::Partition { .. }))
    }

    /// Whether a message between two nodes may be lost by chance at an instant.
    pub fn may_lose(&self, a: u32, b: u32, at: u64) -> bool {
        let in_spell = |fault: &Fault| match &fault.effect {
            FaultEffect::Loss { between, probability } => {
                let concerned = between.as_ref().is_none_or(|between| self.are_between(between, a, b));
                holds(fault.window, at) && *probability > 0.0 && concerned
            }
            _ => false,
        };
        self.config.network.loss > 0.0 || self.config.network.faults.iter().any(in_spell)
    }

    /// What is left of a capacity under the faults for which `holds` says so, bits per second.
    fn left_of(&self, node: u32, link: Link, holds: impl Fn(usize, &Fault) -> bool) -> u64 {
        let Some(peer) = self.peer(node) else { return UNLIMITED };
        let mut rate = match if link == Link::Up { peer.up } else { peer.down } {
            UNLIMITED => Rate::UNLIMITED,
            bits => Rate::from_bits_per_second(bits),
        };
        for (place, fault) in self.config.network.faults.iter().enumerate() {
            if let FaultEffect::Slow { at, up, down, slowdown } = &fault.effect
                && (if link == Link::Up { *up } else { *down })
                && holds(place, fault)
                && at.iter().any(|side| self.is_on(side, node))
            {
                rate = slowdown.of(rate);
            }
        }
        rate.bits_per_second()
    }

    /// What a link carries at an instant, bits per second.
    fn capacity_at(&self, node: u32, link: Link, at: u64) -> u64 {
        self.left_of(node, link, |_, fault| holds(fault.window, at))
    }

    /// The nano-bits that a link can carry between two instants; `None` where there is no limit for some of the time.
    pub fn could_carry(&self, node: u32, link: Link, from: u64, until: u64) -> Option<u128> {
        // A link freed at the last instant carries any amount at it.
        if self.capacity_at(node, link, until) == UNLIMITED {
            return None;
        }
        let slows = self.config.network.faults.iter().filter(|one| matches!(one.effect, FaultEffect::Slow { .. }));
        let mut changes: Vec<u64> = slows
            .flat_map(|one| [one.window.from.as_nanos(), one.window.until.as_nanos()])
            .filter(|&at| from < at && at < until)
            .chain([from, until])
            .collect();
        changes.sort_unstable();
        changes.windows(2).try_fold(0, |sum: u128, pair| {
            let rate = self.capacity_at(node, link, pair[0]);
            let nanos = u128::from(pair[1].saturating_sub(pair[0]));
            (rate != UNLIMITED).then(|| sum.saturating_add(u128::from(rate) * nanos))
        })
    }

    /// The most that one transfer between two peers gets, bits per second.
    pub fn transfer_limit(&self, from: u32, to: u32) -> u64 {
        let of = |node| self.group(node).map_or(UNLIMITED, |group| group.max_transfer_rate.bits_per_second());
        self.config.network.max_transfer_rate.bits_per_second().min(of(from)).min(of(to))
    }
}

impl Checker<'_> {
    /// What a link carries now.
    pub(super) fn capacity(&self, node: u32, link: Link) -> u64 {
        self.scene.left_of(node, link, |place, _| self.slow.contains(&place))
    }

    /// Something on the schedule is due now, before anything else.
    pub(super) fn on_due(&mut self, due: Due) {
        match due {
            Due::Fault(place, over) => match &self.scene.config.network.faults[place].effect {
                FaultEffect::Partition { .. } if !over => self.cut_parted(),
                FaultEffect::Slow { at, .. } => self.change_capacities(place, over, at),
                FaultEffect::Partition { .. } | FaultEffect::Loss { .. } => {}
            },
            Due::Departure(place) => self.choose_leavers(place),
        }
    }

    /// Transfers between nodes that are parted from now on, and whose uplink's part is not over, break off.
    fn cut_parted(&mut self) {
        let now = self.now;
        let parted = |checker: &Self, msg: &u64| {
            checker.messages.get(msg).is_some_and(|one| checker.scene.are_parted(one.from, one.to, now))
        };
        for from in 1..self.peers.len() as u32 {
            let uploads: Vec<u64> = self.peers[from as usize].uploads.iter().copied().collect();
            for (place, msg) in uploads.into_iter().enumerate().rev() {
                if !parted(self, &msg) {
                    continue;
                }
                let notice = self.notice(msg, now);
                let Some(transfer) = self.transfer_mut(msg) else { continue };
                transfer.broken = Broken::Parted(notice);
                self.plan(notice.most, Task::Cut(msg));
                if place == 0 || !self.scene.is(Sharing::Fifo) {
                    // It has begun, and a line must say how far it came.
                    self.plan(now, Task::UploadEnds(msg));
                } else {
                    self.forget_upload(msg, from);
                }
            }
        }
    }

    fn change_capacities(&mut self, place: usize, over: bool, at: &[Side]) {
        self.slow.retain(|&other| other != place);
        if !over {
            self.slow.push(place);
        }
        let now = self.now;
        for node in 1..self.peers.len() as u32 {
            if at.iter().any(|side| self.scene.is_on(side, node)) {
                let (up, down) = (self.capacity(node, Link::Up), self.capacity(node, Link::Down));
                self.flows.change(now, node, up, down);
            }
        }
    }

    /// Who is among the many that leave now: those of whom it is drawn, of those that are there before anything else happens.
    fn choose_leavers(&mut self, place: usize) {
        let now = self.now;
        let departure = &self.scene.config.departures[place];
        let concerns = |group: usize| departure.groups.iter().any(|&one| usize::from(one) == group);
        let mut present: Vec<(u64, u32)> = (1..self.peers.len() as u32)
            .filter(|&peer| self.is_present(peer) && self.scene.peer(peer).is_some_and(|one| concerns(one.group)))
            .map(|peer| (self.scene.draw(peer, Purpose::Departure, place as u64), peer))
            .collect();
        present.sort_unstable();
        let leavers = match departure.leavers {
            Leavers::Fraction(share) => (present.len() as f64 * share).round() as usize,
            Leavers::Count(count) => count as usize,
        };
        for &(_, peer) in present.iter().take(leavers) {
            self.peers[peer as usize].driven_out_at = Some(now);
            self.plan(now, Task::DrivenOut(peer));
        }
    }
}

impl Scene<'_> {
    fn draw(&self, peer: u32, purpose: Purpose, number: u64) -> u64 {
        let owner: Owner = self.owner(peer);
        self.streams.draw(owner, purpose, number)
    }
}
