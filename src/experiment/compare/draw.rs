//! The plots of a comparison.

use super::analysis::{Outcomes, values};
use super::comparison::{Comparison, Metric};
use crate::experiment::measure::{self, Measure};
use crate::experiment::plots::rows::{self, Estimate, Row, Rows};
use crate::experiment::plots::{capitalized, curves, named};
use crate::experiment::statistics::Pairs;
use crate::output::plots::Drawn;

/// Draws the completions over time, and for each metric the paired differences and a box a strategy.
///
/// # Panics
/// Where the outcomes are not those that were compared.
pub fn draw(outcomes: &Outcomes, comparison: &Comparison) -> Vec<Drawn> {
    let strategies: Vec<curves::Strategy> = comparison.strategies.iter().zip(outcomes).map(curve).collect();
    let completion = curves::draw(&strategies, &comparison.scenario);
    let mut drawn = vec![Drawn { stem: "completion-curves".into(), drawing: completion }];
    for (name, metric) in comparison.metrics.iter() {
        let Some((_, measure)) = measure::find(name) else { continue };
        let about = About { outcomes, comparison, measure, metric };
        drawn.push(named(measure, "-difference", rows::differences(&about.differences(), &comparison.baseline)));
        drawn.push(named(measure, "-values", rows::boxes(&about.values())));
    }
    drawn
}

/// The curves of a strategy's runs. One that failed has none.
fn curve((strategy, outcomes): (&String, &Vec<crate::experiment::Outcome>)) -> curves::Strategy {
    let runs = outcomes.iter().filter(|outcome| !outcome.is_failed());
    curves::Strategy { name: strategy.clone(), runs: runs.map(|outcome| outcome.completion_curve_s.clone()).collect() }
}

/// One metric of a comparison.
struct About<'a> {
    outcomes: &'a Outcomes,
    comparison: &'a Comparison,
    measure: &'static Measure,
    metric: &'a Metric,
}

impl About<'_> {
    fn baseline(&self) -> usize {
        let is_it = |name: &String| *name == self.comparison.baseline;
        self.comparison.strategies.iter().position(is_it).expect("the baseline is one of the strategies")
    }

    /// The paired differences, a row for each strategy but the baseline.
    fn differences(&self) -> Rows<'static> {
        let baseline = values(&self.outcomes[self.baseline()], self.measure);
        let row = |i: usize| {
            let name = &self.comparison.strategies[i];
            let versus = self.metric.versus_baseline.get(name).expect("all but the baseline are there");
            let pairs = Pairs::of(&values(&self.outcomes[i], self.measure), &baseline);
            let difference = |(one, other): (&f64, &f64)| one - other;
            Row {
                name: name.clone(),
                note: note(versus.n, versus.censored, versus.missing),
                values: pairs.strategy.iter().zip(&pairs.baseline).map(difference).collect(),
                estimate: versus.mean_difference.map(|mean| Estimate { mean, interval: versus.ci95 }),
            }
        };
        let rows = (0..self.outcomes.len()).filter(|&i| i != self.baseline()).map(row).collect();
        self.rows(format!("{}: strategy minus baseline", capitalized(self.measure.title)), rows)
    }

    /// The values themselves, a row for each strategy.
    fn values(&self) -> Rows<'static> {
        let row = |(i, strategy): (usize, &String)| {
            let figures = self.metric.strategies.get(strategy).expect("all strategies are there");
            Row {
                name: strategy.clone(),
                note: note(figures.n, figures.censored, figures.missing),
                values: values(&self.outcomes[i], self.measure).into_iter().flatten().collect(),
                estimate: figures.mean.map(|mean| Estimate { mean, interval: figures.ci95 }),
            }
        };
        let rows = self.comparison.strategies.iter().enumerate().map(row).collect();
        self.rows(capitalized(self.measure.title), rows)
    }

    fn rows(&self, title: String, rows: Vec<Row>) -> Rows<'static> {
        let censored = self.metric.strategies.iter().any(|(_, figures)| figures.censored > 0);
        Rows {
            title,
            source: self.comparison.scenario.clone(),
            remark: rows::seeds(self.comparison.seeds.len()),
            measure: self.measure,
            rows,
            nothing: match censored {
                true => "No run in which everyone completed is left: all are censored".into(),
                false => format!("No run has a value of {}", self.measure.name),
            },
        }
    }
}

/// What is left out; nothing where all is there.
fn note(n: u64, censored: u64, missing: u64) -> String {
    match (censored, missing) {
        (0, 0) => String::new(),
        (censored, 0) => format!("n = {n}, {censored} censored"),
        (0, missing) => format!("n = {n}, {missing} without a value"),
        (censored, missing) => format!("n = {n}, {} left out", censored + missing),
    }
}
