//! Whether a folder will do for a run: what is wrong with it is found before the simulation begins.

use super::error::OutputError;
use super::folder::PARTIAL;
use super::{lock, manifest};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Files that do not make a folder count as used.
const NEGLIGIBLE: &[&str] = &[".gitkeep", ".gitignore", ".DS_Store", lock::LOCK];

/// Refuses a target that is no place for a run.
pub(super) fn check(target: &Path, force: bool, scenario: Option<&Path>) -> Result<(), OutputError> {
    let refuse = |reason: &str, advice: &str| {
        Err(OutputError::Refused { path: target.to_path_buf(), reason: reason.into(), advice: advice.into() })
    };
    if target.as_os_str().is_empty() {
        return refuse("the folder's name is empty", "name a folder with --out");
    }
    let metadata = match fs::metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(refuse_unwritable(target, OutputError::io("look into", target)(error))),
    };
    if !metadata.is_dir() {
        return refuse("is a file, and a run needs a folder", "name a folder with --out");
    }
    if scenario.is_some_and(|file| is_folder_of(target, file)) {
        return refuse("is the folder of the scenario itself", "name another folder with --out");
    }
    match manifest::kind_in(target).as_deref() {
        Some("run") if force => Ok(()),
        Some("run") => refuse("holds a run already", "overwrite it with --force, or name another folder with --out"),
        Some(kind) => refuse(&format!("holds a {}", super::text::clean(kind)), "name another folder with --out"),
        None if lock::is_staging_folder(&target.join(PARTIAL)) => Ok(()),
        None if is_empty(target).map_err(|error| refuse_unwritable(target, error))? => Ok(()),
        None => refuse("is not empty and holds no run", "name a new or an empty folder with --out"),
    }
}

/// Whether `folder` is the one that `file` stands in.
fn is_folder_of(folder: &Path, file: &Path) -> bool {
    let parent = file.canonicalize().ok().and_then(|file| file.parent().map(Path::to_path_buf));
    parent.is_some() && parent == folder.canonicalize().ok()
}

fn is_empty(folder: &Path) -> Result<bool, OutputError> {
    for entry in fs::read_dir(folder).map_err(OutputError::io("read", folder))? {
        let entry = entry.map_err(OutputError::io("read", folder))?;
        // An empty staging folder is what is left of a run that had hardly begun.
        let is_stillborn =
            entry.file_name() == PARTIAL && fs::read_dir(entry.path()).is_ok_and(|mut e| e.next().is_none());
        if !is_stillborn && !NEGLIGIBLE.iter().any(|name| entry.file_name() == *name) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Creates `target` and what lies above it; returns what did not exist, outermost first.
pub(super) fn create(target: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let missing: Vec<PathBuf> = target
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
        .map(Path::to_path_buf)
        .collect();
    let mut created = Vec::new();
    for folder in missing.into_iter().rev() {
        match fs::create_dir(&folder) {
            Ok(()) => created.push(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                for folder in created.iter().rev() {
                    let _ = fs::remove_dir(folder);
                }
                return Err(refuse_unwritable(&folder, OutputError::io("create", &folder)(error)));
            }
        }
    }
    Ok(created)
}

/// A folder that cannot be written to is the wrong folder; other errors stay what they are.
pub(super) fn refuse_unwritable(target: &Path, error: OutputError) -> OutputError {
    let OutputError::Io { source, .. } = &error else { return error };
    let reason = match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "cannot be written to",
        io::ErrorKind::NotADirectory => "leads through a file",
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename => "is no valid path",
        _ => return error,
    };
    OutputError::Refused {
        path: target.to_path_buf(),
        reason: format!("{reason} ({source})"),
        advice: "name another folder with --out".into(),
    }
}
