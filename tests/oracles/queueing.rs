//! Queues whose means are known: the uplink as a server, and the swarm as a population.

use crate::common::{Outcome, is_long, quiet, run, with};
use serde_json::{Value, json};

/// Peers come by a Poisson process, fetch the one chunk (1 s at the origin's uplink), and leave. None of them uploads: who has the chunk is
/// gone. Without latency the request is there when the peer is.
fn one_server(sharing: &str, load: f64) -> Outcome {
    let peers = if is_long() { 400_000 } else { 100_000 };
    let clients = json!({
        "group": "clients", "count": peers, "up": 10, "down": "unlimited", "after_completion": "leave",
        "arrival": { "kind": "poisson", "rate_per_s": load }
    });
    let origin = json!({ "group": "origin", "initial_chunks": "all", "up": 10, "down": "unlimited" });
    run(&with(
        &quiet(),
        json!({
            "stop": { "at": "2000h" }, "file": { "size": 10 },
            "protocol": { "active_proof_interval": "2s", "chunks_query_interval": "1000h", "peer_list_interval": "1000h" },
            "tracker": { "entry_ttl": "4s", "sweep_interval": "2s" },
            "network": { "sharing": sharing }, "peers": [origin, clients], "output": { "sample_interval": "100h" }
        }),
    ))
}

fn assert_mean(what: &str, mean: f64, expected: f64, band: f64) {
    println!("{what}: {mean:.4}, expected {expected} ± {:.1} %", band * 100.0);
    assert!((mean / expected - 1.0).abs() <= band, "{what}: {mean}, expected {expected} ± {band}");
}

/// BAND. M/D/1, Pollaczek and Khinchine: the mean wait is c rho / (2 (1 - rho)): 0.5 c and 2 c for rho = 0.5 and 0.8. With 1e5 requests,
/// whose waits are correlated over about 1 / (1 - rho)^2 of them, three standard deviations are about 3.5 % and 8 %.
#[test]
fn a_fifo_uplink_is_an_m_d_1_queue() {
    for (load, band) in [(0.5, 0.035), (0.8, 0.08)] {
        let completion = one_server("fifo", load).summary.completion;
        let wait = completion.mean_s.expect("all complete") - 1.0;
        assert_mean(&format!("M/D/1 wait at {load}"), wait, load / (2.0 * (1.0 - load)), band);
    }
}

/// BAND. M/G/1 processor sharing (L. Kleinrock, "Queueing Systems" 2, 1976): the mean response is c / (1 - rho), whatever the
/// distribution of sizes: 2 c and 5 c. Bands as above, 1.7 % and 8 %.
#[test]
fn an_equally_shared_uplink_is_a_processor_sharing_queue() {
    for (load, band) in [(0.5, 0.017), (0.8, 0.08)] {
        let completion = one_server("equal-share", load).summary.completion;
        assert_mean(&format!("processor sharing at {load}"), completion.mean_s.expect("all"), 1.0 / (1.0 - load), band);
    }
}

/// BAND. M/G/infinity: arrivals at rate 1, sessions of mean m = 100 s, so 100 peers are there on average, whatever the distribution of
/// sessions. The number there has covariance function rho(t) = integral of P(S > u) over u > t, so its mean over a window W has
/// variance (2/W) times the integral of rho = E[S^2] / W. With W = 20,000 s: E[S^2] = 2 m^2, m^2, and
/// m^2 Gamma(1 + 2/k) / Gamma(1 + 1/k)^2 = 4.31 m^2 for a Weibull shape of k = 0.59: deviations 1.00, 0.71 and 1.47; three
/// of each are 3.0, 2.1 and 4.4. The first 4,000 s are left out: by then 100 * P(excess > 4,000) < 0.01 are missing.
#[test]
fn the_population_is_that_of_an_m_g_infinity_queue() {
    // The mean of a Weibull is scale * Gamma(1 + 1/k); Gamma(2.694915) = 1.538402.
    let scale = 100.0 / 1.538_402;
    let sessions = [
        (json!({ "kind": "exponential", "mean": 100 }), 3.0),
        (json!(100), 2.1),
        (json!({ "kind": "weibull", "shape": 0.59, "scale": scale }), 4.4),
    ];
    for (session, band) in sessions {
        let mean = mean_population(&session);
        println!("M/G/infinity, {session}: {mean:.2}, expected 100 ± {band}");
        assert!((mean - 100.0).abs() <= band, "{session}: {mean}");
    }
}

fn mean_population(session: &Value) -> f64 {
    let (from, until) = (4_000_000_000_000, 24_000_000_000_000);
    let group = json!({
        "group": "peers", "count": null, "initial_chunks": "all", "up": 10, "down": 10,
        "arrival": { "kind": "poisson", "rate_per_s": 1 }, "session": session
    });
    let change = json!({ "stop": { "at": "24000s", "when": "time" }, "peers": [group] });
    let rows = run(&with(&quiet(), change)).tables.sessions;
    let there: u64 = rows
        .iter()
        .map(|row| {
            let left = row.departed.map_or(until, |at| at.as_nanos()).clamp(from, until);
            left - row.arrived.as_nanos().clamp(from, until)
        })
        .sum();
    there as f64 / (until - from) as f64
}
