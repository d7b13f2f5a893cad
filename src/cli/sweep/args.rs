//! The arguments of `sweep` and of what is below it.

use super::super::args::{ExperimentArgs, LimitArgs};
use super::super::engine::ShardChoice;
use super::export::ExportArgs;
use super::status::StatusArgs;
use clap::{Args, Subcommand};
use std::ffi::OsString;

/// What `sweep` says at the end of its help.
const EXAMPLES: &str = "\
Examples:
  swarmsim sweep ttl.json                          run all of it on all processors
  swarmsim sweep ttl.json --plan                   print the runs, each with its command
  swarmsim sweep ttl.json --set network.loss=0.05 --out results/lossy
  swarmsim sweep ttl.json --resume                 go on after an interruption, or with more seeds
  swarmsim sweep ttl.json --shard 2/4              run the second of four parts, here or elsewhere
  swarmsim merge results/ttl/shard-*-of-4          join the parts
  swarmsim sweep export ttl.json --to slurm        write an array job that does the parts
  swarmsim sweep status results/ttl                how far they are
  swarmsim sweep ./export                          a sweep whose file is called like a command

A sweep, ttl.json:
  {
    \"name\": \"ttl\", \"scenario\": \"flash-crowd\", \"seeds\": { \"from\": 1, \"count\": 30 },
    \"vary\": {
      \"strategy.kind\": [\"random\", \"rarest-first\"],
      \"tracker.entry_ttl\": { \"from\": \"60s\", \"to\": \"180s\", \"step\": \"60s\" }
    },
    \"baseline\": { \"strategy.kind\": \"random\" }
  }";

/// What `--shard` does, in words.
const SHARD_HELP: &str = "Run one of several parts, such as 2/4; results go to a folder shard-2-of-4 in that of the whole. With auto, the \
part that a Slurm array, HyperQueue or an Indexed Job of Kubernetes tells; auto/4: of four";

/// The arguments of `sweep`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct SweepArgs {
    /// What else is done with a sweep than running it
    #[command(subcommand)]
    pub command: Option<SweepCommand>,
    /// What is run, and how
    #[command(flatten)]
    pub run: SweepRunArgs,
}

/// What is done with a sweep that is run elsewhere.
#[derive(Debug, Subcommand)]
pub enum SweepCommand {
    /// Write what an engine needs to run the parts of a sweep on many machines
    ///
    /// Shares the runs out into parts of even cost by the estimate, and writes a submission for Slurm, HyperQueue, GNU parallel or
    /// Kubernetes, or a plain list of commands, into the folder `submit` of the results. Prints what to type.
    Export(ExportArgs),
    /// Say how far the parts of a sweep are: done, running, failed, missing, and the time left
    ///
    /// Looks at the folder of the results alone, from wherever that can be read. The exit code is 0 however far they are.
    Status(StatusArgs),
}

/// The arguments of `sweep` that run one.
#[derive(Args, Debug)]
pub struct SweepRunArgs {
    /// The sweep's file, or - for standard input
    #[arg(value_name = "SWEEP", required = true)]
    pub sweep: Option<OsString>,
    /// Set a value of the scenario in all runs; where the path is varied, in place of its values
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// How to run
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// What one run may take
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Run one of several parts
    #[arg(long, value_name = "PART/PARTS|auto", default_value = "1/1", hide_default_value = true, value_parser = ShardChoice::parse,
          allow_hyphen_values = true, help = SHARD_HELP)]
    pub shard: ShardChoice,
    /// Print the runs, and run none: a line a run with its seed, its values and the command that does it alone
    #[arg(long)]
    pub plan: bool,
}

impl SweepRunArgs {
    /// The sweep's file; there is one where no subcommand was given.
    pub fn file(&self) -> OsString {
        self.sweep.clone().unwrap_or_default()
    }
}
