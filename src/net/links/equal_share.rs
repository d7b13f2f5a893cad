//! `equal-share`: a transfer gets the smaller of up / (uploads there) and down / (downloads there).
//!
//! Rates change the instant a transfer starts, ends or is cut. What remains is kept in whole nano-bits (bits per second
//! times nanoseconds), and a rate as a fraction, so a transfer is late by less than a nano-bit for each change of its
//! rate, is never early, and no byte is lost.
//!
//! A change touches the transfers that share either link. Each uplink asks to be woken when its next transfer ends; when
//! that moves to later, the wake is left to find out for itself.

use super::{Effects, JobId, Links, NONE, Node, Sharing, Wake};
use crate::net::Rate;
use crate::sim::{NANOS_PER_SECOND, Span, Time};

const NANO_BITS_PER_BYTE: u128 = 8 * NANOS_PER_SECOND as u128;

/// What a node's links need to know beside what those of every model do.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Share {
    /// Jobs on the downlink, each with its whole uplink's rate.
    downloads: Vec<(u32, Rate)>,
    /// The next wake asked for, and its version.
    wake_at: Time,
    wake_version: u32,
}

impl Default for Share {
    fn default() -> Share {
        Share { downloads: Vec::new(), wake_at: Time::NEVER, wake_version: 0 }
    }
}

impl Share {
    pub(super) fn heap_bytes(&self) -> usize {
        self.downloads.capacity() * size_of::<(u32, Rate)>()
    }
}

/// The state of a transfer as a flow.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Flow {
    /// Nano-bits that remained at `since`.
    remaining: u128,
    since: Time,
    /// The rate since then, `rate / among`.
    rate: Rate,
    among: u32,
}

impl Default for Flow {
    fn default() -> Flow {
        Flow { remaining: 0, since: Time::ZERO, rate: Rate::UNLIMITED, among: 1 }
    }
}

impl Flow {
    /// Nano-bits that remain at `now`.
    fn remaining_at(&self, now: Time) -> u128 {
        if self.rate.is_unlimited() {
            return 0;
        }
        let passed = u128::from((now - self.since).as_nanos()) * u128::from(self.rate.bits_per_second());
        // Dividing 64 bits takes a fraction of the time.
        let passed = match u64::try_from(passed) {
            Ok(small) => u128::from(small / u64::from(self.among)),
            Err(_) => passed / u128::from(self.among),
        };
        self.remaining.saturating_sub(passed)
    }

    /// Whole bytes that have passed by `now`.
    pub(super) fn sent_bytes(&self, now: Time, bytes: u64) -> u64 {
        let left = self.remaining_at(now).div_ceil(NANO_BITS_PER_BYTE);
        bytes - u64::try_from(left).expect("no more remains than there was")
    }

    /// When nothing remains, rounded up to the nanosecond.
    fn ends(&self) -> Time {
        if self.rate.is_unlimited() || self.remaining == 0 {
            return self.since;
        }
        let work = self.remaining * u128::from(self.among);
        let nanos = match u64::try_from(work) {
            Ok(small) => small.div_ceil(self.rate.bits_per_second()),
            Err(_) => u64::try_from(work.div_ceil(u128::from(self.rate.bits_per_second()))).unwrap_or(u64::MAX),
        };
        self.since + Span::from_nanos(nanos.min(Span::MAX.as_nanos()))
    }
}

impl<T: Copy> Links<T> {
    pub(super) fn start_flow(&mut self, now: Time, id: u32, effects: &mut Effects) {
        let job = &mut self.jobs[id as usize];
        job.started = now;
        let (from, to) = (job.from, job.to);
        let flow = Flow { remaining: u128::from(job.bytes) * NANO_BITS_PER_BYTE, since: now, ..Flow::default() };
        if self.flows.len() <= id as usize {
            self.flows.resize(id as usize + 1, Flow::default());
        }
        self.flows[id as usize] = flow;
        self.shares[to as usize].downloads.push((id, self.nodes[from as usize].up));
        self.nodes[to as usize].downloads += 1;
        effects.started.push(JobId(id));
        self.share_again(now, from, to, effects);
    }

    pub(super) fn end_flow(&mut self, now: Time, id: u32, effects: &mut Effects) {
        self.leave_uplink(id);
        let (from, to) = (self.jobs[id as usize].from, self.jobs[id as usize].to);
        self.shares[to as usize].downloads.retain(|&(other, _)| other != id);
        self.nodes[to as usize].downloads -= 1;
        self.share_again(now, from, to, effects);
    }

    /// Ends the first transfer of the uplink that is due.
    pub(super) fn wake_flows(&mut self, now: Time, node: u32, version: u32, effects: &mut Effects) -> Option<JobId> {
        let share = &mut self.shares[node as usize];
        if share.wake_version != version {
            return None;
        }
        share.wake_at = Time::NEVER;
        let due = self.uploads_of(node).find(|&id| self.jobs[id as usize].ends <= now);
        match due {
            Some(id) if self.sharing == Sharing::MaxMin => self.end_fluid(now, id, effects),
            Some(id) => self.end_flow(now, id, effects),
            None => self.ask_for_wake(node, effects),
        }
        due.map(JobId)
    }

    /// Sets the rates of what shares the links of `node`, whose capacities have changed.
    pub(super) fn share_changed(&mut self, now: Time, node: u32, effects: &mut Effects) {
        let up = self.nodes[node as usize].up;
        let mut next = self.nodes[node as usize].first;
        while next != NONE {
            let job = &self.jobs[next as usize];
            let downloads = &mut self.shares[job.to as usize].downloads;
            downloads.iter_mut().filter(|(id, _)| *id == next).for_each(|download| download.1 = up);
            next = job.after;
        }
        self.share_uplink(now, node, effects);
        self.share_downlink(now, node, node, |_| true, effects);
    }

    /// Sets the rates of what shares the uplink of `from` or the downlink of `to`, where a transfer has come or gone.
    fn share_again(&mut self, now: Time, from: u32, to: u32, effects: &mut Effects) {
        self.share_uplink(now, from, effects);
        let Node { down, downloads, .. } = self.nodes[to as usize];
        // As many as there are now, or were before one of them ended.
        self.share_downlink(now, from, to, |up| !is_enough(down, downloads + 1, up), effects);
    }

    fn share_uplink(&mut self, now: Time, from: u32, effects: &mut Effects) {
        let mut next = self.nodes[from as usize].first;
        let mut first_end = Time::NEVER;
        while next != NONE {
            self.set_rate(now, next);
            let job = &self.jobs[next as usize];
            first_end = first_end.min(job.ends);
            next = job.after;
        }
        self.ask_for_wake_at(from, first_end, effects);
    }

    /// Sets the rates of the transfers on the downlink of `to` that do not come from `from`, and from an uplink that `matters`.
    fn share_downlink(
        &mut self,
        now: Time,
        from: u32,
        to: u32,
        matters: impl Fn(Rate) -> bool,
        effects: &mut Effects,
    ) {
        for place in 0..self.shares[to as usize].downloads.len() {
            let (id, up) = self.shares[to as usize].downloads[place];
            if !matters(up) {
                continue;
            }
            let other = self.jobs[id as usize].from;
            if other != from && self.set_rate(now, id) {
                self.ask_for_wake(other, effects);
            }
        }
    }

    /// Gives a transfer the rate that is now its due; false where it has that already.
    fn set_rate(&mut self, now: Time, id: u32) -> bool {
        let job = &self.jobs[id as usize];
        let (from, to) = (&self.nodes[job.from as usize], &self.nodes[job.to as usize]);
        let (uploads, downloads) = (from.uploads, to.downloads);
        let up_times = u128::from(from.up.bits_per_second()) * u128::from(downloads);
        let down_times = u128::from(to.down.bits_per_second()) * u128::from(uploads);
        let up_is_less = !from.up.is_unlimited() && (to.down.is_unlimited() || up_times <= down_times);
        let (rate, among) = if up_is_less { (from.up, uploads) } else { (to.down, downloads) };
        let limit = from.limit.min(to.limit);
        let is_limited = !limit.is_unlimited()
            && u128::from(limit.bits_per_second()) * u128::from(among) <= u128::from(rate.bits_per_second());
        let (rate, among) = if is_limited { (limit, 1) } else { (rate, among) };
        let (job, flow) = (&mut self.jobs[id as usize], &mut self.flows[id as usize]);
        if (flow.rate, flow.among) == (rate, among) && job.ends != Time::NEVER {
            return false;
        }
        if job.ends != Time::NEVER {
            flow.remaining = flow.remaining_at(now);
        }
        (flow.since, flow.rate, flow.among) = (now, rate, among);
        job.ends = flow.ends();
        true
    }

    /// Asks to be woken when the next transfer of an uplink ends, unless a wake before that is on its way.
    pub(super) fn ask_for_wake(&mut self, node: u32, effects: &mut Effects) {
        if let Some(first_end) = self.uploads_of(node).map(|id| self.jobs[id as usize].ends).min() {
            self.ask_for_wake_at(node, first_end, effects);
        }
    }

    #[inline]
    fn ask_for_wake_at(&mut self, node: u32, at: Time, effects: &mut Effects) {
        let share = &mut self.shares[node as usize];
        if at < share.wake_at {
            share.wake_at = at;
            share.wake_version += 1;
            effects.wakes.push(Wake { at, node, subject: node, version: share.wake_version });
        }
    }
}

/// Whether a share of a downlink among so many lets through a whole uplink: then nothing about the downlink matters to what comes from
/// there, and it need not be looked at, which would cost memory that is not in the cache.
#[inline]
fn is_enough(down: Rate, among: u32, up: Rate) -> bool {
    !up.is_unlimited()
        && (down.is_unlimited()
            || u128::from(up.bits_per_second()) * u128::from(among) <= u128::from(down.bits_per_second()))
}

#[cfg(test)]
mod tests {
    use super::super::twin::{self, S, slow_ends};
    use super::*;
    use proptest::prelude::*;

    fn ends(rates: &[(u64, u64)], flows: &[(u64, u32, u32, u64)]) -> Vec<u64> {
        twin::ends(Sharing::EqualShare, rates, &[], flows)
    }

    /// One uplink of 10 bytes/s. A (40 bytes) is alone in [0, 1] and has 30 left; A and B (20 bytes) get 5 each until B ends
    /// at 5, when A has 10 left, alone: it ends at 6.
    #[test]
    fn two_share_an_uplink() {
        assert_eq!(ends(&[(10, 0), (0, 0), (0, 0)], &[(0, 0, 1, 40), (S, 0, 2, 20)]), [6 * S, 5 * S]);
    }

    /// Client and server: 4 downloads of 10 bytes from 5 bytes/s end together at N F / u = 8.
    #[test]
    fn a_server_shares_equally() {
        let flows: Vec<_> = (1..=4).map(|to| (0, 0, to, 10)).collect();
        assert_eq!(ends(&[(5, 0), (0, 0), (0, 0), (0, 0), (0, 0)], &flows), [8 * S; 4]);
    }

    /// Uplinks 10, 4, 8; downlinks 2, 9, 10; flows 1→1, 1→2, 2→2, 2→3, 3→3. Shares: uplink 1 gives 5, uplink 2
    /// gives 2, uplink 3 gives 8; downlink 1 takes 2, downlinks 2 and 3 take 4.5 and 5. So 2, 4.5, 2, 2, 5 bytes/s.
    /// With 90 bytes each, at 18 s flow 5 ends (5/s), and nothing changes for the others but that flow 4, held by its uplink,
    /// keeps 2. Flow 2 ends at 20, flow 3 then still has 2 (uplink). All of 2/s end at 45.
    #[test]
    fn equal_shares_are_not_max_min() {
        let rates = [(10, 2), (4, 9), (8, 10)];
        let flows = [(0, 0, 0, 90), (0, 0, 1, 90), (0, 1, 1, 90), (0, 1, 2, 90), (0, 2, 2, 90)];
        assert_eq!(ends(&rates, &flows), [45 * S, 20 * S, 45 * S, 45 * S, 18 * S]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// The slow twin steps through the changes in floating point and rates everything anew each time.
        #[test]
        fn flows_agree_with_a_slow_twin(
            rates in prop::collection::vec((1..50u64, 1..50u64), 2..5),
            raw in prop::collection::vec((0..20u64, 0..4u32, 0..4u32, 1..200u64), 1..12),
        ) {
            let n = rates.len() as u32;
            let flows: Vec<_> = raw.into_iter().map(|(at, from, to, bytes)| (at * S, from % n, to % n, bytes)).collect();
            let exact = ends(&rates, &flows);
            let slow = slow_ends(&flows, &|active| equal_shares(&rates, &flows, active));
            for (a, b) in exact.iter().zip(&slow) {
                prop_assert!((*a as f64 / S as f64 - b).abs() < 1e-6, "{exact:?} {slow:?}");
            }
        }
    }

    /// The speeds of the active flows: the smaller of the two equal shares.
    fn equal_shares(rates: &[(u64, u64)], flows: &[(u64, u32, u32, u64)], active: &[usize]) -> Vec<f64> {
        let count = |same: &dyn Fn(usize) -> bool| active.iter().filter(|&&i| same(i)).count() as f64;
        let speed = |&i: &usize| {
            let (up, down) = (rates[flows[i].1 as usize].0 as f64, rates[flows[i].2 as usize].1 as f64);
            (up / count(&|j| flows[j].1 == flows[i].1)).min(down / count(&|j| flows[j].2 == flows[i].2))
        };
        active.iter().map(speed).collect()
    }
}
