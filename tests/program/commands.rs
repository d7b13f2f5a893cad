//! The smaller commands, through the program: `report`, `completions`, `man`, `init`, `list`, `validate --explain`, and every help text.
use crate::program::{files, swarmsim, workplace};
use serde_json::Value;
use std::fs;
use std::path::Path;
use swarmsim::scenario::EMBEDDED;

const TINY: &str = r#"{
  "name": "tiny", "seed": 3, "stop": { "at": "20min" },
  "file": { "size": "2 MiB" }, "network": { "latency": "20ms" },
  "peers": [
    { "group": "origin", "initial_chunks": "all", "up": "4 Mbit/s", "down": "40 Mbit/s" },
    { "group": "home", "count": 6, "up": "2 Mbit/s", "down": "20 Mbit/s", "after_completion": "leave" }
  ]
}"#;

const SWEEP: &str =
    r#"{ "name": "ttl", "scenario": "tiny.json", "seeds": [1, 2], "vary": { "tracker.entry_ttl": ["60s", "90s"] } }"#;

/// Runs something that must succeed; what it printed.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = swarmsim(folder, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs something that must fail with this code; what it complained of.
fn fail(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = swarmsim(folder, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{arguments:?} prints although it fails");
    stderr
}

#[test]
fn a_run_is_drawn_anew_and_still_reproduces() {
    let place = workplace(&[("tiny.json", TINY)]);
    run(place.path(), &["run", "tiny.json", "--quiet", "--out", "r", "--trace"]);
    let folder = place.path().join("r");
    let before = files(&folder);
    fs::write(folder.join("report.html"), "spoiled").unwrap();
    fs::remove_file(folder.join("plots/listed.svg")).unwrap();
    let told = run(place.path(), &["report", "r"]);
    assert!(told.contains("open r/report.html"), "{told}");
    assert_eq!(files(&folder), before, "every byte is as it was, the manifest among them");
    let told = run(place.path(), &["reproduce", "r"]);
    assert!(told.starts_with("reproduced:"), "{told}");
}

#[test]
fn what_was_not_drawn_is_drawn_later() {
    let place = workplace(&[("tiny.json", TINY)]);
    run(place.path(), &["run", "tiny.json", "--quiet", "--out", "drawn", "--png"]);
    run(place.path(), &["run", "tiny.json", "--quiet", "--out", "r", "--no-plots"]);
    run(place.path(), &["report", "r", "--png", "--quiet"]);
    let without_timing = |name: &str| {
        let mut all = files(&place.path().join(name));
        all.remove("manifest.json").expect("it is whole");
        all
    };
    assert_eq!(without_timing("r"), without_timing("drawn"));
    run(place.path(), &["report", "r", "--no-plots", "--quiet"]);
    assert!(!place.path().join("r/plots").exists() && place.path().join("r/report.html").is_file());
    assert!(run(place.path(), &["reproduce", "r"]).starts_with("reproduced:"));
}

#[test]
fn sweeps_and_comparisons_are_drawn_anew() {
    let place = workplace(&[("tiny.json", TINY), ("ttl.json", SWEEP)]);
    run(place.path(), &["sweep", "ttl.json", "--quiet", "--out", "s"]);
    run(
        place.path(),
        &["compare", "tiny.json", "--strategies", "random,window:size=4", "--seeds", "3", "--quiet", "--out", "c"],
    );
    for name in ["s", "c"] {
        let folder = place.path().join(name);
        let before = files(&folder);
        fs::remove_dir_all(folder.join("plots")).unwrap();
        run(place.path(), &["report", name]);
        assert_eq!(files(&folder), before, "{name}");
    }
    let told = run(place.path(), &["sweep", "ttl.json", "--out", "s", "--resume"]);
    assert!(told.contains("results in s"), "it is still gone on with: {told}");
}

/// The numbers behind the cells of a page's tables.
fn cells(html: &str) -> Vec<f64> {
    html.split("data-value=\"").skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn reports_of_experiments_hold_the_numbers_of_their_files() {
    let place = workplace(&[("tiny.json", TINY), ("ttl.json", SWEEP)]);
    run(place.path(), &["sweep", "ttl.json", "--quiet", "--out", "s"]);
    run(
        place.path(),
        &["compare", "tiny.json", "--strategies", "random,window:size=4", "--seeds", "3", "--quiet", "--out", "c"],
    );
    let read = |name: &str| fs::read_to_string(place.path().join(name)).unwrap();
    let page = read("c/report.html");
    let shown = cells(&page);
    let comparison: Value = serde_json::from_str(&read("c/comparison.json")).unwrap();
    for (name, metric) in comparison["metrics"].as_object().unwrap() {
        assert!(page.contains(&format!("<code>{name}</code>")), "{name}");
        for (strategy, figures) in metric["strategies"].as_object().unwrap() {
            for key in ["mean", "median"] {
                let value = figures[key].as_f64().unwrap();
                assert!(shown.contains(&value), "{name} {strategy} {key}: {value}");
            }
        }
        for (strategy, versus) in metric["versus_baseline"].as_object().unwrap() {
            let ends = versus["ci95"].as_array().unwrap().iter().map(|end| end.as_f64().unwrap());
            for value in ends.chain([versus["mean_difference"].as_f64().unwrap()]) {
                assert!(shown.contains(&value), "{name} {strategy}: {value}");
            }
        }
    }
    assert!(
        page.contains(
            "swarmsim compare tiny.json --strategies random,window:size=4 --baseline random --seed 3 --seeds 3"
        )
    );
    let page = read("s/report.html");
    let shown = cells(&page);
    let aggregate = read("s/aggregate.csv");
    let mut lines = aggregate.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| columns.iter().position(|column| *column == name).unwrap();
    for line in lines {
        let row: Vec<&str> = line.split(',').collect();
        for name in ["mean", "ci95_low", "ci95_high", "median", "std_dev"] {
            if !row[at(name)].is_empty() {
                assert!(shown.contains(&row[at(name)].parse().unwrap()), "{name} of {line}");
            }
        }
    }
    for page in [page, read("c/report.html")] {
        assert_eq!(page.matches("</script>").count(), 3);
        assert!(page.contains("default-src 'none'") && page.len() < 2_000_000);
    }
}

#[test]
fn report_refuses_what_holds_no_results() {
    let place = workplace(&[("tiny.json", TINY), ("ttl.json", SWEEP)]);
    run(place.path(), &["run", "tiny.json", "--quiet", "--out", "r", "--no-plots"]);
    run(place.path(), &["sweep", "ttl.json", "--quiet", "--out", "s", "--shard", "1/2"]);
    fs::create_dir(place.path().join("empty")).unwrap();
    fs::create_dir(place.path().join("other")).unwrap();
    fs::write(place.path().join("other/manifest.json"), "{\"name\": \"of another program\"}").unwrap();
    for (folder, expected) in [
        ("absent", "absent: there is no such folder"),
        ("tiny.json", "is no folder"),
        ("empty", "there is no manifest.json"),
        ("other", "no manifest.json of ours"),
        ("s/shard-1-of-2", "holds part 1/2 of a sweep"),
    ] {
        let complaint = fail(place.path(), &["report", folder], 2);
        assert!(complaint.contains(expected), "{folder}: {complaint}");
    }
    fs::write(place.path().join("r/summary.json"), "{}").unwrap();
    let before = files(&place.path().join("r"));
    let complaint = fail(place.path(), &["report", "r"], 1);
    assert!(complaint.contains("summary.json: is missing or was changed since it was written"), "{complaint}");
    assert_eq!(files(&place.path().join("r")), before, "nothing is touched");
}

/// Changes a file of a finished folder, and its digest in the manifest.
fn forge(folder: &Path, name: &str, change: impl Fn(&str) -> String) {
    let text = change(&fs::read_to_string(folder.join(name)).unwrap());
    let mut manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let entry = manifest["files"].as_array_mut().unwrap().iter_mut().find(|entry| entry["name"] == name).unwrap();
    entry["blake3"] = blake3::hash(text.as_bytes()).to_hex().to_string().into();
    fs::write(folder.join(name), text).unwrap();
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

#[test]
fn forged_folders_are_refused_or_drawn_but_nothing_breaks() {
    let place = workplace(&[("tiny.json", TINY), ("ttl.json", SWEEP)]);
    type Forgery = (&'static str, fn(&mut Value));
    let forgeries: [Forgery; 4] = [
        ("lacks", |value| drop(value["metrics"]["completion.mean_s"]["versus_baseline"].take())),
        ("empty", |value| value["metrics"]["completion.mean_s"]["versus_baseline"] = serde_json::json!({})),
        ("fewer", |value| drop(value["seeds"].as_array_mut().unwrap().pop())),
        ("other", |value| value["baseline"] = "another".into()),
    ];
    for (name, change) in forgeries {
        let command =
            ["compare", "tiny.json", "--strategies", "random,window:size=4", "--seeds", "2", "-q", "-o", name];
        run(place.path(), &command);
        forge(&place.path().join(name), "comparison.json", |text| {
            let mut value: Value = serde_json::from_str(text).unwrap();
            change(&mut value);
            value.to_string()
        });
        let complaint = fail(place.path(), &["report", name], 1);
        assert!(complaint.contains("comparison.json") || complaint.contains("runs.jsonl"), "{name}: {complaint}");
    }
    run(place.path(), &["sweep", "ttl.json", "-q", "-o", "s"]);
    forge(&place.path().join("s"), "aggregate.csv", |_| "metric\ncompletion.mean_s\n".to_owned());
    run(place.path(), &["report", "-q", "s"]);
    forge(&place.path().join("s"), "aggregate.csv", |_| "nothing\n1\n".to_owned());
    assert!(fail(place.path(), &["report", "s"], 1).contains("has no column `metric`"));
    run(place.path(), &["run", "tiny.json", "-q", "-o", "r"]);
    let last = "1,0,4294967295,1,1.0\n";
    forge(&place.path().join("r"), "availability.csv", |text| format!("{}\n{last}", text.lines().next().unwrap()));
    forge(&place.path().join("r"), "summary.json", |_| "{}".to_owned());
    run(place.path(), &["report", "-q", "r"]);
}

#[test]
fn every_shell_has_completions_that_name_every_command() {
    let place = workplace(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(place.path(), &["completions", shell]);
        for word in ["compare", "reproduce", "report", "completions", "max-memory"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let complaint = fail(place.path(), &["completions", "zhs"], 2);
    assert!(complaint.contains("zsh"), "{complaint}");
}

/// The commands that have a help text of their own.
const COMMANDS: &[&str] = &[
    "run",
    "compare",
    "validate",
    "sweep",
    "sweep export",
    "sweep status",
    "merge",
    "reproduce",
    "diff",
    "report",
    "explain",
    "trace",
    "trace check",
    "trace export",
    "init",
    "list",
    "schema",
    "completions",
    "man",
];

#[test]
fn every_command_has_a_short_and_a_long_help_with_examples() {
    let place = workplace(&[]);
    let top = run(place.path(), &["--help"]);
    assert!(
        top.contains("Exit codes") && top.contains("Examples:") && !run(place.path(), &["-h"]).contains("Exit codes")
    );
    for command in COMMANDS {
        let words: Vec<&str> = command.split(' ').collect();
        let short = run(place.path(), &[&words[..], &["-h"]].concat());
        let long = run(place.path(), &[&words[..], &["--help"]].concat());
        assert!(long.contains("Example") && long.contains(&format!("swarmsim {command}")), "{command}: {long}");
        assert_ne!(long, short, "{command}");
        let examples: Vec<&str> = long.lines().skip_while(|line| !line.starts_with("Example")).collect();
        for lines in examples.windows(2) {
            // What would not have fitted at the end of the line before is the rest of that line, not one of its own.
            let next = lines[1].split_whitespace().next().unwrap_or("swarmsim");
            let fits = next == "swarmsim" || lines[0].ends_with('\\') || lines[0].len() + 1 + next.len() <= 100;
            assert!(fits || !lines[0].starts_with("  "), "{command}: an example is wrapped: {lines:?}");
        }
        assert!(top.contains(&format!("\n  {}", words[0])), "{command} is listed");
    }
}

#[test]
fn usual_options_have_their_short_forms() {
    let place = workplace(&[("tiny.json", TINY), ("ttl.json", SWEEP)]);
    assert_eq!(run(place.path(), &["run", "tiny.json", "-q", "-o", "r"]), "");
    assert_eq!(run(place.path(), &["sweep", "ttl.json", "-q", "-j2", "-os"]), "");
    assert_eq!(run(place.path(), &["report", "-q", "s"]), "");
    assert!(place.path().join("r/manifest.json").is_file() && place.path().join("s/report.html").is_file());
}

#[test]
fn color_is_as_asked_for() {
    let place = workplace(&[("tiny.json", TINY)]);
    let escapes = |arguments: &[&str]| run(place.path(), arguments).contains('\u{1b}');
    assert!(!escapes(&["run", "tiny.json", "-o", "a"]), "none where it is no terminal");
    assert!(escapes(&["run", "tiny.json", "-o", "b", "--color", "always"]));
    assert!(!escapes(&["--color", "never", "run", "tiny.json", "-o", "c"]));
}

#[test]
fn help_is_a_command_too() {
    let place = workplace(&[]);
    assert_eq!(run(place.path(), &["help", "run"]), run(place.path(), &["run", "--help"]));
    assert_eq!(run(place.path(), &["help", "trace", "check"]), run(place.path(), &["trace", "check", "--help"]));
}

#[test]
fn a_command_that_is_almost_one_is_suggested() {
    let place = workplace(&[("rum.json", TINY)]);
    for typed in ["rnu", "runn"] {
        let told = fail(place.path(), &[typed, "x"], 2);
        assert!(told.matches("tip:").count() == 1 && told.contains("run"), "{told}");
    }
    assert!(fail(place.path(), &["compair"], 2).contains("compare"));
    assert!(fail(place.path(), &["rum.json"], 2).contains("swarmsim run rum.json"));
    assert!(fail(place.path(), &["flash-crowd"], 2).contains("swarmsim run flash-crowd"));
}

#[test]
fn manual_pages_are_those_of_the_commands() {
    let place = workplace(&[]);
    let page = run(place.path(), &["man"]);
    assert!(page.contains(".TH swarmsim") && page.contains("SUBCOMMANDS"), "{page}");
    assert!(run(place.path(), &["man", "trace", "check"]).contains(".TH swarmsim-trace-check"));
    assert!(run(place.path(), &["man", "run"]).contains("\\-\\-max\\-memory"));
    run(place.path(), &["man", "--out", "deep/man1"]);
    let written = files(&place.path().join("deep/man1"));
    let mut expected: Vec<String> =
        COMMANDS.iter().map(|name| format!("swarmsim-{}.1", name.replace(' ', "-"))).collect();
    expected.push("swarmsim.1".into());
    expected.sort();
    assert_eq!(written.keys().cloned().collect::<Vec<_>>(), expected);
    let complaint = fail(place.path(), &["man", "repport"], 2);
    assert!(complaint.contains("did you mean \"report\"?"), "{complaint}");
    fs::write(place.path().join("file"), "").unwrap();
    assert!(fail(place.path(), &["man", "--out", "file"], 2).contains("is no folder"));
}

#[test]
fn a_started_scenario_has_its_schema_beside_it_and_keeps_to_it() {
    let place = workplace(&[]);
    fs::create_dir(place.path().join("mine")).unwrap();
    for embedded in EMBEDDED {
        let file = format!("mine/{}.json", embedded.name);
        let told = run(place.path(), &["init", embedded.name, "--out", &file]);
        assert!(told.contains(&format!("wrote {file}")), "{told}");
        let scenario: Value = serde_json::from_slice(&fs::read(place.path().join(&file)).unwrap()).unwrap();
        assert_eq!((&scenario["$schema"], &scenario["name"]), (&"scenario.schema.json".into(), &embedded.name.into()));
        let schema: Value =
            serde_json::from_slice(&fs::read(place.path().join("mine/scenario.schema.json")).unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(validator.is_valid(&scenario), "{}", embedded.name);
    }
    let schema = run(place.path(), &["schema", "scenario"]);
    assert_eq!(fs::read_to_string(place.path().join("mine/scenario.schema.json")).unwrap(), schema);
    fs::write(place.path().join("mine/scenario.schema.json"), "{}").unwrap();
    let told = run(place.path(), &["init", "flash-crowd", "--out", "mine/another.json"]);
    assert!(told.contains("is there already and is another"), "{told}");
    let another: Value = serde_json::from_slice(&fs::read(place.path().join("mine/another.json")).unwrap()).unwrap();
    assert_eq!(another["name"], "another", "results do not go to the template's folder");
    assert_eq!(
        fs::read_to_string(place.path().join("mine/scenario.schema.json")).unwrap(),
        "{}",
        "it is left as it is"
    );
    assert_eq!(run(place.path(), &["init", "--list"]), run(place.path(), &["list", "scenarios"]));
}

#[test]
fn scenarios_are_explained_in_lines_of_moderate_length() {
    let place = workplace(&[("tiny.json", TINY), ("ttl.json", SWEEP)]);
    for embedded in EMBEDDED {
        let text = run(place.path(), &["validate", embedded.name, "--explain"]);
        assert!(text.lines().skip(1).all(|line| line.chars().count() <= 105), "{text}");
        for about in ["File", "Peers", "Tracker", "Protocol", "Strategy", "Network", "End"] {
            assert!(text.contains(&format!("\n  {about}\n")), "{}: {about}", embedded.name);
        }
        assert!(
            text.starts_with(&format!("ok {}: ", embedded.name)) && text.contains("events"),
            "the estimate: {text}"
        );
    }
    let text = run(place.path(), &["validate", "tiny.json", "--explain", "--set", "peers[home].count=7"]);
    assert!(text.contains("7 peers of group home are there from the beginning"), "{text}");
    assert!(fail(place.path(), &["validate", "ttl.json", "--explain"], 2).contains("is a sweep"));
    assert!(fail(place.path(), &["validate", "tiny.json", "--explain", "--json"], 2).contains("--json"));
}

#[test]
fn lists_are_there_for_machines_too() {
    let folder = workplace(&[]);
    for (what, first) in [("scenarios", "flash-crowd"), ("strategies", "sequential")] {
        let text = run(folder.path(), &["list", what]);
        let array: Vec<Value> = serde_json::from_str(&run(folder.path(), &["list", what, "--json"])).unwrap();
        assert_eq!(array[0]["name"], first);
        assert_eq!(array.len(), text.lines().count());
        for (one, line) in array.iter().zip(text.lines()) {
            assert_eq!(line.split_whitespace().next(), one["name"].as_str());
            assert!(line.contains(one["summary"].as_str().unwrap()), "{line}");
        }
    }
    let strategies: Value = serde_json::from_str(&run(folder.path(), &["list", "strategies", "--json"])).unwrap();
    let window = strategies.as_array().unwrap().iter().find(|one| one["name"] == "window").unwrap();
    assert_eq!(window["parameters"][0]["name"], "size");
    assert_eq!(window["parameters"][0]["default"], 32);
}

/// docs/metrics.md gives each metric's formula: each is the first cell of a row, alone or with others of one kind, and nothing else is.
#[test]
fn every_metric_has_a_formula_in_the_documentation() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let mut named: Vec<String> =
        rows.flat_map(|cell| cell.split(" · ").map(|name| name.trim_matches('`').to_owned())).collect();
    let mut metrics: Vec<String> = swarmsim::metrics::METRIC_NAMES.iter().map(|name| (*name).to_owned()).collect();
    named.sort();
    metrics.sort();
    assert_eq!(named, metrics);
}

#[test]
fn metrics_are_listed_by_the_names_of_the_summary() {
    let place = workplace(&[("tiny.json", TINY)]);
    let listed = run(place.path(), &["list", "metrics"]);
    let names: Vec<&str> = listed.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names, swarmsim::metrics::METRIC_NAMES);
    assert!(
        listed.contains("mean download time (s), lower is better; of runs in which everyone completed"),
        "{listed}"
    );
    let objects: Vec<Value> = serde_json::from_str(&run(place.path(), &["list", "metrics", "--json"])).unwrap();
    let summary: Value =
        serde_json::from_str(&run(place.path(), &["run", "tiny.json", "--json", "--quiet", "--out", "r"])).unwrap();
    for (object, name) in objects.iter().zip(names) {
        assert_eq!(object["name"], name);
        assert!(!object["title"].as_str().unwrap().is_empty() && object["better"].is_string());
        let place = name.split('.').try_fold(&summary, |value, key| value.get(key));
        assert!(place.is_some_and(|value| value.is_number() || value.is_null()), "{name} is a number of the summary");
    }
}

#[test]
fn a_strategy_of_a_run_takes_parameters_as_one_of_a_comparison_does() {
    let place = workplace(&[("tiny.json", TINY)]);
    let strategy = |arguments: &[&str], out: &str| -> Value {
        run(place.path(), &[&["run", "tiny.json", "--quiet", "--out", out], arguments].concat());
        let text = fs::read(place.path().join(out).join("scenario.json")).unwrap();
        serde_json::from_slice::<Value>(&text).unwrap()["strategy"].clone()
    };
    let given = strategy(&["--strategy", "window:size=3"], "a");
    assert_eq!(given, strategy(&["--strategy", "window", "--set", "strategy.size=3"], "b"));
    assert_eq!(given["size"], 3);
    assert!(run(place.path(), &["reproduce", "a"]).contains("reproduced"));
    let told = fail(place.path(), &["run", "tiny.json", "--strategy", "window:sise=3", "--out", "c"], 2);
    assert!(told.contains("did you mean \"size\"?"), "{told}");
    let told = fail(place.path(), &["compare", "tiny.json", "--strategies", "rarest,random"], 2);
    assert!(told.contains("did you mean \"rarest-first\"?"), "{told}");
}
