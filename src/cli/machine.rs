//! What this machine has.

use std::fs;

/// The machine's memory in bytes, or less where a control group allows less; `None` where the system does not tell as Linux does.
pub fn memory_bytes() -> Option<u64> {
    let whole = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_of(&text));
    let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let allowed = limits.iter().find_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok());
    whole.into_iter().chain(allowed).min()
}

/// The total in the text of `/proc/meminfo`.
fn total_of(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_in_kibibytes() {
        let text = "MemTotal:       24590420 kB\nMemFree:        20000000 kB\n";
        assert_eq!(total_of(text), Some(24_590_420 * 1024));
        assert_eq!(total_of("nothing of the kind"), None);
    }
}
