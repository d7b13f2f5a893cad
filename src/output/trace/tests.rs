use super::*;
use crate::sim::QueueKind;
use crate::swarm::Simulation;
use serde_json::{Value, json};

/// Of whatever scenario.
const DIGEST: &str = "d15c0d15c0d15c0d15c0d15c0d15c0d15c0d15c0d15c0d15c0d15c0d15c0d15c";

/// The trace of the tiny swarm, as lines.
fn tiny() -> Vec<String> {
    let mut run = Simulation::new(Config::tiny(), Trace::new(Vec::new(), DIGEST), QueueKind::Ladder);
    while run.advance(u64::MAX) {}
    let text = String::from_utf8(run.into_observer().finish().unwrap()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_header_says_what_is_traced() {
    let header: Value = serde_json::from_str(&tiny()[0]).unwrap();
    let expected = json!({
        "ev": "header", "schema": 1, "swarmsim": env!("CARGO_PKG_VERSION"), "model_revision": crate::MODEL_REVISION,
        "scenario": DIGEST, "seed": 1, "file_size": 1 << 20, "chunk_size": 1 << 16, "chunks": 16,
        "entry_ttl": 120_000_000_000u64, "sweep_interval": 10_000_000_000u64,
    });
    assert_eq!(header, expected);
}

#[test]
fn a_tiny_swarm_begins_like_this() {
    let lines = tiny();
    let expected = [
        r#"{"t":0,"ev":"arrive","peer":1,"group":"origin","chunks":"all"}"#,
        r#"{"t":0,"ev":"send","msg":1,"kind":"join_request","from":1,"to":0}"#,
        r#"{"t":0,"ev":"arrive","peer":2,"group":"home","chunks":"none"}"#,
        r#"{"t":0,"ev":"send","msg":2,"kind":"join_request","from":2,"to":0}"#,
    ];
    assert_eq!(lines[1..5], expected);
    let from = lines.iter().position(|line| line.contains("deliver")).unwrap();
    let expected = [
        r#"{"t":40000000,"ev":"deliver","msg":1}"#,
        r#"{"t":40000000,"ev":"list","peer":1,"expires":120040000000}"#,
        r#"{"t":40000000,"ev":"send","msg":6,"kind":"join_response","from":0,"to":1,"re":1,"peers":[]}"#,
        r#"{"t":40000000,"ev":"deliver","msg":2}"#,
        r#"{"t":40000000,"ev":"list","peer":2,"expires":120040000000}"#,
        r#"{"t":40000000,"ev":"send","msg":7,"kind":"join_response","from":0,"to":2,"re":2,"peers":[1]}"#,
    ];
    assert_eq!(lines[from..from + 6], expected);
    assert!(lines.last().unwrap().contains(r#""ev":"stop","why":"all-complete""#), "{}", lines.last().unwrap());
}

#[test]
fn every_kind_of_line_fits_the_schema() {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    for line in tiny() {
        let value: Value = serde_json::from_str(&line).unwrap();
        assert!(schema.is_valid(&value), "{line}");
    }
    let strange = r#"{"t":0,"ev":"deliver","msg":1,"more":2}"#;
    assert!(!schema.is_valid(&serde_json::from_str(strange).unwrap()));
    let without_re = r#"{"t":0,"ev":"send","msg":6,"kind":"join_response","from":0,"to":1,"peers":[]}"#;
    assert!(!schema.is_valid(&serde_json::from_str(without_re).unwrap()));
}

/// Takes a little, then has no room.
#[derive(Debug)]
struct Full(usize);

impl Write for Full {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = buffer.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_error_in_writing_is_kept_and_told_at_the_end() {
    let mut config = Config::tiny();
    config.groups[1].count = Some(40);
    let mut run = Simulation::new(config, Trace::new(Full(70_000), DIGEST), QueueKind::Ladder);
    while run.advance(u64::MAX) {}
    assert!(run.observer().has_failed());
    assert_eq!(run.into_observer().finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
}
