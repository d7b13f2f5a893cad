//! What a worker tells of itself while it is at work.

use super::run::Progress;
use crate::output::LOCK;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// For how many seconds a sign of life is believed, where no lock tells better: several times the pause between two of them, and what a
/// shared file system may hold back.
pub const FRESH_S: u64 = 120;
/// The longest text that is read.
const MAX_BYTES: u64 = 4_096;

/// A sign of life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beat {
    /// The machine.
    pub host: String,
    /// The process there.
    pub pid: u32,
    /// Runs at once.
    pub jobs: usize,
    /// Runs that are there, with those that were there before.
    pub done: usize,
    /// Runs that there are to be.
    pub planned: usize,
    /// Runs that failed.
    pub failed: usize,
    /// What those done by this process were to take, in seconds of a processor, by the estimate.
    pub done_s: f64,
    /// Seconds since the process began.
    pub elapsed_s: f64,
}

impl Beat {
    /// One of a process on `host` that has come this far in `elapsed_s`.
    pub fn new(progress: &Progress, host: String, pid: u32, jobs: usize, elapsed_s: f64) -> Beat {
        let &Progress { reused, done, failed, planned, done_s, .. } = progress;
        Beat { host, pid, jobs, done: reused + done, planned: reused + planned, failed, done_s, elapsed_s }
    }

    /// As a line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a beat is plain data")
    }

    /// The last one in a folder, and when it was written, in seconds since 1970. Text that is being written at this moment is none.
    pub fn last(folder: &Path) -> Option<(Option<Beat>, u64)> {
        let path = folder.join(LOCK);
        let metadata = fs::symlink_metadata(&path).ok().filter(|found| found.is_file() && found.len() <= MAX_BYTES)?;
        let at = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
        Some((fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()), at))
    }
}
