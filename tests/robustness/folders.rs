//! Folders that are not as they should be: what is not ours is neither written nor removed, what was damaged is done again.

use crate::program::{TINY, names, program, run, workplace};
use std::fs;
use std::path::Path;

const RUN: &[&str] = &["run", "tiny.json", "--out", "out", "--quiet"];
const FORCED: &[&str] = &["run", "tiny.json", "--out", "out", "--quiet", "--force", "--trace"];
const SWEEP: &str =
    r#"{"name": "s", "scenario": "tiny.json", "seeds": {"count": 3}, "vary": {"tracker.entry_ttl": ["60s", "90s"]}}"#;
const RESUMED: &[&str] = &["sweep", "sweep.json", "--out", "out", "--resume", "--quiet"];

/// Every file below a folder with its bytes.
fn all(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for name in names(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            found.extend(all(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.push((name, fs::read(path).unwrap()));
        }
    }
    found
}

#[test]
fn a_folder_in_the_place_of_a_file_is_refused_before_anything_is_done() {
    for name in ["summary.json", "report.html", "trace.jsonl", "plots/population.svg", "peers.csv", ".swarmsim.lock"] {
        let folder = workplace(&[("tiny.json", TINY)]);
        run(folder.path(), RUN, 0);
        let out = folder.path().join("out");
        let _ = fs::remove_file(out.join(name));
        fs::create_dir(out.join(name)).unwrap();
        fs::write(out.join(name).join("theirs"), "x").unwrap();
        let before = all(&out);
        let (_, stderr) = run(folder.path(), FORCED, 2);
        assert!(stderr.starts_with(&format!("error: out: holds a folder \"{name}\" in the way")), "{name}: {stderr}");
        assert_eq!(all(&out), before, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_or_removed_through_a_link() {
    use std::os::unix::fs::symlink;
    for name in ["plots", ".partial", ".swarmsim.lock"] {
        for is_there in [false, true] {
            let folder = workplace(&[("tiny.json", TINY)]);
            run(folder.path(), RUN, 0);
            let (out, theirs) = (folder.path().join("out"), folder.path().join("theirs"));
            if is_there {
                fs::create_dir(&theirs).unwrap();
                fs::write(theirs.join("population.svg"), "theirs").unwrap();
                fs::write(theirs.join("lock"), "1\n").unwrap();
            }
            let _ = fs::remove_dir_all(out.join(name));
            symlink(&theirs, out.join(name)).unwrap();
            let (_, stderr) = run(folder.path(), FORCED, 2);
            assert!(stderr.starts_with(&format!("error: out: holds a link \"{name}\" in the way")), "{name}: {stderr}");
            assert_eq!(theirs.exists(), is_there, "{name}");
            if is_there {
                assert_eq!(names(&theirs), ["lock", "population.svg"], "{name}");
                assert_eq!(fs::read_to_string(theirs.join("population.svg")).unwrap(), "theirs");
            }
        }
    }
    // Links in the place of files are replaced themselves, not what they lead to.
    let folder = workplace(&[("tiny.json", TINY), ("theirs.json", "theirs")]);
    run(folder.path(), RUN, 0);
    let link = folder.path().join("out/summary.json");
    fs::remove_file(&link).unwrap();
    symlink(folder.path().join("theirs.json"), &link).unwrap();
    run(folder.path(), FORCED, 0);
    assert!(link.symlink_metadata().unwrap().is_file());
    assert_eq!(fs::read_to_string(folder.path().join("theirs.json")).unwrap(), "theirs");
}

/// Whatever happened to a sweep's folder but its runs: `--resume` makes the same bytes again, and does not run again what it need not.
#[test]
fn a_damaged_sweep_is_mended_by_resuming() {
    let folder = workplace(&[("tiny.json", TINY), ("sweep.json", SWEEP)]);
    run(folder.path(), RESUMED, 0);
    let out = folder.path().join("out");
    let whole = all(&out);
    let spoil = |name: &str, bytes: Option<&[u8]>| {
        let path = out.join(name);
        match bytes {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
    };
    let manifest = fs::read(out.join("manifest.json")).unwrap();
    let runs = fs::read(out.join("runs.jsonl")).unwrap();
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let mut flipped = runs.clone();
    flipped[runs.len() / 2] ^= 4;
    let cases: &[(&str, Option<Vec<u8>>)] = &[
        ("manifest.json", Some(vec![])),
        ("manifest.json", Some(half(&manifest))),
        ("manifest.json", Some(b"{}".to_vec())),
        ("manifest.json", Some(vec![0xff; 100])),
        ("manifest.json", None),
        ("runs.jsonl", Some(half(&runs))),
        ("runs.jsonl", Some(flipped)),
        ("runs.jsonl", Some(vec![])),
        ("runs.jsonl", None),
        ("results.csv", Some(b"run,seed\n".to_vec())),
        ("results.csv", None),
        ("aggregate.csv", Some(vec![])),
        ("results.parquet", None),
    ];
    for (name, bytes) in cases {
        spoil(name, bytes.as_deref());
        run(folder.path(), RESUMED, 0);
        assert!(all(&out) == whole, "after {name} was spoiled ({:?} bytes)", bytes.as_ref().map(Vec::len));
    }
    // Without --resume or --force it is not ours to judge.
    spoil("manifest.json", Some(b""));
    let (_, stderr) = run(folder.path(), &["sweep", "sweep.json", "--out", "out"], 2);
    assert!(stderr.contains("is not empty"), "{stderr}");
    run(folder.path(), &["sweep", "sweep.json", "--out", "out", "--force", "--quiet"], 0);
    assert!(all(&out) == whole, "done anew");
}

/// A folder of somebody else's is not taken for a damaged sweep.
#[test]
fn files_that_only_look_like_a_sweep_are_left_alone() {
    let folder = workplace(&[("tiny.json", TINY), ("sweep.json", SWEEP)]);
    let out = folder.path().join("out");
    for runs in ["", "{\"a\": 1}\n", "0123456789abcdef", "not ours at all, but long enough\n"] {
        let _ = fs::remove_dir_all(&out);
        fs::create_dir(&out).unwrap();
        fs::write(out.join("sweep.json"), "{}").unwrap();
        fs::write(out.join("runs.jsonl"), runs).unwrap();
        let before = all(&out);
        let (_, stderr) = run(folder.path(), RESUMED, 2);
        assert!(stderr.contains("is not empty and holds no sweep"), "{runs}: {stderr}");
        assert_eq!(all(&out), before, "{runs}");
    }
}

/// Two signals at once: the second ends the program, and nothing half-written stays.
#[cfg(unix)]
#[test]
fn a_second_signal_leaves_nothing_either() {
    let send = |name: &str, id: u32| {
        let sent = std::process::Command::new("kill").args(["-s", name, &id.to_string()]).status();
        assert!(sent.unwrap().success(), "{name}");
    };
    for _ in 0..5 {
        let folder = workplace(&[]);
        let arguments = ["run", "thousand-peers", "--out", "deep/out", "--trace", "--quiet"];
        let mut child = program(folder.path(), &arguments).stderr(std::process::Stdio::null()).spawn().unwrap();
        let trace = folder.path().join("deep/out/.partial/trace.jsonl");
        while !trace.metadata().is_ok_and(|found| found.len() > 0) {
            assert!(child.try_wait().unwrap().is_none(), "it is over already");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        // Both wait until it goes on.
        send("STOP", child.id());
        send("INT", child.id());
        send("TERM", child.id());
        send("CONT", child.id());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(names(folder.path()).is_empty(), "{:?}", all(folder.path()).len());
    }
}
