//! Slow twins of the fluid models, and the harness that drives the real ones beside them. Tests alone.

use super::fairness::{Level, OPEN};
use super::{Backbone, Effects, JobId, Links, Sharing, Wake};
use crate::net::Rate;
use crate::sim::{NANOS_PER_SECOND, Time};

/// Nanoseconds in a second.
pub(super) const S: u64 = NANOS_PER_SECOND;

/// A flow: its start in nanoseconds, from whom, to whom, and its bytes.
pub(super) type Flow = (u64, u32, u32, u64);

/// Runs flows to their ends, which it returns in nanoseconds. Rates (up, down, by node) and limits (by node) are in bytes per second; 0
/// and absence mean unlimited.
pub(super) fn ends(sharing: Sharing, rates: &[(u64, u64)], limits: &[u64], flows: &[Flow]) -> Vec<u64> {
    ends_over(Links::new(sharing), rates, limits, flows)
}

/// The same with max–min fair backbones; node i is in place `places[i]`.
pub(super) fn ends_across(backbones: &[Backbone], places: &[u16], rates: &[(u64, u64)], flows: &[Flow]) -> Vec<u64> {
    let mut links = Links::new(Sharing::MaxMin);
    links.lay_backbones(backbones.to_vec());
    (0..).zip(places).for_each(|(node, &place)| links.put(node, place));
    ends_over(links, rates, &[], flows)
}

fn ends_over(mut links: Links<()>, rates: &[(u64, u64)], limits: &[u64], flows: &[Flow]) -> Vec<u64> {
    let rate = |bytes| if bytes == 0 { Rate::UNLIMITED } else { Rate::from_bytes_per_second(bytes) };
    for (node, &(up, down)) in rates.iter().enumerate() {
        links.set_node(node as u32, rate(up), rate(down), Time::ZERO);
        links.limit_transfers(node as u32, rate(limits.get(node).copied().unwrap_or(0)));
    }
    let mut effects = Effects::default();
    let mut pending: Vec<Wake> = Vec::new();
    let mut order: Vec<usize> = (0..flows.len()).collect();
    order.sort_by_key(|&i| flows[i].0);
    let mut order = order.into_iter().peekable();
    let (mut jobs, mut result) = (vec![JobId(u32::MAX); flows.len()], vec![0; flows.len()]);
    loop {
        pending.append(&mut effects.wakes);
        pending.sort_by_key(|wake| std::cmp::Reverse((wake.at, wake.node, wake.version)));
        let next_start = order.peek().map_or(u64::MAX, |&i| flows[i].0);
        let next_wake = pending.last().map_or(u64::MAX, |wake| wake.at.as_nanos());
        if next_start == u64::MAX && next_wake == u64::MAX {
            return result;
        }
        if next_start < next_wake {
            let i = order.next().expect("peeked");
            let (at, from, to, bytes) = flows[i];
            jobs[i] = links.submit(Time::from_nanos(at), (from, to), bytes, (), &mut effects);
        } else {
            let wake = pending.pop().expect("peeked");
            if let Some(job) = links.wake(wake.at, wake.subject, wake.version, &mut effects) {
                let i = jobs.iter().position(|&j| j == job).expect("known");
                result[i] = wake.at.as_nanos();
            }
        }
    }
}

/// Steps through the changes in floating point and rates everything anew each time: `speeds` tells those of the active flows, in
/// bytes per second. Returns the ends in seconds.
pub(super) fn slow_ends(flows: &[Flow], speeds: &dyn Fn(&[usize]) -> Vec<f64>) -> Vec<f64> {
    let mut left: Vec<f64> = flows.iter().map(|f| f.3 as f64).collect();
    let mut result = vec![f64::NAN; flows.len()];
    let mut now = 0.0;
    loop {
        let is_active = |i: usize| result[i].is_nan() && flows[i].0 as f64 / S as f64 <= now + 1e-12;
        let active: Vec<usize> = (0..flows.len()).filter(|&i| is_active(i)).collect();
        let speeds = speeds(&active);
        let next_start =
            flows.iter().map(|f| f.0 as f64 / S as f64).filter(|&t| t > now + 1e-12).fold(f64::INFINITY, f64::min);
        let next_end =
            active.iter().zip(&speeds).map(|(&i, speed)| now + left[i] / speed).fold(f64::INFINITY, f64::min);
        let next = next_start.min(next_end);
        if next.is_infinite() {
            return result;
        }
        for (&i, speed) in active.iter().zip(speeds) {
            left[i] -= speed * (next - now);
            if left[i] < 1e-9 {
                result[i] = next;
            }
        }
        now = next;
    }
}

/// Progressive filling, from the definition: at each step the least rest / number of all links that hold somebody back, and the
/// limits below that, are given out. Levels are whole, as they are in `fairness`; `over` tells which links each transfer crosses.
pub(super) fn filled_over(capacities: &[Level], over: &[Vec<usize>], limits: &[Level]) -> Vec<Level> {
    let mut given: Vec<Option<Level>> = vec![None; over.len()];
    while given.contains(&None) {
        let level_of_link = |link: usize| {
            let on_it = |i: &usize| over[*i].contains(&link);
            let taken: Level = (0..over.len()).filter(on_it).filter_map(|i| given[i]).sum();
            let open = (0..over.len()).filter(on_it).filter(|&i| given[i].is_none()).count() as Level;
            let is_full = capacities[link] != OPEN && open > 0;
            if is_full { (capacities[link] - taken) / open } else { OPEN }
        };
        let levels: Vec<Level> = (0..capacities.len()).map(level_of_link).collect();
        let open_limits = (0..over.len()).filter(|&i| given[i].is_none()).map(|i| limits[i]);
        let least = levels.iter().copied().chain(open_limits).min().expect("there are links");
        let before = given.clone();
        for i in (0..over.len()).filter(|&i| before[i].is_none()) {
            if limits[i] == least || over[i].iter().any(|&link| levels[link] == least) {
                given[i] = Some(least);
            }
        }
    }
    given.into_iter().flatten().collect()
}
