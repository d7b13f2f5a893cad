//! The sweep file, read strictly: from a document to a [`Sweep`], or to every problem that there is.

use super::constraint::{Constraint, RELATIONS};
use super::{check, range};
use crate::metrics::METRIC_NAMES;
use crate::scenario::fields::Reader;
use crate::scenario::json::{Member, Node, Path, Value};
use crate::scenario::overrides::argument;
use crate::scenario::problem::{At, Problem, did_you_mean, grouped, shorten};
use crate::scenario::{Document, Override, Report};
use std::fmt;

/// The keys of a sweep.
pub const KEYS: &[&str] =
    &["$schema", "name", "description", "scenario", "seeds", "vary", "constraints", "baseline", "metrics"];
/// The keys of `seeds`, where it is an object.
const SEEDS: &[&str] = &["from", "count"];
/// The most seeds, varied paths and constraints.
const MAX_SEEDS: u64 = 1_000_000;
const MAX_AXES: usize = 64;
const MAX_CONSTRAINTS: usize = 1_000;

/// The metrics of a sweep that names none.
pub const DEFAULT_METRICS: &[&str] = &[
    "completion.mean_s",
    "completion.p50_s",
    "completion.p95_s",
    "completion.makespan_s",
    "peers.arrived",
    "peers.completed",
    "peers.left_incomplete",
    "peers.still_downloading",
    "requests.active_proof.sent",
    "requests.peer_list.sent",
    "expiry.entries_expired",
    "expiry.false_expiries",
    "expiry.detection_lag_s.mean",
    "expiry.mean_listed",
    "expiry.mean_stale_listed",
    "expiry.stale_share_of_lists",
    "network.chunk_bytes",
    "network.control_bytes",
    "network.wasted_bytes",
    "network.mean_uplink_utilisation",
    "availability.mean_entropy",
    "events",
];

/// Reads a file that a scenario names: its path as it is written there gives the bytes or a reason.
pub type LoadFile = Box<dyn Fn(&str) -> Result<Vec<u8>, String>>;

/// The scenario that a sweep varies.
pub struct Base {
    /// Its file, parsed.
    pub document: Document,
    /// What `swarmsim run` calls it.
    pub argument: String,
    /// Reads the files that it names.
    pub load: LoadFile,
}

/// Why a sweep is refused: all that is wrong, file by file.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What is wrong with each file.
    pub reports: Vec<Report>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reports.iter().try_for_each(|report| report.fmt(f))
    }
}

impl std::error::Error for Refusal {}

impl From<Report> for Refusal {
    fn from(report: Report) -> Refusal {
        Refusal { reports: vec![report] }
    }
}

/// A sweep as its file says it: what is asked for, and not yet whether every point of it can be run.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Its name: that of the folder its results go to.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// The file it was read from, for messages.
    pub document: Document,
    /// The scenario, the files it names read into it.
    pub base: Document,
    /// Whether the scenario stands in the sweep's own file.
    pub is_inline: bool,
    /// What `swarmsim run` calls the scenario.
    pub argument: String,
    /// The seeds, each once.
    pub seeds: Seeds,
    /// What is varied, the slowest first.
    pub axes: Vec<Axis>,
    /// Which points are run.
    pub constraints: Vec<Constraint>,
    /// The point against which others are compared: varied paths, and which of their values; none where it is empty.
    pub baseline: Vec<(usize, usize)>,
    /// The metrics of the results, as [`METRIC_NAMES`] has them.
    pub metrics: Vec<&'static str>,
}

/// The seeds of each point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seeds {
    /// So many from the first on.
    Range {
        /// The first.
        from: u64,
        /// How many.
        count: u64,
    },
    /// These.
    List(Vec<u64>),
}

impl Seeds {
    /// How many: at least one.
    pub fn len(&self) -> usize {
        match self {
            Seeds::Range { count, .. } => *count as usize,
            Seeds::List(list) => list.len(),
        }
    }

    /// Never: a sweep has a seed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The seed of this number, from 0.
    pub fn get(&self, index: usize) -> u64 {
        match self {
            Seeds::Range { from, .. } => from + index as u64,
            Seeds::List(list) => list[index],
        }
    }
}

/// A varied path and its values.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The path, as it is written.
    pub path: String,
    /// Where its key stands.
    pub at: At,
    /// Its values, in their order.
    pub values: Vec<AxisValue>,
}

/// A value of a varied path.
#[derive(Clone, Debug)]
pub struct AxisValue {
    /// As results have it: text without its quotes, anything else as JSON.
    pub text: String,
    /// Where it stands.
    pub at: At,
    /// The value itself, standing where it stands.
    pub node: Node,
    /// It as an argument of `--set`.
    pub argument: String,
    /// It as a change of the scenario.
    pub change: Override,
}

impl Sweep {
    /// Reads a sweep. `find` gives the scenario of a name that stands in the file, `inline` is what `swarmsim run` calls one that
    /// stands in the file itself and how it reads files.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn read(
        document: &Document,
        find: &dyn Fn(&str) -> Result<Base, SweepFault>,
        inline: (&str, LoadFile),
    ) -> Result<Sweep, Refusal> {
        let no_files = |_: &str| Err("files cannot be read here".to_owned());
        let mut reader = Reader::new(&no_files);
        reader.problems.extend_from_slice(document.repeated_keys());
        let root = document.root();
        let path = Path::Root;
        let refuse = |problems: Vec<Problem>| Refusal::from(document.report(&[], problems));
        let Some(o) = reader.object(root, &path, KEYS) else { return Err(refuse(reader.problems)) };
        reader.optional(&o, "$schema", |r, n, p| r.text(n, p).map(drop));
        let name = reader.optional(&o, "name", Reader::name);
        let description = reader.optional(&o, "description", |r, n, p| r.text(n, p).map(str::to_owned));
        let mut foreign = None;
        let accepted = "a scenario file, the name of an embedded scenario, or a scenario itself";
        let base = reader.required(&o, "scenario", accepted, |r, n, p| match base(r, n, p, document, find, inline) {
            Ok(base) => base,
            Err(refusal) => {
                foreign = Some(refusal);
                None
            }
        });
        let seeds = reader.optional(&o, "seeds", seeds);
        let axes = reader.required(&o, "vary", "an object of paths and their values", axes).unwrap_or_default();
        let constraints = reader.optional(&o, "constraints", constraints).unwrap_or_default();
        let baseline = reader.optional(&o, "baseline", |r, n, p| baseline(r, n, p, &axes)).unwrap_or_default();
        let metrics = reader.optional(&o, "metrics", metrics).unwrap_or_else(|| DEFAULT_METRICS.to_vec());
        let mut problems = reader.problems;
        let mut reports: Vec<Report> = foreign.into_iter().flat_map(|refusal| refusal.reports).collect();
        let Some(base) = base.filter(|_| reports.is_empty()) else {
            if !problems.is_empty() {
                reports.insert(0, document.report(&[], problems));
            }
            return Err(Refusal { reports });
        };
        let sweep = Sweep {
            name: name.unwrap_or_else(|| "sweep".into()),
            description: description.unwrap_or_default(),
            document: document.clone(),
            is_inline: matches!(o.get("scenario").map(|node| &node.value), Some(Value::Object(_))),
            base: base.document,
            argument: base.argument,
            seeds: seeds.unwrap_or(Seeds::Range { from: 1, count: 1 }),
            axes,
            constraints,
            baseline,
            metrics,
        };
        if problems.is_empty() {
            return Ok(sweep);
        }
        // What else is wrong is told at once: of this file in the same report, of the scenario's in another.
        let (own, foreign) = check::also_wrong(&sweep).into_iter().partition(|report| report.name == document.name);
        let own: Vec<Report> = own;
        own.into_iter().for_each(|report| problems.extend(report.problems));
        Err(Refusal { reports: [vec![document.report(&[], problems)], foreign].concat() })
    }
}

/// Why the scenario that a sweep names cannot be had.
#[derive(Clone, Debug)]
pub enum SweepFault {
    /// It cannot be found or read, for this reason.
    Name(String),
    /// This is wrong with it.
    File(Box<Report>),
}

fn base(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &Path<'_>,
    document: &Document,
    find: &dyn Fn(&str) -> Result<Base, SweepFault>,
    (argument, load): (&str, LoadFile),
) -> Result<Option<Base>, Refusal> {
    let found = match &node.value {
        Value::Object(_) => Ok(Base { document: document.part(node), argument: argument.to_owned(), load }),
        Value::String(name) if name.is_empty() => {
            Err(SweepFault::Name("found \"\"; accepted: a scenario, or the name of one".into()))
        }
        Value::String(name) => find(name),
        _ => {
            let message = format!("found {}; accepted: a scenario, or the name of one", node.describe());
            return Ok(reader.error(node.at, path, message));
        }
    };
    let mut base = match found {
        Ok(base) => base,
        Err(SweepFault::File(report)) => return Err(Refusal::from(*report)),
        Err(SweepFault::Name(message)) => return Ok(reader.error(node.at, path, message)),
    };
    let root = base.document.root();
    if is_sweep(root) {
        return Ok(reader.error(node.at, path, "is a sweep itself; accepted: a scenario"));
    }
    let mut root = root.clone();
    let mut problems = Vec::new();
    take_in(&mut root, &base.load, &mut problems);
    let is_inline = matches!(node.value, Value::Object(_));
    if !is_inline {
        problems.extend_from_slice(base.document.repeated_keys());
    }
    if !problems.is_empty() {
        return Err(Refusal::from(base.document.report(&[], problems)));
    }
    base.document = base.document.part(&root);
    Ok(Some(base))
}

/// Reads the files that a tree names into it, so that it says the same without them, elsewhere and later.
fn take_in(node: &mut Node, load: &LoadFile, problems: &mut Vec<Problem>) {
    let at = node.at;
    match &mut node.value {
        Value::Array(elements) => elements.iter_mut().for_each(|element| take_in(element, load, problems)),
        Value::Object(members) => {
            let is_empirical =
                members.iter().any(|member| &*member.key == "kind" && member.node.as_str() == Some("empirical"));
            for member in members.iter_mut() {
                match member.node.as_str().filter(|_| is_empirical && &*member.key == "file").map(load) {
                    None => take_in(&mut member.node, load, problems),
                    Some(Err(message)) => problems.push(Problem::error(member.node.at, "", message)),
                    Some(Ok(bytes)) => match values_of(&bytes, member.node.at) {
                        Some(values) => *member = Member { key: "values".into(), node: values, ..*member },
                        None => {
                            problems.push(Problem::error(at, "", "names a file that holds no text with values".into()))
                        }
                    },
                }
            }
        }
        _ => {}
    }
}

/// The values of a file, one a line, as a scenario would write them.
fn values_of(bytes: &[u8], at: At) -> Option<Node> {
    let text = std::str::from_utf8(bytes).ok()?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let value = |line: &str| match crate::scenario::json::parse(line.as_bytes()) {
        Ok((Node { value: Value::Number(text), .. }, _)) => Value::Number(text),
        _ => Value::String(line.into()),
    };
    let values: Vec<Node> = lines.map(|line| Node { value: value(line), at }).collect();
    (!values.is_empty()).then_some(Node { value: Value::Array(values), at })
}

fn seeds(reader: &mut Reader<'_>, node: &Node, path: &Path<'_>) -> Option<Seeds> {
    match &node.value {
        Value::Array(elements) => list_of_seeds(reader, node, elements, path),
        Value::Object(_) => {
            let o = reader.object(node, path, SEEDS)?;
            let from = reader.optional(&o, "from", |r, n, p| r.integer(n, p, 0..=u64::MAX));
            let count = reader.required(&o, "count", "how many seeds", |r, n, p| r.integer(n, p, 1..=MAX_SEEDS))?;
            let from = if o.get("from").is_some() { from? } else { 1 };
            if from.checked_add(count - 1).is_none() {
                return reader.error(node.at, path, "go beyond the largest seed, 18,446,744,073,709,551,615");
            }
            Some(Seeds::Range { from, count })
        }
        _ => {
            let accepted = "{\"from\": 1, \"count\": 30} or an array of seeds, such as [7, 8, 9]";
            reader.error(node.at, path, format!("found {}; accepted: {accepted}", node.describe()))
        }
    }
}

fn list_of_seeds(reader: &mut Reader<'_>, node: &Node, elements: &[Node], path: &Path<'_>) -> Option<Seeds> {
    if elements.is_empty() || elements.len() as u64 > MAX_SEEDS {
        let found = grouped(elements.len() as u64);
        return reader.error(node.at, path, format!("found {found} seeds; accepted: 1 to {}", grouped(MAX_SEEDS)));
    }
    let mut seen = std::collections::BTreeMap::new();
    let mut seeds = Some(Vec::with_capacity(elements.len()));
    for (i, node) in elements.iter().enumerate() {
        let mut seed = reader.integer(node, &path.index(i), 0..=u64::MAX);
        if let Some(first) = seed.and_then(|seed| seen.insert(seed, i)) {
            seed = reader.error(node.at, &path.index(i), format!("is the same seed as seeds[{first}]; name each once"));
        }
        seeds = seeds.zip(seed).map(|(mut seeds, seed)| {
            seeds.push(seed);
            seeds
        });
    }
    seeds.map(Seeds::List)
}

fn axes(reader: &mut Reader<'_>, node: &Node, path: &Path<'_>) -> Option<Vec<Axis>> {
    let Value::Object(members) = &node.value else {
        let accepted = "an object such as {\"tracker.entry_ttl\": [\"60s\", \"120s\"]}";
        return reader.error(node.at, path, format!("found {}; accepted: {accepted}", node.describe()));
    };
    if members.len() > MAX_AXES {
        return reader.error(node.at, path, format!("found {} paths; accepted: at most {MAX_AXES}", members.len()));
    }
    let axes: Vec<Option<Axis>> = members.iter().map(|member| axis(reader, member, &path.key(&member.key))).collect();
    axes.into_iter().collect()
}

fn axis(reader: &mut Reader<'_>, member: &Member, path: &Path<'_>) -> Option<Axis> {
    if matches!(&*member.key, "seed" | "$.seed") {
        let message = "is not varied here; say which seeds with the key \"seeds\" beside \"vary\"";
        return reader.error(member.key_at, path, message);
    }
    if let Err(message) = Override::new("", &member.key, "") {
        return reader.error(member.key_at, path, message);
    }
    let nodes = values(reader, &member.node, path)?;
    if nodes.is_empty() {
        return reader.error(member.node.at, path, "found no value; accepted: at least one");
    }
    let mut axis = Axis { path: member.key.to_string(), at: member.key_at, values: Vec::with_capacity(nodes.len()) };
    let mut seen = std::collections::BTreeMap::new();
    for (i, node) in nodes.into_iter().enumerate() {
        let text = node.as_str().map_or_else(|| node.to_json_text(), str::to_owned);
        if let Some(first) = seen.insert(node.to_json_text(), i) {
            let message = format!("is the value {} again, like [{first}]; name each once", shorten(&text));
            return reader.error(node.at, &path.index(i), message);
        }
        let change = Override::with_node(&member.key, &member.key, node.clone()).expect("the path was read before");
        let argument = argument(&member.key, &node);
        axis.values.push(AxisValue { text, at: node.at, node, argument, change });
    }
    Some(axis)
}

/// The values of a list or a range.
fn values(reader: &mut Reader<'_>, node: &Node, path: &Path<'_>) -> Option<Vec<Node>> {
    match &node.value {
        Value::Array(elements) => Some(elements.clone()),
        Value::Object(_) => {
            let o = reader.object(node, path, &range::KEYS)?;
            let ends = range::KEYS.map(|key| {
                let accepted = "a number, or a text with a unit";
                reader.required(&o, key, accepted, |_, node, _| Some(node.clone()))
            });
            let [Some(from), Some(to), Some(step)] = ends else { return None };
            match range::expand(&from, &to, &step) {
                Ok(values) => Some(values.into_iter().map(|value| Node { value, at: node.at }).collect()),
                Err((key, message)) => {
                    let at = o.get(key).map_or(node.at, |node| node.at);
                    reader.error(at, &path.key(key), message)
                }
            }
        }
        _ => {
            let accepted = "an array of values, or {\"from\": …, \"to\": …, \"step\": …}";
            reader.error(node.at, path, format!("found {}; accepted: {accepted}", node.describe()))
        }
    }
}

fn constraints(reader: &mut Reader<'_>, node: &Node, path: &Path<'_>) -> Option<Vec<Constraint>> {
    let elements = reader.elements(node, path, "constraints")?;
    if elements.len() > MAX_CONSTRAINTS {
        return reader.error(node.at, path, format!("found {}; accepted: at most {MAX_CONSTRAINTS}", elements.len()));
    }
    let read: Vec<_> = elements.iter().enumerate().map(|(i, node)| constraint(reader, node, &path.index(i))).collect();
    read.into_iter().collect()
}

fn constraint(reader: &mut Reader<'_>, node: &Node, path: &Path<'_>) -> Option<Constraint> {
    let names: Vec<&str> = RELATIONS.iter().map(|(name, _)| *name).collect();
    let known: Vec<&str> = ["path"].into_iter().chain(names.iter().copied()).collect();
    let o = reader.object(node, path, &known)?;
    let left = reader.required(&o, "path", "a path of the scenario, such as \"tracker.entry_ttl\"", |r, n, p| {
        let text = r.text(n, p)?;
        let found = Override::new(text, text, "");
        r.or_error(found, n, p)
    });
    let given: Vec<&(&str, _)> = RELATIONS.iter().filter(|(name, _)| o.get(name).is_some()).collect();
    let [(name, relation)] = given[..] else {
        let message = format!("has {} of {}; accepted: exactly one", given.len(), names.join(", "));
        return reader.error(node.at, path, message);
    };
    let other = o.get(name).expect("it was found before").clone();
    if matches!(other.value, Value::Array(_) | Value::Object(_)) {
        let message = format!("found {}; accepted: a path, or a value", other.describe());
        return reader.error(other.at, &path.key(name), message);
    }
    let left = left?;
    let text = format!(
        "{} {} {}",
        left.label,
        name.replace('_', " "),
        other.as_str().map_or_else(|| other.to_json_text(), str::to_owned)
    );
    Some(Constraint { at: node.at, path: left, relation: *relation, other, text })
}

fn baseline(reader: &mut Reader<'_>, node: &Node, path: &Path<'_>, axes: &[Axis]) -> Option<Vec<(usize, usize)>> {
    let paths: Vec<&str> = axes.iter().map(|axis| axis.path.as_str()).collect();
    let Value::Object(members) = &node.value else {
        let accepted = "an object with a value of a varied path, such as {\"strategy.kind\": \"random\"}";
        return reader.error(node.at, path, format!("found {}; accepted: {accepted}", node.describe()));
    };
    if members.is_empty() {
        return reader.error(node.at, path, "names no value; accepted: a value of at least one varied path");
    }
    // Where the paths themselves were refused, what is said of them is not judged.
    if axes.is_empty() {
        return None;
    }
    let mut chosen = Vec::with_capacity(members.len());
    for member in members {
        let here = path.key(&member.key);
        let Some(axis) = paths.iter().position(|path| *path == &*member.key) else {
            let hint = did_you_mean(&member.key, paths.iter().copied());
            let message = format!("is not varied{hint}; varied are {}", paths.join(", "));
            reader.error::<()>(member.key_at, &here, message);
            continue;
        };
        let values = &axes[axis].values;
        match values.iter().position(|value| value.node.is_same(&member.node)) {
            Some(value) => chosen.push((axis, value)),
            None => {
                let texts: Vec<String> = values.iter().take(20).map(|value| value.text.clone()).collect();
                let found = member.node.describe();
                let message = format!("found {found}, which is none of its values; they are {}", texts.join(", "));
                reader.error::<()>(member.node.at, &here, message);
            }
        }
    }
    Some(chosen)
}

fn metrics(reader: &mut Reader<'_>, node: &Node, path: &Path<'_>) -> Option<Vec<&'static str>> {
    let elements = reader.elements(node, path, "metrics, such as \"completion.mean_s\"")?;
    if elements.is_empty() {
        return reader.error(node.at, path, "names no metric; accepted: at least one");
    }
    let mut chosen: Vec<&'static str> = Vec::with_capacity(elements.len());
    for (i, node) in elements.iter().enumerate() {
        let here = path.index(i);
        let Some(name) = reader.metric(node, &here) else { continue };
        let known = METRIC_NAMES.iter().find(|known| **known == name).expect("the reader knows no others");
        if chosen.contains(known) {
            reader.error::<()>(node.at, &here, format!("names {name} again; name each once"));
        } else {
            chosen.push(known);
        }
    }
    Some(chosen)
}

/// What an object of a document is: for those who are given a file and do not know. One that lacks a key it needs is told by the
/// others, so that it is judged as what it is meant to be.
pub fn is_sweep(root: &Node) -> bool {
    const OF_A_SCENARIO: &[&str] = &["stop", "file", "tracker", "protocol", "network", "peers"];
    let has = |key: &&&str| root.get(key).is_some();
    let own = ["scenario", "seeds", "vary", "constraints", "baseline", "metrics"];
    own.iter().filter(has).count() > OF_A_SCENARIO.iter().filter(has).count()
}
