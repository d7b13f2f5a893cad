//! `swarmsim report`: plots and report of what was run, drawn anew from its files.

use super::args::ReportArgs;
use super::past::shown;
use super::{Failure, interrupt, terminal};
use crate::experiment;
use crate::output::human::counted;
use crate::output::{self, DRAWN_FROM, ExperimentManifest, FileEntry, Manifest, Purpose, manifest_kind};
use std::path::Path;
use std::process::ExitCode;

/// Draws, and says what there is now.
pub fn run(args: &ReportArgs) -> Result<ExitCode, Failure> {
    let folder = &args.folder;
    let files = match kind(folder)?.as_str() {
        "run" => draw_run(args)?,
        kind => draw_experiment(args, kind)?,
    };
    let drawn = |entry: &&FileEntry| entry.name.starts_with("plots/") || entry.name == "report.html";
    let count = files.iter().filter(drawn).count() as u64;
    let page = folder.join("report.html");
    let at = if page.is_file() { format!("; open {}", shown(&page)) } else { String::new() };
    if !args.quiet {
        terminal::print(&format!("drew {} in {}{at}\n", counted(count, "file", "files"), shown(folder)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn draw_run(args: &ReportArgs) -> Result<Vec<FileEntry>, Failure> {
    let manifest = Manifest::read(&args.folder)?;
    warn_of_version(args, &manifest.swarmsim, manifest.model_revision);
    let folder = output::prepare_drawing(&args.folder, Purpose::RUN, &manifest.files, &DRAWN_FROM)?;
    interrupt::install(&folder)?;
    Ok(output::redraw(folder, manifest, args.draw())?.files)
}

fn draw_experiment(args: &ReportArgs, kind: &str) -> Result<Vec<FileEntry>, Failure> {
    let manifest = ExperimentManifest::read(&args.folder, kind)?;
    warn_of_version(args, &manifest.swarmsim, manifest.model_revision);
    let mut installed = Ok(());
    let drawn =
        experiment::redraw(&args.folder, manifest, args.draw(), |folder| installed = interrupt::install(folder));
    installed?;
    Ok(drawn?.files)
}

/// What the folder holds: a run, a sweep or a comparison.
fn kind(folder: &Path) -> Result<String, Failure> {
    let refuse = |why: &str| {
        let accepted = "accepted: the folder of a run, a comparison or a sweep, such as results/NAME/seed-SEED";
        Err(Failure::BadInput(format!("{}: {why}; {accepted}", shown(folder))))
    };
    if !folder.exists() {
        return refuse("there is no such folder");
    }
    if !folder.is_dir() {
        return refuse("is no folder");
    }
    match manifest_kind(folder).as_deref() {
        Some(kind @ ("run" | "sweep" | "comparison")) => Ok(kind.to_owned()),
        Some(_) => refuse("its manifest.json is of another program or version"),
        None if folder.join(".partial").exists() => refuse("what it holds is not finished: there is no manifest.json"),
        None => refuse("holds no results: there is no manifest.json of ours"),
    }
}

fn warn_of_version(args: &ReportArgs, version: &str, model: u32) {
    let own = (env!("CARGO_PKG_VERSION"), crate::MODEL_REVISION);
    if (version, model) != own && !args.quiet {
        let version = crate::scenario::problem::shorten(version);
        terminal::say(&format!(
            "warning: {} was made by swarmsim {version} (model {model}), and is drawn by {} (model {})\n",
            shown(&args.folder),
            own.0,
            own.1
        ));
    }
}
