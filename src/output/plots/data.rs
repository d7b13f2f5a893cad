//! What the plots are drawn from: the files of a run, as they were written.

use crate::output::OutputError;
use crate::output::tables::{self, CopiesRow, EndedRow, PeerRow, ProgressRow, Table, TimeRow};
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
    /// `peers.csv`.
    pub peers: Vec<PeerRow>,
    /// `timeseries.csv`.
    pub samples: Vec<TimeRow>,
    /// `expiries.csv`.
    pub expiries: Vec<EndedRow>,
    /// `availability.csv`.
    pub copies: Vec<CopiesRow>,
    /// `progress.csv`, a row for each of `peers`; empty where the run was written before there was such a file.
    pub progress: Vec<ProgressRow>,
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
        Ok(RunData {
            summary: read_json(&folder.join("summary.json"))?,
            scenario: read_json(&folder.join("scenario.json"))?,
            peers: tables::read(folder)?,
            samples: tables::read(folder)?,
            expiries: tables::read(folder)?,
            copies: tables::read(folder)?,
            progress: match folder.join(ProgressRow::FILE).is_file() {
                true => tables::read(folder)?,
                false => Vec::new(),
            },
        })
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

    /// The number of chunks in the file, as far as the tables tell.
    pub fn chunks(&self) -> u32 {
        let in_copies = self.copies.iter().map(|row| row.last_chunk.saturating_add(1)).max();
        in_copies.or_else(|| self.peers.iter().map(|row| row.chunks).max()).unwrap_or(0)
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
