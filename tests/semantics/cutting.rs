//! How the two sides of a transfer notice that the other is gone, and what was sent in vain.

use crate::common::{Tape, home, millis, origin, quiet, record, secs, with};
use serde_json::{Value, json};
use swarmsim::swarm::{LossReason, MessageKind::*, Waste};

fn tape(scenario: &Value) -> Tape {
    record(scenario).1
}

/// Latency 50 ms: a peer that arrives at 0 asks for chunks at 200 ms, and its requests are there at 250 ms. A chunk, 10 bytes, takes 1 s.
fn base(change: Value) -> Value {
    let base = json!({
        "stop": { "at": "20s", "when": "time" },
        "network": { "latency": "50ms" },
        "protocol": { "max_parallel_fetches": 2, "max_fetches_per_neighbor": 2 }
    });
    with(&with(&quiet(), base), change)
}

fn leaving(group: &Value, session: &str) -> Value {
    with(group, json!({ "session": session }))
}

/// The origin leaves at 750 ms, half a second into the first upload: 5 bytes were sent. A living peer would have gone on at once, so the
/// other side notices 50 ms later. The second upload would have begun at 1.25, so its absence is noticed at 1.30.
#[test]
fn the_uploader_leaves() {
    let scenario = base(json!({ "peers": [leaving(&origin(10), "750ms"), home(1, 10)] }));
    let by_reset = tape(&scenario);
    assert_eq!(by_reset.uploads(), [(1, 2, millis(250), millis(750), 5)]);
    assert_eq!(by_reset.wasted(), [(millis(750), (1, 5, Waste::Cut))]);
    assert_eq!(by_reset.cuts(), [(millis(800), (1, 2)), (millis(1_300), (1, 2))]);
    let after_a_while = tape(&with(&scenario, json!({ "protocol": { "failure_detection": "3s" } })));
    assert_eq!(after_a_while.cuts(), [(millis(3_750), (1, 2)), (millis(4_250), (1, 2))]);
    assert_eq!(after_a_while.wasted(), by_reset.wasted());
}

/// Peer 2 asks the origin first, so the upload to peer 3 would begin at 1.25. Until peer 3 notices that it does not, 50 ms or 3 s later, its
/// one slot is taken; then it asks peer 2, which it knew to have a chunk from the beginning.
#[test]
fn a_slot_is_taken_until_the_cut_is_noticed() {
    let spare = json!({ "group": "spare", "initial_chunks": { "list": [9] }, "up": 10, "down": 1 });
    for (detection, noticed) in [(json!("reset"), millis(1_300)), (json!("3s"), millis(4_250))] {
        let scenario = base(json!({
            "strategy": { "kind": "sequential" },
            "protocol": { "failure_detection": detection, "max_parallel_fetches": 1 },
            "peers": [leaving(&origin(10), "750ms"), spare, home(1, 10)]
        }));
        let asked: Vec<_> = tape(&scenario).fetches().into_iter().filter(|fetch| fetch.1 == 3).collect();
        assert_eq!(asked, [(millis(200), 3, 1, 0), (noticed, 3, 2, 9)], "{detection}");
    }
}

/// The downloader leaves at 750 ms. The bytes sent from then on would have been heard from then on, so the uplink goes on sending to nobody
/// for 50 ms: 5.5 bytes, of which 5 are whole. The other upload, then at once under way, has its first byte at 850 ms at the
/// earliest, and is noticed at 900 ms: a tenth of a second, 1 byte.
#[test]
fn the_downloader_leaves() {
    let scenario = base(json!({ "peers": [origin(10), leaving(&home(1, 10), "750ms")] }));
    let by_reset = tape(&scenario);
    assert_eq!(by_reset.uploads(), [(1, 2, millis(250), millis(800), 5), (1, 2, millis(800), millis(900), 1)]);
    assert_eq!(by_reset.wasted(), [(millis(800), (1, 5, Waste::Cut)), (millis(900), (1, 1, Waste::Cut))]);
    assert_eq!(by_reset.cuts(), [(millis(800), (1, 2)), (millis(900), (1, 2))]);
    // After 3 s: the first upload is over at 1.25 and arrives where nobody is; the second, begun at 1.25, is over at 2.25.
    let late = tape(&with(&scenario, json!({ "protocol": { "failure_detection": "3s" } })));
    assert_eq!(late.uploads(), [(1, 2, millis(250), millis(1_250), 10), (1, 2, millis(1_250), millis(2_250), 10)]);
    assert_eq!(late.wasted(), [(millis(1_300), (1, 10, Waste::Lost)), (millis(2_300), (1, 10, Waste::Lost))]);
    assert_eq!(late.lost(LossReason::Departed), [1_300, 2_300].map(|at| (millis(at), (FetchChunkResponse, 1, 2))));
    assert!(late.cuts().is_empty());
}

/// It leaves at 270 ms, before the first byte could have reached it, at 300 ms: noticed at 350 ms, after a tenth of a second.
#[test]
fn the_downloader_leaves_before_the_first_byte() {
    let scenario = base(json!({
        "protocol": { "max_parallel_fetches": 1 }, "peers": [origin(10), leaving(&home(1, 10), "270ms")]
    }));
    let tape = tape(&scenario);
    assert_eq!(tape.uploads(), [(1, 2, millis(250), millis(350), 1)]);
    assert_eq!(tape.wasted(), [(millis(350), (1, 1, Waste::Cut))]);
}

/// A chunk that is on its way when its receiver leaves is lost: sent by 1.25, it would be there at 1.30; the peer leaves at 1.27.
#[test]
fn what_is_on_its_way_to_who_left_is_lost() {
    let scenario = base(json!({
        "protocol": { "max_parallel_fetches": 1 }, "peers": [origin(10), leaving(&home(1, 10), "1270ms")]
    }));
    let (outcome, tape) = record(&scenario);
    assert_eq!(tape.wasted(), [(millis(1_300), (1, 10, Waste::Lost))]);
    assert!(tape.acquired(2).is_empty());
    let chunks = outcome.summary.chunks;
    assert_eq!((chunks.transferred, chunks.duplicate, chunks.cut), (0, 0, 1));
}

/// A request that reaches nobody at 250 ms is given up 50 ms later, or after the failure detection's time.
#[test]
fn a_request_to_who_left_is_given_up() {
    for (detection, noticed) in [(json!("reset"), millis(300)), (json!("3s"), millis(3_250))] {
        let scenario = base(json!({
            "protocol": { "failure_detection": detection, "max_parallel_fetches": 1 },
            "peers": [leaving(&origin(10), "220ms"), home(1, 10)]
        }));
        let (outcome, tape) = record(&scenario);
        assert_eq!(tape.lost(LossReason::Departed)[0], (millis(250), (FetchChunkRequest, 2, 1)));
        assert_eq!(tape.timeouts(), [(noticed, (FetchChunkRequest, 2, 1))]);
        assert_eq!(tape.fetches().len(), 1, "it is not asked again before it answers a query");
        assert_eq!(outcome.summary.network.chunk_bytes, 0);
        assert_eq!(outcome.summary.requests.fetch_chunk.lost, 1);
    }
}

/// A request that is on its way when the neighbor leaves at 220 ms and is back at 230 ms is lost: connections do not outlive a
/// session. The next query shows that the neighbor is there again, and so it is asked again.
#[test]
fn a_request_does_not_outlive_a_session() {
    let back = with(
        &leaving(&origin(10), "220ms"),
        json!({ "rejoin": { "probability": 1, "after": "10ms", "keep_chunks": true } }),
    );
    let scenario = base(json!({
        "protocol": { "max_parallel_fetches": 1, "chunks_query_interval": "300ms" },
        "peers": [back, home(1, 10)], "stop": { "at": "460ms" }
    }));
    let tape = tape(&scenario);
    assert_eq!(tape.lost(LossReason::Departed)[0], (millis(250), (FetchChunkRequest, 2, 1)));
    assert_eq!(tape.timeouts(), [(millis(300), (FetchChunkRequest, 2, 1))]);
    // Member at 100 ms, rounds at 100 and 400 ms; the answer would come at 500 ms.
    assert_eq!(tape.sent_by(2, ChunksQueryRequest), [millis(100), millis(400)]);
    assert_eq!(tape.fetches().len(), 1);
}

/// A fluid transfer that breaks off frees its share at once: two peers get 5 bytes/s each from 0.25 on; peer 2 leaves at 1.25,
/// which the origin notices at 1.30, after 5.25 bytes; the other has 4.75 left, at 10 bytes/s: 1.775, and 50 ms on the way.
#[test]
fn a_cut_transfer_gives_its_share_back() {
    let short = with(&leaving(&home(1, 10), "1250ms"), json!({ "group": "short" }));
    let scenario = base(json!({
        "file": { "size": 10 },
        "network": { "sharing": "equal-share" },
        "peers": [origin(10), short, home(1, 10)]
    }));
    let tape = tape(&scenario);
    assert_eq!(tape.wasted(), [(millis(1_300), (1, 5, Waste::Cut))]);
    assert_eq!(tape.completed(3), [millis(1_825)]);
}

/// Nobody is left when the last peer leaves with a second copy of its last chunk on its way: those bytes were sent in vain.
#[test]
fn nothing_is_in_flight_to_an_empty_swarm() {
    let scenario = base(json!({
        "stop": { "at": "1h", "when": "empty" },
        "file": { "size": 10 },
        "strategy": { "kind": "rarest-first", "endgame": true },
        "peers": [
            with(&leaving(&origin(10), "1260ms"), json!({ "count": 2 })),
            with(&home(1, 10), json!({ "after_completion": "leave" }))
        ]
    }));
    let (outcome, tape) = record(&scenario);
    // Both sources sent in [0.25, 1.25] and left at 1.26; the first copy comes at 1.30 and completes peer 3, which leaves.
    assert_eq!(outcome.summary.stop_reason, "empty");
    assert_eq!(outcome.summary.end_time_s, 1.3);
    assert_eq!(tape.uploads().len(), 2);
    assert_eq!(tape.wasted(), [(millis(1_300), (2, 10, Waste::Lost))]);
    let network = outcome.summary.network;
    assert_eq!((network.chunk_bytes, network.wasted_bytes, network.in_flight_bytes), (20, 10, 0));
    assert!(outcome.summary.end_time_s < secs(1) as f64);
}
