//! Following causes back from a peer's last chunk to its arrival.

use super::story::{Answer, Cause, Fetch, List, Session, Story};
use super::{Step, Wait};

/// When the download of `peer` began and was over, and what was waited for in between; `None` where there is no such peer.
pub(super) fn follow(story: &Story, peer: u32) -> Option<(u64, u64, Vec<Step>)> {
    let told = story.peers.get(peer as usize).filter(|_| peer > 0)?;
    let (from, until) = (told.from, told.until.max(told.from));
    let mut chain = Chain { story, peer, from, at: until, steps: Vec::new() };
    let mut next = match told.last {
        Some(last) => {
            let came = story.fetches[last as usize].ended.unwrap_or(until);
            chain.step(Wait::Unfinished, came, (peer, 0, None));
            Next::Fetch(last)
        }
        None => Next::End,
    };
    // Causes come before what they cause, unless somebody made the trace up.
    let mut before = u32::MAX;
    while chain.at > from {
        next = match next {
            Next::Fetch(number) if number < before => {
                before = number;
                chain.fetch(&story.fetches[number as usize])
            }
            Next::Fetch(_) => Next::End,
            Next::Answer(number, asker, chunk) => chain.answer(&story.answers[number as usize], asker, chunk),
            Next::List(asker, session, list, met) => chain.list(asker, session, list, met),
            Next::Arrival(who) => chain.arrival(who),
            Next::End => {
                let wait = if told.last.is_none() { Wait::Unfinished } else { Wait::Other };
                chain.step(wait, from, (peer, 0, None));
                Next::End
            }
        };
    }
    chain.steps.reverse();
    Some((from, until, chain.steps))
}

/// What held up what came after it.
#[derive(Clone, Copy)]
enum Next {
    /// A fetch, by number: it was over then.
    Fetch(u32),
    /// An answer, by number, that told its asker of a chunk.
    Answer(u32, u32, u32),
    /// A list: whose, of which session, the how-manieth; and the neighbor that was to be on it, since when it was listed.
    List(u32, u32, u32, Option<(u32, Option<u64>)>),
    /// This peer arrives.
    Arrival(u32),
    /// Nothing that is known.
    End,
}

/// Who waits, with whom on the other side, for which chunk.
type Whose = (u32, u32, Option<u32>);

struct Chain<'s> {
    story: &'s Story,
    peer: u32,
    from: u64,
    /// All after this is explained.
    at: u64,
    /// From the last to the first.
    steps: Vec<Step>,
}

impl Chain<'_> {
    /// From `since` until where the chain has got to, something was waited for. What took no time is left out, and so is what was
    /// before the download began.
    fn step(&mut self, wait: Wait, since: u64, (peer, with, chunk): Whose) {
        let since = since.clamp(self.from, self.at);
        if since == self.at {
            return;
        }
        let step = Step { wait, from: since, until: self.at, peer, with, chunk };
        match self.steps.last_mut() {
            // Both ways of an answer, say.
            Some(next) if (next.wait, next.peer, next.with, next.chunk) == (wait, peer, with, chunk) => {
                next.from = since
            }
            _ => self.steps.push(step),
        }
        self.at = since;
    }

    /// The session of `peer` in which `t` lies.
    fn session(&self, peer: u32, t: u64) -> Option<(u32, &Session)> {
        let sessions = &self.story.peers.get(peer as usize)?.sessions;
        let number = sessions.partition_point(|session| session.arrived <= t).checked_sub(1)?;
        Some((number as u32, &sessions[number]))
    }

    /// A fetch that is over at the point that the chain has got to.
    fn fetch(&mut self, fetch: &Fetch) -> Next {
        let whose = (fetch.peer, fetch.from, Some(fetch.chunk));
        match (fetch.handled, fetch.upload) {
            (Some(handled), Some((start, end))) if fetch.came => {
                // The way of the last byte takes as long as that of the request; what is left is the downlink's.
                let latency = handled - fetch.asked.min(handled);
                self.step(Wait::Downlink, end.saturating_add(latency), whose);
                self.step(Wait::Flight, end, whose);
                self.step(Wait::Uplink, start, whose);
                self.step(Wait::Queue, handled, whose);
                self.step(Wait::Request, fetch.asked, whose);
            }
            _ => self.step(Wait::InVain, fetch.asked, whose),
        }
        self.step(Wait::Other, fetch.caused, whose);
        match fetch.cause {
            Cause::Ended(before) => Next::Fetch(before),
            Cause::News(answer) => Next::Answer(answer, fetch.peer, fetch.chunk),
            Cause::None => Next::Arrival(fetch.peer),
        }
    }

    /// An answer that told `asker` of `chunk`, and had come at the point that the chain has got to.
    fn answer(&mut self, answer: &Answer, asker: u32, chunk: u32) -> Next {
        let Answer { neighbor, asked, handled, session, news, lost_since, met, .. } = *answer;
        let whose = (asker, neighbor, Some(chunk));
        let told = &self.story.peers[neighbor as usize].sessions[session as usize];
        let (got, origin) = match self.got_by(told, chunk, news) {
            Some(fetch) => (self.story.fetches[fetch as usize].ended.unwrap_or(told.arrived), Next::Fetch(fetch)),
            None => (told.arrived, Next::Arrival(neighbor)),
        };
        self.step(Wait::Query, handled, whose);
        self.step(Wait::Query, got.max(asked), whose);
        let list = met.and_then(|met| {
            let (session, lists) = self.session(asker, asked)?;
            let list = lists.lists.get(met.list as usize)?;
            (list.came > got).then_some((list.came, Next::List(asker, session, met.list, Some((neighbor, met.listed)))))
        });
        let (since, next) = list.unwrap_or((got, origin));
        if let Some(lost) = lost_since {
            self.step(Wait::QueryLost, lost.max(since), whose);
        }
        self.step(Wait::QueryRound, since, whose);
        next
    }

    /// The fetch by which a neighbor got what was news: the chunk itself, else the last of the news. `None` where it came with it.
    fn got_by(&self, session: &Session, chunk: u32, (known, told): (u32, u32)) -> Option<u32> {
        let place = |count: u32| (count.saturating_sub(session.brought) as usize).min(session.got.len());
        let news = &session.got[place(known)..place(told)];
        let is_it = |fetch: &&u32| self.story.fetches[**fetch as usize].chunk == chunk;
        if let Some(fetch) = news.iter().find(is_it) {
            return Some(*fetch);
        }
        // What it brought was news, too, and the chunk may have been of that.
        if known < session.brought { None } else { news.last().copied() }
    }

    /// A list that `asker` had got at the point that the chain has got to.
    fn list(&mut self, asker: u32, session: u32, list: u32, met: Option<(u32, Option<u64>)>) -> Next {
        const TRACKER: u32 = 0;
        let lists = &self.story.peers[asker as usize].sessions[session as usize].lists;
        let List { joined, wanted, asked, .. } = lists[list as usize];
        let whose = (asker, TRACKER, None);
        self.step(Wait::Tracker, asked, whose);
        self.step(Wait::TrackerSilent, wanted, whose);
        let Some(before) = list.checked_sub(1).filter(|_| !joined) else { return Next::Arrival(asker) };
        let earlier = lists[before as usize];
        if let Some((neighbor, Some(listed))) = met.filter(|&(_, listed)| listed.is_some_and(|t| t > earlier.handled)) {
            self.step(Wait::ListRound, listed, whose);
            let arrived = self.session(neighbor, listed).map_or(listed, |(_, session)| session.arrived);
            self.step(Wait::Neighbor, arrived, (asker, neighbor, None));
            return Next::Arrival(neighbor);
        }
        self.step(Wait::ListRound, earlier.came, whose);
        Next::List(asker, session, before, met)
    }

    /// A session begins at the point that the chain has got to.
    fn arrival(&mut self, who: u32) -> Next {
        let (wait, with) = if who == self.peer { (Wait::Away, 0) } else { (Wait::Neighbor, who) };
        self.step(wait, self.from, (self.peer, with, None));
        Next::End
    }
}
