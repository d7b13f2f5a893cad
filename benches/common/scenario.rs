//! The swarm that is measured, for benchmarks and profilers.

use swarmsim::scenario::from_json;
use swarmsim::swarm::config::Config;

/// A swarm of so many peers that arrive within half a minute and stay, and one origin for each thousand.
pub fn config(peers: u32) -> Config {
    let origins = (peers / 1000).max(1);
    let text = format!(
        r#"{{
            "name": "bench", "stop": {{ "at": "2h" }},
            "file": {{ "size": "64 MiB", "max_chunk_size": "256 KiB" }},
            "tracker": {{ "max_peers_returned": 50 }},
            "protocol": {{ "max_neighbors": 50 }},
            "network": {{ "sharing": "fifo", "latency": {{ "kind": "lognormal", "median": "40ms", "sigma": 0.5 }} }},
            "peers": [
                {{ "group": "origin", "count": {origins}, "initial_chunks": "all", "up": "100 Mbit/s", "down": "100 Mbit/s" }},
                {{ "group": "home", "count": {peers}, "up": "4 Mbit/s", "down": "40 Mbit/s",
                  "arrival": {{ "kind": "uniform", "until": "30s" }} }}
            ]
        }}"#
    );
    from_json("bench", text.as_bytes()).expect("a good scenario").scenario.config
}
