//! Slow twins of the fluid models, and the harness that drives the real ones beside them. Tests alone.

use super::{Effects, JobId, Links, Sharing, Wake};
use crate::net::Rate;
use crate::sim::{NANOS_PER_SECOND, Time};

/// Nanoseconds in a second.
pub(super) const S: u64 = NANOS_PER_SECOND;

/// A flow: its start in nanoseconds, from whom, to whom, and its bytes.
pub(super) type Flow = (u64, u32, u32, u64);

/// Runs flows to their ends, which it returns in nanoseconds. Rates (up, down, by node) and limits (by node) are in bytes per second; 0
/// and absence mean unlimited.
pub(super) fn ends(sharing: Sharing, rates: &[(u64, u64)], limits: &[u64], flows: &[Flow]) -> Vec<u64> {
    let mut links = Links::new(sharing);
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
