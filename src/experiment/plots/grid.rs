//! What the plots of a sweep are drawn from: the rows of its `results.csv`, gathered by the values of what was varied.

use crate::experiment::measure::{self, Measure};
use crate::output::OutputError;
use crate::output::plots::axis::Axis;
use crate::scenario::units::{parse_duration, parse_rate, parse_size};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Columns of `results.csv` that are no varied path, beside the metrics.
const OTHER_COLUMNS: [&str; 4] = ["run", "seed", "digest", "status"];

/// The results of a sweep.
#[derive(Clone, Debug)]
pub struct Grid {
    /// What was varied, in the order of the columns.
    pub paths: Vec<Varied>,
    /// The metrics, in the order of the columns.
    pub metrics: Vec<&'static Measure>,
    runs: Vec<Run>,
}

/// A varied path.
#[derive(Clone, Debug)]
pub struct Varied {
    /// The path.
    pub path: String,
    /// Its values: rising where they are numbers, and else in the order in which they were run.
    pub values: Vec<String>,
    /// The same as numbers, where all are.
    pub numbers: Option<Vec<f64>>,
    quantity: Quantity,
}

/// What the numbers of a path count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    Plain,
    Seconds,
    Bytes,
    BitsPerSecond,
}

#[derive(Clone, Debug)]
struct Run {
    /// The index of its value, a path each.
    at: Box<[u32]>,
    complete: bool,
    /// NaN where there is none: half as large as an option.
    metrics: Box<[f64]>,
}

/// Why rows cannot be read.
enum Error {
    Output(OutputError),
    Csv(csv::Error),
}

impl From<OutputError> for Error {
    fn from(error: OutputError) -> Error {
        Error::Output(error)
    }
}

impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Error {
        Error::Csv(error)
    }
}

/// The runs at one point of the grid.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// The metric's values.
    pub values: Vec<f64>,
    /// Runs left out, for not everyone had completed.
    pub censored: usize,
}

impl Grid {
    /// Reads `results.csv` in `folder`.
    pub fn read(folder: &Path) -> Result<Grid, OutputError> {
        let path = folder.join("results.csv");
        let open = || -> Result<csv::Reader<File>, OutputError> {
            Ok(csv::Reader::from_reader(File::open(&path).map_err(OutputError::io("read", &path))?))
        };
        Grid::of(open).map_err(|error| match error {
            Error::Output(error) => error,
            Error::Csv(error) => OutputError::damaged(&path, error),
        })
    }

    /// Reads the rows twice, first what was varied and then the figures, so that no more is held than is drawn.
    fn of<R: Read>(open: impl Fn() -> Result<csv::Reader<R>, OutputError>) -> Result<Grid, Error> {
        let mut csv = open()?;
        let header = csv.headers()?.clone();
        let is_metric = |name: &str| measure::find(name).map(|(_, measure)| measure);
        let metrics: Vec<(usize, &Measure)> =
            header.iter().enumerate().filter_map(|(i, name)| Some((i, is_metric(name)?))).collect();
        let is_path = |name: &str| is_metric(name).is_none() && !OTHER_COLUMNS.contains(&name);
        let columns: Vec<usize> = (0..header.len()).filter(|&i| is_path(&header[i])).collect();
        let mut values: Vec<Vec<String>> = vec![Vec::new(); columns.len()];
        let mut record = csv::StringRecord::new();
        while csv.read_record(&mut record)? {
            for (&i, values) in columns.iter().zip(&mut values) {
                // Rows come point by point: the value is mostly the last one or known.
                if values.last().is_none_or(|last| *last != record[i])
                    && !values.iter().any(|known| *known == record[i])
                {
                    values.push(record[i].to_owned());
                }
            }
        }
        let paths: Vec<Varied> =
            columns.iter().zip(values).map(|(&i, values)| Varied::new(&header[i], values)).collect();
        let status = header.iter().position(|name| name == "status");
        let (mut csv, mut runs) = (open()?, Vec::new());
        while csv.read_record(&mut record)? {
            runs.push(Run {
                at: columns.iter().zip(&paths).map(|(&i, path)| path.index(&record[i])).collect(),
                complete: status.is_none_or(|i| &record[i] == "complete"),
                metrics: metrics.iter().map(|&(i, _)| record[i].parse().unwrap_or(f64::NAN)).collect(),
            });
        }
        Ok(Grid { paths, metrics: metrics.into_iter().map(|(_, measure)| measure).collect(), runs })
    }

    /// The runs by their place in the grid, one index a path.
    pub fn cells(&self, metric: usize) -> BTreeMap<Vec<usize>, Cell> {
        let mut cells: BTreeMap<Vec<usize>, Cell> = BTreeMap::new();
        for run in &self.runs {
            let cell = cells.entry(run.at.iter().map(|i| *i as usize).collect()).or_default();
            match run.metrics[metric] {
                _ if self.metrics[metric].needs_everyone && !run.complete => cell.censored += 1,
                value if value.is_nan() => {}
                value => cell.values.push(value),
            }
        }
        cells
    }

    /// The most runs at one point.
    pub fn most_seeds(&self) -> usize {
        let mut counts: BTreeMap<&[u32], usize> = BTreeMap::new();
        self.runs.iter().for_each(|run| *counts.entry(&run.at).or_default() += 1);
        counts.into_values().max().unwrap_or(0)
    }
}

impl Varied {
    /// A path with these values, each once.
    fn new(path: &str, values: Vec<String>) -> Varied {
        let kinds = [Quantity::Plain, Quantity::Seconds, Quantity::Bytes, Quantity::BitsPerSecond];
        let read = |kind: &Quantity| values.iter().map(|text| kind.read(text)).collect::<Option<Vec<f64>>>();
        let Some((quantity, numbers)) = kinds.iter().find_map(|kind| Some((*kind, read(kind)?))) else {
            return Varied { path: path.into(), values, numbers: None, quantity: Quantity::Plain };
        };
        let mut pairs: Vec<(f64, String)> = numbers.into_iter().zip(values).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (numbers, values) = pairs.into_iter().unzip();
        Varied { path: path.into(), values, numbers: Some(numbers), quantity }
    }

    fn index(&self, value: &str) -> u32 {
        // Whoever changes the file between two readings is shown something wrong, and no panic.
        self.values.iter().position(|known| known == value).unwrap_or(0) as u32
    }

    /// The axis for the path's numbers; logarithmic where they span orders of magnitude.
    pub fn axis(&self, ticks: u32) -> Axis {
        let numbers = self.numbers.as_deref().unwrap_or_default();
        let (from, to) = (numbers.first().copied().unwrap_or(0.0), numbers.last().copied().unwrap_or(1.0));
        let is_wide = from > 0.0 && to / from >= 50.0 && numbers.len() > 3;
        match self.quantity {
            _ if is_wide => Axis::decades(&format!("{}{} (log scale)", self.path, self.unit()), from, to),
            Quantity::Seconds => Axis::time(&self.path, from, to),
            _ => Axis::span(&format!("{}{}", self.path, self.unit()), from, to, ticks),
        }
    }

    /// Whether its values are durations.
    pub fn is_time(&self) -> bool {
        self.quantity == Quantity::Seconds
    }

    fn unit(&self) -> &'static str {
        match self.quantity {
            Quantity::Plain => "",
            Quantity::Seconds => " (s)",
            Quantity::Bytes => " (bytes)",
            Quantity::BitsPerSecond => " (bit/s)",
        }
    }
}

impl Quantity {
    fn read(self, text: &str) -> Option<f64> {
        match self {
            Quantity::Plain => text.parse().ok().filter(|number: &f64| number.is_finite()),
            Quantity::Seconds => Some(parse_duration(text).ok()?.as_secs_f64()),
            Quantity::Bytes => Some(parse_size(text).ok()? as f64),
            Quantity::BitsPerSecond => Some(parse_rate(text).ok()? as f64),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A grid from the text of a file.
    pub fn grid(text: &str) -> Grid {
        Grid::of(|| Ok(csv::Reader::from_reader(text.as_bytes()))).unwrap_or_else(|_| panic!("no table: {text}"))
    }

    #[test]
    fn paths_and_metrics_are_told_apart_and_numbers_sorted() {
        let grid = grid(
            "run,seed,tracker.entry_ttl,strategy.kind,completion.mean_s,expiry.false_expiries,digest,status\n\
             0,1,2min,random,10,1,aa,complete\n1,2,2min,random,,3,bb,incomplete\n2,1,30s,random,12,2,cc,complete\n",
        );
        assert_eq!(grid.paths[0].values, ["30s", "2min"]);
        assert_eq!(grid.paths[0].numbers, Some(vec![30.0, 120.0]));
        assert_eq!(grid.paths[1].numbers, None);
        let cells = grid.cells(0);
        assert_eq!((cells[&vec![1, 0]].values.clone(), cells[&vec![1, 0]].censored), (vec![10.0], 1));
        assert_eq!(grid.cells(1)[&vec![1, 0]].values, [1.0, 3.0], "a count is one however the run ended");
        assert_eq!(grid.most_seeds(), 2);
    }
}
