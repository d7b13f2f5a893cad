//! What this machine has.

use std::fs;

/// The machine's memory in bytes, or less where a control group or a limit of the address space (`ulimit -v`) allows less; `None`
/// where the system does not tell as Linux does.
pub fn memory_bytes() -> Option<u64> {
    let whole = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_of(&text));
    let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let allowed = limits.iter().find_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok());
    whole.into_iter().chain(allowed).chain(address_space_bytes()).min()
}

/// The machine's name; `host` where the system does not tell as Linux does.
pub fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
    name.or_else(|| std::env::var("HOSTNAME").ok()).filter(|name| !name.is_empty()).unwrap_or_else(|| "host".to_owned())
}

/// What is left of this process's address space in bytes, where that is limited.
pub fn address_space_left() -> Option<u64> {
    let taken =
        fs::read_to_string("/proc/self/status").ok().and_then(|text| kibibytes_of(&text, "VmSize:")).unwrap_or(0);
    Some(address_space_bytes()?.saturating_sub(taken))
}

fn address_space_bytes() -> Option<u64> {
    fs::read_to_string("/proc/self/limits").ok().and_then(|text| soft_limit_of(&text))
}

/// The soft limit of the address space in the text of `/proc/self/limits`.
fn soft_limit_of(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The total in the text of `/proc/meminfo`.
fn total_of(meminfo: &str) -> Option<u64> {
    kibibytes_of(meminfo, "MemTotal:")
}

/// What a line such as `VmSize:  3120 kB` says, in bytes.
fn kibibytes_of(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
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

    #[test]
    fn an_address_space_without_limit_is_none() {
        let head = "Limit                     Soft Limit           Hard Limit           Units     \n";
        let limits =
            |soft: &str| format!("{head}Max address space         {soft:<20} unlimited            bytes     \n");
        assert_eq!(soft_limit_of(&limits("2048000000")), Some(2_048_000_000));
        assert_eq!(soft_limit_of(&limits("unlimited")), None);
        assert_eq!(soft_limit_of(head), None);
    }
}
