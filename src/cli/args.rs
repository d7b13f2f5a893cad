//! The arguments as they are typed.

use crate::scenario::units::parse_size;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// What a scenario argument takes, in words.
const SCENARIO_HELP: &str =
    "A scenario file, - for standard input, or the name of an embedded scenario (a file of that name comes first)";

/// The version of the program and of its model. A test compares the latter with [`crate::MODEL_REVISION`].
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (model 1)");

/// What `--max-memory` does, in words.
const MAX_MEMORY_HELP: &str = "Refuse a run whose estimate takes more memory [default: what this machine has]";

/// A size, or a number of bytes.
fn parse_memory(text: &str) -> Result<u64, String> {
    text.parse().or_else(|_| parse_size(text))
}

/// A deterministic simulator of tracker-based peer-to-peer file distribution.
#[derive(Debug, Parser)]
#[command(
    name = "swarmsim",
    version = VERSION,
    about,
    after_help = "Without a command, the embedded scenario flash-crowd is run.",
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario once
    Run(RunArgs),
    /// Compare strategies over the same seeds
    Compare(CompareArgs),
    /// Check scenario files and estimate what runs will take; runs nothing
    Validate(ValidateArgs),
    /// Write a scenario file to start from
    Init(InitArgs),
    /// List what there is
    List {
        /// Which list
        what: ListWhat,
    },
    /// Print a JSON Schema (2020-12)
    Schema {
        /// Of which file
        what: SchemaWhat,
    },
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
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Set the seed
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Set the chunk-selection strategy
    #[arg(long, value_name = "NAME")]
    pub strategy: Option<String>,
}

/// What a run may take.
#[derive(Args, Clone, Copy, Debug)]
pub struct LimitArgs {
    /// Refuse a run whose estimate takes more memory
    #[arg(long, value_name = "SIZE", value_parser = parse_memory, help = MAX_MEMORY_HELP)]
    pub max_memory: Option<u64>,
    /// Refuse a run whose estimate has more events
    #[arg(long, value_name = "N", default_value = "100000000000", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_events: u64,
}

/// The arguments of `run`.
#[derive(Args, Debug)]
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
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write every event to trace.jsonl too
    #[arg(long)]
    pub trace: bool,
    /// Threads to use; this version runs a swarm on one, and results never depend on it
    #[arg(long, value_name = "N", default_value = "1", allow_negative_numbers = true,
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: u16,
    /// Print the summary as JSON to standard output, and nothing else
    #[arg(long)]
    pub json: bool,
    /// Say nothing but errors
    #[arg(long)]
    pub quiet: bool,
    /// Draw no plots
    #[arg(long)]
    pub no_plots: bool,
    /// Draw the plots as PNG too
    #[arg(long)]
    pub png: bool,
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

/// The format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Comma-separated values.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// Examples below the help of `compare`.
const COMPARE_EXAMPLES: &str = "\
Examples:
  swarmsim compare flash-crowd --strategies rarest-first,random --seeds 30
  swarmsim compare my.json --strategies random,rarest-first,window:size=32 --baseline random \\
      --metric completion.mean_s --metric network.wasted_bytes
  swarmsim compare flash-crowd --strategies random,rarest-first --until-width 2% --max-seeds 320
  swarmsim compare flash-crowd --strategies random,rarest-first --seeds 50 --resume

The metrics are the numbers of summary.json, such as completion.mean_s; docs/compare.md says how to read what comes out.";

/// The arguments of `compare`.
#[derive(Args, Debug)]
#[command(after_help = COMPARE_EXAMPLES)]
pub struct CompareArgs {
    /// The scenario
    #[arg(value_name = "SCENARIO", help = SCENARIO_HELP)]
    pub scenario: OsString,
    /// The strategies, at least two; parameters follow a colon, such as window:size=32
    #[arg(long, value_name = "A,B,…", required = true, value_delimiter = ',')]
    pub strategies: Vec<String>,
    /// The strategy that the others are compared with [default: the first]
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// How many seeds: the scenario's and those that follow it [default: 30; with --until-width 10, those before the first look]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub seeds: Option<u64>,
    /// Set the first seed
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// A metric to compare by, any number in the summary; may be given several times [default: a handful]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub metric: Vec<String>,
    /// Set a value of the scenario, under all strategies alike
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Add seeds until the interval of the first metric's difference is no wider than this to either side, in percent of the
    /// baseline's mean, such as 2%
    #[arg(long, value_name = "PERCENT")]
    pub until_width: Option<String>,
    /// The most seeds that --until-width may take
    #[arg(long, value_name = "N", default_value = "320", requires = "until_width", allow_negative_numbers = true)]
    pub max_seeds: u64,
    /// Runs at the same time; results never depend on it [default: as many as there are processors]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// What a run may take
    #[command(flatten)]
    pub limits: LimitArgs,
    /// The folder for the results [default: results/NAME/compare]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print what comparison.json holds, and nothing else
    #[arg(long)]
    pub json: bool,
    /// Say nothing but errors
    #[arg(long)]
    pub quiet: bool,
    /// Draw no plots
    #[arg(long)]
    pub no_plots: bool,
    /// Draw the plots as PNG too
    #[arg(long)]
    pub png: bool,
    /// Replace a comparison that the folder holds
    #[arg(long)]
    pub force: bool,
    /// Take up a comparison that was interrupted, or add to one: runs that the folder holds are not run again
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
}

/// The arguments of `validate`.
#[derive(Args, Debug)]
pub struct ValidateArgs {
    /// The scenarios
    #[arg(value_name = "SCENARIO", required = true, help = SCENARIO_HELP)]
    pub scenarios: Vec<OsString>,
    /// What changes the scenario before it is read
    #[command(flatten)]
    pub overrides: OverrideArgs,
    /// What a run may take
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// The arguments of `init`.
#[derive(Args, Debug)]
pub struct InitArgs {
    /// The embedded scenario to start from (see `swarmsim list scenarios`)
    #[arg(value_name = "TEMPLATE", default_value = "flash-crowd")]
    pub template: String,
    /// The file to write, - for standard output [default: TEMPLATE.json]; never replaces one
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// The lists that `list` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListWhat {
    /// The embedded scenarios
    Scenarios,
    /// The chunk-selection strategies
    Strategies,
}

/// The files that `schema` describes. Those of other files are added here and in `schema.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaWhat {
    /// A scenario
    Scenario,
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
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
        assert!(VERSION.ends_with(&format!("(model {})", crate::MODEL_REVISION)));
        assert!(matches!(Command::default_run(), Command::Run(args) if args.scenario == "flash-crowd"));
    }
}
