//! What peers ask each other for, and when they give up.

use super::checker::Checker;
use super::invariants::Rule;
use super::line::Kind;
use super::state::{Failed, Fetch, Task};
use crate::sim::Time;

impl Checker<'_> {
    /// `by` asks `from` for a chunk.
    pub(super) fn asks_for(&mut self, request: u64, by: u32, from: u32, chunk: u32) {
        let place = self.place();
        let neighbor = self.is_neighbor(by, from);
        let known = self.knows_of(by, from, chunk);
        let all_under_way = self.all_is_under_way(by);
        let endgame = self.scene.endgame(by);
        let chunks = self.scene.chunks;
        let protocol = &self.scene.config.protocol;
        let (parallel, per_neighbor) = (protocol.max_parallel_fetches, protocol.max_fetches_per_neighbor);
        let (peers, findings) = (&mut self.peers, &mut self.findings);
        let asker = &mut peers[by as usize];
        findings.test(Rule::AsksNeighbors, place, neighbor != Some(false), || {
            format!("peer {by} asks peer {from} for chunk {chunk}, which is no neighbor of it")
        });
        findings.test(Rule::AsksForLacking, place, chunk < chunks && !asker.has(chunk), || {
            format!("peer {by} asks for chunk {chunk} of {chunks}, which it has, or the file has not")
        });
        findings.test(Rule::AsksForKnown, place, known, || {
            format!("peer {by} asks peer {from} for chunk {chunk}, which no answer of that has told it of")
        });
        findings.test(Rule::FailedRests, place, !asker.resting.contains(&from), || {
            format!(
                "peer {by} asks peer {from} for chunk {chunk}; a request to that failed, and it has not answered since"
            )
        });
        let same = asker.fetches.iter().find(|fetch| fetch.chunk == chunk).copied();
        findings.test(Rule::NoDoubleFetch, place, same.is_none() || (endgame && all_under_way), || {
            let other = same.map_or(0, |fetch| fetch.from);
            format!("peer {by} asks for chunk {chunk}, which it is fetching from peer {other}")
        });
        let twice = asker.fetches.iter().any(|fetch| (fetch.chunk, fetch.from) == (chunk, from));
        findings.test(Rule::SameNeighborOnce, place, !twice, || {
            format!("peer {by} asks peer {from} for chunk {chunk} twice at a time")
        });
        asker.fetches.push(Fetch { request, response: None, from, chunk });
        let (all, with_it) = (asker.fetches.len(), asker.fetches.iter().filter(|fetch| fetch.from == from).count());
        findings.test(Rule::ParallelFetches, place, all <= parallel as usize, || {
            format!("peer {by} has {all} fetches under way; at most {parallel}")
        });
        findings.test(Rule::FetchesPerNeighbor, place, with_it <= per_neighbor as usize, || {
            format!("peer {by} has {with_it} fetches from peer {from} under way; at most {per_neighbor}")
        });
    }

    /// Whether the latest answer of `from` told `by` of a chunk.
    fn knows_of(&self, by: u32, from: u32, chunk: u32) -> bool {
        let known = self.peer(by).and_then(|peer| peer.known.get(&from).copied());
        let log = known.and_then(|known| self.peer(from)?.logs.get(known.0 as usize));
        log.zip(known).is_some_and(|(log, known)| log.has_among(chunk, known.1))
    }

    /// Whether every chunk that a peer lacks is being fetched.
    fn all_is_under_way(&self, by: u32) -> bool {
        let Some(peer) = self.peer(by) else { return false };
        let mut under_way: Vec<u32> = peer.fetches.iter().map(|fetch| fetch.chunk).collect();
        under_way.retain(|&chunk| !peer.has(chunk));
        under_way.sort_unstable();
        under_way.dedup();
        under_way.len() as u32 + peer.held() >= self.scene.chunks
    }

    /// The fetch of a peer that a request began is over.
    pub(super) fn end_fetch(&mut self, peer: u32, request: u64) {
        if let Some(peer) = self.peer_mut(peer) {
            peer.fetches.retain(|fetch| fetch.request != request);
        }
    }

    /// A query or a fetch request that failed is given up.
    pub(super) fn gives_up(&mut self, msg: u64, failed: Failed) {
        let now = self.now;
        let Failed { kind, asker, session, neighbor, due } = failed;
        self.done(due, Task::GivesUp(msg));
        let there = self.is_there(asker, session);
        self.test(Rule::SilentDeparture, there, || {
            format!("peer {asker} gives message {msg} up, and is not there any more")
        });
        let (rule, still) = match kind {
            Kind::FetchChunkRequest => (Rule::FetchGivesUp, true),
            _ => (Rule::QueryGivesUp, self.is_neighbor(asker, neighbor) == Some(true)),
        };
        self.test(rule, now == due && still, || {
            let right = Time::from_nanos(due);
            let more = if still { "" } else { ", were that still its neighbor" };
            format!("peer {asker} gives message {msg} to peer {neighbor} up; right is {right} s{more}")
        });
        if there {
            if kind == Kind::FetchChunkRequest {
                self.end_fetch(asker, msg);
            }
            self.neighbor_failed(asker, neighbor);
        }
    }

    /// A request that failed was to be given up, and was not.
    pub(super) fn not_given_up(&mut self, msg: u64, at: u64) {
        let Some(Failed { kind, asker, session, neighbor, .. }) = self.failed.remove(&msg) else { return };
        if !self.is_there(asker, session) {
            return;
        }
        let then = Time::from_nanos(at);
        if kind == Kind::FetchChunkRequest {
            self.test(Rule::FetchGivesUp, false, || {
                format!("peer {asker} was to give message {msg} to peer {neighbor} up at {then} s, and did not")
            });
            self.end_fetch(asker, msg);
            return;
        }
        let peer = &self.peers[asker as usize];
        let cares = peer.downloading() && peer.hood_changed_at != at && peer.hood.binary_search(&neighbor).is_ok();
        if cares {
            self.test(Rule::QueryGivesUp, false, || {
                format!("peer {asker} was to give its query {msg} to peer {neighbor} up at {then} s, and did not")
            });
        }
    }
}
