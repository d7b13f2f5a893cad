//! How much room there is on the disk.

use super::Failure;
use super::past::shown;
use crate::output::trace::TraceFormat;
use crate::scenario::Estimate;
use crate::scenario::estimate::memory_text;
use std::path::Path;

/// Refuses a trace for which there is no room where `target` is to be: neither for what is estimated nor for half of it,
/// since an estimate may be that much too high.
pub fn check(estimate: &Estimate, format: TraceFormat, target: &Path) -> Result<(), Failure> {
    let bytes = match format {
        TraceFormat::Jsonl => estimate.trace_bytes,
        TraceFormat::Zst => estimate.compressed_trace_bytes(),
    };
    let Some(free) = free_bytes(target) else { return Ok(()) };
    if bytes / 2.0 <= free as f64 {
        return Ok(());
    }
    let (bytes, free) = (memory_text(bytes), memory_text(free as f64));
    let other = if format == TraceFormat::Jsonl { "--trace=zst, " } else { "" };
    Err(Failure::BadInput(format!(
        "{}: the trace would have about {bytes}, and the disk has room for {free}; accepted: {other}no trace, or another \
         folder with --out",
        shown(target)
    )))
}

/// What a new file in `folder`, or where that will be, may take; `None` where the system does not tell.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("."));
    let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
    let stat = rustix::fs::statvfs(there).ok()?;
    stat.f_bavail.checked_mul(stat.f_frsize)
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_larger_than_the_disk_is_refused_wherever_it_would_go() {
        let folder = tempfile::tempdir().unwrap();
        let of = |trace_bytes| Estimate { events: 1.0, memory_bytes: 1, peers: 1, trace_bytes, end_s: 1.0 };
        for target in [folder.path().to_path_buf(), folder.path().join("not/there/yet"), "results/x".into()] {
            assert!(check(&of(1e3), TraceFormat::Jsonl, &target).is_ok());
            let Err(Failure::BadInput(message)) = check(&of(1e30), TraceFormat::Jsonl, &target) else {
                panic!("{} has room for anything", target.display());
            };
            assert!(message.contains("--trace=zst") && message.contains("room for"), "{message}");
            assert!(check(&of(1e30), TraceFormat::Zst, &target).is_err());
        }
    }
}
