//! What has been run so far, by identity: a file to which each outcome is added as it comes.
//!
//! A line is the BLAKE3 digest of what follows it, a blank, and an [`Outcome`] as JSON. It is written with one call, so a process
//! that is killed leaves whole lines and perhaps one that breaks off; whatever does not fit its digest is passed over, and its run is
//! done again. In memory there is where each run's line stands, and nothing of the runs themselves.

use super::Outcome;
use crate::output::OutputError;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Hexadecimal digits of a line's digest: enough against accidents.
const DIGEST_DIGITS: usize = 16;
/// The longest line that is read, in bytes: those of ours have some thousands.
const MAX_LINE: u64 = 1 << 20;

/// Outcomes on the disk.
///
/// ```
/// use swarmsim::experiment::{Journal, Outcome};
///
/// let place = tempfile::tempdir().unwrap();
/// let path = place.path().join("journal");
/// let mut journal = Journal::open(&path).unwrap();
/// let mut outcome = Outcome::failed(&"a".repeat(64), 1, "");
/// outcome.status = swarmsim::experiment::Status::Complete;
/// journal.append(&outcome).unwrap();
/// drop(journal);
/// // Another process, later.
/// let mut journal = Journal::read(&path).unwrap();
/// assert_eq!((journal.len(), journal.damaged()), (1, 0));
/// assert_eq!(journal.get(&outcome.identity).unwrap(), Some(outcome));
/// ```
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Where the lines stand, by the first half of their runs' identities.
    places: BTreeMap<[u8; 16], Place>,
    end: u64,
    damaged: u64,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    offset: u64,
    bytes: u32,
}

impl Journal {
    /// Opens a journal to read it and add to it; makes one where there is none.
    ///
    /// # Errors
    /// What the system refuses, and what is no file: a link may lead to a file of somebody else's, which is not to be cut and
    /// added to. Damaged lines are no error: see [`Journal::damaged`].
    pub fn open(path: &Path) -> Result<Journal, OutputError> {
        if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            return Err(OutputError::Refused {
                path: path.to_path_buf(),
                reason: "is a link or a folder, and no file of ours".into(),
                advice: "remove it".into(),
            });
        }
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let journal = Journal::of(path, opened.map_err(OutputError::io("open", path))?)?;
        // A line that breaks off would spoil the one that is added to it.
        journal.file.set_len(journal.end).map_err(OutputError::io("write", path))?;
        Ok(journal)
    }

    /// Opens a journal that is only read.
    ///
    /// # Errors
    /// What the system refuses, also that there is none.
    pub fn read(path: &Path) -> Result<Journal, OutputError> {
        Journal::of(path, File::open(path).map_err(OutputError::io("read", path))?)
    }

    fn of(path: &Path, file: File) -> Result<Journal, OutputError> {
        let mut journal = Journal { path: path.to_path_buf(), file, places: BTreeMap::new(), end: 0, damaged: 0 };
        journal.scan().map_err(OutputError::io("read", path))?;
        Ok(journal)
    }

    /// Finds the lines. Those of failed runs are left out, so that they are tried again.
    fn scan(&mut self) -> io::Result<()> {
        let mut reader = BufReader::with_capacity(1 << 16, &self.file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let bytes = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut line)? as u64;
            let is_whole = line.last() == Some(&b'\n');
            line.truncate(line.len() - usize::from(is_whole));
            if bytes == 0 || (!is_whole && bytes < MAX_LINE) {
                self.damaged += u64::from(bytes > 0);
                return Ok(());
            }
            match outcome_of(&line) {
                Some(outcome) if is_whole && outcome.is_failed() => {}
                Some(outcome) if is_whole => {
                    let place = Place { offset: self.end, bytes: line.len() as u32 };
                    self.places.insert(key(&outcome.identity), place);
                }
                _ => self.damaged += 1,
            }
            self.end += bytes;
        }
    }

    /// Adds an outcome, unless its run is there already.
    ///
    /// # Errors
    /// What the system refuses. What was written by then is cut off again, so that the journal stays whole.
    pub fn append(&mut self, outcome: &Outcome) -> Result<(), OutputError> {
        if self.contains(&outcome.identity) {
            return Ok(());
        }
        let text = line_of(outcome);
        let written = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| self.file.write_all(text.as_bytes()));
        if let Err(error) = written {
            // Where even that is refused, the line's digest tells.
            let _ = self.file.set_len(self.end);
            return Err(OutputError::io("write", &self.path)(error));
        }
        let place = Place { offset: self.end, bytes: text.len() as u32 - 1 };
        self.places.insert(key(&outcome.identity), place);
        self.end += text.len() as u64;
        Ok(())
    }

    /// Whether the run of this identity is there.
    pub fn contains(&self, identity: &str) -> bool {
        self.places.contains_key(&key(identity))
    }

    /// The outcome of this identity; `None` where it is not there, or no longer as it was written.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn get(&mut self, identity: &str) -> Result<Option<Outcome>, OutputError> {
        let Some(place) = self.places.get(&key(identity)).copied() else { return Ok(None) };
        let mut line = vec![0; place.bytes as usize];
        let read = self.file.seek(SeekFrom::Start(place.offset)).and_then(|_| self.file.read_exact(&mut line));
        match read {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                Err(OutputError::io("read", &self.path)(error))
            }
            _ => Ok(outcome_of(&line).filter(|outcome| outcome.identity == identity)),
        }
    }

    /// How many runs it holds.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many lines were damaged when it was opened.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes what was added durable.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn sync(&self) -> Result<(), OutputError> {
        self.file.sync_all().map_err(OutputError::io("write", &self.path))
    }
}

/// Every whole outcome of a journal, in the order of its lines.
///
/// # Errors
/// What the system refuses.
pub fn outcomes(path: &Path) -> Result<Vec<Outcome>, OutputError> {
    let text = std::fs::read(path).map_err(OutputError::io("read", path))?;
    Ok(text.split(|byte| *byte == b'\n').filter_map(outcome_of).collect())
}

/// An outcome as a line of a journal, its line break included. The same outcome is the same line.
pub fn line_of(outcome: &Outcome) -> String {
    let json = serde_json::to_string(outcome).expect("an outcome is plain data");
    format!("{} {json}\n", digest(json.as_bytes()))
}

/// The identity of the run on a line, without a look at the rest; `None` where the line does not begin like one of ours.
pub fn identity_on(line: &[u8]) -> Option<&[u8]> {
    let rest = line.get(DIGEST_DIGITS..)?.strip_prefix(b" {\"identity\":\"")?;
    rest.split(|byte| *byte == b'"').next()
}

/// The outcome on a line without its break; `None` where it does not fit its digest.
pub fn outcome_of(line: &[u8]) -> Option<Outcome> {
    let (told, rest) = line.split_at_checked(DIGEST_DIGITS)?;
    let json = rest.strip_prefix(b" ")?;
    if digest(json).as_bytes() != told {
        return None;
    }
    let outcome: Outcome = serde_json::from_slice(json).ok()?;
    let is_of_this_version = outcome.metrics.len() == crate::metrics::METRIC_NAMES.len();
    (is_of_this_version && outcome.completion_curve_s.len() == 100).then_some(outcome)
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..DIGEST_DIGITS].to_owned()
}

/// Identities are long; half of one tells them apart.
fn key(identity: &str) -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&blake3::hash(identity.as_bytes()).as_bytes()[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::super::outcome::Status;
    use super::*;
    use crate::metrics::METRIC_NAMES;
    use std::fs;

    fn outcome(seed: u64) -> Outcome {
        Outcome {
            identity: format!("{seed:064x}"),
            seed,
            status: Status::Incomplete,
            digest: format!("{seed:032x}"),
            events: seed * 1_000,
            metrics: (0..METRIC_NAMES.len()).map(|i| (i % 7 != 0).then_some(0.1 * seed as f64 + i as f64)).collect(),
            completion_curve_s: (0..100).map(|k| (k < 90).then_some(1.0 / (k as f64 + 3.0))).collect(),
            unmet: vec![],
        }
    }

    fn filled(path: &Path, runs: u64) {
        let mut journal = Journal::open(path).unwrap();
        (0..runs).for_each(|seed| journal.append(&outcome(seed)).unwrap());
        assert_eq!(journal.get(&outcome(1).identity).unwrap(), Some(outcome(1)), "also before it is opened anew");
    }

    #[test]
    fn what_is_added_is_there_when_it_is_opened_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        filled(&path, 5);
        let mut journal = Journal::open(&path).unwrap();
        journal.append(&outcome(7)).unwrap();
        journal.append(&outcome(7)).unwrap();
        assert_eq!((journal.len(), journal.damaged()), (6, 0));
        for seed in [0, 4, 7] {
            assert_eq!(journal.get(&outcome(seed).identity).unwrap(), Some(outcome(seed)));
        }
        assert_eq!(journal.get("unknown").unwrap(), None);
    }

    #[test]
    fn whatever_byte_it_is_cut_at_the_whole_lines_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        filled(&path, 3);
        let whole = fs::read(&path).unwrap();
        let line = whole.len() / 3;
        for cut in (0..whole.len()).step_by(97).chain([line - 1, line, line + 1, whole.len() - 1]) {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut journal = Journal::open(&path).unwrap();
            let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(journal.len(), lines, "cut at {cut}");
            (0..3).for_each(|seed| journal.append(&outcome(seed)).unwrap());
            drop(journal);
            assert_eq!(fs::read(&path).unwrap(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn damaged_lines_are_passed_over_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        filled(&path, 4);
        let bytes = fs::read(&path).unwrap();
        let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        lines[1][60] ^= 1;
        lines.insert(2, [&b"\n\xff\xfe garbage\n0123456789abcdef {}\n"[..], &vec![b'x'; 3 << 20], b"\n"].concat());
        fs::write(&path, lines.concat()).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        assert!(journal.damaged() >= 4, "{}", journal.damaged());
        assert_eq!(journal.get(&outcome(1).identity).unwrap(), None);
        for seed in [0, 2, 3] {
            assert_eq!(journal.get(&outcome(seed).identity).unwrap(), Some(outcome(seed)));
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_a_link_leads_to_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (theirs, path) = (folder.path().join("theirs"), folder.path().join("journal"));
        fs::write(&theirs, "a line\nand one without an end").unwrap();
        std::os::unix::fs::symlink(&theirs, &path).unwrap();
        let error = Journal::open(&path).unwrap_err();
        assert!(error.is_bad_input() && error.to_string().contains("is a link or a folder"), "{error}");
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "a line\nand one without an end");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(folder.path().join("nowhere"), &path).unwrap();
        assert!(Journal::open(&path).is_err() && !folder.path().join("nowhere").exists());
    }

    #[test]
    fn an_identity_is_read_without_the_rest() {
        let line = line_of(&outcome(5));
        assert_eq!(identity_on(line.as_bytes()), Some(outcome(5).identity.as_bytes()));
        assert_eq!((identity_on(b""), identity_on(b"0123456789abcdef {}")), (None, None));
    }

    #[test]
    fn failed_runs_are_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        Journal::open(&path).unwrap().append(&Outcome::failed("x", 1, "a bug")).unwrap();
        assert!(!Journal::open(&path).unwrap().contains("x"));
    }
}
