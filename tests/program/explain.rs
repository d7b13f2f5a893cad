//! `swarmsim explain`, through the program: the parts are the download time, to the nanosecond, and refusals are told.
use crate::program::swarmsim;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The exit code, standard output and standard error.
fn call(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = swarmsim(folder, arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let (code, out, err) = call(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {err}");
    serde_json::from_str(&out).unwrap()
}

fn traced(scenario: &str, more: &[&str]) -> tempfile::TempDir {
    let work = tempfile::tempdir().unwrap();
    // Both forms are read; in a debug build it takes seconds to compress the larger traces.
    let trace = if scenario == "single-origin-leaves" { "--trace=zst" } else { "--trace" };
    let run = ["run", scenario, "--quiet", "--no-plots", trace, "--out", "run"];
    let (code, _, err) = call(work.path(), &[&run, more].concat());
    assert!(code == 0 || code == 1, "{err}");
    work
}

/// The download times that `peers.csv` tells, of each peer's first completion.
fn download_times(folder: &Path) -> Vec<(u64, f64)> {
    let text = fs::read_to_string(folder.join("peers.csv")).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| head.iter().position(|column| *column == name).unwrap();
    let (peer, took) = (place("peer"), place("download_time_s"));
    let mut times: Vec<(u64, f64)> = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        if let (Ok(peer), Ok(took)) = (cells[peer].parse(), cells[took].parse()) {
            if !times.iter().any(|(known, _)| *known == peer) {
                times.push((peer, took));
            }
        }
    }
    times
}

#[test]
fn the_parts_of_embedded_scenarios_are_their_download_times() {
    for (scenario, more) in [
        ("streaming-window", &[][..]),
        ("heavy-churn", &["--set", "peers[home].count=40", "--set", "peers[mobile].count=15"]),
        ("lossy-proofs", &["--set", "peers[home].count=30"]),
        ("tracker-outage", &["--set", "peers[early].count=20", "--set", "peers[late].count=10"]),
        (
            "world-regions",
            &["--set", "peers[europe].count=10", "--set", "peers[japan].count=6", "--set", "file.size=16 MiB"],
        ),
    ] {
        let work = traced(scenario, more);
        let times = download_times(&work.path().join("run"));
        assert!(times.len() > 10, "{scenario}");
        for &(peer, took) in times.iter().step_by(7) {
            let chain = json(work.path(), &["explain", "run", &peer.to_string(), "--json"]);
            let number = |value: &Value| value.as_u64().unwrap();
            let steps = chain["steps"].as_array().unwrap();
            let mut at = number(&chain["from_ns"]);
            for step in steps {
                assert_eq!(number(&step["from_ns"]), at, "{scenario}, peer {peer}");
                at = number(&step["until_ns"]);
            }
            assert_eq!(at, number(&chain["until_ns"]), "{scenario}, peer {peer}");
            let told = chain["download_time_s"].as_f64().unwrap();
            assert!((told - took).abs() < 1e-9, "{scenario}, peer {peer}: {told} and {took} in peers.csv");
            let other = &chain["waits"]["other"];
            assert!(other["own_s"] == 0.0 && other["elsewhere_s"] == 0.0, "{scenario}, peer {peer}: unexplained");
        }
        let all = json(work.path(), &["explain", "run", "--all", "--json"]);
        let mean = times.iter().map(|(_, took)| took).sum::<f64>() / times.len() as f64;
        assert!((all["mean_download_time_s"].as_f64().unwrap() - mean).abs() < 1e-6 * mean, "{scenario}");
        assert_eq!(all["peers"], times.len(), "{scenario}");
    }
}

#[test]
fn tables_are_for_people() {
    let work = traced("single-origin-leaves", &["--set", "peers[home].count=12"]);
    let (code, out, _) = call(work.path(), &["explain", "run"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("Peer ") && out.contains("together") && out.contains("--steps prints all"), "{out}");
    let (_, all, _) = call(work.path(), &["explain", "run/trace.jsonl.zst", "--peer", "3", "--steps"]);
    assert!(
        all.starts_with("Peer 3 (home)") && all.contains("The chain:") && all.lines().count() > out.lines().count()
    );
    let (_, positional, _) = call(work.path(), &["explain", "run", "3", "--steps"]);
    assert_eq!(all, positional);
    let (_, mean, _) = call(work.path(), &["explain", "run", "--all"]);
    assert!(mean.contains("on average"), "{mean}");
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let work = traced("single-origin-leaves", &["--set", "peers[home].count=5", "--set", "stop.at=20s"]);
    let folder = work.path();
    fs::write(folder.join("cut.jsonl"), "{\"ev\":").unwrap();
    fs::create_dir(folder.join("empty")).unwrap();
    for (arguments, found) in [
        (&["explain", "run"][..], "nobody completed the file; name a peer"),
        (&["explain", "run", "--all"], "nobody completed the file"),
        (&["explain", "run", "1"], "had the whole file when it came"),
        (&["explain", "run", "99"], "there is no peer 99; accepted: 1 to 2"),
        (&["explain", "run", "0"], "1"),
        (&["explain", "run", "-3"], "-3"),
        (&["explain", "run", "2", "--peer", "3"], "cannot be used with"),
        (&["explain", "cut.jsonl"], "it is cut"),
        (&["explain", "empty"], "without a trace.jsonl"),
        (&["explain", "nowhere"], "cannot be read"),
        (&["explain", "run/summary.json"], "run/summary.json:1:"),
    ] {
        let (code, out, err) = call(folder, arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(found), "{arguments:?}: {err}");
    }
    // One that is still at it is told what it waits for.
    let (code, out, _) = call(folder, &["explain", "run", "2"]);
    assert!(code == 0 && out.contains("did not complete the file"), "{out}");
}
