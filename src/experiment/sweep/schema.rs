//! The JSON Schema (2020-12) of a sweep file: what editors complete and other programs check against.

use super::constraint::RELATIONS;
use crate::metrics::METRIC_NAMES;
use crate::scenario::schema::scenario;
use serde_json::{Map, Value, json};

/// The schema of a sweep.
pub fn sweep() -> Value {
    // The scenario's definitions become this schema's, so that its references to them lead somewhere.
    let mut base = scenario();
    let mut definitions = base.as_object_mut().and_then(|base| base.remove("$defs")).unwrap_or_else(|| json!({}));
    for key in ["$schema", "$id"] {
        base.as_object_mut().map(|base| base.remove(key));
    }
    definitions["scenario"] = base;
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A sweep of swarmsim: a scenario under every combination of some values",
        "type": "object",
        "additionalProperties": false,
        "required": ["scenario", "vary"],
        "properties": {
            "$schema": { "type": "string" },
            "name": {
                "type": "string", "minLength": 1, "maxLength": 100, "default": "sweep",
                "description": "The name of the folder that the results go to.",
            },
            "description": { "type": "string", "description": "What it is about." },
            "scenario": {
                "description": "A scenario's file, relative to this one; the name of an embedded scenario; or a scenario itself.",
                "oneOf": [
                    { "type": "string", "minLength": 1 },
                    // A point may set what the scenario lacks, so that it need not be whole by itself.
                    { "type": "object" },
                ],
            },
            "seeds": seeds(),
            "vary": vary(),
            "constraints": {
                "type": "array", "maxItems": 1000, "items": constraint(),
                "description": "Points of the grid that do not satisfy all of them are left out.",
            },
            "baseline": {
                "type": "object", "minProperties": 1,
                "description": "Varied paths and one of their values: the points against which aggregate.csv compares the others.",
            },
            "metrics": {
                "type": "array", "minItems": 1, "uniqueItems": true,
                "items": { "enum": METRIC_NAMES },
                "description": "The columns of the results. Every run's other metrics stand in runs.jsonl.",
            },
        },
        "$defs": definitions,
    })
}

fn seeds() -> Value {
    let seed = json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX });
    json!({
        "description": "The seeds of every point; absent: the seed 1.",
        "oneOf": [
            {
                "type": "object", "additionalProperties": false, "required": ["count"],
                "properties": {
                    "from": { "type": "integer", "minimum": 0, "maximum": u64::MAX, "default": 1 },
                    "count": { "type": "integer", "minimum": 1, "maximum": 1_000_000 },
                },
            },
            { "type": "array", "minItems": 1, "maxItems": 1_000_000, "uniqueItems": true, "items": seed },
        ],
    })
}

fn vary() -> Value {
    let end = json!({ "type": ["number", "string"] });
    json!({
        "type": "object", "maxProperties": 64,
        "propertyNames": { "not": { "enum": ["seed", "$.seed"] } },
        "description": "What is varied: paths of the scenario, such as tracker.entry_ttl or peers[home].count. The last changes fastest.",
        "additionalProperties": {
            "oneOf": [
                { "type": "array", "minItems": 1, "uniqueItems": true },
                {
                    "type": "object", "additionalProperties": false, "required": ["from", "to", "step"],
                    "properties": { "from": end, "to": end, "step": end },
                    "description": "From `from` on in exact steps up to `to`: numbers, or texts with units.",
                },
            ],
        },
    })
}

fn constraint() -> Value {
    let mut properties = Map::new();
    properties.insert("path".into(), json!({ "type": "string", "description": "A path of the scenario." }));
    for (name, _) in RELATIONS {
        let other =
            json!({ "type": ["string", "number", "boolean", "null"], "description": "Another path, or a value." });
        properties.insert((*name).into(), other);
    }
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["path"], "minProperties": 2, "maxProperties": 2,
        "properties": properties,
    })
}
