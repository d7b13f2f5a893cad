//! A metric against a number that was varied: a line a value of a second path, a panel a value of further ones.

use super::grid::{Cell, Grid};
use super::rows::Estimate;
use super::{choice, estimate};
use crate::experiment::measure::Scale;
use crate::output::plots::axis::{Axis, Frame, TOP};
use crate::output::plots::canvas::{Color, Drawing, HEIGHT, Point, Text, WIDTH};
use crate::output::plots::font;
use crate::output::plots::labels::{self, EndLabel};
use crate::output::plots::style::{self, INK, LABEL_SIZE, LINE_WIDTH, MARGIN, SERIES, TICK_SIZE};
use std::collections::BTreeMap;

/// The most lines of a panel; of more values, as many are taken evenly.
const MOST_LINES: usize = 8;
/// The most panels; those of the first values are shown.
const MOST_PANELS: usize = 6;
/// More lines than this have bars in place of bands.
const MOST_BANDS: usize = 4;
/// Between two panels: labels stand at the ends of both axes.
const GAP: f64 = 52.0;
/// A panel's height, and the room below it.
const PANEL: (f64, f64) = (150.0, 88.0);

/// What is drawn: which path lies along the axis, which makes lines, which make panels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The path along the axis, which is a number.
    pub x: usize,
    /// The path of the lines.
    pub series: Option<usize>,
    /// The others.
    pub panels: Vec<usize>,
}

/// A line: its label, its color, and its points.
struct Line {
    label: String,
    color: Color,
    points: Vec<(f64, Option<Estimate>)>,
}

/// A panel: its title and its lines.
struct Panel {
    title: String,
    lines: Vec<Line>,
}

/// Draws a metric of a sweep; `source` says which sweep it is.
pub fn draw(grid: &Grid, metric: usize, layout: &Layout, source: &str) -> Drawing {
    let measure = grid.metrics[metric];
    let cells = grid.cells(metric);
    let (panels, left_out) = panels(grid, &cells, layout);
    let remark = remark(grid, &cells, layout, left_out);
    let mut page = style::page(&choice::capitalized(measure.title), source, &remark);
    let estimates = || panels.iter().flat_map(|panel| &panel.lines).flat_map(|line| &line.points);
    let ends = || estimates().filter_map(|(_, estimate)| *estimate).flat_map(|e| e.interval.unwrap_or([e.mean; 2]));
    let (Some(low), Some(high)) = (ends().min_by(f64::total_cmp), ends().max_by(f64::total_cmp)) else {
        style::empty(&mut page, &choice::nothing(measure, &cells));
        return page;
    };
    let scale = measure.scale(high.abs().max(low.abs()));
    let (low, high) = (scale.of(low), scale.of(high));
    let margin = (high - low) * 0.05;
    // What is never negative begins at 0 where that is near.
    let from = if low >= 0.0 && low < 0.6 * high { 0.0 } else { low - margin };
    let y = |ticks| Axis::span(&scale.titled(measure.title), from, high + margin, ticks);
    let x = |ticks| grid.paths[layout.x].axis(ticks);
    match &panels[..] {
        [only] => draw_single(&mut page, only, x(7), y(5), scale),
        several => draw_panels(&mut page, several, &x(5), &y(5), scale),
    }
    page
}

/// The subtitle: what a line is, what a band is, and what is not shown.
fn remark(grid: &Grid, cells: &BTreeMap<Vec<usize>, Cell>, layout: &Layout, left_out: usize) -> String {
    let mut parts = Vec::new();
    if let Some(series) = layout.series {
        parts.push(format!("a line for each {}", grid.paths[series].path));
    }
    parts.push(format!("mean and 95 % interval of {}", super::rows::seeds(grid.most_seeds())));
    let censored: usize = cells.values().map(|cell| cell.censored).sum();
    if censored > 0 {
        parts.push(format!("{censored} runs censored"));
    }
    if left_out > 0 {
        parts.push(format!("{left_out} more in the tables"));
    }
    parts.join("; ")
}

/// The panels, and how many lines and panels are not shown.
fn panels(grid: &Grid, cells: &BTreeMap<Vec<usize>, Cell>, layout: &Layout) -> (Vec<Panel>, usize) {
    let mut combinations: Vec<Vec<usize>> = Vec::new();
    for at in cells.keys() {
        let combination: Vec<usize> = layout.panels.iter().map(|&path| at[path]).collect();
        if !combinations.contains(&combination) {
            combinations.push(combination);
        }
    }
    combinations.sort();
    let lines = layout.series.map_or(1, |series| grid.paths[series].values.len());
    let left_out = combinations.len().saturating_sub(MOST_PANELS) + lines.saturating_sub(MOST_LINES);
    combinations.truncate(MOST_PANELS);
    let panel = |combination: &Vec<usize>| Panel {
        title: title(grid, layout, combination),
        lines: shown_lines(grid, cells, layout, combination),
    };
    (combinations.iter().map(panel).collect(), left_out)
}

fn title(grid: &Grid, layout: &Layout, combination: &[usize]) -> String {
    let part = |(&path, &value): (&usize, &usize)| {
        format!("{} {}", choice::last_key(&grid.paths[path].path), grid.paths[path].values[value])
    };
    layout.panels.iter().zip(combination).map(part).collect::<Vec<_>>().join(", ")
}

fn shown_lines(grid: &Grid, cells: &BTreeMap<Vec<usize>, Cell>, layout: &Layout, combination: &[usize]) -> Vec<Line> {
    let x = &grid.paths[layout.x];
    let numbers = x.numbers.as_deref().unwrap_or_default();
    let all = layout.series.map_or(1, |series| grid.paths[series].values.len());
    let shown = choice::evenly(all, MOST_LINES);
    let line = |(rank, &value): (usize, &usize)| {
        let point = |(i, &number): (usize, &f64)| {
            let mut at = vec![0; grid.paths.len()];
            at[layout.x] = i;
            layout.series.iter().for_each(|&series| at[series] = value);
            layout.panels.iter().zip(combination).for_each(|(&path, &value)| at[path] = value);
            (number, cells.get(&at).and_then(|cell| estimate(&cell.values)))
        };
        Line {
            label: layout.series.map_or(String::new(), |series| grid.paths[series].values[value].clone()),
            color: color(layout.series.is_some_and(|series| grid.paths[series].numbers.is_some()), rank, shown.len()),
            points: numbers.iter().enumerate().map(point).collect(),
        }
    };
    shown.iter().enumerate().map(line).collect()
}

/// Numbers have colors in an order, from dark to light; names have colors that differ most.
fn color(ordered: bool, rank: usize, count: usize) -> Color {
    if ordered || count > SERIES.len() { choice::ramp(rank as f64 / (count.max(2) - 1) as f64) } else { SERIES[rank] }
}

fn draw_single(page: &mut Drawing, panel: &Panel, x: Axis, y: Axis, scale: Scale) {
    let labeled = panel.lines.iter().any(|line| !line.label.is_empty());
    let margin =
        if labeled { labels::margin(panel.lines.iter().map(|line| line.label.as_str())) } else { MARGIN + 10.0 };
    let frame = Frame::new(x, y, margin);
    frame.draw(page);
    let heights = draw_lines(page, &frame, &panel.lines, scale);
    if labeled {
        let label = |(line, y): (&Line, Option<f64>)| {
            Some(EndLabel { y: y?, text: line.label.clone(), color: line.color, ended: None })
        };
        let ends = panel.lines.iter().zip(heights).filter_map(label).collect();
        labels::draw(page, ends, frame.right, frame.top, frame.bottom);
    }
}

/// Draws bands and lines; the heights at which the lines end.
fn draw_lines(page: &mut Drawing, frame: &Frame, lines: &[Line], scale: Scale) -> Vec<Option<f64>> {
    let banded = lines.len() <= MOST_BANDS;
    for line in lines {
        for run in line.points.chunk_by(|a, b| a.1.is_some() && b.1.is_some()) {
            draw_interval(page, frame, run, line.color, scale, banded && run.len() > 1);
        }
    }
    lines.iter().map(|line| draw_line(page, frame, line, scale)).collect()
}

/// The intervals of neighboring points: a band, or a bar each.
fn draw_interval(
    page: &mut Drawing,
    frame: &Frame,
    run: &[(f64, Option<Estimate>)],
    color: Color,
    scale: Scale,
    banded: bool,
) {
    let ends = |&(x, estimate): &(f64, Option<Estimate>)| {
        let [low, high] = estimate?.interval?;
        Some([frame.at((x, scale.of(low))), frame.at((x, scale.of(high)))])
    };
    let ends: Vec<[Point; 2]> = run.iter().filter_map(ends).collect();
    if banded && ends.len() > 1 {
        let mut outline: Vec<Point> = ends.iter().map(|[low, _]| *low).collect();
        outline.extend(ends.iter().rev().map(|[_, high]| *high));
        page.veil(outline, color, 0.2);
    } else {
        ends.into_iter().for_each(|ends| page.line(ends.to_vec(), color, 1.4));
    }
}

fn draw_line(page: &mut Drawing, frame: &Frame, line: &Line, scale: Scale) -> Option<f64> {
    let mut last = None;
    for run in line.points.split(|(_, estimate)| estimate.is_none()) {
        let point = |&(x, estimate): &(f64, Option<Estimate>)| Some(frame.at((x, scale.of(estimate?.mean))));
        let points: Vec<Point> = run.iter().filter_map(point).collect();
        points.iter().for_each(|&at| page.dot(at, 3.4, line.color));
        last = points.last().map(|at| at.1).or(last);
        if points.len() > 1 {
            page.line(points, line.color, LINE_WIDTH);
        }
    }
    last
}

fn draw_panels(page: &mut Drawing, panels: &[Panel], x: &Axis, y: &Axis, scale: Scale) {
    let legend = draw_legend(page, &panels[0].lines);
    let top = TOP + legend;
    let rows = panels.len().div_ceil(2);
    page.height = (top + rows as f64 * (PANEL.0 + PANEL.1) - 14.0).max(HEIGHT);
    let left = Frame::new(x.clone(), y.clone(), 0.0).left;
    let width = (WIDTH - MARGIN - left) / 2.0;
    for (i, panel) in panels.iter().enumerate() {
        let top = top + 16.0 + (i / 2) as f64 * (PANEL.0 + PANEL.1);
        let left = left + (i % 2) as f64 * width;
        let y = if i == 0 { y.clone() } else { y.clone().untitled() };
        let frame =
            Frame { left, top, right: left + width - GAP, bottom: top + PANEL.0, x: x.clone(), y, title_left: MARGIN };
        if i % 2 == 0 {
            frame.draw_y(page)
        } else {
            frame.draw_grid(page)
        }
        frame.draw_x(page);
        draw_lines(page, &frame, &panel.lines, scale);
        // The title of the first panel's axis stands where its own would.
        let room = width - GAP;
        let lift = if i < 2 { 32.0 } else { 14.0 };
        let title = font::fit(&panel.title, LABEL_SIZE, true, room);
        page.text(Text::new((left, top - lift), title, LABEL_SIZE, INK).bold());
    }
}

/// The lines' labels in a row of their own; the height that it takes.
fn draw_legend(page: &mut Drawing, lines: &[Line]) -> f64 {
    let mut x = MARGIN;
    for line in lines.iter().filter(|line| !line.label.is_empty()) {
        let label = font::fit(&line.label, TICK_SIZE, true, 140.0);
        let width = font::width(&label, TICK_SIZE, true) * 1.06;
        if x + 20.0 + width > WIDTH - MARGIN {
            break;
        }
        page.dot((x + 6.0, 80.0), 5.0, line.color);
        page.text(Text::new((x + 16.0, 84.5), label, TICK_SIZE, INK).bold());
        x += width + 34.0;
    }
    if x > MARGIN { 26.0 } else { 6.0 }
}
