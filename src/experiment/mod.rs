//! Experiments: the same scenarios and seeds under several strategies, and what may be concluded from them.

pub mod statistics;
