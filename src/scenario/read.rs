//! From a tree to a [`Scenario`]: every key, its type, its range and its default.

use super::faults::Places;
use super::fields::{Load, Object, Reader, Reals};
use super::json::{Node, Path, Value};
use super::keys;
use super::problem::{At, MAX_RECORDED, Problem, did_you_mean, grouped, nearest, quoted_list, shorten};
use super::quantity::Quantity;
use super::scenario::{Expectation, Output, Scenario, StrategyChoice};
use super::{check, names};
use crate::metrics::METRIC_NAMES;
use crate::net::{LatencyModel, Rate, Sharing};
use crate::sim::{Distribution, Span, Time};
use crate::strategy::{self, KINDS, Kind};
use crate::swarm::config::{
    Config, FailureDetection, File, LateProof, Network, Protocol, Source, Stop, StopWhen, Tracker, Window,
};

/// The most peers of one group, and of all.
pub const MAX_PEERS: u32 = u32::MAX - 1;
/// The most fetches of a peer.
const MAX_FETCHES: u32 = 65_535;
/// The most expectations.
const MAX_EXPECTATIONS: usize = 1_000;
/// Where a file says nothing.
const DEFAULT_NAME: &str = "scenario";
const DEFAULT_STRATEGY: &str = "rarest-first";

/// Reads a tree. All problems are returned; the scenario only where none of them is an error.
pub fn read(root: &Node, load: Load<'_>) -> (Option<Scenario>, Vec<Problem>) {
    let mut reader = Reader::new(load);
    let scenario = reader.scenario(root);
    if let Some(scenario) = &scenario {
        check::meaning(&mut reader, scenario, root);
    }
    let spoiled = reader.is_spoiled(&[""]);
    (scenario.filter(|_| !spoiled), reader.problems)
}

impl Reader<'_> {
    /// The scenario, with defaults in the place of what was refused; `None` without a usable object at all.
    fn scenario(&mut self, root: &Node) -> Option<Scenario> {
        let path = Path::Root;
        let o = self.object(root, &path, keys::ROOT)?;
        self.optional(&o, "$schema", |r, n, p| r.text(n, p).map(drop));
        let name = self.optional(&o, "name", Self::name).unwrap_or_else(|| DEFAULT_NAME.into());
        let description = self.optional(&o, "description", |r, n, p| r.text(n, p).map(str::to_owned));
        let seed = self.optional(&o, "seed", |r, n, p| r.integer(n, p, 0..=u64::MAX)).unwrap_or(1);
        let stop = self.required(&o, "stop", "an object with at, when", Self::stop);
        let file = self.optional(&o, "file", Self::file).unwrap_or(DEFAULT_FILE);
        let tracker = self.optional(&o, "tracker", Self::tracker).unwrap_or_else(default_tracker);
        let mut protocol = self.optional(&o, "protocol", Self::protocol).unwrap_or_else(default_protocol);
        let strategy = self.optional(&o, "strategy", Self::strategy).or_else(default_strategy);
        protocol.source = self.optional(&o, "source", |r, n, p| r.choice(n, p, SOURCES)).unwrap_or(Source::Random);
        let network = self.required(&o, "network", "an object with sharing, latency, jitter, loss", Self::network);
        let regions = network.as_ref().and_then(|network| match &network.latency {
            LatencyModel::Regions(regions) => Some(regions.clone()),
            _ => None,
        });
        // Where the file was refused, its number of chunks is not known, and no chunk's number is refused.
        let chunks = if self.is_spoiled(&["$.file"]) { 1 << 32 } else { file.chunks() };
        let groups = self.required(&o, "peers", "an array of groups of peers", |r, n, p| {
            r.groups(n, p, chunks, regions.as_ref(), strategy.as_ref())
        });
        let places = Places::new(regions.as_ref(), groups.as_deref());
        let backbones = self.backbones(&o, &places);
        let faults = self.faults(&o, &places);
        let departures = self.optional(&o, "departures", |r, n, p| r.departures(n, p, &places)).unwrap_or_default();
        let output = self.optional(&o, "output", Self::output).unwrap_or(DEFAULT_OUTPUT);
        let expect = self.optional(&o, "expect", Self::expectations).unwrap_or_default();
        let (groups, group_strategies) = groups.unwrap_or_default().into_iter().unzip();
        let config = Config {
            seed,
            stop: stop.unwrap_or(Stop { at: Time::ZERO + Span::MAX, when: StopWhen::AllComplete }),
            file,
            tracker,
            protocol,
            network: Network { backbones, faults, ..network.unwrap_or_else(default_network) },
            groups,
            departures,
        };
        let description = description.unwrap_or_default();
        Some(Scenario { name, description, strategy: strategy?, group_strategies, output, expect, config })
    }

    /// A name that may be that of a folder.
    pub fn name(&mut self, node: &Node, path: &Path<'_>) -> Option<String> {
        let name = self.text(node, path)?;
        match names::check(name) {
            Ok(()) => Some(name.to_owned()),
            Err(why) => self.error(node.at, path, format!("found \"{}\"; {why}", shorten(name))),
        }
    }

    pub(super) fn time(&mut self, node: &Node, path: &Path<'_>) -> Option<Time> {
        self.duration(node, path).map(|span| Time::ZERO + span)
    }

    fn stop(&mut self, node: &Node, path: &Path<'_>) -> Option<Stop> {
        let o = self.object(node, path, keys::STOP)?;
        let at = self.required(&o, "at", "the last instant, such as \"6h\"", Self::positive_duration);
        let when = self.optional(&o, "when", |r, n, p| r.choice(n, p, STOP_WHEN)).unwrap_or(StopWhen::AllComplete);
        Some(Stop { at: Time::ZERO + at?, when })
    }

    fn file(&mut self, node: &Node, path: &Path<'_>) -> Option<File> {
        let o = self.object(node, path, keys::FILE)?;
        let size = self.optional(&o, "size", Self::size);
        let chunk = self.optional(&o, "max_chunk_size", Self::size);
        let size_bytes = size.unwrap_or(DEFAULT_FILE.size_bytes);
        let file = File { size_bytes, chunk_bytes: chunk.unwrap_or(DEFAULT_FILE.chunk_bytes) };
        let is_refused = |key: &str, value: Option<u64>| o.get(key).is_some() && value.is_none();
        if is_refused("size", size) || is_refused("max_chunk_size", chunk) {
            return None;
        }
        let (at, here) = match o.get("max_chunk_size") {
            Some(node) => (node.at, path.key("max_chunk_size")),
            None => (o.at(), *path),
        };
        if file.chunk_bytes > size_bytes {
            let (chunk, size) = (grouped(file.chunk_bytes), grouped(size_bytes));
            return self.error(at, &here, format!("a chunk of {chunk} bytes is larger than the file, {size} bytes"));
        }
        if file.chunks() > u64::from(u32::MAX) {
            let message = format!(
                "this makes {} chunks; accepted: at most {}",
                grouped(file.chunks()),
                grouped(u64::from(u32::MAX))
            );
            return self.error(at, &here, message);
        }
        Some(file)
    }

    fn tracker(&mut self, node: &Node, path: &Path<'_>) -> Option<Tracker> {
        let o = self.object(node, path, keys::TRACKER)?;
        let mut tracker = default_tracker();
        set(&mut tracker.entry_ttl, self.optional(&o, "entry_ttl", Self::positive_duration));
        set(&mut tracker.sweep_interval, self.optional(&o, "sweep_interval", Self::positive_duration));
        set(&mut tracker.max_peers_returned, self.optional(&o, "max_peers_returned", Self::limit));
        set(&mut tracker.late_proof, self.optional(&o, "late_proof", |r, n, p| r.choice(n, p, LATE_PROOF)));
        set(&mut tracker.outages, self.optional(&o, "outages", Self::outages));
        Some(tracker)
    }

    /// A number of peers, or null for no limit.
    fn limit(&mut self, node: &Node, path: &Path<'_>) -> Option<Option<u32>> {
        if node.as_str().is_some_and(|text| !text.bytes().all(|b| b.is_ascii_digit())) {
            let accepted = format!("a whole number from 1 to {}, or null for no limit", grouped(u64::from(MAX_PEERS)));
            return self.error(node.at, path, format!("found {}; accepted: {accepted}", node.describe()));
        }
        self.nullable(node, path, |r, n, p| r.integer32(n, p, 1..=MAX_PEERS))
    }

    fn outages(&mut self, node: &Node, path: &Path<'_>) -> Option<Vec<Window>> {
        let elements = self.elements(node, path, "outages, each with from and until")?;
        let windows: Vec<Option<Window>> =
            elements.iter().enumerate().map(|(i, node)| self.window(node, &path.index(i))).collect();
        let mut windows: Vec<(Window, usize)> =
            windows.into_iter().zip(0..).map(|(window, i)| window.map(|window| (window, i))).collect::<Option<_>>()?;
        windows.sort_by_key(|(window, i)| (window.from, *i));
        for pair in windows.windows(2) {
            let ((earlier, a), (later, b)) = (pair[0], pair[1]);
            if later.from < earlier.until {
                let message = format!("overlaps outages[{}]", a.min(b));
                self.error::<()>(elements[a.max(b)].at, &path.index(a.max(b)), message);
            }
        }
        Some(windows.into_iter().map(|(window, _)| window).collect())
    }

    fn window(&mut self, node: &Node, path: &Path<'_>) -> Option<Window> {
        let o = self.object(node, path, keys::OUTAGE)?;
        let from = self.required(&o, "from", "when it begins, such as \"10m\"", Self::time);
        let until = self.required(&o, "until", "when it ends, such as \"12m\"", Self::time);
        self.ordered(&o, from?, until?).map(|(from, until)| Window { from, until })
    }

    /// Two instants of which `until` must be the later.
    pub(super) fn ordered(&mut self, o: &Object<'_>, from: Time, until: Time) -> Option<(Time, Time)> {
        if from < until {
            return Some((from, until));
        }
        let message = format!("{until} s is not after from, {from} s");
        self.error(o.get("until").map_or(o.at(), |node| node.at), &o.path().key("until"), message)
    }

    fn protocol(&mut self, node: &Node, path: &Path<'_>) -> Option<Protocol> {
        let o = self.object(node, path, keys::PROTOCOL)?;
        let mut protocol = default_protocol();
        let fetches = |r: &mut Self, n: &Node, p: &Path<'_>| r.integer32(n, p, 1..=MAX_FETCHES);
        set(&mut protocol.active_proof_interval, self.optional(&o, "active_proof_interval", Self::positive_duration));
        set(&mut protocol.peer_list_interval, self.optional(&o, "peer_list_interval", Self::positive_duration));
        set(&mut protocol.chunks_query_interval, self.optional(&o, "chunks_query_interval", Self::positive_duration));
        set(&mut protocol.request_timeout, self.optional(&o, "request_timeout", Self::positive_duration));
        set(&mut protocol.max_parallel_fetches, self.optional(&o, "max_parallel_fetches", fetches));
        set(&mut protocol.max_fetches_per_neighbor, self.optional(&o, "max_fetches_per_neighbor", fetches));
        set(&mut protocol.max_neighbors, self.optional(&o, "max_neighbors", Self::limit));
        set(&mut protocol.failure_detection, self.optional(&o, "failure_detection", Self::failure_detection));
        Some(protocol)
    }

    fn failure_detection(&mut self, node: &Node, path: &Path<'_>) -> Option<FailureDetection> {
        match node.as_str() {
            Some("reset") => Some(FailureDetection::Reset),
            Some(text) if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                let hint = did_you_mean(text, ["reset"]);
                let found = shorten(text);
                self.error(
                    node.at,
                    path,
                    format!("found \"{found}\"{hint}; accepted: \"reset\", or a duration such as \"30s\""),
                )
            }
            _ if !matches!(node.value, Value::Number(_) | Value::String(_)) => {
                let found = node.describe();
                self.error(node.at, path, format!("found {found}; accepted: \"reset\", or a duration such as \"30s\""))
            }
            _ => self.duration(node, path).map(FailureDetection::After),
        }
    }

    /// A strategy: its kind, whether it has an endgame, and the kind's parameters.
    pub(super) fn strategy(&mut self, node: &Node, path: &Path<'_>) -> Option<StrategyChoice> {
        if let Some(name) = node.as_str() {
            let name = shorten(name);
            return self.error(node.at, path, format!("found \"{name}\" (a string); write {{\"kind\": \"{name}\"}}"));
        }
        let Value::Object(_) = &node.value else {
            let accepted = "an object such as {\"kind\": \"rarest-first\"}";
            return self.error(node.at, path, format!("found {}; accepted: {accepted}", node.describe()));
        };
        let all = Object::of(node, path);
        let kinds: Vec<(&str, &'static Kind)> = KINDS.iter().map(|kind| (kind.name, kind)).collect();
        let kind = match node.get("kind") {
            Some(found) => match self.optional(&all, "kind", |r, n, p| r.choice(n, p, &kinds)) {
                Some(kind) => kind,
                // The rest is read as what was probably meant, so that all that is wrong is told at once.
                None => {
                    let meant = nearest(found.as_str()?, kinds.iter().map(|(name, _)| *name))?;
                    kinds.iter().find(|(name, _)| *name == meant)?.1
                }
            },
            None => default_strategy()?.kind,
        };
        self.check_parameters_of(kind, node, path);
        let endgame = self.optional(&all, "endgame", Self::boolean).unwrap_or(false);
        let parameters = kind.parameters.iter().map(|parameter| {
            let range = Reals::within(parameter.min, parameter.max);
            let read = |r: &mut Self, n: &Node, p: &Path<'_>| match parameter.integer {
                true => r.integer(n, p, parameter.min as u64..=parameter.max as u64).map(|value| value as f64),
                false => r.real(n, p, range),
            };
            self.optional(&all, parameter.name, read).unwrap_or(parameter.default)
        });
        Some(StrategyChoice { kind, parameters: parameters.collect(), endgame })
    }

    fn check_parameters_of(&mut self, kind: &Kind, node: &Node, path: &Path<'_>) {
        let Value::Object(members) = &node.value else { return };
        let own: Vec<&str> = keys::STRATEGY.iter().copied().chain(kind.parameters.iter().map(|p| p.name)).collect();
        for member in members.iter().filter(|member| !own.contains(&&*member.key)).take(MAX_RECORDED) {
            let has_it = |other: &&Kind| other.parameters.iter().any(|p| p.name == &*member.key);
            let owners: Vec<&str> = KINDS.iter().filter(has_it).map(|other| other.name).collect();
            let (key, takes) = (shorten(&member.key), own.join(", "));
            let message = if owners.is_empty() {
                let hint = did_you_mean(&member.key, own.iter().copied());
                format!("there is no key \"{key}\" here{hint}; \"{}\" takes: {takes}", kind.name)
            } else {
                format!("belongs to {}; \"{}\" takes: {takes}", quoted_list(owners), kind.name)
            };
            self.error::<()>(member.key_at, &path.key(&member.key), message);
        }
    }

    fn network(&mut self, node: &Node, path: &Path<'_>) -> Option<Network> {
        let o = self.object(node, path, keys::NETWORK)?;
        let sharing = self.optional(&o, "sharing", |r, n, p| r.choice(n, p, SHARING)).unwrap_or(Sharing::EqualShare);
        let duration = |r: &mut Self, n: &Node, p: &Path<'_>| r.distribution(n, p, Quantity::Duration);
        let latency = self.required(&o, "latency", "a duration such as \"40ms\", or a distribution", Self::latency);
        let jitter = self.optional(&o, "jitter", duration).unwrap_or(Distribution::constant(0.0));
        let loss = self.optional(&o, "loss", Self::probability).unwrap_or(0.0);
        let limit = self.optional(&o, "max_transfer_rate", Self::transfer_limit).unwrap_or(Rate::UNLIMITED);
        let (backbones, faults) = (Vec::new(), Vec::new());
        Some(Network { sharing, latency: latency?, jitter, loss, max_transfer_rate: limit, backbones, faults })
    }

    /// A rate, or `"unlimited"`.
    pub(super) fn transfer_limit(&mut self, node: &Node, path: &Path<'_>) -> Option<Rate> {
        match node.as_str() {
            Some("unlimited") => Some(Rate::UNLIMITED),
            _ => self.rate(node, path).map(Rate::from_bits_per_second),
        }
    }

    pub(super) fn probability(&mut self, node: &Node, path: &Path<'_>) -> Option<f64> {
        self.real(node, path, Reals::within(0.0, 1.0))
    }

    fn output(&mut self, node: &Node, path: &Path<'_>) -> Option<Output> {
        let o = self.object(node, path, keys::OUTPUT)?;
        let sample_interval = self.optional(&o, "sample_interval", Self::positive_duration);
        let playback_rate = self.optional(&o, "playback_rate", Self::rate).map(Rate::from_bits_per_second);
        Some(Output { sample_interval: sample_interval.unwrap_or(DEFAULT_OUTPUT.sample_interval), playback_rate })
    }

    fn expectations(&mut self, node: &Node, path: &Path<'_>) -> Option<Vec<Expectation>> {
        let elements = self.elements(node, path, "expectations")?;
        if elements.len() > MAX_EXPECTATIONS {
            return self.error(
                node.at,
                path,
                format!("found {}; accepted: at most 1,000", grouped(elements.len() as u64)),
            );
        }
        let read: Vec<_> =
            elements.iter().enumerate().map(|(i, node)| self.expectation(node, &path.index(i))).collect();
        read.into_iter().collect()
    }

    fn expectation(&mut self, node: &Node, path: &Path<'_>) -> Option<Expectation> {
        let o = self.object(node, path, keys::EXPECTATION)?;
        let metric =
            self.required(&o, "metric", "a figure of the summary, such as \"completion.mean_s\"", Self::metric);
        let bound = |r: &mut Self, key: &str| r.optional(&o, key, |r, n, p| r.real(n, p, Reals::any()));
        let (at_least, at_most, equals) = (bound(self, "at_least"), bound(self, "at_most"), bound(self, "equals"));
        if ["at_least", "at_most", "equals"].iter().all(|key| o.get(key).is_none()) {
            return self.error(node.at, path, "says nothing of the metric; accepted: at_least, at_most or equals");
        }
        if let (Some(least), Some(most)) = (at_least, at_most) {
            if least > most {
                return self.error(node.at, path, format!("no value is at least {least} and at most {most}"));
            }
        }
        if let Some(value) = equals {
            if at_least.is_some_and(|least| value < least) || at_most.is_some_and(|most| value > most) {
                return self.error(node.at, path, format!("no value equals {value} and is within the other bounds"));
            }
        }
        Some(Expectation { metric: metric?, at_least, at_most, equals })
    }

    /// A metric's name.
    pub fn metric(&mut self, node: &Node, path: &Path<'_>) -> Option<String> {
        let name = self.text(node, path)?;
        if METRIC_NAMES.contains(&name) {
            return Some(name.to_owned());
        }
        let last = name.rsplit('.').next().unwrap_or(name);
        let by_field = METRIC_NAMES.iter().find(|known| known.rsplit('.').next() == Some(last));
        let hint = match (did_you_mean(name, METRIC_NAMES.iter().copied()), by_field) {
            (hint, Some(known)) if hint.is_empty() => format!("; did you mean \"{known}\"?"),
            (hint, _) => hint,
        };
        let message = format!(
            "there is no metric \"{}\"{hint}; accepted: a number of the summary, such as \"completion.mean_s\" \
             (`swarmsim schema summary` has them all)",
            shorten(name)
        );
        self.error(node.at, path, message)
    }
}

/// Replaces a default where a value was read.
fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

/// The names of [`StopWhen`].
pub const STOP_WHEN: &[(&str, StopWhen)] =
    &[("all-complete", StopWhen::AllComplete), ("empty", StopWhen::Empty), ("time", StopWhen::Time)];
/// The names of [`LateProof`].
pub const LATE_PROOF: &[(&str, LateProof)] = &[("readmit", LateProof::Readmit), ("ignore", LateProof::Ignore)];
/// The names of [`Source`].
pub const SOURCES: &[(&str, Source)] =
    &[("random", Source::Random), ("least-loaded", Source::LeastLoaded), ("fastest", Source::Fastest)];
/// The names of [`Sharing`].
pub const SHARING: &[(&str, Sharing)] = &[
    ("none", Sharing::None),
    ("fifo", Sharing::Fifo),
    ("equal-share", Sharing::EqualShare),
    ("max-min", Sharing::MaxMin),
];

const DEFAULT_FILE: File = File { size_bytes: 256 << 20, chunk_bytes: 256 << 10 };
const DEFAULT_OUTPUT: Output = Output { sample_interval: Span::from_secs(10), playback_rate: None };

fn default_tracker() -> Tracker {
    Tracker {
        entry_ttl: Span::from_secs(120),
        sweep_interval: Span::from_secs(10),
        max_peers_returned: None,
        late_proof: LateProof::Readmit,
        outages: Vec::new(),
    }
}

/// In the place of one that was refused.
fn default_network() -> Network {
    Network {
        sharing: Sharing::EqualShare,
        latency: LatencyModel::Drawn(Distribution::constant(0.0)),
        jitter: Distribution::constant(0.0),
        loss: 0.0,
        max_transfer_rate: Rate::UNLIMITED,
        backbones: Vec::new(),
        faults: Vec::new(),
    }
}

fn default_protocol() -> Protocol {
    Protocol {
        active_proof_interval: Span::from_secs(40),
        peer_list_interval: Span::from_secs(60),
        chunks_query_interval: Span::from_secs(5),
        request_timeout: Span::from_secs(10),
        max_parallel_fetches: 4,
        max_fetches_per_neighbor: 1,
        max_neighbors: None,
        failure_detection: FailureDetection::Reset,
        source: Source::Random,
    }
}

/// `None` only in a build without it.
fn default_strategy() -> Option<StrategyChoice> {
    let kind = strategy::kind(DEFAULT_STRATEGY)?;
    let parameters = kind.parameters.iter().map(|parameter| parameter.default).collect();
    Some(StrategyChoice { kind, parameters, endgame: false })
}

/// The place of what a path names, or of the nearest value around it: for problems of the scenario as a whole.
pub fn place(root: &Node, steps: &[&str]) -> At {
    let mut node = root;
    for step in steps {
        let next = match (&node.value, step.parse::<usize>()) {
            (Value::Array(elements), Ok(index)) => elements.get(index),
            _ => node.get(step),
        };
        let Some(next) = next else { break };
        node = next;
    }
    node.at
}
