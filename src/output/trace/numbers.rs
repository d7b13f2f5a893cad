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
        if row.last().is_none_or(|last| last.0 < count) {
            return row.push((count, number));
        }
        let place = row.partition_point(|entry| entry.0 < count);
        row.insert(place, (count, number));
    }

    fn get(&self, node: u32, count: u32) -> Option<u64> {
        let row = self.rows.get(node as usize)?;
        row.binary_search_by_key(&count, |entry| entry.0).ok().map(|place| row[place].1)
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

/// Gives messages their numbers and remembers them for as long as something may still be said of them: until a message has
/// ended, and of a request also until its answer is sent and until its sender can no longer give it up.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    sent: u64,
    under_way: Table,
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
        self.under_way.insert(message.id.origin.0, message.id.count, self.sent);
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
        self.under_way.get(message.id.origin.0, message.id.count).expect("the message is under way")
    }

    /// The number of a message that has just ended.
    fn end(&mut self, message: Message) -> u64 {
        self.under_way.remove(message.id.origin.0, message.id.count).expect("the message was under way")
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
