//! Drawing a sweep or a comparison anew from what stands in its folder.

use super::compare::{self, Comparison, Outcomes};
use super::plots::draw_sweep;
use super::{Outcome, journal, report};
use crate::output::{DrawOptions, ExperimentManifest, OutputError, Purpose, RunFolder, prepare_drawing, write_plots};
use std::fs;
use std::path::Path;

/// The files that a sweep is drawn from.
const SWEEP_FROM: [&str; 3] = ["results.csv", "aggregate.csv", "sweep.json"];
/// The files that a comparison is drawn from.
const COMPARISON_FROM: [&str; 2] = ["comparison.json", compare::RUNS];

/// Draws the experiment in `target`, which its manifest describes, anew from its files, and brings the manifest up to date.
/// `claimed` is told of the folder before anything is written.
///
/// # Errors
/// A file that it is drawn from is not as it was written; the experiment is a part of a sweep, or is not finished; what the system
/// refuses.
pub fn redraw(
    target: &Path,
    manifest: ExperimentManifest,
    options: DrawOptions,
    claimed: impl FnOnce(&RunFolder),
) -> Result<ExperimentManifest, OutputError> {
    let refuse = |reason: &str, advice: &str| {
        Err(OutputError::Refused { path: target.to_path_buf(), reason: reason.into(), advice: advice.into() })
    };
    if let Some(shard) = &manifest.shard {
        let shard = crate::output::text::clean(shard);
        return refuse(
            &format!("holds part {shard} of a sweep, which has no plots"),
            "join the parts with `swarmsim merge`",
        );
    }
    let is_sweep = manifest.kind == Purpose::SWEEP.kind;
    let (purpose, from) = match is_sweep {
        true => (Purpose::SWEEP, &SWEEP_FROM[..]),
        false => (Purpose::COMPARISON, &COMPARISON_FROM[..]),
    };
    if purpose.journal.is_some_and(|journal| target.join(journal).exists()) {
        return refuse("holds an experiment that is being run or was broken off", "go on with it with --resume");
    }
    let mut folder = prepare_drawing(target, purpose, &manifest.files, from)?;
    claimed(&folder);
    if is_sweep {
        let drawn = draw_sweep(target, &manifest.name)?;
        write_plots(&mut folder, &drawn, options)?;
        if options.report {
            folder.write("report.html", report::sweep(target, &manifest.name, &drawn)?.as_bytes())?;
        }
    } else {
        let (comparison, outcomes) = read_comparison(target)?;
        compare::write_drawn(&mut folder, &outcomes, &comparison, options)?;
    }
    folder.commit_drawn(|files| ExperimentManifest { files, ..manifest })
}

/// A comparison as it was written, and the outcomes of its runs, in the order of its strategies and seeds.
fn read_comparison(target: &Path) -> Result<(Comparison, Outcomes), OutputError> {
    let path = target.join("comparison.json");
    let text = fs::read(&path).map_err(OutputError::io("read", &path))?;
    let comparison: Comparison = serde_json::from_slice(&text).map_err(|error| OutputError::damaged(&path, error))?;
    if !comparison.strategies.contains(&comparison.baseline) {
        return Err(OutputError::damaged(&path, "its baseline is none of its strategies"));
    }
    let is_whole = |metric: &compare::Metric| {
        comparison.strategies.iter().all(|name| {
            let is_compared = *name == comparison.baseline || metric.versus_baseline.get(name).is_some();
            is_compared && metric.strategies.get(name).is_some()
        })
    };
    if let Some((name, _)) = comparison.metrics.iter().find(|(_, metric)| !is_whole(metric)) {
        let name = crate::output::text::clean(name);
        return Err(OutputError::damaged(&path, format!("its metric {name} lacks a strategy")));
    }
    let runs = target.join(compare::RUNS);
    let outcomes = arrange(&comparison, journal::outcomes(&runs)?);
    outcomes
        .map(|outcomes| (comparison, outcomes))
        .ok_or_else(|| OutputError::damaged(&runs, "holds other runs than comparison.json"))
}

/// The outcomes by strategy and seed. They stand seed by seed, without those that failed.
fn arrange(comparison: &Comparison, outcomes: Vec<Outcome>) -> Option<Outcomes> {
    let seeds = comparison.seeds.len();
    let mut left = outcomes.into_iter();
    let mut arranged: Outcomes = comparison.strategies.iter().map(|_| Vec::with_capacity(seeds)).collect();
    for seed in 0..seeds {
        for (strategy, ones) in arranged.iter_mut().enumerate() {
            let run = comparison.runs.get(strategy * seeds + seed)?;
            ones.push(match run.status.as_str() {
                "failed" => Outcome::failed("", run.seed, ""),
                _ => left.next().filter(|one| one.seed == run.seed && one.digest == run.digest)?,
            });
        }
    }
    left.next().is_none().then_some(arranged)
}
