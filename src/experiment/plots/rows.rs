//! Rows: one a strategy or a value, each with its runs as dots and what they come to. Names stand at the left, however long
//! they are; the page grows with the number of rows.

use crate::experiment::measure::{Better, Measure, Scale};
use crate::output::human;
use crate::output::plots::axis::{Axis, Frame, TOP};
use crate::output::plots::canvas::{Anchor, Color, Drawing, HEIGHT, Text, WIDTH};
use crate::output::plots::font;
use crate::output::plots::style::{
    self, AXIS, BLUE, INK, LABEL_SIZE, MARGIN, MUTED, STRIP_BASELINE, TICK_SIZE, VERMILION, tint,
};

/// The least height of a row.
const LEAST_ROW: f64 = 34.0;
/// The greatest height of a row.
const GREATEST_ROW: f64 = 84.0;
/// The most room for names.
const MOST_NAME: f64 = 240.0;
/// Between the dots' centers, at least.
const DOT_SPACING: f64 = 5.0;
/// The most dots of a row; of more, as many are taken evenly from the sorted values.
const MOST_DOTS: usize = 300;
/// The most rows of a plot.
pub const MOST_ROWS: usize = 60;

/// A value and its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value.
    pub mean: f64,
    /// The ends of its 95 % interval, where there is one.
    pub interval: Option<[f64; 2]>,
}

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// What is left out of it, in words; empty where nothing is.
    pub note: String,
    /// A value a run.
    pub values: Vec<f64>,
    /// What they come to; nothing where there is no value.
    pub estimate: Option<Estimate>,
}

/// What a plot of rows shows.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    /// The title.
    pub title: String,
    /// Whose results they are, for the subtitle.
    pub source: String,
    /// What else the subtitle says.
    pub remark: String,
    /// The metric.
    pub measure: &'a Measure,
    /// The rows, from above.
    pub rows: Vec<Row>,
    /// What the plot says where it has no value.
    pub nothing: String,
}

/// Draws differences from a baseline: a dot a seed, the mean and its interval, and which side is better.
pub fn differences(rows: &Rows<'_>, baseline: &str) -> Drawing {
    let Some(plan) = Plan::new(rows, true) else { return nothing(rows) };
    let mut page = plan.page(rows);
    let frame = &plan.frame;
    let zero = frame.px(0.0);
    page.line(vec![(zero, frame.top - 6.0), (zero, frame.bottom)], MUTED, 1.6);
    plan.draw_sides(&mut page, rows.measure.better, baseline);
    for (i, row) in rows.rows.iter().enumerate() {
        plan.draw_name(&mut page, i, row);
        plan.draw_dots(&mut page, i, row, tint(BLUE, 0.5));
        if let Some(estimate) = row.estimate {
            plan.draw_estimate(&mut page, i, estimate, VERMILION);
            let sign = if estimate.mean > 0.0 { "+" } else { "" };
            plan.draw_figure(&mut page, i, &format!("{sign}{}", plan.scale.shown(estimate.mean)));
        }
    }
    page
}

/// Draws distributions: a box a row over its runs' dots, and the mean with its interval.
pub fn boxes(rows: &Rows<'_>) -> Drawing {
    let Some(plan) = Plan::new(rows, false) else { return nothing(rows) };
    let mut page = plan.page(rows);
    let legend = "box: quartiles; whiskers: within 1.5 of its width; orange: mean, 95 % interval";
    let at = (plan.frame.right + plan.figures, STRIP_BASELINE);
    page.text(Text::new(at, legend, TICK_SIZE, MUTED).anchored(Anchor::End));
    for (i, row) in rows.rows.iter().enumerate() {
        plan.draw_name(&mut page, i, row);
        // A box of a few values would show what is not there.
        if row.values.len() >= 5 {
            plan.draw_box(&mut page, i, row);
        }
        plan.draw_dots(&mut page, i, row, tint(BLUE, 0.75));
        if let Some(estimate) = row.estimate {
            plan.draw_estimate(&mut page, i, estimate, VERMILION);
            plan.draw_figure(&mut page, i, &plan.scale.shown(estimate.mean));
        }
    }
    page
}

fn nothing(rows: &Rows<'_>) -> Drawing {
    let mut page = style::page(&rows.title, &rows.source, &rows.remark);
    style::empty(&mut page, &rows.nothing);
    page
}

/// Where everything goes.
struct Plan {
    frame: Frame,
    scale: Scale,
    row: f64,
    /// Room for figures at the right.
    figures: f64,
    height: f64,
}

impl Plan {
    /// The plan, or nothing where there is no value.
    fn new(rows: &Rows<'_>, around_zero: bool) -> Option<Plan> {
        let all = || {
            let ends = rows.rows.iter().filter_map(|row| row.estimate?.interval).flatten();
            rows.rows.iter().flat_map(|row| row.values.iter().copied()).chain(ends)
        };
        let (mut low, mut high) = (all().min_by(f64::total_cmp)?, all().max_by(f64::total_cmp)?);
        if around_zero {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        let scale = rows.measure.scale(low.abs().max(high.abs()));
        let (low, high) = (scale.of(low), scale.of(high));
        let margin = (high - low) * 0.04;
        let count = rows.rows.len().max(1) as f64;
        let row = ((HEIGHT - 58.0 - TOP) / count).clamp(LEAST_ROW, GREATEST_ROW);
        let name =
            |row: &Row| font::width(&row.name, LABEL_SIZE, true).max(font::width(&row.note, TICK_SIZE, false)) * 1.06;
        let names = rows.rows.iter().map(name).fold(40.0, f64::max).min(MOST_NAME);
        let title = match around_zero {
            true => scale.titled(&format!("difference of {}", rows.measure.title)),
            false => scale.titled(rows.measure.title),
        };
        let figures = 96.0;
        let bottom = TOP + row * count;
        let frame = Frame {
            left: MARGIN + names + 14.0,
            top: TOP,
            right: WIDTH - MARGIN - figures,
            bottom,
            x: Axis::span(&title, low - margin, high + margin, 6),
            y: Axis::span("", 0.0, count, 1),
            title_left: MARGIN,
        };
        Some(Plan { frame, scale, row, figures, height: bottom + 58.0 })
    }

    fn page(&self, rows: &Rows<'_>) -> Drawing {
        let mut page = style::page(&rows.title, &rows.source, &rows.remark);
        page.height = self.height;
        self.frame.draw_x_grid(&mut page);
        self.frame.draw_x(&mut page);
        page
    }

    /// The middle of a row.
    fn middle(&self, row: usize) -> f64 {
        self.frame.top + self.row * (row as f64 + 0.5)
    }

    fn draw_name(&self, page: &mut Drawing, i: usize, row: &Row) {
        let room = self.frame.left - 14.0 - MARGIN;
        let lift = if row.note.is_empty() { 0.36 * LABEL_SIZE } else { -2.0 };
        let name = font::fit(&row.name, LABEL_SIZE, true, room);
        let at = (self.frame.left - 12.0, self.middle(i) + lift);
        page.text(Text::new(at, name, LABEL_SIZE, INK).bold().anchored(Anchor::End));
        if !row.note.is_empty() {
            let note = font::fit(&row.note, TICK_SIZE, false, room);
            let at = (at.0, self.middle(i) + 13.0);
            page.text(Text::new(at, note, TICK_SIZE, MUTED).anchored(Anchor::End));
        }
    }

    fn draw_figure(&self, page: &mut Drawing, i: usize, figure: &str) {
        let at = (self.frame.right + 14.0, self.middle(i) + 0.36 * LABEL_SIZE);
        let text = font::fit(figure, LABEL_SIZE, false, self.figures - 14.0);
        page.text(Text::new(at, text, LABEL_SIZE, INK));
    }

    /// Dots beside each other where they would lie on each other.
    fn draw_dots(&self, page: &mut Drawing, i: usize, row: &Row, color: Color) {
        let mut values = row.values.clone();
        values.sort_by(f64::total_cmp);
        if values.len() > MOST_DOTS {
            let last = values.len() - 1;
            values = (0..MOST_DOTS).map(|k| values[k * last / (MOST_DOTS - 1)]).collect();
        }
        let lanes = ((self.row * 0.36 / DOT_SPACING) as usize) * 2 + 1;
        let mut ends = vec![f64::NEG_INFINITY; lanes];
        for x in values.into_iter().map(|value| self.frame.px(self.scale.of(value))) {
            let free = ends.iter().position(|end| x - end >= DOT_SPACING);
            let lane = free.unwrap_or_else(|| (0..lanes).min_by(|&a, &b| ends[a].total_cmp(&ends[b])).unwrap_or(0));
            ends[lane] = x;
            // Lanes 0, 1, 2, 3 lie at 0, +1, -1, +2.
            let steps = lane.div_ceil(2) as f64 * if lane % 2 == 1 { 1.0 } else { -1.0 };
            page.dot((x, self.middle(i) + steps * DOT_SPACING), 2.4, color);
        }
    }

    /// The mean as a large dot on the line of its interval.
    fn draw_estimate(&self, page: &mut Drawing, i: usize, estimate: Estimate, color: Color) {
        let y = self.middle(i);
        if let Some([low, high]) = estimate.interval {
            let (low, high) = (self.frame.px(self.scale.of(low)), self.frame.px(self.scale.of(high)));
            page.line(vec![(low, y), (high, y)], color, 2.6);
            for x in [low, high] {
                page.line(vec![(x, y - 5.0), (x, y + 5.0)], color, 2.0);
            }
        }
        page.dot((self.frame.px(self.scale.of(estimate.mean)), y), 4.6, color);
    }

    fn draw_box(&self, page: &mut Drawing, i: usize, row: &Row) {
        let summary = Quartiles::of(&row.values);
        let px = |value: f64| self.frame.px(self.scale.of(value));
        let (y, half) = (self.middle(i), self.row * 0.3);
        let [low, first, middle, third, high] = summary.0.map(px);
        for (from, to) in [(low, first), (third, high)] {
            page.line(vec![(from, y), (to, y)], AXIS, 1.4);
        }
        for end in [low, high] {
            page.line(vec![(end, y - half / 2.0), (end, y + half / 2.0)], AXIS, 1.4);
        }
        page.rects(vec![[first, y - half, (third - first).max(1.0), 2.0 * half]], tint(BLUE, 0.18));
        page.line(vec![(middle, y - half), (middle, y + half)], INK, 2.2);
    }

    /// Says above the plot which side is better.
    fn draw_sides(&self, page: &mut Drawing, better: Better, baseline: &str) {
        let zero = self.frame.px(0.0);
        let (left, right) = match better {
            Better::Lower => ("better", "worse"),
            Better::Higher => ("worse", "better"),
        };
        let same = font::fit(&format!("as {baseline}"), TICK_SIZE, false, 170.0);
        let half = font::width(&same, TICK_SIZE, false) * 1.06 / 2.0 + 12.0;
        let side = |text: &str| font::width(text, TICK_SIZE, false) * 1.06 + 8.0;
        let (left, right) = (format!("← {left}"), format!("{right} →"));
        let middle = zero.clamp(MARGIN + side(&left) + half, WIDTH - MARGIN - side(&right) - half);
        page.text(Text::new((middle, STRIP_BASELINE), same, TICK_SIZE, INK).anchored(Anchor::Middle));
        page.text(Text::new((middle - half, STRIP_BASELINE), left, TICK_SIZE, MUTED).anchored(Anchor::End));
        page.text(Text::new((middle + half, STRIP_BASELINE), right, TICK_SIZE, MUTED));
    }
}

/// The lower whisker, the quartiles, and the upper whisker.
struct Quartiles([f64; 5]);

impl Quartiles {
    /// Of values of which there is at least one. Whiskers end at the last values within 1.5 times the box (Tukey).
    fn of(values: &[f64]) -> Quartiles {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let [first, middle, third] = [0.25, 0.5, 0.75].map(|share| quantile(&sorted, share));
        let reach = 1.5 * (third - first);
        let low = sorted.iter().copied().find(|value| *value >= first - reach).unwrap_or(first);
        let high = sorted.iter().rev().copied().find(|value| *value <= third + reach).unwrap_or(third);
        Quartiles([low.min(first), first, middle, third, high.max(third)])
    }
}

/// The quantile of sorted values, interpolated linearly; infinite where a value that it takes part of is.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place - place.floor());
    let low = sorted[below];
    // Between two infinities there is no difference to take a part of.
    if part == 0.0 || low.is_infinite() { low } else { low + (sorted[below + 1] - low) * part }
}

/// What a plot says beside the number of values: `30 seeds`.
pub fn seeds(count: usize) -> String {
    human::counted(count as u64, "seed", "seeds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whiskers_leave_out_what_lies_far() {
        // Quartiles of 1 to 9 are 3, 5 and 7; 1.5 times the width of 4 reaches from -3 to 13.
        let mut values: Vec<f64> = (1..=9).map(f64::from).collect();
        assert_eq!(Quartiles::of(&values).0, [1.0, 3.0, 5.0, 7.0, 9.0]);
        values[8] = 100.0;
        assert_eq!(Quartiles::of(&values).0, [1.0, 3.0, 5.0, 7.0, 8.0]);
    }

    #[test]
    fn a_quantile_beyond_what_ended_is_infinite() {
        let sorted = [1.0, 2.0, f64::INFINITY];
        assert_eq!(quantile(&sorted, 0.5), 2.0);
        assert_eq!(quantile(&sorted, 0.25), 1.5);
        assert_eq!(quantile(&sorted, 0.9), f64::INFINITY);
        assert_eq!(quantile(&[1.0, f64::INFINITY, f64::INFINITY], 0.9), f64::INFINITY);
    }
}
