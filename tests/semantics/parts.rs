//! A swarm in parts, on several threads: whatever happens, it is the swarm in one piece.

use crate::common::{is_long, read, with};
use crate::random::{Case, scenario};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use swarmsim::experiment::Threads;
use swarmsim::metrics::{Metrics, Summary, Tables};
use swarmsim::scenario::{EMBEDDED, Scenario, from_json};
use swarmsim::sim::{Digest, QueueKind, Span, Time};
use swarmsim::swarm::config::Config;
use swarmsim::swarm::{
    Advance, Crew, Divisible, Meet, Observer, Parallel, Record, Simulation, StopReason, Uplinks, idle,
};

/// All that a run says, on its way and at its end.
#[derive(Debug, PartialEq)]
pub struct Told {
    /// At marks: events and digest by then, and when the next is.
    marks: Vec<(u64, Digest, Time)>,
    summary: Summary,
    tables: Tables,
}

/// One mark after another, a stride apart.
struct Marks {
    stride: Span,
    next: Time,
    told: Vec<(u64, Digest, Time)>,
}

impl Marks {
    fn new(stride: Span) -> Marks {
        Marks { stride, next: Time::ZERO + stride, told: Vec::new() }
    }

    fn reached(&mut self, (events, digest): (u64, Digest), next: Time) {
        self.told.push((events, digest, next));
        self.next += self.stride;
    }
}

fn metrics_of(scenario: &Scenario) -> Metrics {
    Metrics::new(scenario.output.sample_interval).with_playback(scenario.output.playback_rate)
}

fn told(scenario: &Scenario, marks: Marks, (digest, events): (Digest, u64), end: (Metrics, StopReason)) -> Told {
    let (metrics, reason) = end;
    let (summary, tables) = metrics.finish(scenario.identity(digest, events, reason));
    Told { marks: marks.told, summary, tables }
}

pub fn whole(scenario: &Scenario, stride: Span) -> Told {
    let mut run = Simulation::new(scenario.config.clone(), metrics_of(scenario), QueueKind::Ladder);
    let mut marks = Marks::new(stride);
    loop {
        match run.advance_to(marks.next, 1_000) {
            Advance::Over => break,
            Advance::More => {}
            Advance::ToMark { next } => marks.reached(run.so_far(marks.next), next),
        }
    }
    told(scenario, marks, (run.digest(), run.events()), run.finish())
}

/// The same in parts, and whether it ever was.
pub fn in_parts(scenario: &Scenario, stride: Span, parts: usize) -> (Told, bool) {
    in_parts_by(&Threads, metrics_of(scenario), |metrics| metrics, scenario, (stride, 1_000), parts)
}

/// The same, by any threads, with any observer that is made of metrics; so many events at a time.
fn in_parts_by<O: Divisible>(
    crew: &impl Crew,
    observer: O,
    metrics: impl Fn(O) -> Metrics,
    scenario: &Scenario,
    (stride, events): (Span, u64),
    parts: usize,
) -> (Told, bool) {
    let mut run = Parallel::new(scenario.config.clone(), observer, QueueKind::Ladder, parts);
    let (mut marks, mut was_apart) = (Marks::new(stride), false);
    loop {
        let advance = run.advance_to(marks.next, events, crew);
        was_apart |= run.is_apart();
        match advance {
            Advance::Over => break,
            Advance::More => {}
            Advance::ToMark { next } => marks.reached(run.so_far(marks.next, crew), next),
        }
    }
    let end = (run.digest(), run.events());
    let (observer, reason) = run.finish(crew);
    (told(scenario, marks, end, (metrics(observer), reason)), was_apart)
}

/// The scenario without what keeps a swarm in one piece, but for what happens in its course: sessions and lingering that end.
fn calm(scenario: &Value) -> Value {
    let least = |time: &Value, least_ms: u64| match time.as_str().and_then(|text| text.strip_suffix("ms")?.parse().ok())
    {
        Some(ms) => json!(format!("{}ms", least_ms.max(ms))),
        None => json!(format!("{least_ms}ms")),
    };
    let mut calm = scenario.clone();
    calm["departures"] = json!([]);
    let network = &mut calm["network"];
    if !matches!(network["sharing"].as_str(), Some("fifo" | "none")) {
        network["sharing"] = json!("fifo");
    }
    (network["loss"], network["faults"], network["backbones"]) = (json!(0.0), json!([]), json!([]));
    network["max_transfer_rate"] = json!("unlimited");
    if network["latency"]["kind"].is_null() {
        network["latency"] = least(&network["latency"], 3);
    }
    if calm["tracker"]["max_peers_returned"].is_null() && calm["protocol"]["max_neighbors"].is_null() {
        calm["tracker"]["max_peers_returned"] = json!(4);
    }
    let oracle = |strategy: &Value| strategy["kind"] == "global-rarest";
    if oracle(&calm["strategy"]) {
        calm["strategy"] = json!({ "kind": "rarest-first" });
    }
    for group in calm["peers"].as_array_mut().expect("groups") {
        if oracle(&group["strategy"]) {
            group["strategy"] = json!({ "kind": "random" });
        }
        if group["after_completion"] == "leave" {
            group["after_completion"] = json!("stay");
        } else if let Some(time) = group["after_completion"].get("for").cloned() {
            group["after_completion"]["for"] = least(&time, 300);
        }
        if !group["session"].is_null() {
            group["session"] = least(&group["session"], 5_000);
        }
        if group["arrival"]["kind"] == "trace" {
            group["arrival"] = json!({ "kind": "at", "time": 0 });
            group["count"] = json!(3);
        }
    }
    with(&json!({}), calm)
}

fn cases() -> ProptestConfig {
    ProptestConfig {
        max_shrink_iters: 4_000,
        failure_persistence: None,
        ..ProptestConfig::with_cases(if is_long() { 10_000 } else { 150 })
    }
}

static RUNS: AtomicU32 = AtomicU32::new(0);
static APART: AtomicU32 = AtomicU32::new(0);

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn random_swarms_are_the_same_in_parts(
        Case(scenario) in scenario(), parts in prop::sample::select(vec![2usize, 3, 7, 16]), ms in 50..3_000u64,
        events in prop::sample::select(vec![1_000, u64::MAX]),
    ) {
        let stride = Span::from_millis(ms);
        for scenario in [read(&scenario), read(&calm(&scenario))] {
            let metrics = metrics_of(&scenario);
            let (found, was_apart) =
                in_parts_by(&Threads, metrics, |metrics| metrics, &scenario, (stride, events), parts);
            prop_assert_eq!(whole(&scenario, stride), found);
            RUNS.fetch_add(1, Ordering::Relaxed);
            APART.fetch_add(u32::from(was_apart), Ordering::Relaxed);
        }
        let (runs, apart) = (RUNS.load(Ordering::Relaxed), APART.load(Ordering::Relaxed));
        prop_assert!(runs < 60 || apart * 5 > runs, "of {} swarms only {} came apart", runs, apart);
    }
}

#[test]
fn embedded_swarms_are_the_same_in_parts() {
    for one in EMBEDDED {
        let scenario = from_json(one.name, one.text.as_bytes()).expect("embedded scenarios are good").scenario;
        if scenario.config.stop.at > Time::ZERO + Span::from_secs(3 * 3600) && !is_long() {
            continue;
        }
        let expected = whole(&scenario, Span::from_secs(60));
        for parts in [2, 3, 7, 16].into_iter().take(if is_long() { 4 } else { 2 }) {
            assert_eq!(expected, in_parts(&scenario, Span::from_secs(60), parts).0, "{} in {parts} parts", one.name);
        }
    }
}

/// Enough peers, chunks and rounds that every kind of message crosses from part to part at all times.
fn crowd(peers: u32, size: &str) -> Value {
    json!({
        "seed": 5, "stop": { "at": "10m" }, "file": { "size": size, "max_chunk_size": "64 KiB" },
        "tracker": { "max_peers_returned": 20 },
        "protocol": { "max_neighbors": 20, "chunks_query_interval": "5s", "peer_list_interval": "20s" },
        "network": { "sharing": "fifo", "latency": { "kind": "lognormal", "median": "40ms", "sigma": 0.5 } },
        "peers": [
            { "group": "origin", "initial_chunks": "all", "count": 2, "up": "20 Mbit/s", "down": "20 Mbit/s" },
            { "group": "home", "count": peers, "up": "2 Mbit/s", "down": "16 Mbit/s",
              "arrival": { "kind": "uniform", "until": "20s" },
              "after_completion": { "kind": "linger", "for": "25s" } }
        ]
    })
}

#[test]
fn a_crowd_is_the_same_in_parts() {
    for change in [json!({}), json!({ "network": { "jitter": "3ms" } }), json!({ "network": { "sharing": "none" } })] {
        let scenario = read(&with(&crowd(300, "3 MiB"), change));
        let expected = whole(&scenario, Span::from_secs(7));
        assert!(expected.summary.peers.completed >= 300, "a crowd that gets its file");
        for parts in [2, 3, 7, 16] {
            let (found, was_apart) = in_parts(&scenario, Span::from_secs(7), parts);
            assert!(was_apart && expected == found, "{parts} parts, {}", scenario.to_json());
        }
    }
}

/// Metrics that take in what parts have seen a few records at a time.
struct Sips(Metrics);

impl Observer for Sips {
    const IN_ORDER: bool = Metrics::IN_ORDER;
    fn begin(&mut self, config: &Config) {
        self.0.begin(config);
    }
    fn next_look(&self) -> Time {
        self.0.next_look()
    }
    fn look(&mut self, at: Time, uplinks: Uplinks) {
        self.0.look(at, uplinks);
    }
    fn record(&mut self, now: Time, record: &Record<'_>) {
        self.0.record(now, record);
    }
}

impl Divisible for Sips {
    type Part = <Metrics as Divisible>::Part;
    fn part(&self) -> Self::Part {
        self.0.part()
    }
    fn absorb(&mut self, from: Time, parts: &mut [Self::Part], is_enough: &dyn Fn() -> bool) -> bool {
        loop {
            let is_all = self.0.absorb(from, parts, &|| true);
            if is_all || is_enough() {
                return is_all;
            }
        }
    }
}

/// Threads that do nothing while they wait; or that do all there is to do before they wait.
struct Waiting {
    greedily: bool,
}

impl Crew for Waiting {
    fn work(&self, workers: usize, work: &(dyn Fn(usize, &Meet<'_>) + Sync)) {
        Threads.work(workers, &|number, meet| {
            work(number, &|meanwhile| {
                while self.greedily && meanwhile(&|| false) {}
                meet(&idle);
            });
        });
    }
}

/// What parts have seen is taken in while they wait, or when it has lain for long, or at the end: when makes no difference.
#[test]
fn a_crowd_is_the_same_whenever_what_parts_have_seen_is_taken_in() {
    let scenario = read(&with(&crowd(300, "3 MiB"), json!({ "output": { "sample_interval": "11s" } })));
    let stride = Span::from_secs(15);
    let expected = whole(&scenario, stride);
    for (parts, events) in [(2, u64::MAX), (3, u64::MAX), (2, 30_000)] {
        for greedily in [false, true] {
            let crew = Waiting { greedily };
            let sips = Sips(metrics_of(&scenario));
            let found = in_parts_by(&crew, sips, |sips| sips.0, &scenario, (stride, events), parts);
            assert!(found.1 && expected == found.0, "{parts} parts, {events} events, {greedily}");
            let metrics = metrics_of(&scenario);
            let found = in_parts_by(&crew, metrics, |metrics| metrics, &scenario, (stride, events), parts);
            assert!(found.1 && expected == found.0, "{parts} parts, {events} events, {greedily}");
        }
    }
}

/// Small enough for a machine that watches every access to memory.
#[test]
fn a_few_are_the_same_in_parts() {
    let scenario = read(&crowd(40, "1 MiB"));
    for parts in [2, 3] {
        let (found, was_apart) = in_parts(&scenario, Span::from_secs(7), parts);
        assert!(was_apart && whole(&scenario, Span::from_secs(7)) == found, "{parts} parts");
    }
}
