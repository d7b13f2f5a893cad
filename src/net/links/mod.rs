//! How transfers share links.
//!
//! A job is some bytes on their way from one node's uplink to another's downlink. [`Links`] says when its uplink's part
//! begins and ends and when the last byte is there. It schedules nothing itself: it asks to be woken ([`Effects`]).
//!
//! One file for each model: [`uncontended`], [`fifo`] and [`equal_share`].

mod equal_share;
mod fifo;
mod uncontended;

use super::Rate;
use crate::sim::{Span, Time};
use std::collections::VecDeque;

/// How transfers share links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// No contention: a transfer takes its size over the slower of the two links.
    None,
    /// Each link serves whole chunks in order of arrival.
    Fifo,
    /// A transfer gets the smaller of an equal share of its uplink and an equal share of its downlink.
    EqualShare,
}

/// A job's number; it is used again once the job has been [freed](Links::free).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobId(pub u32);

/// A request to call [`Links::wake`] at an instant, with these two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wake {
    /// When.
    pub at: Time,
    /// The node whose uplink it concerns.
    pub node: u32,
    /// What for: opaque.
    pub subject: u32,
    /// Whether it still holds by then: opaque.
    pub version: u32,
}

/// What a change brings with it. Cleared by whoever reads it.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// When to wake the links.
    pub wakes: Vec<Wake>,
    /// Jobs whose uplink's part has begun now.
    pub started: Vec<JobId>,
}

/// A job whose uploader went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abandoned {
    /// The job.
    pub job: JobId,
    /// When its uplink's part began, if it had.
    pub started: Option<Time>,
    /// When it would have begun at the latest, had the uploader stayed: its start, or its turn in the queue.
    pub turn: Time,
    /// Whole bytes that had left the uplink.
    pub sent_bytes: u64,
}

/// All links of a run and the jobs on them.
#[derive(Debug)]
pub struct Links {
    sharing: Sharing,
    nodes: Vec<Node>,
    jobs: Vec<Job>,
    /// By job; only with `equal-share`.
    flows: Vec<equal_share::Flow>,
    free: Vec<u32>,
}

/// A node's two links.
#[derive(Debug)]
struct Node {
    up: Rate,
    down: Rate,
    /// Jobs on the uplink (with `fifo` the first is being sent), in order of submission.
    uploads: VecDeque<u32>,
    /// Jobs on the downlink; only with `equal-share`.
    downloads: Vec<u32>,
    /// When the downlink has taken in everything that has arrived; only with `fifo`.
    downlink_free: Time,
    /// The next wake asked for, and its version; only with `equal-share`.
    wake_at: Time,
    wake_version: u32,
}

#[derive(Clone, Copy, Debug)]
struct Job {
    from: u32,
    to: u32,
    bytes: u64,
    /// [`Time::NEVER`] until the uplink's part begins.
    started: Time,
    /// When the uplink's part ends, as things stand.
    ends: Time,
    /// Grows each time the slot is used again, so that a late wake is known for what it is.
    version: u32,
}

impl Links {
    /// No nodes yet.
    pub fn new(sharing: Sharing) -> Links {
        Links { sharing, nodes: Vec::new(), jobs: Vec::new(), flows: Vec::new(), free: Vec::new() }
    }

    /// Sets the capacities of `node`, which is there from `now`; nodes in between are made.
    pub fn set_node(&mut self, node: u32, up: Rate, down: Rate, now: Time) {
        while self.nodes.len() <= node as usize {
            self.nodes.push(Node {
                up: Rate::UNLIMITED,
                down: Rate::UNLIMITED,
                uploads: VecDeque::new(),
                downloads: Vec::new(),
                downlink_free: Time::ZERO,
                wake_at: Time::NEVER,
                wake_version: 0,
            });
        }
        let links = &mut self.nodes[node as usize];
        (links.up, links.down, links.downlink_free) = (up, down, now);
    }

    /// A new job: `bytes` bytes from node `from` to node `to`, asked for now.
    pub fn submit(&mut self, now: Time, from: u32, to: u32, bytes: u64, effects: &mut Effects) -> JobId {
        let job = Job { from, to, bytes, started: Time::NEVER, ends: Time::NEVER, version: 0 };
        let id = if let Some(id) = self.free.pop() {
            let version = self.jobs[id as usize].version;
            self.jobs[id as usize] = Job { version, ..job };
            id
        } else {
            self.jobs.push(job);
            u32::try_from(self.jobs.len() - 1).expect("fewer than 2^32 jobs")
        };
        self.nodes[from as usize].uploads.push_back(id);
        match self.sharing {
            Sharing::None => self.start_uncontended(now, id, effects),
            Sharing::Fifo => self.submitted_fifo(now, id, effects),
            Sharing::EqualShare => self.start_flow(now, id, effects),
        }
        JobId(id)
    }

    /// The job whose uplink's part ends now, for a wake asked for; `None` where the wake no longer holds.
    pub fn wake(&mut self, now: Time, subject: u32, version: u32, effects: &mut Effects) -> Option<JobId> {
        if self.sharing == Sharing::EqualShare {
            return self.wake_flows(now, subject, version, effects);
        }
        let job = &mut self.jobs[subject as usize];
        if job.version != version || job.ends != now {
            return None;
        }
        self.leave_uplink(subject);
        if self.sharing == Sharing::Fifo {
            self.start_next(now, self.jobs[subject as usize].from, effects);
        }
        Some(JobId(subject))
    }

    /// Breaks a job off; returns the whole bytes that have left the uplink. Does nothing to a job whose uplink's
    /// part is over, but for returning its size.
    pub fn cut(&mut self, now: Time, job: JobId, effects: &mut Effects) -> u64 {
        let JobId(id) = job;
        let from = self.jobs[id as usize].from;
        if !self.nodes[from as usize].uploads.contains(&id) {
            return self.jobs[id as usize].bytes;
        }
        let sent = self.sent_bytes(now, id);
        let was_first = self.nodes[from as usize].uploads.front() == Some(&id);
        match self.sharing {
            Sharing::None => self.leave_uplink(id),
            Sharing::Fifo => {
                self.leave_uplink(id);
                if was_first {
                    self.start_next(now, from, effects);
                }
            }
            Sharing::EqualShare => self.end_flow(now, id, effects),
        }
        self.jobs[id as usize].version += 1;
        sent
    }

    /// Takes everything off the uplink of `node`, which has gone away.
    pub fn abandon(&mut self, now: Time, node: u32, effects: &mut Effects) -> Vec<Abandoned> {
        let uploads: Vec<u32> = self.nodes[node as usize].uploads.iter().copied().collect();
        let mut turn = now;
        let mut abandoned = Vec::with_capacity(uploads.len());
        for &id in &uploads {
            let job = &self.jobs[id as usize];
            let started = (job.started <= now).then_some(job.started);
            let sent_bytes = self.sent_bytes(now, id);
            abandoned.push(Abandoned { job: JobId(id), started, turn, sent_bytes });
            if self.sharing == Sharing::Fifo {
                turn = match started {
                    Some(_) => job.ends,
                    None => turn.plus_at_most_beyond(self.nodes[node as usize].up.time_for(job.bytes)),
                };
            }
        }
        for id in uploads {
            match self.sharing {
                Sharing::EqualShare => self.end_flow(now, id, effects),
                _ => self.leave_uplink(id),
            }
            self.jobs[id as usize].version += 1;
        }
        abandoned
    }

    /// When the uplink's part of a job began, if it has.
    pub fn started(&self, job: JobId) -> Option<Time> {
        let started = self.jobs[job.0 as usize].started;
        (started != Time::NEVER).then_some(started)
    }

    /// When a job whose last byte arrives now, `latency` after it left, has passed the receiver's downlink.
    pub fn receive(&mut self, now: Time, job: JobId, latency: Span) -> Time {
        match self.sharing {
            Sharing::Fifo => self.receive_fifo(now, job.0, latency),
            Sharing::None | Sharing::EqualShare => now,
        }
    }

    /// Gives a job's number back, once nothing more is asked about it.
    pub fn free(&mut self, job: JobId) {
        debug_assert!(!self.nodes[self.jobs[job.0 as usize].from as usize].uploads.contains(&job.0));
        self.jobs[job.0 as usize].version += 1;
        self.free.push(job.0);
    }

    /// Jobs whose numbers have not been given back, by rising number.
    pub fn in_use(&self) -> Vec<JobId> {
        let mut free = vec![false; self.jobs.len()];
        self.free.iter().for_each(|&id| free[id as usize] = true);
        (0..self.jobs.len() as u32).filter(|&id| !free[id as usize]).map(JobId).collect()
    }

    /// Jobs on the uplink of `node`, begun or waiting.
    pub fn uploads(&self, node: u32) -> impl Iterator<Item = JobId> + '_ {
        self.nodes[node as usize].uploads.iter().map(|&id| JobId(id))
    }

    /// Whole bytes of a job that have left the uplink by now.
    pub fn sent_bytes_of(&self, now: Time, job: JobId) -> u64 {
        self.sent_bytes(now, job.0)
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        let inner = |node: &Node| node.uploads.capacity() * 4 + node.downloads.capacity() * 4;
        self.nodes.capacity() * size_of::<Node>()
            + self.nodes.iter().map(inner).sum::<usize>()
            + self.jobs.capacity() * size_of::<Job>()
            + self.flows.capacity() * size_of::<equal_share::Flow>()
    }

    fn sent_bytes(&self, now: Time, id: u32) -> u64 {
        let job = &self.jobs[id as usize];
        if job.started > now {
            return 0;
        }
        match self.sharing {
            Sharing::None => self.path_rate(job).bytes_in(now - job.started, job.bytes),
            Sharing::Fifo => self.nodes[job.from as usize].up.bytes_in(now - job.started, job.bytes),
            Sharing::EqualShare => self.flows[id as usize].sent_bytes(now, job.bytes),
        }
    }

    fn leave_uplink(&mut self, id: u32) {
        let uploads = &mut self.nodes[self.jobs[id as usize].from as usize].uploads;
        let place = uploads.iter().position(|&other| other == id).expect("the job is on its uplink");
        uploads.remove(place);
    }
}
