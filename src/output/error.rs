//! What can go wrong between a run and its files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a run's files could not be written or read.
#[derive(Debug)]
pub enum OutputError {
    /// The folder asked for will not do. Nothing was written: bad input, not a failure.
    Refused {
        /// The folder.
        path: PathBuf,
        /// What is the matter with it.
        reason: String,
        /// What to do instead.
        advice: String,
    },
    /// The system refused an operation on a file.
    Io {
        /// What was attempted, as a verb: `write`, `rename`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file that was read is not what it should be.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
}

impl OutputError {
    /// True where the user asked for something impossible and nothing was done (as opposed to a failure).
    pub fn is_bad_input(&self) -> bool {
        matches!(self, OutputError::Refused { .. })
    }

    /// The file or folder in question.
    pub fn path(&self) -> &Path {
        match self {
            OutputError::Refused { path, .. } | OutputError::Io { path, .. } | OutputError::Damaged { path, .. } => {
                path
            }
        }
    }

    /// For `map_err`: an I/O error with what was attempted and where.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OutputError {
        move |source| OutputError::Io { action, path: path.to_path_buf(), source }
    }

    pub(crate) fn damaged(path: &Path, reason: impl fmt::Display) -> OutputError {
        OutputError::Damaged { path: path.to_path_buf(), reason: reason.to_string() }
    }
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutputError::Refused { path, reason, advice } => write!(f, "{}: {reason}; {advice}", shown(path)),
            OutputError::Io { action, path, source } => {
                write!(f, "{}: cannot {action}: {source}", shown(path))?;
                match source.kind() {
                    io::ErrorKind::StorageFull => write!(f, "; free some space, or choose another folder with --out"),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                        write!(f, "; choose another folder with --out")
                    }
                    _ => Ok(()),
                }
            }
            OutputError::Damaged { path, reason } => {
                write!(f, "{}: {reason}; run the scenario again to write it anew", shown(path))
            }
        }
    }
}

impl std::error::Error for OutputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OutputError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A path fit for a terminal: control characters are shown, not obeyed.
fn shown(path: &Path) -> String {
    super::text::clean(&path.display().to_string())
}
