//! Tests of what is said: everything in the embedded scenarios, and every kind that there is.

use super::*;
use crate::scenario::{EMBEDDED, from_json};
use crate::strategy::KINDS;
use serde_json::json;

fn read(text: &str) -> Scenario {
    from_json("a.json", text.as_bytes()).unwrap_or_else(|report| panic!("{report}")).scenario
}

fn said(scenario: &Scenario) -> String {
    let paragraphs = explain(scenario).into_iter();
    paragraphs.map(|one| format!("{}\n{}\n", one.about, one.sentences.join("\n"))).collect()
}

/// A scenario with one group of one peer that has the file, and another as given; `rest` replaces top-level keys.
fn with(group: Value, rest: Value) -> String {
    let mut home = json!({ "group": "home", "count": 20, "up": "1 Mbit/s", "down": "8 Mbit/s" });
    let mut scenario = json!({
        "stop": { "at": "1h" }, "network": { "latency": "20ms" },
        "peers": [{ "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" }],
    });
    group.as_object().into_iter().flatten().for_each(|(key, value)| home[key] = value.clone());
    rest.as_object().into_iter().flatten().for_each(|(key, value)| scenario[key] = value.clone());
    scenario["peers"].as_array_mut().expect("a list").push(home);
    said(&read(&scenario.to_string()))
}

#[test]
fn every_sentence_of_the_embedded_scenarios_is_one() {
    for embedded in EMBEDDED {
        let scenario = read(embedded.text);
        let text = said(&scenario);
        for raw in ["null", "{", "}", "[", "\"", "drawn by", "  "] {
            assert!(!text.contains(raw), "{}: {raw} in\n{text}", embedded.name);
        }
        for sentence in explain(&scenario).iter().flat_map(|one| &one.sentences) {
            let begins = sentence.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
            assert!(begins && sentence.ends_with('.'), "{}: {sentence}", embedded.name);
        }
        for group in &scenario.config.groups {
            assert!(text.contains(&format!("of group {}", group.name)), "{}: {}", embedded.name, group.name);
        }
        // What the file says stands in what is said of it.
        let json = scenario.to_json();
        for value in [&json["file"]["size"], &json["tracker"]["entry_ttl"], &json["stop"]["at"]] {
            assert!(text.contains(value.as_str().expect("a text")), "{}: {value}", embedded.name);
        }
    }
}

#[test]
fn the_default_scenario_is_explained() {
    let text = said(&read(EMBEDDED[0].text));
    let scenario = read(EMBEDDED[0].text);
    assert!(text.contains("1 peer of group origin is there from the beginning."), "{text}");
    assert!(text.contains("It has the whole file; its uplink has"), "{text}");
    let chunks = grouped(scenario.config.file.chunks());
    assert!(text.contains(&format!("in {chunks} chunks of ")), "{text}");
}

#[test]
fn arrivals_sessions_and_returns_are_explained() {
    let arrivals = [
        (json!({ "kind": "at", "time": "5min" }), "arrive at 5min."),
        (json!({ "kind": "uniform", "until": "1min" }), "drawn uniformly from the beginning until 1min."),
        (json!({ "kind": "poisson", "rate_per_s": 2.0 }), "a Poisson process of 2 per second from the beginning on."),
        (
            json!({ "kind": "decaying", "initial_rate_per_s": 3, "time_constant": "10min" }),
            "falls to 1/e of that in 10min.",
        ),
        (json!({ "kind": "diurnal", "mean_rate_per_s": 3, "amplitude": 0.25, "peak": "20h" }), "25 % more and less"),
    ];
    for (arrival, expected) in arrivals {
        let text = with(json!({ "arrival": arrival }), json!({}));
        assert!(text.contains("20 peers of group home arrive") && text.contains(expected), "{text}");
    }
    let recorded = json!({ "kind": "trace", "arrivals": ["1s", "9s"], "sessions": ["2min", null] });
    let text = with(json!({ "count": 2, "arrival": recorded }), json!({}));
    assert!(text.contains("the first row's at 1s, the last row's at 9s; how long 1 of them stay"), "{text}");
    let open = json!({ "count": null, "arrival": { "kind": "poisson", "rate_per_s": 0.1 }, "session": { "kind": "weibull",
        "shape": 0.6, "scale": "40min" }, "rejoin": { "probability": 0.2, "keep_chunks": false },
        "after_completion": { "kind": "linger", "for": { "kind": "exponential", "mean": "5min" } } });
    let text = with(open, json!({}));
    for expected in [
        "Peers of group home, as many as come until 1h, arrive as a Poisson process",
        "after a time that is drawn from a Weibull distribution of scale 40min and shape 0.6",
        "goes on uploading for a time that is drawn exponentially with a mean of 5min once it is complete",
        "comes back with a probability of 20 %, after 10min, without its chunks",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(with(json!({ "after_completion": "leave" }), json!({})).contains("leaves as soon as it is complete"));
}

#[test]
fn initial_chunks_and_rates_are_explained() {
    for (chunks, expected) in [
        (json!({ "fraction": 0.3 }), "begins with 30 % of the chunks, drawn for it"),
        (json!({ "list": [0, 5] }), "begins with chunks 0 and 5"),
        (json!({ "all_but": [7] }), "begins with all chunks but chunk 7"),
    ] {
        let text = with(json!({ "initial_chunks": chunks }), json!({}));
        assert!(text.contains(expected), "{text}");
    }
    let capped = json!({ "up": "unlimited", "down": { "kind": "uniform", "min": "1 Mbit/s", "max": "9 Mbit/s" },
                         "max_transfer_rate": "2 Mbit/s" });
    let text = with(capped, json!({}));
    let expected = "uplink has no limit, its downlink drawn uniformly between 1 Mbit/s and 9 Mbit/s, and one transfer gets at most 2 Mbit/s";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn every_distribution_is_explained() {
    for (distribution, expected) in [
        (json!({ "kind": "constant", "value": "3s" }), "3s"),
        (json!({ "kind": "uniform", "min": "1s", "max": "2s" }), "uniformly between 1s and 2s"),
        (json!({ "kind": "exponential", "mean": "3s" }), "exponentially with a mean of 3s"),
        (json!({ "kind": "normal", "mean": "3s", "std_dev": "1s" }), "normally around 3s (standard deviation 1s"),
        (json!({ "kind": "lognormal", "median": "3s", "sigma": 0.5 }), "a median of 3s (sigma 0.5)"),
        (json!({ "kind": "weibull", "shape": 2, "scale": "3s" }), "scale 3s and shape 2"),
        (json!({ "kind": "pareto", "shape": 1.5, "min": "3s" }), "at least 3s (shape 1.5)"),
        (json!({ "kind": "empirical", "values": ["3s", "4s"] }), "one of 2 values given"),
    ] {
        let text = with(json!({ "session": distribution }), json!({}));
        assert!(text.contains(expected) && !text.contains("drawn by"), "{text}");
    }
}

#[test]
fn every_strategy_sharing_and_source_is_explained() {
    for kind in KINDS {
        let text = with(json!({}), json!({ "strategy": { "kind": kind.name, "endgame": true } }));
        assert!(text.contains(&format!("by {}", kind.name)) && text.contains("further neighbors"), "{text}");
        kind.parameters.iter().for_each(|parameter| assert!(text.contains(parameter.name), "{text}"));
    }
    let shared: Vec<String> = ["none", "fifo", "equal-share", "max-min"]
        .iter()
        .map(|sharing| with(json!({}), json!({ "network": { "latency": "20ms", "sharing": sharing } })))
        .collect();
    let sources = ["random", "least-loaded", "fastest"].map(|source| with(json!({}), json!({ "source": source })));
    for texts in [&shared[..], &sources[..]] {
        let mut apart = texts.to_vec();
        apart.sort();
        apart.dedup();
        assert_eq!(apart.len(), texts.len(), "each is told from the others");
    }
    let own = with(json!({ "strategy": { "kind": "window", "size": 9 } }), json!({}));
    assert!(own.contains("Those of group home choose it by window with size 9"), "{own}");
}

#[test]
fn what_goes_wrong_and_what_is_expected_are_explained() {
    let network = json!({
        "latency": { "kind": "regions", "regions": "world", "tracker": "europe" }, "loss": 0.02,
        "jitter": { "kind": "exponential", "mean": "2ms" }, "sharing": "max-min",
        "backbones": [{ "from": "europe", "to": "home", "capacity": "1 Gbit/s" }, { "to": "home", "capacity": "2 Gbit/s" },
                      { "from": "home", "to": "home", "capacity": "3 Gbit/s" }, { "from": "europe", "capacity": "4 Gbit/s" }],
        "faults": [
            { "kind": "partition", "between": ["europe", "home"], "from": "1min", "until": "2min" },
            { "kind": "loss", "probability": 0.2, "from": "2min", "until": "6min" },
            { "kind": "slow", "groups": ["home"], "links": "up", "factor": 0.5, "from": "2min", "until": "6min" },
        ],
    });
    let peers = json!([{ "group": "origin", "region": "europe", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" }]);
    let rest = json!({
        "network": network, "peers": peers, "departures": [{ "at": "10min", "fraction": 0.5, "groups": ["home"] }],
        "expect": [{ "metric": "completion.completed", "at_least": 19, "at_most": 20 }], "stop": { "at": "1h", "when": "empty" },
        "tracker": { "outages": [{ "from": "3min", "until": "4min" }], "late_proof": "ignore", "max_peers_returned": 30 },
        "protocol": { "failure_detection": "30s", "max_neighbors": 40 },
    });
    let text = with(json!({ "region": "east-asia" }), rest);
    for expected in [
        "All transfers from europe to home share a link of 1 Gbit/s.",
        "All transfers from elsewhere to home share a link of 2 Gbit/s.",
        "All transfers within home share a link of 3 Gbit/s.",
        "All transfers from europe to elsewhere share a link of 4 Gbit/s.",
        "From 1min until 2min nothing gets through between europe and home",
        "another 20 % of the messages that can be lost are lost everywhere",
        "the uplinks of home have 50 % of their capacity",
        "At 10min, 50 % of those there of group home leave at once",
        "It fails unless completion.completed is at least 19 and at most 20.",
        "From 3min until 4min it is out",
        "is ignored",
        "at most 30 peers",
        "at most 40 neighbors",
        "noticed after 30s",
        "2 % of the messages",
        "drawn exponentially with a mean of 2ms",
        "20 peers of group home in east-asia",
        "the tracker is in europe",
        "when nobody is there or still to come",
    ] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
    let flat = json!({ "network": { "latency": { "kind": "coordinates", "x": 5, "y": { "kind": "uniform", "min": 0, "max": 9 },
        "per_unit": "7us" } } });
    assert!(
        with(json!({}), flat).contains("x 5, y drawn uniformly between 0 and 9; the one-way latency is 7us a unit")
    );
}
