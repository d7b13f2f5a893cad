//! `swarmsim diff`: the first event in which two runs part.

use super::args::DiffArgs;
use super::past::{PastRun, shown};
use super::{Failure, interrupt, terminal};
use crate::experiment::parting::{self, Actor, Continuation, Found, Parting};
use crate::output::checkpoints::{self, CheckpointRow};
use crate::output::difference::{self, Difference};
use crate::output::human::{count, counted};
use crate::output::text::clean;
use crate::output::{self};
use crate::scenario::problem::shorten;
use crate::sim::Time;
use crate::swarm::Happening;
use serde_json::{Value, json};
use std::fmt::Write;
use std::process::ExitCode;

/// The most differences of two scenarios that are told.
const MOST_DIFFERENCES: usize = 20;

/// The most characters of a trace's line that are shown.
const LINE: usize = 200;

/// What is known of two runs.
struct Runs {
    a: PastRun,
    b: PastRun,
    scenarios: Vec<Difference>,
    notices: Vec<String>,
    stretch: Stretch,
}

/// What the checkpoints say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    /// The events are the same up to this number.
    same: u64,
    /// And not up to this one, where that is known.
    differ: Option<u64>,
}

/// Compares two runs; the exit code is 1 where they part.
pub fn run(args: &DiffArgs) -> Result<ExitCode, Failure> {
    let (a, b) = (PastRun::open(&args.a, args.limits)?, PastRun::open(&args.b, args.limits)?);
    interrupt::install_alone()?;
    let runs = Runs::new(a, b);
    let is_same = runs.a.manifest.digest == runs.b.manifest.digest;
    let found = if is_same || runs.is_of_another_model() {
        None
    } else {
        let goes_on = || !interrupt::is_requested();
        // A difference may have been there some time before it showed in the events; a step back costs little.
        let from = runs.stretch.same.saturating_sub(1 << 16);
        Some(parting::find([&runs.a.scenario, &runs.b.scenario], from, usize::from(args.context), &goes_on))
    };
    if matches!(found, Some(Found::Interrupted)) {
        return Err(Failure::Interrupted("interrupted; nothing was written".into()));
    }
    if args.json {
        terminal::print(&output::json_text(&runs.to_json(is_same, found.as_ref())))?;
    } else {
        terminal::print(&runs.to_text(is_same, found.as_ref(), usize::from(args.context)))?;
    }
    Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Runs {
    fn new(a: PastRun, b: PastRun) -> Runs {
        let mut notices: Vec<String> = [&a, &b].into_iter().filter_map(PastRun::made_elsewhere).collect();
        let scenarios = difference::all_values(&a.resolved, &b.resolved, MOST_DIFFERENCES);
        let mut rows = Vec::new();
        for run in [&a, &b] {
            match read_checkpoints(run) {
                Ok(read) => rows.push(read),
                Err(notice) => notices.push(notice),
            }
        }
        let stretch = match &rows[..] {
            [a, b] => stretch(a, b),
            _ => Stretch { same: 0, differ: None },
        };
        Runs { a, b, scenarios, notices, stretch }
    }

    /// Whether one of them cannot be done again as it was.
    fn is_of_another_model(&self) -> bool {
        self.a.is_of_another_model() || self.b.is_of_another_model()
    }

    fn to_text(&self, is_same: bool, found: Option<&Found>, context: usize) -> String {
        let mut text = String::new();
        self.notices.iter().for_each(|notice| line(&mut text, notice));
        line(&mut text, &format!("A {}", shown(&self.a.folder)));
        line(&mut text, &format!("B {}", shown(&self.b.folder)));
        match &self.scenarios[..] {
            [] => line(&mut text, "the scenarios are the same"),
            all => {
                let more = if all.len() == MOST_DIFFERENCES { " (at least)" } else { "" };
                line(
                    &mut text,
                    &format!("the scenarios differ in {}{more}:", counted(all.len() as u64, "value", "values")),
                );
                for Difference { place, first, second } in all {
                    line(&mut text, &format!("  {}: A {first}, B {second}", shorten(place)));
                }
            }
        }
        line(&mut text, "");
        match found {
            Some(Found::Parting(parting)) => parting_text(&mut text, parting, context),
            Some(Found::Same(events)) => line(&mut text, &self.not_reproduced(*events)),
            _ if is_same => line(&mut text, &format!("same events, digest {}", self.a.manifest.digest)),
            _ => line(&mut text, &self.by_checkpoints()),
        }
        text
    }

    /// The folders tell of different events, and this program makes the same of both.
    fn not_reproduced(&self, events: u64) -> String {
        format!(
            "the runs had different events ({}), but done again they have the same {} events: \
             one of them was made by another program or on a faulty machine; `swarmsim reproduce` tells which",
            self.by_checkpoints(),
            count(events)
        )
    }

    /// Where they part as far as the checkpoints tell.
    fn by_checkpoints(&self) -> String {
        let same = count(self.stretch.same);
        match self.stretch.differ {
            Some(differ) => format!("their events part after number {same} and up to number {}", count(differ)),
            None => "their events part, and no checkpoints say where".to_owned(),
        }
    }

    fn to_json(&self, is_same: bool, found: Option<&Found>) -> Value {
        let run = |run: &PastRun| {
            let manifest = &run.manifest;
            json!({
                "folder": run.folder.display().to_string(),
                "swarmsim": manifest.swarmsim,
                "model_revision": manifest.model_revision,
                "scenario": manifest.scenario,
                "seed": manifest.seed,
                "digest": manifest.digest,
            })
        };
        let parting = match found {
            Some(Found::Parting(parting)) => parting_json(parting),
            _ => Value::Null,
        };
        json!({
            "same": is_same,
            "runs": [run(&self.a), run(&self.b)],
            "notices": self.notices,
            "scenario_differences": self.scenarios,
            "same_up_to_event": self.stretch.same,
            "differ_up_to_event": self.stretch.differ,
            "reproduced": found.map(|found| matches!(found, Found::Parting(_))),
            "parting": parting,
        })
    }
}

/// The checkpoints of a run, or why they are not used.
fn read_checkpoints(run: &PastRun) -> Result<Vec<CheckpointRow>, String> {
    let without = |why: &str| format!("{}: {why}, so all of the run is looked through", shown(&run.folder));
    let entry = run.manifest.files.iter().find(|entry| entry.name == "checkpoints.csv");
    let entry = entry.ok_or_else(|| without("there is no checkpoints.csv"))?;
    if !entry.is_as_written(&run.folder) {
        return Err(without("its checkpoints.csv was changed since it was written"));
    }
    checkpoints::read(&run.folder).map_err(|error| without(&error.to_string()))
}

/// Compares the checkpoints that both runs have. All are looked at: the first that differs is where they part, even if
/// later ones agree (events of one instant may have come in another order).
fn stretch(a: &[CheckpointRow], b: &[CheckpointRow]) -> Stretch {
    let mut same = 0;
    for row in a {
        let Ok(place) = b.binary_search_by_key(&row.time_s.0, |other| other.time_s.0) else { continue };
        let other = &b[place];
        if (other.events, &other.digest) != (row.events, &row.digest) {
            return Stretch { same, differ: Some(row.events.max(other.events)) };
        }
        same = row.events;
    }
    let shorter = [a, b].into_iter().filter_map(|rows| rows.last()).map(|row| row.events).max();
    Stretch { same, differ: shorter.filter(|&events| events > same) }
}

fn line(text: &mut String, line: &str) {
    text.push_str(&clean(line));
    text.push('\n');
}

fn parting_text(text: &mut String, parting: &Parting, context: usize) {
    let Parting { event, time, before, sides } = parting;
    let when =
        if time[0] == time[1] { format!("at {} s", time[0]) } else { format!("at {} s and {} s", time[0], time[1]) };
    line(text, &format!("they part in event {}, {when}", count(*event)));
    if !before.is_empty() {
        line(text, "");
        line(text, "before, in both:");
        before.iter().for_each(|one| line(text, &format!("    {}", cut(one))));
    }
    for (name, side) in ["A", "B"].into_iter().zip(sides) {
        line(text, "");
        line(text, &format!("{name}: {}", event_text(side.happening)));
        for (place, one) in side.lines.iter().take(context.max(1)).enumerate() {
            line(text, &format!("  {} {}", if place == 0 { ">" } else { " " }, cut(one)));
        }
        match side.lines.len() {
            0 => line(text, "    (writes no more lines)"),
            n if n > context.max(1) => line(text, &format!("    and {} more", count((n - context.max(1)) as u64))),
            _ => {}
        }
        side.actors.iter().for_each(|actor| line(text, &format!("    {}", actor_text(actor))));
    }
}

/// A line of a trace that is not too long to be read.
fn cut(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn node_text(node: u32) -> String {
    if node == 0 { "the tracker".to_owned() } else { format!("peer {node}") }
}

fn event_text(happening: Option<Happening>) -> String {
    let Some(Happening { time, by, count: before, what, to }) = happening else {
        return "the run is over".to_owned();
    };
    let cause =
        by.map_or(String::new(), |by| format!(", caused by {} as its event {}", node_text(by), count(before.into())));
    format!("at {time} s {} {what}{cause}", node_text(to))
}

fn actor_text(actor: &Actor) -> String {
    match actor {
        Actor::Tracker { listed } => format!("the tracker then lists {}", counted(u64::from(*listed), "peer", "peers")),
        Actor::Peer { number, group, of_chunks, state } => {
            let there = match (state.present, state.member) {
                (true, true) => "a member",
                (true, false) => "not a member yet",
                (false, _) => "not there",
            };
            let listed = if state.listed { "listed" } else { "not listed" };
            let mut text = format!(
                "peer {number} ({group}) is then {there}, {listed}, has {} of {} chunks, {}, {}",
                count(state.chunks.into()),
                count(*of_chunks),
                counted(state.neighbors.into(), "neighbor", "neighbors"),
                counted(state.fetches.len() as u64, "fetch", "fetches"),
            );
            for (chunk, from) in &state.fetches {
                write!(text, " [chunk {chunk} from {from}]").expect("a string takes all");
            }
            text
        }
    }
}

fn parting_json(parting: &Parting) -> Value {
    let side = |side: &Continuation| {
        let happening = side.happening.map(|one| {
            json!({ "t": one.time.as_nanos(), "by": one.by, "count": one.count, "what": one.what, "node": one.to })
        });
        let actors: Vec<Value> = side.actors.iter().map(actor_json).collect();
        json!({ "event": happening, "lines": lines_json(&side.lines), "actors": actors })
    };
    json!({
        "event": parting.event,
        "t": parting.time.map(Time::as_nanos),
        "before": lines_json(&parting.before),
        "sides": parting.sides.each_ref().map(side),
    })
}

fn lines_json(lines: &[String]) -> Vec<Value> {
    lines.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| Value::from(line.as_str()))).collect()
}

fn actor_json(actor: &Actor) -> Value {
    match actor {
        Actor::Tracker { listed } => json!({ "node": 0, "listed": listed }),
        Actor::Peer { number, group, of_chunks: _, state } => {
            let fetches: Vec<Value> =
                state.fetches.iter().map(|(chunk, from)| json!({ "chunk": chunk, "from": from })).collect();
            json!({
                "node": number, "group": group, "present": state.present, "member": state.member, "listed": state.listed,
                "session": state.session, "chunks": state.chunks, "neighbors": state.neighbors, "fetches": fetches,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::tables::Seconds;

    fn rows(rows: &[(u64, &str)]) -> Vec<CheckpointRow> {
        rows.iter()
            .map(|&(events, digest)| CheckpointRow { events, time_s: Seconds(events), digest: digest.into() })
            .collect()
    }

    #[test]
    fn the_first_checkpoint_that_differs_ends_the_stretch() {
        let a = rows(&[(1024, "a"), (2048, "b"), (3072, "c"), (4096, "d")]);
        let of = |b: &[(u64, &str)]| {
            let Stretch { same, differ } = stretch(&a, &rows(b));
            (same, differ)
        };
        assert_eq!(of(&[(1024, "a"), (2048, "b"), (3072, "x"), (4096, "y")]), (2048, Some(3072)));
        assert_eq!(of(&[(1024, "x"), (2048, "b")]), (0, Some(1024)), "later ones may agree again");
        assert_eq!(of(&[(2048, "b"), (4096, "y"), (6144, "z")]), (2048, Some(4096)), "only common ones are compared");
        assert_eq!(of(&[(1024, "a"), (1500, "e")]), (1024, Some(4096)), "one is over before the other");
        assert_eq!(of(&[]), (0, Some(4096)));
    }
}
