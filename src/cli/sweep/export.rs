//! `swarmsim sweep export`: what an engine needs to do the parts of a sweep.

use super::super::args::LimitArgs;
use super::super::number::whole;
use super::super::past::shown;
use super::super::{Failure, clock, input, machine, terminal};
use super::{merge_failure, plan};
use crate::experiment::cluster::{
    EVEN, Engine, Part, Resources, SUBMISSION_FILE, Shares, State, Status, Submission, SubmissionFile, Submitted,
};
use crate::experiment::sweep::{MAX_RUNS, Plan};
use crate::output::text::clean;
use crate::output::{SUBMISSION, human};
use crate::scenario::units::{parse_duration, parse_size};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What `sweep export` says at the end of its help.
const EXAMPLES: &str = "\
Examples:
  swarmsim sweep export ttl.json --to slurm
  swarmsim sweep export ttl.json --to parallel --shards 64 --jobs 4
  swarmsim sweep export ttl.json --to kubernetes --image registry/swarmsim:1 --workers 20
  swarmsim sweep export ttl.json --to slurm --failed      what is not done yet, alone";

/// The engines by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineKind {
    /// An array script with requeue and append
    Slurm,
    /// A job definition file
    Hyperqueue,
    /// A list of commands and a script for GNU parallel, here or over ssh
    Parallel,
    /// The manifest of an Indexed Job
    Kubernetes,
    /// A plain list of commands
    Tasks,
}

/// The arguments of `sweep export`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// The sweep's file, or - for standard input
    #[arg(value_name = "SWEEP")]
    pub sweep: OsString,
    /// The engine
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub to: EngineKind,
    /// The folder for the results; the submission goes to `submit` in it [default: results/NAME]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How many parts; by default as many as are even by the estimate and take some minutes each
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u32>(1..=MAX_RUNS), conflicts_with = "failed")]
    pub shards: Option<u32>,
    /// How many parts are done at once, where that is known; there will be some times as many parts
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u32>(1..=100_000))]
    pub workers: Option<u32>,
    /// Runs that a part does at once, a processor each
    #[arg(short, long, value_name = "N", default_value = "1", allow_negative_numbers = true, value_parser = whole::<u16>(1..=1024))]
    pub jobs: u16,
    /// Only the parts that are failed or missing, of as many as before
    #[arg(long)]
    pub failed: bool,
    /// Memory of a part [default: by the estimate, with a margin]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// Time limit of a part [default: by the estimate, with a margin]
    #[arg(long, value_name = "DURATION", value_parser = parse_time)]
    pub time: Option<u64>,
    /// The most tasks of a Slurm array: one less than its MaxArraySize
    #[arg(long, value_name = "N", default_value = "1000", allow_negative_numbers = true, value_parser = whole::<u32>(1..=4_000_000))]
    pub array_limit: u32,
    /// The program on the machines that do the parts [default: this one; in Kubernetes, swarmsim]
    #[arg(long, value_name = "PATH")]
    pub program: Option<String>,
    /// The image, for Kubernetes
    #[arg(long, value_name = "IMAGE", default_value = concat!("swarmsim:", env!("CARGO_PKG_VERSION")))]
    pub image: String,
    /// The claim of the volume for the results, for Kubernetes
    #[arg(long, value_name = "NAME", default_value = "swarmsim-results")]
    pub claim: String,
    /// What one run may take
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Print what was written and what to type as JSON to standard output
    #[arg(long)]
    pub json: bool,
}

/// A time limit in whole seconds, at least one minute.
fn parse_time(text: &str) -> Result<u64, String> {
    let seconds = parse_duration(text)?.as_secs_f64().ceil() as u64;
    if seconds >= 60 { Ok(seconds) } else { Err("accepted: at least 60s".into()) }
}

impl EngineKind {
    fn engine(self) -> Engine {
        match self {
            EngineKind::Slurm => Engine::Slurm,
            EngineKind::Hyperqueue => Engine::HyperQueue,
            EngineKind::Parallel => Engine::Parallel,
            EngineKind::Kubernetes => Engine::Kubernetes,
            EngineKind::Tasks => Engine::Tasks,
        }
    }
}

/// Writes the submission and says what to type.
pub fn run(args: &ExportArgs) -> Result<ExitCode, Failure> {
    let source = input::open(&args.sweep)?;
    let (plan, checked) = plan(&args.sweep, &source, args.limits.bounds())?;
    let results = args.out.clone().unwrap_or_else(|| Path::new("results").join(&plan.sweep().name));
    let engine = args.to.engine();
    let (shares, parts) = if args.failed { rest(&results, &plan)? } else { shared_out(args, &plan, engine) };
    if parts.is_empty() {
        terminal::print(&format!("{}: nothing is failed or missing\n", clean(&plan.sweep().name)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut resources = Resources::of(&parts, usize::from(args.jobs), checked.memory_bytes);
    resources.memory_bytes = args.memory.unwrap_or(resources.memory_bytes);
    resources.time_s = args.time.unwrap_or(resources.time_s);
    let paths = Paths::of(args, &results)?;
    let submission = Submission {
        plan: &plan,
        of: shares.parts.len(),
        parts,
        resources,
        array_limit: args.array_limit as usize,
        workers: args.workers.map_or(usize::MAX, |workers| workers as usize),
        program: paths.program.clone(),
        folder: paths.folder.clone(),
        results: paths.results.clone(),
        image: args.image.clone(),
        claim: args.claim.clone(),
    };
    let submitted = submission.files(engine).map_err(Failure::BadInput)?;
    write(Path::new(&paths.folder), &submission, engine, &submitted)
        .map_err(|(path, error)| Failure::Failed(format!("cannot write {}: {error}", shown(&path))))?;
    tell(args, &submission, &shares, &submitted)
}

/// The parts of all of it, in the order in which they are to be begun.
fn shared_out(args: &ExportArgs, plan: &Plan, engine: Engine) -> (Shares, Vec<Part>) {
    let limit = if engine == Engine::Slurm { engine.limit().min(args.array_limit as usize) } else { engine.limit() };
    let shares = match (args.shards, args.workers) {
        (Some(shards), _) => Shares::of(plan, (shards as usize).min(plan.len())),
        (None, Some(workers)) => Shares::for_workers(plan, workers as usize, limit),
        (None, None) => Shares::even(plan, usize::from(args.jobs), limit),
    };
    let parts = if shares.imbalance() > EVEN { shares.long_first() } else { shares.parts.clone() };
    (shares, parts)
}

/// The parts that are failed or missing, those first that take longest.
fn rest(results: &Path, plan: &Plan) -> Result<(Shares, Vec<Part>), Failure> {
    let status = Status::of(results, &machine::host(), clock::unix_s()).map_err(merge_failure)?;
    let told = fs::read(results.join(SUBMISSION).join(SUBMISSION_FILE)).ok();
    let told: Option<SubmissionFile> = told.and_then(|text| serde_json::from_slice(&text).ok());
    if told.is_some_and(|told| told.experiment != plan.digest()) {
        let message = "was submitted for another sweep, or for this one before its file was changed; submit it anew, without --failed";
        return Err(Failure::BadInput(format!("{}: {message}", shown(results))));
    }
    if status.parts.is_empty() {
        let message = "holds no parts of a sweep, so that there is no rest of them; submit all of it, without --failed";
        return Err(Failure::BadInput(format!("{}: {message}", shown(results))));
    }
    let shares = Shares::of(plan, status.parts.len());
    let is_left = |part: &Part| matches!(status.parts[part.shard.part() - 1].state, State::Failed | State::Missing);
    let parts = shares.long_first().into_iter().filter(is_left).collect();
    Ok((shares, parts))
}

/// Paths as other machines see them: whole ones.
struct Paths {
    results: String,
    folder: String,
    program: String,
}

impl Paths {
    fn of(args: &ExportArgs, results: &Path) -> Result<Paths, Failure> {
        let text = |path: &Path| -> Result<String, Failure> {
            let refuse =
                |why: &str| Failure::BadInput(format!("{}: {why}; name another folder with --out", shown(path)));
            let whole = std::path::absolute(path).map_err(|error| refuse(&format!("is no path: {error}")))?;
            let text = whole.to_str().ok_or_else(|| refuse("is no UTF-8, and goes into scripts"))?.to_owned();
            let is_odd = |c: char| c.is_control() || "\"\\$`%".contains(c);
            if text.contains(is_odd) {
                Err(refuse("holds a character that has a meaning in scripts"))
            } else {
                Ok(text)
            }
        };
        if results.exists() && !results.is_dir() {
            return Err(Failure::BadInput(format!(
                "{}: is a file, and a sweep needs a folder; name another one with --out",
                shown(results)
            )));
        }
        let program = match (&args.program, args.to) {
            (Some(program), _) if program.is_empty() || program.contains(char::is_control) => {
                return Err(Failure::BadInput("--program: accepted: a path without control characters".into()));
            }
            (Some(program), _) => program.clone(),
            (None, EngineKind::Kubernetes) => "swarmsim".to_owned(),
            (None, _) => std::env::current_exe()
                .ok()
                .and_then(|path| path.to_str().map(str::to_owned))
                .unwrap_or_else(|| "swarmsim".into()),
        };
        Ok(Paths { results: text(results)?, folder: text(&results.join(SUBMISSION))?, program })
    }
}

/// Writes the folder of the submission, in place of the last one.
fn write(
    folder: &Path,
    submission: &Submission<'_>,
    engine: Engine,
    submitted: &Submitted,
) -> Result<(), (PathBuf, std::io::Error)> {
    let at = |path: &Path| {
        let path = path.to_path_buf();
        move |error| (path, error)
    };
    let logs = folder.join("logs");
    fs::create_dir_all(&logs).map_err(at(&logs))?;
    let told = SubmissionFile {
        swarmsim: env!("CARGO_PKG_VERSION").into(),
        engine: engine.name().into(),
        parts: submission.of,
        experiment: submission.plan.digest().to_owned(),
    };
    // What an earlier submission had, and this one has not, would be submitted with it, or taken for its own.
    for entry in fs::read_dir(folder).map_err(at(folder))?.flatten() {
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(is_ours);
        if is_ours {
            fs::remove_file(entry.path()).map_err(at(&entry.path()))?;
        }
    }
    let sweep = ("sweep.json".to_owned(), submission.plan.to_json_text());
    let last = (SUBMISSION_FILE.to_owned(), crate::output::json_text(&told));
    for (name, text) in [&sweep].into_iter().chain(&submitted.files).chain([&last]) {
        let path = folder.join(name);
        fs::write(&path, text).map_err(at(&path))?;
        if name.ends_with(".sh") {
            executable(&path).map_err(at(&path))?;
        }
    }
    Ok(())
}

/// Whether a file of this name was written for a submission, or by what was submitted to go on where it was.
fn is_ours(name: &str) -> bool {
    const NAMES: [&str; 8] =
        [SUBMISSION_FILE, "sweep.json", "sweep.sbatch", "tasks.txt", "run.sh", "joblog", "job.toml", "job.yaml"];
    let array = name.strip_prefix("sweep-").and_then(|rest| rest.strip_suffix(".sbatch"));
    NAMES.contains(&name)
        || array.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(unix)]
fn executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = fs::metadata(path)?.permissions();
    permissions.set_mode(permissions.mode() | 0o111);
    fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Says that some will wait for others, where they will.
fn warn(args: &ExportArgs, submission: &Submission<'_>, shares: &Shares) {
    let uneven = match args.workers {
        Some(workers) => {
            let idle = shares.idle(workers as usize);
            (idle > EVEN).then(|| {
                format!(
                    "the last of {workers} workers ends {} after they would if all were busy to the end",
                    human::percent(idle)
                )
            })
        }
        None => {
            let imbalance = shares.imbalance();
            (imbalance > EVEN)
                .then(|| format!("the largest part takes {} more than the mean", human::percent(imbalance)))
        }
    };
    let Some(uneven) = uneven else { return };
    let better = Shares::near(submission.plan, submission.of, 2 * submission.of);
    let advice = match args.shards.is_some() && better.imbalance() <= EVEN {
        true => format!("; --shards {} would make them even", better.parts.len()),
        false => String::new(),
    };
    terminal::say(&format!("warning: by the estimate {uneven}{advice}; the parts that take longest are begun first\n"));
}

/// Says what was written, and what to type.
fn tell(
    args: &ExportArgs,
    submission: &Submission<'_>,
    shares: &Shares,
    submitted: &Submitted,
) -> Result<ExitCode, Failure> {
    let resources = &submission.resources;
    let imbalance = shares.imbalance();
    warn(args, submission, shares);
    if args.json {
        let told = json!({
            "folder": submission.folder, "parts": submission.of, "submitted": submission.parts.len(),
            "imbalance": imbalance, "idle": args.workers.map(|workers| shares.idle(workers as usize)), "total_s": shares.total_s(), "memory_bytes": resources.memory_bytes, "time_s": resources.time_s,
            "files": submitted.files.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "submit": submitted.submit, "watch": submitted.status, "engine": submitted.watch, "merge": submitted.merge,
        });
        terminal::print(&crate::output::json_text(&told))?;
        return Ok(ExitCode::SUCCESS);
    }
    let longest_s = submission.parts.iter().map(|part| part.cost_s).fold(0.0, f64::max);
    terminal::print(&format!(
        "{}: {} of {}, the longest about {} of a processor (in all {}); each may take {} MiB and {}\n\n\
         submit  {}\nwatch   {}\nmerge   {}\n",
        clean(&submission.plan.sweep().name),
        human::counted(submission.parts.len() as u64, "part", "parts"),
        submission.of,
        human::seconds(longest_s.ceil()),
        human::seconds(shares.total_s().ceil()),
        resources.mebibytes(),
        human::seconds(resources.time_s as f64),
        submitted.submit,
        submitted.status,
        submitted.merge,
    ))?;
    Ok(ExitCode::SUCCESS)
}
