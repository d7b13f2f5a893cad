//! A strategy of one's own against two of the program's, over the same seeds: a program that uses the library and changes nothing of it.
//!
//! ```text
//! cargo run --release --example own_strategy                       # flash-crowd, three seeds
//! cargo run --release --example own_strategy -- heavy-churn 10     # an embedded scenario, ten seeds
//! cargo run --release --example own_strategy -- my.json            # a file
//! ```
//!
//! It needs the simulation core alone: `swarmsim = { path = "…", default-features = false }`.

#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::env;
use std::error::Error;
use std::sync::Arc;
use swarmsim::chunks::ChunkSet;
use swarmsim::metrics::{Metrics, Summary};
use swarmsim::scenario::{Embedded, Scenario, from_json};
use swarmsim::sim::{Draws, QueueKind};
use swarmsim::strategy::{Strategy, View, kind};
use swarmsim::swarm::Simulation;

/// Of two chunks at random the one that fewer neighbors have: a taste for the rare, without all peers asking for the same chunk.
#[derive(Debug)]
struct RarerOfTwo;

impl Strategy for RarerOfTwo {
    fn pick(&self, view: &View<'_>, candidates: &mut ChunkSet, draws: &mut Draws) -> Option<u32> {
        let first = candidates.choose(draws)?;
        let second = candidates.choose(draws)?;
        Some(if view.copies.get(second) < view.copies.get(first) { second } else { first })
    }
}

/// Runs the scenario with this seed, every group with this strategy.
fn run(scenario: &Scenario, seed: u64, strategy: &Arc<dyn Strategy>) -> Summary {
    let mut config = scenario.config.clone();
    config.seed = seed;
    for group in &mut config.groups {
        group.strategy = strategy.clone();
    }
    let mut run = Simulation::new(config, Metrics::new(scenario.output.sample_interval), QueueKind::Ladder);
    while run.advance(u64::MAX) {}
    let (digest, events) = (run.digest(), run.events());
    let (metrics, reason) = run.finish();
    metrics.finish(scenario.identity(digest, events, reason)).0
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let name = arguments.first().map_or("flash-crowd", String::as_str);
    let seeds: u64 = arguments.get(1).map_or(Ok(3), |text| text.parse())?;
    let text = match Embedded::find(name) {
        Some(embedded) => embedded.text.as_bytes().to_vec(),
        None => std::fs::read(name).map_err(|error| format!("{name}: {error}"))?,
    };
    let scenario = from_json(name, &text).map_err(|report| report.to_string())?.scenario;
    let theirs = |name: &str| -> Arc<dyn Strategy> { (kind(name).expect("it is in the table").make)(&[]).into() };
    let strategies: [(&str, Arc<dyn Strategy>); 3] = [
        ("rarer-of-two", Arc::new(RarerOfTwo)),
        ("random", theirs("random")),
        ("rarest-first", theirs("rarest-first")),
    ];
    println!("{:14}{:>6}{:>12}{:>12}{:>12}", "strategy", "seed", "completed", "mean (s)", "95 % (s)");
    for (name, strategy) in &strategies {
        for seed in (0..seeds).map(|more| scenario.config.seed + more) {
            let completion = run(&scenario, seed, strategy).completion;
            let shown = |time: Option<f64>| time.map_or("–".to_owned(), |time| format!("{time:.1}"));
            let (mean, p95) = (shown(completion.mean_s), shown(completion.p95_s));
            println!("{name:14}{seed:>6}{:>12}{mean:>12}{p95:>12}", completion.completed);
        }
    }
    Ok(())
}
