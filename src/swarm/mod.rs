//! The swarm: tracker, peers, and the messages between them.
//!
//! The `Swarm` is the model that the kernel runs. Its handlers stand in files by what they are about:
//!
//! * `churn`: peers arrive, leave and come back;
//! * `membership`: Join, Active Proof and Peer List, between peers and the tracker;
//! * `query`: Chunks Query, between neighbors, one at a time, and `round`: all of a peer's at once;
//! * `fetch`: choosing what to fetch from whom, and Fetch Chunk;
//! * `cutting`: how the two sides of a transfer notice that the other is gone;
//! * `faults`: what goes wrong on a schedule;
//! * `uplinks`: why some have nothing to send;
//! * `ahead`: what memory will be needed soon.
//!
//! The state that they share is in `tracker`, `neighbors` and `peer`. What happens is told to one [`Observer`].

mod action;
mod ahead;
mod churn;
pub mod config;
mod cutting;
mod faults;
mod fetch;
mod inbox;
mod inspect;
mod knowledge;
mod membership;
mod messages;
mod neighbors;
mod parallel;
mod peer;
mod plan;
mod query;
mod record;
mod round;
mod simulation;
mod tracker;
mod uplinks;

pub use inspect::{Happening, Inspected};
pub(crate) use knowledge::{TABLE_CHUNKS, TABLE_NEIGHBORS};
pub use parallel::{Crew, Divisible, Meanwhile, Meet, Obstacle, Parallel, idle};
pub use plan::{PlannedPeer, plan};
pub use record::*;
pub use simulation::{Advance, Memory, Simulation};
pub use uplinks::{Idle, Uplinks};

use crate::chunks::ChunkSets;
use crate::net::{Effects, JobId, Latency, Links};
use crate::sim::{Event, EventQueue, GroupId, Key, Model, Origin, Owner, Purpose, Streams, Time};
use action::{Action, SWEEP, What, node_of, origin_of};
use config::{Config, StopWhen};
use faults::Faults;
use fetch::Scratch;
use inbox::Inboxes;
use parallel::Part;
use peer::{Download, NO_REQUEST, Peer, Presence, Transfer};
use round::Rounds;
use tracker::Tracker;

/// A swarm, and who watches it.
#[derive(Debug)]
pub(crate) struct Swarm<O> {
    config: Config,
    observer: O,
    streams: Streams,
    latency: Latency,
    links: Links<Transfer>,
    now: Time,
    /// The event at hand.
    cause: Key,
    /// By origin: first the sweep's, then the tracker's, then the peers'. Of the first two, only `caused` means anything.
    presence: Vec<Presence>,
    /// Peers still to arrive for the first time: the plan, and how much of it is done.
    plan: Vec<PlannedPeer>,
    arrived: u32,
    tracker: Tracker,
    /// By number; 0 is the tracker's and not used.
    peers: Vec<Peer>,
    /// By number, likewise.
    downloads: Vec<Download>,
    inboxes: Inboxes,
    chunks: ChunkSets,
    /// Copies of each chunk among all that are there; empty unless a strategy is an oracle.
    global_copies: Vec<u32>,
    /// Lists on their way, by number, where answers name a sample.
    lists: Vec<Vec<u32>>,
    free_lists: Vec<u32>,
    /// Peers there, those of them that are incomplete, and peers still to come or to come back.
    present: u32,
    incomplete: u32,
    to_come: u32,
    /// What the event at hand did to the tracker's list; part of the digest, as it may show in no later event.
    outcome: u64,
    /// Queries and answers that were handled a round at a time, not one by one from the queue.
    rounds: Rounds,
    effects: Effects,
    scratch: Scratch,
    has_jitter: bool,
    /// Latencies differ by direction.
    is_lopsided: bool,
    faults: Faults,
    /// Some peer has departed, ever.
    any_departed: bool,
    /// There are so many peers that their memory is worth asking for beforehand.
    looks_ahead: bool,
    /// Where several threads simulate a swarm, each has a part of it: which part this is.
    part: Option<Box<Part>>,
}

/// What the handlers push events into.
type Queue = EventQueue<Action>;

impl<O: Observer> Swarm<O> {
    /// A swarm before its first event. `queue` receives the first arrival and the first sweep.
    pub(crate) fn new(config: Config, mut observer: O, queue: &mut Queue) -> Swarm<O> {
        let chunks = config.file.chunks();
        assert!((1..1 << 32).contains(&chunks), "between 1 and 2^32 - 1 chunks");
        assert!(!config.groups.is_empty(), "a swarm has a group");
        let chunks = chunks as u32;
        let streams = Streams::new(config.seed);
        let plan = plan(&config);
        let peers = u32::try_from(plan.len()).expect("fewer than 2^32 peers");
        let regions = config.groups.iter().filter_map(|group| Some((GroupId::of(&group.name), group.region?)));
        let latency = Latency::new(streams, config.network.latency.clone(), regions);
        let mut all = Vec::with_capacity(plan.len() + 1);
        all.push(new_peer(&config, streams, &latency, None));
        all.extend(plan.iter().map(|planned| new_peer(&config, streams, &latency, Some(planned))));
        let oracle = config.groups.iter().any(|group| group.strategy.is_oracle());
        let everyone = config.names_everyone();
        observer.begin(&config);
        let mut swarm = Swarm {
            streams,
            any_departed: false,
            part: None,
            looks_ahead: plan.len() >= ahead::WORTHWHILE_PEERS,
            is_lopsided: !latency.is_symmetric(),
            faults: Faults::new(&config),
            latency,
            links: links_of(&config),
            now: Time::ZERO,
            cause: Key { time: Time::ZERO, origin: SWEEP, count: 0 },
            presence: vec![Presence::default(); plan.len() + 2],
            downloads: std::iter::repeat_with(Download::default).take(plan.len() + 1).collect(),
            inboxes: Inboxes::new(plan.len()),
            plan,
            arrived: 0,
            tracker: Tracker::new(peers, config.tracker.entry_ttl, everyone),
            peers: all,
            chunks: if everyone && chunks <= TABLE_CHUNKS {
                ChunkSets::with_owners(chunks)
            } else {
                ChunkSets::new(chunks)
            },
            global_copies: if oracle { vec![0; chunks as usize] } else { Vec::new() },
            lists: Vec::new(),
            free_lists: Vec::new(),
            present: 0,
            incomplete: 0,
            to_come: peers,
            outcome: 0,
            rounds: Rounds::new(&config, O::IN_ORDER),
            effects: Effects::default(),
            scratch: Scratch::new(chunks),
            has_jitter: config.network.jitter.constant_value() != Some(0.0),
            config,
            observer,
        };
        swarm.schedule_next_arrival(queue);
        let first_sweep = Time::ZERO + swarm.config.tracker.sweep_interval;
        swarm.schedule(queue, SWEEP, first_sweep, Action::new(What::Sweep, TRACKER));
        swarm.schedule_faults(queue);
        swarm
    }

    /// Puts an event into the queue, as the next that `origin` causes; returns its number among them. What lies past the
    /// last instant is not kept.
    #[inline]
    fn schedule(&mut self, queue: &mut Queue, origin: Origin, at: Time, action: Action) -> u32 {
        let count = self.next_count(origin);
        self.schedule_as(queue, Key { time: at, origin, count }, action);
        count
    }

    /// Puts an event into the queue whose key is known already.
    #[inline]
    fn schedule_as(&mut self, queue: &mut Queue, key: Key, action: Action) {
        if key.time <= self.config.stop.at {
            debug_assert!(key.time >= self.now, "an event in the past");
            if self.part.is_some() && self.post(key, action) {
                return;
            }
            queue.push(Event { key, payload: action });
        }
    }

    #[inline]
    fn next_count(&mut self, origin: Origin) -> u32 {
        let caused = &mut self.presence[origin.0 as usize].caused;
        let count = *caused;
        *caused = count.checked_add(1).expect("a node causes fewer than 2^32 events");
        count
    }

    /// What almost every event needs to know of a node.
    #[inline]
    fn node(&self, node: u32) -> &Presence {
        &self.presence[origin_of(node).0 as usize]
    }

    fn node_mut(&mut self, node: u32) -> &mut Presence {
        &mut self.presence[origin_of(node).0 as usize]
    }

    /// Whether `peer` is there, in that session.
    #[inline]
    fn is_there(&self, peer: u32, session: u16) -> bool {
        let node = self.node(peer);
        node.present && node.session == session
    }

    /// Tells the observer. Not inlined: messages sent and delivered, which are most of what there is to tell, take the
    /// observer's code into their handlers; the rest share this one copy, or compiling would take minutes.
    #[inline(never)]
    fn record(&mut self, record: Record<'_>) {
        self.observer.record(self.now, &record);
    }

    /// An entry of the tracker's list was renewed or discarded.
    fn note_entry(&mut self, peer: u32, expires: Time) {
        let mixed = self.outcome.rotate_left(5) ^ (u64::from(peer) << 40) ^ expires.as_nanos();
        self.outcome = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    /// Whether the swarm has come to the end that the configuration asks for. A part of one does not know.
    fn stop_reason(&self) -> Option<StopReason> {
        if self.part.is_some() {
            return None;
        }
        match self.config.stop.when {
            StopWhen::AllComplete if self.incomplete == 0 && self.to_come == 0 => Some(StopReason::AllComplete),
            StopWhen::Empty if self.present == 0 && self.to_come == 0 => Some(StopReason::Empty),
            _ => None,
        }
    }

    /// Tells the observer how it ended: with everything handled up to `limit`.
    fn finish(&mut self, end: Time, limit: Key) {
        self.now = end;
        self.end_rounds(limit);
        for node in 1..=self.arrived {
            let jobs: Vec<JobId> = self.links.uploads(node).collect();
            for job in jobs {
                if let Some(start) = self.links.job(job).started() {
                    let bytes = self.links.sent_bytes_of(end, job);
                    self.record(Record::Unfinished { from: node, start, bytes });
                }
            }
        }
        let why = self.stop_reason().unwrap_or(StopReason::Time);
        if why == StopReason::Empty {
            // Nobody will ever receive what is still on its way.
            for job in self.links.in_use() {
                let transfer = self.links.job(job);
                if !transfer.cargo.abandoned && transfer.has_left() {
                    self.lose_chunk(job);
                }
            }
        }
        self.record(Record::Stop { why });
    }
}

/// The links that there are before anybody comes.
fn links_of<T: Copy>(config: &Config) -> Links<T> {
    let mut links = Links::new(config.network.sharing);
    let groups = config.groups.len() as u16;
    let backbones: Vec<_> = config.network.backbones.iter().map(|one| one.between_groups(groups)).collect();
    if !backbones.is_empty() {
        links.lay_backbones(backbones);
    }
    links
}

fn new_peer(config: &Config, streams: Streams, latency: &Latency, planned: Option<&PlannedPeer>) -> Peer {
    let mut peer = Peer {
        member: false,
        group: 0,
        came: Key { time: Time::ZERO, origin: SWEEP, count: 0 },
        left: Key { time: Time::ZERO, origin: SWEEP, count: 0 },
        left_log: None,
        recent: Vec::new(),
        to_tracker: Default::default(),
        from_tracker: Default::default(),
        owner: Owner::TRACKER,
        up: crate::net::Rate::UNLIMITED,
        down: crate::net::Rate::UNLIMITED,
        awaited_join: NO_REQUEST,
        awaited_list: NO_REQUEST,
        list_version: 0,
        lists: 0,
        picks: 0,
        fetches: Vec::new(),
    };
    if let Some(planned) = planned {
        let group = &config.groups[planned.group as usize];
        peer.owner = Owner::peer(GroupId::of(&group.name), planned.index);
        peer.group = planned.group;
        peer.to_tracker = latency.between(peer.owner, Owner::TRACKER);
        peer.from_tracker = latency.between(Owner::TRACKER, peer.owner);
        let mut draws = streams.at(peer.owner, Purpose::Capacity, 0);
        peer.up = group.up.sample(draws.next());
        peer.down = group.down.sample(draws.next());
    }
    peer
}

impl<O: Observer> Model for Swarm<O> {
    type Payload = Action;

    #[inline(always)]
    fn handle(&mut self, event: Event<Action>, queue: &mut Queue) -> Option<u64> {
        self.outcome = 0;
        self.now = event.key.time;
        let action = event.payload;
        let cause = event.key;
        self.cause = cause;
        self.observer.event(cause);
        match action.what {
            What::Query => self.on_query(queue, cause, action),
            What::QueryAnswer => self.on_query_answer(queue, cause, action),
            What::Fetch => self.on_fetch(queue, cause, action),
            What::LinkWake => self.on_link_wake(queue, action),
            What::ChunkArrives => self.on_chunk_arrives(queue, action),
            What::ChunkPassed => self.on_chunk_passed(queue, action),
            What::QueryDue => self.on_query_due(queue, action),
            What::ProofDue => self.on_proof_due(queue, action),
            What::ListDue => self.on_list_due(queue, action),
            What::ActiveProof => self.on_active_proof(cause),
            What::PeerList => self.on_peer_list(queue, cause, action),
            What::PeerListAnswer => self.on_peer_list_answer(queue, cause, action),
            What::Join => self.on_join(queue, cause, action),
            What::JoinAnswer => self.on_join_answer(queue, cause, action),
            What::Sweep => self.on_sweep(queue),
            What::Arrive => self.on_arrive(queue, action),
            What::SessionEnd => self.on_session_end(queue, action),
            What::LingerEnd => self.on_linger_end(queue, action),
            What::TrackerTimeout => self.on_tracker_timeout(queue, action),
            What::QueryTimeout => self.on_query_timeout(queue, action),
            What::UploaderGone => self.on_uploader_gone(queue, action),
            What::NobodyThere => self.on_nobody_there(queue, cause, action),
            What::DownloaderGone => self.on_downloader_gone(queue, action),
            What::FaultDue => self.on_fault_due(queue, action),
            What::MassDeparture => self.on_mass_departure(queue, action),
            What::RoundDone => {
                self.on_round_done(queue, action);
                return None;
            }
        }
        Some(self.outcome)
    }

    #[inline(always)]
    fn look_ahead(&self, stage: usize, next: &Event<Action>) {
        if self.looks_ahead {
            self.fetch_ahead(stage, next.key.origin, next.payload);
        }
    }

    fn finished(&self) -> bool {
        self.stop_reason().is_some()
    }
}
