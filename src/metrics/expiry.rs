//! The tracker's entries: how they end, and how stale the lists are.

use super::population::Population;
use super::quantile::{mean_s, quantile_s};
use super::summary::{Expiry, Lag};
use super::tables::ExpiryRow;
use super::traffic::Traffic;
use crate::sim::Time;
use crate::swarm::Named;

#[derive(Debug, Default)]
pub(super) struct Entries {
    /// By peer number: when its entry began, and its last proof.
    since: Vec<(Time, Time)>,
    rows: Vec<ExpiryRow>,
    /// Entries handed out in lists, and those of them that were stale.
    handed_out: u64,
    stale_handed_out: u64,
}

impl Entries {
    /// A Join or an Active Proof set an expiry.
    pub(super) fn renewed(&mut self, now: Time, peer: u32, _expires: Time, population: &mut Population) {
        if self.since.len() <= peer as usize {
            self.since.resize(peer as usize + 1, (Time::ZERO, Time::ZERO));
        }
        let since = &mut self.since[peer as usize];
        since.1 = now;
        if population.set_listed(now, peer, true) {
            since.0 = now;
        }
    }

    pub(super) fn expired(&mut self, now: Time, peer: u32, expires: Time, alive: bool, population: &mut Population) {
        population.set_listed(now, peer, false);
        let (listed, last_proof) = self.since[peer as usize];
        let departed = population.departed_at(peer).filter(|_| !alive);
        self.rows.push(ExpiryRow { peer, listed, last_proof, expires, departed, discarded: now, false_expiry: alive });
    }

    /// The tracker sent a list to `asker`.
    pub(super) fn handed_out(&mut self, population: &Population, asker: u32, count: u32, named: Named<'_>) {
        self.handed_out += u64::from(count);
        self.stale_handed_out += match named {
            Named::Everyone => u64::from(population.stale_listed) - u64::from(population.is_stale(asker)),
            // Mostly nobody who is listed is gone, and nobody need be looked up.
            Named::Sample(_) if population.stale_listed == 0 => 0,
            Named::Sample(peers) => peers.iter().filter(|&&peer| !population.is_present(peer)).count() as u64,
        };
    }

    pub(super) fn expiry(&self, population: &Population, traffic: &Traffic, end: Time) -> Expiry {
        let mut lags: Vec<u64> =
            self.rows.iter().filter_map(|row| Some((row.discarded - row.departed?).as_nanos())).collect();
        lags.sort_unstable();
        let means = population.mean_listed(end);
        Expiry {
            entries_expired: self.rows.len() as u64,
            false_expiries: self.rows.iter().filter(|row| row.false_expiry).count() as u64,
            detection_lag_s: Lag {
                mean: mean_s(&lags),
                p50: quantile_s(&lags, 0.5),
                p95: quantile_s(&lags, 0.95),
                max: quantile_s(&lags, 1.0),
            },
            mean_listed: means.map(|means| means.0),
            mean_stale_listed: means.map(|means| means.1),
            stale_share_of_lists: (self.handed_out > 0).then(|| self.stale_handed_out as f64 / self.handed_out as f64),
            requests_to_departed: traffic.requests_to_departed(),
        }
    }

    pub(super) fn into_rows(self) -> Vec<ExpiryRow> {
        self.rows
    }
}
