//! What the tracker believes against what is true: peers listed, and of those the ones long gone.

use super::axis::{Axis, Frame};
use super::canvas::{Drawing, Point};
use super::data::RunData;
use super::labels::{self, EndLabel};
use super::population::series;
use super::style::{self, BLUE, GREEN, LINE_WIDTH, VERMILION, tint};
use super::thin::thin;
use crate::output::human;

/// Draws the plot.
pub fn draw(data: &RunData) -> Drawing {
    let remark = match data.figure("expiry.mean_stale_listed") {
        Some(mean) => format!("{} of {} listed are stale on average", human::digits(mean), mean_listed(data)),
        None => String::new(),
    };
    let mut page = style::page("The tracker's list against the truth", &data.run_name(), &remark);
    if data.samples.is_empty() {
        style::empty(&mut page, "The run ended before its first sample");
        return page;
    }
    let column = |value: fn(&crate::output::tables::TimeRow) -> u32| -> Vec<Point> {
        data.samples.iter().map(|row| (row.time_s.as_f64(), value(row).into())).collect()
    };
    let (listed, present) = (column(|row| row.listed), column(|row| row.present));
    let living = column(|row| row.listed.saturating_sub(row.stale_listed));
    let greatest = listed.iter().chain(&present).map(|point| point.1).fold(0.0, f64::max);
    let names = ["listed", "present", "stale entries"];
    let x = Axis::time("virtual time", 0.0, data.end());
    let frame = Frame::new(x, Axis::counts("peers", greatest), labels::margin(names));
    let has_stale = data.samples.iter().any(|row| row.stale_listed > 0);
    if has_stale {
        page_area(&mut page, &frame, &listed, &living);
    }
    frame.draw(&mut page);
    // Where both are the same all along, the lower line is wide enough to show.
    let listed_width = if has_stale { LINE_WIDTH } else { 2.0 * LINE_WIDTH };
    series(&mut page, &frame, &listed, BLUE, listed_width);
    series(&mut page, &frame, &present, GREEN, LINE_WIDTH);
    let end = |points: &[Point]| frame.py(points[points.len() - 1].1);
    let mut ends = vec![
        EndLabel { y: end(&listed), text: names[0].into(), color: BLUE, ended: None },
        EndLabel { y: end(&present), text: names[1].into(), color: GREEN, ended: None },
    ];
    if has_stale {
        ends.push(EndLabel {
            y: (end(&listed) + end(&living)) / 2.0,
            text: names[2].into(),
            color: VERMILION,
            ended: None,
        });
    }
    labels::draw(&mut page, ends, frame.right, frame.top, frame.bottom);
    page
}

fn mean_listed(data: &RunData) -> String {
    data.figure("expiry.mean_listed").map_or("those".into(), human::digits)
}

/// The band between what is listed and what of it is there.
fn page_area(page: &mut Drawing, frame: &Frame, listed: &[Point], living: &[Point]) {
    let mut outline: Vec<Point> = thin(listed, 250);
    outline.extend(thin(living, 250).into_iter().rev());
    page.area(outline.into_iter().map(|point| frame.at(point)).collect(), tint(VERMILION, 0.35));
}
