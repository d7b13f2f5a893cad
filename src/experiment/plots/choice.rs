//! What the plots of a sweep agree on: which path goes where, colors, and words.

use super::grid::{Cell, Grid};
use super::lines::Layout;
use crate::experiment::measure::Measure;
use crate::output::plots::canvas::Color;
use std::collections::BTreeMap;

/// Which path lies along the axis (the number with the most values), which makes lines (of the others the first of names, or else
/// the first of numbers), and which make panels. Nothing where no path is a number with two values or more.
pub fn layout(grid: &Grid) -> Option<Layout> {
    let values = |path: &usize| grid.paths[*path].values.len();
    let is_number = |path: &usize| grid.paths[*path].numbers.is_some();
    let numbers = (0..grid.paths.len()).filter(|path| is_number(path) && values(path) > 1);
    let x = numbers.rev().max_by_key(values)?;
    let mut rest: Vec<usize> = (0..grid.paths.len()).filter(|&path| path != x).collect();
    let named = rest.iter().position(|path| !is_number(path)).unwrap_or(0);
    let series = (!rest.is_empty()).then(|| rest.remove(named));
    Some(Layout { x, series, panels: rest })
}

/// Up to `most` of the indices below `all`, evenly, the first and the last among them.
pub fn evenly(all: usize, most: usize) -> Vec<usize> {
    if all <= most { (0..all).collect() } else { (0..most).map(|i| i * (all - 1) / (most - 1)).collect() }
}

/// A color between dark violet and green: an order that readers with any kind of color vision see, after viridis (S. van der
/// Walt, N. Smith, 2015), whose yellow end is left out.
pub fn ramp(share: f64) -> Color {
    between(&[[0x44, 0x01, 0x54], [0x3b, 0x52, 0x8b], [0x21, 0x91, 0x8c], [0x4f, 0xb8, 0x5c]], share)
}

/// A color between a pale and a dark blue.
pub fn heat(share: f64) -> Color {
    between(&[[0xf1, 0xf5, 0xfb], [0x9e, 0xc9, 0xe2], [0x3d, 0x8d, 0xc3], [0x08, 0x30, 0x6b]], share)
}

fn between(anchors: &[Color], share: f64) -> Color {
    let place = share.clamp(0.0, 1.0) * (anchors.len() - 1) as f64;
    let below = (place as usize).min(anchors.len() - 2);
    let part = place - below as f64;
    let mix = |channel: usize| {
        let (low, high) = (f64::from(anchors[below][channel]), f64::from(anchors[below + 1][channel]));
        (low + (high - low) * part).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

/// Why there is nothing to draw.
pub fn nothing(measure: &Measure, cells: &BTreeMap<Vec<usize>, Cell>) -> String {
    if cells.values().any(|cell| cell.censored > 0) {
        "In no run everyone completed: all are censored".into()
    } else {
        format!("No run has a value of {}", measure.name)
    }
}

/// The last key of a path: `entry_ttl` of `tracker.entry_ttl`, and of `peers[home].count` `peers[home].count` itself, since
/// its group matters.
pub fn last_key(path: &str) -> &str {
    if path.contains('[') { path } else { path.rsplit('.').next().unwrap_or(path) }
}

/// The text with a capital letter.
pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::grid;
    use super::*;

    #[test]
    fn the_longest_number_lies_along_the_axis() {
        let text = "run,seed,a.n,strategy.kind,b.n,completion.mean_s,digest,status\n\
                    0,1,1,x,1,5,d,complete\n1,1,2,y,2,5,d,complete\n2,1,2,y,3,5,d,complete\n";
        assert_eq!(layout(&grid(text)), Some(Layout { x: 2, series: Some(1), panels: vec![0] }));
        let names = "run,seed,strategy.kind,completion.mean_s,digest,status\n0,1,x,5,d,complete\n1,1,y,5,d,complete\n";
        assert_eq!(layout(&grid(names)), None);
    }

    #[test]
    fn what_is_taken_of_many_holds_both_ends() {
        assert_eq!(evenly(3, 8), [0, 1, 2]);
        assert_eq!(evenly(100, 4), [0, 33, 66, 99]);
    }

    #[test]
    fn ramps_run_from_end_to_end() {
        assert_eq!((heat(0.0), heat(1.0), heat(7.0)), ([0xf1, 0xf5, 0xfb], [0x08, 0x30, 0x6b], [0x08, 0x30, 0x6b]));
        assert_eq!((capitalized("mean"), last_key("a.b"), last_key("p[x].y")), ("Mean".into(), "b", "p[x].y"));
    }
}
