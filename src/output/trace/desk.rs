//! A run's desk: what it hands to a thread beside it, and what comes back to be written.
//!
//! The run alone touches the file: what is written, in which order, and who learns of an error is as if there were one thread. Nothing
//! grows without bounds: the run waits where too much is handed over and not done, and the others wait where the run does not write.

use super::BLOCK;
use crate::output::StagedFile;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// What is handed over and not done, at most.
pub(super) const AHEAD: usize = 8;

/// What waits for the run, at most.
const WAITING: usize = 8;

/// Bytes that the system is given at once. Larger ones get larger pages, which take up to five times as long where none are at hand.
const PIECE: usize = 1 << 16;

/// What comes back to the run.
#[derive(Debug)]
enum Back<T> {
    /// Bytes to be written.
    Bytes(Vec<u8>),
    /// What was handed over, and has served.
    Done(T),
}

/// Nobody waits for what is made any more.
#[derive(Debug)]
pub(super) struct Unwanted;

impl From<Unwanted> for io::Error {
    fn from(_: Unwanted) -> io::Error {
        io::Error::other("nobody waits for what is made")
    }
}

/// The run's side.
#[derive(Debug)]
pub(super) struct Desk<T> {
    work: Sender<T>,
    back: Receiver<Back<T>>,
    tray: Tray<T>,
}

/// Where that lands which comes back.
#[derive(Debug)]
struct Tray<T> {
    file: StagedFile,
    /// To be used again.
    done: Vec<T>,
    /// How much is handed over and has not come back.
    ahead: usize,
    /// Takes room that can be used again.
    spare: Sender<Vec<u8>>,
    error: Option<io::Error>,
}

/// Where the thread beside the run puts down what it has done.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    back: SyncSender<Back<T>>,
    /// Room that can be used again.
    spare: Receiver<Vec<u8>>,
}

/// Both sides, and what is handed over.
pub(super) fn desk<T>(file: StagedFile) -> (Desk<T>, Receiver<T>, Shelf<T>) {
    let (work, to_do) = channel();
    let (to_run, back) = sync_channel(WAITING);
    let (spare, written) = channel();
    let tray = Tray { file, done: Vec::new(), ahead: 0, spare, error: None };
    (Desk { work, back, tray }, to_do, Shelf { back: to_run, spare: written })
}

impl<T> Tray<T> {
    fn take(&mut self, back: Back<T>) {
        match back {
            Back::Done(done) => {
                self.done.push(done);
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

impl<T: Default> Desk<T> {
    /// Whether writing has failed, or the thread that works for this desk.
    pub fn has_failed(&self) -> bool {
        self.tray.error.is_some()
    }

    /// Hands something over, and writes what has come back. What can be used in its place, with whatever stands in it.
    pub fn hand_over(&mut self, full: T) -> T {
        let Desk { work, back, tray } = self;
        if tray.error.is_some() {
            return full;
        }
        let other = tray.done.pop().unwrap_or_default();
        // Where nobody takes it, that thread has failed; which shows below.
        let _ = work.send(full);
        tray.ahead += 1;
        while let Ok(back) = back.try_recv() {
            tray.take(back);
        }
        while tray.ahead >= AHEAD && tray.error.is_none() {
            match back.recv() {
                Ok(back) => tray.take(back),
                Err(_) => tray.error = Some(io::Error::other("a thread that makes the trace has failed")),
            }
        }
        other
    }

    /// Hands the last over, and writes all that is still to come. The file, and what has failed.
    pub fn close(mut self, last: T) -> (StagedFile, Option<io::Error>) {
        self.hand_over(last);
        let Desk { work, back, mut tray } = self;
        drop(work);
        if tray.error.is_none() {
            back.iter().for_each(|back| tray.take(back));
        }
        (tray.file, tray.error)
    }

    /// The file.
    pub fn file(&mut self) -> &mut StagedFile {
        &mut self.tray.file
    }

    /// The file, where no thread could be started.
    pub fn into_file(self) -> StagedFile {
        self.tray.file
    }
}

impl<T> Shelf<T> {
    /// Gives back what was handed over.
    pub fn done(&self, done: T) -> Result<(), Unwanted> {
        self.back.send(Back::Done(done)).map_err(|_| Unwanted)
    }

    /// Gives bytes to be written.
    pub fn put(&self, bytes: Vec<u8>) -> Result<(), Unwanted> {
        self.back.send(Back::Bytes(bytes)).map_err(|_| Unwanted)
    }

    /// Takes whole blocks from some bytes, in place of which there is room for more.
    #[cold]
    pub fn whole_blocks(&self, bytes: &mut Vec<u8>) -> Vec<u8> {
        let mut next = self.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(BLOCK + BLOCK / 16));
        let whole = bytes.len() / BLOCK * BLOCK;
        next.clear();
        next.extend_from_slice(&bytes[whole..]);
        bytes.truncate(whole);
        std::mem::replace(bytes, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{IfThere, Purpose, RunFolder};
    use std::fs;
    use std::thread;

    /// A desk at which a thread does `work`; a hundred times what may be ahead is handed over to it. What is written, and what has failed.
    fn at_work(work: impl FnOnce(Receiver<u32>, Shelf<u32>) + Send + 'static) -> (Vec<u8>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let mut run = RunFolder::prepare(&folder.path().join("run"), Purpose::RUN, IfThere::Refuse, None).unwrap();
        let (mut desk, numbers, shelf) = desk(run.create("file").unwrap());
        let worker = thread::spawn(move || work(numbers, shelf));
        for number in 0..100 * AHEAD as u32 {
            desk.hand_over(number);
        }
        let (file, error) = desk.close(u32::MAX);
        worker.join().unwrap();
        run.finish(file).unwrap();
        (fs::read(run.partial().join("file")).unwrap(), error.map(|error| error.to_string()))
    }

    #[test]
    fn what_is_made_is_written_in_its_order() {
        let (written, error) = at_work(|numbers, shelf| {
            for number in numbers {
                // More than the run lets wait, of which it takes none before it has handed over enough.
                number.to_le_bytes().into_iter().for_each(|byte| shelf.put(vec![byte; 3]).unwrap());
                shelf.done(number).unwrap();
            }
        });
        let expected = (0..100 * AHEAD as u32).chain([u32::MAX]);
        assert!(expected.flat_map(u32::to_le_bytes).flat_map(|byte| [byte; 3]).eq(written) && error.is_none());
    }

    #[test]
    fn a_run_does_not_wait_for_a_thread_that_has_gone() {
        let (written, error) = at_work(|numbers, shelf| {
            shelf.put(vec![7]).unwrap();
            shelf.done(numbers.recv().unwrap()).unwrap();
        });
        assert_eq!(error.as_deref(), Some("a thread that makes the trace has failed"));
        assert!(written.len() <= 1);
    }
}
