//! Which seeds can be compared at all.

/// The seeds on which both runs have a figure, and how many were left out.
///
/// A run in which not everybody completed has no time of completion: it is *censored*. Whoever put the horizon or a 0 in its place would
/// make the strategy better or worse than it is. So the seed is left out of that figure, for both runs, and counted here. Since hard
/// seeds are left out more often, what remains is about the seeds on which both complete; [`Pairs::p_of_failures`] says whether one of the
/// two fails more often.
///
/// ```
/// use swarmsim::experiment::statistics::Pairs;
///
/// let pairs = Pairs::of(&[Some(10.0), None, Some(12.0)], &[Some(11.0), Some(9.0), None]);
/// assert_eq!((pairs.strategy.as_slice(), pairs.baseline.as_slice()), (&[10.0][..], &[11.0][..]));
/// assert_eq!((pairs.left_out(), pairs.strategy_failed, pairs.baseline_failed), (2, 1, 1));
/// assert_eq!(pairs.p_of_failures(), 1.0, "one each shows nothing");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairs {
    /// The strategy's figures.
    pub strategy: Vec<f64>,
    /// The baseline's, on the same seeds.
    pub baseline: Vec<f64>,
    /// Seeds on which the strategy alone has no figure.
    pub strategy_failed: usize,
    /// Seeds on which the baseline alone has none.
    pub baseline_failed: usize,
    /// Seeds on which neither has one.
    pub both_failed: usize,
}

impl Pairs {
    /// Pairs the figures up, seed by seed. A figure that is not finite counts as none.
    ///
    /// # Panics
    /// Where there are more seeds on one side than on the other.
    pub fn of(strategy: &[Option<f64>], baseline: &[Option<f64>]) -> Pairs {
        assert_eq!(strategy.len(), baseline.len(), "a pair is two runs of one seed");
        let mut pairs = Pairs::default();
        let finite = |value: &Option<f64>| value.filter(|x| x.is_finite());
        for (one, other) in strategy.iter().map(finite).zip(baseline.iter().map(finite)) {
            match (one, other) {
                (Some(one), Some(other)) => {
                    pairs.strategy.push(one);
                    pairs.baseline.push(other);
                }
                (None, Some(_)) => pairs.strategy_failed += 1,
                (Some(_), None) => pairs.baseline_failed += 1,
                (None, None) => pairs.both_failed += 1,
            }
        }
        pairs
    }

    /// How many seeds were left out.
    pub fn left_out(&self) -> usize {
        self.strategy_failed + self.baseline_failed + self.both_failed
    }

    /// The two-sided p-value of "both fail equally often": McNemar's test in its exact form, a sign test on the seeds on which one of the
    /// two has failed (Q. McNemar, Psychometrika 12 (1947) 153–157). 1 where there are none.
    pub fn p_of_failures(&self) -> f64 {
        let few = self.strategy_failed.min(self.baseline_failed);
        let all = self.strategy_failed + self.baseline_failed;
        // P(k) = C(all, k) / 2^all for k = 0, …, few; by logarithms, since neither factor fits a float where there are many.
        let ln_of_first = -(all as f64) * std::f64::consts::LN_2;
        let (mut ln_ways, mut tail) = (0.0, 0.0);
        for k in 0..=few {
            tail += crate::sim::math::exp(ln_ways + ln_of_first);
            ln_ways += crate::sim::math::ln((all - k).max(1) as f64 / (k + 1) as f64);
        }
        (2.0 * tail).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_left_out_on_both_sides() {
        let strategy = [Some(1.0), None, Some(3.0), Some(f64::NAN), Some(5.0)];
        let baseline = [Some(2.0), Some(2.5), None, None, Some(4.0)];
        let pairs = Pairs::of(&strategy, &baseline);
        assert_eq!((&pairs.strategy[..], &pairs.baseline[..]), (&[1.0, 5.0][..], &[2.0, 4.0][..]));
        assert_eq!((pairs.strategy_failed, pairs.baseline_failed, pairs.both_failed), (1, 1, 1));
        assert_eq!(pairs.left_out(), 3);
    }

    #[test]
    fn failures_are_a_sign_test() {
        let p = |strategy_failed, baseline_failed| {
            Pairs { strategy_failed, baseline_failed, ..Pairs::default() }.p_of_failures()
        };
        assert_eq!(p(0, 0), 1.0);
        // 2 · (1/2)^6
        assert!((p(0, 6) - 0.03125).abs() < 1e-15 && (p(6, 0) - 0.03125).abs() < 1e-15);
        assert!(p(0, 5_000) < 1e-300 && p(2_500, 2_500) == 1.0);
    }
}
