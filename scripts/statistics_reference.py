#!/usr/bin/env python3
"""Prints the values that src/experiment/statistics is held to, as JSON.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scipy==1.17.1 statsmodels==0.15.0
    /tmp/venv/bin/python scripts/statistics_reference.py > src/experiment/statistics/reference.json

The data are written out here, so that nothing depends on a generator of random numbers; only the bootstrap draws, and
it is compared with a tolerance. `calls` names what made each field.
"""

import json
import warnings

import numpy as np
import scipy
import statsmodels
from scipy import special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

LEVEL = 0.95

# Strategy and baseline over the same seeds.
PAIRS = {
    "five": ([101.5, 99.2, 104.8, 97.1, 100.3], [110.4, 101.9, 104.1, 108.8, 105.0]),
    "two": ([3.0, 5.0], [2.0, 7.5]),
    "twelve": (
        [352.1, 347.9, 361.4, 355.0, 349.3, 358.8, 344.2, 350.7, 366.9, 353.5, 348.6, 357.2],
        [359.4, 349.1, 372.8, 352.7, 361.9, 370.2, 345.3, 357.8, 380.5, 351.6, 358.0, 362.4],
    ),
    "ties_and_zeros": (
        [10.0, 12.0, 9.0, 11.0, 14.0, 10.0, 13.0, 8.0, 12.0, 11.0],
        [11.0, 12.0, 11.0, 10.0, 12.0, 13.0, 14.0, 10.0, 12.0, 14.0],
    ),
    # Quantiles of a lognormal against those of a shifted one in another order: skewed and correlated.
    "skewed": (
        [round(float(np.exp(0.8 * special.ndtri((i + 0.5) / 30))), 4) for i in range(30)],
        [round(float(1.3 * np.exp(0.8 * special.ndtri((((i * 7) % 30) * 0.3 + i * 0.7 + 0.4) / 30))), 4) for i in range(30)],
    ),
    "exact_25": (
        [round(50 + 8 * float(np.sin(1.7 * i)) + 0.37 * i, 3) for i in range(25)],
        [round(52 + 8 * float(np.sin(1.7 * i + 0.3)) + 0.31 * i, 3) for i in range(25)],
    ),
}

QUANTILES = [0.0, 0.05, 0.25, 0.333, 0.5, 0.9, 1.0]
HOLM = [
    [0.01, 0.04, 0.03, 0.005],
    [0.2, 0.2, 0.9],
    [0.001, 0.5, 0.02, 0.02, 0.8, 0.04],
    [0.03],
]


def interval(values):
    low, high = stats.t.interval(LEVEL, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    return [float(low), float(high)]


def bca(values):
    """The bounds, averaged over ten generators: what is left of the noise of draws is far below 1 % of the width."""
    if len(values) < 5:
        return None
    bounds = [
        stats.bootstrap((values,), np.mean, n_resamples=99_999, confidence_level=LEVEL, method="BCa", rng=seed)
        for seed in range(10)
    ]
    return [float(np.mean([getattr(b.confidence_interval, side) for b in bounds])) for side in ("low", "high")]


def wilcoxon(d, method):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = stats.wilcoxon(d, zero_method="wilcox", correction=method == "asymptotic", method=method)
    return float(result.pvalue)


def seeds_for_power(d):
    """The least n whose exact power (by the noncentral t) is 80 %."""
    effect = abs(np.mean(d)) / np.std(d, ddof=1)
    for n in range(2, 100_000):
        if TTestPower().power(effect, n, 0.05, alternative="two-sided") >= 0.8:
            return n
    return None


def pair(a, b):
    a, b = np.array(a), np.array(b)
    d, n = a - b, len(a)
    m = n - 1
    d_z = float(np.mean(d) / np.std(d, ddof=1))
    rank = stats.rankdata(np.abs(d[d != 0]))
    plus, minus = float(rank[d[d != 0] > 0].sum()), float(rank[d[d != 0] < 0].sum())
    distinct = len(set(np.abs(d))) == n and not np.any(d == 0)
    return {
        "strategy": a.tolist(),
        "baseline": b.tolist(),
        "mean": float(np.mean(a)),
        "std_dev": float(np.std(a, ddof=1)),
        "median": float(np.median(a)),
        "quantiles": [float(q) for q in np.quantile(a, QUANTILES)],
        "mean_interval": interval(a),
        "difference": float(np.mean(d)),
        "difference_interval": interval(d),
        "difference_bca": bca(d),
        "ratio": float(np.mean(a / b)),
        "ratio_interval": interval(a / b),
        "ratio_bca": bca(a / b),
        "geometric_ratio": float(stats.gmean(a / b)),
        "geometric_interval": [float(np.exp(x)) for x in interval(np.log(a / b))],
        "t_test_p": float(stats.ttest_rel(a, b).pvalue),
        "wilcoxon_exact_p": wilcoxon(d, "exact") if distinct else None,
        "wilcoxon_normal_p": wilcoxon(d, "asymptotic"),
        "d_z": d_z,
        "g_z": d_z * float(special.gamma(m / 2) / (np.sqrt(m / 2) * special.gamma((m - 1) / 2))) if n > 2 else None,
        "rank_biserial": (plus - minus) / (plus + minus),
        "correlation": float(stats.pearsonr(a, b).statistic),
        "variance_saved": float(1 - np.var(d, ddof=1) / (np.var(a, ddof=1) + np.var(b, ddof=1))),
        "seeds_for_power": seeds_for_power(d),
    }


def student():
    rows = []
    for df in [1, 2, 3, 4, 7, 10, 29, 30, 100, 999, 10_000, 1_000_000]:
        for p in [0.6, 0.8, 0.975, 0.995, 0.9999, 1 - 2.0**-30]:
            rows.append({"df": df, "p": p, "quantile": float(stats.t.ppf(p, df))})
    return rows


def tails():
    return [
        {"df": df, "t": t, "two_sided_p": float(2 * stats.t.sf(t, df))}
        for df in [1, 2, 5, 29, 30, 250, 100_000]
        for t in [0.0, 0.01, 0.5, 1.0, 1.96, 4.0, 12.0, 40.0]
    ]


CALLS = {
    "mean, std_dev, median, quantiles": "numpy.mean(a), numpy.std(a, ddof=1), numpy.median(a), numpy.quantile(a, q)",
    "*_interval": "scipy.stats.t.interval(0.95, n - 1, loc=numpy.mean(x), scale=scipy.stats.sem(x))",
    "*_bca": "scipy.stats.bootstrap((x,), numpy.mean, n_resamples=99999, confidence_level=0.95, method='BCa', rng=0..9), averaged",
    "t_test_p": "scipy.stats.ttest_rel(a, b).pvalue",
    "wilcoxon_exact_p": "scipy.stats.wilcoxon(a - b, zero_method='wilcox', correction=False, method='exact').pvalue",
    "wilcoxon_normal_p": "scipy.stats.wilcoxon(a - b, zero_method='wilcox', correction=True, method='asymptotic').pvalue",
    "geometric_ratio": "scipy.stats.gmean(a / b); the interval is exp of that of log(a / b)",
    "d_z, g_z": "numpy.mean(d) / numpy.std(d, ddof=1); times gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)), m = n - 1",
    "rank_biserial": "(R+ - R-) / (R+ + R-) of scipy.stats.rankdata(abs(d[d != 0]))",
    "correlation": "scipy.stats.pearsonr(a, b).statistic",
    "seeds_for_power": "least n with statsmodels.stats.power.TTestPower().power(d_z, n, 0.05) >= 0.8",
    "student, tails": "scipy.stats.t.ppf(p, df), 2 * scipy.stats.t.sf(t, df)",
    "holm": "statsmodels.stats.multitest.multipletests(p, method='holm')[1]",
    "mcnemar": "scipy.stats.binomtest(min(b, c), b + c).pvalue",
}

print(
    json.dumps(
        {
            "versions": {"scipy": scipy.__version__, "numpy": np.__version__, "statsmodels": statsmodels.__version__},
            "calls": CALLS,
            "level": LEVEL,
            "quantile_points": QUANTILES,
            "pairs": {name: pair(*both) for name, both in PAIRS.items()},
            "student": student(),
            "tails": tails(),
            "holm": [{"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()} for p in HOLM],
            "mcnemar": [
                {"b": b, "c": c, "p": float(stats.binomtest(min(b, c), b + c).pvalue)}
                for b, c in [(0, 1), (1, 1), (0, 6), (2, 9), (7, 7), (30, 55)]
            ],
        },
        indent=1,
    )
)
