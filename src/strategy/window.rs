//! The rarest chunk within a window that slides over the file.

use super::{Kind, Parameter, Strategy, View};
use crate::chunks::ChunkSet;
use crate::sim::Draws;

pub(super) const KIND: Kind = Kind {
    name: "window",
    summary: "Rarest first, but only within `size` chunks from the first missing one: streaming.",
    parameters: &[Parameter {
        name: "size",
        summary: "The window's length in chunks, from the first missing one on; nothing beyond it is asked for.",
        integer: true,
        min: 1.0,
        max: super::MOST_CHUNKS,
        default: 32.0,
    }],
    make: |parameters| Box::new(Window { size: parameters[0] as u32 }),
};

/// A sliding window as in BiToS, with nothing asked for outside it: A. Vlavianos, M. Iliofotou, M. Faloutsos, "BiToS:
/// Enhancing BitTorrent for Supporting Streaming Applications", INFOCOM workshops 2006.
#[derive(Debug)]
struct Window {
    size: u32,
}

impl Strategy for Window {
    fn pick(&self, view: &View<'_>, candidates: &mut ChunkSet, draws: &mut Draws) -> Option<u32> {
        let start = view.first_missing();
        candidates.keep_within(start..start.saturating_add(self.size));
        candidates.keep_rarest(view.copies);
        candidates.choose(draws)
    }
}
