//! Signals that ask the program to stop: the first is noted and obeyed at the next opportunity, so that nothing
//! half-written stays; the second ends the program at once.

use super::Failure;
use super::failure::INTERRUPTED;
use crate::output::{RunFolder, Staging};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on SIGINT, SIGTERM and SIGHUP are noted, and what is staged in `folder` is cleared away where the process is ended at
/// once. To be called once.
pub fn install(folder: &RunFolder) -> Result<(), Failure> {
    handle(Some(folder.staging()))
}

/// The same for a command that stages nothing.
pub fn install_alone() -> Result<(), Failure> {
    handle(None)
}

fn handle(staging: Option<Staging>) -> Result<(), Failure> {
    let signals = AtomicU32::new(0);
    let on_signal = move || obey(signals.fetch_add(1, Ordering::SeqCst), staging.as_ref());
    ctrlc::set_handler(on_signal).map_err(|error| Failure::Failed(format!("signals cannot be handled: {error}")))
}

/// After `before` signals: the first is noted, the second ends the process.
fn obey(before: u32, staging: Option<&Staging>) {
    REQUESTED.store(true, Ordering::SeqCst);
    if before > 0 {
        if let Some(staging) = staging {
            staging.abandon();
        }
        std::process::exit(i32::from(INTERRUPTED));
    }
}

/// Whether a signal has asked the program to stop.
pub fn is_requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
