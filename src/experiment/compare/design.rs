//! What is compared: which strategies, under which seeds, by which metrics.

use super::contender::Contender;
use crate::experiment::Case;
use crate::experiment::measure::{self, Measure};
use crate::metrics::METRIC_NAMES;
use crate::scenario::fields::Load;
use crate::scenario::problem::{did_you_mean, grouped, shorten};
use crate::scenario::{Document, Override, Report, Scenario};
use std::fmt;

/// The metrics of a comparison that names none, as far as its runs have them.
const DEFAULT_METRICS: &[&str] = &[
    "completion.mean_s",
    "completion.p95_s",
    "completion.makespan_s",
    "completion.ratio_to_bound",
    "expiry.stale_share_of_lists",
    "network.wasted_bytes",
];

/// The most runs of a comparison: beyond that, planning them alone would take the machine's memory.
const MAX_RUNS: u64 = 1_000_000;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The strategies as they are named, at least two.
    pub strategies: &'a [String],
    /// The one that the others are compared with; the first where there is none.
    pub baseline: Option<&'a str>,
    /// The metrics; a handful where there are none.
    pub metrics: &'a [String],
    /// How many seeds, at least two: the scenario's and those that follow it.
    pub seeds: u64,
    /// The arguments of `swarmsim run` up to here: the scenario's name, and what changes it.
    pub arguments: &'a [String],
}

/// A comparison that may be run.
#[derive(Clone, Debug)]
pub struct Design {
    /// The scenario's name.
    pub scenario: String,
    /// What changes it, as arguments.
    pub arguments: Vec<String>,
    /// The strategies, in the order given.
    pub strategies: Vec<Strategy>,
    /// Which of them is the baseline.
    pub baseline: usize,
    /// The seeds, in the order in which they are run.
    pub seeds: Vec<u64>,
    /// The metrics asked for, by their place among [`METRIC_NAMES`].
    pub metrics: Vec<(usize, &'static Measure)>,
    /// Whether the metrics are those of a comparison that names none.
    pub has_default_metrics: bool,
    /// Groups that have a strategy of their own, and keep it.
    pub groups_apart: Vec<String>,
}

/// A strategy of a comparison.
#[derive(Clone, Debug)]
pub struct Strategy {
    /// Its name.
    pub name: String,
    /// The scenario with it.
    pub scenario: Scenario,
    /// The arguments of `swarmsim run` that lead to it.
    pub arguments: Vec<String>,
}

/// Why there is nothing to compare.
#[derive(Debug)]
pub enum DesignError {
    /// An argument that will not do.
    Argument(String),
    /// The scenario will not do.
    Scenario(Box<Report>),
}

impl fmt::Display for DesignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DesignError::Argument(message) => f.write_str(message),
            DesignError::Scenario(report) => report.fmt(f),
        }
    }
}

impl std::error::Error for DesignError {}

impl Design {
    /// Plans a comparison over a scenario; `overrides` change it for all strategies alike.
    ///
    /// # Errors
    /// An argument that will not do, or a scenario that will not under one of the strategies.
    pub fn new(
        document: &Document,
        overrides: &[Override],
        load: Load<'_>,
        request: &Request<'_>,
    ) -> Result<Design, DesignError> {
        let contenders = contenders(request.strategies).map_err(DesignError::Argument)?;
        let baseline = baseline(&contenders, request.baseline).map_err(DesignError::Argument)?;
        let metrics = metrics(request.metrics).map_err(DesignError::Argument)?;
        let mut strategies = Vec::new();
        for contender in &contenders {
            let all: Vec<Override> = overrides.iter().cloned().chain(contender.overrides()).collect();
            let checked = document.read(&all, load).map_err(|report| DesignError::Scenario(Box::new(report)))?;
            let arguments = [request.arguments, &contender.arguments()].concat();
            strategies.push(Strategy { name: contender.name.clone(), scenario: checked.scenario, arguments });
        }
        refuse_equals(&strategies).map_err(DesignError::Argument)?;
        let first = &strategies[0].scenario;
        let seeds = seeds(first.config.seed, request.seeds, strategies.len() as u64).map_err(DesignError::Argument)?;
        Ok(Design {
            scenario: first.name.clone(),
            arguments: request.arguments.to_vec(),
            groups_apart: groups_apart(first),
            strategies,
            baseline,
            seeds,
            metrics,
            has_default_metrics: request.metrics.is_empty(),
        })
    }

    /// How many runs there are with the first `seeds` seeds.
    pub fn runs(&self, seeds: usize) -> usize {
        self.strategies.len() * seeds
    }

    /// The run of a strategy under a seed.
    pub fn case(&self, strategy: usize, seed: usize) -> Case {
        let Strategy { scenario, arguments, .. } = &self.strategies[strategy];
        let mut scenario = scenario.clone();
        scenario.config.seed = self.seeds[seed];
        let seed = ["--seed".to_owned(), self.seeds[seed].to_string()];
        Case::new(scenario, arguments.iter().cloned().chain(seed).collect())
    }
}

fn contenders(names: &[String]) -> Result<Vec<Contender>, String> {
    let contenders = names.iter().map(|name| Contender::parse(name)).collect::<Result<Vec<_>, _>>();
    let contenders = contenders.map_err(|message| format!("--strategies: {message}"))?;
    for (i, one) in contenders.iter().enumerate() {
        if contenders[..i].iter().any(|earlier| earlier.name == one.name) {
            return Err(format!("--strategies: \"{}\" is named twice; name each once", one.name));
        }
    }
    match contenders.len() {
        0 | 1 => Err(format!(
            "--strategies: found {}; accepted: at least two, such as --strategies rarest-first,random",
            if contenders.is_empty() { "none" } else { "one" }
        )),
        _ => Ok(contenders),
    }
}

fn baseline(contenders: &[Contender], name: Option<&str>) -> Result<usize, String> {
    let Some(name) = name else { return Ok(0) };
    let names = || contenders.iter().map(|contender| contender.name.as_str());
    // The name as it is written there, or another spelling of it.
    let meant = Contender::parse(name).map_or_else(|_| name.to_owned(), |contender| contender.name);
    names().position(|known| known == meant).ok_or_else(|| {
        let hint = did_you_mean(name, names());
        let list = names().collect::<Vec<_>>().join(", ");
        format!("--baseline: \"{}\" is not among the strategies{hint}; accepted: {list}", shorten(name))
    })
}

fn metrics(names: &[String]) -> Result<Vec<(usize, &'static Measure)>, String> {
    let defaults: Vec<String> = DEFAULT_METRICS.iter().map(|&name| name.to_owned()).collect();
    let names = if names.is_empty() { &defaults } else { names };
    let mut found: Vec<(usize, &Measure)> = Vec::new();
    for name in names {
        let metric = measure::find(name).ok_or_else(|| {
            let near: Vec<&str> = METRIC_NAMES.iter().copied().filter(|known| same_section(known, name)).collect();
            let list = if near.is_empty() { METRIC_NAMES.join(", ") } else { near.join(", ") };
            let hint = did_you_mean(name, METRIC_NAMES.iter().copied());
            format!("--metric: there is no metric \"{}\"{hint}; accepted: {list}", shorten(name))
        })?;
        if found.contains(&metric) {
            return Err(format!("--metric: \"{name}\" is named twice; name each once"));
        }
        found.push(metric);
    }
    Ok(found)
}

fn same_section(known: &str, name: &str) -> bool {
    let section = |text: &str| text.split_once('.').map(|(section, _)| section.to_owned());
    section(known).is_some() && section(known) == section(name)
}

/// Two names of one strategy would find no difference, and mislead.
fn refuse_equals(strategies: &[Strategy]) -> Result<(), String> {
    for (i, one) in strategies.iter().enumerate() {
        let same = strategies[..i].iter().find(|earlier| earlier.scenario.strategy == one.scenario.strategy);
        if let Some(earlier) = same {
            return Err(format!(
                "--strategies: \"{}\" and \"{}\" are the same in this scenario; name each once",
                earlier.name, one.name
            ));
        }
    }
    Ok(())
}

fn seeds(first: u64, count: u64, strategies: u64) -> Result<Vec<u64>, String> {
    if count < 2 {
        return Err(format!("--seeds: found {count}; accepted: at least 2, since one seed tells nothing of chance"));
    }
    let most = MAX_RUNS / strategies;
    if count > most {
        let (count, most, runs) = (grouped(count), grouped(most), grouped(MAX_RUNS));
        return Err(format!(
            "--seeds: found {count}; accepted: at most {most}, since a comparison has at most {runs} runs"
        ));
    }
    let last = first.checked_add(count - 1).ok_or_else(|| {
        format!("--seeds: {count} seeds from {first} on go beyond the last one, {}; choose a lower --seed", u64::MAX)
    })?;
    Ok((first..=last).collect())
}

/// Groups whose strategy is not the scenario's.
fn groups_apart(scenario: &Scenario) -> Vec<String> {
    let groups = scenario.config.groups.iter().zip(&scenario.group_strategies);
    groups.filter(|(_, own)| own.is_some()).map(|(group, _)| group.name.clone()).collect()
}
