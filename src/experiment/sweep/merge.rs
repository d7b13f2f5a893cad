//! Joining the folders of shards into that of the whole sweep: the same bytes as if one process had done it.

use super::check::Bounds;
use super::file::{Base, Sweep, SweepFault};
use super::plan::Plan;
use super::results::{RUNS, SWEEP, Tally};
use super::run::{Settings, write};
use crate::MODEL_REVISION;
use crate::experiment::{Journal, Outcome};
use crate::output::text::clean;
use crate::output::{ExperimentManifest, OutputError, Purpose, RunFolder};
use crate::scenario::Document;
use std::fmt;
use std::path::{Path, PathBuf};

/// How many missing or contradictory runs are named.
const NAMED: usize = 20;

/// Why folders cannot be joined.
#[derive(Debug)]
pub enum MergeError {
    /// They do not fit together, or something is missing; nothing was written.
    Refused(String),
    /// A file could not be written or read.
    Output(OutputError),
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeError::Refused(message) => f.write_str(message),
            MergeError::Output(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MergeError {}

impl From<OutputError> for MergeError {
    fn from(error: OutputError) -> MergeError {
        MergeError::Output(error)
    }
}

/// The folders of shards, found to be all of one sweep.
#[derive(Debug)]
pub struct Shards {
    plan: Plan,
    journals: Vec<(PathBuf, Journal)>,
}

impl Shards {
    /// Looks into the folders: whether they are of one sweep and one version, undamaged, and have every run, once or the same each time.
    ///
    /// # Errors
    /// What does not fit; all that is missing.
    pub fn open(folders: &[PathBuf]) -> Result<Shards, MergeError> {
        let manifests = folders.iter().map(|folder| manifest(folder)).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = folders.first().zip(manifests.first()) else {
            return Err(MergeError::Refused("no folder is named; accepted: the folders of a sweep's shards".into()));
        };
        for (folder, manifest) in folders.iter().zip(&manifests) {
            check_same(first, (folder, manifest))?;
        }
        let plan = plan(first.0, first.1)?;
        let open = |folder: &PathBuf| Ok((folder.clone(), Journal::read(&folder.join(RUNS))?));
        let journals = folders.iter().map(open).collect::<Result<Vec<_>, OutputError>>()?;
        let mut shards = Shards { plan, journals };
        shards.check_runs()?;
        Ok(shards)
    }

    /// The plan of the whole.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether each run is there once.
    fn check_runs(&mut self) -> Result<(), MergeError> {
        let (mut missing, mut contradictory, mut overlapping) = (Vec::new(), Vec::new(), Vec::new());
        for run in 0..self.plan.len() {
            let identity = self.plan.case(run).identity;
            let mut found: Option<(&Path, Outcome)> = None;
            for (folder, journal) in &mut self.journals {
                let Some(outcome) = journal.get(&identity)? else { continue };
                match &found {
                    Some((first, earlier)) => {
                        let (one, other) = (clean(&first.display().to_string()), clean(&folder.display().to_string()));
                        let run = named(&self.plan, run);
                        match *earlier == outcome {
                            true => overlapping.push(format!("{run} is in {one} and in {other}")),
                            false => contradictory.push(format!("{run} is in {one} and differs in {other}")),
                        }
                    }
                    None => found = Some((folder, outcome)),
                }
            }
            if found.is_none() {
                missing.push(named(&self.plan, run));
            }
        }
        let list = |what: &str, lines: &[String]| {
            let more = lines.len().saturating_sub(NAMED);
            let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
            let shown: Vec<&str> = lines.iter().take(NAMED).map(String::as_str).collect();
            Err(MergeError::Refused(format!("{what}:\n  {}{more}", shown.join("\n  "))))
        };
        if !contradictory.is_empty() {
            return list("the folders contradict each other", &contradictory);
        }
        if !overlapping.is_empty() {
            return list("the folders overlap; name each part once", &overlapping);
        }
        if !missing.is_empty() {
            let what = format!("{} of {} runs are in none of the folders", missing.len(), self.plan.len());
            return list(&what, &missing);
        }
        Ok(())
    }
}

/// Writes the whole sweep to `folder`.
///
/// # Errors
/// What the system refuses.
pub fn merge(
    shards: Shards,
    folder: RunFolder,
    settings: &Settings,
) -> Result<(Tally, ExperimentManifest), OutputError> {
    let Shards { plan, mut journals } = shards;
    let mut outcome = |run: usize| {
        let identity = plan.case(run).identity;
        for (_, journal) in &mut journals {
            if let Some(outcome) = journal.get(&identity)? {
                return Ok(Some(outcome));
            }
        }
        Ok(None)
    };
    write(&plan, folder, settings, &mut outcome)
}

/// A run in words.
fn named(plan: &Plan, run: usize) -> String {
    let mut text = format!("run {run}: seed {}", plan.seed(run));
    for (axis, value) in plan.sweep().axes.iter().zip(plan.texts(run)) {
        text.push_str(&format!(", {} = {value}", axis.path));
    }
    clean(&text)
}

fn refused(folder: &Path, message: &str) -> MergeError {
    MergeError::Refused(format!("{}: {message}", clean(&folder.display().to_string())))
}

/// The manifest of a folder whose files are as they were written.
fn manifest(folder: &Path) -> Result<ExperimentManifest, MergeError> {
    let read = ExperimentManifest::read(folder, Purpose::SWEEP.kind);
    let manifest = read.map_err(|error| match error {
        OutputError::Damaged { reason, .. } => refused(folder, &format!("manifest.json {reason}")),
        _ => refused(folder, "holds no sweep, or one that is not finished; run it again with --resume"),
    })?;
    for name in [SWEEP, RUNS] {
        match manifest.files.iter().find(|entry| entry.name == name) {
            Some(entry) if entry.is_as_written(folder) => {}
            _ => return Err(refused(folder, &format!("{name} is missing or damaged; run it again with --resume"))),
        }
    }
    Ok(manifest)
}

/// Refuses folders that are of another version or another sweep than the first, or than this program.
fn check_same(
    (first, expected): (&PathBuf, &ExperimentManifest),
    (folder, found): (&PathBuf, &ExperimentManifest),
) -> Result<(), MergeError> {
    let shown = clean(&first.display().to_string());
    let version = |manifest: &ExperimentManifest| {
        format!("version {} (model {})", clean(&manifest.swarmsim), manifest.model_revision)
    };
    if (&found.swarmsim, found.model_revision) != (&expected.swarmsim, expected.model_revision) {
        return Err(refused(folder, &format!("was made by {}, but {shown} by {}", version(found), version(expected))));
    }
    if (found.swarmsim.as_str(), found.model_revision) != (env!("CARGO_PKG_VERSION"), MODEL_REVISION) {
        let own = format!("version {} (model {MODEL_REVISION})", env!("CARGO_PKG_VERSION"));
        return Err(refused(folder, &format!("was made by {}, and this is {own}", version(found))));
    }
    if found.experiment != expected.experiment {
        let message = format!("is of another sweep ({}) than {shown} ({})", clean(&found.name), clean(&expected.name));
        return Err(refused(folder, &message));
    }
    Ok(())
}

/// The plan of the sweep that a folder holds.
fn plan(folder: &Path, manifest: &ExperimentManifest) -> Result<Plan, MergeError> {
    let path = folder.join(SWEEP);
    let bytes =
        std::fs::read(&path).map_err(|source| OutputError::Io { action: "read", path: path.clone(), source })?;
    let name = path.display().to_string();
    let no_file = |_: &str| -> Result<Base, SweepFault> { Err(SweepFault::Name("does not stand in the file".into())) };
    let no_values = Box::new(|_: &str| Err("is not read here".to_owned()));
    let bounds = Bounds { memory_bytes: u64::MAX, events: f64::INFINITY };
    let plan = Document::parse(&name, &bytes)
        .map_err(|report| report.to_string())
        .and_then(|document| {
            Sweep::read(&document, &no_file, (&name, no_values)).map_err(|refusal| refusal.to_string())
        })
        .and_then(|sweep| Plan::new(sweep, bounds).map_err(|refusal| refusal.to_string()));
    match plan {
        Ok((plan, _)) if plan.digest() == manifest.experiment => Ok(plan),
        Ok(_) => Err(refused(folder, "sweep.json is not the sweep that manifest.json tells of")),
        Err(why) => Err(refused(folder, &format!("sweep.json cannot be read:\n{}", why.trim_end()))),
    }
}
