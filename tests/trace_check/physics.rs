//! Mutants of runs with partitions, lossy spells, slow links, max–min fair links and departures of many at once.

use crate::common::with;
use crate::mutants::Mutant;
use crate::traced::{Traced, plain, shared};
use serde_json::{Value, json};
use swarmsim::check::Rule;

/// Queues on links; from 4.17 s to 7 s the origin is parted from everybody, from 13 s to 29 s the tracker is, and from 15 s to 18 s
/// messages are lost.
fn parted() -> Value {
    let faults = json!([
        { "kind": "partition", "between": ["origin", "home"], "from": "4.17s", "until": "7s" },
        { "kind": "partition", "between": ["tracker", "home"], "from": "13s", "until": "29s" },
        { "kind": "loss", "between": ["origin", "home"], "probability": 0.5, "from": "15s", "until": "18s" },
    ]);
    with(&plain(), json!({ "stop": { "at": "60s", "when": "time" }, "network": { "faults": faults } }))
}

/// Equal shares of links; those of the origin have a third of their speed from 4 s to 9 s.
fn slowed() -> Value {
    let slow = json!({ "kind": "slow", "groups": ["origin"], "factor": 0.3, "from": "4s", "until": "9s" });
    with(&shared(), json!({ "network": { "faults": [slow] } }))
}

/// Max–min fair links, slower for a while; one of three peers leaves at 5.3 s, and the run ends while chunks are on their way.
fn fluid() -> Value {
    let slow = json!({ "kind": "slow", "groups": ["home"], "factor": 0.5, "from": "3s", "until": "5s" });
    with(
        &plain(),
        json!({
            "stop": { "at": "9500ms", "when": "time" },
            "network": { "sharing": "max-min", "faults": [slow] },
            "departures": [{ "at": "5300ms", "count": 1, "groups": ["home"] }],
            "output": { "sample_interval": "1s" },
        }),
    )
}

/// Max–min fair links of 10 bytes per second and more, of which the origin's transfers share one of 7.
fn crossing() -> Value {
    with(
        &plain(),
        json!({ "network": { "sharing": "max-min", "backbones": [{ "from": "origin", "to": "home", "capacity": 7 }] } }),
    )
}

/// The first line that loses a message of this kind to a partition.
fn parted_from(trace: &Traced, kind: &str) -> usize {
    trace.find(|trace, at| {
        trace.is(at, "lose")
            && trace.lines[at]["why"] == "partition"
            && trace.sending(trace.number(at, "msg"))["kind"] == kind
    })
}

/// The first upload that broke off after some bytes.
fn broken_off(trace: &Traced) -> usize {
    trace.find(|trace, at| trace.is(at, "upload") && (1..10).contains(&trace.number(at, "bytes")))
}

/// The first upload by the origin that began within some seconds, and ended whole.
fn upload_within(trace: &Traced, from_s: u64, until_s: u64) -> usize {
    let times = from_s * 1_000_000_000..until_s * 1_000_000_000;
    trace.find(|trace, at| {
        let begins = |at| times.contains(&trace.number(at, "start"));
        trace.is(at, "upload") && trace.number(at, "from") == 1 && trace.number(at, "bytes") == 10 && begins(at)
    })
}

/// Moves an upload's end.
fn end_upload(trace: &mut Traced, at: usize, end: u64) {
    trace.set(at, "end", end);
    trace.move_to(at, end);
}

fn departure(trace: &Traced) -> usize {
    trace.find(|trace, at| trace.is(at, "depart"))
}

/// The mutants.
pub const PHYSICS: &[Mutant] = &[
    ("a message that gets through a partition", parted, Rule::LostInPartition, |trace| {
        let at = parted_from(trace, "active_proof_request");
        let (msg, t) = (trace.number(at, "msg"), trace.number(at, "t") + 50_000_000);
        trace.lines[at] = json!({ "t": t, "ev": "deliver", "msg": msg });
        let by = trace.sending(msg)["from"].clone();
        let at = trace.move_to(at, t);
        trace.lines.insert(at + 1, json!({ "t": t, "ev": "list", "peer": by, "expires": t + 20_000_000_000 }));
    }),
    ("a message on its way that a partition swallows", parted, Rule::LostInPartition, |trace| {
        let begins = 4_170_000_000;
        let at = trace.find(|trace, at| {
            let msg = |at| trace.sending(trace.number(at, "msg"));
            trace.is_delivery(at, "chunks_query_response")
                && msg(at)["from"] == 1
                && trace.number(at, "t") >= begins
                && msg(at)["t"].as_u64() < Some(begins)
        });
        trace.set(at, "ev", "lose");
        trace.set(at, "why", "partition");
    }),
    ("a message between the wrong sides of a partition", parted, Rule::LostInPartition, |trace| {
        let at = trace.find(|trace, at| {
            trace.is_send(at, "chunks_query_request")
                && trace.number(at, "to") != 1
                && (4_200_000_000..6_900_000_000).contains(&trace.number(at, "t"))
        });
        let (t, msg) = (trace.number(at, "t"), trace.number(at, "msg"));
        trace.lines.insert(at + 1, json!({ "t": t, "ev": "lose", "msg": msg, "why": "partition" }));
    }),
    ("a loss when the lossy spell is over", parted, Rule::LossByChance, |trace| {
        let at =
            trace.find(|trace, at| trace.is_send(at, "active_proof_request") && trace.number(at, "t") > 18_000_000_000);
        let (t, msg) = (trace.number(at, "t"), trace.number(at, "msg"));
        trace.lines.insert(at + 1, json!({ "t": t, "ev": "lose", "msg": msg, "why": "loss" }));
    }),
    ("an upload that goes on in a partition", parted, Rule::UplinkTiming, |trace| {
        let at = broken_off(trace);
        assert_eq!(trace.number(at, "t"), 4_170_000_000);
        trace.lines.remove(at);
    }),
    ("a byte too few before a partition", parted, Rule::UplinkTiming, |trace| {
        let at = broken_off(trace);
        trace.add(at, "bytes", -1);
    }),
    ("a cut by a partition that is noticed early", parted, Rule::CutTiming, |trace| {
        let at = trace.find(|trace, at| trace.is(at, "cut"));
        let t = trace.number(at, "t") - 1;
        trace.move_to(at, t);
    }),
    ("a cut by a partition that nobody notices", parted, Rule::CutTiming, |trace| {
        let at = trace.find(|trace, at| trace.is(at, "cut"));
        trace.lines.remove(at);
    }),
    ("an entry that outlives a partition", parted, Rule::SweepLeavesNothing, |trace| {
        let at = trace.find(|trace, at| trace.is(at, "expire"));
        assert_eq!(trace.lines[at]["alive"], true);
        trace.lines.remove(at);
    }),
    ("a slowed upload that is over a nanosecond early", slowed, Rule::FairShare, |trace| {
        let at = upload_within(trace, 3, 4);
        let end = trace.number(at, "t") - 1;
        end_upload(trace, at, end);
    }),
    ("a slowed link that is as fast as ever", slowed, Rule::LinkCapacity, |trace| {
        let at = upload_within(trace, 3, 4);
        let end = trace.number(at, "start") + 1_000_000_000;
        end_upload(trace, at, end);
    }),
    ("a max-min upload that starts late", fluid, Rule::FairShare, |trace| {
        let at = upload_within(trace, 0, 9);
        trace.add(at, "start", 1);
    }),
    ("a max-min upload that has less than its share", fluid, Rule::FairShare, |trace| {
        let at = broken_off(trace);
        trace.set(at, "bytes", 0);
    }),
    ("a max-min link that is too fast", fluid, Rule::LinkCapacity, |trace| {
        let at = upload_within(trace, 0, 9);
        let end = trace.number(at, "start") + 300_000_000;
        end_upload(trace, at, end);
    }),
    ("a max-min upload slower than equal shares", fluid, Rule::FairShare, |trace| {
        let at = upload_within(trace, 0, 9);
        let end = trace.number(at, "t") + 40_000_000;
        end_upload(trace, at, end);
    }),
    ("a backbone that is too fast", crossing, Rule::LinkCapacity, |trace| {
        let at = upload_within(trace, 0, 9);
        let (start, end) = (trace.number(at, "start"), trace.number(at, "t"));
        assert!(end - start >= 1_428_571_428, "10 bytes at 7 bytes/s");
        end_upload(trace, at, start + 1_200_000_000);
    }),
    ("a transfer that gets less than its share of a backbone", crossing, Rule::FairShare, |trace| {
        let at = upload_within(trace, 0, 9);
        let end = trace.number(at, "t") + 40_000_000;
        end_upload(trace, at, end);
    }),
    ("bytes under way that no link can have carried", fluid, Rule::BytesConserved, |trace| {
        let summary = trace.beside.summary.as_mut().unwrap();
        let told = summary["network"]["in_flight_bytes"].as_u64().unwrap();
        summary["network"]["in_flight_bytes"] = json!(told + 100);
    }),
    ("a rate at the end that no link can have had", fluid, Rule::TimeseriesTable, |trace| {
        let rows = trace.beside.samples.as_mut().unwrap();
        rows[8].uploading_bytes_per_s += 50.0;
    }),
    ("a peer drawn among many that stays", fluid, Rule::SessionLength, |trace| {
        let at = departure(trace);
        assert_eq!(trace.number(at, "t"), 5_300_000_000);
        trace.lines.remove(at);
    }),
    ("a peer that leaves in another's place", fluid, Rule::SessionLength, |trace| {
        let at = departure(trace);
        let other = if trace.number(at, "peer") == 2 { 3 } else { 2 };
        trace.set(at, "peer", other);
    }),
    ("a departure of many a nanosecond early", fluid, Rule::SessionLength, |trace| {
        let at = departure(trace);
        trace.add(at, "t", -1);
    }),
];

#[test]
fn the_bases_pass() {
    for scenario in [parted(), slowed(), fluid(), crossing()] {
        let report = Traced::run(&scenario).check().expect("a trace");
        assert!(report.holds(), "{}\n{scenario}", report.complaints("trace"));
    }
}
