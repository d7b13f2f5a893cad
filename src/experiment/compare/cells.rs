//! The cells that the terminal's table and the Markdown have in common.

use super::comparison::{Comparison, Figures, Metric, Versus};
use crate::experiment::measure::{self, Measure, Scale};

/// The columns.
pub const HEADER: [&str; 7] = ["strategy", "mean ± CI", "median", "difference (CI)", "ratio", "wins", "p"];

/// A metric ready to be set: its heading, and a row a strategy.
pub struct Block {
    /// `mean download time (s), lower is better`.
    pub heading: String,
    /// A row a strategy, in the order of [`HEADER`].
    pub rows: Vec<[String; 7]>,
}

impl Block {
    /// The block of a metric.
    pub fn new(comparison: &Comparison, name: &str, metric: &Metric) -> Block {
        let (_, measure) = measure::find(name).expect("a comparison is of known metrics");
        let most =
            metric.strategies.iter().filter_map(|(_, figures)| figures.mean).fold(0.0, |a: f64, b| a.max(b.abs()));
        let numbers = Numbers::new(measure, measure.scale(most), metric);
        let row = |(strategy, figures): (&str, &Figures)| {
            let versus = metric.versus_baseline.get(strategy);
            numbers.row(strategy, figures, versus, strategy == comparison.baseline)
        };
        Block {
            heading: format!("{}, {} is better", numbers.scale.titled(&metric.title), metric.better),
            rows: metric.strategies.iter().map(row).collect(),
        }
    }
}

/// How a metric's numbers are written: in one unit, with as many decimals as its intervals bear.
struct Numbers {
    scale: Scale,
    places: usize,
}

impl Numbers {
    fn new(_: &Measure, scale: Scale, metric: &Metric) -> Numbers {
        let half = |figures: &Figures| figures.ci95.map(|[low, high]| (high - low) / 2.0).filter(|half| *half > 0.0);
        let halves = metric.strategies.iter().filter_map(|(_, figures)| half(figures));
        let means = metric.strategies.iter().filter_map(|(_, figures)| figures.mean).map(|mean| mean.abs() / 100.0);
        let least = halves.min_by(f64::total_cmp).or(means.max_by(f64::total_cmp)).unwrap_or(1.0);
        Numbers { scale, places: places(scale.of(least)) }
    }

    fn number(&self, value: f64) -> String {
        let text = format!("{:.*}", self.places, self.scale.of(value));
        // A rounded 0 has no sign.
        if text.starts_with('-') && !text.contains(|c: char| c.is_ascii_digit() && c != '0') {
            text[1..].to_owned()
        } else {
            text
        }
    }

    fn row(&self, strategy: &str, figures: &Figures, versus: Option<&Versus>, is_baseline: bool) -> [String; 7] {
        let mean = match (figures.mean, figures.ci95) {
            (Some(mean), Some([low, high])) => {
                format!("{} ± {}", self.number(mean), self.number((high - low) / 2.0))
            }
            (Some(mean), None) => self.number(mean),
            (None, _) if figures.censored > 0 => "all censored".into(),
            (None, _) => "no value".into(),
        };
        let median = figures.median.map_or(String::new(), |median| self.number(median));
        let censored = match figures.censored {
            0 => String::new(),
            n => format!(" [{n} cens.]"),
        };
        let strategy = format!("{strategy}{censored}");
        let Some(versus) = versus else {
            let word = if is_baseline { "baseline" } else { "" };
            return [strategy, mean, median, word.into(), String::new(), String::new(), String::new()];
        };
        let difference = versus.mean_difference.map_or("–".into(), |difference| {
            let signed = |value: f64| {
                let text = self.number(value);
                if value > 0.0 { format!("+{text}") } else { text }
            };
            let interval = versus.ci95.map(|[low, high]| format!(" ({} to {})", signed(low), signed(high)));
            format!("{}{}", signed(difference), interval.unwrap_or_default())
        });
        let ratio = versus.mean_ratio.map_or(String::new(), |ratio| format!("{ratio:.3}"));
        let wins = if versus.n > 0 { format!("{}/{}", versus.wins, versus.n) } else { String::new() };
        [strategy, mean, median, difference, ratio, wins, versus.p_adjusted.map_or(String::new(), p_value)]
    }
}

/// Decimals that show two digits of `width`.
fn places(width: f64) -> usize {
    let mut places = 0;
    let mut shown = width.abs();
    while shown < 9.5 && shown > 0.0 && places < 6 {
        (shown, places) = (shown * 10.0, places + 1);
    }
    places
}

/// `0.012`, or `<0.001`.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".into() } else { format!("{p:.3}") }
}

/// The seeds in words: `30 seeds (1 to 30)`.
pub fn seeds(comparison: &Comparison) -> String {
    let seeds = &comparison.seeds;
    let ends = seeds.first().zip(seeds.last()).map(|(first, last)| format!(" ({first} to {last})"));
    format!("{} seeds{}", seeds.len(), ends.unwrap_or_default())
}

/// How p-values were adjusted, by the names of those who found out how.
pub fn adjustment(comparison: &Comparison) -> String {
    comparison.p_adjustment.replace("holm", "Holm").replace("bonferroni", "Bonferroni")
}

/// How everything was computed, in a sentence or two.
pub fn method(comparison: &Comparison) -> String {
    let level = super::verdict::percent(comparison.interval_level);
    let adjusted = match comparison.strategies.len() {
        2 if comparison.sequential.is_none() => String::new(),
        _ => format!(", adjusted ({})", adjustment(comparison)),
    };
    let sequential = comparison.sequential.as_ref().map_or(String::new(), |sequential| {
        let looks = sequential.looks.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let end = if sequential.reached { "was reached" } else { "was not reached at the cap" };
        format!(
            " Looked at after {looks} seeds; the half-width asked for, {}of the baseline's {}, {end}.",
            super::verdict::percent(sequential.wanted),
            sequential.metric
        )
    });
    format!(
        "Differences are strategy minus baseline over the same seeds; {level}intervals by Student's t; p by the paired t \
         test{adjusted}.{sequential}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_follow_the_interval() {
        assert_eq!((places(1.234), places(12.0), places(0.05), places(0.0), places(1e-9)), (1, 0, 3, 0, 6));
        assert_eq!((p_value(0.0004), p_value(0.0312)), ("<0.001".into(), "0.031".into()));
    }
}
