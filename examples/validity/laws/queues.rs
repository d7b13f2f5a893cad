//! The origin's uplink as a server of a queue.

use crate::common::{Rec, quiet, record, run, with};
use crate::oracle::{Case, Effort, Oracle, Rule};
use serde_json::{Value, json};
use swarmsim::swarm::MessageKind;

/// Peers come by a Poisson process, fetch the one chunk (1 s at the origin's uplink), and leave; none of them uploads. Without latency the
/// request is there when the peer is.
fn one_server(sharing: &str, load: f64, peers: u32, seed: u32) -> Value {
    with(
        &quiet(),
        json!({
            "seed": seed, "stop": { "at": "2000h" }, "file": { "size": 10 },
            "protocol": { "active_proof_interval": "2s", "chunks_query_interval": "1000h", "peer_list_interval": "1000h" },
            "tracker": { "entry_ttl": "4s", "sweep_interval": "2s" }, "network": { "sharing": sharing },
            "peers": [
                { "group": "origin", "initial_chunks": "all", "up": 10, "down": "unlimited" },
                { "group": "clients", "count": peers, "up": "unlimited", "down": "unlimited", "after_completion": "leave",
                  "arrival": { "kind": "poisson", "rate_per_s": load } }
            ],
            "output": { "sample_interval": "100h" }
        }),
    )
}

pub fn uplink(effort: Effort) -> Oracle {
    let peers = effort.of(20_000, 10_000);
    let mut cases = Vec::new();
    for load in [0.5, 0.8] {
        let response = |sharing: &'static str| {
            effort.over(20, 8, move |seed| {
                run(&one_server(sharing, load, peers, seed)).summary.completion.mean_s.expect("all complete")
            })
        };
        let wait = response("fifo").into_iter().map(|response| response - 1.0).collect();
        let in_turn = load / (2.0 * (1.0 - load));
        let case = Case::new(format!("mean wait in turn, ρ = {load}"), Rule::Mean, in_turn, wait);
        cases.push(case.against("M/M/1", 2.0 * in_turn));
        let shared = Case::new(
            format!("mean response shared, ρ = {load}"),
            Rule::Mean,
            1.0 / (1.0 - load),
            response("equal-share"),
        );
        cases.push(shared.against("M/D/1", 1.0 + in_turn));
    }
    Oracle {
        stem: "uplink-queue",
        title: "An uplink is an M/D/1 queue, or processor sharing",
        source: "Pollaczek and Khinchine; Kleinrock 1976",
        derivation: "Poisson requests of load ρ for chunks of c = 1 s. In turn (`fifo`) they wait c ρ / (2 (1 − ρ)) on average; sharing (`equal-share`) they \
                     take c / (1 − ρ), whatever the distribution of sizes.",
        unit: "s",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

/// What a tape tells of the origin's uplink: the integral of the requests there over time, in seconds, and the lengths of its busy periods.
fn server(scenario: &Value) -> (f64, Vec<f64>, f64) {
    let (outcome, tape) = record(scenario);
    let (mut inside, mut area, mut last, mut begun) = (0u64, 0u128, 0, 0);
    let mut busy = Vec::new();
    for (at, rec) in &tape.records {
        let change = match rec {
            Rec::Send { kind: MessageKind::FetchChunkResponse, .. } => 1,
            Rec::Upload { .. } => -1,
            _ => continue,
        };
        area += u128::from(inside) * u128::from(at - last);
        last = *at;
        if inside == 0 {
            begun = *at;
        }
        inside = inside.checked_add_signed(change).expect("what leaves has come");
        if inside == 0 {
            busy.push((at - begun) as f64 / 1e9);
        }
    }
    let summary = outcome.summary;
    let sojourns = summary.completion.mean_s.expect("all complete") * summary.completion.completed as f64;
    (area as f64 / 1e9, busy, sojourns)
}

pub fn little(effort: Effort) -> Oracle {
    let peers = effort.of(4_000, 2_000);
    let mut cases = Vec::new();
    for (load, sharing) in [(0.5, "fifo"), (0.5, "equal-share"), (0.7, "fifo")] {
        let runs = effort.over(20, 8, |seed| {
            let scenario = one_server(sharing, load, peers, seed);
            let (area, busy, sojourns) = server(&scenario);
            let utilization = run(&scenario).summary.network.mean_uplink_utilisation.expect("the origin is there");
            (area / sojourns, busy.iter().sum::<f64>() / busy.len() as f64, utilization)
        });
        let column = |pick: fn(&(f64, f64, f64)) -> f64| runs.iter().map(pick).collect::<Vec<f64>>();
        let setting = format!("ρ = {load}, `{sharing}`");
        cases.push(Case::new(format!("L / λW, {setting}"), Rule::Exact, 1.0, column(|run| run.0)));
        let busy =
            Case::new(format!("mean busy period, s, {setting}"), Rule::Mean, 1.0 / (1.0 - load), column(|run| run.1));
        cases.push(busy.against("a single service", 1.0));
        let utilization = Case::new(format!("share of time busy, {setting}"), Rule::Mean, load, column(|run| run.2));
        cases.push(utilization.against("1 − ρ, or a load off by 10 %", if load == 0.5 { 0.55 } else { 1.0 - load }));
    }
    Oracle {
        stem: "little",
        title: "Little's law, busy periods and utilization of an uplink",
        source: "Little 1961; Kleinrock 1975",
        derivation: "The same server. L, the mean number of requests at the uplink, is taken from messages and uploads; λW, the sojourns over time, from the \
                     table of peers: L = λW exactly. An uplink that never idles while there is work is busy for ρ of the time, and for c / (1 − ρ) at \
                     a stretch, in whatever order it serves.",
        unit: "",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}
