//! The rows of `timeseries.csv` and `availability.csv`.

use super::copies::Copies;
use crate::output::tables::{CopiesRow, Seconds, TimeRow};
use crate::sim::NANOS_PER_SECOND;

/// The most ranges of chunks, and fewer instants than these, that the table of copies has.
const MOST_RANGES: usize = 64;
const TOO_MANY_INSTANTS: usize = 240;

/// What is counted at an instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub present: u32,
    pub seeders: u32,
    pub completed: u32,
    pub listed: u32,
    pub stale: u32,
    /// The most peers that lack the same chunk and no other.
    pub one_club: u32,
    /// The five requests sent so far.
    pub sent: [u64; 5],
    pub uplinks: Uplinks,
}

/// What the uplinks that are looked at have to do: how many these are, and how many have nothing to send, by cause.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uplinks {
    pub sampled: u32,
    pub idle: [u32; 5],
    /// Whether the trace tells which cause it is.
    pub certain: bool,
}

/// An upload that is under way when the run ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub from: u32,
    pub msg: u64,
    pub start: u64,
    /// Bytes that have left, at least and at most.
    pub bytes: (u64, u64),
}

/// Samples at each whole multiple of an interval, and one at the end.
#[derive(Debug)]
pub(super) struct Samples {
    interval: u64,
    /// No sample is later.
    last: u64,
    pub rows: Vec<TimeRow>,
    /// Copies by range, at every `stride`-th sample.
    pub copies: Vec<CopiesRow>,
    stride: usize,
    sent: [u64; 5],
    /// Whether all samples tell for certain why uplinks are idle.
    pub certain: bool,
    /// By sample: the rates of the uploads that were under way then, at least and at most; and the uploads open at the end.
    rates: Vec<(f64, f64)>,
    open: Vec<Open>,
}

impl Samples {
    pub fn new(interval: u64, last: u64) -> Samples {
        Samples {
            interval: interval.max(1),
            last,
            rows: Vec::new(),
            copies: Vec::new(),
            stride: 1,
            sent: [0; 5],
            certain: true,
            rates: Vec::new(),
            open: Vec::new(),
        }
    }

    /// The next instant before `now` for which there is no sample yet.
    pub fn due_before(&self, now: u64) -> Option<u64> {
        let next = (self.rows.len() as u64).checked_add(1)?.checked_mul(self.interval)?;
        (next < now && next <= self.last).then_some(next)
    }

    pub fn take(&mut self, at: u64, counts: Counts, copies: &Copies) {
        if self.rows.len() % self.stride == 0 {
            self.keep_copies(at, copies);
        }
        let (min_copies, mean_copies) = least_and_mean(copies.all());
        let Counts { present, seeders, completed, listed, stale, one_club, sent, uplinks } = counts;
        let [nothing_wanted, stale_knowledge, queued_elsewhere, nobody_asks, on_the_way] = uplinks.idle;
        self.certain &= uplinks.certain;
        let [join, active_proof, peer_list, chunks_query, fetch_chunk] =
            std::array::from_fn(|request| sent[request].saturating_sub(self.sent[request]));
        self.sent = sent;
        self.rows.push(TimeRow {
            time_s: Seconds(at),
            present,
            leechers: present.saturating_sub(seeders),
            seeders,
            completed,
            listed,
            stale_listed: stale,
            uploading_bytes_per_s: 0.0,
            min_copies,
            mean_copies,
            entropy: copies.entropy(),
            join_requests: join,
            active_proof_requests: active_proof,
            peer_list_requests: peer_list,
            chunks_query_requests: chunks_query,
            fetch_chunk_requests: fetch_chunk,
            one_club,
            uplinks_sampled: uplinks.sampled,
            idle_nothing_wanted: nothing_wanted,
            idle_stale_knowledge: stale_knowledge,
            idle_queued_elsewhere: queued_elsewhere,
            idle_nobody_asks: nobody_asks,
            idle_on_the_way: on_the_way,
        });
    }

    /// Copies in each range of chunks. Where there are too many instants, only those of every other are kept.
    fn keep_copies(&mut self, at: u64, copies: &Copies) {
        let all = copies.all();
        let ranges = all.len().clamp(1, MOST_RANGES);
        for range in 0..ranges {
            let (first, end) = (range * all.len() / ranges, (range + 1) * all.len() / ranges);
            let (min_copies, mean_copies) = least_and_mean(&all[first..end]);
            self.copies.push(CopiesRow {
                time_s: Seconds(at),
                first_chunk: first as u32,
                last_chunk: end.saturating_sub(1) as u32,
                min_copies,
                mean_copies,
            });
        }
        if self.copies.len() == TOO_MANY_INSTANTS * ranges {
            let mut row = 0;
            self.copies.retain(|_| {
                row += 1;
                ((row - 1) / ranges) % 2 == 0
            });
            self.stride *= 2;
        }
    }

    /// An upload from `start` to before `end` counts, with its mean rate, at each sample in between.
    pub fn uploaded(&mut self, start: u64, end: u64, (least, most): (u64, u64)) {
        let seconds = end.saturating_sub(start) as f64 / NANOS_PER_SECOND as f64;
        let first = start.div_ceil(self.interval).max(1);
        let beyond = end.min(self.last.saturating_add(1)).div_ceil(self.interval);
        for instant in first..beyond {
            let place = usize::try_from(instant - 1).unwrap_or(usize::MAX);
            if self.rates.len() <= place {
                self.rates.resize(place + 1, (0.0, 0.0));
            }
            let sum = &mut self.rates[place];
            *sum = (sum.0 + least as f64 / seconds, sum.1 + most as f64 / seconds);
        }
    }

    pub fn open(&mut self, open: Open) {
        self.open.push(open);
    }

    /// All samples are taken: uploads that are under way are counted last, by who sends and in the order in which they were asked for.
    pub fn end(&mut self, now: u64) {
        let mut open = std::mem::take(&mut self.open);
        open.sort_by_key(|one| (one.from, one.msg));
        for Open { start, bytes, .. } in open {
            self.uploaded(start, now, bytes);
        }
        for (place, row) in self.rows.iter_mut().enumerate() {
            let on_grid = (place as u64 + 1).checked_mul(self.interval) == Some(row.time_s.0);
            row.uploading_bytes_per_s = self.rates.get(place).filter(|_| on_grid).map_or(0.0, |rates| rates.0);
        }
    }

    /// Of the uplinks looked at, in all samples: how many, and those with nothing to send by cause.
    pub fn uplinks(rows: &[TimeRow]) -> (u64, [u64; 5]) {
        let sum = |of: &dyn Fn(&TimeRow) -> u32| rows.iter().map(|row| u64::from(of(row))).sum();
        (sum(&|row| row.uplinks_sampled), std::array::from_fn(|cause| sum(&|row| row.idle()[cause])))
    }

    /// Requests to the tracker: all of them, and the most in a whole interval.
    pub fn to_tracker(&self) -> (u64, Option<u64>) {
        let sent = |row: &TimeRow| row.join_requests + row.active_proof_requests + row.peer_list_requests;
        let whole =
            |(place, row): &(usize, &TimeRow)| (*place as u64 + 1).checked_mul(self.interval) == Some(row.time_s.0);
        let most = self.rows.iter().enumerate().filter(whole).map(|(_, row)| sent(row)).max();
        (self.rows.iter().map(sent).sum(), most)
    }

    pub fn interval(&self) -> u64 {
        self.interval
    }

    /// The rows as they should be, given what was told: any rate between the two bounds is right, and where the trace does not tell who the
    /// neighbors are, any causes for so many idle uplinks.
    pub fn right_rows(&self, told: &[TimeRow]) -> Vec<TimeRow> {
        let mut rows = self.rows.clone();
        if !self.certain {
            let all = |row: &TimeRow| row.idle().iter().map(|&idle| u64::from(idle)).sum::<u64>();
            for (row, told) in rows.iter_mut().zip(told).filter(|(row, told)| all(row) == all(told)) {
                row.idle_nothing_wanted = told.idle_nothing_wanted;
                row.idle_stale_knowledge = told.idle_stale_knowledge;
                row.idle_queued_elsewhere = told.idle_queued_elsewhere;
                row.idle_nobody_asks = told.idle_nobody_asks;
                row.idle_on_the_way = told.idle_on_the_way;
            }
        }
        for ((row, told), rates) in rows.iter_mut().zip(told).zip(&self.rates) {
            let rate = told.uploading_bytes_per_s;
            if row.uploading_bytes_per_s == rates.0 && rates.0 <= rate && rate <= rates.1 {
                row.uploading_bytes_per_s = rate;
            }
        }
        rows
    }
}

fn least_and_mean(copies: &[u32]) -> (u32, f64) {
    let sum: u64 = copies.iter().copied().map(u64::from).sum();
    (copies.iter().copied().min().unwrap_or(0), sum as f64 / copies.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Counts = Counts {
        present: 0,
        seeders: 0,
        completed: 0,
        listed: 0,
        stale: 0,
        one_club: 0,
        sent: [0; 5],
        uplinks: Uplinks { sampled: 0, idle: [0; 5], certain: true },
    };

    /// At 2 s and 4 s: 10 bytes from 1 s to 5 s count at both, 6 bytes from 2 s to 4 s at the first only, and what is under way at the
    /// end with what it can have sent.
    #[test]
    fn an_upload_counts_from_its_start_to_before_its_end() {
        let second = NANOS_PER_SECOND;
        let mut samples = Samples::new(2 * second, 10 * second);
        let copies = Copies::new(1);
        samples.uploaded(second, 5 * second, (10, 10));
        samples.uploaded(2 * second, 4 * second, (6, 6));
        while let Some(at) = samples.due_before(5 * second) {
            samples.take(at, NOTHING, &copies);
        }
        samples.take(5 * second, NOTHING, &copies);
        samples.open(Open { from: 1, msg: 9, start: 3 * second, bytes: (2, 4) });
        samples.end(5 * second);
        let rates = |rows: &[TimeRow]| rows.iter().map(|row| row.uploading_bytes_per_s).collect::<Vec<_>>();
        assert_eq!(rates(&samples.rows), [5.5, 3.5, 0.0]);
        let mut told = samples.rows.clone();
        told[1].uploading_bytes_per_s = 4.5;
        assert_eq!(rates(&samples.right_rows(&told)), [5.5, 4.5, 0.0]);
        told[1].uploading_bytes_per_s = 4.6;
        assert_eq!(rates(&samples.right_rows(&told)), [5.5, 3.5, 0.0]);
    }

    /// 1,000 samples of 100 chunks: every eighth is kept, each with 64 ranges.
    #[test]
    fn long_runs_keep_fewer_instants() {
        let mut samples = Samples::new(1, 10_000);
        let copies = Copies::new(100);
        for at in 1..=1_000 {
            samples.take(at, NOTHING, &copies);
        }
        assert_eq!(samples.copies.len(), 125 * 64);
        let times: Vec<u64> = samples.copies.iter().step_by(64).map(|row| row.time_s.0).collect();
        assert_eq!(times[..3], [1, 9, 17]);
        assert_eq!((samples.copies[63].first_chunk, samples.copies[63].last_chunk), (98, 99));
    }
}
