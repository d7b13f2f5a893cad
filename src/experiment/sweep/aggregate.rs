//! `aggregate.csv`: a row a point and metric, over the seeds; and against the baseline, seed by seed.

use super::plan::Plan;
use super::results::{number, of_csv};
use crate::experiment::Outcome;
use crate::experiment::statistics::{Interval, Pairs, Sample};
use crate::output::{OutputError, RunFolder, StagedFile};
use std::path::PathBuf;

/// The confidence of the intervals.
const LEVEL: f64 = 0.95;

/// The columns after the varied paths.
const COLUMNS: &[&str] =
    &["metric", "runs", "n", "censored", "failed", "mean", "ci95_low", "ci95_high", "median", "std_dev"];
/// Those that a sweep with a baseline has besides.
const PAIRED: &[&str] = &[
    "paired_n",
    "mean_difference",
    "difference_ci95_low",
    "difference_ci95_high",
    "mean_ratio",
    "ratio_ci95_low",
    "ratio_ci95_high",
];

/// The file being written.
pub struct Aggregate {
    csv: csv::Writer<StagedFile>,
    path: PathBuf,
    /// The baseline that was read last, since neighbors often share one.
    baseline: Option<(usize, Vec<Option<Figures>>)>,
}

/// What the aggregate needs of a run: a point may have a million of them.
pub struct Figures {
    is_failed: bool,
    /// By metric of the sweep.
    values: Box<[Figure]>,
}

#[derive(Clone, Copy)]
enum Figure {
    /// It does not exist in this run.
    Absent,
    Censored,
    Value(f64),
}

impl Figures {
    /// Those of a run.
    pub fn of(plan: &Plan, outcome: &Outcome) -> Figures {
        let figure = |metric: &&str| match (outcome.is_censored(metric), outcome.metric(metric)) {
            (true, _) => Figure::Censored,
            (false, Some(value)) => Figure::Value(value),
            (false, None) => Figure::Absent,
        };
        Figures { is_failed: outcome.is_failed(), values: plan.sweep().metrics.iter().map(figure).collect() }
    }

    fn usable(&self, metric: usize) -> Option<f64> {
        match self.values[metric] {
            Figure::Value(value) => Some(value),
            Figure::Absent | Figure::Censored => None,
        }
    }
}

/// The columns of the file.
pub fn columns(plan: &Plan) -> Vec<String> {
    let paths = plan.sweep().axes.iter().map(|axis| axis.path.as_str());
    let paired = if plan.sweep().baseline.is_empty() { &[][..] } else { PAIRED };
    paths.chain(COLUMNS.iter().copied()).chain(paired.iter().copied()).map(str::to_owned).collect()
}

impl Aggregate {
    /// Begins the file.
    pub fn new(folder: &RunFolder, plan: &Plan) -> Result<Aggregate, OutputError> {
        let file = folder.create("aggregate.csv")?;
        let path = file.path().to_path_buf();
        let mut csv = csv::WriterBuilder::new().from_writer(file);
        csv.write_record(columns(plan)).map_err(|error| of_csv(&path, error))?;
        Ok(Aggregate { csv, path, baseline: None })
    }

    /// Adds a point, whose runs came to `runs`.
    pub fn add(
        &mut self,
        plan: &Plan,
        point: usize,
        runs: &[Option<Figures>],
        outcome: &mut dyn FnMut(usize) -> Result<Option<Outcome>, OutputError>,
    ) -> Result<(), OutputError> {
        self.read_baseline(plan, point, outcome)?;
        let baseline = self.baseline.as_ref().map(|(_, runs)| runs.as_slice());
        let texts = plan.texts(point * plan.seeds());
        for (metric, name) in plan.sweep().metrics.iter().enumerate() {
            let mut cells: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            cells.push((*name).to_owned());
            cells.extend(described(runs, metric));
            if !plan.sweep().baseline.is_empty() {
                cells.extend(baseline.map_or_else(nothing, |baseline| paired(runs, baseline, metric)));
            }
            self.csv.write_record(&cells).map_err(|error| of_csv(&self.path, error))?;
        }
        Ok(())
    }

    fn read_baseline(
        &mut self,
        plan: &Plan,
        point: usize,
        outcome: &mut dyn FnMut(usize) -> Result<Option<Outcome>, OutputError>,
    ) -> Result<(), OutputError> {
        let wanted = plan.baseline_of(point);
        if wanted == self.baseline.as_ref().map(|(point, _)| *point) {
            return Ok(());
        }
        self.baseline = match wanted {
            None => None,
            Some(wanted) => {
                let runs = wanted * plan.seeds()..(wanted + 1) * plan.seeds();
                let figures = |run| Ok(outcome(run)?.map(|outcome| Figures::of(plan, &outcome)));
                Some((wanted, runs.map(figures).collect::<Result<_, OutputError>>()?))
            }
        };
        Ok(())
    }

    /// Ends the file.
    pub fn finish(self, folder: &mut RunFolder) -> Result<(), OutputError> {
        let file = self.csv.into_inner().map_err(|error| OutputError::io("write", &self.path)(error.into_error()))?;
        folder.finish(file)
    }
}

/// One metric of a point's runs.
fn described(runs: &[Option<Figures>], metric: usize) -> Vec<String> {
    let done = || runs.iter().flatten();
    let values: Vec<f64> = done().filter_map(|run| run.usable(metric)).collect();
    let counts = [
        done().count(),
        values.len(),
        done().filter(|run| matches!(run.values[metric], Figure::Censored)).count(),
        done().filter(|run| run.is_failed).count(),
    ];
    let sample = Sample::of(&values);
    let sample = sample.as_ref();
    let [low, high] = ends(sample.and_then(|sample| sample.mean_interval(LEVEL)));
    let mut cells: Vec<String> = counts.map(|count| count.to_string()).to_vec();
    cells.push(number(sample.map(Sample::mean)));
    cells.extend([low, high]);
    cells.extend([number(sample.map(Sample::median)), number(sample.and_then(Sample::std_dev))]);
    cells
}

/// One metric of a point's runs against those of the baseline under the same seeds.
fn paired(runs: &[Option<Figures>], baseline: &[Option<Figures>], metric: usize) -> Vec<String> {
    let values = |runs: &[Option<Figures>]| -> Vec<Option<f64>> {
        runs.iter().map(|run| run.as_ref()?.usable(metric)).collect()
    };
    let pairs = Pairs::of(&values(runs), &values(baseline));
    let each = |figure: fn(f64, f64) -> f64| -> Vec<f64> {
        pairs.strategy.iter().zip(&pairs.baseline).map(|(one, other)| figure(*one, *other)).collect()
    };
    let mut cells = vec![pairs.strategy.len().to_string()];
    // A ratio to 0 is no number, and then there is no sample.
    for figures in [each(|one, other| one - other), each(|one, other| one / other)] {
        let sample = Sample::of(&figures);
        cells.push(number(sample.as_ref().map(Sample::mean)));
        cells.extend(ends(sample.and_then(|sample| sample.mean_interval(LEVEL))));
    }
    cells
}

/// Where the baseline's point is not among the runs.
fn nothing() -> Vec<String> {
    vec![String::new(); PAIRED.len()]
}

fn ends(interval: Option<Interval>) -> [String; 2] {
    [number(interval.map(|interval| interval.low)), number(interval.map(|interval| interval.high))]
}
