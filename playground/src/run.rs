//! A run, with progress while it goes on, and what the page draws of it.

use crate::check::problems;
use crate::{NAME, tell};
use serde_json::{Value, json};
use std::io;
use swarmsim::metrics::pictures::{Listing, Swarm, copies_map, short};
use swarmsim::metrics::{Metrics, Sample, SessionRow, Summary, Tables};
use swarmsim::scenario::estimate::{Estimate, memory_text};
use swarmsim::scenario::{Scenario, from_json};
use swarmsim::sim::QueueKind;
use swarmsim::swarm::Simulation;
use swarmsim::swarm::config::{Config, LateProof};

/// Events between two lines of progress.
const STRIDE: u64 = 100_000;
/// The most memory that a page is let have; WebAssembly has 4 GiB of addresses, and a browser less.
const MOST_MEMORY: u64 = 1 << 30;
/// The most samples that are drawn of a column.
const MOST_SAMPLES: usize = 600;

/// Runs a scenario; lines of progress, then what came out, or what is wrong.
pub fn run(text: &[u8]) -> io::Result<()> {
    let scenario = match from_json(NAME, text) {
        Ok(checked) => checked.scenario,
        Err(report) => return tell(&json!({ "problems": problems(&report) })),
    };
    let takes = Estimate::of(&scenario).memory_bytes;
    if takes > MOST_MEMORY {
        let (takes, most) = (memory_text(takes as f64), memory_text(MOST_MEMORY as f64));
        return tell(
            &json!({ "refused": format!("A run would take about {takes} of memory; accepted here: at most {most}.") }),
        );
    }
    let metrics = Metrics::new(scenario.output.sample_interval).with_playback(scenario.output.playback_rate);
    let mut run = Simulation::new(scenario.config.clone(), metrics, QueueKind::Ladder);
    while run.advance(STRIDE) {
        let metrics = run.observer();
        tell(&json!({ "progress": {
            "time_s": run.now().as_secs_f64(), "events": run.events(),
            "completed": metrics.completed(), "downloaders": metrics.downloaders(),
        } }))?;
    }
    let (digest, events) = (run.digest(), run.events());
    let (metrics, reason) = run.finish();
    let (summary, tables) = metrics.finish(scenario.identity(digest, events, reason));
    tell(&outcome(&scenario, &summary, &tables))
}

fn outcome(scenario: &Scenario, summary: &Summary, tables: &Tables) -> Value {
    let config = &scenario.config;
    let groups: Vec<String> = config.groups.iter().map(|group| group.name.to_string()).collect();
    let swarm = Swarm {
        sessions: &tables.sessions,
        expiries: &tables.expiries,
        groups: &groups,
        chunks: config.file.chunks() as u32,
        listing: Listing {
            proof_interval_s: config.protocol.active_proof_interval.as_secs_f64(),
            readmits: config.tracker.late_proof == LateProof::Readmit,
        },
        end_s: summary.end_time_s,
    };
    json!({
        "summary": summary,
        "unmet": scenario.unmet(summary),
        "samples": samples(&tables.samples),
        "completions": completions(&tables.sessions, config),
        "swarm": swarm.view(),
        "copies": copies_map(&tables.availability),
    })
}

/// Columns of the samples, evenly thinned.
fn samples(all: &[Sample]) -> Value {
    let stride = all.len().div_ceil(MOST_SAMPLES).max(1);
    let last = all.len().saturating_sub(1);
    let rows: Vec<&Sample> =
        all.iter().enumerate().filter(|(i, _)| i % stride == 0 || *i == last).map(|(_, row)| row).collect();
    let column = |get: fn(&Sample) -> f64| rows.iter().map(|row| short(get(row))).collect::<Vec<_>>();
    json!({
        "time_s": column(|row| row.time.as_secs_f64()),
        "present": column(|row| f64::from(row.present)),
        "leechers": column(|row| f64::from(row.leechers)),
        "seeders": column(|row| f64::from(row.seeders)),
        "listed": column(|row| f64::from(row.listed)),
        "stale_listed": column(|row| f64::from(row.stale_listed)),
        "uploading_bytes_per_s": column(|row| row.uploading_bytes_per_s),
        "min_copies": column(|row| f64::from(row.min_copies)),
        "mean_copies": column(|row| row.mean_copies),
    })
}

/// When each download was over, in order of time, by group.
fn completions(sessions: &[SessionRow], config: &Config) -> Value {
    let group = |(i, group): (usize, &swarmsim::swarm::config::Group)| {
        let mine = || sessions.iter().filter(|row| usize::from(row.group) == i);
        let mut times: Vec<f64> = mine().filter_map(|row| Some(short(row.completed?.as_secs_f64()))).collect();
        times.sort_by(f64::total_cmp);
        json!({ "group": group.name.to_string(), "times_s": times })
    };
    Value::Array(config.groups.iter().enumerate().map(group).collect())
}
