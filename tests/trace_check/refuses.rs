//! Files that are no traces, through the program: exit code 2, the line, and what is wrong with it.

use crate::program::{swarmsim, workplace};
use crate::traced::{Traced, churn, plain};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A run's folder with its trace, its scenario and its summary.
fn folder(traced: &Traced) -> TempDir {
    let scenario = traced.scenario.to_json_text();
    let summary = traced.beside.summary.as_ref().unwrap().to_string();
    workplace(&[("scenario.json", &scenario), ("summary.json", &summary), ("trace.jsonl", &traced.text())])
}

/// Checks the trace in a folder: the exit code, and what is said on standard output and standard error.
fn check(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = swarmsim(folder, &[&["trace", "check"], arguments].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_good_trace_is_accounted_for() {
    let traced = Traced::run(&plain());
    let folder = folder(&traced);
    let (code, out, err) = check(folder.path(), &["trace.jsonl"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("trace.jsonl holds: ") && out.contains("of 81 invariants"), "{out}");
    assert!(out.contains("not compared: peers.csv, expiries.csv, timeseries.csv, availability.csv"), "{out}");
    let (code, out, _) = check(folder.path(), &[".", "--verbose"]);
    assert_eq!(code, 0);
    assert!(out.contains("I16 proof-period"), "{out}");
    let (code, out, _) = check(folder.path(), &["trace.jsonl", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &json["holds"], json["lines"].as_u64()), (0, &true.into(), Some(traced.lines.len() as u64)));
    let (code, out, _) = check(folder.path(), &["trace.jsonl", "--quiet"]);
    assert_eq!((code, out.as_str()), (0, ""));
    let (code, out, _) = check(folder.path(), &["--list"]);
    assert_eq!(code, 0);
    assert!(out.contains("I53 held-before-upload\n      A peer sends only a chunk that it holds."), "{out}");
}

#[test]
fn a_violation_is_named_with_its_line() {
    let mut traced = Traced::run(&plain());
    let at = traced.find(|trace, at| trace.is(at, "list"));
    traced.add(at, "expires", 1);
    let (code, out, err) = check(folder(&traced).path(), &["trace.jsonl"]);
    assert_eq!(code, 1);
    assert!(out.contains("does not hold"), "{out}");
    let expected =
        format!("error: trace.jsonl:{}: I24 expiry-value: at 0.05 s, the entry of peer 1 is to expire at", at + 1);
    assert!(err.starts_with(&expected), "{err}");
}

#[test]
fn what_is_no_trace_is_refused_with_its_line() {
    let traced = Traced::run(&plain());
    let good = traced.text();
    let lines: Vec<&str> = good.lines().collect();
    let cut = &good[..good.len() - 20];
    let whole_lines = lines[..lines.len() - 1].join("\n") + "\n";
    let huge = format!("{}\n{{\"t\":0,\"ev\":\"{}\"}}\n", lines[0], "x".repeat(1 << 20));
    let float = good.replacen("\"t\":50000000,", "\"t\":50000000.0,", 1);
    let late = good.replacen("\"t\":50000000,", "\"t\":9007199254740993,", 1);
    let beyond = good.replacen("\"t\":50000000,", "\"t\":18446744073709551616,", 1);
    let swapped = {
        let at =
            (2..lines.len()).find(|&at| traced.lines[at]["t"].as_u64() > traced.lines[at - 1]["t"].as_u64()).unwrap();
        let mut lines = lines.clone();
        lines.swap(at, at - 1);
        lines.join("\n") + "\n"
    };
    let flipped = good.replacen("\"ev\":\"arrive\"", "\"ev\":\"arrivd\"", 1);
    let foreign = Traced::run(&churn()).text();
    let last = format!(":{}: I06 stop-last", lines.len());
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", Vec::new(), ":1: I02 header-first: this is no trace: its first line is no header: the file is empty"),
        ("blank", b"\n\n".to_vec(), ":1: I02 header-first"),
        ("gzip", vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0], ":1: I02 header-first"),
        ("a summary", b"{\n  \"scenario\": \"x\"\n}\n".to_vec(), ":1: I02 header-first"),
        ("no header", lines[1..].join("\n").into(), ":1: I02 header-first"),
        ("cut in a line", cut.into(), &last),
        (
            "cut after a line",
            whole_lines.into(),
            "the trace ends without the line that says why the run stopped: it is cut",
        ),
        ("a huge line", huge.into(), ":2: I01 line-form: the line is longer than"),
        ("a time that is a float", float.into(), "I01 line-form: invalid type: floating point `50000000.0`"),
        ("a time past 2^53", late.into(), "I04 time-order: the time is 9007199.254740993 s, and the scenario ends at"),
        ("a time past 2^64", beyond.into(), "I01 line-form"),
        ("swapped lines", swapped.into(), "I04 time-order: the time falls from"),
        ("a flipped bit", flipped.into(), ":2: I01 line-form: there is no kind of line \"arrivd\""),
        (
            "two traces",
            (good.clone() + &good).into(),
            "I02 header-first: a second header: these are two traces in one file",
        ),
        ("a foreign trace", foreign.into(), ":1: I03 header-of-scenario: the header's"),
        ("NUL at the end", [good.as_bytes(), b"\0\0\n"].concat(), "I01 line-form"),
    ];
    for (name, bytes, expected) in cases {
        let folder = folder(&traced);
        fs::write(folder.path().join("trace.jsonl"), bytes).unwrap();
        let (code, out, err) = check(folder.path(), &["trace.jsonl"]);
        assert_eq!((code, out.as_str()), (2, ""), "{name}: {err}");
        assert!(err.starts_with("error: trace.jsonl:") && err.contains(expected), "{name}: {err}");
        assert!(err.len() < 1_000, "{name}: {err}");
    }
}

#[test]
fn what_belongs_to_a_trace_is_looked_for() {
    let traced = Traced::run(&plain());
    let place = workplace(&[("trace.jsonl", &traced.text())]);
    let (code, _, err) = check(place.path(), &["trace.jsonl"]);
    assert_eq!(code, 2);
    assert!(err.contains("scenario.json: there is no such file") && err.contains("--scenario"), "{err}");
    fs::write(place.path().join("other.json"), traced.scenario.to_json_text()).unwrap();
    let (code, out, _) = check(place.path(), &["trace.jsonl", "--scenario", "other.json"]);
    assert_eq!(code, 0, "{out}");
    let (code, _, err) = check(place.path(), &["trace.jsonl", "--scenario", "nothing.json"]);
    assert_eq!(code, 2);
    assert!(err.contains("nothing.json: there is no such file"), "{err}");
    fs::write(place.path().join("summary.json"), "{").unwrap();
    let (code, _, err) = check(place.path(), &["trace.jsonl", "--scenario", "other.json"]);
    assert_eq!(code, 2);
    assert!(err.contains("summary.json: is no summary of a run"), "{err}");
    for (arguments, expected) in
        [(&["nothing.jsonl"][..], "nothing.jsonl: cannot be read"), (&["."], "."), (&[], "<TRACE>")]
    {
        let empty = workplace(&[]);
        let (code, _, err) = check(empty.path(), arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert!(err.contains(expected), "{arguments:?}: {err}");
    }
}

/// Whatever bit of a trace is flipped: no panic, and a word about it, unless the line says the same as before.
#[test]
fn flipped_bits_do_no_harm() {
    let traced = Traced::run(&plain());
    let good = traced.text().into_bytes();
    let mut noticed = 0;
    let places: Vec<usize> = (0..good.len() * 8).step_by(good.len() * 8 / 400).collect();
    for &bit in &places {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let result = swarmsim::check::check(&*bytes, &traced.scenario, &traced.beside);
        noticed += usize::from(!result.is_ok_and(|report| report.holds()));
    }
    assert!(noticed * 100 >= places.len() * 97, "{noticed} of {} flipped bits were noticed", places.len());
}
