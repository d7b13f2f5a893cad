//! Links that many transfers share on their way from some places to others, beside the uplinks and downlinks of nodes.

use crate::net::Rate;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A link that all transfers from nodes in some places to nodes in others share. Places are numbers that the owner of the nodes
/// gives them.
///
/// ```
/// use swarmsim::net::{Backbone, Effects, Links, Rate, Sharing};
/// use swarmsim::sim::{Span, Time};
///
/// // Two nodes in place 0 send to two in place 1, with nothing between them but a cable of 8 Mbit/s.
/// let mut links = Links::new(Sharing::MaxMin);
/// let cable = Backbone { capacity: Rate::from_bits_per_second(8_000_000), from: vec![0], to: vec![1] };
/// assert!(cable.carries(0, 1) && !cable.carries(1, 0));
/// links.lay_backbones(vec![cable]);
/// for node in 0..4 {
///     links.set_node(node, Rate::UNLIMITED, Rate::UNLIMITED, Time::ZERO);
///     links.put(node, u16::from(node >= 2));
/// }
/// let mut effects = Effects::default();
/// let one = links.submit(Time::ZERO, (0, 2), 1_000_000, (), &mut effects);
/// links.submit(Time::ZERO, (1, 3), 1_000_000, (), &mut effects);
/// assert_eq!(links.sent_bytes_of(Time::ZERO + Span::from_secs(1), one), 500_000, "half of a megabyte a second");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Backbone {
    /// What all of its transfers get together, at most.
    pub capacity: Rate,
    /// Where they come from, in rising order.
    pub from: Vec<u16>,
    /// Where they go to, in rising order.
    pub to: Vec<u16>,
}

impl Backbone {
    /// Whether it carries what goes from one place to another.
    pub fn carries(&self, from: u16, to: u16) -> bool {
        self.from.binary_search(&from).is_ok() && self.to.binary_search(&to).is_ok()
    }
}

/// A backbone that a transfer crosses, and its place among the transfers of that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing {
    pub link: u32,
    pub place: u32,
}

/// The backbones of a run, and who crosses them.
#[derive(Clone, Debug, Default)]
pub(super) struct Backbones {
    all: Vec<Backbone>,
    /// Where each node is.
    places: Vec<u16>,
    /// The backbones from one place to another, as far as anybody has asked.
    routes: BTreeMap<(u16, u16), Arc<[u32]>>,
    /// By transfer.
    crossings: Vec<Vec<Crossing>>,
}

impl Backbones {
    pub fn new(all: Vec<Backbone>) -> Backbones {
        Backbones { all, ..Backbones::default() }
    }

    #[inline]
    pub fn are_none(&self) -> bool {
        self.all.is_empty()
    }

    pub fn count(&self) -> u32 {
        self.all.len() as u32
    }

    /// Says where a node is; those before it are in place 0 unless they are said to be elsewhere.
    pub fn put(&mut self, node: u32, place: u16) {
        if self.places.len() <= node as usize {
            self.places.resize(node as usize + 1, 0);
        }
        self.places[node as usize] = place;
    }

    /// The backbones on the way from one node to another, by rising number.
    pub fn route(&mut self, from: u32, to: u32) -> Arc<[u32]> {
        let [from, to] = [from, to].map(|node| self.places.get(node as usize).copied().unwrap_or(0));
        let all = &self.all;
        let found = self.routes.entry((from, to)).or_insert_with(|| {
            (0..).zip(all).filter(|(_, backbone)| backbone.carries(from, to)).map(|(number, _)| number).collect()
        });
        Arc::clone(found)
    }

    /// What a transfer crosses, until it is told again.
    pub fn cross(&mut self, transfer: u32, crossings: Vec<Crossing>) {
        if self.crossings.len() <= transfer as usize {
            self.crossings.resize(transfer as usize + 1, Vec::new());
        }
        self.crossings[transfer as usize] = crossings;
    }

    /// What a transfer crosses.
    pub fn crossed(&self, transfer: u32) -> &[Crossing] {
        self.crossings.get(transfer as usize).map_or(&[], Vec::as_slice)
    }

    /// A transfer has another place among those of a backbone that it crosses.
    pub fn moved(&mut self, transfer: u32, to: Crossing) {
        let crossing = self.crossings[transfer as usize].iter_mut().find(|crossing| crossing.link == to.link);
        *crossing.expect("it crosses that backbone") = to;
    }

    pub fn heap_bytes(&self) -> usize {
        self.places.capacity() * 2
            + self.crossings.capacity() * size_of::<Vec<Crossing>>()
            + self.crossings.iter().map(|crossed| crossed.capacity() * size_of::<Crossing>()).sum::<usize>()
    }
}
