//! Why uplinks have nothing to send, at the instants of the samples.

use super::checker::Checker;
use super::figures::Uplinks;
use super::state::Peer;

/// The most peers that are looked at.
const MOST: u64 = 64;

impl Checker<'_> {
    /// The samples that are due before an instant are taken: nothing has happened since the line before.
    pub(super) fn take_samples(&mut self, until: u64) {
        if self.figures.sample_is_due_before(until) {
            let uplinks = self.look_at_uplinks();
            self.figures.clock(until, uplinks);
        }
    }

    /// Each peer is looked at whose number is a multiple of the least power of two that leaves no more than [`MOST`] of them.
    pub(super) fn look_at_uplinks(&self) -> Uplinks {
        let mut every = 1;
        while u64::from(self.scene.peers()) > MOST * every as u64 {
            every *= 2;
        }
        let certain = self.knows_neighbors();
        let mut uplinks = Uplinks { sampled: 0, idle: [0; 5], certain };
        let looked_at = self.peers.iter().enumerate().step_by(every).skip(1);
        let there = looked_at.filter(|(_, peer)| peer.present && self.incomplete > u32::from(peer.downloading()));
        let mut wants = None;
        for (number, peer) in there {
            uplinks.sampled += 1;
            if peer.uploads.is_empty() {
                let wants = wants.get_or_insert_with(|| self.what_each_wants());
                let causes = wants.iter().map(|(other, wanted)| self.cause_between(number as u32, other, wanted));
                uplinks.idle[causes.max().unwrap_or(0)] += 1;
            }
        }
        uplinks
    }

    /// Each peer that lacks chunks, and those that it lacks and is not fetching.
    fn what_each_wants(&self) -> Vec<(&Peer, Vec<u32>)> {
        let wanted = |peer: &Peer| {
            let wants = |chunk: &u32| !peer.has(*chunk) && peer.fetches.iter().all(|fetch| fetch.chunk != *chunk);
            (0..self.scene.chunks).filter(wants).collect()
        };
        self.peers.iter().filter(|peer| peer.downloading()).map(|peer| (peer, wanted(peer))).collect()
    }

    /// Why `other`, which wants these chunks, gives the idle uplink of peer `number` nothing to send: 0 it wants nothing there, 1 does not know,
    /// 2 has no fetch left, 3 could ask and does not, 4 has asked.
    fn cause_between(&self, number: u32, other: &Peer, wanted: &[u32]) -> usize {
        let peer = &self.peers[number as usize];
        if other.fetches.iter().any(|fetch| fetch.from == number) {
            return 4;
        }
        let is_neighbor = other.hood.binary_search(&number).is_ok();
        if !is_neighbor || !wanted.iter().any(|&chunk| peer.has(chunk)) {
            return 0;
        }
        let of_now = other.known.get(&number).filter(|known| known.0 as usize + 1 == peer.logs.len());
        let knows = |chunk: &u32| of_now.zip(peer.log()).is_some_and(|(known, log)| log.has_among(*chunk, known.1));
        if !wanted.iter().any(knows) {
            return 1;
        }
        let most = self.scene.config.protocol.max_parallel_fetches as usize;
        if other.fetches.len() >= most { 2 } else { 3 }
    }
}
