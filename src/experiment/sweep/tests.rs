//! Sweeps from text to plan: what is accepted, what it becomes, and what is refused with which words.

use super::*;
use crate::experiment::Outcome;
use crate::experiment::outcome::samples::TINY;
use crate::experiment::outcome::simulate;
use crate::output::{IfThere, Purpose, RunFolder};
use crate::scenario::Document;
use proptest::prelude::*;

const BOUNDS: Bounds = Bounds { memory_bytes: u64::MAX, events: f64::INFINITY };

fn find(name: &str) -> Result<Base, SweepFault> {
    match name {
        "tiny.json" => {
            let document = Document::parse("tiny.json", TINY.as_bytes()).expect("it is valid");
            Ok(Base { document, argument: "tiny.json".into(), load: Box::new(|_| Err("there is none".into())) })
        }
        _ => Err(SweepFault::Name(format!("there is no \"{name}\""))),
    }
}

fn planned(text: &str) -> Result<(Plan, Checked), String> {
    let document = Document::parse("sweep.json", text.as_bytes()).map_err(|report| report.to_string())?;
    let load: LoadFile = Box::new(|name| match name {
        "times.txt" => Ok(b"# seconds\n1.5\n2s\n".to_vec()),
        _ => Err(format!("the file \"{name}\" cannot be read")),
    });
    let sweep = Sweep::read(&document, &find, ("sweep.json#scenario", load)).map_err(|refusal| refusal.to_string())?;
    Plan::new(sweep, BOUNDS).map_err(|refusal| refusal.to_string())
}

fn plan(text: &str) -> Plan {
    planned(text).unwrap_or_else(|message| panic!("{message}")).0
}

fn refused(text: &str) -> String {
    planned(text).err().unwrap_or_else(|| panic!("accepted: {text}"))
}

/// A sweep of the small scenario with these members.
fn with(members: &str) -> String {
    format!("{{\"name\": \"s\", \"scenario\": \"tiny.json\", {members}}}")
}

#[test]
fn the_grid_is_the_product_with_the_last_path_fastest() {
    let plan = plan(&with(
        r#""seeds": {"from": 5, "count": 2}, "vary": {"strategy.kind": ["random", "rarest-first"],
           "peers[home].count": {"from": 2, "to": 4, "step": 1}}"#,
    ));
    assert_eq!((plan.points(), plan.seeds(), plan.len()), (6, 2, 12));
    let lines: Vec<String> =
        (0..plan.len()).map(|run| format!("{} {}", plan.texts(run).join(" "), plan.seed(run))).collect();
    assert_eq!(lines[..4], ["random 2 5", "random 2 6", "random 3 5", "random 3 6"]);
    assert_eq!(lines[11], "rarest-first 4 6");
    assert_eq!(
        plan.arguments(11),
        ["tiny.json", "--set", "strategy.kind=rarest-first", "--set", "peers[home].count=4", "--seed", "6"]
    );
    let case = plan.case(11);
    assert_eq!((case.seed(), case.scenario.config.groups[1].count), (6, Some(4)));
}

#[test]
fn a_sweep_without_paths_is_its_seeds() {
    let plan = plan(&with(r#""seeds": [9, 3], "vary": {}"#));
    assert_eq!((plan.len(), plan.seed(0), plan.seed(1)), (2, 9, 3));
}

#[test]
fn what_a_plan_writes_of_itself_is_the_same_sweep() {
    let text = with(
        r#""seeds": {"count": 3}, "metrics": ["events"], "baseline": {"tracker.entry_ttl": "60s"},
           "vary": {"network.loss": {"from": 0, "to": 0.30, "step": 0.10}, "tracker.entry_ttl": ["60s", "2min"]},
           "constraints": [{"path": "network.loss", "at_most": 0.20}]"#,
    );
    let first = plan(&text);
    let again = plan(&first.to_json_text());
    assert_eq!(first.to_json_text(), again.to_json_text());
    assert_eq!(first.digest(), again.digest());
    assert_eq!((first.len(), first.points()), (18, 6));
    for run in 0..first.len() {
        assert_eq!(first.texts(run), again.texts(run));
        assert_eq!(first.case(run).identity, again.case(run).identity);
    }
    assert_eq!(again.arguments(0)[0], "sweep.json#scenario");
}

#[test]
fn files_that_a_scenario_names_are_read_into_it_once() {
    let inline = TINY.replace("\"20ms\"", r#"{"kind": "empirical", "file": "times.txt"}"#);
    let text = format!("{{\"scenario\": {inline}, \"vary\": {{\"seed2\": [1]}}}}").replace("\"seed2\": [1]", "");
    let whole = plan(&text).to_json_text();
    assert!(whole.contains("1.5") && whole.contains("\"2s\"") && !whole.contains("times.txt"), "{whole}");
    let message = refused(&text.replace("times.txt", "none.txt"));
    assert!(message.contains("sweep.json:") && message.contains("none.txt"), "{message}");
}

#[test]
fn constraints_compare_resolved_values_and_leave_points_out() {
    let text = with(
        r#""vary": {"protocol.active_proof_interval": ["30s", "90s", "4min"], "tracker.entry_ttl": ["1min", "2min"]},
           "constraints": [{"path": "protocol.active_proof_interval", "less_than": "tracker.entry_ttl"}]"#,
    );
    let (plan, checked) = planned(&text).unwrap();
    let points: Vec<String> = (0..plan.len()).map(|run| plan.texts(run).join(" ")).collect();
    assert_eq!(points, ["30s 1min", "30s 2min", "90s 2min"]);
    assert_eq!(checked.left_out, 3);
    // The entry's time to live is a default here, and stands in the resolved scenario alone.
    let (plan, checked) = planned(&with(
        r#""vary": {"protocol.active_proof_interval": ["30s", "4min"]},
           "constraints": [{"path": "protocol.active_proof_interval", "less_than": "tracker.entry_ttl"}]"#,
    ))
    .unwrap();
    assert_eq!((plan.len(), checked.left_out), (1, 1));
}

#[test]
fn a_constraint_may_leave_out_what_could_not_be_run() {
    let text = with(
        r#""vary": {"file.size": ["1 MiB", "4 MiB"], "file.max_chunk_size": ["1 MiB", "2 MiB"]},
           "constraints": [{"path": "file.max_chunk_size", "at_most": "file.size"}]"#,
    );
    assert_eq!(plan(&text).len(), 3);
    let message = refused(&text.replace("at_most", "differs_from"));
    assert!(message.contains("larger than the file"), "{message}");
}

#[test]
fn the_baseline_of_a_point_has_the_baselines_values_and_its_own_others() {
    let plan = plan(&with(
        r#""vary": {"strategy.kind": ["rarest-first", "random"], "peers[home].count": [2, 3]},
           "baseline": {"strategy.kind": "random"}"#,
    ));
    let baselines: Vec<Option<usize>> = (0..4).map(|point| plan.baseline_of(point)).collect();
    assert_eq!(baselines, [Some(2), Some(3), Some(2), Some(3)]);
}

#[test]
fn bad_sweeps_are_refused_with_their_place() {
    for (members, place, expected) in [
        (r#""vary": {"tracker.entry_ttl": []}"#, "1:70: $.vary[\"tracker.entry_ttl\"]", "found no value"),
        (r#""vary": {"tracker.entri_ttl": ["60s"]}"#, "$.vary[\"tracker.entri_ttl\"]: ", "entry_ttl, sweep_interval"),
        (r#""vary": {"tracker.entry_ttl": ["60s", "5"]}"#, "$.vary[\"tracker.entry_ttl\"][1]", "unit is missing"),
        (r#""vary": {"peers[hame].count": [1]}"#, "$.vary[\"peers[hame].count\"]", "did you mean \"home\"?"),
        (
            r#""vary": {"peers[home].count": [1], "peers[1].count": [2]}"#,
            "peers[1].count",
            "is varied twice, as peers[home].count too",
        ),
        (
            r#""vary": {"peers[home].count": [1], "peers[home].count": [2]}"#,
            "peers[home].count",
            "the key is given twice",
        ),
        (
            r#""vary": {"tracker": [{"entry_ttl": "60s"}], "tracker.entry_ttl": ["70s"]}"#,
            "$.vary[\"tracker.entry_ttl\"]",
            "is a part of tracker, which is varied too",
        ),
        (r#""vary": {"seed": [1, 2]}"#, "$.vary.seed", "\"seeds\" beside \"vary\""),
        (r#""vary": {"network.loss": {"from": 0, "to": 1, "step": 0}}"#, "[\"network.loss\"].step", "not 0"),
        (r#""vary": {"network.loss": {"from": 0, "to": 1}}"#, "[\"network.loss\"].step", "is missing"),
        (r#""vary": {"tracker.entry_ttl": ["60s", "1min"]}"#, "[\"tracker.entry_ttl\"][1]", "the same runs as 60s"),
        (r#""vary": {"network.loss": [0.1, 0.1]}"#, "[\"network.loss\"][1]", "again"),
        (r#""vary": {"network.loss": 0.1}"#, "[\"network.loss\"]", "an array of values"),
        (r#""vary": {}, "seeds": []"#, "$.seeds", "0 seeds"),
        (r#""vary": {}, "seeds": [1, 2, 1]"#, "$.seeds[2]", "seeds[0]"),
        (r#""vary": {}, "seeds": {"from": 18446744073709551615, "count": 2}"#, "$.seeds", "beyond the largest"),
        (r#""vary": {}, "seeds": {"from": 1, "cuont": 2}"#, "$.seeds.cuont", "did you mean \"count\"?"),
        (r#""vary": {}, "sceds": [1]"#, "$.sceds", "did you mean \"seeds\"?"),
        (r#""vary": {}, "metrics": ["completion.maen_s"]"#, "$.metrics[0]", "did you mean \"completion.mean_s\"?"),
        (r#""vary": {}, "metrics": []"#, "$.metrics", "at least one"),
        (r#""vary": {}, "metrics": ["events", "events"]"#, "$.metrics[1]", "again"),
        (
            r#""vary": {"network.loss": [0.1]}, "baseline": {"network.los": 0.1}"#,
            "$.baseline",
            "did you mean \"network.loss\"?",
        ),
        (r#""vary": {"network.loss": [0.1]}, "baseline": {"network.loss": 0.2}"#, "$.baseline", "they are 0.1"),
        (
            r#""vary": {}, "constraints": [{"path": "seed", "less_then": 3}]"#,
            "less_then",
            "did you mean \"less_than\"?",
        ),
        (r#""vary": {}, "constraints": [{"path": "seed"}]"#, "$.constraints[0]", "exactly one"),
        (
            r#""vary": {}, "constraints": [{"path": "stop.at", "less_than": "4 MiB"}]"#,
            "$.constraints[0]",
            "cannot be compared",
        ),
        (
            r#""vary": {}, "constraints": [{"path": "stop.wen", "less_than": 3}]"#,
            "$.constraints[0]",
            "no value at stop.wen; did you mean \"when\"?; accepted: at",
        ),
        (
            r#""vary": {}, "constraints": [{"path": "tracker.entry_ttl", "at_least": "tracker.entry_tll"}]"#,
            "$.constraints[0]",
            "no value at tracker.entry_tll; did you mean \"entry_ttl\"?",
        ),
        (
            r#""vary": {"network.loss": {"from": 0.2, "to": 0.1, "step": 0.1}}"#,
            "[\"network.loss\"].step",
            "accepted: a step below 0, or `from` and `to` exchanged",
        ),
        (
            r#""vary": {}, "constraints": [{"path": "stop.at", "less_than": "1s"}]"#,
            "$.constraints",
            "none of the points",
        ),
    ] {
        let message = refused(&with(members));
        assert!(message.starts_with("error: sweep.json:1:"), "{members}: {message}");
        assert!(message.contains(place) && message.contains(expected), "{members}: {message}");
    }
    for (text, expected) in [
        (r#"{"vary": {}}"#, "$.scenario: is missing"),
        (r#"{"scenario": "tiny.json"}"#, "$.vary: is missing"),
        (r#"{"scenario": "none.json", "vary": {}}"#, "there is no \"none.json\""),
        (r#"{"scenario": {"scenario": "x", "vary": {}}, "vary": {}}"#, "is a sweep itself"),
        (r#"{"scenario": {"name": "x"}, "vary": {}}"#, "$.scenario.stop: is missing"),
        (r#"[]"#, "found an array of 0"),
    ] {
        let message = refused(text);
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn all_problems_come_in_one_report_in_the_files_order() {
    let message = refused(&with(
        r#""sceds": [1], "vary": {"tracker.entry_ttl": [], "network.loss": 3}, "metrics": ["x"], "constraints": 5"#,
    ));
    let places: Vec<usize> = ["sceds", "no value", "an array of values", "no metric", "$.constraints"]
        .map(|part| message.find(part).expect(part))
        .to_vec();
    assert!(places.is_sorted() && message.matches("error: ").count() == 5, "{message}");
}

#[test]
fn the_last_points_problem_is_found_and_told_once() {
    let message = refused(&with(
        r#""vary": {"strategy.kind": ["random", "rarest-first"], "peers[home].count": [1, 2], "network.loss": [0.1, 0.2, 1.5]}"#,
    ));
    assert_eq!(message.matches("error: ").count(), 1, "{message}");
    assert!(
        message.contains("$.vary[\"network.loss\"][2]: network.loss: found 1.5; accepted: a number from 0 to 1\n"),
        "{message}"
    );
}

#[test]
fn a_run_that_failed_is_a_row_without_figures_and_the_others_are_kept() {
    let plan =
        plan(&with(r#""seeds": [1, 2, 3], "vary": {"network.loss": [0, 0.1]}, "metrics": ["events", "end_time_s"]"#));
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    let folder = RunFolder::prepare(&target, Purpose::SWEEP, IfThere::Refuse, None).unwrap();
    let mut outcome = |run: usize| {
        let case = plan.case(run);
        let failed = Outcome::failed(&case.identity, case.seed(), "the simulation panicked: a bug");
        Ok(Some(if run == 4 { failed } else { simulate(&case, &|| false).unwrap() }))
    };
    let (tally, manifest) = run::write(&plan, folder, &Settings::default(), &mut outcome).unwrap();
    assert_eq!((tally.done, tally.failed, manifest.failed, manifest.complete), (6, 1, 1, true));
    assert_eq!(tally.messages, ["run 4 (seed 2) failed: the simulation panicked: a bug"]);
    let read = |name: &str| std::fs::read_to_string(target.join(name)).unwrap();
    assert_eq!(read("results.csv").lines().nth(5), Some("4,2,0.1,,,,failed"));
    let aggregate = read("aggregate.csv");
    assert!(aggregate.lines().nth(1).unwrap().starts_with("0,events,3,3,0,0,"), "{aggregate}");
    assert!(aggregate.lines().nth(3).unwrap().starts_with("0.1,events,3,2,0,1,"), "{aggregate}");
    // Whoever goes on tries it again, and finds it well.
    let folder = RunFolder::prepare(&target, Purpose::SWEEP, IfThere::Resume, None).unwrap();
    let report = run(&plan, folder, &Settings::default(), || false, |_| ()).unwrap();
    assert_eq!((report.progress.reused, report.progress.done, report.tally.failed), (5, 1, 0));
    assert_eq!((report.dropped, report.damaged, report.is_complete()), (0, 0, true));
}

#[test]
fn a_warning_is_told_once_a_place() {
    let (_, checked) = planned(&with(
        r#""vary": {"tracker.entry_ttl": {"from": "10s", "to": "60s", "step": "10s"}, "network.loss": [0, 0.1]}"#,
    ))
    .unwrap();
    let told: String = checked.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(told.matches("warning: ").count(), 1, "{told}");
    assert!(
        told.contains("entries expire after 10 s (at tracker.entry_ttl = 10s, network.loss = 0, and 5 more)"),
        "{told}"
    );
}

#[test]
fn more_runs_than_there_can_be_are_refused_at_once() {
    let values: Vec<String> = (0..1000).map(|value| value.to_string()).collect();
    let vary: Vec<String> = (0..8).map(|i| format!("\"x{i}.y\": [{}]", values.join(","))).collect();
    let message = refused(&with(&format!("\"vary\": {{{}}}", vary.join(","))));
    assert!(message.contains(&format!("makes 1{} runs", "0".repeat(24))), "{message}");
    let vary: Vec<String> = (0..64).map(|i| format!("\"x{i}.y\": [{}]", values.join(","))).collect();
    assert!(refused(&with(&format!("\"vary\": {{{}}}", vary.join(",")))).contains("more runs than can be counted"));
}

#[test]
fn the_schema_agrees_with_the_reader() {
    let validator = jsonschema::validator_for(&schema::sweep()).unwrap();
    let is_valid = |text: &str| validator.is_valid(&serde_json::from_str(text).unwrap());
    for members in [
        r#""vary": {"network.loss": [0.1, 0.2], "tracker.entry_ttl": {"from": "60s", "to": "2min", "step": "30s"}}"#,
        r#""seeds": [1, 18446744073709551615], "vary": {}"#,
        r#""seeds": {"count": 3}, "vary": {}, "metrics": ["events"]"#,
        r#""vary": {"network.loss": [0.1]}, "baseline": {"network.loss": 0.1},
           "constraints": [{"path": "stop.at", "greater_than": "1s"}]"#,
    ] {
        assert!(is_valid(&with(members)) && planned(&with(members)).is_ok(), "{members}");
    }
    for members in [
        r#""vary": {"network.loss": []}"#,
        r#""vary": {"network.loss": {"from": 1, "to": 2}}"#,
        r#""vary": {"seed": [1]}"#,
        r#""vary": {}, "seeds": []"#,
        r#""vary": {}, "seeds": [1, 1]"#,
        r#""vary": {}, "seeds": {"from": 1}"#,
        r#""vary": {}, "seeds": {"count": 0}"#,
        r#""vary": {}, "metrics": ["none"]"#,
        r#""vary": {}, "metrics": []"#,
        r#""vary": {}, "baseline": {}"#,
        r#""vary": {}, "constraints": [{"path": "stop.at"}]"#,
        r#""vary": {}, "constraints": [{"path": "stop.at", "less_than": "3h", "at_most": 3}]"#,
        r#""vary": {}, "other": 1"#,
        r#""seeds": [1]"#,
    ] {
        assert!(!is_valid(&with(members)) && planned(&with(members)).is_err(), "{members}");
    }
    let keys: Vec<String> = schema::sweep()["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, file::KEYS);
}

proptest! {
    #[test]
    fn points_are_numbered_without_gaps(lengths in proptest::collection::vec(1_usize..5, 0..4)) {
        let vary: Vec<String> = lengths.iter().zip(["network.loss", "network.jitter", "peers[0].count", "peers[1].count"])
            .map(|(length, path)| format!("\"{path}\": {:?}", (0..*length).map(|i| if path.contains("peers") { i + 1 } else { i }).take(if path.contains("loss") { 2 } else { 9 }).collect::<Vec<_>>())).collect();
        let plan = plan(&with(&format!("\"vary\": {{{}}}", vary.join(","))));
        let points: std::collections::BTreeSet<Vec<usize>> = (0..plan.points()).map(|point| plan.values(point)).collect();
        prop_assert_eq!(points.len(), plan.points());
        for (number, values) in points.iter().enumerate() {
            prop_assert_eq!(check::number_of(plan.sweep(), values), number);
        }
    }
}
