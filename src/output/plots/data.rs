//! What the plots are drawn from: the files of a run, as they were written.
//!
//! Tables that grow with the peers are read row by row, and only what is drawn of them is kept.

use super::fold::{Crowds, Lags, Reading};
use crate::metrics::pictures::Listing;
use crate::output::OutputError;
use crate::output::tables::{self, CopiesRow, PeerRow, ProgressRow, Table, TimeRow};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The files of a run.
#[derive(Clone, Debug)]
pub struct RunData {
    /// `summary.json`.
    pub summary: Value,
    /// `scenario.json`.
    pub scenario: Value,
    /// `timeseries.csv`.
    pub samples: Vec<TimeRow>,
    /// `availability.csv`.
    pub copies: Vec<CopiesRow>,
    /// What `peers.csv` says of each group.
    pub crowds: Crowds,
    /// What `expiries.csv` says of departures.
    pub lags: Lags,
    /// The view of the swarm, of `peers.csv`, `progress.csv` and `expiries.csv`; `None` where there was nobody, or the run was written before
    /// progress was.
    pub swarm: Option<Value>,
}

/// What decides how late the tracker notices a departure, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpiryRule {
    /// How long an entry lives after the last proof.
    pub entry_ttl: f64,
    /// Between two proofs.
    pub proof_interval: f64,
    /// Between two sweeps.
    pub sweep_interval: f64,
}

impl RunData {
    /// Reads the run that stands (or is staged) in `folder`.
    pub fn read(folder: &Path) -> Result<RunData, OutputError> {
        let mut data =
            RunData::new(read_json(&folder.join("summary.json"))?, read_json(&folder.join("scenario.json"))?);
        data.samples = tables::read(folder)?;
        data.copies = tables::read(folder)?;
        let chunks = match data.chunks() {
            Some(chunks) => chunks,
            None => tables::rows::<PeerRow>(folder)?.try_fold(0, |most, row| Ok(row?.chunks.max(most)))?,
        };
        // A row has more than this many bytes: a summary that was damaged asks for no more memory than that.
        let most = fs::metadata(folder.join(PeerRow::FILE)).map_or(0, |file| file.len() / 16);
        let peers = data.figure("peers.arrived").unwrap_or(0.0).min(most as f64) as u32;
        let mut reading = data.reading(peers, chunks);
        for row in tables::rows(folder)? {
            reading.expiry(&row?);
        }
        let mut progress = match folder.join(ProgressRow::FILE).is_file() {
            true => Some(tables::rows::<ProgressRow>(folder)?),
            false => None,
        };
        for row in tables::rows(folder)? {
            let progress = progress.as_mut().and_then(Iterator::next).transpose()?;
            reading.session(&row?, progress.as_ref());
        }
        reading.end(&mut data);
        Ok(data)
    }

    /// A run whose tables are still to be read.
    pub(super) fn new(summary: Value, scenario: Value) -> RunData {
        let (samples, copies) = (Vec::new(), Vec::new());
        RunData { summary, scenario, samples, copies, crowds: Crowds::default(), lags: Lags::default(), swarm: None }
    }

    /// Begins to read its peers and expiries, when all else is there.
    pub(super) fn reading(&self, peers: u32, chunks: u32) -> Reading {
        let proof_interval_s = self.expiry_rule().map_or(0.0, |rule| rule.proof_interval);
        let listing = Listing { proof_interval_s, readmits: self.scenario["tracker"]["late_proof"] != "ignore" };
        Reading::new(peers, chunks, listing, self.end())
    }

    /// The scenario's name and the seed, for subtitles.
    pub fn run_name(&self) -> String {
        format!("{}  ·  seed {}", self.scenario_name(), self.summary["seed"])
    }

    /// The scenario's name.
    pub fn scenario_name(&self) -> &str {
        self.summary["scenario"].as_str().unwrap_or_default()
    }

    /// A number of the summary, by its path.
    pub fn figure(&self, path: &str) -> Option<f64> {
        path.split('.').try_fold(&self.summary, |value, key| value.get(key))?.as_f64()
    }

    /// The end of the run, in seconds.
    pub fn end(&self) -> f64 {
        let last = self.samples.last().map_or(0.0, |row| row.time_s.as_f64());
        self.figure("end_time_s").unwrap_or(0.0).max(last)
    }

    /// The number of chunks in the file, as far as the copies tell.
    pub fn chunks(&self) -> Option<u32> {
        self.copies.iter().map(|row| row.last_chunk.saturating_add(1)).max()
    }

    /// The rule by which entries expire; `None` where the scenario does not say it in a known form.
    pub fn expiry_rule(&self) -> Option<ExpiryRule> {
        let get = |section: &str, key: &str| duration_s(self.scenario.get(section)?.get(key)?);
        Some(ExpiryRule {
            entry_ttl: get("tracker", "entry_ttl")?,
            proof_interval: get("protocol", "active_proof_interval")?,
            sweep_interval: get("tracker", "sweep_interval")?,
        })
    }
}

/// Reads a JSON file.
pub fn read_json(path: &Path) -> Result<Value, OutputError> {
    let text = fs::read(path).map_err(OutputError::io("read", path))?;
    serde_json::from_slice(&text).map_err(|error| OutputError::damaged(path, error))
}

/// A duration of a resolved scenario in seconds: a number, or text like `2h 30m` or `250ms`.
fn duration_s(value: &Value) -> Option<f64> {
    if let Some(seconds) = value.as_f64() {
        return Some(seconds);
    }
    let mut total = 0.0;
    let mut rest = value.as_str()?.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..unit_at].parse().ok()?;
        let after = rest[unit_at..].trim_start();
        let unit_end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        total += number * unit_s(&after[..unit_end])?;
        rest = after[unit_end..].trim_start();
    }
    Some(total)
}

fn unit_s(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_in_every_form() {
        let read = |text: &str| duration_s(&Value::from(text));
        assert_eq!(read("120s"), Some(120.0));
        assert_eq!(read("2h 30m"), Some(9000.0));
        assert_eq!(read("250ms"), Some(0.25));
        assert_eq!(read("1.5 s"), Some(1.5));
        assert_eq!(duration_s(&Value::from(40)), Some(40.0));
        for bad in ["", "12", "x", "5 parsecs", "1..2s"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
