//! Groups of peers: how many, with what, when they arrive and how they leave.

use super::fields::{Object, Reader, Reals};
use super::json::{Node, Path, Value};
use super::presets::SESSIONS;
use super::problem::{grouped, quoted_list, shorten};
use super::quantity::Quantity;
use super::read::MAX_PEERS;
use super::scenario::StrategyChoice;
use super::{estimate, keys};
use crate::net::{Rate, Regions};
use crate::sim::{Distribution, Span, Time};
use crate::swarm::config::{AfterCompletion, Arrival, Group, InitialChunks, Rejoin};

/// The most groups.
const MAX_GROUPS: usize = 65_535;
/// The most arrivals a second: one a nanosecond.
const MAX_ARRIVALS_PER_S: f64 = 1e9;
/// A diurnal rate's defaults.
const DAY: Span = Span::from_secs(86_400);
const EVENING: Time = Time::from_nanos(20 * 3_600_000_000_000);
const DEFAULT_AMPLITUDE: f64 = 0.5;

impl Reader<'_> {
    pub(super) fn groups(
        &mut self,
        node: &Node,
        path: &Path<'_>,
        chunks: u64,
        regions: Option<&Regions>,
        default: Option<&StrategyChoice>,
    ) -> Option<Vec<(Group, Option<StrategyChoice>)>> {
        let elements = self.elements(node, path, "groups of peers")?;
        if elements.is_empty() {
            return self.error(node.at, path, "found no group; accepted: at least one");
        }
        if elements.len() > MAX_GROUPS {
            let found = elements.len();
            return self.error(node.at, path, format!("found {found} groups; accepted: at most {}", grouped(65_535)));
        }
        let groups: Vec<_> = elements
            .iter()
            .enumerate()
            .map(|(i, node)| self.group(node, &path.index(i), chunks, regions, default))
            .collect();
        groups.into_iter().collect()
    }

    fn group(
        &mut self,
        node: &Node,
        path: &Path<'_>,
        chunks: u64,
        regions: Option<&Regions>,
        default: Option<&StrategyChoice>,
    ) -> Option<(Group, Option<StrategyChoice>)> {
        let o = self.object(node, path, keys::GROUP)?;
        let name = self.required(&o, "group", "the group's name", Self::name);
        let arrival = self.optional(&o, "arrival", Self::arrival).unwrap_or(Arrival::At { time: Time::ZERO });
        let count = match &arrival {
            Arrival::Trace { rows } => self.count_of_rows(&o, rows.len()),
            _ => self.optional(&o, "count", |r, n, p| r.count(n, p, &arrival)).unwrap_or(Some(1)),
        };
        let region = self.region(&o, name.as_deref(), regions);
        let initial_chunks = self.optional(&o, "initial_chunks", |r, n, p| r.initial_chunks(n, p, chunks));
        let up = self.required(&o, "up", "a rate such as \"4 Mbit/s\"", Self::capacity);
        let down = self.required(&o, "down", "a rate such as \"40 Mbit/s\"", Self::capacity);
        let limit = self.optional(&o, "max_transfer_rate", Self::transfer_limit);
        let session = self.optional(&o, "session", Self::session);
        let after_completion = self.optional(&o, "after_completion", Self::after_completion);
        let rejoin = self.optional(&o, "rejoin", Self::rejoin);
        let strategy = self.optional(&o, "strategy", Self::strategy);
        let used = strategy.as_ref().or(default)?;
        let group = Group {
            name: name?,
            count,
            initial_chunks: initial_chunks.unwrap_or(InitialChunks::None),
            up: up?,
            down: down?,
            max_transfer_rate: limit.unwrap_or(Rate::UNLIMITED),
            region,
            arrival,
            session,
            after_completion: after_completion.unwrap_or(AfterCompletion::Stay),
            rejoin,
            strategy: used.make(),
            endgame: used.endgame,
        };
        Some((group, strategy))
    }

    fn count(&mut self, node: &Node, path: &Path<'_>, arrival: &Arrival) -> Option<Option<u32>> {
        let is_open = matches!(arrival, Arrival::Poisson { .. } | Arrival::Decaying { .. } | Arrival::Diurnal { .. });
        if node.value == Value::Null && !is_open {
            let message = "found null; accepted: a whole number (null is for the arrivals \"poisson\", \"decaying\", \"diurnal\" and \"trace\")";
            return self.error(node.at, path, message);
        }
        if let Value::Number(text) = &node.value {
            if let Some(peers) = text.parse::<u128>().ok().filter(|&peers| peers > u128::from(MAX_PEERS)) {
                let memory = estimate::memory_text(estimate::memory_of_peers(peers as f64));
                let (found, most) = (shorten(text), grouped(u64::from(MAX_PEERS)));
                let message = format!(
                    "found {found}, which would take {memory} of memory; accepted: a whole number from 1 to {most}"
                );
                return self.error(node.at, path, message);
            }
        }
        self.nullable(node, path, |r, n, p| r.integer32(n, p, 1..=MAX_PEERS))
    }

    fn initial_chunks(&mut self, node: &Node, path: &Path<'_>, chunks: u64) -> Option<InitialChunks> {
        if !matches!(node.value, Value::Object(_) | Value::String(_)) {
            let accepted = "\"all\", \"none\", or an object with one of fraction, list, all_but";
            return self.error(node.at, path, format!("found {}; accepted: {accepted}", node.describe()));
        }
        if let Value::String(_) = &node.value {
            return self.choice(node, path, &[("all", true), ("none", false)]).map(|all| match all {
                true => InitialChunks::All,
                false => InitialChunks::None,
            });
        }
        let o = self.object(node, path, keys::INITIAL_CHUNKS)?;
        let given: Vec<&str> = keys::INITIAL_CHUNKS.iter().copied().filter(|key| o.get(key).is_some()).collect();
        match given[..] {
            ["fraction"] => self.optional(&o, "fraction", Self::probability).map(InitialChunks::Fraction),
            ["list"] => self.optional(&o, "list", |r, n, p| r.chunk_list(n, p, chunks)).map(InitialChunks::List),
            ["all_but"] => {
                self.optional(&o, "all_but", |r, n, p| r.chunk_list(n, p, chunks)).map(InitialChunks::AllBut)
            }
            _ => {
                let found = if given.is_empty() { "none of them".into() } else { given.join(" and ") };
                self.error(node.at, path, format!("found {found}; accepted: one of fraction, list, all_but"))
            }
        }
    }

    /// Chunk numbers in any order, each once.
    fn chunk_list(&mut self, node: &Node, path: &Path<'_>, chunks: u64) -> Option<Vec<u32>> {
        let elements = self.elements(node, path, "chunk numbers, from 0")?;
        let last = u32::try_from(chunks - 1).unwrap_or(u32::MAX);
        let read: Vec<Option<u32>> =
            elements.iter().enumerate().map(|(i, node)| self.integer32(node, &path.index(i), 0..=last)).collect();
        let mut numbered: Vec<(u32, usize)> =
            read.into_iter().zip(0..).map(|(chunk, i)| chunk.map(|chunk| (chunk, i))).collect::<Option<_>>()?;
        numbered.sort_unstable();
        for pair in numbered.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let (chunk, i) = pair[1];
            self.error::<()>(elements[i].at, &path.index(i), format!("chunk {chunk} is listed twice"));
        }
        Some(numbered.into_iter().map(|(chunk, _)| chunk).collect())
    }

    /// The group's region by number: that of its key `region`, or the one that is named as the group.
    fn region(&mut self, o: &Object<'_>, name: Option<&str>, regions: Option<&Regions>) -> Option<u16> {
        let Some(regions) = regions else {
            if let Some(node) = o.get("region").filter(|_| !self.is_spoiled(&["$.network"])) {
                let message = "no regions are known; they come with \"network.latency\" of kind \"regions\"";
                self.error::<()>(node.at, &o.path().key("region"), message);
            }
            return None;
        };
        let number = |name: &str| regions.names().iter().position(|known| known == name).map(|at| at as u16);
        if o.get("region").is_none() {
            let by_name = name.and_then(number);
            if by_name.is_none() {
                let names = quoted_list(regions.names().iter().map(String::as_str));
                self.error::<()>(o.at(), &o.path().key("region"), format!("is missing; accepted: one of {names}"));
            }
            return by_name;
        }
        let choices: Vec<(&str, u16)> = regions.names().iter().map(String::as_str).zip(0..).collect();
        self.optional(o, "region", |r, n, p| r.choice(n, p, &choices))
    }

    /// A length of sessions: a distribution, or one that is known by a name.
    fn session(&mut self, node: &Node, path: &Path<'_>) -> Option<Distribution> {
        if !matches!(node.value, Value::Object(_)) {
            return self.distribution(node, path, Quantity::Duration);
        }
        match self.kind(node, path, keys::SESSIONS)? {
            ("preset", o) => {
                let choices: Vec<(&str, usize)> = SESSIONS.iter().map(|preset| preset.name).zip(0..).collect();
                let place = self.required(&o, "name", "the name of a preset", |r, n, p| r.choice(n, p, &choices))?;
                Some(SESSIONS[place].distribution())
            }
            (kind, o) => self.distribution_of_kind(kind, o, Quantity::Duration),
        }
    }

    fn arrival(&mut self, node: &Node, path: &Path<'_>) -> Option<Arrival> {
        let (kind, o) = self.kind(node, path, keys::ARRIVALS)?;
        let rate = |r: &mut Self, n: &Node, p: &Path<'_>| r.real(n, p, Reals::above(0.0, MAX_ARRIVALS_PER_S));
        let from = |r: &mut Self| match o.get("from") {
            Some(_) => r.optional(&o, "from", Self::time),
            None => Some(Time::ZERO),
        };
        match kind {
            "at" => {
                let time = self.required(&o, "time", "when, such as \"10min\"", Self::time)?;
                Some(Arrival::At { time })
            }
            "uniform" => {
                let from = from(self);
                let until = self.required(&o, "until", "when it ends, such as \"10min\"", Self::time);
                self.ordered(&o, from?, until?).map(|(from, until)| Arrival::Uniform { from, until })
            }
            "poisson" => {
                let from = from(self);
                let rate_per_s = self.required(&o, "rate_per_s", "arrivals a second", rate);
                Some(Arrival::Poisson { rate_per_s: rate_per_s?, from: from? })
            }
            "diurnal" => {
                let mean_rate_per_s = self.required(&o, "mean_rate_per_s", "arrivals a second on average", rate);
                let amplitude = self.optional(&o, "amplitude", Self::probability);
                let period = self.optional(&o, "period", Self::positive_duration).unwrap_or(DAY);
                let peak = self.optional(&o, "peak", Self::time).unwrap_or(EVENING);
                let amplitude = amplitude.unwrap_or(DEFAULT_AMPLITUDE);
                Some(Arrival::Diurnal { mean_rate_per_s: mean_rate_per_s?, amplitude, period, peak })
            }
            "trace" => self.recorded(&o),
            _ => {
                let initial_rate_per_s = self.required(&o, "initial_rate_per_s", "arrivals a second at first", rate);
                let time_constant =
                    self.required(&o, "time_constant", "a duration such as \"10min\"", Self::positive_duration);
                Some(Arrival::Decaying { initial_rate_per_s: initial_rate_per_s?, time_constant: time_constant? })
            }
        }
    }

    fn after_completion(&mut self, node: &Node, path: &Path<'_>) -> Option<AfterCompletion> {
        let (kind, o) = match node.as_str() {
            Some("linger") => {
                let message = "\"linger\" says for how long: write {\"kind\": \"linger\", \"for\": \"5min\"}";
                return self.error(node.at, path, message);
            }
            Some(_) => {
                let leaves = &[("stay", false), ("leave", true), ("linger", false)];
                return self.choice(node, path, leaves).map(|leaves| match leaves {
                    true => AfterCompletion::Leave,
                    false => AfterCompletion::Stay,
                });
            }
            None => self.kind(node, path, keys::AFTER_COMPLETION)?,
        };
        match kind {
            "stay" => Some(AfterCompletion::Stay),
            "leave" => Some(AfterCompletion::Leave),
            _ => {
                let duration = |r: &mut Self, n: &Node, p: &Path<'_>| r.distribution(n, p, Quantity::Duration);
                self.required(&o, "for", "a duration such as \"5min\", or a distribution", duration)
                    .map(AfterCompletion::Linger)
            }
        }
    }

    fn rejoin(&mut self, node: &Node, path: &Path<'_>) -> Option<Rejoin> {
        let o = self.object(node, path, keys::REJOIN)?;
        let probability = self.required(&o, "probability", "a number from 0 to 1", Self::probability);
        let after = match o.get("after") {
            Some(_) => self.optional(&o, "after", Self::rejoin_after),
            None => Some(Distribution::constant(Span::from_secs(600).as_nanos() as f64)),
        };
        let keep_chunks = self.optional(&o, "keep_chunks", Self::boolean).unwrap_or(true);
        Some(Rejoin { probability: probability?, after: after?, keep_chunks })
    }

    fn rejoin_after(&mut self, node: &Node, path: &Path<'_>) -> Option<Distribution> {
        let after = self.distribution(node, path, Quantity::Duration)?;
        if after.mean() > 0.0 {
            return Some(after);
        }
        self.error(
            node.at,
            path,
            "found no time at all; accepted: above zero, or peers could leave and return for ever at one instant",
        )
    }
}
