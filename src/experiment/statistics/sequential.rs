//! To go on until it is precise enough, and yet to be right as often as promised.
//!
//! Who computes a 95 % interval after every run and stops once it is narrow stops too often when the spread happens to look small: such an
//! interval is right less than 95 % of the time. Here the results are looked at a few times only, at numbers of seeds fixed
//! beforehand that double each time, and the error allowed is split evenly among the K looks: each interval has the level 1 - α/K. By Bonferroni's
//! inequality **all** of them hold together with probability 1 - α at least, so the one at which one stops does, whatever the reason to
//! stop: a narrow interval, a decided comparison, another metric, impatience. The price is a wider interval: by a third for five looks.
//!
//! Not chosen: Stein's two stages (Annals of Math. Statistics 16 (1945) 243–258) are exact for normal figures, but the width is by the spread of the
//! pilot alone, whatever came after, and must not be relative to a mean that is estimated too; the rule of Chow and Robbins (Annals of
//! Math. Statistics 36 (1965) 457–462) is right only in the limit, and undercovers where it stops early; confidence sequences pay for
//! infinitely many looks.

use super::sample::{Interval, Sample};

/// When to look: numbers of seeds, fixed before the first run.
///
/// ```
/// use swarmsim::experiment::statistics::{Decision, Looks, Width};
///
/// let looks = Looks::doubling(10, 80, 0.95);
/// assert_eq!(looks.sizes(), [10, 20, 40, 80]);
/// assert_eq!(looks.level_of_each(), 1.0 - 0.05 / 4.0);
/// let figures = [4.0, 6.0, 5.0, 5.5, 4.5, 5.0, 6.5, 3.5, 5.0, 5.0];
/// let look = looks.judge(10, &figures, Width::Absolute(0.1)).unwrap();
/// assert_eq!(look.decision, Decision::GoOn { seeds: 20 });
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Looks {
    sizes: Vec<usize>,
    level: f64,
}

/// How narrow is narrow enough: the largest half-width of the interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Width {
    /// In the unit of the figures.
    Absolute(f64),
    /// As a share of the figures' own mean, at the look. Never reached by differences about 0: use [`Width::OfReference`].
    OfMean(f64),
    /// As a share of another mean at the look, such as the baseline's.
    OfReference {
        /// The share, such as 0.02.
        share: f64,
        /// The mean that it is a share of.
        reference: f64,
    },
}

/// What a look has shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The figures' mean.
    pub mean: f64,
    /// Its interval, at [`Looks::level_of_each`]. Nothing where there are fewer than two figures.
    pub interval: Option<Interval>,
    /// The half-width wanted, in the unit of the figures.
    pub wanted: f64,
    /// What follows.
    pub decision: Decision,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The interval is narrow enough.
    Enough,
    /// Run as many seeds in all, then look again.
    GoOn {
        /// Seeds in all.
        seeds: usize,
    },
    /// The most seeds have been run, and it is not narrow enough. The interval is still right as often as promised.
    Capped,
}

impl Looks {
    /// Looks after `first` seeds, after twice as many, and so on, the last after `most`, whose intervals hold together with probability `level`
    /// at least. A look shortly before the last, beyond two thirds of `most`, is not worth its price and left out.
    ///
    /// `first` should be 10 or more: the fewer the figures, the more an interval takes them for normal.
    ///
    /// # Panics
    /// Where `first` is below 2 or above `most`, or `level` is not strictly between 0 and 1.
    pub fn doubling(first: usize, most: usize, level: f64) -> Looks {
        assert!(2 <= first && first <= most, "looks from {first} to {most} seeds");
        assert!(level > 0.0 && level < 1.0, "a level is between 0 and 1, not {level}");
        let doubled = std::iter::successors(Some(first), |n| n.checked_mul(2));
        let sizes = doubled.take_while(|&n| n <= most / 3 * 2).chain([most]).collect();
        Looks { sizes, level }
    }

    /// After how many seeds to look, in ascending order; at least one.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The level of each look's interval: 1 - (1 - level) / K for K looks.
    pub fn level_of_each(&self) -> f64 {
        1.0 - (1.0 - self.level) / self.sizes.len() as f64
    }

    /// Looks at the figures of the first `seeds` seeds. There may be fewer figures than seeds, where runs were left out. Nothing where there is no
    /// figure, or one that is not finite.
    ///
    /// # Panics
    /// Where it is not the time to look: `seeds` is none of [`Looks::sizes`].
    pub fn judge(&self, seeds: usize, figures: &[f64], width: Width) -> Option<Look> {
        let at = self.sizes.binary_search(&seeds);
        let at = at.unwrap_or_else(|_| panic!("no look after {seeds} seeds: {:?}", self.sizes));
        assert!(figures.len() <= seeds, "{} figures of {seeds} seeds", figures.len());
        let sample = Sample::of(figures)?;
        let wanted = match width {
            Width::Absolute(half_width) => half_width,
            Width::OfMean(share) => share * sample.mean().abs(),
            Width::OfReference { share, reference } => share * reference.abs(),
        };
        let decision = match self.sizes.get(at + 1) {
            _ if sample.half_width(self.level_of_each()).is_some_and(|half| half <= wanted) => Decision::Enough,
            Some(&seeds) => Decision::GoOn { seeds },
            None => Decision::Capped,
        };
        Some(Look { mean: sample.mean(), interval: sample.mean_interval(self.level_of_each()), wanted, decision })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_double_up_to_the_most() {
        let sizes = |first, most| Looks::doubling(first, most, 0.95).sizes().to_vec();
        assert_eq!(sizes(10, 160), [10, 20, 40, 80, 160]);
        assert_eq!(sizes(10, 161), [10, 20, 40, 80, 161], "not 160 and 161");
        assert_eq!(sizes(10, 100), [10, 20, 40, 100]);
        assert_eq!(sizes(10, 10), [10]);
        assert_eq!(sizes(10, 12), [12]);
        assert_eq!(sizes(2, usize::MAX).len(), 64);
        assert!((Looks::doubling(10, 160, 0.95).level_of_each() - 0.99).abs() < 1e-15);
    }

    #[test]
    fn it_stops_when_narrow_or_at_the_most() {
        let looks = Looks::doubling(4, 8, 0.95);
        assert_eq!(looks.sizes(), [4, 8]);
        let decide = |seeds, figures: &[f64], width| looks.judge(seeds, figures, width).unwrap().decision;
        let close = [100.0, 100.1, 99.9, 100.0];
        assert_eq!(decide(4, &close, Width::OfMean(0.01)), Decision::Enough);
        assert_eq!(decide(4, &close, Width::Absolute(0.01)), Decision::GoOn { seeds: 8 });
        let wild = [1.0, -1.0, 2.0, -2.0, 3.0, -3.0];
        assert_eq!(decide(8, &wild, Width::OfReference { share: 0.01, reference: -50.0 }), Decision::Capped);
        assert_eq!(decide(4, &[1.0; 4], Width::OfMean(0.0)), Decision::Enough, "nothing varies");
        assert_eq!(decide(4, &[1.0], Width::OfMean(0.5)), Decision::GoOn { seeds: 8 }, "one figure has no interval");
        assert_eq!(looks.judge(4, &[], Width::OfMean(0.5)), None);
    }

    #[test]
    #[should_panic(expected = "no look after 5 seeds")]
    fn it_is_not_looked_at_in_between() {
        Looks::doubling(4, 8, 0.95).judge(5, &[1.0; 5], Width::OfMean(0.1));
    }
}
