//! The plots of experiments: of a comparison, and of a sweep.
//!
//! What a sweep is drawn as follows from what was varied ([`draw_sweep`]); `docs/compare.md` says how to read each.

pub mod curves;
pub mod rows;

pub(crate) mod choice;
pub(crate) mod grid;
mod heat;
mod lines;

#[cfg(test)]
#[path = "plot_tests.rs"]
mod tests;

pub(crate) use choice::capitalized;

use super::measure::Measure;
use super::statistics::Sample;
use crate::output::OutputError;
use crate::output::plots::Drawn;
use crate::output::plots::canvas::Drawing;
use grid::Grid;
use rows::{Estimate, MOST_ROWS, Row, Rows};
use std::path::Path;

/// Confidence of every interval drawn.
const LEVEL: f64 = 0.95;

/// Draws the sweep whose `results.csv` stands (or is staged) in `folder`. For each metric, where
///
/// * no varied path is a number: a row a combination of values, with boxes; and a heat map where there are two paths;
/// * one is: the mean against it with its interval, a line a value of a second path, a panel a value of the others;
/// * two are all there is: the same, and a heat map.
///
/// Along the axis lies the number with the most values.
///
/// # Errors
/// The file cannot be read.
///
/// ```
/// use swarmsim::experiment::plots::draw_sweep;
/// use swarmsim::experiment::report;
/// use swarmsim::experiment::sweep::{Bounds, Plan, Settings, Sweep, SweepFault, run};
/// use swarmsim::output::{DrawOptions, IfThere, Purpose, RunFolder};
/// use swarmsim::scenario::Document;
///
/// let text = br#"{
///     "name": "both", "seeds": [1, 2], "vary": { "strategy.kind": ["random", "rarest-first"] },
///     "scenario": {
///         "stop": { "at": "1h" }, "file": { "size": "1 MiB" }, "network": { "latency": "20ms" },
///         "peers": [
///             { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
///             { "group": "home", "count": 5, "up": "2 Mbit/s", "down": "8 Mbit/s" }
///         ]
///     }
/// }"#;
/// let document = Document::parse("both", text).unwrap();
/// let no_file = |name: &str| Err(SweepFault::Name(format!("there is no {name}")));
/// let sweep = Sweep::read(&document, &no_file, ("both", Box::new(|_: &str| Err("no file".into())))).unwrap();
/// let (plan, _) = Plan::new(sweep, Bounds { memory_bytes: 1 << 30, events: 1e9 }).unwrap();
/// let place = tempfile::tempdir().unwrap();
/// let target = place.path().join("both");
/// let folder = RunFolder::prepare(&target, Purpose::SWEEP, IfThere::Refuse, None).unwrap();
/// let nothing = DrawOptions { plots: false, png: false, report: false };
/// run(&plan, folder, &Settings { draw: nothing, ..Settings::default() }, || false, |_| ()).unwrap();
/// // From the files alone, now or another day: a plot a metric, and the page with all of them.
/// let drawn = draw_sweep(&target, "both").unwrap();
/// assert!(drawn.iter().any(|plot| plot.stem == "completion.mean_s"));
/// assert!(report::sweep(&target, "both", &drawn).unwrap().contains("completion.mean_s"));
/// ```
pub fn draw_sweep(folder: &Path, name: &str) -> Result<Vec<Drawn>, OutputError> {
    let grid = Grid::read(folder)?;
    Ok(draw_grid(&grid, &format!("Sweep {name}")))
}

fn draw_grid(grid: &Grid, source: &str) -> Vec<Drawn> {
    let layout = choice::layout(grid);
    let mut drawn = Vec::new();
    for (metric, measure) in grid.metrics.iter().enumerate() {
        let main = match &layout {
            Some(layout) => lines::draw(grid, metric, layout, source),
            None => combinations(grid, metric, source),
        };
        drawn.push(named(measure, "", main));
        if grid.paths.len() == 2 {
            let x = layout.as_ref().map_or(1, |layout| layout.x);
            drawn.push(named(measure, "-heat", heat::draw(grid, metric, x, source)));
        }
    }
    drawn
}

/// A plot whose file is called after its metric.
pub(crate) fn named(measure: &Measure, suffix: &str, drawing: Drawing) -> Drawn {
    Drawn { stem: format!("{}{suffix}", measure.name).into(), drawing }
}

/// A row a combination of values.
fn combinations(grid: &Grid, metric: usize, source: &str) -> Drawing {
    let measure = grid.metrics[metric];
    let cells = grid.cells(metric);
    let name = |at: &[usize]| {
        let parts: Vec<&str> = at.iter().zip(&grid.paths).map(|(&i, path)| path.values[i].as_str()).collect();
        if parts.is_empty() { "all runs".to_owned() } else { parts.join(" · ") }
    };
    let row = |(at, cell): (&Vec<usize>, &grid::Cell)| Row {
        name: name(at),
        note: if cell.censored > 0 { format!("{} censored", cell.censored) } else { String::new() },
        values: cell.values.clone(),
        estimate: estimate(&cell.values),
    };
    let paths: Vec<&str> = grid.paths.iter().map(|path| path.path.as_str()).collect();
    let varied = if paths.is_empty() { String::new() } else { format!("{}; ", paths.join(" · ")) };
    let mut remark = format!("{varied}{}", rows::seeds(grid.most_seeds()));
    if cells.len() > MOST_ROWS {
        remark.push_str(&format!("; the first {MOST_ROWS} of {}", cells.len()));
    }
    rows::boxes(&Rows {
        title: capitalized(measure.title),
        source: source.to_owned(),
        remark,
        measure,
        nothing: choice::nothing(measure, &cells),
        rows: cells.iter().take(MOST_ROWS).map(row).collect(),
    })
}

/// The mean of values and its interval by Student's t.
pub(crate) fn estimate(values: &[f64]) -> Option<Estimate> {
    let sample = Sample::of(values)?;
    let interval = sample.mean_interval(LEVEL).map(|interval| [interval.low, interval.high]);
    Some(Estimate { mean: sample.mean(), interval })
}
