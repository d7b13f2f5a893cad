//! The bundled typeface: measures text for the layout, and draws it into bitmaps.
//!
//! An SVG names the typeface and leaves the letters to its reader, who may lack it; layouts keep some slack.

use plotters::style::{FontFamily, FontStyle, IntoFont, register_font};
use std::sync::Once;

/// The families an SVG asks for, best first.
pub const FAMILIES: &str = "Inter, 'Helvetica Neue', Helvetica, Arial, sans-serif";

const NAME: &str = "Inter";

/// Height from the lowest descent to the highest ascent, in ems: the size that the rasterizer understands.
const HEIGHT_EM: f64 = 1.2102;

/// What a character outside the bundled subset is taken to measure, in ems: at least what its script's letters do.
const FOREIGN_EM: f64 = 1.25;

fn style(bold: bool) -> FontStyle {
    if bold { FontStyle::Bold } else { FontStyle::Normal }
}

fn registered() -> FontFamily<'static> {
    static REGISTER: Once = Once::new();
    REGISTER.call_once(|| {
        let regular = include_bytes!("../../../assets/fonts/Inter-Regular.otf");
        let semibold = include_bytes!("../../../assets/fonts/Inter-SemiBold.otf");
        let results = [register_font(NAME, FontStyle::Normal, regular), register_font(NAME, FontStyle::Bold, semibold)];
        debug_assert!(results.iter().all(Result::is_ok), "the bundled fonts are valid");
    });
    FontFamily::Name(NAME)
}

/// The width of `text` at `size` pixels an em.
pub fn width(text: &str, size: f64, bold: bool) -> f64 {
    const SCALE: f64 = 1000.0;
    let (known, foreign): (String, String) = text.chars().partition(|&c| c <= '\u{FF}' || "–—‘’“”•…−≈≤≥←→".contains(c));
    let font = (registered(), SCALE * HEIGHT_EM, style(bold)).into_font();
    let measured = font.box_size(&known).map_or(known.chars().count() as f64 * 0.6 * SCALE, |size| f64::from(size.0));
    (measured / SCALE + foreign.chars().count() as f64 * FOREIGN_EM) * size
}

/// `text`, or its beginning and an ellipsis, no wider than `limit`.
pub fn fit(text: &str, size: f64, bold: bool, limit: f64) -> String {
    if text.len() < 400 && width(text, size, bold) <= limit {
        return text.to_string();
    }
    let mut kept: Vec<char> = text.chars().take(400).collect();
    loop {
        let shortened: String = kept.iter().collect::<String>().trim_end().to_string() + "…";
        if kept.is_empty() || width(&shortened, size, bold) <= limit {
            return shortened;
        }
        kept.pop();
    }
}

/// Draws `text` with its left end and baseline at `(x, y)`: calls `pixel` with positions and coverage.
pub fn draw(text: &str, size: f64, bold: bool, (x, y): (f64, f64), mut pixel: impl FnMut(i32, i32, f32)) {
    let height = size * HEIGHT_EM;
    let font = (registered(), height, style(bold)).into_font();
    // The rasterizer puts the baseline half the height below the position.
    let position = (x.round() as i32, (y - height / 2.0).round() as i32);
    let _ = font.draw(text, position, |x, y, coverage| {
        pixel(x, y, coverage);
        Ok::<(), ()>(())
    });
}
