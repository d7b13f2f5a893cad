//! Taking a swarm apart, and putting it together.

use super::super::peer::{Download, Peer, Presence};
use super::super::tracker::Tracker;
use super::super::{Observer, Simulation, Swarm};
use super::{Crew, Divisible, Part, Shares, handler};
use crate::net::{Effects, Links};
use crate::sim::{Digest, Event, EventQueue, Kernel, QueueKind, Time};
use crate::swarm::action::{Action, What, origin_of};
use crate::swarm::faults::Faults;
use crate::swarm::fetch::Scratch;
use parking_lot::Mutex;

/// A part of a swarm, and its queue: apart in memory too, or processors would take lines of their caches from each other.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Shard<P> {
    pub kernel: Kernel<Action>,
    pub swarm: Swarm<P>,
}

/// What a swarm leaves behind that is taken apart.
#[derive(Debug)]
pub(super) struct Rest<O> {
    pub observer: O,
    /// Events handled by then, and their digest; and those of rounds.
    pub events: u64,
    pub digest: Digest,
    pub until: Time,
    /// Readers of each log.
    readers: Vec<u32>,
    shares: Shares,
}

/// Takes a swarm apart in which nobody has ever left.
pub(super) fn take_apart<O: Divisible>(
    run: Simulation<O>,
    parts: usize,
    queue: QueueKind,
    crew: &impl Crew,
) -> (Rest<O>, Vec<Shard<O::Part>>) {
    let Simulation { kernel, swarm, .. } = run;
    let (mut swarm, observer) = swarm.watched_by(());
    let shares = Shares::new(parts as u32);
    let owner = |node: u32| shares.of(node) as usize;
    let least = swarm.least_latency_of_all();
    let slots: Vec<_> = (0..parts).map(|_| Mutex::new((Some(observer.part()), None))).collect();
    // Memory is slow when it is first touched; so each part is made by a thread of its own.
    crew.work(parts, &|number, _| {
        let mut slot = slots[number].lock();
        let observer = slot.0.take().expect("a part is made once");
        let part = Part { least, ..Part::new(number as u32, &shares) };
        let queue = EventQueue::new(queue);
        let kernel = Kernel { queue, until: kernel.until, now: kernel.now, events: 0, digest: Digest::default() };
        slot.1 = Some(Shard { kernel, swarm: swarm.mirror(part, observer) });
    });
    let shards = slots.into_iter().map(|slot| slot.into_inner().1.expect("all parts are made"));
    let mut shards: Vec<Shard<O::Part>> = shards.collect();
    let readers = shards[0].swarm.chunks.readers().to_vec();
    let of_peers = std::mem::take(&mut swarm.peers).into_iter().zip(std::mem::take(&mut swarm.downloads));
    for (id, (peer, download)) in (0..).zip(of_peers) {
        let own = &mut shards[owner(id)].swarm;
        let node = own.node_mut(id);
        *node = Presence { chunks: node.chunks, ..*swarm.node(id) };
        own.present += u32::from(swarm.node(id).present && id > 0);
        own.incomplete += u32::from(swarm.node(id).downloading);
        own.to_come += u32::from(id > swarm.arrived);
        (own.peers[id as usize], own.downloads[id as usize]) = (peer, download);
    }
    // Sweeps have an origin of their own.
    shards[0].swarm.presence[0] = swarm.presence[0];
    std::mem::swap(&mut shards[0].swarm.tracker, &mut swarm.tracker);
    let mut pending = kernel.queue;
    while let Some(Event { key, payload }) = pending.pop() {
        let shard = &mut shards[owner(handler(key, payload))];
        if matches!(payload.what, What::JoinAnswer | What::PeerListAnswer) {
            let list = std::mem::take(&mut swarm.lists[payload.b as usize]);
            shard.push_with_list(Event { key, payload }, &list);
        } else {
            shard.swarm.note_departure(key.time, payload.what);
            shard.kernel.queue.push(Event { key, payload });
        }
    }
    // Of the first arrivals only the next was pending; a part cannot wait for another's.
    for peer in swarm.arrived + 2..=swarm.plan.len() as u32 {
        let Shard { kernel, swarm: own } = &mut shards[owner(peer)];
        let at = swarm.plan[peer as usize - 1].time;
        own.schedule(&mut kernel.queue, origin_of(peer), at, Action::new(What::Arrive, peer));
    }
    let mut digest = kernel.digest;
    digest.join(swarm.rounds.digest);
    let events = kernel.events + swarm.rounds.events;
    (Rest { observer, events, digest, until: kernel.until, readers, shares }, shards)
}

/// Puts a swarm together again.
pub(super) fn put_together<O: Divisible>(
    rest: Rest<O>,
    mut shards: Vec<Shard<O::Part>>,
    queue: QueueKind,
) -> Simulation<O> {
    let owner = |node: u32| rest.shares.of(node) as usize;
    let arrived = shards[0].swarm.arrived;
    let links = shards
        .iter_mut()
        .map(|shard| std::mem::replace(&mut shard.swarm.links, super::super::links_of(&shard.swarm.config)));
    let (links, jobs) = Links::join(links.collect(), owner);
    let mut kernel = Kernel {
        queue: EventQueue::new(queue),
        until: rest.until,
        now: shards.iter().map(|shard| shard.kernel.now).max().expect("there are parts"),
        events: rest.events,
        digest: rest.digest,
    };
    let mut lists = Vec::new();
    for (number, shard) in shards.iter_mut().enumerate() {
        kernel.events += shard.kernel.events + shard.swarm.rounds.events;
        kernel.digest.join(shard.kernel.digest);
        kernel.digest.join(shard.swarm.rounds.digest);
        while let Some(mut event) = shard.kernel.queue.pop() {
            let action = &mut event.payload;
            match action.what {
                What::LinkWake | What::ChunkArrives | What::ChunkPassed => action.a = jobs[number][action.a as usize],
                What::JoinAnswer | What::PeerListAnswer => {
                    lists.push(std::mem::take(&mut shard.swarm.lists[action.b as usize]));
                    action.b = lists.len() as u32 - 1;
                }
                // The first arrivals are a chain again.
                What::Arrive if action.to > arrived + 1 => {
                    shard.swarm.node_mut(action.to).caused = 0;
                    continue;
                }
                _ => {}
            }
            kernel.queue.push(event);
        }
    }
    let mut swarms: Vec<Swarm<O::Part>> = shards.into_iter().map(|shard| shard.swarm).collect();
    let mut whole = swarms.remove(0).watched_by(rest.observer).0;
    (whole.links, whole.lists, whole.free_lists) = (links, lists, Vec::new());
    // What rounds have handled is counted above.
    (whole.rounds.events, whole.rounds.digest) = (0, Digest::default());
    for (part, mut own) in (1..).zip(swarms) {
        own.rounds.events = 0;
        own.rounds.digest = Digest::default();
        whole.rounds.join(&own.rounds);
        whole.chunks.join_readers(&own.chunks, &rest.readers);
        (whole.now, whole.cause) = (whole.now.max(own.now), whole.cause.max(own.cause));
        whole.present += own.present;
        whole.incomplete += own.incomplete;
        whole.to_come += own.to_come;
        for id in (1..=own.plan.len() as u32).filter(|&id| owner(id) == part) {
            *whole.node_mut(id) = *own.node(id);
            std::mem::swap(&mut whole.peers[id as usize], &mut own.peers[id as usize]);
            std::mem::swap(&mut whole.downloads[id as usize], &mut own.downloads[id as usize]);
            whole.inboxes.copy(&own.inboxes, id);
        }
    }
    Simulation { kernel, swarm: whole, reason: None }
}

impl<P: Observer> Shard<P> {
    /// Puts an event into the queue that names a list.
    pub(super) fn push_with_list(&mut self, mut event: Event<Action>, list: &[u32]) {
        self.swarm.note_latencies(event.payload.to, list);
        event.payload.b = self.swarm.keep_list(list);
        self.kernel.queue.push(event);
    }
}

impl<O: Observer> Swarm<O> {
    /// The swarm as one of its parts knows it that has no peers yet, and is watched by `observer`.
    fn mirror<P: Observer>(&self, part: Part, observer: P) -> Swarm<P> {
        let unknown = |node: &Presence| Presence {
            caused: 0,
            hungry: false,
            downloading: false,
            asking: false,
            unread: 0,
            ..*node
        };
        let mut mirror = Swarm {
            links: self.links.part(|node| part.of(node) == part.number),
            presence: self.presence.iter().map(unknown).collect(),
            peers: self.peers.iter().map(Peer::mirror).collect(),
            downloads: std::iter::repeat_with(Download::default).take(self.downloads.len()).collect(),
            inboxes: self.inboxes.clone(),
            chunks: self.chunks.clone(),
            rounds: self.rounds.of_part(),
            plan: self.plan.clone(),
            config: self.config.clone(),
            latency: self.latency.clone(),
            tracker: Tracker::new(0, self.config.tracker.entry_ttl, false),
            faults: Faults::new(&self.config),
            scratch: Scratch::new(self.chunks.chunks()),
            effects: Effects::default(),
            global_copies: Vec::new(),
            lists: Vec::new(),
            free_lists: Vec::new(),
            present: 0,
            incomplete: 0,
            to_come: 0,
            streams: self.streams,
            now: self.now,
            cause: self.cause,
            arrived: self.arrived,
            outcome: self.outcome,
            has_jitter: self.has_jitter,
            is_lopsided: self.is_lopsided,
            any_departed: self.any_departed,
            looks_ahead: self.looks_ahead,
            part: Some(Box::new(part)),
            observer,
        };
        // Each part is to know everybody's log by the same number.
        for peer in self.arrived + 1..=self.plan.len() as u32 {
            let log = mirror.chunks.create(peer);
            mirror.node_mut(peer).chunks = Some(log);
        }
        mirror
    }

    /// The same swarm, whole, watched by another observer; and the one that has watched it.
    fn watched_by<P>(self, observer: P) -> (Swarm<P>, O) {
        let swarm = Swarm {
            observer,
            part: None,
            config: self.config,
            streams: self.streams,
            latency: self.latency,
            links: self.links,
            now: self.now,
            cause: self.cause,
            presence: self.presence,
            plan: self.plan,
            arrived: self.arrived,
            tracker: self.tracker,
            peers: self.peers,
            downloads: self.downloads,
            inboxes: self.inboxes,
            chunks: self.chunks,
            global_copies: self.global_copies,
            lists: self.lists,
            free_lists: self.free_lists,
            present: self.present,
            incomplete: self.incomplete,
            to_come: self.to_come,
            outcome: self.outcome,
            rounds: self.rounds,
            effects: self.effects,
            scratch: self.scratch,
            has_jitter: self.has_jitter,
            is_lopsided: self.is_lopsided,
            faults: self.faults,
            any_departed: self.any_departed,
            looks_ahead: self.looks_ahead,
        };
        (swarm, self.observer)
    }

    /// Puts a list down that is on its way; its number.
    fn keep_list(&mut self, list: &[u32]) -> u32 {
        if let Some(place) = self.free_lists.pop() {
            list.clone_into(&mut self.lists[place as usize]);
            return place;
        }
        self.lists.push(list.to_vec());
        self.lists.len() as u32 - 1
    }
}
