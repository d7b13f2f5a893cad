//! Where two runs part: the first event that does, or writes into a trace, something else in one than in the other.
//!
//! Both runs are done again side by side. A stretch of events in which they part is known from the checkpoints of the
//! earlier runs, or else found by comparing what both have come to at intervals; then both are taken to just before it and
//! go on event by event.
//!
//! What an event does may lead to another event only later, so two runs may have parted a while before their events
//! differ: that shows in what they tell, which is mixed into a fingerprint on the way and compared, too.

mod fingerprint;
mod side;

use crate::scenario::Scenario;
use crate::sim::Time;
use crate::swarm::Happening;
use side::{Mark, Side};
use std::collections::VecDeque;

pub use side::Actor;

/// Events between two comparisons where nothing is known of the runs.
const STRIDE: u64 = 1 << 16;

/// Events that are stepped through before the runs can part, and more for each line that is to be told.
const SLACK: u64 = 1 << 12;
const EVENTS_PER_LINE: u64 = 4;

/// Where two runs part.
#[derive(Clone, Debug)]
pub struct Parting {
    /// The parting event is the so-manieth of both runs.
    pub event: u64,
    /// When: the virtual time in the first and in the second.
    pub time: [Time; 2],
    /// The last lines of a trace that both have in common.
    pub before: Vec<String>,
    /// How each goes on.
    pub sides: [Continuation; 2],
}

/// How one run goes on where two have parted.
#[derive(Clone, Debug)]
pub struct Continuation {
    /// The event; `None` where the run is over.
    pub happening: Option<Happening>,
    /// The lines of a trace that follow, from the first that differs on: all of this event, and of later ones as many as
    /// are wanted.
    pub lines: Vec<String>,
    /// Those whom the parting events concern, as they stand after it.
    pub actors: Vec<Actor>,
}

/// What a search has found.
#[derive(Clone, Debug)]
pub enum Found {
    /// They part.
    Parting(Box<Parting>),
    /// They do not, after so many events.
    Same(u64),
    /// The search was interrupted.
    Interrupted,
}

/// Looks for where the runs of two scenarios part.
///
/// Their events are known to be the same up to number `same`, 0 where nothing is known. So many lines before the
/// parting are told, as `context` says. The search ends where `goes_on` says no.
///
/// ```
/// use swarmsim::experiment::parting::{Found, find};
/// use swarmsim::scenario::from_json;
/// use swarmsim::sim::{Span, Time};
///
/// let text = br#"{
///     "name": "small", "seed": 7, "stop": { "at": "1h" }, "file": { "size": "1 MiB" }, "network": { "latency": "20ms" },
///     "peers": [
///         { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },
///         { "group": "home", "count": 5, "up": "2 Mbit/s", "down": "8 Mbit/s" }
///     ]
/// }"#;
/// let one = from_json("small.json", text).unwrap().scenario;
/// assert!(matches!(find([&one, &one], 0, 3, &|| true), Found::Same(_)));
/// let mut other = from_json("small.json", text).unwrap().scenario;
/// other.config.protocol.chunks_query_interval = Span::from_secs(2);
/// let Found::Parting(parting) = find([&one, &other], 0, 3, &|| true) else { panic!("they do part") };
/// assert!(parting.time[0] <= Time::ZERO + Span::from_secs(5), "not later than the first round that comes sooner");
/// assert!(parting.before.len() <= 3 && parting.sides[0].lines != parting.sides[1].lines);
/// ```
pub fn find(scenarios: [&Scenario; 2], same: u64, context: usize, goes_on: &(dyn Fn() -> bool + Sync)) -> Found {
    let mut same = same;
    loop {
        let mut sides = scenarios.map(Side::new);
        // From a little earlier on, so that there are lines to be told from before.
        let from = same.saturating_sub(SLACK + EVENTS_PER_LINE * context as u64);
        let marks = match advance_both(&mut sides, from, goes_on) {
            Some(marks) => marks,
            None => return Found::Interrupted,
        };
        if let Some(before) = last_agreement(&marks) {
            // What they told differs already, and did so after `before` events.
            debug_assert!(before < from, "the search draws nearer to the beginning");
            same = before;
            continue;
        }
        return match step_both(&mut sides, context, goes_on) {
            Stepped::Parting(parting) => Found::Parting(parting),
            Stepped::Same(events) => Found::Same(events),
            Stepped::Interrupted => Found::Interrupted,
            // Nothing was known of them, and so they were taken on in strides.
            Stepped::PartBefore(events) => {
                same = events;
                continue;
            }
        };
    }
}

/// Takes both to event number `to`, at the same time; how they stood on the way.
fn advance_both(sides: &mut [Side; 2], to: u64, goes_on: &(dyn Fn() -> bool + Sync)) -> Option<[Vec<Mark>; 2]> {
    let [a, b] = sides;
    std::thread::scope(|scope| {
        let other = scope.spawn(move || b.advance_to(to, STRIDE, goes_on));
        let one = a.advance_to(to, STRIDE, goes_on);
        let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Some([one?, other?])
    })
}

/// Where two runs stood differently on the way: the number of events up to which they had agreed.
fn last_agreement(marks: &[Vec<Mark>; 2]) -> Option<u64> {
    let mut agreed = 0;
    let [a, b] = marks;
    for (a, b) in a.iter().zip(b) {
        if a != b {
            return Some(agreed);
        }
        agreed = a.events;
    }
    // One of them was over before the other.
    (a.len() != b.len()).then_some(agreed)
}

/// What came of going on event by event.
enum Stepped {
    Parting(Box<Parting>),
    Same(u64),
    PartBefore(u64),
    Interrupted,
}

/// How many events are stepped through before the runs are taken on in strides again.
const STEPS: u64 = 1 << 18;

/// Goes on event by event until something differs; after a while in strides, and then the caller begins anew.
fn step_both(sides: &mut [Side; 2], context: usize, goes_on: &(dyn Fn() -> bool + Sync)) -> Stepped {
    let mut before = VecDeque::new();
    let (mut one, mut other) = (Vec::new(), Vec::new());
    sides.iter_mut().for_each(|side| side.speak(true));
    for step in 0..STEPS {
        if step % 4096 == 0 && !goes_on() {
            return Stepped::Interrupted;
        }
        let [a, b] = &mut *sides;
        let happenings = [a.step(&mut one), b.step(&mut other)];
        if one != other || happenings[0] != happenings[1] || a.mark() != b.mark() {
            let mut parting = parting(sides, happenings, [&one, &other], before.into(), context);
            for (side, continuation) in sides.iter_mut().zip(&mut parting.sides) {
                go_on(side, &mut continuation.lines, context.max(1));
            }
            return Stepped::Parting(Box::new(parting));
        }
        if happenings[0].is_none() {
            return Stepped::Same(a.events());
        }
        for line in lines_of(&one) {
            if before.len() == context {
                before.pop_front();
            }
            if context > 0 {
                before.push_back(line);
            }
        }
    }
    sides.iter_mut().for_each(|side| side.speak(false));
    stride_both(sides, goes_on)
}

/// Goes on with one run until there are so many lines, or until it is over or has long been silent.
fn go_on(side: &mut Side, lines: &mut Vec<String>, wanted: usize) {
    let mut written = Vec::new();
    for _ in 0..STEPS {
        if lines.len() >= wanted || side.step(&mut written).is_none() && written.is_empty() {
            break;
        }
        lines.extend(lines_of(&written).take(wanted - lines.len()));
    }
}

/// Goes on in strides to the first at whose end something differs.
fn stride_both(sides: &mut [Side; 2], goes_on: &(dyn Fn() -> bool + Sync)) -> Stepped {
    loop {
        let agreed = sides[0].events();
        let Some(marks) = advance_both(sides, agreed + STRIDE, goes_on) else { return Stepped::Interrupted };
        if last_agreement(&marks).is_some() {
            return Stepped::PartBefore(agreed);
        }
        if sides[0].is_over() {
            return Stepped::Same(sides[0].events());
        }
    }
}

fn parting(
    sides: &[Side; 2],
    happenings: [Option<Happening>; 2],
    written: [&[u8]; 2],
    mut before: Vec<String>,
    context: usize,
) -> Parting {
    let [mut one, mut other] = written.map(|lines| lines_of(lines).collect::<Vec<_>>());
    let common = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    before.extend(one.drain(..common));
    other.drain(..common);
    before.drain(..before.len().saturating_sub(context.max(common)));
    let nodes = concerned(happenings, &one, &other);
    let side = |place: usize, lines: Vec<String>| Continuation {
        happening: happenings[place],
        lines,
        actors: nodes.iter().filter_map(|&node| sides[place].actor(node)).collect(),
    };
    Parting {
        event: sides.iter().map(Side::events).max().unwrap_or(0),
        time: [sides[0].now(), sides[1].now()],
        before,
        sides: [side(0, one), side(1, other)],
    }
}

/// The nodes that two events concern: who causes them, whom they reach, and whom the first lines that differ name.
fn concerned(happenings: [Option<Happening>; 2], one: &[String], other: &[String]) -> Vec<u32> {
    let mut nodes: Vec<u32> = Vec::new();
    for happening in happenings.into_iter().flatten() {
        nodes.extend(happening.by);
        nodes.push(happening.to);
    }
    for line in [one.first(), other.first()].into_iter().flatten() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let named = ["from", "to", "peer"].into_iter().filter_map(|key| line.get(key)?.as_u64());
        nodes.extend(named.filter_map(|node| u32::try_from(node).ok()));
    }
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

fn lines_of(text: &[u8]) -> impl Iterator<Item = String> + '_ {
    text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(|line| String::from_utf8_lossy(line).into())
}

#[cfg(test)]
mod tests;
