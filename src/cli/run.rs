//! `swarmsim run`: one run, from the scenario to its folder.

use super::args::TableFormat;
use super::clock::{self, Stopwatch};
use super::{Failure, RunArgs, input, interrupt, terminal};
use crate::MODEL_REVISION;
use crate::metrics::{Identity, Metrics, Summary, Tables};
use crate::output::{self, DrawOptions, RunFolder, RunOutput, Timing};
use crate::scenario::Scenario;
use crate::sim::QueueKind;
use crate::swarm::Simulation;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Events between two looks at the signals: some milliseconds.
const SLICE: u64 = 20_000;

/// Runs a scenario once and writes its folder.
pub fn run(args: RunArgs) -> Result<ExitCode, Failure> {
    if args.format == TableFormat::Parquet {
        return Err(Failure::BadInput("--format parquet: is not in this version; accepted: csv".into()));
    }
    let overrides = args.overrides.to_overrides()?;
    let source = input::open(&args.scenario)?;
    let scenario = source.read(&overrides, args.limits)?.scenario;
    let target = args.out.clone().unwrap_or_else(|| default_folder(&scenario));
    let folder = RunFolder::prepare(&target, args.force, source.file.as_deref())?;
    interrupt::install()?;

    let watch = Stopwatch::start();
    let started_unix_s = clock::unix_s();
    let (summary, tables) = simulate(&scenario)?;
    let wall_s = watch.elapsed().as_secs_f64();
    let timing = Timing {
        started_unix_s,
        wall_s,
        events_per_s: (wall_s > 0.0).then(|| summary.events as f64 / wall_s),
        peak_memory_bytes: None,
    };
    write(&args, &scenario, folder, &summary, &tables, &timing)?;
    if args.json {
        terminal::print(&json_text(&summary))?;
    } else if !args.quiet {
        terminal::print(&format!("{} -> {}\n", summary.scenario, target.display()))?;
    }
    check(&scenario, &summary)?;
    Ok(ExitCode::SUCCESS)
}

/// Where a run is written unless another folder is named.
fn default_folder(scenario: &Scenario) -> PathBuf {
    Path::new("results").join(&scenario.name).join(format!("seed-{}", scenario.config.seed))
}

fn simulate(scenario: &Scenario) -> Result<(Summary, Tables), Failure> {
    let metrics = Metrics::new(scenario.output.sample_interval);
    let mut run = Simulation::new(scenario.config.clone(), metrics, QueueKind::Ladder);
    while run.advance(SLICE) {
        if interrupt::is_requested() {
            return Err(Failure::Interrupted);
        }
    }
    let (digest, events) = (run.digest(), run.events());
    let (metrics, reason) = run.finish();
    Ok(metrics.finish(Identity {
        scenario: scenario.name.clone(),
        seed: scenario.config.seed,
        strategy: scenario.strategy.kind.name.to_owned(),
        digest,
        events,
        reason,
    }))
}

fn write(
    args: &RunArgs,
    scenario: &Scenario,
    folder: RunFolder,
    summary: &Summary,
    tables: &Tables,
    timing: &Timing,
) -> Result<(), Failure> {
    let groups: Vec<String> = scenario.config.groups.iter().map(|group| group.name.clone()).collect();
    let run = RunOutput {
        scenario: &scenario.to_json(),
        summary,
        tables,
        groups: &groups,
        arguments: &args.overrides.typed(),
        model_revision: MODEL_REVISION,
        timing,
    };
    let options = DrawOptions { plots: !args.no_plots, png: args.png, report: true };
    output::write_run(folder, &run, options)?;
    Ok(())
}

/// The text of `summary.json`.
fn json_text(summary: &Summary) -> String {
    let mut text = serde_json::to_string_pretty(summary).expect("plain data");
    text.push('\n');
    text
}

/// Fails where the scenario expects something else than what came out.
fn check(scenario: &Scenario, summary: &Summary) -> Result<(), Failure> {
    let unmet: Vec<String> = scenario
        .expect
        .iter()
        .filter(|expected| !expected.holds(summary.metric(&expected.metric)))
        .map(|expected| {
            let got = summary.metric(&expected.metric).map_or_else(|| "no value".into(), |value| value.to_string());
            format!("expectation not met: {expected}, got {got}")
        })
        .collect();
    if unmet.is_empty() { Ok(()) } else { Err(Failure::Failed(unmet.join("\nerror: "))) }
}
