//! Into how many parts a sweep is shared out.
//!
//! Run k belongs to part k mod N, whatever it costs: who has what is known to everybody, and nothing needs to be told. What can be chosen
//! is N. Costs repeat with the grid (a long run every so many), so one N gives one part all the long runs where its neighbor shares them
//! out; the estimate tells which. And parts are begun long ones first, so that what is begun last is short.

use crate::experiment::sweep::{Plan, Shard};
use std::ops::RangeInclusive;

/// How much more than the mean the largest part may take and the parts still count as even.
pub const EVEN: f64 = 0.15;
/// With so little a number of parts is taken without a look at others.
const GOOD: f64 = 0.05;
/// The most numbers of parts that are looked at.
const LOOKS: usize = 256;
/// What a part takes where nobody asks for a number of parts, in seconds: long enough that starting one costs nothing beside, short
/// enough that losing one costs little.
const PART_S: f64 = 600.0;
/// The fewest parts where nobody asks for a number of them.
const FEWEST: usize = 8;

/// A part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Which of them.
    pub shard: Shard,
    /// Its runs.
    pub runs: usize,
    /// What they take on one processor, in seconds, by the estimate.
    pub cost_s: f64,
}

/// The parts of a sweep.
#[derive(Clone, Debug)]
pub struct Shares {
    /// All parts, the first one first.
    pub parts: Vec<Part>,
}

impl Shares {
    /// So many parts.
    pub fn of(plan: &Plan, parts: usize) -> Shares {
        let mut costs_s = vec![0.0; parts];
        (0..plan.len()).for_each(|run| costs_s[run % parts] += plan.cost_s(run));
        let part = |(i, cost_s): (usize, f64)| {
            let shard = Shard::new(i + 1, parts);
            Part { shard, runs: shard.count(plan.len()), cost_s }
        };
        Shares { parts: costs_s.into_iter().enumerate().map(part).collect() }
    }

    /// As many as make parts of some minutes on `jobs` processors, or up to twice as many so that they are even, or fewer where that does not
    /// help; at most `limit`, and none without a run.
    pub fn even(plan: &Plan, jobs: usize, limit: usize) -> Shares {
        let total_s: f64 = (0..plan.len()).map(|run| plan.cost_s(run)).sum();
        let wanted = (total_s / (PART_S * jobs as f64)).ceil() as usize;
        Shares::near(plan, wanted.max(FEWEST), limit)
    }

    /// The most even number of parts from `wanted` to twice as many, or where none of these is even down to a quarter; of those that are as
    /// good as even, the smallest. There are at most `limit`.
    pub fn near(plan: &Plan, wanted: usize, limit: usize) -> Shares {
        let limit = limit.min(plan.len()).max(1);
        let wanted = wanted.clamp(1, limit);
        let more = best(plan, wanted..=(2 * wanted).min(limit), Shares::imbalance);
        if more.imbalance() <= EVEN {
            return more;
        }
        let fewer = best(plan, wanted.div_ceil(4)..=wanted, Shares::imbalance);
        if fewer.imbalance() < more.imbalance() { fewer } else { more }
    }

    /// As many as keep `workers` busy to about the same moment, if they take the parts as they come, long ones first: some times as many as
    /// there are workers, and at most `limit`.
    pub fn for_workers(plan: &Plan, workers: usize, limit: usize) -> Shares {
        let limit = limit.min(plan.len()).max(1);
        let idle = |shares: &Shares| shares.idle(workers);
        let many = best(plan, (4 * workers).min(limit)..=(8 * workers).min(limit), idle);
        if many.idle(workers) <= EVEN {
            return many;
        }
        let few = best(plan, workers.min(limit)..=(4 * workers).min(limit), idle);
        if few.idle(workers) < many.idle(workers) { few } else { many }
    }

    /// By how much the last of so many workers ends after they would if all were busy to the end: 0 where they are. Each takes the next
    /// part as soon as it is free, long ones first.
    pub fn idle(&self, workers: usize) -> f64 {
        let mut ends_s = vec![0.0_f64; workers.max(1)];
        for part in self.long_first() {
            let first = (0..ends_s.len()).min_by(|a, b| ends_s[*a].total_cmp(&ends_s[*b])).unwrap_or(0);
            ends_s[first] += part.cost_s;
        }
        let (last_s, mean_s) = (ends_s.iter().copied().fold(0.0, f64::max), self.total_s() / ends_s.len() as f64);
        if mean_s > 0.0 { last_s / mean_s - 1.0 } else { 0.0 }
    }

    /// How much more the largest part takes than the mean, by the estimate: 0 where all take the same.
    pub fn imbalance(&self) -> f64 {
        let largest = self.parts.iter().map(|part| part.cost_s).fold(0.0, f64::max);
        let mean = self.total_s() / self.parts.len() as f64;
        if mean > 0.0 { largest / mean - 1.0 } else { 0.0 }
    }

    /// What all of it takes on one processor, in seconds, by the estimate.
    pub fn total_s(&self) -> f64 {
        self.parts.iter().map(|part| part.cost_s).sum()
    }

    /// The parts, those first that take longest.
    pub fn long_first(&self) -> Vec<Part> {
        let mut parts = self.parts.clone();
        parts.sort_by(|a, b| b.cost_s.total_cmp(&a.cost_s));
        parts
    }
}

/// The best number of parts among these by a score that is to be low; the first that is good.
fn best(plan: &Plan, counts: RangeInclusive<usize>, score: impl Fn(&Shares) -> f64) -> Shares {
    let step = (counts.end() - counts.start()) / LOOKS + 1;
    let mut best: Option<(f64, Shares)> = None;
    for parts in counts.clone().step_by(step) {
        let shares = Shares::of(plan, parts);
        let found = score(&shares);
        if best.as_ref().is_none_or(|(least, _)| found < *least) {
            best = Some((found, shares));
        }
        if found <= GOOD {
            break;
        }
    }
    best.map_or_else(|| Shares::of(plan, *counts.end()), |(_, shares)| shares)
}
