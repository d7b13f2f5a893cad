//! Strict reading of a tree: each value is taken as one type and one range, and what does not fit is
//! collected rather than thrown, so that one report names every problem.
//!
//! Every function returns `None` where a value was refused, with the problem recorded.

use super::json::{Node, Path, Value};
use super::problem::{At, MAX_RECORDED, Problem, Severity, did_you_mean, grouped, quoted_list, shorten};
use super::units;
use crate::sim::Span;
use std::ops::RangeInclusive;

/// Reads the files that a scenario names: a path as it is written there gives the bytes or a reason.
pub type Load<'l> = &'l dyn Fn(&str) -> Result<Vec<u8>, String>;

/// Collects the problems of one reading.
pub struct Reader<'l> {
    /// The problems so far.
    pub problems: Vec<Problem>,
    pub(super) load: Load<'l>,
}

/// An object being read, whose keys have been checked.
#[derive(Clone, Copy)]
pub struct Object<'n> {
    node: &'n Node,
    path: &'n Path<'n>,
}

impl<'n> Object<'n> {
    /// An object whose keys somebody else checks.
    pub fn of(node: &'n Node, path: &'n Path<'n>) -> Object<'n> {
        Object { node, path }
    }

    /// Its path.
    pub fn path(&self) -> &'n Path<'n> {
        self.path
    }

    /// The member of this key, whatever it is.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.node.get(key)
    }

    /// Where the object stands.
    pub fn at(&self) -> At {
        self.node.at
    }
}

/// The real numbers that a key takes.
#[derive(Clone, Copy, Debug)]
pub struct Reals {
    min: f64,
    max: f64,
    min_itself: bool,
}

impl Reals {
    /// From `min` to `max`, both included.
    pub const fn within(min: f64, max: f64) -> Reals {
        Reals { min, max, min_itself: true }
    }

    /// Above `min`, up to `max`.
    pub const fn above(min: f64, max: f64) -> Reals {
        Reals { min, max, min_itself: false }
    }

    /// Any finite number.
    pub const fn any() -> Reals {
        Reals { min: f64::MIN, max: f64::MAX, min_itself: true }
    }

    fn contains(self, x: f64) -> bool {
        x <= self.max && if self.min_itself { x >= self.min } else { x > self.min }
    }

    fn describe(self) -> String {
        match (self.min, self.max) {
            (f64::MIN, f64::MAX) => "a number".into(),
            (min, f64::MAX) if self.min_itself => format!("a number of at least {min}"),
            (min, f64::MAX) => format!("a number above {min}"),
            (min, max) if self.min_itself => format!("a number from {min} to {max}"),
            (min, max) => format!("a number above {min}, at most {max}"),
        }
    }
}

impl<'l> Reader<'l> {
    /// A reader without problems.
    pub fn new(load: Load<'l>) -> Reader<'l> {
        Reader { problems: Vec::new(), load }
    }

    /// Whether so many problems are recorded that no more are wanted.
    pub fn is_full(&self) -> bool {
        self.problems.len() >= MAX_RECORDED
    }

    /// Records an error.
    pub fn error<T>(&mut self, at: At, path: &Path<'_>, message: impl Into<String>) -> Option<T> {
        if self.problems.len() < MAX_RECORDED {
            self.problems.push(Problem::error(at, path, message.into()));
        }
        None
    }

    /// Records a warning.
    pub fn warn(&mut self, at: At, path: &Path<'_>, message: impl Into<String>) {
        if self.problems.len() < MAX_RECORDED {
            self.problems.push(Problem::warning(at, path, message.into()));
        }
    }

    /// Whether an error has been found at one of these paths, beneath or above it.
    pub fn is_spoiled(&self, paths: &[&str]) -> bool {
        let touches = |problem: &Problem, path: &str| problem.path.starts_with(path) || path.starts_with(&problem.path);
        self.problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .any(|problem| paths.iter().any(|path| touches(problem, path)))
    }

    fn refuse<T>(&mut self, node: &Node, path: &Path<'_>, accepted: &str) -> Option<T> {
        self.error(node.at, path, format!("found {}; accepted: {accepted}", node.describe()))
    }

    /// An object with no keys but `known`.
    pub fn object<'n>(&mut self, node: &'n Node, path: &'n Path<'n>, known: &[&str]) -> Option<Object<'n>> {
        let Value::Object(members) = &node.value else {
            return self.refuse(node, path, &format!("an object with {}", listed(known)));
        };
        for member in members.iter().filter(|member| !known.contains(&&*member.key)).take(MAX_RECORDED) {
            let (key, hint) = (shorten(&member.key), did_you_mean(&member.key, known.iter().copied()));
            let message = format!("there is no key \"{key}\" here{hint}; accepted: {}", listed(known));
            self.error::<()>(member.key_at, &path.key(&member.key), message);
        }
        Some(Object { node, path })
    }

    /// What `read` makes of the member `key`; `None` where it is absent.
    pub fn optional<T>(
        &mut self,
        object: &Object<'_>,
        key: &str,
        read: impl FnOnce(&mut Self, &Node, &Path<'_>) -> Option<T>,
    ) -> Option<T> {
        let node = object.get(key)?;
        read(self, node, &object.path.key(key))
    }

    /// What `read` makes of the member `key`, whose absence is an error.
    pub fn required<T>(
        &mut self,
        object: &Object<'_>,
        key: &str,
        accepted: &str,
        read: impl FnOnce(&mut Self, &Node, &Path<'_>) -> Option<T>,
    ) -> Option<T> {
        if object.get(key).is_none() {
            return self.error(object.node.at, &object.path.key(key), format!("is missing; accepted: {accepted}"));
        }
        self.optional(object, key, read)
    }

    /// What `read` makes of a value that may be null: `Some(None)` for null.
    pub fn nullable<T>(
        &mut self,
        node: &Node,
        path: &Path<'_>,
        read: impl FnOnce(&mut Self, &Node, &Path<'_>) -> Option<T>,
    ) -> Option<Option<T>> {
        if node.value == Value::Null { Some(None) } else { read(self, node, path).map(Some) }
    }

    /// A string.
    pub fn text<'n>(&mut self, node: &'n Node, path: &Path<'_>) -> Option<&'n str> {
        match &node.value {
            Value::String(text) => Some(text),
            _ => self.refuse(node, path, "a string, between double quotes"),
        }
    }

    /// True or false.
    pub fn boolean(&mut self, node: &Node, path: &Path<'_>) -> Option<bool> {
        match &node.value {
            Value::Bool(value) => Some(*value),
            Value::String(text) if matches!(&**text, "true" | "false") => {
                self.refuse(node, path, &format!("true or false; remove the quotes: {text}"))
            }
            _ => self.refuse(node, path, "true or false"),
        }
    }

    /// One of a few names.
    pub fn choice<T: Copy>(&mut self, node: &Node, path: &Path<'_>, choices: &[(&str, T)]) -> Option<T> {
        let names = || choices.iter().map(|(name, _)| *name);
        let Some(found) = node.as_str() else {
            return self.refuse(node, path, &quoted_list(names()));
        };
        if let Some(&(_, value)) = choices.iter().find(|(name, _)| *name == found) {
            return Some(value);
        }
        let hint = did_you_mean(found, names());
        self.error(node.at, path, format!("found \"{}\"{hint}; accepted: {}", shorten(found), quoted_list(names())))
    }

    /// An array's elements.
    pub fn elements<'n>(&mut self, node: &'n Node, path: &Path<'_>, of: &str) -> Option<&'n [Node]> {
        match &node.value {
            Value::Array(elements) => Some(elements),
            _ => self.refuse(node, path, &format!("an array of {of}, between `[` and `]`")),
        }
    }

    /// A whole number, exactly as it is written.
    pub fn integer(&mut self, node: &Node, path: &Path<'_>, range: RangeInclusive<u64>) -> Option<u64> {
        let accepted = match *range.end() {
            u64::MAX => format!("a whole number from {} to 18,446,744,073,709,551,615", grouped(*range.start())),
            end => format!("a whole number from {} to {}", grouped(*range.start()), grouped(end)),
        };
        let text = match &node.value {
            Value::Number(text) => text,
            Value::String(text) if is_digits(text) => {
                return self.refuse(node, path, &format!("{accepted}; remove the quotes: {}", shorten(text)));
            }
            _ => return self.refuse(node, path, &accepted),
        };
        if let Ok(value) = text.parse::<u64>() {
            if range.contains(&value) {
                return Some(value);
            }
        }
        let advice = whole_number_advice(text).map_or_else(String::new, |advice| format!("; {advice}"));
        self.refuse(node, path, &format!("{accepted}{advice}"))
    }

    /// A whole number that fits 32 bits.
    pub fn integer32(&mut self, node: &Node, path: &Path<'_>, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.integer(node, path, u64::from(*range.start())..=u64::from(*range.end()))?;
        u32::try_from(value).ok()
    }

    /// A real number.
    pub fn real(&mut self, node: &Node, path: &Path<'_>, range: Reals) -> Option<f64> {
        let accepted = range.describe();
        let text = match &node.value {
            Value::Number(text) => text,
            Value::String(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => {
                return self.refuse(node, path, &format!("{accepted}; remove the quotes: {}", shorten(text)));
            }
            _ => return self.refuse(node, path, &accepted),
        };
        let value: f64 = text.parse().ok()?;
        if value.is_infinite() {
            return self.refuse(node, path, &format!("{accepted}; this is past the largest number, about 1.8e308"));
        }
        let is_written_as_zero =
            || text.bytes().take_while(|b| !matches!(b, b'e' | b'E')).all(|b| !(b'1'..=b'9').contains(&b));
        if value == 0.0 && !is_written_as_zero() {
            return self.refuse(node, path, &format!("{accepted}; this is too small and would become 0"));
        }
        if value == 0.0 && text.starts_with('-') {
            return self.refuse(node, path, &format!("{accepted}; write 0 without a sign"));
        }
        if range.contains(value) { Some(value) } else { self.refuse(node, path, &accepted) }
    }

    /// A duration.
    pub fn duration(&mut self, node: &Node, path: &Path<'_>) -> Option<Span> {
        let result = match &node.value {
            Value::Number(text) => units::duration_of_seconds(text),
            Value::String(text) => units::parse_duration(text),
            _ => return self.refuse_unit(node, path, units::DURATION_ACCEPTED),
        };
        self.or_error(result, node, path)
    }

    /// A duration above zero.
    pub fn positive_duration(&mut self, node: &Node, path: &Path<'_>) -> Option<Span> {
        let span = self.duration(node, path)?;
        if span.is_zero() {
            return self.refuse(node, path, "a duration above zero");
        }
        Some(span)
    }

    /// A size in bytes.
    pub fn size(&mut self, node: &Node, path: &Path<'_>) -> Option<u64> {
        match &node.value {
            Value::String(text) => {
                let size = self.or_error(units::parse_size(text), node, path)?;
                if size == 0 { self.refuse(node, path, "a size of at least 1 byte") } else { Some(size) }
            }
            Value::Number(_) => self.integer(node, path, 1..=u64::MAX),
            _ => self.refuse_unit(node, path, units::SIZE_ACCEPTED),
        }
    }

    /// A rate in bits per second.
    pub fn rate(&mut self, node: &Node, path: &Path<'_>) -> Option<u64> {
        let result = match &node.value {
            Value::Number(text) => units::rate_of_bytes(text),
            Value::String(text) => units::parse_rate(text),
            _ => return self.refuse_unit(node, path, units::RATE_ACCEPTED),
        };
        self.or_error(result, node, path)
    }

    fn refuse_unit<T>(&mut self, node: &Node, path: &Path<'_>, accepted: &str) -> Option<T> {
        self.error(node.at, path, format!("found {}; {accepted}", node.describe()))
    }

    /// The value, or the message as an error at this place.
    pub fn or_error<T>(&mut self, result: Result<T, String>, node: &Node, path: &Path<'_>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(message) => self.error(node.at, path, message),
        }
    }
}

/// Keys as messages list them.
fn listed(known: &[&str]) -> String {
    known.iter().filter(|key| **key != "$schema").copied().collect::<Vec<_>>().join(", ")
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// How a number that is written otherwise becomes a whole number.
/// How a number that is no whole number in digits (`42.0`, `1e3`, `-0`) is to be written, where that can be told.
pub(crate) fn whole_number_advice(text: &str) -> Option<String> {
    if text == "-0" {
        return Some("write 0 without a sign".into());
    }
    if !text.contains(['.', 'e', 'E']) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    if !(0.0..1e15).contains(&value) {
        // What is wrong is its size.
        return None;
    }
    let is_whole = value.fract() == 0.0;
    Some(if is_whole { format!("write it without point and exponent: {value}") } else { "no fraction".into() })
}

#[cfg(test)]
mod tests {
    use super::super::json::parse;
    use super::*;

    fn read<T>(text: &str, read: impl FnOnce(&mut Reader<'_>, &Node, &Path<'_>) -> Option<T>) -> Result<T, String> {
        let (root, _) = parse(text.as_bytes()).expect("JSON");
        let mut reader = Reader::new(&|_| Err("no files here".into()));
        read(&mut reader, &root, &Path::Root).ok_or_else(|| reader.problems[0].message.clone())
    }

    #[test]
    fn whole_numbers_are_exact_or_refused_with_advice() {
        let integer = |text: &str| read(text, |r, n, p| r.integer(n, p, 0..=u64::MAX));
        assert_eq!(integer("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(integer("9007199254740993"), Ok(9_007_199_254_740_993));
        for (text, expected) in [
            ("18446744073709551616", "551,615"),
            ("-0", "without a sign"),
            ("-1", "found -1"),
            ("3.0", "exponent: 3"),
            ("3e0", "exponent: 3"),
            ("2.5", "no fraction"),
            ("\"5\"", "remove the quotes: 5"),
            ("true", "found true"),
            ("null", "found null"),
            ("[]", "an array of 0"),
        ] {
            let message = integer(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn real_numbers_neither_overflow_nor_vanish() {
        let real = |text: &str| read(text, |r, n, p| r.real(n, p, Reals::within(0.0, 1.0)));
        assert_eq!(real("0.1"), Ok(0.1));
        assert_eq!(real("0e5"), Ok(0.0));
        for (text, expected) in [
            ("1e400", "past the largest"),
            ("1e-400", "would become 0"),
            ("-0.0", "without a sign"),
            ("1.1", "from 0 to 1"),
            ("-0.1", "from 0 to 1"),
            ("\"0.5\"", "remove the quotes"),
        ] {
            let message = real(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn names_are_matched_exactly_and_the_nearest_is_suggested() {
        let choice = |text: &str| read(text, |r, n, p| r.choice(n, p, &[("all-complete", 1), ("empty", 2)]));
        assert_eq!(choice("\"empty\""), Ok(2));
        assert!(choice("\"All_Complete\"").unwrap_err().contains("did you mean \"all-complete\"?"));
        assert!(choice("3").unwrap_err().contains("found 3; accepted: \"all-complete\", \"empty\""));
    }
}
