//! `swarmsim sweep status`: how far the parts of a sweep are.

use super::super::past::shown;
use super::super::{Failure, clock, machine, terminal};
use super::merge_failure;
use crate::experiment::cluster::{PartStatus, State, Status};
use crate::output::human;
use crate::output::text::{clean, shell};
use clap::Args;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// The most parts that are named on a line.
const NAMED: usize = 12;

/// What `sweep status` says at the end of its help.
const EXAMPLES: &str = "\
Examples:
  swarmsim sweep status results/ttl
  watch -n 60 swarmsim sweep status results/ttl
  swarmsim sweep status results/ttl --json | jq '.parts[] | select(.state == \"failed\")'";

/// The arguments of `sweep status`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
    /// The folder of the sweep's results
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Print it as JSON to standard output
    #[arg(long)]
    pub json: bool,
}

/// Looks, and says what there is.
pub fn run(args: &StatusArgs) -> Result<ExitCode, Failure> {
    let status = Status::of(&args.folder, &machine::host(), clock::unix_s()).map_err(merge_failure)?;
    if args.json {
        terminal::print(&crate::output::json_text(&status))?;
        return Ok(ExitCode::SUCCESS);
    }
    let runs = human::counted(status.runs as u64, "run", "runs");
    let mut text = match status.parts.len() {
        0 => format!("{}: {runs}, not shared out\n", clean(&status.sweep)),
        parts => format!("{}: {}, {runs}\n", clean(&status.sweep), human::counted(parts as u64, "part", "parts")),
    };
    for (state, name) in
        [(State::Done, "done"), (State::Running, "running"), (State::Failed, "failed"), (State::Missing, "missing")]
    {
        let parts: Vec<&PartStatus> = status.of_state(state).collect();
        if !status.parts.is_empty() {
            let _ = writeln!(text, "  {name:<8}{:>6}{}", parts.len(), named(state, &parts));
        }
    }
    text.push_str(&next(args, &status));
    terminal::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Which parts they are, and what is to be known of each.
fn named(state: State, parts: &[&PartStatus]) -> String {
    if state == State::Done || parts.is_empty() {
        return String::new();
    }
    let one = |part: &&PartStatus| match state {
        State::Running => {
            let hosts: Vec<&str> = part.workers.iter().map(|beat| beat.host.as_str()).collect();
            clean(&format!("{} ({} of {} on {})", part.part, part.done, part.runs, hosts.join(" and ")))
        }
        State::Failed => clean(&format!("{} ({})", part.part, part.why.as_deref().unwrap_or("?"))),
        _ => part.part.clone(),
    };
    let shown: Vec<String> = parts.iter().take(NAMED).map(one).collect();
    let more = if parts.len() > NAMED { ", …" } else { "" };
    format!("   {}{more}", shown.join(", "))
}

/// What is left, and what to type next.
fn next(args: &StatusArgs, status: &Status) -> String {
    let folder = shell(&[args.folder.display().to_string()]);
    let (begun, failed) = (status.of_state(State::Running).count(), status.of_state(State::Failed).count());
    let missing = status.of_state(State::Missing).count();
    if status.is_whole {
        return format!("the whole is there: {}\n", shown(&args.folder));
    }
    if let Some(left_s) = status.left_s {
        return format!("about {} left at the present pace\n", human::seconds(left_s.ceil()));
    }
    match (status.parts.len(), failed + missing + begun) {
        (0, _) => "the whole is not there yet\n".to_owned(),
        (parts, 0) => format!("join them: swarmsim merge {folder}/shard-*-of-{parts} --out {folder}\n"),
        _ => "nobody is at work; have the rest done: swarmsim sweep export SWEEP --failed --to …\n".to_owned(),
    }
}
