//! Any bytes as a sweep: planned or refused, never a panic; a plan has runs, and each of them makes a case.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use swarmsim::experiment::sweep::{Base, Bounds, Plan, Sweep, SweepFault};
use swarmsim::scenario::Document;

const BASE: &[u8] = include_bytes!("../../tests/robustness/base.json");
/// Parsed once.
static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::parse("base.json", BASE).expect("it is good"));
/// More points than these take long, and tell no more.
const MOST_POINTS: usize = 200;

fuzz_target!(|bytes: &[u8]| {
    let find = |name: &str| match name {
        "base.json" => {
            Ok(Base { document: DOCUMENT.clone(), argument: name.into(), load: Box::new(|_| Err("no files".into())) })
        }
        _ => Err(SweepFault::Name("there is no such file".into())),
    };
    let Ok(document) = Document::parse("sweep.json", bytes) else { return };
    match Sweep::read(&document, &find, ("sweep.json", Box::new(|_| Err("no files".into())))) {
        Err(refusal) => assert!(refusal.to_string().starts_with("error: ")),
        Ok(sweep) => {
            let points = sweep.axes.iter().try_fold(1_usize, |points, axis| points.checked_mul(axis.values.len()));
            if points.is_none_or(|points| points > MOST_POINTS) {
                return;
            }
            match Plan::new(sweep, Bounds { memory_bytes: 1 << 30, events: 1e9 }) {
                Err(refusal) => assert!(refusal.to_string().starts_with("error: ")),
                Ok((plan, _)) => {
                    let last = plan.len().checked_sub(1).expect("a plan has a run");
                    assert_eq!(plan.case(last).identity, plan.case(last).identity);
                }
            }
        }
    }
});
