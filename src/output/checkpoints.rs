//! `checkpoints.csv`: the digest of the events up to here, at intervals over a run.
//!
//! The digest of a run is a sum over its events, so that of its first so many events costs nothing but the writing down.
//! Two runs whose checkpoints agree up to some number of events had the same events so far; where they part is then looked
//! for in one stretch of a run instead of all of it.

use super::error::OutputError;
use super::tables::{self, Seconds, Table};
use crate::sim::{Digest, Time};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The most checkpoints that are kept of a run.
pub const MOST_CHECKPOINTS: usize = 1024;

/// Events between two checkpoints, as long as there are few.
const FIRST_STRIDE: u64 = 1024;

/// A row of `checkpoints.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointRow {
    /// So many events of the run had been handled.
    pub events: u64,
    /// The virtual time of the last of them, in seconds.
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
    stride: u64,
    kept: Vec<(u64, Time, Digest)>,
}

impl Default for Checkpoints {
    fn default() -> Checkpoints {
        Checkpoints { stride: FIRST_STRIDE, kept: Vec::new() }
    }
}

impl Checkpoints {
    /// How many events a run that has handled so many may handle until it is to be looked at again.
    pub fn distance(&self, events: u64) -> u64 {
        self.stride - events % self.stride
    }

    /// Looks at a run, and notes it where a checkpoint is due.
    pub fn look(&mut self, events: u64, now: Time, digest: Digest) {
        if events == 0 || events % self.stride != 0 {
            return;
        }
        // One place is left for the end of the run.
        if self.kept.len() + 1 == MOST_CHECKPOINTS {
            self.stride *= 2;
            let stride = self.stride;
            self.kept.retain(|(events, _, _)| events % stride == 0);
            return self.look(events, now, digest);
        }
        self.kept.push((events, now, digest));
    }

    /// The run has ended.
    pub fn end(&mut self, events: u64, now: Time, digest: Digest) {
        self.kept.retain(|&(before, _, _)| before < events);
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

    /// The numbers of events at which checkpoints stand after a run of so many.
    fn kept(events: u64) -> Vec<u64> {
        let mut checkpoints = Checkpoints::default();
        let mut handled = 0;
        while handled < events {
            handled = (handled + checkpoints.distance(handled)).min(events);
            checkpoints.look(handled, Time::from_nanos(handled), Digest::default());
        }
        checkpoints.end(events, Time::from_nanos(events), Digest::default());
        checkpoints.rows().map(|row| row.events).collect()
    }

    #[test]
    fn a_short_run_has_its_end() {
        assert_eq!(kept(0), [0]);
        assert_eq!(kept(1000), [1000]);
        assert_eq!(kept(1024), [1024]);
        assert_eq!(kept(2500), [1024, 2048, 2500]);
    }

    #[test]
    fn a_long_run_has_no_more_than_may_be_and_evenly_spread() {
        for events in [1_023 * 1024, 1_024 * 1024, 1_048_577, 10_000_000, 123_456_789] {
            let kept = kept(events);
            assert!(
                kept.len() <= MOST_CHECKPOINTS && kept.len() > MOST_CHECKPOINTS / 2 - 2,
                "{events}: {}",
                kept.len()
            );
            assert_eq!(kept.last(), Some(&events));
            let stride = kept[0];
            assert!(stride.is_power_of_two());
            assert!(kept.iter().zip(1..).take(kept.len() - 1).all(|(&at, place)| at == place * stride), "{events}");
        }
    }
}
