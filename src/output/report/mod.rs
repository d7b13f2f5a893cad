//! `report.html`: a run on one page, in one file that asks for no other.
//!
//! Its numbers are those of the written `summary.json`; its charts are made of the written tables, and the plots are there as SVG, too.
//! [`page`] and [`chart`] are what reports of experiments are made of, as well.

pub mod chart;
pub mod page;

mod charts;

use super::human;
use super::plots::Drawn;
use super::plots::data::RunData;
use super::plots::fold::Crowd;
use super::tables::CopiesRow;
use super::text::{escape, escape_lines};
use crate::metrics::{AvailabilityRow, Summary, pictures};
use crate::sim::Time;
use page::{Cell, sortable, to_copy};
use serde_json::{Value, json};
use std::fmt::Write;

/// The report of a run.
pub fn render(data: &RunData, plots: &[Drawn]) -> String {
    let charts = charts::all(data);
    let copies = copies_map(data);
    let mut body = header(data, &escape(data.scenario_name()));
    body.push_str(&headlines(data));
    body.push_str("<h2>Over time</h2>\n<p class=\"hint\">Drag across a chart to zoom all of them, double-click to see everything again; with the keyboard, arrows read values, + and - zoom, 0 resets. The legend shows and hides.</p>\n<div class=\"charts\">\n");
    let place = |id: &str| {
        charts.iter().find(|(chart, _)| chart.id == id).map_or(String::new(), |(chart, about)| chart.place(about))
    };
    ["completion", "population", "traffic", "uplinks", "copy-counts", "requests"]
        .iter()
        .for_each(|id| body.push_str(&place(id)));
    body.push_str("</div>\n");
    if data.swarm.is_some() {
        body.push_str(SWARM);
    }
    if copies.is_some() {
        body.push_str(COPIES);
    }
    let _ = write!(body, "<h2>Expiry</h2>\n<div class=\"charts\">\n{}{}</div>\n", place("listed"), place("lag"));
    body.push_str(&groups(data));
    body.push_str(&tables(&data.summary));
    body.push_str(&figures(plots));
    body.push_str(&reproduction(data));
    let charts: Vec<&chart::Chart> = charts.iter().map(|(chart, _)| chart).collect();
    let drawn = json!({ "charts": charts, "swarm": data.swarm, "copies": copies });
    page::page(&format!("{} · seed {} · swarmsim", data.scenario_name(), data.summary["seed"]), &body, &drawn)
}

/// Groups that have a row; further ones are left to the tables.
const MOST_GROUPS: usize = 200;

/// Where the script shows the swarm.
const SWARM: &str = include_str!("../../../assets/report/swarm.html");

/// Where the script shows the copies of chunks.
const COPIES: &str = include_str!("../../../assets/report/copies.html");

/// Copies by range of chunks and time; `None` where there are none.
fn copies_map(data: &RunData) -> Option<Value> {
    let row = |row: &CopiesRow| AvailabilityRow {
        time: Time::from_nanos(row.time_s.0),
        first_chunk: row.first_chunk,
        last_chunk: row.last_chunk,
        min_copies: row.min_copies,
        mean_copies: row.mean_copies,
    };
    pictures::copies_map(&data.copies.iter().map(row).collect::<Vec<_>>())
}

/// A table of the groups, by the written `peers.csv`.
fn groups(data: &RunData) -> String {
    let mut crowds: Vec<&Crowd> = data.crowds.all.iter().collect();
    crowds.sort_by_key(|crowd| &crowd.name);
    let row = |crowd: &&Crowd| {
        let times = crowd.times_s.as_slice();
        let mean = (!times.is_empty()).then(|| times.iter().sum::<f64>() / times.len() as f64);
        let count = |n: u64| Cell::Number(n as f64, human::count(n));
        vec![
            Cell::Text(crowd.name.clone()),
            count(crowd.peers),
            count(crowd.sessions),
            count(times.len() as u64),
            Cell::of(mean, human::seconds),
            Cell::of(times.last().copied(), human::seconds),
            Cell::of(Some(crowd.uploaded_bytes), human::bytes),
            Cell::of(Some(crowd.downloaded_bytes), human::bytes),
            Cell::of(Some(crowd.wasted_bytes), human::bytes),
        ]
    };
    let rows: Vec<Vec<Cell>> = crowds.iter().take(MOST_GROUPS).map(row).collect();
    let heads = [
        "group",
        "peers",
        "sessions",
        "downloads",
        "mean download time",
        "slowest",
        "uploaded",
        "downloaded",
        "in vain",
    ];
    let more = match crowds.len().saturating_sub(MOST_GROUPS) {
        0 => String::new(),
        more => format!(
            "<p class=\"hint\">{} in <code>peers.csv</code>.</p>\n",
            human::counted(more as u64, "more group is", "more groups are")
        ),
    };
    format!("<h2>Groups</h2>\n{}{more}", sortable("Groups", &heads, &rows))
}

fn header(data: &RunData, name: &str) -> String {
    let text = |key: &str| escape(data.summary[key].as_str().unwrap_or_default());
    let description = match data.scenario["description"].as_str() {
        Some(description) if !description.is_empty() => format!("<p>{}</p>\n", escape(description)),
        _ => String::new(),
    };
    format!(
        "<header>\n<h1>{name}</h1>\n{description}<p class=\"run\">Seed <b>{}</b> · strategy <b>{}</b> · ended after <b>{}</b> \
         of virtual time ({})</p>\n</header>\n",
        data.summary["seed"],
        text("strategy"),
        human::seconds(data.figure("end_time_s").unwrap_or(0.0)),
        ending(&text("stop_reason"), data.figure("peers.left_incomplete") > Some(0.0)),
    )
}

/// Why a run ended, as a clause; `some_left` without the file.
fn ending(reason: &str, some_left: bool) -> String {
    match reason {
        "all-complete" if some_left => "nobody was there any more who lacked anything".into(),
        "all-complete" => "everyone was complete".into(),
        "empty" => "nobody was left".into(),
        "time" => "its time was up".into(),
        other => other.to_string(),
    }
}

/// The figures one looks at first.
fn headlines(data: &RunData) -> String {
    let get = |path: &str| data.figure(path);
    let count = |path: &str| get(path).map(|value| human::count(value as u64));
    let time = |path: &str| get(path).map(human::seconds);
    let share = |part: &str, whole: &str| get(part).zip(get(whole)).filter(|(_, whole)| *whole > 0.0);
    let downloaders: f64 = ["completed", "left_incomplete", "still_downloading"]
        .iter()
        .filter_map(|key| get(&format!("peers.{key}")))
        .sum();
    let mut cards = String::from("<dl class=\"cards\">\n");
    let mut card = |label: &str, value: Option<String>, remark: String| {
        let value = value.unwrap_or_else(|| "–".into());
        let _ = writeln!(cards, "<div class=\"card\"><dt>{label}</dt><dd>{value}</dd><dd>{remark}</dd></div>");
    };
    card(
        "Peers completed",
        count("peers.completed"),
        format!("of {} that came to download", human::count(downloaders as u64)),
    );
    card("Mean download time", time("completion.mean_s"), or_none(time("completion.p50_s"), "median "));
    card("95th percentile", time("completion.p95_s"), or_none(time("completion.max_s"), "slowest "));
    card(
        "Makespan",
        time("completion.makespan_s"),
        match (get("completion.ratio_to_bound"), time("completion.lower_bound_s")) {
            (Some(ratio), Some(bound)) => format!("{} times the bound of {bound}", human::digits(ratio)),
            (None, Some(bound)) => format!("the bound is {bound}"),
            _ => "no bound applies".into(),
        },
    );
    card(
        "Entries expired",
        count("expiry.entries_expired"),
        format!("{} of them falsely", count("expiry.false_expiries").unwrap_or("–".into())),
    );
    card(
        "Mean detection lag",
        time("expiry.detection_lag_s.mean"),
        or_none(time("expiry.detection_lag_s.p95"), "95 % within "),
    );
    card(
        "Stale listed",
        get("expiry.mean_stale_listed").map(human::digits),
        or_none(get("expiry.mean_listed").map(human::digits), "on average, of "),
    );
    card(
        "Chunk bytes sent",
        get("network.chunk_bytes").map(human::bytes),
        match share("network.wasted_bytes", "network.chunk_bytes") {
            Some((wasted, all)) => format!("{} in vain", human::percent(wasted / all)),
            None => "nothing was sent".into(),
        },
    );
    cards + "</dl>\n"
}

fn or_none(value: Option<String>, prefix: &str) -> String {
    value.map_or(String::new(), |value| format!("{prefix}{value}"))
}

/// The plots as they stand in `plots/`: to look at without a script, and to print.
pub(crate) fn figures(plots: &[Drawn]) -> String {
    let mut html = String::from(
        "<h2>Plots</h2>\n<details class=\"plots-box\">\n<summary>As they stand in <code>plots/</code></summary>\n<div class=\"plots\">\n",
    );
    for plot in plots {
        let _ = writeln!(html, "<figure>\n{}</figure>", plot.svg());
    }
    html + "</div>\n</details>\n"
}

/// Every figure of the summary: a table a section.
fn tables(summary: &Value) -> String {
    let schema = schema();
    let mut html = String::from("<h2>All figures</h2>\n<div class=\"tables\">\n");
    let sections = summary.as_object().into_iter().flatten();
    let (sections, plain): (Vec<_>, Vec<_>) = sections.partition(|(_, value)| value.is_object());
    let mut rows = String::new();
    for (key, value) in plain {
        row(&mut rows, key, value, described(&schema, &[key]));
    }
    section(&mut html, "run", &rows);
    for (key, values) in sections {
        let mut rows = String::new();
        match matrix(&schema, key, values) {
            Some(matrix) => rows = matrix,
            None => leaves(&mut rows, &schema, &mut vec![key.as_str()], values),
        }
        section(&mut html, key, &rows);
    }
    html + "</div>\n"
}

fn section(html: &mut String, name: &str, rows: &str) {
    let name = escape(name);
    let _ = writeln!(
        html,
        "<section class=\"figures\">\n<h3>{name}</h3>\n<table aria-label=\"{name}\">\n{rows}</table>\n</section>"
    );
}

/// A section of sections alike: a row for each, a column for each of their values.
fn matrix(schema: &Value, key: &str, values: &Value) -> Option<String> {
    let rows: Vec<(&String, &serde_json::Map<String, Value>)> =
        values.as_object()?.iter().map(|(name, row)| Some((name, row.as_object()?))).collect::<Option<_>>()?;
    let (first, columns) = rows.first()?;
    if rows.iter().any(|(_, row)| !row.keys().eq(columns.keys())) {
        return None;
    }
    let mut html = String::from("<tr><th></th>");
    for column in columns.keys() {
        let description = markup(described(schema, &[key, first, column]));
        let _ = write!(html, "<th scope=\"col\">{}<span>{description}</span></th>", escape(column));
    }
    html.push_str("</tr>\n");
    for (name, row) in &rows {
        let description = markup(described(schema, &[key, name]));
        let _ = write!(html, "<tr><th scope=\"row\">{}<span>{description}</span></th>", escape(name));
        row.values().for_each(|value| html.push_str(&cell(value)));
        html.push_str("</tr>\n");
    }
    Some(html)
}

/// A row for each value below `path`; the section's own name is left out of the rows' names.
fn leaves<'a>(rows: &mut String, schema: &Value, path: &mut Vec<&'a str>, value: &'a Value) {
    match value.as_object() {
        Some(object) => {
            for (key, value) in object {
                path.push(key);
                leaves(rows, schema, path, value);
                path.pop();
            }
        }
        None => row(rows, &path[1..].join("."), value, described(schema, path)),
    }
}

fn row(rows: &mut String, name: &str, value: &Value, description: &str) {
    let (name, description) = (escape(name), markup(description));
    let _ = writeln!(rows, "<tr><th scope=\"row\">{name}<span>{description}</span></th>{}</tr>", cell(value));
}

/// A value as it stands in the summary.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "<td class=\"none\">–</td>".to_string(),
        Value::String(text) => format!("<td class=\"exact text\">{}</td>", escape(text)),
        number => format!("<td class=\"exact\">{}</td>", escape(&number.to_string())),
    }
}

/// A description with what stands between backticks as code.
fn markup(description: &str) -> String {
    let parts = description.split('`').enumerate();
    parts.map(|(i, part)| if i % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) }).collect()
}

/// The summary's JSON Schema: it holds what each figure means.
fn schema() -> Value {
    let mut settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings.into_generator().into_root_schema_for::<Summary>().to_value()
}

/// What the figure at `path` means.
fn described<'a>(schema: &'a Value, path: &[&str]) -> &'a str {
    let found = path.iter().try_fold(schema, |schema, key| schema.get("properties")?.get(key));
    found.and_then(|schema| schema.get("description")?.as_str()).unwrap_or_default()
}

fn reproduction(data: &RunData) -> String {
    let scenario = serde_json::to_string_pretty(&data.scenario).expect("plain data");
    let seed = &data.summary["seed"];
    let digest = escape(data.summary["digest"].as_str().unwrap_or_default());
    format!(
        "<h2>Run it again</h2>\n<p>In this folder; equal runs have the same digest of events.</p>\n{}{}\
         <details>\n<summary>The scenario, every default written out</summary>\n{}</details>\n",
        to_copy("command", "the command", &format!("swarmsim run scenario.json --seed {seed} --out again")),
        to_copy("digest", "the digest", &digest),
        to_copy("scenario", "the scenario", &escape_lines(&scenario)),
    )
}

#[cfg(test)]
mod tests;
