//! `equal-share` from its definition: at each instant a transfer gets the smallest of up / (uploads there), down / (downloads there) and its
//! own limit.
//!
//! With `max-min` it gets no less than that, equal shares of the backbones on its way included, as the link that holds it gives nobody
//! more; and never more than the slowest of its links, or its limit. The two are its bounds: what it gets exactly depends on the whole swarm, and is not computed here.
//!
//! What remains is kept in whole nano-bits (bits per second times nanoseconds), as the protocol's documentation has it: it is rounded
//! up where a rate changes.

use super::scene::{Scene, UNLIMITED};
use crate::net::Sharing;
use crate::sim::NANOS_PER_SECOND;
use std::collections::{BTreeMap, BTreeSet};

const NANO_BITS_PER_BYTE: u128 = 8 * NANOS_PER_SECOND as u128;

#[derive(Clone, Debug)]
struct Flow {
    from: u32,
    to: u32,
    up: u64,
    down: u64,
    limit: u64,
    /// Backbones on its way, with their capacities.
    over: Vec<(usize, u64)>,
    bytes: u64,
    began: u64,
    /// Nano-bits that could have passed by `alone_since`, had it been alone on its links; `None`: any number.
    alone: Option<u128>,
    alone_since: u64,
    /// Nano-bits that remained at `since`, and the rate from then on: a capacity and among how many it is shared.
    remaining: u128,
    since: u64,
    share: Option<(u64, u64)>,
}

impl Flow {
    /// Nano-bits that could have passed by `now`, had it been alone on its links.
    fn alone_at(&self, now: u64) -> Option<u128> {
        let rate = self.over.iter().fold(self.up.min(self.down).min(self.limit), |rate, one| rate.min(one.1));
        let nanos = u128::from(now.saturating_sub(self.alone_since));
        // A link without a limit carries everything in no time.
        self.alone.filter(|_| rate != UNLIMITED).map(|sum| sum.saturating_add(u128::from(rate) * nanos))
    }

    /// For how long rounded rates may make a difference by `now`: see [`SLACK`].
    fn slack(&self, now: u64) -> u64 {
        2 + now.saturating_sub(self.began) / SLACK
    }

    fn remaining_at(&self, now: u64) -> u128 {
        match self.share {
            None => self.remaining,
            Some((UNLIMITED, _)) => 0,
            Some((rate, among)) => {
                let passed = u128::from(now.saturating_sub(self.since)) * u128::from(rate) / u128::from(among);
                self.remaining.saturating_sub(passed)
            }
        }
    }

    fn ends(&self) -> u64 {
        match self.share {
            Some((rate, among)) if rate != UNLIMITED && self.remaining > 0 => {
                let nanos = (self.remaining * u128::from(among)).div_ceil(u128::from(rate));
                self.since.saturating_add(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
            _ => self.since,
        }
    }
}

/// With `max-min` a rate may be off by a nano-bit per second for each other transfer: a millionth of the time that a transfer has taken is
/// far more than what comes of it.
const SLACK: u64 = 1_000_000;

/// What is right for the upload of a transfer that is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    /// When it ends, or ended; with `max-min`, at the latest.
    pub ends: u64,
    /// Whole bytes that have left; with `max-min`, at least.
    pub least: u64,
    /// With `max-min`, whole bytes that can have left.
    pub most: u64,
}

/// All transfers whose uplink's part is under way, by message.
#[derive(Debug, Default)]
pub(super) struct Flows {
    /// Whether the flows are bounds, and not exact.
    are_bounds: bool,
    flows: BTreeMap<u64, Flow>,
    /// The messages that leave a node, and that go to it.
    up: BTreeMap<u32, Vec<u64>>,
    down: BTreeMap<u32, Vec<u64>>,
    /// And that cross a backbone.
    across: BTreeMap<usize, BTreeSet<u64>>,
}

impl Flows {
    pub fn new(scene: &Scene<'_>) -> Flows {
        Flows { are_bounds: scene.is(Sharing::MaxMin), ..Flows::default() }
    }

    /// A transfer begins, which gets at most `limit`, and goes over these backbones, too.
    pub fn begin(
        &mut self,
        now: u64,
        message: u64,
        (from, up): (u32, u64),
        (to, down): (u32, u64),
        (limit, over): (u64, Vec<(usize, u64)>),
        bytes: u64,
    ) {
        let remaining = u128::from(bytes) * NANO_BITS_PER_BYTE;
        let flow = Flow {
            from,
            to,
            up,
            down,
            limit,
            over: over.clone(),
            bytes,
            began: now,
            alone: Some(0),
            alone_since: now,
            remaining,
            since: now,
            share: None,
        };
        self.flows.insert(message, flow);
        self.up.entry(from).or_default().push(message);
        self.down.entry(to).or_default().push(message);
        over.iter().for_each(|one| _ = self.across.entry(one.0).or_default().insert(message));
        self.share_again(now, from, to, &over);
    }

    /// The links of a peer have other capacities from now on.
    pub fn change(&mut self, now: u64, peer: u32, up: u64, down: u64) {
        for flow in self.flows.values_mut().filter(|flow| flow.from == peer || flow.to == peer) {
            (flow.alone, flow.alone_since) = (flow.alone_at(now), now);
            if flow.from == peer { flow.up = up } else { flow.down = down }
        }
        self.share_again(now, peer, peer, &[]);
    }

    /// A transfer ends now, or is broken off.
    pub fn end(&mut self, now: u64, message: u64) -> Option<Ended> {
        let flow = self.flows.remove(&message)?;
        self.up.entry(flow.from).or_default().retain(|&other| other != message);
        self.down.entry(flow.to).or_default().retain(|&other| other != message);
        for (backbone, _) in &flow.over {
            self.across.entry(*backbone).or_default().remove(&message);
        }
        self.share_again(now, flow.from, flow.to, &flow.over);
        let (least, most) = self.bounds(&flow, now);
        let slack = if self.are_bounds { flow.slack(now) } else { 0 };
        Some(Ended { ends: flow.ends().saturating_add(slack), least, most })
    }

    /// Whole bytes of a transfer that have left by now, at least and at most.
    pub fn sent(&self, now: u64, message: u64) -> (u64, u64) {
        self.flows.get(&message).map_or((0, 0), |flow| self.bounds(flow, now))
    }

    fn bounds(&self, flow: &Flow, now: u64) -> (u64, u64) {
        let by_shares = sent(flow, now);
        if !self.are_bounds {
            return (by_shares, by_shares);
        }
        let slack = u128::from(flow.slack(now)) * 1000;
        let could = flow.alone_at(now).map(|bits| bits.saturating_add(slack) / NANO_BITS_PER_BYTE);
        let most = could.map_or(flow.bytes, |bytes| u64::try_from(bytes).unwrap_or(u64::MAX).min(flow.bytes));
        // The byte that is just leaving may have left, or not.
        let least = if by_shares < flow.bytes { by_shares.saturating_sub(1) } else { by_shares };
        (least.min(most), most)
    }

    /// A transfer that should be over, if there is one on this uplink.
    pub fn overdue(&self, now: u64, from: u32) -> Option<(u64, u64)> {
        let slack = |flow: &Flow| if self.are_bounds { flow.slack(now) } else { 0 };
        let ends = |flow: &Flow| flow.ends().saturating_add(slack(flow));
        let due = |message: &u64| Some((ends(self.flows.get(message)?), *message));
        self.up.get(&from)?.iter().filter_map(due).filter(|due| due.0 < now).min()
    }

    fn share_again(&mut self, now: u64, from: u32, to: u32, over: &[(usize, u64)]) {
        let leaving = self.up.get(&from).cloned().unwrap_or_default();
        let coming = self.down.get(&to).cloned().unwrap_or_default();
        for message in leaving.iter().chain(coming.iter().filter(|message| !leaving.contains(message))) {
            self.set_share(now, *message);
        }
        for (backbone, _) in over {
            let crossing = self.across.get(backbone).cloned().unwrap_or_default();
            crossing.into_iter().for_each(|message| self.set_share(now, message));
        }
    }

    fn set_share(&mut self, now: u64, message: u64) {
        let Some(flow) = self.flows.get_mut(&message) else { return };
        let count = |of: &BTreeMap<u32, Vec<u64>>, node| of.get(&node).map_or(1, |all| all.len().max(1)) as u64;
        let (uploads, downloads) = (count(&self.up, flow.from), count(&self.down, flow.to));
        let by_up = u128::from(flow.up) * u128::from(downloads);
        let by_down = u128::from(flow.down) * u128::from(uploads);
        let up_is_less = flow.up != UNLIMITED && (flow.down == UNLIMITED || by_up <= by_down);
        let share = if up_is_less { (flow.up, uploads) } else { (flow.down, downloads) };
        let crossing = |backbone| self.across.get(&backbone).map_or(1, |all| all.len().max(1)) as u64;
        let least = |share: (u64, u64), (backbone, capacity): (usize, u64)| {
            let other = (capacity, crossing(backbone));
            let is_less = share.0 == UNLIMITED
                || u128::from(other.0) * u128::from(share.1) < u128::from(share.0) * u128::from(other.1);
            if is_less && capacity != UNLIMITED { other } else { share }
        };
        let share = flow.over.iter().copied().fold(share, least);
        let is_limited = flow.limit != UNLIMITED && u128::from(flow.limit) * u128::from(share.1) <= u128::from(share.0);
        let share = if is_limited { (flow.limit, 1) } else { share };
        if flow.share != Some(share) {
            flow.remaining = flow.remaining_at(now);
            (flow.since, flow.share) = (now, Some(share));
        }
    }
}

fn sent(flow: &Flow, now: u64) -> u64 {
    let left = flow.remaining_at(now).div_ceil(NANO_BITS_PER_BYTE);
    flow.bytes.saturating_sub(u64::try_from(left).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An uplink of 80 bit/s: 40 bytes alone in [0 s, 1 s] have 30 left; with 20 bytes more both get 5 bytes/s until the
    /// latter are over at 5 s, when the former have 10 left, alone: 6 s.
    #[test]
    fn two_share_an_uplink() {
        let second = NANOS_PER_SECOND;
        let mut flows = Flows::default();
        let alone = || (UNLIMITED, Vec::new());
        flows.begin(0, 1, (1, 80), (2, UNLIMITED), alone(), 40);
        flows.begin(second, 2, (1, 80), (3, UNLIMITED), alone(), 20);
        let ended = |ended: Option<Ended>| ended.map(|ended| (ended.ends, ended.least, ended.most));
        assert_eq!(flows.sent(2 * second, 1), (15, 15));
        assert_eq!(ended(flows.end(5 * second, 2)), Some((5 * second, 20, 20)));
        assert_eq!(flows.overdue(6 * second, 1), None);
        assert_eq!(flows.overdue(6 * second + 1, 1), Some((6 * second, 1)));
        assert_eq!(ended(flows.end(6 * second, 1)), Some((6 * second, 40, 40)));
    }

    /// As bounds: at 2 s the first has sent between 15 bytes, less one that is just leaving, and 20. Its limit of 5 bytes/s leaves 10; and half of
    /// its uplink, from 1 s on, 10 as well.
    #[test]
    fn bounds_hold_what_max_min_may_give() {
        let second = NANOS_PER_SECOND;
        for (limit, slowed, bounds) in [(UNLIMITED, 80, (14, 20)), (40, 80, (9, 10)), (UNLIMITED, 40, (11, 15))] {
            let mut flows = Flows { are_bounds: true, ..Flows::default() };
            flows.begin(0, 1, (1, 80), (2, UNLIMITED), (limit, Vec::new()), 40);
            flows.change(second, 1, slowed, UNLIMITED);
            flows.begin(second, 2, (1, slowed), (3, UNLIMITED), (UNLIMITED, Vec::new()), 20);
            assert_eq!(flows.sent(2 * second, 1), bounds, "{limit} {slowed}");
        }
    }

    /// Uplinks of 80 bit/s and a backbone of 40: at 2 s the first has sent at least 5 bytes alone and 2.5 beside another, less the one that is just leaving,
    /// and at most 10. A third that stays on its side has nothing of it.
    #[test]
    fn a_backbone_bounds_what_crosses_it() {
        let second = NANOS_PER_SECOND;
        let mut flows = Flows { are_bounds: true, ..Flows::default() };
        flows.begin(0, 1, (1, 80), (2, UNLIMITED), (UNLIMITED, vec![(0, 40)]), 40);
        flows.begin(second, 2, (3, 80), (2, UNLIMITED), (UNLIMITED, vec![(0, 40)]), 40);
        flows.begin(second, 3, (4, 80), (5, UNLIMITED), (UNLIMITED, vec![]), 40);
        assert_eq!(flows.sent(2 * second, 1), (6, 10));
        assert_eq!(flows.sent(2 * second, 2), (1, 5));
        assert_eq!(flows.sent(2 * second, 3), (9, 10));
        flows.end(2 * second, 2);
        assert_eq!(flows.sent(3 * second, 1), (11, 15), "alone again");
    }
}
