//! `swarmsim run`, through the program: what it writes, says and returns.
use crate::program::swarmsim;
use assert_cmd::Command;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A swarm in which everything happens that a trace can tell: churn, loss, an outage, cut transfers. All is quiet at its end.
const BASE: &str = r#"{
  "name": "base",
  "seed": 42,
  "stop": { "at": "30m", "when": "time" },
  "file": { "size": "4000 kB", "max_chunk_size": "256 kB" },
  "tracker": { "entry_ttl": "60s", "max_peers_returned": 8, "outages": [{ "from": "40s", "until": "60s" }] },
  "protocol": { "active_proof_interval": "25s", "peer_list_interval": "20s", "failure_detection": "3s", "max_fetches_per_neighbor": 2 },
  "strategy": { "kind": "random", "endgame": true },
  "network": { "sharing": "fifo", "latency": { "kind": "uniform", "min": "10ms", "max": "80ms" }, "loss": 0.04 },
  "peers": [
    { "group": "origin", "count": 1, "initial_chunks": "all", "up": "4 Mbit/s", "down": "40 Mbit/s", "session": "25m" },
    { "group": "half", "count": 4, "initial_chunks": { "fraction": 0.5 }, "up": "1 Mbit/s", "down": "8 Mbit/s", "after_completion": "leave" },
    { "group": "home", "count": 20, "up": "1 Mbit/s", "down": "8 Mbit/s",
      "arrival": { "kind": "uniform", "from": 0, "until": "90s" },
      "session": { "kind": "exponential", "mean": "60s" },
      "rejoin": { "probability": 0.7, "after": "20s", "keep_chunks": true } }
  ]
}"#;

/// A folder with `base.json` in it.
fn workplace() -> TempDir {
    crate::program::workplace(&[("base.json", BASE)])
}

/// Runs something that must succeed; what it printed.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = swarmsim(folder, &[&["run"], arguments].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    assert!(stderr.is_empty(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs something that must fail with this code; what it complained of.
fn fail(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = swarmsim(folder, &[&["run"], arguments].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    stderr
}

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

/// All files below a folder by name, without the manifest.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = crate::program::files(folder);
    all.remove("manifest.json");
    all
}

#[test]
fn a_run_fills_its_folder() {
    let work = workplace();
    let printed = run(work.path(), &["base.json", "--trace", "--png"]);
    assert!(
        printed.contains("base, seed 42, random") && printed.contains("results/base/seed-42/report.html"),
        "{printed}"
    );
    assert!(!printed.contains('\u{1b}'), "no color where there is no terminal");
    let target = work.path().join("results/base/seed-42");
    let manifest = json(target.join("manifest.json"));
    let listed: BTreeMap<String, String> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["name"].as_str().unwrap().to_owned(), entry["blake3"].as_str().unwrap().to_owned()))
        .collect();
    let found = files(&target);
    assert!(listed.keys().eq(found.keys()), "{listed:?}");
    for name in
        ["scenario.json", "summary.json", "peers.csv", "timeseries.csv", "expiries.csv", "trace.jsonl", "report.html"]
    {
        assert_eq!(listed[name], blake3::hash(&found[name]).to_hex().as_str(), "{name}");
    }
    assert!(found.keys().any(|name| name.ends_with(".svg")) && found.keys().any(|name| name.ends_with(".png")));
    assert_eq!(manifest["digest"], json(target.join("summary.json"))["digest"]);
    assert_eq!(manifest["model_revision"], swarmsim::MODEL_REVISION);
    assert!(manifest["timing"]["wall_s"].as_f64().unwrap() > 0.0);
    let written = |name: &str| fs::metadata(target.join(name)).unwrap().modified().unwrap();
    assert!(found.keys().all(|name| written(name) <= written("manifest.json")), "the manifest is written last");
    assert!(!target.join(".partial").exists());
}

#[test]
fn equal_runs_are_equal_byte_for_byte() {
    let work = workplace();
    let arguments = ["base.json", "--trace", "--seed", "7", "--set", "tracker.entry_ttl=90s", "--out"];
    run(work.path(), &[&arguments[..], &["a"]].concat());
    run(work.path(), &[&arguments[..], &["b", "--threads", "8", "--quiet"]].concat());
    assert_eq!(files(&work.path().join("a")), files(&work.path().join("b")));
    let manifest = |name: &str| {
        let mut manifest = json(work.path().join(name).join("manifest.json"));
        manifest.as_object_mut().unwrap().remove("timing").unwrap();
        manifest
    };
    assert_eq!(manifest("a"), manifest("b"));
    let expected = serde_json::json!(["--set", "tracker.entry_ttl=90s", "--seed", "7"]);
    assert_eq!(manifest("a")["arguments"], expected);
    // The resolved scenario is the same run again.
    run(work.path(), &["a/scenario.json", "--trace", "--out", "c"]);
    assert_eq!(files(&work.path().join("a")), files(&work.path().join("c")));
}

#[test]
fn arguments_change_the_scenario() {
    let work = workplace();
    let summary = |arguments: &[&str]| -> Value {
        serde_json::from_str(&run(
            work.path(),
            &[&["base.json", "--force", "--json", "--no-plots"], arguments].concat(),
        ))
        .unwrap()
    };
    let plain = summary(&[]);
    assert_eq!((&plain["seed"], &plain["strategy"]), (&42.into(), &"random".into()));
    let seeded = summary(&["--seed", "43"]);
    assert_eq!(seeded["seed"], 43);
    assert_ne!(seeded["digest"], plain["digest"]);
    assert!(work.path().join("results/base/seed-43/manifest.json").is_file());
    assert!(!work.path().join("results/base/seed-43/plots").exists(), "--no-plots");
    let changed = summary(&["--strategy", "sequential"]);
    assert_eq!(changed["strategy"], "sequential");
    assert_ne!(changed["digest"], plain["digest"]);
    let fewer = summary(&["--set", "peers[home].count=3", "--set", "seed=44"]);
    assert_eq!((&fewer["seed"], &fewer["peers"]["arrived"]), (&44.into(), &8.into()));
}

#[test]
fn json_is_the_summary_and_nothing_else() {
    let work = workplace();
    let printed = run(work.path(), &["base.json", "--json"]);
    assert_eq!(printed, fs::read_to_string(work.path().join("results/base/seed-42/summary.json")).unwrap());
    assert!(run(work.path(), &["base.json", "--quiet", "--out", "quiet"]).is_empty());
}

#[test]
fn a_scenario_comes_from_standard_input() {
    let work = workplace();
    let mut command = Command::new(env!("CARGO_BIN_EXE_swarmsim"));
    command.current_dir(work.path()).args(["run", "-"]).write_stdin(BASE).assert().success();
    run(work.path(), &["base.json", "--out", "file"]);
    assert_eq!(files(&work.path().join("results/base/seed-42")), files(&work.path().join("file")));
}

#[test]
fn nothing_is_overwritten_unasked() {
    let work = workplace();
    run(work.path(), &["base.json", "--trace"]);
    let target = work.path().join("results/base/seed-42");
    let before = files(&target);
    let stderr = fail(work.path(), &["base.json"], 2);
    assert!(stderr.contains("holds a run already; overwrite it with --force"), "{stderr}");
    assert_eq!(files(&target), before);
    run(work.path(), &["base.json", "--force"]);
    assert!(!target.join("trace.jsonl").exists(), "what belonged to the earlier run is gone");
    fs::create_dir(work.path().join("foreign")).unwrap();
    fs::write(work.path().join("foreign/thesis.tex"), "x").unwrap();
    fs::write(work.path().join("file"), "x").unwrap();
    for (out, expected) in [
        ("foreign", "is not empty and holds no run"),
        ("file", "is a file"),
        ("file/below", "leads through a file"),
        (".", "is the folder of the scenario itself"),
        ("", "a value is required"),
    ] {
        let stderr = fail(work.path(), &["base.json", "--force", "--out", out], 2);
        assert!(stderr.contains(expected), "{out}: {stderr}");
    }
    assert_eq!(fs::read_dir(work.path().join("foreign")).unwrap().count(), 1);
}

#[test]
fn parquet_stands_beside_csv_and_changes_nothing_else() {
    let work = workplace();
    run(work.path(), &["base.json", "--quiet", "--out", "csv"]);
    run(work.path(), &["base.json", "--quiet", "--out", "both", "--format", "parquet"]);
    let (csv, mut both) = (files(&work.path().join("csv")), files(&work.path().join("both")));
    for name in ["peers", "timeseries", "expiries", "availability"] {
        let bytes = both.remove(&format!("{name}.parquet")).expect("it is there");
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{name}");
    }
    assert_eq!(csv, both);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let work = workplace();
    let locked = work.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        return; // The superuser may write anywhere.
    }
    let stderr = fail(work.path(), &["base.json", "--out", "locked/run"], 2);
    assert!(stderr.contains("cannot be written to"), "{stderr}");
}

#[test]
fn expectations_decide_the_exit_code() {
    let work = workplace();
    let with = |expect: &str| BASE.replace("\"seed\": 42,", &format!("\"seed\": 42, \"expect\": [{expect}],"));
    fs::write(work.path().join("met.json"), with(r#"{ "metric": "peers.arrived", "equals": 25 }"#)).unwrap();
    run(work.path(), &["met.json", "--out", "met"]);
    let unmet = r#"{ "metric": "peers.arrived", "at_least": 20, "at_most": 24 }, { "metric": "completion.ratio_to_bound", "at_least": 1 }"#;
    fs::write(work.path().join("unmet.json"), with(unmet)).unwrap();
    let stderr = fail(work.path(), &["unmet.json", "--out", "unmet"], 1);
    let expected = "error: expectation not met: peers.arrived at least 20 and at most 24; got 25\n\
                    error: expectation not met: completion.ratio_to_bound at least 1; got no value\n";
    assert_eq!(stderr, expected);
    assert!(work.path().join("unmet/manifest.json").is_file(), "the run is written all the same");
}

#[cfg(unix)]
#[test]
fn a_closed_or_full_standard_output_is_no_panic() {
    let work = workplace();
    let shell = |script: &str| {
        let program = env!("CARGO_BIN_EXE_swarmsim");
        let mut command = std::process::Command::new("sh");
        command.current_dir(work.path()).args(["-c", &script.replace("SWARMSIM", program)]).output().unwrap()
    };
    for (script, code) in [
        ("SWARMSIM run base.json --out a >&-", 0),
        ("(SWARMSIM run base.json --out b; echo $? > code) | true; exit $(cat code)", 0),
        ("SWARMSIM run base.json --out c 2>&-", 0),
        ("SWARMSIM run base.json --out d >/dev/full", 1),
    ] {
        let output = shell(script);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{script}: {stderr}");
        assert!(!stderr.contains("panicked"), "{script}: {stderr}");
    }
    for name in ["a", "b", "c", "d"] {
        assert!(work.path().join(name).join("manifest.json").is_file(), "{name} is whole");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing() {
    let work = workplace();
    // Hours of work: the chunk that nobody has keeps everyone asking.
    let endless = BASE
        .replace("\"30m\"", "\"20000h\"")
        .replace("\"all\"", "{ \"all_but\": [0] }")
        .replace("\"session\": \"25m\"", "\"rejoin\": { \"probability\": 0, \"after\": 1 }");
    fs::write(work.path().join("base.json"), endless).unwrap();
    for signal in ["INT", "TERM"] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_swarmsim"))
            .current_dir(work.path())
            .args(["run", "base.json", "--trace", "--set", "peers[half].initial_chunks=none"])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let trace = work.path().join("results/base/seed-42/.partial/trace.jsonl");
        while !fs::metadata(&trace).is_ok_and(|file| file.len() > 0) {
            assert_eq!(child.try_wait().unwrap(), None, "it is at work");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let kill = std::process::Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(stderr.contains("interrupted at ") && stderr.contains("of virtual time"), "{stderr}");
        assert!(!work.path().join("results").exists(), "nothing is left of it");
    }
}

/// A trace's lines, the header first.
fn trace(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("trace.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the trace says of one message.
#[derive(Default)]
struct Story {
    kind: String,
    end: Option<String>,
}

/// Every message by its number, after checking that each is sent once, ends at most once, and answers what was delivered.
fn stories(lines: &[Value]) -> BTreeMap<u64, Story> {
    let mut stories: BTreeMap<u64, Story> = BTreeMap::new();
    for line in &lines[1..] {
        let Some(number) = line["msg"].as_u64() else { continue };
        match line["ev"].as_str().unwrap() {
            "send" => {
                assert_eq!(number, stories.len() as u64 + 1, "numbers follow each other: {line}");
                let re = line["re"].as_u64();
                if let Some(re) = re {
                    let asked = &stories[&re];
                    assert_eq!(asked.end.as_deref(), Some("deliver"), "{line}");
                    assert_eq!(asked.kind.replace("_request", "_response"), line["kind"], "{line}");
                }
                let kind = line["kind"].as_str().unwrap().to_owned();
                stories.insert(number, Story { kind, end: None });
            }
            end @ ("deliver" | "lose" | "cut") => {
                let before = stories.get_mut(&number).expect("it was sent").end.replace(end.to_owned());
                assert_eq!(before, None, "it ends once: {line}");
            }
            "timeout" => assert!(stories[&number].kind.ends_with("_request"), "{line}"),
            _ => {}
        }
    }
    stories
}

#[test]
fn a_trace_agrees_with_the_figures() {
    let work = workplace();
    run(work.path(), &["base.json", "--out", "plain"]);
    run(work.path(), &["base.json", "--out", "traced", "--trace"]);
    let target = work.path().join("traced");
    let mut with = files(&target);
    with.remove("trace.jsonl").unwrap();
    assert_eq!(with, files(&work.path().join("plain")), "tracing changes nothing");

    let summary = json(target.join("summary.json"));
    let lines = trace(&target);
    let manifest = json(target.join("manifest.json"));
    let scenario = manifest["files"].as_array().unwrap().iter().find(|entry| entry["name"] == "scenario.json").unwrap();
    assert_eq!(lines[0]["scenario"], scenario["blake3"]);
    let times: Vec<u64> = lines[1..].iter().map(|line| line["t"].as_u64().unwrap()).collect();
    assert!(times.is_sorted());
    assert_eq!(lines.last().unwrap()["ev"], "stop");

    let stories = stories(&lines);
    let ended = |kind: &str, ends: &[&str]| {
        let is_it = |story: &&Story| story.kind == kind && story.end.as_deref().is_some_and(|end| ends.contains(&end));
        stories.values().filter(is_it).count() as u64
    };
    for request in ["join", "active_proof", "peer_list", "chunks_query", "fetch_chunk"] {
        let (asks, answers) = (format!("{request}_request"), format!("{request}_response"));
        let heard = if request == "active_proof" { &asks } else { &answers };
        let sent = stories.values().filter(|story| story.kind == asks).count() as u64;
        let lost = ended(&asks, &["lose", "cut"]) + ended(&answers, &["lose", "cut"]);
        let expected = serde_json::json!({ "sent": sent, "answered": ended(heard, &["deliver"]), "lost": lost });
        assert_eq!(summary["requests"][request], expected, "{request}");
        assert!(lost > 0 && sent > 0, "{request}: the scenario has some of each");
    }
    let events = |event: &str| lines[1..].iter().filter(|line| line["ev"] == event).count() as u64;
    let chunks = serde_json::json!({
        "transferred": events("acquire"),
        "duplicate": ended("fetch_chunk_response", &["deliver"]) - events("acquire"),
        "cut": ended("fetch_chunk_response", &["lose", "cut"]),
    });
    assert_eq!(summary["chunks"], chunks);
    assert_eq!(summary["network"]["in_flight_bytes"], 0, "all is over at the end");
    let uploaded: u64 =
        lines.iter().filter(|line| line["ev"] == "upload").map(|line| line["bytes"].as_u64().unwrap()).sum();
    assert_eq!(summary["network"]["chunk_bytes"], uploaded);
    let acquired: u64 = lines
        .iter()
        .filter(|line| line["ev"] == "acquire")
        .map(|line| if line["chunk"] == 15 { 160_000 } else { 256_000 })
        .sum();
    assert_eq!(uploaded, acquired + summary["network"]["wasted_bytes"].as_u64().unwrap());
    assert_eq!(summary["expiry"]["entries_expired"], events("expire"));
    for event in ["arrive", "depart", "list", "expire", "timeout", "cut", "complete", "lose"] {
        assert!(events(event) > 0, "the scenario has a {event}");
    }
}

#[test]
fn a_trace_fits_its_schema_and_its_lists_are_the_trackers() {
    let work = workplace();
    let everyone = ["--set", "tracker.max_peers_returned=null"];
    run(work.path(), &[&["base.json", "--out", "sampled", "--trace"], &[][..]].concat());
    run(work.path(), &[&["base.json", "--out", "everyone", "--trace"], &everyone[..]].concat());
    let schema = swarmsim(work.path(), &["schema", "trace"]).stdout;
    let schema = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    for name in ["sampled", "everyone"] {
        let lines = trace(&work.path().join(name));
        stories(&lines);
        let mut listed = BTreeSet::new();
        for line in &lines {
            assert!(schema.is_valid(line), "{line}");
            match line["ev"].as_str().unwrap() {
                "list" => drop(listed.insert(line["peer"].as_u64().unwrap())),
                "expire" => assert!(listed.remove(&line["peer"].as_u64().unwrap())),
                _ => {}
            }
            let Some(peers) = line["peers"].as_array() else { continue };
            let peers: Vec<u64> = peers.iter().map(|peer| peer.as_u64().unwrap()).collect();
            let others: Vec<u64> = listed.iter().copied().filter(|&peer| line["to"] != peer).collect();
            if name == "everyone" {
                assert_eq!(peers, others, "{line}");
            } else {
                assert_eq!(peers.len(), others.len().min(8), "{line}");
                assert!(peers.iter().all(|peer| others.contains(peer)), "{line}");
            }
        }
    }
}

#[test]
fn a_manifest_fits_its_schema() {
    let work = workplace();
    run(work.path(), &["base.json"]);
    let schema = swarmsim(work.path(), &["schema", "manifest"]).stdout;
    let schema = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    let manifest = json(work.path().join("results/base/seed-42/manifest.json"));
    assert!(schema.is_valid(&manifest), "{manifest}");
}

#[test]
fn without_a_command_the_default_scenario_runs_as_often_as_one_likes() {
    let work = workplace();
    for _ in 0..2 {
        let output = swarmsim(work.path(), &[]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("results/flash-crowd/seed-42/report.html"));
    }
    // What somebody made with arguments of his own stays.
    run(work.path(), &["flash-crowd", "--set", "peers[home].count=5", "--set", "expect=[]", "--force"]);
    assert_eq!(swarmsim(work.path(), &[]).status.code(), Some(2));
}
