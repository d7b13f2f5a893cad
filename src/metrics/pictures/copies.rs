//! Copies by range of chunks and time.

use super::{base64, short};
use crate::metrics::AvailabilityRow;
use serde_json::{Value, json};

/// The map of copies as the page's script reads it: a byte for each instant and range, 255 for the most copies there are. `None` where
/// there are none, or the rows are no whole grid.
pub fn copies_map(rows: &[AvailabilityRow]) -> Option<Value> {
    let mut times: Vec<f64> = Vec::new();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for row in rows {
        let time = row.time.as_secs_f64();
        if times.last() != Some(&time) {
            times.push(time);
        }
        if times.len() == 1 {
            ranges.push((row.first_chunk, row.last_chunk));
        }
    }
    if ranges.is_empty() || rows.len() != times.len() * ranges.len() {
        return None;
    }
    let most = rows.iter().map(|row| row.mean_copies).fold(0.0, f64::max);
    let byte = |row: &AvailabilityRow| if most > 0.0 { (row.mean_copies / most * 255.0).round() as u8 } else { 0 };
    let mean: Vec<u8> = rows.iter().map(byte).collect();
    Some(json!({
        "times": times.into_iter().map(short).collect::<Vec<_>>(), "ranges": ranges, "most": short(most), "mean": base64(&mean),
    }))
}
