//! `swarmsim compare`, through the program: what it writes, says and returns.
use crate::program::{files, swarmsim};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A dozen peers whose times differ from seed to seed.
const BASE: &str = r#"{
  "name": "base", "seed": 1, "stop": { "at": "1h" },
  "file": { "size": "2 MiB", "max_chunk_size": "128 KiB" },
  "network": { "sharing": "fifo", "latency": { "kind": "uniform", "min": "10ms", "max": "80ms" } },
  "peers": [
    { "group": "origin", "initial_chunks": "all", "up": "4 Mbit/s", "down": "8 Mbit/s" },
    { "group": "home", "count": 10, "up": "1 Mbit/s", "down": "8 Mbit/s",
      "arrival": { "kind": "uniform", "from": 0, "until": "2s" } }
  ]
}"#;

fn workplace() -> TempDir {
    crate::program::workplace(&[("base.json", BASE)])
}

/// Compares something that must succeed; what it printed.
fn compare(folder: &Path, arguments: &[&str]) -> String {
    let output = swarmsim(folder, &[&["compare", "base.json"], arguments].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    assert!(stderr.is_empty(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

/// The rows of a CSV file, each by column.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut csv = csv::Reader::from_path(path).unwrap();
    csv.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn a_comparison_fills_its_folder_with_what_its_runs_say() {
    let work = workplace();
    let arguments = ["--strategies", "rarest-first,random,sequential", "--baseline", "random", "--seeds", "6", "--png"];
    let printed = compare(work.path(), &arguments);
    assert!(printed.contains("% slower than random (95 % interval"), "{printed}");
    assert!(printed.contains("results in results/base/compare") && !printed.contains('\u{1b}'), "{printed}");
    assert!(printed.lines().all(|line| line.chars().count() <= 100), "{printed}");
    let target = work.path().join("results/base/compare");
    let found = json(&target.join("comparison.json"));
    assert_eq!(found["seeds"], serde_json::json!([1, 2, 3, 4, 5, 6]));
    assert_eq!((&found["scenario"], &found["baseline"]), (&Value::from("base"), &Value::from("random")));
    assert_eq!(found["interval_method"], "student-t");
    let runs = rows(&target.join("results.csv"));
    assert_eq!(runs.len(), 18);
    let series = |strategy: &str| -> Vec<f64> {
        let of = runs.iter().filter(|run| run["strategy"] == strategy);
        of.map(|run| run["completion.mean_s"].parse().unwrap()).collect()
    };
    let metric = &found["metrics"]["completion.mean_s"];
    for strategy in ["rarest-first", "sequential"] {
        let differences: Vec<f64> = series(strategy).iter().zip(series("random")).map(|(a, b)| a - b).collect();
        let mean = differences.iter().sum::<f64>() / 6.0;
        let versus = &metric["versus_baseline"][strategy];
        assert!((versus["mean_difference"].as_f64().unwrap() - mean).abs() < 1e-9, "{versus}");
        let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / 5.0;
        // t(0.975; 5) = 2.570582
        let half = 2.570_582 * (variance / 6.0).sqrt();
        let ends: Vec<f64> = versus["ci95"].as_array().unwrap().iter().map(|end| end.as_f64().unwrap()).collect();
        assert!((ends[0] - (mean - half)).abs() < 1e-5 && (ends[1] - (mean + half)).abs() < 1e-5, "{versus}");
        assert!((versus["effect_size"].as_f64().unwrap() - mean / variance.sqrt()).abs() < 1e-9);
        assert_eq!(versus["wins"], differences.iter().filter(|d| **d < 0.0).count());
        assert_eq!(versus["n"], 6);
        for key in ["mean_ratio", "p_adjusted", "variance_saved", "ci95_bca"] {
            assert!(!versus[key].is_null(), "{key}");
        }
    }
    assert!(metric["versus_baseline"]["random"].is_null());
    let mean = series("random").iter().sum::<f64>() / 6.0;
    assert!((metric["strategies"]["random"]["mean"].as_f64().unwrap() - mean).abs() < 1e-9);
    for key in ["n", "censored", "mean", "ci95", "median"] {
        assert!(!metric["strategies"]["random"][key].is_null(), "{key}");
    }
    let manifest = json(&target.join("manifest.json"));
    assert_eq!((&manifest["kind"], &manifest["complete"]), (&Value::from("comparison"), &Value::from(true)));
    let listed: Vec<&str> =
        manifest["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    let mut found: Vec<String> = files(&target).into_keys().filter(|name| name != "manifest.json").collect();
    found.sort();
    assert_eq!(listed, found);
    for name in ["comparison.csv", "comparison.md", "curves.csv", "plots/completion-curves.svg"] {
        assert!(listed.contains(&name), "{name} is missing");
    }
    assert!(listed.contains(&"plots/completion.mean_s-difference.png"));
    let table = rows(&target.join("comparison.csv"));
    assert_eq!(table.iter().filter(|row| row["metric"] == "completion.mean_s").count(), 3);
}

#[test]
fn each_run_can_be_done_alone() {
    let work = workplace();
    compare(work.path(), &["--strategies", "random,window:size=4", "--seeds", "3", "--set", "tracker.entry_ttl=90s"]);
    let found = json(&work.path().join("results/base/compare/comparison.json"));
    let run =
        found["runs"].as_array().unwrap().iter().find(|run| run["strategy"] == "window:size=4" && run["seed"] == 2);
    let alone = ["run", "base.json", "--set", "tracker.entry_ttl=90s", "--set", "strategy.size=4"];
    let output = swarmsim(work.path(), &[&alone[..], &["--strategy", "window", "--seed", "2", "--json"]].concat());
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(run.unwrap()["digest"], summary["digest"]);
}

#[test]
fn bytes_depend_neither_on_jobs_nor_on_what_was_there() {
    let work = workplace();
    let arguments = ["--strategies", "random,rarest-first", "--metric", "completion.mean_s", "--seeds"];
    for (jobs, out) in [("1", "one"), ("2", "two")] {
        compare(work.path(), &[&arguments[..], &["7", "--jobs", jobs, "--out", out]].concat());
    }
    // Grown from fewer seeds.
    compare(work.path(), &[&arguments[..], &["4", "--out", "grown"]].concat());
    compare(work.path(), &[&arguments[..], &["7", "--out", "grown", "--resume"]].concat());
    let one = files(&work.path().join("one"));
    assert_eq!(one, files(&work.path().join("two")));
    assert_eq!(one, files(&work.path().join("grown")));
    let printed = compare(work.path(), &[&arguments[..], &["7", "--out", "three", "--json", "--no-plots"]].concat());
    assert_eq!(printed.as_bytes(), one["comparison.json"]);
    assert!(!work.path().join("three/plots").exists());
}

#[test]
fn runs_in_which_not_everyone_completed_are_told() {
    let work = workplace();
    // The middle of what the strategies need: some seeds make it.
    compare(work.path(), &["--strategies", "random,sequential", "--seeds", "8", "--out", "whole"]);
    let whole = json(&work.path().join("whole/comparison.json"));
    let median = whole["metrics"]["completion.makespan_s"]["strategies"]["random"]["median"].as_f64().unwrap();
    let stop = format!("stop.at={}s", (median + 0.05).round());
    let printed =
        compare(work.path(), &["--strategies", "random,sequential", "--seeds", "8", "--out", "cut", "--set", &stop]);
    assert!(printed.contains("CENSORED: ") && printed.contains("not everyone completed"), "{printed}");
    let cut = json(&work.path().join("cut/comparison.json"));
    let incomplete = rows(&work.path().join("cut/results.csv"))
        .into_iter()
        .filter(|run| run["strategy"] == "random" && run["status"] == "incomplete")
        .count();
    let figures = &cut["metrics"]["completion.mean_s"]["strategies"]["random"];
    assert_eq!((&figures["censored"], &figures["n"]), (&Value::from(incomplete), &Value::from(8 - incomplete)));
    assert!((1..8).contains(&incomplete), "{incomplete}");
    assert_eq!(cut["metrics"]["network.wasted_bytes"]["versus_baseline"]["sequential"]["n"], 8);
    assert!(cut["notes"][0].as_str().unwrap().starts_with("CENSORED"));
    let markdown = fs::read_to_string(work.path().join("cut/comparison.md")).unwrap();
    assert!(markdown.contains("> **Note.** CENSORED"), "{markdown}");
}

#[test]
fn seeds_are_added_until_it_is_narrow_or_the_cap_is_reached() {
    let work = workplace();
    let until = |width: &str, out: &str| {
        let arguments = ["--strategies", "random,rarest-first", "--until-width", width, "--seeds", "4"];
        compare(work.path(), &[&arguments[..], &["--max-seeds", "16", "--no-plots", "--out", out]].concat());
        json(&work.path().join(out).join("comparison.json"))
    };
    let wide = until("90%", "wide");
    assert_eq!((wide["seeds"].as_array().unwrap().len(), &wide["sequential"]["reached"]), (4, &Value::from(true)));
    let narrow = until("0.001%", "narrow");
    assert_eq!(
        (narrow["seeds"].as_array().unwrap().len(), &narrow["sequential"]["reached"]),
        (16, &Value::from(false))
    );
    assert_eq!(narrow["sequential"]["looks"], serde_json::json!([4, 8, 16]));
}

#[test]
fn what_is_written_fits_its_schema() {
    let work = workplace();
    let output = swarmsim(work.path(), &["schema", "comparison"]);
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let sets: [&[&str]; 3] = [&[], &["--set", "stop.at=5s"], &["--until-width", "5%", "--max-seeds", "4"]];
    for (i, set) in sets.into_iter().enumerate() {
        let out = format!("out-{i}");
        let arguments = ["--strategies", "random,zipf", "--seeds", "3", "--no-plots", "--out", &out];
        compare(work.path(), &[&arguments[..], set].concat());
        let found = json(&work.path().join(&out).join("comparison.json"));
        let errors: Vec<String> = validator.iter_errors(&found).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let mut broken = json(&work.path().join("out-0/comparison.json"));
    broken["metrics"]["completion.mean_s"]["versus_baseline"]["zipf"]["n"] = "three".into();
    assert!(!validator.is_valid(&broken));
}

#[test]
fn bad_usage_is_refused_before_anything_is_written() {
    let work = workplace();
    for (arguments, expected) in [
        (&["--strategies", "random"][..], "at least two"),
        (&["--strategies", "random,random"], "named twice"),
        (&["--strategies", "random,rarest-frist"], "did you mean \"rarest-first\"?"),
        (&["--strategies", "random,window:sise=3"], "did you mean \"size\"?"),
        (&["--strategies", "random,window:size=-3"], "strategy.size"),
        (&["--strategies", "random,zipf", "--baseline", "window"], "is not among the strategies"),
        (&["--strategies", "random,zipf", "--seeds", "0"], "from 2 to"),
        (&["--strategies", "random,zipf", "--seeds", "1"], "from 2 to"),
        (&["--strategies", "random,zipf", "--seeds", "-1"], "--seeds"),
        (&["--strategies", "random,zipf", "--seeds", "1000000000"], "found 1,000,000,000; accepted: at most 500,000"),
        (&["--strategies", "random,zipf", "--seeds", "18446744073709551615"], "at most 500,000"),
        (&["--strategies", "random,zipf", "--until-width", "2%", "--max-seeds", "1000000000000"], "at most 500,000"),
        (&["--strategies", "random,zipf", "--until-width", "-1%"], "--until-width: found \"-1%\"; accepted"),
        (&["--strategies", "random,zipf", "--seed", "18446744073709551615"], "beyond"),
        (&["--strategies", "random,zipf", "--metric", "completion.mean"], "did you mean \"completion.mean_s\"?"),
        (&["--strategies", "random,zipf", "--until-width", "2"], "such as 2%"),
        (&["--strategies", "random,zipf", "--until-width", "2%", "--max-seeds", "5"], "--max-seeds"),
        (&["--strategies", "random,zipf", "--max-seeds", "5"], "--until-width"),
        (&["--strategies", "random,zipf", "--set", "tracker.entri_ttl=3s"], "did you mean \"entry_ttl\"?"),
        (&["--strategies", "random,zipf", "--force", "--resume"], "--resume"),
        (&["--seeds", "3"], "--strategies"),
    ] {
        let output = swarmsim(work.path(), &[&["compare", "base.json"], arguments].concat());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty() && files(work.path()).len() == 1, "{arguments:?} has written something");
    }
}

#[test]
fn a_folder_is_not_overwritten_by_accident() {
    let work = workplace();
    let arguments = ["--strategies", "random,zipf", "--seeds", "2", "--no-plots"];
    compare(work.path(), &arguments);
    let before = files(&work.path().join("results"));
    let output = swarmsim(work.path(), &[&["compare", "base.json"], &arguments[..]].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && stderr.contains("holds a comparison already"), "{stderr}");
    assert_eq!(files(&work.path().join("results")), before);
    compare(work.path(), &[&arguments[..], &["--force"]].concat());
    assert_eq!(files(&work.path().join("results")), before);
}

#[cfg(unix)]
#[test]
fn what_was_interrupted_is_taken_up() {
    let work = workplace();
    let arguments =
        ["compare", "base.json", "--strategies", "random,sequential", "--seeds", "150", "--no-plots", "--out"];
    let command = |out: &'static str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_swarmsim"));
        command.current_dir(work.path()).args(arguments).arg(out).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    };
    let child = command("broken").spawn().unwrap();
    let journal = work.path().join("broken/.swarmsim.journal");
    while fs::metadata(&journal).map_or(0, |file| file.len()) == 0 {
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("runs are kept in broken: go on with the same command and --resume"), "{stderr}");
    assert!(!work.path().join("broken/manifest.json").exists() && !work.path().join("broken/.partial").exists());
    // Neither begun anew by accident, nor told apart from what was never disturbed.
    assert_eq!(command("broken").output().unwrap().status.code(), Some(2));
    assert_eq!(command("broken").arg("--resume").output().unwrap().status.code(), Some(0));
    assert_eq!(command("whole").output().unwrap().status.code(), Some(0));
    assert_eq!(files(&work.path().join("broken")), files(&work.path().join("whole")));
}
