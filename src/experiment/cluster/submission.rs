//! What an engine is given: files to submit, and what to type.

use super::{Part, hyperqueue, kubernetes, list, slurm};
use crate::experiment::sweep::Plan;
use crate::output::human;
use crate::output::text::shell;
use serde::{Deserialize, Serialize};

/// The file that tells `swarmsim sweep status` what was submitted.
pub const SUBMISSION_FILE: &str = "submission.json";

/// What places and restarts the parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Slurm: an array script, or several where one may not have so many tasks.
    Slurm,
    /// HyperQueue: a job definition file.
    HyperQueue,
    /// GNU parallel, here or over ssh: a list of commands and a script.
    Parallel,
    /// Kubernetes: an Indexed Job.
    Kubernetes,
    /// A list of commands for anything else.
    Tasks,
}

impl Engine {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Slurm => "slurm",
            Engine::HyperQueue => "hyperqueue",
            Engine::Parallel => "parallel",
            Engine::Kubernetes => "kubernetes",
            Engine::Tasks => "tasks",
        }
    }

    /// As many parts as it takes, unless its administrator has it otherwise: Slurm's MaxArraySize is 1001 and counts from 0, and an Indexed
    /// Job that counts failures by index has at most 100,000.
    pub fn limit(self) -> usize {
        match self {
            Engine::Slurm => 1_000,
            Engine::HyperQueue | Engine::Parallel | Engine::Tasks => 10_000,
            Engine::Kubernetes => 100_000,
        }
    }
}

/// What a part takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resources {
    /// Runs at once, a processor each.
    pub jobs: usize,
    /// Memory, in bytes.
    pub memory_bytes: u64,
    /// The time after which the engine may take it for stuck, in seconds.
    pub time_s: u64,
}

impl Resources {
    /// What the parts take by the estimate, with a margin: an estimate is within a factor of 2, and machines differ.
    pub fn of(parts: &[Part], jobs: usize, run_memory_bytes: u64) -> Resources {
        const ROUND_S: u64 = 300;
        const ROUND_BYTES: u64 = 50 << 20;
        let longest_s = parts.iter().map(|part| part.cost_s).fold(0.0, f64::max);
        // However many processors there are, a part is not done before its longest run is; that this is no shorter costs nothing.
        let time_s = (3.0 * longest_s).ceil().min(1e9) as u64 + 2 * ROUND_S;
        let memory_bytes = run_memory_bytes.saturating_mul(2 * jobs as u64).saturating_add(64 << 20);
        Resources {
            jobs,
            memory_bytes: memory_bytes.div_ceil(ROUND_BYTES).saturating_mul(ROUND_BYTES),
            time_s: time_s.div_ceil(ROUND_S) * ROUND_S,
        }
    }

    /// Memory in whole MiB.
    pub fn mebibytes(&self) -> u64 {
        self.memory_bytes.div_ceil(1 << 20)
    }
}

/// What is to be submitted.
#[derive(Clone, Debug)]
pub struct Submission<'a> {
    /// The sweep.
    pub plan: &'a Plan,
    /// How many parts the sweep has.
    pub of: usize,
    /// Those that are submitted, in the order in which they are to be begun.
    pub parts: Vec<Part>,
    /// What a part takes.
    pub resources: Resources,
    /// The most tasks of a Slurm array.
    pub array_limit: usize,
    /// How many parts Kubernetes does at once.
    pub workers: usize,
    /// The program where the parts are done.
    pub program: String,
    /// The folder of the submission, and that of the results: whole paths.
    pub folder: String,
    /// See `folder`.
    pub results: String,
    /// The image, for Kubernetes.
    pub image: String,
    /// The claim of a volume for the results, for Kubernetes.
    pub claim: String,
}

/// Files to write into the submission's folder, and what to type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submitted {
    /// Names and texts; those whose name ends in `.sh` are programs.
    pub files: Vec<(String, String)>,
    /// What submits them.
    pub submit: String,
    /// What shows what the engine does about them; nothing where it has no words for it.
    pub watch: String,
    /// What shows how far they are.
    pub status: String,
    /// Where the results are, as the machine sees it that joins them.
    pub results: String,
    /// What joins the parts.
    pub merge: String,
}

/// What was submitted, kept for `swarmsim sweep status` and `swarmsim sweep export --failed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionFile {
    /// The version of the program.
    pub swarmsim: String,
    /// The engine.
    pub engine: String,
    /// How many parts the sweep has.
    pub parts: usize,
    /// BLAKE3 digest of what is asked for: that of the sweep's manifest.
    pub experiment: String,
}

impl Submission<'_> {
    /// The files for an engine, and what to type.
    ///
    /// # Errors
    /// Why the engine would not take it, in words.
    pub fn files(&self, engine: Engine) -> Result<Submitted, String> {
        let mut submitted = match engine {
            Engine::Slurm => slurm::write(self),
            Engine::HyperQueue => hyperqueue::write(self),
            Engine::Parallel => list::parallel(self),
            Engine::Tasks => list::tasks(self),
            Engine::Kubernetes => kubernetes::write(self)?,
        };
        if submitted.results.is_empty() {
            submitted.results.clone_from(&self.results);
        }
        let results = shell(std::slice::from_ref(&submitted.results));
        submitted.status = format!("swarmsim sweep status {results}");
        submitted.merge = format!("swarmsim merge {results}/shard-*-of-{} --out {results}", self.of);
        Ok(submitted)
    }

    /// Whether all parts are submitted, and are even, so that the engine may count them itself.
    pub fn is_row(&self) -> bool {
        let mean_s = self.parts.iter().map(|part| part.cost_s).sum::<f64>() / self.parts.len().max(1) as f64;
        self.parts.len() == self.of && self.parts.iter().all(|part| part.cost_s <= mean_s * (1.0 + super::EVEN))
    }

    /// The numbers of the parts, in the order in which they are to be begun.
    pub(super) fn numbers(&self) -> Vec<String> {
        self.parts.iter().map(|part| part.shard.part().to_string()).collect()
    }

    /// The words of the command that does a part.
    pub(super) fn words(&self, shard: &str) -> Vec<String> {
        let sweep = format!("{}/sweep.json", self.folder);
        let jobs = self.resources.jobs.to_string();
        let words =
            [&self.program, "sweep", &sweep, "--shard", shard, "--out", &self.results, "--jobs", &jobs, "--quiet"];
        words.map(str::to_owned).to_vec()
    }

    /// The command that does a part, for a shell; `shard` is a word of the shell that says which.
    pub(super) fn command(&self, shard: &str) -> String {
        let words = self.words("");
        let (before, after) = words.split_at(4);
        format!("{} {shard} {}", shell(before), shell(&after[1..]))
    }

    /// What is in it, in a sentence.
    pub(super) fn about(&self) -> String {
        let parts = human::counted(self.parts.len() as u64, "part", "parts");
        let all = if self.parts.len() == self.of { String::new() } else { format!(" of {}", self.of) };
        let longest_s = self.parts.iter().map(|part| part.cost_s).fold(0.0, f64::max);
        let runs = human::counted(self.parts.iter().map(|part| part.runs).sum::<usize>() as u64, "run", "runs");
        let name = crate::output::text::clean(&self.plan.sweep().name);
        format!(
            "The sweep {name}: {parts}{all}, {runs}; the longest part takes about {} of a processor.",
            human::seconds(longest_s.ceil())
        )
    }
}
