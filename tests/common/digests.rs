//! Runs of embedded scenarios against the golden digests.

use swarmsim::scenario::{Embedded, from_json};
use swarmsim::sim::QueueKind;
use swarmsim::swarm::Simulation;

/// Runs the embedded scenario of this name under its own seed; its digest must stand in the table.
pub fn assert_golden(name: &str) {
    let text = Embedded::find(name).expect("it is embedded").text;
    let config = from_json(name, text.as_bytes()).expect("it is good").scenario.config;
    let seed = config.seed;
    let mut run = Simulation::new(config, (), QueueKind::Ladder);
    while run.advance(u64::MAX) {}
    let line = format!("{name} {seed} {}", run.digest());
    let table = include_str!("../golden/digests.txt");
    assert!(table.lines().any(|known| known == line), "{line} is not in the table");
}
