//! `swarmsim sweep`: a scenario under every combination of some values.

mod args;
mod export;
mod pulse;
mod shard;
mod status;
pub mod table;

pub use args::SweepArgs;

use super::args::ExperimentArgs;
use super::batch::{self, BatchProgress};
use super::{Failure, input, interrupt, terminal};
use crate::experiment::sweep::{
    self, Base, Bounds, Checked, MergeError, Plan, Report, Settings, Shard, Sweep, SweepError, SweepFault, check_name,
};
use crate::output::text::clean;
use crate::output::{IfThere, Purpose, RunFolder, human};
use crate::scenario::estimate::{count_text, memory_text};
use crate::scenario::json::{Member, Node, Value};
use crate::scenario::overrides::path_and_value;
use crate::scenario::problem::shorten;
use args::{SweepCommand, SweepRunArgs};
use pulse::Heart;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Runs a sweep, or does what else can be done with one.
pub fn run(args: &SweepArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        Some(SweepCommand::Export(args)) => export::run(args),
        Some(SweepCommand::Status(args)) => status::run(args),
        None => plan_and_run(&args.run),
    }
}

/// Plans a sweep, and prints the plan or runs it.
fn plan_and_run(args: &SweepRunArgs) -> Result<ExitCode, Failure> {
    let name = args.file();
    let shard = args.shard.resolve(&|name| std::env::var(name).ok()).map_err(Failure::BadInput)?;
    let source = set(input::open(&name)?, &args.set)?;
    let bounds = args.limits.bounds();
    let (plan, checked) = plan(&name, &source, bounds)?;
    if !args.experiment.show.quiet {
        checked.warnings.iter().for_each(|report| terminal::say(&report.to_string()));
    }
    if args.plan {
        return print_plan(&plan, args, shard);
    }
    let whole = args.experiment.out.clone().unwrap_or_else(|| Path::new("results").join(&plan.sweep().name));
    let settings = settings(&args.experiment, shard, &checked, bounds);
    let work = Work { args, plan: &plan, checked: &checked, settings, whole };
    if shard.is_whole() { work.whole(source.file.as_deref()) } else { work.shard() }
}

/// The sweep with these `PATH=VALUE`: each path is varied with its one value, whatever values the file gives it. So the value
/// stands in the results, in the plan's commands and in the sweep's digest like any other.
fn set(mut source: input::Source, values: &[String]) -> Result<input::Source, Failure> {
    let mut root = source.document.root().clone();
    for text in values {
        let (path, value) = path_and_value(text).map_err(|message| Failure::BadInput(format!("--set: {message}")))?;
        // What has no `vary` is refused when it is read.
        let Value::Object(members) = &mut root.value else { continue };
        let Some(vary) = members.iter_mut().find(|member| &*member.key == "vary") else { continue };
        let at = vary.node.at;
        let Value::Object(paths) = &mut vary.node.value else { continue };
        paths.retain(|member| &*member.key != path);
        paths.push(Member { key: path.into(), key_at: at, node: Node::array([value]).moved(at) });
    }
    source.document = source.document.part(&root);
    Ok(source)
}

/// A sweep, or a part of one, that is to be run.
struct Work<'a> {
    args: &'a SweepRunArgs,
    plan: &'a Plan,
    checked: &'a Checked,
    settings: Settings,
    /// The folder of the whole; a shard has one of its own in it.
    whole: PathBuf,
}

impl Work<'_> {
    /// Runs all of it.
    fn whole(&self, input: Option<&Path>) -> Result<ExitCode, Failure> {
        let if_there = batch::if_there(&self.args.experiment);
        if if_there == IfThere::Resume {
            check_name(&self.whole, &self.plan.sweep().name)?;
        }
        let folder = RunFolder::prepare(&self.whole, Purpose::SWEEP, if_there, input)?;
        let earlier = self.whole.join("runs.jsonl");
        let earlier = if folder.resumes() && earlier.is_file() { vec![earlier] } else { Vec::new() };
        let report = self.run(folder, &earlier)?.map_err(|error| failure(error, &self.whole))?;
        tell(self, &report, &self.whole)
    }

    /// Runs what is not done yet, into a folder that is this process's own.
    fn run(&self, folder: RunFolder, earlier: &[PathBuf]) -> Result<Result<Report, SweepError>, Failure> {
        interrupt::install(&folder)?;
        let show = !self.args.experiment.show.quiet && !self.args.experiment.json;
        let mut progress = BatchProgress::new(show);
        let heart = Heart::start(folder.pulse(), self.settings.jobs);
        Ok(sweep::run_after(self.plan, folder, earlier, &self.settings, interrupt::is_requested, |now| {
            heart.tell(now);
            progress.update(now.reused, now.done, now.failed, now.planned, now.share());
        }))
    }
}

/// Reads a sweep and checks all of its points.
pub fn plan(name: &OsStr, source: &input::Source, bounds: Bounds) -> Result<(Plan, Checked), Failure> {
    let document = &source.document;
    if !sweep::is_sweep(document.root()) && document.root().get("peers").is_some() {
        let file = shorten(&document.name);
        let advice = format!("it is a scenario; run it with `swarmsim run {}`", shorten(&name.to_string_lossy()));
        return Err(Failure::BadInput(format!("{file}: is no sweep; {advice}")));
    }
    let find = |scenario: &str| find(&source.folder, scenario);
    let inline = format!("{}{}", name.to_string_lossy(), input::INLINE);
    let folder = source.folder.clone();
    let load = Box::new(move |name: &str| input::read_named(&folder.join(name), name));
    let sweep = Sweep::read(document, &find, (&inline, load)).map_err(Failure::RefusedSweep)?;
    Plan::new(sweep, bounds).map_err(Failure::RefusedSweep)
}

/// The scenario that a sweep names: a file beside the sweep's, or an embedded one.
fn find(folder: &Path, scenario: &str) -> Result<Base, SweepFault> {
    if scenario == "-" {
        return Err(SweepFault::Name("found \"-\"; accepted: a file, or the name of an embedded scenario".into()));
    }
    let beside = folder.join(scenario);
    let is_file = beside.metadata().is_ok_and(|metadata| !metadata.is_dir());
    let is_embedded = crate::scenario::Embedded::find(scenario).is_some();
    let name = if is_file || !is_embedded { beside.into_os_string() } else { scenario.into() };
    let source = input::open(&name).map_err(|failure| match failure {
        Failure::Refused(report) => SweepFault::File(report),
        Failure::BadInput(message) | Failure::Failed(message) => SweepFault::Name(message),
        _ => SweepFault::Name("cannot be read".into()),
    })?;
    let input::Source { document, folder, .. } = source;
    let load = Box::new(move |name: &str| input::read_named(&folder.join(name), name));
    Ok(Base { document, argument: name.to_string_lossy().into_owned(), load })
}

/// As many threads as are wanted and as the memory bears.
fn settings(args: &ExperimentArgs, shard: Shard, checked: &Checked, bounds: Bounds) -> Settings {
    let jobs = batch::jobs(args.jobs, checked.memory_bytes, bounds.memory_bytes, !args.show.quiet);
    let draw = args.show.draw();
    Settings { jobs, shard, draw, plots: batch::SWEEP_PLOTS }
}

/// What is wrong with the folders of a sweep.
fn merge_failure(error: MergeError) -> Failure {
    match error {
        MergeError::Refused(message) => Failure::BadInput(message),
        MergeError::Output(error) => Failure::from(error),
    }
}

fn failure(error: SweepError, target: &Path) -> Failure {
    match error {
        SweepError::Output(error) if error.is_bad_input() => Failure::BadInput(error.to_string()),
        error => {
            let folder = clean(&target.display().to_string());
            Failure::Failed(format!("{error}\nwhat was done is kept in {folder}; go on with --resume"))
        }
    }
}

/// Says what came out; the exit code.
fn tell(work: &Work<'_>, report: &Report, target: &Path) -> Result<ExitCode, Failure> {
    let Work { args, plan, checked, .. } = work;
    let folder = clean(&target.display().to_string());
    let (tally, progress) = (&report.tally, &report.progress);
    if !args.experiment.show.quiet {
        notes(plan, checked, report).iter().for_each(|note| terminal::say(&format!("warning: {note}\n")));
    }
    let planned = progress.reused + progress.planned;
    let again = again(args, work.settings.shard);
    let Some(manifest) = &report.manifest else {
        return Err(Failure::Interrupted(format!(
            "interrupted before any run was done; nothing is kept, begin with: {again}"
        )));
    };
    if !manifest.complete {
        let state = format!(
            "interrupted: {} of {} are done and stand in {folder}, marked as incomplete",
            human::count(tally.done as u64),
            human::counted(planned as u64, "run", "runs")
        );
        return Err(Failure::Interrupted(format!("{state}\ngo on with: {again}")));
    }
    let told = if args.experiment.json {
        terminal::print(&crate::output::json_text(manifest))
    } else if args.experiment.show.quiet {
        Ok(())
    } else {
        let reused = if progress.reused > 0 {
            format!(", {} of them there before", human::count(progress.reused as u64))
        } else {
            String::new()
        };
        let runs = human::counted(tally.done as u64, "run", "runs");
        let points = human::counted(plan.points() as u64, "point", "points");
        let table = table::render(target, plan.points())?;
        let name = clean(&plan.sweep().name);
        terminal::print(&format!("{name}: {points}, {runs}{reused}\n\n{table}\n{}", batch::whereabouts(target)))
    };
    if tally.failed + tally.unmet > 0 {
        let counts = format!(
            "{} of {} failed, {} did not meet what is expected",
            tally.failed,
            human::counted(tally.done as u64, "run", "runs"),
            tally.unmet
        );
        return Err(Failure::Failed(format!(
            "{counts}; the others stand in {folder}\n  {}",
            tally.messages.iter().map(|m| clean(m)).collect::<Vec<_>>().join("\n  ")
        )));
    }
    told?;
    Ok(ExitCode::SUCCESS)
}

/// What a reader should know of how the results came about.
fn notes(plan: &Plan, checked: &Checked, report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    if checked.left_out > 0 {
        notes.push(format!(
            "{} left out by the constraints",
            human::counted(checked.left_out as u64, "point is", "points are")
        ));
    }
    let alone = (0..plan.points()).filter(|point| plan.baseline_of(*point).is_none()).count();
    if alone > 0 && !plan.sweep().baseline.is_empty() {
        let points = human::counted(alone as u64, "point has", "points have");
        notes.push(format!("{points} nothing to be compared with: the constraints leave out the baseline there"));
    }
    if report.damaged > 0 {
        notes.push(format!("{} damaged and done again", human::counted(report.damaged, "record was", "records were")));
    }
    if report.dropped > 0 {
        let dropped = human::counted(report.dropped as u64, "run", "runs");
        notes.push(format!("{dropped} of an earlier form of the sweep are not in this one, and were dropped"));
    }
    notes
}

/// The command that goes on.
fn again(args: &SweepRunArgs, shard: Shard) -> String {
    let mut parts = vec!["swarmsim".to_owned(), "sweep".to_owned(), args.file().to_string_lossy().into_owned()];
    args.set.iter().for_each(|text| parts.extend(["--set".to_owned(), text.clone()]));
    if let Some(out) = &args.experiment.out {
        parts.extend(["--out".to_owned(), out.display().to_string()]);
    }
    if shard.is_whole() {
        parts.push("--resume".to_owned());
    } else {
        parts.extend(["--shard".to_owned(), shard.to_string()]);
    }
    batch::shell(&parts)
}

/// Prints a line a run.
fn print_plan(plan: &Plan, args: &SweepRunArgs, shard: Shard) -> Result<ExitCode, Failure> {
    // A piece at a time: there may be a million lines.
    const LINES: usize = 1_000;
    let mut text = String::new();
    for (i, run) in (0..plan.len()).filter(|run| shard.has(*run)).enumerate() {
        let arguments: Vec<String> =
            ["swarmsim".to_owned(), "run".to_owned()].into_iter().chain(plan.arguments(run)).collect();
        let values = plan.sweep().axes.iter().zip(plan.texts(run));
        if args.experiment.json {
            let values: serde_json::Map<String, serde_json::Value> =
                values.map(|(axis, text)| (axis.path.clone(), text.into())).collect();
            let line = serde_json::json!({ "run": run, "seed": plan.seed(run), "values": values, "arguments": arguments[1..] });
            text.push_str(&format!("{line}\n"));
        } else {
            let values: Vec<String> = values.map(|(axis, text)| format!("{}={text}  ", axis.path)).collect();
            let line = format!("{run}  seed={}  {}{}", plan.seed(run), values.concat(), batch::shell(&arguments));
            text.push_str(&clean(&line));
            text.push('\n');
        }
        if i % LINES == LINES - 1 {
            terminal::print(&std::mem::take(&mut text))?;
        }
    }
    terminal::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// A sweep for `validate`: what it would take.
pub fn describe(name: &OsStr, source: &input::Source, bounds: Bounds) -> Result<(String, Checked), Failure> {
    let (plan, checked) = plan(name, source, bounds)?;
    let events = checked.events * plan.seeds() as f64;
    let text = format!(
        "{} of {}, about {} events in all and {} of memory a run",
        human::counted(plan.len() as u64, "run", "runs"),
        human::counted(plan.points() as u64, "point", "points"),
        count_text(events),
        memory_text(checked.memory_bytes as f64),
    );
    Ok((text, checked))
}
