//! What the tests of whole swarms share: scenarios as JSON with overrides, runs, and a tape of all records.

#![allow(dead_code, reason = "each test crate uses a part of it")]

pub mod tape;

use serde_json::{Value, json};
use swarmsim::metrics::{Identity, Metrics, Summary, Tables};
use swarmsim::scenario::{Scenario, from_json};
use swarmsim::sim::{Digest, QueueKind};
use swarmsim::swarm::{Observer, Simulation, StopReason};
pub use tape::{Rec, Tape};

/// Whether the longer versions of the tests run.
pub fn is_long() -> bool {
    std::env::var_os("SWARMSIM_LONG").is_some_and(|value| value == "1")
}

/// `base` with `change` laid over it, as RFC 7396 has it: objects are merged, `null` takes a key away, all else replaces.
pub fn with(base: &Value, change: Value) -> Value {
    match change {
        Value::Object(change) => {
            let mut result = base.as_object().cloned().unwrap_or_default();
            for (key, value) in change {
                if value.is_null() {
                    result.remove(&key);
                } else {
                    let merged = with(result.get(&key).unwrap_or(&Value::Null), value);
                    result.insert(key, merged);
                }
            }
            Value::Object(result)
        }
        other => other,
    }
}

/// A scenario without latency in which nothing happens by itself before an hour has passed: tests switch on what they are about.
/// One origin ("origin", 10 bytes/s up) and one downloader ("home", likewise) share a file of 10 chunks of 10 bytes.
pub fn quiet() -> Value {
    json!({
        "name": "test",
        "stop": { "at": "10h" },
        "file": { "size": 100, "max_chunk_size": 10 },
        "tracker": { "entry_ttl": "2h", "sweep_interval": "1h" },
        "protocol": { "active_proof_interval": "1h", "peer_list_interval": "1h", "chunks_query_interval": "1h" },
        "network": { "sharing": "fifo", "latency": 0 },
        "peers": [origin(10), home(1, 10)],
        "output": { "sample_interval": "1h" }
    })
}

/// A group of one peer that has the file.
pub fn origin(up_bytes_per_s: u64) -> Value {
    json!({ "group": "origin", "initial_chunks": "all", "up": up_bytes_per_s, "down": "unlimited" })
}

/// A group of downloaders.
pub fn home(count: u32, up_bytes_per_s: u64) -> Value {
    json!({ "group": "home", "count": count, "up": up_bytes_per_s, "down": "unlimited" })
}

/// Reads a scenario that must be accepted.
pub fn read(scenario: &Value) -> Scenario {
    let text = serde_json::to_string_pretty(scenario).expect("a value can be written");
    match from_json("test.json", text.as_bytes()) {
        Ok(checked) => checked.scenario,
        Err(report) => panic!("{report:?}\n{text}"),
    }
}

/// A run that has ended.
pub struct Outcome {
    pub summary: Summary,
    pub tables: Tables,
    pub reason: StopReason,
    pub digest: Digest,
}

/// Runs a scenario with metrics alone.
pub fn run(scenario: &Value) -> Outcome {
    run_with(scenario, (), QueueKind::Ladder).0
}

/// Runs a scenario with metrics and a tape.
pub fn record(scenario: &Value) -> (Outcome, Tape) {
    run_with(scenario, Tape::default(), QueueKind::Ladder)
}

/// Runs a scenario with metrics and another observer.
pub fn run_with<O: Observer>(scenario: &Value, observer: O, queue: QueueKind) -> (Outcome, O) {
    let scenario = read(scenario);
    let seed = scenario.config.seed;
    let metrics = Metrics::new(scenario.output.sample_interval).with_playback(scenario.output.playback_rate);
    let mut run = Simulation::new(scenario.config, (metrics, observer), queue);
    while run.advance(1 << 20) {}
    let (digest, events) = (run.digest(), run.events());
    let ((metrics, observer), reason) = run.finish();
    let strategy = scenario.strategy.kind.name.to_owned();
    let identity = Identity { scenario: scenario.name, seed, strategy, digest, events, reason };
    let (summary, tables) = metrics.finish(identity);
    (Outcome { summary, tables, reason, digest }, observer)
}

/// Seconds as nanoseconds.
pub const fn secs(s: u64) -> u64 {
    s * 1_000_000_000
}

/// Milliseconds as nanoseconds.
pub const fn millis(ms: u64) -> u64 {
    ms * 1_000_000
}

/// Mean, and half the width of its 95 % interval by Student's t.
pub fn mean_and_ci95(values: &[f64]) -> (f64, f64) {
    // Quantiles 0.975 of Student's t with 1 to 9 degrees of freedom; beyond that, with 19 and 29.
    const T: [f64; 9] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    let t = match values.len() {
        0 | 1 => f64::INFINITY,
        len @ 2..=10 => T[len - 2],
        11..=20 => 2.262,
        _ => 2.093,
    };
    (mean, t * (variance / n).sqrt())
}
