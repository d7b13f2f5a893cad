//! The lines of a trace, read strictly: one JSON object a line, of a known kind, with exactly that kind's fields.

use serde::Deserialize;
use std::fmt;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Header {
    /// `header`.
    pub ev: String,
    /// The version of the layout.
    pub schema: u32,
    /// The program's version that wrote it.
    pub swarmsim: String,
    /// The revision of the simulated model.
    pub model_revision: u32,
    /// The digest of the resolved scenario.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Bytes in the file.
    pub file_size: u64,
    /// Bytes in a chunk.
    pub chunk_size: u64,
    /// Chunks in the file.
    pub chunks: u64,
    /// How long an entry lives, nanoseconds.
    pub entry_ttl: u64,
    /// Between two sweeps, nanoseconds.
    pub sweep_interval: u64,
}

/// The kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words are the trace's")]
pub enum Kind {
    JoinRequest,
    JoinResponse,
    ActiveProofRequest,
    PeerListRequest,
    PeerListResponse,
    ChunksQueryRequest,
    ChunksQueryResponse,
    FetchChunkRequest,
    FetchChunkResponse,
}

/// The kinds by their names in a trace.
const KINDS: [(&str, Kind); 9] = [
    ("join_request", Kind::JoinRequest),
    ("join_response", Kind::JoinResponse),
    ("active_proof_request", Kind::ActiveProofRequest),
    ("peer_list_request", Kind::PeerListRequest),
    ("peer_list_response", Kind::PeerListResponse),
    ("chunks_query_request", Kind::ChunksQueryRequest),
    ("chunks_query_response", Kind::ChunksQueryResponse),
    ("fetch_chunk_request", Kind::FetchChunkRequest),
    ("fetch_chunk_response", Kind::FetchChunkResponse),
];

impl Kind {
    /// The name in a trace.
    pub fn name(self) -> &'static str {
        KINDS[self as usize].0
    }

    /// The kind of the answer to it; `None` where it is not answered.
    pub fn answer(self) -> Option<Kind> {
        match self {
            Kind::JoinRequest => Some(Kind::JoinResponse),
            Kind::PeerListRequest => Some(Kind::PeerListResponse),
            Kind::ChunksQueryRequest => Some(Kind::ChunksQueryResponse),
            Kind::FetchChunkRequest => Some(Kind::FetchChunkResponse),
            _ => None,
        }
    }

    /// Whether it answers something.
    pub fn is_answer(self) -> bool {
        matches!(
            self,
            Kind::JoinResponse | Kind::PeerListResponse | Kind::ChunksQueryResponse | Kind::FetchChunkResponse
        )
    }

    /// Whether it belongs to a fetch, which travels over a connection.
    pub fn is_fetch(self) -> bool {
        matches!(self, Kind::FetchChunkRequest | Kind::FetchChunkResponse)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a peer holds on arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// The whole file.
    All,
    /// Nothing.
    None,
    /// These chunks.
    List(Vec<u32>),
}

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// Peers.
    Peers(Vec<u32>),
    /// How many chunks its sender holds.
    Count(u32),
    /// The chunk asked for.
    Asks(u32),
    /// A chunk and its bytes.
    Chunk(u32, u64),
}

/// A message is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Its number.
    pub msg: u64,
    /// Its kind.
    pub kind: Kind,
    /// The sender.
    pub from: u32,
    /// The receiver.
    pub to: u32,
    /// The request that it answers.
    pub re: Option<u64>,
    /// What it carries.
    pub body: Body,
}

/// Why a message was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are the trace's")]
pub enum Loss {
    Loss,
    Departed,
    Outage,
    Partition,
}

/// Why a peer left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are the trace's")]
pub enum Leaving {
    Session,
    Completed,
}

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are the trace's")]
pub enum Stopping {
    AllComplete,
    Empty,
    Time,
}

impl Stopping {
    /// The word in a trace.
    pub fn name(self) -> &'static str {
        match self {
            Stopping::AllComplete => "all-complete",
            Stopping::Empty => "empty",
            Stopping::Time => "time",
        }
    }
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are the trace's; docs/trace.md says what they mean")]
pub enum Event {
    Arrive { peer: u32, group: String, chunks: Held },
    Depart { peer: u32, why: Leaving },
    Send(Sending),
    Deliver { msg: u64 },
    Lose { msg: u64, why: Loss },
    Cut { msg: u64 },
    Timeout { msg: u64 },
    List { peer: u32, expires: u64 },
    Expire { peer: u32, expires: u64, alive: bool },
    Upload { msg: u64, from: u32, to: u32, start: u64, end: u64, bytes: u64 },
    Acquire { peer: u32, chunk: u32, from: u32 },
    Complete { peer: u32 },
    Stop { why: Stopping },
}

/// The fields of all kinds, as they come.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    t: u64,
    ev: &'a str,
    peer: Option<u32>,
    group: Option<String>,
    #[serde(default, deserialize_with = "held")]
    chunks: Option<Held>,
    why: Option<&'a str>,
    msg: Option<u64>,
    kind: Option<&'a str>,
    from: Option<u32>,
    to: Option<u32>,
    re: Option<u64>,
    peers: Option<Vec<u32>>,
    count: Option<u32>,
    chunk: Option<u32>,
    bytes: Option<u64>,
    expires: Option<u64>,
    alive: Option<bool>,
    start: Option<u64>,
    end: Option<u64>,
}

fn held<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Held>, D::Error> {
    struct Visitor;
    impl<'de> serde::de::Visitor<'de> for Visitor {
        type Value = Held;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("\"all\", \"none\" or a list of chunk numbers")
        }
        fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Held, E> {
            match word {
                "all" => Ok(Held::All),
                "none" => Ok(Held::None),
                _ => Err(E::invalid_value(serde::de::Unexpected::Str(word), &self)),
            }
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Held, A::Error> {
            let mut chunks = Vec::new();
            while let Some(chunk) = list.next_element()? {
                chunks.push(chunk);
            }
            Ok(Held::List(chunks))
        }
    }
    deserializer.deserialize_any(Visitor).map(Some)
}

/// Reads the first line.
///
/// # Errors
/// Where it is no header; in words.
pub fn parse_header(line: &[u8]) -> Result<Header, String> {
    is_object(line)?;
    let header: Header = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    if header.ev == "header" { Ok(header) } else { Err(format!("\"ev\" is {:?}, not \"header\"", header.ev)) }
}

/// Reads a line after the first: when, and what.
///
/// # Errors
/// Where it is none; in words, without the line's number.
pub fn parse(line: &[u8]) -> Result<(u64, Event), String> {
    is_object(line)?;
    let mut raw: Raw<'_> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let event = event(&mut raw)?;
    match left_over(&raw) {
        Some(field) => Err(format!("a line of kind \"{}\" has no field \"{field}\"", raw.ev)),
        None => Ok((raw.t, event)),
    }
}

/// An object, and no list, which would be taken for its fields.
fn is_object(line: &[u8]) -> Result<(), String> {
    if line.first() == Some(&b'{') { Ok(()) } else { Err("it does not begin with `{`".into()) }
}

/// Takes a field that must be there.
fn need<T>(field: &mut Option<T>, name: &str) -> Result<T, String> {
    field.take().ok_or_else(|| format!("the field \"{name}\" is missing"))
}

/// One of the words that a field may hold.
fn word<T: Copy>(field: &mut Option<&str>, name: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = need(field, name)?;
    let known = words.iter().find(|known| known.0 == found).map(|known| known.1);
    known.ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|known| known.0).collect();
        format!("\"{name}\" is {found:?}; accepted: {}", words.join(", "))
    })
}

fn event(raw: &mut Raw<'_>) -> Result<Event, String> {
    Ok(match raw.ev {
        "send" => Event::Send(sending(raw)?),
        "deliver" => Event::Deliver { msg: need(&mut raw.msg, "msg")? },
        "arrive" => Event::Arrive {
            peer: need(&mut raw.peer, "peer")?,
            group: need(&mut raw.group, "group")?,
            chunks: need(&mut raw.chunks, "chunks")?,
        },
        "depart" => {
            let words = [("session", Leaving::Session), ("completed", Leaving::Completed)];
            Event::Depart { peer: need(&mut raw.peer, "peer")?, why: word(&mut raw.why, "why", &words)? }
        }
        "lose" => {
            let words = [
                ("loss", Loss::Loss),
                ("departed", Loss::Departed),
                ("outage", Loss::Outage),
                ("partition", Loss::Partition),
            ];
            Event::Lose { msg: need(&mut raw.msg, "msg")?, why: word(&mut raw.why, "why", &words)? }
        }
        "cut" => Event::Cut { msg: need(&mut raw.msg, "msg")? },
        "timeout" => Event::Timeout { msg: need(&mut raw.msg, "msg")? },
        "list" => Event::List { peer: need(&mut raw.peer, "peer")?, expires: need(&mut raw.expires, "expires")? },
        "expire" => Event::Expire {
            peer: need(&mut raw.peer, "peer")?,
            expires: need(&mut raw.expires, "expires")?,
            alive: need(&mut raw.alive, "alive")?,
        },
        "upload" => Event::Upload {
            msg: need(&mut raw.msg, "msg")?,
            from: need(&mut raw.from, "from")?,
            to: need(&mut raw.to, "to")?,
            start: need(&mut raw.start, "start")?,
            end: need(&mut raw.end, "end")?,
            bytes: need(&mut raw.bytes, "bytes")?,
        },
        "acquire" => Event::Acquire {
            peer: need(&mut raw.peer, "peer")?,
            chunk: need(&mut raw.chunk, "chunk")?,
            from: need(&mut raw.from, "from")?,
        },
        "complete" => Event::Complete { peer: need(&mut raw.peer, "peer")? },
        "stop" => {
            let words = [Stopping::AllComplete, Stopping::Empty, Stopping::Time].map(|why| (why.name(), why));
            Event::Stop { why: word(&mut raw.why, "why", &words)? }
        }
        other => return Err(format!("there is no kind of line {other:?}")),
    })
}

fn sending(raw: &mut Raw<'_>) -> Result<Sending, String> {
    let kind = word(&mut raw.kind, "kind", &KINDS)?;
    let body = match kind {
        Kind::JoinResponse | Kind::PeerListResponse => Body::Peers(need(&mut raw.peers, "peers")?),
        Kind::ChunksQueryResponse => Body::Count(need(&mut raw.count, "count")?),
        Kind::FetchChunkRequest => Body::Asks(need(&mut raw.chunk, "chunk")?),
        Kind::FetchChunkResponse => Body::Chunk(need(&mut raw.chunk, "chunk")?, need(&mut raw.bytes, "bytes")?),
        _ => Body::Empty,
    };
    Ok(Sending {
        msg: need(&mut raw.msg, "msg")?,
        kind,
        from: need(&mut raw.from, "from")?,
        to: need(&mut raw.to, "to")?,
        re: if kind.is_answer() { Some(need(&mut raw.re, "re")?) } else { None },
        body,
    })
}

/// A field that was not taken.
fn left_over(raw: &Raw<'_>) -> Option<&'static str> {
    let fields = [
        ("peer", raw.peer.is_some()),
        ("group", raw.group.is_some()),
        ("chunks", raw.chunks.is_some()),
        ("why", raw.why.is_some()),
        ("msg", raw.msg.is_some()),
        ("kind", raw.kind.is_some()),
        ("from", raw.from.is_some()),
        ("to", raw.to.is_some()),
        ("re", raw.re.is_some()),
        ("peers", raw.peers.is_some()),
        ("count", raw.count.is_some()),
        ("chunk", raw.chunk.is_some()),
        ("bytes", raw.bytes.is_some()),
        ("expires", raw.expires.is_some()),
        ("alive", raw.alive.is_some()),
        ("start", raw.start.is_some()),
        ("end", raw.end.is_some()),
    ];
    fields.iter().find(|field| field.1).map(|field| field.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(line: &str) -> String {
        parse(line.as_bytes()).expect_err(line)
    }

    #[test]
    fn lines_are_read_as_they_are_documented() {
        let line = r#"{"t":40000000,"ev":"send","msg":7,"kind":"join_response","from":0,"to":2,"re":2,"peers":[1]}"#;
        let (t, event) = parse(line.as_bytes()).unwrap();
        let body = Body::Peers(vec![1]);
        let expected = Sending { msg: 7, kind: Kind::JoinResponse, from: 0, to: 2, re: Some(2), body };
        assert_eq!((t, event), (40_000_000, Event::Send(expected)));
        let line = r#"{"t":18446744073709551615,"ev":"arrive","peer":1,"group":"a \"b\"","chunks":[0,2]}"#;
        let (t, event) = parse(line.as_bytes()).unwrap();
        assert_eq!(t, u64::MAX, "times are exact to the last bit");
        assert_eq!(event, Event::Arrive { peer: 1, group: "a \"b\"".into(), chunks: Held::List(vec![0, 2]) });
    }

    #[test]
    fn what_is_no_line_is_refused_in_words() {
        assert!(refusal(r#"{"t":1.5,"ev":"complete","peer":1}"#).contains("floating point"));
        assert!(refusal(r#"{"t":18446744073709551616,"ev":"complete","peer":1}"#).contains("floating point"));
        assert!(refusal(r#"{"t":1,"ev":"completed","peer":1}"#).contains("no kind of line \"completed\""));
        assert!(refusal(r#"{"t":1,"ev":"complete"}"#).contains("\"peer\" is missing"));
        assert!(refusal(r#"{"t":1,"ev":"complete","peer":1,"msg":2}"#).contains("has no field \"msg\""));
        assert!(refusal(r#"{"t":1,"ev":"complete","peer":1,"more":2}"#).contains("unknown field"));
        assert!(refusal(r#"{"t":1,"t":1,"ev":"complete","peer":1}"#).contains("duplicate field"));
        assert!(refusal(r#"{"t":1,"ev":"depart","peer":1,"why":"bored"}"#).contains("accepted: session, completed"));
        assert!(refusal(r#"[1,"complete",1]"#).contains("begin with `{`"));
        assert!(refusal(r#"{"t":1,"ev":"complete","peer":1}{"#).contains("trailing"));
    }
}
