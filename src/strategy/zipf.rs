//! Near chunks more often than far ones.

use super::{Kind, Parameter, Strategy, View};
use crate::chunks::ChunkSet;
use crate::sim::{Draws, math};

pub(super) const KIND: Kind = Kind {
    name: "zipf",
    summary: "At random, with a weight that falls as a power of the distance from the first missing chunk: streaming.",
    parameters: &[Parameter {
        name: "theta",
        summary: "The power: 0 is the same as random, large values come near sequential.",
        integer: false,
        min: 0.0,
        max: 20.0,
        default: 1.25,
    }],
    make: |parameters| Box::new(Zipf { theta: parameters[0] }),
};

/// Chunk `first_missing + d - 1` has weight `d^-theta`: N. Carlsson, D. L. Eager, "Peer-assisted On-demand Streaming
/// of Stored Media using BitTorrent-like Protocols", IFIP Networking 2007 (they use 1.25).
#[derive(Debug)]
struct Zipf {
    theta: f64,
}

impl Zipf {
    /// The weight at a distance, from 2^40 downwards and at least 1: whole numbers, so that sums are exact.
    fn weight(&self, distance: u32) -> u64 {
        (math::pow(f64::from(distance), -self.theta) * (1u64 << 40) as f64).max(1.0) as u64
    }
}

impl Strategy for Zipf {
    fn pick(&self, view: &View<'_>, candidates: &mut ChunkSet, draws: &mut Draws) -> Option<u32> {
        let start = view.first_missing();
        let weights: Vec<(u32, u64)> = candidates.iter().map(|c| (c, self.weight(c - start + 1))).collect();
        let mut at = draws.below(weights.iter().map(|&(_, weight)| weight).sum());
        weights.into_iter().find_map(|(chunk, weight)| {
            let here = at < weight;
            at = at.wrapping_sub(weight);
            here.then_some(chunk)
        })
    }
}
