//! Problems between values that are each in their range: what cannot be, and what is surely not meant.

use super::fields::Reader;
use super::json::{Node, Path};
use super::problem::{grouped, shorten};
use super::read::{MAX_PEERS, place};
use super::scenario::Scenario;
use crate::net::Sharing;
use crate::sim::Time;
use crate::swarm::config::{Arrival, FaultEffect, Group, InitialChunks, Visit};
use std::collections::{BTreeMap, BTreeSet};

/// How many missing chunks a warning names.
const NAMED_CHUNKS: usize = 5;

/// Records what is wrong with a scenario as a whole. What depends on a value that was refused is left out.
pub fn meaning(reader: &mut Reader<'_>, scenario: &Scenario, root: &Node) {
    check_group_names(reader, scenario, root);
    check_number_of_peers(reader, scenario, root);
    check_what_only_fluids_take(reader, scenario, root);
    check_backbones(reader, scenario, root);
    warn_of_late_arrivals(reader, scenario, root);
    warn_of_strange_outages(reader, scenario, root);
    warn_of_late_faults(reader, scenario, root);
    warn_of_slow_proofs(reader, scenario, root);
    warn_of_missing_chunks(reader, scenario, root);
}

fn check_group_names(reader: &mut Reader<'_>, scenario: &Scenario, root: &Node) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (i, group) in scenario.config.groups.iter().enumerate() {
        let folded = group.name.to_lowercase();
        let Some(&first) = seen.get(&folded) else {
            seen.insert(folded, i);
            continue;
        };
        let how = if scenario.config.groups[first].name == group.name {
            "has this name too"
        } else {
            "differs by case alone"
        };
        let (peers, name) = (Path::Key(&Path::Root, "peers"), shorten(&group.name));
        let at = place(root, &["peers", &i.to_string(), "group"]);
        reader.error::<()>(at, &peers.index(i).key("group"), format!("found \"{name}\", and peers[{first}] {how}"));
    }
}

fn check_number_of_peers(reader: &mut Reader<'_>, scenario: &Scenario, root: &Node) {
    let peers: u64 = scenario.config.groups.iter().filter_map(|group| group.count).map(u64::from).sum();
    if peers > u64::from(MAX_PEERS) {
        let message =
            format!("{} peers in all groups; accepted: at most {}", grouped(peers), grouped(u64::from(MAX_PEERS)));
        reader.error::<()>(place(root, &["peers"]), &Path::Root.key("peers"), message);
    }
}

fn warn_of_late_arrivals(reader: &mut Reader<'_>, scenario: &Scenario, root: &Node) {
    if reader.is_spoiled(&["$.stop", "$.peers"]) {
        return;
    }
    let end = scenario.config.stop.at;
    for (i, group) in scenario.config.groups.iter().enumerate() {
        let first = match group.arrival {
            Arrival::At { time } => time,
            Arrival::Uniform { from, .. } | Arrival::Poisson { from, .. } => from,
            Arrival::Decaying { .. } | Arrival::Diurnal { .. } => continue,
            Arrival::Trace { ref rows } => {
                warn_of_late_rows(reader, rows, end, root, i);
                continue;
            }
        };
        if first > end {
            let at = place(root, &["peers", &i.to_string(), "arrival"]);
            let message = format!("the group arrives from {first} s on, after the end of the run at {end} s");
            reader.warn(at, &Path::Root.key("peers").index(i).key("arrival"), message);
        }
    }
}

fn warn_of_late_rows(reader: &mut Reader<'_>, rows: &[Visit], end: Time, root: &Node, group: usize) {
    let late = rows.iter().filter(|visit| visit.at > end).count() as u64;
    if late > 0 {
        let (late, all) = (grouped(late), grouped(rows.len() as u64));
        let message = format!("{late} of {all} recorded arrivals are after the end of the run at {end} s");
        let at = place(root, &["peers", &group.to_string(), "arrival"]);
        reader.warn(at, &Path::Root.key("peers").index(group).key("arrival"), message);
    }
}

/// Limits of single transfers and links that change their capacity need rates that can change.
fn check_what_only_fluids_take(reader: &mut Reader<'_>, scenario: &Scenario, root: &Node) {
    let network = &scenario.config.network;
    if network.sharing.is_fluid() || reader.is_spoiled(&["$.network.sharing"]) {
        return;
    }
    let accepted = "accepted with the sharing \"equal-share\" or \"max-min\" alone";
    let (net, peers) = (Path::Key(&Path::Root, "network"), Path::Key(&Path::Root, "peers"));
    if !network.max_transfer_rate.is_unlimited() {
        let at = place(root, &["network", "max_transfer_rate"]);
        reader.error::<()>(at, &net.key("max_transfer_rate"), format!("limits transfers; {accepted}"));
    }
    for (i, fault) in network.faults.iter().enumerate() {
        if matches!(fault.effect, FaultEffect::Slow { .. }) {
            let at = place(root, &["network", "faults", &i.to_string(), "kind"]);
            reader.error::<()>(at, &net.key("faults").index(i).key("kind"), format!("slows links; {accepted}"));
        }
    }
    for (i, group) in scenario.config.groups.iter().enumerate() {
        if !group.max_transfer_rate.is_unlimited() {
            let at = place(root, &["peers", &i.to_string(), "max_transfer_rate"]);
            reader.error::<()>(at, &peers.index(i).key("max_transfer_rate"), format!("limits transfers; {accepted}"));
        }
    }
}

/// A link that many transfers share has a level, which only max–min fairness finds.
fn check_backbones(reader: &mut Reader<'_>, scenario: &Scenario, root: &Node) {
    let network = &scenario.config.network;
    if network.sharing != Sharing::MaxMin && !network.backbones.is_empty() && !reader.is_spoiled(&["$.network.sharing"])
    {
        let at = place(root, &["network", "backbones"]);
        let message = "are shared by many transfers; accepted with the sharing \"max-min\" alone";
        reader.error::<()>(at, &Path::Root.key("network").key("backbones"), message);
    }
}

fn warn_of_late_faults(reader: &mut Reader<'_>, scenario: &Scenario, root: &Node) {
    if reader.is_spoiled(&["$.stop", "$.network.faults", "$.departures"]) {
        return;
    }
    let end = scenario.config.stop.at;
    for (i, fault) in scenario.config.network.faults.iter().enumerate() {
        if fault.window.from > end {
            let message = format!("a fault begins at {} s, after the end of the run at {end} s", fault.window.from);
            let at = place(root, &["network", "faults", &i.to_string()]);
            reader.warn(at, &Path::Root.key("network").key("faults").index(i), message);
        }
    }
    for (i, departure) in scenario.config.departures.iter().enumerate() {
        if departure.at > end {
            let message = format!("peers leave at {} s, after the end of the run at {end} s", departure.at);
            reader.warn(place(root, &["departures", &i.to_string()]), &Path::Root.key("departures").index(i), message);
        }
    }
}

fn warn_of_strange_outages(reader: &mut Reader<'_>, scenario: &Scenario, root: &Node) {
    if reader.is_spoiled(&["$.stop", "$.tracker"]) {
        return;
    }
    let (end, outages) = (scenario.config.stop.at, &scenario.config.tracker.outages);
    let message = if let Some(window) = outages.iter().find(|window| window.from > end) {
        format!("an outage begins at {} s, after the end of the run at {end} s", window.from)
    } else if outages.iter().any(|window| window.from == Time::ZERO && window.until > end) {
        "the tracker is out during the whole run, so no peer can become a member".into()
    } else {
        return;
    };
    reader.warn(place(root, &["tracker", "outages"]), &Path::Root.key("tracker").key("outages"), message);
}

fn warn_of_slow_proofs(reader: &mut Reader<'_>, scenario: &Scenario, root: &Node) {
    if reader.is_spoiled(&["$.tracker", "$.protocol"]) {
        return;
    }
    let (proof, ttl) = (scenario.config.protocol.active_proof_interval, scenario.config.tracker.entry_ttl);
    if proof > ttl {
        let message = format!("peers prove that they are active every {proof} s, but entries expire after {ttl} s");
        let at = place(root, &["protocol", "active_proof_interval"]);
        reader.warn(at, &Path::Root.key("protocol").key("active_proof_interval"), message);
    }
}

fn warn_of_missing_chunks(reader: &mut Reader<'_>, scenario: &Scenario, root: &Node) {
    if reader.is_spoiled(&["$.file", "$.peers"]) {
        return;
    }
    let Some((missing, named)) = missing_chunks(&scenario.config.groups, scenario.config.file.chunks()) else { return };
    let names: Vec<String> = named.iter().map(u64::to_string).collect();
    let chunks = match missing {
        1 => format!("chunk {}", names[0]),
        n if n == scenario.config.file.chunks() => "any chunk".into(),
        n if n as usize > names.len() => format!("{} chunks (such as {})", grouped(n), names.join(", ")),
        _ => format!("chunks {}", names.join(", ")),
    };
    let message = format!("nobody begins with {chunks}, so no peer that needs it can complete");
    reader.warn(place(root, &["peers"]), &Path::Root.key("peers"), message);
}

/// How many chunks nobody begins with, and the first of them; `None` where every chunk is, or may be, held.
fn missing_chunks(groups: &[Group], chunks: u64) -> Option<(u64, Vec<u64>)> {
    let mut held: BTreeSet<u64> = BTreeSet::new();
    let mut excluded: Option<BTreeSet<u64>> = None;
    for group in groups {
        match &group.initial_chunks {
            InitialChunks::All => return None,
            InitialChunks::Fraction(share) => {
                let copies = (share * chunks as f64).round() * group.count.map_or(f64::MAX, f64::from);
                if copies >= chunks as f64 {
                    return None;
                }
            }
            InitialChunks::None => {}
            InitialChunks::List(list) => held.extend(list.iter().map(|&chunk| u64::from(chunk))),
            InitialChunks::AllBut(list) => {
                let these: BTreeSet<u64> = list.iter().map(|&chunk| u64::from(chunk)).collect();
                excluded = Some(excluded.map_or(these.clone(), |before| &before & &these));
            }
        }
    }
    let (count, first) = match excluded {
        Some(excluded) => {
            let missing: Vec<u64> = excluded.difference(&held).copied().collect();
            (missing.len() as u64, missing.into_iter().take(NAMED_CHUNKS).collect())
        }
        None => {
            let first: Vec<u64> = (0..chunks).filter(|chunk| !held.contains(chunk)).take(NAMED_CHUNKS).collect();
            (chunks - held.len() as u64, first)
        }
    };
    (count > 0).then_some((count, first))
}
