//! Asking the processor to fetch memory before it is needed.
//!
//! A large swarm does not fit into the processor's caches, and an event touches a dozen places all over it. One that waits for each in
//! turn spends most of its time waiting. Pending events tell long before which places they will touch; asked for in time,
//! these are there when the event's turn comes. An ordinary load would not do: those that miss fill up the processor's window, which
//! then stands still; a request to fetch is over at once.
//!
//! This is the core's only module with `unsafe` code, and elsewhere than on x86-64 nothing is asked for. The instruction has no effect
//! but on time: it reads nothing and cannot fault, whatever the address. Measured gain: see `docs/performance.md`.
#![cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "an instruction without a safe name; see above"))]

/// Asks for the memory in which `place` begins.
#[inline(always)]
pub fn fetch<T: ?Sized>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the instruction is part of every x86-64 processor, and dereferences nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// Asks for all memory in which `place` lies.
#[inline(always)]
pub fn fetch_whole<T>(place: &T) {
    fetch_run(std::slice::from_ref(place));
}

/// Asks for all memory in which a slice lies.
#[inline(always)]
pub fn fetch_run<T>(items: &[T]) {
    let step = (LINE / size_of::<T>().max(1)).max(1);
    if size_of::<T>() <= LINE {
        items.iter().step_by(step).for_each(fetch);
        items.last().inspect(|last| fetch(*last));
    } else {
        #[cfg(target_arch = "x86_64")]
        for line in 0..size_of_val(items).div_ceil(LINE) {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: as above; the address is computed without the promise that it lies within an object.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(items.as_ptr().cast::<i8>().wrapping_add(line * LINE)) };
        }
    }
}

/// Asks for the memory where a stretch begins and where it ends, which may come together.
#[inline(always)]
pub fn fetch_ends<T>(first: &T, last: &T) {
    fetch(first);
    if std::ptr::from_ref(first).addr() / LINE != std::ptr::from_ref(last).addr() / LINE {
        fetch(last);
    }
}

/// Bytes that come together.
const LINE: usize = 64;

/// Asks for the memory of a slice's item, if it has one so numbered.
#[inline(always)]
pub fn fetch_item<T>(items: &[T], index: usize) {
    if let Some(item) = items.get(index) {
        fetch(item);
    }
}
