//! The kernel: virtual time, the event queue, addressed randomness, the digest and the loop.
mod distribution;
pub mod math;
mod time;
pub use distribution::{Distribution, unit_interval};
pub use time::{NANOS_PER_SECOND, Span, Time};
