//! `swarmsim run`: one run, from the scenario to its folder.

use super::args::TableFormat;
use super::clock::{self, Stopwatch};
use super::simulate::{self, Outcome};
use super::{Failure, Heap, RunArgs, disk, input, interrupt, memory, summary, terminal};
use crate::MODEL_REVISION;
use crate::metrics::Summary;
use crate::output::trace::{self, TraceFormat};
use crate::output::{self, DrawOptions, IfThere, Manifest, Purpose, RunFolder, RunOutput, Timing};
use crate::scenario::Scenario;
use crate::swarm::Obstacle;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What fits into a processor's caches and the tables beside them gains nothing from large pages.
const WORTH_LARGE_PAGES_BYTES: u64 = 16 << 20;

/// Runs a scenario once, writes its folder, says what came out and checks what was expected.
pub fn run(args: RunArgs) -> Result<ExitCode, Failure> {
    let overrides = args.overrides.to_overrides()?;
    let source = input::open(&args.scenario)?;
    let threads = if args.trace.is_some() { 1 } else { simulate::threads(args.threads) };
    let loaded = source.check_on(threads, &overrides, args.limits)?;
    if !args.show.quiet {
        terminal::say(&loaded.warnings.to_string());
    }
    let scenario = loaded.scenario;
    let target = args.out.clone().unwrap_or_else(|| default_folder(&scenario));
    if let Some(kind) = args.trace {
        disk::check(&loaded.estimate, kind.into(), &target)?;
    }
    let force = args.force || (args.is_implied && holds_the_same(&target, &scenario));
    let if_there = if force { IfThere::Replace } else { IfThere::Refuse };
    let folder = RunFolder::prepare(&target, Purpose::RUN, if_there, source.file.as_deref())?;
    interrupt::install(&folder)?;
    if loaded.estimate.memory_bytes >= WORTH_LARGE_PAGES_BYTES {
        Heap::use_large_pages();
    }
    let (_, summary, timing) = run_into(folder, &Wanted::by(&args), &scenario)?;
    let told = tell(&args, &scenario, &summary, &timing, &target);
    if interrupt::is_requested() {
        let folder = human_path(&target);
        return Err(Failure::Interrupted(format!("interrupted when the run was over; it stands whole in {folder}")));
    }
    // Whoever closed standard output still gets the exit code.
    check(&scenario, &summary)?;
    told?;
    Ok(ExitCode::SUCCESS)
}

/// Where a run is written unless another folder is named.
fn default_folder(scenario: &Scenario) -> PathBuf {
    Path::new("results").join(&scenario.name).join(format!("seed-{}", scenario.config.seed))
}

/// Whether a folder holds a run of the same scenario and nothing more: without a command, it may be made again, as nothing is lost.
fn holds_the_same(folder: &Path, scenario: &Scenario) -> bool {
    Manifest::read(folder).is_ok()
        && !trace::NAMES.iter().any(|name| folder.join(name).exists())
        && fs::read_to_string(folder.join("scenario.json"))
            .is_ok_and(|text| text == output::json_text(&scenario.to_json()))
}

/// What is written of a run, and what is shown of it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The trace, and how.
    pub trace: Option<TraceFormat>,
    /// The tables as Parquet too.
    pub parquet: bool,
    /// Plots and report.
    pub draw: DrawOptions,
    /// The arguments that changed the scenario.
    pub arguments: Vec<String>,
    /// Threads to simulate on.
    pub threads: u16,
    /// How far it has come, on a terminal.
    pub show_progress: bool,
}

impl Wanted {
    fn by(args: &RunArgs) -> Wanted {
        Wanted {
            trace: args.trace.map(TraceFormat::from),
            parquet: args.format == TableFormat::Parquet,
            draw: args.show.draw(),
            arguments: args.overrides.typed(),
            threads: args.threads,
            show_progress: !args.show.quiet && !args.json,
        }
    }
}

/// Simulates, and writes everything into the folder.
pub fn run_into(
    mut folder: RunFolder,
    wanted: &Wanted,
    scenario: &Scenario,
) -> Result<(Manifest, Summary, Timing), Failure> {
    let started_unix_s = clock::unix_s();
    let watch = Stopwatch::start();
    let Outcome { summary, tables, checkpoints } = match wanted.trace {
        Some(format) => {
            if wanted.threads > 1 && wanted.show_progress {
                terminal::say(&simulate::one_thread(Obstacle::InOrder));
            }
            let file = folder.create(format.file_name())?;
            let (outcome, file) = simulate::traced(scenario, wanted.show_progress, file, format)?;
            folder.finish(file)?;
            outcome
        }
        None => simulate::plain(scenario, wanted.threads, wanted.show_progress)?,
    };
    let wall_s = watch.elapsed().as_secs_f64();
    let timing = Timing {
        started_unix_s,
        wall_s,
        events_per_s: (wall_s > 0.0).then(|| summary.events as f64 / wall_s),
        peak_memory_bytes: memory::peak_bytes(),
    };
    let run = RunOutput {
        scenario: &scenario.to_json(),
        summary: &summary,
        tables,
        groups: &scenario.config.groups.iter().map(|group| group.name.clone()).collect::<Vec<_>>(),
        arguments: &wanted.arguments,
        model_revision: MODEL_REVISION,
        timing: &timing,
        parquet: wanted.parquet,
        checkpoints: &checkpoints,
    };
    let manifest = output::write_run(folder, run, wanted.draw)?;
    Ok((manifest, summary, timing))
}

/// Prints what came out, in the way that was asked for.
fn tell(args: &RunArgs, scenario: &Scenario, figures: &Summary, timing: &Timing, target: &Path) -> Result<(), Failure> {
    if args.json {
        terminal::print(&output::json_text(figures))
    } else if args.show.quiet {
        Ok(())
    } else {
        terminal::print_styled(&summary::render(scenario, figures, timing, target))
    }
}

/// Fails where the scenario expects something else than what came out, and names each.
fn check(scenario: &Scenario, summary: &Summary) -> Result<(), Failure> {
    let unmet: Vec<String> = scenario.unmet(summary).iter().map(|one| format!("expectation not met: {one}")).collect();
    if unmet.is_empty() { Ok(()) } else { Err(Failure::Failed(unmet.join("\nerror: "))) }
}

/// A path fit for a terminal.
fn human_path(path: &Path) -> String {
    output::text::clean(&path.display().to_string())
}
