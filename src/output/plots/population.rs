//! Who is there: leechers and seeders over time, and how many have completed so far.

use super::axis::{Axis, Frame};
use super::canvas::{Drawing, Point};
use super::data::RunData;
use super::labels::{self, EndLabel};
use super::style::{self, BLUE, GREEN, LINE_WIDTH, VERMILION};
use super::thin::thin;
use crate::output::human;
use crate::output::tables::TimeRow;

/// Draws the plot.
pub fn draw(data: &RunData) -> Drawing {
    let peak = data.samples.iter().map(|row| row.present).max().unwrap_or(0);
    let remark = format!("at most {} peers at once", human::count(peak.into()));
    let mut page = style::page("Completed and active peers", &data.run_name(), &remark);
    if data.samples.is_empty() {
        style::empty(&mut page, "The run ended before its first sample");
        return page;
    }
    let lines: [(&str, fn(&TimeRow) -> u32, _); 3] = [
        ("completed", |row| row.completed, GREEN),
        ("leechers", |row| row.leechers, VERMILION),
        ("seeders", |row| row.seeders, BLUE),
    ];
    let greatest = data.samples.iter().map(|row| row.present.max(row.completed)).max().unwrap_or(0);
    let x = Axis::time("virtual time", 0.0, data.end());
    let frame = Frame::new(x, Axis::counts("peers", greatest.into()), labels::margin(lines.map(|line| line.0)));
    frame.draw(&mut page);
    let mut ends = Vec::new();
    for (name, value, color) in lines {
        let points: Vec<Point> = data.samples.iter().map(|row| (row.time_s.as_f64(), value(row).into())).collect();
        ends.push(EndLabel { y: frame.py(points[points.len() - 1].1), text: name.into(), color });
        series(&mut page, &frame, &points, color);
    }
    labels::draw(&mut page, ends, frame.right, frame.top, frame.bottom);
    page
}

/// A line through a series, or a dot where there is a single value.
pub(super) fn series(page: &mut Drawing, frame: &Frame, points: &[Point], color: super::canvas::Color) {
    match points {
        [only] => page.dot(frame.at(*only), 3.5, color),
        _ => page.line(thin(points, 250).into_iter().map(|point| frame.at(point)).collect(), color, LINE_WIDTH),
    }
}
