use super::*;
use crate::scenario::from_json;

/// A swarm with everything random in it, of some thousand events.
fn scenario(change: impl Fn(String) -> String) -> Scenario {
    let text = r#"{
        "name": "a", "seed": 7, "stop": { "at": "1h" }, "file": { "size": "8 MiB" },
        "strategy": { "kind": "random" },
        "network": { "sharing": "fifo", "latency": { "kind": "uniform", "min": "10ms", "max": "80ms" }, "loss": 0.01 },
        "peers": [
            { "group": "origin", "initial_chunks": "all", "up": "4 Mbit/s", "down": "40 Mbit/s" },
            { "group": "home", "count": 30, "up": "1 Mbit/s", "down": "8 Mbit/s",
              "arrival": { "kind": "uniform", "from": 0, "until": "60s" },
              "session": { "kind": "exponential", "mean": "8min" } } ] }"#;
    from_json("a.json", change(text.to_owned()).as_bytes()).unwrap().scenario
}

/// Where two scenarios part, by the slow way: all lines of both traces, compared.
fn first_difference(a: &Scenario, b: &Scenario) -> Option<(Vec<String>, Option<String>, Option<String>)> {
    let lines = |scenario: &Scenario| {
        let mut side = Side::new(scenario);
        side.speak(true);
        let (mut all, mut some) = (Vec::new(), Vec::new());
        while {
            let more = side.step(&mut some).is_some();
            all.extend(lines_of(&some));
            more
        } {}
        all
    };
    let (a, b) = (lines(a), lines(b));
    let common = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let before = a[common.saturating_sub(5)..common].to_vec();
    (common < a.len() || common < b.len()).then(|| (before, a.get(common).cloned(), b.get(common).cloned()))
}

fn found(a: &Scenario, b: &Scenario, same: u64) -> Parting {
    match find([a, b], same, 5, &|| true) {
        Found::Parting(parting) => *parting,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_does_not_part_from_itself() {
    let one = scenario(|text| text);
    for same in [0, 100, 1_000_000_000] {
        let Found::Same(events) = find([&one, &one], same, 5, &|| true) else { panic!("they part, from {same}") };
        assert!(events > 3_000, "{events}");
    }
}

#[test]
fn the_first_line_that_differs_is_found_wherever_the_search_begins() {
    let one = scenario(|text| text);
    let changes: [(&str, &str); 7] = [
        ("\"seed\": 7", "\"seed\": 8"),
        ("\"seed\": 7", "\"seed\": 7, \"tracker\": { \"entry_ttl\": \"100s\" }"),
        ("\"loss\": 0.01", "\"loss\": 0.03"),
        ("\"kind\": \"random\"", "\"kind\": \"rarest-first\""),
        ("\"8min\"", "\"9min\""),
        ("\"stop\": { \"at\": \"1h\" }", "\"stop\": { \"at\": \"1min\" }"),
        ("\"count\": 30", "\"count\": 31"),
    ];
    for (from, to) in changes {
        let other = scenario(|text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let (before, in_one, in_other) =
            first_difference(&one, &other).unwrap_or_else(|| panic!("{to} changes nothing"));
        // Zero where nothing is known; more than is true, as after a change of the program; the very place.
        let event = found(&one, &other, 0).event;
        for same in [0, event - 1, event, event + 500, u64::MAX] {
            let parting = found(&one, &other, same);
            assert_eq!(parting.event, event, "{to}, from {same}");
            let lines = parting.sides.clone().map(|side| side.lines.first().cloned());
            assert_eq!(lines, [in_one.clone(), in_other.clone()], "{to}, from {same}");
            assert!(parting.before.ends_with(&before), "{to}, from {same}: {:?} {before:?}", parting.before);
        }
    }
}

#[test]
fn what_the_actors_held_is_told_of_both() {
    let one = scenario(|text| text);
    let other = scenario(|text| text.replace("\"kind\": \"random\"", "\"kind\": \"sequential\""));
    let parting = found(&one, &other, 0);
    let [a, b] = &parting.sides;
    let (a_line, b_line) = (&a.lines[0], &b.lines[0]);
    assert!(a_line.contains("fetch_chunk_request") && b_line.contains("\"chunk\":0"), "{a_line} {b_line}");
    let chunk_of = |side: &Continuation| {
        let line: serde_json::Value = serde_json::from_str(&side.lines[0]).unwrap();
        (line["chunk"].as_u64().unwrap() as u32, line["to"].as_u64().unwrap() as u32, line["from"].as_u64().unwrap())
    };
    for side in [a, b] {
        let (chunk, from, asker) = chunk_of(side);
        let held = side.actors.iter().find_map(|actor| match actor {
            Actor::Peer { number, state, .. } if u64::from(*number) == asker => Some(state),
            _ => None,
        });
        let held = held.expect("the asker is concerned");
        assert!(held.present && held.neighbors > 0 && held.chunks == 0, "{held:?}");
        assert!(held.fetches.contains(&(chunk, from)), "{held:?}");
    }
}

#[test]
fn a_search_can_be_interrupted() {
    let (one, other) = (scenario(|text| text), scenario(|text| text.replace("\"seed\": 7", "\"seed\": 8")));
    assert!(matches!(find([&one, &other], 0, 5, &|| false), Found::Interrupted));
}
