//! `swarmsim reproduce` and `swarmsim diff`, through the program: runs made again, damaged, foreign, partial; runs that part.
use crate::program::swarmsim;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A small swarm with some of everything.
const BASE: &str = r#"{
  "name": "base", "seed": 42, "stop": { "at": "10m" },
  "file": { "size": "4000 kB", "max_chunk_size": "256 kB" },
  "tracker": { "max_peers_returned": 8 },
  "network": { "sharing": "equal-share", "latency": { "kind": "uniform", "min": "10ms", "max": "80ms" }, "loss": 0.02 },
  "peers": [
    { "group": "origin", "count": 1, "initial_chunks": "all", "up": "4 Mbit/s", "down": "40 Mbit/s" },
    { "group": "home", "count": 20, "up": "1 Mbit/s", "down": "8 Mbit/s",
      "arrival": { "kind": "uniform", "from": 0, "until": "90s" },
      "session": { "kind": "exponential", "mean": "90s" } } ]
}"#;

/// A folder with a run in `a`, made with these arguments.
fn with_run(arguments: &[&str]) -> TempDir {
    let work = crate::program::workplace(&[("base.json", BASE)]);
    add_run(work.path(), "a", arguments);
    work
}

fn add_run(folder: &Path, name: &str, arguments: &[&str]) {
    let output = swarmsim(folder, &[&["run", "base.json", "--quiet", "--out", name], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The exit code, standard output and standard error.
fn call(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = swarmsim(folder, arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Changes a file of a run; with `tells` its manifest says that it was written so.
fn change(folder: &Path, name: &str, tells: bool, edit: impl Fn(String) -> String) {
    let path = folder.join(name);
    let old = fs::read_to_string(&path).unwrap();
    let new = edit(old.clone());
    assert_ne!(old, new, "{name} is changed");
    fs::write(&path, &new).unwrap();
    if tells {
        let manifest = folder.join("manifest.json");
        let digest = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
        let text = fs::read_to_string(&manifest).unwrap();
        assert!(text.contains(&digest(&old)));
        fs::write(&manifest, text.replace(&digest(&old), &digest(&new))).unwrap();
    }
}

#[test]
fn whatever_was_written_is_reproduced() {
    for arguments in [
        &["--no-plots"][..],
        &["--trace", "--png"],
        &["--trace=zst", "--format", "parquet", "--seed", "18446744073709551615", "--strategy", "zipf"],
        &["--no-plots", "--png", "--set", "tracker.entry_ttl=61.5s"],
    ] {
        let work = with_run(arguments);
        let before = crate::program::files(work.path());
        let files =
            serde_json::from_slice::<Value>(&before["a/manifest.json"]).unwrap()["files"].as_array().unwrap().len();
        let (code, out, err) = call(work.path(), &["reproduce", "a"]);
        assert_eq!((code, &*err), (0, ""), "{arguments:?}");
        assert!(out.starts_with(&format!("reproduced: {files} of {files} files, digest ")), "{out}");
        let (code, out, err) = call(work.path(), &["reproduce", "a", "--json", "--quiet"]);
        let account: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((code, &*err, &account["reproduced"]), (0, "", &Value::from(true)));
        assert_eq!(account["same_files"], files);
        assert_eq!(call(work.path(), &["reproduce", "a", "--quiet"]), (0, String::new(), String::new()));
        assert_eq!(crate::program::files(work.path()), before, "nothing is written beside the run");
    }
}

#[test]
fn a_damaged_file_is_told_from_a_run_that_differs() {
    let work = with_run(&[]);
    let run = work.path().join("a");
    change(&run, "peers.csv", false, |text| text.replacen("home", "away", 1));
    fs::remove_file(run.join("report.html")).unwrap();
    let (code, out, err) = call(work.path(), &["reproduce", "a"]);
    assert_eq!((code, &*out), (1, ""));
    assert!(err.contains("changed or removed since the run was written: peers.csv, report.html"), "{err}");
    assert!(err.contains("the run itself is reproduced"), "{err}");
    // The scenario is damaged, too; the manifest has it.
    fs::write(run.join("scenario.json"), "{").unwrap();
    let (code, _, err) = call(work.path(), &["reproduce", "a"]);
    assert!(code == 1 && err.contains("scenario.json") && err.contains("itself is reproduced"), "{err}");
}

#[test]
fn the_first_field_that_differs_is_named() {
    let work = with_run(&[]);
    let run = work.path().join("a");
    change(&run, "timeseries.csv", true, |text| text.replacen("\n10,", "\n10.5,", 1));
    let (code, _, err) = call(work.path(), &["reproduce", "a"]);
    assert_eq!(code, 1);
    assert!(
        err.contains(
            "1 file comes out differently; the first is timeseries.csv, line 2, column time_s: 10.5 then, 10 now"
        ),
        "{err}"
    );
    change(&run, "summary.json", true, |text| text.replace("\"seed\": 42", "\"seed\": 43"));
    let (code, out, err) = call(work.path(), &["reproduce", "a", "--json"]);
    assert_eq!(code, 1);
    assert!(err.contains("the first is summary.json, $.seed: 43 then, 42 now"), "{err}");
    let account: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(account["wrong"][0]["difference"]["place"], "$.seed");
    // Other events.
    let digest =
        serde_json::from_slice::<Value>(&fs::read(run.join("manifest.json")).unwrap()).unwrap()["digest"].clone();
    change(&run, "manifest.json", false, |text| text.replacen(digest.as_str().unwrap(), &"0".repeat(32), 1));
    let (code, _, err) = call(work.path(), &["reproduce", "a"]);
    assert!(code == 1 && err.starts_with("error: a: not reproduced: the events differ: digest 00000000"), "{err}");
}

#[test]
fn another_version_is_told_first() {
    let work = with_run(&["--no-plots"]);
    change(&work.path().join("a"), "manifest.json", false, |text| {
        text.replace("\"swarmsim\": \"", "\"swarmsim\": \"0.0.")
            .replace("\"model_revision\": ", "\"model_revision\": 9")
    });
    let (code, out, err) = call(work.path(), &["reproduce", "a"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.starts_with("warning: a was made by swarmsim 0.0.") && err.contains("(model 9"), "{err}");
    assert!(out.starts_with("reproduced"), "{out}");
}

#[test]
fn what_is_no_whole_run_is_bad_input() {
    let work = with_run(&["--no-plots"]);
    let good = fs::read_to_string(work.path().join("a/manifest.json")).unwrap();
    let folder = |name: &str, manifest: Option<&str>| {
        fs::create_dir_all(work.path().join(name)).unwrap();
        manifest.into_iter().for_each(|text| fs::write(work.path().join(name).join("manifest.json"), text).unwrap());
    };
    let edit = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    folder("empty", None);
    folder("partial/.partial", None);
    folder("rubbish", Some("{\"kind\": \"run\""));
    folder("foreign", Some("{\"name\": \"npm package\"}"));
    folder("sweep", Some(&edit("\"kind\": \"run\"", "\"kind\": \"sweep\"")));
    folder("future", Some(&edit("\"schema\": 1", "\"schema\": 99")));
    folder("outside", Some(&edit("\"name\": \"peers.csv\"", "\"name\": \"../../peers.csv\"")));
    folder("nodigest", Some(&edit("\"digest\": \"", "\"digest\": \"x")));
    folder("otherseed", Some(&edit("\"seed\": 42", "\"seed\": 41")));
    folder("noscenario", Some(&edit("\"resolved_scenario\": {", "\"resolved_scenario\": {\"zzz\": 1,")));
    let cases = [
        ("nowhere", "cannot be read"),
        ("base.json", "is no folder"),
        ("a/manifest.json", "name its folder"),
        ("empty", "holds no run"),
        ("partial", "not finished"),
        ("rubbish", "manifest.json"),
        ("foreign", "manifest.json"),
        ("sweep", "describes a sweep"),
        ("future", "version 99"),
        ("outside", "`files`"),
        ("nodigest", "`digest`"),
        ("otherseed", "seed"),
        ("noscenario", "zzz"),
    ];
    for (name, expected) in cases {
        for arguments in [&["reproduce", name][..], &["diff", name, "a"], &["diff", "a", name]] {
            let (code, out, err) = call(work.path(), arguments);
            assert_eq!((code, &*out), (2, ""), "{arguments:?}: {err}");
            assert!(err.starts_with("error: ") && err.contains(expected), "{name}: expected {expected:?} in {err}");
        }
    }
    let (code, _, err) = call(work.path(), &["reproduce", "a", "--max-events", "10"]);
    assert!(code == 2 && err.contains("--max-events"), "{err}");
}

#[test]
fn equal_runs_have_the_same_events() {
    let work = with_run(&["--no-plots"]);
    add_run(work.path(), "b", &["--no-plots", "--set", "output.sample_interval=5s", "--trace=zst"]);
    let (code, out, err) = call(work.path(), &["diff", "a", "b"]);
    assert_eq!((code, &*err), (0, ""));
    assert!(out.contains("same events, digest "), "{out}");
    assert!(
        out.contains("$.output.sample_interval: A 10, B 5") || out.contains("sample_interval: A \"10s\", B \"5s\""),
        "{out}"
    );
    let (code, out, _) = call(work.path(), &["diff", "a", "a", "--json"]);
    let found: Value = serde_json::from_str(&out).unwrap();
    assert!(code == 0 && found["same"] == true && found["parting"].is_null(), "{out}");
}

#[test]
fn runs_that_part_are_shown_where_they_do() {
    let work = with_run(&["--no-plots", "--trace"]);
    add_run(work.path(), "b", &["--no-plots", "--trace=zst", "--set", "network.loss=0.03"]);
    let (code, out, err) = call(work.path(), &["diff", "a", "b", "--json", "--context", "5"]);
    assert_eq!((code, &*err), (1, ""));
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["same"], false);
    assert_eq!(found["scenario_differences"].as_array().unwrap().len(), 1);
    assert_eq!(found["scenario_differences"][0]["place"], "$.network.loss");
    // What it shows is the first line in which the traces differ, and the lines before.
    let a = fs::read_to_string(work.path().join("a/trace.jsonl")).unwrap();
    add_run(work.path(), "c", &["--no-plots", "--trace", "--set", "network.loss=0.03"]);
    let c = fs::read_to_string(work.path().join("c/trace.jsonl")).unwrap();
    let lines =
        |text: &str| -> Vec<Value> { text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect() };
    let (a, c) = (lines(&a), lines(&c));
    let first = a.iter().zip(&c).position(|(a, c)| a != c).expect("they part");
    let sides = &found["parting"]["sides"];
    assert_eq!((&sides[0]["lines"][0], &sides[1]["lines"][0]), (&a[first], &c[first]));
    let before = found["parting"]["before"].as_array().unwrap();
    assert!(before.len() >= 5);
    assert_eq!(before[..], a[first - before.len()..first]);
    assert!(sides[0]["actors"].as_array().is_some_and(|actors| !actors.is_empty()));
    // The same in words; and from a run whose checkpoints are gone.
    fs::remove_file(work.path().join("a/checkpoints.csv")).unwrap();
    let (code, out, err) = call(work.path(), &["diff", "a", "b"]);
    assert_eq!((code, &*err), (1, ""));
    assert!(out.contains("checkpoints.csv") && out.contains("$.network.loss: A 0.02, B 0.03"), "{out}");
    assert!(
        out.contains(&format!("they part in event {}", found["parting"]["event"]))
            || out.contains("they part in event "),
        "{out}"
    );
    assert!(!out.contains('\u{fffd}'), "{out}");
    assert!(out.contains("\"ev\":\"lose\"") && out.contains("before, in both:"), "{out}");
}

#[test]
fn runs_that_another_program_made_are_told_apart_by_their_checkpoints() {
    let work = with_run(&["--no-plots"]);
    add_run(work.path(), "b", &["--no-plots"]);
    let digest = |name: &str| {
        let manifest: Value =
            serde_json::from_slice(&fs::read(work.path().join(name).join("manifest.json")).unwrap()).unwrap();
        manifest["digest"].as_str().unwrap().to_owned()
    };
    let old = digest("b");
    change(&work.path().join("b"), "checkpoints.csv", true, |text| text.replace(&old, &"1".repeat(32)));
    change(&work.path().join("b"), "manifest.json", false, |text| text.replace(&old, &"1".repeat(32)));
    let (code, out, _) = call(work.path(), &["diff", "a", "b"]);
    assert_eq!(code, 1);
    assert!(out.contains("done again they have the same") && out.contains("part after number "), "{out}");
    change(&work.path().join("b"), "manifest.json", false, |text| {
        text.replace("\"model_revision\": ", "\"model_revision\": 9")
    });
    let (code, out, _) = call(work.path(), &["diff", "a", "b"]);
    assert_eq!(code, 1);
    assert!(out.starts_with("b was made by swarmsim") && out.contains("their events part after number "), "{out}");
}

#[test]
fn a_trace_is_exported_compressed_or_not() {
    let work = with_run(&["--no-plots", "--trace"]);
    add_run(work.path(), "b", &["--no-plots", "--trace=zst"]);
    let export = |trace: &str, more: &[&str]| {
        call(work.path(), &[&["trace", "export", trace, "--to", "perfetto"], more].concat())
    };
    let (code, out, err) = export("a/trace.jsonl", &[]);
    assert!(code == 0 && err.is_empty() && out.contains("a/trace.perfetto.json"), "{out}{err}");
    let (code, out, err) = export("b/trace.jsonl.zst", &["--out", "-"]);
    assert!(code == 0 && err.is_empty(), "{err}");
    assert_eq!(fs::read_to_string(work.path().join("a/trace.perfetto.json")).unwrap(), out);
    let whole: Value = serde_json::from_str(&out).unwrap();
    assert!(whole["traceEvents"].as_array().unwrap().len() > 1_000);
    let before = crate::program::files(work.path());
    for (trace, more, expected) in [
        ("a/trace.jsonl", &[][..], "--force"),
        ("a/trace.jsonl", &["--out", "a/trace.jsonl", "--force"], "the trace itself"),
        ("a/summary.json", &["--out", "x"], "line"),
        ("a/nothing", &[], "cannot read"),
        ("a", &[], "no regular file"),
    ] {
        let (code, _, err) = export(trace, more);
        assert!(code == 2 || code == 1 && expected == "cannot read", "{trace}: {code} {err}");
        assert!(err.contains(expected) || expected == "line" && err.contains("a/summary.json:1:"), "{trace}: {err}");
    }
    let compressed = fs::read(work.path().join("b/trace.jsonl.zst")).unwrap();
    fs::write(work.path().join("cut.zst"), &compressed[..compressed.len() / 2]).unwrap();
    let (code, _, err) = export("cut.zst", &[]);
    assert!(code == 2 && err.contains("cut.zst"), "{err}");
    fs::remove_file(work.path().join("cut.zst")).unwrap();
    assert_eq!(crate::program::files(work.path()), before, "what fails leaves nothing");
}
