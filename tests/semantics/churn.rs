//! Leaving, lingering, and coming back.

use crate::common::{Rec, Tape, home, origin, quiet, record, secs, with};
use serde_json::{Value, json};
use swarmsim::swarm::MessageKind::*;
use swarmsim::swarm::{DepartReason, StopReason};

fn tape(scenario: &Value) -> Tape {
    record(scenario).1
}

fn departures(tape: &Tape) -> Vec<(u64, (u32, DepartReason, bool))> {
    tape.all(|rec| match *rec {
        Rec::Depart { peer, why, returns, .. } => Some((peer, why, returns)),
        _ => None,
    })
}

/// Ten chunks of a second each: complete at 10.
#[test]
fn a_complete_peer_stays_leaves_or_lingers() {
    let after = |after: Value| {
        let peers = json!([origin(10), with(&home(1, 10), json!({ "after_completion": after }))]);
        let tape = tape(&with(&quiet(), json!({ "stop": { "at": "60s", "when": "time" }, "peers": peers })));
        assert_eq!(tape.completed(2), [secs(10)]);
        departures(&tape)
    };
    assert_eq!(after(json!("stay")), []);
    assert_eq!(after(json!("leave")), [(secs(10), (2, DepartReason::Completed, false))]);
    let lingers = json!({ "kind": "linger", "for": "7s" });
    assert_eq!(after(lingers), [(secs(17), (2, DepartReason::Completed, false))]);
}

/// A session ends whether the peer lingers or not.
#[test]
fn a_session_ends_first() {
    let group = with(&home(1, 10), json!({ "after_completion": { "kind": "linger", "for": "7s" }, "session": "12s" }));
    let tape = tape(&with(&quiet(), json!({ "stop": { "at": "60s", "when": "time" }, "peers": [origin(10), group] })));
    assert_eq!(departures(&tape), [(secs(12), (2, DepartReason::Session, false))]);
}

/// A peer has three chunks when it leaves at 3.5, and comes back at 5.5.
fn returning(keep: bool, change: Value) -> Value {
    let group = with(
        &home(1, 10),
        json!({
            "session": "3500ms", "rejoin": { "probability": 1, "after": "2s", "keep_chunks": keep }
        }),
    );
    let base = json!({
        "stop": { "at": "7s", "when": "time" },
        "strategy": { "kind": "sequential" },
        "protocol": { "max_parallel_fetches": 1 },
        "peers": [origin(10), group]
    });
    with(&with(&quiet(), base), change)
}

#[test]
fn who_comes_back_keeps_its_number_and_perhaps_its_chunks() {
    for (keep, chunks) in [(true, vec![0, 1, 2]), (false, vec![])] {
        let tape = tape(&returning(keep, json!({})));
        let half = secs(1) / 2;
        assert_eq!(tape.arrivals()[1..], [(0, 2, 0, vec![]), (5 * secs(1) + half, 2, 1, chunks.clone())]);
        assert_eq!(departures(&tape), [(3 * secs(1) + half, (2, DepartReason::Session, true))]);
        assert_eq!(tape.sent_by(2, JoinRequest), [0, 5 * secs(1) + half]);
        let next = chunks.len() as u32;
        assert_eq!(tape.acquired(2)[3..], [(6 * secs(1) + half, next)], "it goes on where it was");
    }
}

/// Its entry is still there when it is back, and is renewed; or it has expired while the peer was away, which is no false expiry.
#[test]
fn the_entry_of_who_comes_back() {
    let half = secs(1) / 2;
    let kept = tape(&returning(true, json!({ "tracker": { "entry_ttl": "30s" }, "stop": { "at": "7s" } })));
    let mine: Vec<_> = kept.listings().into_iter().filter(|listing| listing.1.0 == 2).collect();
    assert_eq!(mine, [(0, (2, secs(30))), (5 * secs(1) + half, (2, 35 * secs(1) + half))]);
    assert!(kept.expiries().is_empty());
    let short = json!({ "tracker": { "entry_ttl": "4s", "sweep_interval": "1s" } });
    let (outcome, expired) = record(&returning(true, short));
    let mine: Vec<_> = expired.expiries().into_iter().filter(|expiry| expiry.1.0 == 2).collect();
    assert_eq!(mine, [(secs(5), (2, secs(4), false))]);
    // The origin proves nothing for an hour: its expiry is a false one.
    assert_eq!((outcome.summary.expiry.entries_expired, outcome.summary.expiry.false_expiries), (2, 1));
}

/// A peer that begins complete and is told to leave once it is has no reason to be there when it comes back: it goes at once, and a
/// peer that has left sends nothing.
#[test]
fn who_leaves_on_arrival_does_not_join() {
    let seed = with(
        &origin(10),
        json!({
            "session": "5s", "after_completion": "leave", "rejoin": { "probability": 1, "after": "1s", "keep_chunks": true }
        }),
    );
    let scenario = with(&quiet(), json!({ "stop": { "at": "60s", "when": "empty" }, "peers": [seed] }));
    let (outcome, tape) = record(&scenario);
    assert_eq!(
        departures(&tape),
        [(secs(5), (1, DepartReason::Session, true)), (secs(6), (1, DepartReason::Completed, false))]
    );
    assert_eq!(tape.sent_by(1, JoinRequest), [0]);
    assert_eq!(outcome.reason, StopReason::Empty);
}

/// A peer is there until its session has ended, the last instant included: what it does at that instant, it does before it leaves.
/// A proof is due at 10, with the end of the session.
#[test]
fn a_peer_leaves_after_what_it_does_at_that_instant() {
    let group = with(&origin(10), json!({ "session": "10s" }));
    let change = json!({
        "protocol": { "active_proof_interval": "10s" }, "peers": [group], "stop": { "at": "20s", "when": "time" }
    });
    let tape = tape(&with(&quiet(), change));
    assert_eq!(tape.sent_by(1, ActiveProofRequest), [secs(10)]);
    assert_eq!(tape.departures(), [(secs(10), 1)]);
}

/// All who are there are complete at 10; with `time` the run goes on, with `empty` it waits for everyone to leave.
#[test]
fn a_run_ends_when_it_is_told_to() {
    let end = |when: &str, group: Value| {
        let change = json!({ "stop": { "at": "100s", "when": when }, "peers": [with(&origin(10), group.clone()), with(&home(1, 10), group)] });
        let outcome = record(&with(&quiet(), change)).0;
        (outcome.reason, outcome.summary.end_time_s)
    };
    assert_eq!(end("all-complete", json!({})), (StopReason::AllComplete, 10.0));
    assert_eq!(end("time", json!({})), (StopReason::Time, 100.0));
    assert_eq!(end("empty", json!({})), (StopReason::Time, 100.0));
    assert_eq!(end("empty", json!({ "session": "30s" })), (StopReason::Empty, 30.0));
    assert_eq!(
        end("all-complete", json!({ "session": "5s" })),
        (StopReason::AllComplete, 5.0),
        "everyone who is there"
    );
}

/// A peer that is still to come, or to come back, keeps the run going.
#[test]
fn a_run_waits_for_those_to_come() {
    let late = with(&home(1, 10), json!({ "arrival": { "kind": "at", "time": "20s" } }));
    let outcome = record(&with(&quiet(), json!({ "peers": [origin(10), late] }))).0;
    assert_eq!((outcome.reason, outcome.summary.end_time_s), (StopReason::AllComplete, 30.0));
}
