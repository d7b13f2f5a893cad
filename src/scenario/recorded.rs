//! Arrivals and sessions that were recorded, from a file or from the scenario itself.

use super::fields::{Object, Reader};
use super::json::{Node, Path, Value};
use super::problem::{did_you_mean, grouped, shorten};
use super::units;
use crate::sim::{Span, Time};
use crate::swarm::config::{Arrival, Visit};

/// The columns of a file.
const COLUMNS: &[&str] = &["arrival_s", "session_s"];

impl Reader<'_> {
    pub(super) fn recorded(&mut self, o: &Object<'_>) -> Option<Arrival> {
        let rows = match (o.get("file"), o.get("arrivals")) {
            (Some(_), None) => {
                if let Some(node) = o.get("sessions") {
                    let message = "belongs to \"arrivals\"; a file has its sessions in the column session_s";
                    self.error::<()>(node.at, &o.path().key("sessions"), message);
                }
                self.optional(o, "file", Self::visits_of_file)
            }
            (None, Some(_)) => self.visits(o),
            (Some(file), Some(_)) => {
                let message = "found both \"file\" and \"arrivals\"; accepted: one of them";
                self.error(file.at, &o.path().key("file"), message)
            }
            (None, None) => {
                let message =
                    "is missing; accepted: the name of a file with the columns arrival_s and, if known, session_s";
                self.error(o.at(), &o.path().key("file"), message)
            }
        }?;
        Some(Arrival::Trace { rows: rows.into() })
    }

    /// The group's number of peers: every row is one.
    pub(super) fn count_of_rows(&mut self, o: &Object<'_>, rows: usize) -> Option<u32> {
        let count = u32::try_from(rows).ok();
        let Some(node) = o.get("count") else { return count };
        let given =
            self.optional(o, "count", |r, n, p| r.nullable(n, p, |r, n, p| r.integer32(n, p, 1..=u32::MAX - 1)));
        if let Some(Some(given)) = given {
            if given as usize != rows {
                let (given, rows) = (grouped(u64::from(given)), grouped(rows as u64));
                let message = format!("found {given}, but the trace has {rows} rows; accepted: {rows}, or null");
                self.error::<()>(node.at, &o.path().key("count"), message);
            }
        }
        count
    }

    fn visits_of_file(&mut self, node: &Node, path: &Path<'_>) -> Option<Vec<Visit>> {
        let name = self.text(node, path)?;
        let bytes = self.or_error((self.load)(name), node, path)?;
        let read = lines_of(&bytes).and_then(|lines| visits_of(&lines));
        self.or_error(read.map_err(|message| format!("the file \"{}\": {message}", shorten(name))), node, path)
    }

    /// Two arrays: when peers arrive, and how long each stays (null where that is not known).
    fn visits(&mut self, o: &Object<'_>) -> Option<Vec<Visit>> {
        let arrivals = self.optional(o, "arrivals", |r, n, p| r.spans(n, p, false));
        let sessions = self.optional(o, "sessions", |r, n, p| r.spans(n, p, true));
        let arrivals = arrivals?;
        let sessions = match o.get("sessions") {
            Some(node) => {
                let sessions = sessions?;
                if sessions.len() != arrivals.len() {
                    let (found, expected) = (sessions.len(), arrivals.len());
                    let message = format!("found {found}; accepted: {expected}, one for each arrival");
                    return self.error(node.at, &o.path().key("sessions"), message);
                }
                sessions
            }
            None => vec![None; arrivals.len()],
        };
        let visit = |(at, session): (Option<Span>, Option<Span>)| Some(Visit { at: Time::ZERO + at?, session });
        arrivals.into_iter().zip(sessions).map(visit).collect()
    }

    fn spans(&mut self, node: &Node, path: &Path<'_>, may_be_null: bool) -> Option<Vec<Option<Span>>> {
        let elements = self.elements(node, path, "durations")?;
        if elements.is_empty() {
            return self.error(node.at, path, "found none; accepted: at least one");
        }
        let mut spans = Some(Vec::with_capacity(elements.len()));
        for (i, node) in elements.iter().enumerate() {
            let span = match node.value {
                Value::Null if may_be_null => Some(None),
                _ => self.duration(node, &path.index(i)).map(Some),
            };
            spans = spans.zip(span).map(|(mut spans, span)| {
                spans.push(span);
                spans
            });
            if self.is_full() {
                break;
            }
        }
        spans
    }
}

/// The lines of a file that hold something, with their numbers from 1: blank lines and lines that begin with `#` do not.
pub(super) fn lines_of(bytes: &[u8]) -> Result<Vec<(usize, &str)>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is no UTF-8 text".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = (1..).zip(text.lines().map(str::trim));
    Ok(lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).collect())
}

/// Recorded peers from numbered lines, the first of which names the columns. Bare numbers are seconds.
fn visits_of(lines: &[(usize, &str)]) -> Result<Vec<Visit>, String> {
    let accepted = "accepted: a first line \"arrival_s\" or \"arrival_s,session_s\", then one line for each peer";
    let Some((&(number, header), rows)) = lines.split_first() else { return Err(format!("is empty; {accepted}")) };
    let columns: Vec<&str> = header.split(',').map(str::trim).collect();
    for (i, column) in columns.iter().enumerate() {
        if !COLUMNS.contains(column) {
            let hint = did_you_mean(column, COLUMNS.iter().copied());
            return Err(format!("line {number}: found the column \"{}\"{hint}; {accepted}", shorten(column)));
        }
        if columns[..i].contains(column) {
            return Err(format!("line {number}: the column {column} is there twice"));
        }
    }
    let Some(arrival) = columns.iter().position(|column| *column == "arrival_s") else {
        return Err(format!("line {number}: the column arrival_s is missing; {accepted}"));
    };
    let session = columns.iter().position(|column| *column == "session_s");
    if rows.is_empty() {
        return Err(format!("holds no peers; {accepted}"));
    }
    let visit = |&(number, line): &(usize, &str)| {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        if cells.len() != columns.len() {
            return Err(format!("line {number} has {} values; accepted: {}", cells.len(), columns.len()));
        }
        let span = |place: usize| seconds(cells[place]).map_err(|message| format!("line {number}: {message}"));
        let session = session.filter(|&place| !cells[place].is_empty()).map(span).transpose()?;
        Ok(Visit { at: Time::ZERO + span(arrival)?, session })
    };
    rows.iter().map(visit).collect()
}

fn seconds(text: &str) -> Result<Span, String> {
    let is_bare = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    if is_bare && !text.is_empty() { units::duration_of_seconds(text) } else { units::parse_duration(text) }
}
