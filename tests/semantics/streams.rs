//! Randomness is addressed: what one changes in a scenario moves nobody else's draws.

use crate::common::{Rec, Tape, read, record, with};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use swarmsim::sim::{Digest, QueueKind};
use swarmsim::strategy::KINDS;
use swarmsim::swarm::{DepartReason, Simulation, TRACKER};

/// A peer by its group's name and its place in the group; the tracker is the group "".
type Name = (String, usize);

/// All that was drawn for the peers of groups `a` and `b`.
#[derive(Debug, Default, PartialEq)]
struct Draws {
    /// Arrival, uplink, downlink, initial chunks.
    peers: BTreeMap<Name, (u64, u64, u64, Vec<u32>)>,
    /// Lengths of first sessions that ended.
    sessions: BTreeMap<Name, u64>,
    /// One-way latencies, by sender and receiver.
    latencies: BTreeMap<(Name, Name), u64>,
}

fn draws(scenario: &Value, tape: &Tape) -> Draws {
    let groups: Vec<String> = scenario["peers"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|g| g["group"].as_str().expect("a name").to_owned())
        .collect();
    let mut names: BTreeMap<u32, Name> = BTreeMap::from([(TRACKER, (String::new(), 0))]);
    let mut members: BTreeMap<u16, usize> = BTreeMap::new();
    let (mut draws, mut sent) = (Draws::default(), BTreeMap::new());
    for (at, rec) in &tape.records {
        match rec {
            Rec::Arrive { peer, group, session: 0, up, down, chunks } => {
                let place = members.entry(*group).or_default();
                let name = (groups[*group as usize].clone(), *place);
                *place += 1;
                names.insert(*peer, name.clone());
                draws.peers.insert(name, (*at, *up, *down, chunks.clone()));
            }
            Rec::Depart { peer, why: DepartReason::Session, .. } => {
                let name = &names[peer];
                draws.sessions.entry(name.clone()).or_insert(at - draws.peers[name].0);
            }
            Rec::Send { id, .. } => {
                sent.insert(*id, *at);
            }
            Rec::Deliver { id, kind, from, to } if *kind != swarmsim::swarm::MessageKind::FetchChunkResponse => {
                let pair = (names[from].clone(), names[to].clone());
                let latency = at - sent[id];
                let before = draws.latencies.insert(pair, latency);
                assert!(before.is_none_or(|before| before == latency), "one latency a pair");
            }
            _ => {}
        }
    }
    let mine = |name: &Name| name.0 != "new";
    draws.peers.retain(|name, _| mine(name));
    draws.sessions.retain(|name, _| mine(name));
    draws.latencies.retain(|(a, b), _| mine(a) && mine(b));
    draws
}

fn swarm(seed: u32) -> Value {
    let rates = json!({ "kind": "lognormal", "median": 40, "sigma": 0.5 });
    json!({
        "seed": seed, "stop": { "at": "20s", "when": "time" }, "file": { "size": 100, "max_chunk_size": 10 },
        "protocol": { "chunks_query_interval": "1s", "peer_list_interval": "1s" },
        "network": { "sharing": "fifo", "latency": { "kind": "lognormal", "median": "30ms", "sigma": 0.6 } },
        "output": { "sample_interval": "5s" },
        "peers": [
            { "group": "a", "count": 3, "initial_chunks": "all", "up": rates, "down": rates,
              "session": { "kind": "exponential", "mean": "15s" } },
            { "group": "b", "count": 8, "initial_chunks": { "fraction": 0.3 }, "up": rates, "down": rates,
              "arrival": { "kind": "poisson", "rate_per_s": 2 }, "session": { "kind": "weibull", "shape": 0.6, "scale": "10s" } }
        ]
    })
}

/// The digest where nobody observes.
fn unobserved(scenario: &Value) -> Digest {
    let mut run = Simulation::new(read(scenario).config, (), QueueKind::Ladder);
    while run.advance(u64::MAX) {}
    run.digest()
}

/// What both runs drew is the same, and there is much of it.
fn assert_same(one: &Draws, other: &Draws) -> Result<(), TestCaseError> {
    for (name, drawn) in &one.peers {
        prop_assert_eq!(Some(drawn), other.peers.get(name), "{:?}", name);
    }
    let mut sessions = other.sessions.clone();
    sessions.retain(|name, _| one.peers.contains_key(name));
    prop_assert_eq!(&one.sessions, &sessions);
    let common = one.latencies.iter().filter(|(pair, _)| other.latencies.contains_key(pair));
    prop_assert!(common.clone().count() >= 11, "everyone speaks to the tracker at least");
    for (pair, latency) in common {
        prop_assert_eq!(latency, &other.latencies[pair], "{:?}", pair);
    }
    Ok(())
}

/// Each makes four pairs of runs of which one differs by what must move no draw: a thousand pairs.
const CASES: u32 = 250;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    #[test]
    fn a_change_moves_nobody_elses_draws(
        seed in 0..100_000u32, strategy in 0..9usize, sample_ms in 100..9_000u32, front in any::<bool>(), neighbors in 1..20u32,
    ) {
        let base = swarm(seed);
        let (outcome, tape) = record(&base);
        let before = draws(&base, &tape);

        // Another strategy.
        let kind = KINDS[strategy].name;
        let other_strategy = with(&base, json!({ "strategy": { "kind": kind, "endgame": true }, "source": "fastest" }));
        assert_same(&before, &draws(&other_strategy, &record(&other_strategy).1))?;

        // Other metrics, or none at all.
        let other_samples = with(&base, json!({ "output": { "sample_interval": format!("{sample_ms}ms") } }));
        let (sampled, tape) = record(&other_samples);
        prop_assert_eq!(&before, &draws(&other_samples, &tape));
        prop_assert_eq!(outcome.digest, sampled.digest);
        prop_assert_eq!(outcome.digest, unobserved(&base));

        // Another group, before or after the others.
        let new = json!({ "group": "new", "count": 4, "up": 30, "down": { "kind": "uniform", "min": 10, "max": 20 },
            "arrival": { "kind": "uniform", "from": 0, "until": "4s" }, "session": { "kind": "exponential", "mean": "5s" } });
        let mut larger = base.clone();
        let groups = larger["peers"].as_array_mut().expect("groups");
        groups.insert(if front { 0 } else { groups.len() }, new);
        assert_same(&before, &draws(&larger, &record(&larger).1))?;

        // More neighbors: another peer in each group, and other limits.
        let mut denser = with(&base, json!({ "protocol": { "max_neighbors": neighbors, "max_parallel_fetches": 2 } }));
        for (group, count) in [(0, 4), (1, 10)] {
            denser["peers"][group]["count"] = json!(count);
        }
        assert_same(&before, &draws(&denser, &record(&denser).1))?;
    }
}
