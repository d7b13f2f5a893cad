//! A few of the numbers through the program: scenario on standard input, summary on standard output, tables in the folder.

#![cfg(feature = "cli")]

use crate::common::{home, origin, quiet, with};
use assert_cmd::Command;
use serde_json::{Value, json};
use std::fs;

/// The summary that the program prints for a scenario, and one of the tables that it writes.
fn swarmsim(scenario: &Value, table: &str) -> (Value, Vec<Vec<String>>) {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run");
    let output = Command::new(env!("CARGO_BIN_EXE_swarmsim"))
        .args(["run", "-", "--json", "--no-plots", "--out"])
        .arg(&out)
        .write_stdin(scenario.to_string())
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary = serde_json::from_slice(&output.stdout).expect("a summary");
    let text = fs::read_to_string(out.join(table)).expect("a table");
    let rows = text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
    (summary, rows)
}

fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let place = rows[0].iter().position(|title| title == name).expect("a column");
    rows[1..].iter().map(|row| row[place].clone()).collect()
}

/// Client and server, as in `bounds`: the i-th of four is served at i F / u_s = 2 i.
#[test]
fn clients_are_served_in_turn() {
    let change = json!({ "file": { "size": 10, "max_chunk_size": 10 }, "peers": [origin(5), home(4, 5)] });
    let (summary, peers) = swarmsim(&with(&quiet(), change), "peers.csv");
    assert_eq!(column(&peers, "download_time_s"), ["", "2", "4", "6", "8"]);
    assert_eq!(summary["completion"]["mean_s"], json!(5.0));
    assert_eq!(summary["completion"]["makespan_s"], json!(8.0));
}

/// One origin, one peer, 4 requests in flight, M = 100, L = 50 ms, c = 20 ms: 3.06 s after the 0.2 s of Join and query.
#[test]
fn requests_in_flight_hide_the_round_trip() {
    let change = json!({
        "file": { "size": 100_000, "max_chunk_size": 1_000 }, "network": { "latency": "50ms" },
        "protocol": { "max_parallel_fetches": 4, "max_fetches_per_neighbor": 4 },
        "peers": [origin(50_000), home(1, 10)]
    });
    let (summary, _) = swarmsim(&with(&quiet(), change), "peers.csv");
    assert_eq!(summary["completion"]["max_s"], json!(3.26));
}

/// The strict comparison, as in `expiry`.
#[test]
fn entries_end_at_the_first_sweep_strictly_after_their_expiry() {
    let leaves = |name: &str, session: &str| json!({ "group": name, "initial_chunks": "all", "up": 10, "down": 10, "session": session });
    let change = json!({
        "stop": { "at": "100s", "when": "time" }, "tracker": { "entry_ttl": "30s", "sweep_interval": "5s" },
        "protocol": { "active_proof_interval": "10s" },
        "peers": [leaves("a", "9.999s"), leaves("b", "10s"), leaves("c", "42s"), leaves("d", "50s")]
    });
    let (_, expiries) = swarmsim(&with(&quiet(), change), "expiries.csv");
    assert_eq!(column(&expiries, "peer"), ["1", "2", "3", "4"]);
    assert_eq!(column(&expiries, "discarded_s"), ["35", "45", "75", "85"]);
    assert_eq!(column(&expiries, "false_expiry"), ["false", "false", "false", "false"]);
}
