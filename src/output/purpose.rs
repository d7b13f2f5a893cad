//! What a folder is to hold, and what is done about what it holds already.

/// What a folder is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// The `kind` of its manifest, in messages too: `run`, `sweep`.
    pub kind: &'static str,
    /// What may have been written without a manifest that lists it: an overwritten folder keeps none of it.
    pub files: &'static [&'static str],
    /// The file that keeps what was done until all is done, where it is so large a work that it is taken up again.
    pub journal: Option<&'static str>,
}

/// The journal of every experiment, in its folder.
pub const JOURNAL: &str = ".swarmsim.journal";
/// The runs of every experiment that is done, each line with its checksum.
pub(super) const RUNS: &str = "runs.jsonl";

impl Purpose {
    /// One run.
    pub const RUN: Purpose = Purpose {
        kind: "run",
        files: &[
            "scenario.json",
            "summary.json",
            "peers.csv",
            "timeseries.csv",
            "expiries.csv",
            "availability.csv",
            "peers.parquet",
            "timeseries.parquet",
            "expiries.parquet",
            "availability.parquet",
            "progress.csv",
            "checkpoints.csv",
            "trace.jsonl",
            "trace.jsonl.zst",
            "report.html",
        ],
        journal: None,
    };

    /// A sweep.
    pub const SWEEP: Purpose = Purpose {
        kind: "sweep",
        files: &["sweep.json", "runs.jsonl", "results.csv", "results.parquet", "aggregate.csv", "report.html"],
        journal: Some(JOURNAL),
    };

    /// A comparison of strategies.
    pub const COMPARISON: Purpose = Purpose {
        kind: "comparison",
        files: &[
            "comparison.json",
            "comparison.csv",
            "comparison.md",
            "results.csv",
            "curves.csv",
            "runs.jsonl",
            "report.html",
        ],
        journal: Some(JOURNAL),
    };

    /// What to do about a folder that holds one already.
    pub(super) fn advice(&self) -> &'static str {
        match self.journal {
            Some(_) => "go on with it with --resume, start anew with --force, or name another folder with --out",
            None => "overwrite it with --force, or name another folder with --out",
        }
    }
}

/// What is done where the folder holds something of the same purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfThere {
    /// It is refused.
    Refuse,
    /// It is replaced.
    Replace,
    /// Its journal is kept and gone on with.
    Resume,
}
