//! `swarmsim merge`: joins the shards of a sweep.

use super::args::MergeArgs;
use super::{Failure, batch, interrupt, terminal};
use crate::experiment::sweep::{MergeError, Settings, Shards, merge};
use crate::output::text::clean;
use crate::output::{IfThere, Purpose, RunFolder, human};
use std::path::Path;
use std::process::ExitCode;

/// Checks the shards and writes the whole.
pub fn run(args: &MergeArgs) -> Result<ExitCode, Failure> {
    let shards = Shards::open(&args.folders).map_err(|error| match error {
        MergeError::Refused(message) => Failure::BadInput(message),
        MergeError::Output(error) => Failure::from(error),
    })?;
    let name = shards.plan().sweep().name.clone();
    let target = args.out.clone().unwrap_or_else(|| Path::new("results").join(&name));
    let if_there = if args.force { IfThere::Replace } else { IfThere::Refuse };
    if let Some(shard) = args.folders.iter().find(|folder| is_same(folder, &target)) {
        let shard = clean(&shard.display().to_string());
        return Err(Failure::BadInput(format!(
            "{shard}: is a part of what is to be joined; name another folder with --out"
        )));
    }
    let folder = RunFolder::prepare(&target, Purpose::SWEEP, if_there, None)?;
    interrupt::install(&folder)?;
    let draw = args.show.draw();
    let settings = Settings { draw, plots: batch::SWEEP_PLOTS, ..Settings::default() };
    let (tally, manifest) = merge(shards, folder, &settings)?;
    let shown = clean(&target.display().to_string());
    if args.json {
        terminal::print(&crate::output::json_text(&manifest))?;
    } else if !args.show.quiet {
        let runs = human::counted(tally.done as u64, "run", "runs");
        terminal::print(&format!("{}: {runs}\n{}", clean(&name), batch::whereabouts(&target)))?;
    }
    if tally.failed + tally.unmet > 0 {
        let lines: Vec<String> = tally.messages.iter().map(|message| clean(message)).collect();
        let counts = format!(
            "{} failed, {} did not meet what is expected",
            human::counted(tally.failed as u64, "run", "runs"),
            tally.unmet
        );
        return Err(Failure::Failed(format!("{counts}; the others stand in {shown}\n  {}", lines.join("\n  "))));
    }
    Ok(ExitCode::SUCCESS)
}

fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}
