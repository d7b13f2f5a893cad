//! What a trace tells that matters for waits: who asked whom for which chunk, when, and why not earlier.

use super::Path;
use super::chain;
use crate::check::line::{self, Body, Event, Held, Kind, Loss, Sending};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, Read};

/// No line of a trace is longer: a list of ten million peers is not.
const LONGEST_LINE: u64 = 128 << 20;

/// Why a trace cannot be explained.
#[derive(Debug)]
pub enum StoryError {
    /// It cannot be read.
    Io(io::Error),
    /// This line is none of a trace.
    Line(u64, String),
    /// It ends before its run does.
    Cut,
    /// The caller wanted no more.
    Interrupted,
}

impl fmt::Display for StoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoryError::Io(error) => write!(f, "cannot be read: {error}"),
            StoryError::Line(line, found) => write!(f, "line {line}: {found}"),
            StoryError::Cut => f.write_str("ends without the line that says why the run stopped: it is cut"),
            StoryError::Interrupted => f.write_str("was not read to its end: interrupted"),
        }
    }
}

impl std::error::Error for StoryError {}

/// Why a peer asked for a chunk when it did, and not before.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cause {
    /// Nothing that is known.
    None,
    /// A fetch of its own was over, by number.
    Ended(u32),
    /// An answer came, by number.
    News(u32),
}

/// A fetch, from its request. Times are nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fetch {
    pub peer: u32,
    pub from: u32,
    pub chunk: u32,
    /// The request's number in the trace.
    request: u64,
    pub asked: u64,
    pub cause: Cause,
    /// When its cause happened: at once, as a rule.
    pub caused: u64,
    /// When the request was handled.
    pub handled: Option<u64>,
    /// When its bytes began to leave the uplink, and when they had left it.
    pub upload: Option<(u64, u64)>,
    /// When it was over.
    pub ended: Option<u64>,
    pub came: bool,
}

/// An answer that made its asker fetch something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub neighbor: u32,
    pub asked: u64,
    pub handled: u64,
    /// The neighbor's session by its number, and which of its chunks are news.
    pub session: u32,
    pub news: (u32, u32),
    /// The first query without an answer since the last with one.
    pub lost_since: Option<u64>,
    /// How the neighbor became one, if this is its first answer.
    pub met: Option<Met>,
}

/// A neighbor is asked for the first time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met {
    /// The list of which it was chosen, by its place among those that the asker got.
    pub list: u32,
    /// Since when the tracker listed the neighbor, if it still did.
    pub listed: Option<u64>,
}

/// A list from the tracker.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    pub joined: bool,
    /// When it was asked for first, and when by the request that was answered.
    pub wanted: u64,
    pub asked: u64,
    pub handled: u64,
    pub came: u64,
}

/// A peer from its arrival until it leaves.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub arrived: u64,
    /// Chunks that it brought.
    pub brought: u32,
    /// The chunks it got then, in order: the fetches by which it did.
    pub got: Vec<u32>,
    pub lists: Vec<List>,
}

/// What made a peer look for something to fetch last.
#[derive(Clone, Copy, Debug)]
enum Trigger {
    Arrival,
    Ended(u32),
    News(Answer),
    /// As before, but it has a number by now.
    Told(u32),
}

/// What an asker knows of a neighbor.
#[derive(Clone, Copy, Debug)]
struct Known {
    session: u32,
    count: u32,
    answered: bool,
    lost_since: Option<u64>,
    met: Option<Met>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Peer {
    pub group: u32,
    pub sessions: Vec<Session>,
    /// When its download began, and when it was over or it left.
    pub from: u64,
    pub until: u64,
    pub began_complete: bool,
    pub completed: bool,
    pub chunks: u32,
    /// The fetch that brought its last chunk, up to its completion.
    pub last: Option<u32>,
    listed: Option<u64>,
    /// `None` while it is not there.
    trigger: Option<(u64, Trigger)>,
    /// When a request to the tracker was sent first that is not answered yet.
    wanted: Option<u64>,
    neighbors: BTreeMap<u32, Known>,
}

/// What is under way, or handled and not answered yet.
#[derive(Clone, Copy, Debug)]
struct Message {
    kind: Kind,
    from: u32,
    to: u32,
    /// The request's time, and when it was handled.
    asked: u64,
    handled: u64,
    /// The fetch, or the chunks that an answer tells of.
    what: u32,
}

/// All that a trace tells of waits.
#[derive(Debug)]
pub struct Story {
    pub(super) peers: Vec<Peer>,
    pub(super) fetches: Vec<Fetch>,
    pub(super) answers: Vec<Answer>,
    groups: Vec<String>,
    chunks: u32,
    messages: BTreeMap<u64, Message>,
    /// The fetch whose chunk has just come.
    arrived: Option<u32>,
    stopped: bool,
}

impl Story {
    /// Reads a trace to its end, as long as `goes_on`.
    ///
    /// # Errors
    /// Where it cannot be read, is no trace, or is cut.
    pub fn read(mut trace: impl BufRead, goes_on: &dyn Fn() -> bool) -> Result<Story, StoryError> {
        let mut line = Vec::new();
        let mut number = 0;
        let mut story: Option<Story> = None;
        loop {
            line.clear();
            let read = Read::take(&mut trace, LONGEST_LINE).read_until(b'\n', &mut line).map_err(StoryError::Io)?;
            if read == 0 {
                break;
            }
            number += 1;
            let wrong = |found: String| StoryError::Line(number, found);
            if line.pop() != Some(b'\n') {
                return Err(if read as u64 == LONGEST_LINE { wrong("is too long".into()) } else { StoryError::Cut });
            }
            match &mut story {
                None => {
                    let header = line::parse_header(&line).map_err(wrong)?;
                    let chunks = u32::try_from(header.chunks).map_err(|_| wrong("has too many chunks".into()))?;
                    story = Some(Story::new(chunks));
                }
                Some(story) => {
                    let (t, event) = line::parse(&line).map_err(wrong)?;
                    story.take(t, event).map_err(wrong)?;
                }
            }
            if number % 4096 == 0 && !goes_on() {
                return Err(StoryError::Interrupted);
            }
        }
        story.filter(|story| story.stopped).ok_or(StoryError::Cut)
    }

    fn new(chunks: u32) -> Story {
        Story {
            peers: vec![Peer::default()],
            fetches: Vec::new(),
            answers: Vec::new(),
            groups: Vec::new(),
            chunks,
            messages: BTreeMap::new(),
            arrived: None,
            stopped: false,
        }
    }

    /// Peers that arrived; they are numbered from 1.
    pub fn peers(&self) -> u32 {
        self.peers.len() as u32 - 1
    }

    /// Those who completed a download, by number.
    pub fn completed(&self) -> impl Iterator<Item = u32> + '_ {
        (1..).zip(&self.peers[1..]).filter(|(_, peer)| peer.completed && !peer.began_complete).map(|(id, _)| id)
    }

    /// Whose download took longest of those who completed one; the first of them.
    pub fn slowest(&self) -> Option<u32> {
        let took = |id: &u32| self.peers[*id as usize].until - self.peers[*id as usize].from;
        self.completed().max_by_key(|id| (took(id), std::cmp::Reverse(*id)))
    }

    /// Whether a peer had all chunks when it first came.
    pub fn began_complete(&self, peer: u32) -> bool {
        self.peers.get(peer as usize).is_some_and(|peer| peer.began_complete)
    }

    /// The chain of waits of a peer; `None` where there is no such peer.
    pub fn path(&self, peer: u32) -> Option<Path> {
        let (from, until, steps) = chain::follow(self, peer)?;
        let Peer { group, completed, chunks, .. } = self.peers[peer as usize];
        Some(Path { peer, group: self.groups[group as usize].clone(), completed, chunks, from, until, steps })
    }

    /// A peer that the trace has named, or that it names now: peers come in order.
    fn peer(&mut self, peer: u32) -> Result<&mut Peer, String> {
        let known = self.peers.len() as u32 - 1;
        self.peers
            .get_mut(peer as usize)
            .filter(|_| peer > 0)
            .ok_or_else(|| format!("there is no peer {peer}, only 1 to {known}"))
    }

    fn take(&mut self, t: u64, event: Event) -> Result<(), String> {
        match event {
            Event::Arrive { peer, group, chunks } => return self.arrive(t, peer, group, &chunks),
            Event::Depart { peer, .. } => {
                let peer = self.peer(peer)?;
                if !peer.completed {
                    peer.until = t;
                }
                (peer.trigger, peer.wanted) = (None, None);
                peer.neighbors.clear();
            }
            Event::Send(sending) => return self.send(t, &sending),
            Event::Deliver { msg } => {
                if let Some(message) = self.messages.get(&msg).copied() {
                    return self.deliver(t, msg, message);
                }
            }
            Event::Lose { msg, why } => self.lose(msg, why),
            Event::Cut { msg } | Event::Timeout { msg } => {
                if let Some(message) = self.messages.remove(&msg).filter(|message| message.kind.is_fetch()) {
                    self.end_fetch(t, message.what, false)?;
                }
            }
            Event::List { peer, .. } => {
                self.peer(peer)?.listed.get_or_insert(t);
            }
            Event::Expire { peer, .. } => self.peer(peer)?.listed = None,
            Event::Upload { msg, start, end, .. } => {
                if let Some(message) = self.messages.get(&msg).filter(|message| message.kind.is_fetch()) {
                    self.fetches[message.what as usize].upload = Some((start, end));
                }
            }
            Event::Acquire { peer, .. } => {
                let arrived = self.arrived.take();
                let peer = self.peer(peer)?;
                if !peer.completed {
                    (peer.chunks, peer.last) = (peer.chunks + 1, arrived);
                }
                if let Some((session, arrived)) = peer.sessions.last_mut().zip(arrived) {
                    session.got.push(arrived);
                }
            }
            Event::Complete { peer } => {
                let peer = self.peer(peer)?;
                if !peer.completed {
                    (peer.completed, peer.until) = (true, t);
                }
                peer.neighbors.clear();
            }
            Event::Stop { .. } => {
                self.stopped = true;
                let open = self.peers.iter_mut().filter(|peer| !peer.completed && peer.trigger.is_some());
                open.for_each(|peer| peer.until = t);
            }
        }
        Ok(())
    }

    fn arrive(&mut self, t: u64, peer: u32, group: String, held: &Held) -> Result<(), String> {
        let brought = match held {
            Held::All => self.chunks,
            Held::None => 0,
            Held::List(list) => list.len() as u32,
        };
        if peer as usize == self.peers.len() {
            let number = self.groups.iter().position(|known| *known == group).unwrap_or_else(|| {
                self.groups.push(group);
                self.groups.len() - 1
            });
            let began_complete = brought == self.chunks;
            self.peers.push(Peer { group: number as u32, from: t, until: t, began_complete, ..Peer::default() });
        }
        let peer = self.peer(peer)?;
        // A download goes on over sessions as long as chunks are kept.
        if brought == 0 && !peer.completed {
            peer.from = t;
        }
        if !peer.completed {
            peer.chunks = brought;
        }
        peer.trigger = Some((t, Trigger::Arrival));
        peer.sessions.push(Session { arrived: t, brought, got: Vec::new(), lists: Vec::new() });
        Ok(())
    }

    fn send(&mut self, t: u64, sending: &Sending) -> Result<(), String> {
        let &Sending { msg, kind, from, to, re, ref body } = sending;
        let request = match re {
            Some(re) => {
                let request = self.messages.get(&re).filter(|request| request.kind.answer() == Some(kind));
                *request.ok_or_else(|| format!("message {msg} answers message {re}, which is no request for it"))?
            }
            None => Message { kind, from, to, asked: t, handled: t, what: 0 },
        };
        let mut message = Message { kind, from, to, handled: t, ..request };
        match (kind, body) {
            (Kind::JoinRequest | Kind::PeerListRequest, _) => {
                self.peer(from)?.wanted.get_or_insert(t);
            }
            (Kind::ChunksQueryRequest, _) => self.ask(t, from, to)?,
            (Kind::ChunksQueryResponse, &Body::Count(count)) => message.what = count,
            (Kind::FetchChunkRequest, &Body::Asks(chunk)) => message.what = self.fetch(t, sending, chunk)?,
            (Kind::FetchChunkResponse, _) => self.fetches[message.what as usize].handled = Some(t),
            (Kind::ActiveProofRequest, _) => return Ok(()),
            _ => {}
        }
        // The request for a chunk is remembered until its fetch is over.
        if let Some(re) = re.filter(|_| !kind.is_fetch()) {
            self.messages.remove(&re);
        }
        self.messages.insert(msg, message);
        Ok(())
    }

    /// A peer asks for a chunk; the fetch's number.
    fn fetch(&mut self, t: u64, sending: &Sending, chunk: u32) -> Result<u32, String> {
        let &Sending { msg, from: peer, to, .. } = sending;
        let told = self.answers.len() as u32;
        let (caused, trigger) = self.peer(peer)?.trigger.unwrap_or((t, Trigger::Arrival));
        let cause = match trigger {
            Trigger::Arrival => Cause::None,
            Trigger::Ended(fetch) => Cause::Ended(fetch),
            Trigger::Told(answer) => Cause::News(answer),
            Trigger::News(answer) => {
                self.answers.push(answer);
                self.peer(peer)?.trigger = Some((caused, Trigger::Told(told)));
                Cause::News(told)
            }
        };
        let (request, asked) = (msg, t);
        let (handled, upload, ended, came) = (None, None, None, false);
        let fetch = Fetch { peer, from: to, chunk, request, asked, cause, caused, handled, upload, ended, came };
        self.fetches.push(fetch);
        Ok(self.fetches.len() as u32 - 1)
    }

    fn lose(&mut self, msg: u64, why: Loss) {
        let Some(message) = self.messages.get(&msg).copied() else { return };
        match message.kind {
            // The asker gives it up later.
            Kind::FetchChunkRequest => {}
            Kind::FetchChunkResponse if why == Loss::Departed => {
                self.messages.remove(&self.fetches[message.what as usize].request);
                self.messages.remove(&msg);
            }
            _ => drop(self.messages.remove(&msg)),
        }
    }

    /// A peer asks a neighbor what it has.
    fn ask(&mut self, t: u64, asker: u32, neighbor: u32) -> Result<(), String> {
        let listed = self.peer(neighbor)?.listed;
        let peer = self.peer(asker)?;
        let lists = peer.sessions.last().map_or(0, |session| session.lists.len());
        let new = || {
            let met = lists.checked_sub(1).map(|last| Met { list: last as u32, listed });
            Known { session: u32::MAX, count: 0, answered: false, lost_since: None, met }
        };
        let known = peer.neighbors.entry(neighbor).or_insert_with(new);
        known.lost_since.get_or_insert(t);
        Ok(())
    }

    fn deliver(&mut self, t: u64, msg: u64, message: Message) -> Result<(), String> {
        let Message { kind, from, to, asked, handled, what } = message;
        if !kind.is_answer() {
            // The answer follows at once, or never.
            return Ok(());
        }
        self.messages.remove(&msg);
        match kind {
            Kind::JoinResponse | Kind::PeerListResponse => {
                let peer = self.peer(to)?;
                let wanted = peer.wanted.take().unwrap_or(asked).min(asked);
                let list = List { joined: kind == Kind::JoinResponse, wanted, asked, handled, came: t };
                if let Some(session) = peer.sessions.last_mut() {
                    session.lists.push(list);
                }
            }
            Kind::ChunksQueryResponse => self.learn(t, from, to, asked, handled, what)?,
            _ => {
                self.arrived = Some(what);
                self.end_fetch(t, what, true)?;
            }
        }
        Ok(())
    }

    /// An answer tells how many chunks a neighbor held.
    fn learn(&mut self, t: u64, neighbor: u32, asker: u32, asked: u64, handled: u64, count: u32) -> Result<(), String> {
        let session = self.peer(neighbor)?.sessions.len() as u32;
        let peer = self.peer(asker)?;
        let Some(known) = peer.neighbors.get_mut(&neighbor) else { return Ok(()) };
        if known.session != session {
            (known.session, known.count) = (session, 0);
        }
        let lost_since = known.lost_since.take().filter(|&since| since < asked);
        let met = known.met.filter(|_| !std::mem::replace(&mut known.answered, true));
        // Who was dropped as a neighbor, and is one again, tells what was known before.
        let before = std::mem::replace(&mut known.count, count);
        let news = (if count > before { before } else { 0 }, count);
        if count > 0 {
            let answer = Answer { neighbor, asked, handled, session: session - 1, news, lost_since, met };
            peer.trigger = Some((t, Trigger::News(answer)));
        }
        Ok(())
    }

    fn end_fetch(&mut self, t: u64, number: u32, came: bool) -> Result<(), String> {
        let fetch = &mut self.fetches[number as usize];
        (fetch.ended, fetch.came) = (Some(t), came);
        let Fetch { peer, request, asked, .. } = *fetch;
        self.messages.remove(&request);
        let peer = self.peer(peer)?;
        // Who has left since waits for nothing.
        let is_of_this_session = peer.sessions.last().is_some_and(|session| session.arrived <= asked);
        if peer.trigger.is_some() && is_of_this_session {
            peer.trigger = Some((t, Trigger::Ended(number)));
        }
        Ok(())
    }
}
