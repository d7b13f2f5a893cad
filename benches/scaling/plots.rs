//! The plots: both axes logarithmic, dots joined by lines.

use crate::point::Point;
use swarmsim::output::plots::Drawn;
use swarmsim::output::plots::axis::{Axis, Frame};
use swarmsim::output::plots::canvas::Color;
use swarmsim::output::plots::labels::{self, EndLabel};
use swarmsim::output::plots::style::{self, BLUE, GREEN, LINE_WIDTH, MUTED, PURPLE, SERIES, VERMILION};

/// A line: its name, its color, its points.
type Line<'a> = (&'a str, Color, Vec<(f64, f64)>);

/// Cost of an event and of a chunk against each size, and memory against peers.
pub fn all(points: &[Point]) -> Vec<Drawn> {
    let of = |axis: &str| points.iter().filter(|point| point.axis == axis).collect::<Vec<_>>();
    let mut drawn = Vec::new();
    for (axis, title) in [
        ("peers", "What an event and a chunk cost, by peers"),
        ("chunks", "What an event and a chunk cost, by chunks of the file"),
        ("neighbors", "What an event and a chunk cost, by neighbors"),
    ] {
        let points = of(axis);
        let costs: [Line<'_>; 4] = [
            ("a chunk", VERMILION, line(&points, Point::ns_per_chunk)),
            ("an event", BLUE, line(&points, Point::ns_per_event)),
            ("queue and 256 bytes", PURPLE, line(&points, |point| point.actor_ns)),
            ("bare queue", MUTED, line(&points, |point| point.queue_ns)),
        ];
        drawn.push(draw(axis, title, axis, "nanoseconds", &usual(axis), &costs));
    }
    let points = of("peers");
    let per_peer = |i: usize| line(&points, move |point| point.parts[i] / number(&point.peers));
    let parts: [Line<'_>; 6] = [
        ("whole process", style::INK, line(&points, Point::bytes_per_peer)),
        ("peers, neighbors", BLUE, per_peer(0)),
        ("chunk sets", VERMILION, per_peer(1)),
        ("links", GREEN, per_peer(2)),
        ("inboxes", PURPLE, per_peer(3)),
        ("pending events", SERIES[4], per_peer(4)),
    ];
    drawn.push(draw("memory", "Bytes a peer", "peers", "bytes a peer", &usual("peers"), &parts));
    drawn
}

/// What is the same for all points of a plot.
fn usual(axis: &str) -> String {
    let others = [("peers", "1,000 peers"), ("chunks", "256 chunks"), ("neighbors", "50 neighbors")];
    let said: Vec<&str> = others.iter().filter(|(name, _)| *name != axis).map(|(_, text)| *text).collect();
    format!("{}, fifo, queries every 30 s", said.join(", "))
}

/// Sizes along the axis; who has everybody for a neighbor has as many as there are peers.
fn line<'p>(points: &[&'p Point], value: impl Fn(&'p Point) -> f64) -> Vec<(f64, f64)> {
    let size = |point: &Point| match point.axis.as_str() {
        "chunks" => number(&point.chunks),
        "neighbors" if point.neighbors != "all" => number(&point.neighbors),
        _ => number(&point.peers),
    };
    let all = points.iter().map(|point| (size(point), value(point)));
    all.filter(|(x, y)| x.is_finite() && y.is_finite() && *y > 0.0).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

fn draw(stem: &str, title: &str, x: &str, y: &str, same: &str, lines: &[Line<'_>]) -> Drawn {
    let mut page = style::page(title, "benches/scaling", same);
    let values = || lines.iter().flat_map(|(_, _, points)| points.iter());
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (left, right) = range(&mut values().map(|point| point.0));
    let (low, high) = range(&mut values().map(|point| point.1));
    let names = lines.iter().map(|(name, _, _)| *name);
    let frame = Frame::new(
        Axis::decades(&format!("{x} (log scale)"), left, right),
        Axis::decades(&format!("{y} (log scale)"), low, high),
        labels::margin(names),
    );
    frame.draw(&mut page);
    let mut ends = Vec::new();
    for (name, color, points) in lines {
        let Some(&last) = points.last() else { continue };
        page.line(points.iter().map(|&point| frame.at(point)).collect(), *color, LINE_WIDTH);
        points.iter().for_each(|&point| page.dot(frame.at(point), 3.6, *color));
        let (x, y) = frame.at(last);
        ends.push(EndLabel { y, text: (*name).to_owned(), color: *color, ended: Some(x) });
    }
    labels::draw(&mut page, ends, frame.right, frame.top, frame.bottom);
    Drawn { stem: stem.to_owned().into(), drawing: page }
}
