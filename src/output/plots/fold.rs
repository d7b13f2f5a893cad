//! What is kept of the tables that grow with the peers, while they are read row by row: per group, what is drawn of it; of departures, how
//! late they were noticed; and the view of the swarm. Some 50 bytes a peer, where the rows have 500.

use super::data::RunData;
use crate::metrics::pictures::{Cells, Listing};
use crate::metrics::{ExpiryRow, SessionRow};
use crate::output::tables::{EndedRow, PeerRow, ProgressRow, Seconds};
use crate::sim::Time;
use std::collections::BTreeMap;

/// Every group that has sessions.
#[derive(Clone, Debug, Default)]
pub struct Crowds {
    /// The groups, in the order of their first rows.
    pub all: Vec<Crowd>,
    /// The first arrival of a peer that came to download, in seconds.
    pub first_arrival_s: Option<f64>,
}

/// What the sessions of a group tell.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    /// The group's name.
    pub name: String,
    /// Its peers.
    pub peers: u64,
    /// Their sessions.
    pub sessions: u64,
    /// How long downloads took, in seconds, rising.
    pub times_s: Vec<f64>,
    /// Peers that held everything from the start or brought it along, and completed no download.
    pub complete_from_start: u64,
    /// Peers that did not begin complete.
    pub downloaders: u64,
    /// When each of these had the file for the first time, in seconds, rising.
    pub completed_at_s: Vec<f64>,
    /// The first row of one of these, among all rows.
    pub first_row: Option<u64>,
    /// Bytes of chunks sent, got, and sent in vain.
    pub uploaded_bytes: f64,
    /// As named.
    pub downloaded_bytes: f64,
    /// As named.
    pub wasted_bytes: f64,
}

/// How late departures were noticed.
#[derive(Clone, Debug, Default)]
pub struct Lags {
    /// In seconds, rising.
    pub sorted_s: Vec<f64>,
    /// Entries that expired although their peer was there.
    pub false_expiries: u64,
}

/// What is known of a peer.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// It has a session.
    here: bool,
    /// It completed a download.
    completed: bool,
    /// It held everything in a session that did not complete it.
    held_all: bool,
    /// It began complete.
    began_complete: bool,
    /// It came to download.
    downloads: bool,
}

/// The tables while they are read: first all entries that ended, then all sessions.
#[derive(Debug)]
pub struct Reading {
    chunks: u32,
    /// By peer number.
    seen: Vec<Seen>,
    most_peers: u32,
    rows: u64,
    crowds: Crowds,
    /// Where a group stands among them, by name.
    places: BTreeMap<String, usize>,
    lags: Lags,
    cells: Cells,
    has_progress: bool,
}

impl Reading {
    /// Of a run of so many peers and chunks.
    pub(super) fn new(peers: u32, chunks: u32, listing: Listing, end_s: f64) -> Reading {
        Reading {
            chunks,
            seen: Vec::new(),
            most_peers: peers,
            rows: 0,
            crowds: Crowds::default(),
            places: BTreeMap::new(),
            lags: Lags::default(),
            cells: Cells::new(peers, chunks, listing, end_s),
            has_progress: false,
        }
    }

    /// Adds a row of `expiries.csv`.
    pub(super) fn expiry(&mut self, row: &EndedRow) {
        self.lags.false_expiries += u64::from(row.false_expiry);
        self.lags.sorted_s.extend(row.lag_s.map(Seconds::as_f64));
        self.cells.add_expiry(&ExpiryRow {
            peer: row.peer,
            listed: time(row.listed_s),
            last_proof: time(row.last_proof_s),
            expires: time(row.expires_s),
            departed: row.departed_s.map(time),
            discarded: time(row.discarded_s),
            false_expiry: row.false_expiry,
        });
    }

    /// Adds a row of `peers.csv` and that of `progress.csv`. Rows of peers beyond those that the run says it had are left out.
    pub(super) fn session(&mut self, row: &PeerRow, progress: Option<&ProgressRow>) {
        if row.peer > self.most_peers {
            return;
        }
        let place = self.place(&row.group);
        self.fold(row, place);
        if let Some(progress) = progress {
            self.has_progress = true;
            self.cells.add_session(&session(row, progress, place as u16));
        }
    }

    /// The place of a group among the crowds.
    fn place(&mut self, group: &str) -> usize {
        if let Some(&place) = self.places.get(group) {
            return place;
        }
        let all = &mut self.crowds.all;
        all.push(Crowd { name: group.to_owned(), ..Crowd::default() });
        self.places.insert(group.to_owned(), all.len() - 1);
        all.len() - 1
    }

    fn fold(&mut self, row: &PeerRow, place: usize) {
        let peer = row.peer as usize;
        if self.seen.len() <= peer {
            self.seen.resize(peer + 1, Seen::default());
        }
        let (seen, crowd) = (&mut self.seen[peer], &mut self.crowds.all[place]);
        crowd.peers += u64::from(!std::mem::replace(&mut seen.here, true));
        crowd.sessions += 1;
        crowd.times_s.extend(row.download_time_s.map(Seconds::as_f64));
        crowd.uploaded_bytes += row.uploaded_bytes as f64;
        crowd.downloaded_bytes += row.downloaded_bytes as f64;
        crowd.wasted_bytes += row.wasted_bytes as f64;
        let is_whole = row.chunks == self.chunks;
        if row.session == 0 && is_whole && row.completed_s.is_none() {
            seen.began_complete = true;
        }
        let had_completed = seen.completed;
        let was_complete_from_start = seen.held_all && !had_completed;
        match row.completed_s {
            Some(_) => seen.completed = true,
            None => seen.held_all |= is_whole,
        }
        crowd.complete_from_start -= u64::from(was_complete_from_start);
        crowd.complete_from_start += u64::from(seen.held_all && !seen.completed);
        if !seen.began_complete {
            crowd.first_row.get_or_insert(self.rows);
            crowd.downloaders += u64::from(!std::mem::replace(&mut seen.downloads, true));
            crowd.completed_at_s.extend(row.completed_s.filter(|_| !had_completed).map(Seconds::as_f64));
            let (arrived_s, first_s) = (row.arrived_s.as_f64(), self.crowds.first_arrival_s.unwrap_or(f64::INFINITY));
            self.crowds.first_arrival_s = Some(arrived_s.min(first_s));
        }
        self.rows += 1;
    }

    /// Hands over what was read.
    pub(super) fn end(mut self, data: &mut RunData) {
        self.lags.sorted_s.sort_by(f64::total_cmp);
        for crowd in &mut self.crowds.all {
            crowd.times_s.sort_by(f64::total_cmp);
            crowd.completed_at_s.sort_by(f64::total_cmp);
        }
        let names: Vec<String> = self.crowds.all.iter().map(|crowd| crowd.name.clone()).collect();
        data.swarm = self.cells.view(&names).filter(|_| self.has_progress);
        (data.crowds, data.lags) = (self.crowds, self.lags);
    }
}

fn time(seconds: Seconds) -> Time {
    Time::from_nanos(seconds.0)
}

/// A session as the view of the swarm wants it.
fn session(row: &PeerRow, progress: &ProgressRow, group: u16) -> SessionRow {
    SessionRow {
        peer: row.peer,
        group,
        session: row.session,
        arrived: time(row.arrived_s),
        member: row.member_s.map(time),
        completed: row.completed_s.map(time),
        departed: row.departed_s.map(time),
        download_nanos: row.download_time_s.map(|took| took.0),
        chunks: row.chunks,
        uploaded_bytes: row.uploaded_bytes,
        downloaded_bytes: row.downloaded_bytes,
        wasted_bytes: row.wasted_bytes,
        milestones: progress.milestones().map(|at| at.map_or(Time::NEVER, time)),
    }
}
