//! Peers arrive, complete, leave and come back.

use super::checker::Checker;
use super::invariants::Rule;
use super::line::{Held, Leaving};
use super::state::{Broken, Follow, Log, Peer, Task};
use crate::net::Sharing;
use crate::sim::Time;
use std::collections::VecDeque;

impl Checker<'_> {
    pub(super) fn on_arrive(&mut self, number: u32, group: &str, chunks: &Held) {
        let first = number == 0 || number as usize >= self.peers.len();
        if first {
            if !self.arrives_first(number, group) {
                return;
            }
        } else if !self.comes_back(number, group) {
            return;
        }
        let new_log = first || !self.scene.keeps_chunks(number);
        let expected: Vec<u32> = match (first, new_log) {
            (true, _) => self.scene.initial_chunks(number),
            (_, true) => Vec::new(),
            _ => self.peers[number as usize].log().map(|log| log.chunks().collect()).unwrap_or_default(),
        };
        let told = self.held(chunks, expected.len());
        let all = self.scene.chunks;
        self.test(Rule::InitialChunks, told.as_ref() == Some(&expected), || {
            let told = told.map_or("something else".into(), |told| told.len().to_string());
            format!("peer {number} arrives with {told} of {all} chunks; it is to hold {} certain ones", expected.len())
        });
        if new_log {
            let mut log = Log::new(all);
            expected.iter().for_each(|&chunk| log.push(chunk, number));
            self.peers[number as usize].logs.push(log);
        }
        self.begin_session(number, first);
    }

    /// Whether a peer that was never there may arrive.
    fn arrives_first(&mut self, number: u32, group: &str) -> bool {
        let next = self.peers.len() as u32;
        let Some(&planned) = self.scene.peer(number).filter(|_| number == next) else {
            let all = self.scene.peers();
            return self.test(Rule::ArrivalOnSchedule, false, || {
                format!("peer {number} arrives; the next of {all} in all would be {next}")
            });
        };
        let name = &self.scene.config.groups[planned.group].name;
        let right = planned.time == self.now && name == group;
        let place = self.place();
        self.findings.test(Rule::ArrivalOnSchedule, place, right, || {
            let at = Time::from_nanos(planned.time);
            format!("peer {number} arrives in the group {group:?}; it is of {name:?} and arrives at {at} s")
        });
        self.peers.push(Peer::default());
        true
    }

    /// Whether a peer that was there before may come back.
    fn comes_back(&mut self, number: u32, group: &str) -> bool {
        let here = self.is_present(number);
        if !self.test(Rule::HereOrGone, !here, || format!("peer {number} arrives, and is there already")) {
            return false;
        }
        let due = self.peers[number as usize].returns_at.take();
        let same_group = self.scene.group(number).is_some_and(|own| own.name == group);
        let right = due == Some(self.now) && same_group;
        self.test(Rule::ReturnOnSchedule, right, || match due {
            Some(at) => {
                format!("peer {number} comes back in the group {group:?}; it was to at {} s", Time::from_nanos(at))
            }
            None => format!("peer {number} comes back, and was not to"),
        });
        if let Some(at) = due {
            self.to_return -= 1;
            self.done(at, Task::Returns(number));
        }
        true
    }

    /// The chunks that an arrival tells of, in rising order; `None` where that is no set of chunks. Of "all" and "none" the
    /// number must fit, too.
    fn held(&self, chunks: &Held, expected: usize) -> Option<Vec<u32>> {
        let all = self.scene.chunks;
        match chunks {
            Held::All => Some((0..all).collect()),
            Held::None => Some(Vec::new()),
            Held::List(list) => {
                let rises = list.windows(2).all(|pair| pair[0] < pair[1]);
                let in_words = expected == 0 || expected == all as usize;
                (rises && !in_words && list.last().is_none_or(|&last| last < all)).then(|| list.clone())
            }
        }
    }

    fn begin_session(&mut self, number: u32, first: bool) {
        let (now, session) = (self.now, self.peers[number as usize].sessions);
        let ends = self.scene.session(number, session).map(|length| now.saturating_add(length));
        let complete = self.peers[number as usize].log().is_some_and(Log::is_whole);
        let lingers = if complete && !first { self.scene.linger(number, session) } else { None };
        let linger_ends = lingers.map(|length| now.saturating_add(length));
        let peer = &mut self.peers[number as usize];
        *peer = Peer {
            present: true,
            sessions: session + 1,
            departures: peer.departures,
            departed_at: peer.departed_at,
            complete,
            session_ends: ends,
            linger_ends,
            logs: std::mem::take(&mut peer.logs),
            uplink_free: peer.uplink_free,
            downlink_free: now,
            ..Peer::default()
        };
        self.present += 1;
        self.incomplete += u32::from(!complete);
        let held: Vec<u32> = self.peers[number as usize].log().map(|log| log.chunks().collect()).unwrap_or_default();
        self.figures.arrived(now, number, session, &held, &self.scene);
        ends.into_iter().for_each(|at| self.plan(at, Task::SessionEnds(number)));
        linger_ends.into_iter().for_each(|at| self.plan(at, Task::LingerEnds(number)));
        let leaves = lingers.is_some() && self.scene.leaves_at_once(number);
        self.follow.push_back(if leaves { Follow::Depart(number) } else { Follow::Join(number) });
    }

    pub(super) fn on_complete(&mut self, number: u32) {
        let expected = self.follow.pop_front();
        let right = expected == Some(Follow::Complete(number));
        let held = self.peer(number).map_or(0, Peer::held);
        let all = self.scene.chunks;
        if expected.is_none() {
            self.test(Rule::CompleteWhenWhole, right, || {
                format!("peer {number} is complete, but has not just got its last chunk; it holds {held} of {all}")
            });
        }
        if !right {
            return;
        }
        let now = self.now;
        let lingers = self.scene.linger(number, self.peers[number as usize].sessions - 1);
        let ends = lingers.map(|length| now.saturating_add(length));
        let peer = &mut self.peers[number as usize];
        let due =
            [peer.list_due.map(|at| (at, Task::List(number))), peer.round_due.map(|at| (at, Task::Round(number)))];
        peer.complete = true;
        peer.linger_ends = ends;
        peer.end_download();
        self.incomplete -= 1;
        due.into_iter().flatten().for_each(|(at, task)| self.done(at, task));
        ends.into_iter().for_each(|at| self.plan(at, Task::LingerEnds(number)));
        self.figures.completed(now, number, &self.scene);
    }

    pub(super) fn on_depart(&mut self, number: u32, why: Leaving) {
        if matches!(self.follow.front(), Some(Follow::Depart(_))) {
            self.follow.clear();
        }
        let here = self.is_present(number);
        if !self.test(Rule::HereOrGone, here, || format!("peer {number} leaves, and is not there")) {
            return;
        }
        self.check_departure(number, why);
        self.leave_uploads(number);
        self.leave_fetches(number);
        self.drop_tasks(number);
        let now = self.now;
        let session = self.peers[number as usize].sessions - 1;
        let returns = self.scene.return_after(number, session, why == Leaving::Completed);
        let returns_at = returns.map(|after| now.saturating_add(after));
        let keeps = self.scene.keeps_chunks(number);
        let peer = &mut self.peers[number as usize];
        let complete = peer.complete;
        peer.end_download();
        peer.fetches.clear();
        peer.uploads = VecDeque::new();
        peer.incoming.clear();
        (peer.present, peer.complete, peer.member) = (false, false, false);
        (peer.departed_at, peer.returns_at) = (now, returns_at);
        peer.departures += 1;
        peer.awaited = [None; 2];
        (peer.session_ends, peer.linger_ends, peer.driven_out_at) = (None, None, None);
        peer.dropped = returns_at.is_none() || !keeps;
        self.present -= 1;
        self.incomplete -= u32::from(!complete);
        let chunks: Vec<u32> = self.peers[number as usize].log().map(|log| log.chunks().collect()).unwrap_or_default();
        self.figures.departed(now, number, returns_at.is_some(), &chunks);
        if let Some(at) = returns_at {
            self.to_return += 1;
            self.plan(at, Task::Returns(number));
        }
    }

    /// Whether it is time for a peer to leave, for the reason given.
    fn check_departure(&mut self, number: u32, why: Leaving) {
        let now = self.now;
        let Peer { session_ends, driven_out_at, linger_ends, complete, .. } = self.peers[number as usize];
        let (rule, due) = match why {
            Leaving::Session => (Rule::SessionLength, driven_out_at.filter(|&at| at == now).or(session_ends)),
            Leaving::Completed => (Rule::LingerLength, linger_ends.filter(|_| complete)),
        };
        self.test(rule, due == Some(now), || match due {
            Some(at) => format!("peer {number} leaves; it was to at {} s", Time::from_nanos(at)),
            None => format!("peer {number} leaves, and has no reason to"),
        });
    }

    /// Nothing is asked of who is gone.
    fn drop_tasks(&mut self, number: u32) {
        let peer = &self.peers[number as usize];
        let timeout = self.scene.config.protocol.request_timeout.as_nanos();
        let given_up = |which: usize| peer.awaited[which].map(|(_, sent)| sent.saturating_add(timeout));
        let tasks = [
            (peer.session_ends, Task::SessionEnds(number)),
            (peer.driven_out_at, Task::DrivenOut(number)),
            (peer.linger_ends, Task::LingerEnds(number)),
            (peer.proof_due, Task::Proof(number)),
            (peer.list_due, Task::List(number)),
            (peer.round_due, Task::Round(number)),
            (given_up(0), Task::Timeout(number, 0)),
            (given_up(1), Task::Timeout(number, 1)),
        ];
        for (at, task) in tasks {
            at.into_iter().for_each(|at| self.done(at, task));
        }
        if let Some(peer) = self.peer_mut(number) {
            (peer.proof_due, peer.list_due, peer.round_due) = (None, None, None);
        }
    }

    /// What a peer that leaves was sending breaks off; those who were to receive it will notice.
    fn leave_uploads(&mut self, number: u32) {
        let now = self.now;
        let of_it = |checker: &Self, message: &u64| checker.messages.get(message).is_some_and(|one| one.from == number);
        let (mine, others): (Vec<u64>, Vec<u64>) =
            std::mem::take(&mut self.broken_now).into_iter().partition(|message| of_it(self, message));
        self.broken_now = others;
        let up = self.scene.peer(number).map_or(u64::MAX, |peer| peer.up);
        let mut turn = now;
        for message in mine {
            let upload = self.transfer(message).and_then(|transfer| Some((transfer.upload?.0, transfer.bytes)));
            if let Some((start, bytes)) = upload.filter(|_| self.scene.is(Sharing::Fifo)) {
                turn = start.saturating_add(super::scene::time_for(bytes, up));
            }
            self.will_be_noticed(message, now);
        }
        let waiting: Vec<u64> = self.peers[number as usize].uploads.iter().copied().collect();
        for message in waiting {
            let bytes = self.transfer(message).map_or(0, |transfer| transfer.bytes);
            if !self.scene.is(Sharing::Fifo) {
                self.test(Rule::UploadOfTransfer, false, || {
                    format!("peer {number} leaves while it sends message {message}, and no line says how far it came")
                });
            }
            self.will_be_noticed(message, turn);
            turn = turn.saturating_add(super::scene::time_for(bytes, up));
            self.forget_upload(message, number);
        }
        for message in self.whole_now.clone() {
            if of_it(self, &message) {
                let notice = self.notice(message, now);
                let due = self.messages.get(&message).map_or(now, |one| one.latency.after(now).most);
                self.done(due, Task::ChunkArrives(message));
                // It may never come: nothing has to wait for it.
                if let Some(to) = self.messages.get(&message).map(|one| one.to)
                    && let Some(receiver) = self.peer_mut(to)
                {
                    receiver.incoming.retain(|one| one.0 != message);
                }
                if let Some(transfer) = self.transfer_mut(message) {
                    transfer.broken = Broken::Perhaps(notice);
                }
            }
        }
    }

    /// The receiver of a transfer will notice that its sender, whose turn it would have been then, is gone.
    fn will_be_noticed(&mut self, message: u64, turn: u64) {
        let notice = self.notice(message, turn);
        if let Some(transfer) = self.transfer_mut(message) {
            transfer.broken = Broken::UploaderLeft(notice);
            self.plan(notice.most, Task::Cut(message));
        }
    }

    /// Who is sending to a peer that leaves will notice.
    fn leave_fetches(&mut self, number: u32) {
        let now = self.now;
        let responses: Vec<u64> = self.peers[number as usize].fetches.iter().filter_map(|one| one.response).collect();
        for message in responses {
            if let Some(transfer) = self.transfer_mut(message) {
                transfer.receiver_left = Some(now);
            }
        }
    }
}
