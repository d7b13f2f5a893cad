//! The files of a sweep: `results.csv` and `.parquet`, `runs.jsonl` and `aggregate.csv`, written row by row in the order of the plan.

use super::aggregate::{Aggregate, Figures};
use super::plan::Plan;
use super::run::Shard;
use crate::experiment::Outcome;
use crate::experiment::journal::line_of;
use crate::metrics::is_count;
use crate::output::parquet::{Column, Kind, Writer};
use crate::output::{OutputError, RunFolder, StagedFile};
use std::io::{self, Write};
use std::path::Path;

/// The file that holds every outcome in full.
pub const RUNS: &str = "runs.jsonl";
/// The sweep itself.
pub const SWEEP: &str = "sweep.json";
/// How many failures, and how many unmet expectations, are told in words.
const TOLD: usize = 20;

/// What the rows came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Runs that were done.
    pub done: usize,
    /// Of those, the ones that failed.
    pub failed: usize,
    /// Of those, the ones of which something was expected that did not come.
    pub unmet: usize,
    /// The first of both in words.
    pub messages: Vec<String>,
}

impl Tally {
    fn add(&mut self, run: usize, outcome: &Outcome) {
        self.done += 1;
        if let crate::experiment::Status::Failed(why) = &outcome.status {
            self.failed += 1;
            self.tell(format!("run {run} (seed {}) failed: {why}", outcome.seed));
        }
        self.unmet += usize::from(!outcome.unmet.is_empty());
        for unmet in &outcome.unmet {
            self.tell(format!("run {run} (seed {}): expectation not met: {unmet}", outcome.seed));
        }
    }

    fn tell(&mut self, message: String) {
        if self.messages.len() < TOLD {
            self.messages.push(message);
        }
    }
}

/// Stages all files but the plots. `outcome` gives what is known of a run. A shard has no `aggregate.csv`: that is the whole's.
pub fn write(
    folder: &mut RunFolder,
    plan: &Plan,
    shard: Shard,
    outcome: &mut dyn FnMut(usize) -> Result<Option<Outcome>, OutputError>,
) -> Result<Tally, OutputError> {
    folder.write(SWEEP, plan.to_json_text().as_bytes())?;
    let mut rows = Rows::new(folder, plan)?;
    let mut aggregate = if shard.is_whole() { Some(Aggregate::new(folder, plan)?) } else { None };
    let mut tally = Tally::default();
    for point in 0..plan.points() {
        let mut of_point: Vec<Option<Figures>> = Vec::with_capacity(plan.seeds());
        let first = point * plan.seeds();
        for run in first..first + plan.seeds() {
            let found = if shard.has(run) { outcome(run)? } else { None };
            if let Some(outcome) = &found {
                tally.add(run, outcome);
                rows.add(plan, run, outcome)?;
            }
            if aggregate.is_some() {
                of_point.push(found.map(|outcome| Figures::of(plan, &outcome)));
            }
        }
        if let Some(aggregate) = &mut aggregate {
            aggregate.add(plan, point, &of_point, outcome)?;
        }
    }
    rows.finish(folder)?;
    aggregate.map_or(Ok(()), |aggregate| aggregate.finish(folder))?;
    Ok(tally)
}

/// The three files that have a row a run.
struct Rows {
    csv: csv::Writer<StagedFile>,
    parquet: Writer<StagedFile>,
    runs: StagedFile,
    cells: Vec<String>,
    paths: [std::path::PathBuf; 3],
}

impl Rows {
    fn new(folder: &RunFolder, plan: &Plan) -> Result<Rows, OutputError> {
        let (csv, parquet, runs) =
            (folder.create("results.csv")?, folder.create("results.parquet")?, folder.create(RUNS)?);
        let paths = [&csv, &parquet, &runs].map(|file| file.path().to_path_buf());
        let columns = columns(plan);
        let mut csv = csv::WriterBuilder::new().from_writer(csv);
        csv.write_record(columns.iter().map(|(name, _)| name)).map_err(|e| of_csv(&paths[0], e))?;
        let parquet = Writer::new(columns, parquet).map_err(OutputError::io("write", &paths[1]))?;
        Ok(Rows { csv, parquet, runs, cells: Vec::new(), paths })
    }

    fn add(&mut self, plan: &Plan, run: usize, outcome: &Outcome) -> Result<(), OutputError> {
        self.cells.clear();
        self.cells.extend([run.to_string(), outcome.seed.to_string()]);
        self.cells.extend(plan.texts(run).into_iter().map(str::to_owned));
        self.cells.extend(plan.sweep().metrics.iter().map(|name| number(outcome.metric(name))));
        self.cells.extend([outcome.digest.clone(), outcome.status.name().to_owned()]);
        let [csv, parquet, runs] = &self.paths;
        self.csv.write_record(&self.cells).map_err(|e| of_csv(csv, e))?;
        self.parquet.row(self.cells.iter().map(String::as_str)).map_err(OutputError::io("write", parquet))?;
        self.runs.write_all(line_of(outcome).as_bytes()).map_err(OutputError::io("write", runs))
    }

    fn finish(self, folder: &mut RunFolder) -> Result<(), OutputError> {
        let [csv, parquet, _] = &self.paths;
        let file = self.csv.into_inner().map_err(|error| OutputError::io("write", csv)(error.into_error()))?;
        folder.finish(file)?;
        folder.finish(self.parquet.finish().map_err(OutputError::io("write", parquet))?)?;
        folder.finish(self.runs)
    }
}

/// The columns of `results.csv` and what they hold in `results.parquet`.
fn columns(plan: &Plan) -> Vec<Column> {
    let sweep = plan.sweep();
    let mut columns = vec![("run".to_owned(), Kind::Integer), ("seed".to_owned(), Kind::Unsigned)];
    columns.extend(sweep.axes.iter().map(|axis| (axis.path.clone(), kind_of(axis))));
    let kind = |name: &str| if is_count(name) { Kind::Integer } else { Kind::Real };
    columns.extend(sweep.metrics.iter().map(|name| ((*name).to_owned(), kind(name))));
    columns.extend([("digest".to_owned(), Kind::Text), ("status".to_owned(), Kind::Text)]);
    columns
}

/// A varied path is a number where every value is one.
fn kind_of(axis: &super::Axis) -> Kind {
    use crate::scenario::json::Value;
    let all = |is: &dyn Fn(&str) -> bool| {
        axis.values.iter().all(|value| matches!(&value.node.value, Value::Number(text) if is(text)))
    };
    if all(&|text| text.parse::<i64>().is_ok()) {
        Kind::Integer
    } else if all(&|text| text.parse::<f64>().is_ok()) {
        Kind::Real
    } else {
        Kind::Text
    }
}

/// A number with the fewest digits that read back as the same; empty where there is none.
pub fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// The system's own error where there is one beneath.
pub fn of_csv(path: &Path, error: csv::Error) -> OutputError {
    let source = match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        other => io::Error::other(format!("{other:?}")),
    };
    OutputError::io("write", path)(source)
}
