//! The program's own allocator, with large pages asked for: memory holds what is written to it, lies in large pages where the
//! system has them, and digests are those of every other allocator.

#![expect(clippy::print_stdout, reason = "this is its own test harness")]

#[path = "common/digests.rs"]
mod digests;

use std::fs;
use std::hint::black_box;
use swarmsim::cli::Heap;

#[global_allocator]
static HEAP: Heap = Heap;

/// Without the usual harness, which runs tests on threads of their own: those that were there before large pages were asked for have
/// memory of their own, and the program asks for them on its first thread, before it starts any.
fn main() {
    memory_holds_what_is_written();
    small_pieces_lie_in_large_pages();
    digests_are_the_same_in_large_pages();
    println!("test result: ok. 3 passed; 0 failed");
}

const MEBIBYTE: usize = 1 << 20;

/// Allocations below, about and above the sizes from which the C library treats them otherwise, grown and given back in turn.
fn memory_holds_what_is_written() {
    Heap::use_large_pages();
    let mut kept: Vec<(u8, Vec<u8>)> = Vec::new();
    let sizes = [1, 100, 4096, 3 * MEBIBYTE / 2, 4 * MEBIBYTE, 31 * MEBIBYTE, 33 * MEBIBYTE];
    for turn in 0..4_u8 {
        for (place, size) in sizes.into_iter().enumerate() {
            let mark = turn * 16 + place as u8 + 1;
            let mut bytes = vec![mark; size];
            bytes.resize(size + size / 2, mark);
            assert!(vec![0_u8; size].iter().all(|&byte| byte == 0), "zeroed memory is zero");
            kept.push((mark, bytes));
        }
        kept.swap_remove(usize::from(turn));
        for (mark, bytes) in &kept {
            assert!(bytes.iter().all(|byte| byte == mark), "{mark} in {} bytes", bytes.len());
        }
    }
}

/// A hundred mebibytes in small pieces, as a swarm takes them.
fn small_pieces_lie_in_large_pages() {
    let setting = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
    if !cfg!(all(target_os = "linux", target_env = "gnu"))
        || !(setting.contains("[madvise]") || setting.contains("[always]"))
    {
        return;
    }
    Heap::use_large_pages();
    // Some of the first come from what the heap has left from before.
    let pieces: Vec<Box<[u64]>> = (0..50_000).map(|_| vec![7_u64; 256].into_boxed_slice()).collect();
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    black_box(&pieces);
    let Some(line) = rollup.lines().find_map(|line| line.strip_prefix("AnonHugePages:")) else { return };
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    // A system short of memory in one piece gives fewer than there could be; one that does not know of the wish, none.
    assert!(kibibytes >= 2048, "{kibibytes} KiB of 100 MiB in large pages, with {}", setting.trim());
}

fn digests_are_the_same_in_large_pages() {
    Heap::use_large_pages();
    ["thousand-peers", "heavy-churn"].into_iter().for_each(digests::assert_golden);
}
