//! Links that transfers share between places.

use super::faults::Places;
use super::fields::{Object, Reader};
use super::json::{Node, Path};
use super::keys;
use super::problem::shorten;
use crate::net::Rate;
use crate::swarm::config::{Backbone, Side};

/// The most backbones: a hundred places with a link each way between any two.
const MAX_BACKBONES: usize = 10_000;

impl Reader<'_> {
    /// `network.backbones` of a scenario.
    pub(super) fn backbones(&mut self, scenario: &Object<'_>, places: &Places<'_>) -> Vec<Backbone> {
        let Some(network) = scenario.get("network") else { return Vec::new() };
        let path = scenario.path().key("network");
        let read = |r: &mut Self, n: &Node, p: &Path<'_>| r.backbone_list(n, p, places);
        self.optional(&Object::of(network, &path), "backbones", read).unwrap_or_default()
    }

    fn backbone_list(&mut self, node: &Node, path: &Path<'_>, places: &Places<'_>) -> Option<Vec<Backbone>> {
        let elements = self.elements(node, path, "links, each with from, to or both, and capacity")?;
        if elements.len() > MAX_BACKBONES {
            let found = elements.len();
            return self.error(node.at, path, format!("found {found}; accepted: at most {MAX_BACKBONES}"));
        }
        let read: Vec<Option<Backbone>> =
            elements.iter().enumerate().map(|(i, node)| self.backbone(node, &path.index(i), places)).collect();
        let all: Vec<Backbone> = read.into_iter().collect::<Option<_>>()?;
        for (i, one) in all.iter().enumerate() {
            let is_like = |other: &&Backbone| ends(other) == ends(one);
            if let Some(first) = all[..i].iter().position(|other| is_like(&other)) {
                let message =
                    format!("is between the same as backbones[{first}]; accepted: one link for each direction");
                self.error::<()>(elements[i].at, &path.index(i), message);
            }
        }
        Some(all)
    }

    fn backbone(&mut self, node: &Node, path: &Path<'_>, places: &Places<'_>) -> Option<Backbone> {
        let o = self.object(node, path, keys::BACKBONE)?;
        let mut side = |key: &str| match o.get(key) {
            Some(_) => self.optional(&o, key, |r, n, p| r.side_of_peers(n, p, places)).map(Some),
            None => Some(None),
        };
        let (from, to) = (side("from"), side("to"));
        let capacity = self.required(&o, "capacity", "a rate, such as \"1 Gbit/s\"", Self::rate);
        let (from, to) = (from?, to?);
        if from.is_none() && to.is_none() {
            let message = "is missing; accepted: the name of a group or region, here, in \"to\" or in both";
            return self.error(o.at(), &path.key("from"), message);
        }
        let all_but = |a: &Option<Side>, b: &Option<Side>| match (a, b) {
            (Some(side), None) => places.is_everybody(side).then(|| shorten(&side.name)),
            _ => None,
        };
        if let Some(name) = all_but(&from, &to).or_else(|| all_but(&to, &from)) {
            let message =
                format!("all peers are in \"{name}\", so nothing goes over it; accepted: some elsewhere, or both ends");
            return self.error(o.at(), path, message);
        }
        Some(Backbone { from, to, capacity: Rate::from_bits_per_second(capacity?) })
    }
}

fn ends(backbone: &Backbone) -> [Option<&str>; 2] {
    [&backbone.from, &backbone.to].map(|side| side.as_ref().map(|side| side.name.as_str()))
}
