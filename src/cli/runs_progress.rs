//! How far many runs have come, on standard error if that is a terminal.

use super::clock::Stopwatch;
use crate::output::human;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// Between two drawings of the bar, in seconds.
const PAUSE_S: f64 = 0.1;

/// A bar, or nothing.
#[derive(Debug)]
pub struct RunsProgress {
    bar: Option<ProgressBar>,
    watch: Stopwatch,
    due_s: f64,
}

impl RunsProgress {
    /// Shown if `wanted` and there is a terminal to show it on.
    pub fn new(wanted: bool) -> RunsProgress {
        let bar = (wanted && std::io::stderr().is_terminal()).then(|| {
            let style =
                ProgressStyle::with_template("{bar:24} {percent:>3} %  {wide_msg}").expect("the template is valid");
            let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
            bar.with_style(style.progress_chars("━╸─"))
        });
        RunsProgress { bar, watch: Stopwatch::start(), due_s: 0.0 }
    }

    /// Shows that `done` of `all` runs are done and `failed` of them failed.
    pub fn update(&mut self, done: usize, all: usize, failed: usize) {
        let Some(bar) = &self.bar else { return };
        let elapsed_s = self.watch.elapsed().as_secs_f64();
        if elapsed_s < self.due_s {
            return;
        }
        self.due_s = elapsed_s + PAUSE_S;
        let left_s = elapsed_s / done.max(1) as f64 * all.saturating_sub(done) as f64;
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        bar.set_message(format!(
            "{} of {} runs, {} failed, {} left",
            human::count(done as u64),
            human::count(all as u64),
            human::count(failed as u64),
            human::seconds(left_s.ceil())
        ));
    }
}

/// The bar goes with its owner.
impl Drop for RunsProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
