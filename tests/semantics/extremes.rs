//! The slowest links that a scenario may have: virtual time does not run over.

use crate::common::{home, origin, quiet, record, with};
use serde_json::json;
use swarmsim::swarm::StopReason;

/// A chunk of 1 GB at 1 bit/s would take 254 years; a transfer is held at 100. Ten of them one after the other would end after virtual time
/// does, on the downlink or on the uplink, and so would the turn of the last upload that the origin leaves behind.
#[test]
fn centuries_of_queued_chunks_are_no_overflow() {
    let slow = json!({ "kind": "constant", "value": "1 bit/s" });
    let base = json!({
        "stop": { "at": "100h", "when": "time" }, "file": { "size": "10 GB", "max_chunk_size": "1 GB" },
        "tracker": { "entry_ttl": "200h", "sweep_interval": "50h" },
        "protocol": {
            "max_parallel_fetches": 10, "max_fetches_per_neighbor": 10,
            "active_proof_interval": "100h", "peer_list_interval": "100h", "chunks_query_interval": "100h"
        }
    });
    let base = with(&quiet(), base);
    let downlink = json!([with(&origin(1), json!({ "up": "unlimited" })), with(&home(1, 1), json!({ "down": slow }))]);
    let uplink = json!([with(&origin(1), json!({ "up": slow, "session": "5s" })), home(1, 1)]);
    for peers in [downlink, uplink] {
        for sharing in ["none", "fifo", "equal-share"] {
            let change = json!({ "peers": peers, "network": { "sharing": sharing } });
            let (outcome, tape) = record(&with(&base, change));
            assert_eq!(outcome.reason, StopReason::Time, "{sharing}");
            assert_eq!((tape.fetches().len(), tape.acquired(2).len()), (10, 0), "{sharing}");
        }
    }
}
