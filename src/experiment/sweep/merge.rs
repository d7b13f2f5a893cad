//! Joining the folders of shards into that of the whole sweep: the same bytes as if one process had done it.

use super::check::Bounds;
use super::cursor::Cursor;
use super::file::{Base, Sweep, SweepFault};
use super::plan::Plan;
use super::results::{RUNS, SWEEP, Tally};
use super::run::{Settings, Shard, write};
use crate::MODEL_REVISION;
use crate::experiment::Outcome;
use crate::output::text::clean;
use crate::output::{ExperimentManifest, OutputError, Purpose, RunFolder};
use crate::scenario::Document;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// How many runs are told in words; others by their numbers.
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
///
/// They are read side by side, each from its beginning to its end, so that no index of their runs is kept: memory depends on the number
/// of folders, and not on that of runs.
#[derive(Debug)]
pub struct Shards {
    plan: Plan,
    cursors: Vec<Cursor>,
}

impl Shards {
    /// Looks into the folders: whether they are of one sweep and one version, undamaged, and have every run once.
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
        let cursors = folders.iter().zip(&manifests).map(|(folder, manifest)| cursor(folder, manifest));
        let shards = Shards { plan, cursors: cursors.collect::<Result<_, MergeError>>()? };
        shards.check_runs()?;
        Ok(shards)
    }

    /// The plan of the whole.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether each run is there once, and no other.
    fn check_runs(&self) -> Result<(), MergeError> {
        let mut sources = Sources::new(&self.cursors);
        let (mut missing, mut contradictory, mut overlapping) = (Missing::default(), Told::default(), Told::default());
        let mut identities = self.plan.identities();
        for run in 0..self.plan.len() {
            let identity = identities.of(run);
            let mut found: Option<(usize, Outcome)> = None;
            for source in sources.of(run) {
                let Some(outcome) = sources.cursors[source].take(&identity)? else { continue };
                match &found {
                    Some((first, earlier)) => {
                        let shown = |i: usize| clean(&self.cursors[i].folder().display().to_string());
                        let (one, other, run) = (shown(*first), shown(source), || named(&self.plan, run));
                        match *earlier == outcome {
                            true => overlapping.add(|| format!("{} is in {one} and in {other}", run())),
                            false => contradictory.add(|| format!("{} is in {one} and differs in {other}", run())),
                        }
                    }
                    None => found = Some((source, outcome)),
                }
            }
            if found.is_none() {
                missing.add(&self.plan, run);
            }
        }
        contradictory.refuse(|_| "the folders contradict each other".into())?;
        overlapping.refuse(|_| "the folders overlap; name each part once".into())?;
        missing.refuse(&self.plan, &self.cursors)?;
        for cursor in &mut sources.cursors {
            if !cursor.is_at_end()? {
                return Err(refused(cursor.folder(), "holds a run that is not of the sweep"));
            }
        }
        Ok(())
    }
}

/// The folders by the runs that they may hold.
struct Sources {
    cursors: Vec<Cursor>,
    /// For each number of parts that there is, the folders by part.
    by_parts: BTreeMap<usize, BTreeMap<usize, Vec<usize>>>,
}

impl Sources {
    /// Each before its first run.
    fn new(cursors: &[Cursor]) -> Sources {
        let mut by_parts: BTreeMap<usize, BTreeMap<usize, Vec<usize>>> = BTreeMap::new();
        for (i, cursor) in cursors.iter().enumerate() {
            let shard = cursor.shard();
            by_parts.entry(shard.parts()).or_default().entry(shard.part()).or_default().push(i);
        }
        Sources { cursors: cursors.to_vec(), by_parts }
    }

    /// The folders that may hold a run.
    fn of(&self, run: usize) -> Vec<usize> {
        let folders =
            |(parts, by_part): (&usize, &BTreeMap<usize, Vec<usize>>)| by_part.get(&(run % parts + 1)).cloned();
        self.by_parts.iter().filter_map(folders).flatten().collect()
    }
}

/// Runs of which something is told, the first of them in words.
#[derive(Default)]
struct Told {
    count: usize,
    lines: Vec<String>,
}

impl Told {
    fn add(&mut self, line: impl FnOnce() -> String) {
        self.count += 1;
        if self.lines.len() < NAMED {
            self.lines.push(line());
        }
    }

    /// Refuses if there is any; `what` says how many there are.
    fn refuse(&self, what: impl FnOnce(usize) -> String) -> Result<(), MergeError> {
        if self.count == 0 {
            return Ok(());
        }
        let more = self.count - self.lines.len();
        let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
        Err(MergeError::Refused(format!("{}:\n  {}{more}", what(self.count), self.lines.join("\n  "))))
    }
}

/// The runs that are in no folder.
#[derive(Default)]
struct Missing {
    told: Told,
    /// Those that are not told in words.
    others: Vec<usize>,
}

impl Missing {
    fn add(&mut self, plan: &Plan, run: usize) {
        if self.told.count >= NAMED {
            self.others.push(run);
        }
        self.told.add(|| named(plan, run));
    }

    /// Names every one of them: the first in words, the others by their numbers; and the parts that would have held them.
    fn refuse(&self, plan: &Plan, cursors: &[Cursor]) -> Result<(), MergeError> {
        let refused = self.told.refuse(|count| format!("{count} of {} runs are in none of the folders", plan.len()));
        let Err(MergeError::Refused(mut message)) = refused else { return refused };
        if !self.others.is_empty() {
            let numbers: Vec<String> = self.others.iter().map(usize::to_string).collect();
            message.push_str(&format!(": runs {}", numbers.join(", ")));
        }
        let parts = cursors.iter().map(|cursor| cursor.shard().parts()).max().unwrap_or(1);
        let there: BTreeSet<usize> =
            cursors.iter().map(Cursor::shard).filter(|s| s.parts() == parts).map(Shard::part).collect();
        let absent: Vec<String> =
            (1..=parts).filter(|part| !there.contains(part)).map(|part| format!("{part}/{parts}")).collect();
        if parts > 1 && !absent.is_empty() {
            message.push_str(&format!("\nno folder was named of: {}", absent.join(", ")));
        }
        Err(MergeError::Refused(message))
    }
}

/// The beginning of a folder's runs.
fn cursor(folder: &Path, manifest: &ExperimentManifest) -> Result<Cursor, MergeError> {
    let shard = manifest.shard.as_deref().map_or(Ok(Shard::WHOLE), Shard::parse);
    let shard = shard.map_err(|_| refused(folder, "manifest.json names a part that there cannot be"))?;
    Ok(Cursor::new(folder, RUNS, shard, manifest.done == manifest.planned))
}

/// Writes the whole sweep to `folder`.
///
/// # Errors
/// What the system refuses.
///
/// ```
/// use swarmsim::experiment::sweep::{Bounds, Plan, Settings, Shard, Shards, Sweep, SweepFault, merge, run};
/// use swarmsim::output::{IfThere, Purpose, RunFolder};
/// use swarmsim::scenario::Document;
///
/// let text = br#"{
///     "name": "both", "seeds": [1, 2], "vary": { "strategy.kind": ["random", "rarest-first"] },
///     "scenario": {
///         "stop": { "at": "1h" }, "file": { "size": "1 MiB" }, "network": { "latency": "20ms" },
///         "peers": [
///             { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
///             { "group": "home", "count": 5, "up": "2 Mbit/s", "down": "8 Mbit/s" }
///         ]
///     }
/// }"#;
/// let document = Document::parse("both", text).unwrap();
/// let no_file = |name: &str| Err(SweepFault::Name(format!("there is no {name}")));
/// let sweep = Sweep::read(&document, &no_file, ("both", Box::new(|_: &str| Err("no file".into())))).unwrap();
/// let (plan, _) = Plan::new(sweep, Bounds { memory_bytes: 1 << 30, events: 1e9 }).unwrap();
/// let place = tempfile::tempdir().unwrap();
/// let folder = |name: &str| RunFolder::prepare(&place.path().join(name), Purpose::SWEEP, IfThere::Refuse, None).unwrap();
/// // Two parts, perhaps on two machines.
/// for (name, part) in [("one", 1), ("two", 2)] {
///     let settings = Settings { shard: Shard::new(part, 2), ..Settings::default() };
///     run(&plan, folder(name), &settings, || false, |_| ()).unwrap();
/// }
/// let shards = Shards::open(&["one", "two"].map(|name| place.path().join(name))).unwrap();
/// let (tally, _) = merge(shards, folder("all"), &Settings::default()).unwrap();
/// assert_eq!((tally.done, tally.failed), (4, 0));
/// // The bytes of one process that does it all.
/// run(&plan, folder("alone"), &Settings::default(), || false, |_| ()).unwrap();
/// let rows = |name: &str| std::fs::read(place.path().join(name).join("results.csv")).unwrap();
/// assert_eq!(rows("all"), rows("alone"));
/// ```
pub fn merge(
    shards: Shards,
    folder: RunFolder,
    settings: &Settings,
) -> Result<(Tally, ExperimentManifest), OutputError> {
    let Shards { plan, cursors } = shards;
    // The rows are asked for in their order; between them the runs of the baseline are, from another place.
    let (mut rows, mut others) = (Sources::new(&cursors), Sources::new(&cursors));
    let (mut identities, mut next) = (plan.identities(), 0);
    let mut outcome = |run: usize| {
        let identity = identities.of(run);
        let is_next = run == next;
        next += usize::from(is_next);
        let sources = if is_next { &mut rows } else { &mut others };
        for source in sources.of(run) {
            let cursor = &mut sources.cursors[source];
            let found = if is_next { cursor.take(&identity) } else { cursor.find(run, &identity) };
            if let Some(outcome) = found? {
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
        _ if !folder.is_dir() => refused(
            folder,
            "there is no such folder; accepted: folders of a sweep's parts, such as results/NAME/shard-1-of-4",
        ),
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
    let plan = plan_in(folder)?;
    if plan.digest() == manifest.experiment {
        Ok(plan)
    } else {
        Err(refused(folder, "sweep.json is not the sweep that manifest.json tells of"))
    }
}

/// The plan of the sweep whose `sweep.json` stands in a folder; it was planned before, and no bound refuses it now.
///
/// # Errors
/// There is none, or it is none of ours.
pub fn plan_in(folder: &Path) -> Result<Plan, MergeError> {
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
        Ok((plan, _)) => Ok(plan),
        Err(why) => Err(refused(folder, &format!("sweep.json cannot be read:\n{}", why.trim_end()))),
    }
}
