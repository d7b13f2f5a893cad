//! The tracker's list: who is listed, until when, and what the tracker tells of it.

use super::checker::Checker;
use super::invariants::Rule;
use super::state::{Entry, Follow};
use crate::sim::Time;
use crate::swarm::config::LateProof;

impl Checker<'_> {
    /// The tracker has heard a Join or an Active Proof of `peer`: whether it lists it now.
    pub(super) fn will_list(&self, peer: u32, is_join: bool) -> bool {
        is_join || self.tracker.has(peer) || self.scene.config.tracker.late_proof == LateProof::Readmit
    }

    pub(super) fn on_list(&mut self, peer: u32, expires: u64) {
        if self.follow.pop_front() != Some(Follow::List(peer)) {
            self.test(Rule::ListWhenHandled, false, || {
                format!("peer {peer} is listed, but the tracker has heard no Join or Active Proof of it just now that lists it")
            });
        }
        let now = self.now;
        let right = now.saturating_add(self.scene.config.tracker.entry_ttl.as_nanos());
        self.test(Rule::ExpiryValue, expires == right, || {
            let (found, right) = (Time::from_nanos(expires), Time::from_nanos(right));
            format!("the entry of peer {peer} is to expire at {found} s; right is {right} s")
        });
        self.figures.listed(now, peer);
        self.tracker.set(peer, expires, now);
    }

    pub(super) fn on_expire(&mut self, peer: u32, expires: u64, alive: bool) {
        let now = self.now;
        let first = !self.other_lines;
        self.test(Rule::InstantOrder, first, || {
            format!("the entry of peer {peer} is discarded after something else has happened in this instant")
        });
        let interval = self.scene.config.tracker.sweep_interval.as_nanos().max(1);
        self.test(Rule::ExpireAtSweep, now > 0 && now % interval == 0, || {
            format!(
                "the entry of peer {peer} is discarded, and there is no sweep; one is every {} s",
                Time::from_nanos(interval)
            )
        });
        let out = self.scene.is_out(now);
        self.test(Rule::OutageSilence, !out, || format!("the entry of peer {peer} is discarded in an outage"));
        let there = self.is_present(peer);
        self.test(Rule::ExpireAlive, alive == there, || {
            let (told, right) = (if alive { "is" } else { "is not" }, if there { "is" } else { "is not" });
            format!("peer {peer} {told} said to be alive; it {right} there")
        });
        let entry = self.tracker.remove(peer);
        let right = entry.is_some_and(|entry| entry.expires == expires) && expires < now;
        self.test(Rule::ExpireAfterExpiry, right, || {
            let told = Time::from_nanos(expires);
            match entry {
                Some(Entry { expires, .. }) => {
                    format!(
                        "the entry of peer {peer} is discarded with the expiry {told} s; it has {} s",
                        Time::from_nanos(expires)
                    )
                }
                None => format!("the entry of peer {peer} is discarded with the expiry {told} s; there is none"),
            }
        });
        if let Some(entry) = entry {
            self.figures.expired(now, peer, entry, there);
        }
    }

    /// Whatever the sweep before this instant, or in it, had to discard is gone.
    pub(super) fn check_sweep(&mut self) {
        let sweep = self.scene.last_sweep(self.now);
        let due = self.tracker.queue.first().copied().filter(|&(expires, _)| expires < sweep);
        self.test(Rule::SweepLeavesNothing, due.is_none(), || {
            let (expires, peer) = due.unwrap_or_default();
            let (expires, sweep) = (Time::from_nanos(expires), Time::from_nanos(sweep));
            format!("the entry of peer {peer} expired at {expires} s, and the sweep at {sweep} s has left it")
        });
        // Told once: it stays listed, and is not looked at again.
        while let Some(&first) = self.tracker.queue.first().filter(|first| first.0 < sweep) {
            self.tracker.queue.remove(&first);
        }
    }

    /// An answer of the tracker names these peers to `asker`.
    pub(super) fn check_names(&mut self, asker: u32, peers: &[u32]) {
        let place = self.place();
        let mut sorted = peers.to_vec();
        sorted.sort_unstable();
        let twice = sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        let stranger = peers.iter().copied().find(|&peer| peer == asker || !self.tracker.has(peer));
        self.findings.test(Rule::ListNamesListed, place, twice.is_none() && stranger.is_none(), || match stranger {
            Some(peer) if peer == asker => format!("the list names peer {asker}, which asked for it"),
            Some(peer) => format!("the list names peer {peer}, which is not listed"),
            None => format!("the list names peer {} twice", twice.unwrap_or_default()),
        });
        let others = self.tracker.entries.len() - usize::from(self.tracker.has(asker));
        let most = self.scene.config.tracker.max_peers_returned.map_or(usize::MAX, |most| most as usize);
        self.findings.test(Rule::ListSize, place, peers.len() == others.min(most), || {
            format!(
                "the list names {} peers; {} others are listed, of which it names {}",
                peers.len(),
                others,
                others.min(most)
            )
        });
        let stale = peers.iter().filter(|&&peer| !self.is_present(peer)).count() as u64;
        self.figures.handed_out(peers.len() as u64, stale);
    }
}
