//! Tables of faults: a line names a fragment of a good file, what stands in its place, where the fault is told, and in which words.

use crate::program::{BASE, SWEEP, check, names, program, workplace};
use std::fs;
use std::path::Path;

/// Fragment, replacement, place (`LINE:COLUMN: PATH`), words; `\n` is a line break.
const SCENARIOS: &str = include_str!("scenarios.tsv");
const SWEEPS: &str = include_str!("sweeps.tsv");

struct Case {
    from: String,
    to: String,
    place: String,
    words: String,
}

fn cases(table: &str) -> impl Iterator<Item = Case> + '_ {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let mut cells = line.split('\t').map(|cell| cell.replace("\\n", "\n"));
        let mut next = || cells.next().unwrap_or_else(|| panic!("four cells: {line}"));
        Case { from: next(), to: next(), place: next(), words: next() }
    })
}

/// Both commands refuse the spoiled file in the same words, at its place, and write nothing.
fn assert_refused(base: &str, case: &Case, folder: &Path, command: &str) {
    let Case { from, to, place, words } = case;
    let what = format!("`{from}` → `{to}`");
    assert_eq!(base.matches(from).count(), 1, "{from} stands in the base once");
    fs::write(folder.join("bad.json"), base.replace(from, to)).unwrap();
    let before = names(folder);
    let said = |command: &str| {
        let output = program(folder, &[command, "bad.json"]).output().expect("the program starts");
        let (stdout, stderr) = check(&output, &what, 2);
        assert!(stdout.is_empty(), "{command} of {what} printed {stdout}");
        stderr
    };
    let stderr = said("validate");
    let begin = format!("error: bad.json:{place}: ");
    let line = stderr.lines().find(|line| line.starts_with(&begin));
    let line = line.unwrap_or_else(|| panic!("{what}: expected {begin:?} in: {stderr}"));
    assert!(line.contains(words), "{what}: expected {words:?} in: {stderr}");
    assert!(line.chars().count() < 600, "{what}: nobody reads so long a line: {line}");
    assert_eq!(stderr, said(command), "validate and {command} differ on {what}");
    assert_eq!(names(folder), before, "{what} left something behind");
}

#[test]
fn scenarios() {
    let folder = workplace(&[]);
    let mut count = 0;
    for case in cases(SCENARIOS) {
        assert_refused(BASE, &case, folder.path(), "run");
        count += 1;
    }
    assert!(count >= 250, "the table has lost lines: {count}");
}

#[test]
fn sweeps() {
    let folder = workplace(&[("base.json", BASE)]);
    let mut count = 0;
    for case in cases(SWEEPS) {
        assert_refused(SWEEP, &case, folder.path(), "sweep");
        count += 1;
    }
    assert!(count >= 90, "the table has lost lines: {count}");
}

#[test]
fn the_bases_are_good() {
    let folder = workplace(&[("base.json", BASE), ("sweep.json", SWEEP)]);
    let output = program(folder.path(), &["validate", "base.json", "sweep.json"]).output().unwrap();
    let (stdout, stderr) = check(&output, "the bases", 0);
    assert!(
        stdout.starts_with("ok base.json: 22 peers, 64 chunks, ") && stdout.contains("ok sweep.json: 12 runs of 6")
    );
    assert!(stderr.is_empty(), "{stderr}");
}

/// All that is wrong with one object is told at once, whatever is wrong with its kind.
#[test]
fn a_fault_does_not_hide_others() {
    let folder = workplace(&[]);
    for (from, to, expected) in [
        (
            r#""kind": "lognormal", "median": "30ms", "sigma": 0.5"#,
            r#""median": "0ms", "sigma": -1"#,
            &["kind: is missing; did you mean \"lognormal\"?", "median: found \"0ms\"", "sigma: found -1"] as &[&str],
        ),
        (
            r#""kind": "lognormal", "median": "30ms""#,
            r#""kind": "log-normal", "median": 0, "xyz": 1"#,
            &["did you mean \"lognormal\"?", "median: found 0", "no key \"xyz\""],
        ),
        (
            r#""kind": "lognormal", "median": "30ms""#,
            r#""kind": "gamma", "xyz": 1"#,
            &["found \"gamma\"", "no key \"xyz\""],
        ),
        (
            r#""kind": "window", "size": 16"#,
            r#""kind": "windows", "size": 0, "xyz": 1"#,
            &["did you mean \"window\"?", "size: found 0", "no key \"xyz\""],
        ),
        (
            r#""kind": "poisson", "rate_per_s": 3.0"#,
            r#""rate_per_s": -3"#,
            &["kind: is missing; did you mean \"poisson\"?", "rate_per_s: found -3"],
        ),
    ] {
        assert_eq!(BASE.matches(from).count(), 1, "{from}");
        fs::write(folder.path().join("bad.json"), BASE.replace(from, to)).unwrap();
        let output = program(folder.path(), &["validate", "bad.json"]).output().unwrap();
        let (_, stderr) = check(&output, to, 2);
        for words in expected {
            assert!(stderr.contains(words), "{to}: expected {words:?} in: {stderr}");
        }
    }
}
