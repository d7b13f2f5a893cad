//! Events of the Trace Event Format, written by hand: an export has several for each line of a trace.

use serde_json::Value;
use std::io::{self, Write};

/// The process of the tracker and of what concerns all. (0 would be taken for an idle processor.)
pub(super) const SWARM: u32 = 1;
/// The tracker's thread: the highest number, so that peers keep theirs.
pub(super) const TRACKER_THREAD: u32 = i32::MAX as u32;

/// Where an event stands: a process and one of its threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Track {
    pub pid: u32,
    pub tid: u32,
}

impl Track {
    pub(super) const TRACKER: Track = Track { pid: SWARM, tid: TRACKER_THREAD };
}

/// Writes events, one a line, into the list of a JSON object.
pub(super) struct Events<W> {
    out: W,
    pub written: u64,
}

impl<W: Write> Events<W> {
    /// Begins the file; `about` says what was exported.
    pub(super) fn begin(mut out: W, about: &Value) -> io::Result<Events<W>> {
        write!(out, "{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[")?;
        Ok(Events { out, written: 0 })
    }

    /// Ends the file.
    pub(super) fn end(mut self) -> io::Result<u64> {
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()?;
        Ok(self.written)
    }

    fn next(&mut self) -> io::Result<()> {
        let separator: &[u8] = if self.written == 0 { b"\n" } else { b",\n" };
        self.written += 1;
        self.out.write_all(separator)
    }

    /// An event of phase `ph` at `nanos`; `more` are further members, each with a comma before it.
    fn event(&mut self, ph: char, nanos: u64, Track { pid, tid }: Track, name: &str, more: &str) -> io::Result<()> {
        self.next()?;
        let (micros, rest) = (nanos / 1000, nanos % 1000);
        write!(
            self.out,
            "{{\"ph\":\"{ph}\",\"ts\":{micros}.{rest:03},\"pid\":{pid},\"tid\":{tid},\"name\":\"{name}\"{more}}}"
        )
    }

    /// What a process or a thread is called, or where it stands: `process_name`, `thread_name`, `process_sort_index`.
    pub(super) fn metadata(&mut self, what: &str, track: Track, key: &str, value: &Value) -> io::Result<()> {
        self.next()?;
        let Track { pid, tid } = track;
        write!(
            self.out,
            "{{\"ph\":\"M\",\"pid\":{pid},\"tid\":{tid},\"name\":\"{what}\",\"args\":{{\"{key}\":{value}}}}}"
        )
    }

    /// A stretch of time begins on a thread.
    pub(super) fn begin_slice(&mut self, nanos: u64, track: Track, name: &str, args: &str) -> io::Result<()> {
        self.event('B', nanos, track, name, &format!(",\"args\":{{{args}}}"))
    }

    /// The stretch that was begun last on a thread ends.
    pub(super) fn end_slice(&mut self, nanos: u64, track: Track, name: &str, args: &str) -> io::Result<()> {
        self.event('E', nanos, track, name, &format!(",\"args\":{{{args}}}"))
    }

    /// Something is done in no time.
    pub(super) fn moment(&mut self, nanos: u64, track: Track, name: &str, args: &str) -> io::Result<()> {
        self.event('X', nanos, track, name, &format!(",\"dur\":0,\"args\":{{{args}}}"))
    }

    /// An arrow begins at the moment that was written last.
    pub(super) fn arrow_from(&mut self, nanos: u64, track: Track, name: &str, id: u64) -> io::Result<()> {
        self.event('s', nanos, track, name, &format!(",\"cat\":\"message\",\"id\":{id}"))
    }

    /// It ends at the moment that was written last.
    pub(super) fn arrow_to(&mut self, nanos: u64, track: Track, name: &str, id: u64) -> io::Result<()> {
        self.event('f', nanos, track, name, &format!(",\"cat\":\"message\",\"id\":{id},\"bp\":\"e\""))
    }

    /// A fetch begins (`b`) or ends (`e`): several of one peer may overlap, so each has a number.
    pub(super) fn fetch(&mut self, ph: char, nanos: u64, track: Track, id: u64, args: &str) -> io::Result<()> {
        let name = format!("fetches of peer {}", track.tid);
        self.event(ph, nanos, track, &name, &format!(",\"cat\":\"fetch\",\"id\":\"{id:#x}\",\"args\":{{{args}}}"))
    }

    /// Values that are drawn over time.
    pub(super) fn counter(&mut self, nanos: u64, name: &str, args: &str) -> io::Result<()> {
        self.event('C', nanos, Track::TRACKER, name, &format!(",\"args\":{{{args}}}"))
    }

    /// A mark on a thread.
    pub(super) fn instant(&mut self, nanos: u64, track: Track, name: &str, args: &str) -> io::Result<()> {
        self.event('i', nanos, track, name, &format!(",\"s\":\"t\",\"args\":{{{args}}}"))
    }
}
