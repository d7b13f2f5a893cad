//! A drawing as plain data: what the plots make, and what SVG and PNG are written from.
//!
//! Coordinates are in pixels of a page that is [`WIDTH`] wide, from its upper left corner.

/// The page's width.
pub const WIDTH: f64 = 800.0;
/// The height of a page, unless what it shows takes more.
pub const HEIGHT: f64 = 450.0;

/// Red, green, blue.
pub type Color = [u8; 3];

/// A position on the page.
pub type Point = (f64, f64);

/// A drawing: shapes in the order in which they are painted.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// What it shows, for those who cannot see it.
    pub title: String,
    /// What can be read off it, in words.
    pub description: String,
    /// The page's height.
    pub height: f64,
    /// The shapes, back to front.
    pub shapes: Vec<Shape>,
}

impl Default for Drawing {
    fn default() -> Drawing {
        Drawing { title: String::new(), description: String::new(), height: HEIGHT, shapes: Vec::new() }
    }
}

/// A shape.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A line through points.
    Line {
        /// The points; a line needs two.
        points: Vec<Point>,
        /// Its color.
        color: Color,
        /// Its width.
        width: f64,
        /// Whether it is dashed.
        dashed: bool,
    },
    /// A filled polygon.
    Area {
        /// Its corners.
        points: Vec<Point>,
        /// Its color.
        color: Color,
        /// How much of what lies below it covers: 1 covers all.
        opacity: f64,
    },
    /// Filled rectangles of one color.
    Rects {
        /// Left, top, width, height.
        rects: Vec<[f64; 4]>,
        /// Their color.
        color: Color,
    },
    /// A filled circle.
    Dot {
        /// Its center.
        center: Point,
        /// Its radius.
        radius: f64,
        /// Its color.
        color: Color,
    },
    /// A line of text.
    Text(Text),
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The anchor, on the baseline.
    pub at: Point,
    /// The text; anything may stand in it.
    pub text: String,
    /// Its size, in pixels an em.
    pub size: f64,
    /// Whether it is semibold.
    pub bold: bool,
    /// Its color.
    pub color: Color,
    /// Which part of it stands at the anchor.
    pub anchor: Anchor,
}

/// Which part of a text stands at its anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

impl Text {
    /// A text in the regular weight, beginning at `at`.
    pub fn new(at: Point, text: impl Into<String>, size: f64, color: Color) -> Text {
        Text { at, text: text.into(), size, bold: false, color, anchor: Anchor::Start }
    }

    /// The same, anchored otherwise.
    pub fn anchored(self, anchor: Anchor) -> Text {
        Text { anchor, ..self }
    }

    /// The same, semibold.
    pub fn bold(self) -> Text {
        Text { bold: true, ..self }
    }

    /// The box it covers: left, top, right, bottom.
    pub fn bounds(&self) -> [f64; 4] {
        let width = super::font::width(&self.text, self.size, self.bold);
        let left = match self.anchor {
            Anchor::Start => self.at.0,
            Anchor::Middle => self.at.0 - width / 2.0,
            Anchor::End => self.at.0 - width,
        };
        [left, self.at.1 - 0.78 * self.size, left + width, self.at.1 + 0.22 * self.size]
    }
}

impl Drawing {
    /// Adds a solid line.
    pub fn line(&mut self, points: Vec<Point>, color: Color, width: f64) {
        self.shapes.push(Shape::Line { points, color, width, dashed: false });
    }

    /// Adds a dashed line.
    pub fn dashed(&mut self, points: Vec<Point>, color: Color, width: f64) {
        self.shapes.push(Shape::Line { points, color, width, dashed: true });
    }

    /// Adds a filled polygon.
    pub fn area(&mut self, points: Vec<Point>, color: Color) {
        self.veil(points, color, 1.0);
    }

    /// Adds a filled polygon through which what lies below can be seen.
    pub fn veil(&mut self, points: Vec<Point>, color: Color, opacity: f64) {
        self.shapes.push(Shape::Area { points, color, opacity });
    }

    /// Adds filled rectangles.
    pub fn rects(&mut self, rects: Vec<[f64; 4]>, color: Color) {
        self.shapes.push(Shape::Rects { rects, color });
    }

    /// Adds a dot.
    pub fn dot(&mut self, center: Point, radius: f64, color: Color) {
        self.shapes.push(Shape::Dot { center, radius, color });
    }

    /// Adds a text.
    pub fn text(&mut self, text: Text) {
        self.shapes.push(Shape::Text(text));
    }
}
