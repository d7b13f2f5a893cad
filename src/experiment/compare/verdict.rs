//! What a comparison has shown, in a word and in a sentence.

use super::analysis::ALPHA;
use super::comparison::{Verdict, Versus};
use crate::experiment::measure::{Better, Measure, Unit};
use crate::output::human::{self, digits};

/// More seeds than this nobody runs.
const MOST_SEEDS: u64 = 1_000_000;

/// What the figures show. A difference is shown where the adjusted p-value is at most 0.05.
pub fn of(versus: &Versus, better: Better) -> Verdict {
    let (Some(difference), Some(p)) = (versus.mean_difference.filter(|_| versus.n > 1), versus.p_adjusted) else {
        return Verdict::Unknown;
    };
    if versus.ties == versus.n {
        return Verdict::Equal;
    }
    match better {
        _ if p > ALPHA => Verdict::Open,
        Better::Lower if difference < 0.0 => Verdict::Better,
        Better::Higher if difference > 0.0 => Verdict::Better,
        _ => Verdict::Worse,
    }
}

/// Who is compared, and by what.
pub struct Words<'a> {
    /// The strategy.
    pub strategy: &'a str,
    /// The baseline.
    pub baseline: &'a str,
    /// The metric.
    pub measure: &'a Measure,
}

impl Words<'_> {
    /// The sentence; `baseline_mean` is that over the same seeds, and `level` the confidence of the interval.
    pub fn sentence(&self, versus: &Versus, baseline_mean: Option<f64>, level: f64) -> String {
        let (strategy, baseline) = (self.strategy, self.baseline);
        let seeds = human::counted(versus.n, "seed", "seeds");
        match versus.verdict {
            Verdict::Unknown => {
                let why = match versus.censored {
                    0 => String::new(),
                    censored => format!(" ({censored} of {} censored)", versus.n + versus.censored + versus.missing),
                };
                format!("{strategy} cannot be compared with {baseline}: {seeds} with a value under both{why}")
            }
            Verdict::Equal => format!("{strategy} and {baseline} are equal on each of {seeds}"),
            Verdict::Better | Verdict::Worse => {
                let difference = versus.mean_difference.unwrap_or_default();
                let (size, interval) = self.sizes(versus, baseline_mean, difference < 0.0);
                let word = self.word(difference);
                format!(
                    "{strategy} is {size} {word} than {baseline} ({}interval {interval}, {seeds}, Student's t)",
                    percent(level)
                )
            }
            Verdict::Open => {
                let (size, interval) = self.sizes(versus, baseline_mean, false);
                let settle = match versus.seeds_to_settle {
                    Some(seeds) if seeds <= versus.n => {
                        "it vanishes among as many comparisons as these; more seeds would settle it".to_owned()
                    }
                    Some(seeds) if seeds <= MOST_SEEDS => {
                        format!("about {} seeds would settle a difference of this size", human::count(seeds))
                    }
                    _ => "if there is one, it is too small for any number of seeds".to_owned(),
                };
                // An interval without 0 is that of one comparison; why it does not do here is told.
                let excludes_0 = versus.ci95.is_some_and(|[low, high]| low > 0.0 || high < 0.0);
                let adjusted = versus
                    .p_adjusted
                    .filter(|_| excludes_0)
                    .map(|p| format!("; adjusted p = {}", super::cells::p_value(p)));
                format!(
                    "no difference shown between {strategy} and {baseline} ({size}, {}interval {interval}, {seeds}, \
                     Student's t{}); {settle}",
                    percent(level),
                    adjusted.unwrap_or_default()
                )
            }
        }
    }

    /// The difference and its interval, as a share of the baseline's mean where that is not 0; both negated if `negated`.
    fn sizes(&self, versus: &Versus, baseline_mean: Option<f64>, negated: bool) -> (String, String) {
        let sign = if negated { -1.0 } else { 1.0 };
        let difference = sign * versus.mean_difference.unwrap_or_default();
        let [low, high] = versus.ci95.unwrap_or([difference, difference]).map(|end| sign * end);
        let [low, high] = [low.min(high), low.max(high)];
        match baseline_mean.filter(|mean| *mean != 0.0 && self.measure.unit != Unit::Share) {
            Some(mean) => {
                let share = |value: f64| digits(100.0 * value / mean.abs());
                (format!("{} %", share(difference)), format!("{} to {} %", share(low), share(high)))
            }
            None => {
                let scale = self.measure.scale(low.abs().max(high.abs()));
                let unit = match self.measure.unit {
                    // A share's difference in percent would be taken for a relative one.
                    Unit::Share => " percentage points".to_owned(),
                    _ if scale.unit.is_empty() => String::new(),
                    _ => format!(" {}", scale.unit),
                };
                let one = |value: f64| digits(scale.of(value));
                (format!("{}{unit}", one(difference)), format!("{} to {}{unit}", one(low), one(high)))
            }
        }
    }

    /// `slower`, `lower`, …
    fn word(&self, difference: f64) -> &'static str {
        let is_time = self.measure.needs_everyone && self.measure.unit == Unit::Seconds;
        match (is_time, difference > 0.0) {
            (true, true) => "slower",
            (true, false) => "faster",
            (false, true) => "higher",
            (false, false) => "lower",
        }
    }
}

/// `95 % `, with one decimal where it needs one.
pub fn percent(level: f64) -> String {
    format!("{} % ", (level * 1000.0).round() / 10.0)
}
