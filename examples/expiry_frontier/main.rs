//! How long should entries live, and how often should peers prove that they are there? Draws the points of the sweep
//! `expiry-tuning` with the theory's curves, and prints the settings with the least load that keep both limits.
//!
//! ```sh
//! cargo run --release --example expiry_frontier -- results/studies/expiry-tuning
//! ```
//!
//! reads `results.csv` there and writes `plots/ghosts.svg`, `plots/false-expiries.svg` and `plots/frontier.svg`; with `--png`, each as
//! PNG, too. `docs/studies/expiry-tuning.md` says what they show.

mod plots;
mod results;
mod theory;

use results::{Point, mean_and_interval};
use std::error::Error;
use std::path::PathBuf;
use theory::{Setting, Swarm};

/// The swarm of `scenarios/studies/expiry-tuning.json`.
const SWARM: Swarm = Swarm { mean_session_s: 1800.0, sweep_interval_s: 5.0, delay_s: 0.05 };
/// The losses that are drawn, which are those of the sweep.
const LOSSES: [f64; 3] = [0.01, 0.05, 0.1];
/// At most this share of the list may have left.
const MOST_GHOSTS: f64 = 0.02;
/// At most so many false expiries for each proof sent.
const MOST_FALSE: f64 = 1e-4;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let png = arguments.iter().position(|argument| argument == "--png").map(|i| arguments.remove(i)).is_some();
    let [folder] = &arguments[..] else {
        return Err("usage: expiry_frontier [--png] FOLDER, which holds the results of the sweep".into());
    };
    let folder = PathBuf::from(folder);
    let points = results::read(&folder)?;
    let target = folder.join("plots");
    std::fs::create_dir_all(&target)?;
    for drawn in [plots::ghosts(&points), plots::false_expiries(&points), plots::frontier(&points)] {
        std::fs::write(target.join(format!("{}.svg", drawn.stem)), drawn.svg())?;
        if png {
            drawn.write_png(&target.join(format!("{}.png", drawn.stem)))?;
        }
    }
    print(&table(&points));
    Ok(())
}

/// The answer, as Markdown: for each loss the best setting by theory, and the best of those simulated.
fn table(points: &[Point]) -> String {
    let mut text = "| loss | by | proof interval | entry_ttl | proofs per minute and peer | ghosts in the list | false expiries per 10,000 proofs |\n\
                    |---|---|---|---|---|---|---|\n"
        .to_owned();
    for loss in LOSSES {
        let best = SWARM.best(loss, MOST_GHOSTS, MOST_FALSE);
        let figures = [SWARM.ghost_share(best) * 100.0, SWARM.false_per_proof(best) * 1e4];
        text += &row(loss, "theory", best, &format!("{:.2} %", figures[0]), &format!("{:.2}", figures[1]));
        if let Some(point) = best_simulated(points, loss) {
            let shown = |values: &[f64], factor: f64, unit: &str| {
                let (mean, [low, high]) = mean_and_interval(values);
                format!("{:.2}{unit} ({:.2} to {:.2})", mean * factor, low * factor, high * factor)
            };
            let ghosts = shown(&point.ghost_share, 100.0, " %");
            text += &row(loss, "simulated", point.at, &ghosts, &shown(&point.false_per_proof, 1e4, ""));
        }
    }
    text
}

fn row(loss: f64, by: &str, at: Setting, ghosts: &str, false_expiries: &str) -> String {
    let (h, ttl) = (at.proof_interval_s, at.entry_ttl_s);
    format!("| {} % | {by} | {h:.1} s | {ttl:.1} s | {:.2} | {ghosts} | {false_expiries} |\n", loss * 100.0, 60.0 / h)
}

/// Of the settings simulated that keep both limits on average, the one with the longest proof interval, and of these with the fewest ghosts.
fn best_simulated(points: &[Point], loss: f64) -> Option<&Point> {
    let ghosts = |point: &Point| mean_and_interval(&point.ghost_share).0;
    let key = |point: &&Point| (point.at.proof_interval_s, -ghosts(point));
    let keeps = points.iter().filter(|point| point.at.loss == loss && is_kept(point));
    keeps.max_by(|a, b| key(a).partial_cmp(&key(b)).expect("they are numbers"))
}

/// Whether both limits are kept on average.
fn is_kept(point: &Point) -> bool {
    mean_and_interval(&point.ghost_share).0 <= MOST_GHOSTS && is_reliable(point)
}

/// Whether few enough of the living are struck off.
fn is_reliable(point: &Point) -> bool {
    mean_and_interval(&point.false_per_proof).0 <= MOST_FALSE
}

#[expect(clippy::print_stdout, reason = "the table is what one wants to see")]
fn print(text: &str) {
    print!("{text}");
}
