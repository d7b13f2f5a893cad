//! A look into a run that stands still: for those who must find out why it went as it did.

use super::action::{Action, SWEEP, What, node_of};
use super::{Observer, Simulation, Swarm, TRACKER};
use crate::sim::{Event, Time};

/// An event that was handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub time: Time,
    /// The node that caused it, [`TRACKER`] or a peer; `None` where it is the sweep.
    pub by: Option<u32>,
    /// How many that node had caused before.
    pub count: u32,
    /// What it is, in words that follow the name of the node it concerns.
    pub what: &'static str,
    /// The node it concerns.
    pub to: u32,
}

/// A peer as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// It has arrived and not left.
    pub present: bool,
    /// Its Join was answered.
    pub member: bool,
    /// The tracker lists it.
    pub listed: bool,
    /// The number of its group.
    pub group: u16,
    /// Which of its sessions this is, or the last was, from 0.
    pub session: u16,
    /// Chunks that it holds.
    pub chunks: u32,
    /// Its neighbors; none as soon as it is complete.
    pub neighbors: u32,
    /// Its fetches under way: the chunk, and from whom.
    pub fetches: Vec<(u32, u32)>,
}

impl Happening {
    pub(super) fn new(event: Event<Action>) -> Happening {
        let mut by = (event.key.origin != SWEEP).then(|| node_of(event.key.origin));
        let Action { what, mut to, .. } = event.payload;
        if what == What::QueryAnswer {
            // It is its asker's event, and comes from the neighbor.
            (by, to) = (Some(to), node_of(event.key.origin));
        }
        Happening { time: event.key.time, by, count: event.key.count, what: words(what), to }
    }
}

fn words(what: What) -> &'static str {
    match what {
        What::Sweep => "sweeps",
        What::Arrive => "arrives",
        What::SessionEnd => "comes to the end of its session",
        What::LingerEnd => "has lingered long enough",
        What::ProofDue => "is due to prove that it is active",
        What::ListDue => "is due to ask for the list",
        What::QueryDue => "is due to query its neighbors",
        What::TrackerTimeout => "has waited long enough for the tracker",
        What::QueryTimeout => "has waited long enough for a neighbor",
        What::Join => "gets a Join",
        What::ActiveProof => "gets an Active Proof",
        What::PeerList => "gets a Peer List request",
        What::JoinAnswer => "gets the answer to its Join",
        What::PeerListAnswer => "gets a list",
        What::Query => "gets a Chunks Query",
        What::QueryAnswer => "gets the answer to a Chunks Query",
        What::Fetch => "gets a request for a chunk",
        What::LinkWake => "looks at its links",
        What::ChunkArrives => "is reached by a chunk's last byte",
        What::ChunkPassed => "has a chunk through its downlink",
        What::UploaderGone => "notices that an uploader is gone",
        What::NobodyThere => "notices that nobody heard its request",
        What::DownloaderGone => "notices that a downloader is gone",
        What::RoundDone => "has all answers to its queries",
        What::FaultDue => "is where a fault begins or ends",
        What::MassDeparture => "is where many leave at once",
    }
}

impl<O: Observer> Swarm<O> {
    fn inspect(&self, peer: u32) -> Option<Inspected> {
        let state = self.peers.get(peer as usize).filter(|_| peer != TRACKER)?;
        let node = self.node(peer);
        Some(Inspected {
            present: node.present,
            member: state.member,
            listed: self.tracker.is_listed(peer),
            group: state.group,
            session: node.session,
            chunks: node.held,
            neighbors: self.downloads[peer as usize].neighbors.len() as u32,
            fetches: state.fetches.iter().map(|fetch| (fetch.chunk, fetch.from)).collect(),
        })
    }
}

impl<O: Observer> Simulation<O> {
    /// A peer as it stands; `None` where there will never be one of this number.
    pub fn inspect(&self, peer: u32) -> Option<Inspected> {
        self.swarm.inspect(peer)
    }

    /// Peers that the tracker lists.
    pub fn listed(&self) -> u32 {
        self.swarm.tracker.listed().len() as u32
    }
}
