//! `equal-share` from its definition: at each instant a transfer gets the smaller of up / (uploads there) and down / (downloads there).
//!
//! What remains is kept in whole nano-bits (bits per second times nanoseconds), as the protocol's documentation has it: it is rounded
//! up where a rate changes.

use super::scene::UNLIMITED;
use crate::sim::NANOS_PER_SECOND;
use std::collections::BTreeMap;

const NANO_BITS_PER_BYTE: u128 = 8 * NANOS_PER_SECOND as u128;

#[derive(Clone, Copy, Debug)]
struct Flow {
    from: u32,
    to: u32,
    up: u64,
    down: u64,
    bytes: u64,
    /// Nano-bits that remained at `since`, and the rate from then on: a capacity and among how many it is shared.
    remaining: u128,
    since: u64,
    share: Option<(u64, u64)>,
}

impl Flow {
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

/// All transfers whose uplink's part is under way, by message.
#[derive(Debug, Default)]
pub(super) struct Flows {
    flows: BTreeMap<u64, Flow>,
    /// The messages that leave a node, and that go to it.
    up: BTreeMap<u32, Vec<u64>>,
    down: BTreeMap<u32, Vec<u64>>,
}

impl Flows {
    /// A transfer begins.
    pub fn begin(&mut self, now: u64, message: u64, (from, up): (u32, u64), (to, down): (u32, u64), bytes: u64) {
        let remaining = u128::from(bytes) * NANO_BITS_PER_BYTE;
        self.flows.insert(message, Flow { from, to, up, down, bytes, remaining, since: now, share: None });
        self.up.entry(from).or_default().push(message);
        self.down.entry(to).or_default().push(message);
        self.share_again(now, from, to);
    }

    /// A transfer ends now, or is broken off: when it would have ended, and the whole bytes that have left.
    pub fn end(&mut self, now: u64, message: u64) -> Option<(u64, u64)> {
        let flow = self.flows.remove(&message)?;
        self.up.entry(flow.from).or_default().retain(|&other| other != message);
        self.down.entry(flow.to).or_default().retain(|&other| other != message);
        self.share_again(now, flow.from, flow.to);
        Some((flow.ends(), sent(&flow, now)))
    }

    /// Whole bytes of a transfer that have left by now.
    pub fn sent(&self, now: u64, message: u64) -> u64 {
        self.flows.get(&message).map_or(0, |flow| sent(flow, now))
    }

    /// A transfer that should be over, if there is one on this uplink.
    pub fn overdue(&self, now: u64, from: u32) -> Option<(u64, u64)> {
        let due = |message: &u64| Some((self.flows.get(message)?.ends(), *message));
        self.up.get(&from)?.iter().filter_map(due).filter(|due| due.0 < now).min()
    }

    fn share_again(&mut self, now: u64, from: u32, to: u32) {
        let leaving = self.up.get(&from).cloned().unwrap_or_default();
        let coming = self.down.get(&to).cloned().unwrap_or_default();
        for message in leaving.iter().chain(coming.iter().filter(|message| !leaving.contains(message))) {
            self.set_share(now, *message);
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
        flows.begin(0, 1, (1, 80), (2, UNLIMITED), 40);
        flows.begin(second, 2, (1, 80), (3, UNLIMITED), 20);
        assert_eq!(flows.sent(2 * second, 1), 15);
        assert_eq!(flows.end(5 * second, 2), Some((5 * second, 20)));
        assert_eq!(flows.overdue(6 * second, 1), None);
        assert_eq!(flows.overdue(6 * second + 1, 1), Some((6 * second, 1)));
        assert_eq!(flows.end(6 * second, 1), Some((6 * second, 40)));
    }
}
