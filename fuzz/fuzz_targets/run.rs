//! A small swarm made of the bytes, run to its end: no panic, the same with both queues, and the books balance.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use swarmsim::metrics::{Metrics, Summary};
use swarmsim::scenario::{Estimate, Scenario, from_json};
use swarmsim::sim::QueueKind;
use swarmsim::strategy::KINDS;
use swarmsim::swarm::Simulation;

/// Longer runs take long, and tell no more.
const MOST_EVENTS: f64 = 20_000.0;

/// Numbers out of the bytes, 0 where there are none left.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u64 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        u64::from(*first)
    }

    fn pick(&mut self, values: &[Value]) -> Value {
        values[self.next() as usize % values.len()].clone()
    }

    fn duration(&mut self, least: u64) -> Value {
        let factor = [1, 1_000_000, 37_000_000, 1_000_000_000][self.next() as usize % 4];
        json!(format!("{}ns", (self.next() * factor).max(least)))
    }

    fn distribution(&mut self, least: u64) -> Value {
        match self.next() % 4 {
            0 => self.duration(least),
            1 => json!({ "kind": "exponential", "mean": self.duration(1_000) }),
            2 => json!({ "kind": "lognormal", "median": self.duration(1_000), "sigma": self.next() as f64 / 100.0 }),
            _ => json!({ "kind": "uniform", "min": 0, "max": self.duration(1) }),
        }
    }

    fn group(&mut self, name: &str) -> Value {
        let chunks = [json!("all"), json!("none"), json!({ "fraction": 0.5 }), json!({ "list": [0] })];
        let mut group = json!({
            "group": name, "count": self.next() % 8 + 1, "initial_chunks": self.pick(&chunks),
            "up": self.next() * 7 + 1, "down": self.next() * 7 + 1,
        });
        match self.next() % 4 {
            0 => group["arrival"] = json!({ "kind": "poisson", "rate_per_s": self.next() as f64 / 50.0 + 0.01 }),
            1 => group["arrival"] = json!({ "kind": "uniform", "from": 0, "until": self.duration(1) }),
            _ => {}
        }
        if self.next() % 2 == 0 {
            group["session"] = self.distribution(0);
        }
        match self.next() % 3 {
            0 => group["after_completion"] = json!("leave"),
            1 => group["after_completion"] = json!({ "kind": "linger", "for": self.distribution(0) }),
            _ => {}
        }
        if self.next() % 2 == 0 {
            let keep = self.next() % 2 == 0;
            group["rejoin"] = json!({ "probability": 0.5, "after": self.duration(1_000_000_000), "keep_chunks": keep });
        }
        group
    }

    fn scenario(&mut self) -> Value {
        let sharing = [json!("none"), json!("fifo"), json!("equal-share")];
        let late = [json!("readmit"), json!("ignore")];
        let source = [json!("random"), json!("least-loaded"), json!("fastest")];
        let least = 500_000_000;
        json!({
            "seed": self.next(), "stop": { "at": "2min", "when": self.pick(&[json!("time"), json!("empty"), json!("all-complete")]) },
            "file": { "size": self.next() * 3 + 1, "max_chunk_size": 1 + self.next() % 40 },
            "tracker": { "entry_ttl": self.duration(least), "sweep_interval": self.duration(least), "late_proof": self.pick(&late),
                "max_peers_returned": self.pick(&[Value::Null, json!(1), json!(3)]),
                "outages": self.pick(&[json!([]), json!([{ "from": "5s", "until": "20s" }])]) },
            "protocol": { "active_proof_interval": self.duration(least), "peer_list_interval": self.duration(least),
                "chunks_query_interval": self.duration(least), "request_timeout": self.duration(least),
                "max_parallel_fetches": self.next() % 5 + 1, "max_fetches_per_neighbor": self.next() % 3 + 1,
                "max_neighbors": self.pick(&[Value::Null, json!(1), json!(4)]),
                "failure_detection": self.pick(&[json!("reset"), json!("3s")]) },
            "strategy": { "kind": KINDS[self.next() as usize % KINDS.len()].name, "endgame": self.next() % 2 == 0 },
            "source": self.pick(&source),
            "network": { "sharing": self.pick(&sharing), "latency": self.distribution(0), "jitter": self.distribution(0),
                "loss": self.pick(&[json!(0), json!(0.1), json!(0.9)]) },
            "peers": [self.group("a"), self.group("b")],
            "output": { "sample_interval": "7s" }
        })
    }
}

fn run(scenario: &Scenario, queue: QueueKind) -> Summary {
    let metrics = Metrics::new(scenario.output.sample_interval).with_playback(scenario.output.playback_rate);
    let mut run = Simulation::new(scenario.config.clone(), metrics, queue);
    while run.advance(1 << 20) {}
    let (digest, events) = (run.digest(), run.events());
    let (metrics, reason) = run.finish();
    metrics.finish(scenario.identity(digest, events, reason)).0
}

fuzz_target!(|bytes: &[u8]| {
    let text = serde_json::to_vec(&Bytes(bytes).scenario()).expect("a value can be written");
    let Ok(checked) = from_json("a.json", &text) else { return };
    let scenario = checked.scenario;
    if Estimate::of(&scenario).events > MOST_EVENTS {
        return;
    }
    let summary = run(&scenario, QueueKind::Ladder);
    let as_json = |summary: &Summary| serde_json::to_value(summary).expect("a summary is plain data");
    let figures = as_json(&summary);
    assert_eq!(figures, as_json(&run(&scenario, QueueKind::Heap)), "both queues");

    let number = |path: &str| figures.pointer(path).and_then(Value::as_u64).unwrap_or_else(|| panic!("{path}"));
    for request in ["join", "active_proof", "peer_list", "chunks_query", "fetch_chunk"] {
        let [sent, answered, lost] =
            ["sent", "answered", "lost"].map(|key| number(&format!("/requests/{request}/{key}")));
        assert!(answered + lost <= sent, "{request}: {sent} sent, {answered} answered, {lost} lost");
    }
    assert!(number("/peers/completed") + number("/peers/left_incomplete") + number("/peers/still_downloading") <= number("/peers/arrived"));
    let most = scenario.config.file.chunk_bytes * number("/chunks/transferred");
    assert!(number("/network/chunk_bytes") <= most + number("/network/wasted_bytes"));
    assert!(number("/network/chunk_bytes") >= number("/network/wasted_bytes"));
    assert!(number("/expiry/false_expiries") <= number("/expiry/entries_expired"));
});
