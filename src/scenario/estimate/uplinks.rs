//! What the uplinks of a crowd give together when fetches are spread over them blindly.
//!
//! Every fetch is at one uplink, and when it is over, its peer begins another at an uplink drawn at random: a closed network of
//! queues (Gordon and Newell 1967). So an uplink serves as many chunks a second as it is asked for, whatever its rate, and where some
//! are slow, the fetches gather there while the fast ones are idle. In the usual approximation, an uplink that is busy a share ρ
//! of the time holds ρ / (1 - ρ) fetches, and the rate is the one at which all of them hold as many as there are.

use crate::sim::math;

/// Halvings in the search for the rate: to a thousandth of the fastest uplink and better.
const HALVINGS: usize = 24;

/// Uplinks that are alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Uplinks {
    /// How many.
    pub count: f64,
    /// Bytes per second of each.
    pub rate: f64,
    /// How often each is asked, to the others.
    pub visits: f64,
}

/// What the uplinks give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Given {
    /// Bytes per second, by all together.
    pub rate: f64,
    /// The share of what they could.
    pub busy: f64,
}

/// What `uplinks` give to so many `fetches`, of which at most `most_at_one` can be at the same uplink.
pub(super) fn given(uplinks: &[Uplinks], fetches: f64, most_at_one: f64) -> Given {
    let at_rate = |each: f64| uplinks.iter().map(move |link| (link.count, each * link.visits / link.rate));
    // Fetches that are at uplinks where each of these gives so much, times its visits.
    let gathered = |each: f64| -> f64 {
        let queue = |busy: f64| if busy < 1.0 { (busy / (1.0 - busy)).min(most_at_one) } else { most_at_one };
        at_rate(each).map(|(count, busy)| count * queue(busy)).sum()
    };
    let could: f64 = uplinks.iter().map(|link| link.count * link.rate).sum();
    let (mut low, mut high) = (0.0, uplinks.iter().map(|link| link.rate / link.visits).fold(0.0, f64::max));
    for _ in 0..HALVINGS {
        // Rates may be many orders of magnitude apart.
        let middle = if low > 0.0 { math::pow(low * high, 0.5) } else { high / 1024.0 };
        if gathered(middle) < fetches {
            low = middle
        } else {
            high = middle
        }
        if low == 0.0 && high < 1e-9 {
            break;
        }
    }
    let rate: f64 = uplinks.iter().map(|link| link.count * link.rate.min(high * link.visits)).sum();
    Given { rate, busy: if could > 0.0 { rate / could } else { 0.0 } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_uplinks_are_busy_as_fetches_are_to_fetches_and_uplinks() {
        for (count, fetches) in [(10.0, 40.0), (100.0, 25.0), (1.0, 4.0)] {
            let given = given(&[Uplinks { count, rate: 5e5, visits: 0.3 }], fetches, f64::MAX);
            let expected = fetches / (fetches + count);
            assert!((given.busy / expected - 1.0).abs() < 1e-3, "{given:?} {expected}");
            assert!((given.rate / (expected * count * 5e5) - 1.0).abs() < 1e-3, "{given:?}");
        }
    }

    #[test]
    fn fetches_gather_at_slow_uplinks() {
        // One in ten is slow: with so many fetches that it is always busy, all give what it gives.
        let uplinks = [Uplinks { count: 9.0, rate: 1e6, visits: 1.0 }, Uplinks { count: 1.0, rate: 1e5, visits: 1.0 }];
        let few = given(&uplinks, 1000.0, f64::MAX);
        assert!((few.rate / 1e6 - 1.0).abs() < 0.02, "{few:?}");
        // Unless only so many can wait there.
        let most = given(&uplinks, 1000.0, 2.0);
        assert!((most.rate / 9.1e6 - 1.0).abs() < 0.01, "{most:?}");
    }

    #[test]
    fn who_is_seldom_asked_holds_nobody_up() {
        let uplinks = [Uplinks { count: 9.0, rate: 1e6, visits: 1.0 }, Uplinks { count: 1.0, rate: 1e5, visits: 0.1 }];
        assert!(given(&uplinks, 1000.0, f64::MAX).busy > 0.98);
    }

    #[test]
    fn nothing_is_given_to_nobody_or_by_nobody() {
        assert!(given(&[Uplinks { count: 3.0, rate: 1e6, visits: 1.0 }], 0.0, 10.0).busy < 1e-3);
        assert_eq!(given(&[], 5.0, 10.0), Given { rate: 0.0, busy: 0.0 });
    }
}
