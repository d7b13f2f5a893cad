//! The folder of a run or an experiment: written whole or not at all.
//!
//! Files are staged in the hidden subfolder `.partial` and moved into place at the end, the manifest
//! last, so a folder with a manifest is whole. What a crash leaves behind is recognized by its
//! `.partial` and written anew. Files that are not the simulator's stay untouched.

use super::error::OutputError;
use super::lock::{self, Lock, Pulse};
use super::manifest::{self, FileEntry, Manifest};
use super::plots;
use super::purpose::{IfThere, JOURNAL, Purpose};
use super::target;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The subfolder in which files are staged.
pub(super) const PARTIAL: &str = ".partial";

/// A folder in which a run is being written. Dropped before [`RunFolder::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct RunFolder {
    target: PathBuf,
    purpose: Purpose,
    if_there: IfThere,
    staged: Vec<FileEntry>,
    /// Files that stand there and stay.
    kept: Vec<FileEntry>,
    /// Folders that did not exist before, outermost first.
    created: Vec<PathBuf>,
    /// Held until the run is committed or given up.
    lock: Option<Lock>,
    /// What whoever ends the process at once has to clear away.
    staging: Staging,
}

/// What is staged, for those who end the process at once: [`Staging::abandon`] leaves nothing of it behind.
#[derive(Clone, Debug, Default)]
pub struct Staging(Arc<Mutex<Option<Leftovers>>>);

/// What a process that ends at once would leave: files first, then folders, which are removed where they are empty.
#[derive(Debug)]
struct Leftovers {
    partial: PathBuf,
    lock: PathBuf,
    created: Vec<PathBuf>,
}

impl Staging {
    /// Removes what is staged, and the folders that were made for it. While files are being moved into place it waits until all
    /// are, which takes no simulation. To be called by whoever then ends the process.
    pub fn abandon(&self) {
        let Some(left) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        // Whoever writes there meanwhile may have added something.
        for _ in 0..3 {
            if fs::remove_dir_all(&left.partial).is_ok() {
                break;
            }
        }
        let _ = fs::remove_file(&left.lock);
        for folder in left.created.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// A staged file being written. Only [`RunFolder::finish`] makes it part of the run.
#[derive(Debug)]
pub struct StagedFile {
    name: String,
    path: PathBuf,
    writer: BufWriter<File>,
    /// `None` while somebody else digests what is written.
    hasher: Option<blake3::Hasher>,
    bytes: u64,
    /// So many bytes the disk was given early.
    bytes_hurried: u64,
}

/// So much of a file is written before the disk is given it, instead of at the end, when everything waits for it.
const HURRY: u64 = 8 << 20;

impl RunFolder {
    /// Claims `target` for what it is to hold, before the simulation: what would fail at the end fails now.
    ///
    /// `if_there` says what is done where it holds that already; `input` is the file that asks for it, whose own folder is
    /// refused.
    pub fn prepare(
        target: &Path,
        purpose: Purpose,
        if_there: IfThere,
        input: Option<&Path>,
    ) -> Result<RunFolder, OutputError> {
        target::check(target, &purpose, if_there, input)?;
        let created = target::create(target)?;
        // From here on, dropping `folder` undoes what was created.
        let mut folder = RunFolder {
            target: target.to_path_buf(),
            purpose,
            if_there,
            staged: Vec::new(),
            kept: Vec::new(),
            created,
            lock: None,
            staging: Staging::default(),
        };
        match lock::claim(target, &folder.partial()) {
            Ok(lock) => {
                folder.lock = Some(lock);
                let created = folder.created.clone();
                let left = Leftovers { partial: folder.partial(), lock: target.join(lock::LOCK), created };
                *folder.staging.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
            }
            Err(error) => {
                folder.remove_created();
                return Err(target::refuse_unwritable(target, error));
            }
        }
        // Another process may have written here since the first look.
        target::check(target, &purpose, if_there, input)?;
        if if_there == IfThere::Replace {
            folder.remove_journal()?;
        }
        if manifest::kind_in(target).is_none() && if_there != IfThere::Resume {
            // Files that a crash left half-way through the moving belong to nothing. To go on, the runs among them are read again.
            folder.remove_old()?;
        }
        Ok(folder)
    }

    /// What is to be cleared away where the process is ended at once.
    pub fn staging(&self) -> Staging {
        self.staging.clone()
    }

    /// Refuses a target that [`RunFolder::prepare`] would refuse by what stands there, and touches nothing.
    ///
    /// # Errors
    /// Why it will not do.
    pub fn check(target: &Path, purpose: Purpose, if_there: IfThere, input: Option<&Path>) -> Result<(), OutputError> {
        target::check(target, &purpose, if_there, input)
    }

    /// What tells others that somebody is at work in it; `None` where the system gives no second handle.
    pub fn pulse(&self) -> Option<Pulse> {
        self.lock.as_ref().and_then(Lock::pulse)
    }

    /// Whether what stood in it is gone on with.
    pub fn resumes(&self) -> bool {
        self.if_there == IfThere::Resume
    }

    /// Where the journal of an experiment stands.
    pub fn journal(&self) -> PathBuf {
        self.target.join(self.purpose.journal.unwrap_or(JOURNAL))
    }

    fn remove_journal(&self) -> Result<(), OutputError> {
        self.purpose.journal.map_or(Ok(()), |name| remove_file(&self.target.join(name)))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.target
    }

    /// Where files are staged: plots and the report are drawn from what stands there.
    pub fn partial(&self) -> PathBuf {
        self.target.join(PARTIAL)
    }

    /// Begins a file of the run; `name` is relative to the folder, with `/`.
    pub fn create(&self, name: &str) -> Result<StagedFile, OutputError> {
        let path = self.reserve(name)?;
        let file = File::create(&path).map_err(OutputError::io("create", &path))?;
        let writer = BufWriter::with_capacity(1 << 16, file);
        let hasher = Some(blake3::Hasher::new());
        Ok(StagedFile { name: name.to_string(), path, writer, hasher, bytes: 0, bytes_hurried: 0 })
    }

    /// Ends a file: everything is on the disk, and it will be part of the run.
    pub fn finish(&mut self, file: StagedFile) -> Result<(), OutputError> {
        let StagedFile { name, path, writer, hasher, bytes, .. } = file;
        let inner = writer.into_inner().map_err(|e| e.into_error()).map_err(OutputError::io("write", &path))?;
        sync(&inner).map_err(OutputError::io("write", &path))?;
        let hasher = hasher.expect("whoever digested the file has told the digest");
        self.staged.retain(|entry| entry.name != name);
        self.staged.push(FileEntry { name, bytes, blake3: hasher.finalize().to_hex().to_string() });
        Ok(())
    }

    /// Writes a whole file of the run.
    pub fn write(&mut self, name: &str, content: &[u8]) -> Result<(), OutputError> {
        let mut file = self.create(name)?;
        let path = file.path.clone();
        file.write_all(content).map_err(OutputError::io("write", &path))?;
        self.finish(file)
    }

    /// Where a file is staged, for those that write it themselves; [`RunFolder::adopt`] then takes it up.
    pub(super) fn reserve(&self, name: &str) -> Result<PathBuf, OutputError> {
        let path = self.partial().join(name);
        self.check_lock()?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(OutputError::io("create", parent))?;
        }
        Ok(path)
    }

    /// Takes up a file that stands where [`RunFolder::reserve`] said.
    pub(super) fn adopt(&mut self, name: &str) -> Result<(), OutputError> {
        let path = self.partial().join(name);
        let content = fs::read(&path).map_err(OutputError::io("read", &path))?;
        let file = File::open(&path).map_err(OutputError::io("read", &path))?;
        sync(&file).map_err(OutputError::io("write", &path))?;
        let blake3 = blake3::hash(&content).to_hex().to_string();
        self.staged.retain(|entry| entry.name != name);
        self.staged.push(FileEntry { name: name.to_string(), bytes: content.len() as u64, blake3 });
        Ok(())
    }

    /// Makes a file that stands in the folder already part of what it holds, as it was listed and without touching it.
    /// For [`RunFolder::commit_drawn`].
    pub fn keep(&mut self, entry: &FileEntry) {
        self.kept.push(entry.clone());
    }

    /// The files finished and kept so far, by name.
    pub fn files(&self) -> Vec<FileEntry> {
        let mut files: Vec<FileEntry> = self.kept.iter().chain(&self.staged).cloned().collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        files
    }

    /// Moves everything into place, the manifest last. On failure nothing of the run remains.
    pub fn commit(self, manifest: Manifest) -> Result<Manifest, OutputError> {
        self.commit_as(|files| Manifest { files, ..manifest })
    }

    /// The same with any manifest, made of the files. The journal, which is not needed any more, goes last of all; on failure
    /// it stays.
    pub fn commit_as<M: Serialize>(mut self, make: impl FnOnce(Vec<FileEntry>) -> M) -> Result<M, OutputError> {
        let manifest = make(self.files());
        self.write(manifest::FILE_NAME, super::json_text(&manifest).as_bytes())?;
        self.staged.retain(|entry| entry.name != manifest::FILE_NAME);
        self.check_lock()?;
        // Whoever ends the process at once waits until this is over.
        let staging = self.staging.clone();
        let mut left = staging.0.lock().unwrap_or_else(PoisonError::into_inner);
        let result = self.remove_old().and_then(|()| self.place_all());
        match result {
            Ok(()) => {
                // Where it cannot be removed it does no harm: it holds what the folder holds.
                let _ = self.remove_journal();
                *left = None;
                self.lock.take().into_iter().for_each(Lock::release);
            }
            Err(_) => self.remove_placed(),
        }
        result.map(|()| manifest)
    }

    /// Moves what was drawn anew over what stands there, each file at once, and removes what is not listed any more. What was
    /// [kept](RunFolder::keep) is not touched, and at no moment the folder is without a manifest: whatever ends the process meanwhile,
    /// drawing once more mends it.
    pub fn commit_drawn<M: Serialize>(mut self, make: impl FnOnce(Vec<FileEntry>) -> M) -> Result<M, OutputError> {
        let manifest = make(self.files());
        let earlier = manifest::files_in(&self.target);
        self.write(manifest::FILE_NAME, super::json_text(&manifest).as_bytes())?;
        self.staged.retain(|entry| entry.name != manifest::FILE_NAME);
        self.check_lock()?;
        let staging = self.staging.clone();
        let mut left = staging.0.lock().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<String> = self.files().into_iter().map(|entry| entry.name).collect();
        self.place_all()?;
        for entry in earlier.iter().filter(|entry| is_inside(&entry.name) && !names.contains(&entry.name)) {
            remove_file(&self.target.join(&entry.name))?;
        }
        // Only where nothing is left in it.
        let _ = fs::remove_dir(self.target.join("plots"));
        *left = None;
        self.lock.take().into_iter().for_each(Lock::release);
        Ok(manifest)
    }

    fn check_lock(&self) -> Result<(), OutputError> {
        self.lock.as_ref().map_or(Ok(()), Lock::check)
    }

    /// Removes what was written earlier: first its manifest, since the folder is no longer whole. Where one file cannot be removed the
    /// others are all the same, so that nothing stays that looks like a part of something.
    fn remove_old(&self) -> Result<(), OutputError> {
        let listed = manifest::files_in(&self.target);
        remove_file(&self.target.join(manifest::FILE_NAME))?;
        let listed = listed.iter().map(|entry| entry.name.clone()).filter(|name| is_inside(name));
        let own = self.purpose.files.iter().map(|name| (*name).to_owned());
        let plots = plots::file_stems().flat_map(|stem| [format!("plots/{stem}.svg"), format!("plots/{stem}.png")]);
        let mut result = Ok(());
        for name in listed.chain(own).chain(plots) {
            result = result.and(remove_file(&self.target.join(name)));
        }
        // Only where nothing else stands in it.
        let _ = fs::remove_dir(self.target.join("plots"));
        result
    }

    fn place_all(&self) -> Result<(), OutputError> {
        for entry in &self.staged {
            self.place(&entry.name)?;
        }
        sync_folder(&self.target);
        self.place(manifest::FILE_NAME)?;
        fs::remove_dir_all(self.partial()).map_err(OutputError::io("remove", &self.partial()))?;
        sync_folder(&self.target);
        Ok(())
    }

    fn place(&self, name: &str) -> Result<(), OutputError> {
        let (from, to) = (self.partial().join(name), self.target.join(name));
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(OutputError::io("create", parent))?;
        }
        fs::rename(&from, &to).map_err(OutputError::io("move a file to", &to))
    }

    /// After a failed commit: the manifest first, so that no moment shows a whole folder.
    fn remove_placed(&self) {
        let _ = fs::remove_file(self.target.join(manifest::FILE_NAME));
        for entry in &self.staged {
            let _ = fs::remove_file(self.target.join(&entry.name));
        }
        let _ = fs::remove_dir(self.target.join("plots"));
    }

    fn remove_created(&self) {
        for folder in self.created.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        let Some(lock) = self.lock.take() else { return };
        let mut left = self.staging.0.lock().unwrap_or_else(PoisonError::into_inner);
        if left.take().is_some() && lock.is_held() {
            // Nobody is left to tell of a failure, and a leftover `.partial` is recognized next time.
            let _ = fs::remove_dir_all(self.partial());
            lock.release();
            self.remove_created();
        }
    }
}

impl StagedFile {
    /// Where it is staged.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it to somebody else to digest what is written, from the first byte on.
    pub(super) fn leave_digest(&mut self) {
        debug_assert_eq!(self.bytes, 0, "nothing is written yet");
        self.hasher = None;
    }

    /// The digest of what was written, from whoever it was [left to](StagedFile::leave_digest).
    pub(super) fn set_digest(&mut self, hasher: blake3::Hasher) {
        self.hasher = Some(hasher);
    }
}

impl Write for StagedFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..written]);
        }
        self.bytes += written as u64;
        if self.bytes - self.bytes_hurried >= HURRY {
            hurry(self.writer.get_ref(), self.bytes_hurried, self.bytes);
            self.bytes_hurried = self.bytes;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Whether a name from a manifest stays inside the folder.
pub(super) fn is_inside(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

fn remove_file(path: &Path) -> Result<(), OutputError> {
    match fs::remove_file(path) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(OutputError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Makes a file's bytes durable. What is no regular file (a pipe, a device) cannot be and need not.
fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

/// Has the disk begin with a part of a file, and does not wait for it: what goes wrong is told by [`sync`]. That nobody needs the part any
/// more is how Linux is told so; it forgets only what is on the disk already, and so nothing that was just written.
fn hurry(file: &File, from: u64, to: u64) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(file, from, std::num::NonZeroU64::new(to - from), rustix::fs::Advice::DontNeed);
    #[cfg(not(target_os = "linux"))]
    let _ = (file, from, to);
}

/// Makes the names in a folder durable, where the system can.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
