//! Download times, and the least makespan that theory allows.

use super::population::Population;
use super::quantile::{mean_s, quantile_s};
use super::summary::{Completion, Peers};
use crate::net::Sharing;
use crate::sim::Time;
use crate::swarm::config::{AfterCompletion, Arrival, Config, InitialChunks};

#[derive(Debug, Default)]
pub(super) struct Downloads {
    /// By peer number.
    peers: Vec<Download>,
    /// Download times of the peers' first completions, in nanoseconds.
    times: Vec<u64>,
    /// The instants of those completions, in order.
    instants: Vec<Time>,
    arrived: u32,
    begun: u32,
    first_arrival: Option<Time>,
    last_completion: Option<Time>,
    bound: Bound,
}

#[derive(Clone, Copy, Debug, Default)]
struct Download {
    /// It has been there.
    known: bool,
    began_complete: bool,
    completed: bool,
    /// The arrival from which its download is timed.
    from: Time,
}

impl Downloads {
    pub(super) fn begin(&mut self, config: &Config) {
        self.bound = Bound { applies: Bound::applies(config), file_bytes: config.file.size_bytes, ..Bound::default() };
    }

    pub(super) fn begun(&self) -> u32 {
        self.begun
    }

    pub(super) fn completed(&self) -> u32 {
        self.times.len() as u32
    }

    #[expect(clippy::too_many_arguments, reason = "they are one record's fields")]
    pub(super) fn arrived(
        &mut self,
        now: Time,
        peer: u32,
        session: u16,
        complete: bool,
        held: u32,
        up: u64,
        down: u64,
    ) {
        if self.peers.len() <= peer as usize {
            self.peers.resize(peer as usize + 1, Download::default());
        }
        let download = &mut self.peers[peer as usize];
        // A download goes on over sessions as long as the chunks are kept.
        if session == 0 || held == 0 {
            download.from = now;
        }
        if !download.known {
            (download.known, download.began_complete) = (true, complete);
            self.arrived += 1;
            self.bound.add(complete, up, down);
            if !complete {
                self.begun += 1;
                self.first_arrival.get_or_insert(now);
            }
        }
    }

    /// Returns the nanoseconds that the download took.
    pub(super) fn completed_by(&mut self, now: Time, peer: u32) -> u64 {
        let download = &mut self.peers[peer as usize];
        let nanos = (now - download.from).as_nanos();
        let again = std::mem::replace(&mut download.completed, true);
        if !again && !download.began_complete {
            self.times.push(nanos);
            self.instants.push(now);
            self.last_completion = Some(now);
        }
        nanos
    }

    pub(super) fn peers(&self, population: &Population) -> Peers {
        let open = |peer: &(usize, &Download)| peer.1.known && !peer.1.began_complete && !peer.1.completed;
        let still =
            self.peers.iter().enumerate().filter(open).filter(|&(id, _)| population.is_in_play(id as u32)).count();
        let open = self.peers.iter().enumerate().filter(open).count();
        Peers {
            arrived: u64::from(self.arrived),
            completed: self.times.len() as u64,
            left_incomplete: (open - still) as u64,
            still_downloading: still as u64,
        }
    }

    /// Seconds from the first arrival until k hundredths of those who began a download had completed, k = 1 to 100.
    pub(super) fn curve_s(&self) -> Vec<Option<f64>> {
        let needed = |k: u64| (u64::from(self.begun) * k).div_ceil(100) as usize;
        let at = |k: u64| {
            let instant = self.instants.get(needed(k).checked_sub(1)?)?;
            Some((*instant - self.first_arrival?).as_secs_f64())
        };
        (1..=100).map(at).collect()
    }

    pub(super) fn completion(&self) -> Completion {
        let mut times = self.times.clone();
        times.sort_unstable();
        let makespan = self.last_completion.zip(self.first_arrival).map(|(last, first)| (last - first).as_secs_f64());
        let bound = self.bound.seconds();
        let all = self.times.len() as u32 == self.begun;
        let ratio =
            makespan.zip(bound).filter(|&(_, bound)| all && bound > 0.0).map(|(makespan, bound)| makespan / bound);
        let at = |q| quantile_s(&times, q);
        Completion {
            completed: times.len() as u64,
            mean_s: mean_s(&times),
            min_s: at(0.0),
            p50_s: at(0.5),
            p90_s: at(0.9),
            p95_s: at(0.95),
            p99_s: at(0.99),
            max_s: at(1.0),
            makespan_s: makespan,
            lower_bound_s: bound,
            ratio_to_bound: ratio,
            ..Completion::default()
        }
    }
}

/// The least makespan of a fluid swarm that is there from the beginning and stays:
/// `max(F / u_s, F / min d, N F / (u_s + sum u))`, for a file of F bytes, N downloaders with uplinks u and downlinks d, and
/// origins with uplinks u_s together. R. Kumar, K. W. Ross, "Peer-Assisted File Distribution: The Minimum Distribution
/// Time", HOTWEB 2006.
#[derive(Clone, Copy, Debug, Default)]
struct Bound {
    applies: bool,
    file_bytes: u64,
    downloaders: u64,
    origins: u64,
    /// Bits per second; saturated where unlimited.
    origin_up: u64,
    all_up: u64,
    least_down: Option<u64>,
}

impl Bound {
    /// Uplinks are shared, all arrive at one instant with all or nothing, and nobody may leave.
    fn applies(config: &Config) -> bool {
        let first = &config.groups[0].arrival;
        let shared = config.network.sharing != Sharing::None;
        shared
            && config.departures.is_empty()
            && config.groups.iter().all(|group| {
                matches!(group.arrival, Arrival::At { .. })
                    && group.arrival == *first
                    && group.session.is_none()
                    && group.after_completion == AfterCompletion::Stay
                    && matches!(group.initial_chunks, InitialChunks::All | InitialChunks::None)
            })
    }

    fn add(&mut self, complete: bool, up: u64, down: u64) {
        self.all_up = self.all_up.saturating_add(up);
        if complete {
            self.origins += 1;
            self.origin_up = self.origin_up.saturating_add(up);
        } else {
            self.downloaders += 1;
            self.least_down = Some(self.least_down.map_or(down, |least| least.min(down)));
        }
    }

    fn seconds(&self) -> Option<f64> {
        if !self.applies || self.downloaders == 0 || self.origins == 0 {
            return None;
        }
        let seconds = |bytes: f64, bits_per_s: u64| match bits_per_s {
            u64::MAX => 0.0,
            rate => bytes * 8.0 / rate as f64,
        };
        let file = self.file_bytes as f64;
        let slowest = self.least_down.map_or(0.0, |down| seconds(file, down));
        let together = seconds(file * self.downloaders as f64, self.all_up);
        Some(seconds(file, self.origin_up).max(slowest).max(together))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kumar and Ross: F = 1000, u = 10, d = 1000 and (N, u_s) as given; the last with d = 15.
    #[test]
    fn the_bound_is_kumar_and_rosss() {
        let seconds = |n: u64, origin: u64, down: u64| {
            let mut bound = Bound { applies: true, file_bytes: 1000, ..Bound::default() };
            bound.add(true, origin * 8, u64::MAX);
            (0..n).for_each(|_| bound.add(false, 80, down * 8));
            bound.seconds().expect("it applies")
        };
        let cases = [(10, 100, 1000, 50.0), (100, 100, 1000, 1000.0 / 11.0), (1000, 100, 1000, 1e6 / 10_100.0)];
        for (n, origin, down, expected) in cases {
            assert!((seconds(n, origin, down) - expected).abs() < 1e-9);
        }
        assert!((seconds(100, 5, 1000) - 200.0).abs() < 1e-9);
        assert!((seconds(100, 2000, 15) - 1000.0 / 15.0).abs() < 1e-9);
    }
}
