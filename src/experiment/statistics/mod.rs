//! The statistics of paired experiments: strategies compared over the same seeds.
//!
//! [`compare`] takes one figure of each run under a strategy and under a baseline, seed by seed, and gives the mean difference and
//! the mean ratio with intervals, tests, the size of the effect, what pairing has saved, and how many seeds would settle it.
//! [`Sample`] describes one series, [`Pairs`] leaves out what is censored, [`holm`] adjusts the p-values of several
//! comparisons, [`size`] plans, and [`Looks`] says when to stop. `docs/statistics.md` tells users what is assumed.
//!
//! Everything here is a pure function of its arguments: no clock, no threads, and no function of the platform's mathematical
//! library, so results are the same, bit for bit, on every machine. Whatever cannot be computed is `None`, never NaN.

mod bootstrap;
mod holm;
mod paired;
mod pairs;
mod sample;
mod sequential;
pub mod size;
mod student;
mod sum;
mod wilcoxon;

#[cfg(test)]
mod reference_tests;

pub use bootstrap::{Resampling, bca_of_mean};
pub use holm::holm;
pub use paired::{Better, Comparison, Effect, Estimate, Pairing, Settings, compare};
pub use pairs::Pairs;
pub use sample::{Interval, Sample};
pub use sequential::{Decision, Look, Looks, Width};
pub use student::{t_quantile, t_two_sided_p};
pub use wilcoxon::SignedRanks;
