//! Student's t distribution with a whole number of degrees of freedom: tail and quantile.
//!
//! Written out here, over [`libm`], since the usual crates call the platform's `ln` and `exp`, whose last bits differ, and a p-value
//! must not depend on the machine that has printed it. `statrs` and SciPy are what the tests hold it to.

use crate::sim::math::{exp, normal_quantile};
use std::f64::consts::PI;

/// From here on the quantile is expanded about the normal one: the terms left out are below 1e-15 of it.
const MANY: u64 = 1_000_000;

/// The probability that |T| is at least |t|, with `df` ≥ 1 degrees of freedom: the two-sided p-value, accurate far into the tails.
///
/// It is the regularized incomplete beta function I_x(df/2, 1/2) at x = df / (df + t²) (Abramowitz and Stegun 1964, 26.7.1).
///
/// # Panics
/// Where `df` is 0 or `t` is NaN.
///
/// ```
/// use swarmsim::experiment::statistics::t_two_sided_p;
///
/// // With one degree of freedom, Cauchy's distribution: half of it lies beyond 1.
/// assert!((t_two_sided_p(1.0, 1) - 0.5).abs() < 1e-12);
/// ```
pub fn t_two_sided_p(t: f64, df: u64) -> f64 {
    assert!(df > 0 && !t.is_nan(), "no t distribution: t = {t}, {df} degrees of freedom");
    if t.is_infinite() {
        return 0.0;
    }
    let (df, t) = (df as f64, t.abs());
    let a = df / 2.0;
    // x and 1 - x, neither by subtraction, and right even where the square overflows.
    let ratio = t / df * t;
    let (x, rest) = (1.0 / (1.0 + ratio), 1.0 / (1.0 + 1.0 / ratio));
    // x^a (1 - x)^(1/2) / B(a, 1/2)
    let front = exp(-a * libm::log1p(ratio)) * rest.sqrt() * half_step(a) / PI.sqrt();
    // The continued fraction converges fast below the mean of the beta distribution; above it, by symmetry, the other one does.
    if x < (a + 1.0) / (a + 2.5) {
        front * continued_fraction(a, 0.5, x) / a
    } else {
        1.0 - front * continued_fraction(0.5, a, rest) / 0.5
    }
}

/// The t with P(T ≤ t) = `p`, with `df` ≥ 1 degrees of freedom.
///
/// Newton's steps from the normal quantile: it lies nearer to 0, and beyond it the tail is convex, so that no step goes too far. For a
/// million degrees of freedom and more, the expansion of Fisher and Cornish (Abramowitz and Stegun 1964, 26.7.5).
///
/// # Panics
/// Where `df` is 0 or `p` is not strictly between 0 and 1.
///
/// ```
/// use swarmsim::experiment::statistics::t_quantile;
///
/// assert!((t_quantile(0.975, 2) - 4.302_653).abs() < 1e-6);
/// assert_eq!(t_quantile(0.5, 7), 0.0);
/// ```
pub fn t_quantile(p: f64, df: u64) -> f64 {
    assert!(df > 0 && p > 0.0 && p < 1.0, "no t quantile: p = {p}, {df} degrees of freedom");
    let tail = p.min(1.0 - p);
    let t = upper_point(tail, df);
    if p < 0.5 { -t } else { t }
}

/// The t that is exceeded with probability `tail` ≤ 1/2.
fn upper_point(tail: f64, df: u64) -> f64 {
    let z = -normal_quantile(tail);
    if tail >= 0.5 {
        return 0.0;
    }
    if df >= MANY {
        let (v, z2) = (df as f64, z * z);
        return z + z * (z2 + 1.0) / (4.0 * v) + z * ((5.0 * z2 + 16.0) * z2 + 3.0) / (96.0 * v * v);
    }
    let mut t = z;
    loop {
        let next = t + (t_two_sided_p(t, df) / 2.0 - tail) / density(t, df as f64);
        // What does not grow any more is as near as rounding lets it come.
        if !next.is_finite() || next - t <= 1e-16 * t {
            return t;
        }
        t = next;
    }
}

/// The density of Student's t.
fn density(t: f64, df: f64) -> f64 {
    half_step(df / 2.0) / (df * PI).sqrt() * exp(-(df + 1.0) / 2.0 * libm::log1p(t / df * t))
}

/// Γ(a + 1/2) / Γ(a) for a ≥ 1/2, without the cancellation of two logarithms.
///
/// The asymptotic series in 1/a (F. Tricomi and A. Erdélyi, Pacific J. Math. 1 (1951) 133–142) where a is at least 32, and down from
/// there by Γ(a + 1) = a Γ(a).
pub(super) fn half_step(a: f64) -> f64 {
    const SERIES: [f64; 8] = [
        1.0,
        -1.0 / 8.0,
        1.0 / 128.0,
        5.0 / 1_024.0,
        -21.0 / 32_768.0,
        -399.0 / 262_144.0,
        869.0 / 4_194_304.0,
        39_325.0 / 33_554_432.0,
    ];
    let (mut at, mut down) = (a, 1.0);
    while at < 32.0 {
        down *= at / (at + 0.5);
        at += 1.0;
    }
    down * at.sqrt() * SERIES.iter().rev().fold(0.0, |sum, c| sum / at + c)
}

/// The continued fraction of the incomplete beta function (Abramowitz and Stegun 1964, 26.5.8), by Lentz's method as
/// Thompson and Barnett have changed it (J. Comput. Phys. 64 (1986) 490–509).
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    /// In place of a denominator of 0.
    const TINY: f64 = 1e-300;
    let apart = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / apart(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    // About as many steps as the root of the larger parameter: some hundred for a million degrees of freedom.
    for m in 1..100_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / apart(1.0 + term * d);
            c = apart(1.0 + term / c);
            change = c * d;
            h *= change;
        }
        if (change - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    h
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};

    /// The finite series for whole degrees of freedom (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4): P(|T| < t).
    fn series(t: f64, df: u64) -> f64 {
        let theta = libm::atan(t / (df as f64).sqrt());
        let (sin, cos) = (libm::sin(theta), libm::cos(theta));
        let odd = df % 2 == 1;
        let (mut term, mut sum) = if odd { (cos, 0.0) } else { (1.0, 0.0) };
        let mut k = if odd { 3 } else { 2 };
        while k <= df {
            sum += term;
            term *= cos * cos * (k - 1) as f64 / k as f64;
            k += 2;
        }
        if odd { 2.0 / PI * (theta + sin * sum) } else { sin * sum }
    }

    #[test]
    fn tails_are_those_of_the_finite_series() {
        for df in [1, 2, 3, 4, 5, 8, 13, 29, 30, 101, 400] {
            for i in 0..60 {
                let t = f64::from(i) * 0.17;
                let (p, twin) = (t_two_sided_p(t, df), 1.0 - series(t, df));
                assert!((p - twin).abs() < 3e-14, "t = {t}, {df} degrees: {p} for {twin}");
            }
        }
    }

    #[test]
    fn tails_and_quantiles_are_those_of_statrs() {
        for df in [1, 2, 5, 9, 29, 99, 1_000] {
            let twin = StudentsT::new(0.0, 1.0, df as f64).unwrap();
            for i in 1..40 {
                let p = f64::from(i) / 40.0;
                assert!((t_quantile(p, df) - twin.inverse_cdf(p)).abs() < 1e-8, "{p}, {df}");
                let t = f64::from(i) / 5.0;
                assert!((t_two_sided_p(t, df) / (2.0 * twin.sf(t)) - 1.0).abs() < 1e-10, "{t}, {df}");
            }
        }
    }

    #[test]
    fn the_quantile_inverts_the_tail() {
        for df in [1, 2, 3, 7, 30, 1_000, 999_999, 1_000_000, 5_000_000] {
            for tail in [0.49, 0.3, 0.1, 0.025, 1e-3, 1e-6, 1e-9] {
                let t = t_quantile(1.0 - tail, df);
                // 1 - tail is rounded: to about 1e-16 in 1e-9.
                let back = t_two_sided_p(t, df) / 2.0;
                assert!((back / tail - 1.0).abs() < 5e-7, "{tail}, {df}: {back}");
            }
        }
        assert_eq!(t_quantile(0.5, 3), 0.0);
        assert_eq!(t_quantile(0.25, 1), -t_quantile(0.75, 1));
    }

    #[test]
    fn the_ends() {
        for df in [1, 2, 30, 1_000_000] {
            assert_eq!(t_two_sided_p(0.0, df), 1.0);
            assert_eq!(t_two_sided_p(-2.0, df), t_two_sided_p(2.0, df));
            assert_eq!(t_two_sided_p(f64::NEG_INFINITY, df), 0.0);
            assert!(t_two_sided_p(1e300, df) < 1e-149, "{df}");
        }
    }

    #[test]
    fn the_ratio_of_gammas_is_right() {
        for a in [0.5, 1.0, 1.5, 2.5, 10.0, 31.5, 32.0, 60.0] {
            let twin = libm::tgamma(a + 0.5) / libm::tgamma(a);
            assert!((half_step(a) / twin - 1.0).abs() < 2e-14, "{a}");
        }
    }

    /// Bit for bit: what differs here would differ in a report.
    #[test]
    fn bits_are_pinned() {
        let values = [t_quantile(0.975, 29), t_two_sided_p(2.5, 29), t_quantile(0.975, 2_000_000)];
        assert_eq!(values, [2.045_229_642_132_704_3, 0.018_325_344_338_426_07, 1.959_965_170_676_374_3]);
    }
}
