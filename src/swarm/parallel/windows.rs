//! A swarm in parts, simulated window by window.

use super::apart::{Rest, Shard, put_together, take_apart};
use super::{ARRIVES, Crew, Divisible, Letters, News, SHORTEST_STAY, SHORTEST_WINDOW};
use crate::sim::{Digest, Key, QueueKind, Span, Time, cache};
use crate::swarm::action::origin_of;
use crate::swarm::uplinks::Look;
use crate::swarm::{Observer, Simulation, Swarm};
use parking_lot::{Mutex, MutexGuard, RwLock};

/// How far ahead of their turn news are looked at, for the second time; for the first, twice as far.
const AHEAD: usize = 8;

/// A swarm in parts.
#[derive(Debug)]
pub(super) struct Apart<O: Divisible> {
    rest: Rest<O>,
    shards: Vec<Mutex<Shard<O::Part>>>,
    /// By part: what its observer saw in the latest window. (The observer of the window at hand is with the part.)
    seen: Mutex<Vec<O::Part>>,
    /// From part to part.
    letters: Vec<Vec<Mutex<Letters>>>,
    news: Vec<RwLock<Vec<News>>>,
    reports: Vec<RwLock<Report>>,
    /// The last of the first arrivals.
    last_arrival: Option<Time>,
}

/// Why windows do not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// As many events were handled as were allowed.
    Budget,
    /// The next event, at this time, lies past the mark.
    Mark(Time),
    /// The swarm is to be put together.
    Together,
}

/// What all need to know of a part before the next window.
#[derive(Clone, Copy, Debug)]
struct Report {
    /// Its next event.
    next: Time,
    least: Span,
    /// The longest round so far.
    longest: Span,
    departs: Time,
    has_witness: bool,
    events: u64,
}

/// How far windows may go.
#[derive(Clone, Copy)]
struct Goal {
    /// No event after that.
    last: Time,
    /// In all.
    events: u64,
    needs_witness: bool,
    last_arrival: Option<Time>,
}

/// From its first event to its last instant.
#[derive(Clone, Copy, Debug)]
struct Window {
    from: Time,
    last: Time,
    /// No round that began before takes longer.
    longest: Span,
}

impl<O: Divisible> Apart<O> {
    /// Takes a swarm apart.
    pub(super) fn new(run: Simulation<O>, parts: usize, queue: QueueKind) -> Apart<O> {
        let last_arrival = run.swarm.plan.last().map(|peer| peer.time);
        let (rest, mut shards) = take_apart(run, parts, queue);
        let reports = shards.iter_mut().map(|shard| RwLock::new(shard.report())).collect();
        Apart {
            seen: Mutex::new(shards.iter().map(|_| rest.observer.part()).collect()),
            letters: shards.iter().map(|_| shards.iter().map(|_| Mutex::default()).collect()).collect(),
            news: shards.iter().map(|_| RwLock::default()).collect(),
            shards: shards.into_iter().map(Mutex::new).collect(),
            rest,
            reports,
            last_arrival,
        }
    }

    /// Puts it together.
    pub(super) fn together(self, queue: QueueKind) -> Simulation<O> {
        let mut rest = self.rest;
        let shards = self.shards.into_iter().map(|shard| shard.into_inner());
        let mut shards: Vec<Shard<O::Part>> = shards.collect();
        // What was counted since the last window ended.
        let mut seen = self.seen.into_inner();
        shards.iter_mut().zip(&mut seen).for_each(|(shard, seen)| std::mem::swap(&mut shard.swarm.observer, seen));
        rest.observer.absorb(Time::ZERO, &mut seen);
        put_together::<O>(rest, shards, queue)
    }

    /// Handles about `events` events, none later than `mark`.
    pub(super) fn advance_to(&mut self, mark: Time, events: u64, crew: &impl Crew) -> Pause {
        let events = self.reports().map(|report| report.events).sum::<u64>().saturating_add(events);
        loop {
            let look = self.rest.observer.next_look();
            let pause = self.windows(mark.min(look), events, crew);
            let Pause::Mark(next) = pause else { return pause };
            if look <= mark {
                self.look(look, crew);
            }
            if mark <= look {
                return Pause::Mark(next);
            }
        }
    }

    /// As many windows as may be, none beyond `last`.
    fn windows(&mut self, last: Time, events: u64, crew: &impl Crew) -> Pause {
        let needs_witness = self.shards[0].lock().swarm.ends_complete();
        let goal = Goal { last, events, needs_witness, last_arrival: self.last_arrival };
        if let Err(pause) = goal.next_window(self.reports()) {
            return pause;
        }
        let Apart { rest, shards, seen, letters, news, reports, .. } = self;
        let (shards, seen, letters, news, reports) = (&*shards, &*seen, &*letters, &*news, &*reports);
        let (observer, end) = (Mutex::new(&mut rest.observer), Mutex::new(Pause::Together));
        crew.work(shards.len(), &|number, meet| {
            let mut shard = shards[number].lock();
            loop {
                let all = reports.iter().map(|report| *report.read());
                let window = match goal.next_window(all) {
                    Ok(window) => window,
                    Err(pause) => {
                        *end.lock() = pause;
                        break;
                    }
                };
                shard.handle(window);
                shard.publish(&letters[number], &news[number]);
                meet();
                // What was seen in the window before has been taken in by now.
                std::mem::swap(&mut shard.swarm.observer, &mut seen.lock()[number]);
                for other in (0..shards.len()).filter(|&other| other != number) {
                    shard.receive(&mut letters[other][number].lock());
                    shard.hear(&news[other].read());
                }
                shard.settle();
                *reports[number].write() = shard.report();
                meet();
                // The others go on meanwhile, until they meet again.
                if number == 0 {
                    observer.lock().absorb(window.from, &mut seen.lock());
                }
            }
        });
        end.into_inner()
    }

    fn reports(&self) -> impl Iterator<Item = Report> + '_ {
        self.reports.iter().map(|report| *report.read())
    }

    fn swarms(&self) -> Vec<MutexGuard<'_, Shard<O::Part>>> {
        self.shards.iter().map(Mutex::lock).collect()
    }

    /// Tells the observer what uplinks have to do, after all that happens `at` an instant.
    fn look(&mut self, at: Time, crew: &impl Crew) {
        let mut seen;
        {
            let shards = self.swarms();
            seen = Look::new(shards[0].swarm.plan.len() as u32);
            let incomplete = shards.iter().map(|shard| shard.swarm.incomplete).sum();
            shards.iter().for_each(|shard| shard.swarm.look_at_uplinks(&mut seen, incomplete));
        }
        let all = Mutex::new(seen.clone());
        crew.work(self.shards.len(), &|number, _| {
            let mut look = seen.clone();
            self.shards[number].lock().swarm.ask_downloaders(&mut look, Key::last_of(at));
            all.lock().join(&look);
        });
        self.rest.observer.look(at, all.into_inner().uplinks());
    }

    pub(super) fn so_far(&mut self, mark: Time, crew: &impl Crew) -> (u64, Digest) {
        let sum = Mutex::new((0, Digest::default()));
        crew.work(self.shards.len(), &|number, _| {
            let (events, digest) = self.shards[number].lock().swarm.rounds_until(Key::last_of(mark));
            let mut sum = sum.lock();
            sum.0 += events;
            sum.1.join(digest);
        });
        let (events, mut digest) = sum.into_inner();
        digest.join(self.digest());
        (self.events() + events, digest)
    }

    pub(super) fn now(&self) -> Time {
        self.shards.iter().map(|shard| shard.lock().kernel.now).max().expect("there are parts")
    }

    pub(super) fn events(&self) -> u64 {
        let of = |shard: &Mutex<Shard<O::Part>>| {
            let shard = shard.lock();
            shard.kernel.events + shard.swarm.rounds.events
        };
        self.rest.events + self.shards.iter().map(of).sum::<u64>()
    }

    pub(super) fn digest(&self) -> Digest {
        let mut digest = self.rest.digest;
        for shard in self.swarms() {
            digest.join(shard.kernel.digest);
            digest.join(shard.swarm.rounds.digest);
        }
        digest
    }

    pub(super) fn planned_peers(&self) -> u32 {
        self.shards[0].lock().swarm.plan.len() as u32
    }

    pub(super) fn observer(&self) -> &O {
        &self.rest.observer
    }

    pub(super) fn into_observer(self) -> O {
        self.rest.observer
    }
}

impl Goal {
    /// The next window; the same for all who ask between two meetings.
    fn next_window(&self, reports: impl Iterator<Item = Report>) -> Result<Window, Pause> {
        let none = Report {
            next: Time::NEVER,
            least: SHORTEST_STAY,
            longest: Span::ZERO,
            departs: Time::NEVER,
            has_witness: false,
            events: 0,
        };
        let all = reports.fold(none, |all, part| Report {
            next: all.next.min(part.next),
            least: all.least.min(part.least),
            longest: all.longest.max(part.longest),
            departs: all.departs.min(part.departs),
            has_witness: all.has_witness || part.has_witness,
            events: all.events + part.events,
        });
        let Report { next: from, least, longest, departs, has_witness, events } = all;
        if from == Time::NEVER || from >= departs || least < SHORTEST_WINDOW {
            return Err(Pause::Together);
        }
        let before = |time: Time| Time::from_nanos(time.as_nanos() - 1);
        let end = before(from + least).min(before(departs));
        let is_safe = has_witness || self.last_arrival.is_some_and(|last| last > end);
        if self.needs_witness && !is_safe {
            return Err(Pause::Together);
        }
        if from > self.last {
            return Err(Pause::Mark(from));
        }
        if events >= self.events {
            return Err(Pause::Budget);
        }
        Ok(Window { from, last: end.min(self.last), longest })
    }
}

impl<P: Observer> Shard<P> {
    /// Handles all events of a window.
    fn handle(&mut self, window: Window) {
        let part = self.swarm.part.as_mut().expect("this is a part");
        (part.from, part.last) = (window.from, window.last);
        self.swarm.rounds.note_longest(window.longest);
        self.kernel.advance(&mut self.swarm, u64::MAX, window.last);
    }

    /// Puts down what the others are to know.
    fn publish(&mut self, letters: &[Mutex<Letters>], news: &RwLock<Vec<News>>) {
        let Swarm { part, lists, free_lists, .. } = &mut self.swarm;
        let part = part.as_mut().expect("this is a part");
        for (written, posted) in part.letters.iter_mut().zip(letters) {
            for event in &mut written.lists {
                let list = &lists[event.payload.b as usize];
                free_lists.push(std::mem::replace(&mut event.payload.b, list.len() as u32));
                written.named.extend_from_slice(list);
            }
            std::mem::swap(written, &mut posted.lock());
        }
        let mut posted = news.write();
        std::mem::swap(&mut part.news, &mut posted);
        part.news.clear();
    }

    /// Takes in what another part has sent.
    fn receive(&mut self, letters: &mut Letters) {
        letters.events.drain(..).for_each(|event| self.kernel.queue.push(event));
        for (mut event, job) in letters.jobs.drain(..) {
            event.payload.a = self.swarm.links.put_in(job).0;
            self.kernel.queue.push(event);
        }
        let mut named = &letters.named[..];
        for event in letters.lists.drain(..) {
            let (list, others) = named.split_at(event.payload.b as usize);
            self.push_with_list(event, list);
            named = others;
        }
        letters.named.clear();
    }

    /// Takes in what another part tells.
    fn hear(&mut self, news: &[News]) {
        for (place, &News { cause, peer, chunk }) in news.iter().enumerate() {
            if let Some(later) = news.get(place + 2 * AHEAD) {
                self.swarm.fetch_peer(later.peer);
            }
            if let Some(soon) = news.get(place + AHEAD) {
                self.swarm.fetch_log_of(soon.peer);
            }
            if chunk == ARRIVES {
                self.swarm.appear(peer, true, cause);
                self.swarm.arrived = self.swarm.arrived.max(peer);
            } else {
                let log = self.swarm.node(peer).chunks.expect("who is there has a log");
                self.swarm.acquire(peer, log, chunk, cause);
            }
        }
    }

    /// Answers what was left open, now that all is known that happened.
    fn settle(&mut self) {
        let mut open = std::mem::take(&mut self.swarm.part.as_mut().expect("this is a part").open);
        open.drain(..).for_each(|(exchange, hint)| self.swarm.answer_later(&exchange, hint));
        self.swarm.flush(&mut self.kernel.queue);
        self.swarm.part.as_mut().expect("this is a part").open = open;
    }

    fn report(&mut self) -> Report {
        let has_witness = self.swarm.finds_witness();
        let part = self.swarm.part.as_ref().expect("this is a part");
        let (least, departs) = (part.least, part.departs);
        let next = self.kernel.queue.first().map_or(Time::NEVER, |event| event.key.time);
        let longest = self.swarm.rounds.longest();
        Report { next, least, longest, departs, has_witness, events: self.kernel.events }
    }
}

impl<O: Observer> Swarm<O> {
    /// Asks for the memory that says where that is which others may know of a peer.
    #[inline]
    fn fetch_peer(&self, peer: u32) {
        cache::fetch(&self.presence[origin_of(peer).0 as usize]);
        cache::fetch(&self.peers[peer as usize].recent);
    }

    /// Asks for the memory of what others may know of a peer.
    #[inline]
    fn fetch_log_of(&self, peer: u32) {
        let node = &self.presence[origin_of(peer).0 as usize];
        if let Some(log) = node.chunks {
            self.chunks.fetch_set(log);
            self.chunks.fetch_log(log, node.held);
        }
        self.peers[peer as usize].recent.last().inspect(|last| cache::fetch(*last));
    }
}
