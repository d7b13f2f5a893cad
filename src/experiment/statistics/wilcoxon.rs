//! Wilcoxon's signed ranks: a test and an effect size that no outlier can carry alone.

use crate::sim::math::normal_cdf;

/// The most pairs for which the p-value counts every assignment of signs.
const MOST_EXACT: usize = 25;

/// The sums of the ranks of |difference|, by the difference's sign (F. Wilcoxon, Biometrics Bulletin 1 (1945) 80–83).
///
/// Differences of 0 are left out, as Wilcoxon did; equal ones share the mean of their ranks.
///
/// ```
/// use swarmsim::experiment::statistics::SignedRanks;
///
/// let ranks = SignedRanks::of(&[1.5, 0.5, 2.5, 1.0, 3.0]).unwrap();
/// // All five are positive: 2 of the 32 ways to choose signs are as far from even.
/// assert_eq!((ranks.p(), ranks.rank_biserial()), (2.0 / 32.0, Some(1.0)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SignedRanks {
    plus: f64,
    minus: f64,
    /// Pairs whose difference is not 0.
    n: usize,
    zeros: usize,
    /// The sum of t³ - t over groups of t equal ones: 0 where all differ.
    ties: f64,
}

impl SignedRanks {
    /// Ranks the differences; nothing where there are none or one is not finite.
    pub fn of(differences: &[f64]) -> Option<SignedRanks> {
        if differences.is_empty() || differences.iter().any(|d| !d.is_finite()) {
            return None;
        }
        let mut sorted: Vec<f64> = differences.iter().copied().filter(|&d| d != 0.0).collect();
        sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let zeros = differences.len() - sorted.len();
        let mut ranks = SignedRanks { plus: 0.0, minus: 0.0, n: sorted.len(), zeros, ties: 0.0 };
        let mut before = 0;
        for group in sorted.chunk_by(|a, b| a.abs() == b.abs()) {
            let t = group.len() as f64;
            let rank = before as f64 + (t + 1.0) / 2.0;
            let positive = group.iter().filter(|&&d| d > 0.0).count() as f64;
            ranks.plus += positive * rank;
            ranks.minus += (t - positive) * rank;
            ranks.ties += t * t * t - t;
            before += group.len();
        }
        Some(ranks)
    }

    /// The two-sided p-value of "differences are symmetric about 0"; 1 where all are 0.
    ///
    /// Exact for at most 25 pairs without ties and zeros; else by the normal approximation, corrected for ties and
    /// continuity.
    pub fn p(&self) -> f64 {
        if self.n == 0 {
            1.0
        } else if self.n <= MOST_EXACT && self.ties == 0.0 && self.zeros == 0 {
            self.exact_p()
        } else {
            self.normal_p()
        }
    }

    /// The matched-pairs rank-biserial correlation, (R⁺ - R⁻) / (R⁺ + R⁻) (D. S. Kerby, Comprehensive Psychology 3 (2014)): 1 where
    /// all differences are positive, -1 where all are negative. Nothing where all are 0.
    pub fn rank_biserial(&self) -> Option<f64> {
        (self.n > 0).then(|| (self.plus - self.minus) / (self.plus + self.minus))
    }

    /// Twice the share of the 2^n assignments of signs whose smaller sum is no larger than the one seen.
    fn exact_p(&self) -> f64 {
        let most = self.n * (self.n + 1) / 2;
        let mut ways = vec![0_u32; most + 1];
        ways[0] = 1;
        for rank in 1..=self.n {
            for sum in (rank..=most).rev() {
                ways[sum] += ways[sum - rank];
            }
        }
        let seen = self.plus.min(self.minus) as usize;
        let tail: u32 = ways[..=seen].iter().sum();
        (2.0 * f64::from(tail) / f64::from(1_u32 << self.n)).min(1.0)
    }

    /// By the normal approximation to R⁺, whatever the number of pairs.
    pub(super) fn normal_p(&self) -> f64 {
        let n = self.n as f64;
        let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - self.ties / 48.0;
        let off = ((self.plus - self.minus).abs() / 2.0 - 0.5).max(0.0);
        (2.0 * normal_cdf(-off / variance.sqrt())).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Ranks 1, 2, 3, -4: of 16 assignments, R⁻ is at most 4 in {}, 1, 2, 3, 12, 4, 13: 7.
        let ranks = SignedRanks::of(&[0.1, 0.3, 0.5, -0.7]).unwrap();
        assert_eq!((ranks.plus, ranks.minus), (6.0, 4.0));
        assert_eq!(ranks.p(), 2.0 * 7.0 / 16.0);
        assert_eq!(ranks.rank_biserial(), Some(0.2));
    }

    /// The slow twin: every assignment of signs to the ranks, one by one.
    #[test]
    fn exact_p_values_are_counts() {
        for n in 1..=10_u32 {
            let sums: Vec<u32> =
                (0..1_u32 << n).map(|s| (0..n).filter(|i| s >> i & 1 == 1).map(|i| i + 1).sum()).collect();
            let most = n * (n + 1) / 2;
            for signs in 0..1_u32 << n {
                let differences: Vec<f64> =
                    (0..n).map(|i| f64::from(i + 1) * if signs >> i & 1 == 1 { 1.5 } else { -1.5 }).collect();
                let seen = sums[signs as usize].min(most - sums[signs as usize]);
                let extreme = sums.iter().filter(|&&sum| sum.min(most - sum) <= seen).count();
                let ranks = SignedRanks::of(&differences).unwrap();
                assert_eq!(ranks.p(), extreme as f64 / sums.len() as f64, "{differences:?}");
            }
        }
    }

    #[test]
    fn all_on_one_side() {
        let differences: Vec<f64> = (1..=25).map(f64::from).collect();
        let ranks = SignedRanks::of(&differences).unwrap();
        assert_eq!(ranks.p(), 2.0 / f64::from(1_u32 << 25));
        assert_eq!(ranks.rank_biserial(), Some(1.0));
    }

    #[test]
    fn degenerate() {
        assert_eq!(SignedRanks::of(&[]), None);
        assert_eq!(SignedRanks::of(&[1.0, f64::NAN]), None);
        let zeros = SignedRanks::of(&[0.0, -0.0]).unwrap();
        assert_eq!((zeros.p(), zeros.rank_biserial()), (1.0, None));
        assert_eq!(SignedRanks::of(&[3.0]).unwrap().p(), 1.0);
    }

    /// Equal differences are ties, hence the approximation: R⁺ = 15, variance 5·6·11/24 - 120/48.
    #[test]
    fn equal_differences() {
        let ranks = SignedRanks::of(&[2.0; 5]).unwrap();
        let z = 7.0 / (13.75_f64 - 2.5).sqrt();
        assert_eq!(ranks.p(), 2.0 * normal_cdf(-z));
    }
}
