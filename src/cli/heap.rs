//! Memory in large pages, for swarms that do not fit into the processor's caches.
//!
//! Such a swarm touches some sixty places a chunk, all over hundreds of megabytes. With pages of 4 KiB the processor does not know where most
//! of them lie, and looks that up in tables in memory first, also before it can fetch ahead. With pages of 2 MiB it knows. Linux gives
//! these to who asks for them (`transparent_hugepage/enabled` is `madvise` on most machines), and the C library's `malloc` asks only where
//! an environment variable says so, so we do: for what it takes from the system once a large swarm is about to be run, before anything
//! in it is touched. Where there is no such thing, nothing changes but the time. Measured gain: see `docs/performance.md`.
#![expect(unsafe_code, reason = "an allocator is an unsafe trait, and advice to the system has no safe name")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, whose memory lies in [large pages](Heap::use_large_pages) once these are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heap;

/// Where the part of the heap ends for which large pages were asked; the last address there is while nobody has asked.
static ADVISED_UNTIL: AtomicUsize = AtomicUsize::new(usize::MAX);

// SAFETY: all calls go to the system's allocator, and what comes back is what it gave.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        advised(unsafe { System.alloc(layout) }, layout.size())
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        advised(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    #[inline]
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: as above.
        advised(unsafe { System.realloc(place, layout, bytes) }, bytes)
    }

    #[inline]
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

/// Sees to it that what was just allocated, and is not touched yet, lies in large pages if these are wanted.
#[inline]
fn advised(place: *mut u8, bytes: usize) -> *mut u8 {
    if place.addr().wrapping_add(bytes) > ADVISED_UNTIL.load(Ordering::Relaxed) {
        system::advise(place, bytes);
    }
    place
}

impl Heap {
    /// Asks the system for large pages for all memory that is taken from it from now on.
    pub fn use_large_pages() {
        system::begin();
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod system {
    use super::{ADVISED_UNTIL, Ordering};
    use std::ffi::c_int;

    const LARGE_PAGE: usize = 2 << 20;
    /// How much the heap grows at a time, so that advice comes before use.
    const GROWTH: c_int = 64 << 20;
    /// From here on an allocation is a mapping of its own: the most that the C library lets the heap hold.
    const OWN_MAPPING: c_int = 32 << 20;

    pub(super) fn begin() {
        // SAFETY: these only choose when the heap grows and shrinks; 1 means that the value was taken.
        let taken = unsafe {
            libc::mallopt(libc::M_TOP_PAD, GROWTH) == 1
                && libc::mallopt(libc::M_MMAP_THRESHOLD, OWN_MAPPING) == 1
                && libc::mallopt(libc::M_TRIM_THRESHOLD, c_int::MAX) == 1
                // All threads take from the same heap, so that the advice is for all. Its lock is one: in a run they take little.
                && libc::mallopt(libc::M_ARENA_MAX, 1) == 1
        };
        if taken && ADVISED_UNTIL.load(Ordering::Relaxed) == usize::MAX {
            ADVISED_UNTIL.store(heap_end(), Ordering::Relaxed);
        }
    }

    fn heap_end() -> usize {
        // SAFETY: asks where the heap ends, and moves nothing.
        unsafe { libc::sbrk(0) }.addr()
    }

    /// An allocation ends where no advice was given yet: in the part by which the heap has grown, or in a mapping of its own.
    #[cold]
    pub(super) fn advise(place: *mut u8, bytes: usize) {
        let (end, heap_end) = (place.addr().wrapping_add(bytes), heap_end());
        let whole_pages = |from: usize, to: usize| (from.next_multiple_of(LARGE_PAGE), to - to % LARGE_PAGE);
        let (from, to) = if place.is_null() {
            return;
        } else if end <= heap_end {
            let pages = whole_pages(ADVISED_UNTIL.load(Ordering::Relaxed), heap_end);
            ADVISED_UNTIL.fetch_max(pages.1, Ordering::Relaxed);
            pages
        } else if bytes >= OWN_MAPPING as usize {
            whole_pages(place.addr(), end)
        } else {
            return;
        };
        if from < to {
            // SAFETY: these pages belong to the heap or to the allocation at hand; the advice changes nothing that they hold. Where
            // the system does not take it, the pages stay small.
            unsafe { libc::madvise(std::ptr::without_provenance_mut(from), to - from, libc::MADV_HUGEPAGE) };
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")))]
mod system {
    pub(super) fn begin() {}

    pub(super) fn advise(_: *mut u8, _: usize) {}
}
