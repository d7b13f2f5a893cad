//! What the program makes of bad input, odd surroundings and hostile names, through the program and through the library.
//!
//! `tests/program/bad_input.rs` has the cases that stand for a kind each; the tables here have many of every kind.

mod command_line;
mod folders;
#[cfg(unix)]
mod full_disk;
mod hostile;
mod mutations;
mod program;
mod surroundings;
mod tables;
