//! `swarmsim trace export`: a trace in a form that other programs open.

use super::past::shown;
use super::{Failure, interrupt, terminal};
use crate::output::human::{counted, short};
use crate::output::perfetto::{self, Choice, ExportError, Exported};
use crate::output::trace;
use clap::{Args, ValueEnum};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The arguments of `trace export`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  swarmsim run flash-crowd --trace=zst --out results/traced\n  \
    swarmsim trace export results/traced/trace.jsonl.zst --to perfetto --without chunks-query\n\n\
    Open the file at https://ui.perfetto.dev (it stays in your browser) or in chrome://tracing.")]
pub struct ExportArgs {
    /// The trace, compressed or not
    #[arg(value_name = "TRACE")]
    pub trace: PathBuf,
    /// For which program
    #[arg(long, value_enum)]
    pub to: ExportTo,
    /// The file to write, - for standard output [default: beside the trace, NAME.perfetto.json]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Leave out a kind of request with its answers
    #[arg(long, value_enum, value_name = "REQUEST", value_delimiter = ',')]
    pub without: Vec<Request>,
    /// Replace the file
    #[arg(long)]
    pub force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// A form of traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportTo {
    /// The Perfetto UI and chrome://tracing
    Perfetto,
}

/// A request of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Request {
    /// Join
    Join,
    /// Active Proof
    ActiveProof,
    /// Peer List
    PeerList,
    /// Chunks Query
    ChunksQuery,
    /// Fetch Chunk
    FetchChunk,
}

impl Request {
    /// Its name in a trace.
    fn name(self) -> &'static str {
        match self {
            Request::Join => "join",
            Request::ActiveProof => "active_proof",
            Request::PeerList => "peer_list",
            Request::ChunksQuery => "chunks_query",
            Request::FetchChunk => "fetch_chunk",
        }
    }
}

/// Exports a trace.
pub fn run(args: &ExportArgs) -> Result<ExitCode, Failure> {
    let ExportTo::Perfetto = args.to;
    let mut from = trace::open(&args.trace).map_err(|error| Failure::BadInput(error.to_string()))?;
    let choice = Choice { without: args.without.iter().map(|request| request.name().to_owned()).collect() };
    interrupt::install_alone()?;
    let goes_on = || !interrupt::is_requested();
    if args.out.as_deref().is_some_and(|out| out == Path::new("-")) {
        let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let done = perfetto::export(&mut *from, out, &choice, &goes_on);
        return match done {
            Ok(_) => Ok(ExitCode::SUCCESS),
            Err(ExportError::Write(error)) => Err(Failure::of_output(&error)),
            Err(error) => Err(failure(args, Path::new("-"), error)),
        };
    }
    let out = args.out.clone().unwrap_or_else(|| beside(&args.trace));
    if out.exists() && !args.force {
        return Err(Failure::BadInput(format!(
            "{}: is there already; replace it with --force, or name another file with --out",
            shown(&out)
        )));
    }
    if is_same(&out, &args.trace) {
        return Err(Failure::BadInput(format!("{}: is the trace itself; name another file with --out", shown(&out))));
    }
    let exported = write(&out, |file| perfetto::export(&mut *from, file, &choice, &goes_on))
        .map_err(|error| failure(args, &out, error))?;
    if !args.quiet {
        tell(&out, exported)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The file beside a trace: `trace.perfetto.json`.
fn beside(trace: &Path) -> PathBuf {
    let name = trace.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.trim_end_matches(".zst").trim_end_matches(".jsonl");
    trace.with_file_name(format!("{stem}.perfetto.json"))
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Writes a file whole or not at all.
fn write<T>(out: &Path, make: impl FnOnce(&mut BufWriter<File>) -> Result<T, ExportError>) -> Result<T, ExportError> {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = out.with_file_name(name);
    let result = File::create(&partial).map_err(ExportError::Write).and_then(|file| {
        let mut file = BufWriter::with_capacity(1 << 16, file);
        let made = make(&mut file)?;
        file.flush()?;
        fs::rename(&partial, out)?;
        Ok(made)
    });
    if result.is_err() {
        let _ = fs::remove_file(&partial);
    }
    result
}

fn failure(args: &ExportArgs, out: &Path, error: ExportError) -> Failure {
    let trace = shown(&args.trace);
    match error {
        ExportError::Line { line, message } => Failure::BadInput(format!("{trace}:{line}: {message}")),
        ExportError::Read(error) if error.kind() == io::ErrorKind::InvalidData => {
            Failure::BadInput(format!("{trace}: {error}"))
        }
        ExportError::Read(error) => Failure::Failed(format!("{trace}: cannot be read: {error}")),
        ExportError::Write(error) => Failure::Failed(format!("{}: cannot be written: {error}", shown(out))),
        ExportError::Interrupted => Failure::Interrupted("interrupted; nothing of the export is kept".into()),
    }
}

fn tell(out: &Path, exported: Exported) -> Result<(), Failure> {
    let lines = counted(exported.lines, "line", "lines");
    let events = short((exported.events as f64 / 1e3).round() * 1e3);
    terminal::print(&format!("{lines} as {events} events in {}\nopen it at https://ui.perfetto.dev\n", shown(out)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_stands_beside_its_trace() {
        for name in ["trace.jsonl", "trace.jsonl.zst"] {
            assert_eq!(beside(&Path::new("a/b").join(name)), Path::new("a/b/trace.perfetto.json"));
        }
        assert_eq!(beside(Path::new("x")), Path::new("x.perfetto.json"));
    }
}
