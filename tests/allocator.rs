//! The digests do not depend on where memory comes from: this test program has another allocator than all others.

#[path = "common/digests.rs"]
mod digests;

use dlmalloc::GlobalDlmalloc;

#[global_allocator]
static ALLOCATOR: GlobalDlmalloc = GlobalDlmalloc;

#[test]
fn digests_are_the_same_with_another_allocator() {
    ["flash-crowd", "heavy-churn", "lossy-proofs"].into_iter().for_each(digests::assert_golden);
}
