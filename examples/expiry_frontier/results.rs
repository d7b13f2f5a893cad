//! The rows of a sweep's `results.csv`, gathered by setting.

use super::theory::Setting;
use std::error::Error;
use std::path::Path;
use swarmsim::experiment::statistics::Sample;
use swarmsim::scenario::units::parse_duration;

/// What was simulated at one setting: a value a seed.
#[derive(Clone, Debug)]
pub struct Point {
    /// The setting.
    pub at: Setting,
    /// The share of the list that has left: mean stale entries / mean entries.
    pub ghost_share: Vec<f64>,
    /// False expiries for each proof sent.
    pub false_per_proof: Vec<f64>,
}

/// A mean and its 95 % interval by Student's t.
pub fn mean_and_interval(values: &[f64]) -> (f64, [f64; 2]) {
    let sample = Sample::of(values).expect("a setting has runs, and their values are numbers");
    let mean = sample.mean();
    (mean, sample.mean_interval(0.95).map_or([mean; 2], |interval| [interval.low, interval.high]))
}

/// Reads `results.csv` in a folder.
///
/// # Errors
/// It cannot be read, or is not of a sweep that varies what is tuned here and holds what is compared.
pub fn read(folder: &Path) -> Result<Vec<Point>, Box<dyn Error>> {
    let path = folder.join("results.csv");
    let mut csv = csv::Reader::from_path(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let header = csv.headers()?.clone();
    let column = |name: &str| {
        header.iter().position(|known| known == name).ok_or_else(|| format!("{} has no column {name}", path.display()))
    };
    let setting = [column("tracker.entry_ttl")?, column("protocol.active_proof_interval")?, column("network.loss")?];
    let figures = [
        column("expiry.mean_stale_listed")?,
        column("expiry.mean_listed")?,
        column("expiry.false_expiries")?,
        column("requests.active_proof.sent")?,
    ];
    let mut points: Vec<Point> = Vec::new();
    for record in csv.records() {
        let record = record?;
        let seconds = |i: usize| parse_duration(&record[i]).map(|span| span.as_secs_f64());
        let at = Setting {
            entry_ttl_s: seconds(setting[0])?,
            proof_interval_s: seconds(setting[1])?,
            loss: record[setting[2]].parse()?,
        };
        let mut values = [0.0; 4];
        for (value, i) in values.iter_mut().zip(figures) {
            *value = record[i].parse()?;
        }
        let known = points.iter().position(|point| point.at == at).unwrap_or_else(|| {
            points.push(Point { at, ghost_share: Vec::new(), false_per_proof: Vec::new() });
            points.len() - 1
        });
        points[known].ghost_share.push(values[0] / values[1]);
        points[known].false_per_proof.push(values[2] / values[3]);
    }
    Ok(points)
}
