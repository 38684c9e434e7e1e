//! Where guest and host meet: the cell that both use.

use super::sys::{Core, memory};
use crate::{Host, LoadError, Watch};
use aingle_wasm_wasm3_sys as ffi;
use alloc::boxed::Box;
use core::ffi::{CStr, c_void};
use core::ptr::{self, NonNull};

/// The host functions of an instance and who may stop it, where the C code finds them.
pub(super) struct HostCell<S> {
    host: NonNull<Watched<S>>,
    /// One for each import: what its host function is given as a cookie.
    imports: NonNull<[ImportCell<S>]>,
}

struct Watched<S> {
    host: Host<S>,
    watch: Watch,
}

/// The text by which a host function says that the call is to end.
const STOPPED: &CStr = c"[trap] stopped";

struct ImportCell<S> {
    host: NonNull<Watched<S>>,
    index: u32,
}

// SAFETY: the cell owns what it points to.
unsafe impl<S: Send> Send for HostCell<S> where Host<S>: Send {}

impl<S> Drop for HostCell<S> {
    fn drop(&mut self) {
        // SAFETY: both came from boxes, and the instance drops its core, which knows them too, first.
        unsafe {
            drop(Box::from_raw(self.imports.as_ptr()));
            drop(Box::from_raw(self.host.as_ptr()));
        }
    }
}

impl<S> HostCell<S> {
    pub fn new(host: Host<S>, imports: u32) -> Self {
        let host = NonNull::from(Box::leak(Box::new(Watched { host, watch: Watch::default() })));
        let imports = (0..imports).map(|index| ImportCell { host, index }).collect::<Box<[_]>>();
        Self { host, imports: NonNull::from(Box::leak(imports)) }
    }

    /// Links every import of a module to the host. The cell must outlive the module.
    pub fn link(&self, core: &mut Core<'_>) -> Result<(), LoadError> {
        for index in 0..self.imports.len() {
            // SAFETY: the index is in bounds, and `call_host` may be called with such a cell while the
            // instance that has both is calling the guest.
            unsafe {
                let cell = self.imports.as_ptr().cast::<ImportCell<S>>().add(index);
                core.link(index as u32, call_host::<S>, cell.cast())?;
            }
        }
        Ok(())
    }

    pub fn get(&self) -> &Host<S> {
        // SAFETY: the host lives as long as the cell. It is changed through `get_mut` and by a call of the
        // guest only, and the instance allows neither while this is borrowed.
        unsafe { &self.host.as_ref().host }
    }

    pub fn watch(&self) -> &Watch {
        // SAFETY: as in `get`.
        unsafe { &self.host.as_ref().watch }
    }

    pub fn watch_mut(&mut self) -> &mut Watch {
        // SAFETY: as in `get_mut`.
        unsafe { &mut self.host.as_mut().watch }
    }

    pub fn get_mut(&mut self) -> &mut Host<S> {
        // SAFETY: as above; `&mut self` keeps everyone else out.
        unsafe { &mut self.host.as_mut().host }
    }
}

/// What wasm3 calls for an import: the first word of the stack is for the result, the arguments follow. A panic of the
/// host function ends the process, because it cannot pass through C.
///
/// # Safety
/// wasm3 calls it with its own runtime and stack, and with the userdata of [`HostCell::link`].
unsafe extern "C" fn call_host<S>(
    runtime: *mut ffi::Runtime,
    context: *mut ffi::ImportContext,
    stack: *mut u64,
    _memory: *mut c_void,
) -> *const c_void {
    // SAFETY: the userdata is a cell, its host lives, and nothing else uses either, because the instance is
    // borrowed for the call that led here. The memory is the runtime's, which waits for this function.
    unsafe {
        let cell = (*context).userdata.cast::<ImportCell<S>>();
        let (ptr, len) = (stack.add(1).cast::<u32>().read(), stack.add(2).cast::<u32>().read());
        let Watched { host, watch } = &mut *(*cell).host.as_ptr();
        stack.write(host.dispatch(memory(runtime), (*cell).index, ptr, len));
        if watch.stopped().is_some() {
            return STOPPED.as_ptr().cast();
        }
    }
    ptr::null()
}

#[cfg(target_has_atomic = "ptr")]
pub use stopper::Wasm3Stopper;
#[cfg(target_has_atomic = "ptr")]
pub(super) use stopper::{StopCell, enter, without_debt};

/// wasm3 is asked by nobody whether a loop is to end. But a module that carries limits asks its counter.
#[cfg(target_has_atomic = "ptr")]
mod stopper {
    use crate::{CancelFlag, Clock};
    use alloc::sync::Arc;
    use core::ptr;
    use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
    use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32};

    /// What is taken from the upper half of the fuel of a guest that is to end: more than a budget has, and so little
    /// that the counter cannot wrap.
    const DEBT: i32 = 0x7000_0000;

    const IDLE: u8 = 0;
    const RUNNING: u8 = 1;
    const TAKING: u8 = 2;

    /// Where a running call keeps its fuel, for those who may take it.
    pub struct StopCell {
        state: AtomicU8,
        /// Counts calls.
        call: AtomicU32,
        /// The upper half of the fuel, which has its sign. It is used only while the state is `TAKING`.
        fuel: AtomicPtr<u32>,
        /// In milliseconds; `u32::MAX` for none.
        deadline: AtomicU32,
    }

    /// A call that others may stop, until this is dropped.
    pub struct Entered<'c>(&'c StopCell);

    impl StopCell {
        pub fn new() -> Self {
            Self {
                state: AtomicU8::new(IDLE),
                call: AtomicU32::new(0),
                fuel: AtomicPtr::new(ptr::null_mut()),
                deadline: AtomicU32::new(u32::MAX),
            }
        }

        pub fn begin(&self, deadline: Option<u64>) {
            self.call.store(self.call.load(Relaxed).wrapping_add(1), Relaxed);
            let millis = deadline.map_or(u32::MAX, |micros| u32::try_from(micros / 1000).unwrap_or(u32::MAX));
            self.deadline.store(millis, Relaxed);
        }

        fn take_fuel(&self) {
            if self.state.compare_exchange(RUNNING, TAKING, AcqRel, Relaxed).is_err() {
                return;
            }
            // SAFETY: only `Wasm3Instance::call_core` enters, with the place of a global of its live core, and it leaves before
            // the core can go; `Entered` waits while the state is `TAKING`. The
            // guest's accesses are those of C code on another thread or beneath an interrupt; a store of either that
            // overwrites the other's is repeated by the next poll.
            let fuel = unsafe { AtomicU32::from_ptr(self.fuel.load(Relaxed)) };
            let upper = fuel.load(Relaxed).cast_signed();
            if upper >= 0 {
                fuel.store((upper - DEBT).cast_unsigned(), Relaxed);
            }
            self.state.store(RUNNING, Release);
        }
    }

    /// A call begins whose fuel lies there: for as long as what this gives lives.
    pub fn enter(cell: &StopCell, fuel: *mut i64) -> Entered<'_> {
        let upper = usize::from(cfg!(target_endian = "little"));
        cell.fuel.store(fuel.cast::<u32>().wrapping_add(upper), Relaxed);
        cell.state.store(RUNNING, Release);
        Entered(cell)
    }

    impl Drop for Entered<'_> {
        fn drop(&mut self) {
            while self.0.state.compare_exchange(RUNNING, IDLE, AcqRel, Acquire).is_err() {
                core::hint::spin_loop();
            }
        }
    }

    /// What a counter was before its fuel was taken, if it was.
    pub fn without_debt(fuel: i64) -> i64 {
        if fuel < -(1 << 61) { fuel + (i64::from(DEBT) << 32) } else { fuel }
    }

    /// Stops the calls of a wasm3 instance in the middle of a loop, from a timer's interrupt or from another thread.
    ///
    /// The module has to carry limits, as `Meter::interruptible` makes them. One that outlives its instance does
    /// nothing.
    pub struct Wasm3Stopper {
        cell: Arc<StopCell>,
        flag: Arc<CancelFlag>,
        clock: Option<Clock>,
        seen: u32,
        since: u64,
    }

    impl Wasm3Stopper {
        pub(in crate::wasm3) fn new(
            cell: Arc<StopCell>,
            flag: Arc<CancelFlag>,
            clock: Option<Clock>,
        ) -> Self {
            Self { cell, flag, clock, seen: 0, since: 0 }
        }

        /// The flag that cancels.
        #[must_use]
        pub fn flag(&self) -> &CancelFlag {
            &self.flag
        }

        /// Looks whether the running call is cancelled or late, and if so has it stop at its next check. To be called
        /// again and again, about every millisecond.
        pub fn poll(&mut self) {
            if self.cell.state.load(Acquire) != RUNNING {
                return;
            }
            if self.flag.is_cancelled() || self.is_late() {
                self.cell.take_fuel();
            }
        }

        fn is_late(&mut self) -> bool {
            let Some(clock) = self.clock else { return false };
            let (now, call) = (clock(), self.cell.call.load(Relaxed));
            if self.seen != call {
                (self.seen, self.since) = (call, now);
            }
            let deadline = self.cell.deadline.load(Relaxed);
            deadline != u32::MAX && now.wrapping_sub(self.since) >= (u64::from(deadline) + 1) * 1000
        }
    }
}
