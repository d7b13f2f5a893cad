//! One process at a time in a folder: a file that the system locks for its owner.
//!
//! The lock is the system's, so it ends with its process, however that ends. The file is removed while the lock is held; who
//! then gets a lock on a file that no longer stands there tries again.

use super::error::OutputError;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// The file that is locked.
pub(super) const LOCK: &str = ".swarmsim.lock";
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
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            opened => opened.map_err(OutputError::io("create", &path))?,
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(target)),
            Err(TryLockError::Error(error)) => return Err(OutputError::io("lock", &path)(error)),
        }
        let lock = Lock { path: path.clone(), file };
        if lock.is_held() {
            return Ok(lock);
        }
    }
    Err(busy(target))
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
        Err(OutputError::io("write into", folder)(std::io::Error::other(
            "the folder was removed or replaced meanwhile",
        )))
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
