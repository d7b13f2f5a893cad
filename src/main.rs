//! The command `swarmsim`.
fn main() {}
