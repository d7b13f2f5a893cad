//! A folder for what nobody keeps.

use super::Failure;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How many names are tried.
const TRIES: u32 = 1000;

/// A new folder among the system's temporary ones; it goes with its owner.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A folder in whose name `purpose` stands.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn new(purpose: &str) -> Result<Scratch, Failure> {
        let all = std::env::temp_dir();
        for number in 0..TRIES {
            let path = all.join(format!("swarmsim-{purpose}-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Scratch(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(refused(&path, &error)),
            }
        }
        Err(refused(&all, &io::Error::other("there are too many folders of ours")))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    let path = super::past::shown(path);
    Failure::Failed(format!("{path}: cannot create a temporary folder: {error}; choose another place with TMPDIR"))
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
