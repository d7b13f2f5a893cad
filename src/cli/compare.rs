//! `swarmsim compare`: the same seeds under each strategy, and what may be concluded.

use super::args::OverrideArgs;
use super::batch::{self, BatchProgress};
use super::{CompareArgs, Failure, input, interrupt, terminal};
use crate::experiment::Journal;
use crate::experiment::compare::{
    self, Batch, Comparison, Design, DesignError, Outcomes, Plan, Request, Stopped, parse_width,
};
use crate::output::text::clean;
use crate::output::{IfThere, Purpose, RunFolder, human, json_text};
use std::path::Path;
use std::process::ExitCode;

/// Seeds where none are asked for.
const SEEDS: u64 = 30;
/// Seeds before the first look where none are asked for.
const SEEDS_AT_FIRST: u64 = 10;

/// Compares strategies, writes the folder and says what came out.
pub fn run(args: CompareArgs) -> Result<ExitCode, Failure> {
    let Prepared { source, design, plan, jobs } = prepare(&args)?;
    let target = args.out.clone().unwrap_or_else(|| Path::new("results").join(&design.scenario).join("compare"));
    let if_there = match (args.force, args.resume) {
        (true, _) => IfThere::Replace,
        (_, true) => IfThere::Resume,
        _ => IfThere::Refuse,
    };
    let folder = RunFolder::prepare(&target, Purpose::COMPARISON, if_there, source.file.as_deref())?;
    interrupt::install(&folder)?;
    let (outcomes, comparison) = run_all(&args, &design, plan.as_ref(), jobs, &folder)?;
    let options = args.show.draw();
    compare::write(folder, &design, &outcomes, &comparison, options)?;
    let told = tell(&args, &comparison, &target);
    if interrupt::is_requested() {
        let folder = clean(&target.display().to_string());
        return Err(Failure::Interrupted(format!("interrupted when all was done; it stands whole in {folder}")));
    }
    let failed = comparison.runs.iter().filter(|run| run.status == "failed").count() as u64;
    if failed > 0 {
        let runs = human::counted(failed, "run", "runs");
        return Err(Failure::Failed(format!("{runs} failed and are left out; the others are compared")));
    }
    told?;
    Ok(ExitCode::SUCCESS)
}

/// What is to be done.
struct Prepared {
    source: input::Source,
    design: Design,
    plan: Option<Plan>,
    jobs: usize,
}

/// All that can be wrong is found here, before anything is written.
fn prepare(args: &CompareArgs) -> Result<Prepared, Failure> {
    let plan = args.until_width.as_deref().map(|text| plan(text, args)).transpose()?;
    let changes = OverrideArgs { set: args.set.clone(), seed: args.seed, strategy: None };
    let overrides = changes.to_overrides()?;
    let source = input::open(&args.scenario)?;
    let loaded = source.check(&overrides, args.limits)?;
    if !args.show.quiet {
        terminal::say(&loaded.warnings.to_string());
    }
    let shared = OverrideArgs { seed: None, ..changes }.typed();
    let arguments = [vec![args.scenario.to_string_lossy().into_owned()], shared].concat();
    let most = plan.as_ref().and_then(|plan| plan.sizes().last().copied()).map(|seeds| seeds as u64);
    let request = Request {
        strategies: &args.strategies,
        baseline: args.baseline.as_deref(),
        metrics: &args.metric,
        seeds: most.or(args.seeds).unwrap_or(SEEDS),
        arguments: &arguments,
    };
    let design =
        Design::new(&source.document, &overrides, &source.loader(), &request).map_err(|error| match error {
            DesignError::Argument(message) => Failure::BadInput(message),
            DesignError::Scenario(report) => Failure::Refused(report),
        })?;
    if !args.show.quiet {
        for group in &design.groups_apart {
            let group = clean(group);
            terminal::say(&format!(
                "warning: the group \"{group}\" has a strategy of its own and keeps it under each strategy compared\n"
            ));
        }
    }
    let memory_bytes = args.limits.bounds().memory_bytes;
    let jobs = batch::jobs(args.jobs, loaded.estimate.memory_bytes, memory_bytes, !args.show.quiet);
    Ok(Prepared { source, design, plan, jobs })
}

fn plan(width: &str, args: &CompareArgs) -> Result<Plan, Failure> {
    let share = parse_width(width)
        .map_err(|message| Failure::BadInput(format!("--until-width: found \"{}\"; {message}", clean(width))))?;
    let first = args.seeds.unwrap_or(SEEDS_AT_FIRST);
    if first < 2 {
        return Err(Failure::BadInput(format!("--seeds: found {first}; accepted: at least 2")));
    }
    Plan::new(share, first, args.max_seeds).map_err(Failure::BadInput)
}

/// Runs what is lacking, with a look at the results where the plan has one.
fn run_all(
    args: &CompareArgs,
    design: &Design,
    plan: Option<&Plan>,
    jobs: usize,
    folder: &RunFolder,
) -> Result<(Outcomes, Comparison), Failure> {
    let mut journal = Journal::open(&folder.journal())?;
    let mut earlier = Journal::read(&folder.path().join(compare::RUNS)).ok().filter(|_| args.resume);
    let mut progress = BatchProgress::new(!args.show.quiet && !args.json);
    let mut batch = Batch {
        design,
        jobs,
        journal: Some(&mut journal),
        earlier: earlier.as_mut(),
        is_stopped: &interrupt::is_requested,
        progress: &mut |done, all, failed| progress.update(0, done, failed, all, done as f64 / all.max(1) as f64),
    };
    let mut outcomes = Outcomes::new();
    let sizes = plan.map_or_else(|| vec![design.seeds.len()], |plan| plan.sizes().to_vec());
    for seeds in sizes {
        let end = batch.extend(&mut outcomes, seeds);
        if end.is_err() {
            // What was done is worth keeping whatever the reason.
            let kept = batch.journal.as_deref().map(|journal| (journal.sync(), journal.len()));
            let kept = kept.map_or(0, |(_, kept)| kept);
            return end
                .map(|()| unreachable!("it is an error"))
                .map_err(|stopped| failure(&stopped, folder.path(), kept));
        }
        if plan.is_some_and(|plan| plan.is_enough(design, &outcomes)) {
            break;
        }
    }
    let comparison = plan.map_or_else(|| Comparison::of(design, &outcomes), |plan| plan.compare(design, &outcomes));
    Ok((outcomes, comparison))
}

fn failure(stopped: &Stopped, folder: &Path, kept: usize) -> Failure {
    let folder = clean(&folder.display().to_string());
    let runs = human::counted(kept as u64, "run", "runs");
    match stopped {
        Stopped::Asked => Failure::Interrupted(format!(
            "interrupted; {runs} are kept in {folder}: go on with the same command and --resume"
        )),
        Stopped::Journal(error) => {
            Failure::Failed(format!("{error}\n{runs} are kept in {folder}; go on with the same command and --resume"))
        }
        Stopped::Threads(error) => Failure::Failed(format!("no thread can be started: {error}; try fewer --jobs")),
    }
}

/// Prints what came out, in the way that was asked for.
fn tell(args: &CompareArgs, comparison: &Comparison, target: &Path) -> Result<(), Failure> {
    if args.json {
        terminal::print(&json_text(comparison))
    } else if args.show.quiet {
        Ok(())
    } else {
        terminal::print_styled(&format!("{}\n{}", compare::table(comparison), batch::whereabouts(target)))
    }
}
