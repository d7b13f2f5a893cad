//! How downloads come to their end: which peers lack one chunk alone, for how long, and when playback could have begun.

use crate::check::scene::Scene;
use crate::sim::NANOS_PER_SECOND;
use std::collections::{BTreeMap, BTreeSet};

/// A download, as its peer has it.
#[derive(Clone, Debug, Default)]
struct Download {
    lacks: BTreeSet<u32>,
    present: bool,
    /// Since when it goes on, and since when it lacks one chunk alone.
    from: u64,
    last_since: Option<u64>,
    /// When each chunk came that it did not begin with.
    came: Vec<(u32, u64)>,
    is_over: bool,
}

#[derive(Default)]
pub(super) struct Progress {
    peers: BTreeMap<u32, Download>,
    /// By chunk: who is there and lacks it alone.
    clubs: BTreeMap<u32, BTreeSet<u32>>,
    pub largest: u32,
    pub largest_ever: u32,
    nanos: u128,
    as_of: u64,
    /// Of each peer's first completion, unless it began complete: nanoseconds.
    pub last_waits: Vec<u64>,
    pub startup_delays: Vec<u64>,
}

impl Progress {
    /// Adds up what has been constant until now, and looks who is in the clubs from now on.
    fn look(&mut self, now: u64, peer: u32) {
        self.advance(now);
        let Some(download) = self.peers.get(&peer) else { return };
        self.clubs.retain(|_, club| {
            club.remove(&peer);
            !club.is_empty()
        });
        if download.present && download.lacks.len() == 1 {
            download.lacks.first().into_iter().for_each(|&last| _ = self.clubs.entry(last).or_default().insert(peer));
        }
        self.largest = self.clubs.values().map(|club| club.len() as u32).max().unwrap_or(0);
        self.largest_ever = self.largest_ever.max(self.largest);
    }

    pub fn advance(&mut self, now: u64) {
        self.nanos += u128::from(now.saturating_sub(self.as_of)) * u128::from(self.largest);
        self.as_of = now;
    }

    pub fn arrived(&mut self, now: u64, peer: u32, session: u32, held: &[u32], chunks: u32) {
        let is_new = !self.peers.contains_key(&peer);
        let download = self.peers.entry(peer).or_default();
        download.lacks = (0..chunks).collect();
        held.iter().for_each(|chunk| _ = download.lacks.remove(chunk));
        download.present = true;
        if is_new {
            download.is_over = download.lacks.is_empty();
        }
        if session == 0 || held.is_empty() {
            (download.from, download.last_since) = (now, None);
            download.came.clear();
        }
        if download.lacks.len() == 1 {
            download.last_since.get_or_insert(now);
        }
        self.look(now, peer);
    }

    pub fn departed(&mut self, now: u64, peer: u32) {
        if let Some(download) = self.peers.get_mut(&peer) {
            download.present = false;
        }
        self.look(now, peer);
    }

    pub fn acquired(&mut self, now: u64, peer: u32, chunk: u32) {
        let Some(download) = self.peers.get_mut(&peer) else { return };
        download.lacks.remove(&chunk);
        download.came.push((chunk, now));
        if download.lacks.len() == 1 {
            download.last_since = Some(now);
        }
        if download.lacks.len() < 2 {
            self.look(now, peer);
        }
    }

    pub fn completed(&mut self, now: u64, peer: u32, scene: &Scene<'_>) {
        let Some(download) = self.peers.get_mut(&peer) else { return };
        if std::mem::replace(&mut download.is_over, true) {
            return;
        }
        self.last_waits.push(now.saturating_sub(download.last_since.unwrap_or(now)));
        if let Some(rate) = scene.scenario.output.playback_rate {
            let from = download.from;
            let late = |&(chunk, came): &(u32, u64)| {
                let bits = 8 * u128::from(chunk) * u128::from(scene.config.file.chunk_bytes);
                let turn = bits * u128::from(NANOS_PER_SECOND) / u128::from(rate.bits_per_second());
                u64::try_from(u128::from(came - from).saturating_sub(turn)).unwrap_or(u64::MAX)
            };
            self.startup_delays.push(download.came.iter().map(late).max().unwrap_or(0));
        }
    }

    /// The largest club, its mean over time.
    pub fn mean_largest(&self, end: u64) -> Option<f64> {
        (end > 0).then(|| self.nanos as f64 / end as f64)
    }
}
