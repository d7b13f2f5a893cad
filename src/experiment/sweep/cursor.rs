//! Reading the runs of a finished folder in their order, a piece at a time.
//!
//! `runs.jsonl` has a line a run, in the order of the plan. Whoever reads it from the beginning to the end needs no index of it, and a
//! thousand folders are read side by side without a thousand open files: a file is open only while its next piece is read.

use super::run::Shard;
use crate::experiment::Outcome;
use crate::experiment::journal::{identity_on, outcome_of};
use crate::output::OutputError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes that are read at once: some ten lines.
const PIECE: usize = 16 << 10;
/// The longest line that is read, in bytes: those of ours have some thousands.
const MAX_LINE: usize = 1 << 20;
/// The most places that are remembered to go back to, whatever the number of lines.
const MARKS: usize = 256;

/// A place in the runs of one folder.
#[derive(Clone, Debug)]
pub struct Cursor {
    folder: PathBuf,
    path: PathBuf,
    shard: Shard,
    /// Whether it holds every run of its shard, so that a line's number tells its run.
    is_complete: bool,
    /// Where the piece begins in the file.
    offset: u64,
    piece: Vec<u8>,
    /// Where the current line begins in the piece.
    at: usize,
    /// How many lines are behind.
    line: usize,
    /// Places to go back to: where every `stride`th line begins.
    marks: Vec<u64>,
    stride: usize,
}

impl Cursor {
    /// Before the first run of the folder `folder`, whose runs stand in `name`.
    pub fn new(folder: &Path, name: &str, shard: Shard, is_complete: bool) -> Cursor {
        Cursor {
            folder: folder.to_path_buf(),
            path: folder.join(name),
            shard,
            is_complete,
            offset: 0,
            piece: Vec::new(),
            at: 0,
            line: 0,
            marks: vec![0],
            stride: 1,
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Which runs the folder may hold.
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// The outcome of the run of this identity if the current line is its, and then goes on to the next line.
    ///
    /// # Errors
    /// What the system refuses, and a line that is not as it was written.
    pub fn take(&mut self, identity: &str) -> Result<Option<Outcome>, OutputError> {
        let Some(end) = self.fill()? else { return Ok(None) };
        let line = &self.piece[self.at..end];
        if identity_on(line) != Some(identity.as_bytes()) {
            return Ok(None);
        }
        let outcome = outcome_of(line).ok_or_else(|| OutputError::damaged(&self.path, "was changed meanwhile"))?;
        self.pass(end);
        Ok(Some(outcome))
    }

    /// The outcome of a run wherever it stands in the folder; `None` where it is not there.
    ///
    /// # Errors
    /// As those of [`Cursor::take`].
    pub fn find(&mut self, run: usize, identity: &str) -> Result<Option<Outcome>, OutputError> {
        if self.is_complete {
            let wanted = self.shard.place_of(run);
            if wanted < self.line {
                self.go_back(wanted);
            }
            while self.line < wanted {
                let Some(end) = self.fill()? else { return Ok(None) };
                self.pass(end);
            }
            return self.take(identity);
        }
        // Where runs are missing, only the lines themselves tell. Once around, beginning here.
        for _ in 0..2 {
            while let Some(end) = self.fill()? {
                if let Some(outcome) = self.take(identity)? {
                    return Ok(Some(outcome));
                }
                self.pass(end);
            }
            self.go_back(0);
        }
        Ok(None)
    }

    /// Whether no line is left.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn is_at_end(&mut self) -> Result<bool, OutputError> {
        Ok(self.fill()?.is_none())
    }

    /// Makes sure that the current line is in the piece; where it ends there, without its break. `None` at the end of the file.
    fn fill(&mut self) -> Result<Option<usize>, OutputError> {
        let mut searched = self.at;
        loop {
            if let Some(length) = self.piece[searched..].iter().position(|byte| *byte == b'\n') {
                return Ok(Some(searched + length));
            }
            if self.piece.len() - self.at > MAX_LINE {
                return Err(OutputError::damaged(&self.path, "has a line that is none of ours"));
            }
            self.piece.drain(..self.at);
            (self.offset, self.at) = (self.offset + self.at as u64, 0);
            searched = self.piece.len();
            if self.read_on().map_err(OutputError::io("read", &self.path))? == 0 {
                return Ok(None);
            }
        }
    }

    /// Adds what follows in the file to the piece; how many bytes that are.
    fn read_on(&mut self) -> io::Result<usize> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.offset + self.piece.len() as u64))?;
        file.take(PIECE as u64).read_to_end(&mut self.piece)
    }

    /// Goes on behind a line that ends at `end`.
    fn pass(&mut self, end: usize) {
        self.at = end + 1;
        self.line += 1;
        if self.line == self.marks.len() * self.stride {
            if self.marks.len() == MARKS {
                let mut number = 0;
                self.marks.retain(|_| {
                    number += 1;
                    number % 2 == 1
                });
                self.stride *= 2;
            }
            if self.line == self.marks.len() * self.stride {
                self.marks.push(self.offset + self.at as u64);
            }
        }
    }

    /// Goes back to the last mark at or before a line.
    fn go_back(&mut self, line: usize) {
        let mark = (line / self.stride).min(self.marks.len() - 1);
        (self.offset, self.line, self.at) = (self.marks[mark], mark * self.stride, 0);
        self.piece.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::journal::line_of;

    fn outcome(run: usize) -> Outcome {
        Outcome::failed(&format!("{run:064x}"), run as u64, &"why ".repeat(run % 7))
    }

    /// A folder with the runs of a shard but for some.
    fn folder(shard: Shard, runs: usize, is_missing: impl Fn(usize) -> bool) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let held = (0..runs).filter(|run| shard.has(*run) && !is_missing(*run));
        std::fs::write(folder.path().join("runs"), held.map(|run| line_of(&outcome(run))).collect::<String>()).unwrap();
        folder
    }

    #[test]
    fn runs_are_read_in_their_order_and_what_is_missing_is_passed_over() {
        let shard = Shard::parse("2/3").unwrap();
        let folder = folder(shard, 600, |run| run % 10 == 1);
        let mut cursor = Cursor::new(folder.path(), "runs", shard, false);
        for run in (0..600).filter(|run| shard.has(*run)) {
            let found = cursor.take(&outcome(run).identity).unwrap();
            assert_eq!(found, (run % 10 != 1).then(|| outcome(run)), "run {run}");
        }
        assert!(cursor.is_at_end().unwrap());
        assert_eq!(cursor.find(4, &outcome(4).identity).unwrap(), Some(outcome(4)));
        assert_eq!(cursor.find(31, &outcome(31).identity).unwrap(), None);
    }

    #[test]
    fn any_run_is_found_from_anywhere_with_a_bounded_number_of_marks() {
        let shard = Shard::parse("1/2").unwrap();
        let folder = folder(shard, 4_000, |_| false);
        let mut cursor = Cursor::new(folder.path(), "runs", shard, true);
        for i in 0..300 {
            let run = (i * 1_234) % 4_000;
            assert_eq!(cursor.find(run, &outcome(run).identity).unwrap(), Some(outcome(run)), "run {run}");
        }
        assert!(cursor.marks.len() <= MARKS && cursor.stride >= 8, "{} every {}", cursor.marks.len(), cursor.stride);
    }
}
