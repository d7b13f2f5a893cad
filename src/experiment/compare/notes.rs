//! What a reader must know before quoting a figure.

use super::analysis::Outcomes;
use super::design::Design;
use crate::experiment::measure::Measure;
use crate::experiment::statistics::Pairs;
use crate::experiment::{Outcome, Status};
use crate::output::human::counted;

/// The most seeds that a note lists.
const MOST_LISTED: usize = 12;

/// The notes, the weightiest first.
pub fn of(design: &Design, outcomes: &Outcomes, metrics: &[&Measure]) -> Vec<String> {
    let mut notes = Vec::new();
    for (strategy, ones) in design.strategies.iter().zip(outcomes) {
        notes.extend(failed(&strategy.name, ones));
    }
    let needs_everyone = metrics.iter().any(|measure| measure.needs_everyone);
    for (i, strategy) in design.strategies.iter().enumerate() {
        let censored = listed(&outcomes[i], |outcome| outcome.status == Status::Incomplete);
        let Some((count, seeds)) = censored.filter(|_| needs_everyone) else { continue };
        let of = outcomes[i].len();
        notes.push(format!(
            "CENSORED: {count} of {of} runs of {}: not everyone completed (seeds {seeds}); times of completion leave these \
             seeds out, under the strategies compared with each other, and are better than the truth",
            strategy.name
        ));
    }
    notes.extend(unequal_failures(design, outcomes).filter(|_| needs_everyone));
    notes.extend(left_without(design, outcomes).filter(|_| needs_everyone));
    notes.extend(unmet(design, outcomes));
    for group in &design.groups_apart {
        notes
            .push(format!("the group \"{group}\" has a strategy of its own and keeps it under each strategy compared"));
    }
    notes
}

/// Runs in which some left before they had the file: nothing is censored, but times are those of the others.
fn left_without(design: &Design, outcomes: &Outcomes) -> Option<String> {
    let left = |outcome: &Outcome| outcome.metric("peers.left_incomplete").is_some_and(|peers| peers > 0.0);
    let of = |(strategy, ones): (&super::Strategy, &Vec<Outcome>)| {
        let count = ones.iter().filter(|outcome| left(outcome)).count();
        (count > 0).then(|| format!("{count} of {} runs of {}", ones.len(), strategy.name))
    };
    let found: Vec<String> = design.strategies.iter().zip(outcomes).filter_map(of).collect();
    (!found.is_empty()).then(|| {
        format!(
            "some peers left without the file, as the scenario has it, in {}; times are those of the peers that completed, \
             so look at peers.completed too",
            found.join(", ")
        )
    })
}

/// Runs of which the scenario expects something else.
fn unmet(design: &Design, outcomes: &Outcomes) -> Vec<String> {
    let of = |(strategy, ones): (&super::Strategy, &Vec<Outcome>)| {
        let (count, seeds) = listed(ones, |outcome| !outcome.unmet.is_empty())?;
        let first = ones.iter().find_map(|outcome| outcome.unmet.first())?;
        Some(format!(
            "{count} of {} runs of {} are not as the scenario expects (seeds {seeds}): {first}",
            ones.len(),
            strategy.name
        ))
    };
    design.strategies.iter().zip(outcomes).filter_map(of).collect()
}

fn failed(name: &str, outcomes: &[Outcome]) -> Option<String> {
    let (count, seeds) = listed(outcomes, Outcome::is_failed)?;
    let reason = outcomes.iter().find_map(|outcome| match &outcome.status {
        Status::Failed(why) => Some(why.as_str()),
        _ => None,
    })?;
    let runs = counted(count as u64, "run", "runs");
    Some(format!("FAILED: {runs} of {name} (seeds {seeds}): {reason}; they are left out"))
}

/// How many outcomes are such, and their seeds; nothing where there is none.
fn listed(outcomes: &[Outcome], is_such: impl Fn(&Outcome) -> bool) -> Option<(usize, String)> {
    let seeds: Vec<String> =
        outcomes.iter().filter(|outcome| is_such(outcome)).map(|outcome| outcome.seed.to_string()).collect();
    let shown = seeds.iter().take(MOST_LISTED).cloned().collect::<Vec<_>>().join(", ");
    let more = if seeds.len() > MOST_LISTED { ", …" } else { "" };
    (!seeds.is_empty()).then(|| (seeds.len(), format!("{shown}{more}")))
}

/// Strategies that leave more swarms unfinished than the baseline, or fewer, than chance would have it.
fn unequal_failures(design: &Design, outcomes: &Outcomes) -> Option<String> {
    let completed = |ones: &[Outcome]| -> Vec<Option<f64>> {
        ones.iter().map(|outcome| (outcome.status == Status::Complete).then_some(1.0)).collect()
    };
    let baseline = completed(&outcomes[design.baseline]);
    let found: Vec<String> = (0..outcomes.len())
        .filter(|&i| i != design.baseline)
        .filter_map(|i| {
            let pairs = Pairs::of(&completed(&outcomes[i]), &baseline);
            let p = pairs.p_of_failures();
            let (own, others) = (pairs.strategy_failed, pairs.baseline_failed);
            let name = &design.strategies[i].name;
            (p <= 0.05)
                .then(|| format!("{name} alone on {own} seeds, the baseline alone on {others} (McNemar, p = {p:.2})"))
        })
        .collect();
    (!found.is_empty()).then(|| {
        format!(
            "how often not everyone completes differs by more than chance, and that is a result too: {}",
            found.join("; ")
        )
    })
}
