//! Whole runs through the program: what it reads and refuses, writes, says and returns, command by command.
//!
//! One program for all of these tests: each more would be linked with the whole library once more, and would leave a processor idle at its end.

#[path = "../common/program.rs"]
mod program;

mod bad_input;
mod cluster;
mod commands;
mod compare;
mod explain;
mod physics;
mod reproduce;
mod results;
mod run;
mod studies;
mod sweep;
