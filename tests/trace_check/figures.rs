//! Mutants of the run's end and of the figures beside a trace.

use crate::common::with;
use crate::mutants::Mutant;
use crate::traced::{Traced, churn, endgame, plain, shared};
use serde_json::{Value, json};
use swarmsim::check::Rule;
use swarmsim::output::tables::Seconds;

fn summary(trace: &mut Traced, section: &str, name: &str, value: Value) {
    let summary = trace.beside.summary.as_mut().unwrap();
    let place = if section.is_empty() { &mut summary[name] } else { &mut summary[section][name] };
    assert!(!place.is_null() && *place != value, "{section}.{name} is {place}");
    *place = value;
}

/// The number next to a figure of the summary.
pub fn nudge(trace: &mut Traced, path: &[&str]) {
    let mut place = trace.beside.summary.as_mut().unwrap();
    for key in path {
        place = &mut place[*key];
    }
    *place = match place.as_u64() {
        Some(count) => json!(count + 1),
        None => json!(f64::from_bits(place.as_f64().expect("a number").to_bits() + 1)),
    };
}

/// Peers that come and go, and would play the file at 7 bytes a second.
fn played() -> Value {
    with(&churn(), json!({ "output": { "playback_rate": 7 } }))
}

/// The mutants.
pub const FIGURES: &[Mutant] = &[
    ("another reason for the stop", plain, Rule::StopReason, |trace| {
        let at = trace.lines.len() - 1;
        trace.set(at, "why", "time");
    }),
    ("a stop that comes late", plain, Rule::StopAtOnce, |trace| {
        let at = trace.lines.len() - 1;
        trace.add(at, "t", 1);
    }),
    ("another end", plain, Rule::SummaryRun, |trace| nudge(trace, &["end_time_s"])),
    ("another strategy", plain, Rule::SummaryRun, |trace| summary(trace, "", "strategy", json!("random"))),
    ("a query too many", plain, Rule::SummaryRequests, |trace| nudge(trace, &["requests", "chunks_query", "sent"])),
    ("a loss too many", churn, Rule::SummaryRequests, |trace| nudge(trace, &["requests", "fetch_chunk", "lost"])),
    ("a peer too many", plain, Rule::SummaryPeers, |trace| nudge(trace, &["peers", "arrived"])),
    ("the last digit of a mean", plain, Rule::SummaryCompletion, |trace| nudge(trace, &["completion", "mean_s"])),
    ("the last digit of a quantile", churn, Rule::SummaryCompletion, |trace| nudge(trace, &["completion", "p95_s"])),
    ("a bound that does not apply", churn, Rule::SummaryCompletion, |trace| {
        trace.beside.summary.as_mut().unwrap()["completion"]["lower_bound_s"] = json!(1.0);
    }),
    ("the last digit of a lag", churn, Rule::SummaryExpiry, |trace| {
        nudge(trace, &["expiry", "detection_lag_s", "p50"])
    }),
    ("the last digit of the stale", churn, Rule::SummaryExpiry, |trace| nudge(trace, &["expiry", "mean_stale_listed"])),
    ("a control byte too many", plain, Rule::SummaryNetwork, |trace| nudge(trace, &["network", "control_bytes"])),
    ("the last digit of a share", churn, Rule::SummaryNetwork, |trace| {
        nudge(trace, &["network", "mean_uplink_utilisation"]);
    }),
    ("a duplicate too many", endgame, Rule::SummaryChunks, |trace| nudge(trace, &["chunks", "duplicate"])),
    ("the last digit of an entropy", churn, Rule::SummaryAvailability, |trace| {
        nudge(trace, &["availability", "mean_entropy"]);
    }),
    ("a peer too many in the club", churn, Rule::SummaryAvailability, |trace| {
        nudge(trace, &["availability", "max_one_club"]);
    }),
    ("the last digit of the mean club", churn, Rule::SummaryAvailability, |trace| {
        nudge(trace, &["availability", "mean_one_club"]);
    }),
    ("the last digit of a wait for the last chunk", churn, Rule::SummaryCompletion, |trace| {
        nudge(trace, &["completion", "last_chunk_wait_s", "mean"]);
    }),
    ("the last digit of a start-up delay", played, Rule::SummaryCompletion, |trace| {
        nudge(trace, &["playback", "startup_delay_s", "p95"]);
    }),
    ("a start-up delay that nobody asked for", churn, Rule::SummaryCompletion, |trace| {
        trace.beside.summary.as_mut().unwrap()["playback"]["startup_delay_s"]["mean"] = json!(1.0);
    }),
    ("a club that has one more at a sample", churn, Rule::TimeseriesTable, |trace| {
        trace.beside.samples.as_mut().unwrap()[2].one_club += 1;
    }),
    ("the last digit of the idle", churn, Rule::SummaryLoad, |trace| nudge(trace, &["uplinks", "idle_share"])),
    ("the last digit of a cause", churn, Rule::SummaryLoad, |trace| nudge(trace, &["uplinks", "on_the_way_share"])),
    ("the last digit of a load", plain, Rule::SummaryLoad, |trace| nudge(trace, &["tracker", "peak_requests_per_s"])),
    ("an idle uplink of another cause", churn, Rule::TimeseriesTable, |trace| {
        let rows = trace.beside.samples.as_mut().unwrap();
        let row = rows.iter_mut().find(|row| row.idle_on_the_way > 0).unwrap();
        (row.idle_on_the_way, row.idle_nobody_asks) = (row.idle_on_the_way - 1, row.idle_nobody_asks + 1);
    }),
    ("an uplink less to look at", churn, Rule::TimeseriesTable, |trace| {
        let rows = trace.beside.samples.as_mut().unwrap();
        rows.iter_mut().find(|row| row.uplinks_sampled > 0).unwrap().uplinks_sampled -= 1;
    }),
    ("a byte too many in a row", churn, Rule::PeersTable, |trace| {
        trace.beside.peers.as_mut().unwrap()[3].uploaded_bytes += 1;
    }),
    ("a row too few", churn, Rule::PeersTable, |trace| drop(trace.beside.peers.as_mut().unwrap().pop())),
    ("a lag that is longer by a nanosecond", churn, Rule::ExpiriesTable, |trace| {
        let rows = trace.beside.expiries.as_mut().unwrap();
        let row = rows.iter_mut().find(|row| row.lag_s.is_some()).unwrap();
        row.lag_s = row.lag_s.map(|lag| Seconds(lag.0 + 1));
    }),
    ("a request of the next interval", churn, Rule::TimeseriesTable, |trace| {
        trace.beside.samples.as_mut().unwrap()[1].chunks_query_requests += 1;
    }),
    ("the last digit of a rate", shared, Rule::TimeseriesTable, |trace| {
        let rows = trace.beside.samples.as_mut().unwrap();
        let row = rows.iter_mut().find(|row| row.uploading_bytes_per_s > 0.0).unwrap();
        row.uploading_bytes_per_s = f64::from_bits(row.uploading_bytes_per_s.to_bits() + 1);
    }),
    ("a sample too few", churn, Rule::TimeseriesTable, |trace| _ = trace.beside.samples.as_mut().unwrap().pop()),
    ("a sample that calls a leecher a seeder", churn, Rule::TimeseriesTable, |trace| {
        let rows = trace.beside.samples.as_mut().unwrap();
        let row = rows.iter_mut().find(|row| row.leechers > 0).unwrap();
        (row.leechers, row.seeders) = (row.leechers - 1, row.seeders + 1);
    }),
    ("a copy too many", churn, Rule::AvailabilityTable, |trace| {
        trace.beside.copies.as_mut().unwrap()[2].min_copies += 1;
    }),
    ("the last digit of a mean of copies", churn, Rule::AvailabilityTable, |trace| {
        let rows = trace.beside.copies.as_mut().unwrap();
        let row = rows.iter_mut().find(|row| row.mean_copies > 0.0).unwrap();
        row.mean_copies = f64::from_bits(row.mean_copies.to_bits() + 1);
    }),
];
