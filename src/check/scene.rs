//! What scenario and seed determine before anything happens: who arrives when, how long they stay, their links, and the latency of each
//! pair. Drawn again here, from the addressed draws, without the swarm.

use crate::net::{Latency, Rate, Sharing};
use crate::scenario::Scenario;
use crate::sim::{Distribution, GroupId, NANOS_PER_SECOND, Owner, Purpose, Span, Streams, Time, math, unit_interval};
use crate::swarm::config::{AfterCompletion, Arrival, Capacity, Config, FailureDetection, Group, InitialChunks};

/// The tracker's number.
pub(super) const TRACKER: u32 = 0;
/// The capacity of a link without a limit, bits per second.
pub(super) const UNLIMITED: u64 = u64::MAX;

/// A least and a greatest number of nanoseconds; equal where it is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub least: u64,
    pub most: u64,
}

impl Range {
    pub fn exactly(nanos: u64) -> Range {
        Range { least: nanos, most: nanos }
    }

    /// Both ends later.
    pub fn plus(self, other: Range) -> Range {
        Range { least: self.least.saturating_add(other.least), most: self.most.saturating_add(other.most) }
    }

    pub fn after(self, nanos: u64) -> Range {
        self.plus(Range::exactly(nanos))
    }

    /// Not before `nanos`.
    pub fn at_least(self, nanos: u64) -> Range {
        Range { least: self.least.max(nanos), most: self.most.max(nanos) }
    }

    pub fn contains(self, nanos: u64) -> bool {
        (self.least..=self.most).contains(&nanos)
    }

    /// In seconds, for a message.
    pub fn told(self) -> String {
        match self {
            Range { least, most } if least == most => format!("{} s", Time::from_nanos(least)),
            Range { least, most: u64::MAX } => format!("{} s or later", Time::from_nanos(least)),
            Range { least, most } => format!("{} s to {} s", Time::from_nanos(least), Time::from_nanos(most)),
        }
    }
}

/// A peer that is to arrive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned {
    pub time: u64,
    pub group: usize,
    index: u32,
    pub up: u64,
    pub down: u64,
}

/// What is known of a run before it begins.
pub(super) struct Scene<'a> {
    pub scenario: &'a Scenario,
    pub config: &'a Config,
    /// In order of arrival: peer `i + 1` is entry `i`.
    plan: Vec<Planned>,
    pub(super) streams: Streams,
    latency: Latency,
    jitter: Range,
    pub chunks: u32,
}

impl<'a> Scene<'a> {
    pub fn new(scenario: &'a Scenario) -> Scene<'a> {
        let config = &scenario.config;
        let streams = Streams::new(config.seed);
        let mut plan: Vec<Planned> =
            config.groups.iter().enumerate().flat_map(|(number, group)| arrivals(config, number, group)).collect();
        plan.sort_by_key(|peer| (peer.time, peer.group, peer.index));
        let regions = config.groups.iter().filter_map(|group| Some((GroupId::of(&group.name), group.region?)));
        let latency = Latency::new(streams, config.network.latency.clone(), regions);
        Scene {
            scenario,
            config,
            plan,
            streams,
            latency,
            jitter: support(&config.network.jitter),
            chunks: u32::try_from(config.file.chunks()).unwrap_or(u32::MAX),
        }
    }

    /// How many peers arrive by the last instant.
    pub fn peers(&self) -> u32 {
        self.plan.len() as u32
    }

    /// The peer of this number, if there is to be one.
    pub fn peer(&self, number: u32) -> Option<&Planned> {
        self.plan.get((number as usize).checked_sub(1)?)
    }

    pub fn group(&self, peer: u32) -> Option<&'a Group> {
        self.peer(peer).map(|planned| &self.config.groups[planned.group])
    }

    pub fn stop_at(&self) -> u64 {
        self.config.stop.at.as_nanos()
    }

    pub fn is(&self, sharing: Sharing) -> bool {
        self.config.network.sharing == sharing
    }

    pub(super) fn owner(&self, node: u32) -> Owner {
        match self.peer(node) {
            Some(planned) => Owner::peer(GroupId::of(&self.config.groups[planned.group].name), planned.index),
            None => Owner::TRACKER,
        }
    }

    /// The latency from one node to another, without jitter.
    pub fn latency(&self, from: u32, to: u32) -> u64 {
        self.latency.between(self.owner(from), self.owner(to)).as_nanos()
    }

    /// How long a message may be on its way.
    pub fn message_latency(&self, from: u32, to: u32) -> Range {
        self.jitter.after(self.latency(from, to))
    }

    /// The latency from `to` to `from`, the way back of a message that takes `latency`.
    pub fn way_back(&self, latency: Range, from: u32, to: u32) -> Range {
        if self.latency.is_symmetric() { latency } else { Range::exactly(self.latency(to, from)) }
    }

    /// How long an absence over a link of this latency goes unnoticed.
    pub fn detection(&self, latency: Range) -> Range {
        match self.config.protocol.failure_detection {
            FailureDetection::Reset => latency,
            FailureDetection::After(span) => Range::exactly(span.as_nanos()),
        }
    }

    pub fn is_out(&self, at: u64) -> bool {
        self.config.tracker.outages.iter().any(|window| window.from.as_nanos() <= at && at < window.until.as_nanos())
    }

    /// The last sweep at or before `at` that is not in an outage; 0 where there was none.
    pub fn last_sweep(&self, at: u64) -> u64 {
        let interval = self.config.tracker.sweep_interval.as_nanos().max(1);
        let mut sweep = at / interval * interval;
        for window in self.config.tracker.outages.iter().rev() {
            let (from, until) = (window.from.as_nanos(), window.until.as_nanos());
            if from <= sweep && sweep < until {
                sweep = from.saturating_sub(1) / interval * interval;
            }
        }
        sweep
    }

    /// How long session number `session` of a peer lasts; `None`: for ever.
    pub fn session(&self, peer: u32, session: u32) -> Option<u64> {
        let group = self.group(peer)?;
        if let Arrival::Trace { rows } = &group.arrival
            && let Some(recorded) = rows.get(self.peer(peer)?.index as usize)?.session
        {
            return Some(recorded.as_nanos());
        }
        let length = group.session.as_ref()?;
        let draw = self.streams.draw(self.owner(peer), Purpose::Session, u64::from(session));
        Some(Span::from_nanos_f64(length.sample(draw)).as_nanos())
    }

    /// How long a peer that completed in this session stays; `None`: until the session ends.
    pub fn linger(&self, peer: u32, session: u32) -> Option<u64> {
        match &self.group(peer)?.after_completion {
            AfterCompletion::Stay => None,
            AfterCompletion::Leave => Some(0),
            AfterCompletion::Linger(length) => {
                let draw = self.streams.draw(self.owner(peer), Purpose::Linger, u64::from(session));
                Some(Span::from_nanos_f64(length.sample(draw)).as_nanos())
            }
        }
    }

    /// Whether a peer leaves in the very event in which it completes, rather than after all else that is due.
    pub fn leaves_at_once(&self, peer: u32) -> bool {
        self.group(peer).is_some_and(|group| group.after_completion == AfterCompletion::Leave)
    }

    /// After how long a peer that ends this session comes back, if it does. One that left because it was done has no
    /// reason to, as long as it keeps its chunks.
    pub fn return_after(&self, peer: u32, session: u32, was_done: bool) -> Option<u64> {
        let rejoin = self.group(peer)?.rejoin.as_ref()?;
        if was_done && rejoin.keep_chunks {
            return None;
        }
        let mut draws = self.streams.at(self.owner(peer), Purpose::Rejoin, u64::from(session));
        let comes = unit_interval(draws.next()) < rejoin.probability;
        let after = Span::from_nanos_f64(rejoin.after.sample(draws.next())).as_nanos();
        comes.then_some(after)
    }

    /// Whether a peer that comes back has what it had.
    pub fn keeps_chunks(&self, peer: u32) -> bool {
        self.group(peer).and_then(|group| group.rejoin.as_ref()).is_some_and(|rejoin| rejoin.keep_chunks)
    }

    /// What a peer holds when it first arrives, in rising order.
    pub fn initial_chunks(&self, peer: u32) -> Vec<u32> {
        let all = 0..self.chunks;
        match self.group(peer).map(|group| &group.initial_chunks) {
            None | Some(InitialChunks::None) => Vec::new(),
            Some(InitialChunks::All) => all.collect(),
            Some(InitialChunks::List(list)) => list.clone(),
            Some(InitialChunks::AllBut(list)) => all.filter(|chunk| !list.contains(chunk)).collect(),
            Some(&InitialChunks::Fraction(share)) => {
                // Knuth's selection sampling: chunk after chunk, each with the chance that it is among those still to be chosen.
                let mut draws = self.streams.at(self.owner(peer), Purpose::InitialChunks, 0);
                let mut open = (f64::from(self.chunks) * share).round() as u64;
                let mut chosen = Vec::new();
                for chunk in all {
                    if draws.below(u64::from(self.chunks - chunk)) < open {
                        open -= 1;
                        chosen.push(chunk);
                    }
                }
                chosen
            }
        }
    }

    pub fn bytes_of(&self, chunk: u32) -> u64 {
        let file = &self.config.file;
        let before = u64::from(chunk).saturating_mul(file.chunk_bytes);
        file.chunk_bytes.min(file.size_bytes.saturating_sub(before))
    }

    pub fn endgame(&self, peer: u32) -> bool {
        self.group(peer).is_some_and(|group| group.endgame)
    }
}

/// The arrivals of a group by the last instant.
fn arrivals(config: &Config, number: usize, group: &Group) -> Vec<Planned> {
    let streams = Streams::new(config.seed);
    let id = GroupId::of(&group.name);
    let uniform = |index: u32| unit_interval(streams.draw(Owner::peer(id, index), Purpose::Arrival, 0));
    let stop = config.stop.at.as_nanos();
    let mut peers = Vec::new();
    let mut clock = Clock::of(&group.arrival);
    for index in 0..group.count.unwrap_or(u32::MAX) {
        let Some(time) = clock.next(uniform(index)) else { break };
        if time <= stop {
            let mut draws = streams.at(Owner::peer(id, index), Purpose::Capacity, 0);
            let (up, down) = (capacity(&group.up, draws.next()), capacity(&group.down, draws.next()));
            peers.push(Planned { time, group: number, index, up, down });
        } else if clock.only_rises() {
            break;
        }
    }
    peers
}

fn capacity(capacity: &Capacity, draw: u64) -> u64 {
    match capacity {
        Capacity::Unlimited => UNLIMITED,
        Capacity::Drawn(distribution) => Rate::from_bits_f64(distribution.sample(draw)).bits_per_second(),
    }
}

/// The arrival times of a group, one after the other.
struct Clock<'a> {
    arrival: &'a Arrival,
    /// The time of the last arrival of a Poisson process; of a decaying one, the sum of its unit gaps.
    last: f64,
    last_nanos: u64,
    /// The next row of a recording.
    row: usize,
}

impl<'a> Clock<'a> {
    fn of(arrival: &'a Arrival) -> Clock<'a> {
        let last_nanos = match arrival {
            Arrival::Poisson { from, .. } => from.as_nanos(),
            _ => 0,
        };
        Clock { arrival, last: 0.0, last_nanos, row: 0 }
    }

    fn only_rises(&self) -> bool {
        !matches!(self.arrival, Arrival::Uniform { .. } | Arrival::Trace { .. })
    }

    /// The next arrival, in nanoseconds, from a draw in (0, 1); `None` where nobody comes any more.
    fn next(&mut self, draw: f64) -> Option<u64> {
        let rounded = |nanos: f64| Span::from_nanos_f64(nanos).as_nanos();
        let unit = -math::ln(1.0 - draw);
        Some(match self.arrival {
            Arrival::At { time } => time.as_nanos(),
            Arrival::Uniform { from, until } => {
                let length = until.as_nanos().saturating_sub(from.as_nanos()) as f64;
                from.as_nanos() + rounded((length * draw).floor())
            }
            Arrival::Poisson { rate_per_s, .. } => {
                self.last_nanos = self.last_nanos.saturating_add(rounded(NANOS_PER_SECOND as f64 / rate_per_s * unit));
                (self.last_nanos <= Span::MAX.as_nanos()).then_some(self.last_nanos)?
            }
            &Arrival::Diurnal { mean_rate_per_s, amplitude, period, peak } => {
                self.last += unit;
                let (period, peak) = (period.as_secs_f64(), peak.as_secs_f64());
                let arrivals_by = |t: f64| {
                    let turn = 2.0 * std::f64::consts::PI / period;
                    let wave = math::sin(turn * (t - peak)) + math::sin(turn * peak);
                    mean_rate_per_s * (t + amplitude * wave / turn)
                };
                let nanos =
                    inverse(arrivals_by, self.last, self.last / mean_rate_per_s, period) * NANOS_PER_SECOND as f64;
                (nanos < Span::MAX.as_nanos() as f64).then(|| rounded(nanos))?
            }
            Arrival::Trace { rows } => {
                self.row += 1;
                rows.get(self.row - 1)?.at.as_nanos()
            }
            Arrival::Decaying { initial_rate_per_s, time_constant } => {
                let tau = time_constant.as_nanos() as f64;
                let all = initial_rate_per_s * (tau / NANOS_PER_SECOND as f64);
                self.last += unit;
                (self.last < all).then(|| rounded(-tau * math::ln(1.0 - self.last / all)))?
            }
        })
    }
}

/// Where a rising function has a value, in seconds of at least 0 and at most `width` from `around`: by bisection, to the last bit.
fn inverse(function: impl Fn(f64) -> f64, value: f64, around: f64, width: f64) -> f64 {
    let (mut low, mut high) = ((around - width).max(0.0), around + width);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return low;
        }
        if function(middle) < value { low = middle } else { high = middle }
    }
}

/// The least and the greatest value of a distribution of nanoseconds.
fn support(distribution: &Distribution) -> Range {
    let nanos = |value: f64| Span::from_nanos_f64(value).as_nanos();
    let between = |least: f64, most: f64| Range { least: nanos(least), most: nanos(most) };
    match distribution {
        Distribution::Constant { value } => between(*value, *value),
        Distribution::Uniform { min, max } => between(*min, *max),
        Distribution::Pareto { min, .. } => Range { least: nanos(*min), most: u64::MAX },
        Distribution::Empirical { values } => {
            let (least, most) = values.iter().fold((f64::MAX, 0.0), |(a, b), &value| (value.min(a), value.max(b)));
            between(least, most)
        }
        Distribution::Exponential { .. }
        | Distribution::Normal { .. }
        | Distribution::Lognormal { .. }
        | Distribution::Weibull { .. } => Range { least: 0, most: u64::MAX },
    }
}

/// How long bytes take over a link, in nanoseconds, rounded up.
pub(super) fn time_for(bytes: u64, bits_per_s: u64) -> u64 {
    if bits_per_s == UNLIMITED {
        return 0;
    }
    let nanos = (u128::from(bytes) * 8 * u128::from(NANOS_PER_SECOND)).div_ceil(u128::from(bits_per_s.max(1)));
    u64::try_from(nanos).unwrap_or(u64::MAX).min(Span::MAX.as_nanos())
}

/// Whole bytes of `limit` that have passed a link after so many nanoseconds.
pub(super) fn bytes_in(nanos: u64, bits_per_s: u64, limit: u64) -> u64 {
    if bits_per_s == UNLIMITED {
        return limit;
    }
    let bytes = u128::from(nanos) * u128::from(bits_per_s) / u128::from(NANOS_PER_SECOND) / 8;
    u64::try_from(bytes).unwrap_or(u64::MAX).min(limit)
}
