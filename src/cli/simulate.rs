//! One simulation from its first event to its last, with an eye on the terminal and on signals.

use super::progress::Progress;
use super::{Failure, interrupt, terminal};
use crate::check::scenario_digest;
use crate::experiment::Threads;
use crate::metrics::{Identity, Metrics, Summary, Tables};
use crate::output::trace::{TraceFormat, TraceWriter};
use crate::output::{Checkpoints, OutputError, StagedFile, human};
use crate::scenario::Scenario;
use crate::sim::{Digest, QueueKind, Time};
use crate::swarm::{Advance, Divisible, Observer, Obstacle, Parallel, Simulation, StopReason};
use std::thread::available_parallelism;

/// Most events between two looks at the terminal and the signals: some milliseconds.
const SLICE: u64 = 8_192;
/// The same for several threads, which begin anew after each look.
const SLICE_OF_SEVERAL: u64 = 64 * SLICE;

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

/// How many threads a run takes of so many that are wanted: not more than there are processors, as those would only wait for each other.
pub fn threads(wanted: u16) -> usize {
    usize::from(wanted).min(available_parallelism().map_or(1, usize::from))
}

/// Runs a scenario on so many [threads].
pub fn plain(scenario: &Scenario, threads: u16, show_progress: bool) -> Result<Outcome, Failure> {
    let (config, metrics) = (scenario.config.clone(), metrics_of(scenario));
    let threads = self::threads(threads);
    let (metrics, end) = if threads == 1 {
        drive(scenario, Simulation::new(config, metrics, QueueKind::Ladder), show_progress)?
    } else {
        let run = Parallel::new(config, metrics, QueueKind::Ladder, threads);
        if let Some(why) = run.obstacle().filter(|_| show_progress) {
            terminal::say(&one_thread(why));
        }
        drive(scenario, run, show_progress)?
    };
    Ok(outcome(metrics, end.expect("metrics cannot fail")))
}

/// What is said where a run takes one thread, though several were wanted.
pub fn one_thread(why: Obstacle) -> String {
    format!("note: this swarm runs on one thread, as {why}\n")
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
    let run = Simulation::new(scenario.config.clone(), (metrics_of(scenario), trace), QueueKind::Ladder);
    let ((metrics, trace), end) = drive(scenario, run, show_progress)?;
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

/// A run on one thread or on several.
trait Run {
    type Observer: Watched;
    fn go_on_to(&mut self, mark: Time) -> Advance;
    fn so_far(&mut self, mark: Time) -> (u64, Digest);
    fn now(&self) -> Time;
    fn events(&self) -> u64;
    fn digest(&self) -> Digest;
    fn planned_peers(&self) -> u32;
    fn observer(&self) -> &Self::Observer;
    fn into_observer(self) -> Self::Observer;
    fn finish(self) -> (Self::Observer, StopReason);
}

/// What both kinds of runs do by the same name.
macro_rules! alike {
    ($run:ident) => {
        type Observer = O;
        fn now(&self) -> Time {
            $run::now(self)
        }
        fn events(&self) -> u64 {
            $run::events(self)
        }
        fn digest(&self) -> Digest {
            $run::digest(self)
        }
        fn planned_peers(&self) -> u32 {
            $run::planned_peers(self)
        }
        fn observer(&self) -> &O {
            $run::observer(self)
        }
        fn into_observer(self) -> O {
            $run::into_observer(self)
        }
    };
}

impl<O: Watched> Run for Simulation<O> {
    alike!(Simulation);
    fn go_on_to(&mut self, mark: Time) -> Advance {
        self.advance_to(mark, SLICE)
    }
    fn so_far(&mut self, mark: Time) -> (u64, Digest) {
        Simulation::so_far(self, mark)
    }
    fn finish(self) -> (O, StopReason) {
        Simulation::finish(self)
    }
}

impl<O: Watched + Divisible> Run for Parallel<O> {
    alike!(Parallel);
    fn go_on_to(&mut self, mark: Time) -> Advance {
        self.advance_to(mark, if self.is_apart() { SLICE_OF_SEVERAL } else { SLICE }, &Threads)
    }
    fn so_far(&mut self, mark: Time) -> (u64, Digest) {
        Parallel::so_far(self, mark, &Threads)
    }
    fn finish(self) -> (O, StopReason) {
        Parallel::finish(self, &Threads)
    }
}

/// Runs to the end; or as far as the observer bears, and then the run has no identity.
fn drive<R: Run>(scenario: &Scenario, mut run: R, show_progress: bool) -> Result<(R::Observer, Option<End>), Failure> {
    let mut progress = Progress::new(scenario, run.planned_peers(), show_progress);
    let mut checkpoints = Checkpoints::new(scenario.config.stop.at);
    loop {
        match run.go_on_to(checkpoints.mark()) {
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
