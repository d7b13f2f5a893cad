//! The invariants: what must hold in every trace, each with a number and a name that stay.

use std::fmt;

/// What an invariant is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// The file: where it breaks, nothing after can be read, and the file is no trace.
    Form,
    /// Peers that come and go.
    Peers,
    /// What peers send to the tracker, and when they ask their neighbors.
    Membership,
    /// The tracker's list.
    Tracker,
    /// Messages on their way.
    Messages,
    /// What peers know of each other, and what they ask for.
    Fetches,
    /// Chunks on links.
    Transfers,
    /// The run's end.
    End,
    /// Figures and tables beside the trace.
    Figures,
}

impl Area {
    /// The area's name, as a heading.
    pub fn name(self) -> &'static str {
        match self {
            Area::Form => "Form",
            Area::Peers => "Peers",
            Area::Membership => "Membership",
            Area::Tracker => "Tracker",
            Area::Messages => "Messages",
            Area::Fetches => "Knowledge and fetches",
            Area::Transfers => "Transfers",
            Area::End => "End",
            Area::Figures => "Figures",
        }
    }
}

/// An invariant, and the sentence that it guards.
#[derive(Clone, Copy, Debug)]
pub struct Invariant {
    /// Which.
    pub rule: Rule,
    /// Its number; never given to another.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub area: Area,
    /// What must hold.
    pub sentence: &'static str,
}

/// As it is named in messages: `I17 query-period`.
impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "I{:02} {}", self.number, self.name)
    }
}

macro_rules! invariants {
    ($($number:literal $rule:ident $name:literal $area:ident $sentence:literal;)*) => {
        /// The invariants' names in the code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the sentence of each says what it is")]
        pub enum Rule { $($rule),* }

        /// All invariants, by number.
        pub const INVARIANTS: &[Invariant] = &[
            $(Invariant { rule: Rule::$rule, number: $number, name: $name, area: Area::$area, sentence: $sentence }),*
        ];
    };
}

impl Rule {
    /// The invariant.
    pub fn invariant(self) -> &'static Invariant {
        &INVARIANTS[self as usize]
    }
}

invariants! {
    1 LineForm "line-form" Form "Each line is one JSON object of a known kind with exactly that kind's fields, and numbers are whole.";
    2 HeaderFirst "header-first" Form "The first line is the header, of a layout that is known, and no other line is one.";
    3 HeaderOfScenario "header-of-scenario" Form "The header has the scenario's digest, seed, file, chunks, entry lifetime and sweep interval.";
    4 TimeOrder "time-order" Form "Time never falls from one line to the next, and no line is past the largest virtual time.";
    5 MessageNumbers "message-numbers" Form "Messages are numbered 1, 2, 3, … in the order in which they are sent.";
    6 StopLast "stop-last" Form "The last line says why the run stopped; nothing comes after it, and nothing is cut off.";

    7 ArrivalOnSchedule "arrival-on-schedule" Peers "Peers 1, 2, 3, … arrive first at the instants, and of the groups, that scenario and seed say, and all of them do.";
    8 InitialChunks "initial-chunks" Peers "A peer begins with what its group begins with; coming back, with what it kept, or with nothing.";
    9 HereOrGone "here-or-gone" Peers "Only who is not there arrives, and only who is there leaves.";
    10 SessionLength "session-length" Peers "A session ends exactly when its recorded or drawn length is over, or when the peer is drawn among many that leave at once, and else never.";
    11 LingerLength "linger-length" Peers "A peer that completed leaves at once, after its drawn time, or not at all, as its group does after completion.";
    12 ReturnOnSchedule "return-on-schedule" Peers "A peer comes back if and when its draws say so, and with its number.";
    13 SilentDeparture "silent-departure" Peers "Who is not there sends nothing and gives nothing up.";
    14 CompleteWhenWhole "complete-when-whole" Peers "A peer is complete at the instant it acquires the last chunk that it lacked, once, and never before.";

    15 JoinOnArrival "join-on-arrival" Membership "A peer sends a Join in the instant it arrives, and again only when one was given up.";
    16 ProofPeriod "proof-period" Membership "A member sends an Active Proof at each whole multiple of the interval after its Join was answered, and at no other time.";
    17 ListPeriod "list-period" Membership "An incomplete member asks for the list at each whole multiple of the interval after its Join was answered, and else only when such a request was given up.";
    18 QueryPeriod "query-period" Membership "An incomplete member asks its neighbors when its Join is answered and at each whole multiple of the interval after that, and at no other time.";
    19 AsksEachNeighbor "asks-each-neighbor" Membership "A round of Chunks Queries asks each neighbor once and nobody else; who the neighbors are follows from the lists that the peer got.";
    20 RequestTimeout "request-timeout" Membership "A Join or Peer List request is given up exactly when it has waited for the timeout without an answer, and then sent again at once.";
    21 MembersOnly "members-only" Membership "Only a member sends Active Proofs, Peer List requests, Chunks Queries and fetches.";
    22 CompleteAsksNothing "complete-asks-nothing" Membership "A complete peer sends no Peer List requests, Chunks Queries or fetches.";

    23 ListWhenHandled "list-when-handled" Tracker "Each Join and Active Proof that the tracker hears lists its sender at once (a late proof where the scenario readmits), and nothing else lists anyone.";
    24 ExpiryValue "expiry-value" Tracker "An entry expires its lifetime after the last Join or Active Proof was handled.";
    25 ExpireAfterExpiry "expire-after-expiry" Tracker "Only an entry that is listed is discarded, with the expiry it had, strictly after it.";
    26 ExpireAtSweep "expire-at-sweep" Tracker "Entries are discarded at whole multiples of the sweep interval only.";
    27 SweepLeavesNothing "sweep-leaves-nothing" Tracker "No entry that is due is left after a sweep.";
    28 ExpireAlive "expire-alive" Tracker "A discarded entry is told as alive if its peer is there.";
    29 OutageSilence "outage-silence" Tracker "In an outage the tracker hears nothing and discards nothing.";
    30 ListNamesListed "list-names-listed" Tracker "A list names peers that are listed, each once, and not the asker.";
    31 ListSize "list-size" Tracker "A list names everyone listed but the asker, or as many as the scenario allows.";

    32 EndsOnce "ends-once" Messages "Only a message that is on its way is delivered, lost or cut, so each ends once.";
    33 AnswerNamesRequest "answer-names-request" Messages "An answer is of the kind that its request asks for, goes the other way, and answers what has just arrived; an Active Proof is not answered.";
    34 AnsweredAtOnce "answered-at-once" Messages "Each Join, Peer List, Chunks Query and Fetch request that is heard is answered at once.";
    35 MessageLatency "message-latency" Messages "A message arrives the latency of its two ends, plus what jitter may add, after it was sent.";
    36 ArrivesAtAll "arrives-at-all" Messages "No message stays on its way for longer than it can take.";
    37 InstantOrder "instant-order" Messages "Within an instant sweeps come first, and messages by the number of their sender, then by when they were sent; an answer to a query comes as its asker's, after the query.";
    38 LossByChance "loss-by-chance" Messages "Only where, and while, the scenario has losses is a message lost by chance, in the instant it is sent, and never a fetch.";
    39 LostToDeparted "lost-to-departed" Messages "A message reaches its receiver if that is there and has not left since; else it is lost to the departed.";
    40 LostInOutage "lost-in-outage" Messages "Only what reaches the tracker in an outage is lost to it.";
    41 LostInPartition "lost-in-partition" Messages "A message is lost to a partition in the instant it is sent, if its two ends are parted then, and only then; no such message gets there.";

    42 CountTrue "count-true" Fetches "The answer to a Chunks Query tells how many chunks its sender holds at that instant.";
    43 AsksForKnown "asks-for-known" Fetches "A peer asks a neighbor only for a chunk that the neighbor's latest answer had; an answer does not count that comes when its sender has dropped what it tells of.";
    44 AsksNeighbors "asks-neighbors" Fetches "A peer asks only a neighbor for a chunk.";
    45 FailedRests "failed-rests" Fetches "After a request to it has failed, a neighbor is asked for chunks only when it has answered a query again.";
    46 AsksForLacking "asks-for-lacking" Fetches "A peer asks only for a chunk that the file has and that it lacks.";
    47 NoDoubleFetch "no-double-fetch" Fetches "A peer asks only for a chunk that it is not fetching; in the endgame, when all that it lacks is under way, for any.";
    48 SameNeighborOnce "same-neighbor-once" Fetches "A peer never has two fetches of one chunk from the same neighbor.";
    49 ParallelFetches "parallel-fetches" Fetches "A peer has at most so many fetches under way.";
    50 FetchesPerNeighbor "fetches-per-neighbor" Fetches "A peer has at most so many fetches under way with one neighbor.";
    51 FetchGivesUp "fetch-gives-up" Fetches "A fetch request that reached nobody is given up when failure detection says so, and no other is.";
    52 QueryGivesUp "query-gives-up" Fetches "A Chunks Query that failed is given up after the timeout where lists are samples, if the neighbor still is one; and no other is.";

    53 HeldBeforeUpload "held-before-upload" Transfers "A peer sends only a chunk that it holds.";
    54 ChunkAskedFor "chunk-asked-for" Transfers "The chunk sent is the one asked for, and has its size; the last may be shorter.";
    55 UploadOfTransfer "upload-of-transfer" Transfers "An upload belongs to a chunk on its way, between the same peers, once; it begins when or after the chunk was asked for, ends now, and has no more bytes than the chunk.";
    56 UplinkTiming "uplink-timing" Transfers "With `fifo` an upload starts when it was asked for and the uplink is free, in order, and takes its bytes over the capacity; with `none` at once, over the slower link.";
    57 FairShare "fair-share" Transfers "With `equal-share` an upload gets, at each instant, the smallest of its shares of both links and its limit, to the nanosecond; with `max-min` it begins at once and gets no less, and no more than the slowest link on its way or its limit (its exact end is not computed again).";
    58 LinkCapacity "link-capacity" Transfers "No link, backbones included, carries more than its capacity, as faults leave it, over any time for which it is busy.";
    59 ChunkTiming "chunk-timing" Transfers "A chunk is there when its last byte has come and, with `fifo`, has passed the downlink.";
    60 DownlinkOrder "downlink-order" Transfers "With `fifo` a downlink takes chunks in the order in which their last bytes come.";
    61 WholeBeforeArrival "whole-before-arrival" Transfers "A chunk arrives only after all of its bytes have left the uplink.";
    62 AcquireOnArrival "acquire-on-arrival" Transfers "A chunk that arrives is acquired at once if its receiver lacks it, and nothing else is acquired.";
    63 Provenance "provenance" Transfers "Every chunk acquired came from the peer named, and so back to one that began with it.";
    64 CutHasCause "cut-has-cause" Transfers "Only a transfer of which one side left, or whose sides were parted, is cut, or has fewer bytes sent than the chunk has.";
    65 CutTiming "cut-timing" Transfers "The side that is left notices when failure detection says so.";
    66 BytesConserved "bytes-conserved" Transfers "The bytes that left uplinks are those acquired, wasted and on their way at the end.";

    67 StopReason "stop-reason" End "The reason given for the stop is the scenario's, and true.";
    68 StopAtOnce "stop-at-once" End "The run stops in the instant in which its condition is met, and at the last instant at the latest.";

    69 SummaryRun "summary-run" Figures "`summary.json` names the run and its end as scenario and trace do.";
    70 SummaryRequests "summary-requests" Figures "Requests sent, answered and lost are those of the trace.";
    71 SummaryPeers "summary-peers" Figures "Peers arrived, completed, gone and still downloading are those of the trace.";
    72 SummaryCompletion "summary-completion" Figures "Download times, waits for the last chunk, start-up delays of playback, makespan, bound and ratio follow from the trace, to the last digit.";
    73 SummaryExpiry "summary-expiry" Figures "Expiries, lags, and the means of listed and stale follow from the trace, to the last digit.";
    74 SummaryNetwork "summary-network" Figures "Bytes and utilization follow from the trace, to the last digit.";
    75 SummaryChunks "summary-chunks" Figures "Chunks transferred, duplicate and cut are those of the trace.";
    76 SummaryAvailability "summary-availability" Figures "Copies, entropy and the peers that lack the same last chunk follow from the trace, to the last digit.";
    77 PeersTable "peers-table" Figures "`peers.csv` has a row for each session, and each cell follows from the trace.";
    78 ExpiriesTable "expiries-table" Figures "`expiries.csv` has a row for each entry that ended, and each cell follows from the trace.";
    79 TimeseriesTable "timeseries-table" Figures "`timeseries.csv` has a row for each sample interval and one for the end, and each cell follows from the trace, to the last digit (with `max-min`, a rate of uploads that are under way at the end lies between its bounds).";
    80 AvailabilityTable "availability-table" Figures "`availability.csv` has the copies of each range of chunks at its instants, and each cell follows from the trace, to the last digit.";
    81 SummaryLoad "summary-load" Figures "The shares of uplinks with nothing to send, by cause, and the tracker's requests a second follow from the trace, to the last digit.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_names_differ() {
        for (place, invariant) in INVARIANTS.iter().enumerate() {
            assert_eq!(usize::from(invariant.number), place + 1);
            assert_eq!(invariant.rule.invariant().number, invariant.number);
            assert!(INVARIANTS[..place].iter().all(|other| other.name != invariant.name), "{invariant}");
        }
        assert_eq!(Rule::ExpireAtSweep.invariant().to_string(), "I26 expire-at-sweep");
    }
}
