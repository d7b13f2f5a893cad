//! One series of figures, described.

use super::student::t_quantile;
use super::sum::total;

/// A confidence interval, both ends included, in the unit of what it is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end; never below the lower.
    pub high: f64,
}

impl Interval {
    /// `center ± half`, or nothing where an end is not finite.
    pub(super) fn about(center: f64, half: f64) -> Option<Interval> {
        Interval { low: center - half, high: center + half }.finite()
    }

    /// Itself, where both ends are finite.
    pub(super) fn finite(self) -> Option<Interval> {
        (self.low.is_finite() && self.high.is_finite()).then_some(self)
    }

    /// Whether `value` lies within.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Half its width.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

/// A series of finite figures and its moments. Nothing here depends on the order in which they were given.
///
/// ```
/// use swarmsim::experiment::statistics::Sample;
///
/// let sample = Sample::of(&[4.0, 5.0, 6.0]).unwrap();
/// assert_eq!((sample.mean(), sample.std_dev()), (5.0, Some(1.0)));
/// // Student's t with 2 degrees of freedom: 4.3027 standard errors of 1/sqrt(3) each way.
/// let interval = sample.mean_interval(0.95).unwrap();
/// assert!((interval.half_width() - 4.302_653 / 3f64.sqrt()).abs() < 1e-5);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    sorted: Vec<f64>,
    mean: f64,
    std_dev: Option<f64>,
}

impl Sample {
    /// Describes `values`; nothing where there are none, where one is not finite, or where their squares are beyond the range of
    /// floating-point numbers.
    pub fn of(values: &[f64]) -> Option<Sample> {
        if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let mut sorted = values.to_vec();
        // -0 and 0 differ in this order, but in nothing that follows.
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (sorted[0], sorted[sorted.len() - 1]);
        // Rounding must not push the mean of equal values away from them.
        let mean = (total(sorted.iter().copied()) / sorted.len() as f64).clamp(min, max);
        let std_dev = std_dev(&sorted, mean);
        (mean.is_finite() && std_dev.is_none_or(f64::is_finite)).then_some(Sample { sorted, mean, std_dev })
    }

    /// How many there are: at least one.
    pub fn n(&self) -> usize {
        self.sorted.len()
    }

    /// The arithmetic mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation with n - 1 in the denominator; exactly 0 where all are equal, nothing for a single one.
    pub fn std_dev(&self) -> Option<f64> {
        self.std_dev
    }

    /// The standard error of the mean.
    pub fn std_error(&self) -> Option<f64> {
        Some(self.std_dev? / (self.n() as f64).sqrt())
    }

    /// The smallest.
    pub fn min(&self) -> f64 {
        self.sorted[0]
    }

    /// The largest.
    pub fn max(&self) -> f64 {
        self.sorted[self.n() - 1]
    }

    /// The middle one, or the mean of the two in the middle.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The `q`-quantile, interpolated linearly between the two nearest ranks: type 7 of Hyndman and Fan (1996), NumPy's default.
    ///
    /// # Panics
    /// Where `q` is not between 0 and 1.
    pub fn quantile(&self, q: f64) -> f64 {
        quantile_of_sorted(&self.sorted, q)
    }

    /// The confidence interval of the mean by Student's t: mean ± t(n - 1) s / √n. Exact for normal figures, approximately right
    /// for others the more there are of them. Of width 0 where all are equal; nothing for a single one.
    ///
    /// # Panics
    /// Where `level` is not strictly between 0 and 1.
    pub fn mean_interval(&self, level: f64) -> Option<Interval> {
        Interval::about(self.mean, self.half_width(level)?)
    }

    /// Half the width of [`Sample::mean_interval`].
    pub fn half_width(&self, level: f64) -> Option<f64> {
        assert!(level > 0.0 && level < 1.0, "a level is between 0 and 1, not {level}");
        let error = self.std_error()?;
        Some(if error == 0.0 { 0.0 } else { -t_quantile((1.0 - level) / 2.0, self.n() as u64 - 1) * error })
    }
}

/// In two passes, with the correction of Chan, Golub and LeVeque (The American Statistician 37 (1983) 242–247) for what the mean
/// has lost to rounding.
fn std_dev(values: &[f64], mean: f64) -> Option<f64> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let squares = total(values.iter().map(|x| (x - mean) * (x - mean)));
    let rest = total(values.iter().map(|x| x - mean));
    let squares = squares - rest * rest / n;
    // Not `max`: it would take what has overflowed for 0.
    Some(if squares < 0.0 { 0.0 } else { (squares / (n - 1.0)).sqrt() })
}

/// The `q`-quantile of values in ascending order, of which there is at least one.
pub(super) fn quantile_of_sorted(sorted: &[f64], q: f64) -> f64 {
    assert!((0.0..=1.0).contains(&q), "a quantile is between 0 and 1, not {q}");
    let at = q * (sorted.len() - 1) as f64;
    let below = (at as usize).min(sorted.len() - 1);
    let (low, high) = (sorted[below], sorted[(below + 1).min(sorted.len() - 1)]);
    let part = at - below as f64;
    // From the nearer end, as NumPy does: exact at both.
    if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn few_values() {
        assert_eq!(Sample::of(&[]), None);
        let one = Sample::of(&[4.0]).unwrap();
        assert_eq!((one.mean(), one.median(), one.quantile(0.9), one.std_dev()), (4.0, 4.0, 4.0, None));
        assert_eq!(one.mean_interval(0.95), None);
        let two = Sample::of(&[1.0, 3.0]).unwrap();
        // s = √2, standard error 1, t(0.975; 1) = tan(0.475 π) = 12.7062
        let half = two.half_width(0.95).unwrap();
        assert!((half - 12.706_204_736_174_707).abs() < 1e-12, "{half}");
    }

    #[test]
    fn equal_values_have_no_spread() {
        // A third of (0.1 + 0.1 + 0.1) is not 0.1 in floating point.
        let sample = Sample::of(&[0.1; 3]).unwrap();
        assert_eq!((sample.mean(), sample.std_dev()), (0.1, Some(0.0)));
        assert_eq!(sample.mean_interval(0.99), Some(Interval { low: 0.1, high: 0.1 }));
    }

    #[test]
    fn a_large_offset_does_not_hurt() {
        // The variance of 0, 1, 2, …, 9 is 55/6, wherever they begin.
        let values: Vec<f64> = (0..10).map(|i| 1e12 + f64::from(i)).collect();
        let std_dev = Sample::of(&values).unwrap().std_dev().unwrap();
        assert!((std_dev - (55.0_f64 / 6.0).sqrt()).abs() < 1e-12, "{std_dev}");
    }

    #[test]
    fn what_is_not_finite_is_refused() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Sample::of(&[1.0, bad]), None);
        }
        assert_eq!(Sample::of(&[f64::MAX, f64::MAX]), None, "the sum overflows");
        assert_eq!(Sample::of(&[f64::MAX, -f64::MAX]), None, "the squares overflow");
    }

    proptest! {
        #[test]
        fn order_does_not_matter(mut values in prop::collection::vec(-1e9..1e9_f64, 1..50)) {
            let forth = Sample::of(&values);
            values.reverse();
            prop_assert_eq!(&forth, &Sample::of(&values));
            let sample = forth.unwrap();
            prop_assert!(sample.min() <= sample.mean() && sample.mean() <= sample.max());
            if let Some(interval) = sample.mean_interval(0.9) {
                prop_assert!(interval.contains(sample.mean()));
            }
        }
    }
}
