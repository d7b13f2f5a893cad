//! Why the program did not do what it was asked, and the exit code that says so.

use super::terminal;
use crate::experiment::sweep::Refusal;
use crate::output::OutputError;
use crate::scenario::Report;
use std::io;
use std::process::ExitCode;

/// The work failed, or a check did not hold.
const FAILED: u8 = 1;
/// Bad usage or bad input; nothing was written.
pub const BAD_INPUT: u8 = 2;
/// Interrupted.
pub const INTERRUPTED: u8 = 130;

/// Why the program stops.
#[derive(Debug)]
pub enum Failure {
    /// Bad usage or input, in one message without `error: ` before it.
    BadInput(String),
    /// All that is wrong with one file.
    Refused(Box<Report>),
    /// All that is wrong with a sweep, and with its scenario.
    RefusedSweep(Refusal),
    /// The work failed: a file could not be written, a check did not hold.
    Failed(String),
    /// Interrupted by a signal: when, and what stands.
    Interrupted(String),
    /// Whoever read standard output has enough.
    OutputClosed,
}

impl Failure {
    /// Says why on standard error; the exit code.
    pub fn report(&self) -> ExitCode {
        match self {
            Failure::BadInput(message) | Failure::Failed(message) => terminal::say(&format!("error: {message}\n")),
            Failure::Refused(report) => terminal::say(&report.to_string()),
            Failure::RefusedSweep(refusal) => terminal::say(&refusal.to_string()),
            Failure::Interrupted(message) => terminal::say(&format!("{message}\n")),
            Failure::OutputClosed => {}
        }
        match self {
            Failure::BadInput(_) | Failure::Refused(_) | Failure::RefusedSweep(_) => ExitCode::from(BAD_INPUT),
            Failure::Failed(_) => ExitCode::from(FAILED),
            Failure::Interrupted(_) => ExitCode::from(INTERRUPTED),
            Failure::OutputClosed => ExitCode::SUCCESS,
        }
    }

    /// The failure behind an error in writing to standard output.
    pub fn of_output(error: &io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => Failure::Failed(format!("standard output cannot be written to: {error}")),
        }
    }
}

/// A folder that will not do is bad input; what the system refuses is a failure.
impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Failure {
        if error.is_bad_input() { Failure::BadInput(error.to_string()) } else { Failure::Failed(error.to_string()) }
    }
}
