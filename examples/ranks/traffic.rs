//! Counts what each rank would do, and what would go from rank to rank, while a swarm runs on one.

use std::collections::BTreeMap;
use swarmsim::sim::Time;
use swarmsim::swarm::config::Config;
use swarmsim::swarm::{MessageId, Observer, Record};

/// The numbers of ranks that are looked at.
pub const RANKS: [usize; 7] = [2, 4, 8, 16, 32, 64, 128];

/// The regions of a partition by region.
pub const REGIONS: usize = 8;

/// Which rank a node belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Partition {
    /// That of its number modulo the number of ranks.
    ByNumber,
    /// That of its region; of its number within the region where there are more ranks than regions.
    ByRegion,
}

/// What happens on which rank, and goes from one to another. Neighbors are chosen at random all over the swarm.
pub struct Traffic {
    partition: Partition,
    /// The region of each node.
    regions: Vec<usize>,
    /// By number of ranks.
    pub windows: Vec<Windows>,
    /// The shortest time from the sending of a message to its arrival at another rank, in nanoseconds, by number of ranks.
    pub least_ns: [u64; RANKS.len()],
    /// Events counted.
    pub events: u64,
    /// Messages that arrived.
    pub messages: u64,
    sent: BTreeMap<MessageId, Time>,
    end: Time,
}

/// The windows of one number of ranks.
pub struct Windows {
    /// How many ranks.
    pub ranks: usize,
    /// How long a window is.
    pub length_ns: u64,
    /// Windows in which anything happened: others are passed over at once, as each rank tells when its next event is.
    pub count: u64,
    /// Events in all of them.
    pub events: u64,
    /// In each window, those of the rank that had the most.
    pub slowest: u64,
    /// Messages from rank to rank.
    pub crossing: u64,
    current: u64,
    by_rank: Vec<u32>,
}

impl Windows {
    fn new(ranks: usize, length_ns: u64) -> Windows {
        Windows {
            ranks,
            length_ns: length_ns.max(1),
            count: 0,
            events: 0,
            slowest: 0,
            crossing: 0,
            current: 0,
            by_rank: vec![0; ranks],
        }
    }

    fn add(&mut self, now_ns: u64, rank: usize) {
        if now_ns / self.length_ns != self.current {
            self.close();
            self.current = now_ns / self.length_ns;
        }
        self.by_rank[rank] += 1;
    }

    /// Ends the window.
    fn close(&mut self) {
        let all: u64 = self.by_rank.iter().map(|count| u64::from(*count)).sum();
        self.count += u64::from(all > 0);
        self.events += all;
        self.slowest += u64::from(self.by_rank.iter().copied().max().unwrap_or(0));
        self.by_rank.fill(0);
    }
}

impl Traffic {
    /// Nothing yet; windows of these lengths. The tracker lies in the region `tracker`.
    pub fn new(partition: Partition, tracker: usize, windows_ns: [u64; RANKS.len()]) -> Traffic {
        let windows = RANKS.iter().zip(windows_ns).map(|(ranks, length_ns)| Windows::new(*ranks, length_ns)).collect();
        Traffic {
            partition,
            regions: vec![tracker],
            windows,
            least_ns: [u64::MAX; RANKS.len()],
            events: 0,
            messages: 0,
            sent: BTreeMap::new(),
            end: Time::ZERO,
        }
    }

    /// With the last window.
    pub fn finished(mut self) -> Traffic {
        self.windows.iter_mut().for_each(Windows::close);
        self
    }

    /// Virtual time at the end, in seconds.
    pub fn end_s(&self) -> f64 {
        (self.end - Time::ZERO).as_secs_f64()
    }

    fn rank_of(&self, node: u32, ranks: usize) -> usize {
        let (node, of_region) = (node as usize, ranks / REGIONS);
        match self.partition {
            Partition::ByNumber => node % ranks,
            Partition::ByRegion if of_region == 0 => self.regions[node] * ranks / REGIONS,
            Partition::ByRegion => self.regions[node] * of_region + node % of_region,
        }
    }

    fn event(&mut self, now: Time, node: u32) {
        let now_ns = nanoseconds(now - Time::ZERO);
        self.events += 1;
        for (i, ranks) in RANKS.into_iter().enumerate() {
            let rank = self.rank_of(node, ranks);
            self.windows[i].add(now_ns, rank);
        }
    }
}

fn nanoseconds(span: swarmsim::sim::Span) -> u64 {
    (span.as_secs_f64() * 1e9).round() as u64
}

impl Observer for Traffic {
    fn begin(&mut self, _: &Config) {}

    fn record(&mut self, now: Time, record: &Record<'_>) {
        self.end = now;
        match record {
            Record::Send { message, .. } => {
                self.sent.insert(message.id, now);
            }
            Record::Deliver { message } => {
                self.messages += 1;
                self.event(now, message.to);
                let Some(sent) = self.sent.remove(&message.id) else { return };
                let took_ns = nanoseconds(now - sent);
                for (i, ranks) in RANKS.into_iter().enumerate() {
                    if self.rank_of(message.from, ranks) != self.rank_of(message.to, ranks) {
                        self.windows[i].crossing += 1;
                        self.least_ns[i] = self.least_ns[i].min(took_ns);
                    }
                }
            }
            Record::Lose { message, .. } => {
                self.sent.remove(&message.id);
                self.event(now, message.to);
            }
            Record::Timeout { message } => self.event(now, message.from),
            Record::Upload { message, .. } => self.event(now, message.from),
            Record::Arrive { peer, group, .. } => {
                // Peers are numbered as they arrive. The last group are the origins, beside the tracker.
                let region = if usize::from(*group) < REGIONS { usize::from(*group) } else { self.regions[0] };
                self.regions.resize(self.regions.len().max(*peer as usize + 1), region);
                self.event(now, *peer);
            }
            Record::Depart { peer, .. } => self.event(now, *peer),
            _ => {}
        }
    }
}
