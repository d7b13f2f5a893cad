//! One size of a swarm, measured.

use crate::meter::{actor_nanos, clock, peak_rss, queue_nanos};
use crate::scenario::{self, Size};
use swarmsim::metrics::Metrics;
use swarmsim::sim::{QueueKind, Span};
use swarmsim::swarm::{Memory, Simulation};

/// Events between two looks at the swarm's state.
const SLICE: u64 = 100_000;

/// What one run came to: a row of the table.
#[derive(Clone, Debug)]
pub struct Point {
    /// What is varied over: `peers`, `chunks`, `neighbors`, `sharing`.
    pub axis: String,
    /// Sizes, as text: numbers, `all`, and the names of rules.
    pub peers: String,
    pub chunks: String,
    pub neighbors: String,
    pub sharing: String,
    /// Events, chunks that arrived, and processor seconds, metrics and digest included.
    pub events: f64,
    pub transfers: f64,
    pub seconds: f64,
    /// Events pending on average, and nanoseconds of the bare queue with as many.
    pub pending: f64,
    pub queue_ns: f64,
    /// The same with an actor of 256 bytes for each peer, one of which each event finds.
    pub actor_ns: f64,
    /// The most bytes that the swarm's parts held, and that the process did.
    pub parts: [f64; 5],
    pub rss_bytes: f64,
}

/// How many neighbors each peer may have, as the table says it.
fn neighbors_text(size: Size) -> String {
    size.neighbors.map_or("all".to_owned(), |count| count.to_string())
}

impl Point {
    /// The table's columns.
    pub const COLUMNS: &str = "axis,peers,chunks,neighbors,sharing,events,transfers,seconds,pending,queue_ns,ns_per_event,ns_per_chunk,event_to_queue,\
        peer_bytes,chunk_bytes,link_bytes,inbox_bytes,queue_bytes,rss_bytes,rss_bytes_per_peer,actor_ns,event_to_actor";

    /// How the row of a size begins.
    pub fn row_begins(axis: &str, size: Size) -> String {
        format!("{axis},{},{},{},{},", size.peers, size.chunks, neighbors_text(size), size.sharing)
    }

    /// Runs a swarm to its end; with `is_test`, the bare queue for a moment only.
    pub fn measure(axis: &str, size: Size, is_test: bool) -> Point {
        let config = scenario::config(size);
        let mut run = Simulation::new(config, Metrics::new(Span::from_secs(10)), QueueKind::Ladder);
        let (mut pending, mut slices, mut most, mut seconds) = (0, 0, Memory::default(), 0.0);
        let mut next_look = 1;
        loop {
            let start = clock();
            let more = run.advance(SLICE);
            seconds += clock() - start;
            pending += run.pending();
            slices += 1;
            // Walks through everything there is, so the more rarely the longer it takes.
            if slices >= next_look {
                next_look = slices + 1 + slices / 20;
                let now = run.memory();
                if sum(&now) > sum(&most) {
                    most = now;
                }
            }
            if !more {
                break;
            }
        }
        let rss_bytes = peak_rss().unwrap_or(f64::NAN);
        let (digest, events) = (run.digest(), run.events());
        let (metrics, reason) = run.finish();
        let identity = swarmsim::metrics::Identity {
            scenario: "bench".into(),
            seed: 1,
            strategy: String::new(),
            digest,
            events,
            reason,
        };
        let (summary, _) = metrics.finish(identity);
        assert_eq!(summary.peers.completed, u64::from(size.peers), "everybody completes");
        let mean_pending = pending / slices;
        let steps = if is_test { 10_000 } else { 3_000_000 };
        let Memory { peers, chunks, links, inboxes, pending_events } = most;
        Point {
            axis: axis.to_owned(),
            peers: size.peers.to_string(),
            chunks: size.chunks.to_string(),
            neighbors: neighbors_text(size),
            sharing: size.sharing.to_owned(),
            events: events as f64,
            transfers: summary.chunks.transferred as f64,
            seconds,
            pending: mean_pending as f64,
            queue_ns: queue_nanos(mean_pending, steps),
            actor_ns: actor_nanos(mean_pending, size.peers, steps),
            parts: [peers, chunks, links, inboxes, pending_events].map(|bytes| bytes as f64),
            rss_bytes,
        }
    }

    /// Nanoseconds of an event.
    pub fn ns_per_event(&self) -> f64 {
        self.seconds * 1e9 / self.events
    }

    /// Nanoseconds of a chunk, with all that leads to it.
    pub fn ns_per_chunk(&self) -> f64 {
        self.seconds * 1e9 / self.transfers
    }

    /// Bytes of the process for each peer.
    pub fn bytes_per_peer(&self) -> f64 {
        self.rss_bytes / self.peers.parse::<f64>().unwrap_or(f64::NAN)
    }

    /// As a row of the table.
    pub fn row(&self) -> String {
        let [peers, chunks, links, inboxes, queue] = self.parts;
        format!(
            "{},{},{},{},{},{},{},{:.6},{},{:.1},{:.1},{:.1},{:.2},{peers},{chunks},{links},{inboxes},{queue},{},{:.0},{:.1},{:.2}",
            self.axis,
            self.peers,
            self.chunks,
            self.neighbors,
            self.sharing,
            self.events,
            self.transfers,
            self.seconds,
            self.pending,
            self.queue_ns,
            self.ns_per_event(),
            self.ns_per_chunk(),
            self.ns_per_event() / self.queue_ns,
            self.rss_bytes,
            self.bytes_per_peer(),
            self.actor_ns,
            self.ns_per_event() / self.actor_ns,
        )
    }

    /// Reads a row.
    pub fn read(row: &str) -> Option<Point> {
        let cells: Vec<&str> = row.split(',').collect();
        let text = |i: usize| cells.get(i).map(|cell| (*cell).to_owned());
        let number = |i: usize| cells.get(i)?.parse::<f64>().ok();
        Some(Point {
            axis: text(0)?,
            peers: text(1)?,
            chunks: text(2)?,
            neighbors: text(3)?,
            sharing: text(4)?,
            events: number(5)?,
            transfers: number(6)?,
            seconds: number(7)?,
            pending: number(8)?,
            queue_ns: number(9)?,
            actor_ns: number(20)?,
            parts: [number(13)?, number(14)?, number(15)?, number(16)?, number(17)?],
            rss_bytes: number(18)?,
        })
    }
}

fn sum(memory: &Memory) -> usize {
    let Memory { peers, chunks, links, inboxes, pending_events } = memory;
    peers + chunks + links + inboxes + pending_events
}
