//! A bare swarm, for profilers: `events PEERS EVENTS` runs about so many events of the benchmark's swarm and says how many it were.
//!
//! Nothing else is done: no metrics, no files. `scripts/instructions` runs it under cachegrind.

#![expect(clippy::print_stdout, reason = "a program that tells a number")]

use swarmsim::scenario::from_json;
use swarmsim::sim::QueueKind;
use swarmsim::swarm::Simulation;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let (Some(Ok(peers)), Some(Ok(events))) = (arguments.next(), arguments.next()) else {
        println!("usage: events PEERS EVENTS");
        std::process::exit(2);
    };
    let origins = (peers / 1000).max(1);
    let text = format!(
        r#"{{
            "name": "events", "stop": {{ "at": "2h" }},
            "file": {{ "size": "64 MiB", "max_chunk_size": "256 KiB" }},
            "tracker": {{ "max_peers_returned": 50 }}, "protocol": {{ "max_neighbors": 50 }},
            "network": {{ "sharing": "fifo", "latency": {{ "kind": "lognormal", "median": "40ms", "sigma": 0.5 }} }},
            "peers": [
                {{ "group": "origin", "count": {origins}, "initial_chunks": "all", "up": "100 Mbit/s", "down": "100 Mbit/s" }},
                {{ "group": "home", "count": {peers}, "up": "4 Mbit/s", "down": "40 Mbit/s",
                  "arrival": {{ "kind": "uniform", "until": "30s" }} }}
            ]
        }}"#
    );
    let config = from_json("events", text.as_bytes()).expect("a good scenario").scenario.config;
    let mut run = Simulation::new(config, (), QueueKind::Ladder);
    while run.events() < events && run.advance(10_000) {}
    println!("{} events, digest {}", run.events(), run.digest());
}
