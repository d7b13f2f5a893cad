//! The arguments of `compare`, as they are typed.

use super::args::{LimitArgs, SCENARIO_HELP, ShowArgs};
use super::number::whole;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

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
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u64>(2..=u64::MAX))]
    pub seeds: Option<u64>,
    /// Set the first seed
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u64>(0..=u64::MAX))]
    pub seed: Option<u64>,
    /// A metric to compare by, any number in the summary; may be given several times [default: a handful]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub metric: Vec<String>,
    /// Set a value of the scenario, under all strategies alike
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Add seeds until the interval of the first metric's difference is no wider than this to either side, in percent of the
    /// baseline's mean, such as 2%
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub until_width: Option<String>,
    /// The most seeds that --until-width may take
    #[arg(long, value_name = "N", default_value = "320", requires = "until_width", allow_negative_numbers = true,
          value_parser = whole::<u64>(1..=u64::MAX))]
    pub max_seeds: u64,
    /// Runs at the same time; results never depend on it [default: as many as there are processors]
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u16>(1..=1024))]
    pub jobs: Option<u16>,
    /// What a run may take
    #[command(flatten)]
    pub limits: LimitArgs,
    /// The folder for the results [default: results/NAME/compare]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print what comparison.json holds, and nothing else
    #[arg(long)]
    pub json: bool,
    /// What to say and to draw
    #[command(flatten)]
    pub show: ShowArgs,
    /// Replace a comparison that the folder holds
    #[arg(long)]
    pub force: bool,
    /// Take up a comparison that was interrupted, or add to one: runs that the folder holds are not run again
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
}
