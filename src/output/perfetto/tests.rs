//! The form of an export, held to the Trace Event Format: what each phase must have, and what must match.

use super::*;
use crate::output::Trace;
use crate::scenario::from_json;
use crate::sim::QueueKind;
use crate::swarm::Simulation;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A swarm in which everything happens that a trace can tell.
const SCENARIO: &str = r#"{
    "name": "a", "seed": 3, "stop": { "at": "8min", "when": "time" },
    "file": { "size": "4000 kB", "max_chunk_size": "256 kB" },
    "tracker": { "entry_ttl": "60s", "max_peers_returned": 8, "outages": [{ "from": "40s", "until": "60s" }] },
    "protocol": { "active_proof_interval": "25s", "peer_list_interval": "20s", "failure_detection": "3s" },
    "strategy": { "kind": "random", "endgame": true },
    "network": { "sharing": "fifo", "latency": { "kind": "uniform", "min": "10ms", "max": "80ms" }, "loss": 0.05 },
    "peers": [
        { "group": "origin", "initial_chunks": "all", "up": "4 Mbit/s", "down": "40 Mbit/s" },
        { "group": "a \"quoted\" <group>", "count": 4, "initial_chunks": { "fraction": 0.5 }, "up": "1 Mbit/s",
          "down": "8 Mbit/s", "after_completion": "leave" },
        { "group": "home", "count": 20, "up": "1 Mbit/s", "down": "8 Mbit/s",
          "arrival": { "kind": "uniform", "from": 0, "until": "90s" },
          "session": { "kind": "exponential", "mean": "60s" },
          "rejoin": { "probability": 0.7, "after": "20s", "keep_chunks": true } } ] }"#;

fn trace() -> Vec<u8> {
    let scenario = from_json("a.json", SCENARIO.as_bytes()).unwrap().scenario;
    let run = Simulation::new(scenario.config, Trace::new(Vec::new(), "d15c"), QueueKind::Ladder);
    run.finish().0.finish().unwrap()
}

fn exported(trace: &[u8], choice: &Choice) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    export(&mut &*trace, &mut out, choice, &|| true).map(|_| out).map_err(|error| error.to_string())
}

/// The events of an export.
fn events(choice: &Choice) -> Vec<Value> {
    let text = exported(&trace(), choice).unwrap();
    let whole: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(whole["displayTimeUnit"], "ms");
    assert_eq!(whole["otherData"]["seed"], 3);
    whole["traceEvents"].as_array().unwrap().clone()
}

type Thread = (u64, u64);

fn thread(event: &Value) -> Thread {
    (event["pid"].as_u64().expect("a process"), event["tid"].as_u64().expect("a thread"))
}

fn text<'e>(event: &'e Value, key: &str) -> &'e str {
    event[key].as_str().unwrap_or_else(|| panic!("{key} of {event}"))
}

#[test]
fn every_event_has_what_its_phase_requires() {
    let events = events(&Choice::default());
    let mut last = 0.0;
    let mut phases = BTreeSet::new();
    for event in &events {
        let phase = text(event, "ph").to_owned();
        assert!(!text(event, "name").is_empty() && thread(event).0 > 0 && thread(event).1 > 0, "{event}");
        if phase != "M" {
            let ts = event["ts"].as_f64().expect("a time");
            assert!(ts >= last, "out of order: {event}");
            last = ts;
        }
        let is_id = event["id"].is_u64() || event["id"].is_string();
        match &*phase {
            "M" => assert!(event["args"]["name"].is_string() || event["args"]["sort_index"].is_u64(), "{event}"),
            "B" | "E" => {}
            "X" => assert!(event["dur"].is_number(), "{event}"),
            "b" | "e" | "s" => assert!(is_id && event["cat"].is_string(), "{event}"),
            "f" => assert!(is_id && event["cat"].is_string() && event["bp"] == "e", "{event}"),
            "C" => assert!(event["args"].as_object().unwrap().values().all(Value::is_number), "{event}"),
            "i" => assert_eq!(event["s"], "t"),
            other => panic!("phase {other}: {event}"),
        }
        phases.insert(phase);
    }
    assert_eq!(phases.into_iter().collect::<String>(), "BCEMXbefis");
}

#[test]
fn slices_open_and_close_in_pairs() {
    let events = events(&Choice::default());
    let mut open: BTreeMap<Thread, Vec<String>> = BTreeMap::new();
    let mut fetches: BTreeMap<String, (Thread, String)> = BTreeMap::new();
    let (mut sessions, mut overlap) = (0, 0);
    for event in &events {
        let name = text(event, "name").to_owned();
        let stack = open.entry(thread(event)).or_default();
        match text(event, "ph") {
            "B" => {
                assert!(stack.is_empty(), "{event}");
                stack.push(name);
                sessions += 1;
            }
            "E" => assert_eq!(stack.pop(), Some(name), "{event}"),
            "b" => {
                overlap = overlap.max(fetches.values().filter(|(by, _)| *by == thread(event)).count());
                let before = fetches.insert(text(event, "id").to_owned(), (thread(event), name));
                assert!(before.is_none(), "{event}");
            }
            "e" => assert_eq!(fetches.remove(text(event, "id")), Some((thread(event), name)), "{event}"),
            _ => {}
        }
    }
    assert!(open.values().all(Vec::is_empty) && fetches.is_empty(), "something is left open");
    assert!(sessions > 30 && overlap >= 3, "{sessions} sessions, {overlap} fetches at once");
}

#[test]
fn each_arrow_begins_and_ends_at_a_moment_of_its_own() {
    let events = events(&Choice::default());
    let mut under_way = BTreeMap::new();
    let mut arrows = 0;
    for pair in events.windows(2) {
        let [before, event] = pair else { unreachable!() };
        let phase = text(event, "ph");
        if phase != "s" && phase != "f" {
            continue;
        }
        // It is bound to the slice in which it lies: the moment written just before.
        let same = ["ts", "pid", "tid"].into_iter().all(|key| before[key] == event[key]);
        assert!(before["ph"] == "X" && same, "{before} {event}");
        let id = event["id"].as_u64().unwrap();
        assert_eq!(before["args"]["msg"], id);
        match phase {
            "s" => assert!(under_way.insert(id, event["name"].clone()).is_none(), "{event}"),
            _ => assert_eq!(under_way.remove(&id), Some(event["name"].clone()), "{event}"),
        }
        arrows += 1;
    }
    assert!(under_way.is_empty(), "{} arrows lead nowhere", under_way.len());
    assert!(arrows > 4_000, "{arrows}");
}

#[test]
fn all_that_the_trace_tells_is_there() {
    let trace = String::from_utf8(trace()).unwrap();
    let events = events(&Choice::default());
    let lines = |what: &str| trace.lines().filter(|line| line.contains(what)).count();
    let with = |phase: &str, name: &str| {
        events.iter().filter(|event| event["ph"] == phase && text(event, "name").starts_with(name)).count()
    };
    assert_eq!(with("s", ""), lines("\"ev\":\"send\""));
    assert_eq!(with("b", "fetches of peer"), lines("\"kind\":\"fetch_chunk_request\""));
    assert_eq!(with("B", "session"), lines("\"ev\":\"arrive\""));
    assert_eq!(with("i", "complete"), lines("\"ev\":\"complete\""));
    assert_eq!(with("i", "expiry") + with("i", "false expiry"), lines("\"ev\":\"expire\""));
    let cut = events.iter().filter(|event| event["ph"] == "X" && event["args"]["how"] == "cut").count();
    assert_eq!(cut, lines("\"ev\":\"cut\""));
    assert_eq!(with("M", "thread_name"), 1 + 25);
    assert_eq!(with("M", "process_name"), 1 + 3);
    let names = events.iter().filter(|event| event["name"] == "process_name").map(|event| text(&event["args"], "name"));
    assert_eq!(names.collect::<Vec<_>>(), ["swarm", "origin", "a \"quoted\" <group>", "home"]);
    // In the end, the origin alone and whoever stayed: population and copies are those of the last lines.
    let last =
        |name: &str| events.iter().rfind(|event| event["ph"] == "C" && event["name"] == name).unwrap()["args"].clone();
    let there = lines("\"ev\":\"arrive\"") - lines("\"ev\":\"depart\"");
    let peers = last("peers");
    assert_eq!(peers["leechers"].as_u64().unwrap() + peers["seeders"].as_u64().unwrap(), there as u64);
    assert!(last("copies")["fewest"].as_u64().unwrap() >= 1);
}

#[test]
fn what_is_left_out_is_not_there() {
    let all = events(&Choice::default());
    let some = events(&Choice { without: vec!["chunks_query".into()] });
    let queries = |events: &[Value]| events.iter().filter(|event| text(event, "name").contains("chunks_query")).count();
    assert!(queries(&all) > 1_000 && queries(&some) == 0);
    assert_eq!(all.len() - queries(&all), some.len());
}

#[test]
fn what_is_no_whole_trace_is_refused_with_its_line() {
    let good = String::from_utf8(trace()).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let refusal = |text: String| exported(text.as_bytes(), &Choice::default()).unwrap_err();
    let with = |place: usize, line: &str| {
        let mut lines = lines.clone();
        lines[place] = line;
        lines.join("\n") + "\n"
    };
    let cases = [
        (String::new(), "line 1: the file is empty"),
        ("{}\n".into(), "line 1: is no line of a trace"),
        (with(0, lines[1]), "line 1: is not the header"),
        (with(5, "{\"t\":0,\"ev\":\"dance\"}"), "line 6: is of the unknown kind \"dance\""),
        (with(5, "{\"t\":1.5,\"ev\":\"stop\"}"), "line 6: is no line of a trace"),
        (with(5, "{\"ev\":\"stop\",\"why\":\"time\"}"), "line 6: has no valid \"t\""),
        (with(5, "{\"t\":0,\"ev\":\"deliver\",\"msg\":99999999}"), "line 6: names message 99999999"),
        (with(5, "{\"t\":0,\"ev\":\"list\",\"peer\":4000000000}"), "line 6: names peer 4000000000"),
        (with(5, "{\"t\":0,\"ev\":\"arrive\",\"peer\":70000,\"group\":\"a\",\"chunks\":\"none\"}"), "out of turn"),
        (with(5, "{\"t\":0,\"ev\":\"stop\",\"why\":\"\\\"\"}"), "line 6: has no valid"),
        (lines[..lines.len() - 1].join("\n") + "\n", "is no `stop`"),
        (good[..good.len() - 4].to_owned(), "is cut off"),
        (good.clone() + &good, "follows the end"),
        (with(lines.len() / 2, "{\"t\":0,\"ev\":\"complete\",\"peer\":1}"), "is of 0 ns, after a line of"),
    ];
    for (text, expected) in cases {
        let found = refusal(text);
        assert!(found.contains(expected), "expected {expected:?}, found {found:?}");
    }
}
