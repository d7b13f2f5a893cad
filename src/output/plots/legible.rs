//! What the tests of all plots ask of their texts.

use super::Drawn;
use super::canvas::{Shape, Text, WIDTH};

/// All texts of a plot.
pub(crate) fn texts(plot: &Drawn) -> Vec<&Text> {
    fn text(shape: &Shape) -> Option<&Text> {
        match shape {
            Shape::Text(text) => Some(text),
            _ => None,
        }
    }
    plot.drawing.shapes.iter().filter_map(text).collect()
}

/// No text is cut off or covers another.
pub(crate) fn assert_legible(case: &str, plot: &Drawn) {
    let texts = texts(plot);
    for (i, text) in texts.iter().enumerate() {
        let [left, top, right, bottom] = text.bounds();
        let inside = left >= 0.0 && top >= 0.0 && right <= WIDTH && bottom <= plot.drawing.height;
        assert!(inside, "{case}/{}: cut off: {:?} {:?}", plot.stem, text.text, text.bounds());
        for other in &texts[..i] {
            let [l, t, r, b] = other.bounds();
            let apart = right <= l || r <= left || bottom <= t || b <= top;
            assert!(apart, "{case}/{}: {:?} covers {:?}", plot.stem, text.text, other.text);
        }
    }
}
