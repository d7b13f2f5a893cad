//! Max–min fairness over backbones: values derived by hand, and the slow twin.

use super::Backbone;
use super::fairness::{Fairness, Fraction, Level, OPEN, level_of};
use super::twin::{Flow, S, ends_across, filled_over, slow_ends};
use crate::net::Rate;
use proptest::prelude::*;

fn rate(bytes: u64) -> Rate {
    if bytes == 0 { Rate::UNLIMITED } else { Rate::from_bytes_per_second(bytes) }
}

fn backbone(from: &[u16], to: &[u16], bytes: u64) -> Backbone {
    Backbone { capacity: rate(bytes), from: from.to_vec(), to: to.to_vec() }
}

/// Nodes with their places and rates (up, down; bytes per second, 0: no limit).
fn nodes(backbones: &[Backbone], places: &[u16], rates: &[(u64, u64)]) -> Fairness {
    let mut fairness = Fairness::default();
    fairness.lay(backbones.to_vec());
    fairness.make_nodes(rates.len());
    for (node, (&place, &(up, down))) in (0..).zip(places.iter().zip(rates)) {
        fairness.put(node, place);
        fairness.set_capacity(node, rate(up), rate(down));
    }
    fairness
}

fn bytes_per_s(fairness: &Fairness, transfers: u32) -> Vec<f64> {
    let of = |fraction: Fraction| fraction.rest as f64 / f64::from(fraction.among) / 8e9;
    (0..transfers).map(|id| of(fairness.rate(id))).collect()
}

/// Nodes 0 and 1 are in place 0, nodes 2 and 3 in place 1; uplinks and downlinks of 10; 6 from place 0 to place 1. Of 0→2, 0→3, 1→2 and 0→1 the
/// first three are held when each has 2 (6 for three), and the last gets the 6 that uplink 0 has left. When 1→2 ends, the two left get 3
/// each, and 0→1 has 4. A limit of 1 for 0→2 leaves 5 to 0→3, and 4 to 0→1.
#[test]
fn a_backbone_holds_all_that_cross_it_alike() {
    let mut fairness = nodes(&[backbone(&[0], &[1], 6)], &[0, 0, 1, 1], &[(10, 10); 4]);
    for (id, (from, to)) in (0..).zip([(0, 2), (0, 3), (1, 2), (0, 1)]) {
        fairness.add(id, from, to, OPEN);
        fairness.settle();
    }
    assert_eq!(bytes_per_s(&fairness, 4), [2.0, 2.0, 2.0, 6.0]);
    fairness.remove(2);
    fairness.settle();
    assert_eq!([0, 1, 3].map(|id| bytes_per_s(&fairness, 4)[id]), [3.0, 3.0, 4.0]);
    fairness.remove(0);
    fairness.add(0, 0, 2, level_of(rate(1)));
    fairness.settle();
    assert_eq!([0, 1, 3].map(|id| bytes_per_s(&fairness, 4)[id]), [1.0, 4.5, 4.5], "uplink 0 has 9 for the other two");
}

/// Three places, one node each with 12 up and down; what leaves place 0 shares 9, what goes from 0 to 1 shares 3, what enters place 2
/// shares 4. Of 0→1, 0→2 and 1→2: at 2 the way into place 2 (4 for two) holds 0→2 and 1→2; at 3 that from 0 to 1 holds 0→1. The other way
/// nothing is shared: 2→0 gets 12.
#[test]
fn a_transfer_may_cross_several() {
    let laid = [backbone(&[0], &[1, 2], 9), backbone(&[0], &[1], 3), backbone(&[0, 1], &[2], 4)];
    let mut fairness = nodes(&laid, &[0, 1, 2], &[(12, 12); 3]);
    for (id, (from, to)) in (0..).zip([(0, 1), (0, 2), (1, 2), (2, 0)]) {
        fairness.add(id, from, to, OPEN);
    }
    fairness.settle();
    assert_eq!(bytes_per_s(&fairness, 4), [3.0, 2.0, 2.0, 12.0]);
    // Without the third, what leaves place 0 has 6 left for 0→2 and uplink 1 is 1→2's alone: the downlink of 12 gives 6 and 6.
    fairness = nodes(&laid[..2], &[0, 1, 2], &[(12, 12); 3]);
    for (id, (from, to)) in (0..).zip([(0, 1), (0, 2), (1, 2), (2, 0)]) {
        fairness.add(id, from, to, OPEN);
    }
    fairness.settle();
    assert_eq!(bytes_per_s(&fairness, 4), [3.0, 6.0, 6.0, 12.0]);
}

/// A backbone of 10 and no other limit: 40 bytes alone in [0, 1] have 30 left; with 20 more bytes each has 5 until the latter end at 5 s; 10 are
/// left, and take 1 s.
#[test]
fn transfers_end_as_over_one_link() {
    let flows: [Flow; 3] = [(0, 0, 2, 40), (S, 1, 3, 20), (S, 0, 1, 1000)];
    let ends = ends_across(&[backbone(&[0], &[1], 10)], &[0, 0, 1, 1], &[(0, 0); 4], &flows);
    assert_eq!(ends, [6 * S, 5 * S, S], "who stays within a place does not wait");
}

/// A transfer: from whom, to whom, its limit in bytes per second (0: none).
type Transfer = (u32, u32, u64);

fn filled(backbones: &[Backbone], places: &[u16], rates: &[(u64, u64)], transfers: &[Transfer]) -> Vec<Level> {
    let mut capacities: Vec<Level> =
        rates.iter().flat_map(|&(up, down)| [level_of(rate(up)), level_of(rate(down))]).collect();
    let own = capacities.len();
    capacities.extend(backbones.iter().map(|backbone| level_of(backbone.capacity)));
    let over = |&(from, to, _): &Transfer| {
        let [a, b] = [from, to].map(|node| places[node as usize]);
        let crossed = backbones.iter().enumerate().filter(|(_, one)| one.from.contains(&a) && one.to.contains(&b));
        let own_links = [from as usize * 2, to as usize * 2 + 1];
        own_links.into_iter().chain(crossed.map(|(number, _)| own + number)).collect::<Vec<_>>()
    };
    let limits: Vec<Level> = transfers.iter().map(|transfer| level_of(rate(transfer.2))).collect();
    filled_over(&capacities, &transfers.iter().map(over).collect::<Vec<_>>(), &limits)
}

fn any_rate() -> impl Strategy<Value = u64> {
    prop_oneof![1 => Just(0), 8 => 1..60u64]
}

/// Places by the bits of a number, of four.
fn any_places() -> impl Strategy<Value = Vec<u16>> {
    (1..16u16).prop_map(|bits| (0..4).filter(|place| bits >> place & 1 == 1).collect())
}

fn any_backbones() -> impl Strategy<Value = Vec<Backbone>> {
    let one = (any_places(), any_places(), prop_oneof![1 => Just(0), 6 => 1..120u64]);
    prop::collection::vec(one.prop_map(|(from, to, bytes)| backbone(&from, &to, bytes)), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// After any sequence of transfers that come and go and capacities that change, rates are those of progressive filling from scratch,
    /// and, fractions included, those of one who solves it all anew.
    #[test]
    fn rates_agree_with_progressive_filling(
        backbones in any_backbones(),
        rates in prop::collection::vec((any_rate(), any_rate()), 8),
        steps in prop::collection::vec((0..8u32, 0..8u32, prop_oneof![3 => Just(0), 1 => 1..20u64], 0..10u8), 1..60),
    ) {
        let places = [0, 0, 0, 1, 1, 2, 2, 3];
        let mut rates = rates;
        let mut fairness = nodes(&backbones, &places, &rates);
        let mut there: Vec<(u32, Transfer)> = Vec::new();
        for (id, (from, to, limit, what)) in steps.into_iter().enumerate() {
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
            let whole = |f: Fraction| if f.rest == OPEN { OPEN } else { f.rest / Level::from(f.among) };
            let found: Vec<Fraction> = there.iter().map(|&(id, _)| fairness.rate(id)).collect();
            let levels: Vec<Level> = found.iter().copied().map(whole).collect();
            prop_assert_eq!(levels, filled(&backbones, &places, &rates, &transfers));
            let mut anew = nodes(&backbones, &places, &rates);
            (0..).zip(&transfers).for_each(|(id, &(from, to, limit))| anew.add(id, from, to, level_of(rate(limit))));
            anew.settle();
            prop_assert_eq!(found, (0..transfers.len() as u32).map(|id| anew.rate(id)).collect::<Vec<_>>());
        }
    }

    /// Transfers end when a slow twin in floating point says so.
    #[test]
    fn transfers_end_as_those_of_a_slow_twin(
        backbones in any_backbones(),
        rates in prop::collection::vec((1..50u64, 1..50u64), 8),
        raw in prop::collection::vec((0..20u64, 0..8u32, 0..8u32, 1..200u64), 1..12),
    ) {
        let places = [0, 0, 0, 1, 1, 2, 2, 3];
        let flows: Vec<Flow> = raw.into_iter().map(|(at, from, to, bytes)| (at * S, from, to, bytes)).collect();
        let exact = ends_across(&backbones, &places, &rates, &flows);
        let speeds = |active: &[usize]| -> Vec<f64> {
            let transfers: Vec<Transfer> = active.iter().map(|&i| (flows[i].1, flows[i].2, 0)).collect();
            filled(&backbones, &places, &rates, &transfers).into_iter().map(|level| level as f64 / 8e9).collect()
        };
        for (a, b) in exact.iter().zip(&slow_ends(&flows, &speeds)) {
            prop_assert!((*a as f64 / S as f64 - b).abs() < 1e-6, "{exact:?}");
        }
    }
}
