//! Running the program in a folder of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A scenario without fault; the tables spoil it.
pub const BASE: &str = include_str!("base.json");
/// A sweep without fault.
pub const SWEEP: &str = include_str!("sweep.json");
/// A scenario that runs in no time.
pub const TINY: &str = r#"{
  "name": "tiny", "seed": 3, "stop": { "at": "10min" }, "file": { "size": "1 MiB", "max_chunk_size": "256 KiB" },
  "network": { "latency": "20ms" },
  "peers": [
    { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
    { "group": "home", "count": 5, "up": "2 Mbit/s", "down": "8 Mbit/s", "session": "5min" }
  ]
}"#;

/// A folder that holds these files.
pub fn workplace(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The program, to be run in a folder.
pub fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_swarmsim"));
    command.current_dir(folder).args(arguments);
    command
}

/// Runs the program in a folder; it must end with this code and without a panic. What it said, on standard output and error.
pub fn run(folder: &Path, arguments: &[&str], code: i32) -> (String, String) {
    check(&program(folder, arguments).output().expect("the program starts"), &format!("{arguments:?}"), code)
}

/// Checks how the program ended, and returns what it said.
pub fn check(output: &Output, what: &str, code: i32) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("what is said is UTF-8");
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{what}: {stderr}");
    assert!(!stderr.contains("panicked"), "{what}: {stderr}");
    (stdout, stderr)
}

/// The names in a folder, hidden ones too.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
