//! A scenario: all that a file says, with every default filled in.

use crate::metrics::{Identity, Summary};
use crate::net::Rate;
use crate::sim::{Digest, Span};
use crate::strategy::{Kind, Strategy};
use crate::swarm::StopReason;
use crate::swarm::config::Config;
use std::fmt;
use std::sync::Arc;

/// A swarm to be run, and what is expected and written of it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name: that of the folder its results go to.
    pub name: String,
    /// What it shows.
    pub description: String,
    /// How peers choose the next chunk, unless their group says otherwise.
    pub strategy: StrategyChoice,
    /// How the peers of each group of the configuration choose, where the group says so.
    pub group_strategies: Vec<Option<StrategyChoice>>,
    /// What is written of a run.
    pub output: Output,
    /// What must hold of a run's figures.
    pub expect: Vec<Expectation>,
    /// The swarm in the core's own types, the strategies included.
    pub config: Config,
}

impl Scenario {
    /// What a summary says of a run of this scenario besides what was measured.
    pub fn identity(&self, digest: Digest, events: u64, reason: StopReason) -> Identity {
        let strategy = self.strategy.kind.name.to_owned();
        Identity { scenario: self.name.clone(), seed: self.config.seed, strategy, digest, events, reason }
    }

    /// What is expected of a run's figures and did not come, each in words.
    pub fn unmet(&self, summary: &Summary) -> Vec<String> {
        let values = self.expect.iter().map(|expected| (expected, summary.metric(&expected.metric)));
        let tell = |(expected, value): (&Expectation, Option<f64>)| {
            let got = value.map_or_else(|| "no value".to_owned(), |value| value.to_string());
            format!("{expected}; got {got}")
        };
        values.filter(|(expected, value)| !expected.holds(*value)).map(tell).collect()
    }
}

/// What is written of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The time between two samples of the swarm's state; above zero.
    pub sample_interval: Span,
    /// The rate at which the file would be played while it is fetched; `None`: nobody asks.
    pub playback_rate: Option<Rate>,
}

/// What must hold of one figure; each bound that is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The figure, one of [`METRIC_NAMES`](crate::metrics::METRIC_NAMES).
    pub metric: String,
    /// It is at least this.
    pub at_least: Option<f64>,
    /// It is at most this.
    pub at_most: Option<f64>,
    /// It is this.
    pub equals: Option<f64>,
}

impl Expectation {
    /// Whether a value fulfills it; a value that does not exist never does.
    pub fn holds(&self, value: Option<f64>) -> bool {
        value.is_some_and(|value| {
            self.at_least.is_none_or(|bound| value >= bound)
                && self.at_most.is_none_or(|bound| value <= bound)
                && self.equals.is_none_or(|bound| value == bound)
        })
    }
}

/// In words: `completion.completed at least 190`.
impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        let bounds = [("at least", self.at_least), ("at most", self.at_most), ("equal to", self.equals)];
        let mut word = "";
        for (relation, bound) in bounds {
            if let Some(bound) = bound {
                write!(f, "{word} {relation} {bound}")?;
                word = " and";
            }
        }
        Ok(())
    }
}

/// A strategy with its parameters.
#[derive(Clone)]
pub struct StrategyChoice {
    /// Its kind, from the table of strategies.
    pub kind: &'static Kind,
    /// The values of its parameters, in the order of the kind's.
    pub parameters: Vec<f64>,
    /// Whether a peer whose every missing chunk is under way asks further neighbors for them.
    pub endgame: bool,
}

impl StrategyChoice {
    /// The strategy itself.
    pub fn make(&self) -> Arc<dyn Strategy> {
        Arc::from((self.kind.make)(&self.parameters))
    }
}

impl fmt::Debug for StrategyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}", self.kind.name, self.parameters)?;
        if self.endgame { f.write_str(" with endgame") } else { Ok(()) }
    }
}

impl PartialEq for StrategyChoice {
    fn eq(&self, other: &Self) -> bool {
        self.kind.name == other.kind.name && self.parameters == other.parameters && self.endgame == other.endgame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expectation_of_what_does_not_exist_fails() {
        let expectation =
            Expectation { metric: "completion.mean_s".into(), at_least: Some(1.0), at_most: Some(2.0), equals: None };
        assert!(expectation.holds(Some(1.0)) && expectation.holds(Some(2.0)));
        assert!(!expectation.holds(Some(2.5)) && !expectation.holds(None));
    }
}
