//! One simulation from its first event to its last, with an eye on the terminal and on signals.

use super::progress::Progress;
use super::{Failure, interrupt};
use crate::check::scenario_digest;
use crate::metrics::{Identity, Metrics, Summary, Tables};
use crate::output::trace::{TraceFormat, TraceWriter};
use crate::output::{Checkpoints, OutputError, StagedFile, human};
use crate::scenario::Scenario;
use crate::sim::{QueueKind, Time};
use crate::swarm::{Advance, Observer, Simulation};

/// Most events between two looks at the terminal and the signals: some milliseconds.
const SLICE: u64 = 8_192;

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// The figures.
    pub summary: Summary,
    /// The tables.
    pub tables: Tables,
    /// Digests on the way.
    pub checkpoints: Checkpoints,
}

/// Runs a scenario.
pub fn plain(scenario: &Scenario, show_progress: bool) -> Result<Outcome, Failure> {
    let (metrics, end) = drive(scenario, metrics_of(scenario), show_progress)?;
    Ok(outcome(metrics, end.expect("metrics cannot fail")))
}

/// Runs a scenario and writes its trace to `file`, which is given back.
pub fn traced(
    scenario: &Scenario,
    show_progress: bool,
    file: StagedFile,
    format: TraceFormat,
) -> Result<(Outcome, StagedFile), Failure> {
    let path = file.path().to_path_buf();
    let digest = scenario_digest(scenario);
    let trace = TraceWriter::new(file, format, &digest, &scenario.config, TraceWriter::BATCH);
    let ((metrics, trace), end) = drive(scenario, (metrics_of(scenario), trace), show_progress)?;
    let file = trace.finish().map_err(OutputError::io("write", &path))?;
    Ok((outcome(metrics, end.expect("the trace has not failed")), file))
}

fn metrics_of(scenario: &Scenario) -> Metrics {
    Metrics::new(scenario.output.sample_interval).with_playback(scenario.output.playback_rate)
}

fn outcome(metrics: Metrics, (identity, checkpoints): End) -> Outcome {
    let (summary, tables) = metrics.finish(identity);
    Outcome { summary, tables, checkpoints }
}

/// An observer that can be asked how things stand.
trait Watched: Observer {
    fn metrics(&self) -> &Metrics;
    /// Whether it makes no sense to go on.
    fn has_failed(&self) -> bool;
}

impl Watched for Metrics {
    fn metrics(&self) -> &Metrics {
        self
    }
    fn has_failed(&self) -> bool {
        false
    }
}

impl Watched for (Metrics, TraceWriter) {
    fn metrics(&self) -> &Metrics {
        &self.0
    }
    fn has_failed(&self) -> bool {
        self.1.has_failed()
    }
}

/// What is known of a run only when it is over, and what was noted on the way.
type End = (Identity, Checkpoints);

/// Runs to the end; or as far as the observer bears, and then the run has no identity.
fn drive<O: Watched>(scenario: &Scenario, observer: O, show_progress: bool) -> Result<(O, Option<End>), Failure> {
    let mut run = Simulation::new(scenario.config.clone(), observer, QueueKind::Ladder);
    let mut progress = Progress::new(scenario, run.planned_peers(), show_progress);
    let mut checkpoints = Checkpoints::new(scenario.config.stop.at);
    loop {
        match run.advance_to(checkpoints.mark(), SLICE) {
            Advance::Over => break,
            Advance::More => {}
            Advance::ToMark { next } => {
                let (events, digest) = run.so_far(checkpoints.mark());
                checkpoints.reached(events, digest, next);
                continue;
            }
        }
        if interrupt::is_requested() {
            return Err(interrupted(run.now()));
        }
        if run.observer().has_failed() {
            return Ok((run.into_observer(), None));
        }
        progress.update(run.now(), run.events(), run.observer().metrics());
    }
    let (digest, events) = (run.digest(), run.events());
    checkpoints.end(events, run.now(), digest);
    let (observer, reason) = run.finish();
    let identity = scenario.identity(digest, events, reason);
    Ok((observer, Some((identity, checkpoints))))
}

fn interrupted(now: Time) -> Failure {
    let at = human::seconds(now.as_secs_f64());
    Failure::Interrupted(format!("interrupted at {at} of virtual time; nothing of the run is kept"))
}
