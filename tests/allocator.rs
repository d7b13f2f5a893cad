//! The digests do not depend on where memory comes from: this test program has another allocator than all others.

use dlmalloc::GlobalDlmalloc;
use swarmsim::scenario::{Embedded, from_json};
use swarmsim::sim::QueueKind;
use swarmsim::swarm::Simulation;

#[global_allocator]
static ALLOCATOR: GlobalDlmalloc = GlobalDlmalloc;

#[test]
fn digests_are_the_same_with_another_allocator() {
    let table = include_str!("golden/digests.txt");
    for name in ["flash-crowd", "heavy-churn", "lossy-proofs"] {
        let text = Embedded::find(name).expect("it is embedded").text;
        let config = from_json(name, text.as_bytes()).expect("it is good").scenario.config;
        let seed = config.seed;
        let mut run = Simulation::new(config, (), QueueKind::Ladder);
        while run.advance(u64::MAX) {}
        let line = format!("{name} {seed} {}", run.digest());
        assert!(table.lines().any(|known| known == line), "{line} is not in the table");
    }
}
