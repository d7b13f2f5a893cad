//! Who is there, who is listed, and the rows of `peers.csv`.

use super::tables::{MILESTONES, SessionRow};
use crate::sim::{Time, cache};
use crate::swarm::config::Config;

/// No session yet.
const NONE: u32 = u32::MAX;

#[derive(Debug, Default)]
pub(super) struct Population {
    /// By peer number.
    peers: Vec<State>,
    rows: Vec<SessionRow>,
    /// How many chunks make a tenth of the file, two tenths, … nine tenths, each rounded up.
    marks: [u32; MILESTONES],
    pub present: u32,
    pub seeders: u32,
    pub listed: u32,
    pub stale_listed: u32,
    /// Sums over time: peers listed and stale, in nanoseconds, and uplink capacity, in bits per second times nanoseconds.
    listed_nanos: u128,
    stale_nanos: u128,
    uplink_bit_nanos: u128,
    /// Capacity of the limited uplinks that are there, bits per second.
    uplink_bits: u128,
    as_of: Time,
}

/// What is known of a peer now, in one line of the cache: what most records are about is counted here, and put into the session's row
/// only when that is over.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct State {
    present: bool,
    complete: bool,
    listed: bool,
    /// It has left, and will come back.
    returns: bool,
    row: u32,
    /// Chunks held.
    chunks: u32,
    /// With so many chunks it has another tenth of the file.
    next_mark: u32,
    /// `u64::MAX` where unlimited.
    up_bits_per_s: u64,
    /// Bytes that the row has not been told of yet.
    uploaded_bytes: u64,
    downloaded_bytes: u64,
    wasted_bytes: u64,
    /// When it left last; [`Time::NEVER`] where it never has.
    departed_at: Time,
}

const _: () = assert!(size_of::<State>() == 64, "most records touch one of these");

const NOBODY: State = State {
    present: false,
    complete: false,
    listed: false,
    returns: false,
    row: NONE,
    chunks: 0,
    next_mark: u32::MAX,
    up_bits_per_s: 0,
    uploaded_bytes: 0,
    downloaded_bytes: 0,
    wasted_bytes: 0,
    departed_at: Time::NEVER,
};

impl Population {
    pub(super) fn begin(&mut self, config: &Config) {
        let chunks = config.file.chunks();
        self.marks = std::array::from_fn(|k| (chunks * (k as u64 + 1)).div_ceil(MILESTONES as u64 + 1) as u32);
    }

    /// Asks for the memory of what is known of `peer`.
    #[inline]
    pub(super) fn look_ahead(&self, peer: u32) {
        cache::fetch_item(&self.peers, peer as usize);
    }

    fn make_room(&mut self, peer: u32) {
        if self.peers.len() <= peer as usize {
            self.peers.resize(peer as usize + 1, NOBODY);
        }
    }

    fn state(&mut self, peer: u32) -> &mut State {
        self.make_room(peer);
        &mut self.peers[peer as usize]
    }

    fn row(&mut self, peer: u32) -> &mut SessionRow {
        let row = self.peers[peer as usize].row;
        &mut self.rows[row as usize]
    }

    /// Tells a peer's row what has been counted for it since it was last told.
    fn settle(&mut self, peer: u32) {
        let state = &mut self.peers[peer as usize];
        let Some(row) = self.rows.get_mut(state.row as usize) else { return };
        row.chunks = state.chunks;
        row.uploaded_bytes += std::mem::take(&mut state.uploaded_bytes);
        row.downloaded_bytes += std::mem::take(&mut state.downloaded_bytes);
        row.wasted_bytes += std::mem::take(&mut state.wasted_bytes);
    }

    /// Adds up what has been constant until now.
    pub(super) fn advance(&mut self, now: Time) {
        let nanos = u128::from((now - self.as_of).as_nanos());
        self.listed_nanos += nanos * u128::from(self.listed);
        self.stale_nanos += nanos * u128::from(self.stale_listed);
        self.uplink_bit_nanos += nanos * self.uplink_bits;
        self.as_of = now;
    }

    pub(super) fn arrived(
        &mut self,
        now: Time,
        peer: u32,
        group: u16,
        session: u16,
        up_bits_per_s: u64,
        complete: bool,
    ) {
        self.advance(now);
        let row = self.rows.len() as u32;
        self.make_room(peer);
        self.settle(peer);
        let state = &mut self.peers[peer as usize];
        let was_stale = state.listed;
        *state = State { present: true, complete, returns: false, up_bits_per_s, row, ..*state };
        self.stale_listed -= u32::from(was_stale);
        self.present += 1;
        self.seeders += u32::from(complete);
        if up_bits_per_s != u64::MAX {
            self.uplink_bits += u128::from(up_bits_per_s);
        }
        self.rows.push(SessionRow {
            peer,
            group,
            session: u32::from(session),
            arrived: now,
            member: None,
            completed: None,
            departed: None,
            download_nanos: None,
            chunks: 0,
            uploaded_bytes: 0,
            downloaded_bytes: 0,
            wasted_bytes: 0,
            milestones: [Time::NEVER; MILESTONES],
        });
    }

    pub(super) fn departed(&mut self, now: Time, peer: u32, returns: bool) {
        self.advance(now);
        let state = self.state(peer);
        let before = *state;
        *state = State { present: false, complete: false, returns, departed_at: now, ..before };
        self.stale_listed += u32::from(before.listed);
        self.present -= 1;
        self.seeders -= u32::from(before.complete);
        if before.up_bits_per_s != u64::MAX {
            self.uplink_bits -= u128::from(before.up_bits_per_s);
        }
        self.row(peer).departed = Some(now);
    }

    pub(super) fn joined(&mut self, peer: u32, now: Time) {
        self.row(peer).member.get_or_insert(now);
    }

    pub(super) fn completed(&mut self, now: Time, peer: u32, download_nanos: u64) {
        self.state(peer).complete = true;
        self.seeders += 1;
        let row = self.row(peer);
        row.completed = Some(now);
        row.download_nanos = Some(download_nanos);
    }

    pub(super) fn set_held(&mut self, now: Time, peer: u32, held: u32) {
        self.peers[peer as usize].chunks = held;
        self.pass(now, peer);
    }

    pub(super) fn acquired(&mut self, now: Time, peer: u32, bytes: u64) {
        let state = &mut self.peers[peer as usize];
        state.chunks += 1;
        state.downloaded_bytes += bytes;
        if state.chunks >= state.next_mark {
            self.pass(now, peer);
        }
    }

    /// Notes which marks its chunks have reached just now, and how many make the next.
    #[cold]
    fn pass(&mut self, now: Time, peer: u32) {
        let (marks, chunks) = (self.marks, self.peers[peer as usize].chunks);
        let row = self.row(peer);
        let reached =
            row.milestones.iter_mut().zip(marks).filter(|(time, mark)| **time == Time::NEVER && *mark <= chunks);
        reached.for_each(|(time, _)| *time = now);
        self.peers[peer as usize].next_mark = marks.into_iter().find(|mark| *mark > chunks).unwrap_or(u32::MAX);
    }

    pub(super) fn uploaded(&mut self, peer: u32, bytes: u64) {
        self.peers[peer as usize].uploaded_bytes += bytes;
    }

    pub(super) fn wasted(&mut self, peer: u32, bytes: u64) {
        self.peers[peer as usize].wasted_bytes += bytes;
    }

    /// Sets whether `peer` is listed; returns whether that is new.
    pub(super) fn set_listed(&mut self, now: Time, peer: u32, listed: bool) -> bool {
        self.advance(now);
        let state = self.state(peer);
        if state.listed == listed {
            return false;
        }
        state.listed = listed;
        let stale = u32::from(!state.present);
        if listed {
            (self.listed, self.stale_listed) = (self.listed + 1, self.stale_listed + stale);
        } else {
            (self.listed, self.stale_listed) = (self.listed - 1, self.stale_listed - stale);
        }
        true
    }

    pub(super) fn is_present(&self, peer: u32) -> bool {
        self.peers.get(peer as usize).is_some_and(|state| state.present)
    }

    pub(super) fn is_stale(&self, peer: u32) -> bool {
        self.peers.get(peer as usize).is_some_and(|state| state.listed && !state.present)
    }

    /// There, or coming back.
    pub(super) fn is_in_play(&self, peer: u32) -> bool {
        self.peers.get(peer as usize).is_some_and(|state| state.present || state.returns)
    }

    pub(super) fn departed_at(&self, peer: u32) -> Option<Time> {
        self.peers.get(peer as usize).map(|state| state.departed_at).filter(|&at| at != Time::NEVER)
    }

    pub(super) fn is_limited(&self, peer: u32) -> bool {
        self.peers.get(peer as usize).is_some_and(|state| state.up_bits_per_s != u64::MAX)
    }

    pub(super) fn uplink_bit_nanos(&self) -> u128 {
        self.uplink_bit_nanos
    }

    /// Time-weighted means of peers listed and of those stale; `None` for a run of no length.
    pub(super) fn mean_listed(&self, end: Time) -> Option<(f64, f64)> {
        let nanos = end.as_nanos() as f64;
        (nanos > 0.0).then(|| (self.listed_nanos as f64 / nanos, self.stale_nanos as f64 / nanos))
    }

    pub(super) fn into_sessions(mut self) -> Vec<SessionRow> {
        (0..self.peers.len() as u32).for_each(|peer| self.settle(peer));
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 16 chunks, 2 are a tenth (rounded up), 4 two tenths, 5 three tenths, … 15 nine tenths.
    #[test]
    fn each_tenth_of_the_file_has_its_instant() {
        let mut population = Population::default();
        population.begin(&Config::tiny());
        assert_eq!(population.marks, [2, 4, 5, 7, 8, 10, 12, 13, 15]);
        let at = Time::from_nanos;
        population.arrived(at(10), 1, 0, 0, 1, false);
        population.set_held(at(10), 1, 4);
        for time in 11..20 {
            population.acquired(at(time), 1, 1);
        }
        let never = Time::NEVER;
        let expected = [at(10), at(10), at(11), at(13), at(14), at(16), at(18), at(19), never];
        assert_eq!(population.into_sessions()[0].milestones, expected);
    }

    #[test]
    fn a_file_of_one_chunk_comes_at_once() {
        let mut config = Config::tiny();
        config.file.chunk_bytes = config.file.size_bytes;
        let mut population = Population::default();
        population.begin(&config);
        population.arrived(Time::ZERO, 1, 0, 0, 1, false);
        population.set_held(Time::ZERO, 1, 0);
        population.acquired(Time::from_nanos(5), 1, 1);
        assert_eq!(population.into_sessions()[0].milestones, [Time::from_nanos(5); MILESTONES]);
    }
}
