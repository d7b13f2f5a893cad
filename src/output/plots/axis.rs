//! Axes: scales, ticks that people count in, and the frame around the data.

use super::canvas::{Anchor, Drawing, HEIGHT, Point, Text, WIDTH};
use super::font;
use super::style::{AXIS, GRID, MARGIN, MUTED, STRIP_BASELINE, TICK_SIZE};
use crate::output::human;
use crate::sim::math;

/// Upper edge of the data.
pub const TOP: f64 = 102.0;

/// One axis: what it measures, over which range, with which ticks.
#[derive(Clone, Debug)]
pub struct Axis {
    title: String,
    from: f64,
    to: f64,
    logarithmic: bool,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Counts of something from 0 to at least `max`.
    pub fn counts(title: &str, max: f64) -> Axis {
        Axis::linear(title, max.max(1.0), |step| step.max(1.0))
    }

    /// A quantity from 0 to at least `max`.
    pub fn quantity(title: &str, max: f64) -> Axis {
        Axis::linear(title, if max > 0.0 { max } else { 1.0 }, |step| step)
    }

    fn linear(title: &str, max: f64, least: impl Fn(f64) -> f64) -> Axis {
        let step = least(round_step(max / 5.0));
        // A little more than the greatest value, so that no line runs along the edge.
        let to = max * 1.03;
        let last = (to / step).floor() as u32;
        let ticks = (0..=last).map(|i| (f64::from(i) * step, human::short(f64::from(i) * step))).collect();
        Axis { title: title.into(), from: 0.0, to, logarithmic: false, ticks }
    }

    /// The same axis with every other label.
    pub fn sparse(self) -> Axis {
        Axis { ticks: self.ticks.into_iter().step_by(2).collect(), ..self }
    }

    /// The same axis without its title.
    pub fn untitled(self) -> Axis {
        Axis { title: String::new(), ..self }
    }

    /// The same axis, ending exactly at `to`.
    pub fn ending_at(self, to: f64) -> Axis {
        let ticks = self.ticks.into_iter().filter(|(value, _)| *value <= to).collect();
        Axis { to, ticks, ..self }
    }

    /// A share from 0 to 100 %.
    pub fn percent(title: &str) -> Axis {
        let ticks = (0..=4).map(|i| (f64::from(i) / 4.0, format!("{} %", i * 25))).collect();
        Axis { title: title.into(), from: 0.0, to: 1.0, logarithmic: false, ticks }
    }

    /// A quantity over several orders of magnitude; `0 < min <= max`.
    pub fn decades(title: &str, min: f64, max: f64) -> Axis {
        let (low, high) = (decade_below(min), decade_below(max));
        let high = if math::pow(10.0, high) < max { high + 1.0 } else { high };
        let high = high.max(low + 1.0);
        // At most seven labels, however many decades.
        let stride = (((high - low) / 6.0).ceil() as usize).max(1);
        let decades = (low as i32..=high as i32).step_by(stride).map(|n| math::pow(10.0, f64::from(n)));
        let ticks = decades.map(|value| (value, human::short(value))).collect();
        Axis { title: title.into(), from: math::pow(10.0, low), to: math::pow(10.0, high), logarithmic: true, ticks }
    }

    /// A quantity from `from` to `to`, which may lie on either side of 0, with about `ticks` labels; a range of no width is
    /// made one.
    pub fn span(title: &str, from: f64, to: f64, ticks: u32) -> Axis {
        let (from, to) = widened(from, to);
        let step = round_step((to - from) / f64::from(ticks.max(1)));
        let (first, last) = ((from / step - 1e-9).ceil() as i64, (to / step + 1e-9).floor() as i64);
        let ticks = (first..=last).map(|i| i as f64 * step).map(|value| (value, human::short(value))).collect();
        Axis { title: title.into(), from, to, logarithmic: false, ticks }
    }

    /// Virtual time from `from` to `to` seconds, in the unit that fits; the unit joins the title.
    pub fn time(title: &str, from: f64, to: f64) -> Axis {
        let to = if to > from { to } else { from + 1.0 };
        let (unit, name) = time_unit(to);
        let step = time_step((to - from) / unit / 6.5, name) * unit;
        let first = (from / step - 1e-9).ceil().max(0.0) as u64;
        let last = (to / step + 1e-9).floor() as u64;
        let ticks = (first..=last).map(|i| i as f64 * step).map(|s| (s, human::short(s / unit))).collect();
        Axis { title: format!("{title} ({name})"), from, to, logarithmic: false, ticks }
    }

    /// Where `value` lies: 0 at the beginning, 1 at the end.
    fn share(&self, value: f64) -> f64 {
        let value = value.clamp(self.from, self.to);
        if self.logarithmic {
            math::ln(value / self.from) / math::ln(self.to / self.from)
        } else {
            (value - self.from) / (self.to - self.from)
        }
    }

    fn widest_tick(&self) -> f64 {
        self.ticks.iter().map(|(_, label)| font::width(label, TICK_SIZE, false)).fold(0.0, f64::max)
    }
}

/// The range itself, or one around it where it has no width.
fn widened(from: f64, to: f64) -> (f64, f64) {
    let least = 1e-9 * from.abs().max(to.abs());
    if to - from > least {
        return (from, to);
    }
    let half = (from.abs() * 0.05).max(0.5);
    (from - half, to + half)
}

/// The greatest whole `n` with `10^n <= value`, as a float.
fn decade_below(value: f64) -> f64 {
    let n = (math::ln(value) / math::ln(10.0)).floor();
    if math::pow(10.0, n + 1.0) <= value { n + 1.0 } else { n }
}

/// The least of 1, 2, 5 times a power of ten that is not below `step`.
pub fn round_step(step: f64) -> f64 {
    let decade = math::pow(10.0, decade_below(step));
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * decade >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * decade
}

/// The unit for times up to `to` seconds: its seconds and its name.
fn time_unit(to: f64) -> (f64, &'static str) {
    match to {
        to if to < 1.0 => (1e-3, "ms"),
        to if to <= 300.0 => (1.0, "s"),
        to if to <= 3.0 * 3600.0 => (60.0, "min"),
        to if to <= 3.0 * 86_400.0 => (3600.0, "hours"),
        _ => (86_400.0, "days"),
    }
}

/// The least step of a clock that is not below `step`, in the unit of this name.
fn time_step(step: f64, unit: &str) -> f64 {
    let steps: &[f64] = match unit {
        "s" | "min" => &[1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0],
        "hours" => &[0.5, 1.0, 2.0, 3.0, 6.0, 12.0, 24.0],
        _ => &[],
    };
    let of_a_clock = steps.iter().copied().find(|&s| s >= step).filter(|_| step > 0.5 * steps.first().unwrap_or(&0.0));
    of_a_clock.unwrap_or_else(|| round_step(step))
}

/// The rectangle of the data, and its axes.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
    /// The axis at the bottom.
    pub x: Axis,
    /// The axis at the left.
    pub y: Axis,
    /// Where the y axis' title begins.
    pub title_left: f64,
}

impl Frame {
    /// A frame that leaves room for its ticks, and `right_margin` for labels beside the data.
    pub fn new(x: Axis, y: Axis, right_margin: f64) -> Frame {
        let left = (MARGIN + y.widest_tick() * 1.06 + 10.0).max(48.0);
        Frame { left, top: TOP, right: WIDTH - right_margin.max(30.0), bottom: HEIGHT - 58.0, x, y, title_left: MARGIN }
    }

    /// The horizontal position of a value; beyond the axis it is held at its ends.
    pub fn px(&self, value: f64) -> f64 {
        self.left + self.x.share(value) * (self.right - self.left)
    }

    /// The vertical position of a value; beyond the axis it is held at its ends.
    pub fn py(&self, value: f64) -> f64 {
        self.bottom - self.y.share(value) * (self.bottom - self.top)
    }

    /// The position of a point of data.
    pub fn at(&self, (x, y): Point) -> Point {
        (self.px(x), self.py(y))
    }

    /// Where the row above the plot is free: right of the y axis' title.
    pub fn strip_start(&self) -> f64 {
        MARGIN + font::width(&self.y.title, TICK_SIZE, false) * 1.06 + 18.0
    }

    /// Draws grid, ticks and titles.
    pub fn draw(&self, page: &mut Drawing) {
        self.draw_y(page);
        self.draw_x(page);
    }

    /// Draws horizontal grid lines and the y axis' ticks and title.
    pub fn draw_y(&self, page: &mut Drawing) {
        for (value, label) in &self.y.ticks {
            let y = self.py(*value);
            page.line(vec![(self.left, y), (self.right, y)], GRID, 1.0);
            let at = (self.left - 10.0, y + 0.36 * TICK_SIZE);
            page.text(Text::new(at, label, TICK_SIZE, MUTED).anchored(Anchor::End));
        }
        if !self.y.title.is_empty() {
            let at = (self.title_left, self.top - (TOP - STRIP_BASELINE));
            page.text(Text::new(at, &self.y.title, TICK_SIZE, MUTED));
        }
    }

    /// Draws horizontal grid lines alone.
    pub fn draw_grid(&self, page: &mut Drawing) {
        for (value, _) in &self.y.ticks {
            let y = self.py(*value);
            page.line(vec![(self.left, y), (self.right, y)], GRID, 1.0);
        }
    }

    /// Draws the x axis with its ticks and title.
    pub fn draw_x(&self, page: &mut Drawing) {
        self.draw_labels(page);
        self.draw_x_title(page);
        self.draw_base(page);
    }

    /// Draws the x axis' title.
    pub fn draw_x_title(&self, page: &mut Drawing) {
        let middle = (self.left + self.right) / 2.0;
        let title = Text::new((middle, self.bottom + 44.0), &self.x.title, TICK_SIZE, MUTED);
        page.text(title.anchored(Anchor::Middle));
    }

    /// Draws vertical grid lines: for data in rows.
    pub fn draw_x_grid(&self, page: &mut Drawing) {
        for (value, _) in &self.x.ticks {
            let x = self.px(*value);
            page.line(vec![(x, self.top), (x, self.bottom)], GRID, 1.0);
        }
    }

    /// Draws the x axis with its ticks, without a title.
    pub fn draw_x_ticks(&self, page: &mut Drawing) {
        self.draw_labels(page);
        self.draw_base(page);
    }

    fn draw_labels(&self, page: &mut Drawing) {
        for (value, label) in &self.x.ticks {
            let x = self.px(*value);
            page.line(vec![(x, self.bottom), (x, self.bottom + 5.0)], AXIS, 1.0);
            let at = (x, self.bottom + 20.0);
            page.text(Text::new(at, label, TICK_SIZE, MUTED).anchored(Anchor::Middle));
        }
    }

    fn draw_base(&self, page: &mut Drawing) {
        page.line(vec![(self.left, self.bottom), (self.right, self.bottom)], AXIS, 1.2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn ticks_are_what_people_count_in() {
        assert_eq!(labels(&Axis::counts("peers", 200.0)), ["0", "50", "100", "150", "200"]);
        assert_eq!(labels(&Axis::counts("peers", 1.0)), ["0", "1"]);
        assert_eq!(labels(&Axis::counts("peers", 100_000.0)), ["0", "20k", "40k", "60k", "80k", "100k"]);
        assert_eq!(labels(&Axis::time("time", 0.0, 3600.0)), ["0", "10", "20", "30", "40", "50", "60"]);
        assert_eq!(labels(&Axis::time("time", 0.0, 6.0 * 3600.0)), ["0", "1", "2", "3", "4", "5", "6"]);
        assert_eq!(labels(&Axis::time("time", 70.0, 135.0)), ["70", "80", "90", "100", "110", "120", "130"]);
        assert_eq!(labels(&Axis::decades("rate", 0.5, 3000.0)), ["0.1", "1", "10", "100", "1k", "10k"]);
    }

    #[test]
    fn steps_are_round_and_not_too_small() {
        for step in [1e-9, 0.013, 0.2, 1.0, 1.1, 2.0, 3.0, 7.0, 999.0, 1e12] {
            let rounded = round_step(step);
            assert!(rounded >= step * 0.999 && rounded <= step * 2.51, "{step} became {rounded}");
        }
    }

    #[test]
    fn no_range_breaks_an_axis() {
        for to in [0.0, 1e-9, 0.5, 1.0, 59.0, 61.0, 1e5, 1e7, 3e9] {
            let count = Axis::time("t", 0.0, to).ticks.len();
            assert!((2..=14).contains(&count), "{count} ticks up to {to}");
        }
    }
}
