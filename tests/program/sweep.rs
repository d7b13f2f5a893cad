//! `swarmsim sweep` and `merge`, through the program: the same bytes whatever the threads, shards, kills and resumptions; and what
//! is refused.
use crate::program::{files, swarmsim};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A swarm of a few peers: a run takes some milliseconds.
const BASE: &str = r#"{
  "name": "base", "stop": { "at": "30min", "when": "time" },
  "file": { "size": "2 MiB", "max_chunk_size": "256 KiB" },
  "tracker": { "entry_ttl": "60s" },
  "protocol": { "active_proof_interval": "25s" },
  "network": { "sharing": "fifo", "latency": { "kind": "uniform", "min": "10ms", "max": "80ms" }, "loss": 0.05 },
  "peers": [
    { "group": "origin", "initial_chunks": "all", "up": "4 Mbit/s", "down": "40 Mbit/s" },
    { "group": "home", "count": 12, "up": "1 Mbit/s", "down": "8 Mbit/s",
      "arrival": { "kind": "uniform", "from": 0, "until": "60s" }, "after_completion": "leave" }
  ]
}"#;

/// Twelve points under three seeds.
const SWEEP: &str = r#"{
  "name": "grid", "scenario": "base.json", "seeds": { "from": 1, "count": 3 },
  "vary": {
    "strategy.kind": ["rarest-first", "random"],
    "tracker.entry_ttl": { "from": "60s", "to": "2min", "step": "30s" },
    "peers[home].count": [6, 12]
  },
  "baseline": { "strategy.kind": "random" },
  "metrics": ["completion.mean_s", "completion.makespan_s", "expiry.mean_stale_listed", "events"]
}"#;

/// A folder with the scenario and the sweep in it.
fn workplace() -> TempDir {
    crate::program::workplace(&[("base.json", BASE), ("sweep.json", SWEEP)])
}

/// Runs something that must end with this code; what it said on standard output and standard error.
fn run(folder: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let output = swarmsim(folder, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    assert!(!stderr.contains("panicked at"), "{stderr}");
    (String::from_utf8(output.stdout).unwrap(), stderr)
}

/// The files of the sweep, done undisturbed on one thread.
fn undisturbed(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    run(folder, &["sweep", "sweep.json", "--out", "undisturbed", "--jobs", "1"], 0);
    files(&folder.join("undisturbed"))
}

fn assert_same(expected: &BTreeMap<String, Vec<u8>>, folder: &Path, what: &str) {
    let found = files(folder);
    let names: Vec<&String> = found.keys().collect();
    assert_eq!(expected.keys().collect::<Vec<_>>(), names, "{what}");
    for (name, bytes) in expected {
        assert_eq!(String::from_utf8_lossy(bytes), String::from_utf8_lossy(&found[name]), "{what}: {name}");
    }
}

fn csv(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn the_results_are_what_was_asked_for() {
    let folder = workplace();
    let (stdout, stderr) = run(folder.path(), &["sweep", "sweep.json"], 0);
    assert!(stdout.contains("grid: 12 points, 36 runs\n") && stderr.is_empty(), "{stdout}{stderr}");
    let table: Vec<&str> =
        stdout.lines().filter(|line| line.contains("rarest-first") || line.contains("random")).collect();
    assert!(table.len() == 12 && table[0].contains(" ± "), "a row a point: {stdout}");
    assert!(stdout.contains("report  in results/grid/report.html\n"), "{stdout}");
    let files = files(&folder.path().join("results/grid"));
    let names: Vec<&str> = files.keys().map(String::as_str).filter(|name| !name.starts_with("plots/")).collect();
    let expected =
        ["aggregate.csv", "manifest.json", "report.html", "results.csv", "results.parquet", "runs.jsonl", "sweep.json"];
    assert_eq!(names, expected);
    let text = String::from_utf8(files["results.csv"].clone()).unwrap();
    let header = "run,seed,strategy.kind,tracker.entry_ttl,peers[home].count,completion.mean_s,completion.makespan_s,\
                  expiry.mean_stale_listed,events,digest,status";
    assert_eq!(text.lines().next().unwrap(), header);
    let rows = csv(&files["results.csv"]);
    assert_eq!(rows.len(), 36);
    assert!(text.lines().nth(1).unwrap().starts_with("0,1,rarest-first,60s,6,"), "{text}");
    assert!(text.lines().nth(36).unwrap().starts_with("35,3,random,120s,12,"), "{text}");
    assert!(rows.iter().all(|row| row["status"] == "complete" && row["digest"].len() == 32));
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    assert_eq!(
        (&manifest["kind"], &manifest["complete"], &manifest["done"]),
        (&"sweep".into(), &true.into(), &36.into())
    );
    for entry in manifest["files"].as_array().unwrap() {
        let bytes = &files[entry["name"].as_str().unwrap()];
        assert_eq!(entry["blake3"], blake3::hash(bytes).to_hex().as_str());
    }
}

/// Mean, median and paired difference again, from the rows.
#[test]
fn the_aggregate_follows_from_the_rows() {
    let folder = workplace();
    let files = undisturbed(folder.path());
    let rows = csv(&files["results.csv"]);
    let value = |row: &BTreeMap<String, String>| row["completion.mean_s"].parse::<f64>().unwrap();
    let at = |strategy: &str, ttl: &str, count: &str| -> Vec<f64> {
        let is = |row: &&BTreeMap<String, String>| {
            row["strategy.kind"] == strategy && row["tracker.entry_ttl"] == ttl && row["peers[home].count"] == count
        };
        rows.iter().filter(is).map(value).collect()
    };
    let aggregate = csv(&files["aggregate.csv"]);
    assert_eq!(aggregate.len(), 12 * 4);
    for row in aggregate.iter().filter(|row| row["metric"] == "completion.mean_s") {
        let (ttl, count) = (&row["tracker.entry_ttl"], &row["peers[home].count"]);
        let (own, base) = (at(&row["strategy.kind"], ttl, count), at("random", ttl, count));
        let number = |column: &str| row[column].parse::<f64>().unwrap_or_else(|_| panic!("{column}: {row:?}"));
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
        let mean = own.iter().sum::<f64>() / 3.0;
        assert!(close(number("mean"), mean), "{row:?}");
        let deviation = (own.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 2.0).sqrt();
        assert!(close(number("std_dev"), deviation), "{row:?}");
        // The 97.5th percentile of Student's t with 2 degrees of freedom is 4.302653.
        assert!((number("ci95_high") - mean - 4.302_653 * deviation / 3.0_f64.sqrt()).abs() < 1e-4 * (1.0 + deviation));
        let differences: Vec<f64> = own.iter().zip(&base).map(|(a, b)| a - b).collect();
        assert!(close(number("mean_difference"), differences.iter().sum::<f64>() / 3.0), "{row:?}");
        let ratio = own.iter().zip(&base).map(|(a, b)| a / b).sum::<f64>() / 3.0;
        assert!(close(number("mean_ratio"), ratio), "{row:?}");
        assert_eq!([&row["n"], &row["censored"], &row["failed"], &row["paired_n"]], ["3", "0", "0", "3"]);
    }
}

#[test]
fn bytes_do_not_depend_on_threads_or_shards() {
    let folder = workplace();
    let here = folder.path();
    let expected = undisturbed(here);
    run(here, &["sweep", "sweep.json", "--out", "three", "--jobs", "3"], 0);
    assert_same(&expected, &here.join("three"), "three threads");
    let mut merge = vec!["merge".to_owned()];
    for part in ["1/4", "2/4", "3/4", "4/4"] {
        run(here, &["sweep", "sweep.json", "--out", "parts", "--shard", part], 0);
        merge.push(format!("parts/shard-{}", part.replace('/', "-of-")));
    }
    merge[1..].reverse();
    merge.extend(["--out".to_owned(), "parts".to_owned()]);
    let merge: Vec<&str> = merge.iter().map(String::as_str).collect();
    run(here, &merge, 0);
    for part in 1..=4 {
        fs::remove_dir_all(here.join(format!("parts/shard-{part}-of-4"))).unwrap();
    }
    assert_same(&expected, &here.join("parts"), "four shards");
}

#[test]
fn every_printed_command_does_the_same_run() {
    let folder = workplace();
    let here = folder.path();
    let expected = undisturbed(here);
    let (plan, _) = run(here, &["sweep", "sweep.json", "--plan"], 0);
    assert_eq!(plan.lines().count(), 36);
    let rows = csv(&expected["results.csv"]);
    let path = Path::new(env!("CARGO_BIN_EXE_swarmsim")).parent().unwrap();
    let paths = std::env::join_paths(
        [path.to_path_buf()].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    for number in [0, 17, 35] {
        let line = plan.lines().nth(number).unwrap();
        assert!(line.starts_with(&format!("{number}  seed={}  strategy.kind=", rows[number]["seed"])), "{line}");
        let command = format!("{} --json --out alone/{number}", &line[line.find("swarmsim run").unwrap()..]);
        let mut shell = Process::new("sh");
        shell.args(["-c", &command]).current_dir(here).env("PATH", paths.as_ref().unwrap());
        let output = shell.output().unwrap();
        let summary: Value = serde_json::from_slice(&output.stdout).expect(&command);
        assert_eq!(summary["digest"], rows[number]["digest"].as_str());
    }
    let (lines, _) = run(here, &["sweep", "sweep.json", "--plan", "--json", "--shard", "2/4"], 0);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 9);
    assert_eq!((&lines[0]["run"], &lines[0]["values"]["peers[home].count"]), (&1.into(), &"6".into()));
    assert!(!here.join("results").exists(), "a plan writes nothing");
}

#[test]
fn a_scenario_in_the_sweep_itself_is_run_alone_too() {
    let folder = workplace();
    let here = folder.path();
    fs::write(here.join("times.txt"), "20ms\n0.03\n").unwrap();
    let latency = r#"{ "kind": "uniform", "min": "10ms", "max": "80ms" }"#;
    let base = BASE.replace(latency, r#"{ "kind": "empirical", "file": "times.txt" }"#);
    let sweep = format!("{{\"scenario\": {base}, \"vary\": {{\"tracker.entry_ttl\": [60, \"70s\"]}}}}");
    fs::write(here.join("it's one.json"), sweep).unwrap();
    run(here, &["sweep", "it's one.json", "--out", "out"], 0);
    let (plan, _) = run(here, &["sweep", "it's one.json", "--plan"], 0);
    assert!(plan.contains("run 'it'\\''s one.json#scenario' --set tracker.entry_ttl=70s --seed 1"), "{plan}");
    let arguments = ["run", "it's one.json#scenario", "--set", "tracker.entry_ttl=70s", "--seed", "1", "--json"];
    let summary: Value = serde_json::from_str(&run(here, &arguments, 0).0).unwrap();
    let rows = csv(&files(&here.join("out"))["results.csv"]);
    assert_eq!(summary["digest"], rows[1]["digest"].as_str());
    // What the folder holds of the sweep needs neither the scenario nor the file with the times.
    fs::remove_file(here.join("times.txt")).unwrap();
    run(here, &["sweep", "out/sweep.json", "--out", "again"], 0);
    assert_same(&files(&here.join("out")), &here.join("again"), "from its own sweep.json");
}

#[test]
fn more_seeds_run_only_those() {
    let folder = workplace();
    let here = folder.path();
    let expected = undisturbed(here);
    fs::write(here.join("fewer.json"), SWEEP.replace("\"count\": 3 }", "\"count\": 2 }")).unwrap();
    run(here, &["sweep", "fewer.json", "--out", "grown"], 0);
    let (_, stderr) = run(here, &["sweep", "sweep.json", "--out", "grown"], 2);
    assert!(stderr.contains("holds a sweep already; go on with it with --resume"), "{stderr}");
    let (stdout, _) = run(here, &["sweep", "sweep.json", "--out", "grown", "--resume"], 0);
    assert!(stdout.contains("36 runs, 24 of them there before"), "{stdout}");
    assert_same(&expected, &here.join("grown"), "two seeds and then three");
    let (stdout, _) = run(here, &["sweep", "sweep.json", "--out", "grown", "--resume"], 0);
    assert!(stdout.contains("36 runs, 36 of them there before"), "{stdout}");
    assert_same(&expected, &here.join("grown"), "done again");
    let (_, stderr) = run(here, &["sweep", "fewer.json", "--out", "grown", "--resume"], 0);
    assert!(stderr.contains("12 runs of an earlier form of the sweep"), "{stderr}");
    fs::write(here.join("other.json"), SWEEP.replace("\"grid\"", "\"other\"")).unwrap();
    let (_, stderr) = run(here, &["sweep", "other.json", "--out", "grown", "--resume"], 2);
    assert!(stderr.contains("holds the sweep grid, not other"), "{stderr}");
    let (stdout, _) = run(here, &["sweep", "sweep.json", "--out", "grown", "--force"], 0);
    assert!(!stdout.contains("there before"), "{stdout}");
    assert_same(&expected, &here.join("grown"), "begun anew");
}

#[test]
fn damaged_and_foreign_records_are_run_again() {
    let folder = workplace();
    let here = folder.path();
    let expected = undisturbed(here);
    let runs = String::from_utf8(expected["runs.jsonl"].clone()).unwrap();
    let lines: Vec<&str> = runs.lines().collect();
    let flipped = lines[5].replacen("\"seed\":3", "\"seed\":4", 1);
    assert_ne!(flipped, lines[5]);
    for (what, text) in [
        ("a changed line", runs.replace(lines[5], &flipped)),
        ("a line cut short", runs.replace(lines[7], &lines[7][..400])),
        ("an empty file", String::new()),
        ("another file", "PAR1 nothing\n\u{0}\n".to_owned()),
        ("half of it", runs[..runs.len() / 2].to_owned()),
    ] {
        let out = here.join("damaged");
        let _ = fs::remove_dir_all(&out);
        fs::create_dir(&out).unwrap();
        expected.iter().for_each(|(name, bytes)| {
            fs::create_dir_all(out.join(name).parent().unwrap()).unwrap();
            fs::write(out.join(name), bytes).unwrap();
        });
        fs::write(out.join("runs.jsonl"), text).unwrap();
        run(here, &["sweep", "sweep.json", "--out", "damaged", "--resume"], 0);
        assert_same(&expected, &out, what);
    }
}

#[test]
fn a_failed_check_keeps_the_runs_and_is_told() {
    let folder = workplace();
    let here = folder.path();
    let base = BASE.replacen('{', "{ \"expect\": [{ \"metric\": \"peers.completed\", \"at_least\": 12 }],", 1);
    fs::write(here.join("base.json"), base).unwrap();
    let (stdout, stderr) = run(here, &["sweep", "sweep.json", "--out", "out"], 1);
    assert!(stdout.contains("36 runs"), "{stdout}");
    assert!(stderr.contains("0 of 36 runs failed, 18 did not meet") && stderr.contains("got 6"), "{stderr}");
    assert_eq!(csv(&files(&here.join("out"))["results.csv"]).len(), 36);
}

#[test]
fn runs_that_were_cut_off_are_counted_and_not_averaged() {
    let folder = workplace();
    let here = folder.path();
    fs::write(here.join("base.json"), BASE.replace("30min", "70s")).unwrap();
    run(here, &["sweep", "sweep.json", "--out", "out"], 0);
    let files = files(&here.join("out"));
    let incomplete = csv(&files["results.csv"]).iter().filter(|row| row["status"] == "incomplete").count();
    assert!(incomplete > 0);
    let aggregate = csv(&files["aggregate.csv"]);
    let of = |metric: &str, column: &str| -> usize {
        aggregate.iter().filter(|row| row["metric"] == metric).map(|row| row[column].parse::<usize>().unwrap()).sum()
    };
    assert_eq!(of("completion.mean_s", "censored"), incomplete);
    assert_eq!(of("completion.mean_s", "n"), 36 - incomplete);
    assert_eq!((of("events", "n"), of("events", "censored")), (36, 0));
}

/// Every case ends with exit code 2, says where and what, and writes nothing.
#[test]
fn bad_sweeps_are_refused_and_write_nothing() {
    let folder = workplace();
    let here = folder.path();
    let many: Vec<String> = (0..1000).map(|value| value.to_string()).collect();
    let many: Vec<String> = (0..8).map(|path| format!("\"x{path}\": [{}]", many.join(","))).collect();
    for (text, expected) in [
        (SWEEP.replace("[6, 12]", "[]"), "bad.json:6:26: $.vary[\"peers[home].count\"]: found no value"),
        (SWEEP.replace("tracker.entry_ttl", "tracker.entri_ttl"), "accepted: entry_ttl, sweep_interval"),
        (
            SWEEP.replace("[6, 12]", "[6, 0]"),
            "bad.json:6:30: $.vary[\"peers[home].count\"][1]: peers[1].count: found 0",
        ),
        (SWEEP.replace("tracker.entry_ttl", "peers[1].count"), "is varied twice"),
        (
            format!("{{\"scenario\": \"base.json\", \"vary\": {{{}}}}}", many.join(",")),
            "1000000000000000000000000 runs",
        ),
        (SWEEP.replace("base.json", "sweep.json"), "is a sweep itself"),
        (SWEEP.replace("\"step\": \"30s\"", "\"step\": \"0s\""), "a step that is not 0"),
        (SWEEP.replace("\"seeds\"", "\"sedes\""), "did you mean \"seeds\"?"),
        (SWEEP.replace("\"metrics\"", "\"name\": \"again\", \"metrics\""), "the key is given twice, first at 2:3"),
        (SWEEP.replace("base.json", "nothing.json"), "nothing.json: there is no such file"),
        (SWEEP.replace("base.json", "."), "is a folder"),
        (SWEEP.replace("\"grid\"", "\"../grid\""), "a name holds no `/`"),
        (BASE.to_owned(), "is no sweep; it is a scenario; run it with `swarmsim run bad.json`"),
        (SWEEP[..200].to_owned(), "is missing"),
    ] {
        fs::write(here.join("bad.json"), text).unwrap();
        for arguments in
            [&["sweep", "bad.json"][..], &["sweep", "bad.json", "--plan"], &["sweep", "bad.json", "--resume"]]
        {
            let (stdout, stderr) = run(here, arguments, 2);
            assert!(stdout.is_empty() && stderr.contains(expected), "{expected}: {stderr}");
        }
        assert!(!here.join("results").exists(), "{expected}");
    }
    fs::write(here.join("base.json"), BASE.replace("\"count\": 12", "\"cuont\": 12")).unwrap();
    let (_, stderr) = run(here, &["sweep", "sweep.json"], 2);
    assert!(stderr.contains("base.json:9:") && stderr.contains("did you mean \"count\"?"), "{stderr}");
    for (arguments, expected) in [
        (&["--shard", "0/4"][..], "counted from 1"),
        (&["--shard", "5/4"], "there is no part 5 of 4"),
        (&["--shard", "x"], "PART/PARTS"),
        (&["--jobs", "0"], "0"),
        (&["--resume", "--force"], "cannot be used with"),
    ] {
        let (_, stderr) = run(here, &[&["sweep", "sweep.json"], arguments].concat(), 2);
        assert!(stderr.contains(expected), "{stderr}");
    }
    assert!(!here.join("results").exists());
}

#[test]
fn merge_refuses_gaps_contradictions_and_strangers() {
    let folder = workplace();
    let here = folder.path();
    for part in ["1/3", "2/3", "3/3"] {
        run(here, &["sweep", "sweep.json", "--out", "p", "--shard", part], 0);
    }
    let [one, two, three] = ["p/shard-1-of-3", "p/shard-2-of-3", "p/shard-3-of-3"];
    let refuse = |folders: &[&str], expected: &str| {
        let (stdout, stderr) = run(here, &[&["merge", "--out", "whole"], folders].concat(), 2);
        assert!(stdout.is_empty() && stderr.contains(expected), "{expected}: {stderr}");
        assert!(!here.join("whole").exists());
    };
    refuse(&[one, three], "12 of 36 runs are in none of the folders:\n  run 1: seed 2, strategy.kind = rarest-first");
    refuse(&[one, "nowhere"], "nowhere: there is no such folder");
    refuse(&[one, "."], "holds no sweep");
    fs::write(here.join("other.json"), SWEEP.replace("\"events\"]", "\"chunks.cut\"]")).unwrap();
    run(here, &["sweep", "other.json", "--out", "o", "--shard", "2/3"], 0);
    refuse(&[one, "o/shard-2-of-3", three], "is of another sweep");
    let change = |shard: &str, name: &str, from: &str, to: &str| {
        let path = here.join(shard).join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} holds {from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        (path, text)
    };
    let version = format!("\"swarmsim\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let (path, text) = change(two, "manifest.json", &version, "\"swarmsim\": \"9.9.9\"");
    refuse(&[one, two, three], "was made by version 9.9.9");
    fs::write(path, text).unwrap();
    let (path, text) = change(two, "runs.jsonl", "\"seed\":2", "\"seed\":3");
    refuse(&[one, two, three], "runs.jsonl is missing or damaged");
    fs::write(path, text).unwrap();
    refuse(&[one, two, three, two], "run 1: seed 2, strategy.kind = rarest-first");
    refuse(&[one, two, three, two], "the folders overlap; name each part once");
    run(here, &["merge", one, two, three, "--out", "whole"], 0);
    assert_same(&undisturbed(here), &here.join("whole"), "the parts, each once");
}

#[test]
fn a_baseline_that_the_constraints_leave_out_is_told() {
    let work = workplace();
    let constraint = r#""constraints": [{"path": "strategy.kind", "differs_from": "random"}], "metrics": ["#;
    fs::write(work.path().join("sweep.json"), SWEEP.replace("\"metrics\": [", constraint)).unwrap();
    let (_, stderr) = run(work.path(), &["sweep", "sweep.json", "--no-plots"], 0);
    assert!(stderr.contains("nothing to be compared with: the constraints leave out the baseline there"), "{stderr}");
}

#[test]
fn a_sweep_that_is_taken_for_a_scenario_is_told() {
    let work = workplace();
    for arguments in [&["run", "sweep.json"][..], &["compare", "sweep.json", "--strategies", "random,zipf"]] {
        let (_, stderr) = run(work.path(), arguments, 2);
        assert!(stderr.contains("sweep.json: is a sweep, not a scenario; run it with `swarmsim sweep"), "{stderr}");
        assert!(!work.path().join("results").exists(), "{arguments:?}");
    }
}

#[test]
fn two_sweeps_do_not_share_a_folder() {
    let folder = workplace();
    let here = folder.path();
    fs::write(here.join("long.json"), SWEEP.replace("\"count\": 3 }", "\"count\": 3000 }")).unwrap();
    let mut first = start(here, &["sweep", "long.json", "--out", "out"]);
    wait_for(&here.join("out/.swarmsim.journal"));
    let (_, stderr) = run(here, &["sweep", "sweep.json", "--out", "out", "--resume"], 2);
    assert!(stderr.contains("is being written by another process"), "{stderr}");
    first.kill().unwrap();
    first.wait().unwrap();
    // The lock has ended with its process.
    let (_, stderr) = run(here, &["sweep", "sweep.json", "--out", "out"], 2);
    assert!(stderr.contains("holds a sweep that is not finished; go on with it with --resume"), "{stderr}");
    run(here, &["sweep", "sweep.json", "--out", "out", "--resume"], 0);
    assert_same(&undisturbed(here), &here.join("out"), "after another had been killed");
}

fn start(folder: &Path, arguments: &[&str]) -> std::process::Child {
    let mut command = Process::new(env!("CARGO_BIN_EXE_swarmsim"));
    let command = command.current_dir(folder).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Waits until a journal holds a run.
fn wait_for(path: &PathBuf) {
    for _ in 0..2_000 {
        if fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{} was not written in 10 s", path.display());
}

#[cfg(unix)]
#[test]
fn whoever_kills_it_and_whenever_the_bytes_are_the_same() {
    let folder = workplace();
    let here = folder.path();
    let expected = undisturbed(here);
    let moments = [0, 3, 9, 20, 35, 60, 90, 130, 200];
    for (i, milliseconds) in moments.into_iter().enumerate() {
        let mut sweep = start(here, &["sweep", "sweep.json", "--out", "killed", "--resume", "--jobs", "2"]);
        std::thread::sleep(Duration::from_millis(milliseconds));
        sweep.kill().unwrap();
        sweep.wait().unwrap();
        // Every third time it begins anew, so that all stages are met.
        if i % 3 == 2 {
            run(here, &["sweep", "sweep.json", "--out", "killed", "--resume"], 0);
            assert_same(&expected, &here.join("killed"), &format!("killed after {milliseconds} ms"));
            fs::remove_dir_all(here.join("killed")).unwrap();
        }
    }
}

#[cfg(unix)]
#[test]
fn an_interruption_keeps_what_is_done_and_says_how_to_go_on() {
    let folder = workplace();
    let here = folder.path();
    fs::write(here.join("long.json"), SWEEP.replace("\"count\": 3 }", "\"count\": 300 }")).unwrap();
    for signal in ["INT", "TERM"] {
        let sweep = start(here, &["sweep", "long.json", "--out", "out", "--jobs", "2", "--resume"]);
        wait_for(&here.join("out/.swarmsim.journal"));
        Process::new("kill").args([format!("-{signal}"), sweep.id().to_string()]).status().unwrap();
        let output = sweep.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        let again = "go on with: swarmsim sweep long.json --out out --resume\n";
        assert!(stderr.contains("marked as incomplete") && stderr.ends_with(again), "{stderr}");
        let files = files(&here.join("out"));
        let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
        assert_eq!(manifest["complete"], false);
        assert_eq!(csv(&files["results.csv"]).len() as u64, manifest["done"].as_u64().unwrap());
        assert!(!files.contains_key(".swarmsim.journal"));
    }
    let (stdout, _) = run(here, &["sweep", "sweep.json", "--out", "out", "--resume"], 0);
    assert!(stdout.contains("36 runs"), "{stdout}");
    assert_same(&undisturbed(here), &here.join("out"), "interrupted twice, and made smaller");
}

/// A full disk, as the system's limit on the size of files has it: writes fail in the midst of the journal, and of the results.
#[cfg(target_os = "linux")]
#[test]
fn what_the_disk_refuses_is_told_and_taken_up_again() {
    let folder = workplace();
    let here = folder.path();
    let expected = undisturbed(here);
    let runs = expected["runs.jsonl"].len() as u64;
    for kibibytes in [1, 5, 20, runs / 1024 - 1] {
        let program = env!("CARGO_BIN_EXE_swarmsim");
        // Ignored, the signal leaves the error to the program.
        let line =
            format!("trap '' XFSZ; ulimit -f {}; exec {program} sweep sweep.json --out full --resume", kibibytes * 2);
        let output = Process::new("sh").args(["-c", &line]).current_dir(here).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{kibibytes} KiB: {stderr}");
        assert!(stderr.contains("cannot write") && stderr.contains("go on with --resume"), "{stderr}");
        assert!(!here.join("full/manifest.json").exists() && !here.join("full/.partial").exists());
    }
    run(here, &["sweep", "sweep.json", "--out", "full", "--resume"], 0);
    assert_same(&expected, &here.join("full"), "after a full disk");
}

#[test]
fn sweeps_are_validated_and_described_by_a_schema() {
    let folder = workplace();
    let here = folder.path();
    let (stdout, _) = run(here, &["validate", "sweep.json", "base.json"], 0);
    assert!(
        stdout.starts_with("ok sweep.json: 36 runs of 12 points, about ") && stdout.contains("ok base.json: 13 peers"),
        "{stdout}"
    );
    let (_, stderr) = run(here, &["validate", "sweep.json", "--seed", "1"], 2);
    assert!(stderr.contains("is a sweep"), "{stderr}");
    let schema: Value = serde_json::from_str(&run(here, &["schema", "sweep"], 0).0).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&serde_json::from_str(SWEEP).unwrap()));
    run(here, &["sweep", "sweep.json", "--quiet"], 0);
    let manifest = fs::read(here.join("results/grid/manifest.json")).unwrap();
    let schema: Value = serde_json::from_str(&run(here, &["schema", "manifest"], 0).0).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&serde_json::from_slice(&manifest).unwrap()));
}

#[test]
fn values_are_set_in_all_runs_and_stand_in_the_results() {
    let folder = workplace();
    let set = ["--set", "tracker.entry_ttl=75s", "--set", "network.loss=0.5", "--quiet", "--out", "set"];
    run(folder.path(), &[&["sweep", "sweep.json"][..], &set].concat(), 0);
    let rows = csv(&fs::read(folder.path().join("set/results.csv")).unwrap());
    // Two strategies, one time to live in place of three, two sizes, three seeds.
    assert_eq!(rows.len(), 12);
    assert!(rows.iter().all(|row| row["tracker.entry_ttl"] == "75s" && row["network.loss"] == "0.5"));
    let (plan, _) = run(folder.path(), &["sweep", "sweep.json", "--set", "network.loss=0.5", "--plan"], 0);
    assert!(plan.lines().all(|line| line.contains("--set network.loss=0.5")), "{plan}");
    for (wrong, told) in [("loss", "accepted: PATH=VALUE"), ("network.los=0.5", "did you mean \"loss\"?")] {
        let (_, stderr) = run(folder.path(), &["sweep", "sweep.json", "--set", wrong, "--out", "none"], 2);
        assert!(stderr.contains(told), "{stderr}");
        assert!(!folder.path().join("none").exists());
    }
}
