//! Links taken apart, so that several threads can each have those of some nodes, and put together again.
//!
//! A job belongs to the part of its uploader until its last byte has left the uplink, and then to that of its receiver. Only links that
//! transfers do not share as fluids can be taken apart: of two nodes, what goes on at one changes nothing at the other.

use super::{Job, JobId, Links, NONE, OFF};

impl<T: Copy> Links<T> {
    /// The links as the part of the nodes that `has` names has them: it knows the capacities of all nodes, and holds those jobs alone that
    /// belong to it, under the numbers that they have.
    pub fn part(&self, has: impl Fn(u32) -> bool) -> Links<T> {
        assert!(!self.sharing.is_fluid(), "fluids cannot be taken apart");
        let mut part = Links::new(self.sharing);
        (part.nodes, part.jobs) = (self.nodes.clone(), self.jobs.clone());
        for (node, links) in part.nodes.iter_mut().enumerate().filter(|(node, _)| !has(*node as u32)) {
            debug_assert_eq!(links.downloads, 0, "node {node}: only fluids count them");
            (links.first, links.last, links.uploads) = (NONE, NONE, 0);
        }
        let is_ours = |job: &Job<T>| has(if job.has_left() { job.to } else { job.from });
        let mut in_use = vec![false; self.jobs.len()];
        self.in_use().into_iter().for_each(|JobId(id)| in_use[id as usize] = is_ours(&self.jobs[id as usize]));
        part.free = (0..self.jobs.len() as u32).filter(|&id| !in_use[id as usize]).collect();
        part
    }

    /// Puts parts together again: `owner` says which of them has a node. Returns the links, and for each part the new number of each of
    /// its jobs.
    pub fn join(parts: Vec<Links<T>>, owner: impl Fn(u32) -> usize) -> (Links<T>, Vec<Vec<u32>>) {
        let mut whole = Links::new(parts[0].sharing);
        let mut numbers = Vec::with_capacity(parts.len());
        for part in &parts {
            let mut new = vec![NONE; part.jobs.len()];
            for JobId(id) in part.in_use() {
                new[id as usize] = whole.jobs.len() as u32;
                whole.jobs.push(part.jobs[id as usize]);
            }
            let renumbered = |id: u32| if id == NONE || id == OFF { id } else { new[id as usize] };
            let begin = whole.jobs.len() - new.iter().filter(|&&id| id != NONE).count();
            for job in &mut whole.jobs[begin..] {
                (job.before, job.after) =
                    (renumbered(job.before), if job.has_left() { NONE } else { renumbered(job.after) });
            }
            numbers.push(new);
        }
        let nodes = parts.iter().map(|part| part.nodes.len()).max().unwrap_or(0);
        whole.nodes = (0..nodes)
            .map(|node| {
                let owner = owner(node as u32);
                let mut links = parts[owner].nodes[node];
                let renumbered = |id: u32| if id == NONE { NONE } else { numbers[owner][id as usize] };
                (links.first, links.last) = (renumbered(links.first), renumbered(links.last));
                links
            })
            .collect();
        (whole, numbers)
    }

    /// Takes a job out, whose last byte has left the uplink: it belongs to another part now.
    pub fn take(&mut self, job: JobId) -> Job<T> {
        let taken = *self.job(job);
        self.free(job);
        taken
    }

    /// Puts in a job that another part has [taken out](Links::take).
    pub fn put_in(&mut self, job: Job<T>) -> JobId {
        debug_assert!(job.has_left());
        if let Some(id) = self.free.pop() {
            let version = self.jobs[id as usize].version;
            self.jobs[id as usize] = Job { version, ..job };
            return JobId(id);
        }
        self.jobs.push(job);
        JobId(self.jobs.len() as u32 - 1)
    }
}
