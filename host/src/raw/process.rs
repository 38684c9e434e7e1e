//! Which process this is. A child after `fork` has copies of what its parent had, and none of its threads.

use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

/// The number of this process and the identifier that the system gave it, in one word; 0 for none.
static PLAIN: AtomicU64 = AtomicU64::new(0);

/// Whether a child finds no number where it is kept, so that the system need not be asked for the identifier each time.
static IS_WIPED: AtomicBool = AtomicBool::new(false);

/// Returns a number that no ancestor of this process has, the same for as long as the process runs.
///
/// The system's identifier alone is not enough: in namespaces of their own, parent and child can both be number 1.
pub(crate) fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let word = word();
    let mut seen = word.load(Ordering::Acquire);
    if seen != 0 && IS_WIPED.load(Ordering::Relaxed) {
        return seen;
    }
    let id = u64::from(std::process::id());
    loop {
        if seen != 0 && seen & u64::from(u32::MAX) == id {
            return seen;
        }
        let new = NEXT.fetch_add(1, Ordering::Relaxed) << 32 | id;
        match word.compare_exchange(seen, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return new,
            // Another thread of this process was faster.
            Err(now) => seen = now,
        }
    }
}

/// Where the number is kept: in a page that the system wipes in a child, where it can.
#[cfg(target_os = "linux")]
fn word() -> &'static AtomicU64 {
    static WORD: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());
    let found = WORD.load(Ordering::Acquire);
    if !found.is_null() {
        // SAFETY: it is the beginning of a page that was mapped below, and is never unmapped.
        return unsafe { &*found };
    }
    let Some(page) = super::pages::Mapping::new(1) else { return &PLAIN };
    let is_wiped = page.wipe_on_fork();
    let page = page.leak().cast::<AtomicU64>();
    match WORD.compare_exchange(ptr::null_mut(), page, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => {
            IS_WIPED.store(is_wiped, Ordering::Relaxed);
            // SAFETY: as above. A page of zeros holds a valid atomic number.
            unsafe { &*page }
        }
        // SAFETY: as above, of the thread that was faster. One page is lost.
        Err(found) => unsafe { &*found },
    }
}

#[cfg(not(target_os = "linux"))]
fn word() -> &'static AtomicU64 {
    &PLAIN
}

/// A value that a child after `fork` makes anew.
///
/// The parent's value, which the child has a copy of, may be locked by a thread that the child does not have, or be half
/// changed. It is offered to whoever makes the child's value, who must not wait for its locks; it is never dropped in the
/// child.
pub(crate) struct PerProcess<T> {
    current: AtomicPtr<Held<T>>,
    owned: PhantomData<T>,
}

struct Held<T> {
    process: u64,
    value: T,
}

impl<T: Send + Sync> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { current: AtomicPtr::new(ptr::null_mut()), owned: PhantomData }
    }

    /// Returns the value of this process and the process's number. `make` is given the parent's value if there is one.
    pub(crate) fn get(&self, make: impl FnOnce(Option<&T>) -> T) -> (&T, u64) {
        let process = number();
        let current = self.current.load(Ordering::Acquire);
        // SAFETY: what is stored here is freed by `drop` only.
        match unsafe { current.as_ref() } {
            Some(held) if held.process == process => (&held.value, process),
            other => (self.renew(process, current, other, make), process),
        }
    }

    /// Returns the value that `get` returned with this number, if this is still that process.
    pub(crate) fn if_still(&self, process: u64) -> Option<&T> {
        // SAFETY: as in `get`.
        let held = unsafe { self.current.load(Ordering::Acquire).as_ref() }?;
        (held.process == process && number() == process).then_some(&held.value)
    }

    #[cold]
    fn renew(
        &self,
        process: u64,
        current: *mut Held<T>,
        parents: Option<&Held<T>>,
        make: impl FnOnce(Option<&T>) -> T,
    ) -> &T {
        let value = make(parents.map(|held| &held.value));
        let made = Box::into_raw(Box::new(Held { process, value }));
        match self.current.compare_exchange(current, made, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: as in `get`.
            Ok(_) => unsafe { &(*made).value },
            Err(faster) => {
                // SAFETY: nobody else has seen it. What was stored meanwhile is of this process, whose threads alone
                // can store here.
                unsafe {
                    drop(Box::from_raw(made));
                    &(*faster).value
                }
            }
        }
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let current = *self.current.get_mut();
        // SAFETY: it was made by `renew`, and nobody borrows it any more.
        let ours = unsafe { current.as_ref() }.is_some_and(|held| held.process == number());
        if ours {
            // SAFETY: as above.
            drop(unsafe { Box::from_raw(current) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_one_number_on_all_threads() {
        let ours = number();
        assert_ne!(ours, 0);
        assert_eq!(std::thread::spawn(number).join().unwrap(), ours);
    }

    #[test]
    fn a_value_is_made_once_and_dropped_once() {
        struct Counted<'a>(&'a AtomicU64);
        impl Drop for Counted<'_> {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let dropped = AtomicU64::new(0);
        let value = PerProcess::new();
        let (first, process) = value.get(|parents| {
            assert!(parents.is_none());
            Counted(&dropped)
        });
        assert!(ptr::eq(first, value.get(|_| unreachable!()).0));
        assert!(value.if_still(process).is_some() && value.if_still(process + 1).is_none());
        drop(value);
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
    }
}
