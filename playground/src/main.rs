//! What the playground runs: the simulation core behind a program that reads a scenario and writes JSON, a line each.
//!
//! It is an ordinary program that reads standard input and writes standard output, so it needs no code that is not safe, and it can be tried
//! without a browser:
//!
//! ```text
//! cargo run --manifest-path playground/Cargo.toml -- check < scenarios/flash-crowd.json
//! ```
//!
//! Compiled for `wasm32-wasip1`, a page stands in for the few calls of the system that it makes (`playground/page/worker.js`).

mod check;
mod run;

use serde_json::{Value, json};
use std::env;
use std::io::{self, Read, Write};
use std::process::ExitCode;
use swarmsim::scenario::{EMBEDDED, schema};

/// What a scenario is called in messages.
const NAME: &str = "scenario";

fn main() -> ExitCode {
    let done = match env::args().nth(1).as_deref() {
        Some("about") => tell(&about()),
        Some("check") => input().and_then(|text| tell(&check::check(&text))),
        Some("run") => input().and_then(|text| run::run(&text)),
        _ => {
            let _ = writeln!(
                io::stderr(),
                "usage: swarmsim-playground about | check | run, with a scenario on standard input"
            );
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the page begins with: the scenarios that come with the program, and the schema.
fn about() -> Value {
    let scenario =
        |one: &swarmsim::scenario::Embedded| json!({ "name": one.name, "summary": one.summary(), "text": one.text });
    json!({
        "model_revision": swarmsim::MODEL_REVISION,
        "scenarios": EMBEDDED.iter().map(scenario).collect::<Vec<_>>(),
        "schema": schema::scenario(),
    })
}

fn input() -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    Ok(text)
}

/// Writes a line, at once: the page shows how far a run is.
fn tell(value: &Value) -> io::Result<()> {
    let mut line = value.to_string();
    line.push('\n');
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.flush()
}
