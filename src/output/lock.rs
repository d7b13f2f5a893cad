//! One process at a time in a folder: a file that the system locks for its owner.
//!
//! The lock is the system's, so it ends with its process, however that ends. The file is removed while the lock is held; who
//! then gets a lock on a file that no longer stands there tries again.

use super::error::OutputError;
use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The file that is locked.
pub const LOCK: &str = ".swarmsim.lock";
/// Marks a staging folder as ours.
const MARK: &str = "lock";
/// How often a lock is tried for on a file that goes away meanwhile.
const TRIES: u32 = 20;

/// A folder that is this process's alone.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: File,
}

/// Claims the folder `target` and creates the staging folder `partial` in it, clearing away what a dead process left.
pub(super) fn claim(target: &Path, partial: &Path) -> Result<Lock, OutputError> {
    let lock = acquire(target)?;
    if is_staging_folder(partial) {
        fs::remove_dir_all(partial).map_err(OutputError::io("remove", partial))?;
    }
    fs::create_dir_all(partial).map_err(OutputError::io("create", partial))?;
    let mark = partial.join(MARK);
    fs::write(&mark, format!("{}\n", std::process::id())).map_err(OutputError::io("create", &mark))?;
    Ok(lock)
}

/// Whether `partial` is a staging folder of ours.
pub(super) fn is_staging_folder(partial: &Path) -> bool {
    partial.join(MARK).is_file()
}

#[expect(clippy::incompatible_msrv, reason = "the lowest version is the core's; the command line needs a later one")]
fn acquire(target: &Path) -> Result<Lock, OutputError> {
    let path = target.join(LOCK);
    for _ in 0..TRIES {
        // Another process that gave up may just have removed the folder that it had made.
        fs::create_dir_all(target).map_err(OutputError::io("create", target))?;
        let opened = File::options().create(true).truncate(false).write(true).open(&path);
        let file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened.map_err(OutputError::io("create", &path))?,
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(target)),
            // Some shared file systems know no locks. There it is for those who start two processes in one folder to know better.
            Err(TryLockError::Error(error)) if knows_no_locks(&error) => {}
            Err(TryLockError::Error(error)) => return Err(OutputError::io("lock", &path)(error)),
        }
        let lock = Lock { path: path.clone(), file };
        if lock.is_held() {
            return Ok(lock);
        }
    }
    Err(busy(target))
}

/// Whether the file system has no locks, or its server is not up to them.
fn knows_no_locks(error: &io::Error) -> bool {
    #[cfg(unix)]
    let is_without = error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error());
    #[cfg(not(unix))]
    let is_without = false;
    is_without || error.kind() == io::ErrorKind::Unsupported
}

/// Whether a process of this machine (or of another one, where the file system tells) is at work in a folder.
#[expect(clippy::incompatible_msrv, reason = "the lowest version is the core's; the command line needs a later one")]
pub fn is_locked(folder: &Path) -> bool {
    let Ok(file) = File::options().write(true).open(folder.join(LOCK)) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// A sign of life: what is written here tells others, also on other machines, that the folder's owner is at work.
#[derive(Debug)]
pub struct Pulse(File);

impl Pulse {
    /// Writes a line in place of the last one.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn beat(&mut self, line: &str) -> io::Result<()> {
        self.0.set_len(0)?;
        self.0.seek(SeekFrom::Start(0))?;
        self.0.write_all(format!("{line}\n").as_bytes())
    }
}

fn busy(target: &Path) -> OutputError {
    OutputError::Refused {
        path: target.to_path_buf(),
        reason: "is being written by another process".into(),
        advice: "wait for it, or name another folder with --out".into(),
    }
}

impl Lock {
    /// Whether the file that is locked still stands in its place: then the folder is still ours.
    pub(super) fn is_held(&self) -> bool {
        match (self.file.metadata(), fs::metadata(&self.path)) {
            (Ok(locked), Ok(standing)) => is_same(&locked, &standing),
            _ => false,
        }
    }

    /// Refuses to go on in a folder that was taken away.
    pub(super) fn check(&self) -> Result<(), OutputError> {
        if self.is_held() {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(&self.path);
        Err(OutputError::io("write into", folder)(io::Error::other("the folder was removed or replaced meanwhile")))
    }

    /// What tells others that its owner is at work.
    pub(super) fn pulse(&self) -> Option<Pulse> {
        self.file.try_clone().ok().map(Pulse)
    }

    /// Lets go.
    pub(super) fn release(self) {
        if self.is_held() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn is_same(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}
