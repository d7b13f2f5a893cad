//! The laws, a file a subject.

mod bounds;
mod chunks;
mod churn;
mod links;
mod open;
mod order;
mod queues;
mod tracker;

use crate::oracle::{Effort, Oracle};

/// A law: what is simulated at an effort, compared.
pub type Law = fn(Effort) -> Oracle;

/// All laws, under the stems of their plots.
pub const ALL: &[(&str, Law)] = &[
    ("kumar-ross", bounds::kumar_ross),
    ("client-server", links::client_server),
    ("whole-chunks", bounds::whole_chunks),
    ("pipelining", links::pipelining),
    ("max-min", links::max_min),
    ("fluid", links::fluid),
    ("uplink-queue", queues::uplink),
    ("population", churn::population),
    ("identities", churn::identities),
    ("detection-lag", tracker::detection_lag),
    ("strict-expiry", tracker::strict_expiry),
    ("ghosts", tracker::ghosts),
    ("false-expiries", tracker::false_expiries),
    ("open-swarm", open::open_swarm),
    ("order-of-strategies", order::order_of_strategies),
    ("missing-piece", open::missing_chunk),
    ("two-classes", bounds::two_classes),
    ("doubling", bounds::doubling),
    ("transient", churn::transient),
    ("busy-periods", churn::busy_periods),
    ("last-of-n", churn::last_of_n),
    ("little", queues::little),
    ("lost-proofs", tracker::lost_proofs),
    ("first-chunks", chunks::first_chunks),
    ("union-of-parts", chunks::union_of_parts),
    ("star", links::star),
    ("join-retries", tracker::join_retries),
    ("abandoned", churn::abandoned),
    ("idle-seeds", chunks::idle_seeds),
    ("arrivals", churn::arrivals),
    ("sampled-lists", tracker::sampled_lists),
];
