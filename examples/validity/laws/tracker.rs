//! The tracker's list: how long who left stays on it, who falls off it, who is told of whom.

use crate::common::tape::Carried;
use crate::common::{Rec, quiet, record, run, secs, with};
use crate::oracle::{Case, Effort, Oracle, Rule};
use serde_json::{Value, json};
use swarmsim::metrics::ExpiryRow;
use swarmsim::sim::math;
use swarmsim::swarm::MessageKind;

/// Complete peers, who do nothing but prove that they are active.
fn seeds(seed: u32, change: Value, group: Value) -> Value {
    let seeds = json!({ "group": "seeds", "initial_chunks": "all", "up": 10, "down": 10 });
    let mut seeds = with(&seeds, group.clone());
    if group.get("count") == Some(&Value::Null) {
        seeds["count"] = Value::Null;
    }
    with(&with(&quiet(), json!({ "seed": seed, "peers": [seeds], "stop": { "when": "time" } })), change)
}

/// T = 30 s, h = 10 s, s = 5 s.
fn expiring(until_s: u32, latency: &str) -> Value {
    json!({
        "stop": { "at": until_s }, "tracker": { "entry_ttl": "30s", "sweep_interval": "5s" },
        "protocol": { "active_proof_interval": "10s" }, "network": { "latency": latency }
    })
}

fn lags_s(rows: &[ExpiryRow]) -> Vec<f64> {
    rows.iter().filter_map(|row| Some((row.discarded - row.departed?).as_secs_f64())).collect()
}

/// The mean age of the last proof when a session of mean m ends, that is, of an exponential variable modulo h.
fn mean_age(m: f64, h: f64) -> f64 {
    m - h / (math::exp(h / m) - 1.0)
}

pub fn detection_lag(effort: Effort) -> Oracle {
    let group = json!({
        "count": 1000, "arrival": { "kind": "uniform", "from": 0, "until": "3000s" },
        "session": { "kind": "exponential", "mean": 1000 }
    });
    let runs = effort.over(20, 8, |seed| {
        let lags = lags_s(&run(&seeds(seed, expiring(30_000, "50ms"), group.clone())).tables.expiries);
        assert_eq!(lags.len(), 1000, "all have left and are forgotten");
        let mean = lags.iter().sum::<f64>() / 1000.0;
        let variance = lags.iter().map(|lag| (lag - mean) * (lag - mean)).sum::<f64>() / 999.0;
        let least = lags.iter().copied().fold(f64::INFINITY, f64::min);
        (mean, variance, least, lags.iter().copied().fold(0.0, f64::max))
    });
    let column = |pick: fn(&(f64, f64, f64, f64)) -> f64| runs.iter().map(pick).collect::<Vec<f64>>();
    let mean = 30.05 - mean_age(1000.0, 10.0) + 2.5;
    let cases = vec![
        Case::new("mean", Rule::Mean, mean, column(|run| run.0))
            .against("the wait for the sweep forgotten", mean - 2.5),
        Case::new("variance, s²", Rule::Mean, 125.0 / 12.0, column(|run| run.1))
            .against("that of the proofs alone", 100.0 / 12.0),
        Case::new("least", Rule::AtLeast, 30.05 - 10.1, column(|run| run.2)),
        Case::new("T + d + s − greatest", Rule::AtLeast, 0.0, column(|run| 35.05 - run.3)),
    ];
    Oracle {
        stem: "detection-lag",
        title: "How long the tracker takes to notice who left",
        source: "renewal theory",
        derivation: "T = 30 (`entry_ttl`), h = 10 (proofs), s = 5 (sweeps), d = 0.05 (latency), sessions exponential with mean m = 1000 s. The lag is T + d − (age of \
                     the last proof) + (wait for the sweep): between T + d − h − 2d and T + d + s. The age is a session modulo h, with mean m − h / (e^(h/m) − 1); the \
                     sweep's phase is uniform. Variance: (h² + s²) / 12.",
        unit: "s",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

pub fn strict_expiry(_: Effort) -> Oracle {
    let mut cases = Vec::new();
    for (leaves, discarded) in [("9.999s", 35.0), ("10s", 45.0), ("42s", 75.0), ("50s", 85.0)] {
        let rows = run(&seeds(1, expiring(100, "0s"), json!({ "session": leaves }))).tables.expiries;
        let measured = rows.iter().map(|row| row.discarded.as_secs_f64()).collect();
        let case = Case::new(format!("left at {leaves}"), Rule::Exact, discarded, measured);
        cases.push(case.against("a sweep at the expiry itself", discarded - 5.0));
    }
    Oracle {
        stem: "strict-expiry",
        title: "An entry ends at the first sweep strictly after its expiry",
        source: "the protocol",
        derivation: "T = 30, h = 10, s = 5, no latency, Join at 0. Who leaves at 9.999 has proved nothing since 0: expiry 30, discarded at 35. At 10 the proof of that \
                     instant is still sent: 40, so 45. At 42 the last was that of 40: 70, so 75; at 50: 80, so 85.",
        unit: "s",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

pub fn ghosts(effort: Effort) -> Oracle {
    let mut cases = Vec::new();
    for m in [100.0, 300.0] {
        let lag = 30.05 - mean_age(m, 10.0) + 2.5;
        let group = json!({
            "count": null, "arrival": { "kind": "poisson", "rate_per_s": 1 }, "session": { "kind": "exponential", "mean": m }
        });
        let (from, until) = (secs(3_000), secs(effort.of(8_000, 6_000)));
        let runs = effort.over(20, 10, |seed| {
            let rows = run(&seeds(seed, expiring((until / 1_000_000_000) as u32 + 100, "50ms"), group.clone()))
                .tables
                .expiries;
            let stale = rows.iter().filter_map(|row| {
                let left = row.departed?.max(row.listed).as_nanos().clamp(from, until);
                Some(row.discarded.as_nanos().clamp(from, until) - left)
            });
            stale.sum::<u64>() as f64 / (until - from) as f64
        });
        let case = Case::new(format!("stale entries, mean session {m} s"), Rule::Mean, lag, runs);
        cases.push(case.against("T alone, since the last proof", 30.0));
    }
    Oracle {
        stem: "ghosts",
        title: "Ghosts on the list, by Little's law",
        source: "Little 1961",
        derivation: "Peers come, and so leave, at rate 1, and each stays listed for the mean lag of the law before last: so many entries are stale. From 3,000 s on.",
        unit: "entries",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

pub fn false_expiries(effort: Effort) -> Oracle {
    let lossy = |seed: u32, ttl_s: u32, loss: f64| {
        let change = json!({
            "stop": { "at": "2100s" }, "tracker": { "entry_ttl": ttl_s, "sweep_interval": "1s" },
            "protocol": { "active_proof_interval": "10s" }, "network": { "loss": loss }
        });
        run(&seeds(seed, change, json!({ "count": 500, "arrival": { "kind": "uniform", "from": 0, "until": "10s" } })))
    };
    let mut cases = Vec::new();
    for (k, n) in [(1i32, 12), (2, 20), (3, 40)] {
        let rates = effort.over(n, n / 2, |seed| {
            let outcome = lossy(seed, 10 * k as u32 + 5, 0.1);
            assert_eq!(outcome.summary.expiry.false_expiries, outcome.summary.expiry.entries_expired, "nobody leaves");
            // A hundred and ninety proofs of each peer fall into this window.
            let window = secs(100)..secs(2_000);
            let rows = outcome.tables.expiries.iter().filter(|row| window.contains(&row.last_proof.as_nanos()));
            rows.count() as f64 / (500.0 * 190.0) * 1e3
        });
        let expected = math::pow(0.1, f64::from(k)) * 0.9 * 1e3;
        let case = Case::new(format!("entry_ttl {} s: k = {k}", 10 * k + 5), Rule::Mean, expected, rates);
        cases.push(case.against("p^k, heard or not before", expected / 0.9));
    }
    let none = effort.over(2, 2, |seed| lossy(seed, 25, 0.0).summary.expiry.entries_expired as f64);
    cases.push(Case::new("no loss", Rule::Exact, 0.0, none));
    Oracle {
        stem: "false-expiries",
        title: "Living peers struck off for lost proofs",
        source: "renewal theory",
        derivation: "An entry outlives k − 1 lost proofs but not k = ⌊T / h⌋ in a row (T = 10k + 5, h = 10, sweeps each second, loss p = 0.1); the next proof heard lists \
                     the peer again. A false expiry is a proof heard and k after it that are not: p^k (1 − p) per proof interval.",
        unit: "per 1000 proofs",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

pub fn lost_proofs(effort: Effort) -> Oracle {
    let mut cases = Vec::new();
    for p in [0.1, 0.5] {
        let runs = effort.over(200, 100, |seed| {
            let change = json!({
                "stop": { "at": "505s" }, "tracker": { "entry_ttl": "2h" },
                "protocol": { "active_proof_interval": "10s", "request_timeout": "1ms" }, "network": { "loss": p }
            });
            let proofs = run(&seeds(seed, change, json!({ "count": 100 }))).summary.requests.active_proof;
            assert_eq!(proofs.sent, proofs.answered + proofs.lost, "nothing is in flight");
            (proofs.sent as f64, proofs.lost as f64)
        });
        // All join within a second or so: 50 proofs each.
        assert!(runs.iter().all(|run| run.0 == 5000.0), "{:?}", runs[0]);
        let (mean, variance) = (5000.0 * p, 5000.0 * p * (1.0 - p));
        let lost: Vec<f64> = runs.iter().map(|run| run.1).collect();
        let spread = lost.iter().map(|n| (n - mean) * (n - mean)).collect();
        cases.push(
            Case::new(format!("proofs lost of 5,000, p = {p}"), Rule::Mean, mean, lost)
                .against("lost either way", 5000.0 * (1.0 - (1.0 - p) * (1.0 - p))),
        );
        let case = Case::new(format!("their variance, p = {p}"), Rule::Mean, variance, spread);
        cases.push(if p == 0.5 { case.against("Poisson's", mean) } else { case.against("none: a fixed share", 0.0) });
    }
    Oracle {
        stem: "lost-proofs",
        title: "Lost proofs are binomial",
        source: "Bernoulli trials",
        derivation: "100 peers send 50 proofs each, and each is lost with probability p independently: n p on average, with variance n p (1 − p).",
        unit: "proofs",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

pub fn join_retries(effort: Effort) -> Oracle {
    fn law(p: f64) -> f64 {
        10.0 * (1.0 / ((1.0 - p) * (1.0 - p)) - 1.0)
    }
    let mut cases = Vec::new();
    for p in [0.05, 0.1, 0.2, 0.3, 0.5] {
        let means = effort.over(12, 6, |seed| {
            let change = json!({
                "stop": { "at": "2000s" }, "protocol": { "request_timeout": "10s" }, "network": { "loss": p }
            });
            let rows = run(&seeds(seed, change, json!({ "count": 1000 }))).tables.sessions;
            let waits = rows.iter().map(|row| (row.member.expect("all have joined") - row.arrived).as_secs_f64());
            waits.sum::<f64>() / 1000.0
        });
        let case = Case::new(format!("mean time to join, loss {p}"), Rule::Mean, law(p), means).at(p);
        cases.push(case.against("answers are never lost", 10.0 * (1.0 / (1.0 - p) - 1.0)));
    }
    Oracle {
        stem: "join-retries",
        title: "Joins that are lost are sent again",
        source: "geometric distribution",
        derivation: "A Join succeeds if neither request nor answer is lost, with probability q = (1 − p)²; else it is sent again after R = 10 s. Tries are geometric: \
                     R (1/q − 1) on average.",
        unit: "s",
        x_title: Some("loss"),
        curve: Some(law),
        cases,
        remark: String::new(),
    }
}

pub fn sampled_lists(effort: Effort) -> Oracle {
    let (n, k) = (41u32, 5u32);
    let runs = effort.over(20, 10, |seed| in_degrees(seed, n, k));
    let mean = runs.iter().map(|run| run.0).collect();
    let variance = runs.iter().map(|run| run.1).collect();
    let share = f64::from(k) / f64::from(n - 1);
    let cases = vec![
        Case::new("lists that name a peer: mean", Rule::Exact, f64::from(k), mean),
        Case::new("variance", Rule::Mean, f64::from(n - 1) * share * (1.0 - share), variance)
            .against("with repetition", f64::from(k)),
    ];
    Oracle {
        stem: "sampled-lists",
        title: "Sampled lists name everyone equally often",
        source: "binomial distribution",
        derivation: "41 peers; each answer names 5 of the other 40, without repetition. A peer is named by each of 40 others with probability 1/8: 5 times on average, \
                     with variance 40 · 1/8 · 7/8 = 4.375.",
        unit: "",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

/// Over rounds in which everyone gets a list of k: mean and mean variance of how many lists name a peer.
fn in_degrees(seed: u32, n: u32, k: u32) -> (f64, f64) {
    let rounds = 20;
    let change = json!({
        "seed": seed, "stop": { "at": "206s", "when": "time" }, "tracker": { "max_peers_returned": k },
        "protocol": { "peer_list_interval": "10s" },
        "peers": [{ "group": "home", "count": n, "up": 10, "down": 10 }]
    });
    let (_, tape) = record(&with(&quiet(), change));
    let mut named = vec![vec![0u32; n as usize]; rounds];
    for (at, rec) in &tape.records {
        if let Rec::Send { kind: MessageKind::PeerListResponse, body: Carried::Peers(_, Some(peers)), .. } = rec {
            let round = (at / secs(10)) as usize - 1;
            peers.iter().for_each(|&peer| named[round][peer as usize - 1] += 1);
        }
    }
    let of_round = |counts: &Vec<u32>| {
        let mean = f64::from(counts.iter().sum::<u32>()) / f64::from(n);
        let squares = counts.iter().map(|&count| (f64::from(count) - mean) * (f64::from(count) - mean));
        (mean, squares.sum::<f64>() / f64::from(n))
    };
    let all: Vec<(f64, f64)> = named.iter().map(of_round).collect();
    let average = |pick: fn(&(f64, f64)) -> f64| all.iter().map(pick).sum::<f64>() / rounds as f64;
    (average(|round| round.0), average(|round| round.1))
}
