//! The most common chunk among the neighbors.

use super::{Kind, Strategy, View};
use crate::chunks::ChunkSet;
use crate::sim::Draws;

pub(super) const KIND: Kind = Kind {
    name: "most-common",
    summary: "The chunk that most neighbors have, ties at random: the anti-baseline.",
    parameters: &[],
    make: |_| Box::new(MostCommon),
};

#[derive(Debug)]
struct MostCommon;

impl Strategy for MostCommon {
    fn pick(&self, view: &View<'_>, candidates: &mut ChunkSet, draws: &mut Draws) -> Option<u32> {
        candidates.keep_most_common(view.copies);
        candidates.choose(draws)
    }
}
