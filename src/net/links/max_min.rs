//! `max-min`: no transfer can be faster unless one that is not faster becomes slower.
//!
//! Rates change the instant a transfer starts, ends or is cut, wherever that change reaches: see [`fairness`](super::fairness).
//! What remains of a transfer is kept in whole atto-bits (nano-bits per second times nanoseconds), and its rate as a fraction,
//! so a transfer is late by less than an atto-bit for each change of its rate, is never early, and no byte is lost.

use super::fairness::{Fraction, Level, OPEN, level_of};
use super::{Effects, JobId, Links};
use crate::sim::{NANOS_PER_SECOND, Span, Time};

const ATTO_BITS_PER_BYTE: u128 = 8 * NANOS_PER_SECOND as u128 * NANOS_PER_SECOND as u128;

/// The state of a transfer as a flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fluid {
    /// Atto-bits that remained at `since`.
    remaining: u128,
    since: Time,
    rate: Fraction,
}

impl Fluid {
    pub(super) const NONE: Fluid = Fluid { remaining: 0, since: Time::ZERO, rate: Fraction::OPEN };

    /// Atto-bits that remain at `now`.
    fn remaining_at(&self, now: Time) -> u128 {
        if self.rate.rest == OPEN {
            return 0;
        }
        let (passed, among) = (u128::from((now - self.since).as_nanos()), Level::from(self.rate.among));
        // The whole part and the fraction apart: their product with a time would not always fit into 128 bits.
        let whole = passed.saturating_mul(self.rate.rest / among);
        self.remaining.saturating_sub(whole).saturating_sub(passed * (self.rate.rest % among) / among)
    }

    /// Whole bytes that have passed by `now`.
    pub(super) fn sent_bytes(&self, now: Time, bytes: u64) -> u64 {
        let left = self.remaining_at(now).div_ceil(ATTO_BITS_PER_BYTE);
        bytes - u64::try_from(left).expect("no more remains than there was")
    }

    /// When nothing remains, rounded up to the nanosecond. (Beyond 10^10 GB a transfer may be late by one part in 10^9.)
    fn ends(&self) -> Time {
        if self.rate.rest == OPEN || self.remaining == 0 {
            return self.since;
        }
        let among = Level::from(self.rate.among);
        let nanos = match self.remaining.checked_mul(among) {
            Some(work) => work.div_ceil(self.rate.rest),
            None => self.remaining.div_ceil((self.rate.rest / among).max(1)),
        };
        let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
        self.since + Span::from_nanos(nanos.min(Span::MAX.as_nanos()))
    }
}

impl<T: Copy> Links<T> {
    pub(super) fn start_fluid(&mut self, now: Time, id: u32, effects: &mut Effects) {
        let job = &mut self.jobs[id as usize];
        (job.started, job.ends) = (now, Time::NEVER);
        let (from, to, bytes) = (job.from, job.to, job.bytes);
        if self.fluids.len() <= id as usize {
            self.fluids.resize(id as usize + 1, Fluid::NONE);
        }
        let remaining = u128::from(bytes) * ATTO_BITS_PER_BYTE;
        self.fluids[id as usize] = Fluid { remaining, since: now, rate: Fraction::OPEN };
        let limit = self.nodes[from as usize].limit.min(self.nodes[to as usize].limit);
        self.fairness.add(id, from, to, level_of(limit));
        effects.started.push(JobId(id));
        self.settle_fluids(now, from, effects);
    }

    pub(super) fn end_fluid(&mut self, now: Time, id: u32, effects: &mut Effects) {
        self.leave_uplink(id);
        self.fairness.remove(id);
        self.settle_fluids(now, self.jobs[id as usize].from, effects);
    }

    /// Gives everyone whom a change reaches its new rate. The uplink of `from` asks for a wake in any case.
    pub(super) fn settle_fluids(&mut self, now: Time, from: u32, effects: &mut Effects) {
        self.fairness.settle();
        let mut reached = std::mem::take(&mut self.reached);
        self.fairness.drain_changed(&mut reached);
        // First the transfers that have another rate; then, in their place, the nodes that send them.
        reached.retain(|&id| self.set_fluid_rate(now, id));
        reached.iter_mut().for_each(|id| *id = self.jobs[*id as usize].from);
        reached.push(from);
        reached.sort_unstable();
        reached.dedup();
        reached.iter().for_each(|&node| self.ask_for_wake(node, effects));
        self.reached = reached;
    }

    /// Gives a transfer the rate that is now its due; false where it has that already.
    fn set_fluid_rate(&mut self, now: Time, id: u32) -> bool {
        let rate = self.fairness.rate(id);
        let (job, fluid) = (&mut self.jobs[id as usize], &mut self.fluids[id as usize]);
        let is_new = job.ends == Time::NEVER;
        if fluid.rate == rate && !is_new {
            return false;
        }
        if !is_new {
            fluid.remaining = fluid.remaining_at(now);
        }
        (fluid.since, fluid.rate) = (now, rate);
        job.ends = fluid.ends();
        true
    }
}
