//! What the simulator writes passes, the embedded scenarios and those that the mutants are made of.

use crate::common::is_long;
use crate::traced::{Traced, churn, endgame, narrow, plain, samples, shared};
use serde_json::{Value, json};
use std::io::{BufReader, pipe};
use std::thread;
use swarmsim::check::{Beside, INVARIANTS, check, scenario_digest};
use swarmsim::metrics::Metrics;
use swarmsim::output::Trace;
use swarmsim::output::tables::{CopiesRow, EndedRow, TimeRow, peer_rows};
use swarmsim::scenario::{EMBEDDED, Embedded, from_json};
use swarmsim::sim::QueueKind;
use swarmsim::swarm::Simulation;

#[test]
fn the_bases_of_the_mutants_pass() {
    for scenario in [plain(), narrow(), shared(), endgame(), churn(), samples()] {
        let report = Traced::run(&scenario).check().expect("a trace");
        assert!(report.holds(), "{}\n{scenario}", report.complaints("trace"));
    }
}

/// The scenario's text; of the two that take longest the first part (`.ci/run` has the whole checked, by the program).
fn text_of(embedded: &Embedded) -> String {
    let mut scenario = serde_json::from_str::<Value>(embedded.text).expect("embedded scenarios are JSON");
    match embedded.name {
        _ if is_long() => {}
        "steady-poisson" => scenario["stop"]["at"] = json!("10min"),
        "thousand-peers" => scenario["stop"]["at"] = json!("45s"),
        _ => {}
    }
    scenario.to_string()
}

/// Runs an embedded scenario twice: once for its figures, and once for its trace, which goes through a pipe, as it is too large to be held.
#[expect(clippy::incompatible_msrv, reason = "the lowest version is the core's; tests are built with a later one")]
fn passes(embedded: &Embedded) {
    let scenario =
        from_json(embedded.name, text_of(embedded).as_bytes()).expect("embedded scenarios are good").scenario;
    let mut run = Simulation::new(
        scenario.config.clone(),
        Metrics::new(scenario.output.sample_interval).with_playback(scenario.output.playback_rate),
        QueueKind::Ladder,
    );
    while run.advance(u64::MAX) {}
    let (digest, events) = (run.digest(), run.events());
    let (metrics, reason) = run.finish();
    let (summary, tables) = metrics.finish(scenario.identity(digest, events, reason));
    let groups: Vec<String> = scenario.config.groups.iter().map(|group| group.name.clone()).collect();
    let beside = Beside {
        summary: Some(serde_json::to_value(&summary).expect("plain data")),
        peers: Some(peer_rows(&tables.sessions, &groups).collect()),
        expiries: Some(tables.expiries.iter().map(EndedRow::from).collect()),
        samples: Some(tables.samples.iter().map(TimeRow::from).collect()),
        copies: Some(tables.availability.iter().map(CopiesRow::from).collect()),
    };
    let (from, to) = pipe().expect("a pipe");
    let report = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let trace = Trace::new(to, &scenario_digest(&scenario));
            let mut run = Simulation::new(scenario.config.clone(), trace, QueueKind::Ladder);
            while run.advance(1 << 16) && !run.observer().has_failed() {}
            assert_eq!(run.digest(), digest, "tracing never changes a run");
            run.into_observer().finish().map(drop)
        });
        let report = check(BufReader::new(from), &scenario, &beside);
        writer.join().expect("it ends").expect("all of it is read");
        report.expect("a trace")
    });
    assert!(report.holds(), "{}", report.complaints(embedded.name));
    let exercised = INVARIANTS.iter().filter(|invariant| report.counts(invariant).0 > 0).count();
    assert!(exercised >= 60, "{}: {exercised}", embedded.name);
}

/// Two tests, as there are two processors or more.
#[test]
fn embedded_scenarios_pass() {
    EMBEDDED.iter().step_by(2).for_each(passes);
}

#[test]
fn the_other_embedded_scenarios_pass() {
    EMBEDDED.iter().skip(1).step_by(2).for_each(passes);
}
