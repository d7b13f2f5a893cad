//! To add seeds until it is precise enough: when to look, and what then follows.

use super::analysis::{LEVEL, Outcomes, Shared, values};
use super::comparison::{Comparison, Sequential};
use super::design::Design;
use crate::experiment::statistics::{Decision, Looks, Pairs, Sample, Width};

/// How seeds are added until the first metric's differences are known well enough.
#[derive(Clone, Debug)]
pub struct Plan {
    share: f64,
    looks: Looks,
}

/// Reads a half-width such as `2%`, as a share.
///
/// # Errors
/// What was found and what is accepted.
pub fn parse_width(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    match number.filter(|percent| *percent > 0.0 && *percent <= 100.0) {
        Some(percent) => Ok(percent / 100.0),
        None => Err("accepted: a half-width of the interval in percent of the baseline's mean, such as 2%".into()),
    }
}

impl Plan {
    /// Looks after `first` seeds, after twice as many, and so on up to `most`, until the interval is no wider than `share` of the
    /// baseline's mean to either side.
    ///
    /// # Errors
    /// There are fewer than two seeds at first, or more than at last.
    pub fn new(share: f64, first: u64, most: u64) -> Result<Plan, String> {
        if first < 2 || first > most {
            return Err(format!("--max-seeds: found {most}; accepted: at least {first}, the number of seeds at first"));
        }
        let size = |seeds: u64| usize::try_from(seeds).map_err(|_| "--max-seeds: more than can be".to_owned());
        Ok(Plan { share, looks: Looks::doubling(size(first)?, size(most)?, LEVEL) })
    }

    /// After how many seeds to look.
    pub fn sizes(&self) -> &[usize] {
        self.looks.sizes()
    }

    /// Whether the outcomes so far are enough. They are those of one of [`Plan::sizes`].
    pub fn is_enough(&self, design: &Design, outcomes: &Outcomes) -> bool {
        let measure = design.metrics[0].1;
        let baseline = values(&outcomes[design.baseline], measure);
        let others = (0..outcomes.len()).filter(|&i| i != design.baseline);
        let mut decisions = others.map(|i| {
            let pairs = Pairs::of(&values(&outcomes[i], measure), &baseline);
            let differences: Vec<f64> =
                pairs.strategy.iter().zip(&pairs.baseline).map(|(one, other)| one - other).collect();
            let reference = Sample::of(&pairs.baseline)?.mean();
            let width = Width::OfReference { share: self.share, reference };
            self.looks.judge(baseline.len(), &differences, width).map(|look| look.decision)
        });
        decisions.all(|decision| decision == Some(Decision::Enough))
    }

    /// Compares the outcomes at which it was stopped: intervals are wider, so that all looks together are right as often as promised.
    pub fn compare(&self, design: &Design, outcomes: &Outcomes) -> Comparison {
        let looks = self.looks.sizes();
        let level = self.looks.level_of_each();
        let told = Sequential {
            method: format!("{} looks at fixed numbers of seeds, each interval at {level} (Bonferroni)", looks.len()),
            metric: design.metrics[0].1.name.into(),
            wanted: self.share,
            looks: looks.iter().map(|&seeds| seeds as u64).collect(),
            reached: self.is_enough(design, outcomes),
        };
        Comparison::at_look(design, outcomes, Some(told), Shared { looks: looks.len(), level })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_is_a_share() {
        assert_eq!(parse_width("2%"), Ok(0.02));
        assert_eq!(parse_width("0.5 %"), Ok(0.005));
        for bad in ["2", "", "%", "0%", "-1%", "101%", "nan%", "2%%"] {
            assert!(parse_width(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn looks_are_fixed_beforehand() {
        assert_eq!(Plan::new(0.02, 10, 40).expect("valid").sizes(), [10, 20, 40]);
        assert!(Plan::new(0.02, 10, 9).is_err() && Plan::new(0.02, 1, 9).is_err());
    }
}
