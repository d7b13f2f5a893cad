//! The command `swarmsim`.

use std::process::ExitCode;

fn main() -> ExitCode {
    swarmsim::cli::main(std::env::args_os())
}
