//! SciPy's values, made by `scripts/statistics_reference.py`; the file names the calls and the versions.

use super::*;
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("reference.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Equal to `tolerance`, as a share of the value or, below 1, absolutely.
#[track_caller]
fn close(name: &str, ours: f64, theirs: f64, tolerance: f64) {
    assert!((ours - theirs).abs() <= tolerance * theirs.abs().max(1.0), "{name}: {ours} for {theirs}");
}

#[track_caller]
fn close_interval(name: &str, ours: Option<Interval>, theirs: &Value, tolerance: f64) {
    let (ours, theirs) = (ours.unwrap(), numbers(theirs));
    close(name, ours.low, theirs[0], tolerance);
    close(name, ours.high, theirs[1], tolerance);
}

/// Runs a check on every pair of series in the reference.
fn on_each_pair(check: impl Fn(&str, &Value, &[f64], &[f64])) {
    let reference = reference();
    let pairs = reference["pairs"].as_object().unwrap();
    assert!(pairs.len() >= 6);
    for (name, expected) in pairs {
        check(name, expected, &numbers(&expected["strategy"]), &numbers(&expected["baseline"]));
    }
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key}: {}", value[key]))
}

#[test]
fn samples_are_numpys() {
    let points = numbers(&reference()["quantile_points"]);
    on_each_pair(|name, expected, strategy, _| {
        let sample = Sample::of(strategy).unwrap();
        close(name, sample.mean(), number(expected, "mean"), 1e-14);
        close(name, sample.std_dev().unwrap(), number(expected, "std_dev"), 1e-13);
        close(name, sample.median(), number(expected, "median"), 1e-15);
        for (q, theirs) in points.iter().zip(numbers(&expected["quantiles"])) {
            close(name, sample.quantile(*q), theirs, 1e-15);
        }
        close_interval(name, sample.mean_interval(0.95), &expected["mean_interval"], 1e-12);
    });
}

#[test]
fn comparisons_are_scipys() {
    on_each_pair(|name, expected, strategy, baseline| {
        let ours = compare(strategy, baseline, &Settings::default()).unwrap();
        close(name, ours.difference.mean, number(expected, "difference"), 1e-13);
        close_interval(name, ours.difference.interval, &expected["difference_interval"], 1e-12);
        let (ratio, geometric) = (ours.ratio.unwrap(), ours.geometric_ratio.unwrap());
        close(name, ratio.mean, number(expected, "ratio"), 1e-14);
        close_interval(name, ratio.interval, &expected["ratio_interval"], 1e-12);
        close(name, geometric.mean, number(expected, "geometric_ratio"), 1e-14);
        close_interval(name, geometric.interval, &expected["geometric_interval"], 1e-12);
        close(name, ours.t_test_p.unwrap(), number(expected, "t_test_p"), 1e-13);
        close(name, ours.effect.d_z.unwrap(), number(expected, "d_z"), 1e-13);
        assert_eq!(ours.effect.g_z.is_some(), !expected["g_z"].is_null(), "{name}");
        if let Some(g_z) = ours.effect.g_z {
            close(name, g_z, number(expected, "g_z"), 1e-13);
        }
        close(name, ours.effect.rank_biserial.unwrap(), number(expected, "rank_biserial"), 1e-15);
        close(name, ours.pairing.correlation.unwrap(), number(expected, "correlation"), 1e-13);
        close(name, ours.pairing.variance_saved.unwrap(), number(expected, "variance_saved"), 1e-13);
    });
}

/// Our noise is about 1 % of the width, theirs, averaged, a thirtieth of it; a band of five times ours.
#[test]
fn bca_is_scipys() {
    on_each_pair(|name, expected, strategy, baseline| {
        let ours = compare(strategy, baseline, &Settings::default()).unwrap();
        for (estimate, key) in [(ours.difference, "difference_bca"), (ours.ratio.unwrap(), "ratio_bca")] {
            if expected[key].is_null() {
                continue;
            }
            let (bca, theirs) = (estimate.bca.unwrap(), numbers(&expected[key]));
            let off = (bca.low - theirs[0]).abs().max((bca.high - theirs[1]).abs());
            assert!(off < 0.05 * (theirs[1] - theirs[0]), "{name}, {key}: {bca:?} for {theirs:?}");
        }
    });
}

#[test]
fn signed_ranks_are_scipys() {
    on_each_pair(|name, expected, strategy, baseline| {
        let differences: Vec<f64> = strategy.iter().zip(baseline).map(|(a, b)| a - b).collect();
        let ranks = SignedRanks::of(&differences).unwrap();
        let normal = number(expected, "wilcoxon_normal_p");
        close(name, ranks.normal_p(), normal, 1e-14);
        match expected["wilcoxon_exact_p"].as_f64().filter(|_| differences.len() <= 25) {
            Some(exact) => close(name, ranks.p(), exact, 1e-15),
            None => close(name, ranks.p(), normal, 1e-14),
        }
    });
}

/// The approximation by central quantiles may be a seed or two off; never more.
#[test]
fn seeds_for_power_are_nearly_exact() {
    on_each_pair(|name, expected, strategy, baseline| {
        let ours = compare(strategy, baseline, &Settings::default()).unwrap().seeds_to_settle.unwrap();
        let exact = expected["seeds_for_power"].as_u64().unwrap();
        assert!(ours.abs_diff(exact) <= 1, "{name}: {ours} for {exact}");
    });
}

#[test]
fn students_t_is_scipys() {
    for row in reference()["student"].as_array().unwrap() {
        let (p, df, theirs) = (number(row, "p"), row["df"].as_u64().unwrap(), number(row, "quantile"));
        close(&row.to_string(), t_quantile(p, df) / theirs, 1.0, 1e-11);
    }
    for row in reference()["tails"].as_array().unwrap() {
        let (t, df, theirs) = (number(row, "t"), row["df"].as_u64().unwrap(), number(row, "two_sided_p"));
        let ours = t_two_sided_p(t, df);
        assert!((ours - theirs).abs() <= 1e-11 * theirs, "{row}: {ours}");
    }
}

#[test]
fn holm_is_that_of_statsmodels() {
    for row in reference()["holm"].as_array().unwrap() {
        let p: Vec<Option<f64>> = numbers(&row["p"]).into_iter().map(Some).collect();
        for (ours, theirs) in holm(&p).into_iter().zip(numbers(&row["adjusted"])) {
            close(&row.to_string(), ours.unwrap(), theirs, 1e-15);
        }
    }
}

#[test]
fn failures_are_scipys_binomial_test() {
    for row in reference()["mcnemar"].as_array().unwrap() {
        let [strategy_failed, baseline_failed] = ["b", "c"].map(|key| row[key].as_u64().unwrap() as usize);
        let pairs = Pairs { strategy_failed, baseline_failed, ..Pairs::default() };
        close(&row.to_string(), pairs.p_of_failures(), number(row, "p"), 1e-13);
    }
}
