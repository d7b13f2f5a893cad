//! A comparison for a reader at a terminal.

use super::cells::{Block, HEADER, method, seeds};
use super::comparison::{Comparison, Verdict};
use crate::output::text::clean;
use std::fmt::Write;

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[33m";
const RED: &str = "\u{1b}[31m";
const RESET: &str = "\u{1b}[0m";

/// Columns of a terminal that the text keeps to.
const COLUMNS: usize = 100;
/// The most columns of a strategy's name.
const MOST_NAME: usize = 26;

/// The page, with color escapes.
pub fn table(comparison: &Comparison) -> String {
    let mut page = String::new();
    let names = comparison.strategies.len();
    let _ = writeln!(
        page,
        "{BOLD}{}{RESET}: {names} strategies under the same {}, against {BOLD}{}{RESET}",
        clean(&comparison.scenario),
        seeds(comparison),
        comparison.baseline
    );
    for note in &comparison.notes {
        let color = if note.starts_with("CENSORED") || note.starts_with("FAILED") { YELLOW } else { DIM };
        paragraph(&mut page, "  ! ", &clean(note), color);
    }
    for (name, metric) in comparison.metrics.iter() {
        let block = Block::new(comparison, name, metric);
        let _ = writeln!(page, "\n{BOLD}{name}{RESET}  {DIM}{}{RESET}", block.heading);
        rows(&mut page, &block);
        for (_, versus) in metric.versus_baseline.iter() {
            let color = match versus.verdict {
                Verdict::Better => GREEN,
                Verdict::Worse => RED,
                Verdict::Equal | Verdict::Open => "",
                Verdict::Unknown => YELLOW,
            };
            paragraph(&mut page, "  > ", &versus.sentence, color);
        }
    }
    page.push('\n');
    paragraph(&mut page, "", &method(comparison), DIM);
    page
}

/// The rows, each column as wide as it must be; numbers stand at the right.
fn rows(page: &mut String, block: &Block) {
    let mut lines: Vec<[String; 7]> = vec![HEADER.map(str::to_owned)];
    lines.extend(block.rows.iter().cloned().map(|mut row| {
        row[0] = shortened(&row[0]);
        row
    }));
    let widths: Vec<usize> =
        (0..HEADER.len()).map(|i| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0)).collect();
    for (i, line) in lines.iter().enumerate() {
        let mut text = format!("{:<1$}", line[0], widths[0]);
        for (cell, width) in line.iter().zip(&widths).skip(1).filter(|(_, width)| **width > 0) {
            let _ = write!(text, "  {cell:>width$}");
        }
        let (from, to) = if i == 0 { (DIM, RESET) } else { ("", "") };
        let _ = writeln!(page, "  {from}{}{to}", text.trim_end());
    }
}

/// A name whose middle is left out where it is long: parameters stand at its end.
fn shortened(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    if chars.len() <= MOST_NAME {
        return name.to_owned();
    }
    let tail = MOST_NAME / 2;
    let ends = [&chars[..MOST_NAME - tail - 1], &chars[chars.len() - tail..]];
    format!("{}…{}", ends[0].iter().collect::<String>(), ends[1].iter().collect::<String>())
}

/// Writes a paragraph in color, broken into lines that are indented alike.
fn paragraph(page: &mut String, mark: &str, text: &str, color: &str) {
    let indent = mark.chars().count();
    let mut column = indent;
    let _ = write!(page, "{mark}{color}");
    for (i, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if i > 0 && column + 1 + length > COLUMNS {
            let _ = write!(page, "\n{:indent$}", "");
            column = indent;
        } else if i > 0 {
            page.push(' ');
            column += 1;
        }
        page.push_str(word);
        column += length;
    }
    page.push_str(if color.is_empty() { "\n" } else { "\u{1b}[0m\n" });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_name_stays() {
        assert_eq!(shortened("rarest-first"), "rarest-first");
        let long = shortened("random-then-rarest:first=4294967295");
        assert!(long.ends_with("=4294967295") && long.chars().count() == MOST_NAME, "{long}");
    }

    #[test]
    fn paragraphs_keep_to_the_columns() {
        let mut page = String::new();
        paragraph(&mut page, "  > ", &"word ".repeat(60), "");
        assert!(page.lines().count() > 2);
        assert!(page.lines().all(|line| line.chars().count() <= COLUMNS && line.starts_with("  ")));
    }
}
