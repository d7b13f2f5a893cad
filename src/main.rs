//! The command `swarmsim`.

use std::process::ExitCode;
use swarmsim::cli::Heap;

#[global_allocator]
static HEAP: Heap = Heap;

fn main() -> ExitCode {
    swarmsim::cli::main(std::env::args_os())
}
