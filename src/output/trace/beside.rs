//! A trace that is made beside the run.
//!
//! The run's thread only keeps [records](Batch), some thousands at a time. A second thread makes lines of them, and digests these or
//! has a third compress them. What is to be written comes back to the run's thread, which alone touches the file: what is
//! written, in which order, and who learns of an error is as if there were one thread. Nothing grows without bounds: the run waits where
//! it is too far ahead of its lines, and the others wait where the run does not write.

use super::batch::Batch;
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
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

/// Batches that the run is ahead of its lines at most.
const AHEAD: usize = 8;

/// Blocks that wait for the compressor, and what waits for the run, at most.
const WAITING: usize = 8;

/// Bytes that the system is given at once. Larger ones get larger pages, which take up to five times as long where none are at hand.
const PIECE: usize = 1 << 16;

/// Writes a run's trace into a file.
#[derive(Debug)]
pub enum TraceWriter {
    /// On threads beside the run.
    Beside(Box<Beside>),
    /// On the run's own thread, where the system gives no other.
    Alone(Box<Trace<TraceFile>>),
}

impl TraceWriter {
    /// Records that are well handed over at once: as many as fit beside other things into the cache of a core.
    pub const BATCH: usize = 2_048;

    /// The trace of a run of `config`, whose scenario has this digest. The run hands `batch` records at a time over to the thread that
    /// makes lines of them; how many these are changes no byte.
    pub fn new(
        file: StagedFile,
        format: TraceFormat,
        scenario_digest: &str,
        config: &Config,
        batch: usize,
    ) -> TraceWriter {
        match Beside::start(file, format, scenario_digest, config, batch) {
            Ok(beside) => TraceWriter::Beside(Box::new(beside)),
            Err(file) => TraceWriter::Alone(Box::new(Trace::new(TraceFile::new(*file, format), scenario_digest))),
        }
    }

    /// Whether writing has failed; going on would be in vain.
    pub fn has_failed(&self) -> bool {
        match self {
            TraceWriter::Beside(beside) => beside.desk.error.is_some(),
            TraceWriter::Alone(trace) => trace.has_failed(),
        }
    }

    /// Writes what is left; the file, in which the whole trace stands.
    ///
    /// # Errors
    /// What the system refused, now or before.
    pub fn finish(self) -> io::Result<StagedFile> {
        match self {
            TraceWriter::Beside(beside) => beside.finish(),
            TraceWriter::Alone(trace) => trace.finish().and_then(TraceFile::finish),
        }
    }
}

impl Observer for TraceWriter {
    fn begin(&mut self, config: &Config) {
        match self {
            // It has begun when it was made.
            TraceWriter::Beside(_) => {}
            TraceWriter::Alone(trace) => trace.begin(config),
        }
    }

    #[inline(always)]
    fn record(&mut self, now: Time, record: &Record<'_>) {
        match self {
            TraceWriter::Beside(beside) => beside.record(now, record),
            TraceWriter::Alone(trace) => trace.record(now, record),
        }
    }
}

/// What comes back to the run.
enum Back {
    /// Bytes to be written.
    Bytes(Vec<u8>),
    /// A batch of which all lines are made.
    Told(Batch),
}

/// Nobody waits for what is made any more.
struct Unwanted;

/// The run's side.
#[derive(Debug)]
pub struct Beside {
    batch: Batch,
    /// Records after which the batch is handed over.
    most_records: usize,
    batches: Sender<Batch>,
    back: Receiver<Back>,
    desk: Desk,
    line_maker: JoinHandle<Option<blake3::Hasher>>,
    compressor: Option<JoinHandle<io::Result<()>>>,
}

/// Where that lands which comes back.
#[derive(Debug)]
struct Desk {
    file: StagedFile,
    /// Batches to be used again.
    told: Vec<Batch>,
    /// Batches handed over and not come back.
    ahead: usize,
    /// Takes room that can be used again.
    spare: Sender<Vec<u8>>,
    error: Option<io::Error>,
}

impl Desk {
    fn take(&mut self, back: Back) {
        match back {
            Back::Told(mut batch) => {
                batch.clear();
                self.told.push(batch);
                self.ahead -= 1;
            }
            Back::Bytes(bytes) => {
                if self.error.is_none() {
                    self.error = bytes.chunks(PIECE).try_for_each(|piece| self.file.write_all(piece)).err();
                }
                let _ = self.spare.send(bytes);
            }
        }
    }
}

impl Beside {
    /// Starts the threads; gives the file back where that cannot be done.
    fn start(
        file: StagedFile,
        format: TraceFormat,
        digest: &str,
        config: &Config,
        most_records: usize,
    ) -> Result<Beside, Box<StagedFile>> {
        let (batches, to_tell) = channel();
        let (back_to_run, back) = sync_channel(WAITING);
        let (spare, written) = channel();
        let mut lines = Lines::new(digest);
        lines.begin(config);
        let maker = |spare| LineMaker { lines, chunks: config.file.chunks() as usize, batches: to_tell, spare };
        let started = match format {
            TraceFormat::Jsonl => {
                let maker = maker(written);
                named("lines", move || maker.digest(&back_to_run)).map(|maker| (maker, None))
            }
            TraceFormat::Zst => {
                let (text, blocks) = sync_channel(WAITING);
                let (compressed, spare) = channel();
                let maker = maker(spare);
                let outbox = Outbox { back: back_to_run.clone(), bytes: Vec::new(), spare: written };
                named("compressor", move || compress(&blocks, &compressed, outbox)).and_then(|compressor| {
                    named("lines", move || maker.feed(&text, &back_to_run)).map(|maker| (maker, Some(compressor)))
                })
            }
        };
        let Ok((line_maker, compressor)) = started else { return Err(Box::new(file)) };
        let mut desk = Desk { file, told: Vec::new(), ahead: 0, spare, error: None };
        if format == TraceFormat::Jsonl {
            desk.file.leave_digest();
        }
        Ok(Beside { batch: Batch::default(), most_records, batches, back, desk, line_maker, compressor })
    }

    #[inline(always)]
    fn record(&mut self, now: Time, record: &Record<'_>) {
        self.batch.keep(now, record);
        if self.batch.is_full(self.most_records) {
            self.hand_over();
        }
    }

    /// Hands the batch over, and writes what has come back.
    #[cold]
    fn hand_over(&mut self) {
        if self.desk.error.is_some() {
            return self.batch.clear();
        }
        let empty = self.desk.told.pop().unwrap_or_default();
        // Where nobody takes it, that thread has failed; which shows below.
        let _ = self.batches.send(std::mem::replace(&mut self.batch, empty));
        self.desk.ahead += 1;
        while let Ok(back) = self.back.try_recv() {
            self.desk.take(back);
        }
        while self.desk.ahead >= AHEAD && self.desk.error.is_none() {
            match self.back.recv() {
                Ok(back) => self.desk.take(back),
                Err(_) => self.desk.error = Some(io::Error::other("a thread that makes the trace has failed")),
            }
        }
    }

    fn finish(mut self) -> io::Result<StagedFile> {
        self.hand_over();
        let Beside { batches, back, mut desk, line_maker, compressor, .. } = self;
        drop(batches);
        if desk.error.is_none() {
            back.iter().for_each(|back| desk.take(back));
        }
        drop(back);
        let hasher = line_maker.join().unwrap_or_else(|panic| resume_unwind(panic));
        let compressed = compressor.map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        if let Some(error) = desk.error {
            return Err(error);
        }
        compressed.transpose()?;
        if let Some(hasher) = hasher {
            desk.file.set_digest(hasher);
        }
        Ok(desk.file)
    }
}

fn named<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    thread::Builder::new().name(name.into()).spawn(work)
}

/// The side of the lines.
struct LineMaker {
    lines: Lines,
    /// Of the file.
    chunks: usize,
    batches: Receiver<Batch>,
    /// Room for text that can be used again.
    spare: Receiver<Vec<u8>>,
}

impl LineMaker {
    /// Digests the text, which the run writes.
    fn digest(self, back: &SyncSender<Back>) -> Option<blake3::Hasher> {
        let mut hasher = blake3::Hasher::new();
        let done = self.make(back, |text| {
            hasher.update(&text);
            back.send(Back::Bytes(text)).map_err(|_| Unwanted)
        });
        done.is_ok().then_some(hasher)
    }

    /// Gives the text to the compressor; what the run writes it digests itself.
    fn feed(self, text: &SyncSender<Vec<u8>>, back: &SyncSender<Back>) -> Option<blake3::Hasher> {
        let _ = self.make(back, |block| text.send(block).map_err(|_| Unwanted));
        None
    }

    /// Makes lines of all batches. `put` takes whole blocks of text, and at last the rest.
    fn make(
        self,
        back: &SyncSender<Back>,
        mut put: impl FnMut(Vec<u8>) -> Result<(), Unwanted>,
    ) -> Result<(), Unwanted> {
        let LineMaker { mut lines, chunks, batches, spare } = self;
        for batch in batches {
            batch.tell(&mut lines, chunks, |lines| {
                if lines.text.len() < BLOCK { Ok(()) } else { put(whole_blocks(&mut lines.text, &spare)) }
            })?;
            back.send(Back::Told(batch)).map_err(|_| Unwanted)?;
        }
        put(lines.text)
    }
}

/// Takes whole blocks from some bytes, in place of which there is room for more.
#[cold]
fn whole_blocks(bytes: &mut Vec<u8>, spare: &Receiver<Vec<u8>>) -> Vec<u8> {
    let mut next = spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(BLOCK + BLOCK / 16));
    let whole = bytes.len() / BLOCK * BLOCK;
    next.clear();
    next.extend_from_slice(&bytes[whole..]);
    bytes.truncate(whole);
    std::mem::replace(bytes, next)
}

fn compress(blocks: &Receiver<Vec<u8>>, spare: &Sender<Vec<u8>>, outbox: Outbox) -> io::Result<()> {
    let mut encoder = Encoder::new(outbox, options());
    for block in blocks {
        encoder.write_all(&block)?;
        let _ = spare.send(block);
    }
    encoder.finish()?.flush()
}

/// What is compressed goes back to the run.
struct Outbox {
    back: SyncSender<Back>,
    bytes: Vec<u8>,
    /// Room that can be used again.
    spare: Receiver<Vec<u8>>,
}

impl Outbox {
    fn send(&self, bytes: Vec<u8>) -> io::Result<()> {
        self.back.send(Back::Bytes(bytes)).map_err(io::Error::other)
    }
}

impl Write for Outbox {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= BLOCK {
            let blocks = whole_blocks(&mut self.bytes, &self.spare);
            self.send(blocks)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        self.send(bytes)
    }
}

#[cfg(test)]
mod tests {
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
        for format in [TraceFormat::Jsonl, TraceFormat::Zst] {
            let folder = tempfile::tempdir().unwrap();
            let run = RunFolder::prepare(&folder.path().join("run"), Purpose::RUN, IfThere::Refuse, None).unwrap();
            let file = run.create(format.file_name()).unwrap();
            let mut writer = TraceWriter::new(file, format, "d15c", &Config::tiny(), 1);
            // It was never sent.
            writer.record(Time::ZERO, &Record::Deliver { message });
            for _ in 0..100 * AHEAD {
                writer.record(Time::ZERO, &Record::Complete { peer: 1 });
            }
            assert!(writer.has_failed(), "{format:?}");
            let panic = catch_unwind(AssertUnwindSafe(|| writer.finish())).unwrap_err();
            let said =
                panic.downcast_ref::<&str>().map(|said| said.to_string()).or(panic.downcast_ref::<String>().cloned());
            assert_eq!(said.as_deref(), Some("the message was under way"), "{format:?}");
        }
    }
}
