//! What an export keeps of a trace while it reads it: who is there, and what is under way.

use super::copies::Copies;
use super::entry::{Chunks, Entry, field};
use super::events::{Events, SWARM, Track};
use super::{Choice, ExportError};
use crate::sim::NANOS_PER_SECOND;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Why a line cannot be taken.
pub(super) enum Wrong {
    Line(String),
    Write(io::Error),
}

impl Wrong {
    pub(super) fn at(self, line: u64) -> ExportError {
        match self {
            Wrong::Line(message) => ExportError::Line { line, message },
            Wrong::Write(error) => ExportError::Write(error),
        }
    }
}

impl From<String> for Wrong {
    fn from(message: String) -> Wrong {
        Wrong::Line(message)
    }
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Wrong {
        Wrong::Write(error)
    }
}

type Done = Result<(), Wrong>;

/// A message under way.
struct Message {
    /// As the trace calls it.
    kind: String,
    from: u32,
    to: u32,
    /// The request that it answers.
    re: Option<u64>,
    /// Whether it is exported.
    shown: bool,
}

/// A peer that has arrived.
#[derive(Default)]
struct Peer {
    pid: u32,
    present: bool,
    complete: bool,
    /// Bits of the chunks that it holds; empty where it is gone.
    chunks: Vec<u64>,
    held: u32,
    /// Its requests for chunks under way.
    fetches: Vec<u64>,
}

/// The state of an export.
pub(super) struct State<'c, W> {
    events: Events<W>,
    choice: &'c Choice,
    chunks: u32,
    now: u64,
    stopped: bool,
    groups: Vec<String>,
    /// By number.
    peers: Vec<Peer>,
    listed: Vec<bool>,
    /// By number; those that have ended are gone.
    messages: BTreeMap<u64, Message>,
    /// Who asked, by request for a chunk that is under way.
    askers: BTreeMap<u64, u32>,
    copies: Copies,
    /// The whole second for which copies were written last.
    copies_written_s: Option<u64>,
    leechers: u32,
    seeders: u32,
    entries: u32,
}

impl<'c, W: Write> State<'c, W> {
    pub(super) fn new(events: Events<W>, chunks: u32, choice: &'c Choice) -> State<'c, W> {
        State {
            events,
            choice,
            chunks,
            now: 0,
            stopped: false,
            groups: Vec::new(),
            peers: Vec::new(),
            listed: Vec::new(),
            messages: BTreeMap::new(),
            askers: BTreeMap::new(),
            copies: Copies::new(chunks),
            copies_written_s: None,
            leechers: 0,
            seeders: 0,
            entries: 0,
        }
    }

    /// The tracker's thread, which is there from the beginning to the end.
    pub(super) fn open_tracker(&mut self) -> io::Result<()> {
        self.events.metadata("process_name", Track::TRACKER, "name", &Value::from("swarm"))?;
        self.events.metadata("process_sort_index", Track::TRACKER, "sort_index", &Value::from(0))?;
        self.events.metadata("thread_name", Track::TRACKER, "name", &Value::from("tracker"))?;
        self.events.begin_slice(0, Track::TRACKER, "tracker", "")
    }

    /// Takes in the next line.
    pub(super) fn take(&mut self, entry: &Entry<'_>) -> Done {
        if self.stopped {
            return Err("follows the end of the trace".to_owned().into());
        }
        let t = field(entry.t, "t")?;
        if t < self.now {
            return Err(format!("is of {t} ns, after a line of {} ns", self.now).into());
        }
        self.now = t;
        match &*entry.ev {
            "arrive" => self.arrive(entry),
            "depart" => self.depart(entry),
            "send" => self.send(entry),
            "deliver" => self.end_message(field(entry.msg, "msg")?, "delivered"),
            "lose" => self.end_message(field(entry.msg, "msg")?, &format!("lost: {}", word(entry.why.as_deref())?)),
            "cut" => self.cut(field(entry.msg, "msg")?),
            "timeout" => self.time_out(field(entry.msg, "msg")?),
            "list" => self.list(field(entry.peer, "peer")?),
            "expire" => self.expire(entry),
            "acquire" => self.acquire(entry),
            "complete" => self.complete(field(entry.peer, "peer")?),
            "upload" => Ok(()),
            "stop" => {
                self.stopped = true;
                let why = word(entry.why.as_deref())?;
                Ok(self.events.instant(t, Track::TRACKER, "stop", &format!("\"why\":\"{why}\""))?)
            }
            other => Err(format!("is of the unknown kind {:?}", crate::scenario::problem::shorten(other)).into()),
        }
    }

    /// Ends everything that is under way.
    pub(super) fn end(mut self) -> Result<u64, Wrong> {
        if !self.stopped {
            return Err("the trace is cut off: its last line is no `stop`".to_owned().into());
        }
        for id in self.messages.keys().copied().collect::<Vec<_>>() {
            self.end_message(id, "on its way at the end")?;
        }
        self.write_copies()?;
        for number in 0..self.peers.len() as u32 {
            self.end_fetches(number, "under way at the end")?;
            if self.peers[number as usize].present {
                let track = self.track(number)?;
                self.events.end_slice(self.now, track, "session", "\"why\":\"the run is over\"")?;
            }
        }
        self.events.end_slice(self.now, Track::TRACKER, "tracker", "")?;
        Ok(self.events.end()?)
    }

    fn track(&self, node: u32) -> Result<Track, Wrong> {
        if node == 0 {
            return Ok(Track::TRACKER);
        }
        let peer = self.peers.get(node as usize).filter(|peer| peer.pid != 0);
        let peer = peer.ok_or_else(|| format!("names peer {node}, which has not arrived"))?;
        Ok(Track { pid: peer.pid, tid: node })
    }

    fn peer(&mut self, number: u32) -> Result<&mut Peer, Wrong> {
        self.track(number)?;
        self.peers.get_mut(number as usize).filter(|_| number != 0).ok_or_else(|| "names no peer".to_owned().into())
    }

    fn arrive(&mut self, entry: &Entry<'_>) -> Done {
        let number = field(entry.peer, "peer")?;
        let group = entry.group.as_deref().ok_or("has no valid \"group\"".to_owned())?;
        // Peers are numbered in the order in which they arrive.
        let is_new = number as usize == self.peers.len().max(1);
        if number == 0 || (!is_new && number as usize >= self.peers.len()) {
            return Err(format!("tells of peer {number} out of turn").into());
        }
        if is_new {
            self.peers.resize_with(number as usize + 1, Peer::default);
            self.listed.resize(number as usize + 1, false);
            self.introduce(number, group)?;
        }
        let chunks = self.chunks_of(entry)?;
        let track = self.track(number)?;
        let held: u32 = chunks.iter().map(|word| word.count_ones()).sum();
        let complete = held == self.chunks;
        let peer = &mut self.peers[number as usize];
        if peer.present {
            return Err(format!("tells of peer {number}, which is there already").into());
        }
        (peer.present, peer.complete, peer.held) = (true, complete, held);
        peer.chunks = chunks;
        self.count_chunks(number, true);
        self.events.begin_slice(self.now, track, "session", &format!("\"chunks\":{held}"))?;
        *(if complete { &mut self.seeders } else { &mut self.leechers }) += 1;
        self.write_population()
    }

    /// Names a new peer's thread, and its process where that is new, too.
    fn introduce(&mut self, number: u32, group: &str) -> Done {
        let known = self.groups.iter().position(|name| name == group);
        let place = known.unwrap_or(self.groups.len());
        let track = Track { pid: SWARM + 1 + place as u32, tid: number };
        if known.is_none() {
            self.groups.push(group.to_owned());
            self.events.metadata("process_name", track, "name", &Value::from(group))?;
            self.events.metadata("process_sort_index", track, "sort_index", &Value::from(place + 1))?;
        }
        self.peers[number as usize].pid = track.pid;
        self.events.metadata("thread_name", track, "name", &Value::from(format!("peer {number}")))?;
        Ok(self.events.metadata("thread_sort_index", track, "sort_index", &Value::from(number))?)
    }

    /// What a peer holds that arrives, as bits.
    fn chunks_of(&self, entry: &Entry<'_>) -> Result<Vec<u64>, Wrong> {
        let mut bits = vec![0u64; self.chunks.div_ceil(64) as usize];
        let mut insert = |chunk: u32| bits[chunk as usize / 64] |= 1 << (chunk % 64);
        match &entry.chunks {
            Some(Chunks::Word(word)) if word == "none" => {}
            Some(Chunks::Word(word)) if word == "all" => (0..self.chunks).for_each(insert),
            Some(Chunks::List(list)) if list.iter().all(|&chunk| chunk < self.chunks) => {
                list.iter().copied().for_each(&mut insert);
            }
            _ => return Err("has no valid \"chunks\"".to_owned().into()),
        }
        Ok(bits)
    }

    /// Counts, or no longer counts, what a peer holds.
    fn count_chunks(&mut self, number: u32, more: bool) {
        let (peer, copies) = (&self.peers[number as usize], &mut self.copies);
        for (place, &word) in peer.chunks.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                let chunk = place as u32 * 64 + rest.trailing_zeros();
                if more {
                    copies.add(chunk)
                } else {
                    copies.remove(chunk)
                }
                rest &= rest - 1;
            }
        }
    }

    fn depart(&mut self, entry: &Entry<'_>) -> Done {
        let number = field(entry.peer, "peer")?;
        let why = word(entry.why.as_deref())?;
        let track = self.track(number)?;
        if !self.peer(number)?.present {
            return Err(format!("tells of peer {number}, which is not there").into());
        }
        self.end_fetches(number, "the peer left")?;
        self.count_chunks(number, false);
        let peer = &mut self.peers[number as usize];
        peer.present = false;
        peer.chunks = Vec::new();
        *(if peer.complete { &mut self.seeders } else { &mut self.leechers }) -= 1;
        self.events.end_slice(self.now, track, "session", &format!("\"why\":\"{why}\""))?;
        self.write_population()
    }

    fn send(&mut self, entry: &Entry<'_>) -> Done {
        let id = field(entry.msg, "msg")?;
        let kind = word(entry.kind.as_deref())?.to_owned();
        let (from, to) = (field(entry.from, "from")?, field(entry.to, "to")?);
        let track = self.track(from)?;
        self.track(to)?;
        let base = kind.strip_suffix("_request").or(kind.strip_suffix("_response")).unwrap_or(&kind);
        let shown = !self.choice.without.iter().any(|without| without == base);
        if shown {
            let mut args = format!("\"msg\":{id},\"to\":{to}");
            for (key, value) in [("chunk", entry.chunk.map(u64::from)), ("bytes", entry.bytes), ("re", entry.re)] {
                value.into_iter().for_each(|value| args.push_str(&format!(",\"{key}\":{value}")));
            }
            self.events.moment(self.now, track, &format!("send {kind}"), &args)?;
            self.events.arrow_from(self.now, track, &kind, id)?;
        }
        if kind == "fetch_chunk_request" && shown {
            let chunk = field(entry.chunk, "chunk")?;
            self.peer(from)?.fetches.push(id);
            self.askers.insert(id, from);
            self.events.fetch('b', self.now, track, id, &format!("\"chunk\":{chunk},\"from\":{to}"))?;
        }
        if self.messages.insert(id, Message { kind, from, to, re: entry.re, shown }).is_some() {
            return Err(format!("sends message {id} again").into());
        }
        Ok(())
    }

    /// A message is delivered, lost or cut, as `how` says.
    fn end_message(&mut self, id: u64, how: &str) -> Done {
        let Some(Message { kind, from, to, re, shown }) = self.messages.remove(&id) else {
            return Err(format!("names message {id}, which is not under way").into());
        };
        if !shown {
            return Ok(());
        }
        let track = self.track(to)?;
        let verb = if how == "delivered" { "get" } else { "miss" };
        let args = format!("\"msg\":{id},\"from\":{from},\"how\":\"{how}\"");
        self.events.moment(self.now, track, &format!("{verb} {kind}"), &args)?;
        self.events.arrow_to(self.now, track, &kind, id)?;
        if kind == "fetch_chunk_response" {
            self.end_fetch(to, field(re, "re")?, how)?;
        }
        Ok(())
    }

    fn cut(&mut self, id: u64) -> Done {
        let message = self.messages.get(&id).ok_or_else(|| format!("names message {id}, which is not under way"))?;
        let (from, to) = (message.from, message.to);
        for (node, other) in [(from, to), (to, from)] {
            let track = self.track(node)?;
            if self.peers[node as usize].present {
                self.events.instant(self.now, track, "cut", &format!("\"msg\":{id},\"other side\":{other}"))?;
            }
        }
        self.end_message(id, "cut")
    }

    /// A request is given up. It has ended before, so that nothing is known of it but, where it is a fetch, who asked.
    fn time_out(&mut self, id: u64) -> Done {
        let asker = self.askers.get(&id).copied();
        asker.map_or(Ok(()), |asker| self.end_fetch(asker, id, "timeout"))
    }

    /// A fetch ends, if it has not ended before.
    fn end_fetch(&mut self, number: u32, request: u64, how: &str) -> Done {
        let track = self.track(number)?;
        let fetches = &mut self.peer(number)?.fetches;
        let Some(place) = fetches.iter().position(|&id| id == request) else { return Ok(()) };
        fetches.remove(place);
        self.askers.remove(&request);
        Ok(self.events.fetch('e', self.now, track, request, &format!("\"how\":\"{how}\""))?)
    }

    fn end_fetches(&mut self, number: u32, how: &str) -> Done {
        for request in std::mem::take(&mut self.peers[number as usize].fetches) {
            let track = self.track(number)?;
            self.askers.remove(&request);
            self.events.fetch('e', self.now, track, request, &format!("\"how\":\"{how}\""))?;
        }
        Ok(())
    }

    fn list(&mut self, number: u32) -> Done {
        self.peer(number)?;
        if !std::mem::replace(&mut self.listed[number as usize], true) {
            self.entries += 1;
            self.write_entries()?;
        }
        Ok(())
    }

    fn expire(&mut self, entry: &Entry<'_>) -> Done {
        let number = field(entry.peer, "peer")?;
        let alive = field(entry.alive, "alive")?;
        self.peer(number)?;
        let name = if alive { "false expiry" } else { "expiry" };
        self.events.instant(self.now, Track::TRACKER, name, &format!("\"peer\":{number}"))?;
        if std::mem::replace(&mut self.listed[number as usize], false) {
            self.entries -= 1;
            self.write_entries()?;
        }
        Ok(())
    }

    fn acquire(&mut self, entry: &Entry<'_>) -> Done {
        let (number, chunk) = (field(entry.peer, "peer")?, field(entry.chunk, "chunk")?);
        if chunk >= self.chunks {
            return Err(format!("names chunk {chunk} of {}", self.chunks).into());
        }
        let peer = self.peer(number)?;
        let Some(word) = peer.chunks.get_mut(chunk as usize / 64) else {
            return Err(format!("tells of peer {number}, which is not there").into());
        };
        if *word >> (chunk % 64) & 1 == 1 {
            return Err(format!("gives peer {number} a chunk that it has").into());
        }
        *word |= 1 << (chunk % 64);
        peer.held += 1;
        self.copies.add(chunk);
        if self.copies_written_s != Some(self.now / NANOS_PER_SECOND) {
            self.write_copies()?;
        }
        Ok(())
    }

    fn complete(&mut self, number: u32) -> Done {
        let track = self.track(number)?;
        let peer = self.peer(number)?;
        if !peer.present || peer.complete {
            return Err(format!("tells of peer {number}, which is not downloading").into());
        }
        peer.complete = true;
        self.leechers -= 1;
        self.seeders += 1;
        self.events.instant(self.now, track, "complete", "")?;
        self.write_population()
    }

    fn write_population(&mut self) -> Done {
        let args = format!("\"leechers\":{},\"seeders\":{}", self.leechers, self.seeders);
        self.events.counter(self.now, "peers", &args)?;
        self.write_copies()
    }

    fn write_entries(&mut self) -> Done {
        Ok(self.events.counter(self.now, "listed", &format!("\"peers\":{}", self.entries))?)
    }

    fn write_copies(&mut self) -> Done {
        self.copies_written_s = Some(self.now / NANOS_PER_SECOND);
        let (fewest, mean) = self.copies.fewest_and_mean();
        Ok(self.events.counter(self.now, "copies", &format!("\"fewest\":{fewest},\"mean\":{mean:.3}"))?)
    }
}

/// A word that may stand between quotes as it is.
fn word(text: Option<&str>) -> Result<&str, Wrong> {
    let is_word =
        |text: &&str| text.len() < 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    text.filter(is_word).ok_or_else(|| "has no valid \"kind\" or \"why\"".to_owned().into())
}
