//! Strategies compared over the same seeds.
