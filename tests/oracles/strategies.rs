//! Which strategies are better, and how far all are from the least possible time.

use crate::common::{home, is_long, mean_and_ci95, origin, quiet, run, run_with, with};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use swarmsim::sim::{QueueKind, Time};
use swarmsim::swarm::config::Config;
use swarmsim::swarm::{Body, MessageId, MessageKind, Observer, Record};

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
        let summary = run(&with(scenario, json!({ "seed": seed }))).summary;
        assert_eq!(summary.peers.still_downloading, 0, "all are complete");
        let completion = summary.completion;
        (completion.makespan_s.expect("all"), completion.mean_s.expect("all"))
    };
    (1..=seeds).map(one).unzip()
}

/// As [`swarm`], with every default of the protocol: queries every 5 s, lists every minute, 4 fetches at once; chunks of half a second.
fn by_default(n: u32, chunks: u32) -> Value {
    with(
        &quiet(),
        json!({
            "file": { "size": 262_144 * chunks, "max_chunk_size": 262_144 },
            "tracker": { "entry_ttl": "120s", "sweep_interval": "10s" },
            "protocol": { "active_proof_interval": "40s", "peer_list_interval": "60s", "chunks_query_interval": "5s" },
            "network": { "latency": "1ms" },
            "peers": [origin(500_000), home(n, 500_000)]
        }),
    )
}

/// Mean completion times under both strategies: the difference, first minus second, over paired seeds, and its 95 % interval.
fn difference(scenario: &Value, (first, second): (&str, &str), seeds: u32) -> (f64, f64) {
    let means = |kind: &str| times(&with(scenario, json!({ "strategy": { "kind": kind } })), seeds).1;
    let pairs: Vec<f64> = means(first).iter().zip(means(second)).map(|(a, b)| a - b).collect();
    let (mean, ci) = mean_and_ci95(&pairs);
    println!("{first} - {second}: {mean:.2} ± {ci:.2} s over {seeds} seeds");
    (mean, ci)
}

/// BAND. Rarest first is no slower than random, and random faster than sequential, in mean completion over paired seeds (the same
/// arrivals, latencies and capacities), judged by the 95 % interval of the difference: everyone at once, equal uplinks, N = M = 50, `fifo`, the
/// protocol's defaults. With sequential, everyone has and wants the same, so all wait for the origin.
///
/// `docs/oracles.md` shows where the first half ends to hold: where requests that are never refused lie in long queues.
#[test]
fn rarest_first_is_no_slower_than_random_and_sequential_is_far_behind() {
    let (scenario, seeds) = (by_default(50, 50), if is_long() { 60 } else { 20 });
    let (loss, ci) = difference(&scenario, ("rarest-first", "random"), seeds);
    assert!(loss - ci <= 0.0, "rarest first is slower than random by {loss} ± {ci} s");
    let (gain, ci) = difference(&scenario, ("sequential", "random"), 3);
    assert!(gain - ci > 0.0, "sequential is slower than random by {gain} ± {ci} s");
}

/// BAND. Where no request waits behind others, for want of contention on links, rarest first is *faster*, as theory has it.
#[test]
fn rarest_first_is_faster_where_requests_do_not_queue() {
    let seeds = if is_long() { 60 } else { 20 };
    for n in [50, 100] {
        println!("N = M = {n}, no contention");
        let scenario = with(&by_default(n, n), json!({ "network": { "sharing": "none" } }));
        let (loss, ci) = difference(&scenario, ("rarest-first", "random"), seeds);
        assert!(loss + ci < 0.0, "rarest first is not faster than random: {loss} ± {ci} s");
    }
}

/// What an uplink did, and how long requests waited for it.
#[derive(Default)]
struct Uplinks {
    asked: BTreeMap<MessageId, Time>,
    origin_busy_s: f64,
    peers_busy_s: f64,
    origin_waits_s: Vec<f64>,
    peer_waits_s: Vec<f64>,
    /// When each chunk had left the origin for the first time.
    released: BTreeMap<u32, Time>,
    origin_uploads: u32,
}

impl Observer for Uplinks {
    fn begin(&mut self, _: &Config) {}

    fn record(&mut self, now: Time, record: &Record<'_>) {
        match *record {
            Record::Send { message, body: Body::Chunk { .. }, .. }
                if message.kind == MessageKind::FetchChunkResponse =>
            {
                self.asked.insert(message.id, now);
            }
            Record::Upload { message, start, end, .. } => {
                let wait = (start - self.asked[&message.id]).as_secs_f64();
                let busy = (end - start).as_secs_f64();
                if message.from == 1 {
                    self.origin_busy_s += busy;
                    self.origin_waits_s.push(wait);
                    self.origin_uploads += 1;
                } else {
                    self.peers_busy_s += busy;
                    self.peer_waits_s.push(wait);
                }
            }
            Record::Acquire { chunk, from: 1, .. } => {
                self.released.entry(chunk).or_insert(now);
            }
            _ => {}
        }
    }
}

fn query(ms: u32) -> Value {
    json!({ "protocol": { "chunks_query_interval": format!("{ms}ms") } })
}

fn fetches(parallel: u32) -> Value {
    json!({ "protocol": { "max_parallel_fetches": parallel } })
}

fn ratios(makespans: &[f64]) -> String {
    let ratios: Vec<f64> = makespans.iter().map(|makespan| makespan / 106.0).collect();
    let (mean, ci) = mean_and_ci95(&ratios);
    format!("{mean:.2} ± {ci:.2}")
}

/// The second table of `docs/oracles.md`: ratios of makespans to the bound of Mundinger, Weber and Weiss, (M + floor(log2 N)) c = 106 s at
/// N = M = 100, under one change at a time, and what rarest first gains on random in mean completion.
#[test]
#[ignore = "makes a table: see docs/oracles.md"]
fn where_time_is_lost() {
    let changes = [
        ("none", json!({})),
        ("query every 5 s", query(5_000)),
        ("query every 100 ms", query(100)),
        ("1 parallel fetch", fetches(1)),
        ("2 parallel fetches", fetches(2)),
        ("8 parallel fetches", fetches(8)),
        ("16 parallel fetches", fetches(16)),
        ("endgame", json!({ "strategy": { "endgame": true } })),
        ("source `fastest`", json!({ "source": "fastest" })),
        ("2 per neighbor", json!({ "protocol": { "max_fetches_per_neighbor": 2 } })),
        (
            "2 per neighbor, source `least-loaded`",
            json!({ "source": "least-loaded", "protocol": { "max_fetches_per_neighbor": 2 } }),
        ),
        ("lists every 60 s", json!({ "protocol": { "peer_list_interval": "60s" } })),
        ("latency 50 ms", json!({ "network": { "latency": "50ms" } })),
        ("`equal-share`", json!({ "network": { "sharing": "equal-share" } })),
        ("origin twice as fast", json!({ "peers": [origin(20), home(100, 10)] })),
        ("origin 4 times as fast", json!({ "peers": [origin(40), home(100, 10)] })),
        ("at most 20 neighbors", json!({ "protocol": { "max_neighbors": 20 } })),
    ];
    println!("| change | rarest-first | random | random - rarest-first, mean completion, s |");
    println!("|---|---|---|---|");
    for (name, change) in changes {
        let of = |kind: &str| times(&with(&swarm(100, 100, kind), change.clone()), 5);
        let (rarest, random) = (of("rarest-first"), of("random"));
        let gains: Vec<f64> = random.1.iter().zip(&rarest.1).map(|(a, b)| a - b).collect();
        let (gain, ci) = mean_and_ci95(&gains);
        println!("| {name} | {} | {} | {gain:.1} ± {ci:.1} |", ratios(&rarest.0), ratios(&random.0));
    }
}

/// The table of where the order of strategies holds: what rarest first loses to random under the protocol's defaults.
#[test]
#[ignore = "makes a table: see docs/oracles.md"]
fn where_the_order_holds() {
    let changes = [
        ("none", json!({})),
        ("`equal-share`", json!({ "network": { "sharing": "equal-share" } })),
        ("no contention", json!({ "network": { "sharing": "none" } })),
        ("16 parallel fetches", fetches(16)),
        ("1 parallel fetch", fetches(1)),
        ("at most 20 neighbors", json!({ "protocol": { "max_neighbors": 20 } })),
        ("source `least-loaded`", json!({ "source": "least-loaded" })),
        ("source `fastest`", json!({ "source": "fastest" })),
    ];
    for (n, chunks) in [(50, 50), (100, 100), (200, 50), (50, 200)] {
        for (name, change) in &changes {
            let scenario = with(&by_default(n, chunks), change.clone());
            let means = |kind: &str| times(&with(&scenario, json!({ "strategy": { "kind": kind } })), 20).1;
            let (rarest, random) = (means("rarest-first"), means("random"));
            let pairs: Vec<f64> = rarest.iter().zip(&random).map(|(a, b)| a - b).collect();
            let ((loss, ci), (rarest, _), (random, _)) =
                (mean_and_ci95(&pairs), mean_and_ci95(&rarest), mean_and_ci95(&random));
            println!("| {n} | {chunks} | {name} | {rarest:.1} | {random:.1} | {loss:.2} ± {ci:.2} |");
        }
    }
}

/// The third table: how busy uplinks were until the last peer was complete, and how long requests waited for them; one seed.
#[test]
#[ignore = "makes a table: see docs/oracles.md"]
fn how_uplinks_were_used() {
    let cases = [
        ("rarest-first", json!({})),
        ("random", json!({})),
        ("sequential", json!({})),
        ("rarest-first", json!({ "strategy": { "endgame": true } })),
        ("rarest-first", fetches(16)),
        ("rarest-first", json!({ "peers": [origin(40), home(100, 10)] })),
    ];
    println!(
        "| strategy | change | makespan, s | peers' uplinks busy | origin sent | all chunks released, s | mean wait: origin, s | peers, s |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (kind, change) in cases {
        let (outcome, uplinks) =
            run_with(&with(&swarm(100, 100, kind), change.clone()), Uplinks::default(), QueueKind::Ladder);
        let makespan = outcome.summary.completion.makespan_s.expect("all are complete");
        let mean = |waits: &[f64]| waits.iter().sum::<f64>() / waits.len().max(1) as f64;
        let released = uplinks.released.values().max().expect("chunks left the origin").as_secs_f64();
        println!(
            "| {kind} | `{change}` | {makespan:.0} | {:.0} % | {} | {released:.0} of {} | {:.1} | {:.1} |",
            uplinks.peers_busy_s / makespan,
            uplinks.origin_uploads,
            uplinks.released.len(),
            mean(&uplinks.origin_waits_s),
            mean(&uplinks.peer_waits_s),
        );
    }
}

/// The first table: every strategy's ratio, at the settings as they are.
#[test]
#[ignore = "makes a table: see docs/oracles.md"]
fn every_strategy_and_the_bound() {
    println!("| strategy | makespan / bound | mean completion, s |");
    println!("|---|---|---|");
    let kinds = [
        "global-rarest",
        "rarest-first",
        "random-then-rarest",
        "random",
        "zipf",
        "window",
        "most-common",
        "sequential",
    ];
    for kind in kinds {
        // The slow ones take a hundred times as many events, and hardly differ between seeds.
        let seeds = if matches!(kind, "window" | "most-common" | "sequential") { 2 } else { 5 };
        let (makespans, means) = times(&swarm(100, 100, kind), seeds);
        let (mean, ci) = mean_and_ci95(&means);
        println!("| {kind} | {} | {mean:.1} ± {ci:.1} |", ratios(&makespans));
    }
}
