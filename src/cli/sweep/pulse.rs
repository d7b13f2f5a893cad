//! Signs of life of a sweep under way, in its folder's lock: `swarmsim sweep status` reads them, also from another machine.

use super::super::clock::Stopwatch;
use super::super::machine;
use crate::experiment::sweep::{Beat, Progress};
use crate::output::Pulse;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// Between two signs of life. [`crate::experiment::sweep::FRESH_S`] is several times as long.
const EVERY: Duration = Duration::from_secs(15);

/// Beats until it is dropped.
pub struct Heart {
    progress: Option<Sender<Progress>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Heart {
    /// Begins to beat. Where there is nothing to beat on, or no thread to do it, the sweep is run all the same.
    pub fn start(pulse: Option<Pulse>, jobs: usize) -> Heart {
        let (sender, receiver) = channel::<Progress>();
        let Some(mut pulse) = pulse else { return Heart { progress: None, thread: None } };
        let watch = Stopwatch::start();
        let mut beat = move |latest: &Progress, elapsed_s: f64| {
            let beat = Beat::new(latest, machine::host(), std::process::id(), jobs, elapsed_s);
            // Whoever cannot write here will soon be told elsewhere.
            let _ = pulse.beat(&beat.to_json());
        };
        // The first one by whoever begins the sweep: what is done to the folder has an order, and a short sweep has no other beat.
        let mut latest = Progress::default();
        beat(&latest, 0.0);
        let beats = move || {
            let mut due_s = EVERY.as_secs_f64();
            loop {
                let elapsed_s = watch.elapsed().as_secs_f64();
                if elapsed_s >= due_s {
                    beat(&latest, elapsed_s);
                    due_s = elapsed_s + EVERY.as_secs_f64();
                }
                match receiver.recv_timeout(Duration::from_secs_f64((due_s - watch.elapsed().as_secs_f64()).max(0.0))) {
                    Ok(progress) => latest = progress,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        };
        let thread = thread::Builder::new().name("pulse".into()).spawn(beats).ok();
        Heart { progress: Some(sender), thread }
    }

    /// Has the next beats tell of this.
    pub fn tell(&self, progress: Progress) {
        if let Some(sender) = &self.progress {
            let _ = sender.send(progress);
        }
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        self.progress.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
