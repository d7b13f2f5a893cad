//! Who was there, listed and complete, and the rows of `peers.csv`.

use crate::check::scene::{Scene, UNLIMITED};
use crate::net::Sharing;
use crate::output::tables::{PeerRow, Seconds};
use crate::sim::NANOS_PER_SECOND;
use crate::swarm::config::{AfterCompletion, Arrival, Config, InitialChunks};

/// A peer as the figures need it.
#[derive(Clone, Copy, Debug, Default)]
struct One {
    known: bool,
    present: bool,
    /// It is there and has the whole file.
    complete: bool,
    listed: bool,
    returns: bool,
    began_complete: bool,
    completed: bool,
    departed_at: Option<u64>,
    up: u64,
    down: u64,
    /// From when its download is timed.
    from: u64,
    row: usize,
}

#[derive(Default)]
pub(super) struct Population {
    peers: Vec<One>,
    pub rows: Vec<PeerRow>,
    /// Download times and when the last of them ended, nanoseconds.
    pub times: Vec<u64>,
    first_arrival: Option<u64>,
    last_completion: Option<u64>,
    pub present: u32,
    pub seeders: u32,
    pub listed: u32,
    pub stale: u32,
    up_bits: u128,
    listed_nanos: u128,
    stale_nanos: u128,
    up_bit_nanos: u128,
    as_of: u64,
}

impl Population {
    fn one(&mut self, peer: u32) -> &mut One {
        if self.peers.len() <= peer as usize {
            self.peers.resize(peer as usize + 1, One::default());
        }
        &mut self.peers[peer as usize]
    }

    pub fn advance(&mut self, now: u64) {
        let nanos = u128::from(now.saturating_sub(self.as_of));
        self.listed_nanos += nanos * u128::from(self.listed);
        self.stale_nanos += nanos * u128::from(self.stale);
        self.up_bit_nanos += nanos * self.up_bits;
        self.as_of = now;
    }

    pub fn arrived(&mut self, now: u64, peer: u32, session: u32, held: u32, scene: &Scene<'_>) {
        self.advance(now);
        let Some(planned) = scene.peer(peer).copied() else { return };
        let complete = held == scene.chunks;
        let row = self.rows.len();
        let one = self.one(peer);
        let first = !one.known;
        if first {
            (one.known, one.began_complete, one.up, one.down) = (true, complete, planned.up, planned.down);
        }
        // A download goes on over sessions as long as something is kept.
        if session == 0 || held == 0 {
            one.from = now;
        }
        (one.present, one.complete, one.returns, one.row) = (true, complete, false, row);
        let was_stale = one.listed;
        self.stale -= u32::from(was_stale);
        self.present += 1;
        self.seeders += u32::from(complete);
        if planned.up != UNLIMITED {
            self.up_bits += u128::from(planned.up);
        }
        if first && !complete {
            self.first_arrival.get_or_insert(now);
        }
        self.rows.push(PeerRow {
            peer,
            group: scene.config.groups[planned.group].name.clone(),
            session,
            arrived_s: Seconds(now),
            member_s: None,
            completed_s: None,
            departed_s: None,
            download_time_s: None,
            chunks: held,
            uploaded_bytes: 0,
            downloaded_bytes: 0,
            wasted_bytes: 0,
        });
    }

    pub fn row_of(&self, peer: u32) -> usize {
        self.peers.get(peer as usize).map_or(usize::MAX, |one| one.row)
    }

    fn row(&mut self, peer: u32) -> Option<&mut PeerRow> {
        let row = self.row_of(peer);
        self.rows.get_mut(row)
    }

    pub fn joined(&mut self, now: u64, peer: u32) {
        if let Some(row) = self.row(peer) {
            row.member_s.get_or_insert(Seconds(now));
        }
    }

    pub fn completed(&mut self, now: u64, peer: u32) {
        let one = self.one(peer);
        let took = now.saturating_sub(one.from);
        let again = std::mem::replace(&mut one.completed, true);
        one.complete = true;
        if !again && !one.began_complete {
            self.times.push(took);
            self.last_completion = Some(now);
        }
        self.seeders += 1;
        if let Some(row) = self.row(peer) {
            (row.completed_s, row.download_time_s) = (Some(Seconds(now)), Some(Seconds(took)));
        }
    }

    pub fn departed(&mut self, now: u64, peer: u32, returns: bool) {
        self.advance(now);
        let one = self.one(peer);
        (one.present, one.returns, one.departed_at) = (false, returns, Some(now));
        let (listed, up) = (one.listed, one.up);
        let complete = std::mem::replace(&mut one.complete, false);
        self.present = self.present.saturating_sub(1);
        self.seeders = self.seeders.saturating_sub(u32::from(complete));
        self.stale += u32::from(listed);
        if up != UNLIMITED {
            self.up_bits = self.up_bits.saturating_sub(u128::from(up));
        }
        if let Some(row) = self.row(peer) {
            row.departed_s = Some(Seconds(now));
        }
    }

    pub fn departed_at(&self, peer: u32) -> Option<u64> {
        self.peers.get(peer as usize)?.departed_at
    }

    pub fn uploaded(&mut self, peer: u32, bytes: u64) -> usize {
        let row = self.row_of(peer);
        if let Some(row) = self.rows.get_mut(row) {
            row.uploaded_bytes += bytes;
        }
        row
    }

    pub fn wasted(&mut self, row: usize, bytes: u64) {
        if let Some(row) = self.rows.get_mut(row) {
            row.wasted_bytes += bytes;
        }
    }

    pub fn acquired(&mut self, peer: u32, bytes: u64) {
        if let Some(row) = self.row(peer) {
            row.chunks += 1;
            row.downloaded_bytes += bytes;
        }
    }

    pub fn set_listed(&mut self, now: u64, peer: u32, listed: bool) {
        self.advance(now);
        let one = self.one(peer);
        if std::mem::replace(&mut one.listed, listed) == listed {
            return;
        }
        let stale = u32::from(!one.present);
        if listed {
            (self.listed, self.stale) = (self.listed + 1, self.stale + stale);
        } else {
            (self.listed, self.stale) = (self.listed.saturating_sub(1), self.stale.saturating_sub(stale));
        }
    }

    /// Peers that arrived; of those that began incomplete and did not complete, those gone for good, and those not.
    pub fn counts(&self) -> (u64, u64, u64) {
        let known = self.peers.iter().filter(|one| one.known).count() as u64;
        let open = || self.peers.iter().filter(|one| one.known && !one.began_complete && !one.completed);
        let still = open().filter(|one| one.present || one.returns).count() as u64;
        (known, open().count() as u64 - still, still)
    }

    /// Means over time of peers listed and of those gone.
    pub fn mean_listed(&self, end: u64) -> (Option<f64>, Option<f64>) {
        let mean = |sum: u128| (end > 0).then(|| sum as f64 / end as f64);
        (mean(self.listed_nanos), mean(self.stale_nanos))
    }

    /// Bytes that the limited uplinks could have carried while their peers were there.
    pub fn capacity_bytes(&self) -> f64 {
        self.up_bit_nanos as f64 / 8.0 / NANOS_PER_SECOND as f64
    }

    pub fn makespan_s(&self) -> Option<f64> {
        let nanos = self.last_completion? - self.first_arrival?;
        Some(nanos as f64 / NANOS_PER_SECOND as f64)
    }

    /// Whether everyone has completed who began incomplete.
    pub fn all_completed(&self) -> bool {
        self.times.len() == self.peers.iter().filter(|one| one.known && !one.began_complete).count()
    }

    /// Kumar and Ross's bound, where it applies.
    pub fn bound_s(&self, config: &Config) -> Option<f64> {
        if !bound_applies(config) {
            return None;
        }
        let known = || self.peers.iter().filter(|one| one.known);
        let downloaders = known().filter(|one| !one.began_complete).count();
        let origins = known().filter(|one| one.began_complete).count();
        if downloaders == 0 || origins == 0 {
            return None;
        }
        let rate = |bits: u64| if bits == UNLIMITED { f64::INFINITY } else { bits as f64 };
        let sum = |ups: &mut dyn Iterator<Item = u64>| rate(ups.fold(0, u64::saturating_add));
        let file = config.file.size_bytes as f64;
        let seconds = |bytes: f64, rate: f64| bytes * 8.0 / rate;
        let from_origins = sum(&mut known().filter(|one| one.began_complete).map(|one| one.up));
        let together = sum(&mut known().map(|one| one.up));
        let slowest = rate(known().filter(|one| !one.began_complete).map(|one| one.down).min()?);
        let each = seconds(file, from_origins).max(seconds(file, slowest));
        Some(each.max(seconds(file * downloaders as f64, together)))
    }
}

/// All arrive at one instant with all or nothing, nobody may leave, and uplinks are shared.
fn bound_applies(config: &Config) -> bool {
    config.network.sharing != Sharing::None
        && config.departures.is_empty()
        && config.groups.iter().all(|group| {
            matches!(group.arrival, Arrival::At { .. })
                && group.arrival == config.groups[0].arrival
                && group.session.is_none()
                && group.after_completion == AfterCompletion::Stay
                && matches!(group.initial_chunks, InitialChunks::All | InitialChunks::None)
        })
}
