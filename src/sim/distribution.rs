//! Probability distributions, each by inversion: one uniform draw gives one value.
//!
//! One draw a value is what lets two runs share random numbers: a changed parameter moves a value,
//! never the draws of others. All arithmetic is IEEE basic operations and [`math`], so a value has the
//! same bits on every platform. Values carry no unit: the user of a distribution gives it one
//! (nanoseconds for durations, bits per second for rates).

use super::math;
use std::sync::Arc;

/// A distribution over non-negative numbers.
///
/// ```
/// use swarmsim::sim::{Distribution, Owner, Purpose, Streams};
///
/// let sessions = Distribution::Exponential { mean: 300.0 };
/// assert!((sessions.quantile(0.5) - 300.0 * 2f64.ln()).abs() < 1e-9);
/// let draw = Streams::new(7).draw(Owner::TRACKER, Purpose::Session, 0);
/// assert!(sessions.sample(draw) > 0.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always `value`.
    Constant {
        /// The value, `>= 0`.
        value: f64,
    },
    /// Uniform on `[min, max]`.
    Uniform {
        /// Lower end, `>= 0`.
        min: f64,
        /// Upper end, `>= min`.
        max: f64,
    },
    /// Exponential.
    Exponential {
        /// The mean, `> 0`.
        mean: f64,
    },
    /// Normal, conditional on being at least 0.
    Normal {
        /// Mean before truncation, `>= 0`.
        mean: f64,
        /// Standard deviation before truncation, `>= 0`.
        std_dev: f64,
    },
    /// Lognormal: `median * exp(sigma * Z)`.
    Lognormal {
        /// The median, `> 0`.
        median: f64,
        /// Standard deviation of the logarithm, `>= 0`.
        sigma: f64,
    },
    /// Weibull.
    Weibull {
        /// Shape, `> 0`; below 1 means a falling hazard rate.
        shape: f64,
        /// Scale, `> 0`.
        scale: f64,
    },
    /// Pareto (type I).
    Pareto {
        /// Shape, `> 0`; the mean is finite above 1.
        shape: f64,
        /// The least value, `> 0`.
        min: f64,
    },
    /// One of the values given, each as likely as the others.
    Empirical {
        /// The values, at least one, each `>= 0`.
        values: Arc<[f64]>,
    },
}

impl Distribution {
    /// The distribution that is always `value`.
    pub fn constant(value: f64) -> Distribution {
        Distribution::Constant { value }
    }

    /// The value at `u`, a number in the open interval (0, 1). It rises with `u`, but for `Empirical`,
    /// whose values stand in the order given.
    pub fn quantile(&self, u: f64) -> f64 {
        debug_assert!(u > 0.0 && u < 1.0, "u = {u}");
        match *self {
            Distribution::Constant { value } => value,
            Distribution::Uniform { min, max } => min + u * (max - min),
            Distribution::Exponential { mean } => -mean * math::ln(1.0 - u),
            Distribution::Normal { mean, std_dev } => {
                if std_dev == 0.0 {
                    return mean;
                }
                // P(X > x | X >= 0) = 1 - u, by way of the survival function, which is
                // exact where the distribution function would be 1 minus almost 1.
                let above_zero = math::normal_cdf(mean / std_dev);
                let survival = (1.0 - u) * above_zero;
                let x = mean - std_dev * math::normal_quantile(survival);
                if x > 0.0 { x } else { 0.0 }
            }
            Distribution::Lognormal { median, sigma } => median * math::exp(sigma * math::normal_quantile(u)),
            Distribution::Weibull { shape, scale } => scale * math::pow(-math::ln(1.0 - u), 1.0 / shape),
            Distribution::Pareto { shape, min } => min * math::pow(1.0 - u, -1.0 / shape),
            Distribution::Empirical { ref values } => {
                let i = (u * values.len() as f64) as usize;
                values[i.min(values.len() - 1)]
            }
        }
    }

    /// The value at a 64-bit draw: see [`unit_interval`].
    pub fn sample(&self, draw: u64) -> f64 {
        self.quantile(unit_interval(draw))
    }

    /// No draw gives less than this; it is the least value but for a billionth part, which allows for rounding.
    pub fn least(&self) -> f64 {
        match self {
            Distribution::Constant { value } => *value,
            Distribution::Empirical { values } => values.iter().copied().fold(f64::INFINITY, f64::min),
            _ => self.quantile(unit_interval(0)) * (1.0 - 1e-9),
        }
    }

    /// The only value it can take, where it is constant.
    pub fn constant_value(&self) -> Option<f64> {
        match *self {
            Distribution::Constant { value } => Some(value),
            _ => None,
        }
    }

    /// The expected value before rounding, `f64::INFINITY` where there is none. For estimates only:
    /// it does not reach an event.
    pub fn mean(&self) -> f64 {
        match *self {
            Distribution::Constant { value } => value,
            Distribution::Uniform { min, max } => (min + max) / 2.0,
            Distribution::Exponential { mean } => mean,
            Distribution::Normal { mean, std_dev } => {
                if std_dev == 0.0 {
                    return mean;
                }
                let a = mean / std_dev;
                let density = math::exp(-a * a / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
                mean + std_dev * density / math::normal_cdf(a)
            }
            Distribution::Lognormal { median, sigma } => median * math::exp(sigma * sigma / 2.0),
            Distribution::Weibull { shape, scale } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Distribution::Pareto { shape, min } => {
                if shape > 1.0 {
                    shape * min / (shape - 1.0)
                } else {
                    f64::INFINITY
                }
            }
            Distribution::Empirical { ref values } => values.iter().sum::<f64>() / values.len() as f64,
        }
    }
}

/// A 64-bit draw as a number strictly between 0 and 1: its upper 52 bits and a half, in steps of
/// 2^-52. (With 53 bits the largest would round to 1.)
pub fn unit_interval(draw: u64) -> f64 {
    ((draw >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<(&'static str, Distribution, f64)> {
        vec![
            ("constant", Distribution::constant(3.0), 3.0),
            ("uniform", Distribution::Uniform { min: 2.0, max: 6.0 }, 4.0),
            ("exponential", Distribution::Exponential { mean: 5.0 }, 5.0),
            // scipy.stats.truncnorm.mean(-1, inf, 2, 2)
            ("normal", Distribution::Normal { mean: 2.0, std_dev: 2.0 }, 2.575_199_940_618_27),
            ("lognormal", Distribution::Lognormal { median: 2.0, sigma: 0.5 }, 2.0 * 0.125f64.exp_for_test()),
            ("weibull", Distribution::Weibull { shape: 2.0, scale: 3.0 }, 3.0 * 0.886_226_925_452_758),
            ("pareto", Distribution::Pareto { shape: 3.0, min: 2.0 }, 3.0),
            ("empirical", Distribution::Empirical { values: vec![1.0, 2.0, 6.0].into() }, 3.0),
        ]
    }

    #[test]
    fn no_draw_is_below_the_least_value() {
        for (name, distribution, _) in all() {
            for draw in (0..2000u64).map(|i| i << 40).chain([0, 1, 4096, u64::MAX]) {
                assert!(distribution.sample(draw) >= distribution.least(), "{name} at {draw}");
            }
        }
    }

    trait ExpForTest {
        fn exp_for_test(self) -> f64;
    }
    impl ExpForTest for f64 {
        fn exp_for_test(self) -> f64 {
            math::exp(self)
        }
    }

    #[test]
    fn means_agree_with_the_quantile_function() {
        for (name, distribution, mean) in all() {
            let n = 200_000;
            let sum: f64 = (0..n).map(|i| distribution.quantile((f64::from(i) + 0.5) / f64::from(n))).sum();
            let measured = sum / f64::from(n);
            assert!((measured - mean).abs() < 2e-3 * mean, "{name}: {measured} is not {mean}");
            assert!((distribution.mean() - mean).abs() < 1e-6 * mean, "{name}: {}", distribution.mean());
        }
    }

    /// Pinned for ever: a change here changes every run. Bits, not decimals.
    #[test]
    fn values_are_stable() {
        let bits: Vec<String> = all()
            .iter()
            .map(|(name, d, _)| {
                let draws = [0, 0x0123_4567_89ab_cdef, u64::MAX];
                let values: Vec<String> = draws.iter().map(|&x| format!("{:016x}", d.sample(x).to_bits())).collect();
                format!("{name} {}", values.join(" "))
            })
            .collect();
        assert_eq!(bits.join("\n"), PINNED);
    }

    const PINNED: &str = "constant 4008000000000000 4008000000000000 4008000000000000\n\
        uniform 4000000000000001 40002468acf13579 4018000000000000\n\
        exponential 3cc4000000000000 3f96ce67f582a1de 4066f5e359f105f8\n\
        normal 3cd8000000000000 3f9f687758bbee40 403275e3ebe203ec\n\
        lognormal 3fa0e3c31d632c92 3fe14cebf4e002b7 405e5078a3fd5625\n\
        weibull 3e60f876ccdf6cda 3fc9a0e63c7f077e 40322eea98f778e6\n\
        pareto 4000000000000000 40000616109018e6 411965fea53d6e38\n\
        empirical 3ff0000000000000 3ff0000000000000 4018000000000000";

    #[test]
    fn extremes_stay_finite_and_non_negative() {
        for (name, distribution, _) in all() {
            for draw in [0, u64::MAX] {
                let x = distribution.sample(draw);
                assert!(x.is_finite() && x >= 0.0, "{name} at {draw}: {x}");
            }
        }
    }
}
