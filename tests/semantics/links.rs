//! How long a chunk takes, to the nanosecond.

use crate::common::{Tape, home, millis, origin, quiet, record, secs, with};
use serde_json::{Value, json};

fn tape(scenario: &Value) -> Tape {
    record(scenario).1
}

/// Chunks of 100 and 50 bytes from 100 bytes/s to 40 bytes/s, 50 ms away, both asked for at 200 ms: when the Join (100 ms) and the
/// query (100 ms) were answered. Both requests are there at s = 250 ms.
fn two_chunks(sharing: &str) -> Value {
    with(
        &quiet(),
        json!({
            "file": { "size": 150, "max_chunk_size": 100 },
            "strategy": { "kind": "sequential" },
            "protocol": { "max_fetches_per_neighbor": 2 },
            "network": { "sharing": sharing, "latency": "50ms" },
            "peers": [origin(100), with(&home(1, 10), json!({ "down": 40 }))]
        }),
    )
}

/// The first is sent in [0.25, 1.25] and would be there at 1.30, but the downlink takes 2.5 s from its first byte, at 0.30: acquired
/// at 2.80. The second, half as long, is sent in [1.25, 1.75]; the downlink is free at 2.80 and takes 1.25 s: 4.05.
#[test]
fn fifo_serves_uplink_and_downlink_in_order() {
    let tape = tape(&two_chunks("fifo"));
    let sent: Vec<_> = tape.uploads().into_iter().map(|(.., start, end, bytes)| (start, end, bytes)).collect();
    assert_eq!(sent, [(millis(250), millis(1_250), 100), (millis(1_250), millis(1_750), 50)]);
    assert_eq!(tape.acquired(2), [(millis(2_800), 0), (millis(4_050), 1)]);
}

/// Where the downlink is faster, a chunk is there when its last byte is: 1.30 and 1.80.
#[test]
fn fifo_with_a_fast_downlink_is_as_slow_as_the_uplink() {
    let peers = json!([origin(100), with(&home(1, 10), json!({ "down": 400 }))]);
    let tape = tape(&with(&two_chunks("fifo"), json!({ "peers": peers })));
    assert_eq!(tape.acquired(2), [(millis(1_300), 0), (millis(1_800), 1)]);
}

/// Two uplinks of 100 bytes/s send a chunk each in [0.25, 1.25]. The downlink takes that of peer 1 first (both are there at 1.30, and
/// its message comes first): until 0.30 + 2.5; and the other until 5.30.
#[test]
fn a_fifo_downlink_is_shared_by_uplinks() {
    let scenario = with(
        &two_chunks("fifo"),
        json!({
            "file": { "size": 200 },
            "protocol": { "max_fetches_per_neighbor": 1, "max_parallel_fetches": 2 },
            "peers": [with(&origin(100), json!({ "count": 2 })), with(&home(1, 10), json!({ "down": 40 }))]
        }),
    );
    let tape = tape(&scenario);
    let times: Vec<u64> = tape.acquired(3).into_iter().map(|(at, _)| at).collect();
    // The second request goes out with the answer of peer 2, which comes at the same instant as that of peer 1.
    assert_eq!(times, [millis(2_800), millis(5_300)]);
}

/// Without contention both go at 40 bytes/s from 0.25 on: sent after 2.5 s and 1.25 s, there 50 ms later.
#[test]
fn without_contention_transfers_ignore_each_other() {
    let tape = tape(&two_chunks("none"));
    assert_eq!(tape.acquired(2), [(millis(1_550), 1), (millis(2_800), 0)]);
}

/// Two transfers share the downlink, 20 bytes/s each. The one of 50 bytes is sent by 2.75; the other has 50 bytes left and the
/// downlink for itself: 1.25 s more, 4.00. Each is there 50 ms later.
#[test]
fn equal_share_of_a_downlink() {
    let tape = tape(&two_chunks("equal-share"));
    let ends: Vec<_> = tape.uploads().into_iter().map(|(.., start, end, bytes)| (start, end, bytes)).collect();
    assert_eq!(ends, [(millis(250), millis(2_750), 50), (millis(250), millis(4_000), 100)]);
    assert_eq!(tape.acquired(2), [(millis(2_800), 1), (millis(4_050), 0)]);
}

/// An uplink of 30 bytes/s serves three peers, whose downlinks take 4, 100 and 100: equal shares are 10 each, of which the first
/// uses 4. The 6 that it leaves are nobody's: 10 bytes take 2.5 s, 1 s and 1 s (max-min would give 13 to the others).
#[test]
fn equal_share_leaves_what_one_cannot_use() {
    let down = |name: &str, down: u32| json!({ "group": name, "up": 1, "down": down });
    let scenario = with(
        &quiet(),
        json!({
            "file": { "size": 10, "max_chunk_size": 10 }, "network": { "sharing": "equal-share" },
            "peers": [origin(30), down("slow", 4), down("a", 100), down("b", 100)]
        }),
    );
    let tape = tape(&scenario);
    assert_eq!([2, 3, 4].map(|peer| tape.completed(peer)[0]), [millis(2_500), secs(1), secs(1)]);
}

/// What the slow one cannot use goes to the others: 13 bytes/s each, so 10 bytes take 10/13 s, rounded up to the nanosecond.
#[test]
fn max_min_gives_to_others_what_one_cannot_use() {
    let down = |name: &str, down: u32| json!({ "group": name, "up": 1, "down": down });
    let scenario = with(
        &quiet(),
        json!({
            "file": { "size": 10, "max_chunk_size": 10 }, "network": { "sharing": "max-min" },
            "peers": [origin(30), down("slow", 4), down("a", 100), down("b", 100)]
        }),
    );
    let tape = tape(&scenario);
    assert_eq!([2, 3, 4].map(|peer| tape.completed(peer)[0]), [millis(2_500), 769_230_770, 769_230_770]);
}

/// A chunk of 10 bytes over 10 bytes/s, held at 4 by the network and at 2 by its receiver's group: 5 s.
#[test]
fn a_transfer_has_a_limit_of_its_own() {
    for sharing in ["equal-share", "max-min"] {
        let network = json!({ "sharing": sharing, "max_transfer_rate": 4 });
        let file = json!({ "size": 10, "max_chunk_size": 10 });
        let peers = json!([origin(10), with(&home(1, 10), json!({ "max_transfer_rate": 2 }))]);
        let scenario = with(&quiet(), json!({ "file": file, "network": network, "peers": peers }));
        assert_eq!(tape(&scenario).completed(2), [secs(5)], "{sharing}");
        let alone = with(&scenario, json!({ "peers": [origin(10), home(1, 10)] }));
        assert_eq!(tape(&alone).completed(2), [millis(2_500)], "{sharing}");
    }
}

/// No time passes anywhere: join, list, query, request and ten chunks, one at a time, all at 0.
#[test]
fn everything_can_happen_at_one_instant() {
    for sharing in ["none", "fifo", "equal-share", "max-min"] {
        let base =
            with(&quiet(), json!({ "network": { "sharing": sharing }, "protocol": { "max_parallel_fetches": 1 } }));
        let unlimited = json!({ "up": "unlimited" });
        let peers = json!([with(&origin(1), unlimited.clone()), with(&home(3, 1), unlimited)]);
        let (outcome, tape) = record(&with(&base, json!({ "peers": peers })));
        assert_eq!(outcome.summary.stop_reason, "all-complete", "{sharing}");
        assert_eq!([2, 3, 4].map(|peer| tape.completed(peer)), [vec![0], vec![0], vec![0]], "{sharing}");
    }
}

/// Three peers ask for the one chunk at one instant; the requests are handled, and the uplink serves, in the order of their numbers.
#[test]
fn what_happens_at_one_instant_goes_by_number() {
    let tape = tape(&with(&quiet(), json!({ "file": { "size": 10 }, "peers": [origin(10), home(3, 10)] })));
    let order: Vec<u32> = tape.uploads().into_iter().map(|upload| upload.1).collect();
    assert_eq!(order, [2, 3, 4]);
}
