//! Distributions that were published, by name.

use crate::sim::{Distribution, Span};

/// A length of sessions that was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionPreset {
    /// Its name in scenarios.
    pub name: &'static str,
    /// Where it was published.
    pub source: &'static str,
    /// The Weibull distribution's shape.
    pub shape: f64,
    /// Its scale.
    pub scale: Span,
}

/// All of them.
pub const SESSIONS: &[SessionPreset] = &[SessionPreset {
    name: "stutzbach-rejaie-2006-bittorrent",
    source: "D. Stutzbach, R. Rejaie, \"Understanding Churn in Peer-to-Peer Networks\", IMC 2006: \
             the Weibull fit to sessions in a BitTorrent swarm, shape 0.59, scale 41.9 min",
    shape: 0.59,
    scale: Span::from_secs(2_514),
}];

impl SessionPreset {
    /// The distribution, in nanoseconds.
    pub fn distribution(&self) -> Distribution {
        Distribution::Weibull { shape: self.shape, scale: self.scale.as_nanos() as f64 }
    }
}
