//! Identities that hold in every run that ends empty.

use crate::common::{Rec, record, with};
use serde_json::json;
use swarmsim::swarm::StopReason;

/// EXACT. The integral of the population over time is the sum of all sojourns; and what left uplinks has arrived or was in vain.
#[test]
fn population_and_bytes_add_up() {
    for seed in 0..12 {
        for sharing in ["none", "fifo", "equal-share", "max-min"] {
            let base = json!({
                "seed": seed, "stop": { "at": "1h", "when": "empty" }, "file": { "size": 5_000, "max_chunk_size": 300 },
                "tracker": { "entry_ttl": "20s", "sweep_interval": "3s" }, "strategy": { "kind": "random", "endgame": true },
                "protocol": { "active_proof_interval": "7s", "chunks_query_interval": "2s", "failure_detection": "1s" },
                "network": { "latency": { "kind": "lognormal", "median": "300ms", "sigma": 0.7 }, "loss": 0.02 },
                "peers": [
                    { "group": "origin", "count": 2, "initial_chunks": "all", "up": 400, "down": 900, "session": "60s" },
                    { "group": "home", "count": 25, "up": 150, "down": 600, "session": { "kind": "exponential", "mean": "40s" },
                      "arrival": { "kind": "poisson", "rate_per_s": 1 }, "after_completion": "leave",
                      "rejoin": { "probability": 0.5, "after": "5s", "keep_chunks": true } }
                ]
            });
            let (outcome, tape) = record(&with(&base, json!({ "network": { "sharing": sharing } })));
            assert_eq!(outcome.reason, StopReason::Empty);
            let (mut there, mut area, mut last) = (0u64, 0u64, 0u64);
            for (at, rec) in &tape.records {
                area += there * (at - last);
                last = *at;
                match rec {
                    Rec::Arrive { .. } => there += 1,
                    Rec::Depart { .. } => there -= 1,
                    _ => {}
                }
            }
            let rows = &outcome.tables.sessions;
            let sojourns: u64 = rows.iter().map(|row| (row.departed.expect("all left") - row.arrived).as_nanos()).sum();
            assert_eq!((area, there), (sojourns, 0));
            let sum = |column: fn(&swarmsim::metrics::SessionRow) -> u64| rows.iter().map(column).sum::<u64>();
            let sent = sum(|row| row.uploaded_bytes);
            assert_eq!(sent, sum(|row| row.downloaded_bytes) + sum(|row| row.wasted_bytes));
            assert_eq!(sent, outcome.summary.network.chunk_bytes);
            assert!(
                outcome.summary.network.wasted_bytes > 0 && outcome.summary.chunks.cut > 0,
                "seed {seed}: nothing was cut"
            );
        }
    }
}
