//! Least possible times of closed swarms.

use crate::common::{home, origin, quiet, run, with};
use crate::oracle::{Case, Effort, Oracle, Rule};
use serde_json::{Value, json};

/// Everyone at once, nobody leaves.
fn closed(file: u64, chunk: u64, peers: Value) -> Value {
    with(
        &quiet(),
        json!({
            "file": { "size": file, "max_chunk_size": chunk },
            "protocol": { "chunks_query_interval": "2s", "peer_list_interval": "3s" }, "peers": peers
        }),
    )
}

/// The time until the last is complete.
fn makespan(scenario: &Value) -> f64 {
    let summary = run(scenario).summary;
    assert_eq!(summary.peers.still_downloading, 0, "all are complete");
    summary.completion.makespan_s.expect("all are complete")
}

pub fn kumar_ross(effort: Effort) -> Oracle {
    let settings: &[(u32, u64, u64)] = effort.of(
        &[(10, 100, 1000), (100, 100, 1000), (1000, 100, 1000), (100, 5, 1000), (100, 2000, 15)],
        &[(10, 100, 1000), (100, 5, 1000)],
    );
    let scenario = |n: u32, origin_up: u64, down: u64, chunk: u64| {
        let peers =
            json!([with(&origin(origin_up), json!({ "down": down })), with(&home(n, 10), json!({ "down": down }))]);
        let neighbors = if n > 150 { json!(40) } else { Value::Null };
        let change =
            json!({ "protocol": { "max_neighbors": neighbors }, "tracker": { "max_peers_returned": neighbors } });
        with(&closed(1000, chunk, peers), change)
    };
    // Without contention the origin sends to all at its full rate: 1000 / 100 = 10 s.
    let alone = with(&scenario(10, 100, 1000, 1000), json!({ "network": { "sharing": "none" } }));
    let mistake = ("without contention", makespan(&alone));
    let mut cases = Vec::new();
    for &(n, up, down) in settings {
        let bound = f64::max(1000.0 / up.min(down) as f64, f64::from(n) * 1000.0 / (up + 10 * u64::from(n)) as f64);
        for sharing in ["fifo", "equal-share", "max-min"] {
            let base = with(
                &scenario(n, up, down, if n > 150 { 100 } else { 20 }),
                json!({ "network": { "sharing": sharing } }),
            );
            let measured = effort.over(2, 2, |seed| makespan(&with(&base, json!({ "seed": seed }))));
            let what = format!("N = {n}, origin {up}, downlinks {down}, `{sharing}`");
            let case = Case::new(what, Rule::AtLeast, bound, measured);
            cases.push(if n == 10 { case.against(mistake.0, mistake.1) } else { case });
        }
    }
    Oracle {
        stem: "kumar-ross",
        title: "No closed swarm is faster than its links",
        source: "Kumar and Ross 2006",
        derivation: "A file of F = 1000 bytes must leave the origin once (F / u_s), enter the slowest downlink (F / min d), and N F bytes must leave \
                     uplinks that together carry u_s + N u (u = 10 bytes/s): the makespan is at least the largest of the three.",
        unit: "s",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

pub fn two_classes(effort: Effort) -> Oracle {
    let peers = |origin_up: u64, slow_down: u64| {
        json!([
            origin(origin_up),
            { "group": "slow", "count": 20, "up": 5, "down": slow_down },
            { "group": "fast", "count": 20, "up": 20, "down": 400 }
        ])
    };
    let mut cases = Vec::new();
    for (origin_up, slow_down, what) in
        [(50, 50, "all uplinks bind"), (8, 50, "the origin binds"), (50, 10, "the slow downlink binds")]
    {
        let shared = 40_000.0 / (origin_up as f64 + 20.0 * 5.0 + 20.0 * 20.0);
        let bound = shared.max(1000.0 / origin_up as f64).max(1000.0 / slow_down as f64);
        for sharing in ["fifo", "max-min"] {
            let base =
                with(&closed(1000, 20, peers(origin_up, slow_down)), json!({ "network": { "sharing": sharing } }));
            let measured = effort.over(8, 3, |seed| makespan(&with(&base, json!({ "seed": seed }))));
            let case = Case::new(format!("{what}, `{sharing}`"), Rule::AtLeast, bound, measured);
            // As if the fast class's uplinks were everyone's.
            let fast = 40_000.0 / (origin_up as f64 + 40.0 * 20.0);
            cases.push(if bound > shared { case } else { case.against("all as fast as the fast", fast) });
        }
    }
    Oracle {
        stem: "two-classes",
        title: "Two classes of peers: the bound of Kumar and Ross",
        source: "Kumar and Ross 2006",
        derivation: "20 peers with 5 bytes/s up and 20 with 20, one file of 1000 bytes: the largest of 1000 / u_s, 1000 / (slowest downlink) and \
                     40,000 / (u_s + 100 + 400).",
        unit: "s",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

const KINDS: [&str; 8] =
    ["sequential", "random", "rarest-first", "random-then-rarest", "global-rarest", "most-common", "window", "zipf"];

/// N equal uplinks and an origin like them, M chunks of a second; the makespans under all strategies.
fn relayed(effort: Effort, n: u32, m: u64, kinds: &[&str]) -> Vec<f64> {
    let neighbors = if n > 150 { json!(40) } else { Value::Null };
    let change = json!({ "protocol": { "max_neighbors": neighbors }, "tracker": { "max_peers_returned": neighbors } });
    let base = with(&closed(10 * m, 10, json!([origin(10), home(n, 10)])), change);
    let n_kinds = kinds.len() as u32;
    effort.over(n_kinds, n_kinds, |i| makespan(&with(&base, json!({ "strategy": { "kind": kinds[i as usize - 1] } }))))
}

pub fn whole_chunks(effort: Effort) -> Oracle {
    let sizes: &[(u32, u64)] = effort.of(&[(15, 16), (100, 100), (255, 128), (1000, 100)], &[(15, 16), (100, 100)]);
    let mut cases = Vec::new();
    for &(n, m) in sizes {
        // The slow strategies of great swarms take long and are far from the bound.
        let kinds = if n > 100 { &KINDS[1..4] } else { &KINDS[..] };
        let bound = m + u64::from(n.ilog2());
        let what = format!("N = {n}, M = {m}, {} strategies", kinds.len());
        cases.push(Case::new(what, Rule::AtLeast, bound as f64, relayed(effort, n, m, kinds)));
    }
    Oracle {
        stem: "whole-chunks",
        title: "Whole chunks are relayed: no strategy beats doubling",
        source: "Mundinger, Weber and Weiss 2008",
        derivation: "M chunks of c = 1 s, equal uplinks, `fifo`, one upload at a time. The origin needs M c to let go of all of them, and the number of \
                     holders of the last at best doubles with each c: at least (M + ⌊log2 N⌋) c.",
        unit: "s",
        x_title: None,
        curve: None,
        cases,
        remark: "[oracles.md](oracles.md) says where the rest is lost: in the origin's queue.".into(),
    }
}

pub fn doubling(effort: Effort) -> Oracle {
    let mut cases = Vec::new();
    for (n, m) in [(3u32, 32u64), (31, 31), (63, 8), (7, 100), (63, 1)] {
        let bound = m + u64::from(n.ilog2());
        let measured = relayed(effort, n, m, &KINDS);
        cases.push(Case::new(format!("N = {n}, M = {m}, all strategies"), Rule::AtLeast, bound as f64, measured));
    }
    let single = relayed(effort, 1, 64, &KINDS);
    cases.push(Case::new("N = 1, M = 64: nobody to relay to", Rule::Exact, 64.0, single));
    Oracle {
        stem: "doubling",
        title: "Broadcast trees: other sizes",
        source: "Mundinger, Weber and Weiss 2008",
        derivation: "As above. With one chunk the bound is that of a binomial tree, ⌊log2 N⌋ + 1; with one peer it is M, and every schedule attains it.",
        unit: "s",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}
