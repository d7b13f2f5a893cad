//! Traces of random small scenarios pass the independent check, with the figures and tables that belong to them.
//!
//! 200 scenarios; `SWARMSIM_CASES=20000 cargo test --test semantics traces` runs as many as one likes. A scenario that fails is shrunk.

use crate::common::{read, run_with};
use crate::random::{Case, scenario};
use proptest::prelude::*;
use swarmsim::check::{Beside, check, scenario_digest};
use swarmsim::output::Trace;
use swarmsim::output::tables::{CopiesRow, EndedRow, TimeRow, peer_rows};
use swarmsim::sim::QueueKind;

fn cases() -> ProptestConfig {
    let cases = std::env::var("SWARMSIM_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200);
    ProptestConfig { max_shrink_iters: 4_000, failure_persistence: None, ..ProptestConfig::with_cases(cases) }
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
