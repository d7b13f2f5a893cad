//! A run's folder under every condition: overwritten, wrecked, refused, failing.

use super::*;
use crate::output::sample::{Shape, run};
use crate::output::{Checkpoints, DRAWN_FROM, DrawOptions, RunOutput, Timing, prepare_drawing, redraw, write_run};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn write(path: &Path, force: bool) -> Result<Manifest, OutputError> {
    write_some(path, force, DrawOptions::default())
}

fn write_some(path: &Path, force: bool, options: DrawOptions) -> Result<Manifest, OutputError> {
    let run = run(&Shape { peers: 5, ..Shape::flash_crowd() });
    let output = RunOutput {
        scenario: &run.scenario,
        summary: &run.summary,
        tables: run.tables.clone(),
        groups: &run.groups,
        arguments: &["--seed".into(), "42".into()],
        model_revision: 1,
        timing: &Timing { wall_s: 0.5, ..Timing::default() },
        parquet: false,
        checkpoints: &Checkpoints::new(crate::sim::Time::from_nanos(1 << 40)),
    };
    let if_there = if force { IfThere::Replace } else { IfThere::Refuse };
    write_run(RunFolder::prepare(path, Purpose::RUN, if_there, None)?, output, options)
}

/// Every file below a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("readable") {
        let entry = entry.expect("readable");
        let name = entry.file_name().into_string().expect("UTF-8");
        match entry.path().is_dir() {
            true => found.extend(names(&entry.path()).into_iter().map(|below| format!("{name}/{below}"))),
            false => found.push(name),
        }
    }
    found.sort();
    found
}

fn refusal(result: Result<impl std::fmt::Debug, OutputError>) -> String {
    let error = result.expect_err("a refusal");
    assert!(error.is_bad_input(), "{error}");
    error.to_string()
}

#[test]
fn a_run_is_whole() {
    let root = folder();
    let target = root.path().join("a/b/run");
    let manifest = write(&target, false).expect("written");
    let mut listed: Vec<String> = manifest.files.iter().map(|entry| entry.name.clone()).collect();
    assert!(listed.is_sorted());
    listed.push("manifest.json".into());
    listed.sort();
    assert_eq!(listed, names(&target));
    assert_eq!(listed.len(), 8 + 6 + 1 + 1);
    assert_eq!(Manifest::read(&target).expect("readable"), manifest);
    assert!(manifest.changed_files(&target).is_empty());
    fs::write(target.join("peers.csv"), "").expect("written");
    assert_eq!(manifest.changed_files(&target), ["peers.csv"]);
}

#[test]
fn a_run_is_overwritten_only_by_force_and_what_is_not_ours_stays() {
    let root = folder();
    write_some(root.path(), false, DrawOptions { png: true, ..DrawOptions::default() }).expect("written");
    fs::write(root.path().join("notes.txt"), "mine").expect("written");
    fs::write(root.path().join("plots/mine.svg"), "mine").expect("written");
    fs::write(root.path().join("trace.jsonl"), "old").expect("written");
    assert!(refusal(write(root.path(), false)).contains("holds a run already; overwrite it with --force"));
    assert!(root.path().join("plots/lag.png").exists() || root.path().join("plots/detection-lag.png").exists());
    write_some(root.path(), true, DrawOptions { plots: false, png: false, report: false }).expect("overwritten");
    let kept = names(root.path());
    assert_eq!(
        kept,
        [
            "availability.csv",
            "checkpoints.csv",
            "expiries.csv",
            "manifest.json",
            "notes.txt",
            "peers.csv",
            "plots/mine.svg",
            "progress.csv",
            "scenario.json",
            "summary.json",
            "timeseries.csv"
        ]
    );
}

#[test]
fn equal_runs_are_equal_byte_for_byte() {
    let (one, other) = (folder(), folder());
    let options = DrawOptions { png: true, ..DrawOptions::default() };
    let first = write_some(one.path(), false, options).expect("written");
    let second = write_some(other.path(), false, options).expect("written");
    assert_eq!(first.files, second.files);
}

#[test]
fn a_folder_that_will_not_do_is_refused_and_left_as_it_was() {
    let root = folder();
    let file = root.path().join("file");
    fs::write(&file, "text").expect("written");
    assert!(refusal(write(&file, true)).contains("is a file, and a run needs a folder"));
    assert!(refusal(write(&file.join("below"), true)).contains("leads through a file"));
    assert!(refusal(write(root.path(), true)).contains("is not empty and holds no run"));
    let scenario = root.path().join("file");
    assert!(
        refusal(RunFolder::prepare(root.path(), Purpose::RUN, IfThere::Replace, Some(&scenario)))
            .contains("folder of the scenario itself")
    );
    fs::write(root.path().join("manifest.json"), "{\"name\": \"a web page's\"}").expect("written");
    assert!(refusal(write(root.path(), true)).contains("holds no run"));
    fs::write(root.path().join("manifest.json"), "{\"swarmsim\": \"9\", \"kind\": \"sweep\"}").expect("written");
    assert!(refusal(write(root.path(), true)).contains("holds a sweep"));
    assert_eq!(names(root.path()), ["file", "manifest.json"]);
    assert!(refusal(write(Path::new(""), true)).contains("the folder's name is empty"));
}

#[test]
fn what_a_crash_left_is_written_anew() {
    let root = folder();
    let partial = root.path().join(PARTIAL);
    fs::create_dir_all(partial.join("plots")).expect("created");
    fs::write(partial.join("lock"), "4194999 17\n").expect("written");
    fs::write(partial.join("peers.csv"), "half").expect("written");
    fs::write(root.path().join("summary.json"), "already moved").expect("written");
    fs::write(root.path().join("notes.txt"), "mine").expect("written");
    write(root.path(), false).expect("written anew without force");
    assert!(!partial.exists());
    assert!(root.path().join("notes.txt").exists());
}

#[test]
fn two_processes_do_not_share_a_folder() {
    let root = folder();
    let first = RunFolder::prepare(root.path(), Purpose::RUN, IfThere::Refuse, None).expect("claimed");
    let message = refusal(RunFolder::prepare(root.path(), Purpose::RUN, IfThere::Replace, None));
    assert!(message.contains("is being written by another process"), "{message}");
    drop(first);
    assert!(names(root.path()).is_empty());
    RunFolder::prepare(root.path(), Purpose::RUN, IfThere::Refuse, None).expect("free again");
}

#[test]
fn what_is_interrupted_leaves_nothing() {
    let root = folder();
    let target = root.path().join("a/b");
    let mut run = RunFolder::prepare(&target, Purpose::RUN, IfThere::Refuse, None).expect("claimed");
    run.write("plots/one.svg", b"<svg/>").expect("written");
    let mut trace = run.create("trace.jsonl").expect("created");
    trace.write_all(b"{}").expect("written");
    drop(trace);
    drop(run);
    assert!(!root.path().join("a").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_names_the_file_and_leaves_nothing() {
    let root = folder();
    let target = root.path().join("run");
    let mut run = RunFolder::prepare(&target, Purpose::RUN, IfThere::Refuse, None).expect("claimed");
    std::os::unix::fs::symlink("/dev/full", run.partial().join("peers.csv")).expect("linked");
    // Small enough to stay in the buffer: only the flush can fail.
    let error = run.write("peers.csv", b"peer\n").expect_err("the disk is full");
    assert!(!error.is_bad_input());
    let message = error.to_string();
    assert!(message.contains("peers.csv: cannot write") && message.contains("free some space"), "{message}");
    drop(run);
    assert!(!target.exists());
}

#[test]
fn a_failure_while_moving_leaves_no_manifest() {
    let root = folder();
    let manifest = write(root.path(), false).expect("written");
    let mut run = RunFolder::prepare(root.path(), Purpose::RUN, IfThere::Replace, None).expect("claimed");
    run.write("peers.csv", b"peer\n").expect("staged");
    run.write("report.html", b"<html>").expect("staged");
    // What stands in the way already is refused at once; this comes between.
    fs::remove_file(root.path().join("report.html")).expect("removed");
    fs::create_dir_all(root.path().join("report.html/in the way")).expect("created");
    let error = run.commit(manifest).expect_err("the report has no place");
    assert!(error.path().ends_with("report.html"), "{error}");
    assert_eq!(names(root.path()), Vec::<String>::new());
    assert!(!root.path().join(PARTIAL).exists());
}

#[test]
fn what_stands_in_the_way_is_refused_at_once() {
    let root = folder();
    write(root.path(), false).expect("written");
    fs::remove_file(root.path().join("report.html")).expect("removed");
    fs::create_dir_all(root.path().join("report.html/in the way")).expect("created");
    let before = names(root.path());
    assert!(refusal(write(root.path(), true)).contains("holds a folder \"report.html\" in the way"));
    assert_eq!(names(root.path()), before);
}

#[test]
fn what_is_abandoned_leaves_nothing_and_what_was_committed_stays() {
    let root = folder();
    let target = root.path().join("deep/run");
    let run = RunFolder::prepare(&target, Purpose::RUN, IfThere::Refuse, None).expect("claimed");
    run.create("trace.jsonl").expect("created").write_all(b"{}").expect("written");
    let staging = run.staging();
    staging.abandon();
    assert!(!root.path().join("deep").exists());
    staging.abandon();
    drop(run);

    write(&target, false).expect("written");
    let mut run = RunFolder::prepare(&target, Purpose::RUN, IfThere::Replace, None).expect("claimed");
    let staging = run.staging();
    run.write("peers.csv", b"peer\n").expect("staged");
    let manifest = Manifest::read(&target).expect("it stands there");
    run.commit(manifest).expect("moved");
    staging.abandon();
    assert_eq!(names(&target), ["manifest.json", "peers.csv"]);
}

fn drawn_anew(target: &Path, options: DrawOptions) -> Result<Manifest, OutputError> {
    let manifest = Manifest::read(target)?;
    let folder = prepare_drawing(target, Purpose::RUN, &manifest.files, &DRAWN_FROM)?;
    redraw(folder, manifest, options)
}

#[test]
fn plots_and_report_are_drawn_anew_from_the_files() {
    let root = folder();
    let before = write(root.path(), false).expect("written");
    fs::write(root.path().join("report.html"), "spoiled").expect("written");
    let after = drawn_anew(root.path(), DrawOptions::default()).expect("drawn");
    assert_eq!(before, after);
    assert!(after.changed_files(root.path()).is_empty());
    let fewer = drawn_anew(root.path(), DrawOptions { plots: false, png: false, report: true }).expect("drawn");
    assert_eq!(fewer.files.len(), 9);
    assert!(!root.path().join("plots").exists());
    assert!(!root.path().join(".partial").exists() && fewer.changed_files(root.path()).is_empty());
}

#[test]
fn nothing_is_drawn_from_what_was_changed_since() {
    let root = folder();
    write(root.path(), false).expect("written");
    let before = names(root.path());
    fs::write(root.path().join("peers.csv"), "peer\n").expect("written");
    let error = drawn_anew(root.path(), DrawOptions { plots: false, png: false, report: true }).expect_err("refused");
    assert!(error.to_string().contains("peers.csv: is missing or was changed since it was written"), "{error}");
    assert_eq!(names(root.path()), before);
}

#[test]
fn a_manifest_cannot_lead_outside_its_folder() {
    assert!(is_inside("plots/copies.svg"));
    for name in ["", "../x", "/etc/passwd", "plots/../../x", "."] {
        assert!(!is_inside(name), "{name}");
    }
}
