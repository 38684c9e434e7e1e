//! Requests to stop a guest, on systems without threads.

use crate::load_error::LoadError;
use crate::trap::Trap;
#[cfg(target_has_atomic = "ptr")]
use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::AtomicBool;
use core::sync::atomic::Ordering::{Acquire, Release};

/// A clock: microseconds since some moment.
pub type Clock = fn() -> u64;

/// A request to end the running call, set by an interrupt or by another thread.
///
/// It stays set until [`CancelFlag::clear`]: the running call ends with [`Trap::Cancelled`], and so does the next one.
/// It needs no more of a processor than loads and stores.
#[derive(Debug, Default)]
pub struct CancelFlag(AtomicBool);

impl CancelFlag {
    /// A flag that is not set.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Sets it.
    pub fn cancel(&self) {
        self.0.store(true, Release);
    }

    /// Takes the request back, before a guest is called that it is not meant for.
    pub fn clear(&self) {
        self.0.store(false, Release);
    }

    /// Whether it is set.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Acquire)
    }
}

#[derive(Clone)]
enum Flag {
    Static(&'static CancelFlag),
    #[cfg(target_has_atomic = "ptr")]
    Shared(Arc<CancelFlag>),
}

impl Flag {
    fn get(&self) -> &CancelFlag {
        match self {
            Self::Static(flag) => flag,
            #[cfg(target_has_atomic = "ptr")]
            Self::Shared(flag) => flag,
        }
    }
}

/// Who may stop a guest's calls, and when: an engine asks it whenever a host function returns, and between slices of
/// the guest's code.
#[derive(Clone, Default)]
pub struct Watch {
    flag: Option<Flag>,
    clock: Option<Clock>,
    /// In microseconds.
    deadline: Option<u64>,
    began: u64,
}

impl Watch {
    /// Takes a static flag.
    pub fn set_flag(&mut self, flag: &'static CancelFlag) {
        self.flag = Some(Flag::Static(flag));
    }

    /// The flag of its own; the first call makes it, in the place of one that was set.
    #[cfg(target_has_atomic = "ptr")]
    pub fn handle(&mut self) -> Arc<CancelFlag> {
        if let Some(Flag::Shared(flag)) = &self.flag {
            return Arc::clone(flag);
        }
        let flag = Arc::new(CancelFlag::new());
        self.flag = Some(Flag::Shared(Arc::clone(&flag)));
        flag
    }

    /// Takes the clock that deadlines are measured by.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = Some(clock);
    }

    /// The clock, if there is one.
    #[must_use]
    pub fn clock(&self) -> Option<Clock> {
        self.clock
    }

    /// Takes a deadline for each call.
    ///
    /// # Errors
    /// [`LoadError::Engine`] where there is no clock.
    pub fn set_deadline(&mut self, deadline: Option<core::time::Duration>) -> Result<(), LoadError> {
        if deadline.is_some() && self.clock.is_none() {
            return Err(LoadError::Engine { reason: "a deadline, and no clock" });
        }
        self.deadline = deadline.map(|deadline| u64::try_from(deadline.as_micros()).unwrap_or(u64::MAX));
        Ok(())
    }

    /// The deadline of each call, in microseconds.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        self.deadline
    }

    /// A call of the host begins.
    #[inline]
    pub fn begin(&mut self) {
        if let (Some(_), Some(clock)) = (self.deadline, self.clock) {
            self.began = clock();
        }
    }

    /// Whether anybody can stop a call.
    #[must_use]
    pub fn is_armed(&self) -> bool {
        self.flag.is_some() || self.deadline.is_some()
    }

    /// Why the running call is to end, if it is.
    #[inline]
    #[must_use]
    pub fn stopped(&self) -> Option<Trap> {
        if self.is_armed() { self.look() } else { None }
    }

    #[inline(never)]
    fn look(&self) -> Option<Trap> {
        if self.flag.as_ref().is_some_and(|flag| flag.get().is_cancelled()) {
            return Some(Trap::Cancelled);
        }
        let (limit, clock) = (self.deadline?, self.clock?);
        let elapsed = clock().wrapping_sub(self.began);
        (elapsed >= limit).then_some(Trap::Deadline { limit, elapsed })
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}
