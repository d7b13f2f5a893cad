//! Asking for memory that upcoming events are going to need; see [`cache`].
//!
//! Each event comes by three times before it is handled: first for what its payload names, then for what that leads to, and so on.
//! By then other events may have changed all of this, so what is found here is a guess, and is used for nothing else.

use super::action::{Action, What, origin_of};
use super::{Observer, Swarm};
use crate::net::JobId;
use crate::sim::cache;

/// With fewer peers, about all that they touch is in the cache already.
pub(super) const WORTHWHILE_PEERS: usize = 2000;

impl<O: Observer> Swarm<O> {
    /// Asks for what an upcoming event needs, the `stage`-th time.
    #[inline]
    pub(super) fn fetch_ahead(&self, stage: usize, action: Action) {
        match action.what {
            What::ChunkArrives | What::ChunkPassed => self.fetch_for_chunk(stage, action),
            What::Fetch => self.fetch_for_request(stage, action),
            What::LinkWake => self.fetch_for_wake(stage, action),
            What::RoundDone | What::QueryDue => self.fetch_for_round(stage, action.to),
            What::Query | What::QueryAnswer | What::ProofDue | What::ListDue if stage == 0 => {
                self.fetch_presence(action.to)
            }
            _ => {}
        }
    }

    #[inline]
    fn fetch_presence(&self, node: u32) {
        cache::fetch_item(&self.presence, origin_of(node).0 as usize);
    }

    /// A request for a chunk: the holder, its set, and the end of the queue for its uplink.
    #[inline]
    fn fetch_for_request(&self, stage: usize, Action { to: holder, .. }: Action) {
        match stage {
            0 => {
                self.fetch_presence(holder);
                self.links.fetch_node(holder);
            }
            1 => {
                if self.any_departed {
                    self.node(holder).chunks.inspect(|&set| self.chunks.fetch_set(set));
                }
                self.links.last_of(holder).inspect(|&job| self.links.fetch_job(job));
            }
            _ => {}
        }
    }

    /// An uplink's part is over: the job, and the one that comes after it.
    #[inline]
    fn fetch_for_wake(&self, stage: usize, Action { to: uploader, a, .. }: Action) {
        if !self.links.wakes_jobs() {
            return self.fetch_for_flows(stage, uploader);
        }
        let job = JobId(a);
        match stage {
            0 => {
                self.observer.look_ahead(uploader, false);
                self.fetch_presence(uploader);
                self.links.fetch_node(uploader);
                self.links.fetch_job(job);
            }
            1 => _ = self.links.after(job).inspect(|&next| self.links.fetch_job(next)),
            _ if self.any_departed => {
                self.links.after(job).inspect(|&next| self.fetch_presence(self.links.job(next).to));
            }
            _ => {}
        }
    }

    /// A flow is over: the flows beside it on the uplink, one after another.
    fn fetch_for_flows(&self, stage: usize, uploader: u32) {
        match stage {
            0 => {
                self.observer.look_ahead(uploader, false);
                self.fetch_presence(uploader);
                self.links.fetch_node(uploader);
            }
            1 => _ = self.links.first_of(uploader).inspect(|&first| self.links.fetch_job(first)),
            _ => {
                let second = self.links.first_of(uploader).and_then(|first| self.links.after(first));
                second.inspect(|&second| self.links.fetch_job(second));
            }
        }
    }

    /// A chunk arrives: its receiver, and all that the next choice needs.
    #[inline]
    fn fetch_for_chunk(&self, stage: usize, Action { to: peer, a, .. }: Action) {
        let (asker, download) = (&self.peers[peer as usize], &self.downloads[peer as usize]);
        match stage {
            0 => {
                self.observer.look_ahead(peer, true);
                self.fetch_presence(peer);
                self.links.fetch_node(peer);
                self.links.fetch_job(JobId(a));
                cache::fetch(&asker.fetches);
                cache::fetch(&asker.picks);
                cache::fetch(&download.neighbors);
                cache::fetch(&download.wanted);
            }
            1 => {
                let node = self.node(peer);
                self.inboxes.fetch(peer, node.unread);
                cache::fetch_run(&asker.fetches);
                asker.recent.last().inspect(|last| cache::fetch(*last));
                cache::fetch_run(download.wanted.bits().words());
                download.neighbors.fetch_counts();
                if let Some(set) = node.chunks {
                    self.chunks.fetch_set(set);
                    self.chunks.fetch_log(set, node.held);
                }
            }
            _ => {
                for answer in self.inboxes.unread(peer, self.node(peer).unread) {
                    self.chunks.fetch_log(answer.set, answer.count.saturating_sub(1));
                    download.neighbors.fetch_place(u32::from(answer.place));
                }
                let request = self.links.job(JobId(a)).cargo.request;
                if let Some(fetch) = asker.fetches.iter().find(|fetch| fetch.request == request) {
                    download.neighbors.fetch_place(fetch.place);
                }
                let rarest = self.config.groups[asker.group as usize].strategy.picks_among_rarest();
                download.neighbors.fetch_for(&download.wanted, rarest, &self.chunks);
            }
        }
    }

    /// A round of queries begins or ends: the neighbors.
    #[inline]
    fn fetch_for_round(&self, stage: usize, peer: u32) {
        let neighbors = &self.downloads[peer as usize].neighbors;
        match stage {
            0 => {
                self.fetch_presence(peer);
                cache::fetch_whole(&self.downloads[peer as usize]);
            }
            1 => neighbors.fetch_list(),
            _ => {
                (0..neighbors.len()).for_each(|place| self.fetch_presence(neighbors.address(place).0));
                neighbors.fetch_for_answers();
            }
        }
    }
}
