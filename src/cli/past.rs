//! A run of earlier: its folder, and what must be known to run it again.

use super::Failure;
use super::args::LimitArgs;
use super::input::Source;
use crate::output::text::clean;
use crate::output::trace::{NAMES, TraceFormat};
use crate::output::{self, DrawOptions, Manifest};
use crate::scenario::problem::shorten;
use crate::scenario::{Document, Scenario};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A run that was written by this or another version.
#[derive(Debug)]
pub struct PastRun {
    /// Where it stands.
    pub folder: PathBuf,
    /// What its manifest says.
    pub manifest: Manifest,
    /// Its resolved scenario as it was written.
    pub resolved: Value,
    /// The same, read.
    pub scenario: Scenario,
}

impl PastRun {
    /// Opens the folder of a run.
    ///
    /// # Errors
    /// As bad input, where it holds none, or one that was broken off, or what a run may not take now.
    pub fn open(folder: &Path, limits: LimitArgs) -> Result<PastRun, Failure> {
        let manifest = read_manifest(folder)?;
        let resolved = match manifest.resolved_scenario.clone() {
            Some(resolved) => resolved,
            None => read_scenario(folder, &manifest)?,
        };
        let text = output::json_text(&resolved);
        let name = shown(&folder.join("scenario.json"));
        let document = Document::parse(&name, text.as_bytes()).map_err(|report| Failure::Refused(Box::new(report)))?;
        let source = Source { document, folder: folder.to_path_buf(), file: None };
        let scenario = source.check(&[], limits)?.scenario;
        if scenario.config.seed != manifest.seed || scenario.name != manifest.scenario {
            return Err(refuse(folder, "the manifest's seed and name are not those of its scenario"));
        }
        Ok(PastRun { folder: folder.to_path_buf(), manifest, resolved, scenario })
    }

    /// Which program made it, where that was another one, or its model another.
    pub fn made_elsewhere(&self) -> Option<String> {
        let manifest = &self.manifest;
        let (version, model) = (env!("CARGO_PKG_VERSION"), crate::MODEL_REVISION);
        let is_this = manifest.swarmsim == version && manifest.model_revision == model;
        (!is_this).then(|| {
            format!(
                "{} was made by swarmsim {} (model {}); this is swarmsim {version} (model {model})",
                shown(&self.folder),
                shorten(&manifest.swarmsim),
                manifest.model_revision
            )
        })
    }

    /// Whether the model was another then, so that events need not be the same.
    pub fn is_of_another_model(&self) -> bool {
        self.manifest.model_revision != crate::MODEL_REVISION
    }

    /// How its trace was written, if it was.
    pub fn trace(&self) -> Option<TraceFormat> {
        [TraceFormat::Jsonl, TraceFormat::Zst].into_iter().find(|format| self.lists(|name| name == format.file_name()))
    }

    /// Whether its tables were written as Parquet, too.
    pub fn has_parquet(&self) -> bool {
        self.lists(|name| name.ends_with(".parquet"))
    }

    /// What was drawn of it.
    pub fn drawn(&self) -> DrawOptions {
        DrawOptions {
            plots: self.lists(|name| name.ends_with(".svg")),
            png: self.lists(|name| name.ends_with(".png")),
            report: self.lists(|name| name == "report.html"),
        }
    }

    fn lists(&self, is_it: impl Fn(&str) -> bool) -> bool {
        self.manifest.files.iter().any(|entry| is_it(&entry.name))
    }
}

/// A path fit for a terminal.
pub fn shown(path: &Path) -> String {
    clean(&path.display().to_string())
}

fn refuse(folder: &Path, why: &str) -> Failure {
    Failure::BadInput(format!(
        "{}: {why}; accepted: the folder of a run, such as results/NAME/seed-SEED",
        shown(folder)
    ))
}

fn read_manifest(folder: &Path) -> Result<Manifest, Failure> {
    let metadata = fs::metadata(folder).map_err(|error| refuse(folder, &format!("cannot be read: {error}")))?;
    if !metadata.is_dir() {
        let hint = match NAMES.iter().chain(&["manifest.json"]).any(|name| folder.ends_with(name)) {
            true => "is a file of a run; name its folder",
            false => "is no folder",
        };
        return Err(refuse(folder, hint));
    }
    if !folder.join("manifest.json").exists() {
        let why = match folder.join(".partial").exists() {
            true => "holds a run that is not finished: it was broken off, or is being written",
            false => "holds no run: there is no manifest.json",
        };
        return Err(refuse(folder, why));
    }
    let manifest = Manifest::read(folder).map_err(|error| Failure::BadInput(error.to_string()))?;
    let rubbish = manifest.rubbish();
    rubbish.map_or(Ok(manifest), |why| Err(refuse(folder, &format!("its manifest is not one of ours: {why}"))))
}

/// The scenario that stands beside a manifest that holds none.
fn read_scenario(folder: &Path, manifest: &Manifest) -> Result<Value, Failure> {
    let entry = manifest.files.iter().find(|entry| entry.name == "scenario.json");
    if !entry.is_some_and(|entry| entry.is_as_written(folder)) {
        return Err(refuse(folder, "its scenario.json is not as it was written, and the manifest holds no copy"));
    }
    let text = fs::read(folder.join("scenario.json")).map_err(|error| refuse(folder, &error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| refuse(folder, &format!("its scenario.json is no JSON: {error}")))
}
