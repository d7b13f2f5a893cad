//! Which chunks there are, and whom one asks for them.

use crate::common::{home, origin, quiet, record, run, with};
use crate::oracle::{Case, Effort, Oracle, Rule};
use serde_json::json;
use std::collections::BTreeSet;
use swarmsim::sim::math;

pub fn first_chunks(effort: Effort) -> Oracle {
    fn law(n: f64) -> f64 {
        50.0 * (1.0 - math::pow(1.0 - 1.0 / 50.0, n))
    }
    let mut cases = Vec::new();
    for (n, kind) in
        [(10u32, "random"), (25, "random"), (50, "random"), (50, "rarest-first"), (100, "random"), (150, "random")]
    {
        let distinct = effort.over(60, 40, |seed| {
            let change = json!({
                "seed": seed, "stop": { "at": "1ms", "when": "time" }, "file": { "size": 500, "max_chunk_size": 10 },
                "protocol": { "max_parallel_fetches": 1 }, "strategy": { "kind": kind }, "peers": [origin(10), home(n, 10)]
            });
            let first: Vec<u32> = record(&with(&quiet(), change)).1.fetches().into_iter().map(|fetch| fetch.3).collect();
            assert_eq!(first.len(), n as usize, "everyone asks for one");
            first.iter().collect::<BTreeSet<_>>().len() as f64
        });
        let mut case = Case::new(format!("N = {n}, `{kind}`"), Rule::Mean, law(f64::from(n)), distinct);
        case = case.at(f64::from(n));
        cases.push(if n <= 50 {
            case.against("all different", f64::from(n))
        } else {
            case.against("all there are", 50.0)
        });
    }
    Oracle {
        stem: "first-chunks",
        title: "Chunks collected blindly: the occupancy problem",
        source: "Feller 1968, chapter IV",
        derivation: "N peers ask an origin for their first chunk of M = 50 at the same instant, knowing nothing of each other. A chunk is asked for by nobody with \
                     probability (1 − 1/M)^N, so M (1 − (1 − 1/M)^N) different ones are asked for. Rarest first sees every chunk equally rare, and does no better.",
        unit: "different chunks",
        x_title: Some("peers"),
        curve: Some(law),
        cases,
        remark: String::new(),
    }
}

pub fn union_of_parts(effort: Effort) -> Oracle {
    fn law(n: f64) -> f64 {
        64.0 * (1.0 - math::pow(0.75, n))
    }
    let mut cases = Vec::new();
    for n in [2u32, 4, 8, 12] {
        let runs = effort.over(60, 40, |seed| {
            let change = json!({
                "seed": seed, "stop": { "at": "10m" }, "file": { "size": 640, "max_chunk_size": 10 },
                "protocol": { "chunks_query_interval": "2s", "peer_list_interval": "2s" },
                "peers": [{ "group": "home", "count": n, "up": 10, "down": "unlimited", "initial_chunks": { "fraction": 0.25 } }]
            });
            let chunks: Vec<u32> = run(&with(&quiet(), change)).tables.sessions.iter().map(|row| row.chunks).collect();
            let (least, most) = (chunks.iter().min().expect("some"), chunks.iter().max().expect("some"));
            (f64::from(*most), f64::from(most - least))
        });
        let union = runs.iter().map(|run| run.0).collect();
        let case = Case::new(format!("{n} peers: chunks of each in the end"), Rule::Mean, law(f64::from(n)), union)
            .at(f64::from(n));
        cases.push(case.against("parts do not overlap, or all is there", f64::from(n * 16).min(64.0)));
        let differ = runs.iter().map(|run| run.1).collect();
        cases.push(Case::new(format!("{n} peers: greatest difference"), Rule::Exact, 0.0, differ));
    }
    Oracle {
        stem: "union-of-parts",
        title: "A swarm without an origin gathers what it has",
        source: "inclusion; Menasché et al. 2010",
        derivation: "Peers begin with a random quarter of 64 chunks each. A chunk is nobody's with probability 0.75^n, so the union has 64 (1 − 0.75^n), and in the end \
                     everyone has exactly the union.",
        unit: "chunks",
        x_title: Some("peers"),
        curve: Some(law),
        cases,
        remark: String::new(),
    }
}

pub fn idle_seeds(effort: Effort) -> Oracle {
    fn law(n: f64) -> f64 {
        20.0 * math::pow(0.95, n)
    }
    let mut cases = Vec::new();
    for n in [5u32, 10, 20, 40] {
        let idle = effort.over(60, 30, |seed| {
            let seeds = json!({ "group": "seeds", "count": 20, "initial_chunks": "all", "up": 10, "down": 10 });
            let change = json!({
                "seed": seed, "file": { "size": 100, "max_chunk_size": 100 }, "peers": [seeds, with(&home(n, 10), json!({ "arrival": { "kind": "at", "time": "10s" } }))],
                "network": { "latency": { "kind": "uniform", "min": "10ms", "max": "100ms" } }
            });
            let rows = run(&with(&quiet(), change)).tables.sessions;
            rows.iter().filter(|row| row.peer <= 20 && row.uploaded_bytes == 0).count() as f64
        });
        let case = Case::new(format!("{n} peers, 20 seeds"), Rule::Mean, law(f64::from(n)), idle).at(f64::from(n));
        cases.push(case.against("requests spread evenly", f64::from(20u32.saturating_sub(n))));
    }
    Oracle {
        stem: "idle-seeds",
        title: "Unlucky sources: uplinks that nobody asks",
        source: "balls in bins",
        derivation: "N peers want the one chunk that S = 20 seeds have, and each asks the one that answers first, which is any of them alike, since latencies are drawn: a seed is asked by nobody with probability (1 − 1/S)^N. This is why \
                     uplinks idle while requests wait elsewhere.",
        unit: "idle seeds",
        x_title: Some("peers"),
        curve: Some(law),
        cases,
        remark: String::new(),
    }
}
