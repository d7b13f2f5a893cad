//! Neighbors, what a peer knows of them, and what it asks them for.

use crate::common::tape::Carried;
use crate::common::{Rec, Tape, home, origin, quiet, record, secs, with};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use swarmsim::swarm::{LossReason, MessageKind::*};

fn tape(scenario: &Value) -> Tape {
    record(scenario).1
}

/// Whom `peer` asked for its chunks in each round: (second, neighbors).
fn rounds(tape: &Tape, peer: u32) -> Vec<(u64, Vec<u32>)> {
    let mut rounds: Vec<(u64, Vec<u32>)> = Vec::new();
    for (at, from, to) in tape.sent(ChunksQueryRequest) {
        if from != peer {
            continue;
        }
        match rounds.last_mut() {
            Some((last, asked)) if *last == at => asked.push(to),
            _ => rounds.push((at, vec![to])),
        }
    }
    rounds.into_iter().map(|(at, asked)| (at / secs(1), asked)).collect()
}

/// Peers 1 and 2 have the file but serve it at a byte an hour; peer 3 asks around every 4 s and for the list every 15 s.
fn patient(change: Value) -> Value {
    let slow = json!({ "group": "slow", "initial_chunks": "all", "up": { "kind": "constant", "value": "8 bit/s" }, "down": 1 });
    let base = json!({
        "stop": { "at": "40s", "when": "time" },
        "file": { "size": 1_000_000, "max_chunk_size": 100_000 },
        "protocol": { "peer_list_interval": "15s", "chunks_query_interval": "4s", "active_proof_interval": "5s" },
        "tracker": { "entry_ttl": "10s", "sweep_interval": "1s" },
        "peers": [slow, with(&slow, json!({ "group": "gone", "session": "13s" })), home(1, 10)]
    });
    with(&with(&quiet(), base), change)
}

/// Peer 2 leaves at 13. Its last proof, at 10, lists it until 20, so the list of 15 names it and that of 30 does not.
#[test]
fn neighbors_are_those_of_the_latest_list() {
    let tape = tape(&patient(json!({})));
    let both = |k: u64| (4 * k, vec![1, 2]);
    let alone = |k: u64| (4 * k, vec![1]);
    assert_eq!(rounds(&tape, 3), [(0..8).map(both).collect::<Vec<_>>(), (8..11).map(alone).collect()].concat());
    let lost = tape.lost(LossReason::Departed);
    assert_eq!(lost, [16, 20, 24, 28].map(|at| (secs(at), (ChunksQueryRequest, 3, 2))));
}

/// Where lists are samples, a neighbor stays until a request to it fails: the query of 16, which times out at 26.
#[test]
fn with_samples_a_neighbor_is_dropped_when_it_fails() {
    let tape = tape(&patient(json!({ "tracker": { "max_peers_returned": 5 } })));
    let both = |k: u64| (4 * k, vec![1, 2]);
    let alone = |k: u64| (4 * k, vec![1]);
    assert_eq!(rounds(&tape, 3), [(0..7).map(both).collect::<Vec<_>>(), (7..11).map(alone).collect()].concat());
    // The queries of 20 and 24 fail too, but by then there is nobody left to drop.
    assert_eq!(tape.timeouts(), [(secs(26), (ChunksQueryRequest, 3, 2))]);
}

/// Nobody proves anything, so the lists of 15 and later are empty. Whole lists are followed; samples only add.
#[test]
fn an_empty_list_empties_the_neighborhood_but_an_empty_sample_does_not() {
    let mut silent = patient(json!({ "protocol": { "active_proof_interval": "1h" }, "stop": { "at": "20s" } }));
    silent["peers"][1].as_object_mut().expect("a group").remove("session");
    let both = |k: u64| (4 * k, vec![1, 2]);
    assert_eq!(rounds(&tape(&silent), 3), (0..4).map(both).collect::<Vec<_>>());
    let sampled = with(&silent, json!({ "tracker": { "max_peers_returned": 5 } }));
    assert_eq!(rounds(&tape(&sampled), 3), (0..6).map(both).collect::<Vec<_>>());
}

/// A peer that arrives at 14 is on the list of 15 and is asked in the round of 16, not at once.
#[test]
fn a_new_neighbor_is_asked_in_the_next_round() {
    let mut scenario = patient(json!({}));
    let late = json!({ "group": "late", "initial_chunks": "all", "up": 1, "down": 1, "arrival": { "kind": "at", "time": 14 } });
    scenario["peers"].as_array_mut().expect("groups").push(late);
    let rounds = rounds(&tape(&scenario), 3);
    assert_eq!(rounds[3..5], [(12, vec![1, 2]), (16, vec![1, 2, 4])]);
    assert!(rounds.iter().all(|(at, _)| at % 4 == 0));
}

#[test]
fn no_more_neighbors_than_allowed() {
    let many = json!({ "group": "many", "count": 9, "initial_chunks": "all", "up": 1, "down": 1 });
    for sample in [json!(null), json!(4)] {
        let scenario = patient(json!({
            "protocol": { "max_neighbors": 3 }, "tracker": { "max_peers_returned": sample }, "peers": [many, home(1, 10)]
        }));
        let rounds = rounds(&tape(&scenario), 10);
        assert_eq!(rounds.len(), 11);
        for (at, asked) in &rounds {
            assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), 3, "at {at}");
            assert_eq!(asked, &rounds[0].1, "nobody leaves, so nobody is replaced");
        }
    }
}

#[test]
fn a_sample_has_the_size_asked_for() {
    let many = json!({ "group": "many", "count": 9, "initial_chunks": "all", "up": 1, "down": 1 });
    let tape = tape(&patient(json!({ "tracker": { "max_peers_returned": 4 }, "peers": [many, home(1, 10)] })));
    let samples = tape.all(|rec| match rec {
        Rec::Send { kind: PeerListResponse, body: Carried::Peers(4, Some(named)), .. } => Some(named.clone()),
        _ => None,
    });
    assert_eq!(samples.len(), 2, "one list each 15 s");
    // All nine could be named; that the same four are named twice has a chance of 1 in 126.
    let named: BTreeSet<u32> = samples.iter().flat_map(|(_, named)| named.iter().copied()).collect();
    assert!(named.len() > 4, "two independent samples: {samples:?}");
}

/// Peer 2 has chunk 0 from second 1 on. Peer 3 asked it at 0.5, so it does not know, although it needs that chunk alone and the
/// origin left at 1.2. It learns of it in its round at 4.5, and asks at once.
#[test]
fn what_was_not_reported_is_not_asked_for() {
    let scenario = with(
        &quiet(),
        json!({
            "stop": { "at": "8s", "when": "time" },
            "file": { "size": 20, "max_chunk_size": 10 },
            "strategy": { "kind": "sequential" },
            "protocol": { "chunks_query_interval": "4s" },
            "peers": [
                with(&origin(10), json!({ "session": "1200ms" })),
                home(1, 10),
                { "group": "late", "up": 10, "down": "unlimited", "initial_chunks": { "all_but": [0] },
                  "arrival": { "kind": "at", "time": "500ms" } }
            ]
        }),
    );
    let tape = tape(&scenario);
    assert_eq!(tape.acquired(2)[0], (secs(1), 0));
    let third: Vec<_> = tape.fetches().into_iter().filter(|fetch| fetch.1 == 3).collect();
    let half = secs(1) / 2;
    assert_eq!(third, [(half, 3, 1, 0), (4 * secs(1) + half, 3, 2, 0)]);
    assert_eq!(tape.completed(3), [5 * secs(1) + half]);
}

/// A neighbor leaves with the file and comes back with nothing: after its next reply it is asked for nothing more.
#[test]
fn a_reply_after_a_return_without_chunks_replaces_what_was_known() {
    let fickle = json!({
        "group": "fickle", "initial_chunks": "all", "up": 1, "down": 1, "session": "3s",
        "rejoin": { "probability": 1, "after": "4s", "keep_chunks": false }
    });
    let scenario = patient(json!({ "peers": [fickle, home(1, 10)], "tracker": { "entry_ttl": "1h" } }));
    let tape = tape(&scenario);
    // It knows of all ten chunks at 0 and asks for one. The upload breaks off at 3, which shows at once, and peer 1 counts as
    // failed until it answers again: the query of 4 is lost, that of 8 tells of nothing.
    let fetches = tape.fetches();
    assert_eq!((fetches.len(), fetches[0].0), (1, 0));
    assert_eq!(tape.cuts(), [(secs(3), (1, 2))]);
    let counts = tape.all(|rec| match *rec {
        Rec::Send { kind: ChunksQueryResponse, from: 1, body: Carried::Count(count), .. } => Some(count),
        _ => None,
    });
    assert_eq!(counts[..2], [(0, 10), (secs(8), 0)]);
}

/// Two chunks, three parallel fetches, two sources at 10 bytes/s, and endgame: the third fetch asks the other source for a chunk that
/// is under way. A chunk that came twice is counted once.
#[test]
fn endgame_asks_others_for_what_is_under_way() {
    let scenario = |endgame: bool| {
        with(
            &quiet(),
            json!({
                "file": { "size": 20, "max_chunk_size": 10 },
                "strategy": { "kind": "sequential", "endgame": endgame },
                "protocol": { "max_parallel_fetches": 4, "max_fetches_per_neighbor": 2 },
                "stop": { "at": "60s", "when": "time" },
                "peers": [with(&origin(10), json!({ "count": 2 })), home(1, 10)]
            }),
        )
    };
    let plain = tape(&scenario(false));
    assert_eq!(plain.fetches().len(), 2);
    let (outcome, tape) = record(&scenario(true));
    let asked: BTreeSet<(u32, u32)> = tape.fetches().iter().map(|&(_, _, from, chunk)| (from, chunk)).collect();
    assert_eq!((tape.fetches().len(), asked.len()), (4, 4), "both from both, none of them twice");
    assert_eq!(tape.acquired(3).len(), 2);
    assert_eq!((outcome.summary.chunks.transferred, outcome.summary.chunks.duplicate), (2, 2));
    assert_eq!(outcome.summary.network.wasted_bytes, 20);
}

/// Chunk 0 comes from peer 1 at 1 s while peer 2, at 1 byte/s, is still sending it: it is held, and peer 3 is not asked for it,
/// although it could be.
#[test]
fn endgame_does_not_ask_for_what_has_come() {
    let source = |name: &str, up: u32| json!({ "group": name, "initial_chunks": "all", "up": up, "down": 1 });
    let scenario = with(
        &quiet(),
        json!({
            "file": { "size": 20, "max_chunk_size": 10 },
            "strategy": { "kind": "sequential", "endgame": true },
            "protocol": { "max_parallel_fetches": 3, "max_fetches_per_neighbor": 2 },
            "peers": [source("fast", 10), source("slow", 1), source("slower", 1), home(1, 10)]
        }),
    );
    for seed in 0..40 {
        let tape = tape(&with(&scenario, json!({ "seed": seed })));
        for (at, _, from, chunk) in tape.fetches() {
            let had = tape.acquired(4).iter().any(|&(when, held)| held == chunk && when < at);
            assert!(!had, "seed {seed}: peer {from} is asked for chunk {chunk} at {at}");
        }
    }
}
