//! `swarmsim init`: a scenario file to start from, and its schema beside it.

use super::args::InitArgs;
use super::{Failure, terminal};
use crate::scenario::problem::{did_you_mean, escape, shorten};
use crate::scenario::{EMBEDDED, Embedded};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The schema's file, as the templates name it.
const SCHEMA: &str = "scenario.schema.json";

/// Writes the template to a new file, or prints it.
pub fn run(args: &InitArgs) -> Result<ExitCode, Failure> {
    if args.list {
        return super::list::run(super::args::ListWhat::Scenarios, false);
    }
    let template = Embedded::find(&args.template).ok_or_else(|| unknown(&args.template))?;
    let text = template.text.replace("../src/scenario/scenario.schema.json", "scenario.schema.json");
    let path = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}.json", template.name)));
    if path.as_os_str() == "-" {
        terminal::print(&text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = named(&text, template.name, &path);
    write_new(&path, &text)?;
    let shown = escape(&path.display().to_string());
    let schema = write_schema(&path.with_file_name(SCHEMA));
    terminal::print(&format!(
        "wrote {shown}\n{schema}next: swarmsim validate {shown} --explain; swarmsim run {shown}\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The template under the name of its file, where that can be a name: results go to a folder of this name, and those of the
/// template itself may be there.
fn named(text: &str, name: &str, path: &Path) -> String {
    let is_plain = |stem: &&str| stem.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    match path.file_stem().and_then(|stem| stem.to_str()).filter(is_plain) {
        Some(stem) => text.replacen(&format!("\"name\": \"{name}\""), &format!("\"name\": \"{stem}\""), 1),
        None => text.to_owned(),
    }
}

/// Writes the schema, which editors complete and check keys with, unless one is there: it may be somebody's own. The scenario is
/// of use without it.
fn write_schema(path: &Path) -> String {
    let shown = escape(&path.display().to_string());
    let text = super::schema::text(&crate::scenario::schema::scenario());
    match std::fs::read_to_string(path) {
        Ok(there) if there == text => String::new(),
        Ok(_) => format!(
            "{shown} is there already and is another; for that of this version: swarmsim schema scenario > {SCHEMA}\n"
        ),
        Err(_) => match write_new(path, &text) {
            Ok(()) => format!("wrote {shown}, by which an editor completes and checks keys\n"),
            Err(_) => {
                format!("{shown} could not be written; for an editor that completes keys: swarmsim schema scenario\n")
            }
        },
    }
}

fn unknown(name: &str) -> Failure {
    let names = || EMBEDDED.iter().map(|embedded| embedded.name);
    let list = names().collect::<Vec<_>>().join(", ");
    Failure::BadInput(format!(
        "there is no template \"{}\"{}; accepted: {list}",
        shorten(name),
        did_you_mean(name, names())
    ))
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let shown = shorten(&path.display().to_string());
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::BadInput(format!("{shown}: is there already, and is left as it is; name another with --out FILE"))
        }
        _ => Failure::Failed(format!("{shown}: cannot be written: {error}")),
    })?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
        // Half a file would be in the way of the next attempt.
        let _ = std::fs::remove_file(path);
        Failure::Failed(format!("{shown}: cannot be written: {error}"))
    })
}
