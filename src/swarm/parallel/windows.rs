//! A swarm in parts, simulated window by window.

use super::apart::{Rest, Shard, put_together, take_apart};
use super::intake::Intake;
use super::looks::{Looks, Standing};
use super::{ARRIVES, Crew, Divisible, Letters, Meet, News, SHORTEST_STAY, SHORTEST_WINDOW};
use crate::sim::{Digest, Key, QueueKind, Span, Time, cache};
use crate::swarm::action::origin_of;
use crate::swarm::{Observer, Simulation, Swarm};
use parking_lot::{Mutex, MutexGuard, RwLock};

/// How far ahead of their turn news are looked at, for the second time; for the first, twice as far.
const AHEAD: usize = 8;

/// A swarm in parts.
#[derive(Debug)]
pub(super) struct Apart<O: Divisible> {
    rest: Rest<O>,
    shards: Vec<Mutex<Shard<O::Part>>>,
    /// By part: observers for what is [taken in](Intake), beside those that the parts have.
    seen: Vec<O::Part>,
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

/// What parts have between them while windows go on.
struct Shared<'a, O: Divisible> {
    letters: &'a [Vec<Mutex<Letters>>],
    news: &'a [RwLock<Vec<News>>],
    reports: &'a [RwLock<Report>],
    intake: Intake<'a, O>,
    looks: Looks,
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
    standing: Standing,
}

/// How far windows may go.
#[derive(Clone, Copy)]
struct Goal {
    /// No event after that.
    mark: Time,
    /// The observer is to be told of uplinks then, before anything later happens.
    look: Time,
    /// In all.
    events: u64,
    needs_witness: bool,
    last_arrival: Option<Time>,
}

/// What comes next.
enum Step {
    Window(Window),
    /// A look at uplinks, before what comes at this instant.
    Look(Time),
    Pause(Pause),
}

/// From its first event to its last instant.
#[derive(Clone, Copy, Debug)]
struct Window {
    from: Time,
    last: Time,
    /// No round that began before takes longer.
    longest: Span,
    /// Events before.
    events: u64,
}

impl Standing {
    /// Of all parts together.
    fn of(reports: impl Iterator<Item = Report>) -> Standing {
        reports.fold(Standing::default(), |all, part| all.and(part.standing))
    }
}

impl<O: Divisible> Apart<O> {
    /// Takes a swarm apart.
    pub(super) fn new(run: Simulation<O>, parts: usize, queue: QueueKind, crew: &impl Crew) -> Apart<O> {
        let last_arrival = run.swarm.plan.last().map(|peer| peer.time);
        let (rest, mut shards) = take_apart(run, parts, queue, crew);
        let reports = shards.iter_mut().map(|shard| RwLock::new(shard.report())).collect();
        Apart {
            seen: shards.iter().map(|_| rest.observer.part()).collect(),
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
        let mut seen = self.seen;
        shards.iter_mut().zip(&mut seen).for_each(|(shard, seen)| std::mem::swap(&mut shard.swarm.observer, seen));
        rest.observer.absorb(Time::ZERO, &mut seen, &|| false);
        put_together::<O>(rest, shards, queue)
    }

    /// Handles about `events` events, none later than `mark`.
    pub(super) fn advance_to(&mut self, mark: Time, events: u64, crew: &impl Crew) -> Pause {
        let events = Standing::of(self.reports()).events.saturating_add(events);
        let needs_witness = self.shards[0].lock().swarm.ends_complete();
        let look = self.rest.observer.next_look();
        let goal = Goal { mark, look, events, needs_witness, last_arrival: self.last_arrival };
        let from = match goal.next_step(self.reports()) {
            Step::Window(window) => window.from,
            Step::Look(_) => look,
            Step::Pause(pause) => return pause,
        };
        let Apart { rest, shards, seen, letters, news, reports, .. } = self;
        let shared = Shared {
            letters,
            news,
            reports,
            intake: Intake::new(&mut rest.observer, seen, from),
            looks: Looks::new(shards[0].lock().swarm.plan.len() as u32),
        };
        let end = Mutex::new(Pause::Together);
        crew.work(shards.len(), &|number, meet| {
            let pause = shards[number].lock().work(number, goal, &shared, meet);
            *end.lock() = pause;
        });
        let mut shards: Vec<_> = shards.iter().map(Mutex::lock).collect();
        shared.intake.finish(shards.iter_mut().map(|shard| &mut shard.swarm.observer));
        end.into_inner()
    }

    fn reports(&self) -> impl Iterator<Item = Report> + '_ {
        self.reports.iter().map(|report| *report.read())
    }

    fn swarms(&self) -> Vec<MutexGuard<'_, Shard<O::Part>>> {
        self.shards.iter().map(Mutex::lock).collect()
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
    /// What comes next; the same for all who ask between two meetings.
    fn next_step(&self, reports: impl Iterator<Item = Report>) -> Step {
        let none = Report {
            next: Time::NEVER,
            least: SHORTEST_STAY,
            longest: Span::ZERO,
            departs: Time::NEVER,
            has_witness: false,
            standing: Standing::default(),
        };
        let all = reports.fold(none, |all, part| Report {
            next: all.next.min(part.next),
            least: all.least.min(part.least),
            longest: all.longest.max(part.longest),
            departs: all.departs.min(part.departs),
            has_witness: all.has_witness || part.has_witness,
            standing: all.standing.and(part.standing),
        });
        let Report { next: from, least, longest, departs, has_witness, standing } = all;
        if from == Time::NEVER || from >= departs || least < SHORTEST_WINDOW {
            return Step::Pause(Pause::Together);
        }
        let before = |time: Time| Time::from_nanos(time.as_nanos() - 1);
        let end = before(from + least).min(before(departs));
        let is_safe = has_witness || self.last_arrival.is_some_and(|last| last > end);
        if self.needs_witness && !is_safe {
            return Step::Pause(Pause::Together);
        }
        if from > self.mark.min(self.look) {
            return if self.look <= self.mark { Step::Look(from) } else { Step::Pause(Pause::Mark(from)) };
        }
        if standing.events >= self.events {
            return Step::Pause(Pause::Budget);
        }
        Step::Window(Window { from, last: end.min(self.mark).min(self.look), longest, events: standing.events })
    }
}

impl<P: Observer> Shard<P> {
    /// One part's share of the work, window by window, until all pause.
    fn work<O: Divisible<Part = P>>(
        &mut self,
        number: usize,
        mut goal: Goal,
        shared: &Shared<'_, O>,
        meet: &Meet<'_>,
    ) -> Pause {
        let Shared { reports, intake, looks, .. } = shared;
        loop {
            let all = || reports.iter().map(|report| *report.read());
            match goal.next_step(all()) {
                Step::Window(window) => self.take_part(number, window, shared, meet),
                Step::Look(next) => {
                    let at = goal.look;
                    goal.look = looks.look(number, &mut self.swarm, (at, next), Standing::of(all()), intake, meet);
                    if at == goal.mark {
                        return Pause::Mark(next);
                    }
                }
                Step::Pause(pause) => return pause,
            }
        }
    }

    /// One part's share of a window, until all know what happened in it.
    fn take_part<O: Divisible<Part = P>>(
        &mut self,
        number: usize,
        window: Window,
        shared: &Shared<'_, O>,
        meet: &Meet<'_>,
    ) {
        let &Shared { letters, news, reports, ref intake, .. } = shared;
        if number == 0 {
            intake.take_in_what_waits(window.events);
        }
        intake.put_down(number, &mut self.swarm.observer);
        self.handle(window);
        self.publish(&letters[number], &news[number]);
        meet(&|is_over| intake.take_in(is_over));
        if number == 0 {
            intake.end_window(window.from, window.events);
        }
        for other in (0..letters.len()).filter(|&other| other != number) {
            self.receive(&mut letters[other][number].lock());
            self.hear(&news[other].read());
        }
        self.settle();
        *reports[number].write() = self.report();
        meet(&|is_over| intake.take_in(is_over));
    }

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
        let standing = Standing { incomplete: self.swarm.incomplete, events: self.kernel.events };
        Report { next, least, longest, departs, has_witness, standing }
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
