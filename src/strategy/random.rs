//! Any chunk.

use super::{Kind, Strategy, View};
use crate::chunks::ChunkSet;
use crate::sim::Draws;

pub(super) const KIND: Kind = Kind {
    name: "random",
    summary: "Any chunk that can be had, each as likely.",
    parameters: &[],
    make: |_| Box::new(Random),
};

#[derive(Debug)]
struct Random;

impl Strategy for Random {
    fn pick(&self, _: &View<'_>, candidates: &mut ChunkSet, draws: &mut Draws) -> Option<u32> {
        candidates.choose(draws)
    }
}
