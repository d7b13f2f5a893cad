//! What would it bring to run one swarm on many machines at once? A simulation of the plan in `docs/scaling.md`.
//!
//! ```sh
//! cargo run --release --example ranks                  # 4,000 peers, and the same rates at 10^5 and 10^6
//! cargo run --release --example ranks -- 300 --short   # quick; draws nothing
//! ```
//!
//! A swarm is run, and every message of it counted: which rank would have handled it in which window of virtual time, and which
//! messages would have gone from rank to rank. The windows are as long as the shortest latency that was seen between two ranks: what
//! one rank sends in a window reaches no other before it ends. Two swarms are looked at: one whose latencies are drawn, pair by pair, and
//! whose peers are dealt out to the ranks by number; and one all over the world, dealt out by region. From these counts and the costs of an event, of a message and of a
//! round over the network follows how long the ranks would have taken.

mod plot;
mod traffic;

use serde_json::json;
use std::error::Error;
use std::fmt::Write;
use swarmsim::scenario::{Estimate, Scenario, from_json};
use swarmsim::sim::QueueKind;
use swarmsim::swarm::Simulation;
use traffic::{Partition, RANKS, REGIONS, Traffic, Windows};

/// The peers of the run, where none are named.
const PEERS: u32 = 4_000;
/// For how many peers the result is told: the rates of each peer are as measured, as neighbors are a fixed number.
const TOLD: [f64; 3] = [1e4, 1e5, 1e6];
/// Putting a message into a buffer for another rank, or taking it out of one, in seconds: a copy of 40 bytes and a call.
const PACK_S: f64 = 40e-9;
/// Bytes of a message between ranks: its event of 32 bytes, and its receiver.
const MESSAGE_BYTES: f64 = 40.0;

/// What connects the ranks.
#[derive(Clone, Copy)]
pub struct Network {
    /// Its name.
    pub name: &'static str,
    /// A message of no bytes from rank to rank, in seconds.
    pub latency_s: f64,
    /// Bytes per second of one rank.
    pub bytes_per_s: f64,
}

/// Round figures for what is common: the memory of one machine, InfiniBand with MPI, TCP over 10 Gbit/s Ethernet.
pub const NETWORKS: [Network; 3] = [
    Network { name: "one machine", latency_s: 0.4e-6, bytes_per_s: 8e9 },
    Network { name: "InfiniBand", latency_s: 1.5e-6, bytes_per_s: 10e9 },
    Network { name: "Ethernet", latency_s: 25e-6, bytes_per_s: 1.1e9 },
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_short = arguments.iter().any(|argument| argument == "--short");
    let peers = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(PEERS);
    let swarms =
        [("by number, latencies drawn", Partition::ByNumber), ("by region, all over the world", Partition::ByRegion)];
    for (name, partition) in swarms {
        // The first run tells how near two ranks are, the second what goes between them in such a time.
        let near = run(peers, partition, [1 << 62; RANKS.len()])?;
        let measured = run(peers, partition, near.traffic.least_ns)?;
        assert_eq!(near.digest, measured.digest, "who watches changes nothing");
        print(&format!("## {name}\n\n{}\n", report(&measured)));
        if !is_short {
            let stem = if partition == Partition::ByNumber { "ranks" } else { "ranks-by-region" };
            let drawn = plot::draw(&measured, stem, name);
            std::fs::create_dir_all("target/ranks")?;
            std::fs::write(format!("target/ranks/{stem}.svg"), drawn.svg())?;
            drawn.write_png(std::path::Path::new(&format!("target/ranks/{stem}.png")))?;
        }
    }
    Ok(())
}

/// What a run told.
pub struct Measured {
    events: u64,
    digest: String,
    traffic: Traffic,
    /// Peers of the run.
    peers: f64,
    partition: Partition,
}

/// Runs the swarm once, with windows of these lengths for each number of ranks.
fn run(peers: u32, partition: Partition, windows_ns: [u64; RANKS.len()]) -> Result<Measured, Box<dyn Error>> {
    let traffic = Traffic::new(partition, TRACKER, windows_ns);
    let mut run = Simulation::new(scenario(peers, partition)?.config, traffic, QueueKind::Ladder);
    while run.advance(1_000_000) {}
    let (events, digest) = (run.events(), run.digest().to_string());
    let (traffic, _) = run.finish();
    Ok(Measured { events, digest, traffic: traffic.finished(), peers: f64::from(peers), partition })
}

/// Neighbors in this list are near each other; a group of peers lies in each.
const WORLD: [&str; REGIONS] = [
    "north-america-west",
    "north-america-east",
    "south-america",
    "europe",
    "middle-east",
    "south-asia",
    "southeast-asia",
    "east-asia",
];
/// Where the tracker and the origins lie.
const TRACKER: usize = 3;

/// A swarm of so many peers, each with 50 neighbors drawn from all of it.
fn scenario(peers: u32, partition: Partition) -> Result<Scenario, Box<dyn Error>> {
    let is_world = partition == Partition::ByRegion;
    let latency = if is_world {
        json!({ "kind": "regions", "regions": "world", "tracker": WORLD[TRACKER] })
    } else {
        json!({ "kind": "lognormal", "median": "40ms", "sigma": 0.5 })
    };
    let mut groups = Vec::new();
    for (i, region) in WORLD.iter().enumerate() {
        let count = (peers as usize + i) / REGIONS;
        let mut group = json!({ "group": region, "count": count, "up": "4 Mbit/s", "down": "40 Mbit/s",
            "arrival": { "kind": "uniform", "until": "30s" } });
        if is_world {
            group["region"] = json!(region);
        }
        groups.push(group);
    }
    let mut origin = json!({ "group": "origin", "count": (peers / 1000).max(1), "initial_chunks": "all", "up": "100 Mbit/s", "down": "100 Mbit/s" });
    if is_world {
        origin["region"] = json!(WORLD[TRACKER]);
    }
    groups.push(origin);
    let text =
        json!({ "name": "ranks", "stop": { "at": "2h" }, "file": { "size": "16 MiB", "max_chunk_size": "256 KiB" },
        "tracker": { "max_peers_returned": 50 }, "protocol": { "max_neighbors": 50 },
        "network": { "sharing": "fifo", "latency": latency }, "peers": groups })
        .to_string();
    Ok(from_json("ranks", text.as_bytes()).map_err(|report| report.to_string())?.scenario)
}

impl Measured {
    /// Seconds of an event in a swarm of `peers`: the fit that estimates use, to what `docs/performance.md` measured. A rank that holds a part
    /// of the swarm finds more of it in its cache; that is not counted, so that no speed-up here comes from caches.
    fn event_s(&self, peers: f64) -> f64 {
        let estimate = Estimate::of(
            &scenario(peers as u32, self.partition).expect("it is a good scenario for any number of peers"),
        );
        estimate.seconds() / estimate.events
    }

    /// How long one processor takes, by the same costs.
    fn alone_s(&self, peers: f64) -> f64 {
        self.traffic.events as f64 * peers / self.peers * self.event_s(peers)
    }

    /// How much sooner the ranks are done with a swarm of `peers` than one processor.
    pub fn speed_up(&self, windows: &Windows, network: Network, peers: f64) -> f64 {
        let (ranks, scale) = (windows.ranks as f64, peers / self.peers);
        let event_s = self.event_s(peers);
        // In each window all wait for the one with the most to do; with more peers to a rank, chance evens out as the root.
        let evened = scale.max(1.0).sqrt();
        let mean = windows.events as f64 / ranks;
        let slowest = mean + (windows.slowest as f64 - mean) / evened;
        let crossing = windows.crossing as f64 / ranks * scale;
        let rounds_s = windows.count as f64 * network.latency_s * 2.0 * (ranks.log2_up() + 1.0);
        let work_s = slowest * scale * event_s + crossing * (2.0 * PACK_S + MESSAGE_BYTES / network.bytes_per_s);
        self.alone_s(peers) / (work_s + rounds_s)
    }
}

/// The steps of a round in which each rank tells two others.
trait Rounds {
    /// The logarithm to base 2, rounded up.
    fn log2_up(self) -> f64;
}

impl Rounds for f64 {
    fn log2_up(self) -> f64 {
        f64::from((self as u32).next_power_of_two().trailing_zeros())
    }
}

/// Tables in Markdown.
fn report(measured: &Measured) -> String {
    let traffic = &measured.traffic;
    let (seconds, peers) = (traffic.end_s(), measured.peers);
    let per_peer = traffic.messages as f64 / seconds / peers;
    let mut text = format!(
        "{peers} peers, {:.0} s of virtual time, {} events ({} of them messages that arrived, {:.1} a second and peer).\n\n\
         | ranks | window | windows with events | events a window and rank | slowest over mean | messages that cross |\n|---|---|---|---|---|---|\n",
        seconds, measured.events, traffic.messages, per_peer
    );
    for windows in &traffic.windows {
        let mean = windows.events as f64 / windows.ranks as f64;
        let _ = writeln!(
            text,
            "| {} | {:.2} ms | {} | {:.1} | {:.2} | {:.0} % |",
            windows.ranks,
            windows.length_ns as f64 / 1e6,
            windows.count,
            mean / windows.count as f64,
            windows.slowest as f64 / mean,
            windows.crossing as f64 / traffic.messages as f64 * 100.0
        );
    }
    for network in NETWORKS {
        let _ = write!(
            text,
            "\nSpeed-up, {} ({:.1} µs):\n\n| peers | one processor |",
            network.name,
            network.latency_s * 1e6
        );
        RANKS.iter().for_each(|ranks| text.push_str(&format!(" {ranks} ranks |")));
        text.push_str("\n|---|---|");
        RANKS.iter().for_each(|_| text.push_str("---|"));
        for peers in TOLD {
            let _ = write!(text, "\n| {peers} | {:.0} s |", measured.alone_s(peers));
            for windows in &traffic.windows {
                let _ = write!(text, " {:.1} |", measured.speed_up(windows, network, peers));
            }
        }
        text.push('\n');
    }
    text
}

#[expect(clippy::print_stdout, reason = "the tables are what one wants to see")]
fn print(text: &str) {
    print!("{text}");
}
