//! One-way latency between nodes: four models, one of which a run has.
//!
//! Nothing is stored for a pair or a node: what is drawn is addressed by the nodes, and drawn again whenever it is asked for.

mod coordinates;
mod matrix;
mod regions;

pub use coordinates::Coordinates;
pub use matrix::Matrix;
pub use regions::Regions;

use crate::sim::{Distribution, GroupId, Owner, Purpose, Span, Streams};

/// Where latencies come from.
///
/// ```
/// use swarmsim::net::{Coordinates, LatencyModel, Matrix, Regions};
/// use swarmsim::sim::{Distribution, Span};
///
/// let (names, one_way) = Regions::world();
/// let europe = names.iter().position(|name| name == "europe").unwrap();
/// let models = [
///     LatencyModel::Drawn(Distribution::Constant { value: 20e6 }),
///     LatencyModel::Regions(Regions::new(names, one_way, europe as u16, 0.0)),
///     // Two nodes 100 ms apart there and back; and two of the same kind as far.
///     LatencyModel::Matrix(Matrix::new(2, vec![0, 100_000_000, 100_000_000, 0])),
///     LatencyModel::Coordinates(Coordinates {
///         x: Distribution::Constant { value: 0.0 },
///         y: Distribution::Constant { value: 0.0 },
///         nanos_per_unit: 0.0,
///         height: Distribution::Constant { value: 5e6 },
///     }),
/// ];
/// let least: Vec<Span> = models.iter().map(LatencyModel::least).collect();
/// assert_eq!(least, [20, 10, 50, 10].map(Span::from_millis));
/// assert!(models.iter().all(LatencyModel::is_symmetric));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum LatencyModel {
    /// Drawn in nanoseconds once for each unordered pair of nodes, and the same both ways.
    Drawn(Distribution),
    /// By the regions that the two nodes are in.
    Regions(Regions),
    /// From a matrix of measured round trips, of which each node draws a row.
    Matrix(Matrix),
    /// The distance between two points of a plane, and each node's way to it.
    Coordinates(Coordinates),
}

impl LatencyModel {
    /// The expected latency in nanoseconds, each place as likely: for estimates only, it does not reach an event.
    pub fn mean(&self) -> f64 {
        match self {
            LatencyModel::Drawn(distribution) => distribution.mean(),
            LatencyModel::Regions(regions) => regions.mean(),
            LatencyModel::Matrix(matrix) => matrix.mean(),
            LatencyModel::Coordinates(coordinates) => coordinates.mean(),
        }
    }

    /// No two nodes are nearer to each other than this: what happens at one reaches no other sooner.
    pub fn least(&self) -> Span {
        let nanos = match self {
            LatencyModel::Drawn(distribution) => distribution.least(),
            LatencyModel::Regions(regions) => regions.least(),
            LatencyModel::Matrix(matrix) => matrix.least(),
            LatencyModel::Coordinates(coordinates) => coordinates.least(),
        };
        // Drawn latencies are rounded to the nearest nanosecond, so rounding down is on the safe side.
        Span::from_nanos((nanos as u64).min(Span::MAX.as_nanos()))
    }

    /// Whether the way there takes as long as the way back, for all pairs.
    pub fn is_symmetric(&self) -> bool {
        match self {
            LatencyModel::Regions(regions) => regions.is_symmetric(),
            _ => true,
        }
    }
}

/// The latencies of a run.
///
/// ```
/// use swarmsim::net::{Latency, LatencyModel};
/// use swarmsim::sim::{Distribution, GroupId, Owner, Streams};
///
/// // 40 ms in the median, in nanoseconds; drawn once for each pair, and the same both ways.
/// let model = LatencyModel::Drawn(Distribution::Lognormal { median: 40e6, sigma: 0.5 });
/// let latency = Latency::new(Streams::new(1), model, []);
/// let (a, b) = (Owner::peer(GroupId::of("home"), 0), Owner::peer(GroupId::of("home"), 1));
/// assert_eq!(latency.between(a, b), latency.between(b, a));
/// ```
#[derive(Clone, Debug)]
pub struct Latency {
    streams: Streams,
    model: LatencyModel,
    constant: Option<Span>,
    /// The region of each group and of the tracker, by rising group; empty but with [`LatencyModel::Regions`].
    regions: Vec<(GroupId, u16)>,
}

impl Latency {
    /// Latencies after `model`. `regions` says where groups lie, for the model that asks for it.
    pub fn new(streams: Streams, model: LatencyModel, regions: impl IntoIterator<Item = (GroupId, u16)>) -> Latency {
        let constant = match &model {
            LatencyModel::Drawn(distribution) => distribution.constant_value().map(Span::from_nanos_f64),
            _ => None,
        };
        let regions = match &model {
            LatencyModel::Regions(model) => {
                let mut all: Vec<_> = regions.into_iter().chain([(GroupId::TRACKER, model.tracker())]).collect();
                all.sort_unstable();
                all
            }
            _ => Vec::new(),
        };
        Latency { streams, model, constant, regions }
    }

    /// The time from `from` to `to`.
    pub fn between(&self, from: Owner, to: Owner) -> Span {
        self.constant.unwrap_or_else(|| match &self.model {
            LatencyModel::Drawn(distribution) => {
                let draw = self.streams.draw_pair(from, to, Purpose::PairLatency);
                Span::from_nanos_f64(distribution.sample(draw))
            }
            LatencyModel::Regions(regions) => {
                let factor = || self.streams.draw_pair(from, to, Purpose::PairLatency);
                regions.between(self.region_of(from), self.region_of(to), factor)
            }
            LatencyModel::Matrix(matrix) => {
                let [from, to] = [from, to].map(|node| self.streams.at(node, Purpose::Place, 0));
                matrix.between(from, to)
            }
            LatencyModel::Coordinates(coordinates) => {
                let [from, to] = [from, to].map(|node| self.streams.at(node, Purpose::Place, 0));
                coordinates.between(from, to)
            }
        })
    }

    /// Whether the way there takes as long as the way back, for all pairs.
    pub fn is_symmetric(&self) -> bool {
        self.model.is_symmetric()
    }

    fn region_of(&self, node: Owner) -> u16 {
        let place = self.regions.binary_search_by_key(&node.group(), |(group, _)| *group);
        place.map_or(0, |place| self.regions[place].1)
    }
}

#[cfg(test)]
mod tests;
