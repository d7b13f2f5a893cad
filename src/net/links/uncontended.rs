//! `none`: a transfer takes its size over the slower of the two links, whatever else goes on.

use super::{Effects, Job, JobId, Links, Wake};
use crate::net::Rate;
use crate::sim::Time;

impl<T: Copy> Links<T> {
    pub(super) fn start_uncontended(&mut self, now: Time, id: u32, effects: &mut Effects) {
        let rate = self.path_rate(&self.jobs[id as usize]);
        let job = &mut self.jobs[id as usize];
        job.started = now;
        job.ends = now + rate.time_for(job.bytes);
        effects.started.push(JobId(id));
        effects.wakes.push(Wake { at: job.ends, node: job.from, subject: id, version: job.version });
    }

    pub(super) fn path_rate(&self, job: &Job<T>) -> Rate {
        self.nodes[job.from as usize].up.min(self.nodes[job.to as usize].down)
    }
}
