//! Chains of small swarms, whose every step can be told beforehand.

use super::*;
use crate::check::scenario_digest;
use crate::output::Trace;
use crate::scenario::from_json;
use crate::sim::QueueKind;
use crate::swarm::Simulation;
use proptest::prelude::*;

const MS: u64 = 1_000_000;

fn trace(text: &str) -> Vec<u8> {
    let scenario = from_json("a.json", text.as_bytes()).unwrap_or_else(|report| panic!("{report}")).scenario;
    let trace = Trace::new(Vec::new(), &scenario_digest(&scenario));
    let mut run = Simulation::new(scenario.config.clone(), trace, QueueKind::Ladder);
    while run.advance(u64::MAX) {}
    run.into_observer().finish().unwrap()
}

fn story(text: &str) -> Story {
    Story::read(&*trace(text), &|| true).unwrap_or_else(|error| panic!("{error}"))
}

/// Waits and how long they took in milliseconds, and who waited.
fn told(path: &Path) -> Vec<(Wait, u64, u32)> {
    path.steps.iter().map(|step| (step.wait, step.nanos() / MS, step.peer)).collect()
}

/// An origin and a peer over 100 ms: chunks of 1 s each, one at a time.
fn pair(more: &str, sharing: &str) -> String {
    format!(
        r#"{{ "stop": {{ "at": "10min" }}, "file": {{ "size": 3000, "max_chunk_size": 1000 }},
        "protocol": {{ "max_parallel_fetches": 1, "chunks_query_interval": "4s" }}, "strategy": {{ "kind": "sequential" }},
        "network": {{ "sharing": "{sharing}", "latency": "100ms" }},
        "peers": [{{ "group": "origin", "initial_chunks": "all", "up": 1000, "down": 100000 }},
                  {{ "group": "home", "up": 1000, "down": 100000 }}{more}] }}"#
    )
}

#[test]
fn one_chunk_after_another_from_one_origin() {
    for sharing in ["fifo", "equal-share", "max-min", "none"] {
        let path = story(&pair("", sharing)).path(2).unwrap();
        // Both join at 0, and the origin's Join is handled first. The list, 200 ms; the query, 200 ms; then three chunks in turn.
        let mut expected = vec![(Wait::Tracker, 200, 2), (Wait::Query, 200, 2)];
        for _ in 0..3 {
            expected.extend([(Wait::Request, 100, 2), (Wait::Uplink, 1000, 2), (Wait::Flight, 100, 2)]);
        }
        assert_eq!(told(&path), expected, "{sharing}");
        assert!(path.completed && path.chunks == 3 && path.group == "home");
        assert_eq!(path.nanos(), 4_000 * MS);
    }
}

#[test]
fn a_chunk_that_does_not_exist_yet_is_waited_for_where_it_is_made() {
    // The third peer comes at 0.5 s and may have one neighbor: whoever is drawn, the chunks come from the origin.
    let third = r#", { "group": "late", "up": 1000, "down": 100000, "arrival": { "kind": "at", "time": "500ms" } }"#;
    let text =
        pair(third, "fifo").replace(r#""initial_chunks": "all", "up": 1000"#, r#""initial_chunks": "all", "up": 500"#);
    let story = story(&text);
    for peer in [2, 3] {
        let path = story.path(peer).unwrap();
        assert_eq!(path.steps.iter().map(Step::nanos).sum::<u64>(), path.nanos());
        assert!(path.total(Wait::Other) == (0, 0), "{path:?}");
    }
    let slow = story.path(story.slowest().unwrap()).unwrap();
    assert!(slow.steps.iter().any(|step| step.wait == Wait::Queue), "two who want the same uplink: {slow:?}");
}

#[test]
fn one_who_comes_later_makes_others_wait() {
    // The origin comes at 20 s. Lists are due at 0.2 + 60 s, queries every 4 s.
    let text = pair("", "fifo").replace(
        r#""initial_chunks": "all","#,
        r#""initial_chunks": "all", "arrival": { "kind": "at", "time": "20s" },"#,
    );
    let story = story(&text);
    // Peers are numbered as they come, so the origin is the second.
    let path = story.path(1).unwrap();
    let start: Vec<_> = told(&path).into_iter().take(4).collect();
    let expected = [
        (Wait::Neighbor, 20_100, 1),  // It comes at 20 s and is listed 100 ms later.
        (Wait::ListRound, 40_100, 1), // The next list is asked for at 60.2 s.
        (Wait::Tracker, 200, 1),
        (Wait::QueryRound, 3_800, 1), // Known at 60.4 s; rounds are at 0.2 s and every 4 s, so at 64.2 s.
    ];
    let merged = merge(start);
    assert_eq!(merged[..expected.len().min(merged.len())], expected[..merged.len().min(expected.len())]);
}

/// Steps of the same kind that follow each other, as one.
fn merge(steps: Vec<(Wait, u64, u32)>) -> Vec<(Wait, u64, u32)> {
    let mut merged: Vec<(Wait, u64, u32)> = Vec::new();
    for step in steps {
        match merged.last_mut().filter(|last| last.0 == step.0 && last.2 == step.2) {
            Some(last) => last.1 += step.1,
            None => merged.push(step),
        }
    }
    merged
}

#[test]
fn who_never_completes_is_told_so() {
    // Chunk 2 is nowhere.
    let text = pair("", "fifo").replace(r#""initial_chunks": "all""#, r#""initial_chunks": { "list": [0, 1] }"#);
    let story = story(&text.replace("10min", "60s"));
    assert_eq!(story.slowest(), None);
    let path = story.path(2).unwrap();
    assert!(!path.completed && path.chunks == 2);
    let last = path.steps.last().unwrap();
    assert_eq!((last.wait, last.until), (Wait::Unfinished, 60_000 * MS));
    assert_eq!(path.steps.iter().map(Step::nanos).sum::<u64>(), 60_000 * MS);
}

#[test]
fn what_is_no_trace_is_refused() {
    let read = |text: &str| Story::read(text.as_bytes(), &|| true).map(|_| ()).unwrap_err().to_string();
    assert!(read("").contains("it is cut"), "{}", read(""));
    assert!(read("{}\n").contains("line 1"));
    let header = r#"{"ev":"header","schema":1,"swarmsim":"0","model_revision":3,"scenario":"","seed":1,"file_size":2,"chunk_size":1,"chunks":2,"entry_ttl":1,"sweep_interval":1}"#;
    assert!(read(&format!("{header}\n")).contains("it is cut"));
    for (line, found) in [
        (r#"{"t":1,"ev":"complete","peer":7}"#, "line 2: there is no peer 7"),
        (
            r#"{"t":1,"ev":"send","msg":2,"kind":"fetch_chunk_response","from":1,"to":2,"re":1,"chunk":0,"bytes":1}"#,
            "answers message 1",
        ),
        (r#"{"t":1,"ev":"nonsense"}"#, "line 2"),
    ] {
        assert!(
            read(&format!("{header}\n{line}\n")).contains(found),
            "{line}: {}",
            read(&format!("{header}\n{line}\n"))
        );
    }
    assert!(matches!(
        Story::read(
            format!("{header}\n{}", "{\"t\":1,\"ev\":\"deliver\",\"msg\":9}\n".repeat(5000)).as_bytes(),
            &|| false
        ),
        Err(StoryError::Interrupted)
    ));
}

/// A swarm with some of everything, by a few numbers.
fn some_swarm(seed: u64, sharing: &str, lists: &str, churn: bool, loss: f64) -> String {
    let session = if churn {
        r#""session": { "kind": "exponential", "mean": "60s" }, "rejoin": { "probability": 0.7, "after": "5s", "keep_chunks": true },"#
    } else {
        ""
    };
    format!(
        r#"{{ "seed": {seed}, "stop": {{ "at": "10min" }}, "file": {{ "size": 20000, "max_chunk_size": 1000 }},
        "tracker": {{ "max_peers_returned": {lists}, "outages": [{{ "from": "20s", "until": "40s" }}] }},
        "protocol": {{ "peer_list_interval": "15s", "chunks_query_interval": "3s" }},
        "network": {{ "sharing": "{sharing}", "latency": {{ "kind": "uniform", "min": "10ms", "max": "300ms" }}, "loss": {loss} }},
        "peers": [{{ "group": "origin", "initial_chunks": "all", "up": 2000, "down": 4000 }},
                  {{ "group": "home", "count": 12, "up": 1000, "down": 4000, {session}
                     "arrival": {{ "kind": "uniform", "until": "60s" }} }}] }}"#
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever happens, each step begins where the one before ended, and all of them are the download time.
    #[test]
    fn the_parts_are_the_whole(
        seed in 0_u64..1000, sharing in prop::sample::select(vec!["fifo", "equal-share", "max-min", "none"]),
        lists in prop::sample::select(vec!["null", "3"]), churn: bool, loss in prop::sample::select(vec![0.0, 0.05]),
    ) {
        let story = story(&some_swarm(seed, sharing, lists, churn, loss));
        for peer in 1..=story.peers() {
            let path = story.path(peer).unwrap();
            let mut at = path.from;
            for step in &path.steps {
                prop_assert_eq!(step.from, at);
                prop_assert!(step.until > step.from);
                at = step.until;
            }
            prop_assert!(at == path.until, "{:?}", path);
            let (own, elsewhere) = path.total(Wait::Other);
            prop_assert!(own + elsewhere == 0, "unexplained: {:?}", path);
        }
    }

    /// A trace that somebody has tampered with is refused or explained somehow, and never a panic.
    #[test]
    fn no_trace_makes_it_panic(
        seed in 0_u64..50, churn: bool,
        edits in prop::collection::vec((0_usize..6, any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u64..60), 1..12),
    ) {
        let text = String::from_utf8(trace(&some_swarm(seed, "fifo", "3", churn, 0.05))).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (how, near, far, number) in edits {
            let (a, b) = (near.index(lines.len()), far.index(lines.len()));
            match how {
                0 => lines.swap(a, b),
                1 => lines[a] = lines[b].clone(),
                2 => drop(lines.remove(a)),
                // Another number in the place of one of the line's.
                _ => {
                    let line = lines[a].clone();
                    let digits: Vec<usize> = line.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(i, _)| i).collect();
                    let Some(&start) = digits.get(b % digits.len().max(1)) else { continue };
                    let end = line[start..].find(|c: char| !c.is_ascii_digit()).map_or(line.len(), |end| start + end);
                    lines[a].replace_range(start..end, &number.to_string());
                }
            }
        }
        let text = lines.join("\n") + "\n";
        if let Ok(story) = Story::read(text.as_bytes(), &|| true) {
            for peer in 0..=story.peers() {
                if let Some(path) = story.path(peer) {
                    prop_assert_eq!(path.steps.iter().map(Step::nanos).sum::<u64>(), path.nanos());
                }
            }
        }
    }
}
