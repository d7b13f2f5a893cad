//! Chunks on links: uploads, arrivals, cuts.

use super::checker::Checker;
use super::faults::Link;
use super::flows::Ended;
use super::invariants::Rule;
use super::line::Kind;
use super::scene::{Range, bytes_in, time_for};
use super::state::{Broken, Follow, Message, Task, Transfer};
use crate::net::Sharing;
use crate::sim::{NANOS_PER_SECOND, Time};

impl Checker<'_> {
    pub(super) fn transfer(&self, msg: u64) -> Option<&Transfer> {
        self.messages.get(&msg)?.transfer.as_ref()
    }

    pub(super) fn transfer_mut(&mut self, msg: u64) -> Option<&mut Transfer> {
        self.messages.get_mut(&msg)?.transfer.as_mut()
    }

    /// When the receiver of a transfer notices that its sender, whose turn would have come then, is gone.
    pub(super) fn notice(&self, msg: u64, turn: u64) -> Range {
        let latency = self.messages.get(&msg).map_or(Range::exactly(0), |message| message.latency);
        self.scene.detection(latency).after(turn)
    }

    /// An uploader has one transfer less before it.
    pub(super) fn forget_upload(&mut self, msg: u64, from: u32) {
        if let Some(peer) = self.peer_mut(from) {
            peer.uploads.retain(|&other| other != msg);
        }
        if let Some(to) = self.messages.get(&msg).map(|message| message.to) {
            for (side, node) in [(0, from), (1, to)] {
                if let Some(busy) = self.busy[side].get_mut(&node) {
                    busy.transfers = busy.transfers.saturating_sub(1);
                }
            }
            self.leave_backbones(from, to);
        }
    }

    /// The uplink's part of a transfer is over.
    pub(super) fn on_upload(&mut self, msg: u64, (from, to): (u32, u32), (start, end, bytes): (u64, u64, u64)) {
        let now = self.now;
        let message = self.messages.get(&msg).cloned();
        let open = message.as_ref().and_then(|one| one.transfer).filter(|transfer| transfer.upload.is_none());
        let right = message.as_ref().zip(open).is_some_and(|(one, transfer)| {
            (one.from, one.to) == (from, to)
                && (transfer.broken == Broken::No || transfer.is_parted())
                && one.sent <= start
                && start <= end
                && end == now
                && bytes <= transfer.bytes
        });
        self.test(Rule::UploadOfTransfer, right, || match &message {
            Some(Message { kind, from, to, sent, transfer: Some(transfer), .. }) => format!(
                "the upload of message {msg}, a {kind} sent from {from} to {to} at {} s with {} bytes, is told a second time or with others",
                Time::from_nanos(*sent),
                transfer.bytes
            ),
            _ => format!("the upload of message {msg} is told, which is no chunk on its way"),
        });
        let Some((message, transfer)) = message.zip(open) else { return };
        let bytes = bytes.min(transfer.bytes);
        self.check_capacity(&message, bytes);
        self.check_uplink(msg, &message, &transfer, (start, end, bytes));
        self.forget_upload(msg, message.from);
        if let Some(peer) = self.peer_mut(message.from) {
            peer.uplink_free = end;
        }
        let row = self.figures.uploaded(message.from, (start, end, bytes), &self.scene);
        if let Some(transfer) = self.transfer_mut(msg) {
            (transfer.upload, transfer.row) = (Some((start, end, bytes)), row);
        }
        if transfer.is_parted() {
            self.done(now, Task::UploadEnds(msg));
            return self.figures.wasted(row, bytes);
        }
        if bytes < transfer.bytes {
            self.figures.wasted(row, bytes);
            self.broken_now.push(msg);
            return;
        }
        self.whole_now.push(msg);
        self.was_it_noticed(msg, &message, &transfer, start);
        let last_byte = message.latency.after(end);
        if let Some(receiver) = self.peer_mut(message.to).filter(|one| one.is_there(message.session)) {
            receiver.incoming.push((msg, last_byte));
        }
        if !self.scene.is(Sharing::Fifo) {
            self.plan(last_byte.most, Task::ChunkArrives(msg));
        }
    }

    /// Whether an upload began and ended when it should.
    fn check_uplink(&mut self, msg: u64, message: &Message, transfer: &Transfer, told: (u64, u64, u64)) {
        let (start, end, bytes) = told;
        let from = message.from;
        let (up, down) = (
            self.scene.peer(from).map_or(u64::MAX, |one| one.up),
            self.scene.peer(message.to).map_or(u64::MAX, |one| one.down),
        );
        let whole = bytes >= transfer.bytes;
        match self.scene.config.network.sharing {
            Sharing::Fifo => {
                let (free, next) =
                    self.peer(from).map_or((0, None), |one| (one.uplink_free, one.uploads.front().copied()));
                let right = (message.sent.max(free), upload_end(start, end, (bytes, transfer.bytes), up));
                self.test(Rule::UplinkTiming, next == Some(msg) && (start, (end, bytes)) == right, || {
                    told_upload(msg, told, (right.0, right.1.0, right.1.1), next)
                });
            }
            Sharing::None => {
                self.done(message.sent.saturating_add(time_for(transfer.bytes, up.min(down))), Task::UploadEnds(msg));
                let right = upload_end(start, end, (bytes, transfer.bytes), up.min(down));
                self.test(Rule::UplinkTiming, (start, (end, bytes)) == (message.sent, right), || {
                    told_upload(msg, told, (message.sent, right.0, right.1), Some(msg))
                });
            }
            Sharing::MaxMin => self.check_fluid(msg, message, transfer.bytes, told),
            Sharing::EqualShare => {
                let due = self.flows.overdue(end, from);
                let flow = self.flows.end(end, msg);
                let right = flow.map(|one| (message.sent, if whole { one.ends } else { end }, one.least));
                self.test(Rule::FairShare, right == Some(told) && due.is_none(), || match (right, due) {
                    (_, Some((at, other))) if other != msg => {
                        format!(
                            "the upload of message {msg} is over; that of message {other} was to be at {} s",
                            Time::from_nanos(at)
                        )
                    }
                    (Some(right), _) => told_upload(msg, told, right, Some(msg)),
                    _ => format!("the upload of message {msg} is over, and had not begun"),
                });
            }
        }
    }

    /// Whether an upload of `max-min` began at once, and was neither faster than its links and its limit nor slower than equal shares of them.
    fn check_fluid(&mut self, msg: u64, message: &Message, all: u64, told: (u64, u64, u64)) {
        let (start, end, bytes) = told;
        let due = self.flows.overdue(end, message.from).filter(|due| due.1 != msg);
        let flow = self.flows.end(end, msg);
        let is_right = |flow: Ended| {
            let in_time = if bytes >= all { end <= flow.ends } else { flow.least <= bytes };
            start == message.sent && in_time && bytes <= flow.most
        };
        self.test(Rule::FairShare, flow.is_some_and(is_right) && due.is_none(), || {
            let at = Time::from_nanos;
            match (flow, due) {
                (_, Some((by, other))) => {
                    format!("the upload of message {msg} is over; that of message {other} was to be by {} s", at(by))
                }
                (Some(Ended { ends, least, most }), _) => format!(
                    "the upload of message {msg} is {bytes} bytes from {} s to {} s; right are {least} to {most} bytes from {} s, and its end by {} s",
                    at(start),
                    at(end),
                    at(message.sent),
                    at(ends)
                ),
                _ => format!("the upload of message {msg} is over, and had not begun"),
            }
        });
    }

    /// Whether the links have carried more than they can since they were idle.
    fn check_capacity(&mut self, message: &Message, bytes: u64) {
        let now = self.now;
        if self.scene.is(Sharing::None) {
            return;
        }
        let sides = if self.scene.config.network.sharing.is_fluid() { 2 } else { 1 };
        // With `max-min` a rate is rounded to a nano-bit per second: less than a byte comes of that.
        let slack = if self.scene.is(Sharing::MaxMin) { 8 * u128::from(NANOS_PER_SECOND) } else { 0 };
        let links = [(0, Link::Up, message.from, "uplink"), (1, Link::Down, message.to, "downlink")];
        for (side, link, node, word) in links.into_iter().take(sides) {
            let Some(busy) = self.busy[side].get_mut(&node) else { continue };
            busy.bytes = busy.bytes.saturating_add(bytes);
            let super::checker::Busy { since, bytes, .. } = *busy;
            let could = self.scene.could_carry(node, link, since, now);
            let did = u128::from(bytes) * 8 * u128::from(NANOS_PER_SECOND);
            self.test(Rule::LinkCapacity, could.is_none_or(|could| did <= could + slack), || {
                let since = Time::from_nanos(since);
                let most = could.unwrap_or(0) / 8 / u128::from(NANOS_PER_SECOND);
                format!("the {word} of peer {node} has carried {bytes} bytes since {since} s; it can carry {most} in that time")
            });
        }
        self.check_backbones(message.from, message.to, bytes);
    }

    /// An uploader whose receiver left must notice before its upload is over, if that takes longer.
    fn was_it_noticed(&mut self, msg: u64, message: &Message, transfer: &Transfer, start: u64) {
        if let Some(notice) = self.uploader_notices(message, transfer, start) {
            let now = self.now;
            self.test(Rule::CutTiming, now <= notice.most, || {
                format!("the upload of message {msg} goes on to its end, though its sender was to notice by {} that nobody is there", notice.told())
            });
        }
    }

    /// When the sender of a transfer notices that its receiver is gone, if it is.
    pub(super) fn uploader_notices(&self, message: &Message, transfer: &Transfer, start: u64) -> Option<Range> {
        let left = transfer.receiver_left?;
        let heard = message.latency.after(start).at_least(left);
        let detection = self.scene.detection(self.scene.way_back(message.latency, message.from, message.to));
        // With the link's latency as detection, both are the same latency.
        Some(heard.plus(detection))
    }

    /// The last byte of a chunk is there.
    pub(super) fn chunk_arrives(&mut self, msg: u64, message: &Message) {
        let &Message { from, to, chunk, re, .. } = message;
        let Some(transfer) = message.transfer else { return };
        let whole = transfer.upload.filter(|upload| upload.2 == transfer.bytes);
        self.test(Rule::WholeBeforeArrival, whole.is_some(), || {
            let sent = transfer.upload.map_or(0, |upload| upload.2);
            format!("the chunk of message {msg} is there; {sent} of its {} bytes have left the uplink", transfer.bytes)
        });
        if let Some((start, end, _)) = whole {
            self.check_chunk_timing(msg, message, &transfer, (start, end));
        } else if self.peer(from).is_some_and(|peer| peer.uploads.contains(&msg)) {
            self.forget_upload_of_ended(msg, from, to);
        }
        self.whole_now.retain(|&other| other != msg);
        self.end_fetch(to, re);
        if self.peer(to).is_some_and(|peer| peer.present && !peer.has(chunk)) {
            self.follow.push_back(Follow::Acquire { peer: to, chunk, from, root: transfer.root });
        } else {
            let row = self.figures.row_of(from);
            self.figures.wasted(row, transfer.bytes);
            self.figures.duplicate();
        }
    }

    /// As [`Checker::forget_upload`], of a message that has ended.
    fn forget_upload_of_ended(&mut self, msg: u64, from: u32, to: u32) {
        if let Some(peer) = self.peer_mut(from) {
            peer.uploads.retain(|&other| other != msg);
        }
        for (side, node) in [(0, from), (1, to)] {
            if let Some(busy) = self.busy[side].get_mut(&node) {
                busy.transfers = busy.transfers.saturating_sub(1);
            }
        }
        self.leave_backbones(from, to);
        self.flows.end(self.now, msg);
    }

    /// Whether a chunk whose uplink's part took this long is there when it should be.
    fn check_chunk_timing(&mut self, msg: u64, message: &Message, transfer: &Transfer, (start, end): (u64, u64)) {
        let (now, to) = (self.now, message.to);
        let last_byte = message.latency.after(end);
        self.done(last_byte.most, Task::ChunkArrives(msg));
        let Some(receiver) = self.peer_mut(to) else { return };
        receiver.incoming.retain(|one| one.0 != msg);
        let free = receiver.downlink_free;
        let earlier = receiver.incoming.iter().copied().find(|one| one.1.most < last_byte.least);
        let mut right = last_byte;
        if self.scene.is(Sharing::Fifo) {
            let down = self.scene.peer(to).map_or(u64::MAX, |one| one.down);
            let through = message.latency.after(start).at_least(free).after(time_for(transfer.bytes, down));
            right = Range { least: last_byte.least.max(through.least), most: last_byte.most.max(through.most) };
            self.test(Rule::DownlinkOrder, earlier.is_none(), || {
                let (other, came) = earlier.unwrap_or((0, last_byte));
                let (came, own) = (came.told(), last_byte.told());
                format!("the chunk of message {msg}, whose last byte came at {own}, passes before that of message {other}, whose came at {came}")
            });
        }
        self.test(Rule::ChunkTiming, right.contains(now), || {
            format!("the chunk of message {msg} is there; right is {}", right.told())
        });
        if let Some(receiver) = self.peer_mut(to) {
            receiver.downlink_free = now;
        }
    }

    /// A chunk came where nobody is.
    pub(super) fn chunk_is_lost(&mut self, msg: u64, message: &Message) {
        let now = self.now;
        let Some(transfer) = message.transfer else { return };
        let whole = transfer.upload.filter(|upload| upload.2 == transfer.bytes);
        self.test(Rule::WholeBeforeArrival, whole.is_some(), || {
            format!("the chunk of message {msg} has come where nobody is, and has not left the uplink whole")
        });
        if let Some((_, end, _)) = whole {
            let last_byte = message.latency.after(end);
            self.done(last_byte.most, Task::ChunkArrives(msg));
            // Who left when the last byte had come, but not passed the downlink, loses it as it passes.
            let passing =
                self.scene.is(Sharing::Fifo) && transfer.receiver_left.is_some_and(|left| left >= last_byte.least);
            let right = Range { most: if passing { u64::MAX } else { last_byte.most }, ..last_byte };
            let winding_up = self.is_winding_up(super::line::Loss::Departed);
            self.test(Rule::ChunkTiming, right.contains(now) || winding_up, || {
                format!("the chunk of message {msg} comes where nobody is; right is {}", right.told())
            });
        } else {
            self.forget_upload_of_ended(msg, message.from, message.to);
        }
        let row = self.figures.row_of(message.from);
        self.figures.wasted(row, transfer.bytes);
        self.figures.cut();
    }

    pub(super) fn on_acquire(&mut self, peer: u32, chunk: u32, from: u32) {
        let Some(Follow::Acquire { peer: right, chunk: which, from: sender, root }) = self.follow.pop_front() else {
            self.test(Rule::AcquireOnArrival, false, || {
                format!("peer {peer} acquires chunk {chunk}, which has not reached it just now")
            });
            return;
        };
        debug_assert_eq!((peer, chunk), (right, which), "looked at before");
        self.test(Rule::Provenance, from == sender && root.is_some(), || match root {
            Some(_) => format!("peer {peer} acquires chunk {chunk} from peer {from}; it came from peer {sender}"),
            None => format!(
                "peer {peer} acquires chunk {chunk} from peer {sender}, which leads back to nobody who began with it"
            ),
        });
        let bytes = self.scene.bytes_of(chunk);
        let now = self.now;
        let Some(log) = self.peer_mut(peer).and_then(|peer| peer.logs.last_mut()) else { return };
        log.push(chunk, root.unwrap_or(sender));
        let whole = log.is_whole();
        self.figures.acquired(now, peer, chunk, bytes);
        if whole {
            self.follow.push_back(Follow::Complete(peer));
        }
    }

    /// One side of a transfer notices that the other is gone.
    pub(super) fn on_cut(&mut self, msg: u64) {
        let Some(message) = self.end_message(msg, "cut") else { return };
        let now = self.now;
        self.figures.message_cut(message.kind);
        let (kind, from, to) = (message.kind, message.from, message.to);
        let Some(transfer) = message.transfer.filter(|_| kind == Kind::FetchChunkResponse) else {
            self.test(Rule::CutHasCause, false, || format!("message {msg}, a {kind}, is cut; only transfers are"));
            return;
        };
        if let Some(receiver) = self.peer_mut(to) {
            receiver.incoming.retain(|one| one.0 != msg);
        }
        let sent = transfer.upload.map_or(0, |upload| upload.2);
        // All of it may have left in the very instant in which the uploader noticed.
        let left_now = self.broken_now.contains(&msg) || self.whole_now.contains(&msg);
        self.broken_now.retain(|&other| other != msg);
        self.whole_now.retain(|&other| other != msg);
        let notice = match transfer.broken {
            Broken::UploaderLeft(notice) | Broken::Parted(notice) => {
                self.done(notice.most, Task::Cut(msg));
                Some(notice)
            }
            Broken::Perhaps(notice) => {
                self.done(
                    message.latency.after(transfer.upload.map_or(0, |upload| upload.1)).most,
                    Task::ChunkArrives(msg),
                );
                Some(notice)
            }
            Broken::No if left_now => {
                self.done(
                    message.latency.after(transfer.upload.map_or(0, |upload| upload.1)).most,
                    Task::ChunkArrives(msg),
                );
                let start = transfer.upload.map_or(0, |upload| upload.0);
                self.uploader_notices(&message, &transfer, start)
            }
            Broken::No => None,
        };
        self.test(Rule::CutHasCause, notice.is_some(), || {
            format!("message {msg} from {from} to {to} is cut, and neither side has left, nor has a partition begun")
        });
        if let Some(notice) = notice {
            self.test(Rule::CutTiming, notice.contains(now), || {
                format!("message {msg} from {from} to {to} is cut; right is {}", notice.told())
            });
        } else if transfer.upload.is_none() {
            self.forget_upload_of_ended(msg, from, to);
        }
        if sent == transfer.bytes && !transfer.is_parted() {
            // It was not known to be in vain when it left.
            self.figures.wasted(transfer.row, sent);
        }
        if self.is_there(to, message.session) {
            self.end_fetch(to, message.re);
            self.neighbor_failed(to, from);
        }
    }
}

/// When an upload that began at `start` ends, and with how many bytes: told whole, or broken off at `end`.
fn upload_end(start: u64, end: u64, (bytes, all): (u64, u64), rate: u64) -> (u64, u64) {
    if bytes >= all {
        (start.saturating_add(time_for(all, rate)), all)
    } else {
        (end, bytes_in(end.saturating_sub(start), rate, all))
    }
}

/// An upload as it is told, and as it should be.
fn told_upload(msg: u64, told: (u64, u64, u64), right: (u64, u64, u64), next: Option<u64>) -> String {
    let text = |(start, end, bytes)| {
        format!("{bytes} bytes from {} s to {} s", Time::from_nanos(start), Time::from_nanos(end))
    };
    match next {
        Some(next) if next != msg => {
            format!("the upload of message {msg} is over; the uplink's next is message {next}")
        }
        _ => format!("the upload of message {msg} is {}; right is {}", text(told), text(right)),
    }
}
