//! A strategy against a baseline, over the same seeds.

use super::bootstrap::{Resampling, bca_of_mean};
use super::sample::{Interval, Sample};
use super::size;
use super::student::{half_step, t_two_sided_p};
use super::sum::total;
use super::wilcoxon::SignedRanks;
use crate::sim::math::{exp, ln};

/// Which of two figures is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Times, lags, bytes.
    Lower,
    /// Rates, shares.
    Higher,
}

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The confidence of every interval, strictly between 0 and 1.
    pub level: f64,
    /// Which figure wins a seed.
    pub better: Better,
    /// How the bootstrap draws.
    pub resampling: Resampling,
}

impl Default for Settings {
    /// 95 %, lower is better, 9,999 resamples.
    fn default() -> Settings {
        Settings { level: 0.95, better: Better::Lower, resampling: Resampling::default() }
    }
}

/// A mean over seeds with its intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// **The** interval: Student's t. Nothing for a single seed.
    pub interval: Option<Interval>,
    /// The BCa bootstrap's, to see whether skewness matters. Nothing for a single seed.
    pub bca: Option<Interval>,
}

/// How large a difference is, without a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Cohen's d_z: the mean difference by the standard deviation of the differences (J. Cohen, Statistical Power Analysis for the
    /// Behavioral Sciences, 2nd ed. 1988, section 2.3.5). Nothing where all are equal or there is but one.
    pub d_z: Option<f64>,
    /// Hedges' g_z: d_z without its bias for few seeds, by the exact factor Γ(m/2) / (√(m/2) Γ((m-1)/2)), m = n - 1 (L. V. Hedges,
    /// J. Educational Statistics 6 (1981) 107–128, equation 6e). Nothing for fewer than three seeds.
    pub g_z: Option<f64>,
    /// The rank-biserial correlation of the pairs, from -1 to 1: [`SignedRanks::rank_biserial`].
    pub rank_biserial: Option<f64>,
}

/// What it has brought to run both under the same seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pairing {
    /// Pearson's correlation of strategy and baseline. Nothing where one of them does not vary.
    pub correlation: Option<f64>,
    /// 1 - Var(D) / (Var(A) + Var(B)): the share of the difference's variance that pairing has saved, so that 1 / (1 - it) times as many seeds
    /// would have been needed without. Negative where pairing hurts. Nothing where neither varies.
    pub variance_saved: Option<f64>,
}

/// What two series over the same seeds say about each other. Signs: strategy minus baseline, strategy by baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// How many seeds, at least 1.
    pub n: usize,
    /// The strategy's mean.
    pub strategy_mean: f64,
    /// The baseline's mean.
    pub baseline_mean: f64,
    /// The mean difference, in the figure's unit.
    pub difference: Estimate,
    /// The mean, over seeds, of strategy / baseline: not the ratio of the means. Where figures scatter it lies above 1 even between equals
    /// (Jensen), by about the squared coefficient of variation. Nothing where a baseline is 0.
    pub ratio: Option<Estimate>,
    /// The geometric mean of strategy / baseline, which has no such bias, and is inverted when the two are swapped; its intervals are
    /// those of the logarithms. Nothing where a figure is not above 0.
    pub geometric_ratio: Option<Estimate>,
    /// The share of seeds on which the strategy is better. A tie counts half.
    pub share_won: f64,
    /// How large the difference is.
    pub effect: Effect,
    /// The two-sided p-value of the paired t test. 1 where all differences are 0; nothing for a single seed, and where all differences
    /// are equal but not 0: then there is no spread to measure them by.
    pub t_test_p: Option<f64>,
    /// The two-sided p-value of Wilcoxon's signed-rank test: [`SignedRanks::p`].
    pub wilcoxon_p: f64,
    /// What pairing has brought.
    pub pairing: Pairing,
    /// How many seeds in all a 95 % (or whatever the level is) interval that excludes 0 would take, with a power of 80 %, were the effect
    /// and the spread those seen: [`size::for_power`].
    pub seeds_to_settle: Option<u64>,
}

/// Compares a strategy with a baseline, seed by seed. Nothing where there are no seeds, where a figure is not finite, or where figures are
/// so large that their squares are not.
///
/// # Panics
/// Where the slices differ in length, the level is not strictly between 0 and 1, or there are no resamples.
///
/// ```
/// use swarmsim::experiment::statistics::{Settings, compare};
///
/// // Seconds under five seeds: always about two less than the baseline, though seeds differ by far more.
/// let baseline = [100.0, 140.0, 90.0, 120.0, 160.0];
/// let strategy = [98.1, 138.0, 87.9, 118.2, 157.8];
/// let compared = compare(&strategy, &baseline, &Settings::default()).unwrap();
/// assert!((compared.difference.mean - -2.0).abs() < 1e-9);
/// assert!(!compared.difference.interval.unwrap().contains(0.0));
/// assert!(compared.t_test_p.unwrap() < 0.001);
/// assert!(compared.pairing.variance_saved.unwrap() > 0.99, "what the seed decides cancels");
/// ```
pub fn compare(strategy: &[f64], baseline: &[f64], settings: &Settings) -> Option<Comparison> {
    assert_eq!(strategy.len(), baseline.len(), "a pair is two runs of one seed");
    let (a, b) = (Sample::of(strategy)?, Sample::of(baseline)?);
    let differences = each(strategy, baseline, |a, b| a - b);
    let d = Sample::of(&differences)?;
    let ranks = SignedRanks::of(&differences)?;
    let effect = effect(&d, &ranks);
    Some(Comparison {
        n: d.n(),
        strategy_mean: a.mean(),
        baseline_mean: b.mean(),
        difference: estimate(&differences, settings)?,
        ratio: mean_ratio(strategy, baseline, settings),
        geometric_ratio: geometric_ratio(strategy, baseline, settings),
        share_won: share_won(&differences, settings.better),
        effect,
        t_test_p: t_test_p(&d),
        wilcoxon_p: ranks.p(),
        pairing: pairing(strategy, baseline, [&a, &b, &d]),
        seeds_to_settle: d.std_dev().and_then(|s| size::for_power(d.mean(), s, settings.level, size::POWER)),
    })
}

fn each(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    a.iter().zip(b).map(|(&a, &b)| f(a, b)).collect()
}

fn estimate(values: &[f64], settings: &Settings) -> Option<Estimate> {
    let sample = Sample::of(values)?;
    Some(Estimate {
        mean: sample.mean(),
        interval: sample.mean_interval(settings.level),
        bca: bca_of_mean(values, settings.level, settings.resampling),
    })
}

fn mean_ratio(strategy: &[f64], baseline: &[f64], settings: &Settings) -> Option<Estimate> {
    // A baseline of 0 makes a ratio that is not finite, which no sample takes.
    estimate(&each(strategy, baseline, |a, b| a / b), settings)
}

fn geometric_ratio(strategy: &[f64], baseline: &[f64], settings: &Settings) -> Option<Estimate> {
    if strategy.iter().chain(baseline).any(|&x| x <= 0.0) {
        return None;
    }
    let logs = estimate(&each(strategy, baseline, |a, b| ln(a / b)), settings)?;
    let back = |interval: Interval| Interval { low: exp(interval.low), high: exp(interval.high) }.finite();
    let mean = Some(exp(logs.mean)).filter(|mean| mean.is_finite())?;
    Some(Estimate { mean, interval: logs.interval.and_then(back), bca: logs.bca.and_then(back) })
}

fn share_won(differences: &[f64], better: Better) -> f64 {
    let points = differences.iter().map(|&d| match better {
        _ if d == 0.0 => 0.5,
        Better::Lower => f64::from(d < 0.0),
        Better::Higher => f64::from(d > 0.0),
    });
    points.sum::<f64>() / differences.len() as f64
}

fn effect(d: &Sample, ranks: &SignedRanks) -> Effect {
    let d_z = d.std_dev().filter(|&s| s > 0.0).map(|s| d.mean() / s).filter(|d_z| d_z.is_finite());
    let m = d.n() as f64 - 1.0;
    // At m = 1 the factor is 0: two seeds tell nothing of the effect's size.
    let factor = (m >= 2.0).then(|| half_step((m - 1.0) / 2.0) / (m / 2.0).sqrt());
    Effect { d_z, g_z: d_z.zip(factor).map(|(d_z, factor)| d_z * factor), rank_biserial: ranks.rank_biserial() }
}

fn t_test_p(d: &Sample) -> Option<f64> {
    let error = d.std_error()?;
    if error == 0.0 {
        return (d.mean() == 0.0).then_some(1.0);
    }
    Some(t_two_sided_p(d.mean() / error, d.n() as u64 - 1))
}

fn pairing(strategy: &[f64], baseline: &[f64], [a, b, d]: [&Sample; 3]) -> Pairing {
    let (Some(s_a), Some(s_b), Some(s_d)) = (a.std_dev(), b.std_dev(), d.std_dev()) else {
        return Pairing { correlation: None, variance_saved: None };
    };
    let products = each(strategy, baseline, |x, y| (x - a.mean()) * (y - b.mean()));
    let covariance = total(products) / (a.n() as f64 - 1.0);
    let finite = |x: f64| Some(x).filter(|x| x.is_finite());
    Pairing {
        correlation: finite(covariance / s_a / s_b).map(|r| r.clamp(-1.0, 1.0)),
        variance_saved: finite(1.0 - s_d * s_d / (s_a * s_a + s_b * s_b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quick() -> Settings {
        Settings { resampling: Resampling { count: 199, seed: 1 }, ..Settings::default() }
    }

    fn of(a: &[f64], b: &[f64]) -> Comparison {
        compare(a, b, &quick()).unwrap()
    }

    #[test]
    fn no_seed_and_one() {
        assert_eq!(compare(&[], &[], &quick()), None);
        let one = of(&[3.0], &[4.0]);
        assert_eq!((one.n, one.difference.mean, one.share_won), (1, -1.0, 1.0));
        assert_eq!(one.difference.interval.or(one.difference.bca), None);
        assert_eq!(one.ratio.unwrap(), Estimate { mean: 0.75, interval: None, bca: None });
        assert_eq!((one.t_test_p, one.wilcoxon_p, one.seeds_to_settle), (None, 1.0, None));
        assert_eq!((one.effect.d_z, one.effect.g_z, one.pairing.variance_saved), (None, None, None));
    }

    #[test]
    fn a_strategy_against_itself() {
        let values = [5.0, 7.0, 6.0, 9.0];
        let same = of(&values, &values);
        let zero = Some(Interval { low: 0.0, high: 0.0 });
        assert_eq!(same.difference, Estimate { mean: 0.0, interval: zero, bca: zero });
        assert_eq!((same.t_test_p, same.wilcoxon_p, same.share_won), (Some(1.0), 1.0, 0.5));
        assert_eq!(same.ratio.unwrap().interval, Some(Interval { low: 1.0, high: 1.0 }));
        assert_eq!((same.effect.d_z, same.effect.rank_biserial, same.seeds_to_settle), (None, None, None));
        assert_eq!(same.pairing.variance_saved, Some(1.0));
        assert!((same.pairing.correlation.unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn equal_differences_have_no_test_but_an_interval() {
        let shifted = of(&[6.0, 8.0, 7.0, 10.0], &[5.0, 7.0, 6.0, 9.0]);
        assert_eq!(shifted.difference.interval, Some(Interval { low: 1.0, high: 1.0 }));
        assert_eq!((shifted.t_test_p, shifted.effect.d_z, shifted.effect.rank_biserial), (None, None, Some(1.0)));
        assert_eq!(shifted.seeds_to_settle, Some(2));
        assert!(shifted.share_won == 0.0, "higher is worse");
    }

    #[test]
    fn a_tie_counts_half() {
        let settings = Settings { better: Better::Higher, ..quick() };
        let won = compare(&[2.0, 1.0, 1.0, 3.0], &[1.0, 1.0, 2.0, 1.0], &settings).unwrap().share_won;
        assert_eq!(won, 2.5 / 4.0);
    }

    #[test]
    fn a_baseline_of_zero_has_no_ratio() {
        let zero = of(&[1.0, 0.0], &[2.0, 0.0]);
        assert_eq!((zero.ratio, zero.geometric_ratio), (None, None));
        let negative = of(&[1.0, 2.0], &[-2.0, 1.0]);
        assert!(negative.ratio.is_some() && negative.geometric_ratio.is_none());
    }

    #[test]
    fn neither_varies() {
        let flat = of(&[2.0, 2.0, 2.0], &[3.0, 3.0, 3.0]);
        assert_eq!(flat.pairing, Pairing { correlation: None, variance_saved: None });
    }

    #[test]
    fn swapping_inverts_the_geometric_ratio() {
        let (a, b) = ([2.0, 9.0, 4.0, 7.0], [3.0, 5.0, 4.5, 6.0]);
        let (forth, back) = (of(&a, &b).geometric_ratio.unwrap(), of(&b, &a).geometric_ratio.unwrap());
        assert!((forth.mean * back.mean - 1.0).abs() < 1e-14);
        assert!((forth.interval.unwrap().low * back.interval.unwrap().high - 1.0).abs() < 1e-13);
    }

    /// Every float that comes out, by its printed form: there is no other way in.
    fn has_nan(comparison: &Comparison) -> bool {
        format!("{comparison:?}").contains("NaN") || format!("{comparison:?}").contains("inf")
    }

    proptest! {
        #[test]
        fn nothing_is_ever_nan(
            pairs in prop::collection::vec((wild(), wild()), 0..9),
            level in 0.01..0.999_f64,
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let settings = Settings { level, resampling: Resampling { count: 49, seed: 3 }, better: Better::Lower };
            if let Some(comparison) = compare(&a, &b, &settings) {
                prop_assert!(!has_nan(&comparison), "{comparison:?}");
                prop_assert!((0.0..=1.0).contains(&comparison.wilcoxon_p));
                prop_assert!(comparison.t_test_p.is_none_or(|p| (0.0..=1.0).contains(&p)));
                let ordered = |i: Option<Interval>| i.is_none_or(|i| i.low <= i.high);
                prop_assert!(ordered(comparison.difference.interval) && ordered(comparison.difference.bca));
            }
        }
    }

    /// Figures as they come, and those that break things: zeros, equal ones, subnormal and huge ones.
    fn wild() -> impl Strategy<Value = f64> {
        prop_oneof![
            4 => -1e3..1e3_f64,
            2 => (-3..3_i32).prop_map(f64::from),
            1 => prop::sample::select(vec![0.0, -0.0, 5e-324, 1e-200, 1e150, -1e160, f64::MAX]),
        ]
    }
}
