//! What is wrong with a text that is no JSON, said so that one can mend it.

use super::problem::{At, Problem, shorten};
use super::text::JSON_EXPECTED;
use serde_json::error::Category;

/// The problem behind an error of the parser.
pub fn explain(text: &str, error: &serde_json::Error) -> Problem {
    if let Some(message) = other_format(text) {
        return Problem::error(At::Text(0), "", message);
    }
    if let Some(at) = conflict_marker(text) {
        let message = "found a conflict marker of Git; resolve the conflict first".into();
        return Problem::error(At::Text(at), "", message);
    }
    if error.classify() == Category::Eof {
        return broken_off(text);
    }
    let at = offset_of(text, error);
    let (at, message) = at_fault(text, at, &error.to_string());
    Problem::error(At::Text(at), "", message)
}

/// Other formats, by how their texts begin.
fn other_format(text: &str) -> Option<String> {
    let start = text.trim_start();
    let found = if start.starts_with("<<<<<<<") {
        return None;
    } else if start.starts_with('<') {
        "HTML or XML"
    } else if start.starts_with("---") || first_line_is_assignment(start, ':') {
        "YAML, it seems"
    } else if first_line_is_assignment(start, '=') || (start.starts_with('[') && is_table_header(start)) {
        "TOML, it seems"
    } else {
        return None;
    };
    Some(format!("found {found}; {JSON_EXPECTED}"))
}

/// `word: …` or `word = …`, where a JSON text has `{`.
fn first_line_is_assignment(text: &str, sign: char) -> bool {
    let line = text.lines().next().unwrap_or("");
    let word = line.split(sign).next().unwrap_or("").trim_end();
    line.contains(sign)
        && word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn is_table_header(text: &str) -> bool {
    let line = text.lines().next().unwrap_or("").trim();
    line.trim_matches(['[', ']']).starts_with(|c: char| c.is_ascii_alphabetic())
        && line.ends_with(']')
        && !line.contains(',')
        && !["[true]", "[false]", "[null]"].contains(&line)
}

fn conflict_marker(text: &str) -> Option<usize> {
    ["<<<<<<< ", "=======\n", ">>>>>>> "]
        .into_iter()
        .filter_map(|marker| text.match_indices(marker).map(|(at, _)| at).find(|&at| starts_line(text, at)))
        .min()
}

fn starts_line(text: &str, at: usize) -> bool {
    at == 0 || matches!(text.as_bytes()[at - 1], b'\n' | b'\r')
}

/// The byte that the parser stopped at: its lines end with LF alone, its columns count bytes from 1.
fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    let mut line_start = 0;
    for _ in 1..error.line() {
        line_start += text[line_start..].find('\n').map_or(0, |at| at + 1);
    }
    let mut at = (line_start + error.column()).saturating_sub(1).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A text that ends inside a value: what is still open, and where that began.
fn broken_off(text: &str) -> Problem {
    let (open, string_from) = open_at_end(text);
    let line_of = |at: usize| line_of(text, at);
    let inside = match (string_from, open.last()) {
        (Some(at), _) => format!("a string that begins in line {}; its closing `\"` is missing", line_of(at)),
        (None, Some(&(b'{', at))) => format!("an object that begins in line {}; its `}}` is missing", line_of(at)),
        (None, Some(&(_, at))) => format!("an array that begins in line {}; its `]` is missing", line_of(at)),
        (None, None) => "a value".into(),
    };
    Problem::error(At::Text(text.trim_ascii_end().len()), "", format!("the text breaks off inside {inside}"))
}

/// What is open where a text ends: objects and arrays, each with its place, and the place of a string.
fn open_at_end(text: &str) -> (Vec<(u8, usize)>, Option<usize>) {
    let mut open = Vec::new();
    let mut string_from = None;
    let mut escaped = false;
    for (i, byte) in text.bytes().enumerate() {
        match (string_from, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(_), b'"') => string_from = None,
            (Some(_), _) => {}
            (None, b'"') => string_from = Some(i),
            (None, b'{' | b'[') => open.push((byte, i)),
            (None, b'}' | b']') => drop(open.pop()),
            _ => {}
        }
    }
    (open, string_from)
}

fn line_of(text: &str, at: usize) -> usize {
    super::text::Lines::of(text.as_bytes()).position(text.as_bytes(), at).0
}

/// What is open and is not closed by the bracket at a byte.
fn mismatched(text: &str, at: usize) -> Option<String> {
    let (open, _) = open_at_end(&text[..at]);
    let &(opened, from) = open.last()?;
    let (what, close) = if opened == b'{' { ("an object", '}') } else { ("an array", ']') };
    let found = text[at..].chars().next().filter(|c| *c != close)?;
    Some(format!("found `{found}` inside {what} that begins in line {}; its `{close}` is missing", line_of(text, from)))
}

/// The place and the message for a fault at a byte.
fn at_fault(text: &str, at: usize, parser_says: &str) -> (usize, String) {
    let before = text[..at].trim_ascii_end();
    let rest = &text[at..];
    let c = rest.chars().next().unwrap_or(' ');
    if parser_says.starts_with("trailing characters") {
        return (at, trailing(rest));
    }
    if parser_says.starts_with("control character") {
        let at = at + rest.find(char::is_control).unwrap_or(0);
        return (at, "found a line break or control character inside a string; close the string, or write \\n".into());
    }
    if parser_says.starts_with("invalid escape") || parser_says.starts_with("invalid unicode") {
        return (at, "found an escape that JSON has not; it has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX".into());
    }
    if let Some(found) = bad_number(text, at) {
        return found;
    }
    let message = match c {
        ']' | '}' if before.ends_with(',') => {
            return (before.len() - 1, format!("found a comma before `{c}`; remove it"));
        }
        '/' | '#' => "found a comment; JSON has none, use \"description\"".into(),
        '\'' => "found a single quote; strings stand between double quotes, \"…\"".into(),
        '\u{201c}' | '\u{201d}' | '\u{201e}' => {
            "found a typographic quote; strings stand between plain ones, \"…\"".into()
        }
        ',' if before.ends_with([',', '{', '[']) => "found a comma too many".into(),
        ',' if before.ends_with(':') => "found a comma where a value is missing".into(),
        ',' => "found a comma where something is missing before it".into(),
        ']' | '}' if mismatched(text, at).is_some() => mismatched(text, at).unwrap_or_default(),
        '"' | '{' | '[' | '-' | '0'..='9' if needs_comma(before) => {
            "found the next value at once; a comma is missing before it".into()
        }
        '"' => "found a string where `:` or `,` is missing".into(),
        c if c.is_alphabetic() || c == '_' || c == '$' => return word(text, at),
        c if c.is_whitespace() => format!("found the blank U+{:04X}, which JSON has not; write a space", u32::from(c)),
        c => format!("found `{}`, which is not JSON here", shorten(&c.to_string())),
    };
    (at, message)
}

fn needs_comma(before: &str) -> bool {
    before.ends_with(['"', '}', ']', 'e', 'l']) || before.ends_with(|c: char| c.is_ascii_digit())
}

fn trailing(rest: &str) -> String {
    match rest.chars().next() {
        Some('{' | '[') => "found a second value after the first; a file holds one".into(),
        Some(c @ ('}' | ']')) => format!("found a `{c}` too many"),
        _ => format!("found \"{}\" after the end of the value", shorten(rest.lines().next().unwrap_or(""))),
    }
}

/// The start of the word or number that a byte lies in.
fn token_start(text: &str, at: usize) -> usize {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_');
    at - text.as_bytes()[..at].iter().rev().take_while(|b| is_part(b)).count()
}

fn token(text: &str, start: usize) -> &str {
    let is_end = |c: char| !(c.is_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | '$'));
    let rest = &text[start..];
    &rest[..rest.find(is_end).unwrap_or(rest.len())]
}

/// What is wrong with the number that a byte lies in, where it lies in one.
fn bad_number(text: &str, at: usize) -> Option<(usize, String)> {
    let start = token_start(text, at);
    let found = token(text, start);
    let digits = found.trim_start_matches(['+', '-']);
    let hint = if digits.starts_with("Inf") || digits.starts_with("inf") {
        "infinity is no number here; where there may be no limit, write \"unlimited\" or null"
    } else if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    } else if found.starts_with('+') {
        "remove the plus sign"
    } else if is_number(found) {
        // What is wrong stands after it, or before.
        return None;
    } else if ["0x", "0X", "0b", "0B", "0o", "0O"].iter().any(|prefix| digits.starts_with(prefix)) {
        "write it in decimal"
    } else if digits.starts_with('.') {
        "write a digit before the point, as in 0.5"
    } else if digits.starts_with('0') && digits[1..].starts_with(|c: char| c.is_ascii_digit()) {
        "remove the leading zeros"
    } else if digits.ends_with('.') || digits.contains(".e") {
        "write a digit after the point, as in 1.0"
    } else if digits.contains('_') {
        "write the digits without separators"
    } else if digits.contains(|c: char| c.is_alphabetic() && c != 'e' && c != 'E') {
        "a value with a unit stands between quotes, as in \"10s\""
    } else {
        "JSON writes numbers as in 12, 0.5 or 1e-3"
    };
    Some((start, format!("found `{}`; {hint}", shorten(found))))
}

/// Whether a token is a number as JSON writes them.
fn is_number(token: &str) -> bool {
    serde_json::from_str::<serde_json::Number>(token).is_ok()
}

/// A word without quotes.
fn word(text: &str, at: usize) -> (usize, String) {
    let start = token_start(text, at);
    let found = token(text, start);
    let hint = match found.to_ascii_lowercase().as_str() {
        "nan" => "a number must be finite; where a value does not exist, write null".into(),
        "true" | "false" => format!("write {}", found.to_ascii_lowercase()),
        "none" | "undefined" | "nil" | "null" => "write null".into(),
        _ => format!("keys and strings stand between quotes: \"{}\"", shorten(found)),
    };
    (start, format!("found `{}`; {hint}", shorten(found)))
}

#[cfg(test)]
mod tests {
    use super::super::json::parse;
    use super::At;

    #[test]
    fn faults_are_named_and_placed() {
        for (text, at, expected) in [
            ("{\"a\": 1,}", 7, "comma before `}`"),
            ("[1,]", 2, "comma before `]`"),
            ("{\"a\": 1 \"b\": 2}", 8, "comma is missing"),
            ("{\"a\": 1, // x\n \"b\": 2}", 9, "comment"),
            ("{'a': 1}", 1, "single quote"),
            ("{a: 1}", 1, "between quotes"),
            ("{\"a\": NaN}", 6, "finite"),
            ("{\"a\": -Infinity}", 6, "infinity"),
            ("{\"a\": Infinity}", 6, "infinity"),
            ("{\"a\": +1}", 6, "plus sign"),
            ("{\"a\": 01}", 6, "leading zeros"),
            ("{\"a\": 1.}", 6, "after the point"),
            ("{\"a\": .1}", 6, "before the point"),
            ("{\"a\": 0x1F}", 6, "decimal"),
            ("{\"a\": 10s}", 6, "unit"),
            ("{\"a\": True}", 6, "write true"),
            ("{\"a\": \"\\q\"}", 8, "escape"),
            ("{\"a\": \"b\nc\"}", 8, "line break"),
            ("{\"a\": 1} {\"a\": 1}", 9, "second value"),
            ("{\"a\": 1", 7, "object that begins in line 1"),
            ("{\"a\": \"1", 8, "string that begins in line 1"),
            ("{\"a\": \"\\ud800\"}", 6, "surrogate"),
            ("<html>", 0, "HTML"),
            ("name: x", 0, "YAML"),
            ("name = 1", 0, "TOML"),
            ("{\n<<<<<<< HEAD\n}", 2, "conflict"),
        ] {
            let problem = parse(text.as_bytes()).unwrap_err();
            assert!(problem.message.contains(expected), "{text}: {}", problem.message);
            assert_eq!(problem.at, At::Text(at), "{text}: {}", problem.message);
        }
    }
}
