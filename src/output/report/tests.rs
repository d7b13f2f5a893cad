//! The report: self-contained, escaped, and true to the summary.

use super::*;
use crate::output::sample::{Shape, run};
use crate::output::tables::{self, PeerRow};
use crate::output::{Checkpoints, DrawOptions, IfThere, Purpose, RunFolder, RunOutput, Timing, write_run};

/// The report and the summary of a sample run, as they stand on the disk.
fn report(shape: &Shape, folder: &std::path::Path) -> (String, Value) {
    let run = run(shape);
    let output = RunOutput {
        scenario: &run.scenario,
        summary: &run.summary,
        tables: run.tables.clone(),
        groups: &run.groups,
        arguments: &[],
        model_revision: 1,
        timing: &Timing::default(),
        parquet: false,
        checkpoints: &Checkpoints::new(Time::from_nanos(1 << 40)),
    };
    let claimed = RunFolder::prepare(folder, Purpose::RUN, IfThere::Refuse, None).expect("claimed");
    write_run(claimed, output, DrawOptions::default()).expect("written");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("readable");
    (read("report.html"), serde_json::from_str(&read("summary.json")).expect("JSON"))
}

fn leaves_of(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(object) => object.values().for_each(|value| leaves_of(value, found)),
        leaf => found.push(leaf.clone()),
    }
}

/// What stands in the page for the script.
fn data_of(html: &str) -> Value {
    let (_, after) = html.split_once("<script type=\"application/json\" id=\"data\">").expect("there is data");
    serde_json::from_str(after.split_once("</script>").expect("it ends").0).expect("JSON")
}

#[test]
fn every_figure_of_the_summary_is_there_as_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let (html, summary) = report(&Shape { bound_s: Some(200.5), ..Shape::flash_crowd() }, folder.path());
    let mut leaves = Vec::new();
    leaves_of(&summary, &mut leaves);
    let all = html.split_once("<h2>All figures</h2>").expect("they are there").1.split_once("<h2>").expect("and end").0;
    assert_eq!(all.matches("<td ").count(), leaves.len());
    for leaf in leaves {
        let cell = match &leaf {
            Value::Null => "<td class=\"none\">–</td>".to_string(),
            Value::String(text) => format!("<td class=\"exact text\">{text}</td>"),
            number => format!("<td class=\"exact\">{number}</td>"),
        };
        assert!(all.contains(&cell), "{cell} is missing");
    }
    assert!(html.contains("Median; percentiles interpolate linearly"), "figures are described");
    assert!(html.contains("<code>makespan_s / lower_bound_s</code>, once"), "code in descriptions is set as code");
}

#[test]
fn headlines_are_the_figures_of_the_summary() {
    let folder = tempfile::tempdir().expect("a folder");
    let (html, summary) = report(&Shape { bound_s: Some(200.5), ..Shape::flash_crowd() }, folder.path());
    let number = |path: &str| summary.pointer(path).and_then(Value::as_f64).expect("a number");
    for (label, shown) in [
        ("Peers completed", human::count(number("/peers/completed") as u64)),
        ("Mean download time", human::seconds(number("/completion/mean_s"))),
        ("95th percentile", human::seconds(number("/completion/p95_s"))),
        ("Makespan", human::seconds(number("/completion/makespan_s"))),
        ("Entries expired", human::count(number("/expiry/entries_expired") as u64)),
        ("Chunk bytes sent", human::bytes(number("/network/chunk_bytes"))),
    ] {
        assert!(html.contains(&format!("<dt>{label}</dt><dd>{shown}</dd>")), "{label}: {shown}");
    }
    let ratio = human::digits(number("/completion/ratio_to_bound"));
    assert!(html.contains(&format!("<dd>{ratio} times the bound of {}</dd>", human::seconds(200.5))), "the bound");
}

#[test]
fn charts_hold_what_the_tables_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    let (html, summary) = report(&Shape { leaves: true, ..Shape::flash_crowd() }, folder.path());
    let run = RunData::read(folder.path()).expect("it was written");
    let data = data_of(&html);
    let chart = |id: &str| data["charts"].as_array().unwrap().iter().find(|one| one["id"] == id).expect(id).clone();
    let last =
        |chart: &Value, series: usize| chart["series"][series]["ys"].as_array().unwrap().last().unwrap().as_f64();
    let end = run.samples.last().expect("samples");
    let population = chart("population");
    assert_eq!(population["xs"].as_array().unwrap().len(), run.samples.len().min(chart::MOST_POINTS));
    assert_eq!(last(&population, 0), Some(f64::from(end.present)));
    assert_eq!(last(&population, 3), Some(f64::from(end.completed)));
    assert_eq!(last(&chart("listed"), 2), Some(f64::from(end.stale_listed)));
    let bars: f64 = chart("lag")["series"][0]["ys"].as_array().unwrap().iter().filter_map(Value::as_f64).sum();
    assert_eq!(bars, run.lags.sorted_s.len() as f64);
    let sum = |key: &str| summary["peers"][key].as_f64().unwrap();
    let all = sum("completed") + sum("left_incomplete") + sum("still_downloading");
    let share = last(&chart("completion"), 0).unwrap();
    assert!((share - sum("completed") / all).abs() < 1e-6, "{share} of {all}");
}

/// The states of the swarm at one of the page's instants.
fn states_at(data: &Value, frame: usize) -> Vec<u8> {
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    for four in data["swarm"]["states"].as_str().unwrap().as_bytes().chunks(4) {
        let values: Vec<u32> = four.iter().filter_map(|c| digits.find(char::from(*c))).map(|at| at as u32).collect();
        let number = values.iter().fold(0, |sum, value| sum << 6 | value) << (6 * (4 - values.len()));
        bytes.extend((0..values.len() - 1).map(|i| (number >> (16 - 8 * i)) as u8));
    }
    let cells = data["swarm"]["cells"].as_u64().unwrap() as usize;
    bytes[frame * cells..(frame + 1) * cells].to_vec()
}

#[test]
fn the_swarm_is_that_of_the_tables_at_every_instant() {
    let folder = tempfile::tempdir().expect("a folder");
    let (html, _) = report(&Shape { leaves: true, peers: 250, ..Shape::flash_crowd() }, folder.path());
    let peers: Vec<PeerRow> = tables::read(folder.path()).expect("it was written");
    let data = data_of(&html);
    assert_eq!((data["swarm"]["cells"].as_u64(), data["swarm"]["width"].as_u64()), (Some(251), Some(1)));
    let times = data["swarm"]["times"].as_array().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for (frame, time) in times.iter().enumerate() {
        let time = time.as_f64().unwrap();
        let states = states_at(&data, frame);
        for (row, state) in peers.iter().zip(states) {
            // A rounded instant of the page may lie on either side of one of the table's.
            let near = |at: Option<tables::Seconds>| at.is_some_and(|at| (at.as_f64() - time).abs() < 1.0);
            if near(Some(row.arrived_s)) || near(row.departed_s) || near(row.completed_s) {
                continue;
            }
            let there = row.arrived_s.as_f64() <= time && row.departed_s.is_none_or(|at| at.as_f64() > time);
            assert_eq!(state >= 10, there, "peer {} at {time}: {state}", row.peer);
            let complete = row.completed_s.is_some_and(|at| at.as_f64() <= time);
            assert!(!(there && complete) || state % 110 == 0, "peer {} at {time}: {state}", row.peer);
            seen.insert(if state >= 10 { 10 } else { state });
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 10], "all that there is to see comes");
}

#[test]
fn many_peers_share_cells() {
    let folder = tempfile::tempdir().expect("a folder");
    let (html, _) = report(&Shape { peers: 20_000, ..Shape::flash_crowd() }, folder.path());
    let data = data_of(&html);
    assert_eq!((data["swarm"]["cells"].as_u64(), data["swarm"]["width"].as_u64()), (Some(1_429), Some(14)));
    assert!(html.len() < 2_000_000, "{} bytes", html.len());
}

#[test]
fn many_groups_are_told_in_part() {
    let folder = tempfile::tempdir().expect("a folder");
    let groups = (0..260).map(|i| format!("group {i}")).collect();
    let (html, _) = report(&Shape { peers: 2_600, groups, ..Shape::flash_crowd() }, folder.path());
    let section = html.split_once("<h2>Groups</h2>").expect("it is there").1.split_once("<h2>").expect("and ends").0;
    assert_eq!(section.matches("<tr").count(), 1 + MOST_GROUPS);
    assert!(section.contains("60 more groups are in <code>peers.csv</code>"), "{}", &section[section.len() - 200..]);
}

#[test]
fn the_report_asks_for_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for (case, shape) in Shape::all() {
        let (html, _) = report(&Shape { peers: shape.peers.min(300), ..shape }, &folder.path().join(case));
        let body = html.split_once("<script").expect("scripts come last").0;
        for trace in ["<link", "<img", "<iframe", "src=", "url(", "@import", "href=", "<b>'", "onclick"] {
            assert!(!body.contains(trace), "{case}: {trace}");
        }
        let namespace = body.matches("http://www.w3.org/2000/svg").count();
        assert_eq!(body.matches("://").count(), namespace, "{case}: an external address");
        assert!(html.contains("default-src 'none'"), "{case}");
        let ids: Vec<&str> = body.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let apart: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), apart.len(), "{case}: {ids:?}");
        assert!(html.len() < 1_500_000, "{case}: {} bytes", html.len());
        assert_eq!(html.matches("<script").count(), html.matches("</script>").count(), "{case}");
        assert_eq!(html.matches("</script>").count(), 3, "{case}: no name ends a script");
    }
}

#[test]
fn a_run_without_completions_has_a_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let (html, _) = report(&Shape { completes: false, ..Shape::flash_crowd() }, folder.path());
    assert!(html.contains("<dt>Mean download time</dt><dd>–</dd>"));
    assert!(html.contains("No peer completed its download"));
}

/// `SWARMSIM_GALLERY=folder cargo test gallery -- --ignored` writes reports to look at.
#[test]
#[ignore = "writes pages to look at"]
fn gallery() {
    let folder =
        std::path::PathBuf::from(std::env::var_os("SWARMSIM_GALLERY").expect("SWARMSIM_GALLERY names a folder"));
    for (case, shape) in Shape::all() {
        if shape.peers <= 300 {
            let target = folder.join(format!("run-{case}"));
            let _ = std::fs::remove_dir_all(&target);
            report(&shape, &target);
        }
    }
}
