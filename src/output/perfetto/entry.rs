//! A line of a trace, as far as an export needs it.

use serde::Deserialize;
use std::borrow::Cow;

/// A line; which fields are there depends on `ev`.
#[derive(Debug, Deserialize)]
pub(super) struct Entry<'l> {
    #[serde(borrow)]
    pub ev: Cow<'l, str>,
    pub t: Option<u64>,
    pub msg: Option<u64>,
    #[serde(borrow)]
    pub kind: Option<Cow<'l, str>>,
    pub from: Option<u32>,
    pub to: Option<u32>,
    pub re: Option<u64>,
    pub peer: Option<u32>,
    pub chunk: Option<u32>,
    pub bytes: Option<u64>,
    #[serde(borrow)]
    pub group: Option<Cow<'l, str>>,
    #[serde(borrow)]
    pub chunks: Option<Chunks<'l>>,
    #[serde(borrow)]
    pub why: Option<Cow<'l, str>>,
    pub alive: Option<bool>,
    pub schema: Option<u64>,
    pub seed: Option<u64>,
    #[serde(borrow)]
    pub scenario: Option<Cow<'l, str>>,
    #[serde(borrow)]
    pub swarmsim: Option<Cow<'l, str>>,
}

/// In the header how many there are; where a peer arrives, what it holds.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Chunks<'l> {
    Number(u32),
    #[serde(borrow)]
    Word(Cow<'l, str>),
    List(Vec<u32>),
}

/// A field that must be there.
pub(super) fn field<T>(value: Option<T>, name: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("has no valid \"{name}\""))
}
