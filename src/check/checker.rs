//! The checker's state, and what it does with each line. What the lines mean stands in the other files of this folder, by what they
//! are about.

use super::faults::Due;
use super::figures::{Figures, Uplinks};
use super::findings::{Findings, Place};
use super::flows::Flows;
use super::invariants::Rule;
use super::line::{Event, Kind, Loss, Sending, Stopping};
use super::scene::{Range, Scene};
use super::state::{Failed, Follow, List, Message, Peer, Task};
use crate::sim::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Why no more can be read: the file is no trace.
pub(super) struct NoTrace {
    pub rule: Rule,
    pub found: String,
}

/// A round of Chunks Queries, line by line.
#[derive(Debug)]
pub(super) struct Round {
    pub peer: u32,
    pub asked: Vec<u32>,
}

/// What the checker knows at a line.
pub(super) struct Checker<'a> {
    pub scene: Scene<'a>,
    pub findings: Findings,
    pub figures: Figures,
    pub line: u64,
    pub now: u64,
    /// By number; 0 is the tracker's and not used. As many as have arrived.
    pub peers: Vec<Peer>,
    pub messages: BTreeMap<u64, Message>,
    /// Messages sent so far.
    pub sent: u64,
    /// Queries and fetch requests that failed and will be given up.
    pub failed: BTreeMap<u64, Failed>,
    pub tracker: List,
    pub tasks: BTreeSet<(u64, Task)>,
    /// What the next lines must be.
    pub follow: std::collections::VecDeque<Follow>,
    pub round: Option<Round>,
    pub flows: Flows,
    /// What is on the schedule and not yet due, and which faults of slow links hold.
    pub schedule: std::collections::VecDeque<(u64, Due)>,
    pub slow: Vec<usize>,
    /// By node: uploads under way, since when there are any, and the bytes that were sent since then; and downloads likewise.
    pub busy: [BTreeMap<u32, Busy>; 2],
    /// The same of backbones, by number.
    pub busy_backbones: BTreeMap<usize, Busy>,
    /// Transfers of which fewer bytes than the chunk has left an uplink in this instant; and all of them.
    pub broken_now: Vec<u64>,
    pub whole_now: Vec<u64>,
    /// Of the latest message that arrived in this instant and was sent before: whose event it was, its number (of an answer to a
    /// query, that of the query), and whether it was such an answer.
    pub last_arrival: Option<(u32, u64, bool)>,
    /// Whether this instant has had a line that is none of its sweep; and whether the sweep was looked at.
    pub other_lines: bool,
    pub arrival_missing: bool,
    /// Peers present and incomplete; present; and yet to come back.
    pub incomplete: u32,
    pub present: u32,
    pub to_return: u32,
    /// Since when the run should have stopped.
    pub over_since: Option<u64>,
    pub stopped: bool,
    /// What uplinks had to do when the run stopped.
    pub at_stop: Option<Uplinks>,
}

/// A link that is in use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Busy {
    pub transfers: u32,
    pub since: u64,
    pub bytes: u64,
}

impl<'a> Checker<'a> {
    pub fn new(scene: Scene<'a>) -> Checker<'a> {
        let figures = Figures::new(&scene);
        let mut checker = Checker {
            figures,
            findings: Findings::new(),
            line: 1,
            now: 0,
            peers: vec![Peer::default()],
            messages: BTreeMap::new(),
            sent: 0,
            failed: BTreeMap::new(),
            tracker: List::default(),
            tasks: BTreeSet::new(),
            follow: Default::default(),
            round: None,
            flows: Flows::new(&scene),
            schedule: scene.schedule().into(),
            slow: Vec::new(),
            busy: Default::default(),
            busy_backbones: BTreeMap::new(),
            broken_now: Vec::new(),
            whole_now: Vec::new(),
            last_arrival: None,
            other_lines: false,
            arrival_missing: false,
            incomplete: 0,
            present: 0,
            to_return: 0,
            over_since: None,
            stopped: false,
            at_stop: None,
            scene,
        };
        checker.note_whether_over();
        checker
    }

    /// Where we are.
    pub fn place(&self) -> Place {
        Place { line: self.line, nanos: self.now }
    }

    /// Puts an invariant to the test at this line.
    #[inline]
    pub fn test(&mut self, rule: Rule, holds: bool, tell: impl FnOnce() -> String) -> bool {
        let place = self.place();
        self.findings.test(rule, place, holds, tell)
    }

    /// A peer that has arrived once.
    pub fn peer(&self, number: u32) -> Option<&Peer> {
        self.peers.get(number as usize).filter(|_| number != 0)
    }

    pub fn peer_mut(&mut self, number: u32) -> Option<&mut Peer> {
        self.peers.get_mut(number as usize).filter(|_| number != 0)
    }

    pub fn is_there(&self, peer: u32, session: u32) -> bool {
        self.peer(peer).is_some_and(|peer| peer.is_there(session))
    }

    pub fn is_present(&self, peer: u32) -> bool {
        self.peer(peer).is_some_and(|peer| peer.present)
    }

    /// Something must happen at an instant, unless the run is over by then.
    pub fn plan(&mut self, at: u64, task: Task) {
        if at <= self.scene.stop_at() {
            self.tasks.insert((at, task));
        }
    }

    pub fn done(&mut self, at: u64, task: Task) {
        self.tasks.remove(&(at, task));
    }

    /// Reads a line.
    pub fn read(&mut self, line: u64, nanos: u64, event: &Event) -> Result<(), NoTrace> {
        self.line = line;
        self.check_form(nanos, event)?;
        if nanos > self.now {
            self.advance(nanos);
        }
        self.follow_up(event);
        self.go_on_with_round(event);
        if !matches!(event, Event::Expire { .. }) && !self.other_lines {
            self.other_lines = true;
            self.check_sweep();
        }
        self.handle(event);
        self.note_whether_over();
        Ok(())
    }

    fn check_form(&mut self, nanos: u64, event: &Event) -> Result<(), NoTrace> {
        let now = self.now;
        let no_trace = |rule, found| Err(NoTrace { rule, found });
        if self.stopped {
            return no_trace(Rule::StopLast, "a line follows the one that says why the run stopped".into());
        }
        if !self.test(Rule::TimeOrder, nanos >= now, String::new) {
            let (from, to) = (Time::from_nanos(now), Time::from_nanos(nanos));
            return no_trace(Rule::TimeOrder, format!("the time falls from {from} s to {to} s; it never does"));
        }
        let stop_at = self.scene.stop_at();
        if nanos > stop_at && (nanos > 1 << 53 || stop_at > 1 << 53) {
            let (t, end) = (Time::from_nanos(nanos), Time::from_nanos(stop_at));
            return no_trace(Rule::TimeOrder, format!("the time is {t} s, and the scenario ends at {end} s"));
        }
        if let Event::Send(sending) = event {
            let expected = self.sent + 1;
            if !self.test(Rule::MessageNumbers, sending.msg == expected, String::new) {
                return no_trace(Rule::MessageNumbers, format!("message {} is sent; next is {expected}", sending.msg));
            }
            self.sent = expected;
            if let Some(found) = wrong_ends(sending) {
                return no_trace(Rule::LineForm, found);
            }
        }
        Ok(())
    }

    /// The clock goes on: what should have happened by now, and has not?
    fn advance(&mut self, nanos: u64) {
        self.end_instant();
        self.take_samples(nanos);
        while self.schedule.front().is_some_and(|due| due.0 <= nanos) {
            let (at, due) = self.schedule.pop_front().expect("there is one");
            self.look_for_overdue(at);
            self.now = at.max(self.now);
            self.on_due(due);
        }
        self.look_for_overdue(nanos);
        let planned = self.scene.peer(self.peers.len() as u32).map(|peer| peer.time);
        if let Some(at) = planned.filter(|&at| at < nanos && !self.arrival_missing) {
            self.arrival_missing = true;
            let number = self.peers.len();
            self.test(Rule::ArrivalOnSchedule, false, || {
                format!("peer {number} was to arrive at {} s, and has not", Time::from_nanos(at))
            });
        }
        if let Some(since) = self.over_since {
            self.test(Rule::StopAtOnce, false, || {
                format!("the run goes on, though its condition was met at {} s", Time::from_nanos(since))
            });
            self.over_since = None;
        }
        self.now = nanos;
        (self.last_arrival, self.other_lines) = (None, false);
    }

    /// What was due before an instant, and has not happened.
    pub(super) fn look_for_overdue(&mut self, until: u64) {
        while let Some((at, task)) = self.tasks.pop_first() {
            if at >= until {
                self.tasks.insert((at, task));
                break;
            }
            self.overdue(at, task);
        }
    }

    /// What can be said only once an instant is over.
    pub fn end_instant(&mut self) {
        if let Some(missing) = self.follow.pop_front() {
            self.miss(missing);
            self.follow.clear();
        }
        self.end_round();
        for message in std::mem::take(&mut self.broken_now) {
            self.test(Rule::CutHasCause, false, || {
                format!("the upload of message {message} broke off, but neither side left")
            });
        }
        self.whole_now.clear();
    }

    /// A line must come next; does this one do?
    fn follow_up(&mut self, event: &Event) {
        let Some(&expected) = self.follow.front() else { return };
        let fits = match (expected, event) {
            (Follow::Join(peer), Event::Send(Sending { kind: Kind::JoinRequest, from, .. })) => peer == *from,
            (Follow::ListRequest(peer), Event::Send(Sending { kind: Kind::PeerListRequest, from, .. })) => {
                peer == *from
            }
            (Follow::Depart(peer), &Event::Depart { peer: other, .. }) => peer == other,
            (Follow::List(peer), &Event::List { peer: other, .. }) => peer == other,
            (Follow::Answer { re, .. }, Event::Send(sending)) => sending.re == Some(re),
            (Follow::Acquire { peer, chunk, .. }, &Event::Acquire { peer: other, chunk: which, .. }) => {
                (peer, chunk) == (other, which)
            }
            (Follow::Complete(peer), &Event::Complete { peer: other }) => peer == other,
            _ => false,
        };
        let rule = rule_of(expected);
        if fits {
            self.test(rule, true, String::new);
        } else {
            self.miss(expected);
            self.follow.clear();
        }
    }

    /// What should have been the next line, and was not.
    fn miss(&mut self, missing: Follow) {
        self.test(rule_of(missing), false, || match missing {
            Follow::Join(peer) => format!("peer {peer} must send a Join here, and does not"),
            Follow::Depart(peer) => format!("peer {peer} came back with the whole file and must leave here"),
            Follow::ListRequest(peer) => format!("peer {peer} must send its Peer List request again here"),
            Follow::List(peer) => format!("the tracker heard peer {peer} and must list it here"),
            Follow::Answer { re, kind, from, .. } => format!("node {from} must answer message {re} by a {kind} here"),
            Follow::Acquire { peer, chunk, .. } => {
                format!("chunk {chunk} has reached peer {peer}, which must acquire it here")
            }
            Follow::Complete(peer) => format!("peer {peer} has every chunk and must be complete here"),
        });
    }

    fn handle(&mut self, event: &Event) {
        match *event {
            Event::Send(ref sending) => self.on_send(sending),
            Event::Deliver { msg } => self.on_deliver(msg),
            Event::Lose { msg, why } => self.on_lose(msg, why),
            Event::Arrive { peer, ref group, ref chunks } => self.on_arrive(peer, group, chunks),
            Event::Depart { peer, why } => self.on_depart(peer, why),
            Event::Cut { msg } => self.on_cut(msg),
            Event::Timeout { msg } => self.on_timeout(msg),
            Event::List { peer, expires } => self.on_list(peer, expires),
            Event::Expire { peer, expires, alive } => self.on_expire(peer, expires, alive),
            Event::Upload { msg, from, to, start, end, bytes } => self.on_upload(msg, (from, to), (start, end, bytes)),
            Event::Acquire { peer, chunk, from } => self.on_acquire(peer, chunk, from),
            Event::Complete { peer } => self.on_complete(peer),
            Event::Stop { why } => self.on_stop(why),
        }
    }

    /// Something was due before now.
    pub(super) fn overdue(&mut self, at: u64, task: Task) {
        let then = Time::from_nanos(at);
        let (rule, found) = match task {
            Task::SessionEnds(peer) => {
                (Rule::SessionLength, format!("the session of peer {peer} was over at {then} s, and it is still there"))
            }
            Task::DrivenOut(peer) => {
                (Rule::SessionLength, format!("peer {peer} was to leave with others at {then} s, and is still there"))
            }
            Task::LingerEnds(peer) => {
                (Rule::LingerLength, format!("peer {peer} was complete and to leave at {then} s, and is still there"))
            }
            Task::Returns(peer) => {
                (Rule::ReturnOnSchedule, format!("peer {peer} was to come back at {then} s, and has not"))
            }
            Task::Proof(peer) => {
                let interval = self.scene.config.protocol.active_proof_interval.as_nanos();
                self.set_proof_due(peer, at.saturating_add(interval));
                (Rule::ProofPeriod, format!("peer {peer} was to send an Active Proof at {then} s, and did not"))
            }
            Task::List(peer) => {
                let interval = self.scene.config.protocol.peer_list_interval.as_nanos();
                self.set_list_due(peer, at.saturating_add(interval));
                (Rule::ListPeriod, format!("peer {peer} was to ask for the list at {then} s, and did not"))
            }
            Task::Round(peer) => return self.round_without_lines(peer, at),
            Task::Timeout(peer, which) => {
                if let Some(peer) = self.peer_mut(peer) {
                    peer.awaited[usize::from(which)] = None;
                }
                let what = if which == 0 { "Join" } else { "Peer List request" };
                (Rule::RequestTimeout, format!("peer {peer} was to give its {what} up at {then} s, and did not"))
            }
            Task::Arrives(message) => {
                let kind = self.messages.remove(&message).map_or("message", |message| message.kind.name());
                (
                    Rule::ArrivesAtAll,
                    format!(
                        "message {message}, a {kind}, was to arrive by {then} s, and has neither arrived nor been lost"
                    ),
                )
            }
            Task::ChunkArrives(message) => (
                Rule::ArrivesAtAll,
                format!("the chunk of message {message} was to be there by {then} s, and is neither there nor lost"),
            ),
            Task::UploadEnds(message) => {
                (Rule::UplinkTiming, format!("the upload of message {message} was to be over at {then} s, and is not"))
            }
            Task::GivesUp(message) => return self.not_given_up(message, at),
            Task::Cut(message) => (
                Rule::CutTiming,
                format!(
                    "the receiver of message {message} was to notice by {then} s that its sender is gone, and did not"
                ),
            ),
        };
        self.test(rule, false, || found);
    }

    /// Whether the swarm is at the end that the scenario asks for, and since when.
    fn note_whether_over(&mut self) {
        let to_come = self.to_return > 0 || self.scene.peer(self.peers.len() as u32).is_some();
        let over = !to_come && self.meets_stop();
        if over && self.over_since.is_none() {
            self.over_since = Some(self.now);
        } else if !over {
            self.over_since = None;
        }
    }

    /// The earliest and the latest arrival of a message that is sent now.
    pub fn latency(&self, from: u32, to: u32) -> Range {
        self.scene.message_latency(from, to)
    }

    /// Whether what is lost is lost in the wind-up of a run that ended because nobody is there.
    pub fn is_winding_up(&self, why: Loss) -> bool {
        why == Loss::Departed && self.over_since.is_some() && self.present == 0
    }

    /// The run's end is told.
    fn on_stop(&mut self, why: Stopping) {
        self.stopped = true;
        self.at_stop = Some(self.look_at_uplinks());
        self.check_stop(why);
        self.end_instant();
        self.check_what_is_left(why);
    }
}

/// Which invariant says that a line must follow.
fn rule_of(follow: Follow) -> Rule {
    match follow {
        Follow::Join(_) => Rule::JoinOnArrival,
        Follow::Depart(_) => Rule::LingerLength,
        Follow::ListRequest(_) => Rule::RequestTimeout,
        Follow::List(_) => Rule::ListWhenHandled,
        Follow::Answer { .. } => Rule::AnsweredAtOnce,
        Follow::Acquire { .. } => Rule::AcquireOnArrival,
        Follow::Complete(_) => Rule::CompleteWhenWhole,
    }
}

/// What is wrong with a message's two ends, whatever it says.
fn wrong_ends(sending: &Sending) -> Option<String> {
    let Sending { kind, from, to, .. } = *sending;
    let right = match kind {
        Kind::JoinRequest | Kind::ActiveProofRequest | Kind::PeerListRequest => from != 0 && to == 0,
        Kind::JoinResponse | Kind::PeerListResponse => from == 0 && to != 0,
        _ => from != 0 && to != 0 && from != to,
    };
    (!right).then(|| format!("a {kind} does not go from node {from} to node {to} (0 is the tracker)"))
}
