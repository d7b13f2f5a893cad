//! Every point of the grid, read once before the first run, so that none is refused when others have been done.
//!
//! A problem that many points have is told once, at the value (or the path) in the sweep's file that makes it, or at its place in
//! the scenario.

use super::file::{Refusal, Sweep};
use super::plan::no_files;
use crate::experiment::Case;
use crate::scenario::json::Path;
use crate::scenario::overrides;
use crate::scenario::problem::{At, MAX_RECORDED, Problem, Severity, grouped};
use crate::scenario::{Estimate, Override, Report, Scenario};
use std::collections::{BTreeMap, BTreeSet};

/// The place of what has none in a text until it is told.
const NOWHERE: usize = usize::MAX;

/// What one run may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Memory, in bytes, by the estimate.
    pub memory_bytes: u64,
    /// Events, by the estimate.
    pub events: f64,
}

/// What is known of the points.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Those that are run, by number; all where there are no constraints.
    pub kept: Option<Vec<u32>>,
    /// How many the constraints have left out.
    pub left_out: usize,
    /// The most memory that a run takes, in bytes, by the estimate.
    pub memory_bytes: u64,
    /// Events of all points under one seed, by the estimate.
    pub events: f64,
    /// What a run of each point takes, in seconds, by the estimate.
    pub costs_s: Vec<f32>,
    /// Warnings, each once.
    pub warnings: Vec<Report>,
}

/// The values of a point, by varied path: the last path's change fastest.
pub fn values_of(sweep: &Sweep, mut number: usize) -> Vec<usize> {
    let mut values = vec![0; sweep.axes.len()];
    for (value, axis) in values.iter_mut().zip(&sweep.axes).rev() {
        (*value, number) = (number % axis.values.len(), number / axis.values.len());
    }
    values
}

/// The number of the point with these values.
pub fn number_of(sweep: &Sweep, values: &[usize]) -> usize {
    values.iter().zip(&sweep.axes).fold(0, |number, (value, axis)| number * axis.values.len() + value)
}

/// The changes that make a point of the scenario.
pub fn overrides(sweep: &Sweep, values: &[usize]) -> Vec<Override> {
    sweep.axes.iter().zip(values).map(|(axis, &value)| axis.values[value].change.clone()).collect()
}

/// Reads each of the points.
pub fn every_point(sweep: &Sweep, points: usize, bounds: Bounds) -> Result<Checked, Refusal> {
    check_paths(sweep)?;
    let mut found = Found::default();
    let mut checked =
        Checked { kept: None, left_out: 0, memory_bytes: 0, events: 0.0, costs_s: Vec::new(), warnings: Vec::new() };
    let mut kept = (!sweep.constraints.is_empty()).then(Vec::new);
    for number in 0..points {
        let values = values_of(sweep, number);
        let changes = overrides(sweep, &values);
        let (scenario, problems) = sweep.base.try_read(&changes, &no_files);
        let is_kept = match kept {
            None => true,
            Some(_) => satisfies(sweep, &changes, scenario.as_ref()).unwrap_or_else(|(constraint, message)| {
                found.constraint(constraint, message, number);
                true
            }),
        };
        if !is_kept {
            checked.left_out += 1;
            continue;
        }
        kept.iter_mut().for_each(|kept| kept.push(number as u32));
        problems.into_iter().for_each(|problem| found.add(problem, &values, number));
        if let Some(scenario) = &scenario {
            let estimate = Estimate::of(scenario);
            if let Err(message) = estimate.within(bounds.memory_bytes, bounds.events) {
                found.estimate(message, number);
            }
            checked.memory_bytes = checked.memory_bytes.max(estimate.memory_bytes);
            checked.events += estimate.events;
            checked.costs_s.push(estimate.seconds() as f32);
        }
    }
    let of_points = points - checked.left_out;
    let errors = found.reports(sweep, Severity::Error, of_points);
    if !errors.is_empty() {
        return Err(Refusal { reports: errors });
    }
    check_that_values_differ(sweep)?;
    checked.warnings = found.reports(sweep, Severity::Warning, of_points);
    checked.kept = kept;
    Ok(checked)
}

/// What is wrong with the points of a sweep whose file was refused for other reasons: the baseline of a path that leads nowhere, say.
/// Where there are very many points they are left for when the file is mended.
pub fn also_wrong(sweep: &Sweep) -> Vec<Report> {
    const MANY: usize = 10_000;
    let points = sweep.axes.iter().try_fold(1_usize, |points, axis| points.checked_mul(axis.values.len()));
    let without_limits = Bounds { memory_bytes: u64::MAX, events: f64::INFINITY };
    match points.filter(|points| *points <= MANY).map(|points| every_point(sweep, points, without_limits)) {
        Some(Err(refusal)) => refusal.reports,
        _ => Vec::new(),
    }
}

/// Whether a point satisfies all constraints; else which of them cannot be judged, and why.
fn satisfies(sweep: &Sweep, changes: &[Override], scenario: Option<&Scenario>) -> Result<bool, (usize, String)> {
    let mut raw = sweep.base.root().clone();
    // What is wrong with a path has been told before.
    overrides::apply(&mut raw, changes);
    for (i, constraint) in sweep.constraints.iter().enumerate() {
        if !constraint.holds(&raw, scenario).map_err(|message| (i, message))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the paths lead somewhere, and each to a place of its own.
fn check_paths(sweep: &Sweep) -> Result<(), Refusal> {
    let mut root = sweep.base.root().clone();
    let changes = overrides(sweep, &vec![0; sweep.axes.len()]);
    let problems: Vec<Problem> = overrides::apply(&mut root, &changes)
        .into_iter()
        .map(|problem| match problem.at {
            At::Override(axis) => {
                let at = sweep.axes[axis].at;
                let message = match problem.message.strip_prefix("is set twice") {
                    Some(_) => format!("is varied twice, as {} too; name it once", twin(sweep, axis)),
                    None => format!("{} {}", problem.path.trim_start_matches("$."), problem.message),
                };
                Problem { at, path: path_of(sweep, axis), message, ..problem }
            }
            At::Text(_) => problem,
        })
        .collect();
    let problems = if problems.is_empty() { nested(sweep, &changes) } else { problems };
    if problems.is_empty() { Ok(()) } else { Err(sweep.document.report(&[], problems).into()) }
}

/// Paths that lead into what another path sets as a whole: which of the two a run would have is not for us to guess.
fn nested(sweep: &Sweep, changes: &[Override]) -> Vec<Problem> {
    let places: Vec<String> = changes.iter().filter_map(|one| overrides::place(sweep.base.root(), one)).collect();
    let is_inside =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']));
    let mut problems = Vec::new();
    for (axis, place) in places.iter().enumerate() {
        let Some(outer) = places.iter().position(|outer| is_inside(place, outer)) else { continue };
        let message = format!("is a part of {}, which is varied too; vary one of them", sweep.axes[outer].path);
        problems.push(Problem::error(sweep.axes[axis].at, path_of(sweep, axis), message));
    }
    problems
}

/// The earlier path that leads to the same place.
fn twin(sweep: &Sweep, axis: usize) -> &str {
    let is_twin = |earlier: &&super::Axis| {
        let mut root = sweep.base.root().clone();
        let pair = [earlier.values[0].change.clone(), sweep.axes[axis].values[0].change.clone()];
        !overrides::apply(&mut root, &pair).is_empty()
    };
    sweep.axes[..axis].iter().find(is_twin).map_or("another", |earlier| &earlier.path)
}

/// The place of a varied path as messages write it.
fn path_of(sweep: &Sweep, axis: usize) -> String {
    Path::Root.key("vary").key(&sweep.axes[axis].path).to_string()
}

/// Refuses values that make the same run, however they are written: `60s` and `1min`.
fn check_that_values_differ(sweep: &Sweep) -> Result<(), Refusal> {
    let mut problems = Vec::new();
    for (number, axis) in sweep.axes.iter().enumerate() {
        let mut seen = BTreeMap::new();
        for (i, value) in axis.values.iter().enumerate() {
            let mut values = vec![0; sweep.axes.len()];
            values[number] = i;
            let (scenario, _) = sweep.base.try_read(&overrides(sweep, &values), &no_files);
            let Some(scenario) = scenario else { continue };
            if let Some(first) = seen.insert(Case::new(scenario, Vec::new()).identity, i) {
                let first = &axis.values[first].text;
                let message = format!("found {}, which makes the same runs as {first}; name each once", value.text);
                problems.push(Problem::error(value.at, format!("{}[{i}]", path_of(sweep, number)), message));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(sweep.document.report(&[], problems).into()) }
}

/// Problems of points, the same ones gathered.
#[derive(Default)]
struct Found {
    problems: BTreeMap<(At, String, String), Gathered>,
}

struct Gathered {
    problem: Problem,
    /// The first point that has it, and how many have.
    first: usize,
    points: usize,
    /// Where it comes from a varied path: which of its values have it.
    values: BTreeSet<usize>,
}

impl Found {
    fn add(&mut self, problem: Problem, values: &[usize], number: usize) {
        let value = match problem.at {
            At::Override(axis) => values.get(axis).copied(),
            At::Text(_) => None,
        };
        self.gather(problem, number).values.extend(value);
    }

    fn gather(&mut self, problem: Problem, number: usize) -> &mut Gathered {
        // A warning is told once a place, whatever the values in its words.
        let words = if problem.severity == Severity::Error { problem.message.clone() } else { String::new() };
        let mut key = (problem.at, problem.path.clone(), words);
        if self.problems.len() >= MAX_RECORDED && !self.problems.contains_key(&key) {
            // So many different ones are enough: the rest is counted with the last.
            key = self.problems.keys().next_back().expect("there are many").clone();
        }
        let new = || Gathered { problem, first: number, points: 0, values: BTreeSet::new() };
        let gathered = self.problems.entry(key).or_insert_with(new);
        gathered.points += 1;
        gathered
    }

    fn constraint(&mut self, constraint: usize, message: String, number: usize) {
        let path = Path::Root.key("constraints").index(constraint).to_string();
        self.gather(Problem::error(At::Text(NOWHERE), path, message), number);
    }

    fn estimate(&mut self, message: String, number: usize) {
        self.gather(Problem::error(At::Text(NOWHERE), String::new(), message), number);
    }

    /// The reports of this severity: one on the sweep's file, and one on the scenario's where that is another.
    fn reports(&self, sweep: &Sweep, severity: Severity, points: usize) -> Vec<Report> {
        let (mut own, mut foreign) = (Vec::new(), Vec::new());
        for gathered in self.problems.values().filter(|gathered| gathered.problem.severity == severity) {
            let problem = placed(sweep, gathered, points);
            let is_foreign = !sweep.is_inline && matches!(gathered.problem.at, At::Text(at) if at != NOWHERE);
            if is_foreign { foreign.push(problem) } else { own.push(problem) }
        }
        let report = |problems: Vec<Problem>, document: &crate::scenario::Document| {
            (!problems.is_empty()).then(|| document.report(&[], problems))
        };
        report(own, &sweep.document).into_iter().chain(report(foreign, &sweep.base)).collect()
    }
}

/// A problem at the place in a file that it comes from.
fn placed(sweep: &Sweep, gathered: &Gathered, points: usize) -> Problem {
    let Problem { severity, at, path, message } = gathered.problem.clone();
    match at {
        At::Override(axis) => {
            let values = &sweep.axes[axis].values;
            let inside = path.trim_start_matches("$.");
            let value = gathered.values.first().copied().filter(|_| gathered.values.len() == 1);
            // What every value has is the path's fault; a key that nothing has always is.
            let value = value.filter(|_| values.len() > 1 || !message.starts_with("there is no key"));
            let (at, path) = match value {
                Some(value) => (values[value].at, format!("{}[{value}]", path_of(sweep, axis))),
                None => (sweep.axes[axis].at, path_of(sweep, axis)),
            };
            Problem {
                severity,
                at,
                path,
                message: format!("{inside}: {message}{}", which(sweep, gathered, points, Some(axis))),
            }
        }
        At::Text(NOWHERE) => {
            let of_constraint =
                path.strip_prefix("$.constraints[").and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
            let at = match of_constraint {
                Some(constraint) => sweep.constraints[constraint].at,
                None => sweep.document.root().get("vary").map_or(At::Text(0), |node| node.at),
            };
            let path = if path.is_empty() { "$.vary".to_owned() } else { path };
            Problem { severity, at, path, message: format!("{message}{}", which(sweep, gathered, points, None)) }
        }
        At::Text(_) => {
            let path = if sweep.is_inline { path.replacen('$', "$.scenario", 1) } else { path };
            Problem { severity, at, path, message: format!("{message}{}", which(sweep, gathered, points, None)) }
        }
    }
}

/// At which points it is so, where that is not all of them and does not follow from `told`, the path at which it is told.
fn which(sweep: &Sweep, gathered: &Gathered, points: usize, told: Option<usize>) -> String {
    let of_value = told.map_or(points, |axis| points * gathered.values.len() / sweep.axes[axis].values.len());
    if gathered.points >= of_value || points == 1 {
        return String::new();
    }
    let values = values_of(sweep, gathered.first);
    let others = sweep.axes.iter().zip(values).enumerate().filter(|(i, _)| Some(*i) != told);
    let texts: Vec<String> =
        others.map(|(_, (axis, value))| format!("{} = {}", axis.path, axis.values[value].text)).collect();
    let more = match gathered.points - 1 {
        0 => String::new(),
        more => format!(", and {} more", grouped(more as u64)),
    };
    format!(" (at {}{more})", texts.join(", "))
}
