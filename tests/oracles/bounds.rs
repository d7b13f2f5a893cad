//! Least possible times of closed swarms, and times that can be computed exactly.

use crate::common::{home, is_long, millis, origin, quiet, record, run, secs, with};
use serde_json::{Value, json};

/// Everyone at once, nobody leaves; `n` downloaders with uplinks of 10 bytes/s.
fn swarm(n: u32, origin_up: u64, down: u64, file: u64, chunk: u64) -> Value {
    let neighbors = if n > 150 { json!(40) } else { json!(null) };
    with(
        &quiet(),
        json!({
            "file": { "size": file, "max_chunk_size": chunk },
            "protocol": { "chunks_query_interval": "2s", "peer_list_interval": "3s", "max_neighbors": neighbors },
            "tracker": { "max_peers_returned": neighbors },
            "peers": [with(&origin(origin_up), json!({ "down": down })), with(&home(n, 10), json!({ "down": down }))]
        }),
    )
}

/// BOUND. R. Kumar, K. W. Ross, "Peer-Assisted File Distribution: The Minimum Distribution Time", HOTWEB 2006. A file of F bytes must leave the
/// origin once (F / u_s), enter the slowest downlink (F / min d), and N F bytes must leave uplinks that together carry u_s + sum u:
/// no swarm is faster than max{F / u_s, F / min d, N F / (u_s + sum u)}. With F = 1000, u = 10 and d = 1000:
/// 1000/100 = 10, 10,000/200 = 50; 100,000/1100 = 90.909; 1,000,000/10,100 = 99.010; and 1000/5 = 200. With u_s = 2000 and
/// d = 15: 1000/15 = 66.667 > 100,000/3000 = 33.
#[test]
fn no_swarm_is_faster_than_kumar_and_ross() {
    let cases =
        [(10, 100, 1000, 50.0), (100, 100, 1000, 1000.0 / 11.0), (100, 5, 1000, 200.0), (100, 2000, 15, 1000.0 / 15.0)];
    none_is_faster(&cases, &["fifo", "equal-share", "max-min"]);
}

/// A swarm of a thousand, likewise. (In tests of their own, as each takes seconds.)
#[test]
fn no_large_swarm_is_faster() {
    none_is_faster(&[(1000, 100, 1000, 1e6 / 10_100.0)], &["fifo", "equal-share"]);
}

#[test]
fn no_large_swarm_that_shares_fairly_is_faster() {
    none_is_faster(&[(1000, 100, 1000, 1e6 / 10_100.0)], &["max-min"]);
}

/// `(peers, origin's uplink, downlinks, bound in seconds)`, each with all these ways to share links.
fn none_is_faster(cases: &[(u32, u64, u64, f64)], sharings: &[&str]) {
    for &(n, origin_up, down, bound) in cases {
        for &sharing in sharings {
            let chunk = if n > 150 { 100 } else { 20 };
            let base = swarm(n, origin_up, down, 1000, chunk);
            let outcome = run(&with(&base, json!({ "network": { "sharing": sharing } })));
            let completion = outcome.summary.completion;
            assert_eq!(completion.completed, u64::from(n));
            let (least, makespan) =
                (completion.lower_bound_s.expect("it applies"), completion.makespan_s.expect("all are"));
            assert!((least - bound).abs() < 1e-9 * bound, "N = {n}, u_s = {origin_up}: {least}, expected {bound}");
            assert!(makespan >= bound, "N = {n}, u_s = {origin_up}, {sharing}: {makespan} s is faster than possible");
            let ratio = completion.ratio_to_bound.expect("all are complete");
            assert!((ratio - makespan / bound).abs() < 1e-9);
        }
    }
}

/// The bound binds the last peer: as long as one is not complete, there is no ratio.
#[test]
fn there_is_no_ratio_to_the_bound_before_all_are_complete() {
    let base = swarm(10, 100, 1000, 1000, 20);
    let completion = run(&with(&base, json!({ "stop": { "at": "51s" } }))).summary.completion;
    assert!(completion.completed < 10 && completion.lower_bound_s.is_some() && completion.ratio_to_bound.is_none());
}

/// The bound is about uplinks that are shared. Without contention an uplink serves everyone at its full rate at once: here 10 peers in
/// 1000/1000 s, where sharing would take 10,000 / 1100. So there is no bound.
#[test]
fn there_is_no_bound_without_contention() {
    let base = swarm(10, 1000, 1000, 1000, 1000);
    let completion = run(&with(&base, json!({ "network": { "sharing": "none" } }))).summary.completion;
    assert_eq!(completion.makespan_s, Some(1.0));
    assert_eq!((completion.lower_bound_s, completion.ratio_to_bound), (None, None));
}

/// EXACT. Client and server: one chunk, so nobody has anything to give before it is done; N = 4, F = 10, u_s = 5. Shared equally,
/// all are served at N F / u_s = 8; one after the other, the i-th at i F / u_s.
#[test]
fn a_server_and_its_clients() {
    let base =
        with(&quiet(), json!({ "file": { "size": 10, "max_chunk_size": 10 }, "peers": [origin(5), home(4, 5)] }));
    let times = |sharing: &str| {
        let tape = record(&with(&base, json!({ "network": { "sharing": sharing } }))).1;
        [2, 3, 4, 5].map(|peer| tape.completed(peer)[0])
    };
    assert_eq!(times("equal-share"), [secs(8); 4]);
    assert_eq!(times("max-min"), [secs(8); 4]);
    assert_eq!(times("fifo"), [2, 4, 6, 8].map(secs));
}

/// EXACT. One uplink of 10 bytes/s, shared equally. A, 40 bytes, is alone in [0, 1]; A and B, 20 bytes, get 5 bytes/s each until B
/// ends at 5; A has 10 bytes left and ends at 6.
#[test]
fn fluid_completion() {
    let lacks = |name: &str, chunk: u32, at: u32| {
        json!({ "group": name, "up": 10, "down": "unlimited", "initial_chunks": { "all_but": [chunk] },
                "arrival": { "kind": "at", "time": at } })
    };
    // The origin answers B's query before A does, which has the chunk too.
    for sharing in ["equal-share", "max-min"] {
        let scenario = json!({
            "file": { "size": 60, "max_chunk_size": 40 }, "network": { "sharing": sharing },
            "peers": [origin(10), lacks("a", 0, 0), lacks("b", 1, 1)]
        });
        let tape = record(&with(&quiet(), scenario)).1;
        assert_eq!([2, 3].map(|peer| tape.completed(peer)[0]), [secs(6), secs(5)], "{sharing}");
    }
}

/// EXACT. One origin, one peer, w requests in flight, one-way latency L, chunk time c, M chunks. If w c >= 2L + c, the uplink never idles:
/// 2L + M c. Else each window of w chunks takes a round trip and one chunk time, since a request for the next is sent when the
/// first of them is there: with M - 1 = q w + r, the last chunk is there after (q + 1)(2L + c) + r c. The download begins with
/// Join and query, a round trip each.
#[test]
fn requests_in_flight_hide_the_round_trip() {
    let cases = [
        (10, 1, 100, 2_000),
        (10, 2, 100, 1_100),
        (100, 1, 20, 12_000),
        (100, 4, 20, 3_060),
        (100, 6, 20, 2_100),
        (100, 9, 20, 2_100),
    ];
    for (chunks, window, chunk_ms, expected_ms) in cases {
        let (l, c, m, w) = (50, chunk_ms, chunks, window);
        let (q, r) = ((m - 1) / w, (m - 1) % w);
        let formula = if w * c >= 2 * l + c { 2 * l + m * c } else { (q + 1) * (2 * l + c) + r * c };
        assert_eq!(formula, expected_ms);
        let scenario = with(
            &quiet(),
            json!({
                "file": { "size": 1000 * m, "max_chunk_size": 1000 },
                "protocol": { "max_parallel_fetches": w, "max_fetches_per_neighbor": w },
                "network": { "latency": "50ms" },
                "peers": [origin(1_000_000 / c), home(1, 10)]
            }),
        );
        let tape = record(&scenario).1;
        assert_eq!(tape.fetches()[0].0, millis(4 * l));
        assert_eq!(tape.completed(2), [millis(4 * l + expected_ms)], "M = {m}, w = {w}");
    }
}

/// BOUND. J. Mundinger, R. Weber, G. Weiss, "Optimal scheduling of peer-to-peer file dissemination", J. Scheduling 11 (2008): M chunks, equal
/// uplinks, one upload at a time, a chunk is relayed only once it is whole, chunk time c. The origin needs M c to let go of all, and
/// the number of holders of the last chunk at best doubles with each c: at least (M + floor(log2 N)) c. No strategy beats it.
#[test]
fn no_strategy_beats_mundinger_weber_and_weiss() {
    let kinds = [
        "sequential",
        "random",
        "rarest-first",
        "random-then-rarest",
        "global-rarest",
        "most-common",
        "window",
        "zipf",
        "mode-suppression",
    ];
    let sizes: &[(u32, u64, u64)] = if is_long() {
        &[(15, 16, 19), (100, 100, 106), (255, 128, 135), (1000, 100, 109)]
    } else {
        &[(15, 16, 19), (50, 50, 55)]
    };
    for &(n, m, bound) in sizes {
        assert_eq!(bound, m + u64::from(n.ilog2()));
        for kind in kinds {
            bounded(n, m, bound, kind);
        }
    }
    bounded(100, 100, 106, "rarest-first");
    bounded(255, 128, 135, "rarest-first");
    bounded(1000, 100, 109, "rarest-first");
}

fn bounded(n: u32, m: u64, bound: u64, kind: &str) {
    let base = swarm(n, 10, 1_000_000, 10 * m, 10);
    let change = json!({ "strategy": { "kind": kind }, "stop": { "at": "2h" } });
    let completion = run(&with(&base, change)).summary.completion;
    // Mode suppression may come to a halt in a closed swarm.
    if kind != "mode-suppression" {
        assert_eq!(completion.completed, u64::from(n), "{kind}, N = {n}");
    }
    if completion.completed == u64::from(n) {
        let makespan = completion.makespan_s.expect("all are complete");
        assert!(makespan >= bound as f64, "{kind}, N = {n}, M = {m}: {makespan} s, at least {bound} s are needed");
    }
}
