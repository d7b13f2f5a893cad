//! stub
/// How transfers share links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Latency plus size over the slower of the two links; no contention.
    None,
    /// Each link serves whole chunks in order of arrival.
    Fifo,
    /// A transfer gets the smaller of its uplink's and its downlink's equal share.
    EqualShare,
}
