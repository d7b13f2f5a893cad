//! One process at a time in a folder: a file that names its owner.

use super::error::OutputError;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

const LOCK: &str = "lock";

/// Creates the staging folder `partial` for this process, clearing away what a dead one left.
pub(super) fn claim(partial: &Path) -> Result<(), OutputError> {
    if is_staging_folder(partial) {
        if let Some(owner) = living_owner(partial) {
            return Err(OutputError::Refused {
                path: partial.parent().unwrap_or(partial).to_path_buf(),
                reason: format!("is being written by process {owner}"),
                advice: format!(
                    "wait for it, or name another folder with --out; if no such process is at work, remove {}",
                    partial.display()
                ),
            });
        }
        fs::remove_dir_all(partial).map_err(OutputError::io("remove", partial))?;
    }
    fs::create_dir(partial).map_err(OutputError::io("create", partial))?;
    let path = partial.join(LOCK);
    write_owner(&path).map_err(|error| {
        let _ = fs::remove_dir_all(partial);
        OutputError::io("create", &path)(error)
    })
}

/// Whether `partial` is a staging folder of ours: it holds a lock, or nothing at all.
pub(super) fn is_staging_folder(partial: &Path) -> bool {
    let is_empty = || fs::read_dir(partial).is_ok_and(|mut entries| entries.next().is_none());
    partial.join(LOCK).is_file() || is_empty()
}

fn write_owner(path: &Path) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    let pid = std::process::id();
    file.write_all(format!("{pid} {}\n", start_of(pid).unwrap_or_default()).as_bytes())
}

/// The process that holds the lock, if it may still be alive.
fn living_owner(partial: &Path) -> Option<u32> {
    let text = fs::read_to_string(partial.join(LOCK)).ok()?;
    let mut parts = text.split_whitespace();
    let pid = parts.next()?.parse().ok()?;
    match parts.next() {
        // A process number may have been given out again; the instant at which it started tells.
        Some(start) if start_of(std::process::id()).is_some() => (start_of(pid)? == start).then_some(pid),
        _ => Some(pid),
    }
}

/// When a process started, in the system's ticks; `None` where the system does not tell.
fn start_of(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the command in parentheses and may hold anything; the start is field 22.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19).map(str::to_string)
}
