//! Partitions, lossy spells, slow links, and departures of many at once.

use crate::common::{Rec, Tape, home, millis, origin, quiet, record, secs, with};
use serde_json::{Value, json};
use swarmsim::swarm::{DepartReason, LossReason, MessageKind::*, Waste};

fn tape(scenario: &Value) -> Tape {
    record(scenario).1
}

/// Latency 50 ms: a peer that arrives at 0 asks for chunks at 200 ms, and its requests are there at 250 ms. A chunk, 10 bytes, takes 1 s.
fn faulty(fault: Value, change: Value) -> Value {
    let base = json!({
        "stop": { "at": "20s", "when": "time" },
        "network": { "latency": "50ms", "faults": [fault] },
        "protocol": { "max_parallel_fetches": 2, "max_fetches_per_neighbor": 2, "chunks_query_interval": "1s" }
    });
    with(&with(&quiet(), base), change)
}

fn partition(from: &str, until: &str) -> Value {
    json!({ "kind": "partition", "between": ["home", "origin"], "from": from, "until": until })
}

/// The first upload is half a second old, the second waits for the uplink: both are cut at once, and the downloader notices 50 ms later.
/// Queries at 1.1, 2.1, 3.1 and 4.1 s are lost; that of 5.1 s is answered at 5.2, and chunks are asked for again.
#[test]
fn a_partition_cuts_transfers_and_swallows_messages() {
    let tape = tape(&faulty(partition("750ms", "5s"), json!({})));
    assert_eq!(tape.uploads()[0], (1, 2, millis(250), millis(750), 5));
    assert_eq!(tape.wasted(), [(millis(750), (1, 5, Waste::Cut))]);
    assert_eq!(tape.cuts(), [(millis(800), (1, 2)); 2]);
    let lost = [1_100, 2_100, 3_100, 4_100].map(|at| (millis(at), (ChunksQueryRequest, 2, 1)));
    assert_eq!(tape.lost(LossReason::Partition), lost);
    assert_eq!(tape.fetches()[2].0, millis(5_200));
    assert_eq!(tape.completed(2).len(), 1, "ten chunks fit into what is left of 20 s");
}

/// With a failure detection of 3 s the downloader notices 3 s later; the uplink is free at once all the same.
#[test]
fn a_partition_is_noticed_as_a_departure_is() {
    let slow = faulty(partition("750ms", "5s"), json!({ "protocol": { "failure_detection": "3s" } }));
    assert_eq!(tape(&slow).cuts(), [(millis(3_750), (1, 2)); 2]);
}

/// What is on its way when a partition begins gets through; what is sent from that instant on does not.
#[test]
fn a_partition_holds_for_what_is_sent_within_it() {
    let lost = |from: &str| tape(&faulty(partition(from, "700ms"), json!({}))).lost(LossReason::Partition);
    // The answer to the query of 100 ms is sent at 150 ms.
    assert_eq!(lost("150ms"), [(millis(150), (ChunksQueryResponse, 1, 2))]);
    // It gets through; the requests of 200 ms do not.
    assert_eq!(lost("151ms")[0], (millis(200), (FetchChunkRequest, 2, 1)));
    // They get through; the chunks, to be sent at 250 ms, do not.
    assert_eq!(lost("201ms"), [(millis(250), (FetchChunkResponse, 1, 2)); 2]);
}

/// A lost request is noticed when a living peer's answer would have begun to come; a lost chunk likewise.
#[test]
fn a_fetch_that_a_partition_swallows_is_given_up() {
    for (from, noticed) in [("160ms", 300), ("210ms", 300)] {
        let tape = tape(&faulty(partition(from, "700ms"), json!({})));
        assert_eq!(tape.timeouts(), [(millis(noticed), (FetchChunkRequest, 2, 1)); 2], "from {from}");
        // The neighbor is asked again once it has answered a query: sent at 1.1 s, answered at 1.2.
        assert_eq!(tape.fetches()[2].0, millis(1_200));
    }
}

/// Cut off from the tracker, a peer repeats its Join when the timeout is over. Others are not concerned.
#[test]
fn the_tracker_can_be_cut_off() {
    let fault = json!({ "kind": "partition", "between": ["tracker", "home"], "from": 0, "until": "3s" });
    let tape = tape(&faulty(fault, json!({})));
    assert_eq!(tape.sent_by(2, JoinRequest), [0, secs(10)]);
    assert_eq!(tape.sent_by(1, JoinRequest), [0]);
    assert_eq!(tape.lost(LossReason::Partition), [(0, (JoinRequest, 2, 0))]);
}

/// A spell that loses everything loses queries, and no chunk: those travel over connections.
#[test]
fn a_lossy_spell_spares_fetches() {
    let fault = json!({ "kind": "loss", "probability": 1, "from": "210ms", "until": "4500ms" });
    let tape = tape(&faulty(fault, json!({})));
    let lost = [1_100, 2_100, 3_100, 4_100].map(|at| (millis(at), (ChunksQueryRequest, 2, 1)));
    assert_eq!(tape.lost(LossReason::Loss), lost);
    assert_eq!(tape.acquired(2)[0], (millis(1_300), tape.fetches()[0].3));
    assert_eq!(tape.fetches().len(), 10);
}

/// Between two sides only: the other group's Joins are answered.
#[test]
fn a_lossy_spell_may_concern_a_pair() {
    let fault = json!({ "kind": "loss", "between": ["tracker", "home"], "probability": 1, "from": 0, "until": "3s" });
    let tape = tape(&faulty(fault, json!({})));
    assert_eq!(tape.lost(LossReason::Loss), [(0, (JoinRequest, 2, 0))]);
    assert_eq!(tape.sent_by(1, JoinRequest), [0]);
}

/// A chance of 1/4, for 200 peers: about 50 Joins are lost.
#[test]
fn a_lossy_spell_is_a_matter_of_chance() {
    let fault = json!({ "kind": "loss", "probability": 0.25, "from": 0, "until": "1s" });
    let tape = tape(&faulty(fault, json!({ "peers": [origin(10), home(200, 10)], "stop": { "at": "90ms" } })));
    let lost = tape.lost(LossReason::Loss).into_iter().filter(|(_, message)| message.0 == JoinRequest).count();
    // Binomial: standard deviation 6; four of them.
    assert!(lost.abs_diff(50) < 25, "{lost}");
}

/// One chunk of 100 bytes at 10 bytes/s would take until 10 s. With half of the uplink in [2, 6) 20 bytes pass before it, 20 within and 60 after
/// it: 12 s. With 2 bytes/s: 20, 8 and 72, 13.2 s. The window may have begun before the peer came.
#[test]
fn links_are_slow_for_a_time() {
    for sharing in ["equal-share", "max-min"] {
        let done = |slow: Value| {
            let fault = with(&json!({ "kind": "slow", "groups": ["origin"], "from": "2s", "until": "6s" }), slow);
            let network = json!({ "sharing": sharing, "latency": 0, "faults": [fault] });
            let scenario = with(&quiet(), json!({ "file": { "max_chunk_size": 100 }, "network": network }));
            tape(&scenario).completed(2)
        };
        assert_eq!(done(json!({ "factor": 0.5 })), [secs(12)]);
        assert_eq!(done(json!({ "rate": 2, "links": "up" })), [millis(13_200)]);
        assert_eq!(done(json!({ "rate": 2, "links": "down" })), [secs(10)]);
        assert_eq!(done(json!({ "rate": 50 })), [secs(10)], "no link becomes faster");
        assert_eq!(done(json!({ "factor": 0.5, "from": 0, "until": "4s" })), [secs(12)]);
    }
}

fn leavers(scenario: &Value) -> Vec<(u64, u32)> {
    let left = |rec: &Rec| match *rec {
        Rec::Depart { peer, why, .. } => {
            assert_eq!(why, DepartReason::Session);
            Some(peer)
        }
        _ => None,
    };
    tape(scenario).all(left)
}

/// Of ten peers half leave at 5 s, or three, or all that there are; the origin is not concerned. Who leaves does not depend on the strategy, and
/// those who leave when fewer do are among those who leave when more do.
#[test]
fn many_leave_at_once() {
    let run = |departure: Value, strategy: &str| {
        let departure = with(&json!({ "at": "5s", "groups": ["home"] }), departure);
        let change = json!({ "stop": { "at": "20s", "when": "time" }, "strategy": { "kind": strategy },
                             "departures": [departure], "peers": [origin(10), home(10, 10)] });
        let left = leavers(&with(&quiet(), change));
        assert!(left.iter().all(|&(at, peer)| at == secs(5) && peer > 1));
        left.into_iter().map(|(_, peer)| peer).collect::<Vec<u32>>()
    };
    let half = run(json!({ "fraction": 0.5 }), "random");
    assert_eq!(half.len(), 5);
    assert_eq!(half, run(json!({ "fraction": 0.5 }), "sequential"));
    let three = run(json!({ "count": 3 }), "random");
    assert_eq!(three.len(), 3);
    assert!(three.iter().all(|peer| half.contains(peer)));
    assert_eq!(run(json!({ "count": 100 }), "random").len(), 10);
    assert!(run(json!({ "fraction": 0 }), "random").is_empty());
}

/// Silently: the tracker lists them until their entries expire, and who may come back does.
#[test]
fn nobody_is_told_of_a_departure_of_many() {
    let group = with(&home(4, 10), json!({ "rejoin": { "probability": 1, "after": "2s" } }));
    let change = json!({ "stop": { "at": "20s", "when": "time" }, "departures": [{ "at": "5s", "fraction": 1, "groups": ["home"] }],
                         "peers": [origin(10), group] });
    let tape = tape(&with(&quiet(), change));
    assert_eq!(tape.departures(), [2, 3, 4, 5].map(|peer| (secs(5), peer)));
    assert!(tape.expiries().is_empty());
    assert_eq!(tape.arrivals()[5..].iter().map(|arrival| arrival.0).collect::<Vec<_>>(), [secs(7); 4]);
}
