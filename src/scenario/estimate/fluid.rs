//! A swarm as a fluid: how many peers of each group are there at each time, how far their downloads have come, and what
//! they send meanwhile.
//!
//! Peers that come in the same step of time are a cohort; all in it are alike. A cohort downloads at the rate that its
//! share of the uplinks and its own fetches allow, shrinks as sessions end, and becomes seeders when it has the file. This
//! is the fluid model of Qiu and Srikant (2004) with ages, so that any session, lingering and return can be followed.
//! It knows nothing of which chunk is where; [`LOST_BY_UPLINKS`] stands for what that costs.

use super::survival::Survival;
use super::uplinks::{self, Uplinks};
use crate::net::Sharing;
use crate::scenario::Scenario;
use crate::sim::math;
use crate::swarm::config::{
    AfterCompletion, Arrival, Capacity, Config, FaultEffect, Group, InitialChunks, Leavers, Slowdown, Source, StopWhen,
};

/// Steps of time, and fewer where there are many groups.
const STEPS: usize = 200;
/// Cohort-steps that are worth an estimate.
const MOST_WORK: usize = 4_000_000;
/// How often the time that is followed is shortened to what the run takes.
const TIMES: usize = 6;
/// The share of their bandwidth that busy uplinks lose beside what queues lose that are filled at random: sources are
/// chosen blindly, and some have nothing that is wanted. Measured over the embedded scenarios.
const LOST_BY_UPLINKS: f64 = 0.35;
/// Fewer peers than this are nobody.
const NOBODY: f64 = 1e-3;
/// Quantiles of a group's uplinks, where these are drawn.
const UPLINKS: usize = 8;
/// Peers of a group that hold so much of the file or more are told apart, in so many parts.
const SHARES: usize = 4;
/// What stands for a link without limit, in bytes per second.
const UNLIMITED: f64 = 1e14;

/// What a swarm does from its beginning to its end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// When the run ends.
    pub end_s: f64,
    /// Peers that arrive, and sessions.
    pub peers: f64,
    pub sessions: f64,
    /// Rounds of queries, and queries.
    pub rounds: f64,
    pub queries: f64,
    /// Peer Lists asked for, and entries in all lists given out.
    pub lists: f64,
    pub list_entries: f64,
    pub proofs: f64,
    /// Chunks that arrive.
    pub chunks: f64,
    /// Peers that download at the same time, at most, and neighbors that these have together.
    pub leechers: f64,
    pub neighbors: f64,
    /// Peers that the tracker lists, at most.
    pub listed: f64,
}

/// Follows a swarm to its end, or to its last instant.
pub(super) fn totals(scenario: &Scenario) -> Totals {
    let mut horizon_s = scenario.config.stop.at.as_secs_f64().max(1e-9);
    let mut result = Totals::default();
    let last_s = horizon_s;
    for _ in 0..TIMES {
        let (totals, is_over) = Fluid::new(&scenario.config, horizon_s).run();
        if !is_over && horizon_s < last_s {
            // In finer steps it takes longer than it seemed.
            horizon_s = (horizon_s * 2.0).min(last_s);
            continue;
        }
        result = totals;
        if !is_over || totals.end_s * 4.0 > horizon_s {
            break;
        }
        // Over soon: the same in finer steps.
        horizon_s = totals.end_s * 1.5;
    }
    result
}

/// Peers that arrive by the last instant.
pub(super) fn peers(config: &Config) -> f64 {
    config.groups.iter().map(|group| arrivals(group, config.stop.at.as_secs_f64())).sum()
}

/// Peers that are alike.
#[derive(Clone, Copy, Debug)]
struct Cohort {
    group: usize,
    born: usize,
    peers: f64,
    /// The share of the file that each lacks.
    lacks: f64,
    /// It came without the whole file, and so may leave when it has it.
    downloaded: bool,
}

/// A group in the units that are used here.
struct Crowd<'c> {
    group: &'c Group,
    lacks: f64,
    /// Quantiles of the uplinks, bytes per second each.
    up: Vec<f64>,
    down: f64,
    session: Survival,
    /// Of those that linger, the share that leaves in a step.
    lingered: f64,
    came: f64,
}

/// What limits everybody at one time.
struct Moment {
    listed: f64,
    /// The mean uplink of who is there.
    mean_up: f64,
    /// The share of what a peer could fetch that the uplinks give.
    served: f64,
    /// By group: what backbones leave of that.
    through: Vec<f64>,
}

struct Fluid<'c> {
    config: &'c Config,
    steps: usize,
    step_s: f64,
    chunk_bytes: f64,
    chunks: f64,
    crowds: Vec<Crowd<'c>>,
    leechers: Vec<Cohort>,
    seeders: Vec<Cohort>,
    /// By step: who comes back then.
    returns: Vec<Vec<Cohort>>,
    /// By step: peers that left.
    departed: Vec<f64>,
    totals: Totals,
}

impl<'c> Fluid<'c> {
    fn new(config: &'c Config, horizon_s: f64) -> Fluid<'c> {
        let affordable = math::pow((2 * MOST_WORK / config.groups.len().max(1)) as f64, 0.5) as usize;
        let steps = STEPS.min(affordable).max(20);
        let step_s = horizon_s / steps as f64;
        let chunks = config.file.chunks() as f64;
        let quantiles = (MOST_WORK / 100 / config.groups.len().max(1)).clamp(8, 256);
        let crowd = |group: &'c Group| Crowd {
            group,
            lacks: lacking(group, chunks),
            up: capacities(&group.up, (MOST_WORK / 100_000 / config.groups.len().max(1)).clamp(1, UPLINKS)),
            down: bytes_per_second(&group.down),
            session: Survival::new(group.session.as_ref(), step_s, steps, quantiles),
            lingered: match &group.after_completion {
                AfterCompletion::Stay => 0.0,
                AfterCompletion::Leave => 1.0,
                AfterCompletion::Linger(time) => 1.0 - math::exp(-step_s / seconds(time.mean()).max(1e-9)),
            },
            came: 0.0,
        };
        Fluid {
            config,
            steps,
            step_s,
            chunk_bytes: config.file.size_bytes as f64 / chunks,
            chunks,
            crowds: config.groups.iter().map(crowd).collect(),
            leechers: Vec::new(),
            seeders: Vec::new(),
            returns: vec![Vec::new(); steps],
            departed: vec![0.0; steps],
            totals: Totals::default(),
        }
    }

    /// Follows it; and whether it was over before the time that is followed.
    fn run(mut self) -> (Totals, bool) {
        for step in 0..self.steps {
            self.arrive(step);
            let moment = self.moment(step);
            self.download(step, &moment);
            self.seed(step);
            self.totals.end_s = (step + 1) as f64 * self.step_s;
            if self.is_over(step) {
                return (self.totals, true);
            }
        }
        (self.totals, false)
    }

    /// Who comes in this step, for the first time or again.
    fn arrive(&mut self, step: usize) {
        let until_s = (step + 1) as f64 * self.step_s;
        let mut coming = std::mem::take(&mut self.returns[step]);
        for (group, crowd) in self.crowds.iter_mut().enumerate() {
            let all = arrivals(crowd.group, until_s);
            let peers = all - std::mem::replace(&mut crowd.came, all);
            if peers > 0.0 {
                self.totals.peers += peers;
                coming.push(Cohort { group, born: step, peers, lacks: crowd.lacks, downloaded: false });
            }
        }
        for cohort in coming {
            self.totals.sessions += cohort.peers;
            let is_whole = cohort.lacks <= 0.0;
            if is_whole { self.seeders.push(cohort) } else { self.leechers.push(cohort) }
        }
    }

    /// What limits everybody now.
    fn moment(&mut self, step: usize) -> Moment {
        let of = |cohorts: &[Cohort]| cohorts.iter().map(|cohort| cohort.peers).sum::<f64>();
        let (leechers, seeders) = (of(&self.leechers), of(&self.seeders));
        let present = leechers + seeders;
        let listed = present + self.ghosts(step);
        let uplinks = self.uplinks(step);
        let up: f64 = uplinks.iter().map(|link| link.count * link.rate).sum();
        let mean_up = up / present.max(1e-9);
        let demand: f64 = self.leechers.iter().map(|cohort| cohort.peers * self.fetching(cohort.group, mean_up)).sum();
        let served = match self.config.network.sharing {
            Sharing::None => 1.0,
            _ if demand > 0.0 => (self.given(&uplinks, leechers, present) / demand).min(1.0),
            _ => 0.0,
        };
        self.totals.leechers = self.totals.leechers.max(leechers);
        self.totals.listed = self.totals.listed.max(listed);
        self.totals.neighbors =
            self.totals.neighbors.max(leechers * self.neighbors(listed, self.config.stop.at.as_secs_f64()));
        let through = self.through(mean_up, served);
        Moment { listed, mean_up, served, through }
    }

    /// By group: what backbones leave of what its peers would get. Sources are chosen blindly, so the share of what a group gets that comes
    /// over a link is that of the copies behind it, and who waits for the link waits with all its fetches.
    fn through(&self, mean_up: f64, served: f64) -> Vec<f64> {
        let groups = self.crowds.len();
        let (mut copies, mut wanted) = (vec![0.0; groups], vec![0.0; groups]);
        self.seeders.iter().chain(&self.leechers).for_each(|one| copies[one.group] += one.peers * (1.0 - one.lacks));
        for cohort in &self.leechers {
            wanted[cohort.group] += cohort.peers * self.fetching(cohort.group, mean_up) * served;
        }
        let all: f64 = copies.iter().sum();
        let mut through = vec![1.0_f64; groups];
        for backbone in &self.config.network.backbones {
            let ends = backbone.between_groups(groups as u16);
            let sum = |of: &[f64], groups: &[u16]| groups.iter().map(|&group| of[usize::from(group)]).sum::<f64>();
            let crossing = sum(&wanted, &ends.to) * sum(&copies, &ends.from) / all.max(1e-9);
            let share = (ends.capacity.bits_per_second() as f64 / 8.0 / crossing.max(1e-9)).min(1.0);
            ends.to.iter().for_each(|&group| through[usize::from(group)] = through[usize::from(group)].min(share));
        }
        through
    }

    /// The uplinks of those who are there and have something that others want; who has more is asked more often.
    fn uplinks(&self, step: usize) -> Vec<Uplinks> {
        // By group and by how much of the file they hold: how many, and that share of all of them.
        let mut helping = vec![[(0.0, 0.0); SHARES]; self.crowds.len()];
        let mut add = |cohort: &Cohort, peers: f64| {
            let held = 1.0 - cohort.lacks;
            let (count, shares) = &mut helping[cohort.group][((held * SHARES as f64) as usize).min(SHARES - 1)];
            *count += peers;
            *shares += peers * held;
        };
        self.seeders.iter().for_each(|cohort| add(cohort, cohort.peers));
        // Who has only just begun has little that others want.
        let has_something = |cohort: &Cohort| (0.25 * (1.0 - cohort.lacks) * self.chunks).min(1.0);
        self.leechers.iter().for_each(|cohort| add(cohort, cohort.peers * has_something(cohort)));
        let mut uplinks = Vec::with_capacity(self.crowds.len());
        for (group, (crowd, helping)) in self.crowds.iter().zip(helping).enumerate() {
            for (peers, shares) in helping.into_iter().filter(|&(peers, _)| peers > 0.0) {
                let (count, visits) = (peers / crowd.up.len() as f64, shares / peers);
                let of = |&rate| Uplinks { count, rate: self.slowed(step, group, rate), visits };
                uplinks.extend(crowd.up.iter().map(of));
            }
        }
        uplinks
    }

    /// Bytes per second that all uplinks give together.
    fn given(&self, uplinks: &[Uplinks], leechers: f64, present: f64) -> f64 {
        let protocol = &self.config.protocol;
        let fetches = leechers * f64::from(protocol.max_parallel_fetches);
        let up: f64 = uplinks.iter().map(|link| link.count * link.rate).sum();
        // So many fetches at so many uplinks at random leave some idle: a closed network of queues. Nobody asks itself.
        let others = (present - 1.0).max(0.0);
        let busy = fetches / (fetches + others).max(1e-9);
        let alike = (1.0 - LOST_BY_UPLINKS * busy) * busy * up;
        if protocol.source == Source::Fastest {
            return alike;
        }
        // And what it costs that they are not alike, if they stay: where peers come and go, no queue lasts.
        if self.crowds.iter().any(|crowd| crowd.group.session.is_some()) {
            return alike;
        }
        let asked = |rate: Option<f64>| {
            let share = others / present.max(1e-9);
            let of = |link: &Uplinks| Uplinks { count: link.count * share, rate: rate.unwrap_or(link.rate), ..*link };
            let asked: Vec<Uplinks> = uplinks.iter().map(of).collect();
            uplinks::given(&asked, fetches, leechers * f64::from(protocol.max_fetches_per_neighbor)).busy
        };
        alike * (asked(None) / asked(Some(1.0)).max(1e-9)).min(1.0)
    }

    /// What faults leave of an uplink in a step, on average.
    fn slowed(&self, step: usize, group: usize, rate: f64) -> f64 {
        let (from_s, until_s) = (step as f64 * self.step_s, (step + 1) as f64 * self.step_s);
        let mut left = rate;
        for fault in &self.config.network.faults {
            let FaultEffect::Slow { at, up: true, slowdown, .. } = &fault.effect else { continue };
            if !at.iter().any(|side| side.groups.contains(&(group as u16))) {
                continue;
            }
            let within_s = fault.window.until.as_secs_f64().min(until_s) - fault.window.from.as_secs_f64().max(from_s);
            let share = (within_s / self.step_s).clamp(0.0, 1.0);
            let slow = match *slowdown {
                Slowdown::Factor(factor) => left * factor,
                Slowdown::Rate(most) => left.min(most.bits_per_second() as f64 / 8.0),
            };
            left += share * (slow - left);
        }
        left.max(1e-3)
    }

    /// Peers that are gone and still listed.
    fn ghosts(&self, step: usize) -> f64 {
        let tracker = &self.config.tracker;
        let half_a_proof_s = self.config.protocol.active_proof_interval.as_secs_f64() / 2.0;
        let lag_s =
            (tracker.entry_ttl.as_secs_f64() - half_a_proof_s).max(0.0) + tracker.sweep_interval.as_secs_f64() / 2.0;
        let steps = lag_s / self.step_s;
        let whole = steps.min(step as f64) as usize;
        let recent: f64 = self.departed[step - whole..step].iter().sum();
        let rest = step.checked_sub(whole + 1).map_or(0.0, |place| self.departed[place]);
        recent + rest * (steps - whole as f64).clamp(0.0, 1.0)
    }

    /// The neighbors of a peer of this age.
    fn neighbors(&self, listed: f64, age_s: f64) -> f64 {
        let others = (listed - 1.0).max(0.0);
        let known = match self.config.tracker.max_peers_returned {
            None => others,
            Some(most) => {
                let lists = 1.0 + (age_s / self.config.protocol.peer_list_interval.as_secs_f64()).floor();
                let missed = (1.0 - f64::from(most) / others.max(1e-9)).max(0.0);
                others * (1.0 - math::pow(missed, lists))
            }
        };
        known.min(self.config.protocol.max_neighbors.map_or(f64::MAX, f64::from))
    }

    /// Bytes per second that a peer's fetches could bring, were nobody else there.
    fn fetching(&self, group: usize, mean_up: f64) -> f64 {
        let Config { network, protocol, .. } = self.config;
        let round_trip_s = 2.0 * seconds(network.latency.mean() + network.jitter.mean());
        let down = self.crowds[group].down;
        let most = match network.max_transfer_rate {
            rate if rate.is_unlimited() => UNLIMITED,
            rate => rate.bits_per_second() as f64 / 8.0,
        };
        let one =
            self.chunk_bytes / (round_trip_s + self.chunk_bytes / mean_up.min(down).min(most).max(1e-9)).max(1e-12);
        let all = one * f64::from(protocol.max_parallel_fetches);
        if network.sharing == Sharing::None { all } else { all.min(down) }
    }

    /// Everybody downloads for a step; some complete, and some leave.
    fn download(&mut self, step: usize, moment: &Moment) {
        let protocol = &self.config.protocol;
        let query_s = protocol.chunks_query_interval.as_secs_f64();
        let list_s = protocol.peer_list_interval.as_secs_f64();
        let step_s = self.step_s;
        let mut still = Vec::with_capacity(self.leechers.len());
        for mut cohort in std::mem::take(&mut self.leechers) {
            let age = step - cohort.born;
            let neighbors = self.neighbors(moment.listed, age as f64 * step_s);
            let file = self.chunk_bytes * self.chunks;
            let fetched = self.fetching(cohort.group, moment.mean_up) * moment.served * moment.through[cohort.group];
            let fetched = fetched * step_s / file;
            let got = fetched.min(cohort.lacks);
            // The part of the step in which it still downloads.
            let busy = if fetched > got { got / fetched } else { 1.0 };
            let rounds = cohort.peers * (busy * step_s / query_s + if age == 0 { 1.0 } else { 0.0 });
            let lists = cohort.peers * busy * step_s / list_s;
            let joins = if age == 0 { cohort.peers } else { 0.0 };
            let named = self.config.tracker.max_peers_returned.map_or(f64::MAX, f64::from).min(moment.listed);
            self.totals.rounds += rounds;
            self.totals.queries += rounds * neighbors;
            self.totals.lists += lists;
            self.totals.list_entries += (lists + joins) * named;
            self.totals.chunks += cohort.peers * got * self.chunks;
            self.prove(&cohort);
            cohort.lacks -= got;
            self.leave(step, &mut cohort, 0.0);
            if cohort.peers < NOBODY {
                continue;
            }
            if cohort.lacks > 1e-9 {
                still.push(cohort);
            } else {
                self.seeders.push(Cohort { lacks: 0.0, downloaded: true, ..cohort });
            }
        }
        self.leechers = still;
    }

    /// Whoever has the file stays for a step, or leaves.
    fn seed(&mut self, step: usize) {
        let mut still = Vec::with_capacity(self.seeders.len());
        for mut cohort in std::mem::take(&mut self.seeders) {
            let lingered = if cohort.downloaded { self.crowds[cohort.group].lingered } else { 0.0 };
            if lingered < 1.0 {
                self.prove(&cohort);
            }
            self.leave(step, &mut cohort, lingered);
            if cohort.peers >= NOBODY {
                still.push(cohort);
            }
        }
        self.seeders = merged(still);
    }

    fn prove(&mut self, cohort: &Cohort) {
        self.totals.proofs += cohort.peers * self.step_s / self.config.protocol.active_proof_interval.as_secs_f64();
    }

    /// Sessions end, and of those that linger a share leaves, too; some will be back.
    fn leave(&mut self, step: usize, cohort: &mut Cohort, lingered: f64) {
        let crowd = &self.crowds[cohort.group];
        let cut_off = cohort.peers * crowd.session.leaving(step - cohort.born).max(self.leaving_at_once(step, cohort));
        let done = (cohort.peers - cut_off) * lingered;
        cohort.peers -= cut_off + done;
        self.departed[step] += cut_off + done;
        let Some(rejoin) = &crowd.group.rejoin else { return };
        let after = (seconds(rejoin.after.mean()) / self.step_s).max(1.0) as usize;
        let back = if rejoin.keep_chunks { cut_off } else { cut_off + done } * rejoin.probability;
        let lacks = if rejoin.keep_chunks { cohort.lacks } else { crowd.lacks };
        let born = step.saturating_add(after);
        if back > NOBODY && born < self.steps {
            let all = &mut self.returns[born];
            let downloaded = cohort.downloaded && lacks <= 0.0;
            let coming = Cohort { group: cohort.group, born, peers: back, lacks, downloaded };
            match all.iter_mut().find(|other| other.group == coming.group && (other.lacks > 0.0) == (lacks > 0.0)) {
                Some(other) => other.join(&coming),
                None => all.push(coming),
            }
        }
    }

    /// The share of a cohort that leaves in this step with many others.
    fn leaving_at_once(&self, step: usize, cohort: &Cohort) -> f64 {
        let (from_s, until_s) = (step as f64 * self.step_s, (step + 1) as f64 * self.step_s);
        let due = self.config.departures.iter().filter(|departure| {
            let at_s = departure.at.as_secs_f64();
            from_s < at_s && at_s <= until_s && departure.groups.contains(&(cohort.group as u16))
        });
        let staying = due.map(|departure| match departure.leavers {
            Leavers::Fraction(share) => 1.0 - share,
            Leavers::Count(count) => {
                let there = |cohorts: &[Cohort]| cohorts.iter().map(|cohort| cohort.peers).sum::<f64>();
                1.0 - (f64::from(count) / (there(&self.leechers) + there(&self.seeders)).max(1.0)).min(1.0)
            }
        });
        1.0 - staying.product::<f64>()
    }

    fn is_over(&self, step: usize) -> bool {
        let of = |cohorts: &[Cohort]| cohorts.iter().map(|cohort| cohort.peers).sum::<f64>();
        let end_s = self.config.stop.at.as_secs_f64();
        let to_come = || {
            let new: f64 = self.crowds.iter().map(|crowd| arrivals(crowd.group, end_s) - crowd.came).sum();
            new + self.returns[step + 1..].iter().map(|back| of(back)).sum::<f64>()
        };
        let awaited = match self.config.stop.when {
            StopWhen::Time => return false,
            StopWhen::AllComplete => of(&self.leechers),
            StopWhen::Empty => of(&self.leechers) + of(&self.seeders),
        };
        awaited < 0.5 && to_come() < 0.5
    }
}

impl Cohort {
    /// Takes others in; all are then as they are on average.
    fn join(&mut self, other: &Cohort) {
        let peers = self.peers + other.peers;
        self.lacks = (self.lacks * self.peers + other.lacks * other.peers) / peers;
        self.peers = peers;
    }
}

/// Seeders that came together are one cohort, however they got the file.
fn merged(mut cohorts: Vec<Cohort>) -> Vec<Cohort> {
    cohorts.sort_by_key(|cohort| (cohort.group, cohort.born, cohort.downloaded));
    cohorts.dedup_by(|next, before| {
        let same = (next.group, next.born, next.downloaded) == (before.group, before.born, before.downloaded);
        if same {
            before.join(next);
        }
        same
    });
    cohorts
}

/// Peers of a group that have arrived by a time.
fn arrivals(group: &Group, by_s: f64) -> f64 {
    let count = group.count.map_or(f64::MAX, f64::from);
    let came = match group.arrival {
        Arrival::At { time } if by_s >= time.as_secs_f64() => count,
        Arrival::At { .. } => 0.0,
        Arrival::Uniform { from, until } => {
            let (from_s, until_s) = (from.as_secs_f64(), until.as_secs_f64());
            count * ((by_s - from_s) / (until_s - from_s).max(1e-9)).clamp(0.0, 1.0)
        }
        Arrival::Poisson { rate_per_s, from } => rate_per_s * (by_s - from.as_secs_f64()).max(0.0),
        // Without the tide of the day, which a run of whole days does not notice.
        Arrival::Diurnal { mean_rate_per_s, .. } => mean_rate_per_s * by_s,
        Arrival::Trace { ref rows } => rows.iter().filter(|visit| visit.at.as_secs_f64() <= by_s).count() as f64,
        Arrival::Decaying { initial_rate_per_s, time_constant } => {
            let tau_s = time_constant.as_secs_f64();
            initial_rate_per_s * tau_s * (1.0 - math::exp(-by_s / tau_s))
        }
    };
    came.min(count)
}

/// The share of the file that a peer of a group lacks at first.
fn lacking(group: &Group, chunks: f64) -> f64 {
    match &group.initial_chunks {
        InitialChunks::All => 0.0,
        InitialChunks::None => 1.0,
        InitialChunks::Fraction(share) => 1.0 - share,
        InitialChunks::List(list) => 1.0 - list.len() as f64 / chunks,
        InitialChunks::AllBut(list) => list.len() as f64 / chunks,
    }
}

fn seconds(nanos: f64) -> f64 {
    nanos / 1e9
}

fn bytes_per_second(capacity: &Capacity) -> f64 {
    match capacity {
        Capacity::Unlimited => UNLIMITED,
        Capacity::Drawn(rates) => (rates.mean() / 8.0).clamp(1e-3, UNLIMITED),
    }
}

/// So many quantiles of a capacity, in bytes per second.
fn capacities(capacity: &Capacity, count: usize) -> Vec<f64> {
    match capacity {
        Capacity::Drawn(rates) if count > 1 && rates.constant_value().is_none() => {
            let at = |place: usize| rates.quantile((place as f64 + 0.5) / count as f64) / 8.0;
            let drawn: Vec<f64> = (0..count).map(at).collect();
            // The tail beyond the last of them counts, too.
            let scale = bytes_per_second(capacity) * count as f64 / drawn.iter().sum::<f64>().max(1e-3);
            drawn.into_iter().map(|rate| (rate * scale).clamp(1e-3, UNLIMITED)).collect()
        }
        _ => vec![bytes_per_second(capacity)],
    }
}
