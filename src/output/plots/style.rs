//! Colors, sizes and the page every plot shares.
//!
//! The colors are Okabe and Ito's, which readers with any kind of color vision tell apart; yellow is
//! left out, for it vanishes on white.

use super::canvas::{Anchor, Color, Drawing, Text, WIDTH};
use super::font;

/// Text and axes.
pub const INK: Color = [0x1f, 0x23, 0x28];
/// Text of less weight.
pub const MUTED: Color = [0x57, 0x60, 0x6a];
/// Grid lines.
pub const GRID: Color = [0xe6, 0xe8, 0xeb];
/// The axis at the bottom.
pub const AXIS: Color = [0x8c, 0x95, 0x9f];
/// Blue.
pub const BLUE: Color = [0x00, 0x72, 0xb2];
/// Vermilion.
pub const VERMILION: Color = [0xd5, 0x5e, 0x00];
/// Bluish green.
pub const GREEN: Color = [0x00, 0x9e, 0x73];
/// Reddish purple.
pub const PURPLE: Color = [0xb8, 0x5c, 0x94];
/// Orange.
pub const ORANGE: Color = [0xe6, 0x9f, 0x00];
/// Sky blue.
pub const SKY: Color = [0x3a, 0x9b, 0xd6];

/// The colors of lines, in the order in which they are taken.
pub const SERIES: [Color; 6] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY];

/// Size of the title.
pub const TITLE_SIZE: f64 = 21.0;
/// Size of the subtitle and of labels in the plot.
pub const LABEL_SIZE: f64 = 14.0;
/// Size of ticks and axis titles.
pub const TICK_SIZE: f64 = 13.0;
/// The margin left and right of the page.
pub const MARGIN: f64 = 20.0;
/// Baseline of the row that holds the title of the y axis and marks above the plot.
pub const STRIP_BASELINE: f64 = 88.0;
/// Width of lines that carry data.
pub const LINE_WIDTH: f64 = 2.2;

/// `color` mixed with white: `share` of it remains.
pub fn tint(color: Color, share: f64) -> Color {
    color.map(|channel| (255.0 - (255.0 - f64::from(channel)) * share).round() as u8)
}

/// A page with a title and, below it, which run it shows and a remark.
pub fn page(title: &str, run: &str, remark: &str) -> Drawing {
    let mut page = Drawing { title: title.into(), description: remark.into(), ..Drawing::default() };
    page.text(Text::new((MARGIN, 36.0), title, TITLE_SIZE, INK).bold());
    // The remark is ours and short; the run's name may be anything.
    let room = WIDTH - 2.0 * MARGIN;
    let remark = if remark.is_empty() { String::new() } else { format!("  ·  {remark}") };
    let run = font::fit(run, LABEL_SIZE, false, (room - 1.06 * font::width(&remark, LABEL_SIZE, false)).max(60.0));
    page.text(Text::new((MARGIN, 60.0), format!("{run}{remark}"), LABEL_SIZE, MUTED));
    page
}

/// Says in the middle of an empty plot why it is empty.
pub fn empty(page: &mut Drawing, message: &str) {
    page.description = message.into();
    page.rects(vec![[MARGIN, 84.0, WIDTH - 2.0 * MARGIN, 340.0]], tint(AXIS, 0.1));
    page.text(Text::new((WIDTH / 2.0, 260.0), message, 17.0, MUTED).anchored(Anchor::Middle));
}
