//! A drawing as SVG: compact, with a tenth of a pixel's precision, and free of ids, so that several
//! may be pasted into one page.

use super::canvas::{Anchor, Color, Drawing, Point, Shape, Text, WIDTH};
use super::font;
use crate::output::text::escape;
use std::fmt::Write;

/// The drawing as a whole SVG document.
pub fn render(drawing: &Drawing) -> String {
    let title = escape(&drawing.title);
    let height = number(drawing.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-label=\"{title}. {}\" font-family=\"{}\">\n\
         <title>{title}</title>\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n",
        escape(&drawing.description),
        escape(font::FAMILIES),
    );
    for shape in &drawing.shapes {
        svg.push_str(&element(shape));
        svg.push('\n');
    }
    svg.push_str("</svg>\n");
    svg
}

fn element(shape: &Shape) -> String {
    match shape {
        Shape::Line { points, color, width, dashed } => format!(
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{}/>",
            path(points),
            hex(*color),
            number(*width),
            if *dashed { " stroke-dasharray=\"6 4\"" } else { "" },
        ),
        Shape::Area { points, color, opacity } => {
            let veil = if *opacity < 1.0 { format!(" fill-opacity=\"{opacity}\"") } else { String::new() };
            format!("<path d=\"{}Z\" fill=\"{}\"{veil}/>", path(points), hex(*color))
        }
        Shape::Rects { rects, color } => rectangles(rects, *color),
        Shape::Dot { center, radius, color } => format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>",
            number(center.0),
            number(center.1),
            number(*radius),
            hex(*color)
        ),
        Shape::Text(text) => text_element(text),
    }
}

/// Many rectangles as one path. Their edges are rounded, not their sizes, and are not blurred, so that
/// neighbors leave no seam.
fn rectangles(rects: &[[f64; 4]], color: Color) -> String {
    let mut d = String::new();
    for [left, top, width, height] in rects {
        let (right, bottom) = (tenths(left + width), tenths(top + height));
        let (width, height) = (number(right - tenths(*left)), number(bottom - tenths(*top)));
        let _ = write!(d, "M{} {}h{width}v{height}h-{width}z", number(*left), number(*top));
    }
    format!("<path d=\"{d}\" fill=\"{}\" shape-rendering=\"crispEdges\"/>", hex(color))
}

fn text_element(text: &Text) -> String {
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    format!(
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{anchor}{} fill=\"{}\">{}</text>",
        number(text.at.0),
        number(text.at.1),
        number(text.size),
        if text.bold { " font-weight=\"600\"" } else { "" },
        hex(text.color),
        escape(&text.text)
    )
}

fn path(points: &[Point]) -> String {
    let mut d = String::new();
    for (i, point) in points.iter().enumerate() {
        let _ = write!(d, "{}{} {}", if i == 0 { "M" } else { "L" }, number(point.0), number(point.1));
    }
    d
}

fn hex([red, green, blue]: Color) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A coordinate with at most one decimal.
fn number(value: f64) -> String {
    // The sum makes 0 of -0.
    format!("{}", tenths(value) + 0.0)
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
