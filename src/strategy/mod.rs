//! Chunk-selection strategies.

/// How a peer chooses the next chunk to fetch.
pub trait Strategy: std::fmt::Debug + Send + Sync {
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

/// Every strategy there is, in the order in which `swarmsim list strategies` shows them.
pub static KINDS: &[Kind] = &[
];
