//! The page: a table of all laws, then each with its derivation, its figures and its plot.

use crate::oracle::{Case, LEVEL, Oracle, Rule, Verdict};
use std::fmt::Write;
use std::path::Path;

const OPENING: &str = "\
# Validity: theory against simulation

Swarms whose figures are known by other means, simulated. This page is made by

```
cargo run --release --example validity
```

which ends with an error where a law does not hold; it is the same, byte for byte, wherever it is made. [oracles.md](oracles.md) tells of the tests
that hold the simulator to many of these laws at every change, and discusses the strategies. [versus-simgrid.md](versus-simgrid.md) lays the same swarm in SimGrid
over ours.

* **exact**: every run has the law's value, but for rounding to whole nanoseconds. Measured: from the least run to the greatest.
* **bound**: no run is below. Measured: from the least run to the greatest.
* **mean**: the interval of the mean over independent seeds (Student's t, 99.9 %) contains the law's value. *Not above* and *below* are one-sided.

A comparison of means that cannot fail is worth nothing. So most name a **mistake**, a value that a plausible error of the simulator (or of the reader) would give, and do not
count as held unless that value is ruled out. Of a bound, it is a figure that breaks it.
";

/// The whole page; `images` is the plots' folder, as seen from it.
pub fn write(oracles: &[Oracle], images: &Path) -> String {
    let mut text = OPENING.to_owned();
    let of = |wanted: Verdict| oracles.iter().filter(|oracle| oracle.verdict() == wanted).count();
    let comparisons: usize = oracles.iter().map(|oracle| oracle.cases.len()).sum();
    let failed = of(Verdict::Fails) + of(Verdict::Blunt);
    let _ = writeln!(
        text,
        "\n**{} laws, {comparisons} comparisons: {} hold, {} in part, {failed} fail.**\n\n| | law | source | verdict |\n|---|---|---|---|",
        oracles.len(),
        of(Verdict::Holds),
        of(Verdict::Partly),
    );
    for (i, oracle) in oracles.iter().enumerate() {
        let verdict = whole(oracle);
        let _ = writeln!(text, "| {} | [{}](#{}) | {} | {verdict} |", i + 1, oracle.title, oracle.stem, oracle.source);
    }
    for (i, oracle) in oracles.iter().enumerate() {
        section(&mut text, i + 1, oracle, images);
    }
    text
}

fn whole(oracle: &Oracle) -> String {
    let held = oracle.cases.iter().filter(|case| case.verdict() == Verdict::Holds).count();
    match oracle.verdict() {
        Verdict::Partly => format!("holds in {held} of {}", oracle.cases.len()),
        verdict => verdict.text().to_owned(),
    }
}

fn section(text: &mut String, number: usize, oracle: &Oracle, images: &Path) {
    let _ = writeln!(
        text,
        "\n<a id=\"{}\"></a>\n\n## {number}. {}\n\n*{}* {}\n",
        oracle.stem, oracle.title, oracle.source, oracle.derivation
    );
    text.push_str("| what | law | expected | measured | mistake ruled out | verdict |\n|---|---|---|---|---|---|\n");
    for case in &oracle.cases {
        let _ = writeln!(text, "{}", row(case, oracle.unit));
    }
    if !oracle.remark.is_empty() {
        let _ = writeln!(text, "\n{}", oracle.remark);
    }
    let file = images.join(format!("{}.svg", oracle.stem));
    let _ = writeln!(text, "\n![{}]({})", oracle.title, file.display().to_string().replace('\\', "/"));
}

/// A comparison as a row of a table.
pub fn row(case: &Case, unit: &str) -> String {
    let mistake = case.rival.map_or(String::new(), |(mistake, value)| format!("{mistake}: {}", number(value)));
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    format!(
        "| {} | {} | {}{unit} | {} | {mistake} | {} |",
        case.what,
        rule(case.rule),
        number(case.expected),
        measured(case),
        case.verdict().text()
    )
}

fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::Exact => "exact",
        Rule::AtLeast => "bound",
        Rule::Mean => "mean",
        Rule::NotAbove => "not above",
        Rule::Below => "below",
    }
}

fn measured(case: &Case) -> String {
    let (Some(sample), Some(interval)) = (case.sample(), case.interval()) else { return "nothing".to_owned() };
    match case.rule {
        Rule::Exact | Rule::AtLeast if number(interval.low) == number(interval.high) => number(interval.low),
        Rule::Exact | Rule::AtLeast => format!("{} to {}", number(interval.low), number(interval.high)),
        Rule::Mean | Rule::NotAbove | Rule::Below => {
            format!("{} ± {} ({} seeds)", number(sample.mean()), number(interval.half_width()), sample.n())
        }
    }
}

/// Five digits, without zeros that say nothing.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs();
    let decimals = [(1e4, 1), (1e3, 1), (1e2, 2), (1e1, 3), (1.0, 4), (1e-1, 5), (1e-2, 6)];
    let decimals = decimals.iter().find(|(least, _)| magnitude >= *least).map_or(8, |(_, decimals)| *decimals);
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

const _: () = assert!(LEVEL == 0.999, "the page says so");
