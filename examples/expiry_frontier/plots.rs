//! The three plots.

use crate::results::{Point, mean_and_interval};
use crate::theory::Setting;
use crate::{LOSSES, MOST_FALSE, MOST_GHOSTS, SWARM, is_reliable};
use swarmsim::output::plots::Drawn;
use swarmsim::output::plots::axis::{Axis, Frame};
use swarmsim::output::plots::canvas::{Anchor, Color, Drawing, Text};
use swarmsim::output::plots::labels::{self, EndLabel};
use swarmsim::output::plots::style::{
    self, AXIS, BLUE, GREEN, INK, LABEL_SIZE, MARGIN, MUTED, SERIES, VERMILION, tint,
};
use swarmsim::sim::math;

/// The colors of [`LOSSES`].
const COLORS: [Color; 3] = [GREEN, BLUE, VERMILION];
/// The loss at which the ghosts are drawn; another would hardly look different.
const SHOWN_LOSS: f64 = LOSSES[1];
/// Proof intervals from which the frontier is drawn, in seconds.
const INTERVALS: (f64, f64) = (4.0, 32.0);

/// Ghosts against the lifetime of entries: a curve a proof interval.
pub fn ghosts(points: &[Point]) -> Drawn {
    let remark = "loss 5 %; curves: theory; dots: means of 20 seeds with their 95 % intervals";
    let mut page = style::page("The longer entries live, the more ghosts are in the list", "expiry-tuning", remark);
    let shown: Vec<&Point> = points.iter().filter(|point| point.at.loss == SHOWN_LOSS).collect();
    let mut intervals: Vec<f64> = shown.iter().map(|point| point.at.proof_interval_s).collect();
    intervals.sort_by(f64::total_cmp);
    intervals.dedup();
    let names: Vec<String> = intervals.iter().map(|h| format!("proof every {h} s")).collect();
    let x = Axis::span("entry_ttl (s)", 15.0, 62.0, 8);
    let y = Axis::quantity("ghosts in the list (%)", 3.6);
    let frame = Frame::new(x, y, labels::margin(names.iter().map(String::as_str)));
    frame.draw(&mut page);
    limit(&mut page, &frame, MOST_GHOSTS * 100.0, "2 %", 0.1);
    let mut ends = Vec::new();
    for (i, (&h, name)) in intervals.iter().zip(names).enumerate() {
        let color = SERIES[i % SERIES.len()];
        let at = |ttl: f64| Setting { entry_ttl_s: ttl, proof_interval_s: h, loss: SHOWN_LOSS };
        let place = |ttl: f64| frame.at((ttl, SWARM.ghost_share(at(ttl)) * 100.0));
        page.line(steps(h.max(15.0), 62.0).map(place).collect(), color, 1.6);
        for point in shown.iter().filter(|point| point.at.proof_interval_s == h) {
            let (mean, [low, high]) = mean_and_interval(&point.ghost_share);
            let ttl = point.at.entry_ttl_s;
            page.line(vec![frame.at((ttl, low * 100.0)), frame.at((ttl, high * 100.0))], color, 1.4);
            page.dot(frame.at((ttl, mean * 100.0)), 3.4, color);
        }
        ends.push(EndLabel { y: place(62.0).1, text: name, color, ended: None });
    }
    labels::draw(&mut page, ends, frame.right, frame.top, frame.bottom);
    Drawn { stem: "ghosts".into(), drawing: page }
}

/// False expiries against proofs a lifetime, on a logarithmic axis: a staircase a loss.
pub fn false_expiries(points: &[Point]) -> Drawn {
    const MOST: f64 = 5.0;
    let fewest = 1e-7;
    let count = |point: &Point| point.false_per_proof.iter().any(|&value| value > 0.0);
    let shown: Vec<&Point> =
        points.iter().filter(|point| point.at.entry_ttl_s / point.at.proof_interval_s <= MOST).collect();
    let none = shown.iter().filter(|point| !count(point)).count();
    let remark = format!("stairs: sweeps at once; bars: every 5 s; dots: simulated, 20 seeds ({none} without any)");
    let mut page = style::page("What a false expiry takes: all proofs of a lifetime lost", "expiry-tuning", &remark);
    let x = Axis::span("entry_ttl / active_proof_interval", 1.0, MOST, 4);
    let y = Axis::decades("false expiries per million proofs (log scale)", fewest * 1e6, 1e5);
    let names: Vec<String> = LOSSES.iter().map(|loss| format!("loss {} %", loss * 100.0)).collect();
    let frame = Frame::new(x, y, labels::margin(names.iter().map(String::as_str)));
    frame.draw(&mut page);
    limit(&mut page, &frame, MOST_FALSE * 1e6, "1 in 10,000", 1.0);
    let mut ends = Vec::new();
    for ((loss, color), name) in LOSSES.into_iter().zip(COLORS).zip(names) {
        let height = |k: i32| ((1.0 - loss) * math::pow(loss, f64::from(k))).max(fewest) * 1e6;
        let stairs = (1..MOST as i32).flat_map(|k| [k, k + 1].map(|x| frame.at((f64::from(x), height(k)))));
        page.line(stairs.collect(), color, 1.6);
        let end = frame.py(height(MOST as i32 - 1));
        ends.push(EndLabel { y: end, text: name, color, ended: None });
        for point in shown.iter().filter(|point| point.at.loss == loss) {
            let ratio = point.at.entry_ttl_s / point.at.proof_interval_s;
            let (x, y) = frame.at((ratio, (SWARM.false_per_proof(point.at)).max(fewest) * 1e6));
            page.line(vec![(x - 7.0, y), (x + 7.0, y)], INK, 1.4);
            let (mean, [low, high]) = mean_and_interval(&point.false_per_proof);
            if mean > 0.0 {
                let place = |value: f64| frame.at((ratio, value.max(fewest) * 1e6));
                page.line(vec![place(low), place(high)], color, 1.4);
                page.dot(place(mean), 3.4, color);
            }
        }
    }
    labels::draw(&mut page, ends, frame.right, frame.top, frame.bottom);
    Drawn { stem: "false-expiries".into(), drawing: page }
}

/// Ghosts against the tracker's load, as far as false expiries are few enough: the efficient frontier.
pub fn frontier(points: &[Point]) -> Drawn {
    let remark = "curves: theory; rings: least load; dots: simulated; gray: too many false expiries";
    let mut page =
        style::page("The price of a short list: at most 1 false expiry in 10,000 proofs", "expiry-tuning", remark);
    let names: Vec<String> = LOSSES.iter().map(|loss| format!("loss {} %", loss * 100.0)).collect();
    let load = |h: f64| 60.0 / h;
    let x = Axis::span("proofs per minute and peer", load(INTERVALS.1), 12.6, 7);
    let y = Axis::quantity("ghosts in the list (%)", 5.0);
    let frame = Frame::new(x, y, 30.0);
    frame.draw(&mut page);
    limit(&mut page, &frame, MOST_GHOSTS * 100.0, "2 %", 0.75);
    for point in points.iter().filter(|point| !is_reliable(point)) {
        page.dot(place(&frame, point), 3.0, tint(AXIS, 0.6));
    }
    for point in points.iter().filter(|point| is_reliable(point)) {
        page.dot(place(&frame, point), 3.6, color_of(point));
    }
    for (i, (loss, color)) in LOSSES.into_iter().zip(COLORS).enumerate() {
        let curve = steps(load(INTERVALS.1), 12.6).map(|x| {
            let share = SWARM.ghost_share(SWARM.least_ttl(60.0 / x, loss, MOST_FALSE)) * 100.0;
            (share <= 5.0).then(|| frame.at((x, share)))
        });
        page.line(curve.flatten().collect(), color, 1.8);
        let best = SWARM.best(loss, MOST_GHOSTS, MOST_FALSE);
        let at = frame.at((load(best.proof_interval_s), MOST_GHOSTS * 100.0));
        page.dot(at, 7.0, color);
        page.dot(at, 4.0, [255, 255, 255]);
        let text =
            format!("{}: proof every {:.1} s, entry_ttl {:.1} s", names[i], best.proof_interval_s, best.entry_ttl_s);
        let corner = (frame.right - 6.0, frame.top + 22.0 + 22.0 * i as f64);
        page.text(Text::new(corner, text, LABEL_SIZE, color).bold().anchored(Anchor::End));
    }
    Drawn { stem: "frontier".into(), drawing: page }
}

/// Where a simulated setting lies; losses stand beside each other, so that none hides another.
fn place(frame: &Frame, point: &Point) -> (f64, f64) {
    let rank = LOSSES.iter().position(|loss| *loss == point.at.loss).unwrap_or(0);
    let (x, y) = frame.at((60.0 / point.at.proof_interval_s, mean_and_interval(&point.ghost_share).0 * 100.0));
    (x + 6.0 * (rank as f64 - 1.0), y)
}

fn color_of(point: &Point) -> Color {
    let rank = LOSSES.iter().position(|loss| *loss == point.at.loss);
    rank.map_or(MUTED, |rank| COLORS[rank])
}

/// A dashed line across at a limit; its name ends at this share of the width.
fn limit(page: &mut Drawing, frame: &Frame, value: f64, name: &str, share: f64) {
    let y = frame.py(value);
    page.dashed(vec![(frame.left, y), (frame.right, y)], INK, 1.2);
    let at = (frame.left + share * (frame.right - frame.left) - MARGIN / 2.0, y - 6.0);
    page.text(Text::new(at, name, LABEL_SIZE, INK).bold().anchored(Anchor::End));
}

/// Two hundred steps from one number to another.
fn steps(from: f64, to: f64) -> impl Iterator<Item = f64> {
    (0..=200).map(move |i| from + (to - from) * f64::from(i) / 200.0)
}
