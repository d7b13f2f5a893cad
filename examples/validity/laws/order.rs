//! Which strategy is faster.

use crate::common::{home, origin, quiet, run, with};
use crate::oracle::{Case, Effort, Oracle, Rule};
use serde_json::{Value, json};

/// Everyone at once, equal uplinks, the protocol's defaults, chunks of half a second.
fn by_default(n: u32, kind: &str, sharing: &str, seed: u32) -> Value {
    with(
        &quiet(),
        json!({
            "seed": seed, "file": { "size": 262_144 * n, "max_chunk_size": 262_144 }, "strategy": { "kind": kind },
            "tracker": { "entry_ttl": "120s", "sweep_interval": "10s" },
            "protocol": { "active_proof_interval": "40s", "peer_list_interval": "60s", "chunks_query_interval": "5s" },
            "network": { "latency": "1ms", "sharing": sharing },
            "peers": [origin(500_000), home(n, 500_000)]
        }),
    )
}

fn mean_completion(scenario: &Value) -> f64 {
    let summary = run(scenario).summary;
    assert_eq!(summary.peers.still_downloading, 0, "all are complete");
    summary.completion.mean_s.expect("all are complete")
}

pub fn order_of_strategies(effort: Effort) -> Oracle {
    let difference = |n: u32, sharing: &'static str, [first, second]: [&'static str; 2], seeds: [u32; 2]| {
        effort.over(seeds[0], seeds[1], move |seed| {
            let of = |kind| mean_completion(&by_default(n, kind, sharing, seed));
            of(first) - of(second)
        })
    };
    let pair = ["rarest-first", "random"];
    let mut cases = vec![
        Case::new("rarest-first − random, N = M = 50", Rule::NotAbove, 0.0, difference(50, "fifo", pair, [60, 20])),
        Case::new(
            "random − sequential, N = M = 50",
            Rule::Below,
            0.0,
            difference(50, "fifo", ["random", "sequential"], [4, 3]),
        ),
        Case::new(
            "rarest-first − random, N = M = 50, no contention",
            Rule::Below,
            0.0,
            difference(50, "none", pair, [20, 20]),
        ),
    ];
    if !effort.short {
        let crowd = Case::new(
            "rarest-first − random, N = M = 100",
            Rule::NotAbove,
            0.0,
            difference(100, "fifo", pair, [30, 10]),
        );
        cases.push(crowd.known_not_to_hold());
        let shared = Case::new(
            "rarest-first − random, N = M = 100, `equal-share`",
            Rule::NotAbove,
            0.0,
            difference(100, "equal-share", pair, [20, 10]),
        );
        cases.push(shared.known_not_to_hold());
    }
    Oracle {
        stem: "order-of-strategies",
        title: "Rarest first ≤ random < sequential, where it holds",
        source: "simulation studies of BitTorrent",
        derivation: "Everyone at once, nobody leaves, equal uplinks, defaults of the protocol; mean completion over paired seeds. With sequential all want and have the \
                     same, so all wait for the origin. Rarest first should never be slower than random.",
        unit: "s",
        x_title: None,
        curve: None,
        cases,
        remark: "The second half holds always. **The first holds for 50 peers and 50 chunks, and where requests do not queue, and not in general**: requests are never \
                 refused or taken back, so the more peers ask the one holder of the rarest chunk, the longer they wait there. [oracles.md](oracles.md) has the \
                 full table, and how far each strategy is from the least possible time."
            .into(),
    }
}
