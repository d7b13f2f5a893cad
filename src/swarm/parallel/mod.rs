//! One swarm on several threads.
//!
//! Whatever one peer does reaches another by a message, and no message takes less than the smallest latency. So if all that happened before
//! an instant is known, what each peer does from then until that latency later depends on nobody else: a *window*. The swarm is taken apart
//! ([`apart`]): each part has some of the peers, with a queue of its own. In a window all parts run at the same time; then they exchange what
//! they sent each other ([`windows`]). Events have an order and draws of their own, so that it makes no difference who handles them, or
//! how many parts there are: a run is the same event by event, and so are its digest and its figures.
//!
//! Three things are known without a message. *What others hold*: rounds of queries are answered later, from the log of who was asked. So each
//! part has a copy of all logs, and is told after each window who got which chunk; and a query that is answered before its window is over
//! waits for that. *Who is there*: an uplink that begins to send looks whether its receiver is. *Whether it is over*: the last to complete
//! ends the run, at once. So a swarm is apart only while nobody can leave, and somebody is sure not to complete; then it is put together
//! again, and goes on on one thread.

mod apart;
mod intake;
mod looks;
mod windows;

use super::action::{Action, What, node_of};
use super::config::{AfterCompletion, Arrival, Config, Group, StopWhen};
use super::neighbors::Hint;
use super::peer::Transfer;
use super::round::Exchange;
use super::{Advance, Observer, Simulation, StopReason, Swarm};
use crate::net::{Job, JobId};
use crate::sim::{Digest, Event, Key, Owner, QueueKind, Span, Time};
use std::fmt::{self, Debug, Display, Formatter};
use windows::{Apart, Pause};

/// An observer of a swarm that can be taken apart: each part of the swarm is watched by a part of the observer.
pub trait Divisible: Observer + Send {
    /// Watches a part of a swarm.
    type Part: Observer + Send + Debug;

    /// A part that has seen nothing yet.
    fn part(&self) -> Self::Part;

    /// Takes in what the parts have seen since they were last emptied, until all is taken in, and the parts are empty, or it `is_enough` for
    /// now; whether that is all. Nothing of it was before `from`, and all that happened before has been taken in.
    fn absorb(&mut self, from: Time, parts: &mut [Self::Part], is_enough: &dyn Fn() -> bool) -> bool;
}

impl Divisible for () {
    type Part = ();
    fn part(&self) {}
    fn absorb(&mut self, _: Time, _: &mut [()], _: &dyn Fn() -> bool) -> bool {
        true
    }
}

/// Threads that work together. (The simulation itself starts none.)
pub trait Crew {
    /// Calls `work` with each number below `workers`, all at the same time, and returns when all are done. Each is given where they
    /// [meet](Meet).
    fn work(&self, workers: usize, work: &(dyn Fn(usize, &Meet<'_>) + Sync));
}

/// Waits until all workers have called it as often. Who waits may do what is passed, as often as it likes.
pub type Meet<'m> = dyn Fn(&Meanwhile<'_>) + 'm;

/// Something to do while one waits, but no longer than until what is passed says that the waiting is over; whether there was anything.
pub type Meanwhile<'m> = dyn Fn(&dyn Fn() -> bool) -> bool + 'm;

/// Does nothing while one waits.
pub fn idle(_: &dyn Fn() -> bool) -> bool {
    false
}

/// A run of a swarm, like [`Simulation`], on several threads as far as that can be done: with the same events, digest and records.
///
/// ```
/// use swarmsim::sim::QueueKind;
/// use swarmsim::swarm::{Crew, Meanwhile, Meet, Parallel, Simulation, config::Config};
/// use std::sync::Barrier;
///
/// /// The simplest crew there is. (The library has a faster one, `experiment::Threads`.)
/// struct Patient;
///
/// impl Crew for Patient {
///     fn work(&self, workers: usize, work: &(dyn Fn(usize, &Meet<'_>) + Sync)) {
///         let meeting = Barrier::new(workers);
///         let meet = |_: &Meanwhile<'_>| _ = meeting.wait();
///         std::thread::scope(|scope| (0..workers).for_each(|number| _ = scope.spawn(move || work(number, &meet))));
///     }
/// }
///
/// let mut config = Config::tiny();
/// config.tracker.max_peers_returned = Some(3);
/// let run = Parallel::new(config.clone(), (), QueueKind::Ladder, 2);
/// assert_eq!(run.obstacle(), None);
/// let ((), reason) = run.finish(&Patient);
/// assert_eq!(reason, Simulation::new(config, (), QueueKind::Ladder).finish().1);
/// ```
#[derive(Debug)]
pub struct Parallel<O: Divisible> {
    state: State<O>,
    parts: usize,
    queue: QueueKind,
}

#[derive(Debug)]
enum State<O: Divisible> {
    Whole(Box<Simulation<O>>),
    Apart(Box<Apart<O>>),
    /// Only while one becomes the other.
    Between,
}

impl<O: Divisible> Parallel<O> {
    /// A run of `config`, watched by `observer`, in `parts` parts.
    ///
    /// # Panics
    /// Where `config` is out of the ranges that it states, or there is no part.
    pub fn new(config: Config, observer: O, queue: QueueKind, parts: usize) -> Parallel<O> {
        assert!(parts > 0, "there is at least one part");
        Parallel { state: State::Whole(Box::new(Simulation::new(config, observer, queue))), parts, queue }
    }

    /// Handles about `events` events, none later than `mark`. See [`Simulation::advance_to`].
    pub fn advance_to(&mut self, mark: Time, events: u64, crew: &impl Crew) -> Advance {
        self.take_apart(crew);
        let State::Apart(apart) = &mut self.state else { return self.whole().advance_to(mark, events) };
        match apart.advance_to(mark, events, crew) {
            Pause::Budget => Advance::More,
            Pause::Mark(next) => Advance::ToMark { next },
            Pause::Together => {
                let State::Apart(apart) = std::mem::replace(&mut self.state, State::Between) else { unreachable!() };
                self.state = State::Whole(Box::new(apart.together(self.queue)));
                self.whole().advance_to(mark, events)
            }
        }
    }

    /// Takes the swarm apart, if that can be done and gives something to do.
    fn take_apart(&mut self, crew: &impl Crew) {
        let State::Whole(whole) = &self.state else { return };
        // Apart from the beginning or never: what comes when it has been put together again is seldom worth it.
        if self.parts == 1 || whole.kernel.events > 0 || self.obstacle().is_some() {
            return;
        }
        let State::Whole(whole) = std::mem::replace(&mut self.state, State::Between) else { unreachable!() };
        self.state = State::Apart(Box::new(Apart::new(*whole, self.parts, self.queue, crew)));
    }

    /// Why the swarm is not taken apart, of a run that has not begun; `None` where it is.
    pub fn obstacle(&self) -> Option<Obstacle> {
        match &self.state {
            State::Whole(_) if O::IN_ORDER => Some(Obstacle::InOrder),
            State::Whole(whole) => whole.swarm.obstacle(),
            _ => None,
        }
    }

    fn whole(&mut self) -> &mut Simulation<O> {
        match &mut self.state {
            State::Whole(whole) => whole,
            _ => unreachable!("the swarm is in one piece"),
        }
    }

    /// Whether the swarm is in parts now, which run at the same time.
    pub fn is_apart(&self) -> bool {
        matches!(self.state, State::Apart(_))
    }

    /// See [`Simulation::so_far`].
    pub fn so_far(&mut self, mark: Time, crew: &impl Crew) -> (u64, Digest) {
        match &mut self.state {
            State::Apart(apart) => apart.so_far(mark, crew),
            _ => self.whole().so_far(mark),
        }
    }

    /// Runs to the end and returns the observer, and why the run ended.
    pub fn finish(mut self, crew: &impl Crew) -> (O, StopReason) {
        while self.advance_to(Time::NEVER, u64::MAX, crew) != Advance::Over {}
        match self.state {
            State::Whole(whole) => whole.finish(),
            _ => unreachable!("a run ends in one piece"),
        }
    }

    /// Gives the run up where it stands; the observer.
    pub fn into_observer(self) -> O {
        match self.state {
            State::Whole(whole) => whole.into_observer(),
            State::Apart(apart) => apart.into_observer(),
            State::Between => unreachable!(),
        }
    }

    /// The virtual clock.
    pub fn now(&self) -> Time {
        match &self.state {
            State::Whole(whole) => whole.now(),
            State::Apart(apart) => apart.now(),
            State::Between => unreachable!(),
        }
    }

    /// Events handled so far.
    pub fn events(&self) -> u64 {
        match &self.state {
            State::Whole(whole) => whole.events(),
            State::Apart(apart) => apart.events(),
            State::Between => unreachable!(),
        }
    }

    /// The digest of the events so far.
    pub fn digest(&self) -> Digest {
        match &self.state {
            State::Whole(whole) => whole.digest(),
            State::Apart(apart) => apart.digest(),
            State::Between => unreachable!(),
        }
    }

    /// Peers that are to arrive for the first time by the end of the run.
    pub fn planned_peers(&self) -> u32 {
        match &self.state {
            State::Whole(whole) => whole.planned_peers(),
            State::Apart(apart) => apart.planned_peers(),
            State::Between => unreachable!(),
        }
    }

    /// Who watches.
    pub fn observer(&self) -> &O {
        match &self.state {
            State::Whole(whole) => whole.observer(),
            State::Apart(apart) => apart.observer(),
            State::Between => unreachable!(),
        }
    }
}

/// What is told to the other parts of a swarm: that a peer got a chunk, or that it [arrived](ARRIVES).
#[derive(Clone, Copy, Debug)]
pub(super) struct News {
    cause: Key,
    peer: u32,
    chunk: u32,
}

/// Instead of a chunk: the peer arrived.
pub(super) const ARRIVES: u32 = u32::MAX;

/// What goes from one part of a swarm to another.
#[derive(Debug, Default)]
struct Letters {
    events: Vec<Event<Action>>,
    /// Chunks on their way.
    jobs: Vec<(Event<Action>, Job<Transfer>)>,
    /// Lists on their way.
    lists: Vec<Event<Action>>,
    /// Whom each of them names, one list after the other; once they are posted, an event tells how many.
    named: Vec<u32>,
}

/// Which part of a swarm this is, and what it has to tell the others.
#[derive(Debug)]
pub(super) struct Part {
    number: u32,
    shares: Shares,
    /// By part.
    letters: Vec<Letters>,
    news: Vec<News>,
    /// The first and the last instant of the window at hand: all that others did before is known.
    from: Time,
    last: Time,
    /// Queries of rounds that were broken off in this window, and that reach their neighbors in it; with their hints.
    pub open: Vec<(Exchange, Hint)>,
    /// No message takes less.
    least: Span,
    /// Nobody leaves before that.
    departs: Time,
    /// No peer of this part with a lower number is sure not to complete soon.
    witness: u32,
}

impl Part {
    fn new(number: u32, shares: &Shares) -> Part {
        Part {
            number,
            shares: shares.clone(),
            letters: (0..shares.parts).map(|_| Letters::default()).collect(),
            news: Vec::new(),
            from: Time::ZERO,
            last: Time::ZERO,
            open: Vec::new(),
            least: Span::MAX,
            departs: Time::NEVER,
            witness: 1,
        }
    }

    /// The part that has a node.
    #[inline]
    fn of(&self, node: u32) -> u32 {
        self.shares.of(node)
    }

    /// The first instant of the window at hand.
    pub(super) fn window_begins(&self) -> Time {
        self.from
    }

    /// Whether an instant is in the window at hand, so that others may have done by then what is not known yet.
    pub(super) fn is_open(&self, at: Time) -> bool {
        self.from <= at && at <= self.last
    }

    /// Will tell the others.
    #[inline]
    pub(super) fn tell(&mut self, cause: Key, peer: u32, chunk: u32) {
        self.news.push(News { cause, peer, chunk });
    }
}

/// Who is in which part.
#[derive(Clone, Debug)]
struct Shares {
    parts: u32,
    /// The part of a node, by the last bits of its number.
    by_bits: Box<[u16; SHARES]>,
}

/// Into how many shares the nodes are divided.
const SHARES: usize = 1 << 10;
/// The first part has the tracker, and takes in what all have seen: so much of all work, in hundredths (measured).
const WORK_OF_THE_FIRST: usize = 4;

impl Shares {
    /// Shares of `parts` parts, as even as can be, and spread over the nodes.
    fn new(parts: u32) -> Shares {
        let all = parts as usize;
        // Each is to have so many hundredths of all work; all of them by `all`.
        let first = (100 + WORK_OF_THE_FIRST).saturating_sub(WORK_OF_THE_FIRST * all);
        let others = (100 * all - first) / (all - 1).max(1);
        let mut owed = vec![0; all];
        let by_bits = std::array::from_fn(|bits| {
            owed.iter_mut().enumerate().for_each(|(part, owed)| *owed += if part == 0 { first } else { others });
            // The tracker is node 0.
            let most = if bits == 0 { 0 } else { (0..all).max_by_key(|&part| owed[part]).expect("there is a part") };
            owed[most] = owed[most].saturating_sub(100 * all);
            most as u16
        });
        Shares { parts, by_bits: Box::new(by_bits) }
    }

    /// The part that has a node; the tracker's is the first.
    #[inline]
    fn of(&self, node: u32) -> u32 {
        u32::from(self.by_bits[node as usize % SHARES])
    }
}

/// The node that handles an event.
#[inline]
fn handler(key: Key, action: Action) -> u32 {
    if action.what == What::QueryAnswer { node_of(key.origin) } else { action.to }
}

impl<O: Observer> Swarm<O> {
    /// Whether a peer is in this part of the swarm.
    #[inline]
    pub(super) fn has(&self, peer: u32) -> bool {
        self.part.as_ref().is_none_or(|part| part.of(peer) == part.number)
    }

    /// Puts an event down for another part of the swarm; false where it is for this one.
    pub(super) fn post(&mut self, key: Key, action: Action) -> bool {
        self.note_departure(key.time, action.what);
        let part = self.part.as_mut().expect("this is a part");
        let to = part.of(handler(key, action));
        if to == part.number {
            return false;
        }
        let (event, letters) = (Event { key, payload: action }, &mut part.letters[to as usize]);
        match action.what {
            What::ChunkArrives => letters.jobs.push((event, self.links.take(JobId(action.a)))),
            What::JoinAnswer | What::PeerListAnswer => letters.lists.push(event),
            _ => letters.events.push(event),
        }
        true
    }

    /// An event is pending that may make somebody leave.
    fn note_departure(&mut self, at: Time, what: What) {
        let may_depart = matches!(what, What::SessionEnd | What::LingerEnd | What::MassDeparture | What::FaultDue);
        if let Some(part) = self.part.as_mut().filter(|_| may_depart) {
            part.departs = part.departs.min(at);
        }
    }

    /// A list is on its way to `asker`: if it is in this part, no window may be longer than the latencies that this brings with it.
    pub(super) fn note_latencies(&mut self, asker: u32, list: &[u32]) {
        if self.part.as_ref().is_none_or(|part| part.of(asker) != part.number) {
            return;
        }
        let neighbors = &self.downloads[asker as usize].neighbors;
        // Lists that name all who are listed also say who is none any more, which makes room.
        let may_drop = self.config.tracker.max_peers_returned.is_none();
        let has_room = self.config.protocol.max_neighbors.is_none_or(|most| neighbors.len() < most as usize);
        if !(has_room || may_drop) || !self.node(asker).downloading {
            return;
        }
        // Latencies to neighbors are known already.
        let new = list.iter().copied().filter(|&id| neighbors.find(id).is_none());
        let least = self.least_latency(asker, new);
        let part = self.part.as_mut().expect("this is a part");
        part.least = part.least.min(least);
    }

    fn least_latency(&self, asker: u32, list: impl Iterator<Item = u32>) -> Span {
        let here = self.owner_of(asker);
        let between = |a: Owner, b: Owner| self.latency.between(a, b);
        let nearest = |id: u32| {
            let there = between(here, self.owner_of(id));
            if self.is_lopsided { there.min(between(self.owner_of(id), here)) } else { there }
        };
        list.map(nearest).min().unwrap_or(Span::MAX)
    }

    /// No message of those that are there, and of those to come, to and from the tracker and known neighbors, takes less.
    fn least_latency_of_all(&self) -> Span {
        let with_tracker = self.peers[1..].iter().map(|peer| peer.to_tracker.min(peer.from_tracker)).min();
        let mut least = with_tracker.unwrap_or(Span::MAX);
        for peer in (1..=self.arrived).filter(|&peer| self.node(peer).downloading) {
            let neighbors = &self.downloads[peer as usize].neighbors;
            let ids = (0..neighbors.len()).map(|place| neighbors.address(place).0);
            least = least.min(self.least_latency(peer, ids));
        }
        least
    }

    /// Whether some peer of this part is sure not to complete before another latency has passed: it has still to ask for a chunk. (While
    /// a swarm is apart, no fetch fails; so who has nothing left to ask for never will.)
    fn finds_witness(&mut self) -> bool {
        let mut peer = self.part.as_ref().expect("this is a part").witness;
        let is_one = |peer: u32| {
            self.has(peer) && self.node(peer).downloading && !self.downloads[peer as usize].wanted.is_empty()
        };
        while peer <= self.arrived && !is_one(peer) {
            peer += 1;
        }
        let found = peer <= self.arrived;
        self.part.as_mut().expect("this is a part").witness = peer;
        found
    }

    /// What keeps the swarm from being taken apart, if anything does: something that is known without a message, and may change.
    fn obstacle(&self) -> Option<Obstacle> {
        let obstacles = [
            (self.any_departed, Obstacle::Departures),
            (self.least_latency_of_all() < SHORTEST_WINDOW, Obstacle::Latency),
        ];
        Obstacle::of(&self.config).or_else(|| first_of(obstacles))
    }

    /// Whether a run ends as soon as everybody is complete.
    fn ends_complete(&self) -> bool {
        self.config.stop.when == StopWhen::AllComplete
    }
}

/// Windows are never longer than that, so that who arrives or completes in one does not leave in it.
const SHORTEST_STAY: Span = Span::from_millis(100);
/// Below that, parts would do little but wait for each other.
const SHORTEST_WINDOW: Span = Span::from_nanos(20_000);

/// Why a swarm is simulated on one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Transfers share links as fluids do: each changes the rates of others at once.
    Fluid,
    /// Messages may be lost.
    Loss,
    /// Peers may leave as soon as they are complete, or have come, or many at once.
    Departures,
    /// A strategy knows all copies of all chunks.
    Oracle,
    /// The tracker's lists name everyone.
    Everyone,
    /// Messages take no time, or next to none.
    Latency,
    /// Whoever watches wants to be told of each event in its turn.
    InOrder,
}

/// The first obstacle that is there.
fn first_of<const N: usize>(obstacles: [(bool, Obstacle); N]) -> Option<Obstacle> {
    obstacles.into_iter().find_map(|(is_there, obstacle)| is_there.then_some(obstacle))
}

impl Obstacle {
    /// What keeps every swarm of this configuration from being taken apart, if anything does. (Its latencies, or who leaves, may do so
    /// later.)
    pub fn of(config: &Config) -> Option<Obstacle> {
        let Config { network, departures, groups, .. } = config;
        first_of([
            (network.sharing.is_fluid(), Obstacle::Fluid),
            (network.loss > 0.0 || !network.faults.is_empty(), Obstacle::Loss),
            (!departures.is_empty() || groups.iter().any(may_leave), Obstacle::Departures),
            (groups.iter().any(|group| group.strategy.is_oracle()), Obstacle::Oracle),
            (config.names_everyone(), Obstacle::Everyone),
        ])
    }
}

/// Whether peers of a group may leave soon after something else.
fn may_leave(group: &Group) -> bool {
    let stays = |least: Option<f64>| least.is_none_or(|nanos| nanos >= SHORTEST_STAY.as_nanos() as f64);
    let lingers = match &group.after_completion {
        AfterCompletion::Stay => true,
        AfterCompletion::Leave => false,
        AfterCompletion::Linger(length) => stays(Some(length.least())),
    };
    let recorded = match &group.arrival {
        Arrival::Trace { rows } => rows.iter().filter_map(|row| row.session).min(),
        _ => None,
    };
    let has_session = stays(group.session.as_ref().map(|length| length.least()))
        && recorded.is_none_or(|length| length >= SHORTEST_STAY);
    !lingers || !has_session
}

impl Display for Obstacle {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Obstacle::Fluid => "its transfers share links as fluids do (network.sharing)",
            Obstacle::Loss => "its messages may be lost (network.loss, network.faults)",
            Obstacle::Departures => "its peers may leave at any time (after_completion, session, departures)",
            Obstacle::Oracle => "its strategy knows all copies of all chunks",
            Obstacle::Everyone => "its tracker names everyone (tracker.max_peers_returned, protocol.max_neighbors)",
            Obstacle::Latency => "its messages take no time (network.latency)",
            Obstacle::InOrder => "its trace tells of one event after another",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_even_but_for_the_first_which_has_the_tracker() {
        for parts in [2, 3, 7, 16] {
            let shares = Shares::new(parts);
            assert_eq!(shares.of(0), 0, "the tracker");
            let mut peers = vec![0u32; parts as usize];
            (1..=100_000).for_each(|peer| peers[shares.of(peer) as usize] += 1);
            let (first, others) = (peers[0], &peers[1..]);
            let mean = 100_000 / parts;
            assert!(others.iter().all(|&peers| peers.abs_diff(others[0]) <= 200), "{peers:?}");
            assert!(first < mean && others[0] > mean, "{peers:?}");
            // What one part has is spread over all numbers: among any hundred there are some of each of few parts.
            if parts <= 7 {
                let is_spread =
                    |from: u32| (0..parts).all(|part| (from..from + 100).any(|peer| shares.of(peer) == part));
                assert!((1..5_000).all(is_spread));
            }
        }
    }

    #[test]
    fn what_keeps_a_swarm_in_one_piece_is_told() {
        let obstacle = |change: &dyn Fn(&mut Config)| {
            let mut config = Config::tiny();
            config.tracker.max_peers_returned = Some(3);
            change(&mut config);
            Parallel::new(config, (), QueueKind::Ladder, 2).obstacle()
        };
        assert_eq!(obstacle(&|_| ()), None);
        assert_eq!(obstacle(&|config| config.network.sharing = crate::net::Sharing::MaxMin), Some(Obstacle::Fluid));
        assert_eq!(obstacle(&|config| config.network.loss = 0.1), Some(Obstacle::Loss));
        assert_eq!(
            obstacle(&|config| config.groups[0].after_completion = AfterCompletion::Leave),
            Some(Obstacle::Departures)
        );
        assert_eq!(obstacle(&|config| config.tracker.max_peers_returned = None), Some(Obstacle::Everyone));
    }
}
