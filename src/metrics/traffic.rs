//! Messages and bytes, counted.

use super::population::Population;
use super::summary::{Chunks, Network, RequestCount, Requests};
use crate::sim::NANOS_PER_SECOND;
use crate::swarm::config::Config;
use crate::swarm::{Body, LossReason, MessageKind, Waste};

/// Bytes of a message without what it carries.
const MESSAGE_BYTES: u64 = 46;
/// Bytes of a peer in a list: an address and a port.
const LISTED_PEER_BYTES: u64 = 6;

#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// Join, Active Proof, Peer List, Chunks Query, Fetch Chunk.
    requests: [RequestCount; 5],
    bitfield_bytes: u64,
    control_bytes: u64,
    /// Bytes that left uplinks, and of these what left limited ones.
    uploaded_bytes: u64,
    limited_bytes: u64,
    acquired_bytes: u64,
    wasted_bytes: u64,
    chunks: Chunks,
    requests_to_departed: u64,
}

/// Which of the five requests a message belongs to.
fn request_of(kind: MessageKind) -> usize {
    match kind {
        MessageKind::JoinRequest | MessageKind::JoinResponse => 0,
        MessageKind::ActiveProofRequest => 1,
        MessageKind::PeerListRequest | MessageKind::PeerListResponse => 2,
        MessageKind::ChunksQueryRequest | MessageKind::ChunksQueryResponse => 3,
        MessageKind::FetchChunkRequest | MessageKind::FetchChunkResponse => 4,
    }
}

fn is_request(kind: MessageKind) -> bool {
    use MessageKind::{ActiveProofRequest, ChunksQueryRequest, FetchChunkRequest, JoinRequest, PeerListRequest};
    matches!(kind, JoinRequest | ActiveProofRequest | PeerListRequest | ChunksQueryRequest | FetchChunkRequest)
}

impl Traffic {
    pub(super) fn begin(&mut self, config: &Config) {
        self.bitfield_bytes = config.file.chunks().div_ceil(8);
    }

    /// Counts for a part of the swarm, from nothing.
    pub(super) fn part(&self) -> Traffic {
        Traffic { bitfield_bytes: self.bitfield_bytes, ..Traffic::default() }
    }

    /// Adds what a part has counted of messages, which it then has no more. (Bytes of chunks are told to the whole.)
    pub(super) fn join(&mut self, part: &mut Traffic) {
        for (all, count) in self.requests.iter_mut().zip(&mut part.requests) {
            let RequestCount { sent, answered, lost } = std::mem::take(count);
            (all.sent, all.answered, all.lost) = (all.sent + sent, all.answered + answered, all.lost + lost);
        }
        self.control_bytes += std::mem::take(&mut part.control_bytes);
        self.requests_to_departed += std::mem::take(&mut part.requests_to_departed);
        self.chunks.cut += std::mem::take(&mut part.chunks.cut);
    }

    #[inline]
    pub(super) fn sent(&mut self, kind: MessageKind, body: Body<'_>) {
        if is_request(kind) {
            self.requests[request_of(kind)].sent += 1;
        }
        self.control_bytes += match body {
            Body::Empty => MESSAGE_BYTES,
            Body::Count(_) => MESSAGE_BYTES + self.bitfield_bytes,
            Body::Peers { count, .. } => MESSAGE_BYTES + LISTED_PEER_BYTES * u64::from(count),
            Body::Chunk { .. } if kind == MessageKind::FetchChunkResponse => 0,
            Body::Chunk { .. } => MESSAGE_BYTES,
        };
    }

    #[inline]
    pub(super) fn delivered(&mut self, kind: MessageKind) {
        if !is_request(kind) || kind == MessageKind::ActiveProofRequest {
            self.requests[request_of(kind)].answered += 1;
        }
    }

    pub(super) fn lost(&mut self, kind: MessageKind, why: LossReason) {
        self.requests[request_of(kind)].lost += 1;
        if why == LossReason::Departed && is_request(kind) {
            self.requests_to_departed += 1;
        }
    }

    pub(super) fn cut(&mut self, kind: MessageKind) {
        self.requests[request_of(kind)].lost += 1;
        self.chunks.cut += 1;
    }

    pub(super) fn uploaded(&mut self, bytes: u64, limited: bool) {
        self.uploaded_bytes += bytes;
        self.limited_bytes += if limited { bytes } else { 0 };
    }

    pub(super) fn acquired(&mut self, bytes: u64) {
        self.acquired_bytes += bytes;
        self.chunks.transferred += 1;
    }

    pub(super) fn wasted(&mut self, bytes: u64, why: Waste) {
        self.wasted_bytes += bytes;
        match why {
            Waste::Duplicate => self.chunks.duplicate += 1,
            Waste::Lost => self.chunks.cut += 1,
            // Counted when it is noticed.
            Waste::Cut => {}
        }
    }

    pub(super) fn requests(&self) -> Requests {
        let [join, active_proof, peer_list, chunks_query, fetch_chunk] = self.requests;
        Requests { join, active_proof, peer_list, chunks_query, fetch_chunk }
    }

    /// Requests of each kind sent so far.
    pub(super) fn sent_so_far(&self) -> [u64; 5] {
        self.requests.map(|count| count.sent)
    }

    pub(super) fn requests_to_departed(&self) -> u64 {
        self.requests_to_departed
    }

    pub(super) fn chunks(&self) -> Chunks {
        self.chunks
    }

    pub(super) fn network(&self, population: &Population) -> Network {
        let chunk_bytes = self.acquired_bytes + self.wasted_bytes;
        assert!(chunk_bytes <= self.uploaded_bytes, "more bytes arrived than were sent");
        let capacity_bytes = population.uplink_bit_nanos() as f64 / 8.0 / NANOS_PER_SECOND as f64;
        Network {
            chunk_bytes,
            control_bytes: self.control_bytes,
            wasted_bytes: self.wasted_bytes,
            in_flight_bytes: self.uploaded_bytes - chunk_bytes,
            mean_uplink_utilisation: (capacity_bytes > 0.0).then(|| self.limited_bytes as f64 / capacity_bytes),
        }
    }
}
