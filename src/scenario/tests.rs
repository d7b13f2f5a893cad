//! Tests of the module as a whole: what is read is written and read back, the schema and the reader agree,
//! and one report holds every problem.

use super::keys::{self, Kinds};
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A scenario with little in it, as JSON.
fn minimal() -> Value {
    json!({
        "stop": { "at": "1h" },
        "network": { "latency": "20ms" },
        "peers": [{ "group": "home", "initial_chunks": "all", "up": "1 Mbit/s", "down": "8 Mbit/s" }],
    })
}

fn read_value(value: &Value) -> Result<Checked, Report> {
    from_json("test.json", value.to_string().as_bytes())
}

/// `minimal` with one value set: a path as overrides write it.
fn with(path: &str, value: &Value) -> Value {
    let mut root = minimal();
    let mut place = &mut root;
    for step in path.split('.') {
        place = match step.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[step],
        };
    }
    *place = value.clone();
    root
}

#[test]
fn embedded_scenarios_are_read_without_a_word() {
    for embedded in EMBEDDED {
        let checked = from_json(embedded.name, embedded.text.as_bytes()).unwrap_or_else(|report| panic!("{report}"));
        assert!(checked.warnings.is_empty(), "{}", checked.warnings);
        assert_eq!(checked.scenario.name, embedded.name);
        assert!(embedded.summary().len() > 20, "{}: {}", embedded.name, embedded.summary());
    }
    assert_eq!(EMBEDDED[0].name, embedded::DEFAULT);
}

#[test]
fn defaults_are_those_of_the_documentation() {
    let resolved = read_value(&minimal()).unwrap().scenario.to_json();
    let expected = json!({
        "name": "scenario", "description": "", "seed": 1,
        "stop": { "at": "1h", "when": "all-complete" },
        "file": { "size": "256 MiB", "max_chunk_size": "256 KiB" },
        "tracker": { "entry_ttl": "2min", "sweep_interval": "10s", "max_peers_returned": null,
                     "late_proof": "readmit", "outages": [] },
        "protocol": { "active_proof_interval": "40s", "peer_list_interval": "1min", "chunks_query_interval": "5s",
                      "request_timeout": "10s", "max_parallel_fetches": 4, "max_fetches_per_neighbor": 1,
                      "max_neighbors": null, "failure_detection": "reset" },
        "strategy": { "kind": "rarest-first", "endgame": false },
        "source": "random",
        "network": { "sharing": "equal-share", "latency": "20ms", "jitter": "0s", "loss": 0.0 },
        "peers": [{ "group": "home", "count": 1, "initial_chunks": "all", "up": "1 Mbit/s", "down": "8 Mbit/s",
                    "arrival": { "kind": "at", "time": "0s" }, "after_completion": { "kind": "stay" } }],
        "output": { "sample_interval": "10s" },
        "expect": [],
    });
    assert_eq!(resolved, expected);
    assert_eq!(resolved.to_string(), expected.to_string(), "the order of the keys, too");
}

#[test]
fn all_problems_come_in_one_report_in_the_order_of_the_file() {
    let text = br#"{
  "sed": 1,
  "stop": { "at": "1h", "when": "never" },
  "file": { "size": "1 MiB", "max_chunk_size": "2 MiB" },
  "tracker": { "entry_ttl": 0, "outages": [{ "from": 5, "until": 5 }] },
  "network": { "latency": { "kind": "uniform", "min": 2, "max": 1, "mean": 3 }, "loss": 1.5 },
  "peers": [{ "group": "a/b", "up": "1 Mb", "down": 0 }, { "group": "x", "up": 1 }],
  "expect": [{ "metric": "completion.mean", "at_least": 1 }, { "metric": "events" }]
}"#;
    let report = from_json("bad.json", text).unwrap_err().to_string();
    let places: Vec<&str> = report
        .lines()
        .filter_map(|line| line.strip_prefix("error: bad.json:"))
        .map(|line| line.split(' ').nth(1).unwrap().trim_end_matches(':'))
        .collect();
    let expected = [
        "$.sed",
        "$.stop.when",
        "$.file.max_chunk_size",
        "$.tracker.entry_ttl",
        "$.tracker.outages[0].until",
        "$.network.latency.max",
        "$.network.latency.mean",
        "$.network.loss",
        "$.peers[0].group",
        "$.peers[0].up",
        "$.peers[0].down",
        "$.peers[1].down",
        "$.expect[0].metric",
        "$.expect[1]",
    ];
    assert_eq!(places, expected, "{report}");
}

#[test]
fn an_override_is_reported_as_it_was_typed() {
    let document = Document::parse("a.json", minimal().to_string().as_bytes()).unwrap();
    let read = |set: &str| document.read(&[Override::parse(set).unwrap()], &|_| Err("no files".into()));
    let report = read("tracker.entry_ttl=90x").unwrap_err().to_string();
    assert!(report.starts_with("error: --set tracker.entry_ttl=90x: $.tracker.entry_ttl: found \"90x\""), "{report}");
    let report = read("tracker.ttl=90s").unwrap_err().to_string();
    assert!(report.contains("accepted: entry_ttl, sweep_interval"), "{report}");
    assert_eq!(read("seed=18446744073709551615").unwrap().scenario.config.seed, u64::MAX);
}

#[test]
fn what_is_legal_and_not_meant_is_a_warning() {
    for (path, value, expected) in [
        ("tracker", json!({ "entry_ttl": "30s" }), "every 40 s, but entries expire after 30 s"),
        ("peers.0.initial_chunks", json!({ "all_but": [7] }), "nobody begins with chunk 7,"),
        ("peers.0.initial_chunks", json!({ "list": [0] }), "nobody begins with 1,023 chunks (such as 1, 2, 3, 4, 5)"),
        ("peers.0.initial_chunks", json!("none"), "nobody begins with any chunk"),
        ("peers.0.arrival", json!({ "kind": "at", "time": "2h" }), "after the end of the run"),
        ("tracker", json!({ "outages": [{ "from": "2h", "until": "3h" }] }), "after the end of the run"),
        ("tracker", json!({ "outages": [{ "from": 0, "until": "2h" }] }), "out during the whole run"),
    ] {
        let checked = read_value(&with(path, &value)).unwrap_or_else(|report| panic!("{report}"));
        let warnings = checked.warnings.to_string();
        assert!(warnings.starts_with("warning: test.json:1:") && warnings.contains(expected), "{warnings}");
    }
}

#[test]
fn values_of_a_file_are_resolved() {
    let value = with("peers.0.session", &json!({ "kind": "empirical", "file": "sessions.txt" }));
    let document = Document::parse("a.json", value.to_string().as_bytes()).unwrap();
    let load = |name: &str| {
        assert_eq!(name, "sessions.txt");
        Ok(b"# minutes\n1.5\n\n2min\n".to_vec())
    };
    let resolved = document.read(&[], &load).unwrap().scenario.to_json();
    assert_eq!(resolved["peers"][0]["session"], json!({ "kind": "empirical", "values": ["1.5s", "2min"] }));
    let bad = |_: &str| Ok(b"1\nx\n".to_vec());
    assert!(document.read(&[], &bad).unwrap_err().to_string().contains("line 2"));
}

#[test]
fn what_no_machine_can_run_is_refused_with_the_estimate() {
    let huge = [
        with("peers.0.count", &json!(2_000_000_000)),
        with("peers.0.count", &json!(10_000_000)),
        with("file", &json!({ "size": 1_000_000_000, "max_chunk_size": 1 })),
        with("output", &json!({ "sample_interval": "1ns" })),
        with("protocol", &json!({ "active_proof_interval": "1ns" })),
    ];
    for mut value in huge {
        // All are complete from the beginning, so that a run would be over at once.
        value["stop"]["when"] = json!("time");
        let scenario = read_value(&value).unwrap_or_else(|report| panic!("{report}")).scenario;
        let message = Estimate::of(&scenario).within(2 << 30, 1e11).unwrap_err();
        assert!(message.contains("a run would take about"), "{message}");
    }
    let report = read_value(&with("peers.0.count", &json!(1_000_000_000_000u64))).unwrap_err().to_string();
    assert!(report.contains("iB of memory"), "{report}");
    assert!(Estimate::of(&read_value(&minimal()).unwrap().scenario).within(1 << 30, 1e9).is_ok());
}

/// 64 neighbors fit into a word, and each of 999 downloaders keeps 256 words; 65 do not.
#[test]
fn tables_of_who_has_what_are_estimated() {
    let memory = |neighbors: u32| {
        let mut value = with("protocol", &json!({ "max_neighbors": neighbors }));
        value["file"] = json!({ "size": "64 MiB", "max_chunk_size": "256 KiB" });
        let home = json!({ "group": "more", "count": 999, "up": "1 Mbit/s", "down": "8 Mbit/s" });
        value["peers"].as_array_mut().unwrap().push(home);
        Estimate::of(&read_value(&value).unwrap_or_else(|report| panic!("{report}")).scenario).memory_bytes as f64
    };
    let more = memory(64) - memory(65);
    assert!((0.9..1.05).contains(&(more / (999.0 * 256.0 * 8.0))), "{more} bytes");
}

/// Each thread more has a copy of all logs, unless the swarm cannot be taken apart.
#[test]
fn threads_take_memory_where_a_swarm_is_apart() {
    let more = |sharing: &str, lists: Value, max_chunk_size: &str| {
        let mut value = with("network", &json!({ "sharing": sharing, "latency": "40ms" }));
        value["tracker"] = json!({ "max_peers_returned": lists });
        value["file"] = json!({ "size": "64 MiB", "max_chunk_size": max_chunk_size });
        let home = json!({ "group": "more", "count": 999, "up": "1 Mbit/s", "down": "8 Mbit/s" });
        value["peers"].as_array_mut().unwrap().push(home);
        let scenario = read_value(&value).unwrap_or_else(|report| panic!("{report}")).scenario;
        let estimate = Estimate::of(&scenario);
        assert_eq!(estimate.on_threads(&scenario, 1), estimate);
        let [two, three] = [2, 3].map(|threads| {
            let Estimate { memory_bytes, .. } = estimate.on_threads(&scenario, threads);
            memory_bytes - estimate.memory_bytes
        });
        assert_eq!(three, 2 * two);
        two as f64 / estimate.peers as f64
    };
    let each = more("fifo", json!(50), "256 KiB");
    assert!((1_200.0..1_400.0).contains(&each), "{each} bytes");
    let wide = more("fifo", json!(50), "512 B");
    assert!(wide > 4.0 * 131_072.0, "{wide} bytes");
    assert_eq!(more("equal-share", json!(50), "256 KiB"), 0.0);
    assert_eq!(more("fifo", json!(null), "256 KiB"), 0.0);
}

/// Values that a key takes or refuses. The schema must say the same as the reader.
fn snippets() -> Vec<(&'static str, Value, bool)> {
    let mut all = Vec::new();
    let mut add = |path: &'static str, good: Vec<Value>, bad: Vec<Value>| {
        all.extend(good.into_iter().map(|value| (path, value, true)));
        all.extend(bad.into_iter().map(|value| (path, value, false)));
    };
    add("seed", vec![json!(0), json!(u64::MAX)], vec![json!(-1), json!("1"), json!(null), json!(1.5)]);
    add(
        "name",
        vec![json!("a b"), json!("<x>"), json!("..a"), json!("é,=%s")],
        vec![json!(""), json!("a/b"), json!("-a"), json!(".."), json!(1)],
    );
    add(
        "stop",
        vec![json!({"at": 5})],
        vec![json!({}), json!({"at": "5 min utes"}), json!({"at": -1}), json!({"at": 5, "x": 1})],
    );
    add(
        "file",
        vec![json!({}), json!({"size": "1.5 kB", "max_chunk_size": 1})],
        vec![json!({"size": "1 KB"}), json!({"size": 0}), json!([])],
    );
    add(
        "tracker",
        vec![json!({"max_peers_returned": null}), json!({"max_peers_returned": 5, "late_proof": "ignore"})],
        vec![
            json!({"max_peers_returned": 0}),
            json!({"late_proof": "Ignore"}),
            json!({"outages": {}}),
            json!({"outages": [{"from": 1}]}),
        ],
    );
    add(
        "protocol",
        vec![json!({"failure_detection": "5s"}), json!({"failure_detection": "reset"}), json!({"max_neighbors": 3})],
        vec![
            json!({"failure_detection": "never"}),
            json!({"max_parallel_fetches": 0}),
            json!({"max_parallel_fetches": 65536}),
            json!({"max_neighbours": 1}),
        ],
    );
    add(
        "strategy",
        vec![json!({"kind": "random", "endgame": true}), json!({}), json!({"kind": "window"})],
        vec![
            json!("random"),
            json!({"kind": "best"}),
            json!({"kind": "random", "size": 1}),
            json!({"kind": "window", "size": 0}),
        ],
    );
    add("source", vec![json!("fastest")], vec![json!("slowest"), json!(1)]);
    add("network.loss", vec![json!(0), json!(1), json!(0.5)], vec![json!(-0.1), json!(1.1), json!("0.5")]);
    add("network.sharing", vec![json!("fifo"), json!("none"), json!("max-min")], vec![json!("max_min"), json!(null)]);
    add(
        "network.max_transfer_rate",
        vec![json!("unlimited"), json!("1 Mbit/s")],
        vec![json!(0), json!(null), json!("none")],
    );
    add("peers.0.max_transfer_rate", vec![json!("unlimited"), json!(5000)], vec![json!(-1), json!({})]);
    add(
        "network.latency",
        vec![
            json!({"kind": "regions", "regions": ["home", "far"], "matrix": [[0.01, 0.1], ["100ms", 0.01]]}),
            json!({"kind": "regions", "regions": ["home"], "matrix": [[1]], "tracker": "home", "spread": 0.3}),
            json!({"kind": "matrix", "round_trips": ["0, 12.5", "12.5, 80us"]}),
            json!({"kind": "coordinates", "x": {"kind": "uniform", "min": 0, "max": 100}, "y": 3, "per_unit": "1ms"}),
            json!({"kind": "coordinates", "x": 0, "y": 0, "per_unit": 0, "height": {"kind": "exponential", "mean": "5ms"}}),
        ],
        vec![
            json!({"kind": "regions"}),
            json!({"kind": "regions", "regions": ["home"]}),
            json!({"kind": "regions", "regions": "mars", "matrix": [[1]]}),
            json!({"kind": "regions", "regions": "world", "matrix": [[1]]}),
            json!({"kind": "regions", "regions": ["home"], "matrix": [[-1]]}),
            json!({"kind": "regions", "regions": ["home"], "matrix": [1]}),
            json!({"kind": "regions", "regions": ["home"], "matrix": [[1]], "spread": -1}),
            json!({"kind": "regions", "regions": ["home", "home"], "matrix": [[1, 1], [1, 1]]}),
            json!({"kind": "matrix"}),
            json!({"kind": "matrix", "round_trips": []}),
            json!({"kind": "matrix", "round_trips": ["1"], "file": "a"}),
            json!({"kind": "coordinates", "x": 1, "y": 1}),
            json!({"kind": "coordinates", "x": -1, "y": 1, "per_unit": 1}),
            json!({"kind": "coordinates", "x": "1ms", "y": 1, "per_unit": 1}),
            json!({"kind": "coordinates", "x": 1, "y": 1, "per_unit": 1, "z": 1}),
        ],
    );
    add(
        "network.backbones",
        vec![json!([])],
        vec![
            json!({}),
            json!([{}]),
            json!([{"from": "home", "to": "home"}]),
            json!([{"capacity": "1 Mbit/s"}]),
            json!([{"from": 5, "capacity": "1 Mbit/s"}]),
            json!([{"from": "home", "to": "home", "capacity": "unlimited"}]),
            json!([{"from": "home", "to": "home", "capacity": 5, "latency": 1}]),
        ],
    );
    add(
        "network.faults",
        vec![
            json!([]),
            json!([{"kind": "partition", "between": ["tracker", "home"], "from": 1, "until": 2}]),
            json!([{"kind": "loss", "probability": 0.5, "from": 1, "until": 2}]),
            json!([{"kind": "loss", "between": ["home", "tracker"], "probability": 1, "from": 0, "until": "1h"}]),
            json!([{"kind": "slow", "groups": ["home"], "factor": 0.5, "from": 1, "until": 2}]),
            json!([{"kind": "slow", "groups": ["home"], "rate": "1 Mbit/s", "links": "up", "from": 1, "until": 2}]),
        ],
        vec![
            json!({}),
            json!([{}]),
            json!([{"kind": "partition", "between": ["tracker"], "from": 1, "until": 2}]),
            json!([{"kind": "partition", "between": ["tracker", "home"], "from": 1}]),
            json!([{"kind": "partition", "between": "home", "from": 1, "until": 2}]),
            json!([{"kind": "partition", "between": ["tracker", "home"], "from": 1, "until": 2, "probability": 1}]),
            json!([{"kind": "loss", "probability": 2, "from": 1, "until": 2}]),
            json!([{"kind": "slow", "groups": [], "factor": 0.5, "from": 1, "until": 2}]),
            json!([{"kind": "slow", "groups": ["home"], "from": 1, "until": 2}]),
            json!([{"kind": "slow", "groups": ["home"], "factor": 0, "from": 1, "until": 2}]),
            json!([{"kind": "slow", "groups": ["home"], "factor": 1, "rate": 1, "from": 1, "until": 2}]),
            json!([{"kind": "slow", "groups": ["home"], "factor": 1, "links": "all", "from": 1, "until": 2}]),
            json!([{"kind": "flood", "from": 1, "until": 2}]),
        ],
    );
    add(
        "departures",
        vec![json!([]), json!([{"at": "10min", "fraction": 0.5, "groups": ["home"]}, {"at": "10min", "count": 3}])],
        vec![
            json!([{"at": 1}]),
            json!([{"fraction": 0.5}]),
            json!([{"at": 1, "fraction": 0.5, "count": 1}]),
            json!([{"at": 1, "count": 0}]),
            json!([{"at": 1, "count": 1, "groups": []}]),
            json!([{"at": 1, "count": 1, "groups": "home"}]),
        ],
    );
    add(
        "peers.0.session",
        vec![json!({"kind": "preset", "name": "stutzbach-rejaie-2006-bittorrent"})],
        vec![
            json!({"kind": "preset"}),
            json!({"kind": "preset", "name": "stutzbach"}),
            json!({"kind": "preset", "name": 1}),
        ],
    );
    for path in ["network.latency", "network.jitter", "peers.0.session"] {
        add(
            path,
            vec![
                json!(0.5),
                json!("40ms"),
                json!({"kind": "constant", "value": 1}),
                json!({"kind": "uniform", "min": 0, "max": "1s"}),
                json!({"kind": "exponential", "mean": 1}),
                json!({"kind": "normal", "mean": 1, "std_dev": 0}),
                json!({"kind": "lognormal", "median": "1s", "sigma": 0.5}),
                json!({"kind": "weibull", "shape": 0.6, "scale": 1}),
                json!({"kind": "pareto", "shape": 1.5, "min": 1}),
                json!({"kind": "empirical", "values": [1, "2s"]}),
            ],
            vec![
                json!(null),
                json!(-1),
                json!("40"),
                json!("unlimited"),
                json!({}),
                json!({"kind": "gamma"}),
                json!({"kind": "uniform", "min": 1}),
                json!({"kind": "exponential", "mean": 1, "sigma": 1}),
                json!({"kind": "weibull", "shape": 0, "scale": 1}),
                json!({"kind": "pareto", "shape": 1, "min": 1}),
                json!({"kind": "empirical", "values": []}),
                json!({"kind": "empirical"}),
                json!({"kind": "empirical", "values": [1], "file": "a"}),
            ],
        );
    }
    add(
        "peers.0.up",
        vec![
            json!("unlimited"),
            json!(125.5),
            json!("1 MiB/s"),
            json!({"kind": "uniform", "min": "1 Mbit/s", "max": "2 Mbit/s"}),
        ],
        vec![json!("10 Mb"), json!(0), json!(null), json!("fast"), json!({"kind": "constant", "value": "unlimited"})],
    );
    add("peers.0.count", vec![json!(1), json!(1000)], vec![json!(0), json!(-1), json!("1"), json!(4_294_967_295u64)]);
    add(
        "peers.0.initial_chunks",
        vec![json!("all"), json!("none"), json!({"fraction": 0.5}), json!({"list": [0, 5]}), json!({"all_but": []})],
        vec![
            json!("some"),
            json!({}),
            json!({"list": [0], "all_but": [0]}),
            json!({"list": [0, 0]}),
            json!({"list": [-1]}),
            json!({"fraction": 2}),
        ],
    );
    add(
        "peers.0.arrival",
        vec![
            json!({"kind": "at", "time": 5}),
            json!({"kind": "uniform", "until": 5}),
            json!({"kind": "poisson", "rate_per_s": 2}),
            json!({"kind": "decaying", "initial_rate_per_s": 1, "time_constant": "1h"}),
            json!({"kind": "diurnal", "mean_rate_per_s": 1}),
            json!({"kind": "diurnal", "mean_rate_per_s": 1, "amplitude": 1, "period": "1h", "peak": 0}),
            json!({"kind": "trace", "arrivals": [3]}),
            json!({"kind": "trace", "arrivals": ["1min"], "sessions": [null]}),
        ],
        vec![
            json!("5s"),
            json!({}),
            json!({"kind": "trace"}),
            json!({"kind": "trace", "arrivals": []}),
            json!({"kind": "trace", "arrivals": [null]}),
            json!({"kind": "trace", "file": "x", "arrivals": [1]}),
            json!({"kind": "trace", "file": "x", "sessions": [1]}),
            json!({"kind": "diurnal"}),
            json!({"kind": "diurnal", "mean_rate_per_s": 1, "amplitude": 1.1}),
            json!({"kind": "poisson", "rate_per_s": 0}),
            json!({"kind": "at"}),
            json!({"kind": "at", "time": 1, "until": 2}),
        ],
    );
    add(
        "peers.0.after_completion",
        vec![json!("stay"), json!("leave"), json!({"kind": "stay"}), json!({"kind": "linger", "for": "5min"})],
        vec![json!("linger"), json!({"kind": "linger"}), json!({"kind": "leave", "for": 1}), json!(true)],
    );
    add(
        "peers.0.rejoin",
        vec![json!({"probability": 0.5}), json!({"probability": 1, "after": "1s", "keep_chunks": false})],
        vec![json!({}), json!({"probability": 2}), json!({"probability": 1, "keep_chunks": "true"}), json!(0.2)],
    );
    add("peers", vec![], vec![json!([]), json!({}), json!([{}])]);
    add("output", vec![json!({"sample_interval": 1})], vec![json!({"sample_interval": "x"}), json!({"interval": 1})]);
    add(
        "expect",
        vec![json!([]), json!([{"metric": "events", "at_least": -1.5}])],
        vec![json!([{"metric": "events"}]), json!([{"at_least": 1}]), json!([{"metric": "events", "equals": "1"}])],
    );
    all
}

#[test]
fn the_schema_and_the_reader_agree() {
    let schema = schema::scenario();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for embedded in EMBEDDED {
        let value: Value = serde_json::from_str(embedded.text).unwrap();
        assert!(validator.is_valid(&value), "{}: {:?}", embedded.name, validator.iter_errors(&value).next());
        let resolved = read_value(&value).unwrap().scenario.to_json();
        assert!(validator.is_valid(&resolved), "{}: {:?}", embedded.name, validator.iter_errors(&resolved).next());
    }
    for (path, value, good) in snippets() {
        let whole = with(path, &value);
        assert_eq!(read_value(&whole).is_ok(), good, "the reader on {path} = {value}");
        assert_eq!(validator.is_valid(&whole), good, "the schema on {path} = {value}");
    }
}

#[cfg(feature = "cli")]
#[test]
fn the_schema_of_the_summary_has_every_metric() {
    let schema = schema::summary();
    assert!(jsonschema::meta::is_valid(&schema));
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for metric in crate::metrics::METRIC_NAMES {
        let found = metric.split('.').fold(&schema, |at, key| {
            let at = at["$ref"].as_str().map_or(at, |reference| schema.pointer(&reference[1..]).expect("it is there"));
            &at["properties"][key]
        });
        assert!(found.is_object(), "{metric}");
    }
}

/// The keys of an object in the schema.
fn keys_of(schema: &Value) -> Vec<&str> {
    schema["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

fn kinds_of(schema: &Value) -> Vec<(String, Vec<String>)> {
    let variants = schema["oneOf"].as_array().unwrap().iter();
    let named = variants.flat_map(|variant| {
        let kind = &variant["properties"]["kind"];
        let names = kind["enum"].as_array().cloned().unwrap_or_else(|| vec![kind["const"].clone()]);
        let keys: Vec<String> = keys_of(variant).into_iter().filter(|key| *key != "kind").map(str::to_owned).collect();
        names.into_iter().map(move |name| (name.as_str().unwrap().to_owned(), keys.clone()))
    });
    named.collect()
}

fn kinds(kinds: Kinds) -> Vec<(String, Vec<String>)> {
    let owned = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect();
    kinds.iter().map(|(name, keys)| ((*name).to_owned(), owned(keys))).collect()
}

#[test]
fn the_schema_has_every_key_and_no_other() {
    let schema = schema::scenario();
    let at = |pointer: &str| schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer}"));
    for (pointer, expected) in [
        ("", keys::ROOT),
        ("/properties/stop", keys::STOP),
        ("/properties/file", keys::FILE),
        ("/properties/tracker", keys::TRACKER),
        ("/properties/tracker/properties/outages/items", keys::OUTAGE),
        ("/properties/protocol", keys::PROTOCOL),
        ("/properties/network", keys::NETWORK),
        ("/properties/output", keys::OUTPUT),
        ("/properties/expect/items", keys::EXPECTATION),
        ("/properties/departures/items", keys::DEPARTURE),
        ("/$defs/group", keys::GROUP),
        ("/$defs/group/properties/initial_chunks/anyOf/1", keys::INITIAL_CHUNKS),
        ("/$defs/group/properties/rejoin", keys::REJOIN),
    ] {
        assert_eq!(keys_of(at(pointer)), expected, "{pointer}");
    }
    assert_eq!(kinds_of(at("/$defs/durations/anyOf/1")), kinds(keys::DISTRIBUTIONS));
    assert_eq!(kinds_of(at("/$defs/rates/anyOf/2")), kinds(keys::DISTRIBUTIONS));
    assert_eq!(kinds_of(at("/$defs/numbers/anyOf/1")), kinds(keys::DISTRIBUTIONS));
    let with_distributions = |others: Vec<(String, Vec<String>)>| [kinds(keys::DISTRIBUTIONS), others].concat();
    assert_eq!(with_distributions(kinds_of(at("/$defs/latency/anyOf/1"))), kinds(keys::LATENCIES));
    assert_eq!(at("/$defs/sessions/anyOf/1/properties/kind/const"), "preset");
    let presets: Vec<&str> = presets::SESSIONS.iter().map(|preset| preset.name).collect();
    assert_eq!(at("/$defs/sessions/anyOf/1/properties/name/enum"), &json!(presets));
    assert_eq!(kinds_of(at("/$defs/fault")), kinds(keys::FAULTS));
    assert_eq!(kinds_of(at("/$defs/group/properties/arrival")), kinds(keys::ARRIVALS));
    assert_eq!(kinds_of(at("/$defs/group/properties/after_completion/anyOf/1")), kinds(keys::AFTER_COMPLETION));
}

/// A duration that is not zero, in one of its spellings.
fn any_duration() -> impl Strategy<Value = Value> {
    prop_oneof![
        (1u64..=3_153_600_000).prop_map(|s| json!(s)),
        (1u64..=3_000_000_000_000_000_000).prop_map(|ns| json!(format!("{ns}ns"))),
        (0.001f64..1e6).prop_map(|s| json!(s)),
        (1u32..1000).prop_map(|m| json!(format!("{m}h {m} min"))),
    ]
}

fn any_rate() -> impl Strategy<Value = Value> {
    prop_oneof![
        (1u64..=100_000_000_000_000).prop_map(|bytes| json!(bytes)),
        (1u64..=1_000_000_000_000_000).prop_map(|bits| json!(format!("{bits} bit/s"))),
        (1u32..1000).prop_map(|m| json!(format!("{m}.5 MiB/s"))),
    ]
}

fn any_distribution(scalar: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let one = || scalar.clone();
    prop_oneof![
        one(),
        one().prop_map(|value| json!({ "kind": "constant", "value": value })),
        one().prop_map(|value| json!({ "kind": "uniform", "min": value, "max": value })),
        one().prop_map(|mean| json!({ "kind": "exponential", "mean": mean })),
        (one(), one()).prop_map(|(mean, std_dev)| json!({ "kind": "normal", "mean": mean, "std_dev": std_dev })),
        (one(), 0.0..20.0).prop_map(|(median, sigma)| json!({ "kind": "lognormal", "median": median, "sigma": sigma })),
        (one(), 0.01..1000.0).prop_map(|(scale, shape)| json!({ "kind": "weibull", "shape": shape, "scale": scale })),
        (one(), 1.01..1000.0).prop_map(|(min, shape)| json!({ "kind": "pareto", "shape": shape, "min": min })),
        prop::collection::vec(one(), 1..5).prop_map(|values| json!({ "kind": "empirical", "values": values })),
    ]
}

fn any_strategy() -> impl Strategy<Value = Value> {
    (0..crate::strategy::KINDS.len(), any::<bool>(), 0.0..1.0f64).prop_map(|(i, endgame, u)| {
        let kind = &crate::strategy::KINDS[i];
        let mut object = json!({ "kind": kind.name, "endgame": endgame });
        for parameter in kind.parameters {
            let value = parameter.min + u * (parameter.max.min(1e6) - parameter.min);
            object[parameter.name] = if parameter.integer { json!(value as u64) } else { json!(value) };
        }
        object
    })
}

fn any_group() -> impl Strategy<Value = Value> {
    let chunks = prop_oneof![
        Just(json!("all")),
        Just(json!("none")),
        (0.0..=1.0f64).prop_map(|fraction| json!({ "fraction": fraction })),
        prop::collection::btree_set(0u32..8, 0..5).prop_map(|list| json!({ "list": list })),
        prop::collection::btree_set(0u32..8, 0..5).prop_map(|list| json!({ "all_but": list })),
    ];
    let arrival = prop_oneof![
        any_duration().prop_map(|time| json!({ "kind": "at", "time": time })),
        any_duration().prop_map(|until| json!({ "kind": "uniform", "until": until })),
        (any_duration(), 1e-9..1e9f64)
            .prop_map(|(from, rate)| json!({ "kind": "poisson", "rate_per_s": rate, "from": from })),
        (any_duration(), 1e-9..1e9f64)
            .prop_map(|(time, rate)| json!({ "kind": "decaying", "initial_rate_per_s": rate, "time_constant": time })),
        (any_duration(), 1e-9..1e9f64, 0.0..=1.0f64).prop_map(|(time, rate, amplitude)| {
            json!({ "kind": "diurnal", "mean_rate_per_s": rate, "amplitude": amplitude, "period": time, "peak": time })
        }),
        prop::collection::vec((any_duration(), prop::option::of(any_duration())), 1..5).prop_map(|rows| {
            let (arrivals, sessions): (Vec<Value>, Vec<Option<Value>>) = rows.into_iter().unzip();
            json!({ "kind": "trace", "arrivals": arrivals, "sessions": sessions })
        }),
    ];
    let durations = || any_distribution(any_duration().boxed());
    let after =
        prop_oneof![Just(json!("leave")), durations().prop_map(|time| json!({ "kind": "linger", "for": time })),];
    let rejoin = (0.0..=1.0f64, durations(), any::<bool>()).prop_map(
        |(probability, after, keep)| json!({ "probability": probability, "after": after, "keep_chunks": keep }),
    );
    let rates = || any_distribution(any_rate().boxed());
    let links = (rates(), prop_oneof![rates(), Just(json!("unlimited"))]);
    let options = (
        prop::option::of(durations()),
        prop::option::of(after),
        prop::option::of(rejoin),
        prop::option::of(any_strategy()),
    );
    (1u32..=1_000_000, chunks, links, arrival, options).prop_map(|(count, chunks, (up, down), arrival, options)| {
        let count = if arrival["kind"] == "trace" { json!(null) } else { json!(count) };
        let mut group = json!({ "group": "g", "count": count, "initial_chunks": chunks, "up": up, "down": down, "arrival": arrival });
        let (session, after, rejoin, strategy) = options;
        for (key, value) in
            [("session", session), ("after_completion", after), ("rejoin", rejoin), ("strategy", strategy)]
        {
            if let Some(value) = value {
                group[key] = value;
            }
        }
        group
    })
}

fn any_scenario() -> impl Strategy<Value = Value> {
    let network = (any_distribution(any_duration().boxed()), 0.0..=1.0f64)
        .prop_map(|(latency, loss)| json!({ "latency": latency, "jitter": "1us", "loss": loss, "sharing": "fifo" }));
    let tracker = (any_duration(), any_duration(), prop::option::of(1u32..100)).prop_map(|(ttl, sweep, most)| {
        json!({ "entry_ttl": ttl, "sweep_interval": sweep, "max_peers_returned": most,
                "outages": [{ "from": 7, "until": 8.5 }, { "from": "1s", "until": "2s" }] })
    });
    let protocol = (any_duration(), any_duration(), 1u32..65_535)
        .prop_map(|(a, b, n)| json!({ "active_proof_interval": a, "failure_detection": b, "max_neighbors": n }));
    let expect = (any::<f64>().prop_filter("finite", |x| x.is_finite() && *x != 0.0))
        .prop_map(|x| json!([{ "metric": "completion.mean_s", "at_least": x }]));
    let groups = prop::collection::vec(any_group(), 1..4);
    (any::<u64>(), "[a-z\"<>%é ]{0,9}", any_duration(), tracker, protocol, network, groups, any_strategy(), expect)
        .prop_map(|(seed, text, stop, tracker, protocol, network, mut groups, strategy, expect)| {
            for (i, group) in groups.iter_mut().enumerate() {
                group["group"] = json!(format!("g{i}{}", text.trim_end()));
            }
            json!({ "name": format!("n{}", text.trim_end()), "description": text, "seed": seed, "stop": { "at": stop },
                    "file": { "size": 1000, "max_chunk_size": 125 }, "tracker": tracker, "protocol": protocol,
                    "network": network, "peers": groups, "strategy": strategy, "expect": expect })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_is_read_back_exactly(value in any_scenario()) {
        let first = read_value(&value).unwrap_or_else(|report| panic!("{report}")).scenario;
        let written = first.to_json_text();
        let second = from_json("again.json", written.as_bytes()).unwrap_or_else(|report| panic!("{report}")).scenario;
        prop_assert_eq!(format!("{first:?}"), format!("{second:?}"));
        prop_assert_eq!(written, second.to_json_text());
        let estimate = Estimate::of(&second);
        prop_assert!(estimate.events.is_finite() && estimate.events > 0.0);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0usize..2000, flip in any::<u8>()) {
        let _ = from_json("a", &bytes).map_err(|report| report.to_string());
        let mut text = EMBEDDED[2].text.as_bytes().to_vec();
        let at = cut % text.len();
        text[at] ^= flip;
        let _ = from_json("a", &text).map_err(|report| report.to_string());
    }
}
