//! Latencies that depend on where nodes are, and arrivals that were recorded.

use crate::common::{Tape, home, millis, origin, quiet, record, secs, with};
use serde_json::{Value, json};
use swarmsim::swarm::MessageKind::*;

fn tape(scenario: &Value) -> Tape {
    record(scenario).1
}

/// The origin and the tracker are in the west, home is in the east: 50 ms from east to west, 30 ms back.
fn two_regions(change: Value) -> Value {
    let latency =
        json!({ "kind": "regions", "regions": ["west", "east"], "matrix": [["1ms", "30ms"], ["50ms", "2ms"]] });
    let groups =
        json!([with(&origin(10), json!({ "region": "west" })), with(&home(1, 10), json!({ "region": "east" }))]);
    let base = json!({ "network": { "latency": latency }, "peers": groups, "strategy": { "kind": "sequential" },
                       "stop": { "at": "20s", "when": "time" } });
    with(&with(&quiet(), base), change)
}

/// The Join takes 50 ms, its answer 30; so do query and answer, fetch and chunk, of which the uplink's part is 1 s.
#[test]
fn regions_may_differ_by_direction() {
    let tape = tape(&two_regions(json!({})));
    assert_eq!(tape.delivered_to(2, JoinResponse), [millis(80)]);
    assert_eq!(tape.delivered_to(1, JoinResponse), [millis(2)]);
    assert_eq!(tape.delivered_to(1, ChunksQueryRequest), [millis(130)]);
    assert_eq!(tape.delivered_to(2, ChunksQueryResponse), [millis(160)]);
    assert_eq!(tape.delivered_to(1, FetchChunkRequest)[0], millis(210));
    assert_eq!(tape.acquired(2)[0], (millis(1_240), 0));
}

/// What the one who is gone would have sent takes the way from it: 30 ms from the origin, 50 ms from home.
#[test]
fn absence_takes_the_way_of_what_is_missing() {
    let leaving = |who: usize| {
        let mut scenario = two_regions(json!({ "protocol": { "max_parallel_fetches": 1 } }));
        scenario["peers"][who]["session"] = json!("700ms");
        tape(&scenario)
    };
    assert_eq!(leaving(0).cuts(), [(millis(730), (1, 2))]);
    // It was heard of until 730 ms; a living peer's acknowledgment would have come 50 ms after the byte of 700 ms.
    assert_eq!(leaving(1).uploads(), [(1, 2, millis(210), millis(750), 5)]);
}

/// Everyone at one point, heights of 10 ms: 20 ms each way between any two.
#[test]
fn coordinates_are_a_latency() {
    let latency = json!({ "kind": "coordinates", "x": 5, "y": 7, "per_unit": "1s", "height": "10ms" });
    let tape = tape(&with(&quiet(), json!({ "network": { "latency": latency } })));
    assert_eq!(tape.delivered_to(2, JoinResponse), [millis(40)]);
}

/// Two measured nodes 30 ms apart there and back, each 2 ms from itself: one way 15 or 1 ms.
#[test]
fn a_matrix_is_a_latency() {
    let latency = json!({ "kind": "matrix", "round_trips": ["2,30", "30,2"] });
    let tape = tape(&with(&quiet(), json!({ "network": { "latency": latency }, "peers": [origin(10), home(40, 10)] })));
    let mut answers: Vec<u64> = (2..42).map(|peer| tape.delivered_to(peer, JoinResponse)[0]).collect();
    answers.sort_unstable();
    answers.dedup();
    assert_eq!(answers, [millis(2), millis(30)]);
}

/// A row of a trace is a peer, numbered by arrival; what it does not say of the session, the group does.
#[test]
fn recorded_peers_come_and_go_as_they_did() {
    let arrival = json!({ "kind": "trace", "arrivals": ["3s", "1s", "2500ms"], "sessions": [null, "4s", "1s"] });
    let group = with(&home(1, 10), json!({ "count": null, "arrival": arrival, "session": "2s" }));
    let tape = tape(&with(&quiet(), json!({ "stop": { "at": "20s", "when": "time" }, "peers": [origin(10), group] })));
    let arrivals: Vec<u64> = tape.arrivals().iter().map(|arrival| arrival.0).collect();
    assert_eq!(arrivals, [0, secs(1), millis(2_500), secs(3)]);
    assert_eq!(tape.departures(), [(millis(3_500), 3), (secs(5), 2), (secs(5), 4)]);
}
