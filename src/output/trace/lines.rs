//! A run's records, as the lines of its trace.

use super::SCHEMA_VERSION;
use super::line::{Beginning, Line, event, key, word_key};
use super::numbers::Numbers;
use crate::sim::Time;
use crate::swarm::config::Config;
use crate::swarm::{Body, DepartReason, LossReason, Message, MessageId, MessageKind, Named, Record};
use serde_json::json;

/// Makes lines of records.
#[derive(Debug)]
pub(super) struct Lines {
    /// The lines made so far that nobody has taken.
    pub text: Vec<u8>,
    beginning: Beginning,
    scenario_digest: String,
    /// The names of the groups, as JSON.
    groups: Vec<String>,
    chunks: u32,
    numbers: Numbers,
    /// The tracker's list, in rising order.
    listed: Vec<u32>,
}

impl Lines {
    /// Of the run of the scenario with this digest.
    pub fn new(scenario_digest: &str) -> Lines {
        Lines {
            text: Vec::new(),
            beginning: Beginning::new(0),
            scenario_digest: scenario_digest.to_owned(),
            groups: Vec::new(),
            chunks: 0,
            numbers: Numbers::default(),
            listed: Vec::new(),
        }
    }

    /// Before the first record: the header.
    pub fn begin(&mut self, config: &Config) {
        let quoted = |name: &str| serde_json::Value::from(name).to_string();
        self.groups = config.groups.iter().map(|group| quoted(&group.name)).collect();
        self.chunks = config.file.chunks() as u32;
        // Where lists name everyone, a neighbor that does not answer stays one, and nobody waits for it.
        self.numbers = Numbers::new(config.tracker.max_peers_returned.is_some());
        self.header(config);
    }

    /// Adds the line of a record, if it has one.
    pub fn add(&mut self, now: Time, record: &Record<'_>) {
        let nanos = now.as_nanos();
        match *record {
            Record::Send { message, re, body } => self.send(nanos, message, re, body),
            Record::Deliver { message } => {
                let number = self.numbers.deliver(message);
                self.line(nanos, event!("deliver", "msg")).value(number).end();
            }
            Record::Lose { message, why } => {
                let number = self.numbers.lose(message);
                self.line(nanos, event!("lose", "msg")).value(number).word(word_key!("why"), loss_name(why)).end();
            }
            Record::Cut { message } => {
                let number = self.numbers.cut(message);
                self.line(nanos, event!("cut", "msg")).value(number).end();
            }
            Record::Timeout { message } => {
                let number = self.numbers.time_out(message);
                self.line(nanos, event!("timeout", "msg")).value(number).end();
            }
            Record::Upload { message, start, end, bytes } => self.upload(nanos, message, start, end, bytes),
            Record::Acquire { peer, chunk, from, .. } => {
                let line = self.line(nanos, event!("acquire", "peer")).value(peer);
                line.number(key!("chunk"), chunk).number(key!("from"), from).end();
            }
            Record::Complete { peer } => self.line(nanos, event!("complete", "peer")).value(peer).end(),
            Record::Arrive { .. } => self.arrive(nanos, record),
            Record::Depart { peer, why, .. } => {
                self.numbers.depart(peer);
                let line = self.line(nanos, event!("depart", "peer")).value(peer);
                line.word(word_key!("why"), depart_name(why)).end();
            }
            Record::List { peer, expires } => self.list(nanos, peer, expires),
            Record::Expire { peer, expires, alive } => self.expire(nanos, peer, expires, alive),
            Record::Stop { why } => self.line(nanos, event!("stop")).word(word_key!("why"), why.name()).end(),
            // Follow from the other lines.
            Record::Wasted { .. } | Record::Unfinished { .. } => {}
        }
    }

    /// What a trace must know of what it does not write.
    pub fn follow(&mut self, record: &Record<'_>) {
        match *record {
            Record::Send { message, re, .. } => {
                self.numbers.send(message, re);
            }
            Record::Deliver { message } => {
                self.numbers.deliver(message);
            }
            Record::Lose { message, .. } => {
                self.numbers.lose(message);
            }
            Record::Cut { message } => {
                self.numbers.cut(message);
            }
            Record::Timeout { message } => {
                self.numbers.time_out(message);
            }
            Record::Depart { peer, .. } => self.numbers.depart(peer),
            Record::List { peer, .. } => self.put_on_list(peer),
            Record::Expire { peer, .. } => self.take_off_list(peer),
            _ => {}
        }
    }

    fn put_on_list(&mut self, peer: u32) {
        if let Err(place) = self.listed.binary_search(&peer) {
            self.listed.insert(place, peer);
        }
    }

    fn take_off_list(&mut self, peer: u32) {
        if let Ok(place) = self.listed.binary_search(&peer) {
            self.listed.remove(place);
        }
    }

    fn header(&mut self, config: &Config) {
        let header = json!({
            "ev": "header",
            "schema": SCHEMA_VERSION,
            "swarmsim": env!("CARGO_PKG_VERSION"),
            "model_revision": crate::MODEL_REVISION,
            "scenario": self.scenario_digest,
            "seed": config.seed,
            "file_size": config.file.size_bytes,
            "chunk_size": config.file.chunk_bytes,
            "chunks": config.file.chunks(),
            "entry_ttl": config.tracker.entry_ttl.as_nanos(),
            "sweep_interval": config.tracker.sweep_interval.as_nanos(),
        });
        self.text.extend_from_slice(header.to_string().as_bytes());
        self.text.push(b'\n');
    }

    fn send(&mut self, nanos: u64, message: Message, re: Option<MessageId>, body: Body<'_>) {
        let (number, request) = self.numbers.send(message, re);
        debug_assert_eq!(re.is_some(), request.is_some(), "an answer follows its request's delivery");
        let mut line = Line::begin(&mut self.text, &mut self.beginning, nanos, event!("send", "msg")).value(number);
        line = with_kind(line, message.kind).value(message.from).number(key!("to"), message.to);
        if let Some(request) = request {
            line = line.number(key!("re"), request);
        }
        let line = match body {
            Body::Empty => line,
            Body::Count(count) => line.number(key!("count"), count),
            Body::Chunk { chunk, .. } if message.kind == MessageKind::FetchChunkRequest => {
                line.number(key!("chunk"), chunk)
            }
            Body::Chunk { chunk, bytes } => line.number(key!("chunk"), chunk).number(key!("bytes"), bytes),
            Body::Peers { named: Named::Sample(peers), .. } => line.list(key!("peers"), peers.iter().copied()),
            Body::Peers { named: Named::Everyone, .. } => {
                line.list(key!("peers"), self.listed.iter().copied().filter(|&peer| peer != message.to))
            }
        };
        line.end();
    }

    fn arrive(&mut self, nanos: u64, record: &Record<'_>) {
        let Record::Arrive { peer, group, chunks, held, .. } = *record else { return };
        let line = Line::begin(&mut self.text, &mut self.beginning, nanos, event!("arrive", "peer"))
            .value(peer)
            .piece(key!("group"))
            .piece(&self.groups[usize::from(group)]);
        let line = match held {
            0 => line.word(word_key!("chunks"), "none"),
            all if all == self.chunks => line.word(word_key!("chunks"), "all"),
            _ => line.list(key!("chunks"), (0..self.chunks).filter(|&chunk| chunks.contains(chunk))),
        };
        line.end();
    }

    fn list(&mut self, nanos: u64, peer: u32, expires: Time) {
        self.put_on_list(peer);
        self.line(nanos, event!("list", "peer")).value(peer).number(key!("expires"), expires.as_nanos()).end();
    }

    fn expire(&mut self, nanos: u64, peer: u32, expires: Time, alive: bool) {
        self.take_off_list(peer);
        self.line(nanos, event!("expire", "peer"))
            .value(peer)
            .number(key!("expires"), expires.as_nanos())
            .piece(key!("alive"))
            .piece(if alive { "true" } else { "false" })
            .end();
    }

    #[inline(always)]
    fn line(&mut self, nanos: u64, event: &str) -> Line<'_> {
        Line::begin(&mut self.text, &mut self.beginning, nanos, event)
    }

    fn upload(&mut self, nanos: u64, message: Message, start: Time, end: Time, bytes: u64) {
        let number = self.numbers.of(message);
        self.line(nanos, event!("upload", "msg"))
            .value(number)
            .number(key!("from"), message.from)
            .number(key!("to"), message.to)
            .number(key!("start"), start.as_nanos())
            .number(key!("end"), end.as_nanos())
            .number(key!("bytes"), bytes)
            .end();
    }
}

/// Adds a message's kind, and the key of its sender. (Each is a piece of its own, so that the compiler knows how long it is.)
#[inline(always)]
fn with_kind(line: Line<'_>, kind: MessageKind) -> Line<'_> {
    macro_rules! piece {
        ($kind:literal) => {
            line.piece(concat!(word_key!("kind"), $kind, "\"", key!("from")))
        };
    }
    match kind {
        MessageKind::JoinRequest => piece!("join_request"),
        MessageKind::JoinResponse => piece!("join_response"),
        MessageKind::ActiveProofRequest => piece!("active_proof_request"),
        MessageKind::PeerListRequest => piece!("peer_list_request"),
        MessageKind::PeerListResponse => piece!("peer_list_response"),
        MessageKind::ChunksQueryRequest => piece!("chunks_query_request"),
        MessageKind::ChunksQueryResponse => piece!("chunks_query_response"),
        MessageKind::FetchChunkRequest => piece!("fetch_chunk_request"),
        MessageKind::FetchChunkResponse => piece!("fetch_chunk_response"),
    }
}

fn loss_name(why: LossReason) -> &'static str {
    match why {
        LossReason::Loss => "loss",
        LossReason::Departed => "departed",
        LossReason::Outage => "outage",
        LossReason::Partition => "partition",
    }
}

fn depart_name(why: DepartReason) -> &'static str {
    match why {
        DepartReason::Session => "session",
        DepartReason::Completed => "completed",
    }
}
