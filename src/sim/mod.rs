//! The kernel: virtual time, the event queue, addressed randomness, the digest and the loop.
//!
//! It knows no swarm. Nothing here reads a clock, a file or a thread's own generator, and nothing depends on the
//! width of a machine word, the order of a hash map or the platform's mathematical functions.

pub mod cache;
mod digest;
mod distribution;
mod event;
mod kernel;
pub mod math;
mod queue;
mod random;
mod time;

pub use digest::Digest;
pub use distribution::{Distribution, unit_interval};
pub use event::{Event, Key, Origin, Payload};
pub use kernel::{Kernel, Model, Pause};
pub use queue::{EventQueue, HeapQueue, LadderQueue, QueueKind};
pub use random::{Draws, GroupId, Owner, Purpose, Streams};
pub use time::{NANOS_PER_SECOND, Span, Time};
