//! Several comparisons at once.

/// Holm's step-down adjustment (S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scand. J. Statist. 6 (1979)
/// 65–70): reject where the adjusted p-value is at most α, and the chance of even one false rejection is at most α, however the tests depend
/// on each other.
///
/// In the order given. Where there was no test (`None`) there is none to adjust, and it does not count among the tests.
///
/// # Panics
/// Where a p-value is not between 0 and 1.
///
/// ```
/// use swarmsim::experiment::statistics::holm;
///
/// // The smallest counts threefold, the next twofold; none is below one before it.
/// assert_eq!(holm(&[Some(0.03), Some(0.01), Some(0.02), None]), [Some(0.04), Some(0.03), Some(0.04), None]);
/// ```
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(f64, usize)> = p_values.iter().enumerate().filter_map(|(i, p)| Some(((*p)?, i))).collect();
    assert!(order.iter().all(|(p, _)| (0.0..=1.0).contains(p)), "p-values are between 0 and 1: {p_values:?}");
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut adjusted = vec![None; p_values.len()];
    let mut least: f64 = 0.0;
    for (rank, &(p, i)) in order.iter().enumerate() {
        // Never below one that was smaller to begin with.
        least = least.max(p * (order.len() - rank) as f64).min(1.0);
        adjusted[i] = Some(least);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holm's own scheme: 0.005 · 4, 0.01 · 3, 0.03 · 2, and 0.04 · 1 raised to the one before.
    #[test]
    fn by_hand() {
        let adjusted = holm(&[Some(0.01), Some(0.04), Some(0.03), Some(0.005)]).into_iter().flatten();
        for (p, expected) in adjusted.zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((p - expected).abs() < 1e-15, "{p}");
        }
    }

    #[test]
    fn what_was_not_tested_does_not_count() {
        assert_eq!(holm(&[None, Some(0.25), None]), [None, Some(0.25), None]);
        assert_eq!(holm(&[Some(0.9), Some(0.8)]), [Some(1.0), Some(1.0)]);
        assert!(holm(&[]).is_empty());
    }
}
