//! Chunk-selection strategies.

/// How a peer chooses the next chunk to fetch.
pub trait Strategy: std::fmt::Debug + Send + Sync {}

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

/// A parameter of a strategy, a number.
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

/// A stand-in.
#[derive(Debug)]
struct Dummy;
impl Strategy for Dummy {}

fn dummy(_: &[f64]) -> Box<dyn Strategy> {
    Box::new(Dummy)
}

/// Every strategy there is, in the order in which `swarmsim list strategies` shows them.
pub static KINDS: &[Kind] = &[
    Kind { name: "sequential", summary: "The lowest-numbered chunk first.", parameters: &[], make: dummy },
    Kind { name: "random", summary: "Any chunk, each as likely.", parameters: &[], make: dummy },
    Kind {
        name: "rarest-first",
        summary: "The chunk with the fewest copies among the peer's neighbors.",
        parameters: &[],
        make: dummy,
    },
    Kind {
        name: "random-then-rarest",
        summary: "Random until the peer has a few chunks, then rarest first.",
        parameters: &[Parameter {
            name: "first",
            summary: "How many chunks are chosen at random.",
            integer: true,
            min: 0.0,
            max: 4_294_967_295.0,
            default: 4.0,
        }],
        make: dummy,
    },
    Kind {
        name: "global-rarest",
        summary: "The rarest chunk in the whole swarm; an oracle.",
        parameters: &[],
        make: dummy,
    },
    Kind { name: "most-common", summary: "The chunk with the most copies.", parameters: &[], make: dummy },
    Kind {
        name: "window",
        summary: "The rarest chunk among the next few.",
        parameters: &[Parameter {
            name: "size",
            summary: "Chunks in the window.",
            integer: true,
            min: 1.0,
            max: 4_294_967_295.0,
            default: 32.0,
        }],
        make: dummy,
    },
    Kind {
        name: "zipf",
        summary: "Earlier chunks more likely, by Zipf's law.",
        parameters: &[Parameter {
            name: "theta",
            summary: "The exponent.",
            integer: false,
            min: 0.0,
            max: 10.0,
            default: 1.25,
        }],
        make: dummy,
    },
    Kind {
        name: "mode-suppression",
        summary: "Any chunk but the most common.",
        parameters: &[Parameter {
            name: "threshold",
            summary: "How far ahead the most common must be.",
            integer: true,
            min: 0.0,
            max: 4_294_967_295.0,
            default: 1.0,
        }],
        make: dummy,
    },
];
