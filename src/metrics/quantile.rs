//! Quantiles of whole nanoseconds, as NumPy computes them.

use crate::sim::NANOS_PER_SECOND;

/// The `q`-quantile of sorted values, interpolated linearly between the two nearest ranks: NumPy's default, type 7 of Hyndman
/// and Fan, "Sample Quantiles in Statistical Packages" (1996). `None` where there is no value.
pub(super) fn quantile_s(sorted: &[u64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = q * last as f64;
    let below = rank.floor() as usize;
    let above = (below + 1).min(last);
    let part = rank - below as f64;
    let gap = (sorted[above] - sorted[below]) as f64;
    Some((sorted[below] as f64 + part * gap) / NANOS_PER_SECOND as f64)
}

/// The mean, in seconds; `None` where there is no value.
pub(super) fn mean_s(values: &[u64]) -> Option<f64> {
    let sum: u128 = values.iter().map(|&nanos| u128::from(nanos)).sum();
    (!values.is_empty()).then(|| sum as f64 / values.len() as f64 / NANOS_PER_SECOND as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy.percentile([1, 2, 4, 8], [0, 50, 90, 100]) = [1, 3, 6.8, 8]
    #[test]
    fn quantiles_are_numpys() {
        let values: Vec<u64> = [1, 2, 4, 8].iter().map(|s| s * NANOS_PER_SECOND).collect();
        let all: Vec<f64> = [0.0, 0.5, 0.9, 1.0].iter().map(|&q| quantile_s(&values, q).expect("values")).collect();
        assert_eq!(all, [1.0, 3.0, 6.8, 8.0]);
        assert_eq!(mean_s(&values), Some(3.75));
        assert_eq!((quantile_s(&[], 0.5), mean_s(&[])), (None, None));
    }
}
