//! Counts what each rank would do, and what would go from rank to rank, while a swarm runs on one.

use std::collections::BTreeMap;
use swarmsim::sim::Time;
use swarmsim::swarm::config::Config;
use swarmsim::swarm::{MessageId, Observer, Record};

/// The numbers of ranks that are looked at.
pub const RANKS: [usize; 7] = [2, 4, 8, 16, 32, 64, 128];

/// What happens where a node belongs to the rank of its number modulo the number of ranks. Neighbors are chosen at random all over the
/// swarm, so that any other partition has as many messages that cross.
pub struct Traffic {
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

    fn add(&mut self, now_ns: u64, node: u32) {
        if now_ns / self.length_ns != self.current {
            self.close();
            self.current = now_ns / self.length_ns;
        }
        self.by_rank[node as usize % self.ranks] += 1;
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
    /// Nothing yet; windows of these lengths.
    pub fn new(windows_ns: [u64; RANKS.len()]) -> Traffic {
        let windows = RANKS.iter().zip(windows_ns).map(|(ranks, length_ns)| Windows::new(*ranks, length_ns)).collect();
        Traffic {
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

    fn event(&mut self, now: Time, node: u32) {
        let now_ns = nanoseconds(now - Time::ZERO);
        self.events += 1;
        self.windows.iter_mut().for_each(|windows| windows.add(now_ns, node));
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
                for ((ranks, windows), least_ns) in RANKS.iter().zip(&mut self.windows).zip(&mut self.least_ns) {
                    if message.from as usize % ranks != message.to as usize % ranks {
                        windows.crossing += 1;
                        *least_ns = (*least_ns).min(took_ns);
                    }
                }
            }
            Record::Lose { message, .. } => {
                self.sent.remove(&message.id);
                self.event(now, message.to);
            }
            Record::Timeout { message } => self.event(now, message.from),
            Record::Upload { message, .. } => self.event(now, message.from),
            Record::Arrive { peer, .. } | Record::Depart { peer, .. } => self.event(now, *peer),
            _ => {}
        }
    }
}
