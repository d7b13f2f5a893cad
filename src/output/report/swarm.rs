//! The view of the swarm: who is there, listed, complete or gone, at some hundred instants, from the tables alone.
//!
//! A cell is a peer, or some neighboring ones where there are many; a state is a byte, so that a million peers are no more than half
//! a megabyte of the page.

use super::base64;
use super::chart::short;
use crate::output::plots::data::RunData;
use crate::output::tables::PeerRow;
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
    group: String,
    sessions: Vec<Session>,
    /// When the tracker listed it.
    listed: Vec<(f64, f64)>,
}

/// The view as the page's script reads it; `None` where there was nobody, or the run was written before progress was.
pub fn view(data: &RunData) -> Option<Value> {
    if data.peers.is_empty() || data.progress.is_empty() {
        return None;
    }
    let lives = lives(data);
    let (&first, &last) = (lives.keys().next()?, lives.keys().next_back()?);
    let lives: Vec<&Life> = lives.values().collect();
    let width = lives.len().div_ceil(MOST_CELLS);
    let cells: Vec<&[&Life]> = lives.chunks(width).collect();
    let end = data.end();
    let frames = if end > 0.0 { MOST_FRAMES } else { 1 };
    let times: Vec<f64> = (0..frames).map(|i| end * i as f64 / (frames.max(2) - 1) as f64).collect();
    let mut states = Vec::with_capacity(frames * cells.len());
    for &time in &times {
        states.extend(cells.iter().map(|cell| state(cell, time)));
    }
    let mut groups: Vec<&str> = Vec::new();
    let group_of_cell: Vec<usize> = cells
        .iter()
        .map(|cell| {
            let name = cell[0].group.as_str();
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

fn lives(data: &RunData) -> BTreeMap<u32, Life> {
    let chunks = f64::from(data.chunks().max(1));
    let end = data.end();
    let mut lives: BTreeMap<u32, Life> = BTreeMap::new();
    for (row, progress) in data.peers.iter().zip(&data.progress) {
        let from = row.arrived_s.as_f64();
        // Who is there at the end is there in the last picture, too.
        let to = row.departed_s.map_or(f64::INFINITY, |at| at.as_f64());
        let mut known = vec![(from, 0.0)];
        let tenths = progress.milestones().into_iter().enumerate();
        known.extend(tenths.filter_map(|(k, at)| Some((at?.as_f64(), (k + 1) as f64 / 10.0))));
        let held = f64::from(row.chunks) / chunks;
        let last = row.completed_s.map_or_else(|| if held >= 1.0 { from } else { to.min(end) }, |at| at.as_f64());
        known.push((last.max(known[known.len() - 1].0), held));
        known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let life = lives.entry(row.peer).or_insert_with(|| Life {
            group: row.group.clone(),
            sessions: Vec::new(),
            listed: Vec::new(),
        });
        life.sessions.push(Session { from, to, known });
    }
    add_entries(data, &mut lives);
    lives
}

/// When each peer was listed. Entries that ended stand in `expiries.csv`. One that did not began with a Join, about when that was
/// answered, or after a false expiry with the next proof, which is taken to come half an interval later.
fn add_entries(data: &RunData, lives: &mut BTreeMap<u32, Life>) {
    let proof = data.expiry_rule().map_or(0.0, |rule| rule.proof_interval / 2.0);
    let readmits = data.scenario["tracker"]["late_proof"] != "ignore";
    for row in &data.expiries {
        if let Some(life) = lives.get_mut(&row.peer) {
            life.listed.push((row.listed_s.as_f64(), row.discarded_s.as_f64()));
        }
    }
    let mut last: BTreeMap<u32, (f64, bool)> = BTreeMap::new();
    for row in &data.expiries {
        let (at, is_false) = last.entry(row.peer).or_insert((f64::NEG_INFINITY, false));
        if row.discarded_s.as_f64() > *at {
            (*at, *is_false) = (row.discarded_s.as_f64(), row.false_expiry);
        }
    }
    let mut sessions: BTreeMap<u32, Vec<&PeerRow>> = BTreeMap::new();
    data.peers.iter().for_each(|row| sessions.entry(row.peer).or_default().push(row));
    for (peer, life) in lives {
        let (ended, was_false) = last.get(peer).copied().unwrap_or((f64::NEG_INFINITY, false));
        let members = sessions.get(peer).into_iter().flatten().filter_map(|row| row.member_s.map(|at| at.as_f64()));
        let joined = members.clone().find(|at| *at > ended);
        let there = life.sessions.iter().any(|session| session.to > ended + proof);
        if let Some(from) = joined {
            life.listed.push((from, f64::INFINITY));
        } else if readmits && there && was_false {
            life.listed.push((ended + proof, f64::INFINITY));
        }
    }
}
