//! The arguments as they are typed.

use super::compare_args::CompareArgs;
use super::explain::ExplainArgs;
use super::number::whole;
use super::sweep::SweepArgs;
use super::trace::TraceArgs;
use crate::output::DrawOptions;
use crate::output::trace::TraceFormat;
use crate::scenario::units::parse_size;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::ffi::OsString;
use std::path::PathBuf;

/// What a scenario argument takes, in words.
pub(super) const SCENARIO_HELP: &str =
    "A scenario file, - for standard input, or the name of an embedded scenario (a file of that name comes first)";

/// The version of the program and of its model. A test compares the latter with [`crate::MODEL_REVISION`].
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (model 3)");

/// What `--max-memory` does, in words.
const MAX_MEMORY_HELP: &str = "Refuse a run whose estimate takes more memory [default: what this machine has]";

/// What `--max-events` does, in words.
const MAX_EVENTS_HELP: &str = "Refuse a run whose estimate has more events; such as 5000000, 5e6 or \"5 million\"";

/// Above the options that change a scenario.
const SCENARIO_HEADING: &str = "Changes of the scenario";

/// Above the options that refuse a run.
const LIMITS_HEADING: &str = "Limits";

/// Words that stand for a number after a number.
const MULTIPLES: [(&str, f64); 4] = [("thousand", 1e3), ("million", 1e6), ("billion", 1e9), ("trillion", 1e12)];

/// A number of things, at least 1: digits, `1e9` or `10 million`.
fn parse_count(text: &str) -> Result<u64, String> {
    let wrong = || "accepted: a number of at least 1, such as 5000000, 5e6 or \"5 million\"".to_owned();
    if let Ok(count) = text.parse::<u64>() {
        return if count > 0 { Ok(count) } else { Err(wrong()) };
    }
    let (number, word) = text.split_once(' ').unwrap_or((text, ""));
    let factor = match word.trim() {
        "" => 1.0,
        word => MULTIPLES.iter().find(|(name, _)| *name == word).ok_or_else(wrong)?.1,
    };
    let is_number = number.starts_with(|c: char| c.is_ascii_digit());
    let count = number.parse::<f64>().ok().filter(|_| is_number).ok_or_else(wrong)? * factor;
    // Past 2^53 a float is no exact number of anything.
    if (1.0..9e15).contains(&count) { Ok(count.round() as u64) } else { Err(wrong()) }
}

/// A size, or a number of bytes.
fn parse_memory(text: &str) -> Result<u64, String> {
    text.parse().or_else(|_| parse_size(text))
}

/// What the program is, for those who asked for all of it.
const LONG_ABOUT: &str = "\
A deterministic simulator of tracker-based peer-to-peer file distribution: one tracker, one file in chunks, and peers that \
arrive, ask, fetch, complete and leave without a word. The same scenario, seed and version give the same events, bit by bit.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 the work failed or a check did not \
hold, 2 bad usage or bad input (and nothing is written), 130 interrupted. NO_COLOR is respected.";

/// What the program's help ends with.
const EXAMPLES: &str = "\
Examples:
  swarmsim run flash-crowd --set tracker.entry_ttl=60s --out results/short-ttl
  swarmsim compare flash-crowd --strategies random,rarest-first --seeds 10
  swarmsim init steady-poisson && swarmsim validate steady-poisson.json

Without a command, the embedded scenario flash-crowd is run. `swarmsim COMMAND --help` says more, with examples.";

/// A deterministic simulator of tracker-based peer-to-peer file distribution.
#[derive(Debug, Parser)]
#[command(
    name = "swarmsim",
    version = VERSION,
    about,
    after_help = EXAMPLES,
    long_about = LONG_ABOUT
)]
pub struct Cli {
    /// When to use color; NO_COLOR is respected, too
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto", display_order = 900)]
    pub color: ColorWhen,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// When color is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario once
    ///
    /// Writes the figures, tables, plots and report of the run into a folder, which is whole as soon as it holds a manifest.json, and
    /// prints what came out. Fails with code 1 where the scenario expects something else than what came out.
    Run(RunArgs),
    /// Compare strategies over the same seeds
    ///
    /// Under one seed all strategies meet the same arrivals, sessions, capacities and latencies, so their runs are compared in pairs.
    Compare(CompareArgs),
    /// Check scenario and sweep files and estimate what runs will take; runs nothing
    ///
    /// Names everything that is wrong, with its place and what is accepted instead. With --explain, says in sentences what a scenario
    /// means, every default included.
    Validate(ValidateArgs),
    /// Run a scenario under every combination of some values
    ///
    /// Uses all processors. It can be interrupted and taken up again, shared out over machines and merged; the bytes of the results
    /// depend on none of that. `sweep export` writes what a cluster's engine needs to do the parts, and `sweep status` says how far they are.
    Sweep(SweepArgs),
    /// Join the shards of a sweep into one result
    ///
    /// Refuses gaps, overlaps and shards of different versions or sweeps.
    Merge(MergeArgs),
    /// Run a run again from its manifest and compare every file with what it wrote
    ///
    /// Tells a run that comes out differently from files that were changed since they were written.
    Reproduce(ReproduceArgs),
    /// Find the first event in which two runs part
    ///
    /// Says first what differs between the two scenarios, then shows the event, what came before it, and what its peers held.
    Diff(DiffArgs),
    /// Draw plots and report of a run, a comparison or a sweep anew
    ///
    /// Everything is drawn from the files in the folder; nothing is run, and no other file is touched. The manifest is brought up to
    /// date, so that the folder holds as before.
    Report(ReportArgs),
    /// Do something with a trace
    ///
    /// `run --trace` writes every event to trace.jsonl, and with --trace=zst, compressed, to trace.jsonl.zst; both are read.
    #[command(after_help = TRACE_EXAMPLES)]
    Trace(TraceArgs),
    /// Say why a peer of a traced run finished when it did, and not before
    ///
    /// Follows the chain of waits back from its last chunk to its arrival: the tracker's answer, rounds of queries, chunks that did
    /// not exist at a neighbor yet, queues, links, latencies. The parts sum exactly to the download time.
    Explain(ExplainArgs),
    /// Write a scenario file to start from
    ///
    /// Writes a copy of an embedded scenario and, beside it, the JSON Schema that an editor completes and checks keys with. Asks
    /// nothing, and replaces no file.
    Init(InitArgs),
    /// List what there is
    ///
    /// A line each, the name first.
    #[command(
        after_help = "Examples:\n  swarmsim list scenarios\n  swarmsim list strategies\n  swarmsim list metrics\n  swarmsim list strategies --json | jq -r '.[].name'"
    )]
    List {
        /// Which list
        what: ListWhat,
        /// Print JSON: an array, with the parameters of strategies
        #[arg(long)]
        json: bool,
    },
    /// Print a JSON Schema (2020-12)
    ///
    /// Of a file that is read (an editor completes keys by it) or written (other programs check by it).
    #[command(after_help = "Example:\n  swarmsim schema scenario > scenario.schema.json")]
    Schema {
        /// Of which file
        what: SchemaWhat,
    },
    /// Print completions for a shell
    ///
    /// To standard output; where they belong depends on the shell.
    #[command(after_help = COMPLETION_EXAMPLES)]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print manual pages
    ///
    /// In roff, made of the same texts as this help.
    Man(ManArgs),
}

/// What `trace` says at the end of its help.
const TRACE_EXAMPLES: &str = "\
Examples:
  swarmsim run lossy-proofs --trace --out results/traced
  swarmsim trace check results/traced/trace.jsonl
  swarmsim trace export results/traced/trace.jsonl --to perfetto --out traced.json";

/// What `completions` says at the end of its help.
const COMPLETION_EXAMPLES: &str = "\
Examples:
  bash        swarmsim completions bash > ~/.local/share/bash-completion/completions/swarmsim
  zsh         swarmsim completions zsh > ~/.zfunc/_swarmsim          (a folder of $fpath)
  fish        swarmsim completions fish > ~/.config/fish/completions/swarmsim.fish
  PowerShell  swarmsim completions powershell >> $PROFILE
  elvish      swarmsim completions elvish >> ~/.config/elvish/rc.elv";

/// The arguments of `report`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  swarmsim report results/flash-crowd/seed-42\n  swarmsim report results/flash-crowd/compare --png"
)]
pub struct ReportArgs {
    /// The folder of a run, a comparison or a sweep
    #[arg(value_name = "RUN_DIR")]
    pub folder: PathBuf,
    /// Draw no plots, only the report; plots that are there are removed
    #[arg(long)]
    pub no_plots: bool,
    /// Draw the plots as PNG too
    #[arg(long)]
    pub png: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

impl ReportArgs {
    /// What is drawn.
    pub fn draw(&self) -> DrawOptions {
        DrawOptions { plots: !self.no_plots, png: self.png, report: true }
    }
}

/// The arguments of `man`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  swarmsim man run | man -l -\n  swarmsim man --out ~/.local/share/man/man1")]
pub struct ManArgs {
    /// The command whose page is printed, such as `trace check` [default: the program itself]
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Write all pages into this folder, one a command
    #[arg(short, long, value_name = "DIR", conflicts_with = "command")]
    pub out: Option<PathBuf>,
}

impl Command {
    /// What is done where no command is given.
    pub fn default_run() -> Command {
        let cli = Cli::try_parse_from(["swarmsim", "run"]).expect("`run` takes no argument that is required");
        match cli.command {
            Some(Command::Run(args)) => Command::Run(RunArgs { is_implied: true, ..args }),
            _ => unreachable!("`run` is the command `run`"),
        }
    }
}

/// Values that change a scenario before it is read.
#[derive(Args, Clone, Debug, Default)]
pub struct OverrideArgs {
    /// Set a value of the scenario, such as tracker.entry_ttl=90s or peers[home].count=50
    #[arg(long, value_name = "PATH=VALUE", help_heading = SCENARIO_HEADING)]
    pub set: Vec<String>,
    /// Set the seed
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u64>(0..=u64::MAX), help_heading = SCENARIO_HEADING)]
    pub seed: Option<u64>,
    /// Set the chunk-selection strategy, such as rarest-first or window:size=32 (see `swarmsim list strategies`)
    #[arg(long, value_name = "NAME", help_heading = SCENARIO_HEADING)]
    pub strategy: Option<String>,
}

/// What a run may take.
#[derive(Args, Clone, Copy, Debug)]
pub struct LimitArgs {
    /// Refuse a run whose estimate takes more memory
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true, value_parser = parse_memory, help = MAX_MEMORY_HELP,
          help_heading = LIMITS_HEADING)]
    pub max_memory: Option<u64>,
    /// Refuse a run whose estimate has more events
    #[arg(long, value_name = "N", default_value = "1e11", allow_negative_numbers = true, value_parser = parse_count,
          help = MAX_EVENTS_HELP, help_heading = LIMITS_HEADING)]
    pub max_events: u64,
}

/// What `run` says at the end of its help.
const RUN_EXAMPLES: &str = "\
Examples:
  swarmsim run                                     the embedded scenario flash-crowd
  swarmsim run my.json --seed 7 --out results/mine
  swarmsim run heavy-churn --set tracker.entry_ttl=60s --set 'peers[home].count=500' --out r/more
  swarmsim run flash-crowd --strategy window:size=16 --json --quiet --out r/window | jq .completion
  swarmsim run lossy-proofs --trace=zst --out results/traced";

/// The arguments of `run`.
#[derive(Args, Debug)]
#[command(after_help = RUN_EXAMPLES)]
pub struct RunArgs {
    /// The scenario
    #[arg(value_name = "SCENARIO", default_value = "flash-crowd", help = SCENARIO_HELP)]
    pub scenario: OsString,
    /// What changes the scenario before it is read
    #[command(flatten)]
    pub overrides: OverrideArgs,
    /// What a run may take
    #[command(flatten)]
    pub limits: LimitArgs,
    /// The folder for the results [default: results/NAME/seed-SEED]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write every event to trace.jsonl too, or with zst, compressed, to trace.jsonl.zst
    #[arg(long, value_enum, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "jsonl")]
    pub trace: Option<TraceKind>,
    /// Threads to simulate on, at most one a processor; results never depend on it. Worth it from some 10,000 peers on
    #[arg(long, value_name = "N", default_value = "1", allow_negative_numbers = true,
          value_parser = whole::<u16>(1..=1024))]
    pub threads: u16,
    /// Print the summary as JSON to standard output, and nothing else
    #[arg(long)]
    pub json: bool,
    /// What to say and to draw
    #[command(flatten)]
    pub show: ShowArgs,
    /// Replace a run that the folder holds
    #[arg(long)]
    pub force: bool,
    /// The format of the tables
    #[arg(long, value_enum, default_value = "csv")]
    pub format: TableFormat,
    /// Whether no command was given at all.
    #[arg(skip)]
    pub is_implied: bool,
}

/// The format of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TraceKind {
    /// JSON, a line an event
    Jsonl,
    /// The same, compressed with Zstandard
    Zst,
}

impl From<TraceKind> for TraceFormat {
    fn from(kind: TraceKind) -> TraceFormat {
        match kind {
            TraceKind::Jsonl => TraceFormat::Jsonl,
            TraceKind::Zst => TraceFormat::Zst,
        }
    }
}

/// The format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Comma-separated values
    Csv,
    /// Apache Parquet, beside the comma-separated values from which plots and report are drawn
    Parquet,
}

/// What every command takes that does many runs.
#[derive(Args, Clone, Debug)]
pub struct ExperimentArgs {
    /// Runs to do at once [default: as many as there are processors]
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u16>(1..=1024))]
    pub jobs: Option<u16>,
    /// The folder for the results [default: results/NAME]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with what the folder holds: no run is done twice
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    /// Start anew, whatever the folder holds
    #[arg(long)]
    pub force: bool,
    /// Print what came out as JSON to standard output, and nothing else
    #[arg(long)]
    pub json: bool,
    /// What to say and to draw
    #[command(flatten)]
    pub show: ShowArgs,
}

/// What is said and drawn; the same for all that runs something.
#[derive(Args, Clone, Debug)]
pub struct ShowArgs {
    /// Say nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// Draw no plots
    #[arg(long)]
    pub no_plots: bool,
    /// Write no report
    #[arg(long)]
    pub no_report: bool,
    /// Draw the plots as PNG too
    #[arg(long)]
    pub png: bool,
}

impl ShowArgs {
    /// What is drawn beside the tables.
    pub fn draw(&self) -> DrawOptions {
        DrawOptions { plots: !self.no_plots, png: self.png, report: !self.no_report }
    }
}

/// The arguments of `merge`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  swarmsim merge results/ttl/shard-*-of-4 --out results/ttl")]
pub struct MergeArgs {
    /// The folders of the shards
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// The folder for the whole [default: results/NAME]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace a sweep that the folder holds
    #[arg(long)]
    pub force: bool,
    /// Print the manifest as JSON to standard output, and nothing else
    #[arg(long)]
    pub json: bool,
    /// What to say and to draw
    #[command(flatten)]
    pub show: ShowArgs,
}

/// What `validate` says at the end of its help.
const VALIDATE_EXAMPLES: &str = "\
Examples:
  swarmsim validate my.json sweeps/*.json
  swarmsim validate flash-crowd --set 'peers[home].count=5000'
  swarmsim validate my.json --explain";

/// The arguments of `validate`.
#[derive(Args, Debug)]
#[command(after_help = VALIDATE_EXAMPLES)]
pub struct ValidateArgs {
    /// The scenarios and sweeps
    #[arg(value_name = "SCENARIO", required = true, help = SCENARIO_HELP)]
    pub scenarios: Vec<OsString>,
    /// What changes the scenario before it is read
    #[command(flatten)]
    pub overrides: OverrideArgs,
    /// What a run may take
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Print the estimates as JSON to standard output, an object a line
    #[arg(long)]
    pub json: bool,
    /// Say in sentences what each scenario means, every default included
    #[arg(long, conflicts_with = "json")]
    pub explain: bool,
}

/// The arguments of `reproduce`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  swarmsim reproduce results/flash-crowd/seed-42\n\nThe run itself is not touched: what is made again goes to a temporary folder (TMPDIR)."
)]
pub struct ReproduceArgs {
    /// The folder of the run
    #[arg(value_name = "RUN_DIR")]
    pub folder: PathBuf,
    /// What a run may take
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Print what came out as JSON to standard output, and nothing else
    #[arg(long)]
    pub json: bool,
    /// Say nothing but what differs
    #[arg(short, long)]
    pub quiet: bool,
}

/// The arguments of `diff`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  swarmsim diff results/flash-crowd/seed-42 results/short-ttl\n\nThe exit code is 0 where the events are the same, 1 where they part."
)]
pub struct DiffArgs {
    /// The folder of the one run
    #[arg(value_name = "RUN_A")]
    pub a: PathBuf,
    /// The folder of the other
    #[arg(value_name = "RUN_B")]
    pub b: PathBuf,
    /// Lines of a trace that are shown from before the runs part, and at most after
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u16).range(0..=10_000))]
    pub context: u16,
    /// What a run may take
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Print what was found as JSON to standard output, and nothing else
    #[arg(long)]
    pub json: bool,
}

/// What `init` says at the end of its help.
const INIT_EXAMPLES: &str = "\
Examples:
  swarmsim init --list                             the templates
  swarmsim init steady-poisson                     writes steady-poisson.json and its schema
  swarmsim init heavy-churn --out scenarios/mine.json
  swarmsim init flash-crowd --out - | jq .peers";

/// The arguments of `init`.
#[derive(Args, Debug)]
#[command(after_help = INIT_EXAMPLES)]
pub struct InitArgs {
    /// The embedded scenario to start from (see `swarmsim list scenarios`)
    #[arg(value_name = "TEMPLATE", default_value = "flash-crowd")]
    pub template: String,
    /// The file to write, - for standard output [default: TEMPLATE.json]; never replaces one
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// List the templates, and write nothing
    #[arg(long, conflicts_with = "out")]
    pub list: bool,
}

/// The lists that `list` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListWhat {
    /// The embedded scenarios
    Scenarios,
    /// The chunk-selection strategies
    Strategies,
    /// The metrics, for expect, compare --metric and sweeps
    Metrics,
}

/// The files that `schema` describes. Those of other files are added here and in `schema.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaWhat {
    /// A scenario
    Scenario,
    /// A sweep
    Sweep,
    /// The figures of a run, summary.json
    Summary,
    /// A line of a trace, trace.jsonl
    Trace,
    /// What a folder holds, manifest.json
    Manifest,
    /// What a comparison has found, comparison.json
    Comparison,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn counts_are_read_as_they_are_said() {
        for (text, expected) in
            [("1", 1), ("18446744073709551615", u64::MAX), ("1e9", 1_000_000_000), ("2.5 million", 2_500_000)]
        {
            assert_eq!(parse_count(text), Ok(expected), "{text}");
        }
        for text in ["0", "", "-1", "0.4", "1e300", "nan", "inf", "+5x", "5 millions", "1e16", " 5", "million"] {
            assert!(parse_count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
        assert!(VERSION.ends_with(&format!("(model {})", crate::MODEL_REVISION)));
        assert!(matches!(Command::default_run(), Command::Run(args) if args.scenario == "flash-crowd"));
    }
}
