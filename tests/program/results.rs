//! The sample results are what the program makes today of the scenarios as they are today.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs the scenario of a sample again and compares every file whose bytes the scenario alone decides.
fn check(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sample = root.join("results").join(name);
    if !sample.exists() {
        // A packaged crate has no results.
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let again = folder.path().join("run");
    let status = Command::new(env!("CARGO_BIN_EXE_swarmsim"))
        .args(["run", "--quiet", "--out"])
        .arg(&again)
        .arg(root.join("scenarios").join(format!("{name}.json")))
        .status()
        .expect("the program starts");
    assert!(status.success(), "{name} fails");
    let files = ["scenario.json", "summary.json", "peers.csv", "timeseries.csv", "expiries.csv", "availability.csv"];
    for file in files.into_iter().chain(["plots/listed.svg", "report.html"]) {
        let read = |folder: &Path| fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{name}/{file}: {error}"));
        assert!(
            read(&sample) == read(&again),
            "results/{name}/{file} is stale: run scripts/regenerate, look at the difference, and commit it"
        );
    }
}

#[test]
fn flash_crowd_is_current() {
    check("flash-crowd");
}

#[test]
fn heavy_churn_is_current() {
    check("heavy-churn");
}

#[test]
fn lossy_proofs_is_current() {
    check("lossy-proofs");
}
