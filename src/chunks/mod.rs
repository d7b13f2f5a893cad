//! Chunks: sets of them, counts of their copies, and who has got which in what order.
//!
//! A chunk is a number from 0. Sets of chunks only grow while a peer has them, and that is the key to memory:
//! what a peer knows of a neighbor is how many of its chunks, in the order in which it got them; see [`ChunkSets`].

mod counts;
mod owners;
mod set;
mod sets;

pub use counts::CopyCounts;
pub use owners::Owner;
pub use set::{Bits, ChunkSet};
pub(crate) use sets::CountRoom;
pub use sets::{ChunkSets, SetId};
