//! Chunk-selection strategies: one file each, and a table of their names.
//!
//! A strategy stands below the actors. It sees what a real peer would know ([`View`]), the chunks it may ask for now
//! ([`ChunkSet`] `candidates`), and draws of its own; never the peer, the network or the clock.
//!
//! To add one, write a file with a type that implements [`Strategy`] and a [`Kind`] that describes it, and add the
//! kind to [`KINDS`]: the scenario reader, the schema, `--strategy` and `swarmsim list strategies` all follow the
//! table. `docs/add-a-strategy.md` shows it step by step.

mod global_rarest;
mod mode_suppression;
mod most_common;
mod random;
mod random_then_rarest;
mod rarest_first;
mod sequential;
mod window;
mod zipf;

use crate::chunks::{Bits, ChunkSet, CopyCounts};
use crate::sim::Draws;
use std::fmt;

/// How a peer chooses the next chunk to fetch.
pub trait Strategy: fmt::Debug + Send + Sync {
    /// Chooses one of `candidates`: chunks that the peer lacks, is not fetching, and may ask some neighbor for now.
    /// There is at least one. The strategy may narrow the set down as it likes; it is not used again.
    ///
    /// `None` means: rather nothing for now. The peer asks again when it learns something new.
    fn pick(&self, view: &View<'_>, candidates: &mut ChunkSet, draws: &mut Draws) -> Option<u32>;

    /// Whether the strategy picks one of those candidates that have the fewest [copies](View::copies), whatever else there is. Then
    /// it may be shown these alone, which are cheaper to find: who can give a common chunk need not be looked up.
    fn picks_among_rarest(&self) -> bool {
        false
    }

    /// Whether the strategy wants [`View::global_copies`], which no real peer knows.
    fn is_oracle(&self) -> bool {
        false
    }
}

/// What a peer knows when it chooses.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// How many chunks the file has.
    pub chunks: u32,
    /// The chunks it has.
    pub held: Bits<'a>,
    /// How many these are.
    pub held_count: u32,
    /// How many of its neighbors have each chunk, as far as their latest replies told, but for those that had all:
    /// they add the same to every chunk.
    pub copies: &'a CopyCounts,
    /// How many of the peers that are there have each chunk; empty but for an oracle.
    pub global_copies: &'a [u32],
}

impl View<'_> {
    /// The lowest chunk that the peer lacks (it may be on its way).
    pub fn first_missing(&self) -> u32 {
        self.held.first_absent(self.chunks).expect("who has all asks for nothing")
    }
}

/// A kind of strategy: its name, what it does, and how it is made.
pub struct Kind {
    /// The name in a scenario: `strategy.kind`.
    pub name: &'static str,
    /// One sentence: what it does.
    pub summary: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// Makes one from its parameters' values, in the order of `parameters`, each within its range.
    pub make: fn(&[f64]) -> Box<dyn Strategy>,
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A parameter of a strategy, a number.
#[derive(Debug)]
pub struct Parameter {
    /// Its key in a scenario.
    pub name: &'static str,
    /// One sentence: what it means.
    pub summary: &'static str,
    /// Whether it is a whole number.
    pub integer: bool,
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The value where the key is absent.
    pub default: f64,
}

/// The greatest number of chunks, as the limit of parameters that count them.
const MOST_CHUNKS: f64 = u32::MAX as f64;

/// Every strategy there is, in the order in which `swarmsim list strategies` shows them.
pub static KINDS: &[Kind] = &[
    sequential::KIND,
    random::KIND,
    rarest_first::KIND,
    random_then_rarest::KIND,
    global_rarest::KIND,
    most_common::KIND,
    window::KIND,
    zipf::KIND,
    mode_suppression::KIND,
];

/// The kind of this name.
///
/// ```
/// let window = swarmsim::strategy::kind("window").unwrap();
/// assert_eq!(window.parameters[0].name, "size");
/// let strategy = (window.make)(&[16.0]);
/// assert!(!strategy.is_oracle());
/// ```
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Owner, Purpose, Streams};

    /// A swarm's state in one line: the copies of each chunk among the neighbors, a digit each; `*` marks a
    /// chunk that the peer holds. All others are candidates but those with no copy.
    struct Setup {
        copies: CopyCounts,
        held: ChunkSet,
        candidates: ChunkSet,
        chunks: u32,
    }

    fn setup(line: &str) -> Setup {
        let chunks = line.len() as u32;
        let mut setup = Setup {
            copies: CopyCounts::new(chunks),
            held: ChunkSet::empty(chunks),
            candidates: ChunkSet::empty(chunks),
            chunks,
        };
        for (chunk, c) in line.chars().enumerate() {
            let chunk = chunk as u32;
            match c.to_digit(10) {
                None => setup.held.insert(chunk),
                Some(0) => {}
                Some(copies) => {
                    setup.candidates.insert(chunk);
                    (0..copies).for_each(|_| setup.copies.add(chunk));
                }
            }
        }
        setup
    }

    /// Every chunk that the strategy picks over many draws, and how often out of 1,000.
    fn picks(kind: &Kind, parameters: &[f64], line: &str) -> Vec<(u32, u32)> {
        let strategy = (kind.make)(parameters);
        let Setup { copies, held, candidates, chunks } = setup(line);
        let global: Vec<u32> = (0..chunks).map(|chunk| copies.get(chunk)).collect();
        let view = View { chunks, held: held.bits(), held_count: held.len(), copies: &copies, global_copies: &global };
        let mut seen = vec![0; chunks as usize];
        for turn in 0..1000 {
            let mut draws = Streams::new(5).at(Owner::TRACKER, Purpose::Pick, turn);
            if let Some(chunk) = strategy.pick(&view, &mut candidates.clone(), &mut draws) {
                assert!(candidates.contains(chunk), "{} picked {chunk}, no candidate", kind.name);
                seen[chunk as usize] += 1;
            }
        }
        (0..chunks).map(|chunk| (chunk, seen[chunk as usize])).filter(|&(_, n)| n > 0).collect()
    }

    fn picked(kind: &Kind, parameters: &[f64], line: &str) -> Vec<u32> {
        picks(kind, parameters, line).into_iter().map(|(chunk, _)| chunk).collect()
    }

    #[test]
    fn each_picks_what_its_name_says() {
        assert_eq!(picked(&sequential::KIND, &[], "**02112"), [3]);
        assert_eq!(picked(&random::KIND, &[], "**02112"), [3, 4, 5, 6]);
        assert_eq!(picked(&rarest_first::KIND, &[], "**02112"), [4, 5]);
        assert_eq!(picked(&global_rarest::KIND, &[], "**02112"), [4, 5]);
        assert_eq!(picked(&most_common::KIND, &[], "**02112"), [3, 6]);
        assert_eq!(picked(&random_then_rarest::KIND, &[3.0], "**02112"), [3, 4, 5, 6]);
        assert_eq!(picked(&random_then_rarest::KIND, &[2.0], "**02112"), [4, 5]);
        assert_eq!(picked(&window::KIND, &[3.0], "**22112"), [4]);
        assert_eq!(picked(&window::KIND, &[1.0], "**02112"), [0u32; 0], "the first missing has no copy");
        assert_eq!(picked(&mode_suppression::KIND, &[1.0], "**12313"), [2, 3, 5]);
        assert_eq!(picked(&mode_suppression::KIND, &[9.0], "**12313"), [2, 3, 4, 5, 6]);
    }

    #[test]
    fn zipf_prefers_what_is_near_by_its_law() {
        // Distances 1, 2 and 4 from the first missing chunk: weights 1, 1/2, 1/4.
        let seen = picks(&zipf::KIND, &[1.0], "*11*1");
        let expected = [(1, 571), (2, 286), (4, 143)];
        for ((chunk, n), (want, mean)) in seen.into_iter().zip(expected) {
            assert_eq!(chunk, want);
            // The widest of the three binomials has standard deviation 16.
            assert!((mean - n as i32).abs() < 80, "chunk {chunk}: {n} of 1000, expected about {mean}");
        }
    }

    #[test]
    fn names_are_unique_and_defaults_within_range() {
        for (i, kind) in KINDS.iter().enumerate() {
            assert!(KINDS[..i].iter().all(|other| other.name != kind.name), "{}", kind.name);
            for p in kind.parameters {
                assert!((p.min..=p.max).contains(&p.default), "{} {}", kind.name, p.name);
            }
        }
    }
}
