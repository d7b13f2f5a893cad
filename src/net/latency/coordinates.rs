//! Points of a plane, each with a height above it: the shape that network coordinates have (F. Dabek, R. Cox, F. Kaashoek, R. Morris,
//! "Vivaldi: A Decentralized Network Coordinate System", SIGCOMM 2004). The plane is the core, the heights are the access links.

use crate::sim::{Distribution, Draws, Span};

/// Steps of each coordinate over which the mean is taken.
const GRID: u32 = 8;

/// Where nodes lie, and how long a way takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinates {
    /// A node's place from west to east, in any unit, drawn once a node.
    pub x: Distribution,
    /// Its place from south to north, in the same unit, drawn likewise.
    pub y: Distribution,
    /// One unit's latency in nanoseconds; at least 0.
    pub nanos_per_unit: f64,
    /// What a node's own way to the plane takes, in nanoseconds, drawn once a node.
    pub height: Distribution,
}

impl Coordinates {
    pub(super) fn between(&self, mut from: Draws, mut to: Draws) -> Span {
        let place = |draws: &mut Draws| {
            (self.x.sample(draws.next()), self.y.sample(draws.next()), self.height.sample(draws.next()))
        };
        let (from, to) = (place(&mut from), place(&mut to));
        // The heights are added to each other first: the sum is the same both ways.
        Span::from_nanos_f64(self.over(from.0 - to.0, from.1 - to.1) + (from.2 + to.2))
    }

    fn over(&self, dx: f64, dy: f64) -> f64 {
        (dx * dx + dy * dy).sqrt() * self.nanos_per_unit
    }

    pub(super) fn mean(&self) -> f64 {
        let steps = |distribution: &Distribution| -> Vec<f64> {
            (0..GRID).map(|i| distribution.quantile((f64::from(i) + 0.5) / f64::from(GRID))).collect()
        };
        let (x, y) = (steps(&self.x), steps(&self.y));
        let apart =
            |values: &[f64]| -> Vec<f64> { values.iter().flat_map(|a| values.iter().map(move |b| a - b)).collect() };
        let (dx, dy) = (apart(&x), apart(&y));
        let sum: f64 = dx.iter().flat_map(|dx| dy.iter().map(|dy| self.over(*dx, *dy))).sum();
        sum / (dx.len() * dy.len()) as f64 + 2.0 * self.height.mean()
    }

    pub(super) fn least(&self) -> f64 {
        2.0 * self.height.least()
    }
}
