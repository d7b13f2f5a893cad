//! The charts of a run, from its tables.

use super::chart::{Chart, Kind, MOST_POINTS, Mark, Quantity, Series, chosen};
use crate::metrics::pictures::short;
use crate::output::plots::data::RunData;
use crate::output::plots::fold::Crowd;
use crate::output::plots::lag_bins;
use crate::output::tables::TimeRow;

/// Groups that get a line of their own; further ones are left to the tables.
const MOST_GROUPS: usize = 8;

/// The charts in the order of the page, each with what is said above it.
pub fn all(data: &RunData) -> Vec<(Chart, String)> {
    let first = [completion(data), population(data), listed(data), traffic(data), uplinks(data), copies(data)];
    first.into_iter().chain([requests(data), lag(data)]).collect()
}

/// An empty chart of time.
fn over_time(id: &str, title: &str, y: Quantity, xs: Vec<f64>) -> Chart {
    Chart {
        id: id.into(),
        title: title.into(),
        x: Quantity::Time,
        xlabel: "virtual time".into(),
        y,
        link: true,
        xs: xs.into_iter().map(short).collect(),
        series: Vec::new(),
        bands: Vec::new(),
        marks: Vec::new(),
        free: false,
        nothing: "The run has no samples.".into(),
    }
}

/// A chart of samples, a series a column.
fn sampled(data: &RunData, id: &str, title: &str, y: Quantity, columns: &[Column]) -> Chart {
    let rows: Vec<&TimeRow> = chosen(data.samples.len(), MOST_POINTS).into_iter().map(|i| &data.samples[i]).collect();
    let mut chart = over_time(id, title, y, rows.iter().map(|row| row.time_s.as_f64()).collect());
    chart.series = columns
        .iter()
        .enumerate()
        .map(|(color, (name, kind, get))| Series::partial(name, color, *kind, rows.iter().map(|row| get(row))))
        .collect();
    chart
}

/// A column of the samples: its name, how it is drawn, and its value.
type Column = (&'static str, Kind, fn(&TimeRow) -> Option<f64>);

fn population(data: &RunData) -> (Chart, String) {
    let columns: &[Column] = &[
        ("present", Kind::Area, |row| Some(f64::from(row.present))),
        ("leechers", Kind::Line, |row| Some(f64::from(row.leechers))),
        ("seeders", Kind::Line, |row| Some(f64::from(row.seeders))),
        ("completed so far", Kind::Dash, |row| Some(f64::from(row.completed))),
    ];
    let chart = sampled(data, "population", "Population", Quantity::Count, columns);
    (chart, "Peers that are there: leechers lack chunks, seeders have all.".into())
}

fn listed(data: &RunData) -> (Chart, String) {
    let columns: &[Column] = &[
        ("present", Kind::Line, |row| Some(f64::from(row.present))),
        ("listed", Kind::Line, |row| Some(f64::from(row.listed))),
        ("stale: listed and gone", Kind::Area, |row| Some(f64::from(row.stale_listed))),
    ];
    let chart = sampled(data, "listed", "Listed against present", Quantity::Count, columns);
    (chart, "The tracker hears nothing when a peer leaves; it lists it until its entry expires.".into())
}

fn traffic(data: &RunData) -> (Chart, String) {
    let columns: &[Column] = &[("uploads", Kind::Area, |row| Some(row.uploading_bytes_per_s))];
    let chart = sampled(data, "traffic", "Upload rate", Quantity::Rate, columns);
    (chart, "All uploads that are under way, each at its mean rate.".into())
}

fn copies(data: &RunData) -> (Chart, String) {
    let columns: &[Column] = &[
        ("mean copies of a chunk", Kind::Line, |row| Some(row.mean_copies)),
        ("copies of the rarest chunk", Kind::Line, |row| Some(f64::from(row.min_copies))),
        ("peers that lack the same last chunk", Kind::Line, |row| Some(f64::from(row.one_club))),
    ];
    let chart = sampled(data, "copy-counts", "Copies", Quantity::Number, columns);
    (chart, "Among the peers that are there. Without a copy of the rarest, nobody completes; a club of peers that lack nothing else grows.".into())
}

fn uplinks(data: &RunData) -> (Chart, String) {
    fn share(row: &TimeRow, count: u32) -> Option<f64> {
        (row.uplinks_sampled > 0).then(|| f64::from(count) / f64::from(row.uplinks_sampled))
    }
    let columns: &[Column] = &[
        ("idle", Kind::Area, |row| share(row, row.idle().iter().sum())),
        ("nothing wanted", Kind::Line, |row| share(row, row.idle_nothing_wanted)),
        ("stale knowledge", Kind::Line, |row| share(row, row.idle_stale_knowledge)),
        ("queued elsewhere", Kind::Line, |row| share(row, row.idle_queued_elsewhere)),
        ("nobody asks", Kind::Line, |row| share(row, row.idle_nobody_asks)),
        ("on the way", Kind::Line, |row| share(row, row.idle_on_the_way)),
    ];
    let chart = sampled(data, "uplinks", "Uplinks with nothing to send", Quantity::Share, columns);
    (chart, "Of the uplinks that are looked at while another peer lacks chunks, and why: see docs/metrics.md.".into())
}

fn requests(data: &RunData) -> (Chart, String) {
    let columns: &[Column] = &[
        ("Join", Kind::Line, |row| Some(row.join_requests as f64)),
        ("Active Proof", Kind::Line, |row| Some(row.active_proof_requests as f64)),
        ("Peer List", Kind::Line, |row| Some(row.peer_list_requests as f64)),
        ("Chunks Query", Kind::Line, |row| Some(row.chunks_query_requests as f64)),
        ("Fetch Chunk", Kind::Line, |row| Some(row.fetch_chunk_requests as f64)),
    ];
    let chart = sampled(data, "requests", "Requests", Quantity::Count, columns);
    (chart, "Sent in the sample interval that ends there. Hide Chunks Queries in the legend to see the others.".into())
}

/// The share of those who came to download that were complete, by virtual time, and a line a group.
fn completion(data: &RunData) -> (Chart, String) {
    let mut crowds: Vec<&Crowd> = data.crowds.all.iter().filter(|crowd| crowd.downloaders > 0).collect();
    crowds.sort_by_key(|crowd| crowd.first_row);
    let end = data.end();
    let points = 400;
    let xs: Vec<f64> = (0..=points).map(|i| end * f64::from(i) / f64::from(points)).collect();
    let share = |times: &[f64], all: u64, x: f64| times.partition_point(|at| *at <= x) as f64 / all.max(1) as f64;
    let mut chart = over_time("completion", "Completion", Quantity::Share, Vec::new());
    let everyone: u64 = crowds.iter().map(|crowd| crowd.downloaders).sum();
    if everyone > 0 && end > 0.0 {
        let is_several = crowds.len() > 1;
        if is_several {
            let mut all: Vec<f64> = crowds.iter().flat_map(|crowd| crowd.completed_at_s.iter().copied()).collect();
            all.sort_by(f64::total_cmp);
            chart.series.push(Series::new("all", 0, Kind::Line, xs.iter().map(|x| share(&all, everyone, *x))));
        }
        for (i, crowd) in crowds.iter().take(MOST_GROUPS).enumerate() {
            let kind = if is_several { Kind::Step } else { Kind::Area };
            let color = if is_several { i + 1 } else { 0 };
            let share = |x: &f64| share(&crowd.completed_at_s, crowd.downloaders, *x);
            chart.series.push(Series::new(&crowd.name, color, kind, xs.iter().map(share)));
        }
        chart.xs = xs.into_iter().map(short).collect();
    }
    if let Some((first_s, bound_s)) = data.crowds.first_arrival_s.zip(data.figure("completion.lower_bound_s")) {
        chart.marks.push(Mark { x: short(first_s + bound_s), name: "least makespan in theory".into() });
    }
    chart.nothing = "Nobody came to download.".into();
    (chart, "The share of those who came to download that had the whole file.".into())
}

/// How late departures were noticed, against what the rules allow.
fn lag(data: &RunData) -> (Chart, String) {
    let about = "From a departure to the end of its entry. Dashed: what the rules give where proofs and sweeps fall at random; lost proofs make it shorter, outages longer.";
    let mut chart = over_time("lag", "How late departures are noticed", Quantity::Count, Vec::new());
    (chart.link, chart.xlabel, chart.nothing) =
        (false, "from departure to the entry's end".into(), "No entry of a departed peer expired.".into());
    let Some(bins) = lag_bins(data) else { return (chart, about.into()) };
    let places = bins.counts.len();
    let edge = |i: usize| bins.from + bins.width * i as f64;
    chart.xs = (0..=places).map(|i| short(edge(i))).collect();
    let counts = bins.counts.iter().map(|count| Some(*count as f64)).chain([None]);
    chart.series.push(Series::partial("entries", 0, Kind::Bars, counts));
    if let Some(expected) = &bins.expected {
        let at = |x: f64| {
            let after = expected.iter().position(|(place, _)| *place > x)?;
            let ((a, low), (b, high)) = (expected[after.checked_sub(1)?], expected[after]);
            Some(low + (high - low) * (x - a) / (b - a))
        };
        let curve = (0..=places).map(|i| Some(at(edge(i)).unwrap_or(0.0)));
        chart.series.push(Series::partial("expected by the rules", 1, Kind::Dash, curve));
    }
    (chart, about.into())
}
