//! A slow and obvious checker of the protocol: it reads the records of a run from the first to the last, keeps a state of its own,
//! and panics at the first record that breaks a rule. It knows the configuration, and nothing of the simulator's state.

use crate::common::tape::Carried;
use crate::common::{Outcome, Rec, Tape};
use MessageKind::*;
use std::collections::{BTreeMap, BTreeSet};
use swarmsim::metrics::RequestCount;
use swarmsim::net::Sharing;
use swarmsim::sim::Time;
use swarmsim::swarm::config::{Config, Fault, FaultEffect, Side, StopWhen};
use swarmsim::swarm::{LossReason, MessageId, MessageKind, StopReason, Waste};

#[derive(Default)]
struct Peer {
    present: bool,
    group: u16,
    up: u64,
    down: u64,
    held: BTreeSet<u32>,
    arrived_before: bool,
    joined: bool,
    /// Fetches under way: request, from whom, which chunk.
    fetches: Vec<(MessageId, u32, u32)>,
    /// What replies have told it in this session, by neighbor.
    known: BTreeMap<u32, BTreeSet<u32>>,
    last_upload_end: u64,
}

struct Sent {
    at: u64,
    kind: MessageKind,
    from: u32,
    to: u32,
    re: Option<MessageId>,
    body: Carried,
    /// What the sender held then.
    held: BTreeSet<u32>,
    ended: bool,
    delivered: bool,
    answered: bool,
    uploaded: Option<u64>,
    uploaded_at: u64,
    /// Its uploader left, or noticed that the receiver had.
    broken_off: bool,
}

pub struct Checker<'a> {
    config: &'a Config,
    chunks: u32,
    now: u64,
    peers: BTreeMap<u32, Peer>,
    messages: BTreeMap<MessageId, Sent>,
    listed: BTreeMap<u32, u64>,
    counts: BTreeMap<MessageKind, RequestCount>,
    uploaded: u64,
    acquired: u64,
    wasted: u64,
    unfinished: u64,
    transferred: u64,
    duplicates: u64,
    last_upload: Option<MessageId>,
    stop: Option<StopReason>,
}

/// Checks a whole run.
pub fn check(config: &Config, tape: &Tape, outcome: &Outcome) {
    let mut checker = Checker {
        config,
        chunks: tape.chunks,
        now: 0,
        peers: BTreeMap::new(),
        messages: BTreeMap::new(),
        listed: BTreeMap::new(),
        counts: BTreeMap::new(),
        uploaded: 0,
        acquired: 0,
        wasted: 0,
        unfinished: 0,
        transferred: 0,
        duplicates: 0,
        last_upload: None,
        stop: None,
    };
    for (at, rec) in &tape.records {
        assert!(*at >= checker.now, "time runs backwards at {rec:?}");
        assert_eq!(checker.stop, None, "a record after the stop: {rec:?}");
        checker.now = *at;
        checker.step(rec);
    }
    checker.end(outcome);
}

impl Checker<'_> {
    fn peer(&mut self, id: u32) -> &mut Peer {
        self.peers.get_mut(&id).unwrap_or_else(|| panic!("peer {id} has not arrived"))
    }

    fn is_present(&self, id: u32) -> bool {
        id == 0 || self.peers.get(&id).is_some_and(|peer| peer.present)
    }

    fn is_out(&self, at: u64) -> bool {
        self.config.tracker.outages.iter().any(|w| (w.from.as_nanos()..w.until.as_nanos()).contains(&at))
    }

    /// Whether two nodes are parted at some time.
    fn are_parted(&self, a: u32, b: u32, at: u64) -> bool {
        let is_on = |side: &Side, node: u32| match node {
            0 => side.tracker,
            peer => side.groups.contains(&self.peers[&peer].group),
        };
        self.config.network.faults.iter().any(|fault| match &fault.effect {
            FaultEffect::Partition { between: [left, right] } => {
                (fault.window.from.as_nanos()..fault.window.until.as_nanos()).contains(&at)
                    && (is_on(left, a) && is_on(right, b) || is_on(left, b) && is_on(right, a))
            }
            _ => false,
        })
    }

    /// Whether chance may strike at some time.
    fn may_be_lost(&self, at: u64) -> bool {
        let spell = |fault: &Fault| {
            let holds = (fault.window.from.as_nanos()..fault.window.until.as_nanos()).contains(&at);
            holds && matches!(fault.effect, FaultEffect::Loss { probability, .. } if probability > 0.0)
        };
        self.config.network.loss > 0.0 || self.config.network.faults.iter().any(spell)
    }

    /// The first sweep that finds an expiry strictly before it.
    fn sweep_after(&self, expires: u64) -> u64 {
        let interval = self.config.tracker.sweep_interval.as_nanos();
        (expires / interval + 1..).map(|k| k * interval).find(|&at| !self.is_out(at)).expect("outages end")
    }

    fn step(&mut self, rec: &Rec) {
        let now = self.now;
        match *rec {
            Rec::Arrive { peer, group, session, up, down, ref chunks } => {
                let newcomer = self.peers.len() as u32 + 1;
                let known = self.peers.entry(peer).or_default();
                assert!(!known.present, "peer {peer} arrives twice");
                if known.arrived_before {
                    assert!(session > 0);
                    assert_eq!((group, up, down), (known.group, known.up, known.down), "a peer comes back as itself");
                    let rejoin = self.config.groups[group as usize].rejoin.as_ref().expect("it may come back");
                    let kept: BTreeSet<u32> = if rejoin.keep_chunks { known.held.clone() } else { BTreeSet::new() };
                    assert_eq!(kept, chunks.iter().copied().collect(), "chunks of {peer} after it came back");
                } else {
                    assert_eq!((peer, session), (newcomer, 0), "peers are numbered in order of arrival");
                }
                let held = chunks.iter().copied().collect();
                let last_upload_end = known.last_upload_end;
                *known = Peer {
                    present: true,
                    group,
                    up,
                    down,
                    held,
                    arrived_before: true,
                    last_upload_end,
                    ..Peer::default()
                };
            }
            Rec::Depart { peer, ref chunks, .. } => {
                let state = self.peer(peer);
                assert!(state.present, "peer {peer} leaves twice");
                assert_eq!(state.held, chunks.iter().copied().collect());
                state.present = false;
                state.fetches.clear();
            }
            Rec::Send { id, kind, from, to, re, ref body } => self.sent(id, kind, from, to, re, body),
            Rec::Deliver { id, .. } => self.delivered(id),
            Rec::Lose { id, kind, to, why, .. } => {
                self.count(kind).lost += 1;
                self.end_message(id);
                let is_fetch = matches!(kind, FetchChunkRequest | FetchChunkResponse);
                match why {
                    LossReason::Partition => {
                        let Sent { from, to, at, .. } = self.messages[&id];
                        assert!(self.are_parted(from, to, at), "{kind:?} lost in a partition that is none");
                        assert_eq!(at, now, "a partition swallows what is sent in it");
                    }
                    LossReason::Loss => {
                        assert!(self.may_be_lost(now) && !is_fetch, "{kind:?} lost by chance");
                        assert_eq!(self.messages[&id].at, now, "chance strikes when a message is sent");
                    }
                    LossReason::Outage => assert!(to == 0 && self.is_out(now), "lost in an outage that is none"),
                    LossReason::Departed => assert_ne!(to, 0, "the tracker never leaves"),
                }
            }
            Rec::Cut { id, to, .. } => {
                self.count(FetchChunkResponse).lost += 1;
                self.end_message(id);
                assert_eq!(self.messages[&id].kind, FetchChunkResponse, "only transfers are cut");
                assert!(!self.messages[&id].delivered);
                let request = self.messages[&id].re.expect("it answers a request");
                if self.is_present(to) {
                    self.peer(to).fetches.retain(|fetch| fetch.0 != request);
                }
            }
            Rec::Timeout { id, kind, from, .. } => {
                let sent = &self.messages[&id];
                assert_eq!((sent.kind, sent.from), (kind, from));
                assert!(self.is_present(from), "peer {from} gives up after it left");
                if kind == FetchChunkRequest {
                    self.peer(from).fetches.retain(|fetch| fetch.0 != id);
                }
            }
            Rec::List { peer, expires } => {
                assert!(!self.is_out(now));
                assert_eq!(expires, now + self.config.tracker.entry_ttl.as_nanos());
                self.listed.insert(peer, expires);
            }
            Rec::Expire { peer, expires, alive } => {
                assert_eq!(self.listed.remove(&peer), Some(expires), "an entry that is not listed expires");
                assert_eq!(now, self.sweep_after(expires), "the first sweep strictly after {expires}");
                assert_eq!(alive, self.is_present(peer));
            }
            Rec::Upload { id, from, start, end, bytes, .. } => self.uploaded(id, from, start, end, bytes),
            Rec::Wasted { bytes, why, .. } => {
                self.wasted += bytes;
                self.duplicates += u64::from(why == Waste::Duplicate);
                if why == Waste::Cut {
                    let last = self.last_upload.take().expect("what breaks off was an upload");
                    let sent = self.messages.get_mut(&last).expect("sent");
                    sent.broken_off = true;
                    assert_eq!(sent.uploaded, Some(bytes));
                }
            }
            Rec::Acquire { peer, chunk, from, bytes } => {
                assert_eq!(bytes, self.config.file.bytes_of(chunk));
                assert_ne!(peer, from);
                let state = self.peer(peer);
                assert!(state.present && state.held.insert(chunk), "peer {peer} acquires chunk {chunk} again");
                self.acquired += bytes;
                self.transferred += 1;
            }
            Rec::Complete { peer } => {
                let chunks = self.chunks as usize;
                assert_eq!(self.peer(peer).held.len(), chunks, "complete with holes");
            }
            Rec::Unfinished { from, bytes, .. } => {
                assert!(self.is_present(from));
                self.unfinished += bytes;
            }
            Rec::Stop { why } => self.stop = Some(why),
        }
    }

    fn count(&mut self, kind: MessageKind) -> &mut RequestCount {
        let request = match kind {
            JoinResponse => JoinRequest,
            PeerListResponse => PeerListRequest,
            ChunksQueryResponse => ChunksQueryRequest,
            FetchChunkResponse => FetchChunkRequest,
            request => request,
        };
        self.counts.entry(request).or_default()
    }

    fn sent(&mut self, id: MessageId, kind: MessageKind, from: u32, to: u32, re: Option<MessageId>, body: &Carried) {
        assert!(self.is_present(from), "{kind:?} from peer {from}, which is not there");
        assert!(!self.messages.contains_key(&id), "a message's name twice");
        assert_ne!(from, to);
        let is_answer = matches!(kind, JoinResponse | PeerListResponse | ChunksQueryResponse | FetchChunkResponse);
        assert_eq!(is_answer, re.is_some());
        if let Some(request) = re {
            let request = self.messages.get_mut(&request).expect("an answer to something");
            let expected = match request.kind {
                JoinRequest => JoinResponse,
                PeerListRequest => PeerListResponse,
                ChunksQueryRequest => ChunksQueryResponse,
                FetchChunkRequest => FetchChunkResponse,
                other => panic!("{other:?} is never answered"),
            };
            assert_eq!((kind, from, to), (expected, request.to, request.from));
            assert!(request.delivered && !request.answered, "each request is answered once, when it is there");
            request.answered = true;
        } else {
            self.count(kind).sent += 1;
        }
        if matches!(kind, ChunksQueryRequest | PeerListRequest | FetchChunkRequest) {
            let chunks = self.chunks as usize;
            assert!(self.peer(from).joined, "{kind:?} from peer {from}, no member");
            assert!(self.peer(from).held.len() < chunks, "{kind:?} from peer {from}, which has the file");
        }
        match (kind, body) {
            (ChunksQueryResponse, &Carried::Count(count)) => {
                assert_eq!(count as usize, self.peer(from).held.len(), "a reply tells what there is");
            }
            (FetchChunkRequest, &Carried::Chunk(chunk, 0)) => self.asks(id, from, to, chunk),
            (FetchChunkResponse, &Carried::Chunk(chunk, bytes)) => {
                assert_eq!(bytes, self.config.file.bytes_of(chunk));
                assert!(self.peer(from).held.contains(&chunk), "peer {from} sends what it lacks");
            }
            (JoinResponse | PeerListResponse, Carried::Peers(count, named)) => {
                let others = self.listed.keys().filter(|&&peer| peer != to).count() as u32;
                let most = self.config.tracker.max_peers_returned.unwrap_or(u32::MAX);
                assert_eq!(*count, others.min(most), "as many as there are, or may be");
                for peer in named.iter().flatten() {
                    assert!(self.listed.contains_key(peer) && *peer != to, "{peer} is named, but not listed");
                }
            }
            (ChunksQueryResponse | FetchChunkRequest | FetchChunkResponse | JoinResponse | PeerListResponse, other) => {
                panic!("{kind:?} carries {other:?}")
            }
            (_, body) => assert_eq!(body, &Carried::Nothing),
        }
        let held = if kind == ChunksQueryResponse { self.peer(from).held.clone() } else { BTreeSet::new() };
        let sent = Sent {
            at: self.now,
            kind,
            from,
            to,
            re,
            body: body.clone(),
            held,
            ended: false,
            delivered: false,
            answered: false,
            uploaded: None,
            uploaded_at: 0,
            broken_off: false,
        };
        self.messages.insert(id, sent);
    }

    /// A fetch request is sent.
    fn asks(&mut self, id: MessageId, by: u32, from: u32, chunk: u32) {
        let protocol = &self.config.protocol;
        let (parallel, per_neighbor) = (protocol.max_parallel_fetches, protocol.max_fetches_per_neighbor);
        let endgame = self.config.groups[self.peers[&by].group as usize].endgame;
        let asker = self.peer(by);
        assert!(!asker.held.contains(&chunk), "peer {by} asks for chunk {chunk}, which it has");
        assert!(
            asker.known.get(&from).is_some_and(|known| known.contains(&chunk)),
            "nobody said that {from} has {chunk}"
        );
        assert!(!asker.fetches.iter().any(|&(_, f, c)| (f, c) == (from, chunk)), "the same of the same twice");
        assert!(endgame || !asker.fetches.iter().any(|fetch| fetch.2 == chunk), "chunk {chunk} is under way already");
        asker.fetches.push((id, from, chunk));
        assert!(asker.fetches.len() <= parallel as usize, "more than {parallel} fetches of {by}");
        let with_it = asker.fetches.iter().filter(|fetch| fetch.1 == from).count();
        assert!(with_it <= per_neighbor as usize, "more than {per_neighbor} fetches with {from}");
    }

    fn end_message(&mut self, id: MessageId) {
        let sent = self.messages.get_mut(&id).expect("sent before it ends");
        assert!(!sent.ended, "{:?} ends twice", sent.kind);
        sent.ended = true;
    }

    fn delivered(&mut self, id: MessageId) {
        self.end_message(id);
        let sent = self.messages.get_mut(&id).expect("sent");
        sent.delivered = true;
        let (kind, from, to, re, at) = (sent.kind, sent.from, sent.to, sent.re, sent.at);
        let (held, uploaded, body) = (sent.held.clone(), sent.uploaded, sent.body.clone());
        assert!(self.is_present(to), "{kind:?} is delivered to {to}, which is not there");
        assert!(to != 0 || !self.is_out(self.now), "the tracker hears in an outage");
        assert!(kind == FetchChunkResponse || !self.are_parted(from, to, at), "{kind:?} crosses a partition");
        if kind == FetchChunkResponse {
            // The uplink's part was over before a partition began, or began after it had ended.
            let over = self.messages[&id].uploaded_at;
            let cuts = self.config.network.faults.iter().map(|fault| fault.window.from.as_nanos());
            for cut in cuts.filter(|&cut| (at..over).contains(&cut)) {
                assert!(!self.are_parted(from, to, cut), "a transfer outlasts a partition");
            }
        }
        if re.is_some() || kind == ActiveProofRequest {
            self.count(kind).answered += 1;
        }
        match kind {
            JoinResponse => self.peer(to).joined = true,
            ChunksQueryResponse => self.peer(to).known.entry(from).or_default().extend(held),
            FetchChunkResponse => {
                let Carried::Chunk(_, bytes) = body else { panic!("a chunk") };
                assert_eq!(uploaded, Some(bytes), "a chunk is there before it was sent");
                let request = re.expect("it answers");
                let fetches = &mut self.peer(to).fetches;
                let before = fetches.len();
                fetches.retain(|fetch| fetch.0 != request);
                assert_eq!(fetches.len() + 1, before, "a chunk for a request that was given up");
                let down = self.peers[&to].down;
                if down != u64::MAX {
                    // No downlink takes anything in faster than it can.
                    let least = u128::from(bytes) * 8_000_000_000 / u128::from(down);
                    assert!(u128::from(self.now - at) >= least, "{bytes} bytes in {} ns", self.now - at);
                }
            }
            _ => {}
        }
    }

    fn uploaded(&mut self, id: MessageId, from: u32, start: u64, end: u64, bytes: u64) {
        assert_eq!(end, self.now);
        self.uploaded += bytes;
        self.last_upload = Some(id);
        let sharing = self.config.network.sharing;
        let sent = self.messages.get_mut(&id).expect("sent");
        assert!(start >= sent.at && sent.uploaded.is_none());
        sent.uploaded = Some(bytes);
        sent.uploaded_at = self.now;
        let Carried::Chunk(_, whole) = sent.body else { panic!("a chunk") };
        assert!(bytes <= whole);
        let uploader = self.peer(from);
        if uploader.up != u64::MAX {
            let capacity = u128::from(end - start) * u128::from(uploader.up);
            assert!(u128::from(bytes) * 8_000_000_000 <= capacity, "{bytes} bytes in {} ns", end - start);
        }
        if sharing == Sharing::Fifo {
            assert!(start >= uploader.last_upload_end, "two uploads at once");
            uploader.last_upload_end = end;
        }
    }

    fn end(&mut self, outcome: &Outcome) {
        let stop = self.stop.expect("it stopped");
        assert_eq!(stop, outcome.reason);
        let gone = self.peers.values().filter(|peer| peer.present).count() == 0;
        let chunks = self.chunks as usize;
        let complete = self.peers.values().filter(|peer| peer.present).all(|peer| peer.held.len() == chunks);
        match stop {
            StopReason::AllComplete => assert!(complete && self.config.stop.when == StopWhen::AllComplete),
            StopReason::Empty => assert!(gone && self.config.stop.when == StopWhen::Empty),
            StopReason::Time => assert_eq!(Time::from_nanos(self.now), self.config.stop.at),
        }
        for (peer, expires) in &self.listed {
            assert!(self.sweep_after(*expires) > self.now, "the entry of {peer} outlived a sweep");
        }
        // Bytes that left an uplink whole and are neither there nor lost.
        let on_the_way: u64 = self
            .messages
            .values()
            .filter(|sent| sent.kind == FetchChunkResponse && !sent.ended && !sent.broken_off)
            .filter_map(|sent| sent.uploaded)
            .sum();
        let in_flight = on_the_way + self.unfinished;
        assert_eq!(self.uploaded + self.unfinished, self.acquired + self.wasted + in_flight, "bytes");
        let network = &outcome.summary.network;
        assert_eq!(network.chunk_bytes, self.acquired + self.wasted);
        assert_eq!((network.wasted_bytes, network.in_flight_bytes), (self.wasted, in_flight));
        if stop == StopReason::Empty {
            assert_eq!(in_flight, 0, "nobody is there to receive it");
        }
        let totals =
            |column: fn(&swarmsim::metrics::SessionRow) -> u64| outcome.tables.sessions.iter().map(column).sum::<u64>();
        assert_eq!(totals(|row| row.uploaded_bytes), self.uploaded);
        assert_eq!(totals(|row| row.downloaded_bytes), self.acquired);
        assert_eq!(totals(|row| row.wasted_bytes), self.wasted);
        assert_eq!(outcome.summary.chunks.transferred, self.transferred);
        assert_eq!(outcome.summary.chunks.duplicate, self.duplicates);
        let requests = &outcome.summary.requests;
        let told = [
            (JoinRequest, requests.join),
            (ActiveProofRequest, requests.active_proof),
            (PeerListRequest, requests.peer_list),
            (ChunksQueryRequest, requests.chunks_query),
            (FetchChunkRequest, requests.fetch_chunk),
        ];
        for (kind, told) in told {
            assert_eq!(self.counts.get(&kind).copied().unwrap_or_default(), told, "{kind:?}");
            assert!(told.answered + told.lost <= told.sent, "{kind:?}: {told:?}");
        }
    }
}
