//! Latencies: a distribution, regions, a matrix of round trips, or coordinates.

use super::fields::{Object, Reader, Reals};
use super::json::{Node, Path, Value};
use super::problem::{grouped, shorten};
use super::quantity::Quantity;
use super::recorded::lines_of;
use super::{keys, units};
use crate::net::{Coordinates, LatencyModel, Matrix, Regions};
use crate::sim::{Distribution, Span};

/// The most regions, and the most nodes of a matrix: its values are written into the resolved scenario.
const MAX_REGIONS: usize = 1_000;
const MAX_MEASURED: usize = 1_000;
/// A spread beyond this serves no network.
const SPREADS: Reals = Reals::within(0.0, 3.0);
/// The name of [`Regions::world`].
const WORLD: &str = "world";

impl Reader<'_> {
    pub(super) fn latency(&mut self, node: &Node, path: &Path<'_>) -> Option<LatencyModel> {
        if !matches!(node.value, Value::Object(_)) {
            return self.distribution(node, path, Quantity::Duration).map(LatencyModel::Drawn);
        }
        match self.kind(node, path, keys::LATENCIES)? {
            ("regions", o) => self.regions(&o).map(LatencyModel::Regions),
            ("matrix", o) => self.matrix(&o).map(LatencyModel::Matrix),
            ("coordinates", o) => self.coordinates(&o).map(LatencyModel::Coordinates),
            (kind, o) => self.distribution_of_kind(kind, o, Quantity::Duration).map(LatencyModel::Drawn),
        }
    }

    fn regions(&mut self, o: &Object<'_>) -> Option<Regions> {
        let world = o.get("regions").and_then(Node::as_str) == Some(WORLD);
        let (names, one_way) = if world {
            if let Some(node) = o.get("matrix") {
                let message = "found a matrix of one's own; the regions \"world\" bring theirs";
                self.error::<()>(node.at, &o.path().key("matrix"), message);
            }
            let (names, one_way) = Regions::world();
            (Some(names), Some(one_way))
        } else {
            let accepted = "an array of names, or \"world\"";
            let names = self.required(o, "regions", accepted, Self::region_names);
            let number = names.as_ref().map(Vec::len);
            let accepted = "one array of one-way latencies for each region";
            (names, self.required(o, "matrix", accepted, |r, n, p| r.one_way_matrix(n, p, number)))
        };
        let spread = self.optional(o, "spread", |r, n, p| r.real(n, p, SPREADS)).unwrap_or(0.0);
        let names = names?;
        let choices: Vec<(&str, u16)> = names.iter().map(String::as_str).zip(0..).collect();
        let tracker = match o.get("tracker") {
            Some(_) => self.optional(o, "tracker", |r, n, p| r.choice(n, p, &choices)),
            None => Some(0),
        };
        let (tracker, one_way) = (tracker?, one_way?);
        Some(Regions::new(names, one_way, tracker, spread))
    }

    fn region_names(&mut self, node: &Node, path: &Path<'_>) -> Option<Vec<String>> {
        if let Some(name) = node.as_str() {
            let name = shorten(name);
            return self.error(node.at, path, format!("found \"{name}\"; accepted: \"world\", or an array of names"));
        }
        let elements = self.elements(node, path, "names of regions")?;
        if elements.is_empty() || elements.len() > MAX_REGIONS {
            let found = grouped(elements.len() as u64);
            return self.error(node.at, path, format!("found {found}; accepted: from 1 to {MAX_REGIONS} regions"));
        }
        let names: Vec<Option<String>> =
            elements.iter().enumerate().map(|(i, node)| self.name(node, &path.index(i))).collect();
        let names: Vec<String> = names.into_iter().collect::<Option<_>>()?;
        for (i, name) in names.iter().enumerate() {
            if let Some(first) = names[..i].iter().position(|other| other == name) {
                let message = format!("found \"{}\", which is regions[{first}] too", shorten(name));
                self.error::<()>(elements[i].at, &path.index(i), message);
            }
        }
        Some(names)
    }

    /// Rows of one-way latencies: as many rows, and as many values in each, as there are regions.
    fn one_way_matrix(&mut self, node: &Node, path: &Path<'_>, regions: Option<usize>) -> Option<Vec<Span>> {
        let rows = self.elements(node, path, "rows, each an array of durations")?;
        let regions = regions.unwrap_or(rows.len());
        if rows.len() != regions {
            let found = rows.len();
            return self.error(node.at, path, format!("found {found} rows; accepted: {regions}, one for each region"));
        }
        let mut values = Some(Vec::with_capacity(regions * regions));
        for (i, row) in rows.iter().enumerate() {
            let path = path.index(i);
            let read = self.one_way_row(row, &path, regions);
            values = values.zip(read).map(|(values, row)| [values, row].concat());
            if self.is_full() {
                break;
            }
        }
        values
    }

    fn one_way_row(&mut self, node: &Node, path: &Path<'_>, regions: usize) -> Option<Vec<Span>> {
        let elements = self.elements(node, path, "durations")?;
        if elements.len() != regions {
            let found = elements.len();
            return self.error(
                node.at,
                path,
                format!("found {found} values; accepted: {regions}, one for each region"),
            );
        }
        let row: Vec<Option<Span>> =
            elements.iter().enumerate().map(|(i, node)| self.duration(node, &path.index(i))).collect();
        row.into_iter().collect()
    }

    fn matrix(&mut self, o: &Object<'_>) -> Option<Matrix> {
        match (o.get("file"), o.get("round_trips")) {
            (Some(_), None) => self.optional(o, "file", Self::matrix_of_file),
            (None, Some(_)) => self.optional(o, "round_trips", Self::matrix_of_rows),
            (Some(file), Some(_)) => {
                let message = "found both \"file\" and \"round_trips\"; accepted: one of them";
                self.error(file.at, &o.path().key("file"), message)
            }
            (None, None) => {
                let message =
                    "is missing; accepted: the name of a file of round trips in milliseconds, separated by commas";
                self.error(o.at(), &o.path().key("file"), message)
            }
        }
    }

    fn matrix_of_file(&mut self, node: &Node, path: &Path<'_>) -> Option<Matrix> {
        let name = self.text(node, path)?;
        let bytes = self.or_error((self.load)(name), node, path)?;
        let read = lines_of(&bytes).and_then(|lines| matrix_of(&lines));
        self.or_error(read.map_err(|message| format!("the file \"{}\": {message}", shorten(name))), node, path)
    }

    /// The lines of such a file, each as a string.
    fn matrix_of_rows(&mut self, node: &Node, path: &Path<'_>) -> Option<Matrix> {
        let elements = self.elements(node, path, "strings, each a row of round trips in milliseconds")?;
        let rows: Vec<Option<&str>> =
            elements.iter().enumerate().map(|(i, node)| self.text(node, &path.index(i))).collect();
        let rows: Vec<&str> = rows.into_iter().collect::<Option<_>>()?;
        let lines: Vec<(usize, &str)> = (1..).zip(rows).collect();
        self.or_error(matrix_of(&lines), node, path)
    }

    fn coordinates(&mut self, o: &Object<'_>) -> Option<Coordinates> {
        let number = |r: &mut Self, n: &Node, p: &Path<'_>| r.distribution(n, p, Quantity::Number);
        let duration = |r: &mut Self, n: &Node, p: &Path<'_>| r.distribution(n, p, Quantity::Duration);
        let accepted = "a distribution such as {\"kind\": \"uniform\", \"min\": 0, \"max\": 100}";
        let (x, y) = (self.required(o, "x", accepted, number), self.required(o, "y", accepted, number));
        let per_unit = self.required(o, "per_unit", "the latency of one unit, such as \"1ms\"", Self::duration);
        let height = match o.get("height") {
            Some(_) => self.optional(o, "height", duration),
            None => Some(Distribution::constant(0.0)),
        };
        Some(Coordinates { x: x?, y: y?, nanos_per_unit: per_unit?.as_nanos() as f64, height: height? })
    }
}

/// A square matrix of round trips from its numbered lines: values separated by commas, in milliseconds where they have no unit.
fn matrix_of(lines: &[(usize, &str)]) -> Result<Matrix, String> {
    let nodes = lines.len();
    if nodes == 0 || nodes > MAX_MEASURED {
        return Err(format!(
            "holds {} rows; accepted: from 1 to {}",
            grouped(nodes as u64),
            grouped(MAX_MEASURED as u64)
        ));
    }
    let mut values = Vec::with_capacity(nodes * nodes);
    for &(number, line) in lines {
        let before = values.len();
        for (column, text) in line.split(',').enumerate() {
            let value = round_trip(text.trim());
            values
                .push(value.map_err(|message| format!("line {number}, column {}: {message}", column + 1))?.as_nanos());
        }
        let found = values.len() - before;
        if found != nodes {
            return Err(format!(
                "line {number} has {found} values, but there are {nodes} rows; accepted: a square matrix"
            ));
        }
    }
    Ok(Matrix::new(nodes, values))
}

fn round_trip(text: &str) -> Result<Span, String> {
    if text.starts_with('-') {
        return Err(format!("found {}; accepted: a round trip of at least 0", shorten(text)));
    }
    let is_bare = text.ends_with(|c: char| c.is_ascii_digit() || c == '.');
    if !is_bare {
        return units::parse_duration(text);
    }
    if text.contains(['e', 'E']) {
        let accepted = "accepted: a round trip in milliseconds such as 35 or 0.25, or one with its unit, such as 1.5s";
        return Err(format!("found \"{}\"; write the number without an exponent; {accepted}", shorten(text)));
    }
    // What is found is told as it was written.
    let in_millis = format!("{text}ms");
    let as_written = |message: String| message.replace(&shorten(&in_millis), &shorten(text));
    units::parse_duration(&in_millis).map_err(as_written)
}

/// A matrix as [`matrix_of`] reads it: one string for each row, in milliseconds.
pub(super) fn rows_of(matrix: &Matrix) -> Vec<String> {
    let millis = |nanos: &u64| {
        let (whole, rest) = (nanos / 1_000_000, nanos % 1_000_000);
        let text = format!("{whole}.{rest:06}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    matrix.rows().map(|row| row.iter().map(millis).collect::<Vec<_>>().join(",")).collect()
}
