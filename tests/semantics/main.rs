//! The rules of the protocol, each in a small scenario that is followed record by record, and in random ones.

#[path = "../common/mod.rs"]
mod common;

mod checker;
mod churn;
mod cutting;
mod dozens;
mod extremes;
mod faults;
mod knowledge;
mod links;
mod membership;
mod parts;
mod places;
mod random;
mod streams;
mod traces;
