//! `swarmsim trace check`: it accepts what the simulator writes, and names the invariant that a changed trace breaks.

#[allow(unused_imports, reason = "a part of it is used here")]
#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, reason = "a part of it is used here")]
#[path = "../common/program.rs"]
mod program;

mod accepts;
mod docs;
mod figures;
mod mutants;
mod physics;
mod refuses;
mod traced;
