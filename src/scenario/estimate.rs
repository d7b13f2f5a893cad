//! What a run will take, before it is begun: by formula, from the scenario alone.
//!
//! A peer downloads for about as long as its share of the swarm's capacity allows (the three terms of Kumar
//! and Ross's bound, or the pipeline of its own fetches). While it downloads it queries its neighbors; as long
//! as it is there it proves that it is active. Every chunk it lacks is a request, a transfer and an arrival.

use super::Scenario;
use super::problem::grouped;
use crate::swarm::config::{AfterCompletion, Arrival, Capacity, Fault, FaultEffect, Group, InitialChunks};

/// Events of a Chunks Query: the request and its answer.
const EVENTS_PER_QUERY: f64 = 2.0;
/// Events of a chunk: the request, the transfer's two ends, and what re-rating adds.
const EVENTS_PER_CHUNK: f64 = 4.0;
/// Events of a Join or Peer List: the request, the answer and its timeout.
const EVENTS_PER_LIST: f64 = 3.0;
/// Events of an Active Proof: the timer and the request.
const EVENTS_PER_PROOF: f64 = 2.0;
/// Downloads take longer than their bound; what runs through a tracker and in rounds is not optimal.
const SLOWER_THAN_BOUND: f64 = 1.5;
/// Bytes of a run without any peer.
const BYTES_FIXED: f64 = 4_000_000.0;
/// Bytes of a peer, of each of its neighbors and of each chunk.
const BYTES_PER_PEER: f64 = 2_048.0;
const BYTES_PER_NEIGHBOR: f64 = 40.0;
const BYTES_PER_CHUNK: f64 = 4.0;
/// Bytes of each chunk that there are once: counts of copies, room to work in.
const BYTES_PER_CHUNK_OF_SWARM: f64 = 8.0;
/// Bytes of a peer's session in the tables.
const BYTES_PER_SESSION: f64 = 96.0;
/// Bytes of a pending event; each neighbor may have one under way.
const BYTES_PER_EVENT: f64 = 32.0;
/// Bytes of a sample of the swarm's state.
const BYTES_PER_SAMPLE: f64 = 160.0;
/// The most sessions that are reckoned for one peer.
const MAX_SESSIONS: f64 = 1e6;

/// What a run will take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Events.
    pub events: f64,
    /// The most memory at any time.
    pub memory_bytes: u64,
    /// Peers that arrive.
    pub peers: u64,
}

impl Estimate {
    /// The estimate for a scenario.
    pub fn of(scenario: &Scenario) -> Estimate {
        let swarm = Swarm::of(scenario);
        let groups = || scenario.config.groups.iter();
        let sessions: f64 = groups().map(|group| swarm.arrivals(group) * swarm.sessions(group)).sum();
        let events: f64 = groups().map(|group| swarm.events(group)).sum();
        let sweeps = swarm.end_s / scenario.config.tracker.sweep_interval.as_secs_f64();
        let samples = swarm.end_s / scenario.output.sample_interval.as_secs_f64();
        let memory = BYTES_FIXED
            + swarm.chunks * BYTES_PER_CHUNK_OF_SWARM
            + swarm.peers * (BYTES_PER_PEER + swarm.chunks * BYTES_PER_CHUNK)
            + swarm.peers * swarm.neighbors * (BYTES_PER_NEIGHBOR + BYTES_PER_EVENT)
            + sessions * BYTES_PER_SESSION
            + samples * BYTES_PER_SAMPLE;
        Estimate { events: events + sweeps + samples, memory_bytes: memory as u64, peers: swarm.peers.round() as u64 }
    }

    /// Refuses what would take more than is allowed. The message holds the estimate.
    pub fn within(&self, max_memory_bytes: u64, max_events: f64) -> Result<(), String> {
        let (memory, events) = (memory_text(self.memory_bytes as f64), count_text(self.events));
        let this = format!("about {} peers, {events} events and {memory} of memory", grouped(self.peers));
        if self.memory_bytes > max_memory_bytes {
            let limit = memory_text(max_memory_bytes as f64);
            return Err(format!("a run would take {this}; accepted: at most {limit} of memory (--max-memory)"));
        }
        if self.events > max_events {
            let limit = count_text(max_events);
            return Err(format!("a run would take {this}; accepted: at most {limit} events (--max-events)"));
        }
        Ok(())
    }
}

/// The swarm in round numbers.
struct Swarm<'s> {
    scenario: &'s Scenario,
    end_s: f64,
    peers: f64,
    chunks: f64,
    neighbors: f64,
    /// How long a download takes.
    download_s: f64,
}

impl<'s> Swarm<'s> {
    fn of(scenario: &'s Scenario) -> Swarm<'s> {
        let config = &scenario.config;
        let end_s = config.stop.at.as_secs_f64();
        let chunks = config.file.chunks() as f64;
        let mut swarm = Swarm { scenario, end_s, peers: 0.0, chunks, neighbors: 0.0, download_s: 0.0 };
        swarm.peers = config.groups.iter().map(|group| swarm.arrivals(group)).sum();
        let limits = [config.protocol.max_neighbors, config.tracker.max_peers_returned];
        let limit = match config.protocol.max_neighbors {
            Some(limit) => f64::from(limit),
            // New lists add to the neighbors, so that many lists make many.
            None => limits[1].map_or(f64::MAX, |limit| 4.0 * f64::from(limit)),
        };
        swarm.neighbors = (swarm.peers - 1.0).clamp(0.0, limit);
        swarm.download_s = swarm.download_time();
        swarm
    }

    /// Peers of a group that arrive before the end.
    fn arrivals(&self, group: &Group) -> f64 {
        let count = group.count.map_or(f64::MAX, f64::from);
        let open = match group.arrival {
            Arrival::Poisson { rate_per_s, from } => rate_per_s * (self.end_s - from.as_secs_f64()).max(0.0),
            Arrival::Decaying { initial_rate_per_s, time_constant } => initial_rate_per_s * time_constant.as_secs_f64(),
            Arrival::Diurnal { mean_rate_per_s, .. } => mean_rate_per_s * self.end_s,
            Arrival::Trace { ref rows } => {
                rows.iter().filter(|visit| visit.at.as_secs_f64() <= self.end_s).count() as f64
            }
            Arrival::At { .. } | Arrival::Uniform { .. } => count,
        };
        count.min(open)
    }

    /// Sessions of a peer, those after a return included.
    fn sessions(&self, group: &Group) -> f64 {
        let Some(rejoin) = &group.rejoin else { return 1.0 };
        let by_chance = 1.0 / (1.0 - rejoin.probability).max(1.0 / MAX_SESSIONS);
        let cycle_s = seconds(rejoin.after.mean()) + group.session.as_ref().map_or(0.0, |s| seconds(s.mean()));
        by_chance.min(1.0 + self.end_s / cycle_s.max(1e-9)).min(MAX_SESSIONS)
    }

    /// The share of the file that a peer of a group lacks at first.
    fn lacking(&self, group: &Group) -> f64 {
        match &group.initial_chunks {
            InitialChunks::All => 0.0,
            InitialChunks::None => 1.0,
            InitialChunks::Fraction(share) => 1.0 - share,
            InitialChunks::List(list) => 1.0 - list.len() as f64 / self.chunks,
            InitialChunks::AllBut(list) => list.len() as f64 / self.chunks,
        }
    }

    /// Kumar and Ross's bound for all who lack the file, were they there at once, or the time a peer's own
    /// fetches take; whichever is longer.
    fn download_time(&self) -> f64 {
        let config = &self.scenario.config;
        let bits = config.file.size_bytes as f64 * 8.0;
        let (mut seeds_up, mut all_up, mut leechers, mut slowest) = (0.0, 0.0, 0.0, f64::MAX);
        for group in &config.groups {
            let peers = self.arrivals(group);
            all_up += peers * bits_per_second(&group.up);
            if self.lacking(group) == 0.0 {
                seeds_up += peers * bits_per_second(&group.up);
            } else {
                leechers += peers;
                slowest = bits_per_second(&group.down).min(slowest);
            }
        }
        let bound = (bits / slowest).max(bits / f64::max(seeds_up, 1.0)).max(leechers * bits / f64::max(all_up, 1.0));
        let round_trip_s = 2.0 * seconds(config.network.latency.mean());
        let pipeline = self.chunks * round_trip_s / f64::from(config.protocol.max_parallel_fetches);
        let query_s = config.protocol.chunks_query_interval.as_secs_f64();
        (bound * SLOWER_THAN_BOUND).max(pipeline) + query_s + self.parted_s()
    }

    /// The longest partition, which holds up whoever needs what is behind it.
    fn parted_s(&self) -> f64 {
        let end_s = self.end_s;
        let length = |fault: &Fault| match fault.effect {
            FaultEffect::Partition { .. } => {
                (fault.window.until.as_secs_f64().min(end_s) - fault.window.from.as_secs_f64()).max(0.0)
            }
            FaultEffect::Loss { .. } | FaultEffect::Slow { .. } => 0.0,
        };
        self.scenario.config.network.faults.iter().map(length).fold(0.0, f64::max)
    }

    /// How often a peer repeats a request to the tracker: once a timeout, for as long as an answer takes, and for as long as the
    /// tracker is out or so many messages are lost that none comes.
    fn repetitions(&self) -> f64 {
        let config = &self.scenario.config;
        let round_trip_s = 2.0 * seconds(config.network.latency.mean() + config.network.jitter.mean());
        let timeout_s = config.protocol.request_timeout.as_secs_f64();
        let out_s: f64 = config
            .tracker
            .outages
            .iter()
            .map(|w| (w.until.as_secs_f64().min(self.end_s) - w.from.as_secs_f64()).max(0.0))
            .sum();
        let arrives = (1.0 - config.network.loss) * (1.0 - config.network.loss);
        let unanswered_s = (round_trip_s / timeout_s + 1.0) * timeout_s * (1.0 / arrives.max(1e-12) - 1.0);
        (round_trip_s + out_s + unanswered_s).min(self.end_s) / timeout_s
    }

    fn events(&self, group: &Group) -> f64 {
        let protocol = &self.scenario.config.protocol;
        let lacking = self.lacking(group);
        let session_s = group.session.as_ref().map_or(self.end_s, |session| seconds(session.mean()).min(self.end_s));
        let download_s = if lacking == 0.0 { 0.0 } else { (self.download_s * lacking).min(session_s) };
        let after_s = match &group.after_completion {
            AfterCompletion::Stay => session_s,
            AfterCompletion::Leave => 0.0,
            AfterCompletion::Linger(time) => seconds(time.mean()),
        };
        let present_s = (download_s + after_s).min(session_s);
        let queries = self.neighbors * (1.0 + download_s / protocol.chunks_query_interval.as_secs_f64());
        let lists = 1.0 + download_s / protocol.peer_list_interval.as_secs_f64();
        let proofs = present_s / protocol.active_proof_interval.as_secs_f64();
        let queries = if lacking == 0.0 { 0.0 } else { queries };
        let lists = lists + self.repetitions();
        let a_session = queries * EVENTS_PER_QUERY + lists * EVENTS_PER_LIST + proofs * EVENTS_PER_PROOF + 2.0;
        let a_download = lacking * self.chunks * EVENTS_PER_CHUNK;
        self.arrivals(group) * (self.sessions(group) * a_session + a_download)
    }
}

fn seconds(nanos: f64) -> f64 {
    nanos / 1e9
}

fn bits_per_second(capacity: &Capacity) -> f64 {
    match capacity {
        Capacity::Unlimited => 1e15,
        Capacity::Drawn(rates) => rates.mean().clamp(1.0, 1e15),
    }
}

/// The memory that a number of peers takes at least.
pub fn memory_of_peers(peers: f64) -> f64 {
    peers * BYTES_PER_PEER
}

/// An amount of memory in words: `1.5 GiB`.
pub fn memory_text(bytes: f64) -> String {
    scaled(bytes, 1024.0, &[" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"])
}

/// A number of events in words: `3.2 million`.
pub fn count_text(count: f64) -> String {
    scaled(count, 1000.0, &["", " thousand", " million", " billion", " trillion", " quadrillion"])
}

fn scaled(mut value: f64, step: f64, names: &[&str]) -> String {
    let mut name = 0;
    while value >= step && name + 1 < names.len() {
        value /= step;
        name += 1;
    }
    if value >= 1e6 {
        return format!("{value:.1e}{}", names[name]);
    }
    if name == 0 || value >= 100.0 {
        format!("{value:.0}{}", names[name])
    } else {
        format!("{value:.1}{}", names[name])
    }
}
