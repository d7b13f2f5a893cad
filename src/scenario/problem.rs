//! What is wrong with an input: all of it in one report, in the file's order, each with its place.

use super::text::Lines;
use std::fmt::{self, Write as _};

/// The most problems that a report shows; the rest is counted.
const SHOWN: usize = 20;
/// The most problems that a reading records: a file can have a million of them.
pub const MAX_RECORDED: usize = 200;
/// The most characters of what was found that a message repeats.
const FOUND_CHARS: usize = 80;
/// The most characters of a source line that an excerpt shows.
const EXCERPT_CHARS: usize = 100;

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// The override of this number, from 0.
    Override(usize),
    /// This byte of the text.
    Text(usize),
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The input is refused.
    Error,
    /// The input is legal, and surely not meant.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub at: At,
    /// The JSON path, `$.peers[1].count`; empty where there is none.
    pub path: String,
    /// What was found, what is accepted, and what was perhaps meant.
    pub message: String,
}

impl Problem {
    /// An error.
    pub fn error(at: At, path: impl fmt::Display, message: String) -> Problem {
        Problem { severity: Severity::Error, at, path: path.to_string(), message }
    }

    /// A warning.
    pub fn warning(at: At, path: impl fmt::Display, message: String) -> Problem {
        Problem { severity: Severity::Warning, at, path: path.to_string(), message }
    }
}

/// All that is wrong with one input, ready to be shown.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the input is called in messages: a file's name, `<stdin>`, …
    pub name: String,
    /// The overrides, as they were typed.
    pub overrides: Vec<String>,
    /// The problems, in the file's order.
    pub problems: Vec<Problem>,
    text: Vec<u8>,
    lines: Lines,
}

impl Report {
    /// A report on an input. Of a text that is too large for a scenario only the beginning is kept.
    pub fn new(name: &str, text: &[u8], overrides: Vec<String>, mut problems: Vec<Problem>) -> Report {
        problems.sort_by_key(|problem| problem.at);
        let text = text[..text.len().min(super::text::MAX_BYTES)].to_vec();
        Report { name: name.to_owned(), overrides, problems, lines: Lines::of(&text), text }
    }

    /// Whether anything in it is an error.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Line and column of a place in the text, both from 1, columns in characters; `None` for an override.
    pub fn position(&self, at: At) -> Option<(usize, usize)> {
        match at {
            At::Override(_) => None,
            At::Text(offset) => Some(self.lines.position(&self.text, offset)),
        }
    }

    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }

    fn write_problem(&self, problem: &Problem, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match problem.severity {
            Severity::Error => "error: ",
            Severity::Warning => "warning: ",
        })?;
        match problem.at {
            At::Override(i) => write!(f, "{}: ", shorten(&self.overrides[i]))?,
            At::Text(offset) => {
                let (line, column) = self.lines.position(&self.text, offset);
                write!(f, "{}:{line}:{column}: ", escape(&self.name))?;
            }
        }
        if !problem.path.is_empty() {
            write!(f, "{}: ", problem.path)?;
        }
        writeln!(f, "{}", problem.message)?;
        match problem.at {
            At::Text(offset) => self.write_excerpt(offset, f),
            At::Override(_) => Ok(()),
        }
    }

    /// The line at fault with a caret beneath the column.
    fn write_excerpt(&self, offset: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.lines.position(&self.text, offset);
        let Ok(source) = std::str::from_utf8(self.lines.line(&self.text, line)) else { return Ok(()) };
        let first = (column - 1).saturating_sub(EXCERPT_CHARS * 2 / 3);
        let shown: String = source.chars().skip(first).take(EXCERPT_CHARS).map(printable).collect();
        if shown.trim().is_empty() {
            return Ok(());
        }
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        let caret = " ".repeat(column - 1 - first);
        writeln!(f, "  {number} | {}\n  {margin} | {caret}^", shown.trim_end())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors_only = self.has_errors() && self.problems.len() > SHOWN;
        let relevant = |problem: &&Problem| !errors_only || problem.severity == Severity::Error;
        for problem in self.problems.iter().filter(relevant).take(SHOWN) {
            self.write_problem(problem, f)?;
        }
        let hidden = self.problems.iter().filter(relevant).count().saturating_sub(SHOWN);
        if hidden > 0 {
            let total = self.count(Severity::Error);
            let or_more = if self.problems.len() >= MAX_RECORDED { " or more" } else { "" };
            writeln!(f, "and {hidden}{or_more} more ({total}{or_more} errors in all)")?;
        }
        Ok(())
    }
}

/// A character as an excerpt shows it: one column wide, whatever it is.
fn printable(c: char) -> char {
    match c {
        '\t' => ' ',
        c if is_hostile(c) => '\u{fffd}',
        c => c,
    }
}

/// Characters that a terminal or a reader would take for something else: controls, directions, zero-width ones.
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text with its hostile characters escaped.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hostile(c) => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a string takes all"),
            c => out.push(c),
        }
    }
    out
}

/// Text as a message repeats it: escaped and cut.
pub fn shorten(text: &str) -> String {
    let mut cut: String = text.chars().take(FOUND_CHARS).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    escape(&cut)
}

/// The known name nearest to `word`, where one is near enough to have been meant.
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if word.len() > 100 {
        return None;
    }
    let folded = fold(word);
    let names: Vec<&str> = names.into_iter().collect();
    let reach = (word.chars().count() / 3).max(1);
    let by_letters = names
        .iter()
        .map(|&name| (strsim::damerau_levenshtein(&folded, &fold(name)), name))
        .filter(|&(distance, _)| distance <= reach)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name);
    by_letters.or_else(|| only_name_with(&folded, &names))
}

/// The only name that begins with the word, as `rarest-first` with `rarest`, or else of which it is a part: `ttl` of `entry_ttl`.
fn only_name_with<'n>(folded: &str, names: &[&'n str]) -> Option<&'n str> {
    let only = |fits: &dyn Fn(String) -> bool| {
        let mut found = names.iter().filter(|name| fits(format!("-{}-", fold(name))));
        match (found.next(), found.next()) {
            (Some(name), None) if folded.len() >= 3 => Some(*name),
            _ => None,
        }
    };
    let part = format!("-{folded}-");
    only(&|name| name.starts_with(&part)).or_else(|| only(&|name| name.contains(&part)))
}

fn fold(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

/// `; did you mean "x"?` or nothing.
pub fn did_you_mean<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(word, names).map_or_else(String::new, |name| format!("; did you mean \"{name}\"?"))
}

/// Names as a list: `"a", "b", "c"`.
pub fn quoted_list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// A whole number with its digits in groups of three.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_points_at_its_place() {
        let problem = Problem::error(At::Text(9), "$.seed", "found x".into());
        let report = Report::new("a.json", b"{\n\"seed\": x\n}", Vec::new(), vec![problem]);
        assert_eq!(report.to_string(), "error: a.json:2:8: $.seed: found x\n  2 | \"seed\": x\n    |        ^\n");
    }

    #[test]
    fn twenty_problems_are_shown_and_the_rest_counted() {
        let problems = (0..25).map(|i| Problem::error(At::Text(0), format!("$.p{i}"), "bad".into())).collect();
        let shown = Report::new("a", b"{}", Vec::new(), problems).to_string();
        assert_eq!(shown.matches("error: ").count(), 20);
        assert!(shown.ends_with("and 5 more (25 errors in all)\n"));
    }

    #[test]
    fn the_nearest_name_is_found_whatever_its_case() {
        let names = ["entry_ttl", "sweep_interval"];
        assert_eq!(nearest("entri_ttl", names), Some("entry_ttl"));
        assert_eq!(nearest("Entry-TTL", names), Some("entry_ttl"));
        assert_eq!(nearest("color", names), None);
        assert_eq!(nearest("ttl", names), Some("entry_ttl"));
        assert_eq!(nearest("interval", ["sweep_interval", "proof_interval"]), None, "it may be either");
        assert_eq!(nearest("rarest", ["random-then-rarest", "rarest-first", "global-rarest"]), Some("rarest-first"));
    }

    #[test]
    fn what_was_found_is_cut_and_escaped() {
        assert_eq!(shorten("a\u{1b}[31m\u{202e}"), "a\\u{1b}[31m\\u{202e}");
        assert_eq!(shorten(&"x".repeat(200)).chars().count(), 81);
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
