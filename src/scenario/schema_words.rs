//! What every key of the scenario's schema has, so that an editor has something to show: a description and, where it is no choice among
//! words, an example.

use serde_json::{Map, Value, json};

/// What is said of a key wherever it stands and nothing else is said of it: the parameters of distributions and the like.
const DESCRIPTIONS: &[(&str, &str)] = &[
    ("value", "The value, always the same."),
    ("min", "The least value."),
    ("max", "The greatest value; at least min."),
    ("mean", "The mean; of normal, before it is truncated at 0."),
    ("std_dev", "The standard deviation, before it is truncated at 0."),
    ("median", "The median."),
    ("scale", "The scale: about 63 % of the values are below it."),
    ("values", "The values."),
    ("name", "Who measured it, and when."),
    ("from", "The first instant inside."),
    ("time", "That instant."),
    ("links", "Which of their links."),
    ("x", "Where the nodes lie from left to right."),
    ("y", "Where the nodes lie from bottom to top."),
    ("for", "How long it stays after it is complete."),
    ("arrivals", "When each peer arrives, in the order of the rows."),
    ("probability", "The probability, from 0 to 1."),
    ("kind", "Which kind it is; the other keys depend on it."),
];

/// Examples of types, by their names in `$defs`.
fn example(definition: &str) -> Option<Value> {
    Some(match definition {
        "name" => json!("home"),
        "duration" => json!("90s"),
        "size" => json!("512 KiB"),
        "rate" | "rates" => json!("4 Mbit/s"),
        "transfer_limit" => json!("6 Mbit/s"),
        "places" => json!(["home"]),
        "pair" => json!(["home", "tracker"]),
        "number" | "positive_number" | "numbers" => json!(10),
        "probability" => json!(0.02),
        "limit" => json!(50),
        "durations" | "sessions" => json!({ "kind": "exponential", "mean": "5min" }),
        "shape" => json!(0.6),
        "pareto_shape" => json!(1.5),
        "sigma" => json!(0.5),
        "values_file" => json!("values.txt"),
        "chunk_list" => json!([0, 5]),
        "arrival_rate" => json!(2.0),
        "latency" => json!({ "kind": "lognormal", "median": "40ms", "sigma": 0.5 }),
        "strategy" => json!({ "kind": "window", "size": 32 }),
        _ => return None,
    })
}

/// Examples of keys whose type has none.
fn example_of_key(key: &str) -> Option<Value> {
    Some(match key {
        "$schema" => json!("scenario.schema.json"),
        "description" => json!("Two hundred peers and one origin."),
        "seed" => json!(42),
        "stop" => json!({ "at": "6h" }),
        "file" => json!({ "size": "256 MiB", "max_chunk_size": "256 KiB" }),
        "tracker" => json!({ "entry_ttl": "120s", "sweep_interval": "10s" }),
        "protocol" => json!({ "active_proof_interval": "40s" }),
        "network" => json!({ "latency": "40ms" }),
        "playback_rate" => json!("2 Mbit/s"),
        "output" => json!({ "sample_interval": "10s" }),
        "outages" => json!([{ "from": "10min", "until": "12min" }]),
        "backbones" => json!([{ "from": "europe", "to": "us", "capacity": "1 Gbit/s" }]),
        "faults" => json!([{ "kind": "partition", "between": ["home", "tracker"], "from": "5min", "until": "10min" }]),
        "peers" => json!([{ "group": "origin", "initial_chunks": "all", "up": "20 Mbit/s", "down": "100 Mbit/s" }]),
        "departures" => json!([{ "at": "30min", "fraction": 0.5 }]),
        "expect" => json!([{ "metric": "completion.completed", "at_least": 190 }]),
        "at_least" | "at_most" | "equals" | "count" => json!(200),
        "max_parallel_fetches" => json!(8),
        "max_fetches_per_neighbor" => json!(2),
        "failure_detection" => json!("10s"),
        "initial_chunks" => json!({ "fraction": 0.3 }),
        "arrival" => json!({ "kind": "poisson", "rate_per_s": 2.0 }),
        "after_completion" => json!({ "kind": "linger", "for": "5min" }),
        "rejoin" => json!({ "probability": 0.2, "after": "10min", "keep_chunks": true }),
        "region" => json!("europe"),
        "regions" => json!(["here", "there"]),
        "matrix" => json!([["5ms", "80ms"], ["80ms", "5ms"]]),
        "spread" => json!(0.2),
        "factor" => json!(0.5),
        "round_trips" => json!(["0,80", "80,0"]),
        "arrivals" => json!(["0s", "4.5s"]),
        "sessions" => json!(["20min", null]),
        _ => return None,
    })
}

/// Completes every property below `schema`.
pub fn complete(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get_mut("properties") {
                for (key, property) in properties.iter_mut() {
                    property.as_object_mut().into_iter().for_each(|property| complete_property(key, property));
                }
            }
            object.values_mut().for_each(complete);
        }
        Value::Array(all) => all.iter_mut().for_each(complete),
        _ => {}
    }
}

fn complete_property(key: &str, property: &mut Map<String, Value>) {
    if !property.contains_key("description") {
        if let Some((_, words)) = DESCRIPTIONS.iter().find(|(known, _)| *known == key) {
            property.insert("description".into(), json!(words));
        }
    }
    let is_told = ["examples", "enum", "const"].iter().any(|told| property.contains_key(*told));
    let is_switch = property.get("type").is_some_and(|kind| kind == "boolean");
    if is_told || is_switch {
        return;
    }
    let definition = property.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
    let default = property.get("default").filter(|value| value.is_number() || value.is_string()).cloned();
    let by_type = definition.and_then(example);
    let of_items = property.get("items").and_then(|items| items.get("$ref")).and_then(Value::as_str);
    let by_items = of_items.and_then(|name| name.rsplit('/').next()).and_then(example).map(|one| json!([one]));
    let by_key = match property.get("type").and_then(Value::as_str) {
        _ if by_type.is_some() => None,
        // The same key is a section at the top and a text below.
        Some("string") if key == "file" => Some(json!("recorded.csv")),
        Some("string") if key == "tracker" => Some(json!("europe")),
        _ => example_of_key(key).or(by_items),
    };
    if let Some(example) = by_key.or(default.filter(|text| text.as_str() != Some(""))).or(by_type) {
        property.insert("examples".into(), json!([example]));
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::scenario;
    use super::*;

    /// Every property with its path.
    fn properties<'s>(schema: &'s Value, path: &str, found: &mut Vec<(String, &'s Value)>) {
        match schema {
            Value::Object(object) => {
                for (key, value) in object {
                    if key == "properties" {
                        for (name, property) in value.as_object().into_iter().flatten() {
                            found.push((format!("{path}.{name}"), property));
                            properties(property, &format!("{path}.{name}"), found);
                        }
                    } else {
                        properties(value, &format!("{path}/{key}"), found);
                    }
                }
            }
            Value::Array(all) => all.iter().for_each(|one| properties(one, path, found)),
            _ => {}
        }
    }

    #[test]
    fn every_key_is_described_and_has_an_example_that_its_schema_accepts() {
        let schema = scenario();
        let mut found = Vec::new();
        properties(&schema, "", &mut found);
        let mut wrong = Vec::new();
        assert!(found.len() > 150, "{}", found.len());
        for (path, property) in found {
            // What a condition looks at is no key of its own.
            if path.contains("/if") || path.contains("/not") || path.contains("/then") {
                continue;
            }
            let has = |key: &str| property.get(key).is_some();
            let definition = property["$ref"].as_str().and_then(|name| name.rsplit('/').next());
            let is_described = definition.is_some_and(|name| !schema["$defs"][name]["description"].is_null());
            if !has("description") && !is_described {
                wrong.push(format!("{path} has no description"));
            }
            let is_choice = has("enum") || has("const") || property["type"] == "boolean";
            if !is_choice && !has("examples") {
                wrong.push(format!("{path} has no example"));
            }
            let mut whole = property.clone();
            whole["$defs"] = schema["$defs"].clone();
            let validator = jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("{path}: {error}"));
            let examples = property["examples"].as_array().into_iter().flatten();
            for value in examples.chain(property.get("default")) {
                if !validator.is_valid(value) {
                    wrong.push(format!("{path} refuses its own {value}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
