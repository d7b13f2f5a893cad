//! The page of a sweep, from its `results.csv`, `aggregate.csv` and `sweep.json`.

use super::{quantity, shown};
use crate::experiment::measure::{self, Measure};
use crate::experiment::plots::grid::{Cell as Point, Grid, Varied};
use crate::experiment::plots::{capitalized, choice, estimate};
use crate::metrics::pictures::short;
use crate::output::plots::Drawn;
use crate::output::report::chart::{Band, Chart, Kind, Quantity, Series};
use crate::output::report::figures;
use crate::output::report::page::{Cell, page, sortable, to_copy};
use crate::output::text::{escape, escape_lines};
use crate::output::{OutputError, human};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Lines of a chart; further combinations of values are left to the table.
const MOST_LINES: usize = 8;
/// Rows of a metric's table; further ones are left to `aggregate.csv`.
const MOST_ROWS: usize = 500;
/// The longest sweep that is shown whole, in bytes.
const MOST_TEXT: usize = 200_000;
/// Columns of `aggregate.csv` that stand on the page, after those of the varied paths.
const COLUMNS: [&str; 7] = ["n", "censored", "mean", "ci95_low", "ci95_high", "median", "std_dev"];

/// The page of the sweep whose files stand (or are staged) in `folder`; `plots` are its plots.
///
/// # Errors
/// A file cannot be read.
pub fn sweep(folder: &Path, name: &str, plots: &[Drawn]) -> Result<String, OutputError> {
    let grid = Grid::read(folder)?;
    let tables = tables(&folder.join("aggregate.csv"), &grid)?;
    let mut body = header(name, &grid);
    let mut charts = Vec::new();
    for (i, measure) in grid.metrics.iter().enumerate() {
        let _ = writeln!(
            body,
            "<section data-metric=\"{}\">\n<h2>{}</h2>",
            measure.name,
            escape(&capitalized(measure.title))
        );
        let _ =
            writeln!(body, "<p class=\"hint\"><code>{}</code>, {} is better.</p>", measure.name, measure.better_word());
        if let Some(chart) = chart(&grid, i, measure) {
            let about = "The mean over the seeds, and its 95 % interval. The legend shows and hides; drag to zoom, double-click to see everything.";
            let _ = writeln!(body, "<div class=\"charts chart-one\">\n{}</div>", chart.place(about));
            charts.push(chart);
        }
        body.push_str(tables.get(measure.name).map_or("", String::as_str));
        body.push_str("</section>\n");
    }
    body.push_str(&figures(plots));
    body.push_str(&again(folder)?);
    Ok(page(&format!("Sweep {name} · swarmsim"), &body, &json!({ "charts": charts })))
}

fn header(name: &str, grid: &Grid) -> String {
    let paths: Vec<String> = grid
        .paths
        .iter()
        .map(|path| {
            format!(
                "<code>{}</code> ({})",
                escape(&path.path),
                human::counted(path.values.len() as u64, "value", "values")
            )
        })
        .collect();
    let option = |measure: &&&Measure| {
        format!("<option value=\"{}\">{}</option>", measure.name, escape(&capitalized(measure.title)))
    };
    let options: String = grid.metrics.iter().map(|measure| option(&measure)).collect();
    let varied = if paths.is_empty() { "nothing but the seed".to_owned() } else { paths.join(", ") };
    format!(
        "<header>\n<h1>Sweep {}</h1>\n<p class=\"run\">Varied: {varied}; up to {} each.</p>\n\
         <p><label for=\"metric\">Metric</label><select id=\"metric\">{options}</select></p>\n</header>\n",
        escape(name),
        human::counted(grid.most_seeds() as u64, "seed", "seeds"),
    )
}

/// A metric against the number with the most values, a line a combination of the others; `None` where no path is a number.
fn chart(grid: &Grid, metric: usize, measure: &Measure) -> Option<Chart> {
    let x = choice::layout(grid)?.x;
    let cells = grid.cells(metric);
    let path = &grid.paths[x];
    let mut lines: BTreeMap<Vec<usize>, Vec<Option<&Point>>> = BTreeMap::new();
    for (at, cell) in &cells {
        let others: Vec<usize> = at.iter().enumerate().filter(|(i, _)| *i != x).map(|(_, value)| *value).collect();
        let line = lines.entry(others).or_insert_with(|| vec![None; path.values.len()]);
        line[at[x]] = Some(cell);
    }
    let named: Vec<&Varied> = grid.paths.iter().enumerate().filter(|(i, _)| *i != x).map(|(_, path)| path).collect();
    let name = |others: &[usize]| {
        let part = |(path, &value): (&&Varied, &usize)| match path.numbers {
            Some(_) => format!("{} {}", choice::last_key(&path.path), path.values[value]),
            None => path.values[value].clone(),
        };
        let parts: Vec<String> = named.iter().zip(others).map(part).collect();
        if parts.is_empty() { measure.title.to_owned() } else { parts.join(", ") }
    };
    let mut chart = Chart {
        id: measure.name.to_owned(),
        title: capitalized(measure.title),
        x: match path.is_time() {
            true => Quantity::Time,
            false => Quantity::Number,
        },
        xlabel: path.path.clone(),
        y: quantity(measure),
        link: false,
        xs: path.numbers.as_deref().unwrap_or_default().iter().copied().map(short).collect(),
        series: Vec::new(),
        bands: Vec::new(),
        marks: Vec::new(),
        free: false,
        nothing: "No run has a value.".into(),
    };
    let mut edges = Vec::new();
    for (color, (others, points)) in lines.iter().take(MOST_LINES).enumerate() {
        let estimates: Vec<_> = points.iter().map(|point| estimate(&(*point)?.values)).collect();
        let means = estimates.iter().map(|one| Some((*one)?.mean));
        chart.series.push(Series::partial(&name(others), color, Kind::Line, means).with_points());
        let end = |i: usize| estimates.iter().map(|one| Some((*one)?.interval?[i])).collect::<Vec<_>>();
        edges.push((color, end(0), end(1)));
    }
    for (of, low, high) in edges {
        let place = chart.series.len();
        chart.series.push(Series::partial("", of, Kind::Line, low).hidden());
        chart.series.push(Series::partial("", of, Kind::Line, high).hidden());
        chart.bands.push(Band { of, high: place + 1, low: place, color: of });
    }
    Some(chart)
}

/// A table of each metric, from `aggregate.csv`.
fn tables(path: &Path, grid: &Grid) -> Result<BTreeMap<String, String>, OutputError> {
    let mut csv = csv::Reader::from_path(path).map_err(|error| OutputError::damaged(path, error))?;
    let header = csv.headers().map_err(|error| OutputError::damaged(path, error))?.clone();
    let column = |name: &str| header.iter().position(|known| known == name);
    let metric_at = column("metric").ok_or_else(|| OutputError::damaged(path, "has no column `metric`"))?;
    let shown_columns: Vec<(&str, usize)> = COLUMNS.iter().filter_map(|name| Some((*name, column(name)?))).collect();
    let mut rows: BTreeMap<String, (Vec<Vec<Cell>>, usize)> = BTreeMap::new();
    for record in csv.records() {
        let record = record.map_err(|error| OutputError::damaged(path, error))?;
        let (rows, left_out) = rows.entry(record[metric_at].to_owned()).or_default();
        if rows.len() == MOST_ROWS {
            *left_out += 1;
            continue;
        }
        let measure = measure::find(&record[metric_at]).map(|(_, measure)| measure);
        let mut cells: Vec<Cell> =
            (0..grid.paths.len()).map(|i| path_cell(grid, i, record.get(i).unwrap_or_default())).collect();
        cells.extend(shown_columns.iter().map(|(name, i)| figure_cell(name, measure, &record[*i])));
        rows.push(cells);
    }
    let heads: Vec<&str> =
        grid.paths.iter().map(|path| path.path.as_str()).chain(shown_columns.iter().map(|(name, _)| *name)).collect();
    let table = |(name, (rows, left_out)): (String, (Vec<Vec<Cell>>, usize))| {
        let more = match left_out {
            0 => String::new(),
            more => format!("<p>And {} more in <code>aggregate.csv</code>.</p>\n", human::count(more as u64)),
        };
        let table = sortable(&format!("{name} by point"), &heads, &rows) + &more;
        (name, table)
    };
    Ok(rows.into_iter().map(table).collect())
}

/// A varied value, sorted by as a number where it is one.
fn path_cell(grid: &Grid, path: usize, text: &str) -> Cell {
    let varied = &grid.paths[path];
    let place = varied.values.iter().position(|value| value == text);
    let number = varied.numbers.as_ref().zip(place).map(|(numbers, place)| numbers[place]);
    number.map_or_else(|| Cell::Text(text.to_owned()), |number| Cell::Number(number, text.to_owned()))
}

fn figure_cell(column: &str, measure: Option<&Measure>, text: &str) -> Cell {
    let value = text.parse::<f64>().ok();
    match (column, measure) {
        ("n" | "censored", _) | (_, None) => Cell::of(value, human::digits),
        (_, Some(measure)) => Cell::of(value, |value| shown(measure, value)),
    }
}

fn again(folder: &Path) -> Result<String, OutputError> {
    let path = folder.join("sweep.json");
    let text = fs::read_to_string(&path).map_err(OutputError::io("read", &path))?;
    let whole = match text.len() <= MOST_TEXT {
        true => to_copy("scenario", "the sweep", &escape_lines(&text)),
        false => "<p>It is long: see <code>sweep.json</code>.</p>\n".to_owned(),
    };
    Ok(format!(
        "<h2>Run it again</h2>\n<p>In this folder; each row of <code>results.csv</code> has the digest of its run's events.</p>\n{}\
         <details>\n<summary>The sweep</summary>\n{whole}</details>\n",
        to_copy("command", "the command", "swarmsim sweep sweep.json --out again"),
    ))
}
