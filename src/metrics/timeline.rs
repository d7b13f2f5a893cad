//! Samples of the swarm's state, at every multiple of an interval and at the end.
//!
//! Samples are no events: one is taken when the first record after its instant comes. So the interval cannot change a run.

use super::availability::Copies;
use super::completion::Downloads;
use super::population::Population;
use super::summary::{self, TrackerLoad};
use super::tables::{AvailabilityRow, Sample};
use super::traffic::Traffic;
use crate::sim::{Span, Time};
use crate::swarm::config::Config;
use crate::swarm::{Idle, Uplinks};
use std::collections::VecDeque;

/// The most chunk ranges and the most instants that the table of copies has.
const MOST_RANGES: usize = 64;
const MOST_INSTANTS: usize = 240;

#[derive(Debug)]
pub(super) struct Timeline {
    interval: Span,
    next: Time,
    until: Time,
    samples: Vec<Sample>,
    /// What uplinks had to do at the instants of samples that are still to be taken, and when to ask next.
    looks: VecDeque<(Time, Uplinks)>,
    next_look: Time,
    /// Uploading rates that cross a sample's instant, by sample; filled in when an upload is over.
    uploading: Vec<f64>,
    sent: [u64; 5],
    /// Copies by range at every `stride`-th sample.
    snapshots: Vec<(Time, Vec<(u32, f64)>)>,
    stride: usize,
    chunks: usize,
}

impl Timeline {
    pub(super) fn new(interval: Span) -> Timeline {
        assert!(!interval.is_zero(), "a sample interval is above zero");
        Timeline {
            interval,
            next: Time::ZERO + interval,
            until: Time::NEVER,
            samples: Vec::new(),
            looks: VecDeque::new(),
            next_look: Time::ZERO + interval,
            uploading: Vec::new(),
            sent: [0; 5],
            snapshots: Vec::new(),
            stride: 1,
            chunks: 0,
        }
    }

    pub(super) fn begin(&mut self, config: &Config) {
        self.until = config.stop.at;
        self.chunks = config.file.chunks() as usize;
    }

    /// Whether a sample's instant lies strictly before `now`.
    #[inline]
    pub(super) fn is_due_before(&self, now: Time) -> bool {
        self.next < now
    }

    pub(super) fn due_before(&mut self, now: Time) -> Option<Time> {
        let at = self.next;
        (at < now).then(|| {
            self.next = at + self.interval;
            at
        })
    }

    pub(super) fn next_look(&self) -> Time {
        self.next_look
    }

    pub(super) fn look(&mut self, at: Time, uplinks: Uplinks) {
        self.looks.push_back((at, uplinks));
        if at == self.next_look {
            self.next_look = at + self.interval;
        }
    }

    /// What uplinks had to do at a sample's instant.
    fn looked(&mut self, at: Time) -> Uplinks {
        while self.looks.front().is_some_and(|look| look.0 < at) {
            self.looks.pop_front();
        }
        self.looks.front().filter(|look| look.0 == at).expect("there was a look at each sample's instant").1
    }

    pub(super) fn sample(
        &mut self,
        time: Time,
        population: &Population,
        downloads: &Downloads,
        copies: &Copies,
        one_club: u32,
        traffic: &Traffic,
    ) {
        let sent = traffic.sent_so_far();
        let uplinks = self.looked(time);
        let (min_copies, mean_copies) = copies.min_and_mean();
        if self.samples.len() % self.stride == 0 {
            self.snapshot(time, copies.copies());
        }
        self.samples.push(Sample {
            time,
            present: population.present,
            leechers: population.present - population.seeders,
            seeders: population.seeders,
            completed: downloads.completed(),
            listed: population.listed,
            stale_listed: population.stale_listed,
            uploading_bytes_per_s: 0.0,
            min_copies,
            mean_copies,
            entropy: copies.entropy(),
            one_club,
            requests: std::array::from_fn(|i| sent[i] - self.sent[i]),
            uplinks,
        });
        self.sent = sent;
    }

    /// Keeps copies by range, and every other of those kept so far where they have become too many.
    fn snapshot(&mut self, time: Time, copies: &[u32]) {
        let ranges = ranges(copies.len());
        let of_range = |&(from, to): &(usize, usize)| {
            let range = &copies[from..to];
            let sum: u64 = range.iter().map(|&copies| u64::from(copies)).sum();
            (range.iter().copied().min().unwrap_or(0), sum as f64 / range.len() as f64)
        };
        self.snapshots.push((time, ranges.iter().map(of_range).collect()));
        if self.snapshots.len() == MOST_INSTANTS {
            let mut place = 0;
            self.snapshots.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.stride *= 2;
        }
    }

    /// What the samples say of uplinks together.
    pub(super) fn uplinks(&self) -> summary::Uplinks {
        let samples = || self.samples.iter().map(|sample| sample.uplinks);
        let sampled: u64 = samples().map(|uplinks| u64::from(uplinks.sampled)).sum();
        let idle: [u64; 5] = std::array::from_fn(|cause| samples().map(|uplinks| u64::from(uplinks.idle[cause])).sum());
        let share = |count: u64| (sampled > 0).then(|| count as f64 / sampled as f64);
        let of = |cause: Idle| share(idle[cause as usize]);
        summary::Uplinks {
            sampled,
            idle_share: share(idle.iter().sum()),
            nothing_wanted_share: of(Idle::NothingWanted),
            stale_knowledge_share: of(Idle::StaleKnowledge),
            queued_elsewhere_share: of(Idle::QueuedElsewhere),
            nobody_asks_share: of(Idle::NobodyAsks),
            on_the_way_share: of(Idle::OnTheWay),
        }
    }

    /// What the tracker had to do: requests to it, a second, in the mean until `end` and at most in any whole interval.
    pub(super) fn tracker_load(&self, end: Time) -> TrackerLoad {
        let to_tracker = |sample: &Sample| sample.requests[..3].iter().sum::<u64>();
        let all: u64 = self.samples.iter().map(to_tracker).sum();
        let whole = |place: usize| Time::from_nanos((place as u64 + 1) * self.interval.as_nanos());
        let rows = self.samples.iter().enumerate().filter(|(place, sample)| sample.time == whole(*place));
        let most = rows.map(|(_, sample)| to_tracker(sample)).max();
        TrackerLoad {
            mean_requests_per_s: (end > Time::ZERO).then(|| all as f64 / end.as_secs_f64()),
            peak_requests_per_s: most.map(|most| most as f64 / self.interval.as_secs_f64()),
        }
    }

    /// An upload is over: its mean rate counts at every sample's instant that it spans.
    pub(super) fn uploaded(&mut self, start: Time, end: Time, bytes: u64) {
        let interval = self.interval.as_nanos();
        // Sample number i is at (i + 1) * interval; the upload spans [start, end).
        let first = start.as_nanos().div_ceil(interval).max(1);
        let last = end.as_nanos().div_ceil(interval);
        if first >= last {
            return;
        }
        let rate = bytes as f64 / (end - start).as_secs_f64();
        if self.uploading.len() < last as usize {
            self.uploading.resize(last as usize, 0.0);
        }
        for instant in first..last {
            self.uploading[instant as usize - 1] += rate;
        }
    }

    pub(super) fn into_tables(mut self) -> (Vec<Sample>, Vec<AvailabilityRow>) {
        // The last sample may stand at the same instant as the one before, or between two.
        if matches!(&self.samples[..], [.., before, last] if before.time == last.time) {
            self.samples.pop();
        }
        for (i, sample) in self.samples.iter_mut().enumerate() {
            let on_grid = sample.time.as_nanos() == (i as u64 + 1) * self.interval.as_nanos();
            sample.uploading_bytes_per_s = self.uploading.get(i).copied().filter(|_| on_grid).unwrap_or(0.0);
        }
        let ranges = ranges(self.chunks);
        let rows = self.snapshots.iter().flat_map(|(time, values)| {
            values.iter().zip(&ranges).map(|(&(min_copies, mean_copies), &(from, to))| AvailabilityRow {
                time: *time,
                first_chunk: from as u32,
                last_chunk: to as u32 - 1,
                min_copies,
                mean_copies,
            })
        });
        let rows = rows.collect();
        (self.samples, rows)
    }
}

/// Cuts the chunks into at most [`MOST_RANGES`] ranges of about equal length.
fn ranges(chunks: usize) -> Vec<(usize, usize)> {
    let count = chunks.min(MOST_RANGES);
    (0..count).map(|i| (i * chunks / count, (i + 1) * chunks / count)).collect()
}
