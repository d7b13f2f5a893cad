//! Anything but the most common chunks while copies are uneven.

use super::{Kind, Parameter, Strategy, View};
use crate::chunks::ChunkSet;
use crate::sim::Draws;

pub(super) const KIND: Kind = Kind {
    name: "mode-suppression",
    summary: "At random, but never the most common chunks while they lead the rarest by `threshold` copies.",
    parameters: &[Parameter {
        name: "threshold",
        summary: "The lead in copies, among the neighbors, from which the most common chunks are suppressed. \
                  With 1, a closed swarm may come to a halt: two peers can each wait for the other.",
        integer: true,
        min: 1.0,
        max: super::MOST_CHUNKS,
        default: 4.0,
    }],
    make: |parameters| Box::new(ModeSuppression { threshold: parameters[0] as u32 }),
};

/// Threshold mode suppression: V. Reddyvari, P. Parag, S. Shakkottai, "Mode-Suppression: A Simple, Stable and Scalable
/// Chunk-Sharing Algorithm for P2P Networks", INFOCOM 2018; here on the copies that the peer knows of.
#[derive(Debug)]
struct ModeSuppression {
    threshold: u32,
}

impl Strategy for ModeSuppression {
    fn pick(&self, view: &View<'_>, candidates: &mut ChunkSet, draws: &mut Draws) -> Option<u32> {
        let mut mode = ChunkSet::full(view.chunks);
        let mut rarest = mode.clone();
        mode.keep_most_common(view.copies);
        rarest.keep_rarest(view.copies);
        let copies = |set: &ChunkSet| set.first().map_or(0, |chunk| view.copies.get(chunk));
        if copies(&mode) - copies(&rarest) >= self.threshold {
            candidates.remove_all(&mode);
        }
        candidates.choose(draws)
    }
}
