//! Whether a folder will do: what is wrong with it is found before the simulation begins.

use super::error::OutputError;
use super::folder::PARTIAL;
use super::purpose::{IfThere, JOURNAL, Purpose, RUNS};
use super::{lock, manifest, plots};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The subfolder of the plots.
const PLOTS: &str = "plots";

/// Files that do not make a folder count as used.
const NEGLIGIBLE: &[&str] = &[".gitkeep", ".gitignore", ".DS_Store", lock::LOCK];

/// Refuses a target that is no place for this purpose. `input` is the file that asks for it, whose own folder is refused.
pub(super) fn check(
    target: &Path,
    purpose: &Purpose,
    if_there: IfThere,
    input: Option<&Path>,
) -> Result<(), OutputError> {
    let refuse = |reason: &str, advice: &str| {
        Err(OutputError::Refused { path: target.to_path_buf(), reason: reason.into(), advice: advice.into() })
    };
    let (kind, elsewhere) = (purpose.kind, "name another folder with --out");
    if target.as_os_str().is_empty() {
        return refuse("the folder's name is empty", "name a folder with --out");
    }
    let metadata = match fs::metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(refuse_unwritable(target, OutputError::io("look into", target)(error))),
    };
    if !metadata.is_dir() {
        return refuse(&format!("is a file, and a {kind} needs a folder"), "name a folder with --out");
    }
    if let Some((name, what)) = obstacle(target, purpose) {
        return refuse(
            &format!("holds {what} \"{}\" in the way", super::text::clean(&name)),
            "remove it, or name another folder with --out",
        );
    }
    let is_of_kind = |found: &str| found == kind && if_there != IfThere::Refuse;
    let found = manifest::kind_in(target);
    // A sweep's folder holds the sweep itself, which may ask to be gone on with.
    let is_own = purpose.journal.is_some() && found.as_deref().is_some_and(is_of_kind);
    if input.is_some_and(|file| is_folder_of(target, file)) && !is_own {
        let what = if kind == "run" { "scenario" } else { kind };
        return refuse(&format!("is the folder of the {what} itself"), elsewhere);
    }
    let has_journal = target.join(JOURNAL).is_file();
    match found.as_deref() {
        Some(found) if is_of_kind(found) => Ok(()),
        Some(found) if found == kind => refuse(&format!("holds a {kind} already"), purpose.advice()),
        Some(found) => refuse(&format!("holds a {}", super::text::clean(found)), elsewhere),
        None if has_journal && purpose.journal.is_none() => {
            refuse("holds an experiment that is not finished", elsewhere)
        }
        None if has_journal && if_there == IfThere::Refuse => {
            refuse(&format!("holds a {kind} that is not finished"), purpose.advice())
        }
        None if has_journal || lock::is_staging_folder(&target.join(PARTIAL)) => Ok(()),
        None if if_there != IfThere::Refuse && holds_runs(target, purpose) => Ok(()),
        None if is_empty(target).map_err(|error| refuse_unwritable(target, error))? => Ok(()),
        None => refuse(&format!("is not empty and holds no {kind}"), "name a new or an empty folder with --out"),
    }
}

/// What stands where something is to be written and must not be touched: a folder in the place of a file, and a link (or a file) in
/// that of a folder, through which files of others would be written or removed.
fn obstacle(target: &Path, purpose: &Purpose) -> Option<(String, &'static str)> {
    let kind_of = |name: &str| fs::symlink_metadata(target.join(name)).ok().map(|found| found.file_type());
    for folder in [PARTIAL, PLOTS] {
        match kind_of(folder) {
            Some(kind) if kind.is_symlink() => return Some((folder.into(), "a link")),
            Some(kind) if !kind.is_dir() => return Some((folder.into(), "a file")),
            _ => {}
        }
    }
    if kind_of(lock::LOCK).is_some_and(|kind| kind.is_symlink()) {
        return Some((lock::LOCK.into(), "a link"));
    }
    let plots = plots::file_stems().flat_map(|stem| [format!("{PLOTS}/{stem}.svg"), format!("{PLOTS}/{stem}.png")]);
    let listed =
        manifest::files_in(target).into_iter().map(|entry| entry.name).filter(|name| super::folder::is_inside(name));
    let own = purpose.files.iter().chain(&purpose.journal).map(|name| (*name).to_owned());
    let mut files =
        [manifest::FILE_NAME, lock::LOCK].map(str::to_owned).into_iter().chain(own).chain(plots).chain(listed);
    files.find(|name| kind_of(name).is_some_and(|kind| kind.is_dir())).map(|name| (name, "a folder"))
}

/// Whether an experiment of this purpose stands there whose manifest was lost or damaged: its runs, each with its checksum, can
/// still be gone on with.
fn holds_runs(target: &Path, purpose: &Purpose) -> bool {
    let is_file = |name: &str| fs::symlink_metadata(target.join(name)).is_ok_and(|found| found.is_file());
    let mut begin = [0; 19];
    let is_ours =
        purpose.journal.is_some() && purpose.files.first().is_some_and(|first| is_file(first)) && is_file(RUNS);
    let mut read = || fs::File::open(target.join(RUNS)).and_then(|mut file| file.read_exact(&mut begin));
    is_ours && read().is_ok() && begin[..16].iter().all(u8::is_ascii_hexdigit) && &begin[16..] == b" {\""
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
        if !is_stillborn && !NEGLIGIBLE.iter().any(|name| entry.file_name() == *name) && !is_shard(&entry) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The folder, in that of a sweep, of what was written to have its parts done elsewhere.
pub const SUBMISSION: &str = "submit";

/// Whether it is the folder of a part of a sweep, of a worker on one, or of a submission: the whole stands beside it.
fn is_shard(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let name = name.to_str().unwrap_or_default();
    if name == SUBMISSION {
        return entry.path().is_dir();
    }
    let name = name.strip_prefix('.').and_then(|name| Some(name.split_once('.')?.0)).unwrap_or(name);
    let numbers = name.strip_prefix("shard-").and_then(|name| name.split_once("-of-"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    numbers.is_some_and(|(part, of)| is_number(part) && is_number(of)) && entry.path().is_dir()
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
