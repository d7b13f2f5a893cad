//! The digests of all embedded scenarios, against `tests/golden/digests.txt`: a change that alters what any of them
//! simulates does not pass unnoticed. Where it is meant, raise `MODEL_REVISION` and write the table anew:
//!
//! ```text
//! SWARMSIM_UPDATE_GOLDEN=1 cargo test --test golden
//! ```

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, thread};
use swarmsim::scenario::{EMBEDDED, Embedded, from_json};
use swarmsim::sim::QueueKind;
use swarmsim::swarm::Simulation;

const TABLE: &str = "tests/golden/digests.txt";
const HEAD: &str = "# scenario, seed, digest; written by: SWARMSIM_UPDATE_GOLDEN=1 cargo test --test golden\n";

/// The scenario's line in the table.
fn line(embedded: &Embedded) -> String {
    let scenario = from_json(embedded.name, embedded.text.as_bytes()).expect("embedded scenarios are good").scenario;
    let seed = scenario.config.seed;
    let mut run = Simulation::new(scenario.config, (), QueueKind::Ladder);
    while run.advance(u64::MAX) {}
    format!("{} {seed} {}\n", embedded.name, run.digest())
}

#[test]
fn embedded_scenarios_have_their_digests() {
    let lines: Vec<String> = thread::scope(|scope| {
        let runs: Vec<_> = EMBEDDED.iter().map(|embedded| scope.spawn(|| line(embedded))).collect();
        runs.into_iter().map(|run| run.join().expect("a run ends")).collect()
    });
    let found = HEAD.to_owned() + &lines.concat();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if env::var_os("SWARMSIM_UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().expect("it is in a folder")).unwrap();
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let mut differences = String::new();
    let pairs = found.lines().filter(|line| !expected.lines().any(|other| other == *line));
    pairs.for_each(|line| writeln!(differences, "not in the table: {line}").unwrap());
    assert!(found == expected, "{TABLE} and the simulator differ; is that meant?\n{differences}");
}
