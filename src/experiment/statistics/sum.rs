//! Sums that lose nothing to rounding on the way.

/// The sum with Neumaier's compensation: the error does not grow with the number of terms (A. Neumaier, "Rundungsfehleranalyse einiger
/// Verfahren zur Summation endlicher Summen", ZAMM 54 (1974) 39–51).
pub(super) fn total(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    for value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    sum + lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        // Neumaier's example: a plain sum gives 0, Kahan's too.
        assert_eq!(total([1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(total([]), 0.0);
        // A plain sum is off in the thirteenth digit; the product is rounded once, and so should the sum be.
        assert_eq!(total([0.1; 1_000]), 1_000.0 * 0.1);
    }
}
