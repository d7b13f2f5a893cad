//! Scenarios: from a file's bytes to a checked [`Scenario`], and back.
//!
//! The way in, one module a step: [`text`] makes bytes text, [`json`] makes text a tree that knows where
//! everything stands (`syntax` says what is wrong with text that is no JSON), [`overrides`] change the
//! tree, [`fields`] and [`quantity`] take typed values from it, `read`, `latency`, `groups`, `recorded`, `faults` and `backbones` know which, and `check`
//! looks at the whole. What is wrong is collected ([`problem`]) and reported in one piece. `write` is the way back,
//! and [`explain`] says what was read in sentences.
//!
//! Nothing here opens a file: whoever reads a scenario supplies its bytes and those of the files it names.

mod backbones;
mod check;
pub mod embedded;
pub mod estimate;
pub mod explain;
mod faults;
pub mod fields;
mod groups;
pub mod json;
pub mod keys;
mod latency;
pub mod names;
pub mod overrides;
pub mod presets;
pub mod problem;
pub mod quantity;
mod read;
mod recorded;
#[expect(clippy::module_inception, reason = "the file of the type that the module is named for")]
mod scenario;
pub mod schema;
mod schema_words;
mod syntax;
pub mod text;
pub mod units;
mod write;

#[cfg(test)]
mod physics_tests;
#[cfg(test)]
mod tests;

pub use embedded::{EMBEDDED, Embedded};
pub use estimate::Estimate;
pub use fields::Load;
pub use overrides::Override;
pub use problem::{Problem, Report};
pub use scenario::{Expectation, Output, Scenario, StrategyChoice};

use json::Node;

/// A scenario file that has been parsed, to be read as often as there are overrides to try.
///
/// ```
/// use swarmsim::scenario::{Document, Override};
///
/// # let text = br#"{
/// #     "name": "two", "stop": { "at": "1h" }, "file": { "size": "4 MiB" }, "network": { "latency": "20ms" },
/// #     "peers": [
/// #         { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
/// #         { "group": "home", "count": 3, "up": "2 Mbit/s", "down": "8 Mbit/s" }
/// #     ]
/// # }"#;
/// let document = Document::parse("two.json", text).unwrap();
/// let no_files = |_: &str| Err("files cannot be read here".to_owned());
/// for ttl in ["60s", "120s"] {
///     let one = Override::new("--set", "tracker.entry_ttl", ttl).unwrap();
///     let scenario = document.read(&[one], &no_files).unwrap().scenario;
///     assert_eq!(scenario.config.tracker.entry_ttl.to_string() + "s", ttl);
/// }
/// let wrong = Override::parse("tracker.entry_tll=60s").unwrap();
/// let report = document.read(&[wrong], &no_files).unwrap_err();
/// assert!(report.to_string().contains("entry_ttl"), "the nearest known name is suggested");
/// ```
#[derive(Clone, Debug)]
pub struct Document {
    /// What it is called in messages.
    pub name: String,
    text: Vec<u8>,
    root: Node,
    repeated_keys: Vec<Problem>,
}

/// A scenario that was read, and the warnings about it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The scenario.
    pub scenario: Scenario,
    /// Warnings alone.
    pub warnings: Report,
}

impl Document {
    /// Parses a file's bytes.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Document, Report> {
        match json::parse(bytes) {
            Ok((root, repeated_keys)) => Ok(Document { name: name.into(), text: bytes.to_vec(), root, repeated_keys }),
            Err(problem) => Err(Report::new(name, bytes, Vec::new(), vec![problem])),
        }
    }

    /// A part of this document as one of its own: messages point into the same text.
    pub fn part(&self, root: &Node) -> Document {
        Document { root: root.clone(), ..self.clone() }
    }

    /// The tree.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The keys that it gives twice. [`Document::read`] reports them by itself.
    pub fn repeated_keys(&self) -> &[Problem] {
        &self.repeated_keys
    }

    /// Reads the scenario with these overrides and leaves the report to the caller: for those who read it a million times.
    /// The scenario is there only where there is no error.
    pub fn try_read(&self, overrides: &[Override], load: Load<'_>) -> (Option<Scenario>, Vec<Problem>) {
        let mut root = self.root.clone();
        let mut problems = overrides::apply(&mut root, overrides);
        let unusable = !problems.is_empty();
        let (scenario, found) = read::read(&root, load);
        problems.extend(found);
        (scenario.filter(|_| !unusable), problems)
    }

    /// A report on this document.
    pub fn report(&self, overrides: &[Override], problems: Vec<Problem>) -> Report {
        let labels = overrides.iter().map(|one| one.label.clone()).collect();
        Report::new(&self.name, &self.text, labels, problems)
    }

    /// Reads the scenario with these overrides. Every problem that there is comes in one report.
    pub fn read(&self, overrides: &[Override], load: Load<'_>) -> Result<Checked, Report> {
        let mut root = self.root.clone();
        let mut problems = self.repeated_keys.clone();
        problems.extend(overrides::apply(&mut root, overrides));
        let unusable = !problems.is_empty();
        let (scenario, found) = read::read(&root, load);
        problems.extend(found);
        let report = self.report(overrides, problems);
        match scenario {
            Some(scenario) if !unusable => Ok(Checked { scenario, warnings: report }),
            _ => Err(report),
        }
    }
}

/// Reads a scenario in one step, without overrides and without files of its own.
///
/// ```
/// let text = br#"{
///     "name": "two",
///     "stop": { "at": "1h" },
///     "network": { "latency": "20ms" },
///     "peers": [
///         { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
///         { "group": "home", "up": "1 Mbit/s", "down": "8 Mbit/s" }
///     ]
/// }"#;
/// let scenario = swarmsim::scenario::from_json("two.json", text).unwrap().scenario;
/// assert_eq!(scenario.config.groups.len(), 2);
/// ```
pub fn from_json(name: &str, bytes: &[u8]) -> Result<Checked, Report> {
    let no_files = |_: &str| Err("files cannot be read here".to_owned());
    Document::parse(name, bytes)?.read(&[], &no_files)
}
