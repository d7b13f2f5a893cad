//! Tests of what a scenario says of latencies, faults and churn: what is refused and why, and that the resolved scenario holds
//! all that was in files.

use super::*;
use serde_json::{Value, json};

fn scenario(network: Value, groups: &[Value]) -> Value {
    json!({ "stop": { "at": "1h" }, "network": network, "peers": groups })
}

fn group(name: &str, change: &Value) -> Value {
    let mut group = json!({ "group": name, "initial_chunks": "all", "up": "1 Mbit/s", "down": "8 Mbit/s" });
    for (key, value) in change.as_object().expect("an object") {
        group[key] = value.clone();
    }
    group
}

fn read(value: &Value, files: &[(&str, &str)]) -> Result<Checked, Report> {
    let load = |name: &str| {
        let file = files.iter().find(|(known, _)| *known == name);
        file.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| format!("the file \"{name}\" cannot be read"))
    };
    Document::parse("a.json", value.to_string().as_bytes())?.read(&[], &load)
}

fn refusal(value: &Value, files: &[(&str, &str)]) -> String {
    match read(value, files) {
        Ok(_) => panic!("it was accepted: {value}"),
        Err(report) => report.to_string(),
    }
}

/// Reading what was written, without any file, gives the same scenario.
fn assert_reads_back(value: &Value, files: &[(&str, &str)]) -> Value {
    let first = read(value, files).unwrap_or_else(|report| panic!("{report}")).scenario;
    let second = from_json("again.json", first.to_json_text().as_bytes()).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(format!("{first:?}"), format!("{:?}", second.scenario));
    assert_eq!(first.to_json_text(), second.scenario.to_json_text());
    first.to_json()
}

const MATRIX: &str = "# three nodes, in ms\n0, 20.5, 80us\n\n20.5,0,100\n0.08,100,1e0ms\n";
const TRACE: &str = "arrival_s,session_s\n0.5,120\n# a comment\n3600.000000001,\n1min,2h\n";

#[test]
fn files_are_written_into_the_resolved_scenario() {
    let matrix = MATRIX.replace("1e0ms", "1");
    let network = json!({ "latency": { "kind": "matrix", "file": "rtt.csv" } });
    let arrival = json!({ "arrival": { "kind": "trace", "file": "arrivals.csv" }, "session": "1h" });
    let value = scenario(network, &[group("home", &arrival)]);
    let files = [("rtt.csv", &*matrix), ("arrivals.csv", TRACE)];
    let resolved = assert_reads_back(&value, &files);
    let expected = json!({ "kind": "matrix", "round_trips": ["0,20.5,0.08", "20.5,0,100", "0.08,100,1"] });
    assert_eq!(resolved["network"]["latency"], expected);
    assert_eq!(
        resolved["peers"][0]["arrival"],
        json!({ "kind": "trace", "arrivals": ["0.5s", "3600000000001ns", "1min"], "sessions": ["2min", null, "2h"] })
    );
    assert_eq!(resolved["peers"][0]["count"], 3);
    // A row after the end of the run is legal, and surely not meant.
    let warnings = read(&value, &files).unwrap().warnings.to_string();
    assert!(warnings.contains("1 of 3 recorded arrivals are after the end"), "{warnings}");
}

#[test]
fn all_that_can_be_said_of_the_network_reads_back() {
    let regions = json!({ "kind": "regions", "regions": ["eu", "us"], "matrix": [["10ms", "40ms"], ["45ms", 0.012]],
                          "tracker": "us", "spread": 0.25 });
    let faults = json!([
        { "kind": "partition", "between": ["eu", "us"], "from": "10min", "until": "12min" },
        { "kind": "partition", "between": ["tracker", "b"], "from": "12min", "until": "13min" },
        { "kind": "loss", "between": ["a", "us"], "probability": 0.25, "from": 0, "until": "12min" },
        { "kind": "loss", "probability": 1, "from": "12min", "until": "13min" },
        { "kind": "slow", "groups": ["eu"], "links": "up", "factor": 0.1, "from": 1, "until": "2h" },
        { "kind": "slow", "groups": ["a", "b"], "links": "down", "rate": "10 kB/s", "from": 1, "until": 2 },
    ]);
    let backbones = json!([
        { "from": "eu", "to": "us", "capacity": "1 Gbit/s" },
        { "from": "us", "to": "us", "capacity": "7 Mbit/s" },
        { "from": "a", "capacity": 1000 },
        { "to": "us", "capacity": "2 MB/s" },
    ]);
    let network = json!({ "sharing": "max-min", "latency": regions, "max_transfer_rate": "1 MB/s",
                          "backbones": backbones, "faults": faults });
    let groups = [
        group("a", &json!({ "region": "eu", "count": 5, "max_transfer_rate": "2 Mbit/s" })),
        group("b", &json!({ "region": "eu", "arrival": { "kind": "diurnal", "mean_rate_per_s": 0.1 }, "count": null })),
        group("us", &json!({ "session": { "kind": "preset", "name": "stutzbach-rejaie-2006-bittorrent" } })),
    ];
    let mut value = scenario(network, &groups);
    value["departures"] = json!([{ "at": "5min", "fraction": 0.5, "groups": ["eu"] }, { "at": "5min", "count": 2 }]);
    let resolved = assert_reads_back(&value, &[]);
    assert_eq!(resolved["network"]["backbones"][2], json!({ "from": "a", "capacity": "8 kbit/s" }));
    assert_eq!(resolved["departures"][0]["groups"], json!(["a", "b"]));
    assert_eq!(resolved["departures"][1]["groups"], json!(["a", "b", "us"]));
    assert_eq!(resolved["peers"][2]["region"], "us", "a group lies in the region of its name");
    assert_eq!(resolved["peers"][2]["session"], json!({ "kind": "weibull", "shape": 0.59, "scale": "2514s" }));

    let x = json!({ "kind": "normal", "mean": 50, "std_dev": 10.5 });
    let coordinates = json!({ "kind": "coordinates", "x": x, "y": 7, "per_unit": "1ms",
                              "height": { "kind": "exponential", "mean": "3ms" } });
    assert_reads_back(&scenario(json!({ "latency": coordinates }), &[group("a", &json!({}))]), &[]);
    let world = json!({ "kind": "regions", "regions": "world" });
    let resolved =
        assert_reads_back(&scenario(json!({ "latency": world }), &[group("a", &json!({ "region": "europe" }))]), &[]);
    assert_eq!(resolved["network"]["latency"]["matrix"][3][3], "10ms");
}

/// Groups 0 and 1 are in the east, group 2 in the west.
#[test]
fn backbones_are_between_the_groups_that_are_meant() {
    let regions = json!({ "kind": "regions", "regions": ["east", "west"], "matrix": [[0, 0], [0, 0]] });
    let backbones = json!([
        { "from": "east", "to": "west", "capacity": 1 }, { "from": "a", "capacity": 1 }, { "to": "west", "capacity": 1 },
        { "from": "east", "to": "east", "capacity": 1 },
    ]);
    let network = json!({ "sharing": "max-min", "latency": regions, "backbones": backbones });
    let east = json!({ "region": "east" });
    let groups = [group("a", &east), group("b", &east), group("west", &json!({}))];
    let config = read(&scenario(network, &groups), &[]).unwrap_or_else(|report| panic!("{report}")).scenario.config;
    let ends = |one: &crate::swarm::config::Backbone| {
        let laid = one.between_groups(3);
        (laid.from, laid.to)
    };
    let found: Vec<_> = config.network.backbones.iter().map(ends).collect();
    let expected = [(vec![0, 1], vec![2]), (vec![0], vec![1, 2]), (vec![0, 1], vec![2]), (vec![0, 1], vec![0, 1])];
    assert_eq!(found, expected);
}

#[test]
fn what_is_wrong_with_files_is_told_by_line() {
    for (text, expected) in [
        ("0,1\n1", "line 2 has 1 values, but there are 2 rows; accepted: a square matrix"),
        ("0,1,2\n1,0,2", "line 1 has 3 values, but there are 2 rows"),
        ("0,-1\n1,0", "line 1, column 2: found -1; accepted: a round trip of at least 0"),
        ("0,1\nx,0", "line 2, column 1: "),
        ("0,\n1,0", "line 1, column 2: "),
        (
            "0,1e999\n1,0",
            "line 1, column 2: found \"1e999\"; write the number without an exponent; accepted: a round trip in milliseconds",
        ),
        ("0,99999999999999\n1,0", "line 1, column 2: found \"99999999999999\"; accepted: at most 100 years"),
        ("# nothing\n", "holds 0 rows; accepted: from 1 to 1,000"),
    ] {
        let value = scenario(json!({ "latency": { "kind": "matrix", "file": "rtt.csv" } }), &[group("a", &json!({}))]);
        let report = refusal(&value, &[("rtt.csv", text)]);
        assert!(
            report.contains("$.network.latency.file: the file \"rtt.csv\": ") && report.contains(expected),
            "{report}"
        );
    }
    for (text, expected) in [
        ("", "is empty; accepted: a first line \"arrival_s\""),
        ("arrival_s\n", "holds no peers"),
        ("arival_s\n1", "line 1: found the column \"arival_s\"; did you mean \"arrival_s\"?"),
        ("session_s\n1", "the column arrival_s is missing"),
        ("arrival_s,arrival_s\n1,2", "is there twice"),
        ("arrival_s,session_s\n1", "line 2 has 1 values; accepted: 2"),
        ("arrival_s\n-1", "line 2: "),
        ("arrival_s\nnan", "line 2: "),
        ("arrival_s\n\"1\"", "line 2: "),
    ] {
        let home = group("home", &json!({ "arrival": { "kind": "trace", "file": "t.csv" } }));
        let report = refusal(&scenario(json!({ "latency": 0 }), &[home]), &[("t.csv", text)]);
        assert!(
            report.contains("$.peers[0].arrival.file: the file \"t.csv\": ") && report.contains(expected),
            "{report}"
        );
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let regions = json!({ "kind": "regions", "regions": ["eu", "us"], "matrix": [[1, 2], [3, 4]] });
    let here = |change: Value| [group("eu", &change)];
    let faulty = |faults: Value| json!({ "latency": regions, "faults": faults });
    let slow = json!([{ "kind": "slow", "groups": ["eu"], "factor": 0.5, "from": 0, "until": 1 }]);
    let partition =
        |from: u32, until: u32| json!({ "kind": "partition", "between": ["eu", "us"], "from": from, "until": until });
    let cases = [
        (json!({ "latency": 0 }), here(json!({ "region": "eu" })), "$.peers[0].region: no regions are known"),
        (
            json!({ "latency": regions }),
            [group("home", &json!({}))],
            "$.peers[0].region: is missing; accepted: one of \"eu\", \"us\"",
        ),
        (json!({ "latency": regions }), here(json!({ "region": "US" })), "did you mean \"us\"?"),
        (
            json!({ "latency": { "kind": "regions", "regions": ["eu"], "matrix": [[1, 2]] } }),
            here(json!({})),
            "$.network.latency.matrix[0]: found 2 values; accepted: 1",
        ),
        (
            json!({ "latency": { "kind": "regions", "regions": ["eu", "us"], "matrix": [[1, 2]] } }),
            here(json!({})),
            "$.network.latency.matrix: found 1 rows; accepted: 2",
        ),
        (
            json!({ "latency": { "kind": "regions", "regions": ["eu"], "matrix": [[1]], "tracker": "asia" } }),
            here(json!({})),
            "$.network.latency.tracker: found \"asia\"",
        ),
        (faulty(json!([partition(5, 5)])), here(json!({})), "$.network.faults[0].until: 5 s is not after from, 5 s"),
        (
            faulty(json!([partition(1, 5), partition(4, 9)])),
            [group("eu", &json!({}))],
            "$.network.faults[1]: overlaps faults[0]",
        ),
        (
            faulty(json!([{ "kind": "partition", "between": ["eu", "tracker"], "from": 0, "until": 1 }])),
            here(json!({})),
            "$.network.faults[0].between[1]: \"tracker\" and \"eu\" are not apart",
        ),
        (
            faulty(json!([{ "kind": "partition", "between": ["eu", "mars"], "from": 0, "until": 1 }])),
            here(json!({})),
            "$.network.faults[0].between[1]: found \"mars\"; accepted: \"eu\", \"us\", \"tracker\"",
        ),
        (
            json!({ "latency": regions, "sharing": "fifo", "faults": slow, "max_transfer_rate": 5 }),
            here(json!({ "max_transfer_rate": 5 })),
            "$.network.faults[0].kind: slows links; accepted with the sharing \"equal-share\" or \"max-min\" alone",
        ),
        (
            json!({ "latency": 0, "sharing": "equal-share", "backbones": [{ "from": "eu", "to": "eu", "capacity": 1 }] }),
            here(json!({})),
            "$.network.backbones: are shared by many transfers; accepted with the sharing \"max-min\" alone",
        ),
        (
            json!({ "latency": 0, "sharing": "max-min", "backbones": [{ "from": "mars", "capacity": 1 }] }),
            here(json!({})),
            "$.network.backbones[0].from: found \"mars\"; accepted: \"eu\", \"tracker\"",
        ),
        (
            json!({ "latency": 0, "sharing": "max-min", "backbones": [{ "to": "tracker", "from": "eu", "capacity": 1 }] }),
            here(json!({})),
            "$.network.backbones[0].to: found \"tracker\", where no peer is",
        ),
        (
            json!({ "latency": 0, "sharing": "max-min", "backbones": [{ "capacity": 1 }] }),
            here(json!({})),
            "$.network.backbones[0].from: is missing",
        ),
        (
            json!({ "latency": 0, "sharing": "max-min", "backbones": [{ "to": "eu", "capacity": 1 }] }),
            here(json!({})),
            "$.network.backbones[0]: all peers are in \"eu\"",
        ),
        (
            json!({ "latency": 0, "sharing": "max-min", "backbones": [{ "from": "eu", "to": "eu", "capacity": 1 },
                    { "from": "eu", "to": "eu", "capacity": 2 }] }),
            here(json!({})),
            "$.network.backbones[1]: is between the same as backbones[0]",
        ),
        (
            json!({ "latency": 0 }),
            here(json!({ "arrival": { "kind": "trace", "arrivals": [1, 2] }, "count": 3 })),
            "$.peers[0].count: found 3, but the trace has 2 rows; accepted: 2, or null",
        ),
        (
            json!({ "latency": 0 }),
            here(json!({ "arrival": { "kind": "trace", "arrivals": [1, 2], "sessions": [1] } })),
            "$.peers[0].arrival.sessions: found 1; accepted: 2, one for each arrival",
        ),
    ];
    for (network, groups, expected) in cases {
        let report = refusal(&scenario(network, &groups), &[]);
        assert!(report.contains(expected), "{expected}\n{report}");
    }
    let mut value = scenario(json!({ "latency": 0 }), &here(json!({})));
    value["departures"] = json!([{ "at": 1, "count": 1, "groups": ["us"] }, { "at": 1 }]);
    let report = refusal(&value, &[]);
    for expected in ["$.departures[0].groups[0]: found \"us\"", "$.departures[1].fraction: is missing"] {
        assert!(report.contains(expected), "{report}");
    }
}

#[test]
fn what_happens_after_the_end_is_a_warning() {
    let faults = json!([{ "kind": "loss", "probability": 1, "from": "2h", "until": "3h" }]);
    let mut value = scenario(json!({ "latency": 0, "faults": faults }), &[group("a", &json!({}))]);
    value["departures"] = json!([{ "at": "2h", "count": 1 }]);
    let warnings = read(&value, &[]).unwrap().warnings.to_string();
    for expected in ["$.network.faults[0]: a fault begins at 7200 s", "$.departures[0]: peers leave at 7200 s"] {
        assert!(warnings.contains(expected), "{warnings}");
    }
}
