//! Max–min fair rates over links, solved again only where a change reaches.
//!
//! An allocation is max–min fair where no rate can be raised without lowering one that is not larger (D. Bertsekas,
//! R. Gallager, "Data Networks", 2nd edition, section 6.5.2). Progressive filling finds it: all rates grow together; a link
//! that is full holds its transfers at their *level*, and the rest grow on.
//!
//! **What is computed.** Levels are whole nano-bits per second, rounded down. Seen from one link, each of its transfers is
//! offered so much by the rest of its way (the least level of its other links, or the transfer's own limit). The link sets aside the offers below its
//! level, and divides the rest of its capacity among the others; the level is the smallest that fits this description, or
//! *open* where all offers are taken. What a transfer gets is the exact fraction, rest / number, of the link that holds it.
//! So a link alone is shared exactly, and one whose transfers are held elsewhere is right to less than a nano-bit per
//! second for each of them.
//!
//! **Why it does not depend on history.** A level depends on lower levels alone. So the lowest is determined by the
//! capacities, the next by these and the lowest, and so on: there is one solution, whatever came before.
//!
//! **How it is found.** A link whose level is not what its neighbors' levels make it waits in a queue, by the smaller of the
//! two values; the first is set right, and those that look at it are looked at again. Below the first in the queue every
//! level is final: if a link there had another level in the solution, the lowest such link would disagree with levels that
//! are right, so it would wait in the queue. (The scheme is that of G. Ramalingam and T. Reps, "An Incremental Algorithm
//! for a Generalization of the Shortest-Path Problem", Journal of Algorithms 21, 1996.)

use super::backbone::{Backbone, Backbones, Crossing};
use crate::net::Rate;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Levels and offers: nano-bits per second.
pub(super) type Level = u128;

/// No limit.
pub(super) const OPEN: Level = Level::MAX;

/// Nano-bits in a bit.
const NANO: Level = 1_000_000_000;

/// A rate in nano-bits per second, as a fraction; [`OPEN`] over 1 where there is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fraction {
    pub rest: Level,
    pub among: u32,
}

impl Fraction {
    pub(super) const OPEN: Fraction = Fraction { rest: OPEN, among: 1 };

    fn is_less_than(self, other: Fraction) -> bool {
        // At most 10^24 * 2^32, far below 2^128.
        self.rest * Level::from(other.among) < other.rest * Level::from(self.among)
    }
}

/// How a link divides itself: its level, and what that is the whole part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Share {
    level: Level,
    of: Fraction,
}

impl Share {
    const OPEN: Share = Share { level: OPEN, of: Fraction::OPEN };

    /// The other, where that is less.
    fn or_less(self, other: Share) -> Share {
        match self.level.cmp(&other.level) {
            std::cmp::Ordering::Less => self,
            std::cmp::Ordering::Greater => other,
            std::cmp::Ordering::Equal if other.of.is_less_than(self.of) => other,
            std::cmp::Ordering::Equal => self,
        }
    }
}

#[derive(Clone, Debug)]
struct Link {
    capacity: Level,
    /// The share that its transfers and the links across them see.
    share: Share,
    /// The share that the levels of the links across make it.
    due: Share,
    transfers: Vec<u32>,
    /// Its share has changed since rates were last asked for.
    is_changed: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Transfer {
    /// Its uplink and its downlink, and its place among the transfers of each. What else it crosses, [`Backbones`] know.
    links: [u32; 2],
    places: [u32; 2],
    limit: Level,
}

/// The links, the transfers over them, and their rates. The first links are the backbones; then each node has two.
#[derive(Clone, Debug, Default)]
pub(super) struct Fairness {
    links: Vec<Link>,
    transfers: Vec<Transfer>,
    /// Links whose share is not their due, by the smaller of the two levels. Entries that have become wrong are passed over.
    waiting: BinaryHeap<Reverse<(Level, u32)>>,
    /// Links whose share has changed.
    changed: Vec<u32>,
    backbones: Backbones,
    /// Room to work in.
    offers: Vec<Level>,
    touched: Vec<u32>,
}

/// A capacity as a level.
pub(super) fn level_of(rate: Rate) -> Level {
    if rate.is_unlimited() { OPEN } else { Level::from(rate.bits_per_second()) * NANO }
}

impl Link {
    fn idle(capacity: Level) -> Link {
        Link { capacity, share: Share::OPEN, due: Share::OPEN, transfers: Vec::new(), is_changed: false }
    }
}

impl Fairness {
    /// Links that transfers share beside those of nodes: before there is any node.
    pub(super) fn lay(&mut self, backbones: Vec<Backbone>) {
        assert!(self.links.is_empty(), "backbones come first");
        self.links = backbones.iter().map(|backbone| Link::idle(level_of(backbone.capacity))).collect();
        self.backbones = Backbones::new(backbones);
    }

    /// Says where a node is, for the backbones that its transfers from now on cross.
    pub(super) fn put(&mut self, node: u32, place: u16) {
        if !self.backbones.are_none() {
            self.backbones.put(node, place);
        }
    }

    fn uplink(&self, node: u32) -> u32 {
        self.backbones.count() + node * 2
    }

    fn downlink(&self, node: u32) -> u32 {
        self.uplink(node) + 1
    }

    /// Makes links for nodes below `nodes`.
    pub(super) fn make_nodes(&mut self, nodes: usize) {
        let links = self.backbones.count() as usize + nodes * 2;
        self.links.resize(self.links.len().max(links), Link::idle(OPEN));
    }

    /// Sets a node's capacities.
    pub(super) fn set_capacity(&mut self, node: u32, up: Rate, down: Rate) {
        for (link, rate) in [(self.uplink(node), up), (self.downlink(node), down)] {
            let capacity = level_of(rate);
            if self.links[link as usize].capacity != capacity {
                self.links[link as usize].capacity = capacity;
                self.look_again(link);
            }
        }
    }

    /// Adds transfer `id` from one node to another, with a limit of its own.
    pub(super) fn add(&mut self, id: u32, from: u32, to: u32, limit: Level) {
        let links = [self.uplink(from), self.downlink(to)];
        let places = links.map(|link| self.join(link, id));
        if self.transfers.len() <= id as usize {
            self.transfers.resize(id as usize + 1, Transfer::default());
        }
        self.transfers[id as usize] = Transfer { links, places, limit };
        if !self.backbones.are_none() {
            self.cross(id, from, to);
        }
        links.iter().for_each(|&link| self.membership_changed(link));
    }

    /// The last of a link's transfers; its place among them.
    fn join(&mut self, link: u32, id: u32) -> u32 {
        let transfers = &mut self.links[link as usize].transfers;
        transfers.push(id);
        transfers.len() as u32 - 1
    }

    fn cross(&mut self, id: u32, from: u32, to: u32) {
        let route = self.backbones.route(from, to);
        let crossings = route.iter().map(|&link| Crossing { link, place: self.join(link, id) }).collect();
        self.backbones.cross(id, crossings);
        route.iter().for_each(|&link| self.look_again(link));
    }

    /// Takes transfer `id` away.
    pub(super) fn remove(&mut self, id: u32) {
        let Transfer { links, places, .. } = self.transfers[id as usize];
        for (side, (link, place)) in links.into_iter().zip(places).enumerate() {
            let transfers = &mut self.links[link as usize].transfers;
            transfers.swap_remove(place as usize);
            if let Some(&moved) = transfers.get(place as usize) {
                self.transfers[moved as usize].places[side] = place;
            }
        }
        if !self.backbones.are_none() {
            self.uncross(id);
        }
        links.iter().for_each(|&link| self.membership_changed(link));
    }

    fn uncross(&mut self, id: u32) {
        let crossed = self.backbones.crossed(id).to_vec();
        for crossing in &crossed {
            let transfers = &mut self.links[crossing.link as usize].transfers;
            transfers.swap_remove(crossing.place as usize);
            if let Some(&moved) = transfers.get(crossing.place as usize) {
                self.backbones.moved(moved, *crossing);
            }
        }
        crossed.iter().for_each(|crossing| self.look_again(crossing.link));
    }

    fn membership_changed(&mut self, link: u32) {
        self.look_again(link);
        self.mark(link);
    }

    /// Solves what has changed.
    pub(super) fn settle(&mut self) {
        while let Some(Reverse((key, link))) = self.waiting.pop() {
            let Link { share, due, .. } = self.links[link as usize];
            if share.level == due.level || share.level.min(due.level) != key {
                continue;
            }
            self.links[link as usize].share = due;
            self.mark(link);
            for place in 0..self.links[link as usize].transfers.len() {
                let id = self.links[link as usize].transfers[place];
                let Transfer { links: [up, down], limit, .. } = self.transfers[id as usize];
                let (before, after) = (share.level.min(limit), due.level.min(limit));
                if before == after {
                    continue;
                }
                if self.backbones.are_none() {
                    self.offer_changed(up ^ down ^ link, before.min(after));
                } else {
                    let (links, least) = (&self.links, before.min(after));
                    let crossed = self.backbones.crossed(id).iter().map(|crossing| crossing.link);
                    let is_touched = |&across: &u32| across != link && least < links[across as usize].due.level;
                    // A backbone has many transfers, so it is looked at once for all that are on this link, too.
                    self.touched.extend(crossed.filter(is_touched));
                    for across in [up, down].into_iter().filter(|&across| across != link) {
                        self.offer_changed(across, before.min(after));
                    }
                }
            }
            self.look_at_touched();
        }
    }

    /// The offer that one of its transfers brings to a link has changed: from one that is not below `least`, to one that is not either.
    fn offer_changed(&mut self, link: u32, least: Level) {
        // An offer that is not below the level, before and after, is not looked at.
        if least < self.links[link as usize].due.level {
            self.look_again(link);
        }
    }

    fn look_at_touched(&mut self) {
        if self.touched.is_empty() {
            return;
        }
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        touched.drain(..).for_each(|link| self.look_again(link));
        self.touched = touched;
    }

    /// The transfers of links that have changed since this was last called, each at least once.
    pub(super) fn drain_changed(&mut self, transfers: &mut Vec<u32>) {
        transfers.clear();
        for link in self.changed.drain(..) {
            let link = &mut self.links[link as usize];
            link.is_changed = false;
            transfers.extend_from_slice(&link.transfers);
        }
    }

    /// What a transfer gets, as things stand.
    pub(super) fn rate(&self, id: u32) -> Fraction {
        let Transfer { links: [up, down], limit, .. } = self.transfers[id as usize];
        let share = |link: u32| self.links[link as usize].share;
        let mut least = share(up).or_less(share(down));
        if !self.backbones.are_none() {
            let crossed = self.backbones.crossed(id).iter();
            least = crossed.fold(least, |least, crossing| least.or_less(share(crossing.link)));
        }
        if limit <= least.level { Fraction { rest: limit, among: 1 } } else { least.of }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.links.capacity() * size_of::<Link>()
            + self.links.iter().map(|link| link.transfers.capacity() * 4).sum::<usize>()
            + self.transfers.capacity() * size_of::<Transfer>()
            + self.waiting.capacity() * size_of::<(Level, u32)>()
            + self.changed.capacity() * 4
            + (self.offers.capacity() * size_of::<Level>() + self.touched.capacity() * 4)
            + self.backbones.heap_bytes()
    }

    fn mark(&mut self, link: u32) {
        if !std::mem::replace(&mut self.links[link as usize].is_changed, true) {
            self.changed.push(link);
        }
    }

    /// Finds a link's due. Where that is another level, the link waits; where only the fraction differs, nobody else sees it.
    fn look_again(&mut self, link: u32) {
        let due = self.due(link);
        let state = &mut self.links[link as usize];
        state.due = due;
        let share = state.share;
        if share.level != due.level {
            self.waiting.push(Reverse((share.level.min(due.level), link)));
        } else if share != due {
            state.share = due;
            self.mark(link);
        }
    }

    /// What the rest of a transfer's way offers it, seen from one of its links.
    #[inline]
    fn offer(&self, id: u32, link: u32) -> Level {
        let Transfer { links: [up, down], limit, .. } = self.transfers[id as usize];
        let level = |link: u32| self.links[link as usize].share.level;
        if self.backbones.are_none() {
            return level(up ^ down ^ link).min(limit);
        }
        let crossed = self.backbones.crossed(id).iter().map(|crossing| crossing.link);
        crossed.chain([up, down]).filter(|&other| other != link).map(level).fold(limit, Level::min)
    }

    /// The share that the links across make a link's.
    fn due(&mut self, link: u32) -> Share {
        let Link { capacity, ref transfers, .. } = self.links[link as usize];
        if capacity == OPEN {
            return Share::OPEN;
        }
        let (mut rest, mut among) = (capacity, transfers.len() as u32);
        let mut offers = std::mem::take(&mut self.offers);
        offers.clear();
        offers.extend(self.links[link as usize].transfers.iter().map(|&id| self.offer(id, link)));
        self.offers = offers;
        while among > 0 {
            let level = rest / Level::from(among);
            self.offers.retain(|&offer| {
                let is_taken = offer < level;
                if is_taken {
                    rest -= offer;
                }
                !is_taken
            });
            let left = self.offers.len() as u32;
            if left == among {
                return Share { level, of: Fraction { rest, among } };
            }
            among = left;
        }
        Share::OPEN
    }
}
