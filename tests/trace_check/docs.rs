//! `docs/trace-check.md` lists the invariants as the code has them.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use swarmsim::check::INVARIANTS;

const PAGE: &str = "docs/trace-check.md";
const BEGIN: &str = "<!-- invariants: written by SWARMSIM_UPDATE_DOCS=1 cargo test --test trace_check docs -->\n";
const END: &str = "<!-- end -->";

#[test]
fn the_page_has_the_invariants_of_the_code() {
    let mut table = String::from("| | name | guards |\n|---|---|---|\n");
    let mut area = None;
    for invariant in INVARIANTS {
        if area.replace(invariant.area) != Some(invariant.area) {
            writeln!(table, "| | **{}** | |", invariant.area.name()).unwrap();
        }
        writeln!(table, "| I{:02} | `{}` | {} |", invariant.number, invariant.name, invariant.sentence).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for the table");
    let (_, after) = rest.split_once(END).expect("the table ends");
    let expected = format!("{before}{BEGIN}{table}{END}{after}");
    if std::env::var_os("SWARMSIM_UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
    } else {
        assert!(page == expected, "{PAGE} is out of date: SWARMSIM_UPDATE_DOCS=1 cargo test --test trace_check docs");
    }
}

/// The check shares nothing with the swarm and the metrics but the configuration's types.
#[test]
fn the_check_stands_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check");
    let mut folders = vec![folder];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            seen += 1;
            let text = fs::read_to_string(&path).unwrap();
            for (number, line) in text.lines().enumerate() {
                let place = format!("{}:{}: {line}", path.display(), number + 1);
                let code = line.split("//").next().unwrap_or_default();
                for module in ["crate::metrics", "crate::chunks", "crate::strategy", "crate::experiment"] {
                    assert!(!code.contains(module), "{place}");
                }
                let swarm = code.matches("crate::swarm").count();
                assert_eq!(swarm, code.matches("crate::swarm::config").count(), "{place}");
                assert!(!code.contains("Links"), "{place}");
            }
        }
    }
    assert!(seen > 15, "{seen} files were found");
}
