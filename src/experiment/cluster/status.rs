//! How far the parts of a sweep are, from what stands in its folder.

use super::submission::{SUBMISSION_FILE, SubmissionFile};
use super::{Part, Shares};
use crate::experiment::sweep::{Beat, FRESH_S, MergeError, Place, Plan, Shard, Standing, plan_in};
use crate::output::{ExperimentManifest, Purpose, SUBMISSION, is_locked};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How far a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// All of its runs are there.
    Done,
    /// Somebody is at work on it.
    Running,
    /// It was begun, and nobody is at work on it; or runs of it failed.
    Failed,
    /// It was not begun.
    Missing,
}

/// How far one part is.
#[derive(Clone, Debug, Serialize)]
pub struct PartStatus {
    /// Which part: `2/4`.
    pub part: String,
    /// How far it is.
    pub state: State,
    /// Its runs.
    pub runs: usize,
    /// Those of them that are done, as far as it is known from outside.
    pub done: usize,
    /// Why it counts as failed; nothing where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What the workers on it told last, those that are at work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<Beat>,
    /// What its runs take, in seconds of a processor, by the estimate.
    pub cost_s: f64,
}

/// How far a sweep is.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The sweep's name.
    pub sweep: String,
    /// How many runs it has.
    pub runs: usize,
    /// How many of them are done, in parts or joined.
    pub done: usize,
    /// Whether the whole is there: joined, or done by one process.
    pub is_whole: bool,
    /// The parts, the first one first; none where it was never shared out.
    pub parts: Vec<PartStatus>,
    /// Seconds until all that is running and missing is done, if as many work on it as now; `None` where nobody does or nothing is left.
    pub left_s: Option<f64>,
}

impl Status {
    /// Looks into the folder of a sweep's results. `host` is this machine, whose locks can be trusted, and `now_s` the time in seconds since
    /// 1970.
    ///
    /// # Errors
    /// That there is no sweep.
    pub fn of(folder: &Path, host: &str, now_s: u64) -> Result<Status, MergeError> {
        let refuse = || {
            let folder = crate::output::text::clean(&folder.display().to_string());
            MergeError::Refused(format!(
                "{folder}: holds no sweep, no part of one and no submission; accepted: a sweep's folder, such as results/NAME"
            ))
        };
        let (plan, of) = sweep_in(folder).ok_or_else(refuse)?;
        let is_whole = is_whole(folder, &plan);
        let clock = Clock { host, now_s };
        let parts: Vec<PartStatus> = match of {
            Some(of) => Shares::of(&plan, of).parts.iter().map(|part| clock.part(folder, &plan, part)).collect(),
            None => Vec::new(),
        };
        let done = if is_whole { plan.len() } else { parts.iter().map(|part| part.done).sum() };
        let (sweep, runs) = (plan.sweep().name.clone(), plan.len());
        Ok(Status { sweep, runs, done, is_whole, left_s: left_s(&parts).filter(|_| !is_whole), parts })
    }

    /// The parts of a state.
    pub fn of_state(&self, state: State) -> impl Iterator<Item = &PartStatus> {
        self.parts.iter().filter(move |part| part.state == state)
    }
}

/// The sweep in a folder, and into how many parts it is shared out: by its submission, or else by most of the parts that stand there.
fn sweep_in(folder: &Path) -> Option<(Plan, Option<usize>)> {
    let submission = folder.join(SUBMISSION);
    let told = fs::read(submission.join(SUBMISSION_FILE)).ok();
    let told: Option<SubmissionFile> = told.and_then(|text| serde_json::from_slice(&text).ok());
    if let Some(told) = told.filter(|told| told.parts > 0) {
        if let Ok(plan) = plan_in(&submission) {
            return Some((plan, Some(told.parts)));
        }
    }
    let mut counts: BTreeMap<usize, Vec<PathBuf>> = BTreeMap::new();
    for entry in fs::read_dir(folder).ok()?.flatten() {
        if let Some(shard) = shard_of(&entry.file_name().to_string_lossy()).filter(|_| entry.path().is_dir()) {
            counts.entry(shard.parts()).or_default().push(entry.path());
        }
    }
    let most = counts.into_iter().max_by_key(|(_, folders)| folders.len());
    let Some((of, folders)) = most else { return Some((plan_in(folder).ok()?, None)) };
    let plan = folders.iter().chain([&folder.to_path_buf()]).find_map(|folder| plan_in(folder).ok());
    plan.map(|plan| (plan, Some(of)))
}

/// The part that a folder is of, or a worker's on it.
fn shard_of(name: &str) -> Option<Shard> {
    let name = name.strip_prefix('.').and_then(|name| Some(name.split_once('.')?.0)).unwrap_or(name);
    let (part, of) = name.strip_prefix("shard-")?.split_once("-of-")?;
    Shard::parse(&format!("{part}/{of}")).ok()
}

fn is_whole(folder: &Path, plan: &Plan) -> bool {
    let manifest = ExperimentManifest::read(folder, Purpose::SWEEP.kind);
    manifest.is_ok_and(|manifest| manifest.experiment == plan.digest() && manifest.shard.is_none() && manifest.complete)
}

/// Who looks, and when.
struct Clock<'a> {
    host: &'a str,
    now_s: u64,
}

impl Clock<'_> {
    fn part(&self, folder: &Path, plan: &Plan, part: &Part) -> PartStatus {
        let place = Place::new(folder, part.shard);
        let standing = place.standing(plan.digest());
        let begun = place.workers();
        let workers: Vec<Beat> = begun.iter().filter_map(|folder| self.at_work(folder)).collect();
        let manifest = ExperimentManifest::read(&place.folder(), Purpose::SWEEP.kind).ok();
        let manifest = manifest.filter(|manifest| manifest.experiment == plan.digest());
        let in_place = manifest.as_ref().map_or(0, |manifest| manifest.done.saturating_sub(manifest.failed) as usize);
        let (state, why) = match standing {
            Standing::Whole => (State::Done, None),
            _ if !workers.is_empty() => (State::Running, None),
            Standing::Part => (State::Failed, Some(why(manifest.as_ref()))),
            Standing::Other => (State::Failed, Some("holds another sweep, or was made by another version".into())),
            Standing::Nothing if begun.is_empty() => (State::Missing, None),
            Standing::Nothing => (State::Failed, Some("was broken off; nobody is at work on it".into())),
        };
        let done = match state {
            State::Done => part.runs,
            _ => workers.iter().map(|beat| beat.done).chain([in_place]).max().unwrap_or(0).min(part.runs),
        };
        let (name, workers) = (part.shard.to_string(), if state == State::Running { workers } else { Vec::new() });
        PartStatus { part: name, state, runs: part.runs, done, why, workers, cost_s: part.cost_s }
    }

    /// What the worker in a folder told last, if it is at work: its lock is held, or, where it works on another machine, fresh.
    fn at_work(&self, folder: &Path) -> Option<Beat> {
        let (beat, at_s) = Beat::last(folder)?;
        let unknown =
            Beat { host: "?".into(), pid: 0, jobs: 1, done: 0, planned: 0, failed: 0, done_s: 0.0, elapsed_s: 0.0 };
        let is_here = beat.as_ref().is_some_and(|beat| beat.host == self.host);
        let is_fresh = at_s + FRESH_S >= self.now_s;
        (is_locked(folder) || (is_fresh && !is_here)).then(|| beat.unwrap_or(unknown))
    }
}

/// Why a part that was begun is not done.
fn why(manifest: Option<&ExperimentManifest>) -> String {
    match manifest {
        Some(manifest) if manifest.failed > 0 => format!("{} of {} runs failed", manifest.failed, manifest.planned),
        Some(manifest) if !manifest.complete => {
            format!("was broken off after {} of {} runs", manifest.done, manifest.planned)
        }
        _ => "is damaged".into(),
    }
}

/// What is left over the pace at which it goes: what the runs done so far were to take, by the seconds that they took.
fn left_s(parts: &[PartStatus]) -> Option<f64> {
    let is_left = |part: &&PartStatus| part.state != State::Done;
    let share = |part: &PartStatus| 1.0 - part.done as f64 / part.runs.max(1) as f64;
    let left: f64 = parts.iter().filter(is_left).map(|part| part.cost_s * share(part)).sum();
    // Two workers on one part do the same twice.
    let workers = || parts.iter().filter_map(|part| part.workers.first());
    let told = || workers().filter(|beat| beat.done_s > 0.0 && beat.elapsed_s > 0.0);
    let count = told().count() as f64;
    // Who has not told of a run yet is taken to be as quick as the others, or as the estimate.
    let mean = told().map(|beat| beat.done_s / beat.elapsed_s).sum::<f64>() / count;
    let pace: f64 = workers()
        .map(|beat| match beat.done_s > 0.0 && beat.elapsed_s > 0.0 {
            true => beat.done_s / beat.elapsed_s,
            false if count > 0.0 => mean,
            false => beat.jobs as f64,
        })
        .sum();
    (pace > 0.0).then(|| left / pace)
}
