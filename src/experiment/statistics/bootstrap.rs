//! An interval that does not take figures for normal: the bootstrap, bias-corrected and accelerated.

use super::sample::{Interval, Sample, quantile_of_sorted};
use super::sum::total;
use crate::sim::math::{normal_cdf, normal_quantile};
use crate::sim::{GroupId, Owner, Purpose, Streams};

/// How a bootstrap draws. Equal settings and equal figures, in the same order, give the same interval, bit for bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    /// How many resamples, at least 1. The default, 9,999, leaves a noise of about 1 % of the interval's width.
    pub count: u32,
    /// What the draws are addressed by; it has nothing to do with the seeds of runs.
    pub seed: u64,
}

impl Default for Resampling {
    fn default() -> Resampling {
        Resampling { count: 9_999, seed: 0 }
    }
}

/// The BCa interval of a mean (B. Efron, "Better Bootstrap Confidence Intervals", JASA 82 (1987) 171–185), with the
/// acceleration by the jackknife (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, equation 14.15; for a mean it has a closed form).
///
/// Second-order correct for skewed figures, but it knows no more about the tails than the figures show: with fewer than some 20 of them it is
/// too narrow, for normal ones too, where Student's t is exact. Of width 0 where all are equal; nothing for fewer than two, for what is not
/// finite, and where all resamples lie on one side.
///
/// # Panics
/// Where `level` is not strictly between 0 and 1, or there are no resamples.
///
/// ```
/// use swarmsim::experiment::statistics::{Resampling, bca_of_mean};
///
/// let values = [3.1, 2.9, 3.4, 2.7, 3.0, 3.3, 2.8, 3.2];
/// let interval = bca_of_mean(&values, 0.95, Resampling::default()).unwrap();
/// assert!(interval.contains(3.05) && interval.half_width() < 0.2);
/// // Resamples are drawn at addresses of their own: the same bits everywhere.
/// assert_eq!(bca_of_mean(&values, 0.95, Resampling::default()), Some(interval));
/// ```
pub fn bca_of_mean(values: &[f64], level: f64, resampling: Resampling) -> Option<Interval> {
    assert!(level > 0.0 && level < 1.0, "a level is between 0 and 1, not {level}");
    assert!(resampling.count > 0, "a bootstrap needs resamples");
    let sample = Sample::of(values)?;
    if sample.std_dev()? == 0.0 {
        return Some(Interval { low: sample.mean(), high: sample.mean() });
    }
    let residuals: Vec<f64> = values.iter().map(|x| x - sample.mean()).collect();
    let means = resampled_means(&residuals, resampling);
    let bias = bias_correction(&means, &residuals)?;
    let acceleration = acceleration(&residuals)?;
    let end = |p: f64| {
        let z = bias + normal_quantile(p);
        let share = normal_cdf(bias + z / (1.0 - acceleration * z));
        sample.mean() + quantile_of_sorted(&means, share)
    };
    let tail = (1.0 - level) / 2.0;
    Interval { low: end(tail), high: end(1.0 - tail) }.finite()
}

/// The means of as many resamples, in ascending order.
fn resampled_means(residuals: &[f64], resampling: Resampling) -> Vec<f64> {
    let owner = Owner::peer(GroupId::of("bootstrap"), 0);
    let mut draws = Streams::new(resampling.seed).at(owner, Purpose::Resample, 0);
    let n = residuals.len();
    let mut one = || (0..n).map(|_| residuals[draws.below(n as u64) as usize]).sum::<f64>() / n as f64;
    let mut means: Vec<f64> = (0..resampling.count).map(|_| one()).collect();
    means.sort_by(f64::total_cmp);
    means
}

/// z0: where the sample's mean lies among those of the resamples, ties counting half.
///
/// Of few figures many resamples hit the mean itself; rounding must not decide on which side.
fn bias_correction(means: &[f64], residuals: &[f64]) -> Option<f64> {
    let largest = residuals.iter().fold(0.0_f64, |most, r| most.max(r.abs()));
    let tie = 4.0 * f64::EPSILON * largest;
    let below = means.partition_point(|&mean| mean < -tie);
    let not_above = means.partition_point(|&mean| mean <= tie);
    let share = (below + not_above) as f64 / 2.0 / means.len() as f64;
    (share > 0.0 && share < 1.0).then(|| normal_quantile(share))
}

/// a = Σ r³ / (6 (Σ r²)^(3/2)): what the jackknife gives for a mean with residuals r.
fn acceleration(residuals: &[f64]) -> Option<f64> {
    let squares = total(residuals.iter().map(|r| r * r));
    let a = total(residuals.iter().map(|r| r * r * r)) / (6.0 * squares * squares.sqrt());
    a.is_finite().then_some(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKEWED: [f64; 12] = [0.2, 0.3, 0.5, 0.6, 0.9, 1.0, 1.3, 1.7, 2.4, 3.3, 5.1, 9.6];

    #[test]
    fn it_leans_to_the_long_tail() {
        let interval = bca_of_mean(&SKEWED, 0.95, Resampling::default()).unwrap();
        let mean = Sample::of(&SKEWED).unwrap().mean();
        assert!(interval.high - mean > 1.5 * (mean - interval.low), "{interval:?} about {mean}");
    }

    /// The jackknife, done: leave each out, and take the third moment of the means that remain.
    #[test]
    fn the_acceleration_is_the_jackknifes() {
        let n = SKEWED.len() as f64;
        let sum: f64 = SKEWED.iter().sum();
        let left: Vec<f64> = SKEWED.iter().map(|x| (sum - x) / (n - 1.0)).collect();
        let mean = left.iter().sum::<f64>() / n;
        let moment = |power: i32| left.iter().map(|m| (0..power).fold(1.0, |p, _| p * (mean - m))).sum::<f64>();
        let by_jackknife = moment(3) / (6.0 * moment(2) * moment(2).sqrt());
        let residuals: Vec<f64> = SKEWED.iter().map(|x| x - sum / n).collect();
        assert!((acceleration(&residuals).unwrap() - by_jackknife).abs() < 1e-14);
    }

    /// Pinned: a change here changes every report.
    #[test]
    fn draws_are_stable() {
        let interval = bca_of_mean(&SKEWED, 0.95, Resampling { count: 999, seed: 7 }).unwrap();
        assert_eq!([interval.low, interval.high], [1.160_065_560_477_227_2, 4.385_381_367_889_296_6]);
        let other = bca_of_mean(&SKEWED, 0.95, Resampling { count: 999, seed: 8 }).unwrap();
        assert_ne!(interval, other);
    }

    #[test]
    fn degenerate() {
        let of = |values: &[f64]| bca_of_mean(values, 0.95, Resampling { count: 99, seed: 0 });
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[1.0]), None);
        assert_eq!(of(&[1.0, f64::INFINITY]), None);
        assert_eq!(of(&[0.1; 3]), Some(Interval { low: 0.1, high: 0.1 }));
        // Resamples of two are (a, a), (a, b), (b, a), (b, b): no interval is wider than from a to b.
        let two = of(&[1.0, 2.0]).unwrap();
        assert_eq!((two.low, two.high), (1.0, 2.0));
    }
}
