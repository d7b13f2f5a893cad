//! How transfers share links.
//!
//! A job is some bytes on their way from one node's uplink to another's downlink. [`Links`] says when its uplink's part
//! begins and ends and when the last byte is there. It schedules nothing itself: it asks to be woken ([`Effects`]).
//!
//! One file for each model: [`uncontended`], [`fifo`], [`equal_share`] and [`max_min`], whose rates [`fairness`] finds, over
//! backbones too ([`backbone`]).

mod backbone;
#[cfg(test)]
mod backbone_tests;
mod equal_share;
mod fairness;
mod fifo;
mod max_min;
#[cfg(test)]
mod max_min_tests;
mod parts;
#[cfg(test)]
mod twin;
mod uncontended;

pub use backbone::Backbone;

use super::Rate;
use crate::sim::{Span, Time, cache};

/// How transfers share links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// No contention: a transfer takes its size over the slower of the two links.
    None,
    /// Each link serves whole chunks in order of arrival.
    Fifo,
    /// A transfer gets the smaller of an equal share of its uplink and an equal share of its downlink.
    EqualShare,
    /// Max–min fairness over all uplinks and downlinks: what a transfer cannot use is left to others.
    MaxMin,
}

impl Sharing {
    /// Whether transfers share links as fluids do, at rates that change while they are under way. Only such transfers can be held
    /// below a limit of their own, and only such links can change their capacity.
    pub fn is_fluid(self) -> bool {
        matches!(self, Sharing::EqualShare | Sharing::MaxMin)
    }
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

/// All links of a run and the jobs on them. With each job travels what its owner wants to know of it, a `T`.
///
/// ```
/// use swarmsim::net::{Effects, Links, Rate, Sharing};
/// use swarmsim::sim::{Span, Time};
///
/// // Node 0 sends 1 MB to each of two others over an uplink of 8 Mbit/s: one second each, in turn.
/// let (mut links, mut effects) = (Links::new(Sharing::Fifo), Effects::default());
/// for node in 0..3 {
///     links.set_node(node, Rate::from_bits_per_second(8_000_000), Rate::UNLIMITED, Time::ZERO);
/// }
/// let first = links.submit(Time::ZERO, (0, 1), 1_000_000, "for node 1", &mut effects);
/// let second = links.submit(Time::ZERO, (0, 2), 1_000_000, "for node 2", &mut effects);
/// for (job, seconds) in [(first, 1), (second, 2)] {
///     let wake = effects.wakes.pop().expect("one job is being sent");
///     assert_eq!(wake.at, Time::ZERO + Span::from_secs(seconds));
///     // Whoever owns the links calls again then, and hears whose last byte has left.
///     assert_eq!(links.wake(wake.at, wake.subject, wake.version, &mut effects), Some(job));
///     let arrives = wake.at + Span::from_millis(40);
///     assert_eq!(links.receive(arrives, job, Span::from_millis(40)), arrives, "the downlink holds nothing up");
///     links.free(job);
/// }
/// ```
#[derive(Debug)]
pub struct Links<T> {
    sharing: Sharing,
    nodes: Vec<Node>,
    jobs: Vec<Job<T>>,
    /// By node; only with `equal-share` and `max-min`.
    shares: Vec<equal_share::Share>,
    /// By job; only with `equal-share`.
    flows: Vec<equal_share::Flow>,
    /// By job; only with `max-min`, as are the two that follow.
    fluids: Vec<max_min::Fluid>,
    fairness: fairness::Fairness,
    /// Room to work in.
    reached: Vec<u32>,
    free: Vec<u32>,
}

/// A node's two links.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Node {
    up: Rate,
    down: Rate,
    /// The most that one transfer to or from the node gets; only with `equal-share` and `max-min`.
    limit: Rate,
    /// When the downlink has taken in everything that has arrived; only with `fifo`.
    downlink_free: Time,
    /// Jobs on the uplink, in order of submission (with `fifo` the first is being sent): a list through the jobs.
    first: u32,
    last: u32,
    uploads: u32,
    /// Jobs on the downlink; only with `equal-share`.
    downloads: u32,
}

/// Some bytes on their way: one line of the cache, if the cargo has at most 20 bytes.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Job<T> {
    /// The node that sends them.
    pub from: u32,
    /// The node that receives them.
    pub to: u32,
    /// How many.
    pub bytes: u64,
    /// What travels along.
    pub cargo: T,
    /// [`Time::NEVER`] until the uplink's part begins.
    started: Time,
    /// When the uplink's part ends, as things stand.
    ends: Time,
    /// Grows each time the slot is used again, so that a late wake is known for what it is.
    version: u32,
    /// The jobs before and after it on the uplink, or [`NONE`]; [`OFF`] before it once it has left the uplink.
    before: u32,
    after: u32,
}

/// No job.
const NONE: u32 = u32::MAX;
/// The job is not on its uplink any more.
const OFF: u32 = u32::MAX - 1;

impl<T> Job<T> {
    /// When the uplink's part began, if it has.
    pub fn started(&self) -> Option<Time> {
        (self.started != Time::NEVER).then_some(self.started)
    }

    /// Whether the last byte has left the uplink, or the job was cut.
    pub fn has_left(&self) -> bool {
        self.before == OFF
    }
}

impl<T: Copy> Links<T> {
    /// Asks for the memory of a node's links.
    #[inline]
    pub fn fetch_node(&self, node: u32) {
        if let Some(links) = self.nodes.get(node as usize) {
            cache::fetch(links);
        }
        cache::fetch_item(&self.shares, node as usize);
    }

    /// Asks for the memory of a job.
    #[inline]
    pub fn fetch_job(&self, JobId(id): JobId) {
        if let Some(job) = self.jobs.get(id as usize) {
            cache::fetch(job);
        }
        cache::fetch_item(&self.flows, id as usize);
    }

    /// The first job on the uplink of `node`, if there is one.
    #[inline]
    pub fn first_of(&self, node: u32) -> Option<JobId> {
        self.nodes.get(node as usize).map(|links| JobId(links.first)).filter(|&JobId(id)| id != NONE)
    }

    /// The last job on the uplink of `node`, to which a new one is joined, if there is one.
    #[inline]
    pub fn last_of(&self, node: u32) -> Option<JobId> {
        self.nodes.get(node as usize).map(|links| JobId(links.last)).filter(|&JobId(id)| id != NONE)
    }

    /// The job that follows another on its uplink, if there is one.
    #[inline]
    pub fn after(&self, JobId(id): JobId) -> Option<JobId> {
        self.jobs.get(id as usize).map(|job| JobId(job.after)).filter(|&JobId(id)| id != NONE)
    }

    /// Whether what a wake is for is a job.
    pub fn wakes_jobs(&self) -> bool {
        matches!(self.sharing, Sharing::None | Sharing::Fifo)
    }

    /// No nodes yet.
    pub fn new(sharing: Sharing) -> Links<T> {
        Links {
            sharing,
            nodes: Vec::new(),
            jobs: Vec::new(),
            shares: Vec::new(),
            flows: Vec::new(),
            fluids: Vec::new(),
            fairness: fairness::Fairness::default(),
            reached: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Lays links that transfers share between places, beside those of nodes. Nodes are in place 0 until they are [put](Links::put)
    /// elsewhere.
    ///
    /// # Panics
    /// Where the sharing is not [`Sharing::MaxMin`], or there is a node already.
    pub fn lay_backbones(&mut self, backbones: Vec<Backbone>) {
        assert!(self.sharing == Sharing::MaxMin, "only max-min knows backbones");
        self.fairness.lay(backbones);
    }

    /// Says where `node` is, for the backbones that its transfers from now on cross.
    pub fn put(&mut self, node: u32, place: u16) {
        self.fairness.put(node, place);
    }

    /// Sets the capacities of `node`, which is there from `now`; nodes in between are made.
    pub fn set_node(&mut self, node: u32, up: Rate, down: Rate, now: Time) {
        let idle = Node {
            up: Rate::UNLIMITED,
            down: Rate::UNLIMITED,
            limit: Rate::UNLIMITED,
            downlink_free: Time::ZERO,
            first: NONE,
            last: NONE,
            uploads: 0,
            downloads: 0,
        };
        let nodes = self.nodes.len().max(node as usize + 1);
        self.nodes.resize(nodes, idle);
        if self.sharing.is_fluid() {
            self.shares.resize_with(nodes, equal_share::Share::default);
        }
        if self.sharing == Sharing::MaxMin {
            self.fairness.make_nodes(nodes);
            self.fairness.set_capacity(node, up, down);
        }
        let links = &mut self.nodes[node as usize];
        (links.up, links.down, links.downlink_free) = (up, down, now);
    }

    /// Holds each transfer to or from `node` that begins from now on at `limit` or below.
    ///
    /// # Panics
    /// Where the sharing is not a [fluid](Sharing::is_fluid) one.
    pub fn limit_transfers(&mut self, node: u32, limit: Rate) {
        assert!(self.sharing.is_fluid(), "only fluids can be limited");
        self.nodes[node as usize].limit = limit;
    }

    /// Changes the capacities of `node` under what it sends and receives.
    ///
    /// # Panics
    /// Where the sharing is not a [fluid](Sharing::is_fluid) one.
    pub fn change_capacity(&mut self, now: Time, node: u32, up: Rate, down: Rate, effects: &mut Effects) {
        let links = &mut self.nodes[node as usize];
        (links.up, links.down) = (up, down);
        match self.sharing {
            Sharing::EqualShare => self.share_changed(now, node, effects),
            Sharing::MaxMin => {
                self.fairness.set_capacity(node, up, down);
                self.settle_fluids(now, node, effects);
            }
            Sharing::None | Sharing::Fifo => panic!("only fluids can change their rates"),
        }
    }

    /// A new job: `bytes` bytes from node `from` to node `to`, asked for now.
    pub fn submit(&mut self, now: Time, (from, to): (u32, u32), bytes: u64, cargo: T, effects: &mut Effects) -> JobId {
        let links = &mut self.nodes[from as usize];
        let job = Job {
            from,
            to,
            bytes,
            cargo,
            started: Time::NEVER,
            ends: Time::NEVER,
            version: 0,
            before: links.last,
            after: NONE,
        };
        let id = if let Some(id) = self.free.pop() {
            let version = self.jobs[id as usize].version;
            self.jobs[id as usize] = Job { version, ..job };
            id
        } else {
            self.jobs.push(job);
            u32::try_from(self.jobs.len() - 1).ok().filter(|&id| id < OFF).expect("fewer than 2^32 - 2 jobs")
        };
        links.uploads += 1;
        match std::mem::replace(&mut links.last, id) {
            NONE => links.first = id,
            before => self.jobs[before as usize].after = id,
        }
        match self.sharing {
            Sharing::None => self.start_uncontended(now, id, effects),
            Sharing::Fifo => self.submitted_fifo(now, id, effects),
            Sharing::EqualShare => self.start_flow(now, id, effects),
            Sharing::MaxMin => self.start_fluid(now, id, effects),
        }
        JobId(id)
    }

    /// The job whose uplink's part ends now, for a wake asked for; `None` where the wake no longer holds.
    pub fn wake(&mut self, now: Time, subject: u32, version: u32, effects: &mut Effects) -> Option<JobId> {
        if self.sharing.is_fluid() {
            return self.wake_flows(now, subject, version, effects);
        }
        let job = &self.jobs[subject as usize];
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
        let Job { from, before, bytes, .. } = self.jobs[id as usize];
        if before == OFF {
            return bytes;
        }
        let sent = self.sent_bytes(now, id);
        match self.sharing {
            Sharing::None => self.leave_uplink(id),
            Sharing::Fifo => {
                self.leave_uplink(id);
                if before == NONE {
                    self.start_next(now, from, effects);
                }
            }
            Sharing::EqualShare => self.end_flow(now, id, effects),
            Sharing::MaxMin => self.end_fluid(now, id, effects),
        }
        self.jobs[id as usize].version += 1;
        sent
    }

    /// Takes everything off the uplink of `node`, which has gone away.
    pub fn abandon(&mut self, now: Time, node: u32, effects: &mut Effects) -> Vec<Abandoned> {
        let uploads: Vec<u32> = self.uploads_of(node).collect();
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
                Sharing::MaxMin => self.end_fluid(now, id, effects),
                Sharing::None | Sharing::Fifo => self.leave_uplink(id),
            }
            self.jobs[id as usize].version += 1;
        }
        abandoned
    }

    /// A job that has not been given back.
    #[inline]
    pub fn job(&self, job: JobId) -> &Job<T> {
        &self.jobs[job.0 as usize]
    }

    /// What travels with a job.
    pub fn cargo_mut(&mut self, job: JobId) -> &mut T {
        &mut self.jobs[job.0 as usize].cargo
    }

    /// When a job whose last byte arrives now, `latency` after it left, has passed the receiver's downlink.
    pub fn receive(&mut self, now: Time, job: JobId, latency: Span) -> Time {
        match self.sharing {
            Sharing::Fifo => self.receive_fifo(now, job.0, latency),
            Sharing::None | Sharing::EqualShare | Sharing::MaxMin => now,
        }
    }

    /// Gives a job's number back, once nothing more is asked about it.
    pub fn free(&mut self, job: JobId) {
        debug_assert!(self.job(job).has_left());
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
        self.uploads_of(node).map(JobId)
    }

    /// Whole bytes of a job that have left the uplink by now.
    pub fn sent_bytes_of(&self, now: Time, job: JobId) -> u64 {
        self.sent_bytes(now, job.0)
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
            + self.jobs.capacity() * size_of::<Job<T>>()
            + self.shares.iter().map(equal_share::Share::heap_bytes).sum::<usize>()
            + self.shares.capacity() * size_of::<equal_share::Share>()
            + self.flows.capacity() * size_of::<equal_share::Flow>()
            + self.fluids.capacity() * size_of::<max_min::Fluid>()
            + self.fairness.heap_bytes()
            + self.reached.capacity() * 4
            + self.free.capacity() * 4
    }

    /// Jobs on the uplink of `node`, in order of submission.
    fn uploads_of(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let at = |id: u32| (id != NONE).then_some(id);
        std::iter::successors(at(self.nodes[node as usize].first), move |&id| at(self.jobs[id as usize].after))
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
            Sharing::MaxMin => self.fluids[id as usize].sent_bytes(now, job.bytes),
        }
    }

    fn leave_uplink(&mut self, id: u32) {
        let job = &mut self.jobs[id as usize];
        debug_assert!(!job.has_left(), "the job is on its uplink");
        let Job { from, before, after, .. } = *job;
        job.before = OFF;
        let links = &mut self.nodes[from as usize];
        links.uploads -= 1;
        match before {
            NONE => links.first = after,
            before => self.jobs[before as usize].after = after,
        }
        match after {
            NONE => links.last = before,
            after => self.jobs[after as usize].before = before,
        }
    }
}
