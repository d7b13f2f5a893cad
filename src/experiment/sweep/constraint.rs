//! Constraints: which points of a grid are run at all.
//!
//! `{"path": "protocol.active_proof_interval", "less_than": "tracker.entry_ttl"}` compares the value at a path with that at another
//! or with a value that is given, as they are in the resolved scenario.

use crate::scenario::json::{Node, Value, parse};
use crate::scenario::problem::{At, did_you_mean, shorten};
use crate::scenario::units::{parse_duration, parse_rate, parse_size};
use crate::scenario::{Override, Scenario};
use std::cmp::Ordering;

/// How two values are to stand to each other, by the key that says so.
pub const RELATIONS: &[(&str, Relation)] = &[
    ("less_than", Relation { less: true, equal: false, greater: false }),
    ("at_most", Relation { less: true, equal: true, greater: false }),
    ("greater_than", Relation { less: false, equal: false, greater: true }),
    ("at_least", Relation { less: false, equal: true, greater: true }),
    ("equals", Relation { less: false, equal: true, greater: false }),
    ("differs_from", Relation { less: true, equal: false, greater: true }),
];

/// Which orders hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation {
    less: bool,
    equal: bool,
    greater: bool,
}

impl Relation {
    fn holds(self, order: Ordering) -> bool {
        match order {
            Ordering::Less => self.less,
            Ordering::Equal => self.equal,
            Ordering::Greater => self.greater,
        }
    }

    /// Whether it asks for an order, and not only whether two values are the same.
    fn is_ordered(self) -> bool {
        self.less != self.greater
    }
}

/// A constraint.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// Where it stands.
    pub at: At,
    /// The path of the left side, and where that stands.
    pub path: Override,
    /// How both are to stand to each other.
    pub relation: Relation,
    /// The right side: a path where it leads somewhere, else a value.
    pub other: Node,
    /// The constraint as it was given.
    pub text: String,
}

impl Constraint {
    /// Whether a point satisfies it: `raw` is the point's tree, and `scenario` what it was read as, where it could be read.
    pub fn holds(&self, raw: &Node, scenario: Option<&Scenario>) -> Result<bool, String> {
        let resolved = |sides: Option<(&Node, &Node)>| sides.map(|(left, right)| (Side::of(left), Side::of(right)));
        let sides = match (resolved(self.sides(raw)), scenario) {
            (Some(sides), _) => sides,
            (None, Some(scenario)) => {
                // A default stands in the resolved scenario alone.
                let (root, _) = parse(scenario.to_json_text().as_bytes()).expect("a resolved scenario is JSON");
                resolved(self.sides(&root)).ok_or_else(|| self.missing(&root))?
            }
            (None, None) => return Ok(true),
        };
        let order = sides.0.compare(&sides.1, self.relation.is_ordered());
        let order = order.ok_or_else(|| format!("{} and {} cannot be compared", sides.0.text(), sides.1.text()))?;
        Ok(self.relation.holds(order))
    }

    /// Says which side leads nowhere in a resolved scenario, and what is near.
    fn missing(&self, root: &Node) -> String {
        let path = match (self.path.find(root), self.other.as_str()) {
            (Some(_), Some(other)) => other,
            _ => &self.path.label,
        };
        let (inside, key) = path.rsplit_once('.').unwrap_or(("", path));
        let within = Override::new("", inside, "").ok().and_then(|inside| inside.find(root).cloned());
        let names: Vec<String> = match within.unwrap_or_else(|| root.clone()).value {
            Value::Object(members) => members.iter().map(|member| member.key.to_string()).collect(),
            _ => Vec::new(),
        };
        let hint = did_you_mean(key, names.iter().map(String::as_str));
        let accepted = if names.is_empty() { String::new() } else { format!("; accepted: {}", names.join(", ")) };
        format!("there is no value at {}{hint}{accepted}", shorten(path))
    }

    /// Both sides in a tree; nothing where one of them is a default there.
    fn sides<'n>(&'n self, root: &'n Node) -> Option<(&'n Node, &'n Node)> {
        let left = self.path.find(root)?;
        let path = self.other.as_str().and_then(|text| Override::new("", text, "").ok());
        let right = path.as_ref().and_then(|path| path.find(root));
        match (right, &path) {
            (Some(right), _) => Some((left, right)),
            // `tracker.entry_ttl` may be a default; `60s` and `random` are no paths.
            (None, Some(_)) if self.other.as_str().is_some_and(looks_like_path) => None,
            _ => Some((left, &self.other)),
        }
    }
}

/// Whether a text can be nothing but a path: keys with a point or a bracket between, and no number in front.
pub fn looks_like_path(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.contains(['.', '[']) && !text.contains(' ')
}

/// A value that can be compared.
#[derive(Clone, Debug, PartialEq)]
enum Side {
    Number(f64),
    /// Nanoseconds.
    Duration(u64),
    /// Bytes.
    Size(u64),
    /// Bits per second.
    Rate(u64),
    /// Anything else, as it is written.
    Other(String),
}

impl Side {
    fn of(node: &Node) -> Side {
        match &node.value {
            Value::Number(text) => text.parse().map_or_else(|_| Side::Other(text.to_string()), Side::Number),
            Value::String(text) => parse_duration(text)
                .map(|span| Side::Duration(span.as_nanos()))
                .or_else(|_| parse_size(text).map(Side::Size))
                .or_else(|_| parse_rate(text).map(Side::Rate))
                .unwrap_or_else(|_| Side::Other(text.to_string())),
            _ => Side::Other(node.to_json_text()),
        }
    }

    fn text(&self) -> String {
        match self {
            Side::Number(value) => value.to_string(),
            Side::Duration(nanos) => format!("a duration of {} s", *nanos as f64 / 1e9),
            Side::Size(bytes) => format!("a size of {bytes} bytes"),
            Side::Rate(bits) => format!("a rate of {bits} bit/s"),
            Side::Other(text) => format!("\"{}\"", shorten(text)),
        }
    }

    /// In the other's unit: a number beside a duration is seconds, beside a size bytes, beside a rate bytes a second.
    fn beside(&self, other: &Side) -> Option<f64> {
        match (self, other) {
            (Side::Number(value), Side::Duration(_)) => Some(value * 1e9),
            (Side::Number(value), Side::Rate(_)) => Some(value * 8.0),
            (Side::Number(value), Side::Number(_) | Side::Size(_)) => Some(*value),
            (Side::Duration(value), Side::Duration(_) | Side::Number(_))
            | (Side::Size(value), Side::Size(_) | Side::Number(_))
            | (Side::Rate(value), Side::Rate(_) | Side::Number(_)) => Some(*value as f64),
            _ => None,
        }
    }

    fn compare(&self, other: &Side, is_ordered: bool) -> Option<Ordering> {
        match (self.beside(other), other.beside(self)) {
            (Some(left), Some(right)) => left.partial_cmp(&right),
            _ if is_ordered => None,
            _ if self == other => Some(Ordering::Equal),
            _ => Some(Ordering::Less),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(relation: &str, left: &str, right: &str) -> Result<bool, String> {
        let text = r#"{"a": {"x": LEFT, "y": "90s", "n": 5}}"#.replace("LEFT", left);
        let (root, _) = parse(text.as_bytes()).unwrap();
        let constraint = Constraint {
            at: At::Text(0),
            path: Override::new("a.x", "a.x", "").unwrap(),
            relation: RELATIONS.iter().find(|(name, _)| *name == relation).unwrap().1,
            other: parse(right.as_bytes()).unwrap().0,
            text: String::new(),
        };
        constraint.holds(&root, None)
    }

    #[test]
    fn values_are_compared_in_their_units() {
        for (relation, left, right, expected) in [
            ("less_than", "\"60s\"", "\"a.y\"", true),
            ("less_than", "\"2min\"", "\"a.y\"", false),
            ("less_than", "\"1.5min\"", "\"a.y\"", false),
            ("at_most", "\"1.5min\"", "\"a.y\"", true),
            ("at_least", "90", "\"a.y\"", true),
            ("greater_than", "6", "\"a.n\"", true),
            ("greater_than", "\"10 MiB\"", "1000", true),
            ("equals", "\"8 Mbit/s\"", "1000000", true),
            ("equals", "\"random\"", "\"random\"", true),
            ("differs_from", "\"random\"", "\"random\"", false),
            ("differs_from", "null", "\"a.n\"", true),
        ] {
            assert_eq!(holds(relation, left, right), Ok(expected), "{left} {relation} {right}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_no_order() {
        let message = holds("less_than", "\"60s\"", "\"4 MiB\"").unwrap_err();
        assert!(message.contains("60 s") && message.contains("4194304 bytes"), "{message}");
        assert!(holds("at_most", "null", "3").is_err());
    }
}
