//! What a run came to, for a reader at a terminal: ten seconds, then the report.

use crate::metrics::Summary;
use crate::output::Timing;
use crate::output::human::{bytes, count, counted, digits, percent, seconds};
use crate::output::text::clean;
use crate::scenario::Scenario;
use crate::swarm::config::StopWhen;
use std::fmt::Write;
use std::path::Path;

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const YELLOW: &str = "\u{1b}[33m";
const RESET: &str = "\u{1b}[0m";
/// Columns of the labels.
const LABELS: usize = 12;

/// The page, with color escapes.
pub fn render(scenario: &Scenario, summary: &Summary, timing: &Timing, folder: &Path) -> String {
    let mut page = Page::default();
    let (name, strategy) = (clean(&summary.scenario), &summary.strategy);
    page.text(&format!("{BOLD}{name}{RESET}, seed {}, {strategy}\n\n", summary.seed));
    peers(&mut page, scenario, summary);
    times(&mut page, summary);
    tracker(&mut page, summary);
    network(&mut page, summary);
    let took = seconds(timing.wall_s);
    let rate = timing.events_per_s.map_or(String::new(), |rate| format!(", {} events/s", large(rate)));
    page.line(
        "simulation",
        &format!(
            "{} of virtual time, {} events in {took}{rate}",
            seconds(summary.end_time_s),
            large(summary.events as f64)
        ),
    );
    page.line("digest", &summary.digest);
    page.text(&format!("\nresults in {}\n", clean(&folder.display().to_string())));
    let report = folder.join("report.html");
    if report.exists() {
        page.text(&format!("report  in {BOLD}{}{RESET}\n", clean(&report.display().to_string())));
    }
    page.0
}

/// Lines of a label and what there is to say.
#[derive(Default)]
struct Page(String);

impl Page {
    fn text(&mut self, text: &str) {
        self.0.push_str(text);
    }

    fn line(&mut self, label: &str, text: &str) {
        writeln!(self.0, "  {DIM}{label:LABELS$}{RESET}{text}").expect("a string takes all");
    }
}

fn peers(page: &mut Page, scenario: &Scenario, summary: &Summary) {
    let peers = &summary.peers;
    let downloaders = peers.completed + peers.left_incomplete + peers.still_downloading;
    let mut text = format!("{} of {}", count(peers.completed), counted(downloaders, "peer", "peers"));
    if peers.left_incomplete > 0 {
        write!(text, ", {} left without the file", count(peers.left_incomplete)).expect("a string takes all");
    }
    if peers.still_downloading > 0 {
        write!(text, ", {} had not finished", count(peers.still_downloading)).expect("a string takes all");
    }
    page.line("completed", &text);
    let awaited = scenario.config.stop.when != StopWhen::Time && summary.stop_reason == "time";
    let notice = match (peers.completed, downloaders) {
        (_, 0) => Some("nobody came to download".to_owned()),
        (0, _) => Some(format!("nobody completed in {}", seconds(summary.end_time_s))),
        _ if awaited => Some(format!("not over when stop.at cut it off at {}", seconds(summary.end_time_s))),
        _ => None,
    };
    if let Some(notice) = notice {
        page.line("", &format!("{YELLOW}{notice}{RESET}"));
    }
}

fn times(page: &mut Page, summary: &Summary) {
    let completion = &summary.completion;
    if let (Some(p50), Some(mean), Some(p95)) = (completion.p50_s, completion.mean_s, completion.p95_s) {
        page.line("time", &format!("median {}, mean {}, 95 % within {}", seconds(p50), seconds(mean), seconds(p95)));
    }
    let Some(makespan) = completion.makespan_s else { return };
    let bound = match (completion.lower_bound_s, completion.ratio_to_bound) {
        (Some(bound), Some(ratio)) => format!(", {} times the least possible {}", digits(ratio), seconds(bound)),
        (Some(bound), None) => format!(", where at least {} are needed", seconds(bound)),
        _ => String::new(),
    };
    page.line("makespan", &format!("{}{bound}", seconds(makespan)));
}

fn tracker(page: &mut Page, summary: &Summary) {
    let expiry = &summary.expiry;
    if let (Some(listed), Some(stale)) = (expiry.mean_listed, expiry.mean_stale_listed) {
        let share = expiry
            .stale_share_of_lists
            .map_or(String::new(), |share| format!("; {} of the entries handed out were stale", percent(share)));
        page.line("listed", &format!("{} on average, {} of them gone{share}", digits(listed), digits(stale)));
    }
    let mut text = format!("{} discarded", counted(expiry.entries_expired, "entry", "entries"));
    if let Some(lag) = expiry.detection_lag_s.mean {
        write!(text, ", {} after the peer had left on average", seconds(lag)).expect("a string takes all");
    }
    if expiry.false_expiries > 0 {
        write!(text, "; {YELLOW}{} of peers that were there{RESET}", count(expiry.false_expiries))
            .expect("a string takes all");
    } else if expiry.entries_expired > 0 {
        text.push_str("; none of a peer that was there");
    }
    page.line("expired", &text);
}

fn network(page: &mut Page, summary: &Summary) {
    let network = &summary.network;
    let mut text = format!("{} of chunks", bytes(network.chunk_bytes as f64));
    if network.chunk_bytes > 0 {
        let wasted = network.wasted_bytes as f64 / network.chunk_bytes as f64;
        write!(text, ", {} of them in vain", percent(wasted)).expect("a string takes all");
    }
    if let Some(used) = network.mean_uplink_utilisation {
        write!(text, ", uplinks {} used", percent(used)).expect("a string takes all");
    }
    page.line("network", &text);
}

/// A large number with three digits: `1.26 million`.
fn large(value: f64) -> String {
    match value {
        v if v >= 1e9 => format!("{} billion", digits(v / 1e9)),
        v if v >= 1e6 => format!("{} million", digits(v / 1e6)),
        v => count(v as u64),
    }
}
