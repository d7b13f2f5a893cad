//! Regions: groups of nodes lie in regions, and a matrix says how far these are from one another.

use crate::sim::{Distribution, Span, math};

/// A place of [`Regions::world`]: its name, and the city that stands for it by latitude and longitude in degrees.
type Place = (&'static str, f64, f64);

/// Cities with large exchange points, one for each part of the world.
const WORLD: &[Place] = &[
    ("north-america-west", 37.77, -122.42),
    ("north-america-east", 39.04, -77.49),
    ("south-america", -23.55, -46.63),
    ("europe", 50.11, 8.68),
    ("africa", -26.20, 28.05),
    ("middle-east", 25.20, 55.27),
    ("south-asia", 19.08, 72.88),
    ("southeast-asia", 1.35, 103.82),
    ("east-asia", 35.68, 139.65),
    ("oceania", -33.87, 151.21),
];
/// The Earth's mean radius.
const RADIUS_KM: f64 = 6371.0;
/// Light in fiber, about 2/3 of its speed in a vacuum.
const KM_PER_MS: f64 = 200.0;
/// How much longer than the great circle a route is.
const DETOUR: f64 = 1.25;
/// For access networks and equipment, one way.
const OVERHEAD_MS: f64 = 5.0;
/// The distance between two nodes of one region.
const WITHIN_KM: f64 = 800.0;

/// Regions, and the one-way latencies between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Regions {
    names: Vec<String>,
    /// From each region (row) to each (column), row by row.
    one_way: Vec<Span>,
    tracker: u16,
    /// The standard deviation of the logarithm of a pair's factor.
    spread: f64,
}

impl Regions {
    /// Regions of these names; `one_way` from each (row) to each (column), row by row. The tracker is in region number `tracker`. The
    /// latency of a pair of nodes is that of their regions times exp(`spread` × Z), Z standard normal and drawn once for each
    /// unordered pair.
    ///
    /// # Panics
    /// Where the matrix is not square or the tracker is nowhere.
    pub fn new(names: Vec<String>, one_way: Vec<Span>, tracker: u16, spread: f64) -> Regions {
        assert_eq!(one_way.len(), names.len() * names.len(), "a square matrix");
        assert!(usize::from(tracker) < names.len(), "the tracker is in a region");
        Regions { names, one_way, tracker, spread }
    }

    /// Ten regions of the world. Not measured, but made: the great-circle distance between a city of each at 2/3 of the speed of light,
    /// 25 % longer for routes that are not straight, and 5 ms for access and equipment; 800 km within a region; rounded to the
    /// millisecond.
    pub fn world() -> (Vec<String>, Vec<Span>) {
        let names = WORLD.iter().map(|(name, ..)| (*name).to_owned()).collect();
        let pairs = WORLD.iter().flat_map(|from| WORLD.iter().map(move |to| (from, to)));
        (names, pairs.map(|(from, to)| one_way_by_cable(from, to)).collect())
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// From each region (row) to each (column), row by row.
    pub fn one_way(&self) -> &[Span] {
        &self.one_way
    }

    /// The tracker's region, by number.
    pub fn tracker(&self) -> u16 {
        self.tracker
    }

    /// The standard deviation of the logarithm of a pair's factor.
    pub fn spread(&self) -> f64 {
        self.spread
    }

    /// Whether both ways between any two regions take as long.
    pub fn is_symmetric(&self) -> bool {
        let n = self.names.len();
        (0..n).all(|i| (0..i).all(|j| self.one_way[i * n + j] == self.one_way[j * n + i]))
    }

    pub(super) fn between(&self, from: u16, to: u16, draw: impl FnOnce() -> u64) -> Span {
        let latency = self.one_way[usize::from(from) * self.names.len() + usize::from(to)];
        if self.spread == 0.0 {
            return latency;
        }
        Span::from_nanos_f64(latency.as_nanos() as f64 * self.factor().sample(draw()))
    }

    fn factor(&self) -> Distribution {
        Distribution::Lognormal { median: 1.0, sigma: self.spread }
    }

    pub(super) fn mean(&self) -> f64 {
        let sum: f64 = self.one_way.iter().map(|span| span.as_nanos() as f64).sum();
        sum / self.one_way.len() as f64 * self.factor().mean()
    }

    pub(super) fn least(&self) -> f64 {
        let least = self.one_way.iter().min().map_or(0, |span| span.as_nanos());
        if self.spread == 0.0 { least as f64 } else { least as f64 * self.factor().least() }
    }
}

fn one_way_by_cable(from: &Place, to: &Place) -> Span {
    let km = if from.0 == to.0 { WITHIN_KM } else { great_circle_km(from, to) };
    Span::from_millis((OVERHEAD_MS + DETOUR * km / KM_PER_MS).round() as u64)
}

/// The haversine formula.
fn great_circle_km(from: &Place, to: &Place) -> f64 {
    let radians = |degrees: f64| degrees * (std::f64::consts::PI / 180.0);
    let half_chord = |a: f64, b: f64| {
        let sine = math::sin(radians(b - a) / 2.0);
        sine * sine
    };
    let along = math::cos(radians(from.1)) * math::cos(radians(to.1)) * half_chord(from.2, to.2);
    2.0 * RADIUS_KM * math::asin((half_chord(from.1, to.1) + along).sqrt())
}
