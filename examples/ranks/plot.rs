//! Speed-up against ranks, a line a network and size.

use crate::traffic::RANKS;
use crate::{Measured, NETWORKS};
use swarmsim::output::plots::Drawn;
use swarmsim::output::plots::axis::{Axis, Frame};
use swarmsim::output::plots::labels::{self, EndLabel};
use swarmsim::output::plots::style::{self, BLUE, GREEN, MUTED, VERMILION};

/// The sizes drawn, and whether their lines are dashed.
const SIZES: [(f64, &str, bool); 2] = [(1e5, "10^5", true), (1e6, "10^6", false)];

/// Draws it.
pub fn draw(measured: &Measured, stem: &str, name: &str) -> Drawn {
    let remark = "from the messages of a run; solid: 10^6 peers, dashed: 10^5; gray: as many times as ranks";
    let title = format!("One swarm on many ranks, {name}");
    let mut page = style::page(&title, stem, remark);
    let names: Vec<String> =
        NETWORKS.iter().flat_map(|network| SIZES.map(|(_, size, _)| format!("{}, {size}", network.name))).collect();
    let x = Axis::decades("ranks (log scale)", 1.0, 128.0).ending_at(128.0);
    let y = Axis::decades("times as fast as one processor (log scale)", 1.0, 128.0).ending_at(128.0);
    let frame = Frame::new(x, y, labels::margin(names.iter().map(String::as_str)));
    frame.draw(&mut page);
    page.line(vec![frame.at((1.0, 1.0)), frame.at((128.0, 128.0))], MUTED, 1.0);
    let mut ends = Vec::new();
    for (network, color) in NETWORKS.into_iter().zip([GREEN, BLUE, VERMILION]) {
        for (peers, size, is_dashed) in SIZES {
            let speed = |i: usize| measured.speed_up(&measured.traffic.windows[i], network, peers).clamp(1.0, 128.0);
            let points: Vec<(f64, f64)> = (0..RANKS.len()).map(|i| frame.at((RANKS[i] as f64, speed(i)))).collect();
            let end = points.last().map_or(0.0, |point| point.1);
            let points = [frame.at((1.0, 1.0))].into_iter().chain(points).collect();
            if is_dashed {
                page.dashed(points, color, 1.8)
            } else {
                page.line(points, color, 1.8)
            }
            ends.push(EndLabel { y: end, text: format!("{}, {size}", network.name), color, ended: None });
        }
    }
    labels::draw(&mut page, ends, frame.right, frame.top, frame.bottom);
    Drawn { stem: stem.to_owned().into(), drawing: page }
}
