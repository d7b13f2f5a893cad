//! The same bytes whatever surrounds a run: locale, time zone, terminal, file permissions, memory, options that only watch.

use crate::program::{TINY, check, names, program, workplace};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The files of a run; of the manifest, all but the timing.
fn files(out: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for folder in ["", "plots"] {
        for name in names(&out.join(folder)).iter().filter(|name| *name != "plots") {
            let mut text = fs::read_to_string(out.join(folder).join(name)).unwrap();
            if name == "manifest.json" {
                let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
                manifest["timing"] = serde_json::Value::Null;
                text = manifest.to_string();
            }
            files.insert(format!("{folder}/{name}"), text);
        }
    }
    files
}

const RUN: &[&str] = &["run", "tiny.json", "--out", "out", "--trace"];

/// The files of a run whose command was changed by `change`.
fn changed(change: impl FnOnce(&mut Command)) -> BTreeMap<String, String> {
    let folder = workplace(&[("tiny.json", TINY)]);
    let mut command = program(folder.path(), RUN);
    change(&mut command);
    check(&command.output().expect("it starts"), &format!("{command:?}"), 0);
    files(&folder.path().join("out"))
}

/// The same run behind a shell command that ends with `exec "$0" "$@"`.
fn behind(script: &str) -> BTreeMap<String, String> {
    let folder = workplace(&[("tiny.json", TINY)]);
    let mut command = Command::new("sh");
    command.current_dir(folder.path()).args(["-c", script, env!("CARGO_BIN_EXE_swarmsim")]).args(RUN);
    check(&command.output().expect("it starts"), script, 0);
    files(&folder.path().join("out"))
}

#[test]
fn a_run_has_the_same_bytes_in_any_surroundings() {
    let plain = changed(|_| {});
    assert!(plain.len() >= 14 && plain["/trace.jsonl"].len() > 10_000, "{:?}", plain.keys());
    let variables: &[&[(&str, &str)]] = &[
        &[("LANG", "tr_TR.UTF-8"), ("LC_ALL", "de_DE.UTF-8"), ("LANGUAGE", "ar")],
        &[("TZ", "Asia/Kathmandu")],
        &[("TERM", "dumb"), ("COLUMNS", "20"), ("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")],
        &[("MALLOC_PERTURB_", "165"), ("MALLOC_ARENA_MAX", "1")],
        &[("GLIBC_TUNABLES", "glibc.malloc.mmap_threshold=4096:glibc.malloc.tcache_count=0")],
        &[("RUST_BACKTRACE", "full"), ("RUST_MIN_STACK", "1000000"), ("RAYON_NUM_THREADS", "7")],
        &[("SOURCE_DATE_EPOCH", "0"), ("HOME", "/nowhere"), ("TMPDIR", "/nowhere")],
    ];
    for set in variables {
        let found = changed(|command| {
            command.envs(set.iter().copied());
        });
        assert!(found == plain, "with {set:?}");
    }
    assert!(
        changed(|command| {
            command.env_clear();
        }) == plain,
        "without any variable"
    );
    for threads in ["1", "2", "7", "1024"] {
        assert!(
            changed(|command| {
                command.args(["--threads", threads]);
            }) == plain,
            "{threads} threads"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_run_has_the_same_bytes_behind_any_shell() {
    let plain = changed(|_| {});
    for script in [
        "umask 077; exec \"$0\" \"$@\"",
        "ulimit -s 512; exec \"$0\" \"$@\"",
        "ulimit -n 16; exec \"$0\" \"$@\"",
        "exec \"$0\" \"$@\" 2>&-",
        "exec \"$0\" \"$@\" </dev/null",
        "nice -n 19 \"$0\" \"$@\" | cat",
    ] {
        assert!(behind(script) == plain, "{script}");
    }
    let is_permitted = Command::new("setarch").args(["-R", "true"]).status().is_ok_and(|status| status.success());
    if is_permitted {
        assert!(behind("exec setarch -R \"$0\" \"$@\"") == plain, "with fixed addresses");
    }
}

/// What only watches changes nothing of what is watched.
#[test]
fn options_that_watch_change_no_other_file() {
    let plain = changed(|_| {});
    let folder = workplace(&[("tiny.json", TINY)]);
    for (i, options) in
        [&[] as &[&str], &["--quiet"], &["--json"], &["--no-plots"], &["--format", "parquet"], &["--png"]]
            .iter()
            .enumerate()
    {
        let out = format!("out-{i}");
        let arguments = [&["run", "tiny.json", "--out", &out], *options].concat();
        check(&program(folder.path(), &arguments).output().unwrap(), &format!("{options:?}"), 0);
        for name in ["summary.json", "scenario.json", "peers.csv", "timeseries.csv", "expiries.csv"] {
            let text = fs::read_to_string(folder.path().join(&out).join(name)).unwrap();
            assert_eq!(text, plain[&format!("/{name}")], "{name} with {options:?}, without --trace");
        }
    }
}
