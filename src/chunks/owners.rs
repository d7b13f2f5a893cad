//! Who has which chunk, looked up by chunk: for swarms in which everyone is everyone's neighbor.

use super::{CopyCounts, SetId};

/// One who has a chunk, and since when: by how many it got before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The peer.
    pub peer: u32,
    /// A log of the peer's.
    pub set: SetId,
    /// Where the chunk stands there, from 0.
    pub place: u32,
}

/// Whose logs there are, who got each chunk, and how many have.
#[derive(Clone, Debug)]
pub(super) struct Owners {
    /// Of each log.
    peers: Vec<u32>,
    by_chunk: Vec<OwnersOfOne>,
    copies: CopyCounts,
    /// Of all logs.
    entries: u64,
}

/// All who have one chunk.
#[derive(Clone, Debug, Default)]
struct OwnersOfOne {
    /// Most of them by rising peer, so that who looks all up goes one way through its own memory; then the latest.
    all: Vec<Owner>,
    sorted: usize,
}

impl OwnersOfOne {
    fn insert(&mut self, owner: Owner) {
        self.all.push(owner);
        // Each in its place at once would move half of all others.
        if self.all.len() - self.sorted > 32.max(self.sorted / 16) {
            self.all.sort_by_key(|owner| owner.peer);
            self.sorted = self.all.len();
        }
    }

    fn remove(&mut self, peer: u32, set: SetId) {
        let (sorted, latest) = self.all.split_at(self.sorted);
        let first = sorted.partition_point(|owner| owner.peer < peer);
        let among = sorted[first..].iter().take_while(|owner| owner.peer == peer).position(|owner| owner.set == set);
        let found = match among {
            Some(place) => Some(first + place),
            None => latest.iter().position(|owner| owner.set == set).map(|place| sorted.len() + place),
        };
        let place = found.expect("whose log has a chunk owns it");
        self.sorted -= usize::from(place < self.sorted);
        self.all.remove(place);
    }
}

impl Owners {
    /// Nobody's, for a file of `chunks` chunks.
    pub(super) fn new(chunks: u32) -> Owners {
        let by_chunk = vec![OwnersOfOne::default(); chunks as usize];
        Owners { peers: Vec::new(), by_chunk, copies: CopyCounts::new(chunks), entries: 0 }
    }

    /// The log in this row, a new one or one used again, is the peer's.
    pub(super) fn begin(&mut self, row: u32, peer: u32) {
        let row = row as usize;
        self.peers.resize(self.peers.len().max(row + 1), peer);
        self.peers[row] = peer;
    }

    /// `chunk` is in the log, at `place`.
    pub(super) fn insert(&mut self, set: SetId, chunk: u32, place: u32) {
        let peer = self.peers[set.row() as usize];
        self.by_chunk[chunk as usize].insert(Owner { peer, set, place });
        self.copies.add(chunk);
        self.entries += 1;
    }

    /// The log is gone, which had `chunk`.
    pub(super) fn remove(&mut self, set: SetId, chunk: u32) {
        self.by_chunk[chunk as usize].remove(self.peers[set.row() as usize], set);
        self.copies.remove(chunk);
        self.entries -= 1;
    }

    /// Who has `chunk`.
    pub(super) fn of(&self, chunk: u32) -> &[Owner] {
        &self.by_chunk[chunk as usize].all
    }

    /// The copies of each chunk, in all logs.
    pub(super) fn copies(&self) -> &CopyCounts {
        &self.copies
    }

    /// How many chunks all logs have together.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let owners: usize = self.by_chunk.iter().map(|owners| owners.all.capacity()).sum();
        owners * size_of::<Owner>()
            + self.peers.capacity() * size_of::<u32>()
            + self.by_chunk.capacity() * size_of::<OwnersOfOne>()
            + self.copies.heap_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sorted again and again, and taken out of both ends: as a plain list would have it.
    #[test]
    fn many_owners_come_and_go() {
        let (mut owners, mut twin) = (OwnersOfOne::default(), Vec::new());
        for n in 0..2_000u32 {
            let owner = Owner { peer: n * 7_919 % 1_009, set: SetId::from_row(n), place: n % 5 };
            owners.insert(owner);
            twin.push(owner);
            if n % 3 == 0 {
                // Now one of the latest, now one of the first.
                let gone: Owner = twin.swap_remove(if n % 2 == 0 { twin.len() - 1 } else { n as usize % twin.len() });
                owners.remove(gone.peer, gone.set);
            }
            assert!(owners.all[..owners.sorted].is_sorted_by_key(|owner| owner.peer));
        }
        let by_set = |mut all: Vec<Owner>| {
            all.sort_by_key(|owner| owner.set.row());
            all
        };
        assert!(owners.sorted > 0 && owners.all.len() == 2_000 - 667);
        assert_eq!(by_set(owners.all), by_set(twin));
    }
}
