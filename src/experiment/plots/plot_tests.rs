//! Every plot on every kind of experiment: whole, legible, the same each time.

use super::curves::{self, Strategy};
use super::grid::tests::grid;
use super::rows::{self, Row, Rows};
use super::{draw_grid, estimate};
use crate::experiment::measure;
use crate::output::plots::Drawn;
use crate::output::plots::legible::{assert_legible, texts};
use std::path::PathBuf;

/// Numbers between 0 and 1 that look drawn.
fn scatter(n: u64) -> f64 {
    let mixed = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11) as f64 / (1u64 << 53) as f64
}

fn name(i: usize, long: bool) -> String {
    if long { format!("random-then-rarest:first={i}:and-more-of-a-long-name") } else { format!("strategy-{i}") }
}

/// Rows of `strategies` with `seeds` values about `center`.
fn rows_of(strategies: usize, seeds: usize, center: f64, long: bool) -> Vec<Row> {
    let row = |i: usize| {
        let value = |seed: usize| center + 20.0 * (scatter((i * 1000 + seed) as u64) - 0.5) + 3.0 * i as f64;
        let values: Vec<f64> = (0..seeds).map(value).collect();
        let note = if i % 3 == 1 { "n = 27, 3 censored".into() } else { String::new() };
        Row { name: name(i, long), note, estimate: estimate(&values), values }
    };
    (0..strategies).map(row).collect()
}

fn curves_of(strategies: usize, seeds: usize, long: bool, reached: usize) -> Vec<Strategy> {
    let run = |i: usize, seed: usize| -> Vec<Option<f64>> {
        let speed = 100.0 + 10.0 * i as f64 + 30.0 * scatter((i * 77 + seed) as u64);
        // Where not all complete, seeds differ in how many do.
        let reached = if reached < 100 { reached.saturating_sub(seed % 9) } else { 100 };
        (1..=100).map(|k| (k <= reached).then_some(speed * (0.3 + 0.007 * k as f64))).collect()
    };
    let strategy = |i: usize| Strategy { name: name(i, long), runs: (0..seeds).map(|seed| run(i, seed)).collect() };
    (0..strategies).map(strategy).collect()
}

/// A path and its values.
type Column<'a> = (&'a str, &'a [&'a str]);

/// Results of a sweep over columns of values, `seeds` runs each.
fn sweep(paths: &[Column<'_>], seeds: usize, status: &str) -> String {
    let mut text = String::from("run,seed,");
    paths.iter().for_each(|(path, _)| text.push_str(&format!("\"{path}\",")));
    text.push_str("completion.mean_s,network.wasted_bytes,expiry.stale_share_of_lists,digest,status\n");
    let points: usize = paths.iter().map(|(_, values)| values.len()).product();
    for run in 0..points * seeds {
        let (mut rest, seed) = (run / seeds, run % seeds);
        text.push_str(&format!("{run},{seed},"));
        let mut sum = 0;
        for (_, values) in paths {
            let i = rest % values.len();
            (rest, sum) = (rest / values.len(), sum + i);
            text.push_str(&format!("\"{}\",", values[i]));
        }
        let value = 100.0 + 15.0 * sum as f64 + 8.0 * scatter(run as u64);
        text.push_str(&format!("{value},{},{},d,{status}\n", value * 1e5, 0.0005 * value));
    }
    text
}

fn rows_plots(strategies: usize, seeds: usize, long: bool) -> Vec<Drawn> {
    let (_, measure) = measure::find("completion.mean_s").expect("known");
    let plot = |rows: Vec<Row>, title: &str| Rows {
        title: title.into(),
        source: "flash-crowd".into(),
        remark: rows::seeds(seeds),
        measure,
        rows,
        nothing: "In no seed everyone completed".into(),
    };
    let differences = plot(rows_of(strategies, seeds, 2.0, long), "Difference of mean download time");
    let boxes = plot(rows_of(strategies + 1, seeds, 500.0, long), "Mean download time");
    vec![
        super::named(measure, "-difference", rows::differences(&differences, &name(7, long))),
        super::named(measure, "", rows::boxes(&boxes)),
    ]
}

fn all() -> Vec<(String, Vec<Drawn>)> {
    let mut all = Vec::new();
    for (strategies, seeds, long) in [(1, 30, false), (2, 1, true), (3, 2, false), (8, 30, true), (2, 1000, false)] {
        let case = format!("{}-strategies-{seeds}-seeds", strategies + 1);
        let mut plots = rows_plots(strategies, seeds, long);
        for (end, reached) in [("", 100), ("-partly", 83)] {
            let drawing = curves::draw(&curves_of(strategies + 1, seeds, long, reached), "flash-crowd");
            plots.push(Drawn { stem: format!("curves{end}").into(), drawing });
        }
        all.push((case, plots));
    }
    let nobody = curves::draw(&curves_of(2, 5, false, 0), "flash-crowd");
    all.push(("nobody".into(), vec![Drawn { stem: "curves".into(), drawing: nobody }]));
    all.push(("no-values".into(), rows_plots(2, 0, false)));
    let ttl: Column<'_> = ("tracker.entry_ttl", &["30s", "60s", "2min", "4min", "8min"]);
    let kind: Column<'_> = ("strategy.kind", &["random", "rarest-first", "random-then-rarest"]);
    let up: Column<'_> = ("peers[home].up", &["1 Mbit/s", "2 Mbit/s", "4 Mbit/s"]);
    let counts: Vec<String> = (1..=24).map(|i| (i * 50).to_string()).collect();
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    let count: Column<'_> = ("peers[home].count", &counts);
    let hash: Vec<String> = (0..12).map(|i| format!("a value whose name is long, number {i}")).collect();
    let hash: Vec<&str> = hash.iter().map(String::as_str).collect();
    let wide: Column<'_> = ("file.size", &["1 MiB", "10 MiB", "100 MiB", "1 GiB"]);
    let rates: Column<'_> = ("peers[home].up", &["500 kbit/s", "1 Mbit/s", "1500 kbit/s", "2 Mbit/s"]);
    let sweeps: [(&str, &[Column<'_>], usize, &str); 14] = [
        ("number", &[ttl], 10, "complete"),
        ("number-one-seed", &[wide], 1, "complete"),
        ("one-value", &[("seedless", &["3"])], 5, "complete"),
        ("name", &[kind], 30, "complete"),
        ("number-name", &[ttl, kind], 10, "complete"),
        ("numbers", &[ttl, count], 3, "complete"),
        ("names", &[kind, ("network.sharing", &["fifo", "equal-share"])], 5, "complete"),
        ("three", &[ttl, kind, up], 5, "complete"),
        ("labels-at-both-ends", &[rates, kind, ("peers[home].session", &["1min", "2min"])], 5, "complete"),
        ("four", &[ttl, count, kind, up], 2, "complete"),
        ("long-names", &[("group.strategy.kind", &hash)], 6, "complete"),
        ("long-names-and-number", &[("group.strategy.kind", &hash), ttl], 6, "complete"),
        ("censored", &[ttl, kind], 5, "incomplete"),
        ("nothing-varied", &[], 5, "complete"),
    ];
    for (case, paths, seeds, status) in sweeps {
        all.push((format!("sweep-{case}"), draw_grid(&grid(&sweep(paths, seeds, status)), &format!("Sweep {case}"))));
    }
    all
}

#[test]
fn no_text_is_cut_off_or_covers_another() {
    for (case, plots) in all() {
        plots.iter().for_each(|plot| assert_legible(&case, plot));
    }
}

#[test]
fn every_plot_is_whole_and_small() {
    for (case, plots) in all() {
        for plot in plots {
            let svg = plot.svg();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{case}/{}", plot.stem);
            assert!(svg.len() < 300_000, "{case}/{} takes {} bytes", plot.stem, svg.len());
        }
    }
}

#[test]
fn what_cannot_be_drawn_says_why() {
    let says = |plots: &[Drawn], words: &str| {
        assert!(texts(&plots[0]).iter().any(|text| text.text == words), "{:?}", texts(&plots[0]));
    };
    says(&rows_plots(2, 0, false), "In no seed everyone completed");
    let censored = grid(&sweep(&[("tracker.entry_ttl", &["1s", "2s"])], 2, "incomplete"));
    says(&draw_grid(&censored, "x"), "In no run everyone completed: all are censored");
}

/// `SWARMSIM_GALLERY=folder cargo test experiment_gallery -- --ignored` draws every case for the eye.
#[test]
#[ignore = "draws pictures to look at"]
fn experiment_gallery() {
    let folder = PathBuf::from(std::env::var_os("SWARMSIM_GALLERY").expect("SWARMSIM_GALLERY names a folder"));
    for (case, plots) in all() {
        for plot in plots {
            let path = folder.join(format!("{case}-{}", plot.stem));
            let file = |extension: &str| PathBuf::from(format!("{}.{extension}", path.display()));
            plot.write_png(&file("png")).expect("written");
            std::fs::write(file("svg"), plot.svg()).expect("written");
        }
    }
}
