//! Swarms of some dozens of peers that come and go, by number: rounds that take longer than the time between two, lists that drop
//! neighbors, latencies of all lengths. However they are simulated, they are the same.

use crate::common::{is_long, read, with};
use crate::parts::{in_parts, whole};
use serde_json::{Value, json};
use swarmsim::sim::{Digest, QueueKind, Span, Time};
use swarmsim::swarm::config::Config;
use swarmsim::swarm::{Advance, Observer, Record, Simulation};

/// What a swarm's tracker names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lists {
    Everyone,
    Some,
}

/// Wants to be told of each event in its turn.
struct Patient;

impl Observer for Patient {
    fn begin(&mut self, _: &Config) {}
    fn record(&mut self, _: Time, _: &Record<'_>) {}
}

/// Numbers that follow from one (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn pick<const N: usize>(&mut self, all: [Value; N]) -> Value {
        all[self.below(N as u64) as usize].clone()
    }
}

/// The swarm of a number, whose peers come and go.
fn swarm(number: u64, lists: Lists) -> Value {
    let mut n = Numbers(number);
    let chunks = [1, 2, 63, 64, 65, 130, 300][n.below(7) as usize];
    let limits = match lists {
        Lists::Everyone => json!([null, null]),
        Lists::Some => n.pick([json!([null, 7]), json!([5, 9]), json!([12, null]), json!([null, 3]), json!([1, 2])]),
    };
    let uniform = |min: &str, max: &str| json!({ "kind": "uniform", "min": min, "max": max });
    let session = n.pick([json!(null), uniform("100ms", "15s"), uniform("5s", "40s")]);
    let after = n.pick([json!("stay"), json!("leave"), json!({ "kind": "linger", "for": "3s" })]);
    let again = |keep: bool| json!({ "probability": 0.9, "after": uniform("1ms", "3s"), "keep_chunks": keep });
    let rejoin = n.pick([json!(null), again(false), again(true)]);
    let rate = n.pick([json!(2_000), json!(20_000), json!(200_000)]);
    let home = json!({
        "group": "home", "count": 3 + n.below(60), "up": rate, "down": "unlimited",
        "initial_chunks": n.pick([json!("none"), json!({ "fraction": 0.5 }), json!({ "fraction": 0.9 })]),
        "arrival": { "kind": "uniform", "from": 0, "until": "10s" },
        "session": session,
        "after_completion": after,
        "rejoin": rejoin,
    });
    let scenario = json!({
        "seed": number,
        "stop": { "at": "60s", "when": n.pick([json!("all-complete"), json!("time"), json!("empty")]) },
        "file": { "size": chunks * 1_000 - if chunks > 1 { n.below(999) } else { 0 }, "max_chunk_size": 1_000 },
        "strategy": {
            "kind": n.pick([json!("rarest-first"), json!("random"), json!("sequential")]),
            "endgame": n.below(2) == 1,
        },
        "tracker": {
            "entry_ttl": n.pick([json!("3s"), json!("20s"), json!("90s")]), "sweep_interval": "1s", "max_peers_returned": limits[0],
        },
        "protocol": {
            "active_proof_interval": n.pick([json!("1s"), json!("5s"), json!("25s")]),
            "peer_list_interval": n.pick([json!("300ms"), json!("2s"), json!("7s")]),
            "chunks_query_interval": n.pick([json!("500ms"), json!("2s"), json!("5s")]),
            "request_timeout": "3s", "max_parallel_fetches": 1 + n.below(6), "max_neighbors": limits[1],
        },
        "network": {
            "sharing": "fifo",
            "latency": n.pick([
                json!("20ms"),
                uniform("1ms", "200ms"),
                uniform("100ms", "900ms"),
                json!({ "kind": "lognormal", "median": "80ms", "sigma": 1.0 }),
            ]),
        },
        "peers": [
            { "group": "origin", "count": 1 + n.below(10), "initial_chunks": "all", "up": rate, "down": "unlimited" },
            with(&json!({}), home),
        ],
    });
    with(&json!({}), scenario)
}

/// A swarm in which nobody leaves, of peers far from each other and a few that are near; neighbors are dropped as entries expire before their
/// proofs.
fn far_and_near(number: u64) -> Value {
    let mut n = Numbers(number);
    let near = n.pick([json!("2ms"), json!("5ms"), json!("20ms")]);
    let far = n.pick([json!("60ms"), json!("150ms"), json!("400ms")]);
    let rate = n.pick([json!(2_000), json!(20_000), json!(200_000)]);
    let group = |name: &str, count: u64, region: &str, chunks: &str| {
        json!({
            "group": name, "count": count, "region": region, "initial_chunks": chunks, "up": rate, "down": "unlimited",
            "arrival": if name == "origin" { json!({ "kind": "at", "time": 0 }) } else { json!({ "kind": "uniform", "until": "9s" }) },
        })
    };
    json!({
        "seed": number,
        "stop": { "at": "20s", "when": n.pick([json!("all-complete"), json!("time")]) },
        "file": { "size": n.pick([json!(60_000), json!(300_000)]), "max_chunk_size": 1_000 },
        "tracker": { "entry_ttl": "3s", "sweep_interval": "1s" },
        "protocol": {
            "active_proof_interval": n.pick([json!("2s"), json!("4s"), json!("5s")]),
            "peer_list_interval": n.pick([json!("300ms"), json!("1s")]),
            "chunks_query_interval": n.pick([json!("500ms"), json!("2s")]),
            "request_timeout": "3s", "max_parallel_fetches": 1 + n.below(6), "max_neighbors": 1 + n.below(4),
        },
        "network": {
            "sharing": "fifo",
            "latency": {
                "kind": "regions", "regions": ["west", "east"], "tracker": "east", "spread": 0.0,
                "matrix": [[near, far], [far, far]],
            },
        },
        "peers": [
            group("origin", 2, "east", "all"),
            group("few", 2 + n.below(3), "west", "none"),
            group("many", 5 + n.below(20), "east", "none"),
        ],
    })
}

/// By rounds of queries and event by event: events and digest.
fn both_ways(swarm: &Value) -> [(u64, Digest); 2] {
    let config = read(swarm).config;
    let mut rounds = Simulation::new(config.clone(), (), QueueKind::Ladder);
    // Stopped on its way and looked at, too.
    let mut mark = Time::ZERO;
    loop {
        match rounds.advance_to(mark, 1_000) {
            Advance::Over => break,
            Advance::More => {}
            Advance::ToMark { .. } => {
                rounds.so_far(mark);
                mark += Span::from_millis(7_300);
            }
        }
    }
    let mut in_order = Simulation::new(config, Patient, QueueKind::Ladder);
    while in_order.advance(10_000) {}
    [(rounds.events(), rounds.digest()), (in_order.events(), in_order.digest())]
}

/// So many numbers from 1 on, and those for which something once was not as it should be.
fn numbers(count: u64, once: &[u64]) -> impl Iterator<Item = u64> {
    let all = 1..=if is_long() { 20 * count } else { count };
    all.chain(once.iter().copied())
}

#[test]
fn rounds_are_the_same_event_by_event_where_everyone_is_named() {
    // In these, an answer came while the next round was under way.
    for number in numbers(60, &[540, 597]) {
        let swarm = swarm(number, Lists::Everyone);
        let [rounds, in_order] = both_ways(&swarm);
        assert_eq!(rounds, in_order, "{number}: {swarm}");
    }
}

#[test]
fn rounds_are_the_same_event_by_event_where_some_are_named() {
    for number in numbers(60, &[]) {
        let swarm = swarm(number, Lists::Some);
        let [rounds, in_order] = both_ways(&swarm);
        assert_eq!(rounds, in_order, "{number}: {swarm}");
    }
}

/// A word of bits more or less makes for another way to count; and what fits no 16 bits is nowhere but in the log.
#[test]
fn rounds_are_the_same_event_by_event_whatever_the_number_of_chunks() {
    for (number, chunks) in (1..).zip([192, 193, 250, 256, 257, 300, 4_096, 4_097]) {
        for lists in [Lists::Everyone, Lists::Some] {
            let file = json!({ "file": { "size": chunks * 10, "max_chunk_size": 10 } });
            let swarm = with(&swarm(number, lists), file);
            let [rounds, in_order] = both_ways(&swarm);
            assert_eq!(rounds, in_order, "{number}: {swarm}");
        }
    }
    let few = json!({
        "seed": 1,
        "stop": { "at": "6s" },
        "file": { "size": 70_000, "max_chunk_size": 1 },
        "strategy": { "kind": "random" },
        "protocol": { "chunks_query_interval": "100ms", "max_parallel_fetches": 4 },
        "network": { "sharing": "fifo", "latency": { "kind": "uniform", "min": "5ms", "max": "45ms" } },
        "peers": [
            { "group": "origin", "count": 2, "initial_chunks": "all", "up": "1 Mbit/s", "down": "unlimited" },
            {
                "group": "home", "count": 6, "initial_chunks": { "fraction": 0.5 }, "up": "1 Mbit/s", "down": "unlimited",
                "arrival": { "kind": "uniform", "until": "1s" },
            },
        ],
    });
    let [rounds, in_order] = both_ways(&few);
    assert_eq!(rounds, in_order);
}

#[test]
fn far_and_near_are_the_same_in_parts() {
    let mut apart = 0;
    // In the first of these, and in those named, peers became neighbors whose messages take less than a window was long.
    for number in numbers(150, &[192, 347, 375, 466, 487]) {
        let (scenario, stride) = (read(&far_and_near(number)), Span::from_millis(7_300));
        let (found, was_apart) = in_parts(&scenario, stride, 2 + (number % 4) as usize);
        assert!(whole(&scenario, stride) == found, "{number}: {}", far_and_near(number));
        apart += u32::from(was_apart);
    }
    assert!(apart > 100, "only {apart} came apart");
}
