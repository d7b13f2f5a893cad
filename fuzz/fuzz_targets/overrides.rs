//! Any text as `--set PATH=VALUE`: applied or refused, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use swarmsim::scenario::{Document, Override};

const BASE: &[u8] = include_bytes!("../../tests/robustness/base.json");
/// Parsed once: what changes it works on a copy.
static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::parse("base.json", BASE).expect("it is good"));

fuzz_target!(|text: &str| {
    let changes: Vec<Override> = text.split('\n').filter_map(|line| Override::parse(line).ok()).collect();
    match DOCUMENT.read(&changes, &|_| Err("no files".into())) {
        Ok(checked) => drop(checked.scenario.to_json_text()),
        Err(report) => assert!(report.to_string().contains("error: ")),
    }
});
