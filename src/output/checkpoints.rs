//! `checkpoints.csv`: the digest of the events up to here, at intervals over a run.
//!
//! The digest of a run is a sum over its events, so that of its events up to some instant costs little but the writing down.
//! Two runs whose checkpoints agree up to some instant had the same events so far; where they part is then looked
//! for in one stretch of a run instead of all of it. Checkpoints stand at virtual times, so that they do not depend on how
//! a run was watched.

use super::error::OutputError;
use super::tables::{self, Seconds, Table};
use crate::sim::{Digest, Span, Time};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The most checkpoints that are kept of a run.
pub const MOST_CHECKPOINTS: usize = 256;

/// The first checkpoints are this part of the longest time that the run may take apart.
const FIRST_PART: u64 = 1 << 18;

/// A row of `checkpoints.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointRow {
    /// So many events of the run had been handled.
    pub events: u64,
    /// Up to this virtual time, in seconds.
    pub time_s: Seconds,
    /// Their digest.
    pub digest: String,
}

impl Table for CheckpointRow {
    const FILE: &'static str = "checkpoints.csv";
    const COLUMNS: &'static [&'static str] = &["events", "time_s", "digest"];
}

/// The checkpoints of a run under way. When there would be more than [`MOST_CHECKPOINTS`], every second one goes and the
/// stride doubles, so that they stay evenly spread however long the run becomes.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    stride: Span,
    mark: Time,
    kept: Vec<(u64, Time, Digest)>,
}

impl Checkpoints {
    /// None yet, of a run that may last until `until`.
    pub fn new(until: Time) -> Checkpoints {
        let stride = Span::from_nanos((until.as_nanos() / FIRST_PART).max(1));
        Checkpoints { stride, mark: Time::ZERO + stride, kept: Vec::new() }
    }

    /// The virtual time of the next checkpoint.
    pub fn mark(&self) -> Time {
        self.mark
    }

    /// The run has come to the mark, with so many events and this digest; the next event is at `next`.
    pub fn reached(&mut self, events: u64, digest: Digest, next: Time) {
        if self.kept.last().is_none_or(|&(before, _, _)| before < events) && events > 0 {
            self.kept.push((events, self.mark, digest));
        }
        // One place is left for the end of the run.
        while self.kept.len() >= MOST_CHECKPOINTS {
            self.stride = self.stride + self.stride;
            let stride = self.stride.as_nanos();
            self.kept.retain(|(_, at, _)| at.as_nanos() % stride == 0);
        }
        let stride = self.stride.as_nanos();
        // The first multiple that is not before the next event.
        let mark = next.as_nanos().div_ceil(stride).saturating_mul(stride);
        self.mark = Time::from_nanos(mark.min(Time::NEVER.as_nanos()));
    }

    /// The run has ended.
    pub fn end(&mut self, events: u64, now: Time, digest: Digest) {
        self.kept.retain(|&(before, at, _)| before < events && at < now);
        self.kept.push((events, now, digest));
    }

    /// As rows of the table.
    pub fn rows(&self) -> impl Iterator<Item = CheckpointRow> {
        self.kept.iter().map(|&(events, time, digest)| CheckpointRow {
            events,
            time_s: time.into(),
            digest: digest.to_string(),
        })
    }
}

/// Reads the checkpoints of the run in a folder.
///
/// # Errors
/// Where there are none, or they do not rise.
pub fn read(folder: &Path) -> Result<Vec<CheckpointRow>, OutputError> {
    let rows: Vec<CheckpointRow> = tables::read(folder)?;
    if rows.windows(2).any(|pair| pair[0].events >= pair[1].events) {
        return Err(OutputError::damaged(&folder.join(CheckpointRow::FILE), "events do not rise from row to row"));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIL: u64 = FIRST_PART * 1000;

    /// The times of the checkpoints of a run with an event every `gap` nanoseconds that ends at `end`.
    fn kept(gap: u64, end: u64) -> Vec<u64> {
        let mut checkpoints = Checkpoints::new(Time::from_nanos(UNTIL));
        let mut next = gap;
        while next <= end {
            while checkpoints.mark().as_nanos() < next {
                checkpoints.reached(next / gap - 1, Digest::default(), Time::from_nanos(next));
            }
            next += gap;
        }
        checkpoints.end(end / gap, Time::from_nanos(end), Digest::default());
        checkpoints.kept.iter().map(|&(_, at, _)| at.as_nanos()).collect()
    }

    #[test]
    fn a_short_run_has_its_end() {
        assert_eq!(kept(1, 0), [0]);
        assert_eq!(kept(10, 900), [900]);
        assert_eq!(kept(10, 2500), [1000, 2000, 2500]);
    }

    #[test]
    fn where_nothing_happens_there_is_no_checkpoint() {
        assert_eq!(kept(5500, 12_000), [6000, 12_000]);
    }

    #[test]
    fn a_long_run_has_no_more_than_may_be_and_evenly_spread() {
        for end in [254_000, 255_000, 256_100, 1_234_567, UNTIL / 7] {
            let kept = kept(100, end);
            assert!(kept.len() <= MOST_CHECKPOINTS && kept.len() > MOST_CHECKPOINTS / 2 - 2, "{end}: {}", kept.len());
            assert_eq!(kept.last(), Some(&end));
            let stride = kept[0];
            assert!(stride % 1000 == 0 && (stride / 1000).is_power_of_two());
            assert!(kept.iter().zip(1..).take(kept.len() - 1).all(|(&at, place)| at == place * stride), "{end}");
        }
    }
}
