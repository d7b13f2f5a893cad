//! How the two sides of a transfer notice that the other is gone.
//!
//! Leaving is silent, so what is noticed is an absence: the failure detection's time after the instant at which a living
//! peer would have sent or heard something.
//!
//! * The uploader left: it would have gone on sending at once, or, where the upload still waited for the uplink, at its turn.
//! * The downloader left: it would have heard the bytes that arrive from then on, so at once, or when the first arrives.
//! * A request reaches nobody: it would have been heard when it arrived.
//!
//! Until then the fetch takes its slot, and an uplink goes on sending to nobody.

use super::action::{Action, What, node_of, origin_of};
use super::config::FailureDetection;
use super::peer::Transfer;
use super::{MessageKind, Observer, Queue, Record, Swarm, Waste};
use crate::net::{Abandoned, Job, JobId};
use crate::sim::{Key, Span};

/// Whether a fetch ended because the other side was gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    No,
    Yes,
}

impl<O: Observer> Swarm<O> {
    /// How long an absence over a link of this latency goes unnoticed.
    pub(super) fn detection(&self, latency: Span) -> Span {
        match self.config.protocol.failure_detection {
            FailureDetection::Reset => latency,
            FailureDetection::After(span) => span,
        }
    }

    /// Everything that `peer`, which leaves now, was sending or about to send breaks off.
    pub(super) fn abandon_uploads(&mut self, queue: &mut Queue, peer: u32) {
        let abandoned = self.links.abandon(self.now, peer, &mut self.effects);
        for Abandoned { job, started, turn, sent_bytes } in abandoned {
            if let Some(start) = started {
                let message = self.chunk_message(job);
                self.record(Record::Upload { message, start, end: self.now, bytes: sent_bytes });
                self.record(Record::Wasted { from: peer, bytes: sent_bytes, why: Waste::Cut });
            }
            let (to, latency) = (self.links.job(job).to, self.latency_of(job));
            let transfer = self.links.cargo_mut(job);
            transfer.abandoned = true;
            let Transfer { session, request, .. } = *transfer;
            let notice = Action { session, a: job.0, b: request, ..Action::new(What::UploaderGone, to) };
            let at = turn + self.detection(latency);
            self.schedule(queue, origin_of(peer), at, notice);
        }
        self.apply(queue);
    }

    /// Everyone who is sending to `peer`, which leaves now, will notice.
    pub(super) fn abandon_fetches(&mut self, queue: &mut Queue, peer: u32) {
        for fetch in std::mem::take(&mut self.peers[peer as usize].fetches) {
            let is_it = |id: &JobId| {
                let job = self.links.job(*id);
                (job.to, job.cargo.request) == (peer, fetch.request) && job.started().is_some()
            };
            let begun = self.links.uploads(fetch.from).find(is_it);
            if let Some(job) = begun {
                self.uploading_to_nobody(queue, job, peer);
            }
        }
    }

    /// The uplink's part of `job` has begun, and nobody is there to receive it; that shows now, at node `by`.
    pub(super) fn uploading_to_nobody(&mut self, queue: &mut Queue, job: JobId, by: u32) {
        let Job { from, to, cargo: Transfer { message, .. }, .. } = *self.links.job(job);
        let latency = self.latency_of(job);
        let first_byte = self.links.job(job).started().expect("it has begun") + latency;
        let at = first_byte.max(self.now) + self.detection(self.way_back(latency, to, from));
        let notice = Action { a: job.0, b: message, ..Action::new(What::DownloaderGone, from) };
        self.schedule(queue, origin_of(by), at, notice);
    }

    /// An uploader notices that it sends to nobody, if it still does.
    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_downloader_gone(&mut self, queue: &mut Queue, action: Action) {
        let job = JobId(action.a);
        let transfer = *self.links.job(job);
        let is_it = transfer.from == action.to && transfer.cargo.message == action.b && !transfer.cargo.abandoned;
        if !is_it || transfer.has_left() {
            return;
        }
        let start = transfer.started().expect("it has begun");
        let bytes = self.links.cut(self.now, job, &mut self.effects);
        let message = self.chunk_message(job);
        self.record(Record::Upload { message, start, end: self.now, bytes });
        self.record(Record::Wasted { from: action.to, bytes, why: Waste::Cut });
        self.record(Record::Cut { message });
        self.links.free(job);
        // The slot's next transfer must not be taken for this one.
        self.links.cargo_mut(job).abandoned = true;
        self.apply(queue);
    }

    /// A downloader notices that its uploader is gone.
    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_uploader_gone(&mut self, queue: &mut Queue, action: Action) {
        let job = JobId(action.a);
        let request = self.links.job(job).cargo.request;
        self.record(Record::Cut { message: self.chunk_message(job) });
        self.links.free(job);
        if self.is_there(action.to, action.session) {
            self.end_round(queue, action.to);
            self.end_fetch(action.to, request, Gone::Yes);
            self.fetch_more(queue, action.to);
        }
    }

    /// A downloader notices that its request reached nobody.
    #[cfg_attr(profile, inline(never))]
    pub(super) fn on_nobody_there(&mut self, queue: &mut Queue, cause: Key, action: Action) {
        let Action { to: peer, a: request, .. } = action;
        if !self.is_there(peer, action.session) {
            return;
        }
        let sent = Key { time: self.now, origin: origin_of(peer), count: request };
        let message = Self::message(sent, MessageKind::FetchChunkRequest, node_of(cause.origin));
        self.record(Record::Timeout { message });
        self.end_round(queue, peer);
        self.end_fetch(peer, request, Gone::Yes);
        self.fetch_more(queue, peer);
    }
}
