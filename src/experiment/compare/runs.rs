//! The runs of a comparison: those that are there already are taken from the journal, the others are run.

use super::analysis::Outcomes;
use super::design::Design;
use crate::experiment::{End, Journal, Outcome, RunsError, run_all};
use crate::output::OutputError;
use std::convert::Infallible;

/// How a comparison is run.
pub struct Batch<'a> {
    /// What is compared.
    pub design: &'a Design,
    /// Threads.
    pub jobs: usize,
    /// Where outcomes are kept as they come, and taken from if they are there.
    pub journal: Option<&'a mut Journal>,
    /// Where outcomes of an earlier comparison may be taken from.
    pub earlier: Option<&'a mut Journal>,
    /// Whether to stop.
    pub is_stopped: &'a (dyn Fn() -> bool + Sync),
    /// Is told, after each run, how many of how many are done, and how many of them failed.
    pub progress: &'a mut dyn FnMut(usize, usize, usize),
}

/// Why not all runs were done.
#[derive(Debug)]
pub enum Stopped {
    /// It was asked to stop; what was done is in the journal.
    Asked,
    /// The journal could not be written or read.
    Journal(OutputError),
    /// The system gave no thread.
    Threads(String),
}

/// Runs a whole comparison on `jobs` threads and keeps nothing on the disk.
///
/// # Errors
/// The system gives no thread.
pub fn run(design: &Design, jobs: usize) -> Result<Outcomes, Stopped> {
    let mut batch =
        Batch { design, jobs, journal: None, earlier: None, is_stopped: &|| false, progress: &mut |_, _, _| () };
    let mut outcomes = Vec::new();
    batch.extend(&mut outcomes, design.seeds.len())?;
    Ok(outcomes)
}

impl Batch<'_> {
    /// Adds the outcomes that are lacking for the first `seeds` seeds.
    ///
    /// # Errors
    /// It was asked to stop, or the journal or a thread was refused.
    pub fn extend(&mut self, outcomes: &mut Outcomes, seeds: usize) -> Result<(), Stopped> {
        let strategies = self.design.strategies.len();
        outcomes.resize(strategies, Vec::new());
        let begin = outcomes[0].len();
        let mut found: Vec<Vec<Option<Outcome>>> = vec![vec![None; seeds.saturating_sub(begin)]; strategies];
        let mut lacking = Vec::new();
        // Seed by seed, so that what was done before an interruption can be compared.
        for seed in begin..seeds {
            for (strategy, found) in found.iter_mut().enumerate() {
                match self.known(strategy, seed)? {
                    Some(outcome) => found[seed - begin] = Some(outcome),
                    None => lacking.push((strategy, seed)),
                }
            }
        }
        self.run_lacking(&lacking, |(strategy, seed), outcome| found[strategy][seed - begin] = Some(outcome))?;
        for (all, new) in outcomes.iter_mut().zip(found) {
            all.extend(new.into_iter().map(|outcome| outcome.expect("each run was done or known")));
        }
        Ok(())
    }

    /// What is on the disk of a run.
    fn known(&mut self, strategy: usize, seed: usize) -> Result<Option<Outcome>, Stopped> {
        let mut places: Vec<&mut Journal> = [self.journal.as_deref_mut(), self.earlier.as_deref_mut()]
            .into_iter()
            .flatten()
            .filter(|journal| !journal.is_empty())
            .collect();
        if places.is_empty() {
            return Ok(None);
        }
        let identity = self.design.case(strategy, seed).identity;
        for journal in &mut places {
            if let Some(outcome) = journal.get(&identity).map_err(Stopped::Journal)? {
                return Ok(Some(outcome));
            }
        }
        Ok(None)
    }

    fn run_lacking(
        &mut self,
        lacking: &[(usize, usize)],
        mut keep: impl FnMut((usize, usize), Outcome),
    ) -> Result<(), Stopped> {
        let (design, journal, progress) = (self.design, &mut self.journal, &mut self.progress);
        let case = |index: usize| {
            let (strategy, seed) = lacking[index];
            Ok::<_, Infallible>(design.case(strategy, seed))
        };
        let (mut done, mut failed) = (0, 0);
        let deliver = |index: usize, outcome: Outcome| {
            journal.as_deref_mut().map_or(Ok(()), |journal| journal.append(&outcome))?;
            (done, failed) = (done + 1, failed + usize::from(outcome.is_failed()));
            progress(done, lacking.len(), failed);
            keep(lacking[index], outcome);
            Ok(())
        };
        match run_all(lacking.len(), self.jobs, case, self.is_stopped, deliver) {
            Ok(End::Done) => Ok(()),
            Ok(End::Stopped) => Err(Stopped::Asked),
            Err(RunsError::Deliver(error)) => Err(Stopped::Journal(error)),
            Err(RunsError::Threads(error)) => Err(Stopped::Threads(error)),
            Err(RunsError::Case(never)) => match never {},
        }
    }
}
