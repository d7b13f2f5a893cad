//! What commands that do many runs share: how many at once, how far they have come, and how to call them again.

use super::args::ExperimentArgs;
use super::bar::Bar;
use super::clock::Stopwatch;
use super::{machine, terminal};
use crate::experiment::sweep::DrawSweep;
use crate::output::text::clean;
pub use crate::output::text::shell;
use crate::output::{IfThere, human};
use crate::scenario::estimate::memory_text;
use std::path::Path;
use std::thread::available_parallelism;

/// How the plots of a sweep are drawn.
pub const SWEEP_PLOTS: Option<DrawSweep> = Some(crate::experiment::plots::draw_sweep);

/// Between two drawings of the bar.
const PAUSE_S: f64 = 0.1;

/// Address space that a thread takes beside its run, in bytes: its stack, and the region that the C library sets aside for what it
/// allocates.
const THREAD_BYTES: u64 = 80 << 20;

/// Where the results are, and the report where there is one.
pub fn whereabouts(folder: &Path) -> String {
    let shown = |path: &Path| clean(&path.display().to_string());
    let report = folder.join("report.html");
    let report = if report.exists() { format!("report  in {}\n", shown(&report)) } else { String::new() };
    format!("results in {}\n{report}", shown(folder))
}

/// Runs to do at once: as many as were asked for, or as there are processors, and no more than the memory bears if each takes
/// `run_bytes`. Where that is fewer, `is_told` says whether to say so.
pub fn jobs(wanted: Option<u16>, run_bytes: u64, memory_bytes: u64, is_told: bool) -> usize {
    let wanted = wanted.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from);
    let (jobs, each, all) = affordable(run_bytes, memory_bytes, machine::address_space_left());
    let jobs = jobs.clamp(1, wanted);
    if jobs < wanted && is_told {
        let (each, all) = (memory_text(each as f64), memory_text(all as f64));
        terminal::say(&format!(
            "warning: a run takes about {each} of the {all} there are; {jobs} at once, not {wanted}\n"
        ));
    }
    jobs
}

/// How many runs can be done at once, what each takes and what there is: of memory, or of a limited address space.
fn affordable(run_bytes: u64, memory_bytes: u64, address_space: Option<u64>) -> (usize, u64, u64) {
    let by_memory = (memory_bytes / run_bytes.max(1), run_bytes, memory_bytes);
    let by_address = address_space.map(|left| {
        let each = run_bytes.saturating_add(THREAD_BYTES);
        (left / each, each, left)
    });
    let (jobs, each, all) =
        by_address.into_iter().fold(by_memory, |least, other| if other.0 < least.0 { other } else { least });
    (jobs.min(u64::from(u16::MAX)) as usize, each, all)
}

/// What is done about what the folder holds.
pub fn if_there(args: &ExperimentArgs) -> IfThere {
    match (args.resume, args.force) {
        (true, _) => IfThere::Resume,
        (_, true) => IfThere::Replace,
        _ => IfThere::Refuse,
    }
}

/// How far many runs have come, on standard error if that is a terminal.
pub struct BatchProgress {
    bar: Option<Bar>,
    watch: Stopwatch,
    /// On the watch, when the bar is to be drawn next.
    due_s: f64,
}

impl BatchProgress {
    /// Shown if `wanted` and there is a terminal to show it on.
    pub fn new(wanted: bool) -> BatchProgress {
        BatchProgress { bar: Bar::new(wanted), watch: Stopwatch::start(), due_s: 0.0 }
    }

    /// Shows that of `planned` runs `done` are done; `reused` were there before.
    /// `share` of the work since it was begun is done, from 0 to 1.
    pub fn update(&mut self, reused: usize, done: usize, failed: usize, planned: usize, share: f64) {
        let Some(bar) = &self.bar else { return };
        let elapsed_s = self.watch.elapsed().as_secs_f64();
        if elapsed_s < self.due_s && done < planned {
            return;
        }
        self.due_s = elapsed_s + PAUSE_S;
        let message = message([reused, done, failed, planned], share, elapsed_s);
        bar.show((reused + done) as u64, (reused + planned) as u64, &message);
    }
}

fn message([reused, done, failed, planned]: [usize; 4], share: f64, elapsed_s: f64) -> String {
    let left = match share > 0.0 {
        false => "?".to_owned(),
        true => human::seconds((elapsed_s * (1.0 - share).max(0.0) / share).ceil()),
    };
    let failed = if failed > 0 { format!(", {} failed", human::count(failed as u64)) } else { String::new() };
    let (all, total) = (human::count((reused + done) as u64), human::count((reused + planned) as u64));
    format!("{all} of {total} runs{failed}, {left} left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_runs_at_once_as_memory_and_address_space_bear() {
        const MIB: u64 = 1 << 20;
        assert_eq!(affordable(100 * MIB, 1_000 * MIB, None), (10, 100 * MIB, 1_000 * MIB));
        assert_eq!(affordable(100 * MIB, 1_000 * MIB, Some(4_000 * MIB)).0, 10);
        assert_eq!(affordable(100 * MIB, 1_000 * MIB, Some(900 * MIB)), (5, 180 * MIB, 900 * MIB));
        assert_eq!(affordable(0, u64::MAX, Some(10 * MIB)).0, 0);
    }

    #[test]
    fn the_message_counts_what_was_there_and_reckons_with_what_is_left() {
        assert_eq!(message([10, 20, 1, 40], 0.5, 30.0), "30 of 50 runs, 1 failed, 30 s left");
        assert_eq!(message([0, 0, 0, 40], 0.0, 30.0), "0 of 40 runs, ? left");
    }
}
