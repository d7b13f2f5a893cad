//! A comparison as Markdown, ready to be pasted.

use super::cells::{Block, HEADER, method, seeds};
use super::comparison::Comparison;
use crate::output::text::clean;
use std::fmt::Write;

/// The document.
pub fn markdown(comparison: &Comparison) -> String {
    let mut page = format!(
        "# {}: {} strategies compared\n\nUnder the same {}, against **{}**.\n",
        escaped(&comparison.scenario),
        comparison.strategies.len(),
        seeds(comparison),
        escaped(&comparison.baseline)
    );
    if !comparison.notes.is_empty() {
        page.push('\n');
    }
    for note in &comparison.notes {
        let _ = writeln!(page, "> **Note.** {}\n>", escaped(note));
    }
    for (name, metric) in comparison.metrics.iter() {
        let block = Block::new(comparison, name, metric);
        let _ = writeln!(page, "\n## `{name}`: {}\n", block.heading);
        row(&mut page, &HEADER.map(str::to_owned));
        page.push_str("|:---|---:|---:|---:|---:|---:|---:|\n");
        for line in &block.rows {
            row(&mut page, line);
        }
        page.push('\n');
        for (_, versus) in metric.versus_baseline.iter() {
            let _ = writeln!(page, "- {}", escaped(&versus.sentence));
        }
    }
    let _ = write!(
        page,
        "\n## Method\n\n{} Ratios are the mean of strategy over baseline; wins are the seeds on which the strategy is \
         better. swarmsim {}, model {}; scenario and changes: `{}`.\n",
        escaped(&method(comparison)),
        comparison.swarmsim,
        comparison.model_revision,
        clean(&comparison.arguments.join(" ")).replace('`', "'")
    );
    page
}

fn row(page: &mut String, cells: &[String; 7]) {
    let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

/// Text that is no markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in clean(text).chars() {
        if "\\`*_[]<>|#~".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
