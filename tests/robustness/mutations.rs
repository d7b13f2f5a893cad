//! Every truncation and every flipped bit of whole scenarios: the reader never panics, and what it refuses it names.

use crate::program::{BASE, SWEEP};
use swarmsim::experiment::sweep::{Base, Bounds, Plan, Sweep, SweepFault};
use swarmsim::scenario::{Document, Embedded, Estimate, from_json};

fn texts() -> [(&'static str, &'static str); 3] {
    let embedded = |name| Embedded::find(name).expect("it is embedded").text;
    [("base", BASE), ("flash-crowd", embedded("flash-crowd")), ("lossy-proofs", embedded("lossy-proofs"))]
}

/// A scenario is read or refused; refused, the report names the file and a place. Whether it was read.
fn is_read(bytes: &[u8], what: &str) -> bool {
    match from_json("a.json", bytes) {
        Ok(checked) => {
            // What was read can be estimated and written, and is the same when it is read again.
            let estimate = Estimate::of(&checked.scenario);
            assert!(estimate.events.is_finite() && estimate.memory_bytes > 0, "{what}");
            let written = checked.scenario.to_json_text();
            let again = from_json("a.json", written.as_bytes()).unwrap_or_else(|report| panic!("{what}: {report}"));
            assert_eq!(again.scenario.to_json_text(), written, "{what}");
            true
        }
        Err(report) => {
            assert!(report.has_errors(), "{what}");
            let text = report.to_string();
            let begin = text.strip_prefix("error: a.json:").unwrap_or_else(|| panic!("{what}: {text}"));
            let mut numbers = begin.split(':').map(str::parse::<u32>);
            assert!(matches!((numbers.next(), numbers.next()), (Some(Ok(1..)), Some(Ok(1..)))), "{what}: {text}");
            false
        }
    }
}

#[test]
fn every_truncation_is_refused() {
    for (name, text) in texts() {
        for end in 0..text.trim_end().len() {
            assert!(!is_read(&text.as_bytes()[..end], &format!("{name} cut at {end}")));
        }
        assert!(is_read(text.as_bytes(), name));
    }
}

#[test]
fn every_flipped_bit_is_read_or_refused() {
    let (mut read, mut refused) = (0, 0);
    for (name, text) in texts() {
        let mut bytes = text.as_bytes().to_vec();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            match is_read(&bytes, &format!("{name} with bit {bit} flipped")) {
                true => read += 1,
                false => refused += 1,
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
    // Descriptions, names and digits may change; most other bits are structure.
    assert!(read > 1_000 && refused > read, "{read} were read and {refused} refused");
}

/// Reads and plans a sweep of which `base.json` is the scenario; whether it was accepted.
fn is_planned(bytes: &[u8]) -> bool {
    let find = |name: &str| match name {
        "base.json" => {
            let document =
                Document::parse(name, BASE.as_bytes()).map_err(|report| SweepFault::File(Box::new(report)))?;
            Ok(Base { document, argument: name.into(), load: Box::new(|_| Err("there are no files".into())) })
        }
        _ => Err(SweepFault::Name("there is no such file".into())),
    };
    let Ok(document) = Document::parse("sweep.json", bytes) else { return false };
    let inline = ("sweep.json", Box::new(|_: &str| Err("there are no files".to_owned())) as _);
    let bounds = Bounds { memory_bytes: 1 << 30, events: 1e9 };
    match Sweep::read(&document, &find, inline).and_then(|sweep| Plan::new(sweep, bounds)) {
        Ok((plan, _)) => !plan.is_empty(),
        Err(refusal) => {
            assert!(refusal.to_string().contains("error: "), "{refusal}");
            false
        }
    }
}

#[test]
fn every_flipped_bit_of_a_sweep_is_read_or_refused() {
    let mut bytes = SWEEP.as_bytes().to_vec();
    let mut read = 0;
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        read += usize::from(is_planned(&bytes));
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(read > 20 && read < bytes.len() * 4, "{read}");
    (0..SWEEP.trim_end().len()).for_each(|end| assert!(!is_planned(&SWEEP.as_bytes()[..end]), "cut at {end}"));
}
