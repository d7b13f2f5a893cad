//! Traces of random small scenarios pass the independent check, with the figures and tables that belong to them.
//!
//! 200 scenarios; `SWARMSIM_CASES=20000 cargo test --test semantics traces` runs as many as one likes. A scenario that fails is shrunk.

use crate::common::{read, run_with};
use crate::random::{Case, scenario};
use proptest::prelude::*;
use serde_json::Value;
use std::fs;
use std::io;
use swarmsim::check::{Beside, check, scenario_digest};
use swarmsim::output::tables::{CopiesRow, EndedRow, TimeRow, peer_rows};
use swarmsim::output::trace::{TraceFile, TraceFormat, TraceWriter};
use swarmsim::output::{IfThere, Purpose, RunFolder, StagedFile, Trace};
use swarmsim::sim::QueueKind;
use swarmsim::swarm::Observer;

fn cases() -> ProptestConfig {
    let cases = std::env::var("SWARMSIM_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200);
    ProptestConfig { max_shrink_iters: 4_000, failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

/// The bytes of a scenario's trace, and their digest, by an observer that `observe` makes of the file and `end` ends.
fn written<O: Observer>(
    scenario: &Value,
    format: TraceFormat,
    observe: impl FnOnce(StagedFile) -> O,
    end: impl FnOnce(O) -> io::Result<StagedFile>,
) -> (Vec<u8>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut run =
        RunFolder::prepare(&folder.path().join("run"), Purpose::RUN, IfThere::Refuse, None).expect("it is empty");
    let file = run.create(format.file_name()).expect("a file");
    let (_, observer) = run_with(scenario, observe(file), QueueKind::Ladder);
    run.finish(end(observer).expect("there is room")).expect("there is room");
    let bytes = fs::read(run.partial().join(format.file_name())).expect("it was written");
    (bytes, run.files()[0].blake3.clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases().cases.div_ceil(4), ..cases() })]

    /// Whoever makes the lines, and however many records are handed over at once.
    #[test]
    fn traces_of_random_swarms_are_the_same_beside_the_run(Case(scenario) in scenario(), batch in 2..200usize) {
        let resolved = read(&scenario);
        let digest = scenario_digest(&resolved);
        let (_, trace) = run_with(&scenario, Trace::new(Vec::new(), &digest), QueueKind::Ladder);
        let text = trace.finish().expect("memory does not fail");
        for format in [TraceFormat::Jsonl, TraceFormat::Zst] {
            let alone = written(
                &scenario,
                format,
                |file| Trace::new(TraceFile::new(file, format), &digest),
                |trace| trace.finish().and_then(TraceFile::finish),
            );
            prop_assert!(format == TraceFormat::Zst || alone.0 == text);
            for batch in [1, batch, TraceWriter::BATCH] {
                let beside = written(
                    &scenario,
                    format,
                    |file| TraceWriter::new(file, format, &digest, &resolved.config, batch),
                    TraceWriter::finish,
                );
                prop_assert!(beside == alone, "{format:?}, batches of {batch}");
            }
        }
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn traces_of_random_swarms_pass_the_check(Case(scenario) in scenario()) {
        let resolved = read(&scenario);
        let trace = Trace::new(Vec::new(), &scenario_digest(&resolved));
        let (outcome, trace) = run_with(&scenario, trace, QueueKind::Ladder);
        let bytes = trace.finish().expect("memory does not fail");
        let groups: Vec<String> = resolved.config.groups.iter().map(|group| group.name.clone()).collect();
        let beside = Beside {
            summary: Some(serde_json::to_value(&outcome.summary).expect("plain data")),
            peers: Some(peer_rows(&outcome.tables.sessions, &groups).collect()),
            expiries: Some(outcome.tables.expiries.iter().map(EndedRow::from).collect()),
            samples: Some(outcome.tables.samples.iter().map(TimeRow::from).collect()),
            copies: Some(outcome.tables.availability.iter().map(CopiesRow::from).collect()),
        };
        let report = check(&*bytes, &resolved, &beside);
        let report = report.map_err(|refusal| TestCaseError::fail(format!("{refusal:?}")))?;
        prop_assert!(report.holds(), "{}", report.complaints("trace"));
    }
}
