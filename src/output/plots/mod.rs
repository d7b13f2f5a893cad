//! The plots of a run, drawn from its written files: one module a plot.
//!
//! What they are made of is public, for plots of one's own: a page ([`style`]), axes ([`axis`]), labels beside lines ([`labels`]), shapes
//! ([`canvas`]), and [`Drawn`], which writes SVG and PNG. `examples/expiry_frontier` is such a plot.

pub mod axis;
pub mod canvas;
pub mod data;
pub mod labels;
pub mod style;

mod completion;
mod copies;
pub mod fold;
pub mod font;
mod lag;
mod listed;
mod png;
mod population;
mod requests;
mod svg;
mod thin;

pub(crate) use lag::lag_bins;

use super::error::OutputError;
use canvas::Drawing;
use data::RunData;
use std::borrow::Cow;
use std::path::Path;

/// A plot: its file's stem, and how it is drawn.
type Plot = (&'static str, fn(&RunData) -> Drawing);

/// Every plot, in the order of the report.
const PLOTS: [Plot; 6] = [
    ("completion", completion::draw),
    ("population", population::draw),
    ("listed", listed::draw),
    ("detection-lag", lag::draw),
    ("copies", copies::draw),
    ("requests", requests::draw),
];

/// The stems of the plots' files, in the order of the report.
pub fn file_stems() -> impl Iterator<Item = &'static str> {
    PLOTS.iter().map(|(stem, _)| *stem)
}

/// A plot, drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The stem of its file.
    pub stem: Cow<'static, str>,
    /// The drawing.
    pub drawing: Drawing,
}

impl Drawn {
    /// The drawing as an SVG document.
    pub fn svg(&self) -> String {
        svg::render(&self.drawing)
    }

    /// Writes the drawing as PNG.
    pub fn write_png(&self, path: &Path) -> Result<(), OutputError> {
        let failed = |reason| OutputError::io("write", path)(std::io::Error::other(reason));
        png::write(&self.drawing, path).map_err(failed)
    }
}

/// Draws every plot of a run.
pub fn draw_all(data: &RunData) -> Vec<Drawn> {
    PLOTS.iter().map(|(stem, draw)| Drawn { stem: Cow::Borrowed(stem), drawing: draw(data) }).collect()
}

#[cfg(test)]
pub(crate) mod legible;
#[cfg(test)]
#[path = "plot_tests.rs"]
mod tests;
