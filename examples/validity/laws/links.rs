//! Times on links that can be computed exactly.

use crate::common::{home, origin, quiet, record, with};
use crate::oracle::{Case, Effort, Oracle, Rule};
use serde_json::{Value, json};

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// When peer number `peer` completes.
fn completion(scenario: &Value, peer: u32) -> Vec<f64> {
    record(scenario).1.completed(peer).into_iter().map(seconds).collect()
}

fn exact(
    stem: &'static str,
    title: &'static str,
    source: &'static str,
    derivation: &'static str,
    cases: Vec<Case>,
) -> Oracle {
    Oracle { stem, title, source, derivation, unit: "s", x_title: None, curve: None, cases, remark: String::new() }
}

pub fn client_server(_: Effort) -> Oracle {
    let base =
        with(&quiet(), json!({ "file": { "size": 10, "max_chunk_size": 10 }, "peers": [origin(5), home(4, 5)] }));
    let mut cases = Vec::new();
    for (sharing, ends) in [("fifo", [2.0, 4.0, 6.0, 8.0]), ("equal-share", [8.0; 4]), ("max-min", [8.0; 4])] {
        let scenario = with(&base, json!({ "network": { "sharing": sharing } }));
        for (peer, end) in (2..).zip(ends) {
            let case =
                Case::new(format!("client {}, `{sharing}`", peer - 1), Rule::Exact, end, completion(&scenario, peer));
            cases.push(if sharing == "fifo" && end == 8.0 {
                case
            } else {
                case.against("the other discipline", 10.0 - end)
            });
        }
    }
    exact(
        "client-server",
        "A server and its clients",
        "arithmetic",
        "One chunk of F = 10 bytes, so nobody has anything to give before it is done; N = 4 clients, u_s = 5 bytes/s. In turn the i-th is served at \
         i F / u_s; sharing equally, all at N F / u_s.",
        cases,
    )
}

pub fn pipelining(_: Effort) -> Oracle {
    let settings =
        [(10u64, 1u64, 100u64), (10, 2, 100), (100, 1, 20), (100, 2, 20), (100, 4, 20), (100, 6, 20), (100, 9, 20)];
    let mut cases = Vec::new();
    for (m, w, c_ms) in settings {
        let (l, c) = (50, c_ms);
        let (q, r) = ((m - 1) / w, (m - 1) % w);
        let expected = if w * c >= 2 * l + c { 2 * l + m * c } else { (q + 1) * (2 * l + c) + r * c };
        let scenario = json!({
            "file": { "size": 1000 * m, "max_chunk_size": 1000 },
            "protocol": { "max_parallel_fetches": w, "max_fetches_per_neighbor": w },
            "network": { "latency": "50ms" }, "peers": [origin(1_000_000 / c), home(1, 10)]
        });
        // Join and the first query are a round trip each.
        let measured = completion(&with(&quiet(), scenario), 2).into_iter().map(|end| end - 0.2).collect();
        let case =
            Case::new(format!("M = {m}, c = {c} ms, {w} in flight"), Rule::Exact, expected as f64 / 1e3, measured);
        let idle = (m * (2 * l + c)) as f64 / 1e3;
        cases.push(if w == 1 { case } else { case.against("one at a time", idle) });
    }
    exact(
        "pipelining",
        "Requests in flight hide the round trip",
        "arithmetic",
        "One origin, one peer, w requests in flight, one-way latency L = 50 ms, chunk time c. If w c ≥ 2L + c the uplink never idles: 2L + M c. Else each \
         window takes a round trip and a chunk: with M − 1 = q w + r, (q + 1)(2L + c) + r c.",
        cases,
    )
}

/// Three uploaders (10, 4, 8) and three downloaders (2, 9, 10), each in a region an hour from its like, so that chunks come from uploaders alone.
fn textbook(sharing: &str, last_chunks: u32) -> Value {
    let far = |a: usize, b: usize| if a != b && a < 6 && b < 6 && (a < 3) == (b < 3) { "1h" } else { "0s" };
    let matrix: Vec<Vec<&str>> = (0..7).map(|a| (0..7).map(|b| far(a, b)).collect()).collect();
    let last: Vec<u32> = (11..11 + last_chunks).collect();
    let up = |i: u32, rate: u32, chunks: Vec<u32>| json!({ "group": format!("u{i}"), "region": format!("r{i}"), "up": rate, "down": 1, "initial_chunks": { "list": chunks } });
    let down = |i: u32, rate: u32, lacks: Vec<u32>| json!({ "group": format!("d{i}"), "region": format!("r{}", i + 3), "up": 1, "down": rate, "initial_chunks": { "all_but": lacks } });
    with(
        &quiet(),
        json!({
            "stop": { "at": "61s", "when": "time" }, "file": { "size": 60 * (11 + last_chunks), "max_chunk_size": 60 },
            "protocol": { "max_parallel_fetches": 8 },
            "network": { "sharing": sharing, "latency": { "kind": "regions", "matrix": matrix, "regions": ["r1", "r2", "r3", "r4", "r5", "r6", "tracker"], "tracker": "tracker" } },
            "peers": [
                up(1, 10, (0..5).collect()), up(2, 4, (5..8).collect()), up(3, 8, (8..11).chain(last.clone()).collect()),
                down(1, 2, vec![0, 1]), down(2, 9, (2..11).collect()), down(3, 10, last)
            ]
        }),
    )
}

pub fn max_min(_: Effort) -> Oracle {
    let mut cases = Vec::new();
    for (sharing, last_chunks, flow) in [("max-min", 5, 5.0), ("equal-share", 4, 4.0)] {
        let tape = record(&textbook(sharing, last_chunks)).1;
        let flows =
            [(4, 0..2, "1 → 1", 2.0), (5, 2..5, "1 → 2", 3.0), (5, 5..8, "2 → 2", 3.0), (5, 8..11, "3 → 2", 3.0)];
        for (peer, chunks, name, rate) in flows.into_iter().chain([(6, 11..11 + last_chunks, "3 → 3", flow)]) {
            let got = tape.acquired(peer).into_iter().filter(|(_, chunk)| chunks.contains(chunk));
            let end = got.map(|(at, _)| at).max().map(seconds);
            let bytes = 60.0 * f64::from(chunks.end - chunks.start);
            let measured = end.map(|end| bytes / end).into_iter().collect();
            let case = Case::new(format!("{name}, `{sharing}`"), Rule::Exact, rate, measured);
            cases.push(if name == "3 → 3" { case.against("the other sharing", 9.0 - rate) } else { case });
        }
    }
    Oracle {
        unit: "bytes/s",
        ..exact(
            "max-min",
            "Max–min fair rates, and equal shares",
            "Bertsekas and Gallager 1992, section 6.5.2",
            "Uplinks 10, 4, 8; downlinks 2, 9, 10; transfers 1→1, 1→2, 2→2, 3→2, 3→3. All grow to 2, where downlink 1 holds the first; to 3, where downlink \
             2 (9 for three) holds those to it; the last gets what uplink 3 has left: 2, 3, 3, 3, 5. With equal shares it gets half of uplink 3: 4. Each \
             transfers as many chunks as it can in 60 s, one after the other, so that all end together.",
            cases,
        )
    }
}

pub fn fluid(_: Effort) -> Oracle {
    let lacks = |name: &str, chunk: u32, at: u32| {
        json!({ "group": name, "up": 10, "down": "unlimited", "initial_chunks": { "all_but": [chunk] },
                "arrival": { "kind": "at", "time": at } })
    };
    let mut cases = Vec::new();
    for (sharing, ends) in [("equal-share", [6.0, 5.0]), ("max-min", [6.0, 5.0]), ("fifo", [4.0, 6.0])] {
        let scenario = json!({
            "file": { "size": 60, "max_chunk_size": 40 }, "network": { "sharing": sharing },
            "peers": [origin(10), lacks("a", 0, 0), lacks("b", 1, 1)]
        });
        let scenario = with(&quiet(), scenario);
        for (peer, name, end) in [(2, "A", ends[0]), (3, "B", ends[1])] {
            cases.push(Case::new(format!("{name}, `{sharing}`"), Rule::Exact, end, completion(&scenario, peer)));
        }
    }
    exact(
        "fluid",
        "Transfers as fluids",
        "arithmetic",
        "One uplink of 10 bytes/s; A, 40 bytes, begins at 0 and B, 20 bytes, at 1. A is alone in [0, 1]; then each gets 5 until B ends at 5; A has 10 left \
         and ends at 6. In turn (`fifo`): 4 and 6.",
        cases,
    )
}

pub fn star(_: Effort) -> Oracle {
    let mut cases = Vec::new();
    // A downlink's rate, and when its peer is done with `max-min` and with `equal-share`.
    type Downlink = (u64, f64, f64);
    let up = 10;
    let settings: [Vec<Downlink>; 2] = [
        // Down 2, 3, 10 on an uplink of 10: rates 2, 3, 5; when the third ends at 6, nothing is left to gain.
        vec![(2, 15.0, 15.0), (3, 10.0, 10.0), (10, 6.0, 9.0)],
        // Down 1, 10, 10, 10 on 10: rates 1, 3, 3, 3; with equal shares 1, 2.5, 2.5, 2.5.
        vec![(1, 30.0, 30.0), (10, 10.0, 12.0), (10, 10.0, 12.0), (10, 10.0, 12.0)],
    ];
    for downs in settings {
        let peers: Vec<Value> = (0..)
            .zip(&downs)
            .map(|(i, (down, ..))| json!({ "group": format!("g{i}"), "up": 1, "down": down }))
            .collect();
        let rates: Vec<String> = downs.iter().map(|(down, ..)| down.to_string()).collect();
        for (sharing, fair) in [("max-min", true), ("equal-share", false)] {
            let mut scenario = with(
                &quiet(),
                json!({ "file": { "size": 30, "max_chunk_size": 30 }, "network": { "sharing": sharing } }),
            );
            scenario["peers"] = std::iter::once(origin(up)).chain(peers.iter().cloned()).collect();
            for (peer, &(down, filled, shared)) in (2..).zip(&downs) {
                let what = format!("{}: the one of {down} (peer {}), `{sharing}`", rates.join(", "), peer - 1);
                let end = if fair { filled } else { shared };
                cases.push(Case::new(what, Rule::Exact, end, completion(&scenario, peer)));
            }
        }
    }
    exact(
        "star",
        "A star: what one cannot use goes to others",
        "Bertsekas and Gallager 1992, section 6.5.2",
        "One uplink of 10 bytes/s, one chunk of 30 bytes for each client. Downlinks 2, 3, 10: progressive filling gives 2, 3, 5, so 15, 10 and 6 s; equal \
         shares give 2, 3 and 10/3, so 15, 10 and 9 s. Downlinks 1, 10, 10, 10: 1, 3, 3, 3 \
         against 1 and thrice 2.5.",
        cases,
    )
}
