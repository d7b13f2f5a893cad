//! From the outcomes of runs to what they say.

use super::comparison::{Comparison, Figures, Metric, Named, Run, SCHEMA_VERSION, Sequential, Verdict, Versus};
use super::design::Design;
use super::{notes, verdict};
use crate::MODEL_REVISION;
use crate::experiment::measure::{self, Better, Measure};
use crate::experiment::statistics::{self, Interval, Pairs, Sample, Settings, bca_of_mean, holm};
use crate::experiment::{Outcome, Status};

/// The outcomes of a comparison: for each strategy those of the first seeds, in their order.
pub type Outcomes = Vec<Vec<Outcome>>;

/// The confidence of an interval of its own.
pub const LEVEL: f64 = 0.95;

/// The largest adjusted p-value that shows a difference.
pub const ALPHA: f64 = 1.0 - LEVEL;

/// Looks that share what may go wrong: how many there are, and the level of each interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shared {
    pub looks: usize,
    pub level: f64,
}

impl Comparison {
    /// Compares the outcomes of a design whose number of seeds was fixed beforehand.
    ///
    /// # Panics
    /// Where the outcomes are not the design's: as many strategies, each with as many outcomes, at most one a seed.
    pub fn of(design: &Design, outcomes: &Outcomes) -> Comparison {
        Comparison::at_look(design, outcomes, None, Shared { looks: 1, level: LEVEL })
    }

    pub(super) fn at_look(
        design: &Design,
        outcomes: &Outcomes,
        sequential: Option<Sequential>,
        shared: Shared,
    ) -> Comparison {
        assert_eq!(design.strategies.len(), outcomes.len(), "a series of outcomes a strategy");
        let seeds = outcomes[0].len();
        assert!(outcomes.iter().all(|one| one.len() == seeds) && seeds <= design.seeds.len(), "an outcome a seed");
        let metrics = chosen_metrics(design, outcomes);
        let compared =
            |measure: &&'static Measure| (measure.name.to_owned(), compare_metric(design, outcomes, measure, shared));
        Comparison {
            schema: SCHEMA_VERSION,
            swarmsim: env!("CARGO_PKG_VERSION").into(),
            model_revision: MODEL_REVISION,
            scenario: design.scenario.clone(),
            arguments: design.arguments.clone(),
            seeds: design.seeds[..seeds].to_vec(),
            strategies: design.strategies.iter().map(|strategy| strategy.name.clone()).collect(),
            baseline: design.strategies[design.baseline].name.clone(),
            interval_method: "student-t".into(),
            bootstrap_method: format!(
                "bca bootstrap, {} resamples",
                settings(shared.level, Better::Lower).resampling.count
            ),
            interval_level: shared.level,
            effect_size_method: "cohen-d_z".into(),
            p_method: "paired t test, two-sided".into(),
            p_adjustment: match shared.looks {
                1 => "holm".into(),
                looks => format!("bonferroni over {looks} looks, then holm"),
            },
            sequential,
            metrics: Named(metrics.iter().map(compared).collect()),
            notes: notes::of(design, outcomes, &metrics),
            runs: runs(design, outcomes),
        }
    }
}

/// The metrics asked for; of the default ones, those that the runs have, and how many completed where not all did.
fn chosen_metrics(design: &Design, outcomes: &Outcomes) -> Vec<&'static Measure> {
    let all = || outcomes.iter().flatten();
    let mut chosen: Vec<&'static Measure> = design.metrics.iter().map(|(_, measure)| *measure).collect();
    if design.has_default_metrics {
        let is_there = |measure: &&'static Measure| all().any(|outcome| outcome.metric(measure.name).is_some());
        // The bound is one of few scenarios; a time of completion that nobody reached is told, not left out.
        chosen.retain(|measure| is_there(measure) || (measure.needs_everyone && !measure.name.ends_with("_to_bound")));
        let lacks = |outcome: &Outcome, name: &str| outcome.metric(name).is_some_and(|peers| peers > 0.0);
        if all().any(|one| lacks(one, "peers.left_incomplete") || lacks(one, "peers.still_downloading")) {
            chosen.extend(measure::find("peers.completed").map(|(_, measure)| measure));
        }
    }
    chosen
}

fn runs(design: &Design, outcomes: &Outcomes) -> Vec<Run> {
    let run = |name: &str, outcome: &Outcome| Run {
        strategy: name.to_owned(),
        seed: outcome.seed,
        status: outcome.status.name().to_owned(),
        digest: outcome.digest.clone(),
    };
    let named = design.strategies.iter().zip(outcomes);
    named.flat_map(|(strategy, ones)| ones.iter().map(|outcome| run(&strategy.name, outcome))).collect()
}

fn settings(level: f64, better: Better) -> Settings {
    let better = match better {
        Better::Lower => statistics::Better::Lower,
        Better::Higher => statistics::Better::Higher,
    };
    Settings { level, better, ..Settings::default() }
}

fn compare_metric(design: &Design, outcomes: &Outcomes, measure: &Measure, shared: Shared) -> Metric {
    let name = |i: usize| design.strategies[i].name.clone();
    let others = (0..outcomes.len()).filter(|&i| i != design.baseline);
    let mut versus: Vec<(String, Versus)> =
        others.map(|i| (name(i), against(&outcomes[i], &outcomes[design.baseline], measure, shared))).collect();
    // What is looked at several times may go wrong as often.
    let p_values: Vec<Option<f64>> =
        versus.iter().map(|(_, one)| Some((one.p? * shared.looks as f64).min(1.0))).collect();
    for ((name, one), adjusted) in versus.iter_mut().zip(holm(&p_values)) {
        one.p_adjusted = adjusted;
        one.verdict = verdict::of(one, measure.better);
        let words = verdict::Words { strategy: name, baseline: &design.strategies[design.baseline].name, measure };
        let baseline: Vec<f64> = paired_baseline(outcomes, design, name, measure);
        one.sentence = words.sentence(one, Sample::of(&baseline).map(|sample| sample.mean()), shared.level);
    }
    Metric {
        title: measure.title.to_owned(),
        better: measure.better_word().to_owned(),
        strategies: Named(
            (0..outcomes.len()).map(|i| (name(i), figures(&outcomes[i], measure, shared.level))).collect(),
        ),
        versus_baseline: Named(versus),
    }
}

/// The baseline's values on the seeds on which this strategy has one too.
fn paired_baseline(outcomes: &Outcomes, design: &Design, name: &str, measure: &Measure) -> Vec<f64> {
    let i = design.strategies.iter().position(|strategy| strategy.name == name).expect("it is one of them");
    Pairs::of(&values(&outcomes[i], measure), &values(&outcomes[design.baseline], measure)).baseline
}

/// The values that count, a seed each.
pub(super) fn values(outcomes: &[Outcome], measure: &Measure) -> Vec<Option<f64>> {
    outcomes.iter().map(|outcome| outcome.usable(measure.name)).collect()
}

/// Why a run has no value of a metric.
fn is_censored(outcome: &Outcome, measure: &Measure) -> bool {
    outcome.status == Status::Incomplete && measure.needs_everyone
}

fn figures(outcomes: &[Outcome], measure: &Measure, level: f64) -> Figures {
    let present: Vec<f64> = values(outcomes, measure).into_iter().flatten().collect();
    let censored = outcomes.iter().filter(|outcome| is_censored(outcome, measure)).count();
    let sample = Sample::of(&present);
    let of = |f: &dyn Fn(&Sample) -> f64| sample.as_ref().map(f);
    let resampling = settings(level, measure.better).resampling;
    Figures {
        n: present.len() as u64,
        censored: censored as u64,
        missing: (outcomes.len() - present.len() - censored) as u64,
        mean: of(&Sample::mean),
        ci95: sample.as_ref().and_then(|sample| sample.mean_interval(level)).map(ends),
        ci95_bca: bca_of_mean(&present, level, resampling).map(ends),
        median: of(&Sample::median),
        std_dev: sample.as_ref().and_then(Sample::std_dev),
        min: of(&Sample::min),
        max: of(&Sample::max),
    }
}

fn ends(interval: Interval) -> [f64; 2] {
    [interval.low, interval.high]
}

fn against(strategy: &[Outcome], baseline: &[Outcome], measure: &Measure, shared: Shared) -> Versus {
    let pairs = Pairs::of(&values(strategy, measure), &values(baseline, measure));
    let both = strategy.iter().zip(baseline);
    let censored = both.filter(|(one, other)| is_censored(one, measure) || is_censored(other, measure)).count();
    let found = statistics::compare(&pairs.strategy, &pairs.baseline, &settings(shared.level, measure.better));
    let differences = || pairs.strategy.iter().zip(&pairs.baseline).map(|(one, other)| one - other);
    let is_win = |difference: f64| match measure.better {
        Better::Lower => difference < 0.0,
        Better::Higher => difference > 0.0,
    };
    let wins = differences().filter(|difference| is_win(*difference)).count();
    let n = pairs.strategy.len();
    let of = |f: &dyn Fn(&statistics::Comparison) -> Option<f64>| found.as_ref().and_then(f);
    let interval = |f: &dyn Fn(&statistics::Comparison) -> Option<Interval>| found.as_ref().and_then(f).map(ends);
    Versus {
        n: n as u64,
        censored: censored as u64,
        missing: (strategy.len() - n - censored) as u64,
        mean_difference: of(&|c| Some(c.difference.mean)),
        ci95: interval(&|c| c.difference.interval),
        ci95_bca: interval(&|c| c.difference.bca),
        mean_ratio: of(&|c| Some(c.ratio?.mean)),
        mean_ratio_ci95: interval(&|c| c.ratio?.interval),
        mean_ratio_ci95_bca: interval(&|c| c.ratio?.bca),
        geometric_ratio: of(&|c| Some(c.geometric_ratio?.mean)),
        geometric_ratio_ci95: interval(&|c| c.geometric_ratio?.interval),
        wins: wins as u64,
        ties: differences().filter(|difference| *difference == 0.0).count() as u64,
        win_share: (n > 0).then(|| wins as f64 / n as f64),
        effect_size: of(&|c| c.effect.d_z),
        hedges_g: of(&|c| c.effect.g_z),
        rank_biserial: of(&|c| c.effect.rank_biserial),
        // Equal differences leave no spread to measure them by; their ranks say as much as they can.
        p: of(&|c| c.t_test_p.or((c.n > 1).then_some(c.wilcoxon_p))),
        p_adjusted: None,
        p_wilcoxon: of(&|c| Some(c.wilcoxon_p)),
        correlation: of(&|c| c.pairing.correlation),
        variance_saved: of(&|c| c.pairing.variance_saved),
        seeds_to_settle: found.as_ref().and_then(|c| c.seeds_to_settle),
        verdict: Verdict::Unknown,
        sentence: String::new(),
    }
}
