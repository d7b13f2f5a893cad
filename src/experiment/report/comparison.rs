//! The page of a comparison.

use super::shown;
use crate::experiment::compare::{Comparison, Figures, Metric, Outcomes, Versus, adjustment};
use crate::experiment::measure::{self, Measure};
use crate::experiment::plots::capitalized;
use crate::experiment::plots::curves::{self, Strategy};
use crate::metrics::pictures::short;
use crate::output::human;
use crate::output::plots::Drawn;
use crate::output::report::chart::{Band, Chart, Kind, Quantity, Series};
use crate::output::report::figures;
use crate::output::report::page::{Cell, page, sortable, to_copy};
use crate::output::text::escape;
use serde_json::json;
use std::fmt::Write;

/// Runs that are listed; of more, those in `results.csv` are to be looked at.
const MOST_RUNS: usize = 2_000;

/// The page of a comparison whose runs came to `outcomes`; `plots` are its plots.
pub fn comparison(outcomes: &Outcomes, comparison: &Comparison, plots: &[Drawn]) -> String {
    let chart = curves_chart(outcomes, comparison);
    let mut body = header(comparison);
    let _ = write!(
        body,
        "<h2>Completion</h2>\n<p class=\"hint\">The legend shows and hides strategies; drag to zoom, double-click to see everything again. With the keyboard, arrows read values, + and - zoom, 0 resets.</p>\n<div class=\"charts chart-one\">\n{}</div>\n",
        chart.place("How long until so many of those who came to download had completed: the median of the seeds, and a band that holds 80 % of them.")
    );
    for (name, metric) in comparison.metrics.iter() {
        body.push_str(&section(comparison, name, metric));
    }
    body.push_str(&figures(plots));
    body.push_str(&again(comparison));
    let title = format!("{} · {} strategies compared · swarmsim", comparison.scenario, comparison.strategies.len());
    page(&title, &body, &json!({ "charts": [chart] }))
}

fn header(comparison: &Comparison) -> String {
    let mut html = format!(
        "<header>\n<h1>{}: {} strategies compared</h1>\n<p class=\"run\">Each under the same <b>{}</b>, against <b>{}</b> · intervals of {} by Student's t · {}, adjusted ({})</p>\n</header>\n",
        escape(&comparison.scenario),
        comparison.strategies.len(),
        human::counted(comparison.seeds.len() as u64, "seed", "seeds"),
        escape(&comparison.baseline),
        human::percent(comparison.interval_level),
        escape(&comparison.p_method),
        escape(&adjustment(comparison)),
    );
    if let Some((_, first)) = comparison.metrics.iter().next() {
        html.push_str("<ul class=\"found\">\n");
        for (_, versus) in first.versus_baseline.iter() {
            let _ = writeln!(html, "<li>{}</li>", escape(&versus.sentence));
        }
        html.push_str("</ul>\n");
    }
    for note in &comparison.notes {
        let _ = writeln!(html, "<p><b>Note.</b> {}</p>", escape(note));
    }
    html
}

/// A metric: a table of the strategies, and what is found.
fn section(comparison: &Comparison, name: &str, metric: &Metric) -> String {
    let Some((_, measure)) = measure::find(name) else { return String::new() };
    let rows: Vec<Vec<Cell>> = metric
        .strategies
        .iter()
        .map(|(strategy, figures)| row(measure, strategy, figures, metric.versus_baseline.get(strategy)))
        .collect();
    let heads = [
        "strategy",
        "seeds",
        "mean",
        "from",
        "to",
        "median",
        "difference",
        "from",
        "to",
        "ratio",
        "better on",
        "p adjusted",
        "verdict",
    ];
    let mut html = format!(
        "<h2>{}</h2>\n<p class=\"hint\"><code>{}</code>, {} is better; differences are strategy minus {}, with their interval.</p>\n{}",
        escape(&capitalized(&metric.title)),
        escape(name),
        escape(&metric.better),
        escape(&comparison.baseline),
        sortable(&metric.title, &heads, &rows)
    );
    html.push_str("<ul class=\"found\">\n");
    for (_, versus) in metric.versus_baseline.iter() {
        let _ = writeln!(html, "<li>{}</li>", escape(&versus.sentence));
    }
    html + "</ul>\n"
}

fn row(measure: &Measure, strategy: &str, figures: &Figures, versus: Option<&Versus>) -> Vec<Cell> {
    let of = |value: Option<f64>| Cell::of(value, |value| shown(measure, value));
    let end = |interval: Option<[f64; 2]>, i: usize| of(interval.map(|ends| ends[i]));
    let count = |n: u64| Cell::Number(n as f64, human::count(n));
    let mut cells = vec![
        Cell::Text(strategy.to_owned()),
        count(figures.n),
        of(figures.mean),
        end(figures.ci95, 0),
        end(figures.ci95, 1),
        of(figures.median),
    ];
    match versus {
        None => {
            cells.extend((0..6).map(|_| Cell::Nothing));
            cells.push(Cell::Text("baseline".into()));
        }
        Some(versus) => {
            cells.extend([
                of(versus.mean_difference),
                end(versus.ci95, 0),
                end(versus.ci95, 1),
                Cell::of(versus.mean_ratio, human::digits),
                count(versus.wins),
                Cell::of(versus.p_adjusted, p_value),
                Cell::Text(
                    serde_json::to_value(versus.verdict)
                        .ok()
                        .and_then(|v| v.as_str().map(str::to_owned))
                        .unwrap_or_default(),
                ),
            ]);
        }
    }
    cells
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

fn curves_chart(outcomes: &Outcomes, comparison: &Comparison) -> Chart {
    let mut chart = Chart {
        id: "curves".into(),
        title: "Time to completion".into(),
        x: Quantity::Share,
        xlabel: "share of those who came to download".into(),
        y: Quantity::Time,
        link: false,
        xs: (1..=100).map(|k| f64::from(k) / 100.0).collect(),
        series: Vec::new(),
        bands: Vec::new(),
        marks: Vec::new(),
        free: false,
        nothing: "In half of the runs or more, nobody completed.".into(),
    };
    let mut edges = Vec::new();
    for (color, (name, runs)) in comparison.strategies.iter().zip(outcomes).enumerate() {
        let runs = runs.iter().filter(|run| !run.is_failed()).map(|run| run.completion_curve_s.clone()).collect();
        let [low, middle, high] = curves::quantiles(&Strategy { name: name.clone(), runs });
        let finite =
            |times: Vec<f64>| times.into_iter().map(|time| time.is_finite().then_some(time)).collect::<Vec<_>>();
        chart.series.push(Series::partial(name, color, Kind::Line, finite(middle)));
        edges.push((color, finite(low), finite(high)));
    }
    for (of, low, high) in edges {
        let place = chart.series.len();
        chart.series.push(Series::partial("", of, Kind::Line, low).hidden());
        chart.series.push(Series::partial("", of, Kind::Line, high).hidden());
        chart.bands.push(Band { of, high: place + 1, low: place, color: of });
    }
    if chart.series.iter().all(|one| one.ys.iter().all(Option::is_none)) {
        chart.xs.clear();
    }
    chart.xs = chart.xs.into_iter().map(short).collect();
    chart
}

fn again(comparison: &Comparison) -> String {
    let mut words = vec!["swarmsim".to_owned(), "compare".to_owned()];
    words.extend(comparison.arguments.iter().cloned());
    words.extend(["--strategies".to_owned(), comparison.strategies.join(",")]);
    words.extend(["--baseline".to_owned(), comparison.baseline.clone()]);
    let first = comparison.seeds.first().copied().unwrap_or_default();
    words.extend(["--seed".to_owned(), first.to_string(), "--seeds".to_owned(), comparison.seeds.len().to_string()]);
    let row = |run: &crate::experiment::compare::Run| {
        vec![
            Cell::Text(run.strategy.clone()),
            Cell::Number(run.seed as f64, run.seed.to_string()),
            Cell::Text(run.status.clone()),
            Cell::Text(run.digest.clone()),
        ]
    };
    let listed: Vec<Vec<Cell>> = comparison.runs.iter().take(MOST_RUNS).map(row).collect();
    let more = comparison.runs.len().saturating_sub(MOST_RUNS);
    let rest = if more > 0 {
        format!("<p>And {} more in <code>results.csv</code>.</p>\n", human::count(more as u64))
    } else {
        String::new()
    };
    format!(
        "<h2>Run it again</h2>\n<p>Where the scenario is found under the same name; equal runs have the same digest of events.</p>\n{}\
         <details>\n<summary>The runs</summary>\n{}{rest}</details>\n",
        to_copy("command", "the command", &escape(&quoted(&words))),
        sortable("The runs", &["strategy", "seed", "status", "digest"], &listed)
    )
}

/// A command as one types it into a shell.
fn quoted(words: &[String]) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    let quote = |word: &String| match !word.is_empty() && word.chars().all(is_plain) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}
