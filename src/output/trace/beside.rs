//! A trace that is made beside the run.
//!
//! Of a trace that stands as text, the run's thread only keeps [records](Batch), some thousands at a time; a second makes lines of them and
//! digests these. Compressing takes about as long as a run and its lines together, so that of a trace that is compressed the run's
//! thread makes the lines, and a second compresses them: two processors then have as much to do each, and no record goes from one's cache to
//! the other's. Either way what is to be written comes back to the run's [`Desk`].

use super::batch::Batch;
use super::desk::{Desk, Shelf, Unwanted, desk};
use super::file::{TraceFile, TraceFormat, options};
use super::lines::Lines;
use super::{BLOCK, Trace};
use crate::output::StagedFile;
use crate::sim::Time;
use crate::swarm::config::Config;
use crate::swarm::{Observer, Record};
use rust_zstd::compress::Encoder;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::sync::mpsc::Receiver;
use std::thread::{self, JoinHandle};

/// Writes a run's trace into a file.
#[derive(Debug)]
pub enum TraceWriter {
    /// As text.
    Plain(Box<Plain>),
    /// Compressed.
    Compressed(Box<Compressed>),
    /// On the run's own thread, where the system gives no other.
    Alone(Box<Trace<TraceFile>>),
}

impl TraceWriter {
    /// Records that are well handed over at once: as many as fit beside other things into the cache of a core.
    pub const BATCH: usize = 2_048;

    /// The trace of a run of `config`, whose scenario has this digest. Where another thread makes lines of its records, the run hands them
    /// over `batch` at a time; how many these are changes no byte.
    pub fn new(
        file: StagedFile,
        format: TraceFormat,
        scenario_digest: &str,
        config: &Config,
        batch: usize,
    ) -> TraceWriter {
        let mut lines = Lines::new(scenario_digest);
        lines.begin(config);
        let started = match format {
            TraceFormat::Jsonl => {
                let chunks = config.file.chunks() as usize;
                Plain::start(file, lines, chunks, batch).map(|plain| TraceWriter::Plain(Box::new(plain)))
            }
            TraceFormat::Zst => {
                Compressed::start(file, lines).map(|compressed| TraceWriter::Compressed(Box::new(compressed)))
            }
        };
        started.unwrap_or_else(|file| {
            TraceWriter::Alone(Box::new(Trace::new(TraceFile::new(*file, format), scenario_digest)))
        })
    }

    /// Whether writing has failed; going on would be in vain.
    pub fn has_failed(&self) -> bool {
        match self {
            TraceWriter::Plain(plain) => plain.desk.has_failed(),
            TraceWriter::Compressed(compressed) => compressed.desk.has_failed(),
            TraceWriter::Alone(trace) => trace.has_failed(),
        }
    }

    /// Writes what is left; the file, in which the whole trace stands.
    ///
    /// # Errors
    /// What the system refused, now or before.
    pub fn finish(self) -> io::Result<StagedFile> {
        match self {
            TraceWriter::Plain(plain) => plain.finish(),
            TraceWriter::Compressed(compressed) => compressed.finish(),
            TraceWriter::Alone(trace) => trace.finish().and_then(TraceFile::finish),
        }
    }
}

impl Observer for TraceWriter {
    fn begin(&mut self, config: &Config) {
        match self {
            // They have begun when they were made.
            TraceWriter::Plain(_) | TraceWriter::Compressed(_) => {}
            TraceWriter::Alone(trace) => trace.begin(config),
        }
    }

    #[inline(always)]
    fn record(&mut self, now: Time, record: &Record<'_>) {
        match self {
            TraceWriter::Plain(plain) => plain.record(now, record),
            TraceWriter::Compressed(compressed) => compressed.record(now, record),
            TraceWriter::Alone(trace) => trace.record(now, record),
        }
    }
}

/// A trace as text: lines are made, and digested, beside the run.
#[derive(Debug)]
pub struct Plain {
    batch: Batch,
    /// Records after which the batch is handed over.
    most_records: usize,
    desk: Desk<Batch>,
    line_maker: JoinHandle<Option<blake3::Hasher>>,
}

impl Plain {
    /// Starts the thread; gives the file back where that cannot be done.
    fn start(file: StagedFile, lines: Lines, chunks: usize, most_records: usize) -> Result<Plain, Box<StagedFile>> {
        let (mut desk, batches, shelf) = desk(file);
        let Ok(line_maker) = named("lines", move || digested(lines, chunks, batches, shelf)) else {
            return Err(Box::new(desk.into_file()));
        };
        desk.file().leave_digest();
        Ok(Plain { batch: Batch::default(), most_records, desk, line_maker })
    }

    #[inline(always)]
    fn record(&mut self, now: Time, record: &Record<'_>) {
        self.batch.keep(now, record);
        if self.batch.is_full(self.most_records) {
            self.hand_over();
        }
    }

    #[cold]
    fn hand_over(&mut self) {
        self.batch = self.desk.hand_over(std::mem::take(&mut self.batch));
        self.batch.clear();
    }

    fn finish(self) -> io::Result<StagedFile> {
        let (mut file, error) = self.desk.close(self.batch);
        let hasher = self.line_maker.join().unwrap_or_else(|panic| resume_unwind(panic));
        if let Some(error) = error {
            return Err(error);
        }
        if let Some(hasher) = hasher {
            file.set_digest(hasher);
        }
        Ok(file)
    }
}

/// Makes lines of all batches, of a file of so many chunks. Their digest, unless they are not wanted.
fn digested(mut lines: Lines, chunks: usize, batches: Receiver<Batch>, shelf: Shelf<Batch>) -> Option<blake3::Hasher> {
    let mut hasher = blake3::Hasher::new();
    let mut put = |text: Vec<u8>| {
        hasher.update(&text);
        shelf.put(text)
    };
    let make = || {
        for batch in batches {
            batch.tell(&mut lines, chunks, |lines| {
                if lines.text.len() < BLOCK { Ok(()) } else { put(shelf.whole_blocks(&mut lines.text)) }
            })?;
            shelf.done(batch)?;
        }
        put(std::mem::take(&mut lines.text))
    };
    let made: Result<(), Unwanted> = make();
    made.is_ok().then_some(hasher)
}

/// A trace that is compressed, beside the run, which makes its lines.
#[derive(Debug)]
pub struct Compressed {
    lines: Lines,
    desk: Desk<Vec<u8>>,
    compressor: JoinHandle<io::Result<()>>,
}

impl Compressed {
    /// Starts the thread; gives the file back where that cannot be done.
    fn start(file: StagedFile, lines: Lines) -> Result<Compressed, Box<StagedFile>> {
        let (desk, blocks, shelf) = desk(file);
        match named("compressor", move || compress(blocks, shelf)) {
            Ok(compressor) => Ok(Compressed { lines, desk, compressor }),
            Err(_) => Err(Box::new(desk.into_file())),
        }
    }

    #[inline(always)]
    fn record(&mut self, now: Time, record: &Record<'_>) {
        self.lines.add(now, record);
        if self.lines.text.len() >= BLOCK {
            self.hand_over();
        }
    }

    #[cold]
    fn hand_over(&mut self) {
        self.lines.text = self.desk.hand_over(std::mem::take(&mut self.lines.text));
        self.lines.text.clear();
    }

    fn finish(self) -> io::Result<StagedFile> {
        let (file, error) = self.desk.close(self.lines.text);
        let compressed = self.compressor.join().unwrap_or_else(|panic| resume_unwind(panic));
        if let Some(error) = error {
            return Err(error);
        }
        compressed.map(|()| file)
    }
}

fn compress(blocks: Receiver<Vec<u8>>, shelf: Shelf<Vec<u8>>) -> io::Result<()> {
    let mut encoder = Encoder::new(Outbox { shelf, bytes: Vec::new() }, options());
    for block in blocks {
        encoder.write_all(&block)?;
        encoder.get_ref().shelf.done(block)?;
    }
    encoder.finish()?.flush()
}

/// What is compressed goes back to the run.
struct Outbox {
    shelf: Shelf<Vec<u8>>,
    bytes: Vec<u8>,
}

impl Write for Outbox {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= BLOCK {
            let blocks = self.shelf.whole_blocks(&mut self.bytes);
            self.shelf.put(blocks)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        Ok(self.shelf.put(bytes)?)
    }
}

fn named<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    thread::Builder::new().name(name.into()).spawn(work)
}

#[cfg(test)]
mod tests {
    use super::super::desk::AHEAD;
    use super::super::open;
    use super::*;
    use crate::output::{IfThere, Purpose, RunFolder};
    use crate::sim::{Origin, QueueKind};
    use crate::swarm::{Message, MessageId, MessageKind, Simulation};
    use std::fs;
    use std::io::Read;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// A swarm whose trace has many batches and several blocks; the tracker names `max_peers_returned` peers, or everyone.
    fn config(max_peers_returned: Option<u32>) -> Config {
        let mut config = Config::tiny();
        config.groups[1].count = Some(120);
        config.tracker.max_peers_returned = max_peers_returned;
        config
    }

    /// What is written by whom `writer` makes, and its text.
    fn written(config: &Config, format: TraceFormat, writer: impl Fn(StagedFile) -> TraceWriter) -> (Vec<u8>, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let mut run = RunFolder::prepare(&folder.path().join("run"), Purpose::RUN, IfThere::Refuse, None).unwrap();
        let writer = writer(run.create(format.file_name()).unwrap());
        let mut simulation = Simulation::new(config.clone(), writer, QueueKind::Ladder);
        while simulation.advance(1_000) {}
        run.finish(simulation.into_observer().finish().unwrap()).unwrap();
        let path = run.partial().join(format.file_name());
        let mut text = Vec::new();
        open(&path).unwrap().read_to_end(&mut text).unwrap();
        (fs::read(&path).unwrap(), text)
    }

    #[test]
    fn beside_the_run_and_alone_the_same_bytes_are_written() {
        for config in [config(None), config(Some(30)), Config::tiny()] {
            let mut run = Simulation::new(config.clone(), Trace::new(Vec::new(), "d15c"), QueueKind::Ladder);
            while run.advance(u64::MAX) {}
            let text = run.into_observer().finish().unwrap();
            for format in [TraceFormat::Jsonl, TraceFormat::Zst] {
                let beside = written(&config, format, |file| {
                    TraceWriter::new(file, format, "d15c", &config, TraceWriter::BATCH)
                });
                let alone = written(&config, format, |file| {
                    TraceWriter::Alone(Box::new(Trace::new(TraceFile::new(file, format), "d15c")))
                });
                assert!(beside == alone && beside.1 == text, "{format:?}");
            }
        }
    }

    /// A thread beside the run that panics: the run learns of it and waits for nothing, and the end is that panic.
    #[test]
    fn a_panic_beside_the_run_is_the_runs() {
        let message =
            Message { id: MessageId { origin: Origin(1), count: 7 }, kind: MessageKind::JoinRequest, from: 1, to: 0 };
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::prepare(&folder.path().join("run"), Purpose::RUN, IfThere::Refuse, None).unwrap();
        let file = run.create(TraceFormat::Jsonl.file_name()).unwrap();
        let mut writer = TraceWriter::new(file, TraceFormat::Jsonl, "d15c", &Config::tiny(), 1);
        // It was never sent.
        writer.record(Time::ZERO, &Record::Deliver { message });
        for _ in 0..100 * AHEAD {
            writer.record(Time::ZERO, &Record::Complete { peer: 1 });
        }
        assert!(writer.has_failed());
        let panic = catch_unwind(AssertUnwindSafe(|| writer.finish())).unwrap_err();
        let said =
            panic.downcast_ref::<&str>().map(|said| said.to_string()).or(panic.downcast_ref::<String>().cloned());
        assert_eq!(said.as_deref(), Some("the message was under way"));
    }
}
