//! The rarest chunk among the neighbors.

use super::{Kind, Strategy, View};
use crate::chunks::ChunkSet;
use crate::sim::Draws;

pub(super) const KIND: Kind = Kind {
    name: "rarest-first",
    summary: "The chunk that fewest neighbors have, ties at random: BitTorrent's rule.",
    parameters: &[],
    make: |_| Box::new(RarestFirst),
};

/// Local rarest first: B. Cohen, "Incentives Build Robustness in BitTorrent", P2PEcon 2003.
#[derive(Debug)]
struct RarestFirst;

impl Strategy for RarestFirst {
    fn pick(&self, view: &View<'_>, candidates: &mut ChunkSet, draws: &mut Draws) -> Option<u32> {
        candidates.keep_rarest(view.copies);
        candidates.choose(draws)
    }

    fn picks_among_rarest(&self) -> bool {
        true
    }
}
