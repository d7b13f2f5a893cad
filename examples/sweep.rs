//! A sweep from Rust: a scenario under two strategies and three seeds, and what came out.

use std::error::Error;
use swarmsim::experiment::sweep::{Bounds, Plan, Settings, Sweep, SweepFault, run};
use swarmsim::output::{IfThere, Purpose, RunFolder};
use swarmsim::scenario::Document;

const SWEEP: &[u8] = br#"{
    "name": "example", "seeds": { "from": 1, "count": 3 },
    "scenario": {
        "stop": { "at": "1h" }, "file": { "size": "4 MiB" },
        "network": { "latency": "20ms" },
        "peers": [
            { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
            { "group": "home", "count": 10, "up": "2 Mbit/s", "down": "8 Mbit/s" }
        ]
    },
    "vary": { "strategy.kind": ["random", "rarest-first"] }
}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let no_file = |name: &str| Err(SweepFault::Name(format!("there is no {name} here")));
    let no_values = Box::new(|name: &str| Err(format!("there is no {name} here")));
    let document = Document::parse("example", SWEEP).map_err(|report| report.to_string())?;
    let sweep = Sweep::read(&document, &no_file, ("example", no_values))?;
    let (plan, _) = Plan::new(sweep, Bounds { memory_bytes: 1 << 30, events: 1e9 })?;
    let target = std::env::temp_dir().join(format!("swarmsim-example-{}", std::process::id()));
    let folder = RunFolder::prepare(&target, Purpose::SWEEP, IfThere::Replace, None)?;
    let report = run(&plan, folder, &Settings { jobs: 2, ..Settings::default() }, || false, |_| ())?;
    assert!(report.is_complete());
    print(&std::fs::read_to_string(target.join("results.csv"))?);
    std::fs::remove_dir_all(target)?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example shows what comes out")]
fn print(text: &str) {
    println!("{text}");
}
