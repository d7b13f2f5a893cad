//! Addressed randomness: every draw has an address, and its value depends on nothing else.
//!
//! A draw is named by (seed, owner, purpose, step). The owner is a group's name and an index within the group,
//! never a node's number, so adding a group, a metric or another strategy moves nobody's draws, and two
//! strategies under one seed meet the same arrivals, sessions, capacities and latencies.
//!
//! The generator is ChaCha with 8 rounds. The key holds seed, owner group and purpose; the stream number is the index
//! within the group; a step begins at block `4 * step`, so it may take 32 draws of 64 bits.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a draw is for. The numbers are part of every run's identity: never change or reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// When a peer arrives.
    Arrival = 1,
    /// How long a session lasts.
    Session = 2,
    /// How long a complete peer lingers.
    Linger = 3,
    /// Whether and when a peer comes back.
    Rejoin = 4,
    /// Uplink and downlink capacity.
    Capacity = 5,
    /// The chunks a peer begins with.
    InitialChunks = 6,
    /// The latency of a pair of nodes.
    PairLatency = 7,
    /// What is added to one message's latency.
    Jitter = 8,
    /// Whether one message is lost.
    Loss = 9,
    /// Which chunk is asked for, and from whom.
    Pick = 10,
    /// Which peers the tracker names in one answer.
    ListSample = 11,
    /// Which listed peers become neighbors.
    NeighborSample = 12,
    /// Where a node lies: its row of a matrix of latencies, or its coordinates.
    Place = 13,
    /// Who is hit by a departure of many at once.
    Departure = 14,
    /// Which of an experiment's runs a bootstrap resample takes. Numbers from 100 on belong to no run's events.
    Resample = 100,
}

/// Whose a draw is: a group of nodes, by the hash of its name, and an index within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    group: u64,
    index: u32,
}

impl Owner {
    /// The tracker, and whatever belongs to no group.
    pub const TRACKER: Owner = Owner { group: 0, index: 0 };

    /// The tracker at its `answer`-th answer: an address of its own, for as many draws as it takes.
    pub const fn tracker_answer(answer: u32) -> Owner {
        Owner { group: 0, index: answer }
    }

    /// The `index`-th peer of a group.
    pub const fn peer(group: GroupId, index: u32) -> Owner {
        Owner { group: group.0, index }
    }

    /// Its group; [`GroupId::TRACKER`] for the tracker.
    pub const fn group(self) -> GroupId {
        GroupId(self.group)
    }

    /// Its index within the group.
    pub const fn index(self) -> u32 {
        self.index
    }
}

/// A group's identity in the addresses of draws: the 64-bit FNV-1a hash of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupId(u64);

impl GroupId {
    /// The tracker's, and that of whatever belongs to no group.
    pub const TRACKER: GroupId = GroupId(0);

    /// The identity of the group of this name.
    pub const fn of(name: &str) -> GroupId {
        let bytes = name.as_bytes();
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            i += 1;
        }
        GroupId(hash)
    }
}

/// All randomness of a run.
///
/// ```
/// use swarmsim::sim::{GroupId, Owner, Purpose, Streams};
///
/// let streams = Streams::new(42);
/// let peer = Owner::peer(GroupId::of("home"), 3);
/// // A draw has an address: nothing that was drawn before moves it.
/// let arrival = streams.draw(peer, Purpose::Arrival, 0);
/// streams.draw(peer, Purpose::Session, 0);
/// assert_eq!(arrival, Streams::new(42).draw(peer, Purpose::Arrival, 0));
/// assert_ne!(arrival, Streams::new(43).draw(peer, Purpose::Arrival, 0));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The draws that belong to a seed.
    pub const fn new(seed: u64) -> Streams {
        Streams { seed }
    }

    /// The draws of `owner` for `purpose` at its `step`-th turn: at most 32, but for `step` 0 of a purpose that
    /// has no other.
    pub fn at(&self, owner: Owner, purpose: Purpose, step: u64) -> Draws {
        self.addressed(owner.group, 0, u64::from(owner.index), purpose, step)
    }

    /// The one draw of `owner` for `purpose` at its `step`-th turn.
    pub fn draw(&self, owner: Owner, purpose: Purpose, step: u64) -> u64 {
        self.at(owner, purpose, step).next()
    }

    /// The one draw that belongs to an unordered pair.
    pub fn draw_pair(&self, a: Owner, b: Owner, purpose: Purpose) -> u64 {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        let stream = u64::from(low.index) << 32 | u64::from(high.index);
        self.addressed(low.group, high.group, stream, purpose, 0).next()
    }

    fn addressed(&self, group: u64, other: u64, stream: u64, purpose: Purpose, step: u64) -> Draws {
        let mut key = [0; 32];
        key[0..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&group.to_le_bytes());
        key[16..24].copy_from_slice(&other.to_le_bytes());
        key[24..28].copy_from_slice(&(purpose as u32).to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream);
        // `set_stream` keeps the word position; say where to begin in any case.
        rng.set_word_pos(u128::from(step) * 64);
        Draws { rng }
    }
}

/// A run of draws at one address.
#[derive(Clone, Debug)]
pub struct Draws {
    rng: ChaCha8Rng,
}

impl Draws {
    /// The next 64 random bits.
    #[expect(clippy::should_implement_trait, reason = "an endless iterator would promise more than it is")]
    pub fn next(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// A number in `0..n`, by one draw: the upper half of the product (its bias is below n / 2^64).
    ///
    /// # Panics
    /// Where `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "no number is below 0");
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        super::unit_interval(self.next()) < p
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pinned for ever: a change here changes every run.
    #[test]
    fn values_are_stable() {
        let streams = Streams::new(42);
        let home = Owner::peer(GroupId::of("home"), 7);
        let origin = Owner::peer(GroupId::of("origin"), 0);
        let values = [
            streams.draw(Owner::TRACKER, Purpose::ListSample, 0),
            streams.draw(home, Purpose::Session, 0),
            streams.draw(home, Purpose::Session, 1),
            streams.draw(home, Purpose::Linger, 0),
            streams.draw_pair(home, origin, Purpose::PairLatency),
            streams.at(home, Purpose::Pick, 3).below(1000),
        ];
        let pinned = [
            0xc634_6f88_a298_07c3,
            0x15ef_4347_b6b0_7c7e,
            0x1728_0481_a198_06d8,
            0x2405_80ab_2f4c_e99c,
            0x7b43_da4a_04f2_9ec0,
            0x80,
        ];
        assert_eq!(values, pinned);
    }

    #[test]
    fn a_pair_has_no_order() {
        let streams = Streams::new(1);
        let (a, b) = (Owner::peer(GroupId::of("a"), 5), Owner::peer(GroupId::of("b"), 2));
        let draw = |x, y| streams.draw_pair(x, y, Purpose::PairLatency);
        assert_eq!(draw(a, b), draw(b, a));
        assert_ne!(draw(a, b), draw(a, a));
    }

    #[test]
    fn steps_do_not_overlap() {
        let streams = Streams::new(1);
        let owner = Owner::peer(GroupId::of("a"), 0);
        let mut long = streams.at(owner, Purpose::Pick, 0);
        let first: Vec<u64> = (0..33).map(|_| long.next()).collect();
        assert_eq!(first[32], streams.draw(owner, Purpose::Pick, 1), "a step is 32 draws long");
    }

    #[test]
    fn below_is_uniform() {
        let mut draws = Streams::new(9).at(Owner::TRACKER, Purpose::ListSample, 0);
        let mut seen = [0u32; 10];
        for _ in 0..100_000 {
            seen[draws.below(10) as usize] += 1;
        }
        // Each is binomial (100,000, 0.1): standard deviation 95; five of them either way.
        assert!(seen.iter().all(|&n| n.abs_diff(10_000) < 475), "{seen:?}");
    }
}
