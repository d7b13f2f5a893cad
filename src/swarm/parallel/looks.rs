//! Looks at uplinks, by all parts of a swarm together.

use super::intake::Intake;
use super::{Divisible, Meet, idle};
use crate::sim::{Key, Time};
use crate::swarm::Swarm;
use crate::swarm::uplinks::Look;
use parking_lot::Mutex;

/// A look on its way, between the parts.
#[derive(Debug)]
pub(super) struct Looks {
    /// Whose uplinks have nothing to send.
    idle: Mutex<Look>,
    /// Why so, as far as parts have found out.
    causes: Mutex<Option<Look>>,
    /// When the next is due.
    next: Mutex<Time>,
    peers: u32,
}

/// How things stand in a part, or in all of them together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    /// Peers that are there and lack chunks.
    pub incomplete: u32,
    /// Events handled.
    pub events: u64,
}

impl Standing {
    /// Of these and others together.
    pub(super) fn and(self, others: Standing) -> Standing {
        Standing { incomplete: self.incomplete + others.incomplete, events: self.events + others.events }
    }
}

impl Looks {
    /// Of a swarm with so many peers.
    pub(super) fn new(peers: u32) -> Looks {
        let (idle, causes) = (Mutex::new(Look::new(peers)), Mutex::new(None));
        Looks { idle, causes, next: Mutex::new(Time::NEVER), peers }
    }

    /// Tells the observer what uplinks have to do, after all that happens `at` an instant and before what comes `next`: the share of one part
    /// in it. When the observer wants to be told again.
    pub(super) fn look<O: Divisible>(
        &self,
        number: usize,
        swarm: &mut Swarm<O::Part>,
        (at, next): (Time, Time),
        Standing { incomplete, events }: Standing,
        intake: &Intake<'_, O>,
        meet: &Meet<'_>,
    ) -> Time {
        swarm.look_at_uplinks(&mut self.idle.lock(), incomplete);
        if number == 0 {
            intake.empty();
        }
        meet(&idle);
        intake.put_down_for_look(number, &mut swarm.observer);
        let mut look = self.idle.lock().clone();
        swarm.ask_downloaders(&mut look, Key::last_of(at));
        let mut causes = self.causes.lock();
        match &mut *causes {
            Some(others) => others.join(&look),
            None => *causes = Some(look),
        }
        drop(causes);
        meet(&idle);
        if number == 0 {
            let causes = self.causes.lock().take().expect("a part at least has looked");
            *self.idle.lock() = Look::new(self.peers);
            *self.next.lock() = intake.look(at, (next, events), causes.uplinks());
        }
        meet(&idle);
        *self.next.lock()
    }
}
