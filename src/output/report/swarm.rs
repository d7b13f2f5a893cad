//! The swarm and the copies of chunks over time, from the tables as they were written.

use crate::metrics::pictures::{self, Listing, Swarm};
use crate::metrics::{AvailabilityRow, ExpiryRow, SessionRow};
use crate::output::plots::data::RunData;
use crate::output::tables::{CopiesRow, EndedRow, PeerRow, ProgressRow, Seconds};
use crate::sim::Time;
use serde_json::Value;

/// The view of the swarm; `None` where there was nobody, or the run was written before progress was.
pub fn view(data: &RunData) -> Option<Value> {
    if data.progress.is_empty() {
        return None;
    }
    let mut groups: Vec<String> = Vec::new();
    let sessions = sessions(data, &mut groups);
    let proof_interval_s = data.expiry_rule().map_or(0.0, |rule| rule.proof_interval);
    let swarm = Swarm {
        sessions: &sessions,
        expiries: &expiries(data),
        groups: &groups,
        chunks: data.chunks(),
        listing: Listing { proof_interval_s, readmits: data.scenario["tracker"]["late_proof"] != "ignore" },
        end_s: data.end(),
    };
    swarm.view()
}

/// Copies by range of chunks and time; `None` where there are none.
pub fn copies_map(data: &RunData) -> Option<Value> {
    let row = |row: &CopiesRow| AvailabilityRow {
        time: time(row.time_s),
        first_chunk: row.first_chunk,
        last_chunk: row.last_chunk,
        min_copies: row.min_copies,
        mean_copies: row.mean_copies,
    };
    pictures::copies_map(&data.copies.iter().map(row).collect::<Vec<_>>())
}

fn time(seconds: Seconds) -> Time {
    Time::from_nanos(seconds.0)
}

/// The sessions, with groups numbered in the order in which they come.
fn sessions(data: &RunData, groups: &mut Vec<String>) -> Vec<SessionRow> {
    let rows = data.peers.iter().zip(&data.progress);
    let row = |(row, progress): (&PeerRow, &ProgressRow)| {
        let known = groups.iter().position(|name| *name == row.group);
        let group = known.unwrap_or_else(|| {
            groups.push(row.group.clone());
            groups.len() - 1
        });
        SessionRow {
            peer: row.peer,
            group: group as u16,
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
    };
    rows.map(row).collect()
}

fn expiries(data: &RunData) -> Vec<ExpiryRow> {
    let row = |row: &EndedRow| ExpiryRow {
        peer: row.peer,
        listed: time(row.listed_s),
        last_proof: time(row.last_proof_s),
        expires: time(row.expires_s),
        departed: row.departed_s.map(time),
        discarded: time(row.discarded_s),
        false_expiry: row.false_expiry,
    };
    data.expiries.iter().map(row).collect()
}
