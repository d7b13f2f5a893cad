//! What a group of peers does, in sentences.

use super::values::{distribution, each, in_bits, join, percent, text};
use crate::scenario::problem::grouped;
use serde_json::Value;

/// Chunks that are named one by one.
const NAMED: usize = 8;

/// All that is said of a group; `stop` is the end of the run.
pub fn group(group: &Value, stop: &str) -> Vec<String> {
    let one = group["count"].as_u64() == Some(1);
    let it = if one { "It" } else { "Each" };
    let mut said = vec![format!("{} {}.", who(group, stop, one), arrival(&group["arrival"], one))];
    said.push(format!(
        "{it} {}; its uplink has {}, its downlink {}{}.",
        initial_chunks(&group["initial_chunks"]),
        capacity(&group["up"]),
        capacity(&group["down"]),
        match group["max_transfer_rate"].as_str() {
            Some(_) => format!(", and one transfer gets at most {}", text(&in_bits(&group["max_transfer_rate"]))),
            None => String::new(),
        }
    ));
    said.push(format!("{it} {}{}.", staying(group), rejoining(&group["rejoin"])));
    said
}

fn who(group: &Value, stop: &str, one: bool) -> String {
    let name = text(&group["group"]);
    let region = match group["region"].as_str() {
        Some(region) if region != name => format!(" in {region}"),
        _ => String::new(),
    };
    match group["count"].as_u64() {
        None => format!("Peers of group {name}{region}, as many as come until {stop},"),
        Some(count) => {
            let peers = if one { "peer" } else { "peers" };
            format!("{} {peers} of group {name}{region}", grouped(count))
        }
    }
}

fn arrival(arrival: &Value, one: bool) -> String {
    let get = |key: &str| text(&arrival[key]);
    let arrive = if one { "arrives" } else { "arrive" };
    let from = |key: &str| match get(key).as_str() {
        "0s" => "the beginning".to_owned(),
        time => time.to_owned(),
    };
    match arrival["kind"].as_str() {
        Some("at") if get("time") == "0s" => format!("{} there from the beginning", if one { "is" } else { "are" }),
        Some("at") => format!("{arrive} at {}", get("time")),
        Some("uniform") => format!("{arrive} at instants drawn uniformly from {} until {}", from("from"), get("until")),
        Some("poisson") => {
            format!("{arrive} as a Poisson process of {} per second from {} on", get("rate_per_s"), from("from"))
        }
        Some("decaying") => format!(
            "{arrive} as a Poisson process that begins with {} per second and falls to 1/e of that in {}",
            get("initial_rate_per_s"),
            get("time_constant")
        ),
        Some("diurnal") => format!(
            "{arrive} as a Poisson process of {} per second on average, {} more and less with a period of {}, highest first at {}",
            get("mean_rate_per_s"),
            percent(arrival["amplitude"].as_f64().unwrap_or(0.0)),
            get("period"),
            get("peak")
        ),
        _ => recorded(arrival, arrive),
    }
}

fn recorded(arrival: &Value, arrive: &str) -> String {
    let times: Vec<String> = each(&arrival["arrivals"]).map(text).collect();
    let ends = match (times.first(), times.last()) {
        (Some(first), Some(last)) if first != last => format!(", the first row's at {first}, the last row's at {last}"),
        (Some(first), _) => format!(", at {first}"),
        _ => String::new(),
    };
    let sessions = each(&arrival["sessions"]).filter(|session| !session.is_null()).count() as u64;
    let staying = if sessions > 0 {
        format!("; how long {} of them stay was recorded, too", grouped(sessions))
    } else {
        String::new()
    };
    format!("{arrive} when it was recorded{ends}{staying}")
}

fn initial_chunks(chunks: &Value) -> String {
    let numbers = |list: &Value| {
        let all: Vec<String> = each(list).map(text).collect();
        let word = if all.len() == 1 { "chunk" } else { "chunks" };
        match all.len() {
            0 => "no chunk".to_owned(),
            n if n > NAMED => format!("{} chunks ({}, …)", grouped(n as u64), all[..NAMED].join(", ")),
            _ => format!("{word} {}", join(&all)),
        }
    };
    match chunks {
        Value::String(all) if all == "all" => "has the whole file".to_owned(),
        Value::Object(some) if some.contains_key("fraction") => {
            format!("begins with {} of the chunks, drawn for it", percent(chunks["fraction"].as_f64().unwrap_or(0.0)))
        }
        Value::Object(some) if some.contains_key("list") => format!("begins with {}", numbers(&chunks["list"])),
        Value::Object(some) if some.contains_key("all_but") => {
            format!("begins with all chunks but {}", numbers(&chunks["all_but"]))
        }
        _ => "begins with nothing".to_owned(),
    }
}

fn capacity(rate: &Value) -> String {
    match rate.as_str() {
        Some("unlimited") => "no limit".to_owned(),
        _ => distribution(&in_bits(rate)),
    }
}

/// How long it stays.
fn staying(group: &Value) -> String {
    let session = match &group["session"] {
        Value::Null => None,
        session => Some(length(session)),
    };
    let completion = &group["after_completion"];
    let until = match completion["kind"].as_str() {
        Some("leave") => "leaves as soon as it is complete".to_owned(),
        Some("linger") => {
            format!("goes on uploading for {} once it is complete, then leaves", length(&completion["for"]))
        }
        _ if session.is_none() => return "stays to the end and uploads, complete or not".to_owned(),
        _ => "goes on uploading once it is complete".to_owned(),
    };
    match session {
        None => format!("stays until it is complete; it {until}"),
        Some(session) => format!("cuts off silently, complete or not, after {session}; until then it {until}"),
    }
}

/// A duration, to follow `after` or `for`.
fn length(value: &Value) -> String {
    match distribution(value) {
        drawn if drawn.starts_with("drawn") || drawn.starts_with("one of") => format!("a time that is {drawn}"),
        plain => plain,
    }
}

fn rejoining(rejoin: &Value) -> String {
    if rejoin.is_null() {
        return String::new();
    }
    let chunks = if rejoin["keep_chunks"].as_bool() == Some(true) { "with its chunks" } else { "without its chunks" };
    format!(
        "; each time that it has left, it comes back with a probability of {}, after {}, {chunks}",
        percent(rejoin["probability"].as_f64().unwrap_or(0.0)),
        length(&rejoin["after"])
    )
}
