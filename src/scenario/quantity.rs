//! Distributions of durations and of rates, as a scenario writes them.

use super::fields::{Object, Reader, Reals};
use super::json::{Node, Path, Value};
use super::keys;
use super::problem::{MAX_RECORDED, did_you_mean, nearest, quoted_list, shorten};
use super::units;
use crate::sim::{Distribution, Span};
use crate::swarm::config::Capacity;
use std::sync::Arc;

/// What the values of a distribution are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Durations, in nanoseconds.
    Duration,
    /// Rates, in bits per second; never 0.
    Rate,
    /// Numbers without a unit, at least 0.
    Number,
}

/// A kind's name and the keys it takes.
type Kind = (&'static str, &'static [&'static str]);

/// Plain numbers: enough for any unit.
const NUMBERS: Reals = Reals::within(0.0, 1e12);
/// Shapes and sigmas beyond these serve no swarm, and their draws none but the bounds of time.
const SHAPES: Reals = Reals::within(0.01, 1000.0);
const SIGMAS: Reals = Reals::within(0.0, 20.0);
/// A Pareto distribution has a finite mean above this shape.
const PARETO_SHAPES: Reals = Reals::above(1.0, 1000.0);

impl Quantity {
    fn scalar(self, reader: &mut Reader<'_>, node: &Node, path: &Path<'_>) -> Option<f64> {
        match self {
            Quantity::Duration => reader.duration(node, path).map(|span| span.as_nanos() as f64),
            Quantity::Rate => reader.rate(node, path).map(|bits| bits as f64),
            Quantity::Number => reader.real(node, path, NUMBERS),
        }
    }

    fn positive(self, reader: &mut Reader<'_>, node: &Node, path: &Path<'_>) -> Option<f64> {
        match self {
            Quantity::Duration => reader.positive_duration(node, path).map(|span| span.as_nanos() as f64),
            Quantity::Rate => self.scalar(reader, node, path),
            Quantity::Number => reader.real(node, path, Reals::above(0.0, 1e12)),
        }
    }

    /// What messages call a value.
    fn example(self) -> &'static str {
        match self {
            Quantity::Duration => {
                "a duration such as \"40ms\", or a distribution such as {\"kind\": \"exponential\", \"mean\": \"5min\"}"
            }
            Quantity::Rate => {
                "a rate such as \"8 Mbit/s\", or a distribution such as {\"kind\": \"uniform\", \"min\": …, \"max\": …}"
            }
            Quantity::Number => "a number, or a distribution such as {\"kind\": \"uniform\", \"min\": 0, \"max\": 100}",
        }
    }

    /// The value as a scenario writes it.
    pub fn format(self, value: f64) -> String {
        match self {
            Quantity::Duration => units::format_duration(Span::from_nanos(value as u64)),
            Quantity::Rate => units::format_rate(value as u64),
            Quantity::Number => value.to_string(),
        }
    }
}

/// The only kind that takes all the keys of an object without a `kind`.
fn only_kind_with(node: &Node, kinds: &[Kind]) -> Option<&'static str> {
    let Value::Object(members) = &node.value else { return None };
    let takes_all = |keys: &[&str]| members.iter().all(|member| keys.contains(&&*member.key));
    let mut fitting = kinds.iter().filter(|(_, keys)| !members.is_empty() && takes_all(keys));
    match (fitting.next(), fitting.next()) {
        (Some((name, _)), None) => Some(name),
        _ => None,
    }
}

impl Reader<'_> {
    /// A capacity: `"unlimited"`, a rate, or a distribution of rates.
    pub fn capacity(&mut self, node: &Node, path: &Path<'_>) -> Option<Capacity> {
        match node.as_str() {
            Some("unlimited") => Some(Capacity::Unlimited),
            Some(text) if text.trim().eq_ignore_ascii_case("unlimited") => {
                self.error(node.at, path, format!("found \"{text}\"; did you mean \"unlimited\"?"))
            }
            _ => self.distribution(node, path, Quantity::Rate).map(Capacity::Drawn),
        }
    }

    /// A distribution: a bare value, or an object with its kind.
    pub fn distribution(&mut self, node: &Node, path: &Path<'_>, quantity: Quantity) -> Option<Distribution> {
        match &node.value {
            Value::Object(_) => self.distribution_object(node, path, quantity),
            Value::Number(_) | Value::String(_) => quantity.scalar(self, node, path).map(Distribution::constant),
            _ => self.error(node.at, path, format!("found {}; accepted: {}", node.describe(), quantity.example())),
        }
    }

    /// An object that is told by its `kind`: which, and its other keys checked.
    pub fn kind<'n>(
        &mut self,
        node: &'n Node,
        path: &'n Path<'n>,
        kinds: &[Kind],
    ) -> Option<(&'static str, Object<'n>)> {
        let names = || kinds.iter().map(|(name, _)| *name);
        if !matches!(node.value, Value::Object(_)) {
            let accepted = format!("an object with a \"kind\" of {}", quoted_list(names()));
            return self.error(node.at, path, format!("found {}; accepted: {accepted}", node.describe()));
        }
        let Some(kind) = node.get("kind") else {
            let likely = only_kind_with(node, kinds);
            let hint = likely.map_or_else(String::new, |name| format!("; did you mean \"{name}\"?"));
            let message = format!("is missing{hint}; accepted: {}", quoted_list(names()));
            self.error::<()>(node.at, &path.key("kind"), message);
            return self.go_on_with(likely, node, path, kinds);
        };
        let here = path.key("kind");
        let Some(own) = self.choice(kind, &here, kinds) else {
            let likely = kind.as_str().and_then(|found| nearest(found, names()));
            let likely = likely.and_then(|found| names().find(|name| *name == found));
            return self.go_on_with(likely, node, path, kinds);
        };
        let name = names().find(|name| kind.as_str() == Some(name))?;
        self.check_keys_of_kind(node, path, name, own, kinds);
        Some((name, Object::of(node, path)))
    }

    /// After a `kind` that was refused: the rest is read as what was probably meant, so that all that is wrong with it is told at
    /// once; where that is not clear, keys that no kind has are told at least.
    fn go_on_with<'n>(
        &mut self,
        likely: Option<&'static str>,
        node: &'n Node,
        path: &'n Path<'n>,
        kinds: &[Kind],
    ) -> Option<(&'static str, Object<'n>)> {
        if let Some((name, own)) = kinds.iter().find(|(name, _)| likely == Some(name)) {
            self.check_keys_of_kind(node, path, name, own, kinds);
            return Some((name, Object::of(node, path)));
        }
        let Value::Object(members) = &node.value else { return None };
        let known: Vec<&str> = kinds.iter().flat_map(|(_, keys)| keys.iter().copied()).collect();
        let unknown = members.iter().filter(|m| &*m.key != "kind" && !known.contains(&&*m.key));
        for member in unknown.take(MAX_RECORDED) {
            let (key, hint) = (shorten(&member.key), did_you_mean(&member.key, known.iter().copied()));
            self.error::<()>(member.key_at, &path.key(&member.key), format!("there is no key \"{key}\" here{hint}"));
        }
        None
    }

    /// The keys beside `kind`: those that belong to another kind are told from those that nothing has.
    fn check_keys_of_kind(&mut self, node: &Node, path: &Path<'_>, name: &str, own: &[&str], kinds: &[Kind]) {
        let Value::Object(members) = &node.value else { return };
        let others = members.iter().filter(|m| &*m.key != "kind" && !own.contains(&&*m.key));
        for member in others.take(MAX_RECORDED) {
            let owners: Vec<&str> =
                kinds.iter().filter(|(_, keys)| keys.contains(&&*member.key)).map(|(name, _)| *name).collect();
            let takes = if own.is_empty() { "nothing else".into() } else { own.join(", ") };
            let message = if owners.is_empty() {
                let (key, hint) = (shorten(&member.key), did_you_mean(&member.key, own.iter().copied()));
                format!("there is no key \"{key}\" here{hint}; \"{name}\" takes: {takes}")
            } else {
                format!("belongs to {}; \"{name}\" takes: {takes}", quoted_list(owners))
            };
            self.error::<()>(member.key_at, &path.key(&member.key), message);
        }
    }

    fn distribution_object(&mut self, node: &Node, path: &Path<'_>, quantity: Quantity) -> Option<Distribution> {
        let (kind, object) = self.kind(node, path, keys::DISTRIBUTIONS)?;
        self.distribution_of_kind(kind, object, quantity)
    }

    /// A distribution whose kind, and that it has no other keys, is known.
    pub(super) fn distribution_of_kind(
        &mut self,
        kind: &str,
        object: Object<'_>,
        quantity: Quantity,
    ) -> Option<Distribution> {
        let scalar = |r: &mut Self, n: &Node, p: &Path<'_>| quantity.scalar(r, n, p);
        let positive = |r: &mut Self, n: &Node, p: &Path<'_>| quantity.positive(r, n, p);
        let accepted = quantity.example();
        match kind {
            "constant" => self.required(&object, "value", accepted, scalar).map(Distribution::constant),
            "uniform" => self.uniform(&object, quantity),
            "exponential" => {
                let mean = self.required(&object, "mean", accepted, positive)?;
                Some(Distribution::Exponential { mean })
            }
            "normal" => {
                let mean = self.required(&object, "mean", accepted, positive);
                let std_dev = self.required(&object, "std_dev", accepted, scalar);
                Some(Distribution::Normal { mean: mean?, std_dev: std_dev? })
            }
            "lognormal" => {
                let median = self.required(&object, "median", accepted, positive);
                let sigma = self.required(&object, "sigma", "a number from 0 to 20", |r, n, p| r.real(n, p, SIGMAS));
                Some(Distribution::Lognormal { median: median?, sigma: sigma? })
            }
            "weibull" => {
                let shape = self.required(&object, "shape", "a number above 0", |r, n, p| r.real(n, p, SHAPES));
                let scale = self.required(&object, "scale", accepted, positive);
                Some(Distribution::Weibull { shape: shape?, scale: scale? })
            }
            "pareto" => {
                let shape = self.required(&object, "shape", "a number above 1", Self::pareto_shape);
                let min = self.required(&object, "min", accepted, positive);
                Some(Distribution::Pareto { shape: shape?, min: min? })
            }
            _ => self.empirical(&object, quantity),
        }
    }

    fn pareto_shape(&mut self, node: &Node, path: &Path<'_>) -> Option<f64> {
        let shape = self.real(node, path, SHAPES)?;
        if shape <= 1.0 {
            let message = format!("found {shape}; accepted: a number above 1 (at 1 and below the mean is infinite)");
            return self.error(node.at, path, message);
        }
        self.real(node, path, PARETO_SHAPES)
    }

    fn uniform(&mut self, object: &Object<'_>, quantity: Quantity) -> Option<Distribution> {
        let scalar = |r: &mut Self, n: &Node, p: &Path<'_>| quantity.scalar(r, n, p);
        let min = self.required(object, "min", quantity.example(), scalar);
        let max = self.required(object, "max", quantity.example(), scalar);
        let (min, max) = (min?, max?);
        if min <= max {
            return Some(Distribution::Uniform { min, max });
        }
        let node = object.get("max")?;
        let message = format!("found {}, which is below min, {}", quantity.format(max), quantity.format(min));
        self.error(node.at, &object.path().key("max"), message)
    }

    fn empirical(&mut self, object: &Object<'_>, quantity: Quantity) -> Option<Distribution> {
        let values = match (object.get("values"), object.get("file")) {
            (Some(_), None) => self.optional(object, "values", |r, n, p| r.values(n, p, quantity)),
            (None, Some(_)) => self.optional(object, "file", |r, n, p| r.values_of_file(n, p, quantity)),
            (Some(_), Some(file)) => self.error(
                file.at,
                &object.path().key("file"),
                "found both \"values\" and \"file\"; accepted: one of them",
            ),
            (None, None) => {
                let message = "is missing; accepted: an array of values, or a \"file\" with one value a line";
                self.error(object.at(), &object.path().key("values"), message)
            }
        }?;
        Some(Distribution::Empirical { values: Arc::from(values) })
    }

    fn values(&mut self, node: &Node, path: &Path<'_>, quantity: Quantity) -> Option<Vec<f64>> {
        let elements = self.elements(node, path, "values")?;
        if elements.is_empty() {
            return self.error(node.at, path, "found no values; accepted: at least one");
        }
        let mut values = Some(Vec::with_capacity(elements.len()));
        for (i, node) in elements.iter().enumerate() {
            let value = quantity.scalar(self, node, &path.index(i));
            values = values.zip(value).map(|(mut values, value)| {
                values.push(value);
                values
            });
            if self.is_full() {
                break;
            }
        }
        values
    }

    /// A file with one value a line; blank lines and lines that begin with `#` are passed over.
    fn values_of_file(&mut self, node: &Node, path: &Path<'_>, quantity: Quantity) -> Option<Vec<f64>> {
        let name = self.text(node, path)?;
        let bytes = self.or_error((self.load)(name), node, path)?;
        let result =
            values_of(&bytes, quantity).map_err(|message| format!("the file \"{}\": {message}", shorten(name)));
        self.or_error(result, node, path)
    }
}

fn values_of(bytes: &[u8], quantity: Quantity) -> Result<Vec<f64>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is no UTF-8 text".to_owned())?;
    let mut values = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        values.push(value_of_line(line, quantity).map_err(|message| format!("line {}: {message}", i + 1))?);
    }
    if values.is_empty() { Err("holds no values".into()) } else { Ok(values) }
}

fn value_of_line(line: &str, quantity: Quantity) -> Result<f64, String> {
    let is_bare = line.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    match (quantity, is_bare) {
        (Quantity::Duration, true) => units::duration_of_seconds(line).map(|span| span.as_nanos() as f64),
        (Quantity::Duration, false) => units::parse_duration(line).map(|span| span.as_nanos() as f64),
        (Quantity::Rate, true) => units::rate_of_bytes(line).map(|bits| bits as f64),
        (Quantity::Rate, false) => units::parse_rate(line).map(|bits| bits as f64),
        (Quantity::Number, _) => match line.parse::<f64>() {
            Ok(number) if (0.0..=1e12).contains(&number) => Ok(number),
            _ => Err(format!("found \"{}\"; accepted: a number from 0 to 1e12", shorten(line))),
        },
    }
}
