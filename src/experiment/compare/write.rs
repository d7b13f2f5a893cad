//! A comparison in its folder.

use super::analysis::Outcomes;
use super::comparison::Comparison;
use super::design::Design;
use super::{draw, markdown, tables};
use crate::MODEL_REVISION;
use crate::experiment::report;
use crate::output::{
    DrawOptions, ExperimentManifest, MANIFEST_SCHEMA_VERSION, OutputError, Purpose, RunFolder, StagedFile, json_text,
    write_plots,
};
use std::io;

/// The runs of a comparison, as the journal has them: they are not run again where more seeds are asked for.
pub const RUNS: &str = "runs.jsonl";

/// Writes a comparison and completes its folder.
///
/// # Errors
/// What the system refuses.
pub fn write(
    mut folder: RunFolder,
    design: &Design,
    outcomes: &Outcomes,
    comparison: &Comparison,
    options: DrawOptions,
) -> Result<(), OutputError> {
    folder.write("comparison.json", json_text(comparison).as_bytes())?;
    folder.write("comparison.md", markdown(comparison).as_bytes())?;
    table(&mut folder, "comparison.csv", |file| tables::write_comparison(comparison, file))?;
    table(&mut folder, "results.csv", |file| tables::write_results(design, outcomes, file))?;
    table(&mut folder, "curves.csv", |file| tables::write_curves(design, outcomes, file))?;
    table(&mut folder, RUNS, |file| write_runs(outcomes, file))?;
    if options.is_anything() {
        write_drawn(&mut folder, outcomes, comparison, options)?;
    }
    let failed = outcomes.iter().flatten().filter(|outcome| outcome.is_failed()).count() as u64;
    let runs = comparison.runs.len() as u64;
    let experiment = blake3::hash(asked_for(comparison).as_bytes()).to_hex().to_string();
    folder.commit_as(|files| ExperimentManifest {
        schema: MANIFEST_SCHEMA_VERSION,
        kind: Purpose::COMPARISON.kind.into(),
        swarmsim: env!("CARGO_PKG_VERSION").into(),
        model_revision: MODEL_REVISION,
        name: comparison.scenario.clone(),
        experiment,
        shard: None,
        planned: runs,
        done: runs,
        failed,
        complete: true,
        files,
    })?;
    Ok(())
}

/// Draws the plots and the report.
///
/// # Errors
/// What the system refuses.
pub fn write_drawn(
    folder: &mut RunFolder,
    outcomes: &Outcomes,
    comparison: &Comparison,
    options: DrawOptions,
) -> Result<(), OutputError> {
    let drawn = draw(outcomes, comparison);
    write_plots(folder, &drawn, options)?;
    if options.report {
        folder.write("report.html", report::comparison(outcomes, comparison, &drawn).as_bytes())?;
    }
    Ok(())
}

fn table(
    folder: &mut RunFolder,
    name: &str,
    write: impl FnOnce(&mut StagedFile) -> io::Result<()>,
) -> Result<(), OutputError> {
    let mut file = folder.create(name)?;
    let path = file.path().to_path_buf();
    write(&mut file).map_err(OutputError::io("write", &path))?;
    folder.finish(file)
}

/// Seed by seed, as in the journal. Runs that failed are tried again.
fn write_runs(outcomes: &Outcomes, mut file: impl io::Write) -> io::Result<()> {
    for seed in 0..outcomes[0].len() {
        for outcome in outcomes.iter().map(|ones| &ones[seed]).filter(|outcome| !outcome.is_failed()) {
            file.write_all(crate::experiment::journal::line_of(outcome).as_bytes())?;
        }
    }
    Ok(())
}

/// What makes two comparisons the same.
fn asked_for(comparison: &Comparison) -> String {
    let digests = comparison.runs.iter().map(|run| format!("{} {} {}\n", run.strategy, run.seed, run.digest));
    format!("{}\n{}", comparison.baseline, digests.collect::<String>())
}
