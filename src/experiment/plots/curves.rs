//! When downloads completed: for each strategy the middle of its seeds' curves, and a band that holds most of them.

use super::rows::quantile;
use crate::output::plots::axis::{Axis, Frame, TOP};
use crate::output::plots::canvas::{Color, Drawing, HEIGHT, Point, Text, WIDTH};
use crate::output::plots::font;
use crate::output::plots::labels::{self, EndLabel};
use crate::output::plots::style::{self, AXIS, BLUE, INK, LABEL_SIZE, LINE_WIDTH, MARGIN, SERIES, tint};

/// The band holds this share of the seeds below it, and as much above.
const TAIL: f64 = 0.1;
/// More strategies than this get a panel each: their bands would hide each other.
const MOST_TOGETHER: usize = 4;
/// Panels beside each other.
const COLUMNS: usize = 3;
/// A panel's height, and the room below it.
const PANEL: (f64, f64) = (104.0, 62.0);

/// A strategy's runs.
#[derive(Clone, Debug)]
pub struct Strategy {
    /// Its name.
    pub name: String,
    /// A curve a seed: the seconds until k/100 of those who were to download had completed, k = 1..=100.
    pub runs: Vec<Vec<Option<f64>>>,
}

/// The middle of a strategy's curves and the ends of its band: seconds, infinite where it is never reached, a level each.
struct Band {
    name: String,
    low: Vec<f64>,
    middle: Vec<f64>,
    high: Vec<f64>,
}

/// Draws the plot; `source` says whose results these are.
pub fn draw(strategies: &[Strategy], source: &str) -> Drawing {
    let seeds = strategies.iter().map(|strategy| strategy.runs.len()).max().unwrap_or(0);
    let remark = match seeds {
        0 | 1 => super::rows::seeds(seeds),
        _ => format!("lines: median of {}; bands: 10 to 90 % of them", super::rows::seeds(seeds)),
    };
    let mut page = style::page("Completion over time", source, &remark);
    let bands: Vec<Band> = strategies.iter().map(Band::of).collect();
    let reached = bands.iter().flat_map(|band| band.middle.iter().chain(&band.high)).copied();
    let Some(end) = reached.filter(|time| time.is_finite()).max_by(f64::total_cmp) else {
        style::empty(&mut page, "In half of the runs or more, nobody completed");
        return page;
    };
    let x = || Axis::time("time since the first arrival", 0.0, end * 1.03);
    if bands.len() <= MOST_TOGETHER {
        draw_together(&mut page, &bands, x());
    } else {
        draw_panels(&mut page, &bands, x());
    }
    page
}

/// At each hundredth of those who came to download: the time below which a tenth of the seeds had so many complete, half of them, and
/// nine tenths; infinite where they never had.
pub fn quantiles(strategy: &Strategy) -> [Vec<f64>; 3] {
    let Band { low, middle, high, .. } = Band::of(strategy);
    [low, middle, high]
}

impl Band {
    fn of(strategy: &Strategy) -> Band {
        let at = |share: f64| -> Vec<f64> {
            let levels = strategy.runs.iter().map(Vec::len).max().unwrap_or(0);
            let level = |k: usize| {
                let time = |run: &Vec<Option<f64>>| run.get(k).copied().flatten().unwrap_or(f64::INFINITY);
                let mut times: Vec<f64> = strategy.runs.iter().map(time).collect();
                times.sort_by(f64::total_cmp);
                quantile(&times, share)
            };
            (0..levels).map(level).collect()
        };
        Band { name: strategy.name.clone(), low: at(TAIL), middle: at(0.5), high: at(1.0 - TAIL) }
    }

    fn draw_area(&self, page: &mut Drawing, frame: &Frame, color: Color) {
        let share = |k: usize| (k + 1) as f64 / 100.0;
        let reached = self.low.iter().take_while(|time| time.is_finite()).count();
        let mut outline: Vec<Point> = vec![(self.low.first().copied().unwrap_or(0.0), 0.0)];
        outline.extend((0..reached).map(|k| (self.low[k], share(k))));
        outline.extend((0..reached).rev().map(|k| (self.high[k], share(k))));
        outline.push((self.high.first().copied().unwrap_or(0.0), 0.0));
        if reached > 0 && self.low != self.high {
            page.veil(outline.into_iter().map(|point| frame.at(point)).collect(), color, 0.2);
        }
    }

    /// Draws the line, on at its last height where not everyone completes; that height.
    fn draw_line(&self, page: &mut Drawing, frame: &Frame, color: Color, width: f64) -> f64 {
        let reached = self.middle.iter().take_while(|time| time.is_finite()).count();
        let mut line = vec![(0.0, 0.0)];
        line.extend(self.middle.first().filter(|time| time.is_finite()).map(|time| (*time, 0.0)));
        line.extend((0..reached).map(|k| (self.middle[k], (k + 1) as f64 / 100.0)));
        let height = reached as f64 / 100.0;
        line.push((f64::INFINITY, height));
        page.line(line.into_iter().map(|point| frame.at(point)).collect(), color, width);
        frame.py(height)
    }
}

fn draw_together(page: &mut Drawing, bands: &[Band], x: Axis) {
    let margin = labels::margin(bands.iter().map(|band| band.name.as_str()));
    let frame = Frame::new(x, Axis::percent("share of downloads complete"), margin);
    frame.draw(page);
    for (band, color) in bands.iter().zip(SERIES) {
        band.draw_area(page, &frame, color);
    }
    let end = |page: &mut Drawing, band: &Band, color: Color| EndLabel {
        y: band.draw_line(page, &frame, color, LINE_WIDTH),
        text: band.name.clone(),
        color,
        ended: None,
    };
    let ends = bands.iter().zip(SERIES).map(|(band, color)| end(page, band, color)).collect();
    labels::draw(page, ends, frame.right, frame.top, frame.bottom);
}

/// A panel a strategy, with the others' lines in gray behind its own.
fn draw_panels(page: &mut Drawing, bands: &[Band], x: Axis) {
    let rows = bands.len().div_ceil(COLUMNS);
    page.height = (TOP + rows as f64 * (PANEL.0 + PANEL.1) - 4.0).max(HEIGHT);
    let left = 62.0;
    let width = (WIDTH - MARGIN - left) / COLUMNS as f64;
    for (i, band) in bands.iter().enumerate() {
        let top = TOP + (i / COLUMNS) as f64 * (PANEL.0 + PANEL.1);
        let left = left + (i % COLUMNS) as f64 * width;
        let frame = Frame {
            left,
            top,
            right: left + width - 22.0,
            bottom: top + PANEL.0,
            x: x.clone().sparse(),
            y: Axis::percent("").sparse(),
            title_left: left,
        };
        if i % COLUMNS == 0 {
            frame.draw_y(page);
        } else {
            frame.draw_grid(page);
        }
        frame.draw_x_ticks(page);
        if i + COLUMNS >= bands.len() {
            frame.draw_x_title(page);
        }
        for other in bands {
            other.draw_line(page, &frame, tint(AXIS, 0.5), 1.0);
        }
        band.draw_area(page, &frame, BLUE);
        band.draw_line(page, &frame, BLUE, LINE_WIDTH);
        let name = font::fit(&band.name, LABEL_SIZE, true, width - 24.0);
        page.text(Text::new((left, top - 10.0), name, LABEL_SIZE, INK).bold());
    }
}
