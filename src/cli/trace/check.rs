//! `swarmsim trace check`: a second opinion on a run, from its trace.

use crate::check::{self, Beside, INVARIANTS, Refusal};
use crate::cli::args::LimitArgs;
use crate::cli::{Failure, input, terminal};
use crate::output::tables;
use crate::scenario::problem::{escape, shorten};
use clap::Args;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What `trace check` says at the end of its help.
const EXAMPLES: &str = "\
The scenario is scenario.json in the trace's folder, unless --scenario names another. Where summary.json and the
tables (*.csv) are beside the trace, they are compared with what follows from it.

Examples:
  swarmsim run --trace && swarmsim trace check results/flash-crowd/seed-42/trace.jsonl
  swarmsim trace check --list                      print the invariants";

/// The arguments of `trace check`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CheckArgs {
    /// The trace, or the folder of a run that was traced
    #[arg(value_name = "TRACE", required_unless_present = "list")]
    pub trace: Option<PathBuf>,
    /// The scenario that was run [default: scenario.json in the trace's folder]
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Print the invariants, and check nothing
    #[arg(long)]
    pub list: bool,
    /// Say how often each invariant was put to the test
    #[arg(long, short)]
    pub verbose: bool,
    /// Print what was found as JSON to standard output, and nothing else
    #[arg(long)]
    pub json: bool,
    /// Say nothing but errors
    #[arg(long)]
    pub quiet: bool,
    /// What a run of the scenario may take
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Checks a trace; the exit code is 1 where an invariant does not hold, and 2 where the file is no trace of the scenario.
pub fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let Some(trace) = args.trace.as_deref().filter(|_| !args.list) else {
        return terminal::print(&list(args.json)).map(|()| ExitCode::SUCCESS);
    };
    let trace = &find(trace)?;
    let shown = shorten(&trace.display().to_string());
    let lines = check::open(trace).map_err(|error| Failure::BadInput(error.to_string()))?;
    let folder = trace.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let scenario = args.scenario.clone().unwrap_or_else(|| folder.join("scenario.json"));
    if args.scenario.is_none() && !scenario.exists() {
        let scenario = shorten(&scenario.display().to_string());
        return Err(Failure::BadInput(format!(
            "{scenario}: there is no such file; a trace is checked against its scenario: keep both together, or name it by --scenario"
        )));
    }
    let loaded = input::open(scenario.as_os_str())?.check(&[], args.limits)?;
    let beside = read_beside(&folder)?;
    let report = check::check(lines, &loaded.scenario, &beside).map_err(|refusal| match refusal {
        Refusal::NoTrace { rule, line, found } => {
            Failure::BadInput(format!("{shown}:{line}: {}: {found}", rule.invariant()))
        }
        Refusal::Io(error) => Failure::Failed(format!("{shown}: cannot be read: {error}")),
    })?;
    if args.json {
        terminal::print(&format!("{}\n", serde_json::to_string_pretty(&report.to_json()).expect("plain data")))?;
    } else if !args.quiet {
        terminal::print(&report.text(&escape(&trace.display().to_string()), args.verbose))?;
    }
    match report.holds() {
        true => Ok(ExitCode::SUCCESS),
        false => Err(Failure::Failed(report.complaints(&shown))),
    }
}

/// The trace's file: that which is named, or the one in a run's folder.
pub(in crate::cli) fn find(named: &Path) -> Result<PathBuf, Failure> {
    let metadata = named.metadata().map_err(|error| unreadable(named, &error))?;
    if metadata.is_file() {
        return Ok(named.to_path_buf());
    }
    let inside =
        ["trace.jsonl", "trace.jsonl.zst"].map(|name| named.join(name)).into_iter().find(|path| path.is_file());
    if let Some(inside) = inside.filter(|_| metadata.is_dir()) {
        return Ok(inside);
    }
    let named = shorten(&named.display().to_string());
    let what = if metadata.is_dir() { "is a folder without a trace.jsonl" } else { "is no file" };
    Err(Failure::BadInput(format!("{named}: {what}; accepted: a trace, as `swarmsim run --trace` writes it")))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::BadInput(format!("{}: cannot be read: {error}", shorten(&path.display().to_string())))
}

/// What was written beside the trace.
fn read_beside(folder: &Path) -> Result<Beside, Failure> {
    let summary_path = folder.join("summary.json");
    let summary = match fs::read(&summary_path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|error| {
            Failure::BadInput(format!(
                "{}: is no summary of a run: {error}",
                shorten(&summary_path.display().to_string())
            ))
        })?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(unreadable(&summary_path, &error)),
    };
    Ok(Beside {
        summary,
        peers: read_table(folder)?,
        expiries: read_table(folder)?,
        samples: read_table(folder)?,
        copies: read_table(folder)?,
    })
}

fn read_table<T: tables::Table>(folder: &Path) -> Result<Option<Vec<T>>, Failure> {
    if !folder.join(T::FILE).exists() {
        return Ok(None);
    }
    tables::read(folder).map(Some).map_err(|error| Failure::BadInput(error.to_string()))
}

/// The invariants, by what they are about.
fn list(as_json: bool) -> String {
    if as_json {
        let all: Vec<serde_json::Value> = INVARIANTS
            .iter()
            .map(|one| serde_json::json!({ "number": one.number, "name": one.name, "area": one.area.name(), "sentence": one.sentence }))
            .collect();
        return format!("{}\n", serde_json::to_string_pretty(&all).expect("plain data"));
    }
    let mut text = String::new();
    let mut area = None;
    for invariant in INVARIANTS {
        if area.replace(invariant.area) != Some(invariant.area) {
            let _ = writeln!(text, "{}{}", if text.is_empty() { "" } else { "\n" }, invariant.area.name());
        }
        let _ = writeln!(text, "  {invariant}\n      {}", invariant.sentence);
    }
    text
}
