//! The report: self-contained, escaped, and true to the summary.

use super::*;
use crate::output::sample::{Shape, run};
use crate::output::{Checkpoints, DrawOptions, IfThere, Purpose, RunFolder, RunOutput, Timing, write_run};

/// The report and the summary of a sample run, as they stand on the disk.
fn report(shape: &Shape, folder: &std::path::Path) -> (String, Value) {
    let run = run(shape);
    let output = RunOutput {
        scenario: &run.scenario,
        summary: &run.summary,
        tables: &run.tables,
        groups: &run.groups,
        arguments: &[],
        model_revision: 1,
        timing: &Timing::default(),
        parquet: false,
        checkpoints: &Checkpoints::new(crate::sim::Time::from_nanos(1 << 40)),
    };
    let claimed = RunFolder::prepare(folder, Purpose::RUN, IfThere::Refuse, None).expect("claimed");
    write_run(claimed, &output, DrawOptions::default()).expect("written");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("readable");
    (read("report.html"), serde_json::from_str(&read("summary.json")).expect("JSON"))
}

fn leaves_of(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(object) => object.values().for_each(|value| leaves_of(value, found)),
        leaf => found.push(leaf.clone()),
    }
}

#[test]
fn every_figure_of_the_summary_is_there_as_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let (html, summary) = report(&Shape { bound_s: Some(200.5), ..Shape::flash_crowd() }, folder.path());
    let mut leaves = Vec::new();
    leaves_of(&summary, &mut leaves);
    assert_eq!(html.matches("<td ").count(), leaves.len());
    for leaf in leaves {
        let cell = match &leaf {
            Value::Null => "<td class=\"none\">–</td>".to_string(),
            Value::String(text) => format!("<td class=\"exact text\">{text}</td>"),
            number => format!("<td class=\"exact\">{number}</td>"),
        };
        assert!(html.contains(&cell), "{cell} is missing");
    }
    assert!(html.contains("Median; percentiles interpolate linearly"), "figures are described");
    assert!(html.contains("<code>makespan_s / lower_bound_s</code>, once"), "code in descriptions is set as code");
}

#[test]
fn the_report_asks_for_nothing_and_runs_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for (case, shape) in Shape::all() {
        let (html, _) = report(&Shape { peers: shape.peers.min(300), ..shape }, &folder.path().join(case));
        for trace in ["<script", "<link", "<img", "<iframe", "src=", "url(", "@import", "href=", "<b>'"] {
            assert!(!html.contains(trace), "{case}: {trace}");
        }
        let namespace = html.matches("http://www.w3.org/2000/svg").count();
        assert_eq!(html.matches("://").count(), namespace, "{case}: an external address");
        assert!(!html.contains(" id=\""), "{case}: ids of several plots could clash");
        assert!(html.len() < 700_000, "{case}: {} bytes", html.len());
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
