//! Any bytes as a journal: whole lines are found, the rest is passed over, and what is added then is found again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fs;
use swarmsim::experiment::{Journal, Outcome};

fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("swarmsim-fuzz-journal-{}", std::process::id()));
    fs::write(&path, bytes).expect("there is room");
    let mut journal = Journal::open(&path).expect("it is a file");
    let before = journal.len();
    journal.append(&Outcome::failed("one", 1, "planted")).expect("there is room");
    assert!(journal.contains("one") && journal.len() <= before + 1);
    drop(journal);
    // Failed runs are not kept, so that they are tried again.
    let again = Journal::open(&path).expect("it is a file");
    assert_eq!(again.len(), before);
    drop(again);
    fs::remove_file(&path).expect("it stands there");
});
