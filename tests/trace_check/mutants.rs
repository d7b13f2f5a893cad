//! Mutants: good traces, and figures beside them, in which one thing is broken. The check must name the invariant that guards it, and
//! name it first.

use crate::figures::{FIGURES, nudge};
use crate::physics::PHYSICS;
use crate::traced::{Traced, churn, endgame, narrow, plain, samples, shared};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use swarmsim::check::{INVARIANTS, Refusal, Rule};

/// What breaks, in which scenario, which invariant guards it, and how it is broken.
pub type Mutant = (&'static str, fn() -> Value, Rule, fn(&mut Traced));

/// The first line of an instant later than that before it.
fn begins_instant(trace: &Traced, at: usize) -> bool {
    at > 1 && trace.lines[at]["t"].as_u64() > trace.lines[at - 1]["t"].as_u64()
}

/// A line that begins an instant, some time after peer 2 has become a member: before it, nothing is left to be said of the instant before.
fn idle(trace: &Traced) -> usize {
    let member = trace.find(|trace, at| trace.is_delivery(at, "join_response") && to(trace, at) == 2);
    let t = trace.number(member, "t") + 100_000_000;
    trace.find_from(member, |trace, at| trace.number(at, "t") > t && begins_instant(trace, at))
}

/// The receiver of the message that a line is about.
fn to(trace: &Traced, at: usize) -> u64 {
    trace.sending(trace.number(at, "msg"))["to"].as_u64().unwrap()
}

fn lost(trace: &Traced, at: usize, why: &str) -> bool {
    trace.is(at, "lose") && trace.lines[at]["why"] == why
}

fn lost_kind(trace: &Traced, at: usize, why: &str, kind: &str) -> bool {
    lost(trace, at, why) && trace.sending(trace.number(at, "msg"))["kind"] == kind
}

fn first(trace: &Traced, event: &str) -> usize {
    trace.find(|trace, at| trace.is(at, event))
}

fn delivery(trace: &Traced, kind: &str) -> usize {
    trace.find(|trace, at| trace.is_delivery(at, kind))
}

/// A departure before which nothing of the same peer broke off.
fn quiet_departure(trace: &Traced, why: &str) -> usize {
    trace.find(|trace, at| trace.is(at, "depart") && trace.lines[at]["why"] == why && begins_instant(trace, at))
}

/// A fetch from a peer that began with nothing.
fn fetch_from_home(trace: &Traced) -> usize {
    trace.find(|trace, at| trace.is_send(at, "fetch_chunk_request") && trace.number(at, "to") != 1)
}

/// A chunk that peer `by` may ask the origin for before line `at`.
fn open_chunk(trace: &Traced, at: usize, by: u64) -> Option<u64> {
    let (held, fetching) = (trace.held_before(at, by), trace.fetching_before(at, by));
    let all = trace.lines[0]["chunks"].as_u64().unwrap();
    (0..all).find(|chunk| !held.contains(chunk) && fetching.iter().all(|fetch| fetch.1 != *chunk))
}

/// Lets peer `by` ask `from` for a chunk before line `at`.
fn insert_fetch(trace: &mut Traced, at: usize, by: u64, from: u64, chunk: u64) {
    trace.insert_send(at, "fetch_chunk_request", by, from, json!({ "chunk": chunk }));
}

/// After a fetch request, one more by the same peer, to the origin, for a chunk that it lacks; where it then has so many under way and
/// so many of them with the origin.
fn one_more_fetch(trace: &mut Traced, fits: fn(all: usize, with_origin: usize) -> bool) {
    let at = trace.find(|trace, at| {
        if !trace.is_send(at - 1, "fetch_chunk_request") || trace.is_send(at, "fetch_chunk_request") {
            return false;
        }
        let by = trace.number(at - 1, "from");
        let fetching = trace.fetching_before(at, by);
        let with_origin = fetching.iter().filter(|fetch| fetch.0 == 1).count();
        fits(fetching.len() + 1, with_origin + 1) && open_chunk(trace, at, by).is_some()
    });
    let by = trace.number(at - 1, "from");
    let chunk = open_chunk(trace, at, by).unwrap();
    insert_fetch(trace, at, by, 1, chunk);
}

const FORM: &[Mutant] = &[
    ("a time that is no whole number", plain, Rule::LineForm, |trace| trace.set(5, "t", 0.5)),
    ("a kind of line that there is not", plain, Rule::LineForm, |trace| trace.set(5, "ev", "sent")),
    ("a field that is missing", plain, Rule::LineForm, |trace| {
        let at = first(trace, "deliver");
        trace.lines[at].as_object_mut().unwrap().remove("msg");
    }),
    ("a field too many", plain, Rule::LineForm, |trace| trace.set(3, "why", "loss")),
    ("a Join between peers", plain, Rule::LineForm, |trace| {
        let at = trace.find_send("join_request");
        trace.set(at, "to", 2);
    }),
    ("no header", plain, Rule::HeaderFirst, |trace| drop(trace.lines.remove(0))),
    ("another layout", plain, Rule::HeaderFirst, |trace| trace.set(0, "schema", 2)),
    ("two headers", plain, Rule::HeaderFirst, |trace| trace.lines.insert(9, trace.lines[0].clone())),
    ("another seed", plain, Rule::HeaderOfScenario, |trace| trace.add(0, "seed", 1)),
    ("another scenario", plain, Rule::HeaderOfScenario, |trace| trace.set(0, "scenario", "0".repeat(64))),
    ("time falls", plain, Rule::TimeOrder, |trace| {
        let at = trace.find(begins_instant);
        trace.lines.swap(at, at - 1);
    }),
    ("a time past 2^53", plain, Rule::TimeOrder, |trace| trace.set(9, "t", (1u64 << 53) + 1)),
    ("a message without a number of its own", plain, Rule::MessageNumbers, |trace| {
        let at = trace.find_send("active_proof_request");
        trace.add(at, "msg", 1);
    }),
    ("a message that is missing", plain, Rule::MessageNumbers, |trace| {
        let at = trace.find_send("active_proof_request");
        trace.lines.remove(at);
    }),
    ("no last line", plain, Rule::StopLast, |trace| drop(trace.lines.pop())),
    ("a line after the last", plain, Rule::StopLast, |trace| {
        let last = trace.lines.last().unwrap().clone();
        trace.lines.push(last);
    }),
];

const PEERS: &[Mutant] = &[
    ("an arrival in another group", plain, Rule::ArrivalOnSchedule, |trace| {
        let at = trace.find(|trace, at| trace.is(at, "arrive") && trace.lines[at]["group"] == "home");
        trace.set(at, "group", "origin");
    }),
    ("a peer that is nobody", plain, Rule::ArrivalOnSchedule, |trace| {
        let at = first(trace, "arrive");
        trace.set(at, "peer", 77);
    }),
    ("a peer that begins with a chunk", plain, Rule::InitialChunks, |trace| {
        let at = trace.find(|trace, at| trace.is(at, "arrive") && trace.lines[at]["chunks"] == "none");
        trace.set(at, "chunks", json!([3]));
    }),
    ("a peer that comes back without a chunk it kept", churn, Rule::InitialChunks, |trace| {
        let at = trace.find(|trace, at| trace.is(at, "arrive") && trace.lines[at]["chunks"].is_array());
        trace.lines[at]["chunks"].as_array_mut().unwrap().pop();
    }),
    ("a peer that leaves twice", churn, Rule::HereOrGone, |trace| {
        let at = first(trace, "depart");
        trace.lines.insert(at, trace.lines[at].clone());
    }),
    ("a peer that arrives twice", plain, Rule::HereOrGone, |trace| {
        let at = idle(trace);
        let mut again = trace.lines[first(trace, "arrive")].clone();
        again["t"] = trace.lines[at - 1]["t"].clone();
        trace.lines.insert(at, again);
    }),
    ("a session that never ends", churn, Rule::SessionLength, |trace| {
        let at = quiet_departure(trace, "session");
        trace.lines.remove(at);
    }),
    ("a session that ends a nanosecond early", churn, Rule::SessionLength, |trace| {
        let at = quiet_departure(trace, "session");
        trace.add(at, "t", -1);
    }),
    ("a complete peer that lingers for ever", churn, Rule::LingerLength, |trace| {
        let at = quiet_departure(trace, "completed");
        trace.lines.remove(at);
    }),
    ("an incomplete peer that leaves as complete", churn, Rule::LingerLength, |trace| {
        let at = quiet_departure(trace, "session");
        trace.set(at, "why", "completed");
    }),
    ("a peer that comes back in another group", churn, Rule::ReturnOnSchedule, |trace| {
        let gone = first(trace, "depart");
        let peer = trace.number(gone, "peer");
        let at = trace.find_from(gone, |trace, at| trace.is(at, "arrive") && trace.lines[at]["peer"] == peer);
        trace.set(at, "group", "origin");
    }),
    ("a peer that says that it leaves", churn, Rule::SilentDeparture, |trace| {
        let at = first(trace, "depart");
        let peer = trace.number(at, "peer");
        trace.insert_send(at + 1, "active_proof_request", peer, 0, json!({}));
    }),
    ("a peer that is not said to be complete", plain, Rule::CompleteWhenWhole, |trace| {
        let at = first(trace, "complete");
        trace.lines.remove(at);
    }),
    ("a peer that is complete with holes", plain, Rule::CompleteWhenWhole, |trace| {
        let at = idle(trace);
        let t = trace.number(at - 1, "t");
        trace.lines.insert(at, json!({ "t": t, "ev": "complete", "peer": 2 }));
    }),
];

const MEMBERSHIP: &[Mutant] = &[
    ("a peer that does not join", plain, Rule::JoinOnArrival, |trace| {
        let at = trace.find_send("join_request");
        trace.set(at, "kind", "active_proof_request");
    }),
    ("a Join out of the blue", plain, Rule::JoinOnArrival, |trace| {
        let at = idle(trace);
        trace.insert_send(at, "join_request", 2, 0, json!({}));
    }),
    ("a proof out of turn", plain, Rule::ProofPeriod, |trace| {
        let at = idle(trace);
        trace.insert_send(at, "active_proof_request", 2, 0, json!({}));
    }),
    ("a proof that is a Peer List request", plain, Rule::ListPeriod, |trace| {
        let at = trace.find_send("active_proof_request");
        let by = trace.number(at, "from");
        assert_eq!(by, 1, "the origin, which asks for no list");
        let at = trace.find_from(at + 1, |trace, at| trace.is_send(at, "active_proof_request"));
        trace.set(at, "kind", "peer_list_request");
    }),
    ("a Peer List request out of turn", plain, Rule::ListPeriod, |trace| {
        let at = idle(trace);
        trace.insert_send(at, "peer_list_request", 2, 0, json!({}));
    }),
    ("a query out of turn", plain, Rule::QueryPeriod, |trace| {
        let at = idle(trace);
        trace.insert_send(at, "chunks_query_request", 2, 1, json!({}));
    }),
    ("a neighbor that is asked in another's place", plain, Rule::AsksEachNeighbor, |trace| {
        let pair = |trace: &Traced, at: usize| {
            let query = |at| trace.is_send(at, "chunks_query_request");
            query(at) && query(at + 1) && trace.lines[at]["from"] == trace.lines[at + 1]["from"]
        };
        let at = trace.find(pair);
        let other = trace.lines[at]["to"].clone();
        trace.set(at + 1, "to", other);
    }),
    ("a neighbor too many, of few", samples, Rule::AsksEachNeighbor, |trace| {
        let at = trace.find(|trace, at| {
            trace.is_send(at, "chunks_query_request") && !trace.is_send(at + 1, "chunks_query_request")
        });
        let (by, t) = (trace.number(at, "from"), trace.number(at, "t"));
        let asked = |peer: &u64| {
            trace.lines.iter().any(|line| {
                line["kind"] == "chunks_query_request" && line["from"] == by && line["t"] == t && line["to"] == *peer
            })
        };
        let stranger = (1..=9).find(|peer| *peer != by && !asked(peer)).unwrap();
        trace.insert_send(at + 1, "chunks_query_request", by, stranger, json!({}));
    }),
    ("a request that is given up early", churn, Rule::RequestTimeout, |trace| {
        let at = trace.find(|trace, at| {
            trace.is(at, "timeout") && trace.sending(trace.number(at, "msg"))["kind"] == "peer_list_request"
        });
        let t = trace.number(at, "t") - 1;
        trace.move_to(at, t);
    }),
    ("a request that is given up though it was answered", plain, Rule::RequestTimeout, |trace| {
        let at = idle(trace);
        let (t, msg) = (trace.number(at - 1, "t"), 1);
        trace.lines.insert(at, json!({ "t": t, "ev": "timeout", "msg": msg }));
    }),
    ("a proof by who is no member", plain, Rule::MembersOnly, |trace| {
        let at = trace.find_send("join_request");
        trace.insert_send(at + 1, "active_proof_request", 1, 0, json!({}));
    }),
    ("a Peer List request of the origin", plain, Rule::CompleteAsksNothing, |trace| {
        let at = idle(trace);
        trace.insert_send(at, "peer_list_request", 1, 0, json!({}));
    }),
    ("a query of the origin", plain, Rule::CompleteAsksNothing, |trace| {
        let at = idle(trace);
        trace.insert_send(at, "chunks_query_request", 1, 2, json!({}));
    }),
];

const TRACKER: &[Mutant] = &[
    ("a Join that lists nobody", plain, Rule::ListWhenHandled, |trace| {
        let at = first(trace, "list");
        trace.lines.remove(at);
    }),
    ("an entry without a proof", plain, Rule::ListWhenHandled, |trace| {
        let at = idle(trace);
        let t = trace.number(at - 1, "t");
        trace.lines.insert(at, json!({ "t": t, "ev": "list", "peer": 2, "expires": t + 20_000_000_000 }));
    }),
    ("an entry that lives a nanosecond longer", plain, Rule::ExpiryValue, |trace| {
        let at = trace.find_from(40, |trace, at| trace.is(at, "list"));
        trace.add(at, "expires", 1);
    }),
    ("an entry that is discarded with another expiry", churn, Rule::ExpireAfterExpiry, |trace| {
        let at = first(trace, "expire");
        trace.add(at, "expires", 1);
    }),
    ("an entry that is discarded twice", churn, Rule::ExpireAfterExpiry, |trace| {
        let at = first(trace, "expire");
        trace.lines.insert(at, trace.lines[at].clone());
    }),
    ("an entry that is discarded before its time", plain, Rule::ExpireAfterExpiry, |trace| {
        let t = 5_000_000_000u64;
        let at = trace.find(|trace, at| trace.number(at, "t") >= t);
        let listed = trace.lines[first(trace, "list")].clone();
        trace.lines.insert(
            at,
            json!({ "t": t, "ev": "expire", "peer": listed["peer"], "expires": listed["expires"], "alive": true }),
        );
    }),
    ("an entry that is discarded between sweeps", plain, Rule::ExpireAtSweep, |trace| {
        let at = idle(trace);
        let t = trace.number(at, "t");
        trace.lines.insert(at, json!({ "t": t, "ev": "expire", "peer": 1, "expires": 0, "alive": true }));
    }),
    ("an entry that a sweep overlooks", churn, Rule::SweepLeavesNothing, |trace| {
        let at = first(trace, "expire");
        trace.lines.remove(at);
    }),
    ("a peer that is gone, called alive", churn, Rule::ExpireAlive, |trace| {
        let at = trace.find(|trace, at| trace.is(at, "expire") && trace.lines[at]["alive"] == false);
        trace.set(at, "alive", true);
    }),
    ("a tracker that hears in an outage", churn, Rule::OutageSilence, |trace| {
        let at = trace.find(|trace, at| lost(trace, at, "outage"));
        let msg = trace.number(at, "msg");
        let t = trace.number(at, "t");
        trace.lines[at] = json!({ "t": t, "ev": "deliver", "msg": msg });
    }),
    ("a list that names its asker", plain, Rule::ListNamesListed, |trace| {
        let at = trace.find_send("peer_list_response");
        let asker = trace.lines[at]["to"].clone();
        trace.lines[at]["peers"][0] = asker;
    }),
    ("a list that names a peer twice", plain, Rule::ListNamesListed, |trace| {
        let at = trace.find_send("peer_list_response");
        trace.lines[at]["peers"][0] = trace.lines[at]["peers"][1].clone();
    }),
    ("a list that leaves one out", plain, Rule::ListSize, |trace| {
        let at = trace.find_send("peer_list_response");
        trace.lines[at]["peers"].as_array_mut().unwrap().pop();
    }),
    ("a sample that is too small", samples, Rule::ListSize, |trace| {
        let at = trace.find(|trace, at| {
            trace.is(at, "send") && trace.lines[at]["peers"].as_array().is_some_and(|peers| peers.len() == 3)
        });
        trace.lines[at]["peers"].as_array_mut().unwrap().pop();
    }),
];

const MESSAGES: &[Mutant] = &[
    ("a message that is delivered twice", plain, Rule::EndsOnce, |trace| {
        let at = delivery(trace, "chunks_query_response");
        trace.lines.insert(at + 1, trace.lines[at].clone());
    }),
    ("a message that was never sent", plain, Rule::EndsOnce, |trace| {
        let at = delivery(trace, "chunks_query_response");
        trace.set(at, "msg", 1_000_000);
    }),
    ("an answer of another kind", plain, Rule::AnswerNamesRequest, |trace| {
        let at = trace.find_send("join_response");
        trace.set(at, "kind", "peer_list_response");
    }),
    ("an answer to another", plain, Rule::AnswerNamesRequest, |trace| {
        let at = trace.find_send("chunks_query_response");
        let other = if trace.number(at, "to") == 2 { 3 } else { 2 };
        trace.set(at, "to", other);
    }),
    ("an answer to an Active Proof", plain, Rule::AnswerNamesRequest, |trace| {
        let at = delivery(trace, "active_proof_request");
        let (msg, by) = (trace.number(at, "msg"), trace.sending(trace.number(at, "msg"))["from"].clone());
        trace.insert_send(at + 2, "peer_list_response", 0, by.as_u64().unwrap(), json!({ "re": msg, "peers": [] }));
    }),
    ("an answer to what was not asked just now", plain, Rule::AnsweredAtOnce, |trace| {
        let at = trace.find_send("chunks_query_response");
        trace.add(at, "re", -1);
    }),
    ("a message that arrives at once", plain, Rule::MessageLatency, |trace| {
        let at = delivery(trace, "chunks_query_response");
        let sent = trace.sending(trace.number(at, "msg"))["t"].as_u64().unwrap();
        trace.move_to(at, sent);
    }),
    ("a message that arrives a nanosecond late", plain, Rule::ArrivesAtAll, |trace| {
        let at =
            trace.find(|trace, at| trace.is_delivery(at, "chunks_query_response") && begins_instant(trace, at + 1));
        let t = trace.number(at, "t") + 1;
        trace.move_to(at, t);
    }),
    ("a message that vanishes", plain, Rule::ArrivesAtAll, |trace| {
        let at =
            trace.find(|trace, at| trace.is_delivery(at, "chunks_query_response") && begins_instant(trace, at + 1));
        trace.lines.remove(at);
    }),
    ("two messages in the wrong order", plain, Rule::InstantOrder, |trace| {
        let pair = |trace: &Traced, at: usize| {
            let is = |at| trace.is_delivery(at, "chunks_query_response");
            is(at) && is(at + 1) && trace.lines[at]["t"] == trace.lines[at + 1]["t"]
        };
        let at = trace.find(pair);
        trace.lines.swap(at, at + 1);
    }),
    ("a loss where nothing is lost", plain, Rule::LossByChance, |trace| {
        let at = trace.find_send("active_proof_request");
        let (t, msg) = (trace.number(at, "t"), trace.number(at, "msg"));
        trace.lines.insert(at + 1, json!({ "t": t, "ev": "lose", "msg": msg, "why": "loss" }));
    }),
    ("a fetch that is lost by chance", churn, Rule::LossByChance, |trace| {
        let at = trace.find_send("fetch_chunk_request");
        let (t, msg) = (trace.number(at, "t"), trace.number(at, "msg"));
        trace.lines.insert(at + 1, json!({ "t": t, "ev": "lose", "msg": msg, "why": "loss" }));
    }),
    ("a message to who is there, lost to the departed", plain, Rule::LostToDeparted, |trace| {
        let at = delivery(trace, "chunks_query_response");
        trace.set(at, "ev", "lose");
        trace.set(at, "why", "departed");
    }),
    ("a message that reaches who is gone", churn, Rule::LostToDeparted, |trace| {
        let at = trace.find(|trace, at| lost_kind(trace, at, "departed", "chunks_query_request"));
        let (t, msg) = (trace.number(at, "t"), trace.number(at, "msg"));
        trace.lines[at] = json!({ "t": t, "ev": "deliver", "msg": msg });
    }),
    ("an outage where there is none", churn, Rule::LostInOutage, |trace| {
        let at = trace.find(|trace, at| lost_kind(trace, at, "departed", "chunks_query_request"));
        trace.set(at, "why", "outage");
    }),
    ("a partition where there is none", churn, Rule::LostInPartition, |trace| {
        let at = trace.find(|trace, at| lost_kind(trace, at, "departed", "chunks_query_request"));
        trace.set(at, "why", "partition");
    }),
];

const FETCHES: &[Mutant] = &[
    ("a peer that boasts", plain, Rule::CountTrue, |trace| {
        let at = trace.find(|trace, at| trace.is_send(at, "chunks_query_response") && trace.number(at, "from") != 1);
        trace.add(at, "count", 1);
    }),
    ("a fetch of what nobody told of", plain, Rule::AsksForKnown, |trace| {
        let at = fetch_from_home(trace);
        let (by, from) = (trace.number(at, "from"), trace.number(at, "to"));
        let theirs = trace.held_before(at, from);
        let own = trace.held_before(at, by);
        let fetching = trace.fetching_before(at, by);
        let chunk = (0..10).find(|chunk| {
            !theirs.contains(chunk) && !own.contains(chunk) && fetching.iter().all(|fetch| fetch.1 != *chunk)
        });
        trace.set(at, "chunk", chunk.expect("there is such a chunk"));
    }),
    ("a fetch from a stranger", plain, Rule::AsksNeighbors, |trace| {
        let at = trace.find_send("fetch_chunk_request");
        trace.set(at, "to", 99);
    }),
    ("a fetch from who has just failed", churn, Rule::FailedRests, |trace| {
        let at = trace.find(|trace, at| {
            trace.is(at, "timeout") && trace.sending(trace.number(at, "msg"))["kind"] == "fetch_chunk_request"
        });
        let sent = trace.sending(trace.number(at, "msg"));
        let [by, from, chunk] = ["from", "to", "chunk"].map(|key| sent[key].as_u64().unwrap());
        insert_fetch(trace, at + 1, by, from, chunk);
    }),
    ("a fetch of what is there", plain, Rule::AsksForLacking, |trace| {
        let at = trace.find(|trace, at| {
            trace.is_send(at, "fetch_chunk_request") && !trace.held_before(at, trace.number(at, "from")).is_empty()
        });
        let held = trace.held_before(at, trace.number(at, "from"))[0];
        trace.set(at, "chunk", held);
    }),
    ("a fetch of what the file has not", plain, Rule::AsksForLacking, |trace| {
        let at = trace.find_send("fetch_chunk_request");
        trace.set(at, "chunk", 10);
    }),
    ("a second fetch of a chunk", plain, Rule::NoDoubleFetch, |trace| {
        let at = fetch_from_home(trace);
        let (by, chunk) = (trace.number(at, "from"), trace.number(at, "chunk"));
        insert_fetch(trace, at + 1, by, 1, chunk);
    }),
    ("the same fetch twice", endgame, Rule::SameNeighborOnce, |trace| {
        let at = (1..trace.lines.len()).rev().find(|&at| trace.is_send(at, "fetch_chunk_request")).unwrap();
        let [by, from, chunk] = ["from", "to", "chunk"].map(|key| trace.number(at, key));
        insert_fetch(trace, at + 1, by, from, chunk);
    }),
    ("one fetch too many", plain, Rule::ParallelFetches, |trace| one_more_fetch(trace, |all, _| all > 3)),
    ("one fetch too many from one", plain, Rule::FetchesPerNeighbor, |trace| {
        one_more_fetch(trace, |all, with_origin| all <= 3 && with_origin == 2);
    }),
    ("a fetch that is given up early", churn, Rule::FetchGivesUp, |trace| {
        let at = trace.find(|trace, at| {
            trace.is(at, "timeout") && trace.sending(trace.number(at, "msg"))["kind"] == "fetch_chunk_request"
        });
        let t = trace.number(at, "t") - 1;
        trace.move_to(at, t);
    }),
    ("a query that is given up early", samples, Rule::QueryGivesUp, |trace| {
        let at = trace.find(|trace, at| {
            trace.is(at, "timeout") && trace.sending(trace.number(at, "msg"))["kind"] == "chunks_query_request"
        });
        let t = trace.number(at, "t") - 1;
        trace.move_to(at, t);
    }),
];

const TRANSFERS: &[Mutant] = &[
    ("a chunk from who lacks it", plain, Rule::HeldBeforeUpload, |trace| {
        let at = trace.find(|trace, at| trace.is_send(at, "fetch_chunk_response") && trace.number(at, "from") != 1);
        let held = trace.held_before(at, trace.number(at, "from"));
        trace.set(at, "chunk", (0..10).find(|chunk| !held.contains(chunk)).unwrap());
    }),
    ("another chunk than was asked for", plain, Rule::ChunkAskedFor, |trace| {
        let at = trace.find_send("fetch_chunk_response");
        let other = (trace.number(at, "chunk") + 1) % 10;
        trace.set(at, "chunk", other);
    }),
    ("a chunk that is too short", plain, Rule::ChunkAskedFor, |trace| {
        let at = trace.find_send("fetch_chunk_response");
        trace.add(at, "bytes", -1);
    }),
    ("more bytes than the chunk has", plain, Rule::UploadOfTransfer, |trace| {
        let at = first(trace, "upload");
        trace.add(at, "bytes", 1);
    }),
    ("an upload that is told twice", plain, Rule::UploadOfTransfer, |trace| {
        let at = first(trace, "upload");
        trace.lines.insert(at + 1, trace.lines[at].clone());
    }),
    ("an upload to another", plain, Rule::UploadOfTransfer, |trace| {
        let at = first(trace, "upload");
        let other = if trace.number(at, "to") == 2 { 3 } else { 2 };
        trace.set(at, "to", other);
    }),
    ("an upload that starts late", plain, Rule::UplinkTiming, |trace| {
        let at = first(trace, "upload");
        trace.add(at, "start", 1);
    }),
    ("an upload without contention that starts late", endgame, Rule::UplinkTiming, |trace| {
        let at = first(trace, "upload");
        trace.add(at, "start", 1);
    }),
    ("an upload that jumps the queue", plain, Rule::UplinkTiming, |trace| {
        let at = first(trace, "upload");
        let from = trace.number(at, "from");
        let next = trace.find_from(at + 1, |trace, at| trace.is(at, "upload") && trace.lines[at]["from"] == from);
        for key in ["msg", "to"] {
            let other = trace.lines[next][key].clone();
            trace.set(at, key, other);
        }
    }),
    ("an upload by shares that starts late", shared, Rule::FairShare, |trace| {
        let at = first(trace, "upload");
        trace.add(at, "start", 1);
    }),
    ("an uplink that is too fast", plain, Rule::LinkCapacity, |trace| {
        let at = first(trace, "upload");
        let t = trace.number(at, "t") - 500_000_000;
        trace.set(at, "end", t);
        trace.move_to(at, t);
    }),
    ("a shared uplink that is too fast", shared, Rule::LinkCapacity, |trace| {
        let at = first(trace, "upload");
        let t = trace.number(at, "start") + 500_000_000;
        trace.set(at, "end", t);
        trace.move_to(at, t);
    }),
    ("a chunk that is there a nanosecond early", plain, Rule::ChunkTiming, |trace| {
        let at = delivery(trace, "fetch_chunk_response");
        trace.add(at, "t", -1);
        trace.add(at + 1, "t", -1);
    }),
    ("a chunk that overtakes another", narrow, Rule::DownlinkOrder, |trace| {
        // Where the last bytes of two chunks have come to a peer, the later is said to pass first.
        let at =
            trace.find(|trace, at| trace.is_delivery(at, "fetch_chunk_response") && later_upload(trace, at).is_some());
        let other = later_upload(trace, at).unwrap();
        let chunk = trace.sending(other)["chunk"].clone();
        let from = trace.sending(other)["from"].clone();
        trace.set(at, "msg", other);
        trace.set(at + 1, "chunk", chunk);
        trace.set(at + 1, "from", from);
    }),
    ("a chunk that never left", plain, Rule::WholeBeforeArrival, |trace| {
        let at = first(trace, "upload");
        trace.lines.remove(at);
    }),
    ("a chunk that is not acquired", plain, Rule::AcquireOnArrival, |trace| {
        let at = first(trace, "acquire");
        trace.lines.remove(at);
    }),
    ("a chunk out of the blue", plain, Rule::AcquireOnArrival, |trace| {
        let at = idle(trace);
        let t = trace.number(at - 1, "t");
        trace.lines.insert(at, json!({ "t": t, "ev": "acquire", "peer": 2, "chunk": 0, "from": 1 }));
    }),
    ("a chunk that came from another", plain, Rule::Provenance, |trace| {
        let at = first(trace, "acquire");
        let other = if trace.number(at, "peer") == 2 { 3 } else { 2 };
        trace.set(at, "from", other);
    }),
    ("a cut without a cause", plain, Rule::CutHasCause, |trace| {
        let at = trace.find_send("fetch_chunk_response");
        let (t, msg) = (trace.number(at, "t"), trace.number(at, "msg"));
        trace.lines.insert(at + 1, json!({ "t": t, "ev": "cut", "msg": msg }));
    }),
    ("a query that is cut", plain, Rule::CutHasCause, |trace| {
        let at = delivery(trace, "chunks_query_response");
        trace.set(at, "ev", "cut");
    }),
    ("a cut that is noticed early", churn, Rule::CutTiming, |trace| {
        let at = trace.find(|trace, at| trace.is(at, "cut") && !trace.is(at - 1, "upload"));
        let t = trace.number(at, "t") - 1;
        trace.move_to(at, t);
    }),
    ("a cut that nobody notices", churn, Rule::CutTiming, |trace| {
        let at =
            trace.find(|trace, at| trace.is(at, "cut") && !trace.is(at - 1, "upload") && begins_instant(trace, at + 1));
        trace.lines.remove(at);
    }),
    ("bytes that are on their way and were never sent", churn, Rule::BytesConserved, |trace| {
        nudge(trace, &["network", "in_flight_bytes"]);
    }),
];

/// A chunk on its way to the receiver of that which line `at` delivers, whose upload was over before, but later.
fn later_upload(trace: &Traced, at: usize) -> Option<u64> {
    let (msg, receiver) = (trace.number(at, "msg"), to(trace, at));
    let ends = |msg: u64| {
        let told = trace.lines[..at].iter().find(|line| line["ev"] == "upload" && line["msg"] == msg)?;
        told["end"].as_u64()
    };
    let end = ends(msg)?;
    let before = trace.lines[..at].iter().filter(|line| line["ev"] == "upload" && line["to"] == receiver);
    let mut later = before.filter_map(|line| line["msg"].as_u64()).filter(|&other| {
        let delivered = trace.lines[..at].iter().any(|line| line["ev"] == "deliver" && line["msg"] == other);
        other != msg && !delivered && ends(other) > Some(end)
    });
    later.next_back()
}

/// What the check says of a mutant first.
fn verdict(trace: &Traced) -> Result<(), (Rule, String)> {
    match trace.check() {
        Ok(report) => match report.violations().first() {
            Some(first) => Err((first.rule, report.complaints("trace"))),
            None => Ok(()),
        },
        Err(Refusal::NoTrace { rule, line, found }) => Err((rule, format!("{line}: {found}"))),
        Err(Refusal::Io(error)) => panic!("{error}"),
    }
}

#[test]
fn each_mutant_is_named_by_the_invariant_that_guards_it() {
    let mut runs: Vec<(Value, Traced)> = Vec::new();
    let mut killed: BTreeMap<Rule, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    let all = [FORM, PEERS, MEMBERSHIP, TRACKER, MESSAGES, FETCHES, TRANSFERS, FIGURES, PHYSICS].concat();
    for &(what, base, rule, change) in &all {
        let scenario = base();
        let known = runs.iter().position(|run| run.0 == scenario).unwrap_or_else(|| {
            runs.push((scenario.clone(), Traced::run(&scenario)));
            runs.len() - 1
        });
        let mut trace = runs[known].1.clone();
        let changed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| change(&mut trace)));
        *killed.entry(rule).or_default() += 1;
        let expected = rule.invariant();
        match verdict(&trace) {
            _ if changed.is_err() => wrong.push(format!("{what}: {expected}: the mutant cannot be made")),
            Err((named, _)) if named == rule => {}
            Err((_, found)) => {
                wrong.push(format!("{what}: {expected} is right; found: {}", &found[..found.len().min(600)]))
            }
            Ok(()) => wrong.push(format!("{what}: {expected} is right; nothing was found")),
        }
    }
    for invariant in INVARIANTS.iter().filter(|invariant| !killed.contains_key(&invariant.rule)) {
        wrong.push(format!("{invariant}: no mutant breaks it"));
    }
    assert!(wrong.is_empty(), "{} of {} mutants:\n{}", wrong.len(), all.len(), wrong.join("\n\n"));
    assert!(all.len() >= 100, "{} mutants", all.len());
}
