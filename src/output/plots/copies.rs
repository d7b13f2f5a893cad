//! Copies of each chunk over time: where the swarm is thin, and whether a chunk dies out.

use super::axis::{Axis, Frame};
use super::canvas::{Anchor, Color, Drawing, Text};
use super::data::RunData;
use super::style::{self, INK, MUTED, STRIP_BASELINE, TICK_SIZE};
use crate::output::human;
use crate::output::tables::CopiesRow;

/// The color of chunks of which no copy is there.
const MISSING: Color = [0xd5, 0x5e, 0x00];

/// Few to many copies: light to dark, a single hue family that survives gray printing.
const LEVELS: [Color; 8] = [
    [0xe3, 0xee, 0xf6],
    [0xc0, 0xdc, 0xee],
    [0x93, 0xc6, 0xe0],
    [0x62, 0xab, 0xd0],
    [0x36, 0x8d, 0xbd],
    [0x17, 0x6f, 0xa3],
    [0x0a, 0x51, 0x83],
    [0x06, 0x33, 0x5a],
];

/// The most rectangles in the drawing; columns are left out until it holds.
const MOST_CELLS: usize = 4500;

/// Draws the plot.
pub fn draw(data: &RunData) -> Drawing {
    let remark = match data.figure("availability.min_copies_at_end") {
        Some(copies) => format!("the rarest chunk ends with {}", human::counted(copies as u64, "copy", "copies")),
        None => String::new(),
    };
    let mut page = style::page("Copies of each chunk", &data.run_name(), &remark);
    let columns: Vec<&[CopiesRow]> = data.copies.chunk_by(|a, b| a.time_s == b.time_s).collect();
    if columns.is_empty() {
        style::empty(&mut page, "The run ended before its first sample");
        return page;
    }
    let chunks = data.chunks().unwrap_or(0);
    let classes = Classes::new(data.copies.iter().map(|row| row.mean_copies).fold(0.0, f64::max));
    let x = Axis::time("virtual time", 0.0, data.end());
    let frame = Frame::new(x, Axis::counts("chunk", chunks.into()).ending_at(chunks.into()), 120.0);
    frame.draw(&mut page);
    let cells = (1..).map(|stride| cells(&frame, &columns, stride, &classes)).find(|cells| cells.len() <= MOST_CELLS);
    draw_cells(&mut page, cells.unwrap_or_default());
    draw_legend(&mut page, &frame, &classes, data.copies.iter().any(|row| row.min_copies == 0));
    page
}

/// The classes of copies that share a color: ranges that grow by the same factor.
struct Classes {
    /// The least number of copies of each class.
    least: Vec<u64>,
    /// The most copies of any chunk range.
    most: u64,
}

impl Classes {
    fn new(most: f64) -> Classes {
        let factor = (2_u64..).find(|factor| factor.pow(8) as f64 > most).unwrap_or(2);
        let mut least = vec![];
        let mut next = 1;
        while next as f64 <= most.max(1.0) {
            least.push(next);
            next = if most <= 8.0 { next + 1 } else { next * factor };
        }
        Classes { least, most: most.ceil() as u64 }
    }

    /// The class of a row; `None` where some chunk of the range is missing.
    fn of(&self, row: &CopiesRow) -> Option<usize> {
        (row.min_copies > 0)
            .then(|| self.least.iter().filter(|&&least| row.mean_copies >= least as f64).count().max(1) - 1)
    }

    fn color(&self, class: Option<usize>) -> Color {
        let spread = |class: usize| class * (LEVELS.len() - 1) / (self.least.len() - 1).max(1);
        class.map_or(MISSING, |class| LEVELS[if self.least.len() == 1 { 4 } else { spread(class) }])
    }

    fn name(&self, class: usize) -> String {
        let least = self.least[class];
        let last = self.least.get(class + 1).map_or(self.most, |next| next - 1);
        match last > least {
            true => format!("{}–{}", human::short(least as f64), human::short(last as f64)),
            false => human::short(least as f64),
        }
    }
}

/// Colored rectangles: every `stride`-th column, equal neighbors in a row joined.
fn cells(frame: &Frame, columns: &[&[CopiesRow]], stride: usize, classes: &Classes) -> Vec<(Color, [f64; 4])> {
    let picked: Vec<&[CopiesRow]> = columns.iter().rev().step_by(stride).rev().copied().collect();
    let mut cells = Vec::new();
    for (row, first) in picked[0].iter().enumerate() {
        let (top, bottom) = (frame.py(f64::from(first.last_chunk) + 1.0), frame.py(first.first_chunk.into()));
        let class_at = |column: &&[CopiesRow]| column.get(row).and_then(|row| classes.of(row));
        let mut left = frame.left;
        for run in picked.chunk_by(|a, b| class_at(a) == class_at(b)) {
            let right = frame.px(run[run.len() - 1][0].time_s.as_f64());
            cells.push((classes.color(class_at(&run[0])), [left, top, right - left, bottom - top]));
            left = right;
        }
    }
    cells
}

fn draw_cells(page: &mut Drawing, cells: Vec<(Color, [f64; 4])>) {
    for color in LEVELS.into_iter().chain([MISSING]) {
        let rects: Vec<[f64; 4]> = cells.iter().filter(|cell| cell.0 == color).map(|cell| cell.1).collect();
        if !rects.is_empty() {
            page.rects(rects, color);
        }
    }
}

fn draw_legend(page: &mut Drawing, frame: &Frame, classes: &Classes, has_missing: bool) {
    let left = frame.right + 24.0;
    page.text(Text::new((left, STRIP_BASELINE), "copies", TICK_SIZE, MUTED));
    let mut entries: Vec<(Color, String)> =
        (0..classes.least.len()).rev().map(|class| (classes.color(Some(class)), classes.name(class))).collect();
    if has_missing {
        entries.push((MISSING, "missing".into()));
    }
    for (i, (color, name)) in entries.into_iter().enumerate() {
        let top = 102.0 + 25.0 * i as f64;
        page.rects(vec![[left, top, 18.0, 18.0]], color);
        page.text(Text::new((left + 26.0, top + 13.7), name, TICK_SIZE, INK).anchored(Anchor::Start));
    }
}
