//! The view of the swarm: who is there, listed, complete or gone, at some hundred instants, from the tables alone.
//!
//! A cell is a peer, or some neighboring ones where there are many; a state is a byte, so that a million peers are no more than a quarter
//! of a megabyte of a page.

use super::{base64, short};
use crate::metrics::{ExpiryRow, SessionRow};
use crate::sim::Time;
use serde_json::{Value, json};
use std::collections::BTreeMap;

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

/// A session as the tables tell it, in seconds.
struct Session {
    from: f64,
    to: f64,
    /// When it had a share of the file, rising in both.
    known: Vec<(f64, f64)>,
}

/// Everything that is known of a peer.
struct Life {
    group: u16,
    sessions: Vec<Session>,
    /// When the tracker listed it.
    listed: Vec<(f64, f64)>,
}

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
        let lives = self.lives();
        let (&first, &last) = (lives.keys().next()?, lives.keys().next_back()?);
        let lives: Vec<&Life> = lives.values().collect();
        let width = lives.len().div_ceil(MOST_CELLS);
        let cells: Vec<&[&Life]> = lives.chunks(width).collect();
        let frames = if self.end_s > 0.0 { MOST_FRAMES } else { 1 };
        let times: Vec<f64> = (0..frames).map(|i| self.end_s * i as f64 / (frames.max(2) - 1) as f64).collect();
        let mut states = Vec::with_capacity(frames * cells.len());
        for &time in &times {
            states.extend(cells.iter().map(|cell| state(cell, time)));
        }
        let mut groups: Vec<&str> = Vec::new();
        let group_of_cell: Vec<usize> = cells
            .iter()
            .map(|cell| {
                let name = self.groups[usize::from(cell[0].group)].as_str();
                groups.iter().position(|known| *known == name).unwrap_or_else(|| {
                    groups.push(name);
                    groups.len() - 1
                })
            })
            .collect();
        Some(json!({
            "cells": cells.len(), "width": width, "first": first, "last": last,
            "times": times.into_iter().map(short).collect::<Vec<_>>(),
            "groups": groups, "group": group_of_cell, "states": base64(&states),
        }))
    }

    fn lives(&self) -> BTreeMap<u32, Life> {
        let chunks = f64::from(self.chunks.max(1));
        let mut lives: BTreeMap<u32, Life> = BTreeMap::new();
        for row in self.sessions {
            let from = row.arrived.as_secs_f64();
            // Who is there at the end is there in the last picture, too.
            let to = row.departed.map_or(f64::INFINITY, Time::as_secs_f64);
            let mut known = vec![(from, 0.0)];
            let tenths = row.milestones.iter().enumerate().filter(|(_, at)| **at != Time::NEVER);
            known.extend(tenths.map(|(k, at)| (at.as_secs_f64(), (k + 1) as f64 / 10.0)));
            let held = f64::from(row.chunks) / chunks;
            let begun_complete = || if held >= 1.0 { from } else { to.min(self.end_s) };
            let last = row.completed.map_or_else(begun_complete, Time::as_secs_f64);
            known.push((last.max(known[known.len() - 1].0), held));
            known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let life = lives.entry(row.peer).or_insert_with(|| Life {
                group: row.group,
                sessions: Vec::new(),
                listed: Vec::new(),
            });
            life.sessions.push(Session { from, to, known });
        }
        self.add_entries(&mut lives);
        lives
    }

    /// When each peer was listed. Entries that did not end with the run began with a Join, about when that was answered, or after a
    /// false expiry with the next proof, which is taken to come half an interval later.
    fn add_entries(&self, lives: &mut BTreeMap<u32, Life>) {
        let proof = self.listing.proof_interval_s / 2.0;
        let mut last: BTreeMap<u32, (f64, bool)> = BTreeMap::new();
        for row in self.expiries {
            let (from, to) = (row.listed.as_secs_f64(), row.discarded.as_secs_f64());
            if let Some(life) = lives.get_mut(&row.peer) {
                life.listed.push((from, to));
            }
            let (at, is_false) = last.entry(row.peer).or_insert((f64::NEG_INFINITY, false));
            if to > *at {
                (*at, *is_false) = (to, row.false_expiry);
            }
        }
        let mut sessions: BTreeMap<u32, Vec<&SessionRow>> = BTreeMap::new();
        self.sessions.iter().for_each(|row| sessions.entry(row.peer).or_default().push(row));
        for (peer, life) in lives {
            let (ended, was_false) = last.get(peer).copied().unwrap_or((f64::NEG_INFINITY, false));
            let mut members =
                sessions.get(peer).into_iter().flatten().filter_map(|row| row.member.map(Time::as_secs_f64));
            let joined = members.find(|at| *at > ended);
            let there = life.sessions.iter().any(|session| session.to > ended + proof);
            if let Some(from) = joined {
                life.listed.push((from, f64::INFINITY));
            } else if self.listing.readmits && there && was_false {
                life.listed.push((ended + proof, f64::INFINITY));
            }
        }
    }
}

/// The state of a cell: of those there, the mean share of the file.
fn state(cell: &[&Life], time: f64) -> u8 {
    let is_listed = |life: &Life| life.listed.iter().any(|(from, to)| *from <= time && time < *to);
    let shares: Vec<(f64, bool)> = cell.iter().filter_map(|life| Some((life.share(time)?, is_listed(life)))).collect();
    if !shares.is_empty() {
        let mean = shares.iter().map(|(share, _)| share).sum::<f64>() / shares.len() as f64;
        // Rounded down, so that only who has all of it is complete.
        let percent = (mean * 100.0 + 1e-9) as u8;
        let listed = shares.iter().filter(|(_, listed)| *listed).count();
        return percent.min(100) + if listed * 2 >= shares.len() { LISTED } else { UNLISTED };
    }
    let has_come = cell.iter().any(|life| life.sessions.iter().any(|session| session.from <= time));
    match (cell.iter().any(|life| is_listed(life)), has_come) {
        (true, _) => STALE,
        (false, true) => GONE,
        (false, false) => ABSENT,
    }
}

impl Life {
    /// What part of the file it has; `None` where it is not there.
    fn share(&self, time: f64) -> Option<f64> {
        let session = self.sessions.iter().find(|session| session.from <= time && time < session.to)?;
        let after = session.known.partition_point(|(at, _)| *at <= time);
        let (at, share) = session.known[after.saturating_sub(1)];
        Some(match session.known.get(after) {
            // Between two instants that are known, as if it came evenly.
            Some((next, more)) if after > 0 && *next > at => share + (more - share) * (time - at) / (next - at),
            _ => share,
        })
    }
}
