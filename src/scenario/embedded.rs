//! The scenarios that come with the program.

use super::json::parse;

/// A scenario that comes with the program.
///
/// ```
/// use swarmsim::scenario::{EMBEDDED, Embedded};
///
/// assert_eq!(EMBEDDED[0].name, swarmsim::scenario::embedded::DEFAULT);
/// assert!(Embedded::find("flash-crowd").unwrap().summary().contains("200 peers"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
}

/// The one that is run where none is named.
pub const DEFAULT: &str = "flash-crowd";

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(Embedded { name: $name, text: include_str!(concat!("../../scenarios/", $name, ".json")) }),*]
    };
}

/// All of them; the default first.
pub static EMBEDDED: &[Embedded] = embedded![
    "flash-crowd",
    "steady-poisson",
    "heavy-churn",
    "tracker-outage",
    "lossy-proofs",
    "single-origin-leaves",
    "streaming-window",
    "thousand-peers",
    "world-regions",
    "evening-blackout",
];

impl Embedded {
    /// The scenario of this name.
    pub fn find(name: &str) -> Option<&'static Embedded> {
        EMBEDDED.iter().find(|embedded| embedded.name == name)
    }

    /// What it shows: its description's first sentence.
    pub fn summary(&self) -> String {
        let (root, _) = parse(self.text.as_bytes()).expect("embedded scenarios parse");
        let description = root.get("description").and_then(|node| node.as_str()).unwrap_or_default();
        description.split_once(". ").map_or(description, |(first, _)| first).trim_end_matches('.').to_owned()
    }
}
