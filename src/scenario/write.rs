//! A scenario as JSON, every default written out; reading it gives the same scenario.

use super::faults::LINKS;
use super::latency::rows_of;
use super::quantity::Quantity;
use super::read::{LATE_PROOF, SHARING, SOURCES, STOP_WHEN};
use super::scenario::{Output, Scenario, StrategyChoice};
use super::units::{format_duration, format_rate, format_size};
use crate::net::{Coordinates, LatencyModel, Rate};
use crate::sim::{Distribution, Span, Time};
use crate::swarm::config::{
    AfterCompletion, Arrival, Backbone, Capacity, Departure, FailureDetection, Fault, FaultEffect, Group,
    InitialChunks, Leavers, Rejoin, Side, Slowdown, Window,
};
use serde_json::{Map, Value, json};

impl Scenario {
    /// The resolved scenario: the keys in the order of the documentation, durations and rates with units, and
    /// the values of files in the place of their names.
    pub fn to_json(&self) -> Value {
        let config = &self.config;
        let mut json = json!({
            "name": self.name,
            "description": self.description,
            "seed": config.seed,
            "stop": { "at": time(config.stop.at), "when": name_of(STOP_WHEN, &config.stop.when) },
            "file": { "size": format_size(config.file.size_bytes), "max_chunk_size": format_size(config.file.chunk_bytes) },
            "tracker": self.tracker_json(),
            "protocol": self.protocol_json(),
            "strategy": strategy(&self.strategy),
            "source": name_of(SOURCES, &config.protocol.source),
            "network": self.network_json(),
            "peers": self.peers_json(),
            "departures": config.departures.iter().map(|departure| departure_json(departure, &config.groups)).collect::<Vec<_>>(),
            "output": output_json(&self.output),
            "expect": self.expect_json(),
        });
        if config.departures.is_empty() {
            json.as_object_mut().expect("an object").shift_remove("departures");
        }
        json
    }

    /// The network; what there is not, is left out, so that a scenario from before it could be said has the same text.
    fn network_json(&self) -> Value {
        let network = &self.config.network;
        let mut object = Map::new();
        object.insert("sharing".into(), json!(name_of(SHARING, &network.sharing)));
        object.insert("latency".into(), latency(&network.latency));
        object.insert("jitter".into(), durations(&network.jitter));
        object.insert("loss".into(), json!(network.loss));
        insert_limit(&mut object, network.max_transfer_rate);
        if !network.backbones.is_empty() {
            object.insert("backbones".into(), network.backbones.iter().map(backbone).collect());
        }
        if !network.faults.is_empty() {
            object.insert("faults".into(), network.faults.iter().map(fault).collect());
        }
        Value::Object(object)
    }

    fn peers_json(&self) -> Vec<Value> {
        let regions = match &self.config.network.latency {
            LatencyModel::Regions(regions) => regions.names(),
            _ => &[],
        };
        let groups = self.config.groups.iter().zip(&self.group_strategies);
        groups.map(|(g, s)| group(g, regions, s.as_ref())).collect()
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

fn latency(model: &LatencyModel) -> Value {
    match model {
        LatencyModel::Drawn(distribution) => durations(distribution),
        LatencyModel::Regions(regions) => {
            let row = |row: &[Span]| row.iter().map(|span| json!(format_duration(*span))).collect::<Value>();
            json!({
                "kind": "regions",
                "regions": regions.names(),
                "matrix": regions.one_way().chunks(regions.names().len()).map(row).collect::<Value>(),
                "tracker": regions.names()[usize::from(regions.tracker())],
                "spread": regions.spread(),
            })
        }
        LatencyModel::Matrix(matrix) => json!({ "kind": "matrix", "round_trips": rows_of(matrix) }),
        LatencyModel::Coordinates(Coordinates { x, y, nanos_per_unit, height }) => json!({
            "kind": "coordinates",
            "x": distribution(x, Quantity::Number),
            "y": distribution(y, Quantity::Number),
            "per_unit": Quantity::Duration.format(*nanos_per_unit),
            "height": durations(height),
        }),
    }
}

fn output_json(output: &Output) -> Value {
    let mut json = json!({ "sample_interval": format_duration(output.sample_interval) });
    if let Some(rate) = output.playback_rate {
        json["playback_rate"] = json!(format_rate(rate.bits_per_second()));
    }
    json
}

fn insert_limit(object: &mut Map<String, Value>, limit: Rate) {
    if !limit.is_unlimited() {
        object.insert("max_transfer_rate".into(), json!(format_rate(limit.bits_per_second())));
    }
}

fn names(sides: &[Side]) -> Value {
    sides.iter().map(|side| json!(side.name)).collect()
}

fn backbone(backbone: &Backbone) -> Value {
    let ends = [("from", &backbone.from), ("to", &backbone.to)];
    let mut object: Map<String, Value> =
        ends.into_iter().filter_map(|(key, side)| Some((key.to_owned(), json!(side.as_ref()?.name)))).collect();
    object.insert("capacity".into(), json!(format_rate(backbone.capacity.bits_per_second())));
    Value::Object(object)
}

fn fault(fault: &Fault) -> Value {
    let mut object = Map::new();
    let mut add = |key: &str, value: Value| drop(object.insert(key.into(), value));
    match &fault.effect {
        FaultEffect::Partition { between } => {
            add("kind", json!("partition"));
            add("between", names(between));
        }
        FaultEffect::Loss { between, probability } => {
            add("kind", json!("loss"));
            between.iter().for_each(|between| add("between", names(between)));
            add("probability", json!(probability));
        }
        FaultEffect::Slow { at, up, down, slowdown } => {
            add("kind", json!("slow"));
            add("groups", names(at));
            add("links", json!(name_of(LINKS, &(*up, *down))));
            match slowdown {
                Slowdown::Factor(factor) => add("factor", json!(factor)),
                Slowdown::Rate(rate) if rate.is_unlimited() => add("rate", json!("unlimited")),
                Slowdown::Rate(rate) => add("rate", json!(format_rate(rate.bits_per_second()))),
            }
        }
    }
    add("from", json!(time(fault.window.from)));
    add("until", json!(time(fault.window.until)));
    Value::Object(object)
}

fn departure_json(departure: &Departure, groups: &[Group]) -> Value {
    let mut object = Map::new();
    object.insert("at".into(), json!(time(departure.at)));
    match departure.leavers {
        Leavers::Fraction(share) => object.insert("fraction".into(), json!(share)),
        Leavers::Count(count) => object.insert("count".into(), json!(count)),
    };
    let names = departure.groups.iter().map(|&group| json!(groups[usize::from(group)].name)).collect();
    object.insert("groups".into(), names);
    Value::Object(object)
}

fn group(group: &Group, regions: &[String], own_strategy: Option<&StrategyChoice>) -> Value {
    let mut object = Map::new();
    object.insert("group".into(), json!(group.name));
    object.insert("count".into(), json!(group.count));
    if let Some(region) = group.region {
        object.insert("region".into(), json!(regions[usize::from(region)]));
    }
    object.insert("initial_chunks".into(), initial_chunks(&group.initial_chunks));
    object.insert("up".into(), capacity(&group.up));
    object.insert("down".into(), capacity(&group.down));
    insert_limit(&mut object, group.max_transfer_rate);
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
        Arrival::Diurnal { mean_rate_per_s, amplitude, period, peak } => json!({
            "kind": "diurnal",
            "mean_rate_per_s": mean_rate_per_s,
            "amplitude": amplitude,
            "period": format_duration(period),
            "peak": time(peak),
        }),
        Arrival::Trace { ref rows } => {
            let arrivals: Value = rows.iter().map(|visit| json!(time(visit.at))).collect();
            let mut json = json!({ "kind": "trace", "arrivals": arrivals });
            if rows.iter().any(|visit| visit.session.is_some()) {
                json["sessions"] = rows.iter().map(|visit| json!(visit.session.map(format_duration))).collect();
            }
            json
        }
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
    let text = |value: &f64| match quantity {
        Quantity::Number => json!(value),
        Quantity::Duration | Quantity::Rate => json!(quantity.format(*value)),
    };
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
