//! What a scenario means, in sentences: every setting, the defaults among them.
//!
//! They are made of the [resolved scenario](Scenario::to_json), so that what is said is what is run, in the units of the file.

mod peers;
mod values;

use super::Scenario;
use super::problem::grouped;
use peers::group;
use serde_json::Value;
use values::{at_time, distribution, each, in_bits, join, percent, text};

/// A heading and what is said under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// What it is about: `Tracker`.
    pub about: &'static str,
    /// The sentences.
    pub sentences: Vec<String>,
}

/// Explains a scenario: the file, the peers, the tracker, the protocol, the network, what goes wrong, the end.
///
/// ```
/// use swarmsim::scenario::explain::explain;
/// use swarmsim::scenario::from_json;
///
/// # let text = br#"{
/// #     "name": "two", "stop": { "at": "1h" }, "file": { "size": "4 MiB" }, "network": { "latency": "20ms" },
/// #     "peers": [
/// #         { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
/// #         { "group": "home", "count": 3, "up": "2 Mbit/s", "down": "8 Mbit/s" }
/// #     ]
/// # }"#;
/// let scenario = from_json("two.json", text).unwrap().scenario;
/// let file = &explain(&scenario)[0];
/// assert_eq!(file.about, "File");
/// assert_eq!(file.sentences[0], "A file of 4 MiB is distributed in 16 chunks of 256 KiB each.");
/// ```
pub fn explain(scenario: &Scenario) -> Vec<Paragraph> {
    let json = scenario.to_json();
    let all = [
        ("File", file(scenario, &json)),
        ("Peers", peers(&json)),
        ("Tracker", tracker(&json)),
        ("Protocol", protocol(&json)),
        ("Strategy", strategies(scenario)),
        ("Network", network(&json["network"])),
        ("Faults", faults(&json)),
        ("End", end(&json)),
        ("Output", output(&json)),
    ];
    let paragraphs = all.into_iter().map(|(about, sentences)| Paragraph { about, sentences });
    paragraphs.filter(|paragraph| !paragraph.sentences.is_empty()).collect()
}

fn file(scenario: &Scenario, json: &Value) -> Vec<String> {
    let file = &scenario.config.file;
    let (size, chunk) = (text(&json["file"]["size"]), text(&json["file"]["max_chunk_size"]));
    let last = file.size_bytes - (file.chunks() - 1) * file.chunk_bytes;
    let cut = match (file.chunks(), last == file.chunk_bytes) {
        (1, _) => "in a single chunk".to_owned(),
        (n, true) => format!("in {} chunks of {chunk} each", grouped(n)),
        (n, false) => {
            format!("in {} chunks of {chunk} each but the last, which has {} bytes", grouped(n), grouped(last))
        }
    };
    vec![
        format!("A file of {size} is distributed {cut}."),
        format!("Every draw follows from the seed {}; the same seed gives the same run.", scenario.config.seed),
    ]
}

fn peers(json: &Value) -> Vec<String> {
    let stop = text(&json["stop"]["at"]);
    each(&json["peers"]).flat_map(|one| group(one, &stop)).collect()
}

fn tracker(json: &Value) -> Vec<String> {
    let (tracker, protocol) = (&json["tracker"], &json["protocol"]);
    let (ttl, sweep) = (text(&tracker["entry_ttl"]), text(&tracker["sweep_interval"]));
    let mut said = vec![
        format!(
            "An entry lives for {ttl} after the Join or Active Proof that last set its expiry; every {sweep} the tracker discards \
             those that are past it."
        ),
        format!(
            "Nobody says good-bye: who leaves stays listed until then. With a proof every {}, its last proof is at most that old.",
            text(&protocol["active_proof_interval"])
        ),
        match tracker["max_peers_returned"].as_u64() {
            None => "A list names every listed peer.".to_owned(),
            Some(most) => format!("A list names at most {} peers, a random sample of those listed.", grouped(most)),
        },
    ];
    said.push(match tracker["late_proof"].as_str() {
        Some("ignore") => "A proof from a peer that is no longer listed is ignored.".to_owned(),
        _ => "A proof from a peer that is no longer listed lists it again.".to_owned(),
    });
    let outages = each(&tracker["outages"]).map(|window| {
        let (from, until) = (text(&window["from"]), text(&window["until"]));
        format!("From {from} until {until} it is out: it hears nothing and discards nothing.")
    });
    said.extend(outages);
    said
}

fn protocol(json: &Value) -> Vec<String> {
    let protocol = &json["protocol"];
    let get = |key: &str| text(&protocol[key]);
    let neighbors = match protocol["max_neighbors"].as_u64() {
        None => "Everyone on a peer's latest list is its neighbor".to_owned(),
        Some(most) => format!("A peer keeps at most {} neighbors of those it is told of", grouped(most)),
    };
    let source = match json["source"].as_str() {
        Some("least-loaded") => "the one with the fewest of the asker's requests outstanding",
        Some("fastest") => "the one with the best rate observed so far",
        _ => "any of them, each as likely",
    };
    let detection = match protocol["failure_detection"].as_str() {
        Some("reset") | None => "the link's latency".to_owned(),
        Some(after) => after.to_owned(),
    };
    vec![
        format!(
            "A member proves that it is active every {} and asks for the list every {}.",
            get("active_proof_interval"),
            get("peer_list_interval")
        ),
        format!("{neighbors}; every {} it asks each of them which chunks it has.", get("chunks_query_interval")),
        format!(
            "It keeps up to {} fetches under way, at most {} with one neighbor; of those that hold a chunk it asks {source}.",
            get("max_parallel_fetches"),
            get("max_fetches_per_neighbor")
        ),
        format!("A Join or Peer List that is not answered for {} is sent again.", get("request_timeout")),
        format!("That the other side of a transfer is gone is noticed after {detection}."),
    ]
}

fn strategies(scenario: &Scenario) -> Vec<String> {
    let mut said = vec![format!("Peers choose the next chunk by {}.", strategy(&scenario.strategy))];
    let groups = scenario.config.groups.iter().zip(&scenario.group_strategies);
    let own = groups.filter_map(|(group, own)| Some((group, own.as_ref()?)));
    said.extend(own.map(|(group, own)| format!("Those of group {} choose it by {}.", group.name, strategy(own))));
    said
}

/// A strategy with its parameters, and what it does.
fn strategy(choice: &super::StrategyChoice) -> String {
    let named = choice.kind.parameters.iter().zip(&choice.parameters);
    let parameters: Vec<String> = named.map(|(parameter, value)| format!("{} {value}", parameter.name)).collect();
    let with = if parameters.is_empty() { String::new() } else { format!(" with {}", join(&parameters)) };
    let endgame = if choice.endgame {
        "; once every chunk that it lacks is under way, a peer asks further neighbors for them"
    } else {
        ""
    };
    let summary = choice.kind.summary.trim_end_matches('.');
    format!("{}{with} ({summary}){endgame}", choice.kind.name)
}

fn network(network: &Value) -> Vec<String> {
    let mut said = vec![match network["sharing"].as_str() {
        Some("none") => "Transfers do not share links: each has the whole of the slower of the two.".to_owned(),
        Some("fifo") => "A link serves whole chunks one after the other, in the order in which they come.".to_owned(),
        Some("max-min") => "Transfers share all links max-min fairly.".to_owned(),
        _ => "A transfer gets an equal share of the uplink or of the downlink, whichever is less.".to_owned(),
    }];
    said.push(latency(&network["latency"]));
    match &network["jitter"] {
        Value::Number(zero) if zero.as_f64() == Some(0.0) => {}
        Value::String(zero) if zero == "0s" => {}
        jitter => said.push(format!("To each message's latency comes {}.", distribution(jitter))),
    }
    match network["loss"].as_f64() {
        Some(loss) if loss > 0.0 => said.push(format!(
            "{} of the messages to and from the tracker and of the Chunks Queries are lost; chunks are not.",
            percent(loss)
        )),
        _ => said.push("No message is lost by chance.".to_owned()),
    }
    if network["max_transfer_rate"].is_string() {
        said.push(format!("One transfer gets at most {}.", text(&in_bits(&network["max_transfer_rate"]))));
    }
    said.extend(each(&network["backbones"]).map(|backbone| {
        let what = match (backbone["from"].as_str(), backbone["to"].as_str()) {
            (Some(from), Some(to)) if from == to => format!("All transfers within {from}"),
            (Some(from), Some(to)) => format!("All transfers from {from} to {to}"),
            (Some(from), None) => format!("All transfers from {from} to elsewhere"),
            (None, to) => format!("All transfers from elsewhere to {}", to.unwrap_or_default()),
        };
        format!("{what} share a link of {}.", text(&backbone["capacity"]))
    }));
    said
}

fn latency(latency: &Value) -> String {
    match latency["kind"].as_str() {
        Some("regions") => {
            let regions: Vec<String> = each(&latency["regions"]).map(text).collect();
            let spread = match latency["spread"].as_f64() {
                Some(spread) if spread > 0.0 => format!(", times a factor drawn for each pair (spread {spread})"),
                _ => String::new(),
            };
            format!(
                "The one-way latency is that between the regions {}{spread}; the tracker is in {}.",
                join(&regions),
                text(&latency["tracker"])
            )
        }
        Some("matrix") => format!(
            "The one-way latency is half of a measured round trip: each node stands for one of {}.",
            grouped(each(&latency["round_trips"]).count() as u64)
        ),
        Some("coordinates") => format!(
            "Nodes lie on a plane, x {}, y {}; the one-way latency is {} a unit of their distance, plus a height each, {}.",
            distribution(&latency["x"]),
            distribution(&latency["y"]),
            text(&latency["per_unit"]),
            distribution(&latency["height"])
        ),
        _ => format!("The one-way latency of each pair is {}.", distribution(latency)),
    }
}

/// Faults of the network, and departures of many at once.
fn faults(json: &Value) -> Vec<String> {
    let mut said: Vec<String> = each(&json["network"]["faults"]).map(fault).collect();
    said.extend(each(&json["departures"]).map(|departure| {
        let groups: Vec<String> = each(&departure["groups"]).map(text).collect();
        let who = match (departure["fraction"].as_f64(), departure["count"].as_u64()) {
            (Some(share), _) => format!("{} of those there", percent(share)),
            (_, Some(count)) => format!("{} of those there", grouped(count)),
            _ => "those there".to_owned(),
        };
        let at = at_time(&text(&departure["at"]));
        format!("{at}, {who} of {} {} leave at once, silently.", plural(&groups, "group", "groups"), join(&groups))
    }));
    said
}

fn plural<'a>(all: &[String], one: &'a str, many: &'a str) -> &'a str {
    if all.len() == 1 { one } else { many }
}

fn fault(fault: &Value) -> String {
    let (from, until) = (text(&fault["from"]), text(&fault["until"]));
    let sides: Vec<String> = each(&fault["between"]).map(text).collect();
    let between = if sides.is_empty() { "everywhere".to_owned() } else { format!("between {}", join(&sides)) };
    match fault["kind"].as_str() {
        Some("partition") => {
            format!("From {from} until {until} nothing gets through {between}; transfers that are under way are cut.")
        }
        Some("loss") => format!(
            "From {from} until {until} another {} of the messages that can be lost are lost {between}.",
            percent(fault["probability"].as_f64().unwrap_or(0.0))
        ),
        _ => {
            let groups: Vec<String> = each(&fault["groups"]).map(text).collect();
            let links = match fault["links"].as_str() {
                Some("up") => "uplinks",
                Some("down") => "downlinks",
                _ => "links, up and down,",
            };
            let left = match (fault["factor"].as_f64(), fault["rate"].as_str()) {
                (Some(factor), _) => format!("{} of their capacity", percent(factor)),
                (_, Some(_)) => format!("at most {}", text(&in_bits(&fault["rate"]))),
                _ => "less".to_owned(),
            };
            format!("From {from} until {until} the {links} of {} have {left}.", join(&groups))
        }
    }
}

fn end(json: &Value) -> Vec<String> {
    let at = text(&json["stop"]["at"]);
    let when = match json["stop"]["when"].as_str() {
        Some("all-complete") => {
            format!(
                "The run ends when everyone who is there is complete and nobody is still to come, at {at} at the latest."
            )
        }
        Some("empty") => format!("The run ends when nobody is there or still to come, at {at} at the latest."),
        _ => format!("The run ends at {at}."),
    };
    let mut said = vec![when];
    said.extend(each(&json["expect"]).map(|expected| {
        let bound = |key: &str, words: &str| expected[key].as_f64().map(|value| format!("{words} {value}"));
        let bounds = [bound("at_least", "at least"), bound("at_most", "at most"), bound("equals", "equal to")];
        let bounds: Vec<String> = bounds.into_iter().flatten().collect();
        format!("It fails unless {} is {}.", text(&expected["metric"]), join(&bounds))
    }));
    said
}

fn output(json: &Value) -> Vec<String> {
    let mut said =
        vec![format!("The swarm's state is written down every {}.", text(&json["output"]["sample_interval"]))];
    said.extend(json["output"]["playback_rate"].as_str().map(|rate| {
        format!("It is found out when playback of the file at {rate}, in order, could have begun at each peer without a pause.")
    }));
    said
}

#[cfg(test)]
mod tests;
