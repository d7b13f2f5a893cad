//! Which strategies are better, and how far all are from the least possible time.

use crate::common::{home, is_long, mean_and_ci95, origin, quiet, run, with};
use serde_json::{Value, json};

/// Everyone at once, equal uplinks, one chunk a second, fifo; the origin is one of equals.
fn swarm(n: u32, chunks: u32, kind: &str) -> Value {
    with(
        &quiet(),
        json!({
            "file": { "size": 10 * chunks, "max_chunk_size": 10 }, "strategy": { "kind": kind },
            "protocol": { "peer_list_interval": "1s", "chunks_query_interval": "1s" },
            "peers": [origin(10), home(n, 10)]
        }),
    )
}

/// Makespan and mean completion time for each seed.
fn times(scenario: &Value, seeds: u32) -> (Vec<f64>, Vec<f64>) {
    let one = |seed: u32| {
        let completion = run(&with(scenario, json!({ "seed": seed }))).summary.completion;
        assert_eq!(completion.ratio_to_bound.is_some(), true, "all are complete");
        (completion.makespan_s.expect("all"), completion.mean_s.expect("all"))
    };
    (1..=seeds).map(one).unzip()
}

/// BAND. Over paired seeds (the same arrivals, latencies and capacities): rarest first completes no later than random, on average, and
/// random long before sequential, in which everyone has and wants the same. Differences are judged by their 95 % interval.
#[test]
fn rarest_first_then_random_then_sequential() {
    let (n, seeds) = if is_long() { (100, 10) } else { (50, 6) };
    let mean = |kind| times(&swarm(n, n, kind), seeds).1;
    let (rarest, random, sequential) = (mean("rarest-first"), mean("random"), mean("sequential"));
    let difference = |a: &[f64], b: &[f64]| {
        let pairs: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        mean_and_ci95(&pairs)
    };
    let (gain, ci) = difference(&random, &rarest);
    println!("N = M = {n}: random - rarest-first = {gain:.2} ± {ci:.2} s");
    assert!(gain + ci >= 0.0, "rarest first is worse than random by {} ± {ci} s", -gain);
    let (gain, ci) = difference(&sequential, &random);
    println!("N = M = {n}: sequential - random = {gain:.2} ± {ci:.2} s");
    assert!(gain - ci > 0.0, "sequential is no worse than random: {gain} ± {ci} s");
}

/// The table of `docs/oracles.md`: ratios of makespans to the bound of Mundinger, Weber and Weiss, (M + floor(log2 N)) c = 106 s at
/// N = M = 100, under one change at a time. Only with `SWARMSIM_LONG=1`; use `--release --nocapture`.
#[test]
fn where_time_is_lost() {
    if !is_long() {
        return;
    }
    let fetches = |parallel: u32| json!({ "protocol": { "max_parallel_fetches": parallel } });
    let query = |ms: u32| json!({ "protocol": { "chunks_query_interval": format!("{ms}ms") } });
    let changes = [
        ("as it is: 4 parallel fetches, query and list every 1 s", json!({})),
        ("query every 5 s", query(5_000)),
        ("query every 250 ms", query(250)),
        ("query every 50 ms", query(50)),
        ("1 parallel fetch", fetches(1)),
        ("2 parallel fetches", fetches(2)),
        ("8 parallel fetches", fetches(8)),
        ("16 parallel fetches", fetches(16)),
        ("1 fetch, query every 50 ms", with(&fetches(1), query(50))),
        ("16 fetches, query every 50 ms", with(&fetches(16), query(50))),
        ("source fastest", json!({ "source": "fastest" })),
        (
            "source least-loaded, 2 per neighbor",
            json!({ "source": "least-loaded", "protocol": { "max_fetches_per_neighbor": 2 } }),
        ),
        ("list every 60 s (few know each other)", json!({ "protocol": { "peer_list_interval": "60s" } })),
        ("latency 50 ms", json!({ "network": { "latency": "50ms" } })),
        ("equal-share", json!({ "network": { "sharing": "equal-share" } })),
        ("origin 2 times as fast", json!({ "peers": [origin(20), home(100, 10)] })),
        ("origin 4 times as fast", json!({ "peers": [origin(40), home(100, 10)] })),
    ];
    println!("| change | rarest-first | random |");
    println!("|---|---|---|");
    for (name, change) in changes {
        let cell = |kind: &str| {
            let ratios: Vec<f64> = times(&with(&swarm(100, 100, kind), change.clone()), 5)
                .0
                .iter()
                .map(|makespan| makespan / 106.0)
                .collect();
            let (mean, ci) = mean_and_ci95(&ratios);
            format!("{mean:.2} ± {ci:.2}")
        };
        println!("| {name} | {} | {} |", cell("rarest-first"), cell("random"));
    }
}

/// Every strategy's ratio, at the settings as they are.
#[test]
fn every_strategy_and_the_bound() {
    if !is_long() {
        return;
    }
    println!("| strategy | makespan / bound | mean completion, s |");
    println!("|---|---|---|");
    let kinds = [
        "global-rarest",
        "rarest-first",
        "random-then-rarest",
        "random",
        "mode-suppression",
        "zipf",
        "window",
        "most-common",
        "sequential",
    ];
    for kind in kinds {
        let (makespans, means) = times(&swarm(100, 100, kind), 5);
        let ratios: Vec<f64> = makespans.iter().map(|makespan| makespan / 106.0).collect();
        let ((ratio, ratio_ci), (mean, mean_ci)) = (mean_and_ci95(&ratios), mean_and_ci95(&means));
        println!("| {kind} | {ratio:.2} ± {ratio_ci:.2} | {mean:.1} ± {mean_ci:.1} |");
    }
}
