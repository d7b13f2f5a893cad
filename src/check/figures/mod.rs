//! The figures of a run, computed from its trace alone: what `summary.json` and the tables should say.

mod compare;
mod copies;
mod population;
mod progress;
mod samples;

use super::line::{Body, Kind, Loss};
use super::scene::{Scene, UNLIMITED};
use super::state::Entry;
use crate::output::tables::{EndedRow, Seconds};
use copies::Copies;
use population::Population;
use progress::Progress;
pub use samples::Uplinks;
use samples::{Counts, Open, Samples};

/// The least that a message takes, and what each peer in a list adds.
const MESSAGE_BYTES: u64 = 46;
const LISTED_PEER_BYTES: u64 = 6;

/// Requests sent, answered and lost.
#[derive(Clone, Copy, Debug, Default)]
struct Requests {
    sent: u64,
    answered: u64,
    lost: u64,
}

/// What has been counted so far.
pub(super) struct Figures {
    requests: [Requests; 5],
    control_bytes: u64,
    bitfield_bytes: u64,
    to_departed: u64,
    transferred: u64,
    duplicate: u64,
    cut: u64,
    pub uploaded: u64,
    limited: u64,
    pub acquired: u64,
    pub wasted: u64,
    pub in_flight: u64,
    /// Bytes that may have left uplinks beyond those: the trace does not tell how far uploads with `max-min` have come when it ends.
    perhaps: u64,
    perhaps_limited: u64,
    handed_out: u64,
    stale_handed_out: u64,
    expiries: Vec<EndedRow>,
    lags: Vec<u64>,
    population: Population,
    copies: Copies,
    progress: Progress,
    chunks: u32,
    samples: Samples,
}

/// Which of the five requests a message belongs to.
fn request_of(kind: Kind) -> usize {
    match kind {
        Kind::JoinRequest | Kind::JoinResponse => 0,
        Kind::ActiveProofRequest => 1,
        Kind::PeerListRequest | Kind::PeerListResponse => 2,
        Kind::ChunksQueryRequest | Kind::ChunksQueryResponse => 3,
        Kind::FetchChunkRequest | Kind::FetchChunkResponse => 4,
    }
}

impl Figures {
    pub fn new(scene: &Scene<'_>) -> Figures {
        Figures {
            requests: Default::default(),
            control_bytes: 0,
            bitfield_bytes: u64::from(scene.chunks).div_ceil(8),
            to_departed: 0,
            transferred: 0,
            duplicate: 0,
            cut: 0,
            uploaded: 0,
            limited: 0,
            acquired: 0,
            wasted: 0,
            in_flight: 0,
            perhaps: 0,
            perhaps_limited: 0,
            handed_out: 0,
            stale_handed_out: 0,
            expiries: Vec::new(),
            lags: Vec::new(),
            population: Population::default(),
            copies: Copies::new(scene.chunks),
            progress: Progress::default(),
            chunks: scene.chunks,
            samples: Samples::new(scene.scenario.output.sample_interval.as_nanos(), scene.stop_at()),
        }
    }

    pub fn sample_is_due_before(&self, now: u64) -> bool {
        self.samples.due_before(now).is_some()
    }

    /// The clock goes on to `now`: samples that were due before it are taken.
    pub fn clock(&mut self, now: u64, uplinks: Uplinks) {
        while let Some(at) = self.samples.due_before(now) {
            self.sample(at, uplinks);
        }
    }

    fn sample(&mut self, at: u64, uplinks: Uplinks) {
        let sent = self.requests.map(|request| request.sent);
        let Population { present, seeders, listed, stale, ref times, .. } = self.population;
        let one_club = self.progress.largest;
        let counts = Counts { present, seeders, completed: times.len() as u32, listed, stale, one_club, sent, uplinks };
        self.samples.take(at, counts, &self.copies);
    }

    pub fn sent(&mut self, kind: Kind, body: &Body) {
        if !kind.is_answer() {
            self.requests[request_of(kind)].sent += 1;
        }
        self.control_bytes += match body {
            Body::Empty | Body::Asks(_) => MESSAGE_BYTES,
            Body::Count(_) => MESSAGE_BYTES + self.bitfield_bytes,
            Body::Peers(peers) => MESSAGE_BYTES + LISTED_PEER_BYTES * peers.len() as u64,
            Body::Chunk(..) => 0,
        };
    }

    pub fn delivered(&mut self, kind: Kind) {
        if kind.is_answer() || kind == Kind::ActiveProofRequest {
            self.requests[request_of(kind)].answered += 1;
        }
    }

    pub fn lost(&mut self, kind: Kind, why: Loss) {
        self.requests[request_of(kind)].lost += 1;
        self.to_departed += u64::from(why == Loss::Departed && !kind.is_answer());
    }

    pub fn message_cut(&mut self, kind: Kind) {
        self.requests[request_of(kind)].lost += 1;
        self.cut += 1;
    }

    /// A whole chunk came where nobody is.
    pub fn cut(&mut self) {
        self.cut += 1;
    }

    pub fn duplicate(&mut self) {
        self.duplicate += 1;
    }

    /// A session begins; who holds these chunks.
    pub fn arrived(&mut self, now: u64, peer: u32, session: u32, chunks: &[u32], scene: &Scene<'_>) {
        self.copies.add(now, chunks.iter().copied());
        self.population.arrived(now, peer, session, chunks.len() as u32, scene);
        self.progress.arrived(now, peer, session, chunks, self.chunks);
    }

    pub fn joined(&mut self, now: u64, peer: u32) {
        self.population.joined(now, peer);
    }

    pub fn completed(&mut self, now: u64, peer: u32, scene: &Scene<'_>) {
        self.population.completed(now, peer);
        self.progress.completed(now, peer, scene);
    }

    pub fn departed(&mut self, now: u64, peer: u32, returns: bool, chunks: &[u32]) {
        self.copies.remove(now, chunks.iter().copied());
        self.population.departed(now, peer, returns);
        self.progress.departed(now, peer);
    }

    /// Bytes have left an uplink; the row of the session in which they have.
    pub fn uploaded(&mut self, from: u32, (start, end, bytes): (u64, u64, u64), scene: &Scene<'_>) -> usize {
        self.uploaded += bytes;
        self.samples.uploaded(start, end, (bytes, bytes));
        if scene.peer(from).is_some_and(|peer| peer.up != UNLIMITED) {
            self.limited += bytes;
        }
        self.population.uploaded(from, bytes)
    }

    /// Bytes have left an uplink of a transfer that is under way at the end, at least and at most so many.
    pub fn unfinished(&mut self, (from, msg): (u32, u64), start: u64, (bytes, most): (u64, u64), up: u64) {
        self.samples.open(Open { from, msg, start, bytes: (bytes, most) });
        self.perhaps += most - bytes;
        self.perhaps_limited += if up == UNLIMITED { 0 } else { most - bytes };
        self.uploaded += bytes;
        self.limited += if up == UNLIMITED { 0 } else { bytes };
        self.in_flight += bytes;
    }

    /// A whole chunk has left an uplink and has not arrived at the end.
    pub fn on_the_way(&mut self, bytes: u64) {
        self.in_flight += bytes;
    }

    /// The row of a peer's latest session.
    pub fn row_of(&self, peer: u32) -> usize {
        self.population.row_of(peer)
    }

    pub fn wasted(&mut self, row: usize, bytes: u64) {
        self.wasted += bytes;
        self.population.wasted(row, bytes);
    }

    pub fn acquired(&mut self, now: u64, peer: u32, chunk: u32, bytes: u64) {
        self.transferred += 1;
        self.acquired += bytes;
        self.copies.add(now, std::iter::once(chunk));
        self.population.acquired(peer, bytes);
        self.progress.acquired(now, peer, chunk);
    }

    pub fn listed(&mut self, now: u64, peer: u32) {
        self.population.set_listed(now, peer, true);
    }

    pub fn expired(&mut self, now: u64, peer: u32, entry: Entry, alive: bool) {
        self.population.set_listed(now, peer, false);
        let departed = self.population.departed_at(peer).filter(|_| !alive);
        let lag = departed.map(|departed| now.saturating_sub(departed));
        self.lags.extend(lag);
        self.expiries.push(EndedRow {
            peer,
            listed_s: Seconds(entry.listed),
            last_proof_s: Seconds(entry.last_proof),
            expires_s: Seconds(entry.expires),
            departed_s: departed.map(Seconds),
            discarded_s: Seconds(now),
            lag_s: lag.map(Seconds),
            false_expiry: alive,
        });
    }

    pub fn handed_out(&mut self, all: u64, stale: u64) {
        self.handed_out += all;
        self.stale_handed_out += stale;
    }

    /// The run is over: what has been constant until now counts until now.
    pub fn end(&mut self, now: u64, uplinks: Uplinks) {
        self.copies.advance(now);
        self.population.advance(now);
        self.progress.advance(now);
        self.clock(now, uplinks);
        self.sample(now, uplinks);
        self.samples.end(now);
    }
}
