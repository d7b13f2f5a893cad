//! `swarmsim explain`: why a peer finished when it did.

use super::number::whole;
use super::past::shown;
use super::{Failure, interrupt, terminal, trace};
use crate::experiment::waits::{Path as Chain, Step, Story, StoryError, Wait};
use crate::output::human::{counted, percent};
use crate::output::text::escape;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Steps that are shown where not all are: the longest.
const SHOWN: usize = 12;

/// What `explain` says at the end of its help.
const EXAMPLES: &str = "\
Examples:
  swarmsim run flash-crowd --trace=zst --out results/traced
  swarmsim explain results/traced                  the peer that took longest
  swarmsim explain results/traced 17 --steps
  swarmsim explain results/traced --all            where the time of all peers went";

/// The arguments of `explain`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// The trace, or the folder of a run that was traced
    #[arg(value_name = "RUN_DIR|TRACE")]
    pub trace: PathBuf,
    /// The peer's number [default: the one whose download took longest]
    #[arg(value_name = "PEER", value_parser = whole::<u32>(1..=u64::from(u32::MAX)), allow_negative_numbers = true)]
    pub named: Option<u32>,
    /// The same
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=u64::from(u32::MAX)), allow_negative_numbers = true,
          conflicts_with = "named")]
    pub peer: Option<u32>,
    /// Where the time of all peers went that completed the file, on average
    #[arg(long, conflicts_with_all = ["named", "peer", "steps"])]
    pub all: bool,
    /// Print every step of the chain, not only the longest
    #[arg(long)]
    pub steps: bool,
    /// Print the chain as JSON to standard output, and nothing else
    #[arg(long)]
    pub json: bool,
}

/// Explains a peer, or all.
pub fn run(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let file = trace::find(&args.trace)?;
    let lines = crate::output::trace::open(&file).map_err(|error| Failure::BadInput(error.to_string()))?;
    interrupt::install_alone()?;
    let story = Story::read(lines, &|| !interrupt::is_requested()).map_err(|error| failure(&file, error))?;
    let text = if args.all {
        let chains: Vec<Chain> = story.completed().filter_map(|peer| story.path(peer)).collect();
        if chains.is_empty() {
            return Err(Failure::BadInput(format!("{}: nobody completed the file, so there is no mean", shown(&file))));
        }
        if args.json { pretty(&json_of_all(&chains)) } else { text_of_all(&chains) }
    } else {
        let chain = chosen(args, &story, &file)?;
        if args.json { pretty(&json_of(&chain)) } else { text_of(&chain, args.steps) }
    };
    terminal::print(&text).map(|()| ExitCode::SUCCESS)
}

/// The chain of the peer that is meant.
fn chosen(args: &ExplainArgs, story: &Story, file: &Path) -> Result<Chain, Failure> {
    let refuse = |why: String| Failure::BadInput(format!("{}: {why}", shown(file)));
    let Some(peer) = args.peer.or(args.named).or_else(|| story.slowest()) else {
        return Err(refuse("nobody completed the file; name a peer to see what it was waiting for".into()));
    };
    if story.began_complete(peer) {
        return Err(refuse(format!("peer {peer} had the whole file when it came, so it waited for nothing")));
    }
    let known = story.peers();
    story.path(peer).ok_or_else(|| refuse(format!("there is no peer {peer}; accepted: 1 to {known}")))
}

fn failure(file: &Path, error: StoryError) -> Failure {
    let file = shown(file);
    match error {
        StoryError::Io(error) if error.kind() != io::ErrorKind::InvalidData => {
            Failure::Failed(format!("{file}: cannot be read: {error}"))
        }
        StoryError::Interrupted => Failure::Interrupted("interrupted; nothing was written".into()),
        StoryError::Line(line, found) => Failure::BadInput(format!("{file}:{line}: {found}")),
        error => Failure::BadInput(format!("{file}: {error}")),
    }
}

fn pretty(value: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).expect("plain data"))
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// Nanoseconds as seconds with all their digits but the zeros at the end.
fn exact(nanos: u64) -> String {
    let text = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn json_of(chain: &Chain) -> Value {
    let waits: serde_json::Map<String, Value> = Wait::ALL
        .into_iter()
        .map(|wait| {
            let (own, elsewhere) = chain.total(wait);
            (wait.name().to_owned(), json!({ "own_s": seconds(own), "elsewhere_s": seconds(elsewhere) }))
        })
        .collect();
    let step = |step: &Step| {
        json!({ "wait": step.wait.name(), "from_ns": step.from, "until_ns": step.until, "peer": step.peer,
                "with": step.with, "chunk": step.chunk })
    };
    json!({
        "peer": chain.peer, "group": chain.group, "completed": chain.completed, "chunks": chain.chunks,
        "from_ns": chain.from, "until_ns": chain.until, "download_time_s": seconds(chain.nanos()),
        "waits": waits, "steps": chain.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn json_of_all(chains: &[Chain]) -> Value {
    let waits: serde_json::Map<String, Value> = Wait::ALL
        .into_iter()
        .map(|wait| {
            let (own, elsewhere) = mean(chains, wait);
            (wait.name().to_owned(), json!({ "own_s": own, "elsewhere_s": elsewhere }))
        })
        .collect();
    json!({ "peers": chains.len(), "mean_download_time_s": mean_s(chains), "mean_waits": waits })
}

/// Mean seconds a peer that went into a kind of wait: its own, and those of others.
fn mean(chains: &[Chain], wait: Wait) -> (f64, f64) {
    let sum = chains
        .iter()
        .map(|chain| chain.total(wait))
        .fold((0_u128, 0_u128), |sum, (own, elsewhere)| (sum.0 + u128::from(own), sum.1 + u128::from(elsewhere)));
    let peers = chains.len() as f64 * 1e9;
    (sum.0 as f64 / peers, sum.1 as f64 / peers)
}

fn mean_s(chains: &[Chain]) -> f64 {
    let sum: u128 = chains.iter().map(|chain| u128::from(chain.nanos())).sum();
    sum as f64 / 1e9 / chains.len() as f64
}

fn text_of(chain: &Chain, all_steps: bool) -> String {
    let Chain { peer, from, until, .. } = *chain;
    let took = exact(chain.nanos());
    let mut text = format!("Peer {peer} ({}) ", escape(&chain.group));
    let _ = match chain.completed {
        true => writeln!(text, "had the file {took} s after it came: from {} s to {} s.", exact(from), exact(until)),
        false => writeln!(
            text,
            "did not complete the file: it had {} after {took} s, from {} s to {} s.",
            counted(u64::from(chain.chunks), "chunk", "chunks"),
            exact(from),
            exact(until)
        ),
    };
    let rows = Wait::ALL.into_iter().map(|wait| {
        let (own, elsewhere) = chain.total(wait);
        (wait, seconds(own), seconds(elsewhere))
    });
    table(&mut text, rows, seconds(chain.nanos()));
    steps(&mut text, chain, all_steps);
    text
}

fn text_of_all(chains: &[Chain]) -> String {
    let whole = mean_s(chains);
    let peers = counted(chains.len() as u64, "peer", "peers");
    let mut text = format!("{peers} had the file {whole:.3} s after they came, on average.\n");
    let rows = Wait::ALL.into_iter().map(|wait| {
        let (own, elsewhere) = mean(chains, wait);
        (wait, own, elsewhere)
    });
    table(&mut text, rows, whole);
    text
}

/// What was waited for: seconds of the peer's own waits, and of those of others that it waited for.
fn table(text: &mut String, rows: impl Iterator<Item = (Wait, f64, f64)>, whole: f64) {
    let _ = writeln!(text, "\n  {:<42} {:>12} {:>12} {:>8}", "what it waited for", "its own s", "elsewhere s", "share");
    let mut sum = (0.0, 0.0);
    for (wait, own, elsewhere) in rows.filter(|(_, own, elsewhere)| own + elsewhere > 0.0) {
        let share = percent((own + elsewhere) / whole.max(f64::MIN_POSITIVE));
        let _ = writeln!(text, "  {:<42} {own:>12.3} {elsewhere:>12.3} {share:>8}", wait.sentence());
        sum = (sum.0 + own, sum.1 + elsewhere);
    }
    let _ = writeln!(text, "  {:<42} {:>12.3} {:>12.3} {:>8}", "together", sum.0, sum.1, percent(1.0));
    let _ = writeln!(text, "\nElsewhere: a chunk did not exist at a neighbor yet, which waited for it itself.");
}

/// The chain, or the longest of its steps in their order.
fn steps(text: &mut String, chain: &Chain, all: bool) {
    let mut least = 0;
    if !all && chain.steps.len() > SHOWN {
        let mut lengths: Vec<u64> = chain.steps.iter().map(Step::nanos).collect();
        lengths.sort_by(|a, b| b.cmp(a));
        least = lengths[SHOWN - 1];
        let _ = writeln!(text, "\nThe longest of its {} steps (--steps prints all):", chain.steps.len());
    } else {
        let _ = writeln!(text, "\nThe chain:");
    }
    let shown = chain.steps.iter().filter(|step| step.nanos() >= least);
    for step in shown {
        let _ = writeln!(text, "  {:>14} s {:>12.3} s  {}", exact(step.from), seconds(step.nanos()), told(step));
    }
}

/// A step in words.
fn told(step: &Step) -> String {
    let mut text = format!("peer {}: {}", step.peer, step.wait.sentence());
    if let Some(chunk) = step.chunk {
        let _ = write!(text, ", chunk {chunk}");
    }
    match step.with {
        0 => {}
        with => drop(write!(text, " of peer {with}")),
    }
    text
}
