//! `report.html` of an experiment: what it found on one page, in one file that asks for no other.

mod comparison;
mod sweep;

pub use comparison::comparison;
pub use sweep::sweep;

use super::measure::{Measure, Unit};
use crate::output::report::chart::Quantity;

/// What the numbers of a metric are on a chart.
fn quantity(measure: &Measure) -> Quantity {
    match measure.unit {
        Unit::Seconds => Quantity::Time,
        Unit::Bytes => Quantity::Bytes,
        Unit::Share => Quantity::Share,
        Unit::Count | Unit::Number => Quantity::Number,
    }
}

/// A metric's value in words.
fn shown(measure: &Measure, value: f64) -> String {
    measure.scale(value.abs()).shown(value)
}
