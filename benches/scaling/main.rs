//! How what an event, a chunk and a peer cost grows with the swarm: a table and plots under `results/scaling`.
//!
//! One size at a time is varied: peers, chunks, neighbors, and the rule by which links are shared. Each point is run in a process of its own,
//! so that its memory is its own; the bare event queue is measured after it, with as many events pending: alone, and with an actor of 256
//! bytes for each peer, the least that a simulator of that size can do. Time is that of the processor where the system tells it.
//!
//! ```sh
//! cargo bench --bench scaling                # some minutes, up to 100,000 peers
//! cargo bench --bench scaling -- --long      # a million peers, too: most of an hour
//! cargo bench --bench scaling -- --long --resume          # what the table has already is not measured again
//! cargo bench --bench scaling -- --most 10000 --out DIR   # no more peers than that, written elsewhere
//! cargo bench --bench scaling -- --test      # some seconds, writes nothing
//! ```

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

#[path = "../common/hold.rs"]
mod hold;
#[path = "../common/meter.rs"]
mod meter;
mod plots;
mod point;
#[path = "../common/scenario.rs"]
mod scenario;

use point::Point;
use scenario::{Size, USUAL};
use std::path::PathBuf;
use std::process::Command;
use std::{env, error, fs};
use swarmsim::cli::Heap;

/// As the program has it.
#[global_allocator]
static HEAP: Heap = Heap;

/// Queries are as rare as in the sizes of `docs/performance.md`.
const AT: Size = Size { query_s: 30, ..USUAL };
/// What is varied: a name, and the sizes.
const PEERS: [u32; 4] = [100, 1_000, 10_000, 100_000];
const MOST_PEERS: u32 = 1_000_000;
/// With so many, the program asks for large pages.
const LARGE: u32 = 10_000;
const CHUNKS: [u32; 5] = [16, 64, 256, 1_024, 4_096];
const NEIGHBORS: [Option<u32>; 6] = [Some(10), Some(20), Some(50), Some(100), Some(200), None];
const SHARINGS: [&str; 4] = ["none", "fifo", "equal-share", "max-min"];

/// What is measured, each with what it is varied over.
fn plan(is_test: bool, is_long: bool) -> Vec<(&'static str, Size)> {
    if is_test {
        let few = Size { peers: 30, chunks: 16, ..AT };
        return vec![("peers", few), ("chunks", few), ("neighbors", Size { neighbors: None, ..few }), ("sharing", few)];
    }
    let peers = PEERS.into_iter().chain(is_long.then_some(MOST_PEERS));
    let mut plan: Vec<(&str, Size)> = peers.map(|peers| ("peers", Size { peers, ..AT })).collect();
    plan.extend(CHUNKS.map(|chunks| ("chunks", Size { chunks, ..AT })));
    plan.extend(NEIGHBORS.map(|neighbors| ("neighbors", Size { neighbors, ..AT })));
    plan.extend(SHARINGS.map(|sharing| ("sharing", Size { sharing, peers: 10_000, ..AT })));
    plan
}

fn main() -> Result<(), Box<dyn error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let after = |name: &str| arguments.iter().position(|one| one == name).and_then(|at| arguments.get(at + 1));
    if let Some(number) = after("--point") {
        let (axis, size) = plan(has("--test"), true)[number.parse::<usize>()?];
        if size.peers >= LARGE {
            Heap::use_large_pages();
        }
        println!("{}", Point::measure(axis, size, has("--test")).row());
        return Ok(());
    }
    let whole = plan(has("--test"), true);
    let most = after("--most").map_or(Ok(u32::MAX), |text| text.parse())?;
    let wanted = plan(has("--test"), has("--long"));
    let wanted: Vec<_> = wanted.into_iter().filter(|(_, size)| size.peers <= most).collect();
    let folder = after("--out").map_or_else(|| PathBuf::from("results/scaling"), PathBuf::from);
    let known = if has("--resume") { fs::read_to_string(folder.join("scaling.csv"))? } else { String::new() };
    let mut table = vec![Point::COLUMNS.to_owned()];
    let mut points = Vec::new();
    println!("{}", Point::COLUMNS);
    for one in &wanted {
        let begins = Point::row_begins(one.0, one.1);
        if let Some(row) = known.lines().find(|row| row.starts_with(&begins)) {
            points.push(Point::read(row).ok_or("a row is not as it was written")?);
            table.push(row.to_owned());
            continue;
        }
        let number = whole.iter().position(|other| format!("{other:?}") == format!("{one:?}")).expect("it is planned");
        let mut command = Command::new(env::current_exe()?);
        command.args(["--point", &number.to_string()]).args(has("--test").then_some("--test"));
        let done = command.output()?;
        if !done.status.success() {
            return Err(String::from_utf8_lossy(&done.stderr).into());
        }
        let row = String::from_utf8(done.stdout)?.trim().to_owned();
        println!("{row}");
        points.push(Point::read(&row).ok_or("a row is not as it was written")?);
        table.push(row);
    }
    let drawn = plots::all(&points);
    if has("--test") {
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("scaling.csv"), table.join("\n") + "\n")?;
    for plot in drawn {
        fs::write(folder.join(format!("{}.svg", plot.stem)), plot.svg())?;
    }
    println!("written to {}", folder.display());
    Ok(())
}
