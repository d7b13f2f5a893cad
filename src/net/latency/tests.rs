use super::*;
use proptest::prelude::*;

fn peer(group: &str, index: u32) -> Owner {
    Owner::peer(GroupId::of(group), index)
}

fn millis(ms: u64) -> Span {
    Span::from_millis(ms)
}

fn latency(model: LatencyModel) -> Latency {
    Latency::new(Streams::new(3), model, [(GroupId::of("home"), 0), (GroupId::of("far"), 1)])
}

#[test]
fn drawn_latencies_are_symmetric_and_differ_between_pairs() {
    let latency = latency(LatencyModel::Drawn(Distribution::Lognormal { median: 4e7, sigma: 0.5 }));
    let peer = |i| peer("home", i);
    assert_eq!(latency.between(peer(1), peer(2)), latency.between(peer(2), peer(1)));
    assert_ne!(latency.between(peer(1), peer(2)), latency.between(peer(1), peer(3)));
    assert_ne!(latency.between(Owner::TRACKER, peer(1)), latency.between(Owner::TRACKER, peer(2)));
}

/// From row to column: home to far 30 ms, back 50 ms; the tracker is far.
#[test]
fn regions_may_differ_by_direction() {
    let matrix = [5, 30, 50, 7].map(millis).to_vec();
    let model = LatencyModel::Regions(Regions::new(vec!["a".into(), "b".into()], matrix, 1, 0.0));
    assert!(!model.is_symmetric());
    assert_eq!(model.least(), millis(5));
    let latency = latency(model);
    assert_eq!(latency.between(peer("home", 1), peer("far", 9)), millis(30));
    assert_eq!(latency.between(peer("far", 9), peer("home", 1)), millis(50));
    assert_eq!(latency.between(peer("home", 1), peer("home", 2)), millis(5));
    assert_eq!(latency.between(peer("home", 1), Owner::TRACKER), millis(30));
    assert_eq!(latency.between(Owner::TRACKER, peer("far", 0)), millis(7));
}

#[test]
fn a_spread_is_a_factor_of_the_pair() {
    let matrix = [5, 30, 60, 7].map(millis).to_vec();
    let latency = latency(LatencyModel::Regions(Regions::new(vec!["a".into(), "b".into()], matrix, 0, 0.3)));
    let (a, b) = (peer("home", 1), peer("far", 1));
    let (there, back) = (latency.between(a, b).as_nanos(), latency.between(b, a).as_nanos());
    assert!((there * 2).abs_diff(back) <= 2, "{there} and {back}");
    assert_ne!(there, millis(30).as_nanos());
    let mean: f64 =
        (0..4000).map(|i| latency.between(peer("home", i), peer("far", i)).as_nanos() as f64).sum::<f64>() / 4000.0;
    // 30 ms × exp(0.3² / 2) = 31.4 ms, standard error 0.15 ms.
    assert!((mean / 1e6 - 31.38).abs() < 0.75, "{mean}");
}

/// Great circles by another program (GeographicLib gives 6,521 km from Frankfurt to Ashburn on the ellipsoid; the sphere is within 0.5 %).
#[test]
fn the_world_is_as_far_as_cables_make_it() {
    let (names, one_way) = Regions::world();
    let at = |from: &str, to: &str| {
        let place = |name: &str| names.iter().position(|known| known == name).expect("known");
        one_way[place(from) * names.len() + place(to)]
    };
    // 5 + 1.25 × 6,521 / 200 = 45.8; within a region 5 + 1.25 × 4 = 10.
    assert_eq!(at("europe", "north-america-east"), millis(46));
    assert_eq!(at("europe", "europe"), millis(10));
    assert!(Regions::new(names.clone(), one_way.clone(), 0, 0.0).is_symmetric());
    assert!(one_way.iter().all(|&span| (millis(10)..=millis(130)).contains(&span)), "{one_way:?}");
}

/// Round trips of 20 and 30 ms between nodes 0 and 1: (20 + 30) / 4 = 12.5 ms. Node 0 to itself, where the diagonal is 0: as to its
/// nearest, node 2, 4 ms away. Node 2 to itself: half of the diagonal.
#[test]
fn a_matrix_of_round_trips_is_halved_and_made_symmetric() {
    let round_trips: Vec<u64> = [0, 20, 8, 30, 0, 16, 8, 16, 6].map(|ms| ms * 1_000_000).to_vec();
    let matrix = Matrix::new(3, round_trips);
    let expected = [4.0, 12.5, 4.0, 12.5, 8.0, 8.0, 4.0, 8.0, 3.0].map(|ms| (ms * 1e6) as u64);
    assert_eq!(*matrix.one_way, expected);
    let model = LatencyModel::Matrix(matrix);
    assert_eq!(model.least(), millis(3));
    let latency = latency(model);
    let mut seen: Vec<u64> = (0..200).map(|i| latency.between(peer("home", i), peer("far", i)).as_nanos()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [3_000_000, 4_000_000, 8_000_000, 12_500_000], "all pairs of rows are drawn");
}

/// Everyone lies on a line, 3 wide and 4 deep at the corners: the distance is at most 5 units of 2 ms, plus two heights of 1 ms.
#[test]
fn coordinates_make_distances() {
    let corner = |most| Distribution::Empirical { values: vec![0.0, most].into() };
    let coordinates =
        Coordinates { x: corner(3.0), y: corner(4.0), nanos_per_unit: 2e6, height: Distribution::constant(1e6) };
    let model = LatencyModel::Coordinates(coordinates);
    assert_eq!(model.least(), millis(2));
    // Distances 0, 3, 4 and 5 are equally likely: on average 3 units.
    assert!((model.mean() - 8e6).abs() < 1.0, "{}", model.mean());
    let latency = latency(model);
    let mut seen: Vec<u64> = (0..200).map(|i| latency.between(peer("home", i), peer("far", i)).as_nanos()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [2_000_000, 8_000_000, 10_000_000, 12_000_000]);
}

proptest! {
    /// The triangle of any three nodes of a plane closes, distances are the same both ways, and none is below the least.
    #[test]
    fn places_are_places(seed in any::<u64>(), a in 0..1000u32, b in 0..1000u32, c in 0..1000u32) {
        let coordinates = Coordinates {
            x: Distribution::Uniform { min: 0.0, max: 100.0 },
            y: Distribution::Exponential { mean: 20.0 },
            nanos_per_unit: 1e6,
            height: Distribution::Lognormal { median: 3e6, sigma: 0.5 },
        };
        let model = LatencyModel::Coordinates(coordinates);
        let least = model.least();
        let latency = Latency::new(Streams::new(seed), model, []);
        let between = |a: u32, b: u32| latency.between(peer("x", a), peer("x", b));
        prop_assert_eq!(between(a, b), between(b, a));
        prop_assert!(between(a, b) >= least);
        prop_assert!(between(a, b).as_nanos() <= between(a, c).as_nanos() + between(c, b).as_nanos() + 2);
    }
}
