//! The table that a sweep ends with at a terminal: a row a point, for as many points and metrics as one takes in at a glance.

use crate::experiment::measure::Measure;
use crate::experiment::plots::estimate;
use crate::experiment::plots::grid::{Cell, Grid};
use crate::output::text::clean;
use crate::output::{OutputError, human};
use std::collections::BTreeMap;
use std::path::Path;

/// The most points that are shown.
const MOST_POINTS: usize = 24;
/// The most metrics that stand side by side.
const MOST_METRICS: usize = 3;

/// A column: numbers stand to the right, names to the left.
struct Column {
    title: String,
    values: Vec<String>,
    to_right: bool,
}

/// The means of the first metrics and half of their 95 % intervals, from `results.csv` in the folder; nothing where there are too many
/// `points` for that.
///
/// # Errors
/// The file cannot be read.
pub fn render(folder: &Path, points: usize) -> Result<String, OutputError> {
    if points > MOST_POINTS {
        return Ok(format!("  {points} points: see aggregate.csv\n"));
    }
    let grid = Grid::read(folder)?;
    let cells: Vec<BTreeMap<Vec<usize>, Cell>> =
        (0..grid.metrics.len().min(MOST_METRICS)).map(|metric| grid.cells(metric)).collect();
    let Some(first) = cells.first().filter(|first| !first.is_empty()) else { return Ok(String::new()) };
    let varied = grid.paths.iter().enumerate().map(|(i, path)| Column {
        title: clean(&path.path),
        values: first.keys().map(|at| clean(&path.values[at[i]])).collect(),
        to_right: path.numbers.is_some(),
    });
    let measured = grid.metrics.iter().zip(&cells).map(|(measure, cells)| column(measure, cells));
    let mut text = lines(&varied.chain(measured).collect::<Vec<_>>());
    if grid.metrics.len() > MOST_METRICS {
        let more = human::counted((grid.metrics.len() - MOST_METRICS) as u64, "metric", "metrics");
        text.push_str(&format!("  {more} more in aggregate.csv\n"));
    }
    Ok(text)
}

/// A metric's title, and what it came to at each point.
fn column(measure: &Measure, cells: &BTreeMap<Vec<usize>, Cell>) -> Column {
    let estimates: Vec<_> = cells.values().map(|cell| (estimate(&cell.values), cell.censored)).collect();
    let most = estimates.iter().filter_map(|(one, _)| Some(one.as_ref()?.mean.abs())).fold(0.0, f64::max);
    let scale = measure.scale(most);
    let figures = estimates.iter().map(|(estimate, censored)| {
        let value = match estimate {
            Some(one) => {
                let half = one.interval.map(|[low, high]| (high - low) / 2.0);
                let half = half.map_or(String::new(), |half| format!(" ± {}", human::digits(scale.of(half))));
                format!("{}{half}", human::digits(scale.of(one.mean)))
            }
            None => "–".to_owned(),
        };
        if *censored > 0 { format!("{value} [{censored} cens.]") } else { value }
    });
    Column { title: scale.titled(measure.title), values: figures.collect(), to_right: true }
}

/// Columns side by side, each with its title.
fn lines(columns: &[Column]) -> String {
    let rows = columns.iter().map(|column| column.values.len()).max().unwrap_or(0);
    let width = |column: &Column| {
        let texts = column.values.iter().chain([&column.title]);
        texts.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = columns.iter().map(width).collect();
    let line = |row: Option<usize>| {
        let cells = columns.iter().zip(&widths).map(|(column, &width)| {
            let text = row.map_or(&column.title, |row| &column.values[row]);
            if column.to_right { format!("  {text:>width$}") } else { format!("  {text:width$}") }
        });
        format!("{}\n", cells.collect::<String>().trim_end())
    };
    [None].into_iter().chain((0..rows).map(Some)).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_row_a_point_and_the_first_metrics() {
        let folder = tempfile::tempdir().unwrap();
        let header =
            "run,seed,tracker.entry_ttl,completion.mean_s,network.wasted_bytes,peers.completed,events,digest,status\n";
        let rows = "0,1,60s,10,1048576,5,7,x,complete\n1,2,60s,12,3145728,5,7,x,complete\n\
                    2,1,120s,20,0,5,7,x,complete\n3,2,120s,30,0,5,7,x,incomplete\n";
        std::fs::write(folder.path().join("results.csv"), format!("{header}{rows}")).unwrap();
        let text = render(folder.path(), 2).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines[0].contains("tracker.entry_ttl  mean download time (s)  wasted chunk traffic (MiB)"), "{text}");
        // Two values 10 and 12: a mean of 11, and half of the interval is 12.7062 (Student's t, one degree of freedom) * 1.
        assert!(lines[1].contains("60s") && lines[1].contains("11 ± 12.7") && lines[1].contains("2 ± 12.7"), "{text}");
        assert!(lines[2].contains("20 [1 cens.]"), "one value has no interval: {text}");
        assert_eq!(lines[3], "  1 metric more in aggregate.csv");
        assert_eq!(render(folder.path(), 25).unwrap(), "  25 points: see aggregate.csv\n");
    }
}
