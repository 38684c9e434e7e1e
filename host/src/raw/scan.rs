//! Asks Linux which pages of a range were touched, as runs of pages: `PAGEMAP_SCAN`, since Linux 6.7, in linux/fs.h and
//! "Pagemap Scan IOCTL" of the kernel's documentation.

use std::fs::File;
use std::ops::Range;
use std::os::fd::AsRawFd as _;

/// `struct pm_scan_arg`.
#[repr(C)]
struct Request {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    /// Where the system stopped looking.
    walk_end: u64,
    vec: u64,
    vec_len: u64,
    max_pages: u64,
    category_inverted: u64,
    category_mask: u64,
    category_anyof_mask: u64,
    return_mask: u64,
}

/// `struct page_region`: pages in a row.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct Run {
    /// The address of the first.
    pub(crate) start: u64,
    /// The address behind the last.
    pub(crate) end: u64,
    categories: u64,
}

/// `_IOWR('f', 16, struct pm_scan_arg)`, as most processors have it.
const PAGEMAP_SCAN: u64 = 3 << 30 | (size_of::<Request>() as u64) << 16 | (b'f' as u64) << 8 | 16;
const PAGE_IS_PRESENT: u64 = 1 << 3;
const PAGE_IS_SWAPPED: u64 = 1 << 4;

/// Finds runs of pages in a range of addresses of this process that are in memory or in the swap, in order. Returns how many of
/// `runs` it filled, and the address up to which the system has looked. `None` where it cannot tell.
pub(crate) fn touched(pagemap: &File, range: Range<u64>, runs: &mut [Run]) -> Option<(usize, u64)> {
    let touched = PAGE_IS_PRESENT | PAGE_IS_SWAPPED;
    let mut request = Request {
        size: size_of::<Request>() as u64,
        flags: 0,
        start: range.start,
        end: range.end,
        walk_end: 0,
        vec: runs.as_mut_ptr().expose_provenance() as u64,
        vec_len: runs.len() as u64,
        max_pages: 0,
        category_inverted: 0,
        category_mask: 0,
        category_anyof_mask: touched,
        return_mask: touched,
    };
    // SAFETY: without flags the request changes no page. The system writes `walk_end`, and at most `vec_len` runs at `vec`:
    // both are borrowed here. A file that is no pagemap, and an older system, refuse the number.
    let found = unsafe { libc::ioctl(pagemap.as_raw_fd(), PAGEMAP_SCAN as _, &raw mut request) };
    let found = usize::try_from(found).ok().filter(|found| *found <= runs.len())?;
    (request.walk_end > range.start).then_some((found, request.walk_end))
}
