//! Sweeps on many machines, through the program: parts that are started again and twice at once, what engines are given, and how far it is.
use crate::program::{files, swarmsim};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A swarm whose runs differ a hundredfold with the number of peers.
const BASE: &str = r#"{
  "name": "base", "stop": { "at": "20min" },
  "file": { "size": "1 MiB", "max_chunk_size": "64 KiB" },
  "network": { "sharing": "fifo", "latency": { "kind": "uniform", "min": "10ms", "max": "80ms" } },
  "peers": [
    { "group": "origin", "initial_chunks": "all", "up": "4 Mbit/s", "down": "40 Mbit/s" },
    { "group": "home", "count": 12, "up": "1 Mbit/s", "down": "8 Mbit/s", "arrival": { "kind": "uniform", "from": 0, "until": "60s" } }
  ]
}"#;

/// Six points under four seeds: four parts have the same two points each.
const SWEEP: &str = r#"{
  "name": "grid", "scenario": "base.json", "seeds": { "from": 1, "count": 4 },
  "vary": { "strategy.kind": ["rarest-first", "random"], "peers[home].count": [4, 8, 12] },
  "baseline": { "strategy.kind": "random" }, "metrics": ["completion.mean_s", "events"]
}"#;

/// Runs that differ two-hundredfold in what they cost, and stand in the grid so that powers of two share them out badly.
const UNEVEN: &str = r#"{
  "name": "uneven", "scenario": "base.json", "seeds": { "from": 1, "count": 16 },
  "vary": { "protocol.chunks_query_interval": ["5s", "10s"], "peers[home].count": [5, 15, 200, 10] }, "metrics": ["events"]
}"#;

fn workplace() -> TempDir {
    crate::program::workplace(&[("base.json", BASE), ("sweep.json", SWEEP), ("uneven.json", UNEVEN)])
}

/// Runs something that must end with this code; what it said on standard output and standard error.
fn run(folder: &Path, arguments: &[&str], code: i32) -> (String, String) {
    ended(&swarmsim(folder, arguments), &format!("{arguments:?}"), code)
}

fn ended(output: &std::process::Output, what: &str, code: i32) -> (String, String) {
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|text| String::from_utf8(text.clone()).unwrap());
    assert_eq!(output.status.code(), Some(code), "{what}: {stdout}{stderr}");
    assert!(!stderr.contains("panicked at"), "{stderr}");
    (stdout, stderr)
}

/// Runs something with these variables, and none of any engine's besides.
fn run_with(folder: &Path, variables: &[(&str, &str)], arguments: &[&str], code: i32) -> (String, String) {
    let mut process = Process::new(env!("CARGO_BIN_EXE_swarmsim"));
    process.current_dir(folder).args(arguments).envs(variables.iter().copied());
    ended(&process.output().unwrap(), &format!("{arguments:?}"), code)
}

/// Runs a line of a shell.
fn shell(folder: &Path, line: &str, variables: &[(&str, &str)]) -> (String, String) {
    let mut process = Process::new("bash");
    let here = Path::new(env!("CARGO_BIN_EXE_swarmsim")).parent().unwrap().to_path_buf();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths([here].into_iter().chain(std::env::split_paths(&path))).unwrap();
    process.args(["-c", line]).current_dir(folder).env("PATH", path).envs(variables.iter().copied());
    ended(&process.output().unwrap(), line, 0)
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut process = Process::new(env!("CARGO_BIN_EXE_swarmsim"));
    process.current_dir(folder).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn assert_same(expected: &BTreeMap<String, Vec<u8>>, folder: &Path, what: &str) {
    let found = files(folder);
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>(), "{what}");
    expected.iter().for_each(|(name, bytes)| assert!(*bytes == found[name], "{what}: {name} differs"));
}

/// The folder of a worker on a part, once it holds some runs.
fn worker(whole: &Path) -> PathBuf {
    for _ in 0..2_000 {
        for name in names(whole).iter().filter(|name| name.starts_with(".shard-")) {
            let folder = whole.join(name);
            let journal = fs::read(folder.join(".swarmsim.journal")).unwrap_or_default();
            // Several, so that one is whole even where a test takes the end of another.
            if journal.split(|byte| *byte == b'\n').count() > 3 {
                return folder;
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("nobody began in {} in 10 s", whole.display());
}

/// The sweep with so many seeds that a part of two takes some seconds.
fn long(here: &Path) {
    fs::write(here.join("long.json"), SWEEP.replace("\"count\": 4 }", "\"count\": 400 }")).unwrap();
}

#[test]
fn a_part_that_is_there_is_not_done_again() {
    let work = workplace();
    let here = work.path();
    run(here, &["sweep", "sweep.json", "--shard", "2/4"], 0);
    let whole = here.join("results/grid");
    assert_eq!(names(&whole), ["shard-2-of-4"]);
    let before = files(&whole);
    let modified = |name: &str| fs::metadata(whole.join("shard-2-of-4").join(name)).unwrap().modified().unwrap();
    let at = ["manifest.json", "runs.jsonl"].map(modified);
    for again in
        [&["sweep", "sweep.json", "--shard", "2/4"][..], &["sweep", "sweep.json", "--shard", "2/4", "--resume"]]
    {
        let (stdout, _) = run(here, again, 0);
        assert!(stdout.contains("part 2/4 is there already"), "{stdout}");
        assert_eq!(at, ["manifest.json", "runs.jsonl"].map(modified));
    }
    let (stdout, _) = run(here, &["sweep", "sweep.json", "--shard", "2/4", "--json"], 0);
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap()["shard"], "2/4");
    run(here, &["sweep", "sweep.json", "--shard", "2/4", "--force", "--quiet"], 0);
    assert_same(&before, &whole, "done anew");
    assert_ne!(at, ["manifest.json", "runs.jsonl"].map(modified));
}

#[test]
fn engines_tell_the_part_by_their_variables() {
    let work = workplace();
    let here = work.path();
    let slurm = [
        ("SLURM_ARRAY_TASK_ID", "1"),
        ("SLURM_ARRAY_TASK_COUNT", "3"),
        ("SLURM_ARRAY_TASK_MIN", "0"),
        ("SLURM_ARRAY_TASK_MAX", "2"),
    ];
    for (out, variables, choice) in [
        ("slurm", &slurm[..], "auto"),
        ("hyperqueue", &[("HQ_TASK_ID", "2")], "auto/3"),
        ("kubernetes", &[("JOB_COMPLETION_INDEX", "1"), ("SWARMSIM_SHARDS", "3")], "auto"),
    ] {
        run_with(here, variables, &["sweep", "sweep.json", "--shard", choice, "--out", out, "--quiet"], 0);
        assert_eq!(names(&here.join(out)), ["shard-2-of-3"], "{out}");
    }
    let (_, stderr) = run_with(here, &[], &["sweep", "sweep.json", "--shard", "auto", "--out", "none"], 2);
    assert!(stderr.contains("--shard auto: none of HQ_TASK_ID"), "{stderr}");
    let (_, stderr) =
        run_with(here, &[("HQ_TASK_ID", "4")], &["sweep", "sweep.json", "--shard", "auto/3", "--out", "none"], 2);
    assert!(stderr.contains("there is no part 4 of 3") && !here.join("none").exists(), "{stderr}");
}

#[cfg(unix)]
#[test]
fn what_a_killed_worker_has_done_is_taken_over() {
    let work = workplace();
    let here = work.path();
    long(here);
    run(here, &["sweep", "long.json", "--shard", "2/3", "--out", "undisturbed", "--quiet"], 0);
    let whole = here.join("killed");
    let part = ["sweep", "long.json", "--shard", "2/3", "--out", "killed"];
    let mut first = start(here, &part);
    let folder = worker(&whole);
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(folder.join(".swarmsim.journal").is_file() && !whole.join("shard-2-of-3").exists());
    // A line that breaks off, and somebody else's garbage.
    let journal = fs::read(folder.join(".swarmsim.journal")).unwrap();
    fs::write(folder.join(".swarmsim.journal"), [&journal[..journal.len() - 100], b"\ngarbage"].concat()).unwrap();
    let (stdout, stderr) = run(here, &part, 0);
    assert!(stdout.contains("of them there before") && stderr.contains("damaged and done again"), "{stdout}{stderr}");
    assert_eq!(names(&whole), ["shard-2-of-3"], "what the dead left is cleared away");
    assert_same(&files(&here.join("undisturbed")), &whole, "killed and done again");
}

#[cfg(unix)]
#[test]
fn two_workers_on_one_part_lose_nothing() {
    let work = workplace();
    let here = work.path();
    fs::write(here.join("long.json"), SWEEP.replace("\"count\": 4 }", "\"count\": 100 }")).unwrap();
    run(here, &["sweep", "long.json", "--shard", "1/2", "--out", "alone", "--quiet"], 0);
    let expected = files(&here.join("alone"));
    let part = ["sweep", "long.json", "--shard", "1/2", "--out", "both", "--quiet", "--jobs", "1"];
    for round in 0..3 {
        let mut workers = vec![start(here, &part)];
        // At once; when the first has begun; and three of them, of which one loses its folder.
        if round > 0 {
            worker(&here.join("both"));
        }
        workers.push(start(here, &part));
        if round == 2 {
            let folder = worker(&here.join("both"));
            workers.push(start(here, &part));
            fs::remove_dir_all(folder).unwrap();
        }
        let ends: Vec<(Option<i32>, String)> = workers
            .into_iter()
            .map(|worker| worker.wait_with_output().unwrap())
            .map(|output| (output.status.code(), String::from_utf8(output.stderr).unwrap()))
            .collect();
        let done = ends.iter().filter(|(code, _)| *code == Some(0)).count();
        assert!(done >= 2, "round {round}: {ends:?}");
        run(here, &part, 0);
        assert_same(&expected, &here.join("both"), &format!("round {round}"));
        fs::remove_dir_all(here.join("both")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_part_stands_as_what_it_is_and_is_gone_on_with() {
    let work = workplace();
    let here = work.path();
    long(here);
    let part = ["sweep", "long.json", "--shard", "1/2", "--out", "out"];
    let sweep = start(here, &part);
    worker(&here.join("out"));
    Process::new("kill").args(["-TERM", &sweep.id().to_string()]).status().unwrap();
    let output = sweep.wait_with_output().unwrap();
    let (_, stderr) = ended(&output, "a part", 130);
    assert!(
        stderr.contains("marked as incomplete\ngo on with: swarmsim sweep long.json --out out --shard 1/2\n"),
        "{stderr}"
    );
    assert_eq!(names(&here.join("out")), ["shard-1-of-2"]);
    let status: Value = serde_json::from_str(&run(here, &["sweep", "status", "out", "--json"], 0).0).unwrap();
    let first = &status["parts"][0];
    assert_eq!((&first["state"], &status["parts"][1]["state"]), (&"failed".into(), &"missing".into()));
    assert!(
        first["why"].as_str().unwrap().contains("was broken off after") && first["done"].as_u64().unwrap() > 0,
        "{first}"
    );
    let (stdout, _) = run(here, &part, 0);
    assert!(stdout.contains("of them there before"), "{stdout}");
}

#[test]
fn a_part_of_another_sweep_is_left_alone_and_a_damaged_one_done_again() {
    let work = workplace();
    let here = work.path();
    run(here, &["sweep", "sweep.json", "--shard", "1/2", "--out", "out", "--quiet"], 0);
    let expected = files(&here.join("out"));
    fs::write(here.join("more.json"), SWEEP.replace("\"count\": 4 }", "\"count\": 6 }")).unwrap();
    let (_, stderr) = run(here, &["sweep", "more.json", "--shard", "1/2", "--out", "out"], 2);
    assert!(stderr.contains("holds a sweep already; go on with it with --resume"), "{stderr}");
    assert_same(&expected, &here.join("out"), "refused");
    fs::write(here.join("other.json"), SWEEP.replace("\"grid\"", "\"other\"")).unwrap();
    let (_, stderr) = run(here, &["sweep", "other.json", "--shard", "1/2", "--out", "out", "--resume"], 2);
    assert!(stderr.contains("holds the sweep grid, not other"), "{stderr}");
    for (name, text) in [("results.csv", &b"run\n"[..]), ("manifest.json", b""), ("runs.jsonl", b"")] {
        fs::write(here.join("out/shard-1-of-2").join(name), text).unwrap();
        run(here, &["sweep", "sweep.json", "--shard", "1/2", "--out", "out", "--quiet"], 0);
        assert_same(&expected, &here.join("out"), name);
    }
    // What is drawn is left out where it is not wanted.
    run(here, &["sweep", "sweep.json", "--shard", "2/2", "--out", "out", "--quiet"], 0);
    run(here, &["merge", "out/shard-1-of-2", "out/shard-2-of-2", "--out", "bare", "--no-plots", "--no-report"], 0);
    let bare = ["aggregate.csv", "manifest.json", "results.csv", "results.parquet", "runs.jsonl", "sweep.json"];
    assert_eq!(names(&here.join("bare")), bare);
    let (stdout, _) = run(here, &["sweep", "more.json", "--shard", "1/2", "--out", "out", "--resume"], 0);
    assert!(stdout.contains("18 runs, ") && stdout.contains("of them there before"), "{stdout}");
}

#[test]
fn merge_names_every_missing_run() {
    let work = workplace();
    let here = work.path();
    fs::write(here.join("more.json"), SWEEP.replace("\"count\": 4 }", "\"count\": 14 }")).unwrap();
    run(here, &["sweep", "more.json", "--shard", "2/3", "--quiet"], 0);
    let (_, stderr) = run(here, &["merge", "results/grid/shard-2-of-3", "--out", "whole"], 2);
    assert!(stderr.contains("56 of 84 runs are in none of the folders:\n  run 0: seed 1, "), "{stderr}");
    let numbers: Vec<String> = (30..84).filter(|run| run % 3 != 1).map(|run| run.to_string()).collect();
    assert!(stderr.contains(&format!("and 36 more: runs {}\n", numbers.join(", "))), "{stderr}");
    assert!(stderr.ends_with("no folder was named of: 1/3, 3/3\n"), "{stderr}");
}

/// What parts and workers really take, by their events: under 15 % more than the mean, where runs differ a hundredfold.
#[test]
fn the_parts_are_even_where_runs_differ_a_hundredfold() {
    let work = workplace();
    let here = work.path();
    run(here, &["sweep", "uneven.json", "--no-plots", "--quiet"], 0);
    let text = fs::read(here.join("results/uneven/results.csv")).unwrap();
    let rows = csv::Reader::from_reader(&text[..]).into_deserialize::<BTreeMap<String, String>>();
    let events: Vec<f64> = rows.map(|row| row.unwrap()["events"].parse().unwrap()).collect();
    let (least, most) = events.iter().fold((f64::MAX, 0.0_f64), |(least, most), x| (least.min(*x), most.max(*x)));
    assert!(most / least >= 100.0, "{least} to {most} events");
    let parts_of = |parts: usize| {
        let mut sums = vec![0.0; parts];
        events.iter().enumerate().for_each(|(run, events)| sums[run % parts] += events);
        sums
    };
    let above_mean = |sums: &[f64]| {
        sums.iter().fold(0.0, |a: f64, b| a.max(*b)) / (sums.iter().sum::<f64>() / sums.len() as f64) - 1.0
    };
    let export = |more: &[&str]| -> (usize, String) {
        let export = [&["sweep", "export", "uneven.json", "--to", "tasks", "--out", "out", "--json"], more].concat();
        let told: Value = serde_json::from_str(&run(here, &export, 0).0).unwrap();
        (told["parts"].as_u64().unwrap() as usize, fs::read_to_string(here.join("out/submit/tasks.txt")).unwrap())
    };
    // Not just any number will do.
    assert!((2..40).filter(|parts| above_mean(&parts_of(*parts)) > 0.15).count() > 20);
    let (parts, _) = export(&[]);
    assert!(
        (8..=16).contains(&parts) && above_mean(&parts_of(parts)) < 0.15,
        "{parts} parts: {}",
        above_mean(&parts_of(parts))
    );
    for workers in [2, 3, 5, 6] {
        let (parts, tasks) = export(&["--workers", &workers.to_string()]);
        let costs = parts_of(parts);
        let mut ends = vec![0.0_f64; workers];
        for task in tasks.lines() {
            let part: usize = task.split(" --shard ").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
            let free = (0..workers).min_by(|a, b| ends[*a].total_cmp(&ends[*b])).unwrap();
            ends[free] += costs[part - 1];
        }
        assert_eq!(tasks.lines().count(), parts);
        assert!(above_mean(&ends) < 0.15, "{workers} workers, {parts} parts: {}", above_mean(&ends));
    }
}

/// All commands that the page prints for this machine, in their order, in one shell.
#[cfg(unix)]
#[test]
fn every_command_of_the_page_is_run_as_printed() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cluster.md")).unwrap();
    let (mut commands, mut is_inside) = (String::from("set -euo pipefail\n"), false);
    for line in page.lines() {
        match line {
            "```sh" => is_inside = true,
            "```" => is_inside = false,
            _ if is_inside => commands.push_str(&format!("{line}\n")),
            _ => {}
        }
    }
    assert!(commands.matches("swarmsim ").count() >= 8, "{commands}");
    let work = crate::program::workplace(&[]);
    let (stdout, _) = shell(work.path(), &commands, &[]);
    assert!(stdout.contains("join them: swarmsim merge"), "{stdout}");
}

#[test]
fn what_is_submitted_does_all_of_it_and_the_rest_alone() {
    let work = workplace();
    let here = work.path();
    run(here, &["sweep", "sweep.json", "--out", "alone", "--quiet"], 0);
    let expected = files(&here.join("alone"));
    for engine in ["tasks", "slurm", "slurm in pieces", "parallel", "hyperqueue", "kubernetes"] {
        let (to, pieces) = (engine.split(' ').next().unwrap(), engine.contains("pieces"));
        let out = here.join(engine.replace(' ', "-"));
        let target = out.to_str().unwrap();
        let mut export = vec!["sweep", "export", "sweep.json", "--to", to, "--shards", "5", "--out", target];
        if pieces {
            export.extend(["--array-limit", "2"]);
        }
        let (stdout, _) = run(here, &export, 0);
        let line = |name: &str| {
            let line = stdout.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {stdout}"));
            line[name.len()..].trim().to_owned()
        };
        let kept = fs::read(out.join("submit/sweep.json")).unwrap();
        assert_eq!(kept, expected["sweep.json"], "the submission needs no other file");
        let status = |of: &Path| -> Vec<String> {
            let status: Value = serde_json::from_str(&run(of, &["sweep", "status", target, "--json"], 0).0).unwrap();
            status["parts"].as_array().unwrap().iter().map(|part| part["state"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(status(here), ["missing"; 5]);
        // Two of them fail to be done; then the rest is submitted alone.
        for round in 0..2 {
            let skip: &[usize] = if round == 0 { &[2, 4] } else { &[] };
            do_all(&out.join("submit"), to, target, skip);
            if round == 0 {
                assert_eq!(status(here), ["done", "missing", "done", "missing", "done"], "{engine}");
                let export: Vec<&str> = export
                    .iter()
                    .copied()
                    .filter(|word| !["--shards", "5"].contains(word))
                    .chain(["--failed"])
                    .collect();
                let (stdout, _) = run(here, &export, 0);
                assert!(stdout.starts_with("grid: 2 parts of 5,"), "{stdout}");
            }
        }
        assert_eq!(status(here), ["done"; 5], "{engine}");
        if to == "kubernetes" {
            assert!(line("merge").contains("/results/swarmsim-grid/shard-*-of-5"), "{stdout}");
            continue;
        }
        shell(here, &line("merge"), &[]);
        fs::remove_dir_all(out.join("submit")).unwrap();
        (1..=5).for_each(|part| fs::remove_dir_all(out.join(format!("shard-{part}-of-5"))).unwrap());
        assert_same(&expected, &out, engine);
        let (stdout, _) = shell(here, &line("watch"), &[]);
        assert!(stdout.contains("the whole is there"), "{stdout}");
    }
}

/// Does what the engine would: every task of the submission but those of the parts to be skipped.
fn do_all(submit: &Path, engine: &str, results: &str, skip: &[usize]) {
    let is_skipped = |line: &str| skip.iter().any(|part| line.contains(&format!(" {part}/5 ")));
    match engine {
        "tasks" | "parallel" => {
            let tasks = fs::read_to_string(submit.join("tasks.txt")).unwrap();
            tasks.lines().filter(|line| !is_skipped(line)).for_each(|line| _ = shell(submit, line, &[]));
        }
        "hyperqueue" => {
            let job = fs::read_to_string(submit.join("job.toml")).unwrap();
            for line in job.lines().filter_map(|line| line.strip_prefix("command = ")) {
                let words: Vec<String> = serde_json::from_str(line).unwrap();
                if !is_skipped(&words.join(" ")) {
                    ended(&Process::new(&words[0]).args(&words[1..]).output().unwrap(), line, 0);
                }
            }
        }
        "slurm" => {
            for name in names(submit).iter().filter(|name| name.ends_with(".sbatch")) {
                let script = fs::read_to_string(submit.join(name)).unwrap();
                let array = script.lines().find_map(|line| line.strip_prefix("#SBATCH --array=1-")).unwrap();
                for task in 1..=array.parse::<usize>().unwrap() {
                    // The words after exec, as bash expands them.
                    let probe = format!("{}\n", script.replace("\nexec ", "\necho "));
                    let task = task.to_string();
                    let variables = [("SLURM_ARRAY_TASK_ID", task.as_str())];
                    let told = shell(submit, &probe, &variables).0;
                    let told = told.replace("auto/5", &format!("{task}/5"));
                    if !is_skipped(&told) {
                        shell(submit, &script, &variables);
                    }
                }
            }
        }
        _ => {
            // The command of the container, with what is mounted there.
            let text = fs::read_to_string(submit.join("job.yaml")).unwrap();
            let words: Vec<String> = text
                .lines()
                .filter_map(|line| line.strip_prefix("            - \""))
                .map(|rest| serde_json::from_str(&format!("\"{rest}")).unwrap())
                .collect();
            let mounted = |word: &String| {
                word.replace("/sweep/", &format!("{}/", submit.display())).replace("/results/swarmsim-grid", results)
            };
            let words: Vec<String> = words.iter().map(mounted).collect();
            let count: usize =
                text.lines().find_map(|line| line.strip_prefix("  completions: ")).unwrap().parse().unwrap();
            for index in 0..count {
                let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
                let listed = words.iter().find_map(|word| word.strip_prefix("set -- ")?.split(';').next());
                let part = match listed {
                    Some(list) => list.split(' ').nth(index).unwrap().parse().unwrap(),
                    None => index + 1,
                };
                if !skip.contains(&part) {
                    shell(submit, &quoted.join(" "), &[("JOB_COMPLETION_INDEX", &index.to_string())]);
                }
            }
        }
    }
}

#[test]
fn large_submissions_are_cut_to_the_engines_limits() {
    let work = workplace();
    let here = work.path();
    fs::write(here.join("large.json"), SWEEP.replace("\"count\": 4 }", "\"count\": 1000 }")).unwrap();
    let export = ["sweep", "export", "large.json", "--to", "slurm", "--shards", "2500", "--out", "out"];
    let (stdout, _) = run(here, &export, 0);
    assert!(
        stdout.contains("submit  for job in ") && stdout.contains("/sweep-*.sbatch; do sbatch \"$job\"; done"),
        "{stdout}"
    );
    let submit = here.join("out/submit");
    let arrays: Vec<String> =
        (1..=3).map(|i| fs::read_to_string(submit.join(format!("sweep-{i}.sbatch"))).unwrap()).collect();
    for (text, expected) in arrays.iter().zip(["1-1000", "1-1000", "1-500"]) {
        assert!(
            text.contains(&format!("#SBATCH --array={expected}\n#SBATCH --cpus-per-task=1\n#SBATCH --mem=")),
            "{text}"
        );
        assert!(
            text.contains("\n#SBATCH --requeue\n#SBATCH --open-mode=append\n") && text.contains("#SBATCH --time=00:"),
            "{text}"
        );
    }
    // Submitted anew with fewer, no script of before stays.
    run(
        here,
        &[
            "sweep",
            "export",
            "large.json",
            "--to",
            "slurm",
            "--out",
            "out",
            "--jobs",
            "3",
            "--time",
            "2h",
            "--memory",
            "1 GiB",
        ],
        0,
    );
    let left: Vec<String> = names(&submit).into_iter().filter(|name| name.ends_with(".sbatch")).collect();
    assert_eq!(left, ["sweep.sbatch"]);
    let text = fs::read_to_string(submit.join("sweep.sbatch")).unwrap();
    for expected in ["--cpus-per-task=3\n", "--mem=1024M\n", "--time=02:00:00\n", " --jobs 3 "] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn status_tells_who_is_at_work() {
    let work = workplace();
    let here = work.path();
    long(here);
    run(here, &["sweep", "export", "long.json", "--to", "tasks", "--shards", "3", "--out", "out", "--json"], 0);
    run(here, &["sweep", "long.json", "--shard", "3/3", "--out", "out", "--quiet"], 0);
    let mut first = start(here, &["sweep", "long.json", "--shard", "1/3", "--out", "out", "--jobs", "1"]);
    let folder = worker(&here.join("out"));
    let status = || -> Value { serde_json::from_str(&run(here, &["sweep", "status", "out", "--json"], 0).0).unwrap() };
    let states = |status: &Value| -> Vec<String> {
        status["parts"].as_array().unwrap().iter().map(|part| part["state"].as_str().unwrap().to_owned()).collect()
    };
    let told = status();
    assert_eq!(states(&told), ["running", "missing", "done"]);
    assert_eq!((&told["sweep"], &told["runs"], &told["is_whole"]), (&"grid".into(), &2400.into(), &false.into()));
    assert_eq!(told["parts"][0]["workers"][0]["pid"].as_u64(), Some(u64::from(first.id())));
    assert!(told["left_s"].as_f64().unwrap() > 0.0, "{told}");
    let (stdout, _) = run(here, &["sweep", "status", "out"], 0);
    assert!(stdout.contains("grid: 3 parts, 2,400 runs\n  done         1\n  running      1   1/3 ("), "{stdout}");
    assert!(stdout.contains("missing      1   2/3\n") && stdout.contains(" left at the present pace\n"), "{stdout}");
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(states(&status()), ["failed", "missing", "done"], "its lock is this machine's, and free");
    // On another machine no lock can be seen; its last sign of life counts for two minutes.
    let lock = folder.join(".swarmsim.lock");
    let beat =
        r#"{"host":"far away","pid":7,"jobs":2,"done":40,"planned":800,"failed":0,"done_s":1.0,"elapsed_s":10.0}"#;
    fs::write(&lock, beat).unwrap();
    let told = status();
    assert_eq!(states(&told), ["running", "missing", "done"]);
    assert_eq!((&told["parts"][0]["done"], &told["parts"][0]["workers"][0]["host"]), (&40.into(), &"far away".into()));
    let file = fs::File::options().write(true).open(&lock).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
    assert_eq!(states(&status()), ["failed", "missing", "done"]);
    let (stdout, _) = run(here, &["sweep", "status", "out"], 0);
    assert!(
        stdout.contains("1/3 (was broken off; nobody is at work on it)") && stdout.contains("--failed"),
        "{stdout}"
    );
}

#[test]
fn what_cannot_be_exported_or_looked_at_is_refused() {
    let work = workplace();
    let here = work.path();
    fs::write(here.join("a file"), "").unwrap();
    for (arguments, expected) in [
        (&["sweep"][..], "SWEEP"),
        (&["sweep", "export", "sweep.json"], "--to"),
        (&["sweep", "export", "sweep.json", "--to", "slrum"], "slurm"),
        (&["sweep", "export", "base.json", "--to", "slurm"], "is no sweep"),
        (&["sweep", "export", "nothing.json", "--to", "slurm"], "there is no such file"),
        (&["sweep", "export", "sweep.json", "--to", "slurm", "--shards", "0"], "0"),
        (&["sweep", "export", "sweep.json", "--to", "slurm", "--out", "a file"], "is a file"),
        (&["sweep", "export", "sweep.json", "--to", "slurm", "--out", "a$b"], "has a meaning in scripts"),
        (&["sweep", "export", "sweep.json", "--to", "slurm", "--time", "1s"], "60s"),
        (&["sweep", "export", "sweep.json", "--to", "slurm", "--failed"], "holds no sweep"),
        (&["sweep", "export", "sweep.json", "--to", "slurm", "--failed", "--shards", "3"], "cannot be used with"),
        (&["sweep", "status", "nowhere"], "nowhere: holds no sweep"),
        (&["sweep", "status", "a file"], "a file: holds no sweep"),
        (&["sweep", "status", "."], "holds no sweep"),
        (&["sweep", "--jobs", "2", "status", "."], "cannot be used with"),
    ] {
        let (stdout, stderr) = run(here, arguments, 2);
        assert!(stdout.is_empty() && stderr.contains(expected), "{arguments:?}: {stderr}");
        assert_eq!(names(here), ["a file", "base.json", "sweep.json", "uneven.json"], "{arguments:?}");
    }
    // A file that is called like a command is reached by its path.
    fs::write(here.join("export"), SWEEP).unwrap();
    run(here, &["sweep", "./export", "--quiet", "--no-plots"], 0);
    assert_eq!(names(&here.join("results")), ["grid"]);
}
