//! Swarms whose peers come and go.

use crate::common::{origin, quiet, run, secs, with};
use crate::oracle::{Case, Effort, Oracle, Rule};
use serde_json::{Value, json};

pub fn open_swarm(effort: Effort) -> Oracle {
    let end_s = effort.of(6_000, 3_000);
    let (from, end) = (secs(end_s / 5), secs(end_s));
    let runs = effort.over(12, 6, |seed| {
        let change = json!({
            "seed": seed, "stop": { "at": end_s, "when": "time" }, "file": { "size": 1_000, "max_chunk_size": 10 },
            "tracker": { "entry_ttl": "25s", "sweep_interval": "5s" },
            "protocol": { "active_proof_interval": "10s", "peer_list_interval": "5s", "chunks_query_interval": "2s" },
            "peers": [
                origin(10),
                { "group": "home", "count": null, "up": 10, "down": "unlimited",
                  "arrival": { "kind": "poisson", "rate_per_s": 0.5 },
                  "after_completion": { "kind": "linger", "for": { "kind": "exponential", "mean": 50 } } }
            ]
        });
        let (mut lingering, mut time, mut completed) = (0u64, 0.0, 0u32);
        for row in run(&with(&quiet(), change)).tables.sessions.iter().skip(1) {
            let Some(done) = row.completed else { continue };
            let left = row.departed.map_or(end, |at| at.as_nanos()).clamp(from, end);
            lingering += left - done.as_nanos().clamp(from, end);
            if row.arrived.as_nanos() >= from {
                time += (done - row.arrived).as_secs_f64();
                completed += 1;
            }
        }
        (lingering as f64 / (end - from) as f64, time / f64::from(completed))
    });
    let seeds = runs.iter().map(|run| run.0).collect();
    let means: Vec<f64> = runs.iter().map(|run| run.1).collect();
    let eta = 48.0 / (means.iter().sum::<f64>() / means.len() as f64);
    Oracle {
        stem: "open-swarm",
        title: "An open swarm: lingering seeds, and the least mean download",
        source: "Qiu and Srikant 2004",
        derivation: "Peers come at λ = 0.5/s, fetch M = 100 chunks, and linger for 1/γ = 50 s: λ/γ = 25 seeds linger. Each chunk acquired left an uplink: λM = u_s + u \
                     (η x + y) with x downloading and y lingering, u = u_s = 1 chunk/s; so the mean download, x/λ, is (1 − S/λ − μ/γ) / (μη) = 48 s / η, and η ≤ 1.",
        unit: "",
        x_title: None,
        curve: None,
        cases: vec![
            Case::new("lingering seeds", Rule::Mean, 25.0, seeds)
                .against("1/γ taken for the half-life", 25.0 / std::f64::consts::LN_2),
            Case::new("mean download, s", Rule::AtLeast, 48.0, means),
        ],
        remark: format!(
            "So η = {eta:.3}: uplinks that idle (through stale knowledge, unlucky sources and requests that wait in another's queue) count against it. A \
             scheduler that knows everything would have about 0.97."
        ),
    }
}

/// A club of peers that lack chunk 0 alone, newcomers at a rate, all of whom leave once complete, and an origin of one chunk a second.
fn one_club(seed: u32, club: u32, rate_per_s: f64) -> Value {
    with(
        &quiet(),
        json!({
            "seed": seed, "stop": { "at": "250s", "when": "time" },
            "network": { "latency": { "kind": "uniform", "min": "10ms", "max": "100ms" } },
            "tracker": { "entry_ttl": "10s", "sweep_interval": "2s" },
            "protocol": { "active_proof_interval": "4s", "peer_list_interval": "2s", "chunks_query_interval": "1s" },
            "peers": [
                origin(10),
                { "group": "club", "count": club, "up": 10, "down": "unlimited", "initial_chunks": { "all_but": [0] }, "after_completion": "leave" },
                { "group": "newcomers", "count": null, "up": 10, "down": "unlimited", "after_completion": "leave",
                  "arrival": { "kind": "poisson", "rate_per_s": rate_per_s } }
            ]
        }),
    )
}

pub fn missing_chunk(effort: Effort) -> Oracle {
    fn law(rate: f64) -> f64 {
        rate - 1.0
    }
    let mut cases = Vec::new();
    for (rate, club) in [(0.25, 300), (0.5, 300), (1.0, 200), (2.0, 200)] {
        let slopes = effort.over(20, 10, |seed| {
            let rows = run(&one_club(seed, club, rate)).tables.sessions;
            let there = |at: u64| {
                let present = rows
                    .iter()
                    .filter(|row| row.arrived.as_nanos() <= at && row.departed.is_none_or(|left| left.as_nanos() > at));
                present.count() as f64
            };
            (there(secs(250)) - there(secs(50))) / 200.0
        });
        let case = Case::new(format!("arrivals at {rate}/s"), Rule::Mean, law(rate), slopes).at(rate);
        cases.push(case.against("who gets it passes it on", rate - 2.0));
    }
    Oracle {
        stem: "missing-piece",
        title: "The missing chunk: stable iff the origin outpaces arrivals",
        source: "Hajek and Zhu 2010; Massoulié and Vojnović 2005",
        derivation: "A large club lacks the same one chunk, and whoever is complete leaves at once. Newcomers get everything else from the club and join it; only the \
                     origin (u_s = 1 chunk/s) lets members out. So the population drifts by λ − u_s a second: it melts if λ < u_s and grows without end if λ > u_s. From 50 to 250 s.",
        unit: "peers/s",
        x_title: Some("arrivals (peers/s)"),
        curve: Some(law),
        cases,
        remark: "With lingering seeds theory puts the threshold at u_s / (1 − μ/γ). That is not comparable here: a request waits where it was sent, so the club's \
                 requests stay in the origin's queue, and seeds that linger are asked by newcomers alone."
            .into(),
    }
}
