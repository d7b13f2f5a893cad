//! One simulation from its first event to its last, with an eye on the terminal and on signals.

use super::progress::Progress;
use super::{Failure, interrupt};
use crate::check::scenario_digest;
use crate::metrics::{Identity, Metrics, Summary, Tables};
use crate::output::{OutputError, StagedFile, Trace, human};
use crate::scenario::Scenario;
use crate::sim::{QueueKind, Time};
use crate::swarm::{Observer, Simulation};

/// Events between two looks at the terminal and the signals: some milliseconds.
const SLICE: u64 = 10_000;

/// What a run came to.
pub type Outcome = (Summary, Tables);

/// Runs a scenario.
pub fn plain(scenario: &Scenario, show_progress: bool) -> Result<Outcome, Failure> {
    let (metrics, identity) = drive(scenario, metrics_of(scenario), show_progress)?;
    Ok(metrics.finish(identity.expect("metrics cannot fail")))
}

/// Runs a scenario and writes its trace to `file`, which is given back.
pub fn traced(scenario: &Scenario, show_progress: bool, file: StagedFile) -> Result<(Outcome, StagedFile), Failure> {
    let path = file.path().to_path_buf();
    let trace = Trace::new(file, &scenario_digest(scenario));
    let ((metrics, trace), identity) = drive(scenario, (metrics_of(scenario), trace), show_progress)?;
    let file = trace.finish().map_err(OutputError::io("write", &path))?;
    Ok((metrics.finish(identity.expect("the trace has not failed")), file))
}

fn metrics_of(scenario: &Scenario) -> Metrics {
    Metrics::new(scenario.output.sample_interval)
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

impl Watched for (Metrics, Trace<StagedFile>) {
    fn metrics(&self) -> &Metrics {
        &self.0
    }
    fn has_failed(&self) -> bool {
        self.1.has_failed()
    }
}

/// Runs to the end; or as far as the observer bears, and then the run has no identity.
fn drive<O: Watched>(scenario: &Scenario, observer: O, show_progress: bool) -> Result<(O, Option<Identity>), Failure> {
    let mut run = Simulation::new(scenario.config.clone(), observer, QueueKind::Ladder);
    let mut progress = Progress::new(scenario, run.planned_peers(), show_progress);
    while run.advance(SLICE) {
        if interrupt::is_requested() {
            return Err(interrupted(run.now()));
        }
        if run.observer().has_failed() {
            return Ok((run.into_observer(), None));
        }
        progress.update(run.now(), run.events(), run.observer().metrics());
    }
    let (digest, events) = (run.digest(), run.events());
    let (observer, reason) = run.finish();
    let identity = scenario.identity(digest, events, reason);
    Ok((observer, Some(identity)))
}

fn interrupted(now: Time) -> Failure {
    let at = human::seconds(now.as_secs_f64());
    Failure::Interrupted(format!("interrupted at {at} of virtual time; nothing of the run is kept"))
}
