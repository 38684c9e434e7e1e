//! Pages of the system: mapped, given back, and looked at where the compiler would not look again.

use std::ptr::{self, NonNull};

/// The size of a page of the host, in bytes.
pub(crate) fn page_size() -> usize {
    // SAFETY: it reads a constant of the system.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

/// Fresh anonymous pages, which belong to this process alone.
pub(crate) struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

impl Mapping {
    /// Maps so many pages. `None` when the system has none.
    pub(crate) fn new(pages: usize) -> Option<Self> {
        let len = pages.checked_mul(page_size())?;
        let (rights, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping wherever the system puts it changes no memory that anybody has.
        let start = unsafe { libc::mmap(ptr::null_mut(), len, rights, kind, -1, 0) };
        if start == libc::MAP_FAILED {
            return None;
        }
        let start = NonNull::new(start.cast::<u8>())?;
        // SAFETY: advice on a mapping of ours. A neighbour's huge page could otherwise fill it; without the advice
        // the worst is that pages seem touched that are not.
        unsafe { libc::madvise(start.as_ptr().cast(), len, libc::MADV_NOHUGEPAGE) };
        Some(Self { start, len })
    }

    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the mapping, which is ours, readable and writable; what nobody wrote reads as zeros.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }

    /// Writes a byte.
    pub(crate) fn touch(&mut self, at: usize) {
        assert!(at < self.len);
        // SAFETY: inside the mapping, which is writable and borrowed.
        unsafe { self.start.as_ptr().add(at).write_volatile(1) };
    }

    /// Asks the system to hand a child after `fork` zeros in its place. Returns whether it does: systems before Linux 4.14 do
    /// not, and some emulators accept any advice and follow none.
    pub(super) fn wipe_on_fork(&self) -> bool {
        /// No advice that there is.
        const NONE: libc::c_int = -1;
        // SAFETY: advice on a mapping of ours, which changes nothing in this process.
        let accepts = |advice| unsafe { libc::madvise(self.start.as_ptr().cast(), self.len, advice) == 0 };
        !accepts(NONE) && accepts(libc::MADV_WIPEONFORK)
    }

    /// The beginning of the mapping, which is never unmapped.
    pub(super) fn leak(self) -> *mut u8 {
        let start = self.start.as_ptr();
        std::mem::forget(self);
        start
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and nobody borrows it any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// Gives the pages of a private, anonymous mapping back to the system, after which they read as zeros. Returns whether
/// they do.
///
/// # Safety
/// The memory is whole pages of a private and anonymous mapping.
pub(super) unsafe fn give_back(memory: &mut [u8]) -> bool {
    let (start, len) = (memory.as_mut_ptr(), memory.len());
    // SAFETY: the pages stay mapped, and by the caller's promise hold zeros afterwards, which are valid bytes. The slice
    // is borrowed for writing, so that nobody else counts on what they hold.
    let given = unsafe { libc::madvise(start.cast(), len, libc::MADV_DONTNEED) } == 0;
    // SAFETY: reading what the slice borrows.
    given && memory.iter().step_by(page_size()).take(1).all(|byte| unsafe { ptr::read_volatile(byte) } == 0)
}
