//! The tables of a comparison as CSV: what it says, its runs, and their curves.
//!
//! An absent value is an empty cell, floats have the fewest digits that read back as the same float, lines end with LF. Columns are
//! named for what they hold; units are those of the metric's name.

use super::analysis::Outcomes;
use super::comparison::{Comparison, Figures, Verdict, Versus};
use super::design::Design;
use crate::metrics::METRIC_NAMES;
use std::io::{self, Write};

/// The columns of `comparison.csv`: a row a metric and strategy; those from `pairs` on are empty for the baseline.
pub const COMPARISON_COLUMNS: [&str; 34] = [
    "metric",
    "strategy",
    "baseline",
    "n",
    "censored",
    "missing",
    "mean",
    "mean_ci95_low",
    "mean_ci95_high",
    "median",
    "std_dev",
    "min",
    "max",
    "pairs",
    "pairs_censored",
    "pairs_missing",
    "mean_difference",
    "difference_ci95_low",
    "difference_ci95_high",
    "difference_ci95_bca_low",
    "difference_ci95_bca_high",
    "mean_ratio",
    "ratio_ci95_low",
    "ratio_ci95_high",
    "wins",
    "ties",
    "win_share",
    "effect_size",
    "p",
    "p_adjusted",
    "p_wilcoxon",
    "variance_saved",
    "seeds_to_settle",
    "verdict",
];

/// Writes `comparison.csv`.
///
/// # Errors
/// What the writer refuses.
pub fn write_comparison(comparison: &Comparison, writer: impl Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record(COMPARISON_COLUMNS)?;
    for (name, metric) in comparison.metrics.iter() {
        for (strategy, figures) in metric.strategies.iter() {
            let mut row = vec![name.to_owned(), strategy.to_owned(), comparison.baseline.clone()];
            row.extend(figures_cells(figures));
            match metric.versus_baseline.get(strategy) {
                Some(versus) => row.extend(versus_cells(versus)),
                None => row.resize(COMPARISON_COLUMNS.len(), String::new()),
            }
            csv.write_record(&row)?;
        }
    }
    csv.flush()
}

fn cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn ends(interval: Option<[f64; 2]>) -> [String; 2] {
    [cell(interval.map(|ends| ends[0])), cell(interval.map(|ends| ends[1]))]
}

fn figures_cells(figures: &Figures) -> Vec<String> {
    let [low, high] = ends(figures.ci95);
    let counts = [figures.n, figures.censored, figures.missing].map(|count| count.to_string());
    let moments = [cell(figures.mean), low, high];
    let rest = [figures.median, figures.std_dev, figures.min, figures.max].map(cell);
    counts.into_iter().chain(moments).chain(rest).collect()
}

fn versus_cells(versus: &Versus) -> Vec<String> {
    let mut cells: Vec<String> = [versus.n, versus.censored, versus.missing].map(|count| count.to_string()).to_vec();
    cells.push(cell(versus.mean_difference));
    cells.extend(ends(versus.ci95));
    cells.extend(ends(versus.ci95_bca));
    cells.push(cell(versus.mean_ratio));
    cells.extend(ends(versus.mean_ratio_ci95));
    cells.extend([versus.wins, versus.ties].map(|count| count.to_string()));
    let rest = [versus.win_share, versus.effect_size, versus.p, versus.p_adjusted, versus.p_wilcoxon];
    cells.extend(rest.into_iter().chain([versus.variance_saved]).map(cell));
    cells.push(versus.seeds_to_settle.map_or_else(String::new, |seeds| seeds.to_string()));
    cells.push(verdict_name(versus.verdict).to_owned());
    cells
}

/// As in `comparison.json`.
fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Equal => "equal",
        Verdict::Open => "open",
        Verdict::Unknown => "unknown",
    }
}

/// Writes `results.csv`: a row a run, with every metric there is.
///
/// # Errors
/// What the writer refuses.
pub fn write_results(design: &Design, outcomes: &Outcomes, writer: impl Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    let ends = (["run", "seed", "strategy"], ["digest", "status"]);
    csv.write_record(ends.0.iter().chain(METRIC_NAMES).chain(&ends.1))?;
    let named = design.strategies.iter().zip(outcomes);
    let all = named.flat_map(|(strategy, ones)| ones.iter().map(move |outcome| (&strategy.name, outcome)));
    for (run, (name, outcome)) in all.enumerate() {
        let mut row = vec![run.to_string(), outcome.seed.to_string(), name.clone()];
        row.extend(outcome.metrics.iter().copied().map(cell));
        row.extend([outcome.digest.clone(), outcome.status.name().to_owned()]);
        csv.write_record(&row)?;
    }
    csv.flush()
}

/// Writes `curves.csv`: for each run the seconds until each hundredth of the downloads was complete, as far as they were.
///
/// # Errors
/// What the writer refuses.
pub fn write_curves(design: &Design, outcomes: &Outcomes, writer: impl Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record(["strategy", "seed", "complete_share", "time_s"])?;
    for (strategy, ones) in design.strategies.iter().zip(outcomes) {
        for outcome in ones {
            for (k, time) in outcome.completion_curve_s.iter().enumerate() {
                let Some(time) = time else { continue };
                let share = (k + 1) as f64 / 100.0;
                csv.write_record([&strategy.name, &outcome.seed.to_string(), &share.to_string(), &time.to_string()])?;
            }
        }
    }
    csv.flush()
}
