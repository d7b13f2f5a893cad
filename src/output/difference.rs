//! Where two files of the same name part: the path in JSON, row and column in a table, the line of a text, else the byte.

use super::OutputError;
use super::trace;
use crate::scenario::problem::shorten;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The first place at which two files part.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// The place, in words.
    pub place: String,
    /// What stands there in the first file.
    pub first: String,
    /// What stands there in the second.
    pub second: String,
}

impl Difference {
    fn new(place: String, first: &str, second: &str) -> Difference {
        Difference { place, first: shorten(first), second: shorten(second) }
    }
}

/// What is said instead of a value that one side does not have.
const NOTHING: &str = "nothing";

/// The first place at which two files part; `None` where they hold the same. `name` tells what kind of file it is.
///
/// # Errors
/// Where one of them cannot be read. A file that is not of its kind is compared as a text or byte by byte.
pub fn first(name: &str, a: &Path, b: &Path) -> Result<Option<Difference>, OutputError> {
    let found = if name.ends_with(".json") {
        json(a, b)?
    } else if name.ends_with(".csv") {
        table(a, b)?
    } else if trace::NAMES.contains(&name) || name.ends_with(".html") || name.ends_with(".svg") {
        lines(a, b)?
    } else {
        None
    };
    // What reads the same may still be written differently.
    found.map_or_else(|| bytes(a, b), |found| Ok(Some(found)))
}

/// By the values of two JSON files.
fn json(a: &Path, b: &Path) -> Result<Option<Difference>, OutputError> {
    let read = |path: &Path| std::fs::read(path).map_err(OutputError::io("read", path));
    let (a, b) = (read(a)?, read(b)?);
    Ok(match (serde_json::from_slice(&a), serde_json::from_slice(&b)) {
        (Ok(a), Ok(b)) => values(&a, &b),
        _ => None,
    })
}

/// The first path at which two JSON values part.
pub fn values(a: &Value, b: &Value) -> Option<Difference> {
    let mut found = Vec::new();
    walk("$", a, b, 1, &mut found);
    found.pop()
}

/// The paths at which two JSON values part, in the order of the first; at most so many.
pub fn all_values(a: &Value, b: &Value, most: usize) -> Vec<Difference> {
    let mut found = Vec::new();
    walk("$", a, b, most, &mut found);
    found
}

fn walk(path: &str, a: &Value, b: &Value, most: usize, found: &mut Vec<Difference>) {
    if found.len() >= most || a == b {
        return;
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let only_in_b = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(only_in_b) {
                either(&format!("{path}.{key}"), a.get(key), b.get(key), most, found);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for place in 0..a.len().max(b.len()) {
                either(&format!("{path}[{place}]"), a.get(place), b.get(place), most, found);
            }
        }
        _ => found.push(Difference::new(path.to_owned(), &a.to_string(), &b.to_string())),
    }
}

fn either(path: &str, a: Option<&Value>, b: Option<&Value>, most: usize, found: &mut Vec<Difference>) {
    match (a, b) {
        (Some(a), Some(b)) => walk(path, a, b, most, found),
        _ if found.len() >= most => {}
        _ => {
            let text = |value: Option<&Value>| value.map_or(NOTHING.to_owned(), Value::to_string);
            found.push(Difference::new(path.to_owned(), &text(a), &text(b)));
        }
    }
}

/// By the rows of two CSV files.
fn table(a: &Path, b: &Path) -> Result<Option<Difference>, OutputError> {
    let open = |path: &Path| {
        let file = File::open(path).map_err(OutputError::io("read", path))?;
        let reader = BufReader::with_capacity(1 << 16, file);
        Ok(csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(reader).into_records())
    };
    let (mut a, mut b) = (open(a)?, open(b)?);
    let mut columns: Option<csv::StringRecord> = None;
    for line in 1u64.. {
        let (a, b) = match (a.next(), b.next()) {
            (None, None) | (Some(Err(_)), _) | (_, Some(Err(_))) => return Ok(None),
            (a, b) => (a.and_then(Result::ok), b.and_then(Result::ok)),
        };
        if a != b {
            let columns = columns.unwrap_or_default();
            return Ok(Some(row(line, &columns, a.as_ref(), b.as_ref())));
        }
        if line == 1 {
            columns = a;
        }
    }
    Ok(None)
}

/// The first column in which two rows part.
fn row(
    line: u64,
    columns: &csv::StringRecord,
    a: Option<&csv::StringRecord>,
    b: Option<&csv::StringRecord>,
) -> Difference {
    let whole = |row: Option<&csv::StringRecord>| {
        row.map_or(NOTHING.to_owned(), |row| row.iter().collect::<Vec<_>>().join(","))
    };
    let (Some(left), Some(right)) = (a, b) else {
        return Difference::new(format!("line {line}"), &whole(a), &whole(b));
    };
    let place = (0..left.len().max(right.len())).find(|&place| left.get(place) != right.get(place)).unwrap_or(0);
    let name = columns.get(place).map_or(format!("column {}", place + 1), |name| format!("column {name}"));
    let cell = |row: &csv::StringRecord| match row.get(place) {
        Some("") => "an empty cell".to_owned(),
        Some(cell) => cell.to_owned(),
        None => NOTHING.to_owned(),
    };
    Difference::new(format!("line {line}, {name}"), &cell(left), &cell(right))
}

/// By the lines of two texts, compressed or not.
fn lines(a: &Path, b: &Path) -> Result<Option<Difference>, OutputError> {
    let (mut left, mut right) = (trace::open(a)?, trace::open(b)?);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for line in 1u64.. {
        // What is damaged ends here, and the bytes are compared instead.
        let (Ok(_), Ok(_)) = (next_line(&mut left, &mut one), next_line(&mut right, &mut other)) else {
            return Ok(None);
        };
        if one != other {
            let text = |line: &[u8]| match line {
                [] => NOTHING.to_owned(),
                line => String::from_utf8_lossy(line).trim_end().to_owned(),
            };
            return Ok(Some(Difference::new(format!("line {line}"), &text(&one), &text(&other))));
        }
        if one.is_empty() {
            break;
        }
    }
    Ok(None)
}

/// A line with its end; of one longer than anything that we write, a part.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<usize> {
    line.clear();
    reader.take(64 << 20).read_until(b'\n', line)
}

/// By their bytes.
fn bytes(a: &Path, b: &Path) -> Result<Option<Difference>, OutputError> {
    let open = |path: &Path| {
        let file = File::open(path).map_err(OutputError::io("read", path))?;
        Ok(BufReader::with_capacity(1 << 16, file).bytes())
    };
    let (mut left, mut right) = (open(a)?, open(b)?);
    for place in 0u64.. {
        let next = |byte: Option<std::io::Result<u8>>, path| byte.transpose().map_err(OutputError::io("read", path));
        let (one, other) = (next(left.next(), a)?, next(right.next(), b)?);
        if one != other {
            let text = |byte: Option<u8>| byte.map_or("its end".to_owned(), |byte| format!("{byte:#04x}"));
            return Ok(Some(Difference::new(format!("byte {place}"), &text(one), &text(other))));
        }
        if one.is_none() {
            break;
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of the first difference between two files of this name, and what stands there.
    fn differ(name: &str, a: &[u8], b: &[u8]) -> Option<(String, String, String)> {
        let folder = tempfile::tempdir().unwrap();
        let write = |side: &str, bytes: &[u8]| {
            let path = folder.path().join(side);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let found = first(name, &write("a", a), &write("b", b)).unwrap();
        found.map(|found| (found.place, found.first, found.second))
    }

    fn place(place: &str, a: &str, b: &str) -> Option<(String, String, String)> {
        Some((place.into(), a.into(), b.into()))
    }

    #[test]
    fn json_parts_at_a_path() {
        let json = |a: &str, b: &str| differ("summary.json", a.as_bytes(), b.as_bytes());
        assert_eq!(json("{\"a\": [1, 2]}", "{\"a\": [1, 2]}"), None);
        assert_eq!(json("{\"a\": [1, {\"b\": 2}]}", "{\"a\": [1, {\"b\": 3}]}"), place("$.a[1].b", "2", "3"));
        assert_eq!(json("{\"a\": 1}", "{\"a\": 1, \"b\": null}"), place("$.b", "nothing", "null"));
        assert_eq!(json("[1]", "[]"), place("$[0]", "1", "nothing"));
        assert_eq!(json("{\"a\": 1}", "{\"a\":  1}"), place("byte 6", "0x31", "0x20"));
        assert_eq!(json("{\"a\": 1", "{\"a\": 2"), place("byte 6", "0x31", "0x32"));
    }

    #[test]
    fn a_table_parts_in_a_row_and_a_column() {
        let table = |a: &str, b: &str| differ("peers.csv", a.as_bytes(), b.as_bytes());
        assert_eq!(table("peer,lag_s\n1,2\n3,4\n", "peer,lag_s\n1,2\n3,5\n"), place("line 3, column lag_s", "4", "5"));
        assert_eq!(table("peer,lag_s\n1,\n", "peer,lag_s\n1,5\n"), place("line 2, column lag_s", "an empty cell", "5"));
        assert_eq!(table("peer\n1\n2\n", "peer\n1\n"), place("line 3", "2", "nothing"));
        assert_eq!(table("peer\n1\n", "pear\n1\n"), place("line 1, column 1", "peer", "pear"));
        assert_eq!(table("a\n1\n", "a\r\n1\n"), place("byte 1", "0x0a", "0x0d"));
    }

    #[test]
    fn a_text_parts_in_a_line_and_all_else_at_a_byte() {
        assert_eq!(differ("trace.jsonl", b"a\nb\n", b"a\nc\n"), place("line 2", "b", "c"));
        assert_eq!(differ("report.html", b"a\nb\n", b"a\n"), place("line 2", "b", "nothing"));
        assert_eq!(differ("plots/x.png", b"\x89PNG", b"\x89PMG"), place("byte 2", "0x4e", "0x4d"));
        assert_eq!(differ("peers.parquet", b"PAR1", b"PAR"), place("byte 3", "0x31", "its end"));
        assert_eq!(differ("peers.parquet", b"PAR1", b"PAR1"), None);
    }
}
