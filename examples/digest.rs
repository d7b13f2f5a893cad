//! Prints the digests of embedded scenarios, in the form of `tests/golden/digests.txt`.
//!
//! It needs the simulation core alone, so it can be built for a machine on which there is no more than a standard library:
//! `scripts/platforms` runs it on several. A report of a platform on which a digest differs is worth much.
//!
//! ```text
//! cargo run --release --example digest                          # all of them
//! cargo run --release --example digest -- flash-crowd           # one
//! cargo run --release --example digest -- --queue heap          # with the slow twin of the event queue
//! ```

use std::env;
use std::error::Error;
use std::io::{Write, stdout};
use swarmsim::scenario::problem::did_you_mean;
use swarmsim::scenario::{EMBEDDED, Embedded, from_json};
use swarmsim::sim::QueueKind;
use swarmsim::swarm::Simulation;

/// What was asked for: which scenarios, and with which queue.
fn arguments() -> Result<(Vec<&'static Embedded>, QueueKind), Box<dyn Error>> {
    let (mut chosen, mut queue) = (Vec::new(), QueueKind::Ladder);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--queue" {
            queue = match arguments.next().as_deref() {
                Some("ladder") => QueueKind::Ladder,
                Some("heap") => QueueKind::Heap,
                _ => return Err("--queue: accepted: ladder, heap".into()),
            };
            continue;
        }
        let hint = || did_you_mean(&argument, EMBEDDED.iter().map(|embedded| embedded.name));
        let unknown = || format!("{argument}: there is no embedded scenario of this name{}", hint());
        chosen.push(Embedded::find(&argument).ok_or_else(unknown)?);
    }
    if chosen.is_empty() {
        chosen.extend(EMBEDDED);
    }
    Ok((chosen, queue))
}

fn main() -> Result<(), Box<dyn Error>> {
    let (scenarios, queue) = arguments()?;
    for embedded in scenarios {
        let checked = from_json(embedded.name, embedded.text.as_bytes()).map_err(|report| report.to_string())?;
        let seed = checked.scenario.config.seed;
        let mut run = Simulation::new(checked.scenario.config, (), queue);
        while run.advance(u64::MAX) {}
        writeln!(stdout(), "{} {seed} {}", embedded.name, run.digest())?;
    }
    Ok(())
}
