//! Who arrives when: drawn before the run, so that peers are numbered in order of arrival.

use super::config::{Arrival, Config, Group};
use crate::sim::{Distribution, GroupId, NANOS_PER_SECOND, Owner, Purpose, Span, Streams, Time, math, unit_interval};

/// A peer that will arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedPeer {
    /// When.
    pub time: Time,
    /// Of which group.
    pub group: u16,
    /// Which of the group, from 0.
    pub index: u32,
}

/// All peers that arrive by the last instant, in order of arrival; ties in the order of groups, then within the group.
/// Peer `i + 1` is entry `i`.
pub fn plan(config: &Config) -> Vec<PlannedPeer> {
    let streams = Streams::new(config.seed);
    let mut peers = Vec::new();
    for (number, group) in config.groups.iter().enumerate() {
        let id = GroupId::of(&group.name);
        let number = u16::try_from(number).expect("fewer than 65,536 groups");
        let draw = |index: u32| unit_interval(streams.draw(Owner::peer(id, index), Purpose::Arrival, 0));
        let mut times = arrivals(group, draw);
        let mut index = 0;
        while group.count.is_none_or(|count| index < count) {
            let Some(time) = times(index).filter(|&time| group.count.is_some() || time <= config.stop.at) else {
                break;
            };
            if time <= config.stop.at {
                peers.push(PlannedPeer { time, group: number, index });
            }
            index += 1;
        }
    }
    peers.sort_by_key(|peer| (peer.time, peer.group, peer.index));
    peers
}

/// The arrival times of a group, asked for by rising index; `None` where nobody comes any more.
fn arrivals<'a>(group: &'a Group, draw: impl Fn(u32) -> f64 + 'a) -> Box<dyn FnMut(u32) -> Option<Time> + 'a> {
    match group.arrival {
        Arrival::At { time } => Box::new(move |_| Some(time)),
        Arrival::Uniform { from, until } => Box::new(move |index| {
            let length = (until - from).as_nanos() as f64;
            Some(from + Span::from_nanos_f64((length * draw(index)).floor()))
        }),
        Arrival::Poisson { rate_per_s, from } => {
            let gap = Distribution::Exponential { mean: NANOS_PER_SECOND as f64 / rate_per_s };
            let mut last = Some(from);
            Box::new(move |index| {
                last = last.and_then(|last| after(last, gap.quantile(draw(index))));
                last
            })
        }
        Arrival::Decaying { initial_rate_per_s, time_constant } => {
            // A unit Poisson process S_1, S_2, … seen through the inverse of the mean number of arrivals by t,
            // a (1 - exp(-t / tau)) with a = initial rate * tau.
            let unit = Distribution::Exponential { mean: 1.0 };
            let tau = time_constant.as_nanos() as f64;
            let all = initial_rate_per_s * (tau / NANOS_PER_SECOND as f64);
            let mut sum = 0.0;
            Box::new(move |index| {
                sum += unit.quantile(draw(index));
                (sum < all).then(|| Time::ZERO + Span::from_nanos_f64(-tau * math::ln(1.0 - sum / all)))
            })
        }
    }
}

/// `time` plus a drawn gap, or `None` past anything that a run can reach.
fn after(time: Time, gap_nanos: f64) -> Option<Time> {
    let next = time + Span::from_nanos_f64(gap_nanos);
    (next <= Time::ZERO + Span::MAX).then_some(next)
}
