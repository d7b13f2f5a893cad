//! The trace: everything that happens in a run, a line of JSON each. `docs/trace.md` describes it.

mod batch;
mod beside;
mod desk;
mod file;
mod line;
mod lines;
mod numbers;
#[cfg(test)]
mod tests;

use crate::sim::Time;
use crate::swarm::config::Config;
use crate::swarm::{Observer, Record};
pub use beside::TraceWriter;
pub use file::{NAMES, TraceFile, TraceFormat, open};
use lines::Lines;
use std::io::{self, Write};

/// The version of the trace's layout, which its first line states.
pub const SCHEMA_VERSION: u32 = 1;

/// The JSON Schema of a line.
pub fn schema() -> serde_json::Value {
    serde_json::from_str(include_str!("../trace.schema.json")).expect("the schema is JSON")
}

/// Bytes that are gathered before they are written.
const BLOCK: usize = 1 << 18;

/// Writes a trace while the run goes on. An observer cannot fail, so an error is kept, nothing more is written,
/// and [`Trace::finish`] returns it.
#[derive(Debug)]
pub struct Trace<W> {
    out: W,
    lines: Lines,
    error: Option<io::Error>,
    /// Nothing is written for now.
    muted: bool,
}

impl<W: Write> Trace<W> {
    /// A trace of the run of the scenario with this digest.
    pub fn new(out: W, scenario_digest: &str) -> Trace<W> {
        Trace { out, lines: Lines::new(scenario_digest), error: None, muted: false }
    }

    /// Whether writing has failed; going on would be in vain.
    pub fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// From now on, writes nothing and only keeps up with the run, or writes again.
    pub fn mute(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// Takes the lines that are not written yet: where this is done after each event, all of them.
    pub fn take_lines(&mut self, lines: &mut Vec<u8>) {
        lines.append(&mut self.lines.text);
    }

    /// Writes what is left; what was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush();
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.out),
        }
    }

    #[cold]
    fn flush(&mut self) {
        if self.error.is_none() {
            self.error = self.out.write_all(&self.lines.text).err();
        }
        self.lines.text.clear();
    }
}

impl<W: Write> Observer for Trace<W> {
    fn begin(&mut self, config: &Config) {
        self.lines.begin(config);
    }

    fn record(&mut self, now: Time, record: &Record<'_>) {
        if self.muted {
            return self.lines.follow(record);
        }
        self.lines.add(now, record);
        if self.lines.text.len() >= BLOCK {
            self.flush();
        }
    }
}
