//! Random small scenarios with everything mixed: whatever happens, the rules hold.

use crate::checker::check;
use crate::common::{Tape, is_long, read, record, run_with, with};
use proptest::prelude::*;
use serde_json::{Value, json};
use swarmsim::sim::QueueKind;

fn cases() -> ProptestConfig {
    ProptestConfig {
        max_shrink_iters: 4_000,
        failure_persistence: None,
        ..ProptestConfig::with_cases(if is_long() { 20_000 } else { 2_000 })
    }
}

/// A duration of whole milliseconds, as a constant or a distribution.
fn duration(least_ms: u32, most_ms: u32) -> impl Strategy<Value = Value> {
    (0..4u8, least_ms..=most_ms).prop_map(|(kind, ms)| {
        let text = format!("{ms}ms");
        match kind {
            0 | 1 => json!(text),
            2 => json!({ "kind": "uniform", "min": 0, "max": text }),
            _ => json!({ "kind": "lognormal", "median": format!("{}ms", ms.max(1)), "sigma": 0.7 }),
        }
    })
}

fn span(least_ms: u32, most_ms: u32) -> impl Strategy<Value = Value> {
    (least_ms..=most_ms).prop_map(|ms| json!(format!("{ms}ms")))
}

fn some_strategy() -> impl Strategy<Value = Value> {
    let kinds = prop::sample::select(vec![
        json!({ "kind": "sequential" }),
        json!({ "kind": "random" }),
        json!({ "kind": "rarest-first" }),
        json!({ "kind": "random-then-rarest", "first": 2 }),
        json!({ "kind": "global-rarest" }),
        json!({ "kind": "most-common" }),
        json!({ "kind": "window", "size": 3 }),
        json!({ "kind": "zipf", "theta": 1.2 }),
        json!({ "kind": "mode-suppression", "threshold": 2 }),
    ]);
    (kinds, any::<bool>()).prop_map(|(kind, endgame)| with(&kind, json!({ "endgame": endgame })))
}

fn tracker() -> impl Strategy<Value = Value> {
    let limit = prop_oneof![2 => Just(json!(null)), 1 => (1..6u32).prop_map(|n| json!(n))];
    let outages = prop::collection::vec((0..4_000u32, 1..3_000u32), 0..3).prop_map(|windows| {
        let mut at = 0;
        let windows = windows.into_iter().map(|(wait, length)| {
            let from = at + wait;
            at = from + length;
            json!({ "from": format!("{from}ms"), "until": format!("{at}ms") })
        });
        Value::Array(windows.collect())
    });
    let late = prop::sample::select(vec!["readmit", "ignore"]);
    (span(300, 6_000), span(100, 2_000), limit, outages, late).prop_map(|(ttl, sweep, most, outages, late)| {
        json!({ "entry_ttl": ttl, "sweep_interval": sweep, "max_peers_returned": most, "outages": outages, "late_proof": late })
    })
}

fn protocol() -> impl Strategy<Value = Value> {
    let limit = prop_oneof![2 => Just(json!(null)), 1 => (1..6u32).prop_map(|n| json!(n))];
    let detection = prop_oneof![Just(json!("reset")), span(0, 1_500)];
    let intervals = (span(200, 3_000), span(200, 3_000), span(100, 2_000), span(50, 2_000));
    (intervals, 1..5u32, 1..4u32, limit, detection).prop_map(
        |((proof, list, query, timeout), parallel, per_neighbor, neighbors, detection)| {
            json!({
                "active_proof_interval": proof, "peer_list_interval": list, "chunks_query_interval": query,
                "request_timeout": timeout, "max_parallel_fetches": parallel, "max_fetches_per_neighbor": per_neighbor,
                "max_neighbors": neighbors, "failure_detection": detection
            })
        },
    )
}

fn network() -> impl Strategy<Value = Value> {
    let sharing = prop::sample::select(vec!["none", "fifo", "equal-share", "max-min"]);
    let latency = prop_oneof![2 => Just(json!(0)), 5 => duration(0, 200), 3 => place()];
    let jitter = prop_oneof![2 => Just(json!(0)), 1 => duration(0, 100)];
    let loss = prop::sample::select(vec![0.0, 0.0, 0.05, 0.3]);
    let limit = prop_oneof![2 => Just(json!("unlimited")), 1 => (5..60u32).prop_map(|bytes| json!(bytes))];
    let shares = (sharing, backbones());
    (shares, latency, jitter, loss, limit, faults()).prop_map(|(shares, latency, jitter, loss, limit, mut faults)| {
        let (sharing, backbones) = shares;
        let is_fluid = matches!(sharing, "equal-share" | "max-min");
        faults.retain(|fault| is_fluid || fault["kind"] != "slow");
        let limit = if is_fluid { limit } else { json!("unlimited") };
        let backbones = if sharing == "max-min" { backbones } else { Vec::new() };
        json!({ "sharing": sharing, "latency": latency, "jitter": jitter, "loss": loss, "max_transfer_rate": limit,
                "backbones": backbones, "faults": faults })
    })
}

/// Links that transfers share between groups.
fn backbones() -> impl Strategy<Value = Vec<Value>> {
    let all = [
        json!({ "from": "g0", "to": "g1" }),
        json!({ "from": "g1", "to": "g1" }),
        json!({ "to": "g1" }),
        json!({ "from": "g1" }),
    ];
    let some = prop::sample::subsequence(all.to_vec(), 0..=4);
    (some, 5..80u32).prop_map(|(some, rate)| some.iter().map(|one| with(one, json!({ "capacity": rate }))).collect())
}

/// Latencies by where nodes are. Groups of an even number are in the west, the others in the east.
fn place() -> impl Strategy<Value = Value> {
    let ms = || (0..200u32).prop_map(|ms| json!(format!("{ms}ms")));
    let tracker = prop::sample::select(vec!["west", "east"]);
    prop_oneof![
        (ms(), ms(), ms(), ms(), tracker, any::<bool>()).prop_map(|(a, b, c, d, tracker, spread)| {
            json!({ "kind": "regions", "regions": ["west", "east"], "matrix": [[a, b], [c, d]], "tracker": tracker,
                    "spread": if spread { 0.4 } else { 0.0 } })
        }),
        (1..200u32, 0..200u32).prop_map(|(far, near)| {
            json!({ "kind": "matrix", "round_trips": [format!("0,{far},{near}"), format!("{far},0,7"), format!("{near},7,3")] })
        }),
        (ms(), duration(0, 50)).prop_map(|(unit, height)| {
            let line = json!({ "kind": "uniform", "min": 0, "max": 1.5 });
            json!({ "kind": "coordinates", "x": line, "y": line, "per_unit": unit, "height": height })
        }),
    ]
}

/// Faults one after the other, so that no two overlap.
fn faults() -> impl Strategy<Value = Vec<Value>> {
    let pairs = || prop::sample::select(vec![json!(["g0", "g1"]), json!(["tracker", "g1"]), json!(["g1", "tracker"])]);
    let fault = prop_oneof![
        2 => pairs().prop_map(|pair| json!({ "kind": "partition", "between": pair })),
        1 => pairs().prop_map(|pair| json!({ "kind": "loss", "between": pair, "probability": 0.7 })),
        1 => Just(json!({ "kind": "loss", "probability": 0.5 })),
        1 => (1..10u32).prop_map(|tenths| json!({ "kind": "slow", "groups": ["g0", "g1"], "factor": f64::from(tenths) / 10.0 })),
        1 => (1..50u32).prop_map(|rate| json!({ "kind": "slow", "groups": ["g1"], "rate": rate, "links": "down" })),
    ];
    let some = prop::collection::vec((fault, 0..4_000u32, 1..4_000u32), 0..4).prop_map(|faults| {
        let mut at = 0;
        let timed = faults.into_iter().map(|(fault, wait, length)| {
            let from = at + wait;
            at = from + length;
            with(&fault, json!({ "from": format!("{from}ms"), "until": format!("{at}ms") }))
        });
        timed.collect::<Vec<Value>>()
    });
    prop_oneof![1 => Just(Vec::new()), 1 => some]
}

/// Departures of many at once.
fn departures() -> impl Strategy<Value = Value> {
    let one = prop_oneof![
        (0..=10u32).prop_map(|tenths| json!({ "fraction": f64::from(tenths) / 10.0, "groups": ["g1"] })),
        (1..5u32).prop_map(|count| json!({ "count": count })),
    ];
    let at = |(departure, ms): (Value, u32)| with(&departure, json!({ "at": format!("{ms}ms") }));
    prop_oneof![
        2 => Just(json!([])),
        1 => prop::collection::vec((one, 0..9_000u32).prop_map(at), 1..3).prop_map(Value::Array),
    ]
}

fn rate() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(json!("unlimited")),
        4 => (5..200u32).prop_map(|bytes| json!(bytes)),
        1 => Just(json!({ "kind": "uniform", "min": 10, "max": 90 })),
    ]
}

fn group(number: usize, chunks: u32) -> impl Strategy<Value = Value> {
    let initial = match number {
        0 => Just(json!("all")).boxed(),
        _ => prop_oneof![
            3 => Just(json!("none")),
            1 => (0..=10u32).prop_map(|tenths| json!({ "fraction": f64::from(tenths) / 10.0 })),
            1 => (0..chunks).prop_map(|chunk| json!({ "list": [chunk] })),
            1 => (0..chunks).prop_map(|chunk| json!({ "all_but": [chunk] })),
        ]
        .boxed(),
    };
    let arrival = prop_oneof![
        2 => Just(json!({ "kind": "at", "time": 0 })),
        1 => span(0, 3_000).prop_map(|time| json!({ "kind": "at", "time": time })),
        1 => Just(json!({ "kind": "uniform", "from": 0, "until": "5s" })),
        1 => Just(json!({ "kind": "poisson", "rate_per_s": 1.0 })),
        1 => Just(json!({ "kind": "decaying", "initial_rate_per_s": 3.0, "time_constant": "4s" })),
        1 => Just(json!({ "kind": "diurnal", "mean_rate_per_s": 1.0, "amplitude": 0.9, "period": "10s", "peak": "3s" })),
        1 => prop::collection::vec((0..5_000u32, prop::option::of(0..6_000u32)), 1..5).prop_map(|rows| {
            let text = |ms: u32| format!("{ms}ms");
            let (arrivals, sessions): (Vec<_>, Vec<_>) =
                rows.into_iter().map(|(at, session)| (text(at), session.map(text))).unzip();
            json!({ "kind": "trace", "arrivals": arrivals, "sessions": sessions })
        }),
    ];
    let session = prop_oneof![2 => Just(json!(null)), 3 => duration(0, 8_000)];
    let after = prop_oneof![
        2 => Just(json!("stay")),
        1 => Just(json!("leave")),
        1 => duration(0, 2_000).prop_map(|time| json!({ "kind": "linger", "for": time })),
    ];
    let rejoin = prop_oneof![
        1 => Just(json!(null)),
        1 => (1..=10u32, duration(1, 1_500), any::<bool>()).prop_map(|(tenths, after, keep)| {
            json!({ "probability": f64::from(tenths) / 10.0, "after": after, "keep_chunks": keep })
        }),
    ];
    let strategy = prop_oneof![2 => Just(json!(null)), 1 => some_strategy()];
    let count = 1..6u32;
    (initial, arrival, session, after, rejoin, strategy, rate(), rate(), count).prop_map(
        move |(initial, arrival, session, after, rejoin, strategy, up, down, count)| {
            let count = if arrival["kind"] == "trace" { json!(null) } else { json!(count) };
            let all = json!({
                "group": format!("g{number}"), "count": count, "initial_chunks": initial, "arrival": arrival,
                "session": session, "after_completion": after, "rejoin": rejoin, "strategy": strategy,
                "up": up, "down": down
            });
            // Keys that say nothing are left out.
            with(&json!({}), all)
        },
    )
}

/// A scenario that is shown as the JSON that it is.
#[derive(Clone)]
pub struct Case(pub Value);

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Any scenario of up to fifteen peers, a dozen chunks (or some dozens) and half a minute.
pub fn scenario() -> impl Strategy<Value = Case> {
    let file = (prop_oneof![5 => 1..13u32, 1 => 13..50u32], 1..40u32, 0..40u32);
    let rest = (
        any::<u16>(),
        prop::sample::select(vec!["all-complete", "empty", "time"]),
        prop::sample::select(vec!["random", "least-loaded", "fastest"]),
        some_strategy(),
        tracker(),
        protocol(),
        network(),
        departures(),
    );
    (file, rest).prop_flat_map(|((chunks, bytes, short), rest)| {
        let groups = (group(0, chunks), group(1, chunks), prop::option::of(group(2, chunks)));
        (groups, Just(rest)).prop_map(move |((a, b, c), (seed, when, source, strategy, tracker, protocol, network, departures))| {
            let size = chunks * bytes - short.min(bytes - 1);
            let mut peers: Vec<Value> = [Some(a), Some(b), c].into_iter().flatten().collect();
            if network["latency"]["kind"] == "regions" {
                let regions = ["west", "east", "west"];
                peers.iter_mut().zip(regions).for_each(|(group, region)| group["region"] = json!(region));
            }
            Case(json!({
                "seed": seed, "stop": { "at": "30s", "when": when }, "source": source,
                "file": { "size": size, "max_chunk_size": bytes.min(size) }, "strategy": strategy,
                "tracker": tracker, "protocol": protocol, "network": network, "peers": peers, "departures": departures,
                "output": { "sample_interval": "1s" }
            }))
        })
    })
}

proptest! {
    #![proptest_config(cases())]

    /// Every record of every run obeys the protocol as [`check`] has it; the run does not depend on the queue; and it is
    /// the same a second time.
    #[test]
    fn the_rules_hold_in_random_swarms(Case(scenario) in scenario()) {
        let config = read(&scenario).config;
        let (outcome, tape) = record(&scenario);
        check(&config, &tape, &outcome);
        let (by_heap, same_tape) = run_with(&scenario, Tape::default(), QueueKind::Heap);
        prop_assert_eq!(outcome.digest, by_heap.digest);
        prop_assert_eq!(&outcome.summary, &by_heap.summary);
        prop_assert_eq!(&outcome.tables, &by_heap.tables);
        prop_assert_eq!(tape, same_tape);
        // Nobody asks for records in order: queries and answers are handled a round at a time.
        let (again, ()) = run_with(&scenario, (), QueueKind::Ladder);
        prop_assert_eq!(outcome.digest, again.digest);
        prop_assert_eq!(&outcome.summary, &again.summary);
        prop_assert_eq!(&outcome.tables, &again.tables);
    }
}
