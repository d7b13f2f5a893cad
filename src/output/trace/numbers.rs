//! The numbers that messages have in a trace: 1, 2, 3 … in the order in which they were sent.

use crate::swarm::{Message, MessageId, MessageKind};

/// Numbers by the node whose event a message is, and that node's count: its sender, and of an answer to a query the asker. Each row is in
/// order of counts, and as short as the messages are few that are under way.
#[derive(Debug, Default)]
struct Table {
    rows: Vec<Vec<(u32, u64)>>,
}

impl Table {
    fn row(&mut self, node: u32) -> &mut Vec<(u32, u64)> {
        let node = node as usize;
        if self.rows.len() <= node {
            self.rows.resize_with(node + 1, Vec::new);
        }
        &mut self.rows[node]
    }

    fn insert(&mut self, node: u32, count: u32, number: u64) {
        let row = self.row(node);
        let place = row.partition_point(|entry| entry.0 < count);
        row.insert(place, (count, number));
    }

    fn remove(&mut self, node: u32, count: u32) -> Option<u64> {
        let row = self.row(node);
        let place = row.binary_search_by_key(&count, |entry| entry.0).ok()?;
        Some(row.remove(place).1)
    }

    fn clear(&mut self, node: u32) {
        self.row(node).clear();
    }
}

/// A request that was just delivered, or whose answer was just sent.
#[derive(Clone, Copy, Debug)]
struct Request {
    id: MessageId,
    number: u64,
}

/// The numbers of the messages under way, which are most of what is looked up. A message stands where a multiplication says, or in one of
/// the next places (open addressing): answers come in any order, and a [`Table`]'s rows would be searched and moved for each.
#[derive(Debug)]
struct UnderWay {
    /// The key and the number, or 0 in a free place. Half of them are free at least; how many there are is a power of two.
    places: Vec<(u64, u64)>,
    taken: usize,
}

impl Default for UnderWay {
    fn default() -> UnderWay {
        UnderWay { places: vec![(0, 0); 1 << 10], taken: 0 }
    }
}

impl UnderWay {
    fn key(id: MessageId) -> u64 {
        u64::from(id.origin.0) << 32 | u64::from(id.count)
    }

    /// Where a key belongs.
    #[inline]
    fn home(&self, key: u64) -> usize {
        // 2^64 over the golden ratio: keys that follow each other come to lie far apart.
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - self.places.len().trailing_zeros())) as usize
    }

    fn next(&self, place: usize) -> usize {
        (place + 1) & (self.places.len() - 1)
    }

    /// Where a key is, or the free place where it would be.
    #[inline]
    fn place(&self, key: u64) -> usize {
        let mut place = self.home(key);
        while self.places[place].1 != 0 && self.places[place].0 != key {
            place = self.next(place);
        }
        place
    }

    fn insert(&mut self, id: MessageId, number: u64) {
        if self.taken >= self.places.len() / 2 {
            let doubled = vec![(0, 0); 2 * self.places.len()];
            for entry in std::mem::replace(&mut self.places, doubled).into_iter().filter(|entry| entry.1 != 0) {
                let place = self.place(entry.0);
                self.places[place] = entry;
            }
        }
        let place = self.place(UnderWay::key(id));
        debug_assert_eq!(self.places[place].1, 0, "a message is sent once");
        self.places[place] = (UnderWay::key(id), number);
        self.taken += 1;
    }

    fn get(&self, id: MessageId) -> Option<u64> {
        Some(self.places[self.place(UnderWay::key(id))].1).filter(|&number| number != 0)
    }

    fn remove(&mut self, id: MessageId) -> Option<u64> {
        let mut free = self.place(UnderWay::key(id));
        let number = Some(self.places[free].1).filter(|&number| number != 0)?;
        // Those that follow without a gap move up, unless they would come to stand before the place where they belong.
        let mask = self.places.len() - 1;
        let mut place = self.next(free);
        while self.places[place].1 != 0 {
            let entry = self.places[place];
            if place.wrapping_sub(self.home(entry.0)) & mask >= place.wrapping_sub(free) & mask {
                self.places[free] = entry;
                free = place;
            }
            place = self.next(place);
        }
        self.places[free] = (0, 0);
        self.taken -= 1;
        Some(number)
    }
}

/// Gives messages their numbers and remembers them for as long as something may still be said of them: until a message has
/// ended, and of a request also until its answer is sent and until its sender can no longer give it up.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    sent: u64,
    under_way: UnderWay,
    /// Queries and fetch requests that failed: their senders may give them up later.
    failed: Table,
    /// By peer: the latest Join and the latest Peer List request, which are given up when no answer comes.
    to_tracker: Vec<[(u32, u64); 2]>,
    delivered: Option<Request>,
    answered: Option<Request>,
    /// Whether peers notice that a query is not answered.
    queries_time_out: bool,
}

impl Numbers {
    pub(super) fn new(queries_time_out: bool) -> Numbers {
        Numbers { queries_time_out, ..Numbers::default() }
    }

    /// The number of a message that is being sent, and that of the request it answers.
    pub(super) fn send(&mut self, message: Message, re: Option<MessageId>) -> (u64, Option<u64>) {
        self.sent += 1;
        self.under_way.insert(message.id, self.sent);
        if let Some(slot) = tracker_slot(message.kind) {
            let peer = message.from as usize;
            if self.to_tracker.len() <= peer {
                self.to_tracker.resize(peer + 1, [(0, 0); 2]);
            }
            self.to_tracker[peer][slot] = (message.id.count, self.sent);
        }
        self.answered = self.delivered.filter(|request| Some(request.id) == re);
        (self.sent, self.answered.map(|request| request.number))
    }

    /// The number of a message that is under way.
    pub(super) fn of(&self, message: Message) -> u64 {
        self.under_way.get(message.id).expect("the message is under way")
    }

    /// The number of a message that has just ended.
    fn end(&mut self, message: Message) -> u64 {
        self.under_way.remove(message.id).expect("the message was under way")
    }

    pub(super) fn deliver(&mut self, message: Message) -> u64 {
        let number = self.end(message);
        self.delivered = Some(Request { id: message.id, number });
        number
    }

    pub(super) fn cut(&mut self, message: Message) -> u64 {
        self.end(message)
    }

    pub(super) fn lose(&mut self, message: Message) -> u64 {
        let number = self.end(message);
        match message.kind {
            MessageKind::FetchChunkRequest => self.failed.insert(message.from, message.id.count, number),
            MessageKind::ChunksQueryRequest if self.queries_time_out => {
                self.failed.insert(message.from, message.id.count, number);
            }
            // Only where the answer was lost as it was sent does its asker wait in vain; else that one is gone.
            MessageKind::ChunksQueryResponse if self.queries_time_out && number == self.sent => {
                if let Some(Request { id, number }) = self.answered {
                    self.failed.insert(message.to, id.count, number);
                }
            }
            // A chunk that is lost as it is sent was swallowed by a partition.
            MessageKind::FetchChunkResponse if number == self.sent => {
                if let Some(Request { id, number }) = self.answered {
                    self.failed.insert(message.to, id.count, number);
                }
            }
            _ => {}
        }
        number
    }

    /// The number of a request that its sender gives up.
    pub(super) fn time_out(&mut self, request: Message) -> u64 {
        let (node, count) = (request.from, request.id.count);
        let number = match tracker_slot(request.kind) {
            Some(slot) => Some(self.to_tracker[node as usize][slot]).filter(|sent| sent.0 == count).map(|sent| sent.1),
            None => self.failed.remove(node, count),
        };
        number.expect("a request that is given up was sent and not answered")
    }

    /// A peer left: it gives nothing up any more.
    pub(super) fn depart(&mut self, peer: u32) {
        self.failed.clear(peer);
    }
}

fn tracker_slot(kind: MessageKind) -> Option<usize> {
    match kind {
        MessageKind::JoinRequest => Some(0),
        MessageKind::PeerListRequest => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Origin, Owner, Purpose, Streams};
    use std::collections::BTreeMap;

    /// Messages come and go at random, of few nodes and many, and at last all go: as in a plain map.
    #[test]
    fn what_is_under_way_is_as_in_a_map() {
        for (seed, nodes) in [(1, 1), (2, 7), (3, 400)] {
            let mut draws = Streams::new(seed).at(Owner::TRACKER, Purpose::Resample, 0);
            let (mut ours, mut plain) = (UnderWay::default(), BTreeMap::new());
            for number in 1..=30_000u64 {
                let id = MessageId { origin: Origin(draws.below(nodes) as u32), count: draws.below(9_000) as u32 };
                assert_eq!(ours.get(id), plain.get(&UnderWay::key(id)).copied());
                // The more there are, the fewer stay: the table grows to some thousands.
                if plain.contains_key(&UnderWay::key(id)) || draws.below(9_000) < plain.len() as u64 {
                    assert_eq!(ours.remove(id), plain.remove(&UnderWay::key(id)));
                } else {
                    ours.insert(id, number);
                    plain.insert(UnderWay::key(id), number);
                }
                assert_eq!(ours.taken, plain.len());
            }
            assert!(plain.len() > 1_000, "{}", plain.len());
            for (key, number) in plain {
                let id = MessageId { origin: Origin((key >> 32) as u32), count: key as u32 };
                assert_eq!((ours.remove(id), ours.remove(id)), (Some(number), None));
            }
            assert!(ours.taken == 0 && ours.places.iter().all(|&(_, number)| number == 0));
        }
    }
}
