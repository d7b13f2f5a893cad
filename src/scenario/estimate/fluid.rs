//! A swarm as a fluid: how many peers of each group are there at each time, how far their downloads have come, and what
//! they send meanwhile.
//!
//! Peers that come in the same step of time are a cohort; all in it are alike. A cohort downloads at the rate that its
//! share of the uplinks and its own fetches allow, shrinks as sessions end, and becomes seeders when it has the file. This
//! is the fluid model of Qiu and Srikant (2004) with ages, so that any session, lingering and return can be followed.
//! It knows nothing of which chunk is where; [`LOST_BY_UPLINKS`] stands for what that costs.

use super::survival::Survival;
use crate::net::Sharing;
use crate::scenario::Scenario;
use crate::sim::math;
use crate::swarm::config::{AfterCompletion, Arrival, Capacity, Config, Group, InitialChunks, Leavers, StopWhen};

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
    up: f64,
    down: f64,
    session: Survival,
    /// Of those that linger, the share that leaves in a step.
    lingered: f64,
    came: f64,
}

/// What limits everybody at one time.
#[derive(Clone, Copy)]
struct Moment {
    listed: f64,
    /// The mean uplink of who is there.
    mean_up: f64,
    /// The share of what a peer could fetch that the uplinks give.
    served: f64,
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
            up: bytes_per_second(&group.up),
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
            self.download(step, moment);
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
        let seeding: f64 = self.seeders.iter().map(|cohort| cohort.peers * self.crowds[cohort.group].up).sum();
        // Who has only just begun has little that others want.
        let helping = |cohort: &Cohort| (0.25 * (1.0 - cohort.lacks) * self.chunks).min(1.0);
        let leeching: f64 =
            self.leechers.iter().map(|cohort| cohort.peers * self.crowds[cohort.group].up * helping(cohort)).sum();
        let up = seeding + leeching;
        let mean_up = up / present.max(1e-9);
        let demand: f64 = self.leechers.iter().map(|cohort| cohort.peers * self.fetching(cohort.group, mean_up)).sum();
        let fetches = leechers * f64::from(self.config.protocol.max_parallel_fetches);
        // So many fetches at so many uplinks at random leave some idle: a closed network of queues.
        let busy = fetches / (fetches + (present - 1.0).max(0.0)).max(1e-9);
        let served = match self.config.network.sharing {
            Sharing::None => 1.0,
            _ if demand > 0.0 => ((1.0 - LOST_BY_UPLINKS * busy) * busy * up / demand).min(1.0),
            _ => 0.0,
        };
        self.totals.leechers = self.totals.leechers.max(leechers);
        self.totals.listed = self.totals.listed.max(listed);
        self.totals.neighbors =
            self.totals.neighbors.max(leechers * self.neighbors(listed, self.config.stop.at.as_secs_f64()));
        Moment { listed, mean_up, served }
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
        let one = self.chunk_bytes / (round_trip_s + self.chunk_bytes / mean_up.min(down).max(1e-9)).max(1e-12);
        let all = one * f64::from(protocol.max_parallel_fetches);
        if network.sharing == Sharing::None { all } else { all.min(down) }
    }

    /// Everybody downloads for a step; some complete, and some leave.
    fn download(&mut self, step: usize, moment: Moment) {
        let protocol = &self.config.protocol;
        let query_s = protocol.chunks_query_interval.as_secs_f64();
        let list_s = protocol.peer_list_interval.as_secs_f64();
        let step_s = self.step_s;
        let mut still = Vec::with_capacity(self.leechers.len());
        for mut cohort in std::mem::take(&mut self.leechers) {
            let age = step - cohort.born;
            let neighbors = self.neighbors(moment.listed, age as f64 * step_s);
            let file = self.chunk_bytes * self.chunks;
            let fetched = self.fetching(cohort.group, moment.mean_up) * moment.served * step_s / file;
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
