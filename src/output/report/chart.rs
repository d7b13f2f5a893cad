//! Charts as data: what a page's script draws. Rust decides what is shown, the script how.

use crate::metrics::pictures::short;
use serde::Serialize;

/// The most points of a line; of more, so many are taken evenly, and the last.
pub const MOST_POINTS: usize = 1_000;

/// A chart.
#[derive(Clone, Debug, Serialize)]
pub struct Chart {
    /// What the page calls it.
    pub id: String,
    /// Its title, in words.
    pub title: String,
    /// What the numbers along the axis are.
    pub x: Quantity,
    /// The name of the axis.
    pub xlabel: String,
    /// What the values are.
    pub y: Quantity,
    /// Whether its axis is the time of all other such charts, which are zoomed together.
    pub link: bool,
    /// The places along the axis, rising.
    pub xs: Vec<f64>,
    /// The lines.
    pub series: Vec<Series>,
    /// Areas between two lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<Band>,
    /// Places along the axis that have a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// Whether the values need not begin at 0.
    #[serde(skip_serializing_if = "is_false")]
    pub free: bool,
    /// What is said where there is nothing to draw.
    pub nothing: String,
}

/// What numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Seconds.
    Time,
    /// A whole number of things.
    Count,
    /// A part of a whole, from 0 to 1.
    Share,
    /// Bytes.
    Bytes,
    /// Bytes per second.
    Rate,
    /// A number without a unit.
    Number,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Straight from point to point.
    Line,
    /// The same, with the area below.
    Area,
    /// Each value until the next.
    Step,
    /// A bar from its place to the next.
    Bars,
    /// Dashed: what theory says.
    Dash,
}

/// A line.
#[derive(Clone, Debug, Serialize)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Which color, counted from 0.
    pub color: usize,
    /// How it is drawn.
    pub kind: Kind,
    /// Its values, one a place; `None` where there is none.
    pub ys: Vec<Option<f64>>,
    /// Whether each point is marked.
    #[serde(skip_serializing_if = "is_false")]
    pub points: bool,
    /// Whether it has no place in the legend: the edge of a band.
    #[serde(skip_serializing_if = "is_false")]
    pub hidden: bool,
}

/// An area between two lines.
#[derive(Clone, Debug, Serialize)]
pub struct Band {
    /// The line that it belongs to, by number: it is shown with that one.
    pub of: usize,
    /// The line above.
    pub high: usize,
    /// The line below.
    pub low: usize,
    /// Which color.
    pub color: usize,
}

/// A named place along the axis.
#[derive(Clone, Debug, Serialize)]
pub struct Mark {
    /// Where.
    pub x: f64,
    /// What it is.
    pub name: String,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Series {
    /// A line with a value at every place.
    pub fn new(name: &str, color: usize, kind: Kind, ys: impl IntoIterator<Item = f64>) -> Series {
        Series::partial(name, color, kind, ys.into_iter().map(Some))
    }

    /// A line with gaps.
    pub fn partial(name: &str, color: usize, kind: Kind, ys: impl IntoIterator<Item = Option<f64>>) -> Series {
        // What is no number has no place in JSON, nor on the page.
        let ys = ys.into_iter().map(|y| y.filter(|y| y.is_finite()).map(short)).collect();
        Series { name: name.to_owned(), color, kind, ys, points: false, hidden: false }
    }

    /// The same without a place in the legend.
    pub fn hidden(self) -> Series {
        Series { hidden: true, ..self }
    }

    /// The same with its points marked.
    pub fn with_points(self) -> Series {
        Series { points: true, ..self }
    }
}

/// Which of `all` points are drawn.
pub fn chosen(all: usize, most: usize) -> Vec<usize> {
    if all <= most { (0..all).collect() } else { (0..most).map(|i| i * (all - 1) / (most - 1)).collect() }
}

impl Chart {
    /// The place where the script draws it: a title, and what there is to know before looking.
    pub fn place(&self, about: &str) -> String {
        format!(
            "<figure class=\"chart\" data-chart=\"{}\">\n<figcaption><h3>{}</h3><p>{}</p></figcaption>\n</figure>\n",
            crate::output::text::escape(&self.id),
            crate::output::text::escape(&self.title),
            crate::output::text::escape(about),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_taken_evenly_with_both_ends() {
        assert_eq!(chosen(3, 10), [0, 1, 2]);
        let some = chosen(12_345, 1_000);
        assert_eq!((some.len(), some[0], some[999]), (1_000, 0, 12_344));
    }
}
