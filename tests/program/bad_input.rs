//! Bad input, through the program: every case ends with exit code 2, says where and what, and writes nothing.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

/// The file that the cases spoil. Each fragment that a case replaces stands in it once.
const BASE: &str = r#"{
  "name": "base",
  "seed": 42,
  "stop": { "at": "1h", "when": "time" },
  "file": { "size": "16 MiB", "max_chunk_size": "256 KiB" },
  "tracker": { "entry_ttl": "120s", "sweep_interval": "10s", "outages": [{ "from": "10m", "until": "12m" }] },
  "protocol": { "active_proof_interval": "40s", "max_parallel_fetches": 4 },
  "strategy": { "kind": "rarest-first" },
  "network": { "latency": "30ms", "loss": 0.01 },
  "peers": [
    { "group": "origin", "count": 1, "initial_chunks": "all", "up": "20 Mbit/s", "down": "100 Mbit/s" },
    { "group": "home", "count": 20, "up": "4 Mbit/s", "down": "40 Mbit/s", "session": "40min" }
  ],
  "output": { "sample_interval": "15s" },
  "expect": [{ "metric": "completion.completed", "at_least": 1 }]
}
"#;

fn swarmsim() -> Command {
    Command::new(env!("CARGO_BIN_EXE_swarmsim"))
}

/// What `command` says on standard error of a file, after checking that it ended as bad input must.
fn refusal(command: &str, folder: &Path, what: &str) -> String {
    let output = swarmsim().current_dir(folder).args([command, "bad.json"]).output().expect("the program starts");
    let stderr = String::from_utf8(output.stderr).expect("messages are UTF-8");
    assert_eq!(output.status.code(), Some(2), "{command} of {what}: {stderr}");
    assert!(output.stdout.is_empty(), "{command} of {what} printed something");
    assert!(!stderr.contains("panicked"), "{what}: {stderr}");
    stderr
}

/// Both commands refuse the bytes with the same words, which hold `expected`, and nothing is written.
fn assert_refused(bytes: &[u8], what: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.json"), bytes).unwrap();
    let stderr = refusal("validate", folder.path(), what);
    assert!(stderr.starts_with("error: bad.json:"), "{what}: {stderr}");
    assert!(stderr.contains(expected), "{what}: expected {expected:?} in: {stderr}");
    assert_eq!(stderr, refusal("run", folder.path(), what), "validate and run differ on {what}");
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["bad.json"], "{what} left something behind");
}

/// Replaces a fragment of the base file and expects the path and the message.
fn assert_all_refused(cases: &[(&str, &str, &str, &str)]) {
    for &(from, to, path, expected) in cases {
        assert_eq!(BASE.matches(from).count(), 1, "{from} stands in the base file once");
        let text = BASE.replace(from, to);
        let what = format!("`{from}` → `{to}`");
        assert_refused(text.as_bytes(), &what, &format!(": {path}: "));
        assert_refused(text.as_bytes(), &what, expected);
    }
}

#[test]
fn the_base_file_is_good() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("base.json"), BASE).unwrap();
    for text in [BASE.to_owned(), BASE.replace('\n', "\r\n"), BASE.replace('\n', "\r")] {
        let output = swarmsim().args(["validate", "-"]).write_stdin(text).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.starts_with(b"ok -: 21 peers, 64 chunks"), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn bytes() {
    let utf16: Vec<u8> = BASE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark: Vec<u8> = [&b"\xff\xfe"[..], &utf16].concat();
    let latin1 = BASE.replace("base", "bas\u{1}").replace('\u{1}', "#").into_bytes();
    let latin1: Vec<u8> = latin1.into_iter().map(|byte| if byte == b'#' { 0xe9 } else { byte }).collect();
    let conflict =
        BASE.replace("  \"seed\": 42,\n", "<<<<<<< HEAD\n  \"seed\": 42,\n=======\n  \"seed\": 43,\n>>>>>>> b\n");
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("empty", vec![], "1:1: the file is empty"),
        ("blanks", b" \n\t ".to_vec(), "nothing but blanks"),
        ("BOM", format!("\u{feff}{BASE}").into_bytes(), "byte order mark"),
        ("UTF-16", utf16, "UTF-16"),
        ("UTF-16 with BOM", with_mark, "UTF-16"),
        ("Latin-1", latin1, "2:15: found the byte 0xe9"),
        ("NUL inside", BASE.replace("base", "ba\0se").into_bytes(), "2:14: found a NUL byte"),
        ("NUL tail", format!("{BASE}\0\0").into_bytes(), "NUL"),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), "gzip"),
        ("zip", b"PK\x03\x04\x14\0".to_vec(), "zip"),
        ("PNG", b"\x89PNG\r\n\x1a\n".to_vec(), "PNG"),
        ("ELF", b"\x7fELF\x02\x01".to_vec(), "ELF"),
        ("HTML", b"<!DOCTYPE html><html></html>".to_vec(), "HTML"),
        ("YAML", b"name: base\nseed: 42\n".to_vec(), "YAML"),
        ("YAML marker", b"---\nname: base\n".to_vec(), "YAML"),
        ("TOML", b"[tracker]\nentry_ttl = 3\n".to_vec(), "TOML"),
        ("conflict", conflict.into_bytes(), "3:1: found a conflict marker"),
        ("LFS", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n".to_vec(), "LFS"),
        ("two documents", format!("{BASE}{BASE}").into_bytes(), "17:1: found a second value"),
        ("too large", vec![b' '; 17 << 20], "17825792 bytes; at most 16 MiB"),
        ("a long line", format!("{{\"description\": \"{}", "x".repeat(15 << 20)).into_bytes(), "breaks off"),
    ];
    for (what, bytes, expected) in cases {
        assert_refused(bytes, what, expected);
    }
}

#[test]
fn syntax() {
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let digits = BASE.replace("42", &"9".repeat(1_000_000));
    let edit = |from: &str, to: &str| {
        assert_eq!(BASE.matches(from).count(), 1, "{from}");
        BASE.replace(from, to)
    };
    let cases: Vec<(&str, String, &str)> = vec![
        ("trailing comma", edit("\"time\" }", "\"time\", }"), "4:39: found a comma before `}`"),
        ("comma too many", edit("42,", "42,,"), "3:14: found a comma too many"),
        ("missing comma", edit("42,", "42"), "4:3: found the next value at once"),
        ("line comment", edit("42,", "42, // seed"), "comment"),
        ("block comment", edit("42,", "42, /* seed */"), "comment"),
        ("hash comment", edit("42,", "42, # seed"), "comment"),
        ("single quotes", edit("\"base\"", "'base'"), "2:11: found a single quote"),
        ("typographic quotes", edit("\"base\"", "“base”"), "typographic quote"),
        ("no quotes", edit("\"base\"", "base"), "between quotes"),
        ("no quotes at a key", edit("\"seed\"", "seed"), "between quotes"),
        ("NaN", edit("42", "NaN"), "3:11: found `NaN`"),
        ("Infinity", edit("42", "Infinity"), "infinity"),
        ("-Infinity", edit("42", "-Infinity"), "infinity"),
        ("plus", edit("42", "+42"), "plus sign"),
        ("leading zero", edit("42", "042"), "leading zeros"),
        ("point at the end", edit("42", "42."), "after the point"),
        ("point at the beginning", edit("42", ".42"), "before the point"),
        ("hexadecimal", edit("42", "0x2A"), "decimal"),
        ("separators", edit("42", "4_2"), "separators"),
        ("a unit without quotes", edit("\"1h\"", "1h"), "between quotes"),
        ("True", edit("42", "True"), "write true"),
        ("None", edit("42", "None"), "write null"),
        ("bad escape", edit("base", "ba\\se"), "2:15: found an escape"),
        ("bad unicode escape", edit("base", "\\u00g0"), "escape"),
        ("lone surrogate", edit("base", "\\ud800"), "surrogate"),
        ("line break in a string", edit("base", "ba\nse"), "line break"),
        ("tab in a string", edit("base", "ba\tse"), "line break or control"),
        ("colon missing", edit("\"seed\": 42", "\"seed\" 42"), "3:"),
        ("equals sign", edit("\"seed\": 42", "\"seed\" = 42"), "found `=`"),
        ("brace too many", format!("{BASE}}}"), "too many"),
        ("text after the end", format!("{BASE}end"), "after the end"),
        ("deep", deep, "nested more than 12 deep"),
        ("a million digits", digits, "$.seed: found 9999"),
        ("too many values", format!("[{}1]", "1,".repeat(1_100_000)), "more than 1000000 values"),
        ("a number at the top", "42".into(), "accepted: an object with name"),
        ("a string at the top", "\"base\"".into(), "accepted: an object with name"),
        ("null at the top", "null".into(), "accepted: an object with name"),
        ("an array at the top", format!("[{BASE}]"), "an array of 1"),
        (
            "an array for an object",
            edit("{ \"kind\": \"rarest-first\" }", "[\"rarest-first\"]"),
            "$.strategy: found an array",
        ),
        ("an empty object", "{}".into(), "$.stop: is missing"),
        (
            "key twice",
            edit("\"seed\": 42,", "\"seed\": 42, \"seed\": 43,"),
            "3:15: $.seed: the key is given twice, first at 3:3",
        ),
        (
            "key twice, escaped",
            edit("\"seed\": 42,", "\"seed\": 42, \"s\\u0065ed\": 43,"),
            "$.seed: the key is given twice",
        ),
        (
            "key twice, nested",
            edit("\"loss\": 0.01", "\"loss\": 0.01, \"loss\": 0.01"),
            "$.network.loss: the key is given twice",
        ),
    ];
    for (what, text, expected) in cases {
        assert_refused(text.as_bytes(), what, expected);
    }
}

#[test]
fn types() {
    assert_all_refused(&[
        ("\"seed\": 42", "\"sed\": 42", "$.sed", "did you mean \"seed\"?"),
        ("\"seed\": 42", "\"Seed\": 42", "$.Seed", "did you mean \"seed\"?"),
        ("entry_ttl", "entry-ttl", "$.tracker[\"entry-ttl\"]", "did you mean \"entry_ttl\"?"),
        ("entry_ttl", "ttl_of_an_entry", "$.tracker.ttl_of_an_entry", "accepted: entry_ttl, sweep_interval"),
        ("max_parallel_fetches", "max_paralel_fetches", "$.protocol.max_paralel_fetches", "did you mean"),
        ("\"at\": \"1h\", ", "", "$.stop.at", "is missing"),
        ("\"stop\": { \"at\": \"1h\", \"when\": \"time\" },", "", "$.stop", "is missing"),
        ("\"latency\": \"30ms\", ", "", "$.network.latency", "is missing"),
        ("\"group\": \"origin\", ", "", "$.peers[0].group", "is missing"),
        ("\"up\": \"20 Mbit/s\", ", "", "$.peers[0].up", "is missing"),
        (", \"down\": \"100 Mbit/s\"", "", "$.peers[0].down", "is missing"),
        ("\"from\": \"10m\", ", "", "$.tracker.outages[0].from", "is missing"),
        ("\"metric\": \"completion.completed\", ", "", "$.expect[0].metric", "is missing"),
        ("42", "null", "$.seed", "found null; accepted: a whole number"),
        ("42", "\"42\"", "$.seed", "remove the quotes: 42"),
        ("42", "42.0", "$.seed", "without point and exponent: 42"),
        ("42", "42e0", "$.seed", "without point and exponent: 42"),
        ("42", "4.2", "$.seed", "no fraction"),
        ("42", "true", "$.seed", "found true"),
        ("42", "-0", "$.seed", "write 0 without a sign"),
        ("42", "-1", "$.seed", "found -1"),
        ("42", "18446744073709551616", "$.seed", "18,446,744,073,709,551,615"),
        ("42", "{}", "$.seed", "found an object"),
        ("\"base\"", "7", "$.name", "a string, between double quotes"),
        ("\"base\"", "null", "$.name", "found null"),
        ("\"time\"", "\"Time\"", "$.stop.when", "did you mean \"time\"?"),
        ("\"time\"", "\"all_complete\"", "$.stop.when", "did you mean \"all-complete\"?"),
        ("\"time\"", "true", "$.stop.when", "\"all-complete\", \"empty\", \"time\""),
        ("\"rarest-first\"", "\"rarest\"", "$.strategy.kind", "accepted: \"sequential\""),
        ("\"rarest-first\"", "\"Rarest-First\"", "$.strategy.kind", "did you mean \"rarest-first\"?"),
        ("{ \"kind\": \"rarest-first\" }", "\"random\"", "$.strategy", "write {\"kind\": \"random\"}"),
        (
            "\"kind\": \"rarest-first\"",
            "\"kind\": \"rarest-first\", \"size\": 3",
            "$.strategy.size",
            "belongs to \"window\"",
        ),
        ("\"kind\": \"rarest-first\"", "\"kind\": \"window\", \"size\": 0", "$.strategy.size", "found 0"),
        (
            "\"kind\": \"rarest-first\"",
            "\"kind\": \"random\", \"endgame\": \"true\"",
            "$.strategy.endgame",
            "remove the quotes: true",
        ),
        ("\"kind\": \"rarest-first\"", "\"kind\": \"random\", \"endgame\": 1", "$.strategy.endgame", "true or false"),
        ("\"30ms\"", "\"30\"", "$.network.latency", "the unit is missing"),
        ("\"30ms\"", "\"30 Ms\"", "$.network.latency", "did you mean `ms`?"),
        ("\"30ms\"", "\"5 min utes\"", "$.network.latency", "no number before `utes`"),
        ("\"30ms\"", "\"5 minutes\"", "$.network.latency", "did you mean `min`?"),
        ("\"30ms\"", "\"0,5s\"", "$.network.latency", "the decimal sign is a point"),
        ("\"30ms\"", "\"fast\"", "$.network.latency", "no number before `fast`"),
        ("\"30ms\"", "\"\"", "$.network.latency", "accepted: a duration"),
        ("\"30ms\"", "true", "$.network.latency", "found true"),
        ("\"30ms\"", "null", "$.network.latency", "found null"),
        ("\"30ms\"", "[1, 2]", "$.network.latency", "an array of 2"),
        ("\"30ms\"", "{}", "$.network.latency.kind", "is missing"),
        ("\"30ms\"", "{\"kind\": \"gaussian\"}", "$.network.latency.kind", "\"normal\""),
        ("\"30ms\"", "{\"kind\": \"log-normal\"}", "$.network.latency.kind", "did you mean \"lognormal\"?"),
        (
            "\"30ms\"",
            "{\"kind\": \"Exponential\", \"mean\": 1}",
            "$.network.latency.kind",
            "did you mean \"exponential\"?",
        ),
        ("\"30ms\"", "{\"kind\": \"regions\"}", "$.network.latency.regions", "is missing"),
        ("\"30ms\"", "{\"kind\": \"regions\", \"regions\": \"world\"}", "$.peers[0].region", "is missing"),
        ("\"30ms\"", "{\"kind\": \"matrix\"}", "$.network.latency.file", "is missing"),
        ("\"30ms\"", "{\"kind\": \"matrix\", \"file\": \"no-such-file\"}", "$.network.latency.file", "cannot be read"),
        ("\"30ms\"", "{\"kind\": \"coordinates\"}", "$.network.latency.x", "is missing"),
        (
            "\"30ms\"",
            "\"30ms\", \"faults\": [{\"kind\": \"partition\", \"between\": [\"a\", \"b\"], \"from\": 1, \"until\": 2}]",
            "$.network.faults[0].between[0]",
            "accepted: ",
        ),
        (
            "\"30ms\"",
            "\"30ms\", \"faults\": [{\"kind\": \"partitions\"}]",
            "$.network.faults[0].kind",
            "did you mean \"partition\"?",
        ),
        (
            "\"30ms\"",
            "{\"kind\": \"exponential\", \"mean\": 1, \"sigma\": 2}",
            "$.network.latency.sigma",
            "belongs to \"lognormal\"; \"exponential\" takes: mean",
        ),
        ("\"30ms\"", "{\"kind\": \"exponential\"}", "$.network.latency.mean", "is missing"),
        ("\"30ms\"", "{\"kind\": \"exponential\", \"meen\": 1}", "$.network.latency.meen", "did you mean \"mean\"?"),
        ("\"30ms\"", "{\"kind\": \"empirical\"}", "$.network.latency.values", "is missing"),
        (
            "\"30ms\"",
            "{\"kind\": \"empirical\", \"file\": \"no-such-file\"}",
            "$.network.latency.file",
            "cannot be read",
        ),
        ("\"30ms\", ", "\"30ms\", \"sharing\": \"max_min\", ", "$.network.sharing", "did you mean \"max-min\"?"),
        (
            "\"30ms\", ",
            "\"30ms\", \"sharing\": \"fifo\", \"max_transfer_rate\": 5, ",
            "$.network.max_transfer_rate",
            "accepted with the sharing \"equal-share\" or \"max-min\" alone",
        ),
        ("\"16 MiB\"", "\"16\"", "$.file.size", "the unit is missing"),
        ("\"16 MiB\"", "\"10 Mb\"", "$.file.size", "bits or bytes?"),
        ("\"16 MiB\"", "\"16 KB\"", "$.file.size", "`kB` (1,000 bytes) or `KiB` (1,024 bytes)"),
        ("\"16 MiB\"", "\"16 mib\"", "$.file.size", "did you mean"),
        ("\"16 MiB\"", "16.0", "$.file.size", "without point and exponent: 16"),
        ("\"16 MiB\"", "\"0.3 B\"", "$.file.size", "no whole number of bytes"),
        ("\"4 Mbit/s\"", "\"4 Mbps\"", "$.peers[1].up", "did you mean `Mbit/s`?"),
        ("\"4 Mbit/s\"", "\"10 Mb\"", "$.peers[1].up", "bits or bytes?"),
        ("\"4 Mbit/s\"", "\"4 MB\"", "$.peers[1].up", "did you mean `MB/s`"),
        ("\"4 Mbit/s\"", "\"4\"", "$.peers[1].up", "the unit is missing"),
        ("\"4 Mbit/s\"", "\"Unlimited\"", "$.peers[1].up", "did you mean \"unlimited\"?"),
        ("\"count\": 20", "\"count\": null", "$.peers[1].count", "poisson"),
        ("\"count\": 20", "\"count\": \"20\"", "$.peers[1].count", "remove the quotes: 20"),
        ("\"count\": 20", "\"arrival\": \"5s\"", "$.peers[1].arrival", "an object with a \"kind\""),
        (
            "\"count\": 20",
            "\"arrival\": {\"kind\": \"trace\", \"file\": \"x\"}",
            "$.peers[1].arrival.file",
            "cannot be read",
        ),
        ("\"count\": 20", "\"arrival\": {\"kind\": \"poisson\"}", "$.peers[1].arrival.rate_per_s", "is missing"),
        ("\"count\": 20", "\"after_completion\": \"linger\"", "$.peers[1].after_completion", "says for how long"),
        (
            "\"count\": 20",
            "\"after_completion\": \"go\"",
            "$.peers[1].after_completion",
            "\"stay\", \"leave\", \"linger\"",
        ),
        (
            "\"count\": 20",
            "\"after_completion\": {\"kind\": \"leave\", \"for\": 1}",
            "$.peers[1].after_completion.for",
            "belongs to \"linger\"",
        ),
        ("\"count\": 20", "\"rejoin\": {}", "$.peers[1].rejoin.probability", "is missing"),
        ("\"count\": 20", "\"initial_chunks\": {}", "$.peers[1].initial_chunks", "one of fraction, list, all_but"),
        (
            "\"count\": 20",
            "\"initial_chunks\": {\"list\": [1], \"fraction\": 1}",
            "$.peers[1].initial_chunks",
            "fraction and list",
        ),
        ("\"count\": 20", "\"initial_chunks\": [1]", "$.peers[1].initial_chunks", "\"all\", \"none\""),
        ("\"at_least\": 1", "\"at_least\": \"1\"", "$.expect[0].at_least", "remove the quotes: 1"),
        (", \"at_least\": 1", "", "$.expect[0]", "at_least, at_most or equals"),
    ]);
}

#[test]
fn ranges() {
    assert_all_refused(&[
        ("\"256 KiB\"", "0", "$.file.max_chunk_size", "from 1 to"),
        ("\"256 KiB\"", "\"0 B\"", "$.file.max_chunk_size", "at least 1 byte"),
        ("\"256 KiB\"", "\"32 MiB\"", "$.file.max_chunk_size", "is larger than the file"),
        ("\"16 MiB\"", "\"0 MiB\"", "$.file.size", "at least 1 byte"),
        ("\"16 MiB\"", "\"20000000 TiB\"", "$.file.size", "too large"),
        ("\"16 MiB\"", "\"16 TiB\", \"max_chunk_size_\": 1", "$.file.max_chunk_size_", "did you mean"),
        ("\"4 Mbit/s\"", "0", "$.peers[1].up", "at least 1 bit/s"),
        ("\"4 Mbit/s\"", "-1", "$.peers[1].up", "above 0"),
        ("\"4 Mbit/s\"", "\"-4 Mbit/s\"", "$.peers[1].up", "negative"),
        ("\"4 Mbit/s\"", "\"0 Mbit/s\"", "$.peers[1].up", "at least 1 bit/s"),
        ("\"4 Mbit/s\"", "\"5000 Tbit/s\"", "$.peers[1].up", "at most 1000 Tbit/s"),
        ("\"4 Mbit/s\"", "1e300", "$.peers[1].up", "at most 1000 Tbit/s"),
        ("\"120s\"", "0", "$.tracker.entry_ttl", "above zero"),
        ("\"120s\"", "\"0s\"", "$.tracker.entry_ttl", "above zero"),
        ("\"120s\"", "-1", "$.tracker.entry_ttl", "not negative"),
        ("\"120s\"", "\"-120s\"", "$.tracker.entry_ttl", "not negative"),
        ("\"120s\"", "1e400", "$.tracker.entry_ttl", "100 years"),
        ("\"120s\"", "1e-400", "$.tracker.entry_ttl", "less than a nanosecond"),
        ("\"120s\"", "\"0.1ns\"", "$.tracker.entry_ttl", "less than a nanosecond"),
        ("\"10s\"", "0", "$.tracker.sweep_interval", "above zero"),
        ("\"40s\"", "0", "$.protocol.active_proof_interval", "above zero"),
        ("\"15s\"", "0", "$.output.sample_interval", "above zero"),
        ("\"1h\"", "0", "$.stop.at", "above zero"),
        ("\"1h\"", "\"101000d\"", "$.stop.at", "at most 100 years"),
        ("\"1h\"", "99999999999", "$.stop.at", "at most 100 years"),
        ("\"1h\"", "\"36500d 1ns\"", "$.stop.at", "at most 100 years"),
        ("0.01", "-0.1", "$.network.loss", "from 0 to 1"),
        ("0.01", "1.1", "$.network.loss", "from 0 to 1"),
        ("0.01", "5", "$.network.loss", "from 0 to 1"),
        ("0.01", "1e400", "$.network.loss", "past the largest number"),
        ("0.01", "1e-400", "$.network.loss", "would become 0"),
        ("0.01", "-0.0", "$.network.loss", "without a sign"),
        ("0.01", "\"1%\"", "$.network.loss", "a number from 0 to 1"),
        (
            "\"max_parallel_fetches\": 4",
            "\"max_parallel_fetches\": 0",
            "$.protocol.max_parallel_fetches",
            "from 1 to 65,535",
        ),
        (
            "\"max_parallel_fetches\": 4",
            "\"max_parallel_fetches\": 65536",
            "$.protocol.max_parallel_fetches",
            "from 1 to 65,535",
        ),
        ("\"max_parallel_fetches\": 4", "\"max_neighbors\": 0", "$.protocol.max_neighbors", "from 1"),
        ("\"max_parallel_fetches\": 4", "\"request_timeout\": 0", "$.protocol.request_timeout", "above zero"),
        (
            "\"max_parallel_fetches\": 4",
            "\"failure_detection\": \"never\"",
            "$.protocol.failure_detection",
            "\"reset\", or a duration",
        ),
        ("\"count\": 20", "\"count\": 0", "$.peers[1].count", "from 1"),
        ("\"count\": 20", "\"count\": -5", "$.peers[1].count", "found -5"),
        ("\"count\": 20", "\"count\": 4294967295", "$.peers[1].count", "4,294,967,294"),
        ("\"count\": 20", "\"count\": 1000000000000", "$.peers[1].count", "iB of memory"),
        ("\"count\": 20", "\"count\": 4294967294", "$.peers", "in all groups"),
        ("\"40min\"", "{\"kind\": \"uniform\", \"min\": 5, \"max\": 4}", "$.peers[1].session.max", "below min"),
        ("\"40min\"", "{\"kind\": \"exponential\", \"mean\": 0}", "$.peers[1].session.mean", "above zero"),
        (
            "\"40min\"",
            "{\"kind\": \"normal\", \"mean\": 1, \"std_dev\": -1}",
            "$.peers[1].session.std_dev",
            "not negative",
        ),
        (
            "\"40min\"",
            "{\"kind\": \"lognormal\", \"median\": 0, \"sigma\": 1}",
            "$.peers[1].session.median",
            "above zero",
        ),
        (
            "\"40min\"",
            "{\"kind\": \"lognormal\", \"median\": 1, \"sigma\": -1}",
            "$.peers[1].session.sigma",
            "from 0 to 20",
        ),
        ("\"40min\"", "{\"kind\": \"weibull\", \"shape\": 0, \"scale\": 1}", "$.peers[1].session.shape", "from 0.01"),
        ("\"40min\"", "{\"kind\": \"weibull\", \"shape\": 1, \"scale\": 0}", "$.peers[1].session.scale", "above zero"),
        (
            "\"40min\"",
            "{\"kind\": \"pareto\", \"shape\": 1, \"min\": 1}",
            "$.peers[1].session.shape",
            "the mean is infinite",
        ),
        (
            "\"40min\"",
            "{\"kind\": \"pareto\", \"shape\": 0.5, \"min\": 1}",
            "$.peers[1].session.shape",
            "the mean is infinite",
        ),
        ("\"40min\"", "{\"kind\": \"empirical\", \"values\": []}", "$.peers[1].session.values", "at least one"),
        ("\"40min\"", "{\"kind\": \"empirical\", \"values\": [1, -1]}", "$.peers[1].session.values[1]", "not negative"),
        ("\"40min\"", "{\"kind\": \"empirical\", \"values\": [null]}", "$.peers[1].session.values[0]", "found null"),
        (
            "\"40min\"",
            "{\"kind\": \"empirical\", \"values\": [\"NaN\"]}",
            "$.peers[1].session.values[0]",
            "no number before `NaN`",
        ),
        ("\"count\": 20", "\"rejoin\": {\"probability\": 1.5}", "$.peers[1].rejoin.probability", "from 0 to 1"),
        (
            "\"count\": 20",
            "\"rejoin\": {\"probability\": 1, \"after\": 0}",
            "$.peers[1].rejoin.after",
            "for ever at one instant",
        ),
        (
            "\"count\": 20",
            "\"arrival\": {\"kind\": \"poisson\", \"rate_per_s\": 0}",
            "$.peers[1].arrival.rate_per_s",
            "above 0",
        ),
        (
            "\"count\": 20",
            "\"arrival\": {\"kind\": \"poisson\", \"rate_per_s\": 1e10}",
            "$.peers[1].arrival.rate_per_s",
            "at most",
        ),
        (
            "\"count\": 20",
            "\"arrival\": {\"kind\": \"uniform\", \"from\": 5, \"until\": 5}",
            "$.peers[1].arrival.until",
            "not after from",
        ),
        (
            "\"count\": 20",
            "\"initial_chunks\": {\"fraction\": 1.5}",
            "$.peers[1].initial_chunks.fraction",
            "from 0 to 1",
        ),
        ("\"count\": 20", "\"initial_chunks\": {\"list\": [64]}", "$.peers[1].initial_chunks.list[0]", "from 0 to 63"),
        (
            "\"count\": 20",
            "\"initial_chunks\": {\"all_but\": [3, 3]}",
            "$.peers[1].initial_chunks.all_but[1]",
            "listed twice",
        ),
    ]);
}

#[test]
fn meaning() {
    assert_all_refused(&[
        ("\"group\": \"home\"", "\"group\": \"origin\"", "$.peers[1].group", "peers[0] has this name too"),
        ("\"group\": \"home\"", "\"group\": \"Origin\"", "$.peers[1].group", "differs by case alone"),
        ("\"until\": \"12m\"", "\"until\": \"10m\"", "$.tracker.outages[0].until", "not after from"),
        ("\"until\": \"12m\"", "\"until\": \"9m\"", "$.tracker.outages[0].until", "not after from"),
        (
            "\"until\": \"12m\" }",
            "\"until\": \"12m\" }, { \"from\": \"11m\", \"until\": \"13m\" }",
            "$.tracker.outages[1]",
            "overlaps outages[0]",
        ),
        ("completion.completed", "completion.mean", "$.expect[0].metric", "did you mean \"completion.mean_s\"?"),
        ("completion.completed", "mean_s", "$.expect[0].metric", "did you mean \"completion.mean_s\"?"),
        ("completion.completed", "strategy", "$.expect[0].metric", "there is no metric"),
        ("\"at_least\": 1", "\"at_least\": 5, \"at_most\": 4", "$.expect[0]", "no value is at least 5 and at most 4"),
    ]);
    let no_group = format!("{}\"peers\": []\n}}", &BASE[..BASE.find("\"peers\"").unwrap()]);
    assert_refused(no_group.as_bytes(), "no group", "$.peers: found no group");
}

#[test]
fn names() {
    let long = "x".repeat(300);
    for name in [
        "../x",
        "/x",
        "\\\\",
        ".",
        "..",
        "",
        " ",
        " base",
        "base ",
        "-base",
        "a\\nb",
        "\\u001b[31m",
        "\\u0000",
        "\\u202ebase",
        "ba\\u200bse",
        "\u{feff}base",
        "CON",
        "nul",
        "com1.txt",
        "a/b",
        &long,
    ] {
        let text = BASE.replace("\"base\"", &format!("\"{name}\""));
        assert_refused(text.as_bytes(), name, ": $.name: found ");
        let text = BASE.replace("\"home\"", &format!("\"{name}\""));
        assert_refused(text.as_bytes(), name, ": $.peers[1].group: found ");
    }
    for name in ["<script>", "\\\"x\\\"", "]]>", "=cmd()", "%s", "a, b", "🐝", "a b"] {
        let text = BASE.replace("\"base\"", &format!("\"{name}\"")).replace("\"home\"", &format!("\"{name}\""));
        swarmsim().args(["validate", "-"]).write_stdin(text).assert().success();
    }
}

#[test]
fn what_a_run_cannot_take_is_refused_with_the_estimate() {
    for (from, to) in [
        ("\"count\": 20", "\"count\": 2000000000"),
        ("\"count\": 20", "\"count\": 1000000"),
        ("\"256 KiB\"", "1"),
        ("\"15s\"", "\"1ns\""),
        ("\"40s\"", "\"1ns\""),
    ] {
        let text = BASE.replace("\"16 MiB\"", "\"1 GiB\"").replace(from, to);
        assert_refused(text.as_bytes(), to, "a run would take about");
    }
}

#[test]
fn every_truncation() {
    for end in 0..BASE.trim_end().len() {
        let output = swarmsim().args(["validate", "-"]).write_stdin(&BASE[..end]).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "cut at {end}: {stderr}");
        assert!(stderr.starts_with("error: <stdin>:"), "cut at {end}: {stderr}");
    }
}

#[test]
fn twenty_problems_are_shown_and_the_rest_counted() {
    let keys: String = (0..30).map(|i| format!("\"key{i}\": 1, ")).collect();
    assert_refused(
        BASE.replace("\"seed\"", &format!("{keys}\"seed\"")).as_bytes(),
        "30 keys",
        "and 10 more (30 errors in all)",
    );
}

#[test]
fn the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.json"), BASE).unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["validate", "absent.json"], "absent.json: there is no such file"),
        (&["validate", "flash-crwd"], "did you mean \"flash-crowd\"?"),
        (&["validate", "folder"], "folder: is a folder"),
        (&["validate"], "SCENARIO"),
        (&["run", "good.json", "--threads", "0"], "--threads"),
        (&["run", "good.json", "--seed", "-1"], "--seed"),
        (&["run", "good.json", "--seed", "x"], "--seed"),
        (&["run", "good.json", "--format", "xls"], "csv"),
        (
            &["run", "good.json", "--strategy", "rarest-frist"],
            "error: --strategy rarest-frist: $.strategy.kind: found \"rarest-frist\"; did you mean \"rarest-first\"?",
        ),
        (
            &["run", "good.json", "--set", "tracker.entry_ttl=90x"],
            "error: --set tracker.entry_ttl=90x: $.tracker.entry_ttl: found \"90x\"",
        ),
        (&["run", "good.json", "--set", "tracker.ttl=90s"], "accepted: entry_ttl, sweep_interval"),
        (&["run", "good.json", "--set", "peers[hom].count=9"], "did you mean \"home\"?"),
        (&["run", "good.json", "--set", "peers[9].count=9"], "numbered from 0"),
        (&["run", "good.json", "--set", "seed"], "PATH=VALUE"),
        (&["run", "good.json", "--set", "seed=1", "--set", "seed=1"], "set twice"),
        (&["run", "good.json", "--set", "seed=1", "--seed", "2"], "set twice"),
        (&["run", "good.json", "--max-memory", "1 KB"], "`kB`"),
        (&["run", "good.json", "--max-memory", "1 kB"], "a run would take about"),
        (&["run", "good.json", "--nonsense"], "--nonsense"),
        (&["init", "flash-crwd"], "did you mean \"flash-crowd\"?"),
        (&["init", "--out", "good.json"], "is there already"),
        (&["list", "nothing"], "scenarios"),
    ];
    for (arguments, expected) in cases {
        let output = swarmsim().current_dir(folder.path()).args(*arguments).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: expected {expected:?} in: {stderr}");
    }
    let mut files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["folder", "good.json"], "nothing was written");
    assert_eq!(fs::read_to_string(folder.path().join("good.json")).unwrap(), BASE);
}

#[cfg(unix)]
#[test]
fn odd_files_and_arguments() {
    use std::os::unix::ffi::OsStrExt;
    let output = swarmsim().args(["validate", "/dev/zero"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("16 MiB"));
    let no_utf8 = std::ffi::OsStr::from_bytes(b"\xff.json");
    let output = swarmsim().arg("validate").arg(no_utf8).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    if std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        let output = swarmsim().arg("validate").arg(&pipe).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("named pipe"));
    }
}

#[test]
fn embedded_scenarios_are_found_by_name_and_a_started_file_is_good() {
    let folder = tempfile::tempdir().unwrap();
    swarmsim().current_dir(folder.path()).args(["validate", "flash-crowd", "thousand-peers"]).assert().success();
    swarmsim().current_dir(folder.path()).args(["init", "heavy-churn"]).assert().success();
    swarmsim().current_dir(folder.path()).args(["validate", "heavy-churn.json"]).assert().success();
    swarmsim().current_dir(folder.path()).args(["init", "--out", "-"]).assert().success();
    let mut files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["heavy-churn.json", "scenario.schema.json"]);
}
