//! Does the simulator show what theory says? Runs swarms whose figures are known by other means, compares, and writes a page about it.
//!
//! ```sh
//! cargo run --release --example validity
//! cargo run --release --example validity -- --short
//! ```
//!
//! The first writes `docs/validity.md` and a plot a law into `docs/images/validity/`; the second takes fewer seeds and writes into
//! `target/validity/`. `--only TEXT` runs the laws whose stem contains it and writes into `target/validity/`, too. Ends with 1 where a law does not hold.

#[path = "../../tests/common/mod.rs"]
mod common;
mod laws;
mod oracle;
mod page;
mod plot;

use oracle::{Effort, Oracle, Verdict};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: validity [--short] [--only TEXT]";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut short, mut only) = (false, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--short" => short = true,
            "--only" => only = Some(arguments.next().ok_or(USAGE)?),
            other => return Err(format!("found \"{other}\"; {USAGE}").into()),
        }
    }
    let oracles = run(Effort { short }, only.as_deref().unwrap_or(""));
    if oracles.is_empty() {
        return Err("no law's stem contains that".into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (folder, images) = if short || only.is_some() {
        (root.join("target/validity"), PathBuf::from("plots"))
    } else {
        (root.join("docs"), PathBuf::from("images/validity"))
    };
    std::fs::create_dir_all(folder.join(&images))?;
    for oracle in &oracles {
        std::fs::write(folder.join(&images).join(format!("{}.svg", oracle.stem)), plot::draw(oracle).svg())?;
    }
    std::fs::write(folder.join("validity.md"), page::write(&oracles, &images))?;
    let failed = oracles.iter().filter(|oracle| oracle.verdict().is_failure()).count();
    let cases: usize = oracles.iter().map(|oracle| oracle.cases.len()).sum();
    print(&format!(
        "{} laws, {cases} comparisons, {failed} laws failed: {}",
        oracles.len(),
        folder.join("validity.md").display()
    ));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs all laws whose stem contains `only`, and says how each came out.
fn run(effort: Effort, only: &str) -> Vec<Oracle> {
    let chosen = laws::ALL.iter().filter(|(stem, _)| stem.contains(only));
    let mut oracles = Vec::new();
    for (stem, law) in chosen {
        let oracle = law(effort);
        assert_eq!(*stem, oracle.stem, "a law is listed under its own name");
        print(&format!("{:<22} {stem}: {}", oracle.verdict().text().replace('*', ""), oracle.title));
        for case in oracle.cases.iter().filter(|case| case.verdict() != Verdict::Holds) {
            print(&format!("    {}", page::row(case, oracle.unit)));
        }
        oracles.push(oracle);
    }
    oracles
}

#[expect(clippy::print_stdout, reason = "how it comes out is what one wants to see")]
fn print(text: &str) {
    println!("{text}");
}
