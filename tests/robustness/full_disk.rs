//! A trace for which there is no room: that is said while the run goes on, nothing is left, and with room it comes out whole.

use crate::program::{check, names, run, workplace};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A swarm with a trace of several megabytes, which takes no time.
const SWARM: &str = r#"{
  "name": "swarm", "seed": 3, "stop": { "at": "20min" }, "file": { "size": "2 MiB", "max_chunk_size": "64 KiB" },
  "network": { "latency": "20ms" },
  "peers": [
    { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
    { "group": "home", "count": 60, "up": "1 Mbit/s", "down": "8 Mbit/s" }
  ]
}"#;

/// `--trace` and `--trace=zst`, the trace's name, and its size where there is room.
fn traces(folder: &Path) -> Vec<(&'static str, &'static str, u64)> {
    [("--trace", "trace.jsonl"), ("--trace=zst", "trace.jsonl.zst")]
        .map(|(option, name)| {
            run(folder, &["run", "swarm.json", option, "--out", name, "--quiet", "--no-plots"], 0);
            (option, name, fs::metadata(folder.join(name).join(name)).unwrap().len())
        })
        .to_vec()
}

/// Runs the swarm behind a shell script, which has the program and its arguments as `"$0" "$@"`.
fn behind(folder: &Path, shell: &[&str], script: &str, option: &str, out: &str) -> Output {
    let mut command = Command::new(shell[0]);
    command.current_dir(folder).args(&shell[1..]).args(["-c", script, env!("CARGO_BIN_EXE_swarmsim")]);
    command.args(["run", "swarm.json", option, "--out", out, "--quiet", "--no-plots"]);
    command.output().expect("it starts")
}

#[test]
#[cfg(unix)]
fn a_trace_that_grows_beyond_what_a_file_may_have_leaves_nothing() {
    let folder = workplace(&[("swarm.json", SWARM)]);
    for (option, name, bytes) in traces(folder.path()) {
        assert!(bytes > 1 << 20 || option == "--trace=zst", "the text is written in several pieces: {bytes}");
        for size in [bytes / 10, bytes / 2, bytes - 600] {
            let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", size / 512);
            let output = behind(folder.path(), &["sh"], &script, option, "out");
            let (_, stderr) = check(&output, &script, 1);
            assert!(stderr.contains(name) && stderr.contains("File too large"), "{stderr}");
            assert!(!folder.path().join("out").exists(), "{option}: {:?}", names(&folder.path().join("out")));
        }
        run(folder.path(), &["run", "swarm.json", option, "--out", "out", "--quiet", "--no-plots"], 0);
        let read = |out: &str| fs::read(folder.path().join(out).join(name)).unwrap();
        assert!(read("out") == read(name), "{name}");
        fs::remove_dir_all(folder.path().join("out")).unwrap();
    }
}

/// On a disk of its own, where the system lets one be mounted: in a namespace, for which it takes no rights on Linux as it mostly is.
#[test]
#[cfg(target_os = "linux")]
fn a_trace_larger_than_the_disk_is_refused_or_leaves_nothing() {
    const SHELL: &[&str] = &["unshare", "--map-root-user", "--mount", "sh"];
    const MOUNT: &str = "mkdir -p full && mount -t tmpfs -o size=";
    let folder = workplace(&[("swarm.json", SWARM)]);
    let mut probe = Command::new(SHELL[0]);
    probe.current_dir(folder.path()).args(&SHELL[1..]).args(["-c", &format!("{MOUNT}64k none full")]);
    if !probe.output().is_ok_and(|output| output.status.success()) {
        return;
    }
    for (option, name, bytes) in traces(folder.path()) {
        // What is compressed is estimated with more caution, so that the run would be refused for a little more, too.
        let rooms = if option == "--trace" { vec![bytes / 8, bytes / 10 * 9] } else { vec![bytes / 8] };
        for room in rooms {
            let is_refused = room == bytes / 8;
            let (code, said) = if is_refused { (2, "the disk has room for") } else { (1, "No space left on device") };
            let script = format!("{MOUNT}{room} none full && {{ \"$0\" \"$@\"; code=$?; ls -A full; exit $code; }}");
            let (left, stderr) = check(&behind(folder.path(), SHELL, &script, option, "full/out"), &script, code);
            assert!(stderr.contains(said) && (is_refused || stderr.contains(name)), "{option}, {room} bytes: {stderr}");
            assert_eq!(left, "", "{option}, {room} bytes");
        }
    }
}
