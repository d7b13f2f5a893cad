//! Max–min fairness: textbook values, and a slow twin.

use super::Sharing;
use super::fairness::{Fairness, Fraction, Level, OPEN, level_of};
use super::twin::{Flow, S, ends, filled_over, slow_ends};
use crate::net::Rate;
use proptest::prelude::*;

fn rate(bytes: u64) -> Rate {
    if bytes == 0 { Rate::UNLIMITED } else { Rate::from_bytes_per_second(bytes) }
}

/// A transfer: from whom, to whom, its limit in bytes per second (0: none).
type Transfer = (u32, u32, u64);

/// The rates of transfers that begin one after the other.
fn rates_of(rates: &[(u64, u64)], transfers: &[Transfer]) -> Vec<Fraction> {
    let mut fairness = nodes(rates);
    for (id, &(from, to, limit)) in transfers.iter().enumerate() {
        fairness.add(id as u32, from, to, level_of(rate(limit)));
        fairness.settle();
    }
    (0..transfers.len() as u32).map(|id| fairness.rate(id)).collect()
}

fn nodes(rates: &[(u64, u64)]) -> Fairness {
    let mut fairness = Fairness::default();
    fairness.make_nodes(rates.len());
    for (node, &(up, down)) in rates.iter().enumerate() {
        fairness.set_capacity(node as u32, rate(up), rate(down));
    }
    fairness
}

/// Whole bytes per second as a fraction.
fn bytes_per_s(fraction: Fraction) -> f64 {
    fraction.rest as f64 / f64::from(fraction.among) / 8e9
}

/// Uplinks 10, 4, 8; downlinks 2, 9, 10; transfers 1→1, 1→2, 2→2, 3→2, 3→3. All grow to 2, where downlink 1 holds the first; to 3,
/// where downlink 2 (9 for three) holds those to it; and the last to 5, what uplink 3 (8) has left.
#[test]
fn rates_are_held_by_the_first_link_that_is_full() {
    let transfers = [(0, 0, 0), (0, 1, 0), (1, 1, 0), (2, 1, 0), (2, 2, 0)];
    let rates: Vec<f64> = rates_of(&[(10, 2), (4, 9), (8, 10)], &transfers).into_iter().map(bytes_per_s).collect();
    assert_eq!(rates, [2.0, 3.0, 3.0, 3.0, 5.0]);
}

/// The same links with 2→3 in the place of 3→2: at 2 downlink 1 and uplink 2 (4 for two) are full. The second has 10 − 2 of uplink 1
/// and 9 − 2 of downlink 2, so 7; the last 8 of uplink 3 and 10 − 2 of downlink 3, so 8.
#[test]
fn what_one_cannot_use_goes_to_others() {
    let transfers = [(0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 2, 0), (2, 2, 0)];
    let rates: Vec<f64> = rates_of(&[(10, 2), (4, 9), (8, 10)], &transfers).into_iter().map(bytes_per_s).collect();
    assert_eq!(rates, [2.0, 7.0, 2.0, 2.0, 8.0]);
}

/// The same as transfers of 60 s: at rates of 2, 3, 3, 3 and 5, nothing changes before all end together. With equal shares the last gets half of
/// uplink 3, so 4.
#[test]
fn transfers_at_these_rates_end_together() {
    let flows = |last: u64| [(0, 0, 0, 120), (0, 0, 1, 180), (0, 1, 1, 180), (0, 2, 1, 180), (0, 2, 2, last)];
    let rates = [(10, 2), (4, 9), (8, 10)];
    assert_eq!(ends(Sharing::MaxMin, &rates, &[], &flows(300)), [60 * S; 5]);
    assert_eq!(ends(Sharing::EqualShare, &rates, &[], &flows(240)), [60 * S; 5]);
}

/// One uplink of 10 for three transfers, of which one is limited to 2: the others get 4 each.
#[test]
fn a_limit_leaves_the_rest_to_others() {
    let transfers = [(0, 1, 2), (0, 2, 0), (0, 3, 9)];
    let rates: Vec<f64> =
        rates_of(&[(10, 0), (0, 0), (0, 0), (0, 0)], &transfers).into_iter().map(bytes_per_s).collect();
    assert_eq!(rates, [2.0, 4.0, 4.0]);
    assert_eq!(
        ends(Sharing::MaxMin, &[(10, 0), (0, 0), (0, 0)], &[0, 2, 0], &[(0, 0, 1, 4), (0, 0, 2, 16)]),
        [2 * S; 2]
    );
    assert_eq!(
        ends(Sharing::EqualShare, &[(10, 0), (0, 0), (0, 0)], &[0, 2, 0], &[(0, 0, 1, 4), (0, 0, 2, 16)]),
        [2 * S, 2_600_000_000],
        "equal-share: 2 and 5; from 2 s on 10"
    );
}

/// An uplink of 10: A (40 bytes) is alone in [0, 1] and has 30 left; with B (20 bytes) each gets 5 until B ends at 5; A has 10 left, and ends
/// at 6.
#[test]
fn two_share_an_uplink() {
    assert_eq!(ends(Sharing::MaxMin, &[(10, 0), (0, 0), (0, 0)], &[], &[(0, 0, 1, 40), (S, 0, 2, 20)]), [6 * S, 5 * S]);
}

/// Thirds are exact: three transfers of 10 bytes over 10 bytes/s end at 3 s, and four over 5 bytes/s at 8 s.
#[test]
fn fractions_of_a_rate_are_exact() {
    for (up, n, end) in [(10, 3, 3), (5, 4, 8), (7, 7, 10)] {
        let flows: Vec<Flow> = (1..=n).map(|to| (0, 0, to, 10)).collect();
        let nodes: Vec<(u64, u64)> = (0..=n).map(|node| if node == 0 { (up, 0) } else { (0, 0) }).collect();
        assert_eq!(ends(Sharing::MaxMin, &nodes, &[], &flows), vec![end * S; n as usize]);
    }
}

/// Without any limit a transfer takes no time.
#[test]
fn without_limits_there_is_no_waiting() {
    assert_eq!(ends(Sharing::MaxMin, &[(0, 0), (0, 0)], &[], &[(S, 0, 1, u64::MAX)]), [S]);
}

/// The greatest transfer over the slowest link among many: nothing overflows.
#[test]
fn extremes_do_not_overflow() {
    let mut links = super::Links::new(Sharing::MaxMin);
    let (slow, fast) = (Rate::from_bits_per_second(1), Rate::from_bits_per_second(Rate::MAX_BITS_PER_SECOND));
    (0..50).for_each(|node| links.set_node(node, if node == 0 { slow } else { fast }, fast, super::Time::ZERO));
    let mut effects = super::Effects::default();
    let jobs: Vec<_> = (1..50)
        .flat_map(|to| [(0, to), (to, 0)])
        .map(|ends| links.submit(super::Time::ZERO, ends, u64::MAX, (), &mut effects))
        .collect();
    let late = super::Time::ZERO + crate::sim::Span::MAX;
    for job in jobs {
        let sent = links.cut(late, job, &mut effects);
        // 1 bit/s for 49, or 10^15 bit/s for 49 and more: the first send below 1/8 of a byte a second.
        assert!(sent == u64::MAX || sent < 3_153_600_000, "{sent}");
    }
}

/// Progressive filling over uplinks and downlinks.
fn filled(rates: &[(u64, u64)], transfers: &[Transfer]) -> Vec<Level> {
    let capacities: Vec<Level> =
        rates.iter().flat_map(|&(up, down)| [level_of(rate(up)), level_of(rate(down))]).collect();
    let over = |&(from, to, _): &Transfer| vec![from as usize * 2, to as usize * 2 + 1];
    let limits: Vec<Level> = transfers.iter().map(|transfer| level_of(rate(transfer.2))).collect();
    filled_over(&capacities, &transfers.iter().map(over).collect::<Vec<_>>(), &limits)
}

fn any_rate() -> impl Strategy<Value = u64> {
    prop_oneof![1 => Just(0), 8 => 1..60u64]
}

/// The whole part of a rate.
fn whole(fraction: Fraction) -> Level {
    if fraction.rest == OPEN { OPEN } else { fraction.rest / Level::from(fraction.among) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// After any sequence of transfers that come and go and capacities that change, rates are those of progressive filling from
    /// scratch: nothing depends on what was before.
    #[test]
    fn rates_agree_with_progressive_filling(
        rates in prop::collection::vec((any_rate(), any_rate()), 2..12),
        steps in prop::collection::vec((0..12u32, 0..12u32, prop_oneof![3 => Just(0), 1 => 1..20u64], 0..10u8), 1..80),
    ) {
        let n = rates.len() as u32;
        let mut rates = rates;
        let mut fairness = nodes(&rates);
        let mut there: Vec<(u32, Transfer)> = Vec::new();
        for (id, (from, to, limit, what)) in steps.into_iter().enumerate() {
            let (from, to) = (from % n, to % n);
            match what {
                0 => {
                    rates[from as usize] = (rates[to as usize].1, limit);
                    fairness.set_capacity(from, rate(rates[from as usize].0), rate(limit));
                }
                1..=3 if !there.is_empty() => {
                    let (gone, _) = there.swap_remove(id % there.len());
                    fairness.remove(gone);
                }
                _ => {
                    there.push((id as u32, (from, to, limit)));
                    fairness.add(id as u32, from, to, level_of(rate(limit)));
                }
            }
            fairness.settle();
            let transfers: Vec<Transfer> = there.iter().map(|(_, transfer)| *transfer).collect();
            let expected = filled(&rates, &transfers);
            let found: Vec<Level> = there.iter().map(|&(id, _)| whole(fairness.rate(id))).collect();
            prop_assert_eq!(&found, &expected);
            // And exactly those of one who solves it all anew, fractions included.
            let anew = rates_of(&rates, &transfers);
            let now: Vec<Fraction> = there.iter().map(|&(id, _)| fairness.rate(id)).collect();
            prop_assert_eq!(now, anew);
        }
    }

    /// No link carries more than its capacity, but for less than a nano-bit a second for each transfer; and each transfer is held by its
    /// limit or by a link that is full and gives nobody more.
    #[test]
    fn every_transfer_has_a_bottleneck(
        rates in prop::collection::vec((any_rate(), any_rate()), 2..12),
        transfers in prop::collection::vec((0..12u32, 0..12u32, prop_oneof![3 => Just(0), 1 => 1..20u64]), 1..60),
    ) {
        let n = rates.len() as u32;
        let transfers: Vec<Transfer> = transfers.into_iter().map(|(from, to, limit)| (from % n, to % n, limit)).collect();
        let given: Vec<Level> = rates_of(&rates, &transfers).into_iter().map(whole).collect();
        let link = |side: usize, node: u32| {
            let capacity = level_of(rate(if side == 0 { rates[node as usize].0 } else { rates[node as usize].1 }));
            let on_it = transfers.iter().zip(&given).filter(move |(t, _)| [t.0, t.1][side] == node).map(|(_, &given)| given);
            (capacity, on_it.clone().fold(0, Level::saturating_add), on_it.clone().max().unwrap_or(0), on_it.count() as Level)
        };
        for (transfer, &mine) in transfers.iter().zip(&given) {
            let mut is_held = mine == level_of(rate(transfer.2));
            for (side, node) in [transfer.0, transfer.1].into_iter().enumerate() {
                let (capacity, carried, most, number) = link(side, node);
                prop_assert!(carried <= capacity || capacity == OPEN);
                // Rounding leaves less than one unit a transfer.
                is_held |= capacity != OPEN && carried + number > capacity && mine + number >= most;
            }
            prop_assert!(is_held, "{transfer:?} gets {mine} of {given:?}");
        }
    }

    /// Transfers end when a slow twin in floating point says so.
    #[test]
    fn transfers_end_as_those_of_a_slow_twin(
        rates in prop::collection::vec((1..50u64, 1..50u64), 2..5),
        raw in prop::collection::vec((0..20u64, 0..4u32, 0..4u32, 1..200u64), 1..12),
        limit in prop_oneof![Just(0), 1..20u64],
    ) {
        let n = rates.len() as u32;
        let flows: Vec<Flow> = raw.into_iter().map(|(at, from, to, bytes)| (at * S, from % n, to % n, bytes)).collect();
        let exact = ends(Sharing::MaxMin, &rates, &[limit], &flows);
        let speeds = |active: &[usize]| -> Vec<f64> {
            let limit_of = |f: &Flow| if f.1 == 0 || f.2 == 0 { limit } else { 0 };
            let transfers: Vec<Transfer> = active.iter().map(|&i| (flows[i].1, flows[i].2, limit_of(&flows[i]))).collect();
            filled(&rates, &transfers).into_iter().map(|level| level as f64 / 8e9).collect()
        };
        for (a, b) in exact.iter().zip(&slow_ends(&flows, &speeds)) {
            prop_assert!((*a as f64 / S as f64 - b).abs() < 1e-6, "{exact:?}");
        }
    }
}
