//! One-way latency between nodes.

use crate::sim::{Distribution, Owner, Purpose, Span, Streams};

/// Latency that is drawn once for each unordered pair of nodes, and the same both ways.
///
/// Nothing is stored: a pair's latency is addressed by the pair, and drawn again whenever it is asked for.
#[derive(Clone, Debug)]
pub struct Latency {
    streams: Streams,
    distribution: Distribution,
    constant: Option<Span>,
}

impl Latency {
    /// Latencies in nanoseconds from `distribution`.
    pub fn new(streams: Streams, distribution: Distribution) -> Latency {
        let constant = distribution.constant_value().map(Span::from_nanos_f64);
        Latency { streams, distribution, constant }
    }

    /// The latency between `a` and `b`.
    pub fn between(&self, a: Owner, b: Owner) -> Span {
        self.constant.unwrap_or_else(|| {
            let draw = self.streams.draw_pair(a, b, Purpose::PairLatency);
            Span::from_nanos_f64(self.distribution.sample(draw))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::GroupId;

    #[test]
    fn it_is_symmetric_and_differs_between_pairs() {
        let latency = Latency::new(Streams::new(3), Distribution::Lognormal { median: 4e7, sigma: 0.5 });
        let peer = |i| Owner::peer(GroupId::of("home"), i);
        assert_eq!(latency.between(peer(1), peer(2)), latency.between(peer(2), peer(1)));
        assert_ne!(latency.between(peer(1), peer(2)), latency.between(peer(1), peer(3)));
        assert_ne!(latency.between(Owner::TRACKER, peer(1)), latency.between(Owner::TRACKER, peer(2)));
    }
}
