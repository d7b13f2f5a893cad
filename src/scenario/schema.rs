//! JSON Schemas (2020-12): what editors complete and other programs check against.

use super::schema_words;
use crate::strategy::{KINDS, Kind, Parameter};
use serde_json::{Map, Value, json};

/// The hand-written part: all but the strategies.
const SCENARIO: &str = include_str!("scenario.schema.json");

/// The schema of a scenario.
///
/// ```
/// let schema = swarmsim::scenario::schema::scenario();
/// assert_eq!(schema["properties"]["tracker"]["properties"]["entry_ttl"]["default"], "120s");
/// ```
pub fn scenario() -> Value {
    let mut schema: Value = serde_json::from_str(SCENARIO).expect("the schema is JSON");
    schema["$defs"]["strategy"] = strategy();
    schema_words::complete(&mut schema);
    schema
}

/// The schema of `summary.json`.
#[cfg(feature = "cli")]
pub fn summary() -> Value {
    schemars::schema_for!(crate::metrics::Summary).to_value()
}

/// A strategy: one of the kinds in the table, each with its parameters.
fn strategy() -> Value {
    json!({
        "type": "object",
        "description": "A kind of strategy and its parameters. Where \"kind\" is absent, it is rarest-first.",
        "oneOf": KINDS.iter().map(kind).collect::<Vec<_>>(),
    })
}

fn kind(kind: &Kind) -> Value {
    let mut properties = Map::new();
    properties.insert("kind".into(), json!({ "const": kind.name }));
    for one in kind.parameters {
        properties.insert(one.name.into(), parameter(one));
    }
    let endgame = "Whether a peer whose every missing chunk is under way asks further neighbors for them.";
    properties.insert("endgame".into(), json!({ "type": "boolean", "default": false, "description": endgame }));
    let required: &[&str] = if kind.name == "rarest-first" { &[] } else { &["kind"] };
    json!({
        "description": kind.summary,
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn parameter(parameter: &Parameter) -> Value {
    let number = |x: f64| if parameter.integer { json!(x as u64) } else { json!(x) };
    json!({
        "type": if parameter.integer { "integer" } else { "number" },
        "minimum": number(parameter.min),
        "maximum": number(parameter.max),
        "default": number(parameter.default),
        "description": parameter.summary,
    })
}
