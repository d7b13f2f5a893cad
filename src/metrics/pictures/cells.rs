//! The view of the swarm: who is there, listed, complete or gone, at some hundred instants, from the tables alone.
//!
//! A cell is a peer, or some neighboring ones where there are many; a state is a byte, so that a million peers are no more than a quarter
//! of a megabyte of a page. Rows are added one after another and only what they mean for the instants is kept: some 20 bytes a peer.

use super::{base64, short};
use crate::metrics::{ExpiryRow, SessionRow};
use crate::sim::Time;
use serde_json::{Value, json};

/// The most cells.
const MOST_CELLS: usize = 1_500;
/// The most instants.
const MOST_FRAMES: usize = 160;

/// Nobody of the cell has come yet.
const ABSENT: u8 = 0;
/// All are gone.
const GONE: u8 = 1;
/// Gone, and the tracker still lists it.
const STALE: u8 = 2;
/// There and listed; to this the percentage of the file is added.
const LISTED: u8 = 10;
/// There and not listed; to this the percentage of the file is added.
const UNLISTED: u8 = 120;

/// What the tables of a run say of the swarm.
#[derive(Clone, Copy, Debug)]
pub struct Swarm<'a> {
    /// Peer sessions.
    pub sessions: &'a [SessionRow],
    /// Tracker entries that ended.
    pub expiries: &'a [ExpiryRow],
    /// The groups' names; a session's group is an index into them.
    pub groups: &'a [String],
    /// Chunks of the file.
    pub chunks: u32,
    /// How peers come to be listed again.
    pub listing: Listing,
    /// The run's end, in seconds.
    pub end_s: f64,
}

/// What must be known of the rules where an entry had not ended with the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listing {
    /// Seconds between two proofs; 0 where that is not known.
    pub proof_interval_s: f64,
    /// Whether a proof of a peer that is no longer listed lists it again.
    pub readmits: bool,
}

impl Swarm<'_> {
    /// The view as the page's script reads it; `None` where there was nobody.
    pub fn view(&self) -> Option<Value> {
        let peers = self.sessions.iter().map(|row| row.peer).max()?;
        let mut cells = Cells::new(peers, self.chunks, self.listing, self.end_s);
        self.expiries.iter().for_each(|row| cells.add_expiry(row));
        self.sessions.iter().for_each(|row| cells.add_session(row));
        cells.view(self.groups)
    }
}

/// The view while it is made of rows that come one after another: first all entries that ended, then all sessions.
#[derive(Clone, Debug)]
pub struct Cells {
    listing: Listing,
    chunks: u32,
    end_s: f64,
    times: Vec<f64>,
    /// Peers of a cell.
    width: usize,
    /// By peer, from 1.
    peers: Vec<Known>,
    /// When a peer was there, and when the tracker listed it.
    sessions: Vec<Stay>,
    entries: Vec<Stay>,
    /// By instant and cell.
    tallies: Vec<Tally>,
    /// By cell: its group, and the first instant at which somebody of it has come.
    cells: Vec<Cell>,
}

/// What is known of a peer.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// When its latest entry ended, in seconds, and whether falsely.
    ended_s: f64,
    was_false: bool,
    /// It was there some time after that.
    was_there: bool,
    /// From which instant on a later Join lists it; [`NEVER`] where there was none.
    joined: u8,
}

/// From one instant until before another.
#[derive(Clone, Copy, Debug)]
struct Stay {
    peer: u32,
    from: u8,
    until: u8,
}

/// Those of a cell that are there at an instant.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// The sum of their shares of the file.
    share: f64,
    present: u32,
    /// Of those present.
    listed: u32,
    /// Whether anybody of the cell is listed, there or not.
    any_listed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    /// The group of the first peer, and the peer.
    group: u16,
    first: u32,
    came: u8,
}

/// No instant.
const NEVER: u8 = u8::MAX;
const _: () = assert!(MOST_FRAMES < NEVER as usize);

impl Cells {
    /// A view of so many peers, numbered from 1, with a file of so many chunks, of a run that ended after `end_s` seconds.
    pub fn new(peers: u32, chunks: u32, listing: Listing, end_s: f64) -> Cells {
        let width = (peers as usize).div_ceil(MOST_CELLS).max(1);
        let cells = (peers as usize).div_ceil(width);
        let frames = if end_s > 0.0 { MOST_FRAMES } else { 1 };
        let nothing = Known { ended_s: f64::NEG_INFINITY, was_false: false, was_there: false, joined: NEVER };
        Cells {
            listing,
            chunks,
            end_s,
            times: (0..frames).map(|i| end_s * i as f64 / (frames.max(2) - 1) as f64).collect(),
            width,
            peers: vec![nothing; peers as usize],
            sessions: Vec::new(),
            entries: Vec::new(),
            tallies: vec![Tally::default(); frames * cells],
            cells: vec![Cell { group: 0, first: u32::MAX, came: NEVER }; cells],
        }
    }

    /// The first instant that is not before a time in seconds.
    fn instant(&self, time_s: f64) -> u8 {
        self.times.partition_point(|time| *time < time_s) as u8
    }

    /// Adds a tracker entry that ended. Rows of peers that the view does not have are left out.
    pub fn add_expiry(&mut self, row: &ExpiryRow) {
        let (from_s, until_s) = (row.listed.as_secs_f64(), row.discarded.as_secs_f64());
        let stay = Stay { peer: row.peer, from: self.instant(from_s), until: self.instant(until_s) };
        let Some(known) = place(row.peer).and_then(|place| self.peers.get_mut(place)) else { return };
        if until_s > known.ended_s {
            (known.ended_s, known.was_false) = (until_s, row.false_expiry);
        }
        if stay.from < stay.until {
            self.entries.push(stay);
        }
    }

    /// Adds a session, after all entries that ended. Rows of peers that the view does not have are left out.
    pub fn add_session(&mut self, row: &SessionRow) {
        let from_s = row.arrived.as_secs_f64();
        // Who is there at the end is there in the last picture, too.
        let to_s = row.departed.map_or(f64::INFINITY, Time::as_secs_f64);
        let member_s = row.member.map(Time::as_secs_f64);
        let joined = member_s.map(|at| self.instant(at));
        let stay = Stay { peer: row.peer, from: self.instant(from_s), until: self.instant(to_s) };
        let Some(place) = place(row.peer).filter(|place| *place < self.peers.len()) else { return };
        let known = &mut self.peers[place];
        if let Some((joined, at)) = joined.zip(member_s) {
            if at > known.ended_s && known.joined == NEVER {
                known.joined = joined;
            }
        }
        known.was_there |= to_s > known.ended_s + self.listing.proof_interval_s / 2.0;
        let cell = &mut self.cells[place / self.width];
        if row.peer < cell.first {
            (cell.group, cell.first) = (row.group, row.peer);
        }
        cell.came = cell.came.min(stay.from);
        if stay.from < stay.until {
            self.add_shares(row, stay, place / self.width, from_s, to_s);
            self.sessions.push(stay);
        }
    }

    /// What part of the file a session has at the instants at which it is there.
    fn add_shares(&mut self, row: &SessionRow, stay: Stay, cell: usize, from_s: f64, to_s: f64) {
        // When it had a share of the file, rising in both.
        let mut known = [(f64::INFINITY, 1.0); crate::metrics::MILESTONES + 2];
        known[0] = (from_s, 0.0);
        let mut count = 1;
        for (k, at) in row.milestones.iter().enumerate().filter(|(_, at)| **at != Time::NEVER) {
            known[count] = (at.as_secs_f64(), (k + 1) as f64 / 10.0);
            count += 1;
        }
        let held = f64::from(row.chunks) / f64::from(self.chunks.max(1));
        let begun_complete = if held >= 1.0 { from_s } else { to_s.min(self.end_s) };
        let last_s = row.completed.map_or(begun_complete, Time::as_secs_f64);
        known[count] = (last_s.max(known[count - 1].0), held);
        let known = &mut known[..=count];
        known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut after = 0;
        for frame in usize::from(stay.from)..usize::from(stay.until) {
            let time_s = self.times[frame];
            while after < known.len() && known[after].0 <= time_s {
                after += 1;
            }
            let (at, share) = known[after.saturating_sub(1)];
            let share = match known.get(after) {
                // Between two instants that are known, as if it came evenly.
                Some((next, more)) if after > 0 && *next > at => share + (more - share) * (time_s - at) / (next - at),
                _ => share,
            };
            let tally = &mut self.tallies[frame * self.cells.len() + cell];
            tally.share += share;
            tally.present += 1;
        }
    }

    /// The view as the page's script reads it; `groups` are the names of the sessions' groups. `None` where there was nobody.
    pub fn view(mut self, groups: &[String]) -> Option<Value> {
        let last = self.peers.len();
        if last == 0 || self.cells.iter().all(|cell| cell.came == NEVER) {
            return None;
        }
        self.add_open_entries();
        self.tally_entries();
        let mut names: Vec<&str> = Vec::new();
        let mut number = |cell: &Cell| {
            let name = groups.get(usize::from(cell.group)).map_or("", String::as_str);
            names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            })
        };
        let group_of_cell: Vec<usize> = self.cells.iter().map(&mut number).collect();
        let count = self.cells.len();
        let state = |(i, tally): (usize, &Tally)| tally.state(self.cells[i % count].came as usize <= i / count);
        let states: Vec<u8> = self.tallies.iter().enumerate().map(state).collect();
        Some(json!({
            "cells": count, "width": self.width, "first": 1, "last": last,
            "times": self.times.iter().copied().map(short).collect::<Vec<_>>(),
            "groups": names, "group": group_of_cell, "states": base64(&states),
        }))
    }

    /// Entries that did not end with the run began with a Join, about when that was answered, or after a false expiry with the next
    /// proof, which is taken to come half an interval later.
    fn add_open_entries(&mut self) {
        for place in 0..self.peers.len() {
            let Known { ended_s, was_false, was_there, joined } = self.peers[place];
            let from = if joined != NEVER {
                joined
            } else if self.listing.readmits && was_there && was_false {
                self.instant(ended_s + self.listing.proof_interval_s / 2.0)
            } else {
                continue;
            };
            let until = self.times.len() as u8;
            if from < until {
                self.entries.push(Stay { peer: place as u32 + 1, from, until });
            }
        }
        self.entries.sort_by_key(|entry| (entry.peer, entry.from));
        self.sessions.sort_by_key(|session| (session.peer, session.from));
    }

    /// Counts who of those there is listed. A peer's entries do not overlap, nor do its sessions.
    fn tally_entries(&mut self) {
        let count = self.cells.len();
        let mut sessions = self.sessions.as_slice();
        for entry in &self.entries {
            let cell = (entry.peer as usize - 1) / self.width;
            for frame in usize::from(entry.from)..usize::from(entry.until) {
                self.tallies[frame * count + cell].any_listed = true;
            }
            // Sessions that end before this entry begins meet no later one, either.
            let is_past = |stay: &Stay| (stay.peer, stay.until) <= (entry.peer, entry.from);
            sessions = &sessions[sessions.partition_point(is_past)..];
            for stay in sessions.iter().take_while(|stay| stay.peer == entry.peer && stay.from < entry.until) {
                for frame in usize::from(stay.from.max(entry.from))..usize::from(stay.until.min(entry.until)) {
                    self.tallies[frame * count + cell].listed += 1;
                }
            }
        }
    }
}

/// The place of a peer, which are numbered from 1.
fn place(peer: u32) -> Option<usize> {
    (peer as usize).checked_sub(1)
}

impl Tally {
    /// The state of a cell, of which somebody has come or not: of those there, the mean share of the file.
    fn state(&self, has_come: bool) -> u8 {
        if self.present > 0 {
            let mean = self.share / f64::from(self.present);
            // Rounded down, so that only who has all of it is complete.
            let percent = (mean * 100.0 + 1e-9) as u8;
            return percent.min(100) + if self.listed * 2 >= self.present { LISTED } else { UNLISTED };
        }
        match (self.any_listed, has_come) {
            (true, _) => STALE,
            (false, true) => GONE,
            (false, false) => ABSENT,
        }
    }
}
