//! Messages are sent: by whom, when, and in answer to what.

use super::checker::Checker;
use super::faults::Link;
use super::invariants::Rule;
use super::line::{Body, Kind, Sending};
use super::scene::TRACKER;
use super::state::{Broken, Follow, Message, Task, Transfer};
use crate::net::Sharing;
use crate::sim::Time;

impl Checker<'_> {
    pub(super) fn on_send(&mut self, sending: &Sending) {
        let Sending { kind, from, .. } = *sending;
        self.figures.sent(kind, &sending.body);
        if from != TRACKER {
            let there = self.is_present(from);
            self.test(Rule::SilentDeparture, there, || format!("peer {from} sends a {kind}, and is not there"));
        }
        let message = if kind.is_answer() { self.answer(sending) } else { self.request(sending) };
        if kind != Kind::FetchChunkResponse {
            self.plan(message.arrival().most, Task::Arrives(sending.msg));
        }
        self.messages.insert(sending.msg, message);
    }

    fn message(&self, sending: &Sending) -> Message {
        let &Sending { kind, from, to, .. } = sending;
        let sessions = |node| self.peer(node).map_or(0, |peer| peer.sessions);
        Message {
            kind,
            from,
            to,
            sent: self.now,
            latency: self.latency(from, to),
            session: sessions(from),
            departures: self.peer(to).map_or(0, |peer| peer.departures),
            re: 0,
            request_sent: 0,
            chunk: 0,
            log: 0,
            count: 0,
            knew: None,
            peers: Vec::new(),
            transfer: None,
        }
    }

    fn request(&mut self, sending: &Sending) -> Message {
        let &Sending { msg, kind, from, .. } = sending;
        let mut message = self.message(sending);
        if self.peer(from).is_none() {
            return message;
        }
        if kind != Kind::JoinRequest {
            let member = self.peers[from as usize].member;
            self.test(Rule::MembersOnly, member, || format!("peer {from} sends a {kind}, and is no member yet"));
        }
        let again = self.follow.pop_front();
        if matches!(kind, Kind::PeerListRequest | Kind::ChunksQueryRequest | Kind::FetchChunkRequest) && again.is_none()
        {
            let complete = self.peers[from as usize].complete;
            self.test(Rule::CompleteAsksNothing, !complete, || format!("peer {from} is complete and sends a {kind}"));
        }
        match kind {
            Kind::JoinRequest => {
                self.test(Rule::JoinOnArrival, again.is_some(), || {
                    format!("peer {from} sends a Join, and has neither just arrived nor given one up")
                });
                self.await_answer(from, 0, msg);
            }
            Kind::PeerListRequest => {
                if again.is_none() {
                    self.list_request_is_due(from);
                }
                self.await_answer(from, 1, msg);
            }
            Kind::ActiveProofRequest => self.proof_is_due(from),
            Kind::ChunksQueryRequest => {
                self.query_is_due(from, sending.to);
                let asker = &self.peers[from as usize];
                let known = asker.known.get(&sending.to).map_or(0, |known| known.1);
                // A query has no room for more.
                let tells = known < 0xffff && !asker.resting.contains(&sending.to);
                message.knew = tells.then_some(known);
            }
            _ => {
                if let Body::Asks(chunk) = sending.body {
                    message.chunk = chunk;
                    self.asks_for(msg, from, sending.to, chunk);
                }
            }
        }
        message
    }

    /// A peer waits for the tracker's answer to a Join (0) or a Peer List request (1).
    fn await_answer(&mut self, peer: u32, which: usize, msg: u64) {
        let timeout = self.scene.config.protocol.request_timeout.as_nanos();
        let now = self.now;
        if let Some((_, sent)) = self.peers[peer as usize].awaited[which].replace((msg, now)) {
            self.done(sent.saturating_add(timeout), Task::Timeout(peer, which as u8));
        }
        self.plan(now.saturating_add(timeout), Task::Timeout(peer, which as u8));
    }

    fn proof_is_due(&mut self, peer: u32) {
        let now = self.now;
        let due = self.peers[peer as usize].proof_due;
        self.test(Rule::ProofPeriod, due == Some(now), || told_due(peer, "an Active Proof", due));
        if due == Some(now) {
            let interval = self.scene.config.protocol.active_proof_interval.as_nanos();
            self.done(now, Task::Proof(peer));
            self.set_proof_due(peer, now.saturating_add(interval));
        }
    }

    fn list_request_is_due(&mut self, peer: u32) {
        let now = self.now;
        let due = self.peers[peer as usize].list_due;
        self.test(Rule::ListPeriod, due == Some(now), || told_due(peer, "a Peer List request", due));
        if due == Some(now) {
            let interval = self.scene.config.protocol.peer_list_interval.as_nanos();
            self.done(now, Task::List(peer));
            self.set_list_due(peer, now.saturating_add(interval));
        }
    }

    fn query_is_due(&mut self, peer: u32, neighbor: u32) {
        let now = self.now;
        let due = self.peers[peer as usize].round_due;
        let right = due == Some(now) && self.round.as_ref().is_some_and(|round| round.peer == peer);
        self.test(Rule::QueryPeriod, right, || told_due(peer, "a Chunks Query", due));
        if let Some(round) = self.round.as_mut().filter(|_| right) {
            round.asked.push(neighbor);
        }
    }

    pub(super) fn set_proof_due(&mut self, peer: u32, at: u64) {
        self.plan(at, Task::Proof(peer));
        if let Some(peer) = self.peer_mut(peer) {
            peer.proof_due = Some(at);
        }
    }

    pub(super) fn set_list_due(&mut self, peer: u32, at: u64) {
        self.plan(at, Task::List(peer));
        if let Some(peer) = self.peer_mut(peer) {
            peer.list_due = Some(at);
        }
    }

    fn answer(&mut self, sending: &Sending) -> Message {
        let &Sending { kind, from, to, re, .. } = sending;
        let mut message = self.message(sending);
        message.re = re.unwrap_or(0);
        let asked = self.follow.pop_front();
        let Some(Follow::Answer { kind: right, from: by, to: asker, session, sent, chunk, knew, .. }) = asked else {
            let re = message.re;
            self.test(Rule::AnswerNamesRequest, false, || {
                format!("a {kind} answers message {re}, which is no request that has arrived just now")
            });
            message.session = self.peer(to).map_or(0, |peer| peer.sessions);
            if kind == Kind::FetchChunkResponse {
                self.begin_transfer(sending, &mut message, None);
            }
            return message;
        };
        self.test(Rule::AnswerNamesRequest, (kind, from, to) == (right, by, asker), || {
            format!(
                "a {kind} from {from} to {to} answers message {}; right is a {right} from {by} to {asker}",
                re.unwrap_or(0)
            )
        });
        (message.session, message.request_sent, message.knew) = (session, sent, knew);
        match &sending.body {
            Body::Peers(peers) => {
                self.check_names(to, peers);
                message.peers.clone_from(peers);
            }
            &Body::Count(count) => {
                let (held, logs) = self.peer(from).map_or((0, 0), |peer| (peer.held(), peer.logs.len()));
                self.test(Rule::CountTrue, count == held, || {
                    format!("peer {from} tells that it holds {count} chunks; it holds {held}")
                });
                (message.count, message.log) = (count, logs.saturating_sub(1) as u32);
            }
            Body::Chunk(..) => self.begin_transfer(sending, &mut message, Some(chunk)),
            Body::Empty | Body::Asks(_) => {}
        }
        message
    }

    /// A chunk begins its way, or waits for it.
    fn begin_transfer(&mut self, sending: &Sending, message: &mut Message, asked: Option<u32>) {
        let &Sending { msg, from, to, body: Body::Chunk(chunk, bytes), .. } = sending else { return };
        let has = self.peer(from).is_some_and(|peer| peer.has(chunk));
        let held = self.peer(from).map_or(0, |peer| peer.held());
        self.test(Rule::HeldBeforeUpload, has, || {
            format!("peer {from} sends chunk {chunk}, which it does not hold; it holds {held} others")
        });
        let right = (asked.unwrap_or(chunk), self.scene.bytes_of(chunk));
        self.test(Rule::ChunkAskedFor, (chunk, bytes) == right, || {
            format!("chunk {chunk} is sent with {bytes} bytes; right is chunk {} with {} bytes", right.0, right.1)
        });
        message.chunk = chunk;
        let bytes = right.1;
        let root = self.peer(from).and_then(|peer| peer.log()?.root(chunk));
        let receiver_left = (!self.is_there(to, message.session)).then_some(0);
        message.transfer = Some(Transfer { bytes, upload: None, broken: Broken::No, receiver_left, root, row: 0 });
        if let Some(fetch) =
            self.peer_mut(to).and_then(|peer| peer.fetches.iter_mut().find(|one| one.request == message.re))
        {
            fetch.response = Some(msg);
        }
        if self.scene.are_parted(from, to, self.now) {
            return;
        }
        let Some(up) = self.peer_mut(from) else { return };
        up.uploads.push_back(msg);
        self.occupy(msg, message, bytes);
    }

    /// A transfer's links are in use from now on.
    fn occupy(&mut self, msg: u64, message: &Message, bytes: u64) {
        let (now, from, to) = (self.now, message.from, message.to);
        for (side, node) in [(0, from), (1, to)] {
            let busy = self.busy[side].entry(node).or_default();
            if busy.transfers == 0 {
                (busy.since, busy.bytes) = (now, 0);
            }
            busy.transfers += 1;
        }
        self.occupy_backbones(from, to);
        let (up, down) = (self.capacity(from, Link::Up), self.capacity(to, Link::Down));
        if self.scene.config.network.sharing.is_fluid() {
            let limit = self.scene.transfer_limit(from, to);
            let over = self.scene.backbones(from, to);
            self.flows.begin(now, msg, (from, up), (to, down), (limit, over), bytes);
        } else if self.scene.is(Sharing::None) {
            let ends = now.saturating_add(super::scene::time_for(bytes, up.min(down)));
            self.plan(ends, Task::UploadEnds(msg));
        }
    }
}

fn told_due(peer: u32, what: &str, due: Option<u64>) -> String {
    match due {
        Some(at) => format!("peer {peer} sends {what}; the next is due at {} s", Time::from_nanos(at)),
        None => format!("peer {peer} sends {what}; none is due"),
    }
}
