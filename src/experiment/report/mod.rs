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
    let scale = measure.scale(value.abs());
    match measure.unit {
        Unit::Seconds | Unit::Bytes | Unit::Share => format!("{} {}", scale.shown(value), unit_of(measure, value)),
        Unit::Count | Unit::Number => scale.shown(value),
    }
}

/// The unit that a value of this size is said in: what `titled` sets in parentheses.
fn unit_of(measure: &Measure, value: f64) -> String {
    let titled = measure.scale(value.abs()).titled("");
    titled.trim().trim_start_matches('(').trim_end_matches(')').to_owned()
}
