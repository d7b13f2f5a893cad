//! How long downloads took: the share of the peers that were complete after a given time.

use super::axis::{Axis, Frame};
use super::canvas::{Anchor, Drawing, Point, Text};
use super::data::RunData;
use super::fold::Crowd;
use super::labels::{self, EndLabel};
use super::style::{self, INK, LINE_WIDTH, MUTED, SERIES, TICK_SIZE};
use super::thin::steps;
use super::{font, style::STRIP_BASELINE};
use crate::output::human;
use std::borrow::Cow;
use std::cmp::Reverse;

/// The most groups that get a line of their own.
const MOST_GROUPS: usize = 5;

/// A curve: a group, how many of it came to download, and the download times of those that completed.
struct Curve<'d> {
    name: &'d str,
    downloaders: usize,
    /// In seconds, rising.
    times: Cow<'d, [f64]>,
}

/// Draws the plot.
pub fn draw(data: &RunData) -> Drawing {
    let curves = curves(data);
    let completed: usize = curves.iter().map(|curve| curve.times.len()).sum();
    let downloaders: usize = curves.iter().map(|curve| curve.downloaders).sum();
    let remark = format!("{} of {} peers completed", human::count(completed as u64), human::count(downloaders as u64));
    let mut page = style::page("Download times", &data.run_name(), &remark);
    let Some(slowest) = curves.iter().filter_map(|curve| curve.times.last()).copied().max_by(f64::total_cmp) else {
        let nobody = if downloaders == 0 { "No peer came to download" } else { "No peer completed its download" };
        style::empty(&mut page, nobody);
        return page;
    };
    let bound = data.figure("completion.lower_bound_s");
    let shown: Vec<Curve<'_>> = curves.into_iter().filter(|curve| !curve.times.is_empty()).collect();
    let several = shown.len() > 1;
    let names = shown.iter().map(|curve| curve.name).filter(|_| several);
    let margin = if several { labels::margin(names) } else { 0.0 };
    let x = Axis::time("time from arrival to completion", 0.0, slowest.max(bound.unwrap_or(0.0)) * 1.03);
    let frame = Frame::new(x, Axis::percent("share of peers complete"), margin);
    frame.draw(&mut page);
    if let Some(bound) = bound {
        draw_bound(&mut page, &frame, bound);
    }
    draw_curves(&mut page, &frame, &shown);
    if let [only] = shown.as_slice() {
        draw_median(&mut page, &frame, only, data.figure("completion.p50_s"));
    }
    page
}

impl Curve<'_> {
    fn of(crowd: &Crowd) -> Curve<'_> {
        let downloaders = (crowd.peers - crowd.complete_from_start).max(crowd.times_s.len() as u64) as usize;
        Curve { name: &crowd.name, downloaders, times: Cow::Borrowed(&crowd.times_s) }
    }
}

/// One curve a group, the largest first; beyond [`MOST_GROUPS`] the others share one.
fn curves(data: &RunData) -> Vec<Curve<'_>> {
    let mut curves: Vec<Curve<'_>> = data.crowds.all.iter().map(Curve::of).collect();
    curves.sort_by_key(|curve| (Reverse(curve.times.len()), curve.name));
    if curves.iter().filter(|curve| !curve.times.is_empty()).count() > MOST_GROUPS {
        let others = curves.split_off(MOST_GROUPS - 1);
        let downloaders = others.iter().map(|curve| curve.downloaders).sum();
        let mut times: Vec<f64> = others.iter().flat_map(|curve| curve.times.iter().copied()).collect();
        times.sort_by(f64::total_cmp);
        curves.push(Curve { name: "other groups", downloaders, times: Cow::Owned(times) });
    }
    curves
}

fn draw_curves(page: &mut Drawing, frame: &Frame, curves: &[Curve<'_>]) {
    let mut ends = Vec::new();
    for (curve, color) in curves.iter().zip(SERIES) {
        let share = |rank: usize| (rank + 1) as f64 / curve.downloaders as f64;
        let points: Vec<Point> = curve.times.iter().enumerate().map(|(rank, &time)| (time, share(rank))).collect();
        let mut line: Vec<Point> = vec![(0.0, 0.0)];
        line.extend(steps(&points, 500));
        let last = line[line.len() - 1].1;
        line.push((f64::INFINITY, last));
        page.line(line.into_iter().map(|point| frame.at(point)).collect(), color, LINE_WIDTH);
        ends.push(EndLabel { y: frame.py(last), text: curve.name.to_owned(), color, ended: None });
    }
    if curves.len() > 1 {
        labels::draw(page, ends, frame.right, frame.top, frame.bottom);
    }
}

fn draw_bound(page: &mut Drawing, frame: &Frame, bound: f64) {
    let x = frame.px(bound);
    page.dashed(vec![(x, frame.bottom), (x, frame.top - 6.0)], MUTED, 1.4);
    let label = format!("Kumar–Ross bound for the last peer: {}", human::seconds(bound));
    let half = font::width(&label, TICK_SIZE, false) * 1.06 / 2.0;
    let middle = x.min(frame.right - half).max(frame.strip_start() + half);
    page.text(Text::new((middle, STRIP_BASELINE), label, TICK_SIZE, MUTED).anchored(Anchor::Middle));
}

/// A dot where half of those that completed were complete, with its time.
fn draw_median(page: &mut Drawing, frame: &Frame, curve: &Curve<'_>, median: Option<f64>) {
    let middle = curve.times.len().div_ceil(2);
    let time = median.unwrap_or(curve.times[middle - 1]);
    let at = frame.at((time, middle as f64 / curve.downloaders as f64));
    let label = format!("median {}", human::seconds(time));
    let width = font::width(&label, 14.0, true) * 1.06;
    page.dot(at, 4.5, INK);
    // Below the curve on its right, where the curve has gone up; at the right edge above it on its left.
    let (anchor, x, y) = if at.0 + 12.0 + width < frame.right {
        (Anchor::Start, at.0 + 12.0, at.1 + 20.0)
    } else {
        (Anchor::End, at.0 - 12.0, at.1 - 10.0)
    };
    page.text(Text::new((x, y), label, 14.0, INK).bold().anchored(anchor));
}
