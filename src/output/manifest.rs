//! `manifest.json`: what a run's folder holds and where it came from. Its presence says that the folder is whole.

use super::error::OutputError;
use std::fs;
use std::io;
use std::path::Path;

/// The manifest's name in a folder.
pub const FILE_NAME: &str = "manifest.json";

/// The most bytes a manifest may have.
const BYTES_AT_MOST: u64 = 16 << 20;

/// The version of the manifest's own layout.
pub const SCHEMA_VERSION: u32 = 1;

/// What the folder holds according to its manifest, of whatever version; `None` where there is none of ours.
pub fn kind_in(folder: &Path) -> Option<String> {
    let manifest: serde_json::Value = serde_json::from_slice(&read_file(&folder.join(FILE_NAME)).ok()?).ok()?;
    manifest.get("swarmsim")?;
    manifest.get("kind")?.as_str().map(str::to_string)
}

/// The files that the manifest in a folder lists, of whatever kind; none where there is none of ours.
pub(super) fn files_in(folder: &Path) -> Vec<FileEntry> {
    #[derive(serde::Deserialize)]
    struct Listed {
        files: Vec<FileEntry>,
    }
    let text = read_file(&folder.join(FILE_NAME));
    text.ok().and_then(|text| serde_json::from_slice::<Listed>(&text).ok()).map_or_else(Vec::new, |listed| listed.files)
}

/// Reads a manifest, which is a regular file of moderate size or not one of ours.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() || metadata.len() > BYTES_AT_MOST {
        return Err(io::Error::other("is no manifest of a run"));
    }
    fs::read(path)
}

/// A larger scenario (it may hold measured values by the million) stands in `scenario.json` alone.
const SCENARIO_BYTES_AT_MOST: usize = 1 << 20;

/// A resolved scenario as the manifest holds it.
pub(super) fn resolved(scenario: &serde_json::Value) -> Option<serde_json::Value> {
    (super::json_text(scenario).len() <= SCENARIO_BYTES_AT_MOST).then(|| scenario.clone())
}

/// A run's manifest. All but `timing` is the same for the same scenario, seed and version.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Manifest {
    /// The version of this layout.
    pub schema: u32,
    /// What the folder holds: `run`.
    pub kind: String,
    /// The version of the simulator.
    pub swarmsim: String,
    /// The revision of the simulated model: runs of different revisions are not comparable bit by bit.
    pub model_revision: u32,
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Digest of the event stream.
    pub digest: String,
    /// The command-line arguments that changed the scenario, in their order.
    pub arguments: Vec<String>,
    /// The scenario with every default written out, as in `scenario.json`; absent where that is very large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_scenario: Option<serde_json::Value>,
    /// The files of the run by name, without this one.
    pub files: Vec<FileEntry>,
    /// What differs between two equal runs.
    pub timing: Timing,
}

/// The manifest of an experiment: many runs in one folder. No byte of it depends on how it came about.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct ExperimentManifest {
    /// The version of this layout.
    pub schema: u32,
    /// What the folder holds: `sweep` or `comparison`.
    pub kind: String,
    /// The version of the simulator.
    pub swarmsim: String,
    /// The revision of the simulated model: runs of different revisions are not comparable bit by bit.
    pub model_revision: u32,
    /// The experiment's name.
    pub name: String,
    /// BLAKE3 digest of what was asked for, in hexadecimal: equal for equal experiments.
    pub experiment: String,
    /// Which part of the runs this is, `2/4`; absent where it is all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Runs that the experiment (or this part of it) has.
    pub planned: u64,
    /// Runs that were done, those that failed among them. Fewer than planned: it was interrupted, and can be resumed.
    pub done: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Whether every run was done: `false` marks what an interrupted experiment left.
    pub complete: bool,
    /// The files by name, without this one.
    pub files: Vec<FileEntry>,
}

/// What `manifest.json` may hold; `kind` tells which.
#[derive(Clone, Debug, PartialEq, serde::Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum AnyManifest {
    /// `run`
    Run(Manifest),
    /// `sweep` or `comparison`
    Experiment(ExperimentManifest),
}

impl ExperimentManifest {
    /// Reads the manifest of the experiment of this kind in `folder`.
    pub fn read(folder: &Path, kind: &str) -> Result<ExperimentManifest, OutputError> {
        let path = folder.join(FILE_NAME);
        let text = read_file(&path).map_err(OutputError::io("read", &path))?;
        let found = kind_in(folder).unwrap_or_else(|| "file of another program".into());
        if found != kind {
            return Err(OutputError::damaged(
                &path,
                format!("describes a {}, not a {kind}", super::text::clean(&found)),
            ));
        }
        serde_json::from_slice(&text).map_err(|e| OutputError::damaged(&path, e))
    }
}

/// A file of a run.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct FileEntry {
    /// Its name, relative to the folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// BLAKE3 digest of its content, in hexadecimal.
    pub blake3: String,
}

/// How a run went on this machine.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Timing {
    /// When it started, in seconds since 1970 (UTC).
    pub started_unix_s: u64,
    /// How long the simulation took, in seconds of wall time.
    pub wall_s: f64,
    /// Events handled per second of wall time; `null` where too short to say.
    pub events_per_s: Option<f64>,
    /// The most memory the process held, where the system tells.
    #[serde(default)]
    pub peak_memory_bytes: Option<u64>,
}

impl Manifest {
    /// Reads the manifest of the run in `folder`.
    pub fn read(folder: &Path) -> Result<Manifest, OutputError> {
        let path = folder.join(FILE_NAME);
        let text = read_file(&path).map_err(OutputError::io("read", &path))?;
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|e| OutputError::damaged(&path, e))?;
        if manifest.kind != "run" {
            return Err(OutputError::damaged(&path, format!("describes a {}, not a run", manifest.kind)));
        }
        Ok(manifest)
    }

    /// What no run of ours could have written, if there is anything of the kind; the manifest itself was read.
    pub fn rubbish(&self) -> Option<String> {
        if self.schema != SCHEMA_VERSION {
            return Some(format!("its layout has version {}, and this program reads {SCHEMA_VERSION}", self.schema));
        }
        let is_hex = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hex(&self.digest, 32) {
            return Some("its `digest` is not 32 hexadecimal digits".into());
        }
        if self.files.is_empty() {
            return Some("it lists no files".into());
        }
        let mut names: Vec<&str> = self.files.iter().map(|entry| entry.name.as_str()).collect();
        names.sort_unstable();
        let is_twice = names.windows(2).any(|pair| pair[0] == pair[1]);
        let is_odd = |entry: &FileEntry| !super::folder::is_inside(&entry.name) || !is_hex(&entry.blake3, 64);
        (is_twice || self.files.iter().any(is_odd)).then(|| "its `files` are not names and digests".into())
    }

    /// The files of the folder that are missing or are not what the manifest says; empty: all is well.
    pub fn changed_files(&self, folder: &Path) -> Vec<String> {
        self.files.iter().filter(|entry| !entry.is_as_written(folder)).map(|entry| entry.name.clone()).collect()
    }
}

impl FileEntry {
    /// Whether the file stands in `folder` just as it was written.
    pub fn is_as_written(&self, folder: &Path) -> bool {
        let digest = fs::File::open(folder.join(&self.name)).and_then(|file| {
            let mut hasher = blake3::Hasher::new();
            io::copy(&mut io::BufReader::with_capacity(1 << 16, file), &mut hasher)?;
            Ok(hasher.finalize())
        });
        digest.is_ok_and(|digest| digest.to_hex().as_str() == self.blake3)
    }
}
