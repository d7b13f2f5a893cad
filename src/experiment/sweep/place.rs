//! Where a shard is done, so that several workers get along that know nothing of each other.
//!
//! Whoever hands out shards may hand one out twice: a node that was given up for dead goes on, or a job is queued again too soon. So each
//! worker has a folder of its own beside the shard's, `.shard-2-of-4.HOST-PID-TIME`, and moves it into the shard's place when it is done,
//! at one stroke. Runs that others have left unfinished are taken over by reading and never by writing. Whoever comes second finds the
//! shard there, the same bytes, and throws its own away. No lock is needed for any of that, on whatever file system.

use super::plan::Plan;
use super::results::RUNS;
use super::run::Shard;
use crate::MODEL_REVISION;
use crate::output::{ExperimentManifest, OutputError, Purpose, is_locked};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How often a folder is moved where another worker moves one to at the same time.
const TRIES: usize = 5;

/// The place of a shard.
#[derive(Clone, Debug)]
pub struct Place {
    whole: PathBuf,
    shard: Shard,
}

/// What stands in a shard's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Nothing,
    /// All runs of the shard, none failed, each file as it was written.
    Whole,
    /// Some of its runs, failed ones, or damaged files: to be gone on with.
    Part,
    /// A result of another sweep, of an earlier form of this one, or of another version of the program.
    Other,
}

impl Place {
    /// The place of `shard` in the folder of the whole sweep.
    pub fn new(whole: &Path, shard: Shard) -> Place {
        Place { whole: whole.to_path_buf(), shard }
    }

    /// The shard's folder.
    pub fn folder(&self) -> PathBuf {
        self.whole.join(self.shard.folder())
    }

    /// A worker's own folder; `worker` is a name that no other has.
    pub fn work(&self, worker: &str) -> PathBuf {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let worker: String = worker.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        self.whole.join(format!(".{}.{worker}", self.shard.folder()))
    }

    /// What stands there of the sweep of this digest.
    pub fn standing(&self, experiment: &str) -> Standing {
        self.standing_in(&self.folder(), experiment)
    }

    fn standing_in(&self, folder: &Path, experiment: &str) -> Standing {
        let manifest = match ExperimentManifest::read(folder, Purpose::SWEEP.kind) {
            Ok(manifest) => manifest,
            Err(OutputError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return if folder.join(RUNS).exists() { Standing::Part } else { Standing::Nothing };
            }
            Err(_) => return Standing::Part,
        };
        let own = (env!("CARGO_PKG_VERSION"), MODEL_REVISION);
        let is_of_this = manifest.experiment == experiment
            && (manifest.swarmsim.as_str(), manifest.model_revision) == own
            && manifest.shard.as_deref() == Some(self.shard.to_string().as_str());
        let is_whole = manifest.complete && manifest.failed == 0;
        match (is_of_this, is_whole) {
            (false, _) => Standing::Other,
            (true, true) if manifest.files.iter().all(|entry| entry.is_as_written(folder)) => Standing::Whole,
            (true, _) => Standing::Part,
        }
    }

    /// Folders of workers on this shard, whether they are at work or not.
    pub fn workers(&self) -> Vec<PathBuf> {
        let prefix = format!(".{}.", self.shard.folder());
        let Ok(entries) = fs::read_dir(&self.whole) else { return Vec::new() };
        let is_ours = |path: &PathBuf| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&prefix))
        };
        let mut folders: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(is_ours).filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    }

    /// The files in which runs of this shard may stand that were done before.
    pub fn earlier(&self) -> Vec<PathBuf> {
        let journal = Purpose::SWEEP.journal.unwrap_or(RUNS);
        let folders = self.workers().into_iter().chain([self.folder()]);
        let files = folders.flat_map(|folder| [folder.join(journal), folder.join(RUNS)]);
        files.filter(|file| file.symlink_metadata().is_ok_and(|found| found.is_file())).collect()
    }

    /// Moves what a worker has done into the shard's place; it replaces what is less. Whether it was the worker's own that went there:
    /// else another one's is there, whole, and the worker's is removed.
    ///
    /// # Errors
    /// What the system refuses. What the worker has done then stays in its own folder.
    pub fn publish(&self, work: &Path, plan: &Plan) -> Result<bool, OutputError> {
        let folder = self.folder();
        let mut aside = work.as_os_str().to_owned();
        aside.push("-earlier");
        let aside = PathBuf::from(aside);
        for _ in 0..TRIES {
            if self.standing(plan.digest()) == Standing::Whole {
                // Nothing is lost: the same runs have the same bytes.
                let _ = fs::remove_dir_all(work);
                return Ok(false);
            }
            // Where another worker was quicker there is nothing to move.
            let _ = fs::rename(&folder, &aside);
            if self.standing_in(&aside, plan.digest()) == Standing::Whole {
                // It was finished between the two looks.
                let _ = fs::rename(&aside, &folder);
                continue;
            }
            match fs::rename(work, &folder) {
                Ok(()) => {
                    sync(&self.whole);
                    let _ = fs::remove_dir_all(&aside);
                    return Ok(true);
                }
                Err(error) if !folder.exists() => return Err(OutputError::io("move a folder to", &folder)(error)),
                Err(_) => {}
            }
        }
        let busy = io::Error::other("others move folders there at the same time");
        Err(OutputError::io("move a folder to", &folder)(busy))
    }

    /// Removes what workers have left that are no longer at work. To be called once the shard is whole.
    pub fn clear(&self) {
        for folder in self.workers().into_iter().filter(|folder| !is_locked(folder)) {
            // Where it stays, it does no harm.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// Makes the names in a folder durable, where the system can.
fn sync(folder: &Path) {
    if let Ok(folder) = fs::File::open(folder) {
        let _ = folder.sync_all();
    }
}
