//! What goes wrong on a schedule: faults of the network, and departures of many at once.

use super::fields::{Object, Reader, Reals};
use super::json::{Node, Path};
use super::keys;
use super::problem::{did_you_mean, quoted_list, shorten};
use super::read::MAX_PEERS;
use super::scenario::StrategyChoice;
use crate::net::Regions;
use crate::swarm::config::{Departure, Fault, FaultEffect, Group, Leavers, Side, Slowdown, Window};

/// What a scenario calls the tracker.
const TRACKER: &str = "tracker";
/// The most faults, and the most departures.
const MAX_FAULTS: usize = 1_000;

/// The names by which nodes can be called.
pub(super) struct Places<'s> {
    regions: Option<&'s Regions>,
    /// The groups' names and regions; `None` where some group was refused, so that no name is.
    groups: Option<Vec<Named<'s>>>,
}

/// A group's name and region.
type Named<'s> = (&'s str, Option<u16>);

impl<'s> Places<'s> {
    pub(super) fn new(
        regions: Option<&'s Regions>,
        groups: Option<&'s [(Group, Option<StrategyChoice>)]>,
    ) -> Places<'s> {
        let named = |(group, _): &'s (Group, Option<StrategyChoice>)| (&*group.name, group.region);
        Places { regions, groups: groups.map(|groups| groups.iter().map(named).collect()) }
    }

    /// The nodes that a name means: those of a region, else of a group, else the tracker. `None` where it means nothing.
    fn side(&self, name: &str) -> Option<Side> {
        let groups = self.groups.as_deref().unwrap_or_default();
        let of = |is_meant: &dyn Fn(&Named<'_>) -> bool| {
            (0..).zip(groups).filter(|(_, group)| is_meant(group)).map(|(number, _)| number).collect::<Vec<u16>>()
        };
        let region =
            self.regions.and_then(|regions| Some((regions, regions.names().iter().position(|known| known == name)?)));
        let (tracker, groups) = match region {
            Some((regions, region)) => {
                (usize::from(regions.tracker()) == region, of(&|group| group.1.map(usize::from) == Some(region)))
            }
            None => match of(&|group| group.0 == name) {
                found if !found.is_empty() => (false, found),
                _ if name == TRACKER => (true, Vec::new()),
                _ if self.groups.is_none() => (false, Vec::new()),
                _ => return None,
            },
        };
        Some(Side { name: name.to_owned(), tracker, groups })
    }

    /// Whether all peers are on a side; as far as is known.
    pub(super) fn is_everybody(&self, side: &Side) -> bool {
        self.groups.as_ref().is_some_and(|groups| groups.len() == side.groups.len())
    }

    fn names(&self) -> Vec<&str> {
        let regions = self.regions.into_iter().flat_map(|regions| regions.names().iter().map(String::as_str));
        let groups = self.groups.iter().flatten().map(|(name, _)| *name);
        let mut names: Vec<&str> = Vec::new();
        for name in regions.chain(groups).chain([TRACKER]) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

impl Reader<'_> {
    /// `network.faults` of a scenario.
    pub(super) fn faults(&mut self, scenario: &Object<'_>, places: &Places<'_>) -> Vec<Fault> {
        let Some(network) = scenario.get("network") else { return Vec::new() };
        let path = scenario.path().key("network");
        let read = |r: &mut Self, n: &Node, p: &Path<'_>| r.fault_list(n, p, places);
        self.optional(&Object::of(network, &path), "faults", read).unwrap_or_default()
    }

    fn fault_list(&mut self, node: &Node, path: &Path<'_>, places: &Places<'_>) -> Option<Vec<Fault>> {
        let elements = self.elements(node, path, "faults, each with a kind, from and until")?;
        if elements.len() > MAX_FAULTS {
            let found = elements.len();
            return self.error(node.at, path, format!("found {found}; accepted: at most {MAX_FAULTS}"));
        }
        let read: Vec<Option<Fault>> =
            elements.iter().enumerate().map(|(i, node)| self.fault(node, &path.index(i), places)).collect();
        let faults: Vec<Fault> = read.into_iter().collect::<Option<_>>()?;
        for (i, fault) in faults.iter().enumerate() {
            if let Some(other) = faults[..i].iter().position(|other| clash(fault, other)) {
                let message = format!("overlaps faults[{other}], which concerns some of the same at the same time");
                self.error::<()>(elements[i].at, &path.index(i), message);
            }
        }
        Some(faults)
    }

    fn fault(&mut self, node: &Node, path: &Path<'_>, places: &Places<'_>) -> Option<Fault> {
        let (kind, o) = self.kind(node, path, keys::FAULTS)?;
        let window = self.window_of(&o);
        let pair = |r: &mut Self, n: &Node, p: &Path<'_>| r.pair(n, p, places);
        let effect = match kind {
            "partition" => {
                let accepted = "two names, such as [\"eu\", \"us\"]";
                FaultEffect::Partition { between: self.required(&o, "between", accepted, pair)? }
            }
            "loss" => {
                let between = match o.get("between") {
                    Some(_) => self.optional(&o, "between", pair).map(Some),
                    None => Some(None),
                };
                let probability = self.required(&o, "probability", "a number from 0 to 1", Self::probability);
                FaultEffect::Loss { between: between?, probability: probability? }
            }
            _ => self.slow(&o, places)?,
        };
        Some(Fault { window: window?, effect })
    }

    fn window_of(&mut self, o: &Object<'_>) -> Option<Window> {
        let from = self.required(o, "from", "when it begins, such as \"10m\"", Self::time);
        let until = self.required(o, "until", "when it ends, such as \"12m\"", Self::time);
        self.ordered(o, from?, until?).map(|(from, until)| Window { from, until })
    }

    /// Two sides that have nobody in common.
    fn pair(&mut self, node: &Node, path: &Path<'_>, places: &Places<'_>) -> Option<[Side; 2]> {
        let elements = self.elements(node, path, "two names")?;
        let [a, b] = elements else {
            let found = elements.len();
            return self.error(node.at, path, format!("found {found} names; accepted: two, such as [\"eu\", \"us\"]"));
        };
        let (left, right) = (self.side(a, &path.index(0), places), self.side(b, &path.index(1), places));
        let (left, right) = (left?, right?);
        if left.name == right.name || left.meets(&right) {
            let (left, right) = (shorten(&left.name), shorten(&right.name));
            let message = format!("\"{right}\" and \"{left}\" are not apart: some nodes are on both sides");
            return self.error(b.at, &path.index(1), message);
        }
        Some([left, right])
    }

    fn side(&mut self, node: &Node, path: &Path<'_>, places: &Places<'_>) -> Option<Side> {
        let name = self.text(node, path)?;
        if let Some(side) = places.side(name) {
            return Some(side);
        }
        let (hint, names) = (did_you_mean(name, places.names()), quoted_list(places.names()));
        self.error(node.at, path, format!("found \"{}\"{hint}; accepted: {names}", shorten(name)))
    }

    fn slow(&mut self, o: &Object<'_>, places: &Places<'_>) -> Option<FaultEffect> {
        let at = self.required(o, "groups", "an array of names of groups or regions", |r, n, p| r.peers(n, p, places));
        let links = self.optional(o, "links", |r, n, p| r.choice(n, p, LINKS)).unwrap_or((true, true));
        let slowdown = match (o.get("factor"), o.get("rate")) {
            (Some(_), None) => {
                let factor = |r: &mut Self, n: &Node, p: &Path<'_>| r.real(n, p, Reals::above(0.0, 1.0));
                self.optional(o, "factor", factor).map(Slowdown::Factor)
            }
            (None, Some(_)) => self.optional(o, "rate", Self::transfer_limit).map(Slowdown::Rate),
            (Some(_), Some(rate)) => {
                self.error(rate.at, &o.path().key("rate"), "found both \"factor\" and \"rate\"; accepted: one of them")
            }
            (None, None) => {
                let message = "is missing; accepted: a number above 0, at most 1, or a \"rate\" instead";
                self.error(o.at(), &o.path().key("factor"), message)
            }
        };
        Some(FaultEffect::Slow { at: at?, up: links.0, down: links.1, slowdown: slowdown? })
    }

    /// Names of groups or regions, at least one.
    fn peers(&mut self, node: &Node, path: &Path<'_>, places: &Places<'_>) -> Option<Vec<Side>> {
        let elements = self.elements(node, path, "names of groups or regions")?;
        if elements.is_empty() {
            return self.error(node.at, path, "found no name; accepted: at least one");
        }
        let sides: Vec<Option<Side>> =
            elements.iter().enumerate().map(|(i, node)| self.side_of_peers(node, &path.index(i), places)).collect();
        sides.into_iter().collect()
    }

    pub(super) fn side_of_peers(&mut self, node: &Node, path: &Path<'_>, places: &Places<'_>) -> Option<Side> {
        let side = self.side(node, path, places)?;
        if side.groups.is_empty() && places.groups.is_some() {
            let name = shorten(&side.name);
            return self.error(
                node.at,
                path,
                format!("found \"{name}\", where no peer is; accepted: groups, or regions of some"),
            );
        }
        Some(side)
    }

    pub(super) fn departures(&mut self, node: &Node, path: &Path<'_>, places: &Places<'_>) -> Option<Vec<Departure>> {
        let elements = self.elements(node, path, "departures, each with at, and fraction or count")?;
        if elements.len() > MAX_FAULTS {
            let found = elements.len();
            return self.error(node.at, path, format!("found {found}; accepted: at most {MAX_FAULTS}"));
        }
        let read: Vec<Option<Departure>> =
            elements.iter().enumerate().map(|(i, node)| self.departure(node, &path.index(i), places)).collect();
        read.into_iter().collect()
    }

    fn departure(&mut self, node: &Node, path: &Path<'_>, places: &Places<'_>) -> Option<Departure> {
        let o = self.object(node, path, keys::DEPARTURE)?;
        let at = self.required(&o, "at", "when, such as \"10min\"", Self::time);
        let leavers = match (o.get("fraction"), o.get("count")) {
            (Some(_), None) => self.optional(&o, "fraction", Self::probability).map(Leavers::Fraction),
            (None, Some(_)) => {
                self.optional(&o, "count", |r, n, p| r.integer32(n, p, 1..=MAX_PEERS)).map(Leavers::Count)
            }
            (Some(_), Some(count)) => {
                let message = "found both \"fraction\" and \"count\"; accepted: one of them";
                self.error(count.at, &path.key("count"), message)
            }
            (None, None) => self.error(
                o.at(),
                &path.key("fraction"),
                "is missing; accepted: a number from 0 to 1, or a \"count\" instead",
            ),
        };
        let sides = match o.get("groups") {
            Some(_) => self.optional(&o, "groups", |r, n, p| r.peers(n, p, places)),
            None => Some(Vec::new()),
        };
        let mut groups: Vec<u16> = match o.get("groups") {
            Some(_) => sides?.into_iter().flat_map(|side| side.groups).collect(),
            None => (0..).zip(places.groups.as_deref().unwrap_or_default()).map(|(number, _)| number).collect(),
        };
        groups.sort_unstable();
        groups.dedup();
        Some(Departure { at: at?, leavers: leavers?, groups })
    }
}

/// The names of whose links are slow: up, down.
pub(super) const LINKS: &[(&str, (bool, bool))] =
    &[("both", (true, true)), ("up", (true, false)), ("down", (false, true))];

/// Whether two faults of one kind hold at one time for some of the same.
fn clash(a: &Fault, b: &Fault) -> bool {
    let apart = a.window.until <= b.window.from || b.window.until <= a.window.from;
    // Two names are alike even where nobody has come to bear them.
    let meet = |a: &Side, b: &Side| a.name == b.name || a.meets(b);
    let pairs = |[a, b]: &[Side; 2], [c, d]: &[Side; 2]| meet(a, c) && meet(b, d) || meet(a, d) && meet(b, c);
    !apart
        && match (&a.effect, &b.effect) {
            (FaultEffect::Partition { between: a }, FaultEffect::Partition { between: b }) => pairs(a, b),
            (FaultEffect::Loss { between: Some(a), .. }, FaultEffect::Loss { between: Some(b), .. }) => pairs(a, b),
            (FaultEffect::Loss { .. }, FaultEffect::Loss { .. }) => true,
            (
                FaultEffect::Slow { at: a, up, down, .. },
                FaultEffect::Slow { at: b, up: other_up, down: other_down, .. },
            ) => {
                let same_link = *up && *other_up || *down && *other_down;
                same_link && a.iter().any(|a| b.iter().any(|b| meet(a, b)))
            }
            _ => false,
        }
}
