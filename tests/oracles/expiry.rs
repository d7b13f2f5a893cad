//! The tracker's list: how long who left stays on it, and how often who is there falls off it.

use crate::common::{quiet, record, run, secs, with};
use serde_json::{Value, json};
use swarmsim::metrics::ExpiryRow;

/// Complete peers, who do nothing but prove that they are active.
fn seeds(change: Value, group: Value) -> Value {
    let seeds = json!({ "group": "seeds", "initial_chunks": "all", "up": 10, "down": 10 });
    let mut seeds = with(&seeds, group.clone());
    if group.get("count") == Some(&Value::Null) {
        seeds["count"] = Value::Null;
    }
    with(&with(&quiet(), json!({ "peers": [seeds], "stop": { "when": "time" } })), change)
}

fn lags_s(rows: &[ExpiryRow]) -> Vec<f64> {
    rows.iter().filter_map(|row| Some((row.discarded - row.departed?).as_secs_f64())).collect()
}

/// EXACT. T = 30, h = 10, s = 5, no latency, Join at 0. Who leaves at 9.999 has proved nothing since 0: expiry 30, discarded at the first
/// sweep strictly after, 35. At 10 the proof of that instant is still sent: 40, so 45. At 42 the last proof was that of
/// 40: 70, so 75. At 50: 80, so 85. (A sweep at the expiry itself would give 30, 40, 70 and 80.)
#[test]
fn an_entry_ends_at_the_first_sweep_strictly_after_its_expiry() {
    for (leaves, discarded) in [("9.999s", 35), ("10s", 45), ("42s", 75), ("50s", 85)] {
        let change = json!({
            "stop": { "at": "100s" }, "tracker": { "entry_ttl": "30s", "sweep_interval": "5s" },
            "protocol": { "active_proof_interval": "10s" }
        });
        let tape = record(&seeds(change, json!({ "session": leaves }))).1;
        let expected = (secs(discarded), (1, secs(discarded - 5), false));
        assert_eq!(tape.expiries(), [expected], "leaves at {leaves}");
    }
}

/// BOUND and BAND. A silent leaver's lag from departure to discard is T + d - (age of the last proof sent) + (wait for the sweep). With
/// T = 30, h = 10, s = 5, d = 0.05 the age is below h, but for the first proof, which follows the Join by h + 2d; so
/// T + d - (h + 2d) <= lag <= T + d + s. Sessions are exponential with mean m = 1000, so that the age of the last proof, a session
/// modulo h, has mean m - h / (e^(h/m) - 1) = 4.9917; the sweep's phase is uniform. The mean lag is
/// 30.05 - 4.9917 + 2.5 = 27.558 and the variance (h^2 + s^2) / 12 = 10.42. For 1000 leavers three deviations of the mean are 0.31;
/// the variance of the sample variance is (237.0 - 108.5) / 1000, three deviations 1.08.
#[test]
fn the_lag_of_silent_leavers() {
    let change = json!({
        "stop": { "at": "30000s" }, "tracker": { "entry_ttl": "30s", "sweep_interval": "5s" },
        "protocol": { "active_proof_interval": "10s" }, "network": { "latency": "50ms" }
    });
    let group = json!({
        "count": 1000, "arrival": { "kind": "uniform", "from": 0, "until": "3000s" },
        "session": { "kind": "exponential", "mean": 1000 }
    });
    let outcome = run(&seeds(change, group));
    let lags = lags_s(&outcome.tables.expiries);
    let n = lags.len() as f64;
    assert_eq!(lags.len(), 1000, "all have left and are forgotten, each once");
    assert_eq!(outcome.summary.expiry.false_expiries, 0);
    assert!(lags.iter().all(|&lag| (30.05 - 10.1..=30.05 + 5.0).contains(&lag)), "{lags:?}");
    let mean = lags.iter().sum::<f64>() / n;
    let variance = lags.iter().map(|lag| (lag - mean) * (lag - mean)).sum::<f64>() / (n - 1.0);
    println!("lag: mean {mean:.3}, expected 27.558 ± 0.31; variance {variance:.2}, expected 10.42 ± 1.08");
    assert!((mean - 27.558).abs() <= 0.31, "{mean}");
    assert!((variance - 125.0 / 12.0).abs() <= 1.08, "{variance}");
    let told = outcome.summary.expiry.detection_lag_s.mean.expect("they left");
    assert!((told - mean).abs() < 1e-9);
}

/// BAND. Ghosts, by Little's law: peers leave at rate 1, and each stays listed for the mean lag (m = 300: 30.05 - 4.9722 + 2.5 = 27.578),
/// so 27.578 entries are stale on average. Like the number in an M/G/infinity queue with services of E[S^2] = 771, its mean over
/// 20,000 s has a deviation of 0.20, 0.7 %; 3 % are four of them. Counted from 3,000 s on, ten mean sessions after the beginning.
#[test]
fn ghosts_on_the_list() {
    let (from, until) = (secs(3_000), secs(23_000));
    let change = json!({
        "stop": { "at": "23100s" }, "tracker": { "entry_ttl": "30s", "sweep_interval": "5s" },
        "protocol": { "active_proof_interval": "10s" }, "network": { "latency": "50ms" }
    });
    let group = json!({
        "count": null, "arrival": { "kind": "poisson", "rate_per_s": 1 }, "session": { "kind": "exponential", "mean": 300 }
    });
    let rows = run(&seeds(change, group)).tables.expiries;
    let stale: u64 = rows
        .iter()
        .filter_map(|row| {
            // A ghost is listed from its departure, or from the Join that was under way then.
            let left = row.departed?.max(row.listed).as_nanos().clamp(from, until);
            Some(row.discarded.as_nanos().clamp(from, until) - left)
        })
        .sum();
    let mean = stale as f64 / (until - from) as f64;
    println!("stale entries: {mean:.3}, expected 27.578 ± 3 %");
    assert!((mean / 27.578 - 1.0).abs() <= 0.03, "{mean}");
}

/// BAND, and EXACT without loss. With T = 25 and h = 10 an entry outlives one lost proof but not k = floor(T / h) = 2 in a row; the next
/// proof that arrives lists the peer again. A false expiry begins with a proof that arrives and p^2 after it that do not: p^2 (1 - p) =
/// 0.009 per proof with p = 0.1, if a sweep falls between 25 and 30 s after the former. Of n = 500,000 proofs, 4,500 with a
/// deviation of at most 67 (the events exclude each other, so it is less than binomial): three are 4.5 %.
#[test]
fn false_expiries_under_loss() {
    let scenario = |loss: f64| {
        let change = json!({
            "stop": { "at": "10000s" }, "tracker": { "entry_ttl": "25s", "sweep_interval": "1s" },
            "protocol": { "active_proof_interval": "10s" }, "network": { "loss": loss }
        });
        seeds(change, json!({ "count": 500, "arrival": { "kind": "uniform", "from": 0, "until": "10s" } }))
    };
    assert_eq!(run(&scenario(0.0)).summary.expiry.entries_expired, 0);
    let summary = run(&scenario(0.1)).summary;
    let (expired, proofs) = (summary.expiry.false_expiries, summary.requests.active_proof.sent);
    assert_eq!(expired, summary.expiry.entries_expired, "nobody leaves");
    assert!(proofs > 495_000, "{proofs}");
    let rate = expired as f64 / proofs as f64;
    println!("false expiries: {rate:.5} a proof, expected 0.009 ± 4.5 %");
    assert!((rate / 0.009 - 1.0).abs() <= 0.045, "{rate}");
}
