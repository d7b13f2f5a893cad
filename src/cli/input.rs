//! How a scenario comes in: a file, standard input or an embedded one. `run`, `validate` and all else that
//! takes a scenario come through [`load`], so that they agree on what is accepted.

use super::Failure;
use super::args::{LimitArgs, OverrideArgs};
use super::terminal;
use crate::experiment::compare::Contender;
use crate::experiment::sweep::{Bounds, is_sweep};
use crate::scenario::json::{Node, Value};
use crate::scenario::problem::{At, did_you_mean, shorten};
use crate::scenario::text::MAX_BYTES;
use crate::scenario::{Document, EMBEDDED, Embedded, Estimate, Override, Report, Scenario};
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A scenario that may be run.
#[derive(Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// What a run of it will take.
    pub estimate: Estimate,
    /// Warnings about it.
    pub warnings: Report,
}

/// A file that was read and parsed.
#[derive(Debug)]
pub struct Source {
    /// What was parsed.
    pub document: Document,
    /// The folder that the files it names are relative to.
    pub folder: PathBuf,
    /// The file, where it is one.
    pub file: Option<PathBuf>,
}

/// Loads a scenario: finds and reads it, applies the overrides, checks it, and refuses what would take more than
/// the limits allow. Warnings are said on standard error.
pub fn load(name: &OsStr, overrides: &OverrideArgs, limits: LimitArgs) -> Result<Loaded, Failure> {
    let overrides = overrides.to_overrides()?;
    open(name)?.read(&overrides, limits)
}

impl Source {
    /// Reads the scenario in it with these overrides. Warnings are said on standard error.
    pub fn read(&self, overrides: &[Override], limits: LimitArgs) -> Result<Loaded, Failure> {
        let loaded = self.check(overrides, limits)?;
        terminal::say(&loaded.warnings.to_string());
        Ok(loaded)
    }

    /// Reads the files that the scenario names.
    pub fn loader(&self) -> impl Fn(&str) -> Result<Vec<u8>, String> {
        |name| read_named(&self.folder.join(name), name)
    }

    /// Reads the scenario in it with these overrides, and leaves the warnings to the caller.
    pub fn check(&self, overrides: &[Override], limits: LimitArgs) -> Result<Loaded, Failure> {
        self.check_on(1, overrides, limits)
    }

    /// The same for a run on so many threads.
    pub fn check_on(&self, threads: usize, overrides: &[Override], limits: LimitArgs) -> Result<Loaded, Failure> {
        if is_sweep(self.document.root()) {
            let file = shorten(&self.document.name);
            return Err(Failure::BadInput(format!(
                "{file}: is a sweep, not a scenario; run it with `swarmsim sweep {file}`"
            )));
        }
        let checked =
            self.document.read(overrides, &self.loader()).map_err(|report| Failure::Refused(Box::new(report)))?;
        let estimate = Estimate::of(&checked.scenario).on_threads(&checked.scenario, threads as u64);
        let bounds = limits.bounds();
        let within = estimate.within(bounds.memory_bytes, bounds.events);
        within.map_err(|message| Failure::BadInput(format!("{}: {message}", shorten(&self.document.name))))?;
        Ok(Loaded { scenario: checked.scenario, estimate, warnings: checked.warnings })
    }
}

impl LimitArgs {
    /// What one run may take.
    pub fn bounds(&self) -> Bounds {
        let memory_bytes = self.max_memory.or_else(super::machine::memory_bytes).unwrap_or(u64::MAX);
        Bounds { memory_bytes, events: self.max_events as f64 }
    }
}

impl OverrideArgs {
    /// The arguments as they would be typed, in the order in which they are applied.
    pub fn typed(&self) -> Vec<String> {
        let mut typed: Vec<String> = Vec::new();
        let mut add = |flag: &str, value: String| typed.extend([flag.to_owned(), value]);
        self.set.iter().for_each(|text| add("--set", text.clone()));
        self.seed.iter().for_each(|seed| add("--seed", seed.to_string()));
        self.strategy.iter().for_each(|name| add("--strategy", name.clone()));
        typed
    }

    /// The overrides, in the order in which they are applied.
    pub fn to_overrides(&self) -> Result<Vec<Override>, Failure> {
        let mut all = Vec::new();
        for text in &self.set {
            all.push(Override::parse(text).map_err(|message| Failure::BadInput(format!("--set: {message}")))?);
        }
        if let Some(seed) = self.seed {
            let seed = seed.to_string();
            all.push(Override::new(&format!("--seed {seed}"), "seed", &seed).expect("`seed` is a path"));
        }
        if let Some(name) = self.strategy.as_ref().filter(|name| name.contains(':')) {
            let named =
                Contender::parse(name).map_err(|message| Failure::BadInput(format!("--strategy: {message}")))?;
            all.extend(named.overrides_of("--strategy"));
        } else if let Some(name) = &self.strategy {
            let value = Node { value: Value::String(name.as_str().into()), at: At::Text(0) };
            let label = format!("--strategy {name}");
            all.push(Override::with_node(&label, "strategy.kind", value).expect("`strategy.kind` is a path"));
        }
        Ok(all)
    }
}

/// After a sweep's name, what makes it that of the scenario in it: `sweep.json#scenario`.
pub const INLINE: &str = "#scenario";

/// Finds and parses a scenario: standard input, a file, or an embedded one; or that in a sweep, by [`INLINE`].
pub fn open(name: &OsStr) -> Result<Source, Failure> {
    let sweep = name.to_str().and_then(|name| name.strip_suffix(INLINE)).filter(|_| !Path::new(name).exists());
    let Some(sweep) = sweep else { return open_whole(name) };
    let source = open_whole(OsStr::new(sweep))?;
    match source.document.root().get("scenario") {
        Some(node) if matches!(node.value, Value::Object(_)) => {
            Ok(Source { document: source.document.part(node), ..source })
        }
        _ => Err(Failure::BadInput(format!("{}: holds no scenario under the key \"scenario\"", shorten(sweep)))),
    }
}

fn open_whole(name: &OsStr) -> Result<Source, Failure> {
    let path = Path::new(name);
    let shown = path.display().to_string();
    if name == "-" {
        let bytes = read_capped(io::stdin().lock()).map_err(|error| unreadable("standard input", &error))?;
        return parse("<stdin>", &bytes, PathBuf::from("."), None);
    }
    let metadata = path.metadata();
    let embedded = name.to_str().and_then(Embedded::find);
    match (metadata, embedded) {
        (Err(_), Some(embedded)) => parse(embedded.name, embedded.text.as_bytes(), PathBuf::from("."), None),
        (Ok(metadata), Some(embedded)) if metadata.is_dir() => {
            parse(embedded.name, embedded.text.as_bytes(), PathBuf::from("."), None)
        }
        (Ok(metadata), _) => {
            let bytes = read_file(path, &metadata)
                .map_err(|message| Failure::BadInput(format!("{}: {message}", shorten(&shown))))?;
            let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
            parse(&shown, &bytes, folder, Some(path.to_path_buf()))
        }
        (Err(error), None) if error.kind() == io::ErrorKind::NotFound => Err(not_found(&shown)),
        (Err(error), None) => Err(unreadable(&shown, &error)),
    }
}

fn parse(name: &str, bytes: &[u8], folder: PathBuf, file: Option<PathBuf>) -> Result<Source, Failure> {
    let document = Document::parse(name, bytes).map_err(|report| Failure::Refused(Box::new(report)))?;
    Ok(Source { document, folder, file })
}

fn not_found(shown: &str) -> Failure {
    let names = || EMBEDDED.iter().map(|embedded| embedded.name);
    let hint = did_you_mean(shown.trim_end_matches(".json"), names());
    let list = names().collect::<Vec<_>>().join(", ");
    let shown = shorten(shown);
    Failure::BadInput(format!(
        "{shown}: there is no such file, nor an embedded scenario of this name{hint}; accepted: a file, `-` for standard \
         input, or one of {list}"
    ))
}

fn unreadable(shown: &str, error: &io::Error) -> Failure {
    Failure::BadInput(format!("{}: cannot be read: {error}", shorten(shown)))
}

/// A file that a scenario names.
pub fn read_named(path: &Path, name: &str) -> Result<Vec<u8>, String> {
    let wrap = |message: String| format!("the file \"{}\" {message}", shorten(name));
    let metadata = path.metadata().map_err(|error| wrap(format!("cannot be read: {error}")))?;
    if metadata.is_dir() {
        return Err(wrap("is a folder; accepted: a file".into()));
    }
    let bytes = read_file(path, &metadata).map_err(wrap)?;
    if bytes.len() > MAX_BYTES { Err(wrap("has more than 16 MiB".into())) } else { Ok(bytes) }
}

/// A file's bytes, but of one that is too large only one more than are allowed. What would wait for ever is refused.
fn read_file(path: &Path, metadata: &Metadata) -> Result<Vec<u8>, String> {
    if metadata.is_dir() {
        let inside = path.join("scenario.json");
        let hint = if inside.is_file() {
            format!("; did you mean {}?", shorten(&inside.display().to_string()))
        } else {
            String::new()
        };
        return Err(format!("is a folder; accepted: a scenario file{hint}"));
    }
    if is_named_pipe(path, metadata) {
        return Err("is a named pipe; accepted: a file, or `-` with the pipe as standard input".into());
    }
    if metadata.is_file() && metadata.len() > MAX_BYTES as u64 {
        return Err(format!("has {} bytes; at most 16 MiB are read", metadata.len()));
    }
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    read_capped(file).map_err(|error| format!("cannot be read: {error}"))
}

/// A pipe with a name may never be written to. Those that a shell puts in the place of `<(…)` lie in /dev or /proc.
#[cfg(unix)]
fn is_named_pipe(path: &Path, metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_fifo() && !path.starts_with("/dev") && !path.starts_with("/proc")
}

#[cfg(not(unix))]
fn is_named_pipe(_: &Path, _: &Metadata) -> bool {
    false
}

fn read_capped(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
