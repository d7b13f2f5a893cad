//! Any bytes as a scenario: read or refused with a place, never a panic; what is read is written and read again as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use swarmsim::scenario::{Estimate, from_json};

fuzz_target!(|bytes: &[u8]| {
    match from_json("a.json", bytes) {
        Ok(checked) => {
            let estimate = Estimate::of(&checked.scenario);
            assert!(!estimate.events.is_nan() && estimate.memory_bytes > 0);
            let written = checked.scenario.to_json_text();
            let again = from_json("a.json", written.as_bytes()).expect("what was written is read");
            assert_eq!(again.scenario.to_json_text(), written);
            let _ = checked.warnings.to_string();
        }
        Err(report) => {
            assert!(report.has_errors());
            // Problems are told in the file's order, so a warning may come first.
            let told = report.to_string();
            assert!(told.starts_with("error: a.json:") || told.starts_with("warning: a.json:"), "{told}");
            assert!(told.contains("error: a.json:"), "{told}");
        }
    }
});
