//! What a tracker's list looks like in a steady swarm, worked out rather than simulated.
//!
//! Peers come by a Poisson process, stay for exponential sessions of mean m, and leave without a word. Their proofs leave every h and arrive
//! d later, each lost with probability p; an entry lives for T after the last that was heard, and ends at the first sweep after that,
//! which lies W later, uniform in (0, s]. Left out for ghosts: that the first proof follows the Join by
//! h + 2d, not h, and that an entry is never older than its peer.

use swarmsim::sim::math;

/// A swarm and its tracker, but for what is tuned.
#[derive(Clone, Copy, Debug)]
pub struct Swarm {
    /// m, in seconds.
    pub mean_session_s: f64,
    /// s, in seconds.
    pub sweep_interval_s: f64,
    /// d, in seconds.
    pub delay_s: f64,
}

/// What is tuned, and the loss it must bear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// T, in seconds.
    pub entry_ttl_s: f64,
    /// h, in seconds.
    pub proof_interval_s: f64,
    /// p, below 1.
    pub loss: f64,
}

impl Swarm {
    /// Mean time for which who has left stays on the list, in seconds; 0 for those who were not on it. The age of the last proof heard
    /// is (U + K) h, with U uniform in (0, 1) and K, the proofs lost since, geometric. Without loss this is T + d + (s - h) / 2.
    pub fn ghost_time_s(&self, at: Setting) -> f64 {
        let (s, h) = (self.sweep_interval_s, at.proof_interval_s);
        // The mean of max(0, c + W - U h), over W and U.
        let mean = |c: f64| (cube(c + s) - cube(c) - cube(c + s - h) + cube(c - h)) / (s * h);
        let after =
            |lost: i32| math::pow(at.loss, f64::from(lost)) * mean(at.entry_ttl_s + self.delay_s - f64::from(lost) * h);
        (1.0 - at.loss) * (0..200).map(after).sum::<f64>()
    }

    /// The share of its time that a living peer is off the list: from a false expiry until the next proof that arrives.
    pub fn unlisted_share(&self, at: Setting) -> f64 {
        let (s, h) = (self.sweep_interval_s, at.proof_interval_s);
        let square = |x: f64| x.max(0.0) * x.max(0.0);
        // The mean of max(0, x - W), over W.
        let mean = |x: f64| (square(x) - square(x - s)) / (2.0 * s);
        let gap = |n: i32| math::pow(at.loss, f64::from(n - 1)) * mean(f64::from(n) * h - at.entry_ttl_s);
        let per_cycle = (1.0 - at.loss) * (1..200).map(gap).sum::<f64>();
        per_cycle * (1.0 - at.loss) / h
    }

    /// The share of the list that has left. By Little's law there are (arrivals a second) × (ghost time) ghosts, and (arrivals a
    /// second) × m of the living, some of whom are off the list.
    pub fn ghost_share(&self, at: Setting) -> f64 {
        let ghosts = self.ghost_time_s(at);
        ghosts / (ghosts + self.mean_session_s * (1.0 - self.unlisted_share(at)))
    }

    /// False expiries for each proof sent: a proof (or a Join, of which there are e^(h/m) - 1 to a proof) was heard, and all proofs that were to
    /// come before the sweep at T + W were lost, and the peer has not left meanwhile. With s = 0 and long sessions this is
    /// (1 - p) p^floor(T / h).
    pub fn false_per_proof(&self, at: Setting) -> f64 {
        let joins = math::exp(at.proof_interval_s / self.mean_session_s) - 1.0;
        // The first proof follows the Join by h + 2 d.
        let late = self.all_lost(at, at.entry_ttl_s - 2.0 * self.delay_s);
        let stays = math::exp(-(at.entry_ttl_s + self.sweep_interval_s / 2.0) / self.mean_session_s);
        ((1.0 - at.loss) * self.all_lost(at, at.entry_ttl_s) + joins * late) * stays
    }

    /// The mean of p^floor((ttl + W) / h), over W.
    fn all_lost(&self, at: Setting, ttl: f64) -> f64 {
        let (s, h) = (self.sweep_interval_s, at.proof_interval_s);
        let first = (ttl / h + 1e-9).floor() as i32;
        // W at which one more proof comes before the sweep.
        let turn = |n: i32| (f64::from(n) * h - ttl).clamp(0.0, s);
        let part = |n: i32| math::pow(at.loss, f64::from(n)) * (turn(n + 1) - turn(n)) / s;
        let last = ((ttl + s) / h).ceil() as i32;
        (first.max(0)..=last).map(part).sum()
    }

    /// The setting with this proof interval whose entries live for as short as false expiries allow.
    pub fn least_ttl(&self, proof_interval_s: f64, loss: f64, most_false: f64) -> Setting {
        let at = |entry_ttl_s| Setting { entry_ttl_s, proof_interval_s, loss };
        let enough = |ttl: f64| self.false_per_proof(at(ttl)) <= most_false;
        at(bisected(0.0, 100.0 * proof_interval_s, |ttl| !enough(ttl)))
    }

    /// The setting with the longest proof interval, so the least load, that keeps both limits.
    pub fn best(&self, loss: f64, most_ghosts: f64, most_false: f64) -> Setting {
        let few = |h: f64| self.ghost_share(self.least_ttl(h, loss, most_false)) <= most_ghosts;
        let h = bisected(0.1, self.mean_session_s, few);
        self.least_ttl(h, loss, most_false)
    }
}

/// The third of a half of max(0, x)^3: the second integral of max(0, x).
fn cube(x: f64) -> f64 {
    let x = x.max(0.0);
    x * x * x / 6.0
}

/// Where `holds` turns from true to false, between two places.
fn bisected(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if holds(middle) { low = middle } else { high = middle }
    }
    high
}
