//! Metrics: observers that fold the stream of records into figures and tables.
mod summary;
mod tables;
pub use summary::*;
pub use tables::*;
