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
///
/// ```
/// let peers = swarmsim::swarm::plan(&swarmsim::swarm::config::Config::tiny());
/// assert_eq!(peers.len(), 5);
/// assert!(peers.is_sorted_by_key(|peer| peer.time));
/// ```
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
        Arrival::Diurnal { mean_rate_per_s, amplitude, period, peak } => {
            let unit = Distribution::Exponential { mean: 1.0 };
            let day = Day { mean_rate_per_s, amplitude, period_s: period.as_secs_f64(), peak_s: peak.as_secs_f64() };
            let mut sum = 0.0;
            Box::new(move |index| {
                sum += unit.quantile(draw(index));
                // What is held at the longest span would come again and again.
                let nanos = day.time_of(sum) * NANOS_PER_SECOND as f64;
                (nanos < Span::MAX.as_nanos() as f64).then(|| Time::ZERO + Span::from_nanos_f64(nanos))
            })
        }
        Arrival::Trace { ref rows } => Box::new(move |index| rows.get(index as usize).map(|visit| visit.at)),
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

/// A rate of arrivals that goes up and down: see [`Arrival::Diurnal`].
struct Day {
    mean_rate_per_s: f64,
    amplitude: f64,
    period_s: f64,
    peak_s: f64,
}

impl Day {
    /// The mean number of arrivals by `t_s`, the integral of the rate.
    fn arrivals_by(&self, t_s: f64) -> f64 {
        let turn = 2.0 * std::f64::consts::PI / self.period_s;
        let wave = math::sin(turn * (t_s - self.peak_s)) + math::sin(turn * self.peak_s);
        self.mean_rate_per_s * (t_s + self.amplitude * wave / turn)
    }

    /// When so many have arrived on average: the inverse, by bisection. It lies within 2 amplitudes of the wave, a third of a period,
    /// of where it would lie without one.
    fn time_of(&self, arrivals: f64) -> f64 {
        let around = arrivals / self.mean_rate_per_s;
        let (mut low, mut high) = ((around - self.period_s).max(0.0), around + self.period_s);
        loop {
            let middle = low + (high - low) / 2.0;
            if middle <= low || middle >= high {
                return low;
            }
            if self.arrivals_by(middle) < arrivals {
                low = middle;
            } else {
                high = middle;
            }
        }
    }
}

/// `time` plus a drawn gap, or `None` past anything that a run can reach.
fn after(time: Time, gap_nanos: f64) -> Option<Time> {
    let next = time + Span::from_nanos_f64(gap_nanos);
    (next <= Time::ZERO + Span::MAX).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rate 2 (1 + 0.8 cos(2π (t − 6) / 24)), in hours as seconds. By 24 there are 48 arrivals on average whatever the phase; by 12 the
    /// wave has added 0.8 × 24 / 2π × (sin(π/2) + sin(π/2)) to the 12.
    #[test]
    fn a_day_is_inverted() {
        let day = Day { mean_rate_per_s: 2.0, amplitude: 0.8, period_s: 24.0, peak_s: 6.0 };
        assert!((day.arrivals_by(24.0) - 48.0).abs() < 1e-9);
        let wave = 0.8 * 24.0 / (2.0 * std::f64::consts::PI) * 2.0;
        assert!((day.arrivals_by(12.0) - 2.0 * (12.0 + wave)).abs() < 1e-9);
        for arrivals in [0.001, 1.0, 10.0, 47.0, 48.0, 1000.5] {
            assert!((day.arrivals_by(day.time_of(arrivals)) - arrivals).abs() < 1e-9, "{arrivals}");
        }
    }

    /// Four days of 1,000 arrivals: in the half around the peak 1/2 + 0.5 × 1/π = 65.9 % of them.
    #[test]
    fn arrivals_follow_the_day() {
        let mut config = Config::tiny();
        let day = Span::from_secs(86_400);
        config.groups[1].count = None;
        config.groups[1].arrival = Arrival::Diurnal {
            mean_rate_per_s: 1000.0 / 86_400.0,
            amplitude: 0.5,
            period: day,
            peak: Time::ZERO + Span::from_secs(20 * 3600),
        };
        config.stop.at = Time::ZERO + Span::from_secs(4 * 86_400);
        let peers: Vec<PlannedPeer> = plan(&config).into_iter().filter(|peer| peer.group == 1).collect();
        // Poisson: standard deviation 63; four of them.
        assert!(peers.len().abs_diff(4000) < 253, "{}", peers.len());
        let near =
            |peer: &&PlannedPeer| (peer.time.as_secs_f64() - 20.0 * 3600.0 + 21_600.0).rem_euclid(86_400.0) < 43_200.0;
        let share = peers.iter().filter(near).count() as f64 / peers.len() as f64;
        assert!((share - 0.659).abs() < 0.03, "{share}");
        assert!(peers.windows(2).all(|pair| pair[0].time <= pair[1].time && pair[0].index < pair[1].index));
    }
}
