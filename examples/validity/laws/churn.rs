//! Who is there, and for how long.

use crate::common::{Rec, origin, quiet, record, run, with};
use crate::oracle::{Case, Effort, Oracle, Rule};
use serde_json::{Value, json};
use swarmsim::sim::math;
use swarmsim::swarm::StopReason;

/// Complete peers that come by a Poisson process and stay for a session.
fn visitors(rate_per_s: f64, session: &Value, until_s: u32, seed: u32) -> Value {
    let group = json!({
        "group": "peers", "count": null, "initial_chunks": "all", "up": 10, "down": 10,
        "arrival": { "kind": "poisson", "rate_per_s": rate_per_s }, "session": session
    });
    with(&quiet(), json!({ "seed": seed, "stop": { "at": until_s, "when": "time" }, "peers": [group] }))
}

fn exponential(mean_s: f64) -> Value {
    json!({ "kind": "exponential", "mean": mean_s })
}

/// Who is there at an instant, by the table of peers.
fn there_at(outcome: &crate::common::Outcome, at_s: f64) -> f64 {
    let nanos = (at_s * 1e9) as u64;
    let is_there = |row: &&swarmsim::metrics::SessionRow| {
        row.arrived.as_nanos() <= nanos && row.departed.is_none_or(|left| left.as_nanos() > nanos)
    };
    outcome.tables.sessions.iter().filter(is_there).count() as f64
}

pub fn population(effort: Effort) -> Oracle {
    // The mean of a Weibull distribution is scale * Gamma(1 + 1 / shape); Gamma(2.694915) = 1.538402.
    let scale = 100.0 / 1.538_402;
    let sessions = [
        ("exponential", exponential(100.0), ("the mean taken for the half-life", 100.0 / std::f64::consts::LN_2)),
        ("constant", json!(100), ("a session more in 20", 105.0)),
        (
            "Weibull, shape 0.59",
            json!({ "kind": "weibull", "shape": 0.59, "scale": scale }),
            ("its scale taken for its mean", scale),
        ),
    ];
    let (from, until) = (4e12 as u64, effort.of(24e12 as u64, 10e12 as u64));
    let mut cases = Vec::new();
    for (name, session, mistake) in sessions {
        let mean = effort.over(10, 8, |seed| {
            let rows = run(&visitors(1.0, &session, (until / 1_000_000_000) as u32, seed)).tables.sessions;
            let inside = rows.iter().map(|row| {
                let left = row.departed.map_or(until, |at| at.as_nanos()).clamp(from, until);
                left - row.arrived.as_nanos().clamp(from, until)
            });
            inside.sum::<u64>() as f64 / (until - from) as f64
        });
        cases.push(Case::new(format!("sessions {name}"), Rule::Mean, 100.0, mean).against(mistake.0, mistake.1));
    }
    Oracle {
        stem: "population",
        title: "The population is that of an M/G/∞ queue",
        source: "Little; Takács 1962",
        derivation: "Peers come at rate 1 and stay for 100 s on average: 100 are there, whatever the distribution of sessions. From 4,000 s on.",
        unit: "peers",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

pub fn transient(effort: Effort) -> Oracle {
    fn law(t: f64) -> f64 {
        100.0 * (1.0 - math::exp(-t / 100.0))
    }
    let runs = effort.over(120, 60, |seed| {
        let outcome = run(&visitors(1.0, &exponential(100.0), 401, seed));
        [25.0, 50.0, 100.0, 200.0, 400.0].map(|t| (t, there_at(&outcome, t)))
    });
    let mut cases = Vec::new();
    for i in 0..5 {
        let t = runs[0][i].0;
        let there: Vec<f64> = runs.iter().map(|run| run[i].1).collect();
        let spread = there.iter().map(|n| (n - law(t)) * (n - law(t))).collect();
        let case = Case::new(format!("mean at {t} s"), Rule::Mean, law(t), there).at(t);
        cases.push(if t < 400.0 { case.against("nobody leaves", t) } else { case });
        let spread = Case::new(format!("variance at {t} s"), Rule::Mean, law(t), spread);
        let paced = law(t) - 50.0 * (1.0 - math::exp(-t / 50.0));
        cases.push(if t == 50.0 { spread.against("arrivals at a fixed pace", paced) } else { spread });
    }
    // What is at a fixed pace has the variance of the survivors alone: m/2 (1 - e^(-2t/m)) less than Poisson's.
    Oracle {
        stem: "transient",
        title: "An empty swarm fills like an M/M/∞ queue",
        source: "Takács 1962",
        derivation: "Arrivals at rate 1, exponential sessions of mean m = 100 s, nobody there at 0. Who came at s is there at t with probability e^(−(t−s)/m), and \
                     thinning a Poisson process gives one: the number is Poisson with mean, and variance, m (1 − e^(−t/m)).",
        unit: "peers",
        x_title: Some("time (s)"),
        curve: Some(law),
        cases,
        remark: String::new(),
    }
}

pub fn identities(effort: Effort) -> Oracle {
    let mut cases = Vec::new();
    for sharing in ["none", "fifo", "equal-share", "max-min"] {
        let runs = effort.over(12, 4, |seed| {
            let change = json!({
                "seed": seed, "stop": { "at": "1h", "when": "empty" }, "file": { "size": 5_000, "max_chunk_size": 300 },
                "tracker": { "entry_ttl": "20s", "sweep_interval": "3s" }, "strategy": { "kind": "random", "endgame": true },
                "protocol": { "active_proof_interval": "7s", "chunks_query_interval": "2s", "failure_detection": "1s" },
                "network": { "sharing": sharing, "latency": { "kind": "lognormal", "median": "300ms", "sigma": 0.7 }, "loss": 0.02 },
                "peers": [
                    { "group": "origin", "count": 2, "initial_chunks": "all", "up": 400, "down": 900, "session": "60s" },
                    { "group": "home", "count": 25, "up": 150, "down": 600, "session": exponential(40.0),
                      "arrival": { "kind": "poisson", "rate_per_s": 1 }, "after_completion": "leave",
                      "rejoin": { "probability": 0.5, "after": "5s", "keep_chunks": true } }
                ]
            });
            let (outcome, tape) = record(&with(&quiet(), change));
            assert_eq!(outcome.reason, StopReason::Empty);
            let (mut there, mut area, mut last) = (0u64, 0u64, 0u64);
            for (at, rec) in &tape.records {
                area += there * (at - last);
                last = *at;
                there = match rec {
                    Rec::Arrive { .. } => there + 1,
                    Rec::Depart { .. } => there - 1,
                    _ => there,
                };
            }
            let rows = &outcome.tables.sessions;
            let sojourns: u64 = rows.iter().map(|row| (row.departed.expect("all left") - row.arrived).as_nanos()).sum();
            let sent: u64 = rows.iter().map(|row| row.uploaded_bytes).sum();
            let had: u64 = rows.iter().map(|row| row.downloaded_bytes + row.wasted_bytes).sum();
            let wasted = outcome.summary.network.wasted_bytes;
            assert!(wasted > 0, "nothing was cut, so there is nothing to see");
            (area as f64 / sojourns as f64, had as f64 / sent as f64, 1.0 - wasted as f64 / sent as f64)
        });
        let area = runs.iter().map(|run| run.0).collect();
        cases.push(Case::new(format!("∫ population dt / Σ sojourns, `{sharing}`"), Rule::Exact, 1.0, area));
        let bytes = runs.iter().map(|run| run.1).collect();
        let case = Case::new(format!("(received + cut) / sent, `{sharing}`"), Rule::Exact, 1.0, bytes);
        cases.push(case.against("without those cut", runs[0].2));
    }
    Oracle {
        stem: "identities",
        title: "Sojourns and bytes add up",
        source: "identities",
        derivation: "Swarms that end empty, with churn, losses, returns and transfers that break off: the integral of the population is the sum of the \
                     sojourns, and what left uplinks was received or in vain.",
        unit: "",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

pub fn busy_periods(effort: Effort) -> Oracle {
    let (rate, m) = (0.02, 50.0);
    let mut cases = Vec::new();
    for (name, session) in [("exponential", exponential(m)), ("constant", json!(m))] {
        let runs = effort.over(20, 12, |seed| available(&visitors(rate, &session, effort.of(40_000, 20_000), seed)));
        let empty = runs.iter().map(|run| run.0).collect();
        let case =
            Case::new(format!("share of time without a seed, sessions {name}"), Rule::Mean, math::exp(-1.0), empty);
        cases.push(case.against("one server, 1 / (1 + ρ)", 0.5));
        let periods = runs.iter().map(|run| run.1 / ((math::exp(1.0) - 1.0) / rate)).collect();
        let case = Case::new(format!("mean time available / law (85.9 s), sessions {name}"), Rule::Mean, 1.0, periods);
        cases.push(case.against("a single session", m * rate / (math::exp(1.0) - 1.0)));
    }
    Oracle {
        stem: "busy-periods",
        title: "How long content stays available without an origin",
        source: "Menasché et al. 2009; Takács 1962",
        derivation: "Seeds come at rate λ = 0.02 and stay m = 50 s on average, ρ = λm = 1. The file is to be had while one is there: the busy period of an \
                     M/G/∞ queue. Nobody is there for e^(−ρ) of the time, and idle periods last 1/λ; so busy ones last (e^ρ − 1) / λ = 85.9 s, whatever \
                     the distribution of sessions.",
        unit: "",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}

/// The share of the time at which nobody is there, and the mean length of the periods, ended within the run, in which somebody is.
fn available(scenario: &Value) -> (f64, f64) {
    let (outcome, tape) = record(scenario);
    let (mut there, mut since, mut empty) = (0u32, 0u64, 0u64);
    let mut periods = Vec::new();
    for (at, rec) in &tape.records {
        match rec {
            Rec::Arrive { .. } => {
                if there == 0 {
                    empty += at - since;
                    since = *at;
                }
                there += 1;
            }
            Rec::Depart { .. } => {
                there -= 1;
                if there == 0 {
                    periods.push((at - since) as f64 / 1e9);
                    since = *at;
                }
            }
            _ => {}
        }
    }
    let end = outcome.summary.end_time_s;
    let rest = if there == 0 { end - since as f64 / 1e9 } else { 0.0 };
    ((empty as f64 / 1e9 + rest) / end, periods.iter().sum::<f64>() / periods.len() as f64)
}

pub fn last_of_n(effort: Effort) -> Oracle {
    fn law(n: f64) -> f64 {
        1000.0 * (n - 1.0) / (n + 1.0)
    }
    let mut cases = Vec::new();
    for n in [2u32, 5, 10, 20] {
        let makespans = effort.over(100, 60, |seed| {
            let home = json!({ "group": "home", "count": n, "up": "unlimited", "down": "unlimited",
                               "arrival": { "kind": "uniform", "from": 0, "until": "1000s" } });
            let peers = json!([with(&origin(10), json!({ "up": "unlimited" })), home]);
            run(&with(&quiet(), json!({ "seed": seed, "peers": peers })))
                .summary
                .completion
                .makespan_s
                .expect("all complete")
        });
        let n = f64::from(n);
        let case = Case::new(format!("first arrival to last completion, N = {n}"), Rule::Mean, law(n), makespans).at(n);
        cases.push(case.against("N / (N + 1), from 0 on", 1000.0 * n / (n + 1.0)));
    }
    Oracle {
        stem: "last-of-n",
        title: "The last of N uniform arrivals",
        source: "order statistics",
        derivation: "N peers arrive at independent uniform instants of [0, T], T = 1000 s; links are unlimited, so each completes when it comes. First and last are \
                     T / (N + 1) and N T / (N + 1) on average: the makespan is T (N − 1) / (N + 1).",
        unit: "s",
        x_title: Some("peers"),
        curve: Some(law),
        cases,
        remark: String::new(),
    }
}

pub fn abandoned(effort: Effort) -> Oracle {
    fn law(m: f64) -> f64 {
        math::exp(-100.0 / m)
    }
    let mut cases = Vec::new();
    for m in [30.0, 50.0, 100.0, 200.0, 400.0] {
        let shares = effort.over(20, 10, |seed| {
            let home = json!({ "group": "home", "count": 500, "up": 10, "down": 10, "session": exponential(m) });
            let change = json!({
                "seed": seed, "file": { "size": 1000, "max_chunk_size": 1000 }, "network": { "sharing": "none" },
                "peers": [origin(10), home], "stop": { "at": "101s", "when": "time" }
            });
            run(&with(&quiet(), change)).summary.peers.completed as f64 / 500.0
        });
        let case = Case::new(format!("share that completes, mean session {m} s"), Rule::Mean, law(m), shares).at(m);
        cases.push(if m <= 200.0 { case.against("an exponential download", m / (m + 100.0)) } else { case });
    }
    Oracle {
        stem: "abandoned",
        title: "Who gives up before it is done",
        source: "arithmetic",
        derivation: "Every download takes 100 s (no contention, one chunk), and sessions are exponential with mean m: e^(−100/m) of the peers complete.",
        unit: "",
        x_title: Some("mean session (s)"),
        curve: Some(law),
        cases,
        remark: String::new(),
    }
}

pub fn arrivals(effort: Effort) -> Oracle {
    let count = |arrival: Value, until_s: u32| {
        effort.over(80, 40, move |seed| {
            let group = json!({ "group": "peers", "count": null, "initial_chunks": "all", "up": 10, "down": 10, "arrival": arrival });
            let change = json!({ "seed": seed, "stop": { "at": until_s, "when": "time" }, "peers": [group] });
            run(&with(&quiet(), change)).summary.peers.arrived as f64
        })
    };
    let mut cases = Vec::new();
    for until in [100u32, 300, 1000] {
        let decaying = json!({ "kind": "decaying", "initial_rate_per_s": 1, "time_constant": "200s" });
        let t = f64::from(until);
        let expected = 200.0 * (1.0 - math::exp(-t / 200.0));
        let case = Case::new(format!("decaying, by {until} s"), Rule::Mean, expected, count(decaying, until));
        cases.push(case.against("no decay", t));
    }
    let diurnal = json!({ "kind": "diurnal", "mean_rate_per_s": 1, "amplitude": 0.8, "period": "400s", "peak": 0 });
    let tide = 0.8 * 400.0 / std::f64::consts::TAU;
    for (until, expected) in [(100u32, 100.0 + tide), (300, 300.0 - tide), (400, 400.0)] {
        let case =
            Case::new(format!("by the time of day, by {until} s"), Rule::Mean, expected, count(diurnal.clone(), until));
        cases.push(if until == 400 { case } else { case.against("the mean rate", f64::from(until)) });
    }
    Oracle {
        stem: "arrivals",
        title: "Arrivals whose rate changes",
        source: "Guo et al. 2005; Poisson processes",
        derivation: "The number by t is Poisson with the integral of the rate for mean. Decaying from 1/s with τ = 200 s: τ (1 − e^(−t/τ)). With the time of day, 1 + 0.8 \
                     cos(2πt / 400 s): t + 50.93 sin(2πt / 400 s).",
        unit: "peers",
        x_title: None,
        curve: None,
        cases,
        remark: String::new(),
    }
}
