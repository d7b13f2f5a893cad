//! Labels beside the ends of lines: no legend to look up, no two labels on each other. A line that ends early has its label where it ends.

use super::canvas::{Color, Drawing, Point, Text, WIDTH};
use super::font;
use super::style::{LABEL_SIZE, LINE_WIDTH, MARGIN, tint};

/// Least distance between the baselines of two labels.
const SPACING: f64 = 18.0;

/// A label for what ends at height `y`.
#[derive(Clone, Debug)]
pub struct EndLabel {
    /// The height of the line's end.
    pub y: f64,
    /// The text.
    pub text: String,
    /// The line's color.
    pub color: Color,
    /// Where the line ends that does not reach the labels: its own stands there.
    pub ended: Option<f64>,
}

/// Between the end of a line that ends early and its label.
const GAP: f64 = 6.0;

/// The margin that labels need right of the plot.
pub fn margin<'a>(texts: impl IntoIterator<Item = &'a str>) -> f64 {
    let widest = texts.into_iter().map(|text| font::width(text, LABEL_SIZE, true)).fold(0.0, f64::max);
    (widest * 1.08 + 22.0 + 10.0).min(WIDTH / 3.0) + MARGIN - 10.0
}

/// Draws the labels right of `x`, between `top` and `bottom`, each as near to its height as the others let it.
pub fn draw(page: &mut Drawing, mut labels: Vec<EndLabel>, x: f64, top: f64, bottom: f64) {
    labels.sort_by(|a, b| a.y.total_cmp(&b.y));
    let (early, labels): (Vec<EndLabel>, Vec<EndLabel>) =
        labels.into_iter().partition(|label| label.place_inside(x).is_some());
    draw_inside(page, early, x, top, bottom);
    let places = spread(&labels.iter().map(|label| label.y).collect::<Vec<_>>(), top, bottom);
    for (label, place) in labels.into_iter().zip(places) {
        if label.ended.is_none() {
            page.line(vec![(x + 3.0, label.y), (x + 15.0, place)], tint(label.color, 0.55), LINE_WIDTH / 2.0);
        }
        let text = font::fit(&label.text, LABEL_SIZE, true, WIDTH - MARGIN / 2.0 - x - 20.0);
        page.text(Text::new((x + 20.0, place + 0.36 * LABEL_SIZE), text, LABEL_SIZE, darker(label.color)).bold());
    }
}

impl EndLabel {
    /// Where its text begins, if the line ended so early that there is room for it left of `x`.
    fn place_inside(&self, x: f64) -> Option<f64> {
        let from = self.ended? + GAP;
        (from + self.width() <= x).then_some(from)
    }

    fn width(&self) -> f64 {
        // Other fonts are a little wider.
        font::width(&self.text, LABEL_SIZE, true) * 1.08
    }
}

/// Draws the labels of lines that ended early where these end, on a ground that lets other lines shine through.
fn draw_inside(page: &mut Drawing, labels: Vec<EndLabel>, x: f64, top: f64, bottom: f64) {
    let half = SPACING / 2.0;
    let places =
        spread(&labels.iter().map(|label| label.y).collect::<Vec<_>>(), top + half, (bottom - half).max(top + half));
    for (label, place) in labels.into_iter().zip(places) {
        let Some(from) = label.place_inside(x) else { continue };
        let (left, right) = (from - 2.0, from + label.width() + 2.0);
        let ground: Vec<Point> =
            vec![(left, place - half), (right, place - half), (right, place + half), (left, place + half)];
        page.veil(ground, [255, 255, 255], 0.75);
        let at = (from, place + 0.36 * LABEL_SIZE);
        page.text(Text::new(at, label.text, LABEL_SIZE, darker(label.color)).bold());
    }
}

/// Text needs more contrast than a line: `color`, darkened until it has 4.5 to 1 against white.
fn darker(color: Color) -> Color {
    // The square stands for the eye's response; 0.17 of white's luminance gives that contrast.
    let luminance = |color: Color| {
        let [red, green, blue] = color.map(|channel| f64::from(channel) / 255.0 * f64::from(channel) / 255.0);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let mut dark = color.map(|channel| (f64::from(channel) * 0.9).round() as u8);
    while luminance(dark) > 0.17 {
        dark = dark.map(|channel| (f64::from(channel) * 0.97) as u8);
    }
    dark
}

/// Rising heights moved apart to at least [`SPACING`], within `top..=bottom` where there is room.
fn spread(heights: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut places: Vec<f64> = Vec::new();
    for &height in heights {
        let least = places.last().map_or(top, |last| last + SPACING);
        places.push(height.max(least));
    }
    let mut limit = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - SPACING;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::canvas::Shape;
    use super::*;

    /// What was drawn of a label for a line that ends at (`ended`, 200): where its text begins.
    fn text_of(ended: Option<f64>) -> Point {
        let mut page = Drawing::default();
        let label = EndLabel { y: 200.0, text: "Join".into(), color: [0, 0, 0], ended };
        draw(&mut page, vec![label], 600.0, 100.0, 300.0);
        let mut texts = page.shapes.iter().filter_map(|shape| match shape {
            Shape::Text(text) => Some(text.at),
            _ => None,
        });
        texts.next_back().expect("the label is there")
    }

    #[test]
    fn a_line_that_ends_early_has_its_label_where_it_ends() {
        assert_eq!(text_of(Some(150.0)).0, 156.0);
        assert_eq!(text_of(None).0, 620.0, "right of the plot");
        assert_eq!(text_of(Some(590.0)).0, 620.0, "there is no room for it inside");
    }

    #[test]
    fn labels_keep_their_distance() {
        assert_eq!(spread(&[100.0, 200.0], 0.0, 300.0), [100.0, 200.0]);
        assert_eq!(spread(&[100.0, 101.0], 0.0, 300.0), [100.0, 118.0]);
        assert_eq!(spread(&[299.0, 300.0, 300.0], 0.0, 300.0), [264.0, 282.0, 300.0]);
    }
}
