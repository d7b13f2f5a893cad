//! Signals that ask the program to stop: the first is noted and obeyed at the next opportunity, so that nothing
//! half-written stays; the second ends the program at once.

use super::Failure;
use super::failure::INTERRUPTED;
use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on SIGINT, SIGTERM and SIGHUP are noted. To be called once.
pub fn install() -> Result<(), Failure> {
    let on_signal = || {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(INTERRUPTED));
        }
    };
    ctrlc::set_handler(on_signal).map_err(|error| Failure::Failed(format!("signals cannot be handled: {error}")))
}

/// Whether a signal has asked the program to stop.
pub fn is_requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
