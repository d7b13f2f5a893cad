//! A trace, changed by the bytes: checked or refused, never a panic, and the same verdict twice.
//!
//! The first byte says which of some small runs is taken, or that the rest are the lines themselves. Then each four bytes change one line:
//! lines are swapped, repeated, left out, cut, given another number or a flipped bit.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use swarmsim::check::{Beside, Refusal, check, scenario_digest};
use swarmsim::output::Trace;
use swarmsim::scenario::{Scenario, from_json};
use swarmsim::sim::QueueKind;
use swarmsim::swarm::Simulation;

const PLAIN: &str = r#"{ "seed": 3, "stop": { "at": "20s" }, "file": { "size": 60, "max_chunk_size": 10 },
    "tracker": { "entry_ttl": "4s", "sweep_interval": "2s" },
    "protocol": { "active_proof_interval": "3s", "peer_list_interval": "3s", "chunks_query_interval": "1s" },
    "network": { "sharing": "fifo", "latency": "50ms" },
    "peers": [{ "group": "a", "initial_chunks": "all", "up": 40, "down": 40 }, { "group": "b", "count": 2, "up": 20, "down": 40 }] }"#;

const CHURN: &str = r#"{ "seed": 5, "stop": { "at": "15s", "when": "time" }, "file": { "size": 60, "max_chunk_size": 10 },
    "tracker": { "entry_ttl": "3s", "sweep_interval": "1s", "max_peers_returned": 2, "outages": [{ "from": "6s", "until": "7s" }] },
    "protocol": { "active_proof_interval": "1s", "peer_list_interval": "1s", "chunks_query_interval": "1s", "request_timeout": "1s" },
    "network": { "sharing": "max-min", "latency": { "kind": "uniform", "min": "10ms", "max": "90ms" }, "jitter": "5ms", "loss": 0.1,
        "faults": [{ "kind": "partition", "between": ["a", "b"], "from": "3s", "until": "4s" },
                   { "kind": "slow", "groups": ["b"], "factor": 0.5, "from": "5s", "until": "8s" }] },
    "departures": [{ "at": "9s", "count": 1 }],
    "peers": [{ "group": "a", "initial_chunks": "all", "up": 20, "down": 20 },
        { "group": "b", "count": 3, "up": 20, "down": 20, "session": { "kind": "exponential", "mean": "6s" },
          "after_completion": { "kind": "linger", "for": "2s" }, "rejoin": { "probability": 0.7, "after": "1s", "keep_chunks": false } }] }"#;

/// A scenario, and the lines of its run.
type Run = (Scenario, Vec<Vec<u8>>);

static RUNS: LazyLock<Vec<Run>> = LazyLock::new(|| {
    let equal = PLAIN.replace("fifo", "equal-share");
    let none = CHURN.replace("max-min", "equal-share");
    [PLAIN, &equal, CHURN, &none].into_iter().map(run).collect()
});

fn run(text: &str) -> Run {
    let scenario = from_json("a.json", text.as_bytes()).unwrap_or_else(|report| panic!("{report}")).scenario;
    let trace = Trace::new(Vec::new(), &scenario_digest(&scenario));
    let mut run = Simulation::new(scenario.config.clone(), trace, QueueKind::Ladder);
    while run.advance(u64::MAX) {}
    let text = run.into_observer().finish().expect("memory does not fail");
    let report = check(&*text, &scenario, &Beside::default()).expect("it is a trace");
    assert!(report.holds(), "{}", report.complaints("trace"));
    let lines = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    (scenario, lines)
}

/// Puts another number in the place of one of a line.
fn renumber(line: &mut Vec<u8>, place: u8, to: u8) {
    let digits: Vec<usize> = (0..line.len()).filter(|&at| line[at].is_ascii_digit()).collect();
    if let Some(&at) = digits.get(usize::from(place) % digits.len().max(1)) {
        let end = (at..line.len()).find(|&at| !line[at].is_ascii_digit()).unwrap_or(line.len());
        let number = match to {
            0 => u64::MAX.to_string(),
            1 => "-1".to_owned(),
            2 => "1e3".to_owned(),
            3 => "9007199254740993".to_owned(),
            other => other.to_string(),
        };
        line.splice(at..end, number.into_bytes());
    }
}

fn change(lines: &mut Vec<Vec<u8>>, &[how, near, far, what]: &[u8; 4]) {
    let count = lines.len();
    if count == 0 {
        return;
    }
    let at = (usize::from(near) << 8 | usize::from(far)) % count;
    let other = (at + usize::from(what % 16) + 1) % count;
    match how % 9 {
        0 => lines.swap(at, other),
        1 => drop(lines.remove(at)),
        2 => lines.insert(other, lines[at].clone()),
        3 => lines.truncate(at),
        4 => lines[at].truncate(usize::from(what)),
        5 => renumber(&mut lines[at], what, far),
        6 => {
            let place = usize::from(what) % lines[at].len().max(1);
            if let Some(byte) = lines[at].get_mut(place) {
                *byte ^= 1 << (far % 8);
            }
        }
        7 => {
            let (from, to) = (lines[at].clone(), lines[other].clone());
            let cut = usize::from(what).min(from.len()).min(to.len());
            lines[at] = [&from[..cut], &to[cut..]].concat();
        }
        _ => renumber(&mut lines[at], far, what),
    }
}

fn verdict(text: &[u8], scenario: &Scenario) -> String {
    match check(text, scenario, &Beside::default()) {
        Ok(report) => {
            assert_eq!(report.holds(), report.violations().is_empty());
            format!("{}{}", report.to_json(), report.complaints("trace"))
        }
        Err(Refusal::NoTrace { rule, line, found }) => format!("{} {line} {found}", rule.invariant()),
        Err(Refusal::Io(error)) => panic!("memory does not fail: {error}"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&which, rest)) = bytes.split_first() else { return };
    let (scenario, lines) = &RUNS[usize::from(which) % RUNS.len()];
    let text = if which >= 128 {
        // Lines of the fuzzer's own, after a good header.
        [&lines[0], rest].concat()
    } else {
        let mut lines = lines.clone();
        let (changes, _) = rest.as_chunks::<4>();
        changes.iter().take(64).for_each(|one| change(&mut lines, one));
        lines.concat()
    };
    assert_eq!(verdict(&text, scenario), verdict(&text, scenario), "the same twice");
});
