//! From text to a tree that knows where each of its values stands.
//!
//! serde_json does the parsing. Every value is borrowed from the text as a [`RawValue`], so its place is
//! its distance from the text's beginning, and numbers keep their digits until someone knows their type.

use super::problem::{At, Problem, shorten};
use super::syntax;
use super::text::{Lines, decode};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// The deepest nesting that is read. Each level is scanned once more than the one around it.
const MAX_DEPTH: usize = 12;
/// The most values that a document may hold.
const MAX_VALUES: usize = 1_000_000;
/// Far more keys than any object needs: who writes more is told so at once, instead of how each of them might have been meant.
const MAX_KEYS: usize = 10_000;
/// The most repeated keys that are reported: each costs a walk along its line.
const MAX_REPEATED: usize = 100;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub at: At,
}

/// A JSON value; numbers as they were written.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number's text.
    Number(Box<str>),
    /// A string, decoded.
    String(Box<str>),
    /// An array.
    Array(Vec<Node>),
    /// An object, its members in order, each key once.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The key, decoded.
    pub key: Box<str>,
    /// Where the key stands.
    pub key_at: At,
    /// The value.
    pub node: Node,
}

impl Node {
    /// The member of this key, where this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Object(members) => members.iter().find(|member| &*member.key == key).map(|member| &member.node),
            _ => None,
        }
    }

    /// The text, where this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, where this is an array.
    pub fn as_array(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// What messages call it: `"ten" (a string)`, `an array of 3`.
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Null => "null".into(),
            Value::Bool(value) => value.to_string(),
            Value::Number(text) => shorten(text),
            Value::String(text) => format!("\"{}\" (a string)", shorten(text)),
            Value::Array(elements) => format!("an array of {}", elements.len()),
            Value::Object(_) => "an object".into(),
        }
    }

    /// The value as JSON on one line, its numbers as they were written.
    pub fn to_json_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        let quoted = |text: &str| serde_json::to_string(text).expect("a string can be written");
        match &self.value {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(text) => out.push_str(text),
            Value::String(text) => out.push_str(&quoted(text)),
            Value::Array(elements) => {
                out.push('[');
                for (i, element) in elements.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    element.write(out);
                }
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                for (i, member) in members.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    out.push_str(&quoted(&member.key));
                    out.push(':');
                    member.node.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The value as indented JSON with a line break at the end, its numbers as they were written.
    pub fn to_json_lines(&self) -> String {
        let mut text = String::new();
        self.write_lines(&mut text, 0);
        text.push('\n');
        text
    }

    fn write_lines(&self, out: &mut String, depth: usize) {
        let begin = |out: &mut String, i: usize, sign: char| {
            out.push(if i == 0 { sign } else { ',' });
            out.push('\n');
            out.push_str(&"  ".repeat(depth + 1));
        };
        let end = |out: &mut String, sign: char| {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
            out.push(sign);
        };
        match &self.value {
            Value::Array(elements) if !elements.is_empty() => {
                for (i, element) in elements.iter().enumerate() {
                    begin(out, i, '[');
                    element.write_lines(out, depth + 1);
                }
                end(out, ']');
            }
            Value::Object(members) if !members.is_empty() => {
                for (i, member) in members.iter().enumerate() {
                    begin(out, i, '{');
                    out.push_str(&serde_json::to_string(&member.key).expect("a string can be written"));
                    out.push_str(": ");
                    member.node.write_lines(out, depth + 1);
                }
                end(out, '}');
            }
            _ => self.write(out),
        }
    }

    /// An object of these members, standing where they are made.
    pub fn object<'k>(members: impl IntoIterator<Item = (&'k str, Node)>) -> Node {
        let at = At::Text(0);
        let member = |(key, node): (&str, Node)| Member { key: key.into(), key_at: at, node };
        Node { value: Value::Object(members.into_iter().map(member).collect()), at }
    }

    /// An array of these elements.
    pub fn array(elements: impl IntoIterator<Item = Node>) -> Node {
        Node { value: Value::Array(elements.into_iter().collect()), at: At::Text(0) }
    }

    /// A string.
    pub fn string(text: &str) -> Node {
        Node { value: Value::String(text.into()), at: At::Text(0) }
    }

    /// A whole number.
    pub fn integer(number: u64) -> Node {
        Node { value: Value::Number(number.to_string().into()), at: At::Text(0) }
    }

    /// Whether both are the same value, wherever they stand.
    pub fn is_same(&self, other: &Node) -> bool {
        self.to_json_text() == other.to_json_text()
    }

    /// The same value, all of it standing at `at`.
    pub fn moved(mut self, at: At) -> Node {
        self.move_to(at);
        self
    }

    fn move_to(&mut self, at: At) {
        self.at = at;
        match &mut self.value {
            Value::Array(elements) => elements.iter_mut().for_each(|element| element.move_to(at)),
            Value::Object(members) => {
                for member in members {
                    member.key_at = at;
                    member.node.move_to(at);
                }
            }
            _ => {}
        }
    }
}

/// A place in a tree, written `$.peers[1].count`.
#[derive(Clone, Copy, Debug)]
pub enum Path<'p> {
    /// `$`
    Root,
    /// A member of the object at the first.
    Key(&'p Path<'p>, &'p str),
    /// An element of the array at the first.
    Index(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    /// The member `key` of what is here.
    pub fn key(&'p self, key: &'p str) -> Path<'p> {
        Path::Key(self, key)
    }

    /// The element `index` of what is here.
    pub fn index(&'p self, index: usize) -> Path<'p> {
        Path::Index(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => f.write_str("$"),
            Path::Key(parent, key) if is_plain(key) => write!(f, "{parent}.{key}"),
            Path::Key(parent, key) => write!(f, "{parent}[\"{}\"]", shorten(key)),
            Path::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

fn is_plain(key: &str) -> bool {
    (1..=40).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$')
}

/// The tree of a file, and the keys that it gives twice.
pub fn parse(bytes: &[u8]) -> Result<(Node, Vec<Problem>), Problem> {
    let text = decode(bytes)?;
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| syntax::explain(text, &error))?;
    let mut builder = Builder { text, lines: None, values: 0, problems: Vec::new() };
    let root = builder.node(raw, &Path::Root, 0)?;
    Ok((root, builder.problems))
}

struct Builder<'t> {
    text: &'t str,
    lines: Option<Lines>,
    values: usize,
    problems: Vec<Problem>,
}

impl<'t> Builder<'t> {
    fn at(&self, raw: &RawValue) -> At {
        At::Text(raw.get().as_ptr() as usize - self.text.as_ptr() as usize)
    }

    fn node(&mut self, raw: &'t RawValue, path: &Path<'_>, depth: usize) -> Result<Node, Problem> {
        let at = self.at(raw);
        self.values += 1;
        if depth > MAX_DEPTH {
            return Err(Problem::error(at, "", format!("found values nested more than {MAX_DEPTH} deep")));
        }
        if self.values > MAX_VALUES {
            return Err(Problem::error(at, path, format!("found more than {MAX_VALUES} values in one file")));
        }
        let value = match raw.get().as_bytes()[0] {
            b'{' => Value::Object(self.members(raw, path, depth)?),
            b'[' => Value::Array(self.elements(raw, path, depth)?),
            b'"' => Value::String(self.string(raw, path)?),
            b't' => Value::Bool(true),
            b'f' => Value::Bool(false),
            b'n' => Value::Null,
            _ => Value::Number(raw.get().into()),
        };
        Ok(Node { value, at })
    }

    fn elements(&mut self, raw: &'t RawValue, path: &Path<'_>, depth: usize) -> Result<Vec<Node>, Problem> {
        let raws: Vec<&'t RawValue> = serde_json::from_str(raw.get()).map_err(|error| self.unexpected(raw, &error))?;
        raws.into_iter().enumerate().map(|(i, raw)| self.node(raw, &path.index(i), depth + 1)).collect()
    }

    fn members(&mut self, raw: &'t RawValue, path: &Path<'_>, depth: usize) -> Result<Vec<Member>, Problem> {
        let raws: RawMembers<'t> = serde_json::from_str(raw.get()).map_err(|error| self.unexpected(raw, &error))?;
        if raws.0.len() > MAX_KEYS {
            let message = format!("found an object with {} keys; accepted: at most {MAX_KEYS}", raws.0.len());
            return Err(Problem::error(self.at(raw), path, message));
        }
        let mut seen: BTreeMap<Box<str>, At> = BTreeMap::new();
        let mut members = Vec::with_capacity(raws.0.len());
        for (key, value) in raws.0 {
            let (key_at, key) = (self.at(key), self.string(key, path)?);
            let node = self.node(value, &path.key(&key), depth + 1)?;
            if let Some(&first) = seen.get(&key) {
                self.repeated(path.key(&key), key_at, first);
                continue;
            }
            seen.insert(key.clone(), key_at);
            members.push(Member { key, key_at, node });
        }
        Ok(members)
    }

    fn repeated(&mut self, path: Path<'_>, at: At, first: At) {
        if self.problems.len() == MAX_REPEATED {
            return;
        }
        let lines = self.lines.get_or_insert_with(|| Lines::of(self.text.as_bytes()));
        let At::Text(offset) = first else { return };
        let (line, column) = lines.position(self.text.as_bytes(), offset);
        let message = format!("the key is given twice, first at {line}:{column}; remove one of them");
        self.problems.push(Problem::error(at, path, message));
    }

    fn string(&self, raw: &RawValue, path: &Path<'_>) -> Result<Box<str>, Problem> {
        serde_json::from_str(raw.get()).map_err(|_| {
            let message = "found half of a surrogate pair in a string; write both halves, or the character itself";
            Problem::error(self.at(raw), path, message.into())
        })
    }

    /// A part of a text that parsed as a whole always parses.
    fn unexpected(&self, raw: &RawValue, error: &serde_json::Error) -> Problem {
        Problem::error(self.at(raw), "", error.to_string())
    }
}

/// An object's members in order, repeated keys included.
struct RawMembers<'t>(Vec<(&'t RawValue, &'t RawValue)>);

impl<'de: 't, 't> Deserialize<'de> for RawMembers<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(&'de RawValue, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(RawMembers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_and_key_knows_its_place() {
        let (root, problems) = parse(b" {\"a\": [1, {\"b\": 2.50}], \"c\": \"x\\u0041\"}").unwrap();
        assert!(problems.is_empty());
        assert_eq!(root.at, At::Text(1));
        let elements = root.get("a").unwrap().as_array().unwrap();
        assert_eq!(elements[0].at, At::Text(8));
        assert_eq!(elements[1].get("b").unwrap().value, Value::Number("2.50".into()));
        assert_eq!(root.get("c").unwrap().as_str(), Some("xA"));
        let Value::Object(members) = &root.value else { panic!() };
        assert_eq!(members[1].key_at, At::Text(25));
    }

    #[test]
    fn a_tree_is_written_as_it_was_read() {
        let text = r#"{"a":[1,{"b":2.50}],"c":"x\"\u0001","d":null,"e":[],"f":{},"g":1e-3,"h":true}"#;
        let (root, _) = parse(text.as_bytes()).unwrap();
        assert_eq!(root.to_json_text(), text);
        let (again, _) = parse(root.to_json_lines().as_bytes()).unwrap();
        assert!(again.is_same(&root) && root.to_json_lines().contains("\n      \"b\": 2.50\n"));
        assert!(root.is_same(&root.clone().moved(At::Override(3))));
    }

    #[test]
    fn a_key_given_twice_is_found_however_it_is_written() {
        let (root, problems) = parse(b"{\"a\": {\"x\": 1,\n \"\\u0078\": 2}}").unwrap();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].path, "$.a.x");
        assert!(problems[0].message.contains("first at 1:8"), "{}", problems[0].message);
        assert_eq!(root.get("a").unwrap().get("x").unwrap().value, Value::Number("1".into()), "the first stays");
    }

    #[test]
    fn an_object_with_more_keys_than_anyone_needs_is_refused_for_their_number() {
        let with = |keys: usize| {
            let members: Vec<String> = (0..keys).map(|n| format!("\"k{n}\":{n}")).collect();
            parse(format!("{{\"file\": {{{}}}}}", members.join(",")).as_bytes())
        };
        assert!(with(MAX_KEYS).is_ok());
        let problem = with(900_000).unwrap_err();
        assert_eq!(problem.path, "$.file");
        assert_eq!(problem.message, "found an object with 900000 keys; accepted: at most 10000");
    }

    #[test]
    fn depth_and_digits_cost_no_stack_and_no_time() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(parse(deep.as_bytes()).unwrap_err().message.contains("nested more than"));
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
        let digits = format!("{{\"seed\": {}}}", "1".repeat(1_000_000));
        assert!(parse(digits.as_bytes()).is_ok());
    }
}
