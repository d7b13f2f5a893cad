//! A scenario as JSON, every default written out; reading it gives the same scenario.

use super::quantity::Quantity;
use super::read::{LATE_PROOF, SHARING, SOURCES, STOP_WHEN};
use super::scenario::{Scenario, StrategyChoice};
use super::units::{format_duration, format_size};
use crate::sim::{Distribution, Span, Time};
use crate::swarm::config::{
    AfterCompletion, Arrival, Capacity, FailureDetection, Group, InitialChunks, Rejoin, Window,
};
use serde_json::{Map, Value, json};

impl Scenario {
    /// The resolved scenario: the keys in the order of the documentation, durations and rates with units, and
    /// the values of files in the place of their names.
    pub fn to_json(&self) -> Value {
        let config = &self.config;
        json!({
            "name": self.name,
            "description": self.description,
            "seed": config.seed,
            "stop": { "at": time(config.stop.at), "when": name_of(STOP_WHEN, &config.stop.when) },
            "file": { "size": format_size(config.file.size_bytes), "max_chunk_size": format_size(config.file.chunk_bytes) },
            "tracker": self.tracker_json(),
            "protocol": self.protocol_json(),
            "strategy": strategy(&self.strategy),
            "source": name_of(SOURCES, &config.protocol.source),
            "network": {
                "sharing": name_of(SHARING, &config.network.sharing),
                "latency": durations(&config.network.latency),
                "jitter": durations(&config.network.jitter),
                "loss": config.network.loss,
            },
            "peers": config.groups.iter().zip(&self.group_strategies).map(|(g, s)| group(g, s.as_ref())).collect::<Vec<_>>(),
            "output": { "sample_interval": format_duration(self.output.sample_interval) },
            "expect": self.expect_json(),
        })
    }

    /// The same as text, indented, with a line break at the end.
    pub fn to_json_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.to_json()).expect("a tree of plain values");
        text.push('\n');
        text
    }

    fn tracker_json(&self) -> Value {
        let tracker = &self.config.tracker;
        let window = |w: &Window| json!({ "from": time(w.from), "until": time(w.until) });
        json!({
            "entry_ttl": format_duration(tracker.entry_ttl),
            "sweep_interval": format_duration(tracker.sweep_interval),
            "max_peers_returned": tracker.max_peers_returned,
            "late_proof": name_of(LATE_PROOF, &tracker.late_proof),
            "outages": tracker.outages.iter().map(window).collect::<Vec<_>>(),
        })
    }

    fn protocol_json(&self) -> Value {
        let protocol = &self.config.protocol;
        json!({
            "active_proof_interval": format_duration(protocol.active_proof_interval),
            "peer_list_interval": format_duration(protocol.peer_list_interval),
            "chunks_query_interval": format_duration(protocol.chunks_query_interval),
            "request_timeout": format_duration(protocol.request_timeout),
            "max_parallel_fetches": protocol.max_parallel_fetches,
            "max_fetches_per_neighbor": protocol.max_fetches_per_neighbor,
            "max_neighbors": protocol.max_neighbors,
            "failure_detection": match protocol.failure_detection {
                FailureDetection::Reset => "reset".to_owned(),
                FailureDetection::After(span) => format_duration(span),
            },
        })
    }

    fn expect_json(&self) -> Vec<Value> {
        let one = |e: &super::Expectation| {
            let mut object = Map::new();
            object.insert("metric".into(), json!(e.metric));
            for (key, bound) in [("at_least", e.at_least), ("at_most", e.at_most), ("equals", e.equals)] {
                if let Some(bound) = bound {
                    object.insert(key.into(), json!(bound));
                }
            }
            Value::Object(object)
        };
        self.expect.iter().map(one).collect()
    }
}

/// The name of a value in a table of names that has them all.
fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    names.iter().find(|(_, named)| named == value).map(|(name, _)| *name).expect("every value has a name")
}

fn time(time: Time) -> String {
    format_duration(Span::from_nanos(time.as_nanos()))
}

fn strategy(choice: &StrategyChoice) -> Value {
    let mut object = Map::new();
    object.insert("kind".into(), json!(choice.kind.name));
    for (parameter, &value) in choice.kind.parameters.iter().zip(&choice.parameters) {
        let value = if parameter.integer { json!(value as u64) } else { json!(value) };
        object.insert(parameter.name.into(), value);
    }
    object.insert("endgame".into(), json!(choice.endgame));
    Value::Object(object)
}

fn group(group: &Group, own_strategy: Option<&StrategyChoice>) -> Value {
    let mut object = Map::new();
    object.insert("group".into(), json!(group.name));
    object.insert("count".into(), json!(group.count));
    object.insert("initial_chunks".into(), initial_chunks(&group.initial_chunks));
    object.insert("up".into(), capacity(&group.up));
    object.insert("down".into(), capacity(&group.down));
    object.insert("arrival".into(), arrival(&group.arrival));
    if let Some(session) = &group.session {
        object.insert("session".into(), durations(session));
    }
    object.insert("after_completion".into(), after_completion(&group.after_completion));
    if let Some(Rejoin { probability, after, keep_chunks }) = &group.rejoin {
        let rejoin = json!({ "probability": probability, "after": durations(after), "keep_chunks": keep_chunks });
        object.insert("rejoin".into(), rejoin);
    }
    if let Some(choice) = own_strategy {
        object.insert("strategy".into(), strategy(choice));
    }
    Value::Object(object)
}

fn initial_chunks(chunks: &InitialChunks) -> Value {
    match chunks {
        InitialChunks::All => json!("all"),
        InitialChunks::None => json!("none"),
        InitialChunks::Fraction(share) => json!({ "fraction": share }),
        InitialChunks::List(list) => json!({ "list": list }),
        InitialChunks::AllBut(list) => json!({ "all_but": list }),
    }
}

fn capacity(capacity: &Capacity) -> Value {
    match capacity {
        Capacity::Unlimited => json!("unlimited"),
        Capacity::Drawn(rates) => distribution(rates, Quantity::Rate),
    }
}

fn durations(durations: &Distribution) -> Value {
    distribution(durations, Quantity::Duration)
}

fn arrival(arrival: &Arrival) -> Value {
    match *arrival {
        Arrival::At { time: at } => json!({ "kind": "at", "time": time(at) }),
        Arrival::Uniform { from, until } => json!({ "kind": "uniform", "from": time(from), "until": time(until) }),
        Arrival::Poisson { rate_per_s, from } => {
            json!({ "kind": "poisson", "rate_per_s": rate_per_s, "from": time(from) })
        }
        Arrival::Decaying { initial_rate_per_s, time_constant } => json!({
            "kind": "decaying",
            "initial_rate_per_s": initial_rate_per_s,
            "time_constant": format_duration(time_constant),
        }),
    }
}

fn after_completion(what: &AfterCompletion) -> Value {
    match what {
        AfterCompletion::Stay => json!({ "kind": "stay" }),
        AfterCompletion::Leave => json!({ "kind": "leave" }),
        AfterCompletion::Linger(time) => json!({ "kind": "linger", "for": durations(time) }),
    }
}

fn distribution(distribution: &Distribution, quantity: Quantity) -> Value {
    let text = |value: &f64| json!(quantity.format(*value));
    match distribution {
        Distribution::Constant { value } => text(value),
        Distribution::Uniform { min, max } => json!({ "kind": "uniform", "min": text(min), "max": text(max) }),
        Distribution::Exponential { mean } => json!({ "kind": "exponential", "mean": text(mean) }),
        Distribution::Normal { mean, std_dev } => {
            json!({ "kind": "normal", "mean": text(mean), "std_dev": text(std_dev) })
        }
        Distribution::Lognormal { median, sigma } => {
            json!({ "kind": "lognormal", "median": text(median), "sigma": sigma })
        }
        Distribution::Weibull { shape, scale } => json!({ "kind": "weibull", "shape": shape, "scale": text(scale) }),
        Distribution::Pareto { shape, min } => json!({ "kind": "pareto", "shape": shape, "min": text(min) }),
        Distribution::Empirical { values } => {
            json!({ "kind": "empirical", "values": values.iter().map(text).collect::<Vec<_>>() })
        }
    }
}
