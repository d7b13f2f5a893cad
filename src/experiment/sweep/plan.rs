//! The plan: which runs a sweep has, and in which order. A run is made from its number when its turn comes.

use super::check::{self, Bounds, Checked};
use super::file::{Axis, Refusal, Seeds, Sweep};
use crate::experiment::Case;
use crate::experiment::case::identity;
use crate::scenario::json::Node;
use crate::scenario::problem::At;
use crate::scenario::{Override, Problem, Scenario};

/// The most runs of one sweep.
pub const MAX_RUNS: u64 = 1_000_000;

/// The runs of a sweep, every one of them known to be possible. The values of the last varied path change fastest, and each point's
/// seeds stand together.
#[derive(Clone, Debug)]
pub struct Plan {
    sweep: Sweep,
    /// The points of the grid that the constraints leave, by number; all where there are none.
    kept: Option<Vec<u32>>,
    points: usize,
    /// What a run of each point takes, in seconds, by the estimate.
    costs_s: Vec<f32>,
    /// Digest of what is asked for.
    digest: String,
}

impl Plan {
    /// Makes the plan of a sweep: reads every point of the grid once, and refuses it where one of them cannot be run.
    ///
    /// # Errors
    /// What is wrong with any of the points, and too many of them.
    pub fn new(sweep: Sweep, bounds: Bounds) -> Result<(Plan, Checked), Refusal> {
        let points = count(&sweep).map_err(|problem| Refusal::from(sweep.document.report(&[], vec![problem])))?;
        let mut checked = check::every_point(&sweep, points, bounds)?;
        let kept = checked.kept.clone();
        let points = kept.as_ref().map_or(points, Vec::len);
        if points == 0 {
            let message = "leave none of the points to be run".to_owned();
            let at = sweep.constraints.first().map_or(At::Text(0), |constraint| constraint.at);
            return Err(sweep.document.report(&[], vec![Problem::error(at, "$.constraints", message)]).into());
        }
        let costs_s = std::mem::take(&mut checked.costs_s);
        let mut plan = Plan { sweep, kept, points, costs_s, digest: String::new() };
        plan.digest = blake3::hash(plan.to_json_text().as_bytes()).to_hex().to_string();
        Ok((plan, checked))
    }

    /// What is asked for.
    pub fn sweep(&self) -> &Sweep {
        &self.sweep
    }

    /// How many runs there are.
    pub fn len(&self) -> usize {
        self.points * self.seeds()
    }

    /// Never: a plan has a run.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many points of the grid are run.
    pub fn points(&self) -> usize {
        self.points
    }

    /// How many seeds each point has.
    pub fn seeds(&self) -> usize {
        self.sweep.seeds.len()
    }

    /// The digest of what is asked for: equal for equal sweeps.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What a run takes on one processor, in seconds, by the estimate: good for telling long ones from short ones.
    pub fn cost_s(&self, run: usize) -> f64 {
        f64::from(self.costs_s[run / self.seeds()])
    }

    /// The seed of a run.
    pub fn seed(&self, run: usize) -> u64 {
        self.sweep.seeds.get(run % self.seeds())
    }

    /// The values of a point, by varied path.
    pub fn values(&self, point: usize) -> Vec<usize> {
        let number = self.kept.as_ref().map_or(point, |kept| kept[point] as usize);
        check::values_of(&self.sweep, number)
    }

    /// The texts of a run's values, by varied path.
    pub fn texts(&self, run: usize) -> Vec<&str> {
        let values = self.values(run / self.seeds());
        self.sweep.axes.iter().zip(values).map(|(axis, value)| axis.values[value].text.as_str()).collect()
    }

    /// The point that another is compared with; nothing where there is no baseline, or the constraints have left it out.
    pub fn baseline_of(&self, point: usize) -> Option<usize> {
        if self.sweep.baseline.is_empty() {
            return None;
        }
        let mut values = self.values(point);
        self.sweep.baseline.iter().for_each(|&(axis, value)| values[axis] = value);
        let number = check::number_of(&self.sweep, &values);
        match &self.kept {
            Some(kept) => kept.binary_search(&(number as u32)).ok(),
            None => Some(number),
        }
    }

    /// A run.
    ///
    /// # Panics
    /// Where there is no run of this number.
    pub fn case(&self, run: usize) -> Case {
        let values = self.values(run / self.seeds());
        let mut overrides = check::overrides(&self.sweep, &values);
        let seed = self.seed(run);
        overrides.push(Override::new("seed", "seed", &seed.to_string()).expect("`seed` is a path"));
        let (scenario, _) = self.sweep.base.try_read(&overrides, &no_files);
        Case::new(scenario.expect("every point was read before"), self.arguments(run))
    }

    /// The identities of its runs, one after the other.
    pub fn identities(&self) -> Identities<'_> {
        Identities { plan: self, point: None }
    }

    /// The arguments of `swarmsim run` that do a run alone.
    pub fn arguments(&self, run: usize) -> Vec<String> {
        let values = self.values(run / self.seeds());
        let mut arguments = vec![self.sweep.argument.clone()];
        for (axis, value) in self.sweep.axes.iter().zip(values) {
            arguments.extend(["--set".to_owned(), axis.values[value].argument.clone()]);
        }
        arguments.extend(["--seed".to_owned(), self.seed(run).to_string()]);
        arguments
    }

    /// The sweep as a file of its own, the scenario in it and ranges written out: it asks for the same, wherever it stands.
    pub fn to_json_text(&self) -> String {
        let sweep = &self.sweep;
        let values = |axis: &Axis| Node::array(axis.values.iter().map(|value| value.node.clone()));
        let seeds = match &sweep.seeds {
            Seeds::Range { from, count } => {
                Node::object([("from", Node::integer(*from)), ("count", Node::integer(*count))])
            }
            Seeds::List(list) => Node::array(list.iter().map(|seed| Node::integer(*seed))),
        };
        let mut members = vec![
            ("name", Node::string(&sweep.name)),
            ("description", Node::string(&sweep.description)),
            ("scenario", sweep.base.root().clone()),
            ("seeds", seeds),
            ("vary", Node::object(sweep.axes.iter().map(|axis| (axis.path.as_str(), values(axis))))),
        ];
        let constraints = sweep.document.root().get("constraints").filter(|_| !sweep.constraints.is_empty());
        members.extend(constraints.map(|node| ("constraints", node.clone())));
        if !sweep.baseline.is_empty() {
            let chosen = sweep.baseline.iter().map(|&(axis, value)| {
                let axis = &sweep.axes[axis];
                (axis.path.as_str(), axis.values[value].node.clone())
            });
            members.push(("baseline", Node::object(chosen)));
        }
        members.push(("metrics", Node::array(sweep.metrics.iter().map(|name| Node::string(name)))));
        Node::object(members).to_json_lines()
    }
}

/// The identities of runs. The runs of a point differ in nothing but their seed, so its scenario is read once for all of them.
#[derive(Debug)]
pub struct Identities<'p> {
    plan: &'p Plan,
    /// The point whose scenario was read last.
    point: Option<(usize, Scenario)>,
}

impl Identities<'_> {
    /// The identity of a run: that of its [`Case`].
    ///
    /// # Panics
    /// Where there is no run of this number.
    pub fn of(&mut self, run: usize) -> String {
        let point = run / self.plan.seeds();
        let mut scenario = match self.point.take() {
            Some((earlier, scenario)) if earlier == point => scenario,
            _ => self.plan.case(run).scenario,
        };
        scenario.config.seed = self.plan.seed(run);
        let identity = identity(&scenario);
        self.point = Some((point, scenario));
        identity
    }
}

/// The points of the grid, counted in whole numbers that do not overflow.
fn count(sweep: &Sweep) -> Result<usize, Problem> {
    let mut lengths = sweep.axes.iter().map(|axis| axis.values.len() as u128);
    let points = lengths.try_fold(1_u128, u128::checked_mul);
    let runs = points.and_then(|points| points.checked_mul(sweep.seeds.len() as u128));
    match (points, runs) {
        (Some(points), Some(runs)) if runs <= u128::from(MAX_RUNS) => Ok(points as usize),
        _ => {
            let found = runs.map_or_else(|| "more runs than can be counted".to_owned(), |runs| format!("{runs} runs"));
            let message = format!("makes {found} with the seeds; accepted: at most {MAX_RUNS}");
            let at = sweep.document.root().get("vary").map_or(At::Text(0), |node| node.at);
            Err(Problem::error(at, "$.vary", message))
        }
    }
}

/// The files that a scenario names have been read into it.
pub(super) fn no_files(_: &str) -> Result<Vec<u8>, String> {
    Err("files are not read here".to_owned())
}
