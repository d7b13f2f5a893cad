//! Metrics: an observer that folds the stream of records into figures and tables.
//!
//! [`Metrics`] hands each record to the parts that care: `traffic` counts messages and bytes, `population` knows who is there
//! and listed, `availability` counts copies, `expiry` follows the tracker's entries, `completion` times downloads, and
//! `progress` looks at how they end, `timeline` takes samples. All sums are whole numbers, or are added up in the order of events, so that a figure is as
//! reproducible as the run.

mod availability;
mod completion;
mod expiry;
mod parts;
pub mod pictures;
mod population;
mod progress;
mod quantile;
mod summary;
mod tables;
mod timeline;
mod traffic;

pub use parts::Part;
pub use summary::*;
pub use tables::*;

use crate::net::Rate;
use crate::sim::{Digest, Span, Time};
use crate::swarm::config::Config;
use crate::swarm::{self, Body, MessageKind, Observer, Record, StopReason, TRACKER};
use availability::Copies;
use completion::Downloads;
use expiry::Entries;
use population::Population;
use progress::Progress;
use timeline::Timeline;
use traffic::Traffic;

/// Everything that is measured about a run.
///
/// ```
/// use swarmsim::metrics::Metrics;
/// use swarmsim::scenario::{Embedded, from_json};
/// use swarmsim::sim::QueueKind;
/// use swarmsim::swarm::Simulation;
///
/// let one = Embedded::find("single-origin-leaves").unwrap();
/// let scenario = from_json(one.name, one.text.as_bytes()).unwrap().scenario;
/// let metrics = Metrics::new(scenario.output.sample_interval).with_playback(scenario.output.playback_rate);
/// let mut run = Simulation::new(scenario.config.clone(), metrics, QueueKind::Ladder);
/// while run.advance(u64::MAX) {}
/// let (digest, events) = (run.digest(), run.events());
/// let (metrics, reason) = run.finish();
/// let (summary, tables) = metrics.finish(scenario.identity(digest, events, reason));
/// assert_eq!(summary.metric("peers.completed"), Some(summary.completion.completed as f64));
/// assert_eq!(tables.samples.last().unwrap().time.as_secs_f64(), summary.end_time_s);
/// ```
#[derive(Debug)]
pub struct Metrics {
    traffic: Traffic,
    population: Population,
    copies: Copies,
    entries: Entries,
    downloads: Downloads,
    progress: Progress,
    timeline: Timeline,
    end: Time,
}

/// What a summary says of a run besides what was measured.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The strategy's name.
    pub strategy: String,
    /// The digest of the event stream.
    pub digest: Digest,
    /// Events handled.
    pub events: u64,
    /// Why the run ended.
    pub reason: StopReason,
}

impl Metrics {
    /// Metrics with a sample at every multiple of `sample_interval`, which is above zero, and at the end.
    pub fn new(sample_interval: Span) -> Metrics {
        Metrics {
            traffic: Traffic::default(),
            population: Population::default(),
            copies: Copies::default(),
            entries: Entries::default(),
            downloads: Downloads::default(),
            progress: Progress::default(),
            timeline: Timeline::new(sample_interval),
            end: Time::ZERO,
        }
    }

    /// The same, with what playback of the file at this rate while it is fetched would have been like; `None`: without.
    pub fn with_playback(mut self, rate: Option<Rate>) -> Metrics {
        self.progress.set_playback(rate);
        self
    }

    /// Peers that have completed a download so far.
    pub fn completed(&self) -> u32 {
        self.downloads.completed()
    }

    /// Peers that have arrived so far and did not begin complete.
    pub fn downloaders(&self) -> u32 {
        self.downloads.begun()
    }

    /// Seconds from the first arrival of a downloader until k hundredths of all downloaders had completed, for k = 1 to 100; `None`
    /// where they have not.
    pub fn completion_curve_s(&self) -> Vec<Option<f64>> {
        self.downloads.curve_s()
    }

    /// The figures and tables of a run that has ended.
    pub fn finish(self, identity: Identity) -> (Summary, Tables) {
        let Identity { scenario, seed, strategy, digest, events, reason } = identity;
        let end = self.end;
        let (max_one_club, mean_one_club) = self.progress.clubs(end);
        let (uplinks, tracker) = (self.timeline.uplinks(), self.timeline.tracker_load(end));
        let summary = Summary {
            scenario,
            seed,
            strategy,
            digest: digest.to_string(),
            events,
            end_time_s: end.as_secs_f64(),
            stop_reason: reason.name().to_owned(),
            requests: self.traffic.requests(),
            peers: self.downloads.peers(&self.population),
            completion: Completion {
                last_chunk_wait_s: self.progress.last_chunk_wait(),
                ..self.downloads.completion()
            },
            playback: self.progress.playback(),
            expiry: self.entries.expiry(&self.population, &self.traffic, end),
            network: self.traffic.network(&self.population),
            chunks: self.traffic.chunks(),
            availability: Availability { max_one_club, mean_one_club, ..self.copies.availability(end) },
            uplinks,
            tracker,
        };
        let (samples, availability) = self.timeline.into_tables();
        let tables = Tables {
            sessions: self.population.into_sessions(),
            samples,
            expiries: self.entries.into_rows(),
            availability,
        };
        (summary, tables)
    }

    /// Takes the samples that were due before `now`.
    #[cold]
    fn sample_until(&mut self, now: Time) {
        while let Some(at) = self.timeline.due_before(now) {
            self.sample(at);
        }
    }

    fn sample(&mut self, at: Time) {
        let one_club = self.progress.largest_club();
        self.timeline.sample(at, &self.population, &self.downloads, &self.copies, one_club, &self.traffic);
    }

    fn stop(&mut self, now: Time) {
        self.end = now;
        self.sample(now);
        self.population.advance(now);
        self.copies.advance(now);
        self.progress.advance(now);
    }
}

impl Observer for Metrics {
    // Of queries and answers only the requests sent are told by time, and a request is told when it is sent.
    const IN_ORDER: bool = false;

    fn begin(&mut self, config: &Config) {
        self.traffic.begin(config);
        self.population.begin(config);
        self.copies.begin(config);
        self.downloads.begin(config);
        self.progress.begin(config);
        self.timeline.begin(config);
    }

    #[inline(always)]
    fn look_ahead(&self, peer: u32, acquires: bool) {
        self.population.look_ahead(peer);
        if acquires {
            self.progress.look_ahead(peer);
        }
    }

    fn next_look(&self) -> Time {
        self.timeline.next_look()
    }

    fn look(&mut self, at: Time, uplinks: swarm::Uplinks) {
        self.timeline.look(at, uplinks);
    }

    #[inline(always)]
    fn record(&mut self, now: Time, record: &Record<'_>) {
        if self.timeline.is_due_before(now) {
            self.sample_until(now);
        }
        match *record {
            Record::Send { message, body, .. } => {
                self.traffic.sent(message.kind, body);
                if let Body::Peers { count, named } = body {
                    self.entries.handed_out(&self.population, message.to, count, named);
                }
            }
            Record::Deliver { message } => {
                self.traffic.delivered(message.kind);
                if message.kind == MessageKind::JoinResponse && message.to != TRACKER {
                    self.population.joined(message.to, now);
                }
            }
            Record::Lose { message, why } => self.traffic.lost(message.kind, why),
            Record::Cut { message } => self.traffic.cut(message.kind),
            Record::Arrive { peer, group, session, up_bits_per_s, down_bits_per_s, chunks, held } => {
                self.copies.add_all(now, chunks);
                let complete = self.copies.is_whole(held);
                self.population.arrived(now, peer, group, session, up_bits_per_s, complete);
                self.population.set_held(now, peer, held);
                self.downloads.arrived(now, peer, session, complete, held, up_bits_per_s, down_bits_per_s);
                self.progress.arrived(now, peer, session, chunks, held);
            }
            Record::Depart { peer, chunks, returns, .. } => {
                self.copies.remove_all(now, chunks);
                self.population.departed(now, peer, returns);
                self.progress.departed(now, peer);
            }
            Record::List { peer, expires } => {
                self.entries.renewed(now, peer, expires, &mut self.population);
            }
            Record::Expire { peer, expires, alive } => {
                self.entries.expired(now, peer, expires, alive, &mut self.population);
            }
            Record::Upload { message, start, end, bytes } => {
                self.traffic.uploaded(bytes, self.population.is_limited(message.from));
                self.population.uploaded(message.from, bytes);
                self.timeline.uploaded(start, end, bytes);
            }
            Record::Unfinished { from, start, bytes } => {
                self.traffic.uploaded(bytes, self.population.is_limited(from));
                self.timeline.uploaded(start, now, bytes);
            }
            Record::Wasted { from, bytes, why } => {
                self.traffic.wasted(bytes, why);
                self.population.wasted(from, bytes);
            }
            Record::Acquire { peer, chunk, bytes, .. } => {
                self.traffic.acquired(bytes);
                self.copies.add(now, chunk);
                self.population.acquired(now, peer, bytes);
                self.progress.acquired(now, peer, chunk);
            }
            Record::Complete { peer } => {
                let download = self.downloads.completed_by(now, peer);
                self.population.completed(now, peer, download);
                self.progress.completed(now, peer);
            }
            Record::Timeout { .. } => {}
            Record::Stop { .. } => self.stop(now),
        }
    }
}
