//! The swarm that is measured, for benchmarks and profilers.

use swarmsim::scenario::from_json;
use swarmsim::swarm::config::Config;

/// How large it is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Peers that download, beside one origin for each thousand.
    pub peers: u32,
    /// Chunks of 256 KiB.
    pub chunks: u32,
    /// Neighbors of each, and peers on a list; `None`: everybody.
    pub neighbors: Option<u32>,
    /// How links are shared.
    pub sharing: &'static str,
    /// Between two rounds of Chunks Queries, in seconds.
    pub query_s: u32,
}

/// What is measured unless something else is said.
pub const USUAL: Size = Size { peers: 1_000, chunks: 256, neighbors: Some(50), sharing: "fifo", query_s: 5 };

/// A swarm whose peers arrive within half a minute and stay.
pub fn config(size: Size) -> Config {
    let Size { peers, chunks, neighbors, sharing, query_s } = size;
    let origins = (peers / 1000).max(1);
    let neighbors = neighbors.map_or("null".to_owned(), |count| count.to_string());
    let bytes = u64::from(chunks) * (256 << 10);
    let text = format!(
        r#"{{
            "name": "bench", "stop": {{ "at": "1d" }},
            "file": {{ "size": {bytes}, "max_chunk_size": "256 KiB" }},
            "tracker": {{ "max_peers_returned": {neighbors} }},
            "protocol": {{ "max_neighbors": {neighbors}, "chunks_query_interval": {query_s} }},
            "network": {{ "sharing": "{sharing}", "latency": {{ "kind": "lognormal", "median": "40ms", "sigma": 0.5 }} }},
            "peers": [
                {{ "group": "origin", "count": {origins}, "initial_chunks": "all", "up": "100 Mbit/s", "down": "100 Mbit/s" }},
                {{ "group": "home", "count": {peers}, "up": "4 Mbit/s", "down": "40 Mbit/s",
                  "arrival": {{ "kind": "uniform", "until": "30s" }} }}
            ]
        }}"#
    );
    from_json("bench", text.as_bytes()).expect("a good scenario").scenario.config
}
