//! A metric over two varied paths: a field for each pair of values, the darker, the greater.

use super::choice;
use super::estimate;
use super::grid::Grid;
use crate::experiment::measure::Scale;
use crate::output::human;
use crate::output::plots::axis::TOP;
use crate::output::plots::canvas::{Anchor, Color, Drawing, HEIGHT, Text, WIDTH};
use crate::output::plots::font;
use crate::output::plots::style::{self, AXIS, INK, MARGIN, MUTED, STRIP_BASELINE, TICK_SIZE, tint};

/// The least height of a field.
const LEAST_FIELD: f64 = 22.0;
/// The most room for the labels at the left.
const MOST_LABEL: f64 = 170.0;
/// Room for the scale at the right.
const SCALE_ROOM: f64 = 104.0;

/// Draws a metric of a sweep with exactly two paths; `x` lies along the bottom. `source` says which sweep it is.
pub fn draw(grid: &Grid, metric: usize, x: usize, source: &str) -> Drawing {
    let y = 1 - x;
    let measure = grid.metrics[metric];
    let cells = grid.cells(metric);
    let censored: usize = cells.values().map(|cell| cell.censored).sum();
    let mut remark = format!("mean of {}", super::rows::seeds(grid.most_seeds()));
    if censored > 0 {
        remark.push_str(&format!("; {censored} runs censored"));
    }
    let mut page = style::page(&choice::capitalized(measure.title), source, &remark);
    let field = |column: usize, row: usize| {
        let mut at = vec![0; 2];
        (at[x], at[y]) = (column, row);
        cells.get(&at).and_then(|cell| estimate(&cell.values)).map(|estimate| estimate.mean)
    };
    let (columns, rows) = (&grid.paths[x].values, &grid.paths[y].values);
    let all = || (0..rows.len()).flat_map(|row| (0..columns.len()).filter_map(move |column| field(column, row)));
    let (Some(low), Some(high)) = (all().min_by(f64::total_cmp), all().max_by(f64::total_cmp)) else {
        style::empty(&mut page, &choice::nothing(measure, &cells));
        return page;
    };
    let scale = measure.scale(high.abs().max(low.abs()));
    let widest =
        all().map(|value| font::width(&human::digits(scale.of(value)), TICK_SIZE, false) * 1.06).fold(0.0, f64::max);
    let area = Area::new(&mut page, rows, columns.len(), widest);
    for row in 0..rows.len() {
        for column in 0..columns.len() {
            area.draw_field(&mut page, (column, row), field(column, row), [low, high], scale);
        }
    }
    area.draw_labels(&mut page, rows, columns);
    let titles = (Text::new((MARGIN, STRIP_BASELINE), &grid.paths[y].path, TICK_SIZE, MUTED), &grid.paths[x].path);
    page.text(titles.0);
    let middle = (area.left + area.width * columns.len() as f64 / 2.0, area.bottom(rows.len()) + 42.0);
    page.text(Text::new(middle, titles.1, TICK_SIZE, MUTED).anchored(Anchor::Middle));
    draw_scale(&mut page, [low, high], scale);
    page
}

/// Where the fields lie.
struct Area {
    left: f64,
    width: f64,
    height: f64,
    /// Whether every figure fits into its field: some alone would seem to matter more.
    has_figures: bool,
}

impl Area {
    fn new(page: &mut Drawing, rows: &[String], columns: usize, widest_figure: f64) -> Area {
        let widest = rows.iter().map(|value| font::width(value, TICK_SIZE, false) * 1.06).fold(20.0, f64::max);
        let left = MARGIN + widest.min(MOST_LABEL) + 12.0;
        let height = ((HEIGHT - 58.0 - TOP) / rows.len() as f64).max(LEAST_FIELD);
        page.height = TOP + height * rows.len() as f64 + 58.0;
        let width = (WIDTH - MARGIN - SCALE_ROOM - left) / columns as f64;
        Area { left, width, height, has_figures: widest_figure + 6.0 <= width }
    }

    fn bottom(&self, rows: usize) -> f64 {
        TOP + self.height * rows as f64
    }

    fn draw_field(
        &self,
        page: &mut Drawing,
        (column, row): (usize, usize),
        value: Option<f64>,
        [low, high]: [f64; 2],
        scale: Scale,
    ) {
        let (left, top) = (self.left + self.width * column as f64, TOP + self.height * row as f64);
        let share = |value: f64| if high > low { (value - low) / (high - low) } else { 0.0 };
        let color = value.map_or(tint(AXIS, 0.2), |value| choice::heat(share(value)));
        page.rects(vec![[left, top, self.width - 1.0, self.height - 1.0]], color);
        let text = value.map_or("–".to_owned(), |value| human::digits(scale.of(value)));
        if self.has_figures {
            let at = (left + self.width / 2.0, top + self.height / 2.0 + 0.36 * TICK_SIZE);
            let ink: Color = if value.is_some_and(|value| share(value) > 0.5) { [255; 3] } else { INK };
            page.text(Text::new(at, text, TICK_SIZE, ink).anchored(Anchor::Middle));
        }
    }

    /// Labels the rows, and as many columns as there is room for.
    fn draw_labels(&self, page: &mut Drawing, rows: &[String], columns: &[String]) {
        for (i, value) in rows.iter().enumerate() {
            let at = (self.left - 8.0, TOP + self.height * (i as f64 + 0.5) + 0.36 * TICK_SIZE);
            let text = font::fit(value, TICK_SIZE, false, MOST_LABEL);
            page.text(Text::new(at, text, TICK_SIZE, MUTED).anchored(Anchor::End));
        }
        let widest = columns.iter().map(|value| font::width(value, TICK_SIZE, false) * 1.06).fold(8.0, f64::max);
        let every = ((widest.min(110.0) + 10.0) / self.width).ceil().max(1.0) as usize;
        for (i, value) in columns.iter().enumerate().step_by(every) {
            let at = (self.left + self.width * (i as f64 + 0.5), self.bottom(rows.len()) + 18.0);
            let text = font::fit(value, TICK_SIZE, false, (self.width * every as f64 - 8.0).max(30.0));
            page.text(Text::new(at, text, TICK_SIZE, MUTED).anchored(Anchor::Middle));
        }
    }
}

/// What the colors mean, at the right.
fn draw_scale(page: &mut Drawing, [low, high]: [f64; 2], scale: Scale) {
    const STEPS: u32 = 40;
    let (left, top, height) = (WIDTH - MARGIN - SCALE_ROOM + 22.0, TOP + 4.0, 200.0);
    for step in 0..STEPS {
        let share = 1.0 - f64::from(step) / f64::from(STEPS - 1);
        let y = top + height * f64::from(step) / f64::from(STEPS);
        page.rects(vec![[left, y, 16.0, height / f64::from(STEPS) + 0.2]], choice::heat(share));
    }
    for (share, y) in [(1.0, top), (0.5, top + height / 2.0), (0.0, top + height)] {
        let text = human::digits(scale.of(low + (high - low) * share));
        page.text(Text::new((left + 22.0, y + 0.36 * TICK_SIZE), text, TICK_SIZE, MUTED));
    }
    if !scale.unit.is_empty() {
        page.text(Text::new((left, top + height + 26.0), scale.unit, TICK_SIZE, MUTED));
    }
}
