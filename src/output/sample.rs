//! Plausible runs without a simulator, for the tests of this layer: peers come, download at random
//! speeds, leave, and are discarded by the tracker's rules.

use crate::metrics::*;
use crate::sim::math;
use crate::sim::{NANOS_PER_SECOND, Span, Time};
use crate::swarm;
use serde_json::{Value, json};

pub(super) struct Run {
    pub(super) scenario: Value,
    pub(super) summary: Summary,
    pub(super) tables: Tables,
    pub(super) groups: Vec<String>,
}

/// What a sample run is like.
#[derive(Clone)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) peers: u32,
    pub(super) arrivals_per_s: f64,
    pub(super) completes: bool,
    pub(super) leaves: bool,
    pub(super) sample_s: u64,
    pub(super) chunks: u32,
    pub(super) groups: Vec<String>,
    pub(super) bound_s: Option<f64>,
}

impl Shape {
    pub(super) fn flash_crowd() -> Shape {
        Shape {
            name: "flash-crowd".into(),
            peers: 200,
            arrivals_per_s: 2.0,
            completes: true,
            leaves: true,
            sample_s: 10,
            chunks: 1024,
            groups: vec!["origin".into(), "home".into()],
            bound_s: None,
        }
    }

    /// The cases that every plot and the report must bear.
    pub(super) fn all() -> Vec<(&'static str, Shape)> {
        let base = Shape::flash_crowd();
        let groups = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        vec![
            ("flash-crowd", base.clone()),
            (
                "at-once",
                Shape {
                    name: "at-once".into(),
                    leaves: false,
                    arrivals_per_s: 1e9,
                    bound_s: Some(206.0),
                    ..base.clone()
                },
            ),
            ("groups", Shape { groups: groups(&["origin", "cable", "fiber", "mobile"]), ..base.clone() }),
            (
                "many-groups",
                Shape {
                    groups: (0..9).map(|i| format!("a group with quite a long name {i}")).collect(),
                    ..base.clone()
                },
            ),
            ("one-peer", Shape { peers: 1, leaves: false, bound_s: Some(55.0), ..base.clone() }),
            ("one-chunk", Shape { chunks: 1, peers: 4, ..base.clone() }),
            ("nobody-completes", Shape { completes: false, ..base.clone() }),
            ("nobody", Shape { peers: 0, ..base.clone() }),
            ("large", Shape { name: "large".into(), peers: 100_000, arrivals_per_s: 1.0, ..base.clone() }),
            (
                "hostile",
                Shape {
                    name: "<script>alert(\"]]>\")</script> & 🐝 שלום \u{202e}x\u{1b}[2J 非常に長い名前 ".repeat(4),
                    groups: groups(&["origin", "<b>'\"&", "=cmd(), 🐝🐝🐝"]),
                    ..base
                },
            ),
        ]
    }
}

const TTL: u64 = 120;
const PROOF: u64 = 40;
const SWEEP: u64 = 10;

/// A little generator of numbers in (0, 1).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * math::ln(self.roll())
    }
}

fn span(seconds: f64) -> Span {
    Span::from_nanos_f64(seconds * NANOS_PER_SECOND as f64)
}

pub(super) fn run(shape: &Shape) -> Run {
    let mut dice = Dice(42);
    let mut tables = Tables::default();
    let mut arrived = Time::ZERO;
    tables.sessions.push(session(1, 0, Time::ZERO, shape.chunks));
    for peer in 2..shape.peers + 2 {
        arrived += span(dice.exponential(1.0 / shape.arrivals_per_s));
        let group = if shape.groups.len() > 2 { 1 + (peer % (shape.groups.len() as u32 - 1)) as u16 } else { 1 };
        let mut row = session(peer, group, arrived, 0);
        let speed = f64::from(group).sqrt();
        let download = span((250.0 + 260.0 * math::pow(dice.roll(), 1.5) + dice.exponential(40.0)) / speed);
        row.milestones = std::array::from_fn(|k| arrived + Span::from_nanos(download.as_nanos() / 10 * (k as u64 + 1)));
        let patience = if shape.leaves { span(dice.exponential(2500.0)) } else { Span::MAX };
        if shape.completes && download < patience {
            row.completed = Some(arrived + download);
            row.download_nanos = Some(download.as_nanos());
            row.chunks = shape.chunks;
            row.departed = shape.leaves.then(|| arrived + download + span(dice.exponential(300.0)));
        } else {
            row.chunks = (shape.chunks as f64 * 0.4) as u32;
            row.milestones[4..].fill(Time::NEVER);
            row.departed = shape.leaves.then(|| arrived + patience);
        }
        tables.expiries.extend(row.departed.map(|departed| expiry(&row, departed, &mut dice)));
        tables.sessions.push(row);
    }
    tables.expiries.sort_by_key(|row| row.discarded);
    let last =
        tables.sessions.iter().filter_map(|row| row.completed).max().unwrap_or(Time::from_nanos(3_600_000_000_000));
    let end = if shape.leaves && shape.peers > 0 { last.max(arrived + Span::from_secs(900)) } else { last };
    tables.expiries.retain(|row| row.discarded <= end);
    add_samples(&mut tables, shape, end);
    let summary = summary(shape, &tables, end);
    Run { scenario: scenario(shape), summary, tables, groups: shape.groups.clone() }
}

fn session(peer: u32, group: u16, arrived: Time, chunks: u32) -> SessionRow {
    SessionRow {
        peer,
        group,
        session: 0,
        arrived,
        member: Some(arrived + Span::from_millis(83)),
        completed: None,
        departed: None,
        download_nanos: None,
        chunks,
        uploaded_bytes: 1 << 20,
        downloaded_bytes: 1 << 28,
        wasted_bytes: 0,
        milestones: [arrived; MILESTONES],
    }
}

fn expiry(row: &SessionRow, departed: Time, dice: &mut Dice) -> ExpiryRow {
    let present = (departed - row.arrived).as_nanos();
    let proofs = present / (PROOF * NANOS_PER_SECOND);
    let last_proof = row.arrived + Span::from_secs(proofs * PROOF);
    let expires = last_proof + Span::from_secs(TTL);
    let sweep = SWEEP * NANOS_PER_SECOND;
    let discarded = Time::from_nanos((expires.as_nanos() / sweep + 1) * sweep);
    let false_expiry = dice.roll() < 0.01;
    ExpiryRow {
        peer: row.peer,
        listed: row.arrived,
        last_proof,
        expires,
        departed: (!false_expiry).then_some(departed),
        discarded,
        false_expiry,
    }
}

/// Counts how many of the intervals contain each sample's instant.
fn covering(intervals: impl Iterator<Item = (Time, Time)>, step: u64, count: usize) -> Vec<u32> {
    let mut change = vec![0_i64; count + 1];
    let index = |time: Time| ((time.as_nanos().div_ceil(step)) as usize).clamp(1, count + 1) - 1;
    for (from, to) in intervals {
        change[index(from)] += 1;
        change[index(to)] -= 1;
    }
    let mut sum = 0;
    change[..count]
        .iter()
        .map(|change| {
            sum += change;
            sum as u32
        })
        .collect()
}

fn add_samples(tables: &mut Tables, shape: &Shape, end: Time) {
    let step = shape.sample_s * NANOS_PER_SECOND;
    let count = end.as_nanos().div_ceil(step) as usize;
    let over = |time: Option<Time>| time.unwrap_or(Time::NEVER);
    let rows = &tables.sessions;
    let present = covering(rows.iter().map(|r| (r.arrived, over(r.departed))), step, count);
    let completed = covering(rows.iter().filter_map(|r| Some((r.completed?, Time::NEVER))), step, count);
    let done = covering(rows.iter().filter_map(|r| Some((r.completed?, over(r.departed)))), step, count);
    let stale = covering(tables.expiries.iter().filter_map(|e| Some((e.departed?, e.discarded))), step, count);
    let joined = covering(rows.iter().map(|r| (r.arrived, Time::NEVER)), step, count);
    for i in 0..count {
        let time = Time::from_nanos(((i as u64 + 1) * step).min(end.as_nanos()));
        let seeders = done[i] + 1;
        let mean_copies = f64::from(seeders) + 0.4 * f64::from(present[i] - seeders.min(present[i]));
        tables.samples.push(Sample {
            time,
            present: present[i],
            leechers: present[i] - seeders.min(present[i]),
            seeders,
            completed: completed[i],
            listed: present[i] + stale[i],
            stale_listed: stale[i],
            uploading_bytes_per_s: 1e6 * f64::from(present[i]),
            min_copies: seeders,
            mean_copies,
            entropy: Some(0.97),
            one_club: 2,
            requests: requests(i, &joined, present[i], seeders, shape.sample_s),
            uplinks: swarm::Uplinks {
                sampled: present[i].min(64),
                idle: [3, 2, 1, 0, 2].map(|idle| idle.min(present[i] / 5)),
            },
        });
        if i % (count / 240 + 1) == 0 {
            add_copies(tables, shape, time, seeders, mean_copies);
        }
    }
}

fn requests(i: usize, joined: &[u32], present: u32, seeders: u32, seconds: u64) -> [u64; 5] {
    let leechers = u64::from(present - seeders.min(present));
    let joins = joined[i] - if i > 0 { joined[i - 1] } else { 0 };
    let present = u64::from(present);
    [
        joins.into(),
        present * seconds / PROOF,
        leechers * seconds / 60,
        leechers * present.min(50) * seconds / 5,
        leechers * 2 * seconds,
    ]
}

fn add_copies(tables: &mut Tables, shape: &Shape, time: Time, seeders: u32, mean: f64) {
    let ranges = shape.chunks.min(64);
    let mut dice = Dice(time.as_nanos());
    for range in 0..ranges {
        let early = math::exp(-f64::from(range) / 20.0) * 0.5 + 0.6;
        let copies = (f64::from(seeders) + (mean - f64::from(seeders)) * early * (0.7 + 0.6 * dice.roll())).max(1.0);
        let is_gone = !shape.completes && range > 50 && time > Time::from_nanos(1_500_000_000_000);
        tables.availability.push(AvailabilityRow {
            time,
            first_chunk: range * shape.chunks / ranges,
            last_chunk: (range + 1) * shape.chunks / ranges - 1,
            min_copies: if is_gone { 0 } else { copies as u32 },
            mean_copies: copies,
        });
    }
}

fn summary(shape: &Shape, tables: &Tables, end: Time) -> Summary {
    let mut times: Vec<f64> = tables.sessions.iter().filter_map(|r| Some(r.download_nanos? as f64 / 1e9)).collect();
    times.sort_by(f64::total_cmp);
    let quantile = |q: f64| times.get(((times.len() as f64 - 1.0) * q).max(0.0) as usize).copied();
    let lags: Vec<f64> =
        tables.expiries.iter().filter_map(|e| Some((e.discarded - e.departed?).as_secs_f64())).collect();
    let mean = |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let sent = |kind: usize| {
        let sent = tables.samples.iter().map(|s| s.requests[kind]).sum();
        RequestCount { sent, answered: sent, lost: 0 }
    };
    let of_samples =
        |value: fn(&Sample) -> u32| mean(&tables.samples.iter().map(|s| f64::from(value(s))).collect::<Vec<_>>());
    let completed = times.len() as u64;
    let makespan_s = quantile(1.0);
    Summary {
        scenario: shape.name.clone(),
        seed: 42,
        strategy: "rarest-first".into(),
        digest: "9f3c1a5be07d42c6a81f0b7e55d9c3e2".into(),
        events: 1_234_567,
        end_time_s: end.as_secs_f64(),
        stop_reason: "all-complete".into(),
        requests: Requests {
            join: sent(0),
            active_proof: sent(1),
            peer_list: sent(2),
            chunks_query: sent(3),
            fetch_chunk: sent(4),
        },
        peers: Peers {
            arrived: u64::from(shape.peers) + 1,
            completed,
            left_incomplete: u64::from(shape.peers) - completed,
            still_downloading: 0,
        },
        completion: Completion {
            completed,
            mean_s: mean(&times),
            min_s: quantile(0.0),
            p50_s: quantile(0.5),
            p90_s: quantile(0.9),
            p95_s: quantile(0.95),
            p99_s: quantile(0.99),
            max_s: quantile(1.0),
            makespan_s,
            lower_bound_s: shape.bound_s,
            ratio_to_bound: shape.bound_s.and_then(|bound| Some(makespan_s? / bound)),
            last_chunk_wait_s: Lag { mean: Some(1.5), p50: Some(1.25), p95: Some(4.5), max: Some(9.75) },
        },
        playback: Playback::default(),
        expiry: Expiry {
            entries_expired: tables.expiries.len() as u64,
            false_expiries: tables.expiries.iter().filter(|e| e.false_expiry).count() as u64,
            detection_lag_s: Lag { mean: mean(&lags), p50: mean(&lags), p95: mean(&lags), max: mean(&lags) },
            mean_listed: of_samples(|s| s.listed),
            mean_stale_listed: of_samples(|s| s.stale_listed),
            stale_share_of_lists: Some(0.05),
            requests_to_departed: 321,
        },
        network: Network {
            chunk_bytes: 1 << 35,
            control_bytes: 1 << 24,
            wasted_bytes: 1 << 28,
            in_flight_bytes: 0,
            mean_uplink_utilisation: Some(0.61),
        },
        chunks: Chunks { transferred: 1 << 17, duplicate: 12, cut: 40 },
        availability: Availability {
            min_copies_at_end: 17,
            mean_entropy: Some(0.9876),
            max_one_club: 9,
            mean_one_club: Some(0.75),
        },
        uplinks: Uplinks { sampled: 5_120, idle_share: Some(0.125), ..Default::default() },
        tracker: TrackerLoad { mean_requests_per_s: Some(12.5), peak_requests_per_s: Some(40.0) },
    }
}

fn scenario(shape: &Shape) -> Value {
    json!({
        "name": shape.name, "description": "A crowd arrives while a single origin holds the file.", "seed": 42,
        "file": { "size": "256 MiB", "max_chunk_size": "256 KiB" },
        "tracker": { "entry_ttl": "120s", "sweep_interval": 10, "max_peers_returned": null },
        "protocol": { "active_proof_interval": "40s", "peer_list_interval": "1min" },
        "peers": shape.groups.iter().map(|group| json!({ "group": group })).collect::<Vec<_>>(),
    })
}
