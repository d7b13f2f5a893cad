//! Links that transfers share between places: which a transfer crosses, from the scenario, and whether they carry more than they can.

use super::checker::{Busy, Checker};
use super::invariants::Rule;
use super::scene::Scene;
use crate::sim::{NANOS_PER_SECOND, Time};
use crate::swarm::config::Backbone;

impl Scene<'_> {
    /// The backbones on the way from one peer to another, by number, with their capacities in bits per second.
    pub fn backbones(&self, from: u32, to: u32) -> Vec<(usize, u64)> {
        let all = self.config.network.backbones.iter().enumerate();
        all.filter(|(_, one)| self.crosses(one, from, to))
            .map(|(number, one)| (number, one.capacity.bits_per_second()))
            .collect()
    }

    /// Whether a transfer goes over a backbone. An end that is not told is everywhere but at the other.
    fn crosses(&self, backbone: &Backbone, from: u32, to: u32) -> bool {
        match (&backbone.from, &backbone.to) {
            (Some(here), Some(there)) => self.is_on(here, from) && self.is_on(there, to),
            (Some(here), None) => self.is_on(here, from) && !self.is_on(here, to),
            (None, Some(there)) => !self.is_on(there, from) && self.is_on(there, to),
            (None, None) => false,
        }
    }
}

impl Checker<'_> {
    /// A transfer is on its way over its backbones from now on.
    pub(super) fn occupy_backbones(&mut self, from: u32, to: u32) {
        let now = self.now;
        for (number, _) in self.scene.backbones(from, to) {
            let busy = self.busy_backbones.entry(number).or_default();
            if busy.transfers == 0 {
                (busy.since, busy.bytes) = (now, 0);
            }
            busy.transfers += 1;
        }
    }

    /// A transfer is over, and has left its backbones.
    pub(super) fn leave_backbones(&mut self, from: u32, to: u32) {
        for (number, _) in self.scene.backbones(from, to) {
            if let Some(busy) = self.busy_backbones.get_mut(&number) {
                busy.transfers = busy.transfers.saturating_sub(1);
            }
        }
    }

    /// Whether its backbones have carried more than they can since they were idle.
    pub(super) fn check_backbones(&mut self, from: u32, to: u32, bytes: u64) {
        let now = self.now;
        for (number, capacity) in self.scene.backbones(from, to) {
            let Some(busy) = self.busy_backbones.get_mut(&number) else { continue };
            busy.bytes = busy.bytes.saturating_add(bytes);
            let Busy { since, bytes, .. } = *busy;
            let could = u128::from(capacity) * u128::from(now.saturating_sub(since));
            let did = u128::from(bytes) * 8 * u128::from(NANOS_PER_SECOND);
            // A rate is rounded to a nano-bit per second: less than a byte comes of that.
            let slack = 8 * u128::from(NANOS_PER_SECOND);
            self.test(Rule::LinkCapacity, did <= could + slack, || {
                let (since, most) = (Time::from_nanos(since), could / 8 / u128::from(NANOS_PER_SECOND));
                format!("backbone {number} has carried {bytes} bytes since {since} s; it can carry {most} in that time")
            });
        }
    }
}
