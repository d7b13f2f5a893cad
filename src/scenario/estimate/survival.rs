//! How much of a crowd is still there after so many steps of time.

use crate::sim::Distribution;

/// Fewer than this share of a crowd is nobody.
const NOBODY: f64 = 1e-6;

/// The share of those who came together that is still there after 0, 1, 2, … steps.
#[derive(Clone, Debug)]
pub(super) struct Survival {
    /// `None` where nobody ever leaves.
    left: Option<Vec<f64>>,
}

impl Survival {
    /// Of times drawn from `times` (in nanoseconds), in so many steps of `step_s`; by so many quantiles.
    pub(super) fn new(times: Option<&Distribution>, step_s: f64, steps: usize, quantiles: usize) -> Survival {
        let Some(times) = times else { return Survival { left: None } };
        let mut ends: Vec<f64> = (0..quantiles)
            .map(|place| times.quantile((place as f64 + 0.5) / quantiles as f64) / 1e9 / step_s)
            .collect();
        ends.sort_by(f64::total_cmp);
        let mut left = Vec::with_capacity(steps + 2);
        for step in 0..steps + 2 {
            let gone = ends.partition_point(|&end| end <= step as f64);
            left.push(1.0 - gone as f64 / quantiles as f64);
        }
        Survival { left: Some(left) }
    }

    /// The share of those there after `step` steps that leaves in the next.
    pub(super) fn leaving(&self, step: usize) -> f64 {
        let Some(left) = &self.left else { return 0.0 };
        match (left.get(step), left.get(step + 1)) {
            (Some(&now), Some(&next)) if now > NOBODY => 1.0 - next / now,
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share that is left after each of so many steps of a second.
    fn left(times: &Distribution, steps: usize) -> Vec<f64> {
        let survival = Survival::new(Some(times), 1.0, steps, 256);
        let mut left = vec![1.0];
        for step in 0..steps {
            left.push(left[step] * (1.0 - survival.leaving(step)));
        }
        left
    }

    #[test]
    fn an_exponential_crowd_melts_away() {
        for (step, left) in left(&Distribution::Exponential { mean: 5e9 }, 20).into_iter().enumerate() {
            let expected = crate::sim::math::exp(-(step as f64) / 5.0);
            assert!((left - expected).abs() < 0.005, "{step}: {left} {expected}");
        }
    }

    #[test]
    fn a_constant_crowd_goes_at_once_and_one_without_end_never() {
        assert_eq!(left(&Distribution::constant(2.5e9), 5), [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(Survival::new(None, 1.0, 3, 256).leaving(1_000_000), 0.0);
    }
}
