//! The five requests of the protocol over time: what the swarm costs its tracker and itself.

use super::axis::{Axis, Frame};
use super::canvas::{Drawing, Point};
use super::data::RunData;
use super::labels::{self, EndLabel};
use super::style::{self, LINE_WIDTH, SERIES};
use crate::output::human;

/// The requests, as the protocol names them.
const NAMES: [&str; 5] = ["Join", "Active Proof", "Peer List", "Chunks Query", "Fetch Chunk"];

/// The most intervals that are drawn; more are joined, which keeps the mean rate.
const MOST_INTERVALS: usize = 200;

/// How much the most frequent request must exceed the rarest for a logarithmic scale.
const WIDE_RANGE: f64 = 40.0;

/// A stretch of time and the requests a second in it.
struct Interval {
    middle: f64,
    rates: [f64; 5],
}

/// Draws the plot.
pub fn draw(data: &RunData) -> Drawing {
    let intervals = intervals(data);
    let total: u64 = data.samples.iter().flat_map(|row| row.requests()).sum();
    let remark = format!("{} in all", human::counted(total, "request", "requests"));
    let mut page = style::page("Requests by kind", &data.run_name(), &remark);
    let positive = || intervals.iter().flat_map(|interval| interval.rates).filter(|rate| *rate > 0.0);
    let Some(most) = positive().max_by(f64::total_cmp) else {
        style::empty(&mut page, "No request was sent");
        return page;
    };
    let least = positive().fold(most, f64::min).max(most / 1e7);
    let kinds: Vec<usize> =
        (0..5).filter(|&kind| intervals.iter().any(|interval| interval.rates[kind] > 0.0)).collect();
    let logarithmic = kinds.len() > 1 && is_wide(&intervals, &kinds);
    let y = match logarithmic {
        true => Axis::decades("requests per second (log scale)", least, most),
        false => Axis::quantity("requests per second", most),
    };
    let margin = labels::margin(kinds.iter().map(|&kind| NAMES[kind]));
    let frame = Frame::new(Axis::time("virtual time", 0.0, data.end()), y, margin);
    frame.draw(&mut page);
    let mut ends = Vec::new();
    for kind in kinds {
        let points: Vec<Point> = intervals.iter().map(|interval| (interval.middle, interval.rates[kind])).collect();
        let (x, y) = draw_line(&mut page, &frame, &points, SERIES[kind], logarithmic);
        let reaches = !logarithmic || points[points.len() - 1].1 > 0.0;
        ends.push(EndLabel { y, text: NAMES[kind].into(), color: SERIES[kind], ended: (!reaches).then_some(x) });
    }
    labels::draw(&mut page, ends, frame.right, frame.top, frame.bottom);
    page
}

/// Whether the kinds' mean rates lie so far apart that a linear scale would flatten some.
fn is_wide(intervals: &[Interval], kinds: &[usize]) -> bool {
    let peak = |kind: &usize| intervals.iter().map(|interval| interval.rates[*kind]).fold(0.0, f64::max);
    let peaks: Vec<f64> = kinds.iter().map(peak).collect();
    let (low, high) = peaks.iter().fold((f64::MAX, 0.0_f64), |(low, high), &peak| (low.min(peak), high.max(peak)));
    high > WIDE_RANGE * low
}

fn intervals(data: &RunData) -> Vec<Interval> {
    let joined = data.samples.len().div_ceil(MOST_INTERVALS).max(1);
    let mut begin = 0.0;
    let mut intervals = Vec::new();
    for rows in data.samples.chunks(joined) {
        let end = rows[rows.len() - 1].time_s.as_f64();
        // A sample at the run's very beginning, or one that shares its instant with another, covers no time.
        if end > begin {
            let sum = |kind: usize| rows.iter().map(|row| row.requests()[kind]).sum::<u64>() as f64;
            let rates = std::array::from_fn(|kind| sum(kind) / (end - begin));
            intervals.push(Interval { middle: (begin + end) / 2.0, rates });
            begin = end;
        }
    }
    intervals
}

/// Draws a line, broken on a logarithmic scale where the value is 0; returns its end.
fn draw_line(
    page: &mut Drawing,
    frame: &Frame,
    points: &[Point],
    color: super::canvas::Color,
    logarithmic: bool,
) -> Point {
    let mut last = (frame.right, frame.bottom);
    for run in points.split(|point| logarithmic && point.1 <= 0.0).filter(|run| !run.is_empty()) {
        last = frame.at(run[run.len() - 1]);
        match run {
            [only] => page.dot(frame.at(*only), 3.0, color),
            _ => page.line(run.iter().map(|point| frame.at(*point)).collect(), color, LINE_WIDTH),
        }
    }
    last
}
