//! `fifo`: each link serves whole chunks in order of arrival.
//!
//! An upload of n bytes starts at s, when it was asked for and the uplink is free, and ends at e = s + n/up. The bytes flow
//! through: the first arrives at s + latency, the last at a = e + latency, and the downlink, taken in order of a, has
//! passed it at max(a, max(s + latency, downlink free) + n/down).

use super::{Effects, JobId, Links, NONE, Wake};
use crate::sim::{Span, Time};

impl<T: Copy> Links<T> {
    pub(super) fn submitted_fifo(&mut self, now: Time, id: u32, effects: &mut Effects) {
        let from = self.jobs[id as usize].from;
        if self.nodes[from as usize].uploads == 1 {
            self.start_next(now, from, effects);
        }
    }

    /// Begins with the first job that waits for the uplink of `node`, if there is one.
    pub(super) fn start_next(&mut self, now: Time, node: u32, effects: &mut Effects) {
        let links = &self.nodes[node as usize];
        let id = links.first;
        if id == NONE {
            return;
        }
        let job = &mut self.jobs[id as usize];
        job.started = now;
        job.ends = now + links.up.time_for(job.bytes);
        effects.started.push(JobId(id));
        effects.wakes.push(Wake { at: job.ends, node, subject: id, version: job.version });
    }

    pub(super) fn receive_fifo(&mut self, now: Time, id: u32, latency: Span) -> Time {
        let job = &self.jobs[id as usize];
        let to = &mut self.nodes[job.to as usize];
        let first_byte = job.started + latency;
        let passed = first_byte.max(to.downlink_free).plus_at_most_beyond(to.down.time_for(job.bytes));
        to.downlink_free = passed.max(now);
        to.downlink_free
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sharing;
    use super::*;
    use crate::net::Rate;

    fn secs(s: u64) -> Time {
        Time::ZERO + Span::from_secs(s)
    }

    /// Two uploads of 10 bytes at 5 bytes/s asked for at 0 and 1: sent in [0, 2] and [2, 4]. The downlink, at 2 bytes/s,
    /// takes [1, 6] for the first (latency 1) and [6, 11] for the second.
    #[test]
    fn links_serve_in_order() {
        let mut links = Links::new(Sharing::Fifo);
        let mut effects = Effects::default();
        links.set_node(1, Rate::from_bytes_per_second(5), Rate::UNLIMITED, Time::ZERO);
        links.set_node(2, Rate::UNLIMITED, Rate::from_bytes_per_second(2), Time::ZERO);
        let a = links.submit(secs(0), (1, 2), 10, (), &mut effects);
        let b = links.submit(secs(1), (1, 2), 10, (), &mut effects);
        assert_eq!(effects.started, [a]);
        assert_eq!(effects.wakes[0].at, secs(2));
        assert_eq!(links.wake(secs(2), effects.wakes[0].subject, effects.wakes[0].version, &mut effects), Some(a));
        assert_eq!(effects.started, [a, b]);
        assert_eq!(effects.wakes[1].at, secs(4));
        assert_eq!(links.receive(secs(3), a, Span::from_secs(1)), secs(6));
        assert_eq!(links.wake(secs(4), effects.wakes[1].subject, effects.wakes[1].version, &mut effects), Some(b));
        assert_eq!(links.receive(secs(5), b, Span::from_secs(1)), secs(11));
    }

    #[test]
    fn a_cut_lets_the_next_begin_and_counts_what_was_sent() {
        let mut links = Links::new(Sharing::Fifo);
        let mut effects = Effects::default();
        links.set_node(1, Rate::from_bytes_per_second(5), Rate::UNLIMITED, Time::ZERO);
        links.set_node(2, Rate::UNLIMITED, Rate::UNLIMITED, Time::ZERO);
        let a = links.submit(secs(0), (1, 2), 10, (), &mut effects);
        let b = links.submit(secs(0), (1, 2), 10, (), &mut effects);
        assert_eq!(links.cut(secs(1), a, &mut effects), 5);
        assert_eq!(links.job(b).started(), Some(secs(1)));
        let first = effects.wakes[0];
        assert_eq!(links.wake(secs(2), first.subject, first.version, &mut effects), None, "it was cut");
        let gone = links.abandon(secs(2), 1, &mut effects);
        assert_eq!((gone[0].job, gone[0].started, gone[0].sent_bytes), (b, Some(secs(1)), 5));
    }

    #[test]
    fn the_abandoned_know_when_their_turn_would_have_come() {
        let mut links = Links::new(Sharing::Fifo);
        let mut effects = Effects::default();
        links.set_node(1, Rate::from_bytes_per_second(5), Rate::UNLIMITED, Time::ZERO);
        links.set_node(2, Rate::UNLIMITED, Rate::UNLIMITED, Time::ZERO);
        for _ in 0..3 {
            links.submit(secs(0), (1, 2), 10, (), &mut effects);
        }
        let turns: Vec<Time> = links.abandon(secs(1), 1, &mut effects).iter().map(|gone| gone.turn).collect();
        assert_eq!(turns, [secs(1), secs(2), secs(4)]);
    }
}
