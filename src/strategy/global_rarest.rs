//! The rarest chunk of the whole swarm.

use super::{Kind, Strategy, View};
use crate::chunks::ChunkSet;
use crate::sim::Draws;

pub(super) const KIND: Kind = Kind {
    name: "global-rarest",
    summary: "The chunk with fewest copies in the whole swarm at this instant: an oracle, for reference.",
    parameters: &[],
    make: |_| Box::new(GlobalRarest),
};

#[derive(Debug)]
struct GlobalRarest;

impl Strategy for GlobalRarest {
    fn pick(&self, view: &View<'_>, candidates: &mut ChunkSet, draws: &mut Draws) -> Option<u32> {
        candidates.keep_least_by(|chunk| view.global_copies[chunk as usize]);
        candidates.choose(draws)
    }

    fn is_oracle(&self) -> bool {
        true
    }
}
