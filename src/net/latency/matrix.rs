//! A matrix of measured round trips: each node of a run draws which of the measured nodes it is.

use crate::sim::{Draws, Span};
use std::sync::Arc;

/// Round trips between measured nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// How many nodes were measured.
    nodes: usize,
    /// Row by row, in nanoseconds.
    round_trips: Arc<[u64]>,
    /// One-way latencies in nanoseconds, row by row.
    pub(super) one_way: Arc<[u64]>,
}

impl Matrix {
    /// A matrix of round trips in nanoseconds, row by row. The latency between two nodes is a quarter of both measurements' sum, so it is
    /// the same both ways. Nodes that are the same measured node are as far apart as the diagonal says; where that is 0, as that node
    /// is from its nearest.
    ///
    /// # Panics
    /// Where the matrix is empty or not square.
    pub fn new(nodes: usize, round_trips: Vec<u64>) -> Matrix {
        assert!(nodes > 0 && round_trips.len() == nodes * nodes, "a square matrix");
        let quarter = |i: usize, j: usize| {
            let sum = u128::from(round_trips[i * nodes + j]) + u128::from(round_trips[j * nodes + i]);
            u64::try_from((sum + 2) / 4).unwrap_or(u64::MAX).min(Span::MAX.as_nanos())
        };
        let one_way = (0..nodes * nodes).map(|at| match (at / nodes, at % nodes) {
            (i, j) if i == j && quarter(i, i) == 0 => {
                (0..nodes).filter(|&other| other != i).map(|other| quarter(i, other)).min().unwrap_or(0)
            }
            (i, j) => quarter(i, j),
        });
        let one_way = one_way.collect();
        Matrix { nodes, round_trips: round_trips.into(), one_way }
    }

    /// The round trips, one row for each node, in nanoseconds.
    pub fn rows(&self) -> impl Iterator<Item = &[u64]> {
        self.round_trips.chunks(self.nodes)
    }

    /// Nodes that were measured.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    pub(super) fn between(&self, mut from: Draws, mut to: Draws) -> Span {
        let [from, to] = [&mut from, &mut to].map(|draws| draws.below(self.nodes as u64) as usize);
        Span::from_nanos(self.one_way[from * self.nodes + to])
    }

    pub(super) fn mean(&self) -> f64 {
        self.one_way.iter().map(|&nanos| nanos as f64).sum::<f64>() / self.one_way.len() as f64
    }

    pub(super) fn least(&self) -> f64 {
        self.one_way.iter().min().map_or(0.0, |&nanos| nanos as f64)
    }
}
