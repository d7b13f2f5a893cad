//! Runs with their traces in memory, to be checked, or changed and checked.

use crate::common::{home, origin, quiet, read, run_with, with};
use serde_json::{Value, json};
use swarmsim::check::{Beside, Refusal, Report, check, scenario_digest};
use swarmsim::output::Trace;
use swarmsim::output::tables::{CopiesRow, EndedRow, TimeRow, peer_rows};
use swarmsim::scenario::Scenario;
use swarmsim::sim::QueueKind;

/// A run's trace, line by line, and what was written beside it.
#[derive(Clone)]
pub struct Traced {
    pub scenario: Scenario,
    pub lines: Vec<Value>,
    pub beside: Beside,
}

impl Traced {
    /// Runs a scenario.
    pub fn run(scenario: &Value) -> Traced {
        let resolved = read(scenario);
        let (outcome, trace) =
            run_with(scenario, Trace::new(Vec::new(), &scenario_digest(&resolved)), QueueKind::Ladder);
        let bytes = trace.finish().expect("memory does not fail");
        let text = String::from_utf8(bytes).expect("a trace is text");
        let groups: Vec<String> = resolved.config.groups.iter().map(|group| group.name.clone()).collect();
        let beside = Beside {
            summary: Some(serde_json::to_value(&outcome.summary).expect("plain data")),
            peers: Some(peer_rows(&outcome.tables.sessions, &groups).collect()),
            expiries: Some(outcome.tables.expiries.iter().map(EndedRow::from).collect()),
            samples: Some(outcome.tables.samples.iter().map(TimeRow::from).collect()),
            copies: Some(outcome.tables.availability.iter().map(CopiesRow::from).collect()),
        };
        let lines = text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
        Traced { scenario: resolved, lines, beside }
    }

    /// The trace as a file.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Checks it.
    pub fn check(&self) -> Result<Report, Refusal> {
        check(self.text().as_bytes(), &self.scenario, &self.beside)
    }

    /// The number of a message's sender, receiver and so on: the line that sends it.
    pub fn sending(&self, msg: u64) -> &Value {
        self.lines.iter().find(|line| line["ev"] == "send" && line["msg"] == msg).expect("it was sent")
    }

    /// The first line, from `from` on, for which `is_it` holds.
    pub fn find_from(&self, from: usize, is_it: impl Fn(&Traced, usize) -> bool) -> usize {
        (from..self.lines.len()).find(|&at| is_it(self, at)).expect("the trace has such a line")
    }

    /// The first line for which `is_it` holds.
    pub fn find(&self, is_it: impl Fn(&Traced, usize) -> bool) -> usize {
        self.find_from(1, is_it)
    }

    /// The first `send` of this kind.
    pub fn find_send(&self, kind: &str) -> usize {
        self.find(|trace, at| trace.is_send(at, kind))
    }

    pub fn is(&self, at: usize, event: &str) -> bool {
        self.lines.get(at).is_some_and(|line| line["ev"] == event)
    }

    pub fn is_send(&self, at: usize, kind: &str) -> bool {
        self.is(at, "send") && self.lines[at]["kind"] == kind
    }

    /// Whether this line delivers a message of this kind.
    pub fn is_delivery(&self, at: usize, kind: &str) -> bool {
        self.is(at, "deliver") && self.sending(self.number(at, "msg"))["kind"] == kind
    }

    pub fn number(&self, at: usize, key: &str) -> u64 {
        self.lines[at][key].as_u64().expect("a number")
    }

    pub fn set(&mut self, at: usize, key: &str, value: impl Into<Value>) {
        self.lines[at][key] = value.into();
    }

    /// Adds to a number.
    pub fn add(&mut self, at: usize, key: &str, by: i64) {
        let number = self.number(at, key).checked_add_signed(by).expect("a number");
        self.set(at, key, number);
    }

    /// Puts the sending of another message before line `at`, at the time of the line before; later messages get higher numbers.
    pub fn insert_send(&mut self, at: usize, kind: &str, from: u64, to: u64, more: Value) {
        let t = self.number(at - 1, "t");
        let sent = self.lines[..at].iter().filter(|line| line["ev"] == "send").count() as u64;
        for line in &mut self.lines[1..] {
            for key in ["msg", "re"] {
                if let Some(number) = line.get(key).and_then(Value::as_u64).filter(|&number| number > sent) {
                    line[key] = json!(number + 1);
                }
            }
        }
        let line = json!({ "t": t, "ev": "send", "msg": sent + 1, "kind": kind, "from": from, "to": to });
        self.lines.insert(at, with(&line, more));
    }

    /// Moves a line to another time, after all that is there already.
    pub fn move_to(&mut self, at: usize, t: u64) -> usize {
        let mut line = self.lines.remove(at);
        line["t"] = json!(t);
        let place = 1 + self.lines[1..].partition_point(|other| other["t"].as_u64() <= Some(t));
        self.lines.insert(place, line);
        place
    }

    /// The chunks that a peer holds before line `at`.
    pub fn held_before(&self, at: usize, peer: u64) -> Vec<u64> {
        let mut held = Vec::new();
        for line in self.lines[1..at].iter().filter(|line| line["peer"] == peer) {
            if line["ev"] == "acquire" {
                held.extend(line["chunk"].as_u64());
            } else if line["ev"] == "arrive" && line["chunks"] == "all" {
                held.extend(0..self.lines[0]["chunks"].as_u64().expect("a number"));
            }
        }
        held
    }

    /// The fetches of a peer under way before line `at`: from whom, and which chunk. For runs without failures.
    pub fn fetching_before(&self, at: usize, peer: u64) -> Vec<(u64, u64)> {
        let mut fetching: Vec<(u64, u64)> = Vec::new();
        for line in &self.lines[1..at] {
            if line["kind"] == "fetch_chunk_request" && line["from"] == peer {
                fetching.push((line["to"].as_u64().expect("a number"), line["chunk"].as_u64().expect("a number")));
            } else if line["ev"] == "acquire" && line["peer"] == peer {
                fetching.retain(|&(_, chunk)| line["chunk"] != chunk);
            }
        }
        fetching
    }
}

/// The chunks of one base: one origin and three peers that take turns, links that queue, nothing lost.
pub fn plain() -> Value {
    with(
        &quiet(),
        json!({
            "stop": { "at": "10min" },
            "tracker": { "entry_ttl": "20s", "sweep_interval": "5s" },
            "protocol": { "active_proof_interval": "7s", "peer_list_interval": "9s", "chunks_query_interval": "1s",
                          "max_parallel_fetches": 3 },
            "network": { "latency": "50ms" },
            "output": { "sample_interval": "3s" },
            "peers": [with(&origin(10), json!({ "down": 40 })), with(&home(3, 10), json!({ "down": 15 }))],
        }),
    )
}

/// The same with downlinks that are slower than uplinks, and several chunks at a time from one neighbor: they wait before the downlink.
pub fn narrow() -> Value {
    let change = json!({
        "protocol": { "max_fetches_per_neighbor": 3 },
        "peers": [with(&origin(10), json!({ "down": 40 })), with(&home(3, 10), json!({ "down": 6 }))],
    });
    with(&plain(), change)
}

/// The same with links that are shared equally.
pub fn shared() -> Value {
    with(&plain(), json!({ "network": { "sharing": "equal-share" } }))
}

/// The same without contention, where a peer may ask one neighbor for two chunks at a time, and in the endgame several for one.
pub fn endgame() -> Value {
    let change = json!({
        "network": { "sharing": "none" }, "strategy": { "kind": "random", "endgame": true },
        "protocol": { "max_fetches_per_neighbor": 4, "max_parallel_fetches": 12 },
    });
    with(&plain(), change)
}

/// Peers that come and go, losses and an outage; everyone is told of everyone.
pub fn churn() -> Value {
    let rejoin = json!({ "probability": 0.8, "after": "2s", "keep_chunks": true });
    let group = with(
        &home(8, 10),
        json!({ "down": 40, "session": { "kind": "uniform", "min": "5s", "max": "15s" }, "rejoin": rejoin,
                "arrival": { "kind": "uniform", "from": 0, "until": "4s" },
                "after_completion": { "kind": "linger", "for": "3s" } }),
    );
    with(
        &plain(),
        json!({
            "seed": 3, "stop": { "at": "90s", "when": "time" },
            "tracker": { "entry_ttl": "8s", "sweep_interval": "2s", "outages": [{ "from": "20s", "until": "24s" }] },
            "protocol": { "active_proof_interval": "3s", "peer_list_interval": "2s", "request_timeout": "1s" },
            "network": { "loss": 0.05 },
            "peers": [origin(10), group],
        }),
    )
}

/// The same with lists that are samples, and few neighbors.
pub fn samples() -> Value {
    let change = json!({ "tracker": { "max_peers_returned": 3 }, "protocol": { "max_neighbors": 4 } });
    with(&churn(), change)
}
