//! A plot a law: what was measured, with its interval, over what theory says.

use crate::oracle::{Case, Oracle, Rule};
use swarmsim::output::plots::Drawn;
use swarmsim::output::plots::axis::{Axis, Frame};
use swarmsim::output::plots::canvas::{Anchor, Text};
use swarmsim::output::plots::font;
use swarmsim::output::plots::style::{self, AXIS, BLUE, INK, LABEL_SIZE, TICK_SIZE, VERMILION, tint};

/// Height of a row.
const ROW: f64 = 26.0;

/// Draws an oracle's plot: along its axis where it has one, else a row a case, relative to the expected.
pub fn draw(oracle: &Oracle) -> Drawn {
    let drawing = match oracle.x_title {
        Some(title) => along(oracle, title),
        None => rows(oracle),
    };
    Drawn { stem: oracle.stem.into(), drawing }
}

/// Low end, middle, high end.
fn extent(case: &Case) -> (f64, f64, f64) {
    let interval = case.interval();
    let middle = case.sample().map_or(0.0, |sample| sample.mean());
    interval.map_or((middle, middle, middle), |interval| (interval.low, middle, interval.high))
}

fn along(oracle: &Oracle, title: &str) -> swarmsim::output::plots::canvas::Drawing {
    let remark = "line: theory; dots: simulated, with intervals";
    let mut page = style::page(oracle.title, "validity", remark);
    let shown: Vec<(f64, &Case)> = oracle.cases.iter().filter_map(|case| Some((case.x?, case))).collect();
    let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
    let (mut low, mut high) = (0.0f64, 0.0f64);
    for (x, case) in &shown {
        let (least, _, most) = extent(case);
        (from, to) = (from.min(*x), to.max(*x));
        (low, high) = (low.min(least).min(case.expected), high.max(most).max(case.expected));
    }
    let margin = (to - from) * 0.06;
    (from, to) = (from - margin, to + margin);
    let y = if low < 0.0 {
        Axis::span(oracle.unit, low - 0.08 * (high - low), high + 0.08 * (high - low), 6)
    } else {
        Axis::quantity(oracle.unit, high)
    };
    let frame = Frame::new(Axis::span(title, from, to, 6), y, 30.0);
    frame.draw(&mut page);
    if let Some(curve) = oracle.curve {
        let steps = (0..=200).map(|i| from + (to - from) * f64::from(i) / 200.0);
        page.line(steps.map(|x| frame.at((x, curve(x)))).collect(), BLUE, 1.8);
    }
    for (x, case) in shown {
        let (low, middle, high) = extent(case);
        let (left, level) = frame.at((x, case.expected));
        if oracle.curve.is_none() {
            page.line(vec![(left - 14.0, level), (left + 14.0, level)], BLUE, 2.0);
        }
        page.line(vec![frame.at((x, low)), frame.at((x, high))], VERMILION, 1.6);
        page.dot(frame.at((x, middle)), 3.6, VERMILION);
    }
    page
}

fn rows(oracle: &Oracle) -> swarmsim::output::plots::canvas::Drawing {
    let remark = "relative to theory; dots: simulated, with intervals";
    let mut page = style::page(oracle.title, "validity", remark);
    let shown: Vec<(&Case, [f64; 3])> = oracle.cases.iter().map(|case| (case, relative(case))).collect();
    let least = shown.iter().map(|(_, [low, ..])| *low).fold(1.0, f64::min);
    let most = shown.iter().map(|(_, [.., high])| *high).fold(1.0, f64::max);
    let room = (0.06 * (most - least)).max(0.002);
    let name = |case: &Case| case.what.replace('`', "");
    let widest = shown.iter().map(|(case, _)| font::width(&name(case), TICK_SIZE, false)).fold(0.0, f64::max);
    let mut frame =
        Frame::new(Axis::span("measured / expected", least - room, most + room, 6), Axis::quantity("", 1.0), 30.0);
    let limit = (frame.right - frame.left) * 0.55;
    frame.left = frame.left.max(32.0 + widest.min(limit) * 1.1);
    frame.top = 84.0;
    frame.bottom = frame.top + ROW * shown.len() as f64 + 8.0;
    page.height = frame.bottom + 58.0;
    frame.draw_x_grid(&mut page);
    frame.draw_x(&mut page);
    page.line(vec![(frame.px(1.0), frame.top), (frame.px(1.0), frame.bottom)], BLUE, 1.8);
    for (i, (case, [low, middle, high])) in shown.into_iter().enumerate() {
        let y = frame.top + ROW * (i as f64 + 0.5) + 4.0;
        // Where the browser has another font, letters may be wider than ours.
        let label = font::fit(&name(case), TICK_SIZE, false, (frame.left - 30.0) / 1.1);
        page.text(Text::new((frame.left - 10.0, y + 0.36 * TICK_SIZE), label, TICK_SIZE, INK).anchored(Anchor::End));
        page.line(vec![(frame.left, y), (frame.right, y)], tint(AXIS, 0.15), 1.0);
        page.line(vec![(frame.px(low), y), (frame.px(high), y)], VERMILION, 1.8);
        page.dot((frame.px(middle), y), 3.8, VERMILION);
    }
    if oracle.cases.iter().any(|case| case.rule == Rule::AtLeast) {
        let at = (frame.px(1.0) + 6.0, frame.top - 4.0);
        page.text(Text::new(at, "least possible", LABEL_SIZE, BLUE));
    }
    page
}

/// Low end, middle and high end over the law's value; of what is expected to be 0, one more than its distance in standard deviations
/// of a run, so that zero stands at 1.
fn relative(case: &Case) -> [f64; 3] {
    let (low, middle, high) = extent(case);
    let scale = |value: f64| {
        if case.expected != 0.0 {
            return value / case.expected;
        }
        let spread = case.sample().and_then(|sample| sample.std_dev()).filter(|spread| *spread > 0.0);
        1.0 + value / spread.unwrap_or(1.0)
    };
    let [a, b] = [scale(low), scale(high)];
    [a.min(b), scale(middle), a.max(b)]
}
