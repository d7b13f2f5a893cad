//! Latencies, faults and churn through the program: files that a scenario names, runs of what it resolved to, and the trace.

use crate::program::{files, swarmsim, workplace};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Peers that were recorded, between nodes that were measured, behind a cable that is cut for a while.
const SCENARIO: &str = r#"{
  "name": "recorded", "seed": 7,
  "stop": { "at": "20min" },
  "file": { "size": "2 MB", "max_chunk_size": "100 kB" },
  "network": {
    "sharing": "max-min", "max_transfer_rate": "600 kbit/s",
    "latency": { "kind": "matrix", "file": "rtt.csv" },
    "faults": [
      { "kind": "partition", "between": ["origin", "home"], "from": "20s", "until": "40s" },
      { "kind": "slow", "groups": ["home"], "factor": 0.5, "from": "50s", "until": "1min" }
    ]
  },
  "peers": [
    { "group": "origin", "initial_chunks": "all", "up": "1 Mbit/s", "down": "8 Mbit/s" },
    { "group": "home", "count": null, "up": "500 kbit/s", "down": "8 Mbit/s",
      "arrival": { "kind": "trace", "file": "arrivals.csv" }, "session": "15min" }
  ],
  "departures": [{ "at": "45s", "count": 2, "groups": ["home"] }]
}"#;
const MATRIX: &str = "# three nodes\n0,20,35.5\n20,0,12\n35.5,12,0\n";
const ARRIVALS: &str = "arrival_s,session_s\n0,\n0.5,300\n3,\n7.25,\n11,200\n15,\n";

fn run(folder: &Path, arguments: &[&str]) -> Value {
    let output = swarmsim(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    serde_json::from_slice(&output.stdout).expect("a summary")
}

/// The resolved scenario needs no file, and gives the same run, byte for byte.
#[test]
fn a_resolved_scenario_holds_what_files_said() {
    let work = workplace(&[("in.json", SCENARIO), ("rtt.csv", MATRIX), ("arrivals.csv", ARRIVALS)]);
    // From another folder: files are looked for beside the scenario.
    let from = workplace(&[]);
    let path = work.path().join("in.json");
    let first = run(from.path(), &["run", path.to_str().unwrap(), "--out", "first", "--json", "--quiet"]);
    assert_eq!(first["peers"]["arrived"], 7, "{first}");
    assert!(first["completion"]["completed"].as_u64().unwrap() >= 3, "{first}");
    assert_eq!(first["completion"]["lower_bound_s"], Value::Null, "peers do not come at once, and leave");
    let elsewhere =
        workplace(&[("again.json", &std::fs::read_to_string(from.path().join("first/scenario.json")).unwrap())]);
    let second = run(elsewhere.path(), &["run", "again.json", "--out", "second", "--json", "--quiet"]);
    assert_eq!(first, second);
    let without_manifest = |folder: &Path| {
        let mut all = files(folder);
        all.remove("manifest.json");
        all
    };
    assert_eq!(without_manifest(&from.path().join("first")), without_manifest(&elsewhere.path().join("second")));
}

/// Every line is what the schema says; messages end in the partition, in time, and nothing else ends so.
#[test]
fn a_trace_tells_of_the_partition() {
    let work = workplace(&[("in.json", SCENARIO), ("rtt.csv", MATRIX), ("arrivals.csv", ARRIVALS)]);
    run(work.path(), &["run", "in.json", "--out", "traced", "--json", "--quiet", "--trace"]);
    let schema: Value = serde_json::from_slice(&swarmsim(work.path(), &["schema", "trace"]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = std::fs::read_to_string(work.path().join("traced/trace.jsonl")).unwrap();
    let mut reasons = BTreeSet::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(validator.is_valid(&line), "{line}");
        if line["ev"] == "lose" {
            let why = line["why"].as_str().unwrap().to_owned();
            let t = line["t"].as_u64().unwrap();
            assert!(why != "partition" || (20_000_000_000..40_000_000_000).contains(&t), "{line}");
            reasons.insert(why);
        }
    }
    assert!(reasons.contains("partition"), "{reasons:?}");
}

#[test]
fn what_is_wrong_with_a_named_file_is_told() {
    let work = workplace(&[("in.json", SCENARIO), ("rtt.csv", "0,1\n1\n"), ("arrivals.csv", "arrival\n1\n")]);
    let output = swarmsim(work.path(), &["run", "in.json"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    for expected in [
        "in.json:7:",
        "$.network.latency.file: the file \"rtt.csv\": line 2 has 1 values",
        "$.peers[1].arrival.file: the file \"arrivals.csv\": line 1: found the column \"arrival\"; did you mean \"arrival_s\"?",
    ] {
        assert!(stderr.contains(expected), "{stderr}");
    }
    assert!(!work.path().join("results").exists());
}

#[test]
fn validate_tells_how_near_nodes_are() {
    let work = workplace(&[]);
    let output = swarmsim(work.path(), &["validate", "world-regions"]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    // 10 ms within a region, times the least factor of a spread of 0.2: exp(-0.2 × 8.2).
    assert!(stdout.contains("nodes at least 1.936 ms apart"), "{stdout}");
}
