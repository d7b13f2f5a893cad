//! The run's end: whether it came when it should, and what it left undone.

use super::checker::Checker;
use super::invariants::Rule;
use super::line::{Kind, Stopping};
use super::scene::{bytes_in, time_for};
use super::state::{Broken, Message};
use crate::net::Sharing;
use crate::sim::Time;
use crate::swarm::config::StopWhen;

impl Checker<'_> {
    /// Whether those who are there let the run end, if nobody is to come.
    pub(super) fn meets_stop(&self) -> bool {
        match self.scene.config.stop.when {
            StopWhen::AllComplete => self.incomplete == 0,
            StopWhen::Empty => self.present == 0,
            StopWhen::Time => false,
        }
    }

    pub(super) fn check_stop(&mut self, why: Stopping) {
        let now = self.now;
        let right = match (self.over_since, self.scene.config.stop.when) {
            (Some(_), StopWhen::AllComplete) => Stopping::AllComplete,
            (Some(_), StopWhen::Empty) => Stopping::Empty,
            _ => Stopping::Time,
        };
        self.test(Rule::StopReason, why == right, || {
            format!("the run stops because of {:?}; right is {:?}", why.name(), right.name())
        });
        let at = self.over_since.unwrap_or(self.scene.stop_at());
        self.test(Rule::StopAtOnce, now == at, || format!("the run stops; right is {} s", Time::from_nanos(at)));
    }

    /// What should have happened by the end and has not.
    pub(super) fn check_what_is_left(&mut self, why: Stopping) {
        let now = self.now;
        // Where the clock ran out, all that was due in the last instant has happened, too.
        let until = if why == Stopping::Time { now.saturating_add(1) } else { now };
        self.look_for_overdue(until);
        let next = self.peers.len() as u32;
        if let Some(at) = self.scene.peer(next).map(|peer| peer.time).filter(|&at| at < until && !self.arrival_missing)
        {
            self.test(Rule::ArrivalOnSchedule, false, || {
                format!("peer {next} was to arrive at {} s, and has not", Time::from_nanos(at))
            });
        }
        let open: Vec<(u64, Message)> = std::mem::take(&mut self.messages)
            .into_iter()
            .filter(|(_, message)| message.kind == Kind::FetchChunkResponse)
            .collect();
        let queues: Vec<u64> = self.peers.iter().filter_map(|peer| peer.uploads.front().copied()).collect();
        for (msg, message) in &open {
            let Some(transfer) = message.transfer else { continue };
            match transfer.upload {
                Some((_, end, bytes)) if bytes == transfer.bytes && !transfer.is_parted() => {
                    // Had it not broken off when its uploader left, it would be there by now.
                    let broke_off =
                        matches!(transfer.broken, Broken::Perhaps(_)) && message.latency.after(end).most < now;
                    if broke_off {
                        self.figures.wasted(transfer.row, bytes);
                    } else {
                        self.figures.on_the_way(bytes);
                    }
                    if transfer.broken == Broken::No && self.scene.is(Sharing::Fifo) {
                        self.check_left_on_downlink(*msg, message, end, until);
                    }
                }
                Some(_) => {}
                None if transfer.broken == Broken::No => {
                    self.left_on_uplink(*msg, message, until, queues.contains(msg));
                }
                None => {}
            }
        }
    }

    /// An upload that is under way, or waits for it, when the run ends.
    fn left_on_uplink(&mut self, msg: u64, message: &Message, until: u64, is_first: bool) {
        let now = self.now;
        let Some(transfer) = message.transfer else { return };
        let capacity =
            |node, up: bool| self.scene.peer(node).map_or(u64::MAX, |one| if up { one.up } else { one.down });
        let (up, down) = (capacity(message.from, true), capacity(message.to, false));
        let free = self.peer(message.from).map_or(0, |peer| peer.uplink_free);
        let (rule, started, sent, ends) = match self.scene.config.network.sharing {
            Sharing::Fifo => {
                let start = message.sent.max(free);
                let sent = bytes_in(now.saturating_sub(start), up, transfer.bytes);
                (
                    Rule::UplinkTiming,
                    is_first.then_some(start),
                    (sent, sent),
                    start.saturating_add(time_for(transfer.bytes, up)),
                )
            }
            Sharing::None => {
                let sent = bytes_in(now.saturating_sub(message.sent), up.min(down), transfer.bytes);
                (Rule::UplinkTiming, Some(message.sent), (sent, sent), u64::MAX)
            }
            Sharing::EqualShare | Sharing::MaxMin => {
                let sent = self.flows.sent(now, msg);
                let ends = self.flows.overdue(until, message.from).filter(|due| due.1 == msg);
                (Rule::FairShare, Some(message.sent), sent, ends.map_or(u64::MAX, |due| due.0))
            }
        };
        let Some(start) = started else { return };
        self.figures.unfinished((message.from, msg), start, sent, up);
        self.test(rule, ends >= until, || {
            format!("the upload of message {msg} was to be over at {} s, and is not", Time::from_nanos(ends))
        });
        if let Some(notice) = self.uploader_notices(message, &transfer, start) {
            self.test(Rule::CutTiming, notice.most >= until, || {
                format!(
                    "the sender of message {msg} was to notice by {} that nobody is there, and did not",
                    notice.told()
                )
            });
        }
    }

    /// A chunk whose last byte has left, and that is not there when the run ends.
    fn check_left_on_downlink(&mut self, msg: u64, message: &Message, end: u64, until: u64) {
        let last_byte = message.latency.after(end);
        let Some(transfer) = message.transfer else { return };
        let Some(receiver) = self.peer(message.to) else { return };
        let there = receiver.is_there(message.session);
        // Chunks that come before it take the downlink first: it is free for this one at the latest when all of them have passed.
        let down = self.scene.peer(message.to).map_or(u64::MAX, |one| one.down);
        let alone = last_byte.most.max(receiver.downlink_free).saturating_add(time_for(transfer.bytes, down));
        let queue = if down == u64::MAX { 0 } else { receiver.fetches.len() as u64 };
        let whole = time_for(self.scene.config.file.chunk_bytes, down);
        let by = match (there, transfer.receiver_left) {
            (true, _) => alone.saturating_add(queue.saturating_mul(whole)),
            (false, Some(left)) if left >= last_byte.least => return,
            _ => last_byte.most,
        };
        self.test(Rule::ArrivesAtAll, by >= until, || {
            format!("the chunk of message {msg} was to be there by {} s, and is not", Time::from_nanos(by))
        });
    }
}
