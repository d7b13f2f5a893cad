//! A drawing as PNG, at twice the page's size for sharp screens.
//!
//! plotters' bitmap backend fills the shapes at four times the page's size; the mean of each two by two
//! pixels then makes their edges smooth.

use super::canvas::{Color, Drawing, Point, Shape, Text, WIDTH};
use super::font;
use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::{Color as _, RGBColor, ShapeStyle};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Pixels of the large bitmap a pixel of the page.
const SCALE: f64 = 4.0;

/// Lengths of dashes and of the gaps between them.
const DASH: f64 = 6.0;
const GAP: f64 = 4.0;

type DrawResult = Result<(), String>;

/// Writes the drawing to a file whose name ends in `.png`.
pub fn write(drawing: &Drawing, path: &Path) -> Result<(), String> {
    // Even, so that it can be halved.
    let (width, height) = ((WIDTH * SCALE) as u32, (drawing.height * SCALE / 2.0).ceil() as u32 * 2);
    let mut pixels = vec![255; (width * height * 3) as usize];
    {
        let mut bitmap = BitMapBackend::with_buffer(&mut pixels, (width, height));
        for shape in &drawing.shapes {
            draw(&mut bitmap, shape)?;
        }
    }
    let size = (width / 2, height / 2);
    let mut file = BitMapBackend::new(path, size);
    file.blit_bitmap((0, 0), size, &halved(&pixels, width as usize * 3)).map_err(|e| e.to_string())?;
    file.present().map_err(|e| e.to_string())?;
    drop(file);
    check_end(path)
}

/// What every PNG ends with: an empty chunk of its own kind, and that chunk's checksum.
const END: &[u8; 12] = b"\0\0\0\0IEND\xaeB`\x82";

/// The encoder's buffer is emptied when it is dropped, and whoever drops it hears nothing of an error: the end tells whether all is there.
fn check_end(path: &Path) -> Result<(), String> {
    let ends = || -> std::io::Result<bool> {
        let mut file = File::open(path)?;
        let len = file.metadata()?.len();
        let mut end = [0; END.len()];
        file.seek(SeekFrom::Start(len.saturating_sub(END.len() as u64)))?;
        file.read_exact(&mut end)?;
        Ok(len > 0 && end == *END)
    };
    match ends() {
        Ok(true) => Ok(()),
        Ok(false) => Err("only a part of it could be written".into()),
        Err(error) => Err(error.to_string()),
    }
}

fn draw(bitmap: &mut BitMapBackend<'_>, shape: &Shape) -> DrawResult {
    match shape {
        Shape::Line { points, color, width, dashed: false } => stroke(bitmap, points, *width, *color),
        Shape::Line { points, color, width, dashed: true } => {
            dashes(points).iter().try_for_each(|dash| stroke(bitmap, dash, *width, *color))
        }
        Shape::Area { points, color, opacity } => polygon(bitmap, points, veil(*color, *opacity)),
        Shape::Rects { rects, color } => rects.iter().try_for_each(|[left, top, width, height]| {
            let (from, to) = (large((*left, *top)), large((left + width, top + height)));
            bitmap.draw_rect(from, to, &solid(*color), true).map_err(|e| e.to_string())
        }),
        Shape::Dot { center, radius, color } => disc(bitmap, *center, *radius, *color),
        Shape::Text(text) => letters(bitmap, text),
    }
}

/// A line as a quadrilateral a segment, with discs at the bends.
fn stroke(bitmap: &mut BitMapBackend<'_>, points: &[Point], width: f64, color: Color) -> DrawResult {
    for (i, pair) in points.windows(2).enumerate() {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = ((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)).sqrt();
        if length == 0.0 {
            continue;
        }
        let (dx, dy) = ((x1 - x0) / length * width / 2.0, (y1 - y0) / length * width / 2.0);
        fill(bitmap, &[(x0 - dy, y0 + dx), (x0 + dy, y0 - dx), (x1 + dy, y1 - dx), (x1 - dy, y1 + dx)], color)?;
        if i > 0 && width > 1.0 {
            disc(bitmap, pair[0], width / 2.0, color)?;
        }
    }
    Ok(())
}

fn fill(bitmap: &mut BitMapBackend<'_>, points: &[Point], color: Color) -> DrawResult {
    polygon(bitmap, points, solid(color))
}

fn polygon(bitmap: &mut BitMapBackend<'_>, points: &[Point], style: ShapeStyle) -> DrawResult {
    let corners: Vec<(i32, i32)> = points.iter().map(|&point| large(point)).collect();
    bitmap.fill_polygon(corners, &style).map_err(|e| e.to_string())
}

fn disc(bitmap: &mut BitMapBackend<'_>, center: Point, radius: f64, color: Color) -> DrawResult {
    let radius = (radius * SCALE).round() as u32;
    bitmap.draw_circle(large(center), radius, &solid(color), true).map_err(|e| e.to_string())
}

fn letters(bitmap: &mut BitMapBackend<'_>, text: &Text) -> DrawResult {
    let [left, ..] = text.bounds();
    let mut result = Ok(());
    let cleaned = crate::output::text::clean(&text.text);
    let at = (left * SCALE, text.at.1 * SCALE);
    let [red, green, blue] = text.color;
    font::draw(&cleaned, text.size * SCALE, text.bold, at, |x, y, coverage| {
        let color = RGBColor(red, green, blue).mix(f64::from(coverage)).to_backend_color();
        if let Err(error) = bitmap.draw_pixel((x, y), color) {
            result = Err(error.to_string());
        }
    });
    result
}

/// The dashes of a line: [`DASH`] drawn, [`GAP`] not, on past its bends.
fn dashes(points: &[Point]) -> Vec<Vec<Point>> {
    let mut dashes: Vec<Vec<Point>> = points.first().map(|&first| vec![first]).into_iter().collect();
    let (mut drawing, mut rest) = (true, DASH);
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = ((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)).sqrt();
        let mut done = 0.0;
        while length - done > rest {
            done += rest;
            let at = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length);
            match drawing {
                true => dashes.last_mut().expect("a dash was begun").push(at),
                false => dashes.push(vec![at]),
            }
            drawing = !drawing;
            rest = if drawing { DASH } else { GAP };
        }
        rest -= length - done;
        if drawing {
            dashes.last_mut().expect("a dash was begun").push((x1, y1));
        }
    }
    dashes
}

fn large((x, y): Point) -> (i32, i32) {
    ((x * SCALE).round() as i32, (y * SCALE).round() as i32)
}

fn solid(color: Color) -> ShapeStyle {
    veil(color, 1.0)
}

fn veil([red, green, blue]: Color, opacity: f64) -> ShapeStyle {
    ShapeStyle { color: RGBColor(red, green, blue).mix(opacity), filled: true, stroke_width: 1 }
}

/// The bitmap of `row` bytes a row at half its width and height.
fn halved(pixels: &[u8], row: usize) -> Vec<u8> {
    let mut small = Vec::with_capacity(pixels.len() / 4);
    for rows in pixels.chunks_exact(2 * row) {
        for x in (0..row).step_by(6) {
            for channel in x..x + 3 {
                let corners = [channel, channel + 3, row + channel, row + channel + 3];
                small.push((corners.iter().map(|&i| u32::from(rows[i])).sum::<u32>().div_ceil(4)) as u8);
            }
        }
    }
    small
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_on_the_disk_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("plot.png");
        std::os::unix::fs::symlink("/dev/full", &path).expect("linked");
        // Small enough to stay in the encoder's buffer.
        assert!(write(&Drawing { height: 10.0, ..Drawing::default() }, &path).is_err());
    }
}
