//! How many seeds it takes.
//!
//! Plans, not proofs: they take the spread seen so far for the true one. To go on until it is enough, use [`super::Looks`].

use super::student::t_quantile;
use crate::sim::math::normal_quantile;

/// The usual power: four such experiments in five would see the effect.
pub const POWER: f64 = 0.8;

/// More seeds than anyone will run; nothing is said beyond.
const TOO_MANY: f64 = 1e12;

/// How many seeds until the t interval of a mean difference excludes 0 with probability `power`, where the true mean is `mean` and the standard
/// deviation of the differences is `std_dev`.
///
/// The least n with n ≥ ((t(1 - α/2; n - 1) + t(power; n - 1)) · std_dev / mean)²: the usual approximation by central t quantiles, of what the
/// noncentral t gives exactly; within one seed of it for mean / std_dev from 0.1 to 6 at 95 % and 80 %. Nothing where the mean is 0, since no number of seeds is enough, or where it would take more than 10^12;
/// 2, the fewest that have an interval, where nothing varies.
///
/// # Panics
/// Where `level` is not strictly between 0 and 1, or `power` not between 1/2 and 1.
///
/// ```
/// use swarmsim::experiment::statistics::size;
///
/// // A difference as large as its spread shows with 80 % power after ten or eleven seeds.
/// assert!((10..=11).contains(&size::for_power(1.0, 1.0, 0.95, 0.8).unwrap()));
/// ```
pub fn for_power(mean: f64, std_dev: f64, level: f64, power: f64) -> Option<u64> {
    assert!((0.5..1.0).contains(&power), "a power is between 1/2 and 1, not {power}");
    least(std_dev / mean.abs(), level, Some(power))
}

/// How many seeds until the t interval is no wider than `half_width` (in the unit of `std_dev`) to either side, where the standard deviation is `std_dev`.
/// For a relative width, give that share of the mean.
///
/// The least n with n ≥ (t(1 - α/2; n - 1) · std_dev / half_width)². Nothing where it would take more than 10^12; 2 where nothing
/// varies.
///
/// # Panics
/// Where `level` is not strictly between 0 and 1.
///
/// ```
/// use swarmsim::experiment::statistics::size;
///
/// // Half the width takes about four times the seeds.
/// let [wide, narrow] = [1.0, 0.5].map(|half_width| size::for_half_width(5.0, half_width, 0.95).unwrap());
/// assert!((3.8..4.0).contains(&(narrow as f64 / wide as f64)));
/// ```
pub fn for_half_width(std_dev: f64, half_width: f64, level: f64) -> Option<u64> {
    if half_width < 0.0 {
        return None;
    }
    least(std_dev / half_width, level, None)
}

/// The least n with n ≥ (quantiles · noise)², the quantiles being those of n - 1 degrees of freedom.
fn least(noise: f64, level: f64, power: Option<f64>) -> Option<u64> {
    assert!(level > 0.0 && level < 1.0, "a level is between 0 and 1, not {level}");
    let needed = |quantile: &dyn Fn(f64) -> f64| {
        let sum = -quantile((1.0 - level) / 2.0) + power.map_or(0.0, quantile);
        sum * noise * (sum * noise)
    };
    // The normal quantiles are smaller, so this is never too many, and for most n only a few too few.
    let begin = needed(&normal_quantile);
    if begin.is_nan() || begin > TOO_MANY {
        return None;
    }
    let mut n = (begin.ceil() as u64).max(2);
    while (n as f64) < needed(&|p| t_quantile(p, n - 1)) {
        n += 1;
    }
    Some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G*Power, paired t test, two-sided, α = 0.05, power 0.8: 34 seeds for d_z = 0.5, 199 for 0.2, 15 for 0.8.
    #[test]
    fn as_in_the_tables() {
        let seeds = [0.2, 0.5, 0.8].map(|d_z| for_power(d_z, 1.0, 0.95, POWER).unwrap());
        for (seeds, table) in seeds.into_iter().zip([199, 34, 15]) {
            assert!(seeds.abs_diff(table) <= 1, "{seeds} for {table}");
        }
    }

    #[test]
    fn the_least_that_is_enough() {
        for half_width in [0.05, 0.2, 0.5, 1.0, 3.0] {
            let n = for_half_width(1.0, half_width, 0.95).unwrap();
            let half = |n: u64| t_quantile(0.975, n - 1) / (n as f64).sqrt();
            assert!(half(n) <= half_width && (n == 2 || half(n - 1) > half_width), "{half_width}: {n}");
        }
    }

    #[test]
    fn the_ends() {
        assert_eq!(for_power(0.0, 1.0, 0.95, POWER), None, "no number is enough");
        assert_eq!(for_power(0.0, 0.0, 0.95, POWER), None, "there is nothing to see");
        assert_eq!(for_power(-1.0, 0.0, 0.95, POWER), Some(2));
        assert_eq!(for_power(1e-9, 1.0, 0.95, POWER), None, "8e18 seeds");
        assert_eq!(for_half_width(1.0, 0.0, 0.95), None);
        assert_eq!(for_half_width(1.0, -0.1, 0.95), None);
        assert_eq!(for_half_width(0.0, 0.1, 0.95), Some(2));
        // (1.96 · 1000)² and a little
        assert_eq!(for_half_width(1.0, 1e-3, 0.95), Some(3_841_462));
    }
}
