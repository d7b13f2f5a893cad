//! Fetch Chunk: what to fetch next, from whom, and the chunk's way from uplink to downlink.

use super::action::{Action, What, node_of, origin_of};
use super::config::Source;
use super::cutting::Gone;
use super::knowledge::{Counting, Room};
use super::messages::Outgoing;
use super::peer::{Download, Fetch, Transfer};
use super::query::{LONG, packed};
use super::{Body, LossReason, Message, MessageId, MessageKind, Observer, Queue, Record, Swarm, Waste};
use crate::chunks::{ChunkSet, SetId};
use crate::net::{Job, JobId, Wake};
use crate::sim::{Draws, Key, NANOS_PER_SECOND, Purpose, Span};
use crate::strategy::View;

/// Room to work in, so that a pick does not allocate.
#[derive(Debug)]
pub(super) struct Scratch {
    candidates: ChunkSet,
    holders: Vec<u32>,
    /// Those who become neighbors.
    pub new: Vec<u32>,
    pub room: Room,
    pub counting: Counting,
}

impl Scratch {
    pub(super) fn new(chunks: u32) -> Scratch {
        let (room, counting) = (Room::new(chunks), Counting::new(chunks));
        Scratch { candidates: ChunkSet::empty(chunks), holders: Vec::new(), new: Vec::new(), room, counting }
    }
}

impl<O: Observer> Swarm<O> {
    /// Keeps as many fetches under way as the peer may have: the strategy picks the chunk, the source rule the neighbor.
    pub(super) fn fetch_more(&mut self, queue: &mut Queue, peer: u32) {
        if !self.node(peer).downloading {
            return;
        }
        self.read_answers(peer);
        let most = self.config.protocol.max_parallel_fetches as usize;
        while self.peers[peer as usize].fetches.len() < most {
            let Some((chunk, place)) = self.choose(peer) else { break };
            self.fetch(queue, peer, chunk, place);
        }
        // With nothing left to ask for, no answer matters until a fetch fails.
        let asker = &self.peers[peer as usize];
        let hungry = asker.fetches.len() < most
            && (!self.downloads[peer as usize].wanted.is_empty() || self.config.groups[asker.group as usize].endgame);
        self.node_mut(peer).hungry = hungry;
        if hungry {
            self.end_round(queue, peer);
        }
    }

    /// The next chunk to fetch and the place of the neighbor to ask, if there is one.
    fn choose(&mut self, peer: u32) -> Option<(u32, u32)> {
        let mut candidates = std::mem::take(&mut self.scratch.candidates);
        self.find_candidates(peer, &mut candidates);
        let choice = if candidates.is_empty() { None } else { self.pick(peer, &mut candidates) };
        self.scratch.candidates = candidates;
        choice
    }

    /// The chunks that a peer may ask for now: those that it wants and some neighbor can give; or those of them that its strategy chooses
    /// from. In the endgame, when every missing
    /// chunk is under way, also those, from further neighbors.
    fn find_candidates(&mut self, peer: u32, candidates: &mut ChunkSet) {
        let Swarm { peers, presence, downloads, chunks, scratch, config, .. } = self;
        let (asker, Download { neighbors, wanted, .. }) = (&peers[peer as usize], &downloads[peer as usize]);
        candidates.copy_from(wanted.bits());
        let group = &config.groups[asker.group as usize];
        if !candidates.is_empty() {
            let rarest = group.strategy.picks_among_rarest();
            return neighbors.keep_available(candidates, rarest, chunks, &mut scratch.room);
        }
        if !group.endgame {
            return;
        }
        // Of those that others were asked for before, some have come by now.
        let set = presence[origin_of(peer).0 as usize].chunks.expect("who is there has a log");
        for fetch in asker.fetches.iter().filter(|fetch| !chunks.contains(set, fetch.chunk)) {
            neighbors.holders(fetch.chunk, chunks, &mut scratch.holders);
            if scratch.holders.iter().any(|&place| !asker.has_asked(fetch.chunk, neighbors.address(place as usize).0)) {
                candidates.insert(fetch.chunk);
            }
        }
    }

    /// Lets the strategy pick one of the candidates, and the source rule a neighbor that can give it.
    fn pick(&mut self, peer: u32, candidates: &mut ChunkSet) -> Option<(u32, u32)> {
        let Swarm { peers, presence, downloads, chunks, scratch, config, streams, global_copies, .. } = self;
        let (asker, Download { neighbors, wanted, .. }) = (&mut peers[peer as usize], &downloads[peer as usize]);
        let set = presence[origin_of(peer).0 as usize].chunks.expect("who is there has a log");
        let view = View {
            chunks: chunks.chunks(),
            held: chunks.bits(set),
            held_count: chunks.len(set),
            copies: &neighbors.copies,
            global_copies,
        };
        let mut draws = streams.at(asker.owner, Purpose::Pick, u64::from(asker.picks));
        asker.picks += 1;
        let chunk = config.groups[asker.group as usize].strategy.pick(&view, candidates, &mut draws)?;
        assert!(!chunks.contains(set, chunk), "the strategy picked chunk {chunk}, which the peer has");
        let source = config.protocol.source;
        let is_wanted = wanted.contains(chunk);
        let may_try = source == Source::Random && is_wanted;
        if let Some(place) = may_try.then(|| neighbors.try_holder(chunk, chunks, &mut draws)).flatten() {
            return Some((chunk, place));
        }
        neighbors.holders(chunk, chunks, &mut scratch.holders);
        // Of a chunk that is wanted, no fetch is under way.
        if !is_wanted {
            scratch.holders.retain(|&place| !asker.has_asked(chunk, neighbors.address(place as usize).0));
        }
        assert!(!scratch.holders.is_empty(), "the strategy picked chunk {chunk}, which was no candidate");
        Some((
            chunk,
            choose_source(source, &scratch.holders, &mut draws, |place| neighbors.load_and_rate(place as usize)),
        ))
    }

    fn fetch(&mut self, queue: &mut Queue, peer: u32, chunk: u32, place: u32) {
        let now = self.now;
        let session = self.node(peer).session;
        let download = &mut self.downloads[peer as usize];
        download.wanted.remove(chunk);
        download.neighbors.update(place as usize, |neighbor| neighbor.busy += 1);
        let (from, latency) = download.neighbors.address(place as usize);
        // Where nobody has ever departed, there is no need to look.
        let tag = if self.any_departed { self.node(from).departures } else { 0 };
        let action = Action { tag, session, a: chunk, b: latency, ..Action::new(What::Fetch, from) };
        let latency = self.unpacked(latency, peer, from);
        let body = Body::Chunk { chunk, bytes: 0 };
        let kind = MessageKind::FetchChunkRequest;
        let (id, arrival) = self.send(queue, Outgoing { kind, from: peer, to: from, re: None, body, latency, action });
        self.peers[peer as usize].fetches.push(Fetch { from, place, chunk, request: id.count, asked_at: now });
        if arrival.is_none() {
            self.fetch_lost(queue, peer, from, id.count, now + latency);
        }
    }

    /// A request for a chunk. Who is there and has it never refuses; who left since it was sent is not there, even if it has
    /// come back, and who came back without the chunk is another than the one that was asked.
    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_fetch(&mut self, queue: &mut Queue, cause: Key, action: Action) {
        let Action { to: from, a: chunk, session, .. } = action;
        let asker = node_of(cause.origin);
        let message = Self::message(cause, MessageKind::FetchChunkRequest, from);
        let latency = self.unpacked(action.b, asker, from);
        if self.any_departed && !self.still_has(from, action.tag, chunk) {
            self.lose(message, LossReason::Departed);
            let at = self.now + self.detection(self.way_back(latency, from, asker));
            let notice = Action { session, a: cause.count, b: from, ..Action::new(What::NobodyThere, asker) };
            self.schedule(queue, origin_of(from), at, notice);
            return;
        }
        debug_assert!(self.node(from).chunks.is_some_and(|set| self.chunks.contains(set, chunk)), "it was told so");
        self.deliver(message);
        let bytes = self.config.file.bytes_of(chunk);
        let count = self.next_count(origin_of(from));
        let id = MessageId { origin: origin_of(from), count };
        let response = Message { id, kind: MessageKind::FetchChunkResponse, from, to: asker };
        self.record(Record::Send { message: response, re: Some(message.id), body: Body::Chunk { chunk, bytes } });
        if self.are_parted(from, asker) {
            self.lose(response, LossReason::Partition);
            if self.is_there(asker, session) {
                self.fetch_lost(queue, asker, from, cause.count, self.now);
            }
            return;
        }
        let latency = packed(self.way_back(latency, from, asker) + self.jitter(from, count));
        let transfer = Transfer { session, abandoned: false, chunk, message: count, request: cause.count, latency };
        self.links.submit(self.now, (from, asker), bytes, transfer, &mut self.effects);
        self.apply(queue);
    }

    /// Whether `holder` is there, has left no more often than `departures`, and has `chunk`. (Where nobody has ever left, that is so for whom
    /// a request reaches, and not worth looking for in memory that is not in the cache.)
    fn still_has(&self, holder: u32, departures: u8, chunk: u32) -> bool {
        let node = self.node(holder);
        node.present && node.departures == departures && node.chunks.is_some_and(|set| self.chunks.contains(set, chunk))
    }

    /// Does what the links ask for.
    pub(super) fn apply(&mut self, queue: &mut Queue) {
        for i in 0..self.effects.wakes.len() {
            let Wake { at, node, subject, version } = self.effects.wakes[i];
            let action = Action { a: subject, b: version, ..Action::new(What::LinkWake, node) };
            self.schedule(queue, origin_of(node), at, action);
        }
        if self.any_departed {
            for i in 0..self.effects.started.len() {
                let job = self.effects.started[i];
                let &Job { from, to, cargo: Transfer { session, .. }, .. } = self.links.job(job);
                if !self.is_there(to, session) {
                    self.uploading_to_nobody(queue, job, from);
                }
            }
        }
        self.effects.wakes.clear();
        self.effects.started.clear();
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_link_wake(&mut self, queue: &mut Queue, action: Action) {
        let ended = self.links.wake(self.now, action.a, action.b, &mut self.effects);
        if let Some(job) = ended {
            let transfer = self.links.job(job);
            let &Job { from, to, bytes, cargo: Transfer { session, request, .. }, .. } = transfer;
            let latency = self.latency_of(job);
            let start = transfer.started().expect("it has ended");
            self.record(Record::Upload { message: self.chunk_message(job), start, end: self.now, bytes });
            let arrival = Action { session, a: job.0, b: request, ..Action::new(What::ChunkArrives, to) };
            self.schedule(queue, origin_of(from), self.now + latency, arrival);
        }
        self.apply(queue);
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_chunk_arrives(&mut self, queue: &mut Queue, action: Action) {
        let (peer, job) = (action.to, JobId(action.a));
        if !self.is_there(peer, action.session) {
            return self.lose_chunk(job);
        }
        let latency = self.latency_of(job);
        let passed = self.links.receive(self.now, job, latency);
        if passed > self.now {
            let action = Action { what: What::ChunkPassed, ..action };
            self.schedule(queue, origin_of(peer), passed, action);
        } else {
            self.take_chunk(queue, job);
        }
    }

    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_chunk_passed(&mut self, queue: &mut Queue, action: Action) {
        if self.is_there(action.to, action.session) {
            self.take_chunk(queue, JobId(action.a));
        } else {
            self.lose_chunk(JobId(action.a));
        }
    }

    /// A chunk arrives where nobody is.
    pub(super) fn lose_chunk(&mut self, job: JobId) {
        let Job { from, bytes, .. } = *self.links.job(job);
        self.lose(self.chunk_message(job), LossReason::Departed);
        self.record(Record::Wasted { from, bytes, why: Waste::Lost });
        self.links.free(job);
    }

    /// The whole chunk is there.
    fn take_chunk(&mut self, queue: &mut Queue, job: JobId) {
        let Job { from, to: peer, bytes, cargo: Transfer { chunk, request, .. }, .. } = *self.links.job(job);
        self.deliver(self.chunk_message(job));
        self.links.free(job);
        self.end_fetch(peer, request, Gone::No);
        let set = self.node(peer).chunks.expect("who is there has a log");
        if self.chunks.contains(set, chunk) {
            self.record(Record::Wasted { from, bytes, why: Waste::Duplicate });
        } else {
            self.acquire(peer, set, chunk, self.cause);
            if let Some(part) = &mut self.part {
                part.tell(self.cause, peer, chunk);
            }
            if let Some(copies) = self.global_copies.get_mut(chunk as usize) {
                *copies += 1;
            }
            self.record(Record::Acquire { peer, chunk, from, bytes });
            if self.chunks.is_full(set) {
                return self.complete(queue, peer);
            }
        }
        self.fetch_more(queue, peer);
    }

    /// Puts a chunk down as the peer's, with the event `cause`.
    #[inline]
    pub(super) fn acquire(&mut self, peer: u32, set: SetId, chunk: u32, cause: Key) {
        self.chunks.append(set, chunk);
        let node = self.node_mut(peer);
        node.latest.note(node.held, chunk);
        node.held += 1;
        debug_assert_eq!(self.node(peer).held, self.chunks.len(set), "a node holds what its log has");
        self.note_acquired(peer, cause);
    }

    /// Takes a fetch off the list of those under way. The chunk is wanted again if it has not come and nobody else is asked.
    pub(super) fn end_fetch(&mut self, peer: u32, request: u32, gone: Gone) {
        self.read_answers(peer);
        let Swarm { peers, presence, downloads, chunks, config, now, .. } = self;
        let asker = &mut peers[peer as usize];
        let Some(place) = asker.fetches.iter().position(|fetch| fetch.request == request) else { return };
        let fetch = asker.fetches.remove(place);
        let download = &mut downloads[peer as usize];
        let node = presence[origin_of(peer).0 as usize];
        if !node.downloading {
            return;
        }
        if let Some(place) = download.neighbors.place(fetch.from, fetch.place) {
            download.neighbors.update(place, |neighbor| {
                neighbor.busy -= 1;
                neighbor.suspended |= gone == Gone::Yes;
            });
            if gone == Gone::Yes && config.tracker.max_peers_returned.is_some() {
                download.neighbors.remove(place, chunks);
            } else if gone == Gone::No && config.protocol.source == Source::Fastest {
                let rate = bytes_per_s(config.file.bytes_of(fetch.chunk), *now - fetch.asked_at);
                download.neighbors.observe_rate(place, rate);
            }
        }
        let set = node.chunks.expect("who is there has a log");
        let asked_elsewhere = asker.fetches.iter().any(|other| other.chunk == fetch.chunk);
        if gone == Gone::Yes && !asked_elsewhere && !chunks.contains(set, fetch.chunk) {
            download.wanted.insert(fetch.chunk);
        }
    }

    /// The latency of the message that carries the chunk of a transfer, jitter included.
    #[inline]
    pub(super) fn latency_of(&self, job: JobId) -> Span {
        let &Job { from, to, cargo: Transfer { latency, message, .. }, .. } = self.links.job(job);
        if latency != LONG {
            return Span::from_nanos(u64::from(latency));
        }
        self.latency_between(from, to) + self.jitter(from, message)
    }

    /// The message that carries the chunk of a transfer.
    pub(super) fn chunk_message(&self, job: JobId) -> Message {
        let Job { from, to, cargo: Transfer { message, .. }, .. } = *self.links.job(job);
        let id = MessageId { origin: origin_of(from), count: message };
        Message { id, kind: MessageKind::FetchChunkResponse, from, to }
    }
}

/// The rate at which so many bytes came, in whole bytes per second.
fn bytes_per_s(bytes: u64, took: Span) -> u64 {
    let nanos = u128::from(took.as_nanos().max(1));
    u64::try_from(u128::from(bytes) * u128::from(NANOS_PER_SECOND) / nanos).unwrap_or(u64::MAX)
}

/// Which of the `places` is asked; `known` tells the fetches under way with one, and its best rate so far.
fn choose_source(rule: Source, places: &[u32], draws: &mut Draws, known: impl Fn(u32) -> (u16, u64)) -> u32 {
    let any_of = |places: &mut dyn Iterator<Item = u32>, draws: &mut Draws| {
        let places: Vec<u32> = places.collect();
        places[draws.below(places.len() as u64) as usize]
    };
    match rule {
        Source::Random => places[draws.below(places.len() as u64) as usize],
        Source::LeastLoaded => {
            let least = places.iter().map(|&place| known(place).0).min();
            any_of(&mut places.iter().copied().filter(|&place| Some(known(place).0) == least), draws)
        }
        Source::Fastest => {
            let best = places.iter().map(|&place| known(place).1).max();
            any_of(&mut places.iter().copied().filter(|&place| Some(known(place).1) == best), draws)
        }
    }
}
