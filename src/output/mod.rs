//! Output: a run's folder, its tables and manifest, plots and the report.
//!
//! A run is written in three steps: [`RunFolder::prepare`] claims the folder before the simulation,
//! [`write_run`] writes the tables and figures and draws plots and report *from those files*, and the
//! manifest, last of all, says that the folder is whole.
//!
//! ```
//! use swarmsim::metrics::{Identity, Metrics};
//! use swarmsim::output::{Checkpoints, DrawOptions, IfThere, Manifest, Purpose, RunFolder, RunOutput, Timing, write_run};
//! use swarmsim::scenario::from_json;
//! use swarmsim::sim::QueueKind;
//! use swarmsim::swarm::Simulation;
//!
//! let text = br#"{
//!     "name": "small", "seed": 7, "stop": { "at": "1h" }, "file": { "size": "1 MiB" }, "network": { "latency": "20ms" },
//!     "peers": [
//!         { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
//!         { "group": "home", "count": 5, "up": "2 Mbit/s", "down": "8 Mbit/s" }
//!     ]
//! }"#;
//! let scenario = from_json("small.json", text).unwrap().scenario;
//! let place = tempfile::tempdir().unwrap();
//! let target = place.path().join("small");
//! let folder = RunFolder::prepare(&target, Purpose::RUN, IfThere::Refuse, None).unwrap();
//!
//! let metrics = Metrics::new(scenario.output.sample_interval);
//! let mut run = Simulation::new(scenario.config.clone(), metrics, QueueKind::Ladder);
//! while run.advance(10_000) {}
//! let (digest, events) = (run.digest(), run.events());
//! let mut checkpoints = Checkpoints::new(scenario.config.stop.at);
//! checkpoints.end(events, run.now(), digest);
//! let (metrics, reason) = run.finish();
//! let (name, strategy) = (scenario.name.clone(), scenario.strategy.kind.name.to_owned());
//! let (summary, tables) =
//!     metrics.finish(Identity { scenario: name, seed: scenario.config.seed, strategy, digest, events, reason });
//!
//! let groups: Vec<String> = scenario.config.groups.iter().map(|group| group.name.clone()).collect();
//! let output = RunOutput {
//!     scenario: &serde_json::from_str(&scenario.to_json_text()).unwrap(),
//!     summary: &summary,
//!     tables,
//!     groups: &groups,
//!     arguments: &[],
//!     model_revision: swarmsim::MODEL_REVISION,
//!     timing: &Timing::default(),
//!     parquet: false,
//!     checkpoints: &checkpoints,
//! };
//! let options = DrawOptions { plots: false, ..DrawOptions::default() };
//! let manifest = write_run(folder, output, options).unwrap();
//! assert_eq!(Manifest::read(&target).unwrap().digest, manifest.digest);
//! assert!(target.join("report.html").is_file());
//! ```

pub mod human;
pub mod plots;
pub mod report;
pub mod tables;
pub mod text;
pub mod trace;

pub mod checkpoints;
pub mod difference;
mod error;
mod folder;
mod lock;
mod manifest;
pub mod parquet;
pub mod perfetto;
mod purpose;
mod target;

pub use checkpoints::Checkpoints;
pub use error::OutputError;
pub use folder::{RunFolder, StagedFile, Staging};
pub use lock::{LOCK, Pulse, is_locked};
pub use manifest::kind_in as manifest_kind;
pub use manifest::{
    AnyManifest, ExperimentManifest, FileEntry, Manifest, SCHEMA_VERSION as MANIFEST_SCHEMA_VERSION, Timing,
};
pub use purpose::{IfThere, JOURNAL, Purpose};
pub use target::SUBMISSION;
pub use trace::Trace;

use crate::metrics::{Summary, Tables};
use plots::data::RunData;
use serde::Serialize;
use std::path::Path;
use tables::{CopiesRow, EndedRow, PeerRow, ProgressRow, Table, TimeRow};

/// Everything that is written of a run.
#[derive(Clone, Debug)]
pub struct RunOutput<'a> {
    /// The resolved scenario.
    pub scenario: &'a serde_json::Value,
    /// The figures.
    pub summary: &'a Summary,
    /// The tables.
    pub tables: Tables,
    /// The names of the configuration's groups.
    pub groups: &'a [String],
    /// The command-line arguments that changed the scenario.
    pub arguments: &'a [String],
    /// The revision of the simulated model.
    pub model_revision: u32,
    /// How the run went on this machine.
    pub timing: &'a Timing,
    /// Whether the tables are written as Parquet too.
    pub parquet: bool,
    /// Digests of the events up to here, over the run.
    pub checkpoints: &'a Checkpoints,
}

/// What is drawn beside the tables.
#[derive(Clone, Copy, Debug)]
pub struct DrawOptions {
    /// The plots, as SVG.
    pub plots: bool,
    /// The plots as PNG as well.
    pub png: bool,
    /// The report.
    pub report: bool,
}

impl DrawOptions {
    /// Whether anything is drawn.
    pub fn is_anything(&self) -> bool {
        self.plots || self.png || self.report
    }
}

impl Default for DrawOptions {
    fn default() -> DrawOptions {
        DrawOptions { plots: true, png: false, report: true }
    }
}

/// Writes a run and completes its folder. What was added to `folder` before (a trace) becomes part of it.
pub fn write_run(mut folder: RunFolder, run: RunOutput<'_>, options: DrawOptions) -> Result<Manifest, OutputError> {
    write_json(&mut folder, "scenario.json", run.scenario)?;
    write_json(&mut folder, "summary.json", run.summary)?;
    write_table(&mut folder, tables::peer_rows(&run.tables.sessions, run.groups))?;
    write_table(&mut folder, run.tables.samples.iter().map(TimeRow::from))?;
    write_table(&mut folder, run.tables.expiries.iter().map(EndedRow::from))?;
    write_table(&mut folder, run.tables.availability.iter().map(CopiesRow::from))?;
    write_table(&mut folder, run.tables.sessions.iter().map(ProgressRow::from))?;
    write_table(&mut folder, run.checkpoints.rows())?;
    // What follows is made of the files.
    drop(run.tables);
    if run.parquet {
        for name in [PeerRow::FILE, TimeRow::FILE, EndedRow::FILE, CopiesRow::FILE] {
            write_parquet(&mut folder, name)?;
        }
    }
    let staged = folder.partial();
    draw(&mut folder, &staged, options)?;
    folder.commit(Manifest {
        schema: manifest::SCHEMA_VERSION,
        kind: "run".into(),
        swarmsim: env!("CARGO_PKG_VERSION").into(),
        model_revision: run.model_revision,
        scenario: run.summary.scenario.clone(),
        seed: run.summary.seed,
        digest: run.summary.digest.clone(),
        arguments: run.arguments.to_vec(),
        resolved_scenario: manifest::resolved(run.scenario),
        files: Vec::new(),
        timing: run.timing.clone(),
    })
}

/// Claims the folder of a finished run or experiment to draw it anew: all that its manifest lists and that is not drawn is kept as
/// it stands. `read` are the files that it is drawn from.
///
/// # Errors
/// One of those files is not as it was written, or the system refuses.
pub fn prepare_drawing(
    target: &Path,
    purpose: Purpose,
    files: &[FileEntry],
    read: &[&str],
) -> Result<RunFolder, OutputError> {
    for name in read {
        if !files.iter().find(|entry| entry.name == *name).is_some_and(|entry| entry.is_as_written(target)) {
            return Err(OutputError::damaged(&target.join(name), "is missing or was changed since it was written"));
        }
    }
    let mut folder = RunFolder::prepare(target, purpose, IfThere::Resume, None)?;
    files.iter().filter(|entry| !is_drawn(&entry.name)).for_each(|entry| folder.keep(entry));
    Ok(folder)
}

/// What a run is drawn from.
pub const DRAWN_FROM: [&str; 6] =
    ["scenario.json", "summary.json", PeerRow::FILE, TimeRow::FILE, EndedRow::FILE, CopiesRow::FILE];

/// Draws plots and report of a run anew from its files, in the folder that [`prepare_drawing`] has claimed, and brings its manifest up to
/// date.
pub fn redraw(mut folder: RunFolder, manifest: Manifest, options: DrawOptions) -> Result<Manifest, OutputError> {
    let target = folder.path().to_path_buf();
    draw(&mut folder, &target, options)?;
    folder.commit_drawn(|files| Manifest { files, ..manifest })
}

/// Whether a file of a run is drawn from the others.
fn is_drawn(name: &str) -> bool {
    name.starts_with("plots/") || name == "report.html"
}

/// Draws plots and report from the files in `from`.
fn draw(folder: &mut RunFolder, from: &Path, options: DrawOptions) -> Result<(), OutputError> {
    if !options.is_anything() {
        return Ok(());
    }
    let data = RunData::read(from)?;
    let drawn = plots::draw_all(&data);
    write_plots(folder, &drawn, options)?;
    if options.report {
        folder.write("report.html", report::render(&data, &drawn).as_bytes())?;
    }
    Ok(())
}

/// Writes drawings to `plots/`, in the formats asked for.
///
/// # Errors
/// What the system refuses.
pub fn write_plots(folder: &mut RunFolder, drawn: &[plots::Drawn], options: DrawOptions) -> Result<(), OutputError> {
    for plot in drawn {
        if options.plots {
            folder.write(&format!("plots/{}.svg", plot.stem), plot.svg().as_bytes())?;
        }
        if options.png {
            let name = format!("plots/{}.png", plot.stem);
            let path = folder.reserve(&name)?;
            plot.write_png(&path)?;
            folder.adopt(&name)?;
        }
    }
    Ok(())
}

/// The text of a JSON file: indented, with a line break at the end.
pub fn json_text(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("plain data");
    text.push('\n');
    text
}

fn write_json(folder: &mut RunFolder, name: &str, value: &impl Serialize) -> Result<(), OutputError> {
    folder.write(name, json_text(value).as_bytes())
}

fn write_table<T: Table>(folder: &mut RunFolder, rows: impl Iterator<Item = T>) -> Result<(), OutputError> {
    let mut file = folder.create(T::FILE)?;
    let path = file.path().to_path_buf();
    tables::write(rows, &mut file).map_err(OutputError::io("write", &path))?;
    folder.finish(file)
}

/// Writes the staged table `name` as Parquet too.
fn write_parquet(folder: &mut RunFolder, name: &str) -> Result<(), OutputError> {
    let from = folder.partial().join(name);
    let file = folder.create(&name.replace(".csv", ".parquet"))?;
    let file = parquet::of_table(&from, file)?;
    folder.finish(file)
}

#[cfg(test)]
mod sample;
