//! A trace as the Perfetto UI and `chrome://tracing` read it: the Trace Event Format, as JSON.
//!
//! Groups are processes and peers their threads. A session is a slice, in which each message sent or received is a moment;
//! an arrow (a flow) leads from the one to the other. Fetches overlap, so they are asynchronous slices with numbers. What
//! concerns the swarm as a whole is counters. The trace is read once from its beginning to its end; only what is under
//! way, and who is there with what, is kept.

mod copies;
mod entry;
mod events;
mod state;
#[cfg(test)]
mod tests;

use entry::{Chunks, Entry, field};
use events::Events;
use serde_json::json;
use state::State;
use std::fmt;
use std::io::{self, BufRead, Read, Write};

/// The longest line that is read: that of a list of some million peers.
const LONGEST_LINE: u64 = 64 << 20;

/// What is exported.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Requests that are left out with their answers, by the kind that they have in a trace without `_request`.
    pub without: Vec<String>,
}

/// What was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Lines read.
    pub lines: u64,
    /// Events written.
    pub events: u64,
}

/// Why an export was given up.
#[derive(Debug)]
pub enum ExportError {
    /// The trace is not one.
    Line {
        /// The line, from 1.
        line: u64,
        /// What is the matter with it.
        message: String,
    },
    /// It cannot be read on.
    Read(io::Error),
    /// The export cannot be written.
    Write(io::Error),
    /// The caller did not want to go on.
    Interrupted,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Line { line, message } => write!(f, "line {line}: {message}"),
            ExportError::Read(error) | ExportError::Write(error) => error.fmt(f),
            ExportError::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> ExportError {
        ExportError::Write(error)
    }
}

/// Exports the trace in `from`. It is read and written a line at a time; `goes_on` is asked now and then.
///
/// # Errors
/// Where it is no whole trace, or something cannot be read or written; what was written is then of no use.
pub fn export(
    from: &mut dyn BufRead,
    to: impl Write,
    choice: &Choice,
    goes_on: &dyn Fn() -> bool,
) -> Result<Exported, ExportError> {
    let mut text = Vec::new();
    let wrong = |line: u64, message: String| ExportError::Line { line, message };
    read_line(from, &mut text, 1)?;
    let header = parse(&text).map_err(|message| wrong(1, message))?;
    let (events, chunks) = begin(&header, to)?;
    let mut state = State::new(events, chunks, choice);
    state.open_tracker()?;
    let mut line = 1;
    loop {
        line += 1;
        if line % 65_536 == 0 && !goes_on() {
            return Err(ExportError::Interrupted);
        }
        if !read_line(from, &mut text, line)? {
            break;
        }
        let entry = parse(&text).map_err(|message| wrong(line, message))?;
        state.take(&entry).map_err(|error| error.at(line))?;
    }
    let events = state.end().map_err(|error| error.at(line))?;
    Ok(Exported { lines: line - 1, events })
}

/// Reads a line; false at the end.
fn read_line(from: &mut dyn BufRead, text: &mut Vec<u8>, line: u64) -> Result<bool, ExportError> {
    text.clear();
    let read = from.take(LONGEST_LINE).read_until(b'\n', text).map_err(ExportError::Read)?;
    if read == 0 {
        return if line == 1 {
            Err(ExportError::Line { line, message: "the file is empty".into() })
        } else {
            Ok(false)
        };
    }
    if text.last() != Some(&b'\n') {
        let message = if read as u64 == LONGEST_LINE { "is too long" } else { "is cut off" };
        return Err(ExportError::Line { line, message: message.into() });
    }
    Ok(true)
}

fn parse(text: &[u8]) -> Result<Entry<'_>, String> {
    serde_json::from_slice(text).map_err(|error| format!("is no line of a trace: {error}"))
}

/// Begins the export of the trace with this header; the chunks of its file.
fn begin<W: Write>(header: &Entry<'_>, to: W) -> Result<(Events<W>, u32), ExportError> {
    let wrong = |message: String| ExportError::Line { line: 1, message };
    if header.ev != "header" || header.schema != Some(u64::from(super::trace::SCHEMA_VERSION)) {
        return Err(wrong("is not the header of a trace that this program reads".into()));
    }
    let chunks = match header.chunks {
        Some(Chunks::Number(chunks)) => chunks,
        _ => return Err(wrong(field::<u32>(None, "chunks").unwrap_err())),
    };
    let about = json!({
        "made by": format!("swarmsim {}", env!("CARGO_PKG_VERSION")),
        "traced by": header.swarmsim.as_ref().map(|version| format!("swarmsim {version}")),
        "scenario": header.scenario,
        "seed": header.seed,
        "chunks": chunks,
    });
    Ok((Events::begin(to, &about)?, chunks))
}
