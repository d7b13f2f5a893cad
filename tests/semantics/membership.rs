//! Peers and the tracker: Join, Active Proof, Peer List, expiry, outages.

use crate::common::tape::Carried;
use crate::common::{Rec, Tape, home, millis, origin, quiet, record, secs, with};
use serde_json::{Value, json};
use swarmsim::swarm::{LossReason, MessageKind::*};

/// An origin from the beginning and a downloader, peer 2, from second 1 on, which will not be done: a chunk takes 100 s.
fn two(change: Value) -> Value {
    let late = with(&home(1, 10), json!({ "arrival": { "kind": "at", "time": 1 } }));
    let base = json!({
        "stop": { "at": "40s", "when": "time" },
        "file": { "size": 10_000, "max_chunk_size": 1_000 },
        "peers": [origin(10), late]
    });
    with(&with(&quiet(), base), change)
}

fn tape(scenario: &Value) -> Tape {
    record(scenario).1
}

/// With a latency of 100 ms: the Join is handled at 1.1 and answered at 1.2, when the peer becomes a member. Proofs follow
/// every 10 s, lists every 15 s, the first one interval later; queries every 4 s, the first at once.
#[test]
fn periods_begin_with_membership() {
    let tape = tape(&two(json!({
        "protocol": { "active_proof_interval": "10s", "peer_list_interval": "15s", "chunks_query_interval": "4s" },
        "network": { "latency": "100ms" }
    })));
    assert_eq!(tape.sent_by(2, JoinRequest), [millis(1_000)]);
    assert_eq!(tape.delivered_to(2, JoinResponse), [millis(1_200)]);
    assert_eq!(tape.sent_by(2, ActiveProofRequest), [11_200, 21_200, 31_200].map(millis));
    assert_eq!(tape.sent_by(2, PeerListRequest), [16_200, 31_200].map(millis));
    let rounds: Vec<u64> = (0..10).map(|round| millis(1_200 + 4_000 * round)).collect();
    assert_eq!(tape.sent_by(2, ChunksQueryRequest), rounds);
    // The tracker sets an expiry for the Join and for each proof it handles, and for nothing else.
    let mine: Vec<_> = tape.listings().into_iter().filter(|(_, (peer, _))| *peer == 2).collect();
    let ttl = secs(7_200);
    assert_eq!(mine, [1_100, 11_300, 21_300, 31_300].map(|at| (millis(at), (2, millis(at) + ttl))));
}

/// Listed at 0 for 30 s, and never proved: a sweep at 30 is not strictly after, the one at 35 is.
#[test]
fn an_entry_expires_strictly_after() {
    let tape = tape(&two(json!({ "tracker": { "entry_ttl": "30s", "sweep_interval": "5s" } })));
    let origin: Vec<_> = tape.expiries().into_iter().filter(|expiry| expiry.1.0 == 1).collect();
    assert_eq!(origin, [(secs(35), (1, secs(30), true))]);
}

/// A proof that arrives at the instant of a sweep comes too late for it, and lists the peer again.
#[test]
fn sweeps_come_before_messages() {
    let tape = tape(&two(json!({
        "tracker": { "entry_ttl": "30s", "sweep_interval": "5s" },
        "protocol": { "active_proof_interval": "35s" }
    })));
    let mine = tape.all(|rec| match *rec {
        Rec::Expire { peer: 1, .. } => Some("expire"),
        Rec::List { peer: 1, .. } => Some("list"),
        _ => None,
    });
    assert_eq!(mine, [(0, "list"), (secs(35), "expire"), (secs(35), "list")]);
}

/// In [10, 20) the tracker is out. The proof at 10 is lost, the one at 20 is heard; the sweeps at 10 and 15 do nothing, the
/// one at 20 discards what expired at 8, and comes before the proof.
#[test]
fn an_outage_is_closed_below_and_open_above() {
    let scenario = two(json!({
        "tracker": { "entry_ttl": "8s", "sweep_interval": "5s", "outages": [{ "from": "10s", "until": "20s" }] },
        "protocol": { "active_proof_interval": "10s" },
        "stop": { "at": "22s" }
    }));
    let heard = |late: &str| {
        let tape = tape(&with(&scenario, json!({ "tracker": { "late_proof": late } })));
        let origins: Vec<_> = tape.expiries().into_iter().filter(|expiry| expiry.1.0 == 1).collect();
        assert_eq!(origins, [(secs(20), (1, secs(8), true))]);
        assert_eq!(
            tape.lost(LossReason::Outage),
            [(secs(10), (ActiveProofRequest, 1, 0)), (secs(11), (ActiveProofRequest, 2, 0))]
        );
        assert_eq!(tape.delivered_to(0, ActiveProofRequest), [secs(20), secs(21)]);
        tape.listings()
    };
    let joins = [(0, (1, secs(8))), (secs(1), (2, secs(9)))];
    let readmitted = [(secs(20), (1, secs(28))), (secs(21), (2, secs(29)))];
    assert_eq!(heard("readmit"), [joins, readmitted].concat());
    assert_eq!(heard("ignore"), joins);
}

/// Joins at 1, 11 and 21 meet an outage; the one at 31 is answered at 31.2. Proofs count from there.
#[test]
fn a_join_is_sent_again_after_the_timeout() {
    let scenario = two(json!({
        "tracker": { "outages": [{ "from": 0.5, "until": 25 }] },
        "protocol": { "request_timeout": "10s", "active_proof_interval": "5s" },
        "network": { "latency": "100ms" }
    }));
    let tape = tape(&scenario);
    assert_eq!(tape.sent_by(2, JoinRequest), [1, 11, 21, 31].map(secs));
    assert_eq!(tape.timeouts(), [11, 21, 31].map(|at| (secs(at), (JoinRequest, 2, 0))));
    assert_eq!(tape.delivered_to(2, JoinResponse), [millis(31_200)]);
    assert_eq!(tape.sent_by(2, ActiveProofRequest), [millis(36_200)]);
}

/// A list is due at 15 and every 15 s. That of 15 meets an outage and is sent again at 25, in vain. At 30 the next is due: it
/// takes the place of the one that is waited for, and is answered.
#[test]
fn a_peer_list_is_sent_again_until_the_next_is_due() {
    let tape = tape(&two(json!({
        "tracker": { "outages": [{ "from": 15, "until": 30 }] },
        "protocol": { "request_timeout": "10s", "peer_list_interval": "15s" },
        "peers": [origin(10), home(1, 10)],
        "stop": { "at": "50s" }
    })));
    assert_eq!(tape.sent_by(2, PeerListRequest), [15, 25, 30, 45].map(secs));
    assert_eq!(tape.timeouts(), [(secs(25), (PeerListRequest, 2, 0))]);
    assert_eq!(tape.delivered_to(2, PeerListResponse), [secs(30), secs(45)]);
}

/// A round trip of 12 s and a timeout of 10 s: the second Join is on its way when the first answer makes the peer a member, and
/// its answer, at 22 s after the arrival, restarts nothing.
#[test]
fn the_second_answer_to_a_join_changes_nothing() {
    let tape = tape(&two(json!({
        "protocol": { "request_timeout": "10s", "active_proof_interval": "7s", "chunks_query_interval": "9s" },
        "network": { "latency": "6s" }
    })));
    assert_eq!(tape.sent_by(2, JoinRequest), [1, 11].map(secs));
    assert_eq!(tape.delivered_to(2, JoinResponse), [13, 23].map(secs));
    assert_eq!(tape.sent_by(2, ActiveProofRequest), [20, 27, 34].map(secs));
    // The origin's Join was handled at 6, before that of peer 2 at 7.
    assert_eq!(tape.sent_by(2, ChunksQueryRequest), [13, 22, 31, 40].map(secs));
}

/// Each is told of all that are listed but itself; a peer that has left is on the list until it expires.
#[test]
fn lists_name_everyone_but_the_asker() {
    let gone = json!({ "group": "gone", "up": 10, "down": 10, "session": "500ms" });
    let scenario = with(&two(json!({})), json!({ "peers": [origin(10), gone, home(3, 10)] }));
    let counts = tape(&scenario).all(|rec| match rec {
        Rec::Send { kind: JoinResponse, to, body: Carried::Peers(count, None), .. } => Some((*to, *count)),
        _ => None,
    });
    assert_eq!(counts, [(0, (1, 0)), (0, (2, 1)), (0, (3, 2)), (0, (4, 3)), (0, (5, 4))]);
}

/// A peer that has the file goes on proving that it is active, and sends nothing else.
#[test]
fn a_complete_peer_only_proves_that_it_is_active() {
    let tape = tape(&two(json!({
        "file": { "size": 100, "max_chunk_size": 10 },
        "protocol": { "active_proof_interval": "3s", "peer_list_interval": "3s", "chunks_query_interval": "2s" }
    })));
    // Ten chunks of a second each, asked for at 1.
    assert_eq!(tape.completed(2), [secs(11)]);
    assert_eq!(tape.sent_by(2, ActiveProofRequest), (1..14).map(|k| secs(1 + 3 * k)).collect::<Vec<_>>());
    assert_eq!(tape.sent_by(2, PeerListRequest), [4, 7, 10].map(secs));
    assert_eq!(tape.sent_by(2, ChunksQueryRequest), [1, 3, 5, 7, 9].map(secs));
    assert_eq!(tape.fetches().len(), 10);
    // The origin began complete.
    assert_eq!(tape.sent_by(1, ActiveProofRequest), (1..14).map(|k| secs(3 * k)).collect::<Vec<_>>());
    assert!(tape.sent_by(1, PeerListRequest).is_empty() && tape.sent_by(1, ChunksQueryRequest).is_empty());
}

/// It answers queries and requests all the same.
#[test]
fn a_complete_peer_answers() {
    let late = json!({
        "group": "late", "up": 10, "down": 10, "initial_chunks": { "all_but": [0] }, "arrival": { "kind": "at", "time": "20s" }
    });
    let early = with(&origin(10), json!({ "session": "15s" }));
    let tape = tape(&with(&quiet(), json!({ "peers": [early, home(1, 10), late] })));
    assert_eq!(tape.completed(2), [secs(10)]);
    assert_eq!(tape.fetches().last(), Some(&(secs(20), 3, 2, 0)));
    assert_eq!(tape.completed(3), [secs(21)]);
}

/// Groups in the file's order share one instant; an earlier arrival comes first wherever it stands.
#[test]
fn peers_are_numbered_in_order_of_arrival() {
    let at = |name: &str, time: u32, count: u32| json!({ "group": name, "count": count, "up": 10, "down": 10, "arrival": { "kind": "at", "time": time } });
    let scenario = two(json!({ "peers": [at("late", 9, 1), at("b", 5, 2), at("first", 1, 1), at("a", 5, 1)] }));
    let groups = tape(&scenario).all(|rec| match *rec {
        Rec::Arrive { peer, group, .. } => Some((peer, group)),
        _ => None,
    });
    assert_eq!(groups, [(secs(1), (1, 2)), (secs(5), (2, 1)), (secs(5), (3, 1)), (secs(5), (4, 3)), (secs(9), (5, 0))]);
}
