//! Asking for memory that upcoming events are going to need; see [`cache`].
//!
//! Each event comes by three times before it is handled: first for what its payload names, then for what that leads to, and so on.
//! By then other events may have changed all of this, so what is found here is a guess, and is used for nothing else.

use super::action::{Action, What, node_of, origin_of};
use super::neighbors::Hint;
use super::peer::Download;
use super::{Observer, Swarm};
use crate::net::JobId;
use crate::sim::{Origin, cache};

/// With fewer peers, about all that they touch is in the cache already.
pub(super) const WORTHWHILE_PEERS: usize = 2000;

/// With more neighbors, a round of queries needs more than the nearest cache holds, which is asked for when its turn comes.
const FEW: usize = 64;

impl<O: Observer> Swarm<O> {
    /// Asks for what an upcoming event of `origin` needs, the `stage`-th time.
    #[inline]
    pub(super) fn fetch_ahead(&self, stage: usize, origin: Origin, action: Action) {
        match action.what {
            What::ChunkArrives | What::ChunkPassed => self.fetch_for_chunk(stage, action),
            What::Fetch => self.fetch_for_request(stage, action),
            What::LinkWake => self.fetch_for_wake(stage, action),
            What::QueryAnswer => self.fetch_for_answer(stage, node_of(origin), action),
            What::RoundDone => self.fetch_for_round(stage, action.to),
            What::QueryDue => self.fetch_for_queries(stage, action.to),
            What::JoinAnswer | What::PeerListAnswer => self.fetch_for_list(stage, action),
            What::Query | What::ProofDue | What::ListDue if stage == 0 => self.fetch_presence(action.to),
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
                self.fetch_chooser(peer);
            }
            1 => {
                let node = self.node(peer);
                self.inboxes.fetch(peer, node.unread);
                cache::fetch_run(&asker.fetches);
                asker.recent.last().inspect(|last| cache::fetch(*last));
                self.fetch_choice(download);
                if let Some(set) = node.chunks {
                    self.chunks.fetch_set(set);
                    self.chunks.fetch_log(set, node.held);
                }
                if node.asking && download.neighbors.len() <= FEW {
                    download.neighbors.fetch_list();
                }
            }
            _ => {
                let node = self.node(peer);
                for answer in self.inboxes.unread(peer, node.unread) {
                    self.chunks.fetch_log(answer.set, answer.count.saturating_sub(1));
                    download.neighbors.fetch_place(u32::from(answer.place));
                }
                let request = self.links.job(JobId(a)).cargo.request;
                if let Some(fetch) = asker.fetches.iter().find(|fetch| fetch.request == request) {
                    download.neighbors.fetch_place(fetch.place);
                }
                if node.asking && download.neighbors.len() <= FEW {
                    self.fetch_neighbors(download);
                    download.neighbors.fetch_for_answers();
                }
                let rarest = self.config.groups[asker.group as usize].strategy.picks_among_rarest();
                download.neighbors.fetch_for(&download.wanted, rarest, &self.chunks);
            }
        }
    }

    /// An answer reaches `asker`: what it leads to, and the next choice, where that has waited for it.
    #[inline]
    fn fetch_for_answer(&self, stage: usize, asker: u32, Action { to: neighbor, a, b: count, .. }: Action) {
        let hint = Hint(a);
        if stage == 0 {
            self.fetch_presence(asker);
            if hint.is_news() {
                self.fetch_presence(neighbor);
                self.fetch_chooser(asker);
            }
            return;
        }
        let download = &self.downloads[asker as usize];
        // Of many answers one follows the other, so that little of this is not there yet.
        if !hint.is_news() || download.neighbors.len() > FEW {
            return;
        }
        let place = u32::from(hint.place());
        match (stage, self.node(neighbor).chunks) {
            (1, Some(set)) => {
                let node = self.node(asker);
                download.neighbors.fetch_place(place);
                self.chunks.fetch_log(set, count.saturating_sub(1));
                if node.hungry {
                    self.fetch_choice(download);
                } else {
                    self.chunks.fetch_readers(set);
                    self.inboxes.fetch_next(asker, node.unread);
                }
            }
            // Who has waited can ask for nothing but what is news.
            (2, Some(set)) if self.node(asker).hungry => {
                download.neighbors.fetch_for_news(place, set, count, &self.chunks);
            }
            _ => {}
        }
    }

    /// Where what a choice needs is found.
    #[inline]
    fn fetch_chooser(&self, peer: u32) {
        let (asker, download) = (&self.peers[peer as usize], &self.downloads[peer as usize]);
        cache::fetch(&asker.fetches);
        cache::fetch(&asker.picks);
        cache::fetch(&download.neighbors);
        cache::fetch(&download.wanted);
    }

    /// What a choice looks at first: wanted chunks, and how many copies there are.
    #[inline]
    fn fetch_choice(&self, download: &Download) {
        cache::fetch_run(download.wanted.bits().words());
        download.neighbors.fetch_counts();
    }

    /// A round of queries begins: the list of neighbors.
    #[inline]
    fn fetch_for_queries(&self, stage: usize, peer: u32) {
        match stage {
            0 => {
                self.fetch_presence(peer);
                cache::fetch_whole(&self.downloads[peer as usize]);
            }
            1 => self.downloads[peer as usize].neighbors.fetch_list(),
            _ => {}
        }
    }

    /// A round of queries ends: the neighbors.
    #[inline]
    fn fetch_for_round(&self, stage: usize, peer: u32) {
        if stage < 2 {
            return self.fetch_for_queries(stage, peer);
        }
        self.fetch_neighbors(&self.downloads[peer as usize]);
        self.downloads[peer as usize].neighbors.fetch_for_answers();
    }

    #[inline]
    fn fetch_neighbors(&self, Download { neighbors, .. }: &Download) {
        (0..neighbors.len()).for_each(|place| self.fetch_presence(neighbors.address(place).0));
    }

    /// [`fetch_news`](Swarm::fetch_news) before a part of a round is handled, where neighbors are few: of many, most would be asked for
    /// long before their answers are there.
    #[inline]
    pub(super) fn fetch_few_news(&self, peer: u32) {
        if self.looks_ahead && self.downloads[peer as usize].neighbors.len() <= FEW {
            self.fetch_news(peer);
        }
    }

    /// What `peer` does not know yet of its neighbors' logs, but for what their latest chunks tell: asked for together, so that the
    /// processor can wait for all at the same time.
    pub(super) fn fetch_news(&self, peer: u32) {
        let neighbors = &self.downloads[peer as usize].neighbors;
        for place in 0..neighbors.len() {
            let node = self.node(neighbors.address(place).0);
            let Some(set) = node.chunks.filter(|_| neighbors.is_news(place, node.held)) else { continue };
            // What all tell is counted from their logs.
            if self.chunks.lists_owners() || !node.latest_reach(neighbors.known(place).0, &self.chunks) {
                neighbors.fetch_log(place as u32, set, node.held, &self.chunks);
            }
        }
    }

    /// A list arrives: the peers that it names, where there is room for neighbors.
    #[inline]
    fn fetch_for_list(&self, stage: usize, Action { to: peer, b, .. }: Action) {
        match stage {
            0 => {
                self.fetch_presence(peer);
                self.fetch_chooser(peer);
            }
            2 if !self.names_everyone() => {
                let neighbors = self.downloads[peer as usize].neighbors.len();
                if self.config.protocol.max_neighbors.is_none_or(|most| neighbors < most as usize) {
                    let named = self.lists.get(b as usize).into_iter().flatten();
                    named.for_each(|&id| cache::fetch_item(&self.peers, id as usize));
                }
            }
            _ => {}
        }
    }
}
