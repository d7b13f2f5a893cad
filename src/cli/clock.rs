//! The wall clock. It is read here and nowhere else, and nothing that a run computes depends on it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Measures wall time from when it was started.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    #[expect(clippy::disallowed_methods, reason = "the command line tells how long it took")]
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// The time since it was started.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Seconds since 1970 (UTC); 0 where the clock is set before that.
#[expect(clippy::disallowed_methods, reason = "the manifest tells when a run was made")]
pub fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
