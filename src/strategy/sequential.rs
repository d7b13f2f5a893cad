//! In the file's order.

use super::{Kind, Strategy, View};
use crate::chunks::ChunkSet;
use crate::sim::Draws;

pub(super) const KIND: Kind = Kind {
    name: "sequential",
    summary: "The lowest chunk number first, as a naive streaming client does.",
    parameters: &[],
    make: |_| Box::new(Sequential),
};

#[derive(Debug)]
struct Sequential;

impl Strategy for Sequential {
    fn pick(&self, _: &View<'_>, candidates: &mut ChunkSet, _: &mut Draws) -> Option<u32> {
        candidates.first()
    }
}
