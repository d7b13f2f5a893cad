//! How downloads come to their end: who lacks one chunk alone, how long the last one takes, and when playback could have begun.

use super::quantile::{mean_s, quantile_s};
use super::summary::{Lag, Playback};
use crate::chunks::Bits;
use crate::net::Rate;
use crate::sim::{NANOS_PER_SECOND, Time, cache};
use crate::swarm::config::Config;

#[derive(Debug, Default)]
pub(super) struct Progress {
    /// By peer number.
    peers: Vec<Download>,
    /// By peer number; only with a playback rate.
    playbacks: Vec<Playing>,
    chunks: u32,
    chunk_bytes: u64,
    playback_rate: Option<Rate>,
    /// By chunk: peers that are there and lack it alone.
    clubs: Vec<u32>,
    /// By size: how many chunks have a club of it.
    sizes: Vec<u32>,
    largest: u32,
    largest_ever: u32,
    /// The largest club times nanoseconds.
    club_nanos: u128,
    as_of: Time,
    /// Of the first completion of each peer that did not begin complete, nanoseconds.
    last_waits: Vec<u64>,
    startup_delays: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Download {
    /// How many chunks it lacks, and the sum of their numbers: of one chunk, its number.
    lacks: u32,
    lacks_sum: u64,
    /// Since when it has lacked one chunk alone.
    last_since: Time,
    known: bool,
    /// Its next completion counts.
    counts: bool,
}

const _: () = assert!(size_of::<Download>() == 32, "each chunk touches one of these");

/// A download, as the playback of its file sees it.
#[derive(Clone, Copy, Debug, Default)]
struct Playing {
    /// From when the download is timed.
    from: Time,
    /// By how much the latest chunk so far came after its turn in playback from `from` on, nanoseconds.
    late_nanos: u64,
}

impl Download {
    const NOBODY: Download =
        Download { lacks: u32::MAX, lacks_sum: 0, last_since: Time::NEVER, known: false, counts: false };
}

impl Progress {
    pub(super) fn set_playback(&mut self, rate: Option<Rate>) {
        self.playback_rate = rate;
    }

    pub(super) fn begin(&mut self, config: &Config) {
        self.chunks = config.file.chunks() as u32;
        self.chunk_bytes = config.file.chunk_bytes;
        self.clubs = vec![0; self.chunks as usize];
        self.sizes = vec![self.chunks, 0];
    }

    /// Asks for the memory of a peer's download.
    #[inline]
    pub(super) fn look_ahead(&self, peer: u32) {
        cache::fetch_item(&self.peers, peer as usize);
    }

    /// Adds up what has been constant until now.
    pub(super) fn advance(&mut self, now: Time) {
        self.club_nanos += u128::from((now - self.as_of).as_nanos()) * u128::from(self.largest);
        self.as_of = now;
    }

    pub(super) fn arrived(&mut self, now: Time, peer: u32, session: u16, chunks: Bits<'_>, held: u32) {
        let all = self.chunks;
        if self.peers.len() <= peer as usize {
            self.peers.resize(peer as usize + 1, Download::NOBODY);
        }
        if self.playback_rate.is_some() {
            self.playbacks.resize(self.peers.len(), Playing::default());
        }
        let download = &mut self.peers[peer as usize];
        download.lacks = all - held;
        download.lacks_sum = match held {
            0 => u64::from(all) * u64::from(all - 1) / 2,
            _ if held == all => 0,
            _ => (0..all).filter(|&chunk| !chunks.contains(chunk)).map(u64::from).sum(),
        };
        if !download.known {
            (download.known, download.counts) = (true, held < all);
        }
        // A download goes on over sessions as long as the chunks are kept.
        if session == 0 || held == 0 {
            download.last_since = Time::NEVER;
            if let Some(playing) = self.playbacks.get_mut(peer as usize) {
                *playing = Playing { from: now, late_nanos: 0 };
            }
        }
        if download.lacks == 1 {
            download.last_since = download.last_since.min(now);
            let last = download.lacks_sum as u32;
            self.enter(now, last);
        }
    }

    pub(super) fn departed(&mut self, now: Time, peer: u32) {
        let Download { lacks, lacks_sum, .. } = self.peers[peer as usize];
        if lacks == 1 {
            self.leave(now, lacks_sum as u32);
        }
    }

    #[inline]
    pub(super) fn acquired(&mut self, now: Time, peer: u32, chunk: u32) {
        if let Some(rate) = self.playback_rate {
            let due = self.due_nanos(chunk, rate);
            let playing = &mut self.playbacks[peer as usize];
            let late = (now - playing.from).as_nanos().saturating_sub(due);
            playing.late_nanos = playing.late_nanos.max(late);
        }
        let download = &mut self.peers[peer as usize];
        download.lacks -= 1;
        download.lacks_sum -= u64::from(chunk);
        match download.lacks {
            1 => {
                download.last_since = now;
                let last = download.lacks_sum as u32;
                self.enter(now, last);
            }
            0 => self.leave(now, chunk),
            _ => {}
        }
    }

    /// When playback that began at 0 comes to a chunk, in nanoseconds, rounded down.
    fn due_nanos(&self, chunk: u32, rate: Rate) -> u64 {
        let bits = u128::from(chunk) * u128::from(self.chunk_bytes) * 8;
        u64::try_from(bits * u128::from(NANOS_PER_SECOND) / u128::from(rate.bits_per_second())).unwrap_or(u64::MAX)
    }

    pub(super) fn completed(&mut self, now: Time, peer: u32) {
        let download = &mut self.peers[peer as usize];
        if std::mem::replace(&mut download.counts, false) {
            self.last_waits.push((now - download.last_since).as_nanos());
            self.startup_delays.extend(self.playbacks.get(peer as usize).map(|playing| playing.late_nanos));
        }
    }

    /// The most peers that are there and lack the same chunk and no other.
    pub(super) fn largest_club(&self) -> u32 {
        self.largest
    }

    fn enter(&mut self, now: Time, chunk: u32) {
        self.advance(now);
        let size = &mut self.clubs[chunk as usize];
        *size += 1;
        let size = *size;
        self.sizes[size as usize - 1] -= 1;
        if self.sizes.len() <= size as usize {
            self.sizes.push(0);
        }
        self.sizes[size as usize] += 1;
        self.largest = self.largest.max(size);
        self.largest_ever = self.largest_ever.max(size);
    }

    fn leave(&mut self, now: Time, chunk: u32) {
        self.advance(now);
        let size = &mut self.clubs[chunk as usize];
        *size -= 1;
        let size = *size;
        self.sizes[size as usize + 1] -= 1;
        self.sizes[size as usize] += 1;
        // The club that has shrunk was the only one of that size: now it is one of the largest.
        if self.sizes[self.largest as usize] == 0 {
            self.largest = size;
        }
    }

    /// The largest club at any time, and its mean over time.
    pub(super) fn clubs(&self, end: Time) -> (u64, Option<f64>) {
        debug_assert_eq!(self.as_of, end);
        let nanos = end.as_nanos() as f64;
        (u64::from(self.largest_ever), (nanos > 0.0).then(|| self.club_nanos as f64 / nanos))
    }

    pub(super) fn last_chunk_wait(&self) -> Lag {
        lag(&self.last_waits)
    }

    pub(super) fn playback(&self) -> Playback {
        match self.playback_rate {
            Some(_) => Playback { startup_delay_s: lag(&self.startup_delays) },
            None => Playback::default(),
        }
    }
}

fn lag(nanos: &[u64]) -> Lag {
    let mut sorted = nanos.to_vec();
    sorted.sort_unstable();
    let at = |q| quantile_s(&sorted, q);
    Lag { mean: mean_s(&sorted), p50: at(0.5), p95: at(0.95), max: at(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunks::ChunkSet;

    fn at(s: u64) -> Time {
        Time::from_nanos(s * NANOS_PER_SECOND)
    }

    /// Four chunks of 10 bytes, played at 5 bytes/s: their turns come 0, 2, 4 and 6 s after the beginning.
    fn four(rate: Option<u64>) -> Progress {
        let mut config = Config::tiny();
        (config.file.size_bytes, config.file.chunk_bytes) = (40, 10);
        let mut progress = Progress::default();
        progress.set_playback(rate.map(Rate::from_bytes_per_second));
        progress.begin(&config);
        progress
    }

    fn fetch(progress: &mut Progress, peer: u32, chunks: &[(u64, u32)]) {
        for &(time, chunk) in chunks {
            progress.acquired(at(time), peer, chunk);
        }
    }

    /// A peer that came at 1 s has chunks 2, 0, 3, 1 after 1, 5, 6 and 9 s: 3 s before, 5 s after, at, and 7 s after their turns. So playback may
    /// begin 7 s after it came. It had lacked chunk 1 alone for 3 s.
    #[test]
    fn playback_waits_for_the_latest_chunk() {
        let mut progress = four(Some(5));
        progress.arrived(at(1), 1, 0, ChunkSet::empty(4).bits(), 0);
        fetch(&mut progress, 1, &[(2, 2), (6, 0), (7, 3), (10, 1)]);
        progress.completed(at(10), 1);
        assert_eq!(progress.playback().startup_delay_s.mean, Some(7.0));
        assert_eq!(progress.last_chunk_wait().max, Some(3.0));
        let mut in_order = four(Some(5));
        in_order.arrived(at(1), 1, 0, ChunkSet::empty(4).bits(), 0);
        fetch(&mut in_order, 1, &[(2, 0), (3, 1), (4, 2), (5, 3)]);
        in_order.completed(at(5), 1);
        assert_eq!(in_order.playback().startup_delay_s.mean, Some(1.0), "when the first chunk is there");
        assert_eq!(four(None).playback(), Playback::default());
    }

    /// Peers 1 and 2 lack chunk 3 alone from 2 s and 4 s on, peer 3 lacks chunk 0 from 5 s on. Peer 1 leaves at 6 s, peer 2 completes at 8 s. So the
    /// largest club has 0, 1, 2, 1, 1 peers: from 0, 2, 4, 6 and 8 s on, and a mean of (2 + 4 + 2 + 2) / 10 over 10 s.
    #[test]
    fn a_club_lacks_the_same_chunk() {
        let mut progress = four(None);
        for peer in 1..=3 {
            progress.arrived(at(0), peer, 0, ChunkSet::empty(4).bits(), 0);
        }
        fetch(&mut progress, 1, &[(1, 0), (1, 1), (2, 2)]);
        fetch(&mut progress, 2, &[(1, 0), (1, 1), (4, 2)]);
        assert_eq!(progress.largest_club(), 2);
        fetch(&mut progress, 3, &[(1, 3), (1, 1), (5, 2)]);
        progress.departed(at(6), 1);
        assert_eq!(progress.largest_club(), 1);
        fetch(&mut progress, 2, &[(8, 3)]);
        progress.completed(at(8), 2);
        progress.advance(at(10));
        assert_eq!(progress.clubs(at(10)), (2, Some(1.0)));
        fetch(&mut progress, 3, &[(10, 0)]);
        assert_eq!(progress.largest_club(), 0);
        assert_eq!(progress.last_chunk_wait().mean, Some(4.0), "peer 2 alone has completed");
    }

    /// It comes with all but chunk 2, leaves after 4 s, is back at 10 s with what it had, and completes at 12 s. Without it, all begins anew.
    #[test]
    fn a_download_goes_on_where_chunks_are_kept() {
        for (kept, wait) in [(3, 12.0), (0, 1.0)] {
            let mut progress = four(None);
            let mut most = ChunkSet::full(4);
            most.remove(2);
            progress.arrived(at(0), 1, 0, most.bits(), 3);
            progress.departed(at(4), 1);
            let back = if kept == 3 { most } else { ChunkSet::empty(4) };
            progress.arrived(at(10), 1, 1, back.bits(), kept);
            if kept == 0 {
                fetch(&mut progress, 1, &[(10, 0), (11, 1), (11, 3)]);
            }
            fetch(&mut progress, 1, &[(12, 2)]);
            progress.completed(at(12), 1);
            assert_eq!(progress.last_chunk_wait().mean, Some(wait));
        }
    }
}
