//! `swarmsim schema`: JSON Schemas of the files that are read and written.

use super::args::SchemaWhat;
use super::{Failure, terminal};
use crate::experiment::compare::Comparison;
use crate::experiment::sweep;
use crate::output::{AnyManifest, trace};
use crate::scenario::schema;
use std::process::ExitCode;

/// Prints a schema. Another file's schema is one line here and one in `SchemaWhat`.
pub fn run(what: SchemaWhat) -> Result<ExitCode, Failure> {
    let schema = match what {
        SchemaWhat::Scenario => schema::scenario(),
        SchemaWhat::Sweep => sweep::schema::sweep(),
        SchemaWhat::Summary => schema::summary(),
        SchemaWhat::Trace => trace::schema(),
        SchemaWhat::Comparison => schemars::schema_for!(Comparison).to_value(),
        SchemaWhat::Manifest => schemars::schema_for!(AnyManifest).to_value(),
    };
    terminal::print(&text(&schema))?;
    Ok(ExitCode::SUCCESS)
}

/// A schema as it is printed and written.
pub fn text(schema: &serde_json::Value) -> String {
    crate::output::json_text(schema)
}
