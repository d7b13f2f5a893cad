//! A bare swarm, for profilers: `events PEERS EVENTS` runs about so many events of the benchmark's swarm and says how many it were.
//!
//! Nothing else is done: no metrics, no files. `scripts/instructions` runs it under callgrind.

#![expect(clippy::print_stdout, reason = "a program that tells a number")]

use swarmsim::sim::QueueKind;
use swarmsim::swarm::Simulation;

#[path = "../benches/common/scenario.rs"]
mod scenario;

use scenario::{Size, USUAL};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u32>());
    let (Some(Ok(peers)), Some(Ok(events))) = (arguments.next(), arguments.next()) else {
        println!("usage: events PEERS EVENTS");
        std::process::exit(2);
    };
    let config = scenario::config(Size { peers, ..USUAL });
    let mut run = Simulation::new(config, (), QueueKind::Ladder);
    while run.events() < u64::from(events) && run.advance(10_000) {}
    println!("{} events, digest {}", run.events(), run.digest());
}
