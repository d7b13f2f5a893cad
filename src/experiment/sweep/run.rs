//! Doing what of a plan is not done yet, and writing the folder.

use super::plan::Plan;
use super::results::{self, RUNS, Tally};
use crate::MODEL_REVISION;
use crate::experiment::report;
use crate::experiment::{End, Journal, Outcome, RunsError, run_all};
use crate::output::plots::Drawn;
use crate::output::{
    DrawOptions, ExperimentManifest, MANIFEST_SCHEMA_VERSION, OutputError, Purpose, RunFolder, write_plots,
};
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};

/// A part of the runs: those whose number leaves `part` − 1 when divided by `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    part: usize,
    of: usize,
}

impl Shard {
    /// All runs.
    pub const WHOLE: Shard = Shard { part: 1, of: 1 };

    /// Part `part`, counted from 1, of `of`.
    ///
    /// # Panics
    /// Where there is no such part.
    pub fn new(part: usize, of: usize) -> Shard {
        assert!(1 <= part && part <= of, "there is a part {part} of {of}");
        Shard { part, of }
    }

    /// Reads `2/4`: the second of four parts.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Shard, String> {
        let accepted = "accepted: PART/PARTS, counted from 1, such as 1/4, 2/4, 3/4 and 4/4";
        let numbers = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((part, of)) if 1 <= part && part <= of => Ok(Shard { part, of }),
            Some((0, _)) => Err(format!("parts are counted from 1; {accepted}")),
            Some((part, of)) => Err(format!("there is no part {part} of {of}; {accepted}")),
            None => Err(accepted.to_owned()),
        }
    }

    /// Whether it is all of them.
    pub fn is_whole(self) -> bool {
        self.of == 1
    }

    /// Whether a run is in it.
    pub fn has(self, run: usize) -> bool {
        run % self.of == self.part - 1
    }

    /// How many parts there are.
    pub fn parts(self) -> usize {
        self.of
    }

    /// Which of them it is, counted from 1.
    pub fn part(self) -> usize {
        self.part
    }

    /// How many runs of it come before this one.
    pub(super) fn place_of(self, run: usize) -> usize {
        run / self.of
    }

    /// The name of its folder: `shard-2-of-4`.
    pub fn folder(self) -> String {
        format!("shard-{}-of-{}", self.part, self.of)
    }

    /// How many of `runs` it has.
    pub fn count(self, runs: usize) -> usize {
        runs / self.of + usize::from(runs % self.of >= self.part)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

/// Draws the plots of the `results.csv` that stands in a folder, for a sweep of this name.
pub type DrawSweep = fn(&Path, &str) -> Result<Vec<Drawn>, OutputError>;

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many runs at once; at least 1.
    pub jobs: usize,
    /// Which of the runs.
    pub shard: Shard,
    /// What is drawn; a shard has no plots.
    pub draw: DrawOptions,
    /// How the plots are drawn.
    pub plots: Option<DrawSweep>,
}

impl Default for Settings {
    /// One run at a time, all of them.
    fn default() -> Settings {
        Settings { jobs: 1, shard: Shard::WHOLE, draw: DrawOptions::default(), plots: None }
    }
}

/// How far a sweep has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Runs that were there before.
    pub reused: usize,
    /// Runs done since.
    pub done: usize,
    /// Of those, the ones that failed.
    pub failed: usize,
    /// Runs that are to be done, without those reused.
    pub planned: usize,
    /// What those done since were to take, in seconds of a processor, by the estimate.
    pub done_s: f64,
    /// What all that are to be done take.
    pub planned_s: f64,
}

impl Progress {
    /// How much of what is to be done is done, from 0 to 1, by what it costs.
    pub fn share(&self) -> f64 {
        if self.planned_s > 0.0 { self.done_s / self.planned_s } else { 0.0 }
    }
}

/// What a sweep came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the rows came to.
    pub tally: Tally,
    /// How far it came.
    pub progress: Progress,
    /// Runs found that are not, or no longer, of this sweep.
    pub dropped: usize,
    /// Damaged records that were passed over.
    pub damaged: u64,
    /// The manifest; `None` where it was stopped before any run was done, and nothing was written.
    pub manifest: Option<ExperimentManifest>,
}

impl Report {
    /// Whether all runs were done.
    pub fn is_complete(&self) -> bool {
        self.manifest.as_ref().is_some_and(|manifest| manifest.complete)
    }
}

/// Why a sweep could not be run to its end.
#[derive(Debug)]
pub enum SweepError {
    /// A file could not be written or read. What was done is in the journal.
    Output(OutputError),
    /// The system gave no thread.
    Threads(String),
}

impl fmt::Display for SweepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SweepError::Output(error) => error.fmt(f),
            SweepError::Threads(why) => write!(f, "no thread could be started: {why}"),
        }
    }
}

impl std::error::Error for SweepError {}

impl From<OutputError> for SweepError {
    fn from(error: OutputError) -> SweepError {
        SweepError::Output(error)
    }
}

/// Refuses to go on in a folder that holds another sweep.
///
/// # Errors
/// That it does, or cannot be read.
pub fn check_name(folder: &Path, name: &str) -> Result<(), OutputError> {
    match ExperimentManifest::read(folder, Purpose::SWEEP.kind) {
        Ok(manifest) if manifest.name != name => Err(OutputError::Refused {
            path: folder.to_path_buf(),
            reason: format!("holds the sweep {}, not {}", crate::output::text::clean(&manifest.name), name),
            advice: "name another folder with --out".into(),
        }),
        _ => Ok(()),
    }
}

/// Runs what of the plan the folder does not hold yet, long runs first, and writes the folder. `is_stopped` is asked often; once it says so,
/// what is done is written and marked as incomplete. `watch` is called after every run.
///
/// # Errors
/// What the system refuses. What was done by then stays in the folder's journal.
pub fn run(
    plan: &Plan,
    folder: RunFolder,
    settings: &Settings,
    is_stopped: impl Fn() -> bool + Sync,
    watch: impl FnMut(Progress),
) -> Result<Report, SweepError> {
    let earlier = folder.path().join(RUNS);
    let earlier = if folder.resumes() && earlier.is_file() { vec![earlier] } else { Vec::new() };
    run_after(plan, folder, &earlier, settings, is_stopped, watch)
}

/// The same as [`run`], where what was done before stands in other files: journals, or the runs of finished folders.
///
/// # Errors
/// As those of [`run`].
pub fn run_after(
    plan: &Plan,
    folder: RunFolder,
    earlier: &[PathBuf],
    settings: &Settings,
    is_stopped: impl Fn() -> bool + Sync,
    mut watch: impl FnMut(Progress),
) -> Result<Report, SweepError> {
    let mut journal = Journal::open(&folder.journal())?;
    let mut found = Found { damaged: journal.damaged(), ..Found::default() };
    let todo = todo(plan, earlier, settings.shard, &mut journal, &mut found)?;
    let reused = settings.shard.count(plan.len()) - todo.len();
    let planned_s = todo.iter().map(|run| plan.cost_s(*run)).sum();
    let mut progress = Progress { reused, planned: todo.len(), planned_s, ..Progress::default() };
    watch(progress);
    let case = |index: usize| Ok::<_, Infallible>(plan.case(todo[index]));
    let end = run_all(todo.len(), settings.jobs, case, is_stopped, |index, outcome: Outcome| {
        journal.append(&outcome)?;
        progress.done += 1;
        progress.done_s += plan.cost_s(todo[index]);
        progress.failed += usize::from(outcome.is_failed());
        watch(progress);
        Ok(())
    });
    let end = match end {
        Ok(end) => end,
        Err(RunsError::Deliver(error)) => return Err(SweepError::Output(error)),
        Err(RunsError::Threads(why)) => return Err(SweepError::Threads(why)),
        Err(RunsError::Case(never)) => match never {},
    };
    let Found { dropped, damaged } = found;
    let mut report = Report { tally: Tally::default(), progress, dropped, damaged, manifest: None };
    if end == End::Stopped && journal.is_empty() {
        remove(journal);
        return Ok(report);
    }
    journal.sync()?;
    let mut identities = plan.identities();
    let mut outcome = |run: usize| journal.get(&identities.of(run));
    let (tally, manifest) = write(plan, folder, settings, &mut outcome)?;
    (report.tally, report.manifest) = (tally, Some(manifest));
    Ok(report)
}

/// An empty journal is no unfinished sweep.
fn remove(journal: Journal) {
    let path = journal.path().to_path_buf();
    drop(journal);
    // Where it stays, the next sweep goes on with it.
    let _ = std::fs::remove_file(path);
}

/// What was found of earlier runs and is of no use.
#[derive(Default)]
struct Found {
    /// Runs of another form of the sweep.
    dropped: usize,
    /// Damaged records.
    damaged: u64,
}

/// The runs that are still to be done, the longest first: what is begun last is then short, and all threads end at about the same time. What
/// earlier sweeps have left is taken over into the journal.
fn todo(
    plan: &Plan,
    earlier: &[PathBuf],
    shard: Shard,
    journal: &mut Journal,
    found: &mut Found,
) -> Result<Vec<usize>, SweepError> {
    let mut earlier = earlier.iter().map(|path| Journal::read(path)).collect::<Result<Vec<_>, _>>()?;
    found.damaged += earlier.iter().map(Journal::damaged).sum::<u64>();
    let mut runs: Vec<usize> = (0..plan.len()).filter(|run| shard.has(*run)).collect();
    if !earlier.iter().all(Journal::is_empty) || !journal.is_empty() {
        let mut taken = vec![0; earlier.len()];
        let (mut identities, mut todo) = (plan.identities(), Vec::new());
        for run in runs {
            let identity = identities.of(run);
            for (earlier, taken) in earlier.iter_mut().zip(&mut taken) {
                if let Some(outcome) = earlier.get(&identity)? {
                    *taken += 1;
                    // One that failed is tried again.
                    if !outcome.is_failed() {
                        journal.append(&outcome)?;
                    }
                }
            }
            // What is in the journal is read once more in the end; it must be whole now.
            if journal.get(&identity)?.is_none() {
                todo.push(run);
            }
        }
        found.dropped = earlier.iter().zip(taken).map(|(earlier, taken)| earlier.len() - taken).sum();
        runs = todo;
    }
    runs.sort_by(|a, b| plan.cost_s(*b).total_cmp(&plan.cost_s(*a)));
    Ok(runs)
}

/// Writes the files of a sweep, and moves them into place.
pub(super) fn write(
    plan: &Plan,
    mut folder: RunFolder,
    settings: &Settings,
    outcome: &mut dyn FnMut(usize) -> Result<Option<Outcome>, OutputError>,
) -> Result<(Tally, ExperimentManifest), OutputError> {
    let shard = settings.shard;
    let tally = results::write(&mut folder, plan, shard, outcome)?;
    if let Some(draw) = settings.plots.filter(|_| shard.is_whole() && settings.draw.is_anything()) {
        let drawn = draw(&folder.partial(), &plan.sweep().name)?;
        write_plots(&mut folder, &drawn, settings.draw)?;
        if settings.draw.report {
            let page = report::sweep(&folder.partial(), &plan.sweep().name, &drawn)?;
            folder.write("report.html", page.as_bytes())?;
        }
    }
    let planned = shard.count(plan.len());
    let manifest = folder.commit_as(|files| ExperimentManifest {
        schema: MANIFEST_SCHEMA_VERSION,
        kind: Purpose::SWEEP.kind.into(),
        swarmsim: env!("CARGO_PKG_VERSION").into(),
        model_revision: MODEL_REVISION,
        name: plan.sweep().name.clone(),
        experiment: plan.digest().to_owned(),
        shard: (!shard.is_whole()).then(|| shard.to_string()),
        planned: planned as u64,
        done: tally.done as u64,
        failed: tally.failed as u64,
        complete: tally.done == planned,
        files,
    })?;
    Ok((tally, manifest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_counted_from_one_and_share_out_all_runs() {
        for runs in [0, 1, 7, 12] {
            let shards: Vec<Shard> = (1..=4).map(|part| Shard::parse(&format!("{part}/4")).unwrap()).collect();
            for run in 0..runs {
                assert_eq!(shards.iter().filter(|shard| shard.has(run)).count(), 1);
            }
            for shard in shards {
                assert_eq!(shard.count(runs), (0..runs).filter(|run| shard.has(*run)).count());
                (0..runs)
                    .filter(|run| shard.has(*run))
                    .enumerate()
                    .for_each(|(i, run)| assert_eq!(shard.place_of(run), i));
            }
        }
        for bad in ["0/4", "5/4", "1", "1/0", "a/b", "-1/4", "1/4/2", ""] {
            assert!(Shard::parse(bad).unwrap_err().contains("accepted: PART/PARTS"), "{bad}");
        }
        assert_eq!(Shard::parse("1/1").unwrap(), Shard::WHOLE);
    }
}
