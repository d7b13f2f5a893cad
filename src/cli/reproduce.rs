//! `swarmsim reproduce`: runs a run again from its manifest, and compares every byte.

use super::args::ReproduceArgs;
use super::past::{PastRun, shown};
use super::run::{Wanted, run_into};
use super::scratch::Scratch;
use super::{Failure, interrupt, terminal};
use crate::metrics::Summary;
use crate::output::difference::{self, Difference};
use crate::output::human::{count, counted, seconds};
use crate::output::{self, FileEntry, IfThere, Manifest, Purpose, RunFolder};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

/// What became of a file.
#[derive(Clone, Debug, Serialize)]
struct Verdict {
    file: String,
    /// It was changed or removed after it was written.
    damaged: bool,
    /// It came out differently.
    differs: bool,
    /// Where, if what was written then still stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
}

/// What came out, for machines.
#[derive(Debug, Serialize)]
struct Account {
    reproduced: bool,
    folder: String,
    scenario: String,
    seed: u64,
    swarmsim: [String; 2],
    model_revision: [u32; 2],
    digest: [String; 2],
    files: usize,
    same_files: usize,
    /// The files that are not as they should be.
    wrong: Vec<Verdict>,
    wall_s: f64,
}

/// Runs it again, compares, and fails where anything differs.
pub fn run(args: &ReproduceArgs) -> Result<ExitCode, Failure> {
    let past = PastRun::open(&args.folder, args.limits)?;
    interrupt::install_alone()?;
    if let Some(notice) = past.made_elsewhere().filter(|_| !args.json) {
        terminal::say(&format!("warning: {notice}\n"));
    }
    let scratch = Scratch::new("reproduce")?;
    let again = scratch.path().join("run");
    let wanted = Wanted {
        trace: past.trace(),
        parquet: past.has_parquet(),
        draw: past.drawn(),
        arguments: past.manifest.arguments.clone(),
        threads: 1,
        show_progress: !args.quiet && !args.json,
    };
    let folder = RunFolder::prepare(&again, Purpose::RUN, IfThere::Refuse, None)?;
    let (manifest, summary, timing) = run_into(folder, &wanted, &past.scenario)?;
    let verdicts = compare(&past, &manifest, &again)?;
    let account = account(&past, &manifest, verdicts, timing.wall_s);
    tell(args, &account, &summary)?;
    if account.reproduced { Ok(ExitCode::SUCCESS) } else { Err(Failure::Failed(complaint(&past, &account))) }
}

/// Looks at every file that the manifest lists, in its order.
fn compare(past: &PastRun, again: &Manifest, folder: &Path) -> Result<Vec<Verdict>, Failure> {
    past.manifest.files.iter().map(|entry| verdict(past, entry, again, folder)).collect()
}

fn verdict(past: &PastRun, entry: &FileEntry, again: &Manifest, folder: &Path) -> Result<Verdict, Failure> {
    let damaged = !entry.is_as_written(&past.folder);
    let now = again.files.iter().find(|now| now.name == entry.name);
    let differs = now.is_none_or(|now| now.blake3 != entry.blake3);
    let difference = match now {
        Some(_) if differs && !damaged => {
            difference::first(&entry.name, &past.folder.join(&entry.name), &folder.join(&entry.name))?
        }
        _ => None,
    };
    Ok(Verdict { file: entry.name.clone(), damaged, differs, difference })
}

fn account(past: &PastRun, again: &Manifest, verdicts: Vec<Verdict>, wall_s: f64) -> Account {
    let files = verdicts.len();
    let wrong: Vec<Verdict> = verdicts.into_iter().filter(|one| one.damaged || one.differs).collect();
    let was = &past.manifest;
    Account {
        reproduced: wrong.is_empty() && was.digest == again.digest,
        folder: past.folder.display().to_string(),
        scenario: was.scenario.clone(),
        seed: was.seed,
        swarmsim: [was.swarmsim.clone(), again.swarmsim.clone()],
        model_revision: [was.model_revision, again.model_revision],
        digest: [was.digest.clone(), again.digest.clone()],
        files,
        same_files: files - wrong.len(),
        wrong,
        wall_s,
    }
}

fn tell(args: &ReproduceArgs, account: &Account, summary: &Summary) -> Result<(), Failure> {
    if args.json {
        return terminal::print(&output::json_text(account));
    }
    if args.quiet || !account.reproduced {
        return Ok(());
    }
    terminal::print(&format!(
        "reproduced: {} of {}, digest {}, {} in {}\n",
        count(account.same_files as u64),
        counted(account.files as u64, "file", "files"),
        account.digest[1],
        counted(summary.events, "event", "events"),
        seconds(account.wall_s),
    ))
}

/// What is wrong, the most telling first: what came out differently, then what was damaged since.
fn complaint(past: &PastRun, account: &Account) -> String {
    let folder = shown(&past.folder);
    let mut lines = Vec::new();
    let [was, now] = &account.digest;
    if was != now {
        lines.push(format!("{folder}: not reproduced: the events differ: digest {was} then, {now} now"));
    }
    let differing: Vec<&Verdict> = account.wrong.iter().filter(|one| one.differs).collect();
    let shown_one = differing.iter().find(|one| one.difference.is_some()).or(differing.first());
    if let Some(one) = shown_one {
        let all = counted(differing.len() as u64, "file comes", "files come");
        let place = match &one.difference {
            Some(Difference { place, first, second }) => format!(", {place}: {first} then, {second} now"),
            None if one.damaged => " (what stands there was changed since, too)".to_owned(),
            None => " is not written any more".to_owned(),
        };
        lines.push(format!("{folder}: {all} out differently; the first is {}{place}", shorten_name(&one.file)));
    }
    let damaged: Vec<String> =
        account.wrong.iter().filter(|one| one.damaged).map(|one| shorten_name(&one.file)).collect();
    if !damaged.is_empty() {
        let verdict = if differing.is_empty() && was == now { "; the run itself is reproduced" } else { "" };
        lines.push(format!(
            "{folder}: changed or removed since the run was written: {} (the digest in the manifest is another){verdict}",
            damaged.join(", ")
        ));
    }
    lines.join("\nerror: ")
}

fn shorten_name(name: &str) -> String {
    crate::scenario::problem::shorten(name)
}
