//! At random at first, then the rarest.

use super::{Kind, Parameter, Strategy, View};
use crate::chunks::ChunkSet;
use crate::sim::Draws;

pub(super) const KIND: Kind = Kind {
    name: "random-then-rarest",
    summary: "Random for the first chunks, to have something to give soon; then rarest first.",
    parameters: &[Parameter {
        name: "first",
        summary: "How many chunks are chosen at random before rarest first begins.",
        integer: true,
        min: 0.0,
        max: super::MOST_CHUNKS,
        default: 4.0,
    }],
    make: |parameters| Box::new(RandomThenRarest { first: parameters[0] as u32 }),
};

/// BitTorrent's "random first piece": B. Cohen, "Incentives Build Robustness in BitTorrent", P2PEcon 2003.
#[derive(Debug)]
struct RandomThenRarest {
    first: u32,
}

impl Strategy for RandomThenRarest {
    fn pick(&self, view: &View<'_>, candidates: &mut ChunkSet, draws: &mut Draws) -> Option<u32> {
        if view.held_count >= self.first {
            candidates.keep_rarest(view.copies);
        }
        candidates.choose(draws)
    }
}
