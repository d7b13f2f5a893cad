//! The tables of a run as CSV, written and read.
//!
//! Times are exact decimal seconds, an absent value is an empty cell, floats have the fewest digits
//! that read back as the same float, lines end with LF. Plots and the report read these files, never
//! the simulator's memory: what is drawn is what was written.

use super::error::OutputError;
use crate::metrics::{AvailabilityRow, ExpiryRow, MILESTONES, Sample, SessionRow};
use crate::sim::{Span, Time};
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

/// An exact number of nanoseconds, written as decimal seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub u64);

impl Seconds {
    /// As a float, for drawing.
    pub fn as_f64(self) -> f64 {
        Time::from_nanos(self.0).as_secs_f64()
    }
}

impl From<Time> for Seconds {
    fn from(time: Time) -> Seconds {
        Seconds(time.as_nanos())
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Span::from_nanos(self.0))
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Seconds, D::Error> {
        deserializer.deserialize_str(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl de::Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time in seconds")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Seconds, E> {
        parse_seconds(text).map(Seconds).ok_or_else(|| E::custom(format!("{text:?} is no time in seconds")))
    }
}

/// Nanoseconds of decimal seconds with at most nine decimals.
fn parse_seconds(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || part.len() > 9 || !is_number(whole) || !is_number(part) {
        return None;
    }
    let digits = part.bytes().map(|digit| u64::from(digit - b'0')).chain(std::iter::repeat(0));
    let nanos = digits.take(9).fold(0, |nanos, digit| 10 * nanos + digit);
    whole.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// A row of `peers.csv`: a peer's session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns are SessionRow's fields")]
pub struct PeerRow {
    pub peer: u32,
    pub group: String,
    pub session: u32,
    pub arrived_s: Seconds,
    pub member_s: Option<Seconds>,
    pub completed_s: Option<Seconds>,
    pub departed_s: Option<Seconds>,
    pub download_time_s: Option<Seconds>,
    pub chunks: u32,
    pub uploaded_bytes: u64,
    pub downloaded_bytes: u64,
    pub wasted_bytes: u64,
}

impl PeerRow {
    /// The row of a session; `groups` are the names of the configuration's groups.
    fn new(row: &SessionRow, groups: &[String]) -> PeerRow {
        PeerRow {
            peer: row.peer,
            group: groups[usize::from(row.group)].clone(),
            session: row.session,
            arrived_s: row.arrived.into(),
            member_s: row.member.map(Seconds::from),
            completed_s: row.completed.map(Seconds::from),
            departed_s: row.departed.map(Seconds::from),
            download_time_s: row.download_nanos.map(Seconds),
            chunks: row.chunks,
            uploaded_bytes: row.uploaded_bytes,
            downloaded_bytes: row.downloaded_bytes,
            wasted_bytes: row.wasted_bytes,
        }
    }
}

/// A row of `timeseries.csv`: the swarm at an instant, and the requests since the instant before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns are Sample's fields")]
pub struct TimeRow {
    pub time_s: Seconds,
    pub present: u32,
    pub leechers: u32,
    pub seeders: u32,
    pub completed: u32,
    pub listed: u32,
    pub stale_listed: u32,
    pub uploading_bytes_per_s: f64,
    pub min_copies: u32,
    pub mean_copies: f64,
    pub entropy: Option<f64>,
    pub join_requests: u64,
    pub active_proof_requests: u64,
    pub peer_list_requests: u64,
    pub chunks_query_requests: u64,
    pub fetch_chunk_requests: u64,
    pub one_club: u32,
    pub uplinks_sampled: u32,
    pub idle_nothing_wanted: u32,
    pub idle_stale_knowledge: u32,
    pub idle_queued_elsewhere: u32,
    pub idle_nobody_asks: u32,
    pub idle_on_the_way: u32,
}

impl TimeRow {
    /// Idle uplinks by cause, in the order of [`Idle`](crate::swarm::Idle).
    pub fn idle(&self) -> [u32; 5] {
        [
            self.idle_nothing_wanted,
            self.idle_stale_knowledge,
            self.idle_queued_elsewhere,
            self.idle_nobody_asks,
            self.idle_on_the_way,
        ]
    }

    /// The five requests in the protocol's order.
    pub fn requests(&self) -> [u64; 5] {
        [
            self.join_requests,
            self.active_proof_requests,
            self.peer_list_requests,
            self.chunks_query_requests,
            self.fetch_chunk_requests,
        ]
    }
}

impl From<&Sample> for TimeRow {
    fn from(sample: &Sample) -> TimeRow {
        let [join, active_proof, peer_list, chunks_query, fetch_chunk] = sample.requests;
        let [nothing_wanted, stale_knowledge, queued_elsewhere, nobody_asks, on_the_way] = sample.uplinks.idle;
        TimeRow {
            time_s: sample.time.into(),
            present: sample.present,
            leechers: sample.leechers,
            seeders: sample.seeders,
            completed: sample.completed,
            listed: sample.listed,
            stale_listed: sample.stale_listed,
            uploading_bytes_per_s: sample.uploading_bytes_per_s,
            min_copies: sample.min_copies,
            mean_copies: sample.mean_copies,
            entropy: sample.entropy,
            join_requests: join,
            active_proof_requests: active_proof,
            peer_list_requests: peer_list,
            chunks_query_requests: chunks_query,
            fetch_chunk_requests: fetch_chunk,
            one_club: sample.one_club,
            uplinks_sampled: sample.uplinks.sampled,
            idle_nothing_wanted: nothing_wanted,
            idle_stale_knowledge: stale_knowledge,
            idle_queued_elsewhere: queued_elsewhere,
            idle_nobody_asks: nobody_asks,
            idle_on_the_way: on_the_way,
        }
    }
}

/// A row of `expiries.csv`: a tracker entry that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns are ExpiryRow's fields, but for the lag")]
pub struct EndedRow {
    pub peer: u32,
    pub listed_s: Seconds,
    pub last_proof_s: Seconds,
    pub expires_s: Seconds,
    pub departed_s: Option<Seconds>,
    pub discarded_s: Seconds,
    /// From the departure to the entry's end; `None` for a false expiry.
    pub lag_s: Option<Seconds>,
    pub false_expiry: bool,
}

impl From<&ExpiryRow> for EndedRow {
    fn from(row: &ExpiryRow) -> EndedRow {
        let departed = row.departed.filter(|_| !row.false_expiry);
        EndedRow {
            peer: row.peer,
            listed_s: row.listed.into(),
            last_proof_s: row.last_proof.into(),
            expires_s: row.expires.into(),
            departed_s: row.departed.map(Seconds::from),
            discarded_s: row.discarded.into(),
            lag_s: departed.map(|departed| Seconds(row.discarded.saturating_since(departed).as_nanos())),
            false_expiry: row.false_expiry,
        }
    }
}

/// A row of `availability.csv`: copies of a range of chunks at an instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns are AvailabilityRow's fields")]
pub struct CopiesRow {
    pub time_s: Seconds,
    pub first_chunk: u32,
    pub last_chunk: u32,
    pub min_copies: u32,
    pub mean_copies: f64,
}

impl From<&AvailabilityRow> for CopiesRow {
    fn from(row: &AvailabilityRow) -> CopiesRow {
        CopiesRow {
            time_s: row.time.into(),
            first_chunk: row.first_chunk,
            last_chunk: row.last_chunk,
            min_copies: row.min_copies,
            mean_copies: row.mean_copies,
        }
    }
}

/// A row of `progress.csv`: when a session of a peer first had so many percent of the chunks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns are named by what they hold")]
pub struct ProgressRow {
    pub peer: u32,
    pub session: u32,
    pub p10_s: Option<Seconds>,
    pub p20_s: Option<Seconds>,
    pub p30_s: Option<Seconds>,
    pub p40_s: Option<Seconds>,
    pub p50_s: Option<Seconds>,
    pub p60_s: Option<Seconds>,
    pub p70_s: Option<Seconds>,
    pub p80_s: Option<Seconds>,
    pub p90_s: Option<Seconds>,
}

impl ProgressRow {
    /// The instants in their order: of a tenth, two tenths, …
    pub fn milestones(&self) -> [Option<Seconds>; MILESTONES] {
        [self.p10_s, self.p20_s, self.p30_s, self.p40_s, self.p50_s, self.p60_s, self.p70_s, self.p80_s, self.p90_s]
    }
}

impl From<&SessionRow> for ProgressRow {
    fn from(row: &SessionRow) -> ProgressRow {
        let at = |k: usize| Some(row.milestones[k]).filter(|time| *time != Time::NEVER).map(Seconds::from);
        ProgressRow {
            peer: row.peer,
            session: row.session,
            p10_s: at(0),
            p20_s: at(1),
            p30_s: at(2),
            p40_s: at(3),
            p50_s: at(4),
            p60_s: at(5),
            p70_s: at(6),
            p80_s: at(7),
            p90_s: at(8),
        }
    }
}

/// A table: a name, its columns, and the type of its rows.
pub trait Table: Serialize + DeserializeOwned {
    /// The file's name.
    const FILE: &'static str;
    /// The columns, in their order.
    const COLUMNS: &'static [&'static str];
}

impl Table for PeerRow {
    const FILE: &'static str = "peers.csv";
    const COLUMNS: &'static [&'static str] = &[
        "peer",
        "group",
        "session",
        "arrived_s",
        "member_s",
        "completed_s",
        "departed_s",
        "download_time_s",
        "chunks",
        "uploaded_bytes",
        "downloaded_bytes",
        "wasted_bytes",
    ];
}

impl Table for TimeRow {
    const FILE: &'static str = "timeseries.csv";
    const COLUMNS: &'static [&'static str] = &[
        "time_s",
        "present",
        "leechers",
        "seeders",
        "completed",
        "listed",
        "stale_listed",
        "uploading_bytes_per_s",
        "min_copies",
        "mean_copies",
        "entropy",
        "join_requests",
        "active_proof_requests",
        "peer_list_requests",
        "chunks_query_requests",
        "fetch_chunk_requests",
        "one_club",
        "uplinks_sampled",
        "idle_nothing_wanted",
        "idle_stale_knowledge",
        "idle_queued_elsewhere",
        "idle_nobody_asks",
        "idle_on_the_way",
    ];
}

impl Table for EndedRow {
    const FILE: &'static str = "expiries.csv";
    const COLUMNS: &'static [&'static str] =
        &["peer", "listed_s", "last_proof_s", "expires_s", "departed_s", "discarded_s", "lag_s", "false_expiry"];
}

impl Table for CopiesRow {
    const FILE: &'static str = "availability.csv";
    const COLUMNS: &'static [&'static str] = &["time_s", "first_chunk", "last_chunk", "min_copies", "mean_copies"];
}

impl Table for ProgressRow {
    const FILE: &'static str = "progress.csv";
    const COLUMNS: &'static [&'static str] =
        &["peer", "session", "p10_s", "p20_s", "p30_s", "p40_s", "p50_s", "p60_s", "p70_s", "p80_s", "p90_s"];
}

/// The rows of `peers.csv`.
pub fn peer_rows<'a>(rows: &'a [SessionRow], groups: &'a [String]) -> impl Iterator<Item = PeerRow> + 'a {
    rows.iter().map(move |row| PeerRow::new(row, groups))
}

/// Writes a table: the header always, then the rows.
pub fn write<T: Table>(rows: impl Iterator<Item = T>, writer: impl Write) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new().has_headers(false).from_writer(writer);
    csv.write_record(T::COLUMNS)?;
    for row in rows {
        csv.serialize(row)?;
    }
    csv.flush()
}

/// Reads the table that stands in `folder`.
pub fn read<T: Table>(folder: &Path) -> Result<Vec<T>, OutputError> {
    rows(folder)?.collect()
}

/// The rows of the table that stands in `folder`, one after another.
pub fn rows<T: Table>(folder: &Path) -> Result<impl Iterator<Item = Result<T, OutputError>>, OutputError> {
    let path = folder.join(T::FILE);
    let file = std::fs::File::open(&path).map_err(OutputError::io("read", &path))?;
    let rows = csv::Reader::from_reader(file).into_deserialize();
    Ok(rows.map(move |row| row.map_err(|error| OutputError::damaged(&path, error))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::Uplinks;

    fn text<T: Table>(rows: impl Iterator<Item = T>) -> String {
        let mut bytes = Vec::new();
        write(rows, &mut bytes).expect("memory does not fail");
        String::from_utf8(bytes).expect("CSV of text is text")
    }

    fn session() -> SessionRow {
        SessionRow {
            peer: 7,
            group: 1,
            session: 0,
            arrived: Time::from_nanos(1_500_000_000),
            member: Some(Time::from_nanos(1_580_000_001)),
            completed: None,
            departed: None,
            download_nanos: Some(40_000_000_000),
            chunks: 3,
            uploaded_bytes: 10,
            downloaded_bytes: 20,
            wasted_bytes: 0,
            milestones: std::array::from_fn(|k| if k < 2 { Time::from_nanos(2_000_000_000) } else { Time::NEVER }),
        }
    }

    #[test]
    fn progress_is_empty_where_it_was_not_made() {
        let header = "peer,session,p10_s,p20_s,p30_s,p40_s,p50_s,p60_s,p70_s,p80_s,p90_s";
        assert_eq!(text([ProgressRow::from(&session())].into_iter()), format!("{header}\n7,0,2,2,,,,,,,\n"));
    }

    #[test]
    fn peers_are_written_exactly() {
        let groups = ["origin".to_string(), "a, \"b\"".to_string()];
        assert_eq!(
            text(peer_rows(&[session()], &groups)),
            "peer,group,session,arrived_s,member_s,completed_s,departed_s,download_time_s,chunks,uploaded_bytes,\
             downloaded_bytes,wasted_bytes\n7,\"a, \"\"b\"\"\",0,1.5,1.580000001,,,40,3,10,20,0\n"
        );
    }

    #[test]
    fn a_table_without_rows_has_its_header() {
        let rows: Vec<CopiesRow> = Vec::new();
        assert_eq!(text(rows.into_iter()), "time_s,first_chunk,last_chunk,min_copies,mean_copies\n");
    }

    #[test]
    fn a_false_expiry_has_no_lag() {
        let row = ExpiryRow {
            peer: 3,
            listed: Time::ZERO,
            last_proof: Time::from_nanos(80_000_000_000),
            expires: Time::from_nanos(200_000_000_000),
            departed: Some(Time::from_nanos(90_500_000_000)),
            discarded: Time::from_nanos(210_000_000_000),
            false_expiry: false,
        };
        let false_row = ExpiryRow { departed: None, false_expiry: true, ..row.clone() };
        assert_eq!(
            text([&row, &false_row].into_iter().map(EndedRow::from)),
            "peer,listed_s,last_proof_s,expires_s,departed_s,discarded_s,lag_s,false_expiry\n\
             3,0,80,200,90.5,210,119.5,false\n3,0,80,200,,210,,true\n"
        );
    }

    #[test]
    fn samples_are_written_exactly() {
        let sample = Sample {
            time: Time::from_nanos(10_000_000_000),
            present: 3,
            leechers: 2,
            seeders: 1,
            completed: 0,
            listed: 4,
            stale_listed: 1,
            uploading_bytes_per_s: 0.1 + 0.2,
            min_copies: 1,
            mean_copies: 1.25,
            entropy: None,
            one_club: 6,
            requests: [1, 2, 3, 4, 5],
            uplinks: Uplinks { sampled: 40, idle: [7, 8, 9, 10, 11] },
        };
        let written = text([&sample].into_iter().map(TimeRow::from));
        assert_eq!(
            written,
            "time_s,present,leechers,seeders,completed,listed,stale_listed,uploading_bytes_per_s,min_copies,\
             mean_copies,entropy,join_requests,active_proof_requests,peer_list_requests,chunks_query_requests,\
             fetch_chunk_requests,one_club,uplinks_sampled,idle_nothing_wanted,idle_stale_knowledge,\
             idle_queued_elsewhere,idle_nobody_asks,idle_on_the_way\n\
             10,3,2,1,0,4,1,0.30000000000000004,1,1.25,,1,2,3,4,5,6,40,7,8,9,10,11\n"
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let rows: Vec<PeerRow> = peer_rows(&[session()], &["".into(), " é,\n\"=cmd()".into()]).collect();
        let file = std::fs::File::create(folder.path().join(PeerRow::FILE)).expect("a file");
        write(rows.iter().cloned(), file).expect("written");
        assert_eq!(read::<PeerRow>(folder.path()).expect("read"), rows);
    }

    #[test]
    fn seconds_read_exactly_or_not_at_all() {
        assert_eq!(parse_seconds("0.000000001"), Some(1));
        assert_eq!(parse_seconds("18446744073.709551615"), Some(u64::MAX));
        for bad in ["", ".5", "-1", "1e3", "1.0000000001", "18446744073.709551616", "1.+5"] {
            assert_eq!(parse_seconds(bad), None, "{bad}");
        }
    }
}
