//! Who is there: leechers and seeders over time, and how many have completed so far.

use super::axis::{Axis, Frame};
use super::canvas::{Color, Drawing, Point};
use super::data::RunData;
use super::labels::{self, EndLabel};
use super::style::{self, BLUE, GREEN, LINE_WIDTH, VERMILION};
use super::thin::thin;
use crate::output::human;
use crate::output::tables::TimeRow;

/// A line: its label, its value, its color, its width. A wide line shows below one that runs along it.
type Line = (&'static str, fn(&TimeRow) -> u32, Color, f64);

/// How many times more peers must have completed than were ever there for a panel of their own.
const MUCH_MORE: u32 = 4;

/// Draws the plot.
pub fn draw(data: &RunData) -> Drawing {
    let peak = data.samples.iter().map(|row| row.present).max().unwrap_or(0);
    let remark = format!("at most {} at once", human::counted(peak.into(), "peer", "peers"));
    let mut page = style::page("Completed and active peers", &data.run_name(), &remark);
    if data.samples.is_empty() {
        style::empty(&mut page, "The run ended before its first sample");
        return page;
    }
    let lines: [Line; 3] = [
        ("completed", |row| row.completed, GREEN, 1.8 * LINE_WIDTH),
        ("leechers", |row| row.leechers, VERMILION, LINE_WIDTH),
        ("seeders", |row| row.seeders, BLUE, LINE_WIDTH),
    ];
    let completed = data.samples.iter().map(|row| row.completed).max().unwrap_or(0);
    if completed > MUCH_MORE * peak {
        // In an open swarm those that have come and gone are many times those that are there.
        let margin = labels::margin(lines.map(|line| line.0));
        let (upper, lower) =
            (frame("peers so far", data, completed, margin), frame("peers at once", data, peak, margin));
        let left = upper.left.max(lower.left);
        let upper = Frame { bottom: upper.top + 90.0, left, y: upper.y.sparse(), ..upper };
        let lower = Frame { top: upper.bottom + 44.0, left, ..lower };
        upper.draw_y(&mut page);
        draw_lines(&mut page, &upper, data, &[(lines[0].0, lines[0].1, lines[0].2, LINE_WIDTH)]);
        lower.draw(&mut page);
        draw_lines(&mut page, &lower, data, &lines[1..]);
    } else {
        let frame = frame("peers", data, peak.max(completed), labels::margin(lines.map(|line| line.0)));
        frame.draw(&mut page);
        draw_lines(&mut page, &frame, data, &lines);
    }
    page
}

/// A frame for up to `most` peers.
fn frame(title: &str, data: &RunData, most: u32, margin: f64) -> Frame {
    Frame::new(Axis::time("virtual time", 0.0, data.end()), Axis::counts(title, most.into()), margin)
}

fn draw_lines(page: &mut Drawing, frame: &Frame, data: &RunData, lines: &[Line]) {
    let mut ends = Vec::new();
    for &(name, value, color, width) in lines {
        let points: Vec<Point> = data.samples.iter().map(|row| (row.time_s.as_f64(), value(row).into())).collect();
        ends.push(EndLabel { y: frame.py(points[points.len() - 1].1), text: name.into(), color, ended: None });
        series(page, frame, &points, color, width);
    }
    labels::draw(page, ends, frame.right, frame.top, frame.bottom);
}

/// A line through a series, or a dot where there is a single value.
pub(super) fn series(page: &mut Drawing, frame: &Frame, points: &[Point], color: Color, width: f64) {
    match points {
        [only] => page.dot(frame.at(*only), 2.0 * width, color),
        _ => page.line(thin(points, 250).into_iter().map(|point| frame.at(point)).collect(), color, width),
    }
}
