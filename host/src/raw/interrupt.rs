//! Interrupts: the thread that runs a guest is sent a signal, whose handler leaves the guest's machine code.
//!
//! The handler runs on the very thread, between two instructions. In machine code of the instance that is to end, it
//! makes the thread continue at address 0: a fault, which Wasmer takes for a trap of the guest, as it would one of the
//! code itself. No Rust code is on that stack above Wasmer's own, which is made to be left by traps. Anywhere else
//! (a host function, the C library, Wasmer) nothing is left; the guest's fuel is taken instead, so that
//! it stops at its next check, and the signal comes again.

use crate::stop::Control;
use std::cell::Cell;
use std::ptr;

/// What is taken from the fuel of a guest that is to end. More than a budget has, and so little that the counter
/// cannot wrap: between two checks a guest loses less than 2^60.
const DEBT: i64 = 7 << 60;

thread_local! {
    /// The innermost call of this thread.
    static CURRENT: Cell<*const Control> = const { Cell::new(ptr::null()) };
    /// The system's number of this thread; 0 when it was not asked for yet.
    static THREAD: Cell<i32> = const { Cell::new(0) };
}

/// A call that runs on this thread, from [`Running::begin`] until it is dropped.
pub(crate) struct Running<'c> {
    control: &'c Control,
    /// Another instance's, whose host function makes this call.
    outer: *const Control,
}

impl<'c> Running<'c> {
    /// Says that this thread runs the call, whether or not it is to end: `enter` asks first.
    #[inline]
    pub(crate) fn begin(control: &'c Control) -> Self {
        control.set_thread(thread());
        Self { control, outer: CURRENT.replace(control) }
    }
}

impl Drop for Running<'_> {
    #[inline]
    fn drop(&mut self) {
        CURRENT.set(self.outer);
        self.control.set_thread(0);
    }
}

/// The control of the innermost call of this thread.
pub(crate) fn with_current<R>(run: impl FnOnce(Option<&Control>) -> R) -> R {
    // SAFETY: `Running` borrows the control for as long as it is here.
    run(unsafe { CURRENT.get().as_ref() })
}

/// What a counter was before a handler took the fuel, if one did.
pub(super) fn without_debt(fuel: i64) -> i64 {
    if fuel < -(1 << 61) { fuel + DEBT } else { fuel }
}

#[inline]
fn thread() -> i32 {
    match THREAD.get() {
        0 => first_on_thread(),
        thread => thread,
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod system {
    use super::{CURRENT, DEBT, THREAD};
    use crate::stop::Control;
    use std::ffi::c_int;
    use std::sync::OnceLock;
    use std::{io, mem, ptr};

    /// It does nothing where it is not expected, and debuggers let it pass.
    const SIGNAL: c_int = libc::SIGURG;

    static PREVIOUS: OnceLock<libc::sigaction> = OnceLock::new();
    /// What is called before this process forks, and after it: see [`prepare_interrupts`].
    static FORKING: OnceLock<fn(bool, bool)> = OnceLock::new();

    #[cold]
    pub(super) fn first_on_thread() -> i32 {
        // SAFETY: it reads a number.
        let thread = unsafe { libc::gettid() };
        THREAD.set(thread);
        thread
    }

    /// Installs the handler, once for the process. From then on `forking` is called before each fork, with `true` and
    /// `false`, and after it, with `false` and whether this is the child.
    pub(crate) fn prepare_interrupts(forking: fn(bool, bool)) -> io::Result<()> {
        FORKING.get_or_init(|| forking);
        static PREPARED: OnceLock<Option<i32>> = OnceLock::new();
        match PREPARED.get_or_init(|| prepare().err().map(|error| error.raw_os_error().unwrap_or(0))) {
            None => Ok(()),
            Some(error) => Err(io::Error::from_raw_os_error(*error)),
        }
    }

    fn prepare() -> io::Result<()> {
        // SAFETY: a zeroed `sigaction` is one, which the calls fill or read. The handler is a function of the type that
        // `SA_SIGINFO` asks for, and only does what a handler may.
        unsafe {
            let mut previous: libc::sigaction = mem::zeroed();
            check(libc::sigaction(SIGNAL, ptr::null(), &mut previous))?;
            PREVIOUS.get_or_init(|| previous);
            let mut handler: libc::sigaction = mem::zeroed();
            handler.sa_sigaction = on_signal as *const () as usize;
            handler.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
            check(libc::sigaction(SIGNAL, &handler, ptr::null_mut()))?;
            check(libc::pthread_atfork(Some(before_fork), Some(in_parent), Some(in_child)))
        }
    }

    fn check(result: c_int) -> io::Result<()> {
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    fn forking(before: bool, child: bool) {
        if let Some(forking) = FORKING.get() {
            forking(before, child);
        }
    }

    extern "C" fn before_fork() {
        forking(true, false);
    }

    extern "C" fn in_parent() {
        forking(false, false);
    }

    extern "C" fn in_child() {
        THREAD.set(0);
        forking(false, true);
    }

    /// Interrupts the thread that runs the guest, if any does.
    pub(crate) fn interrupt(control: &Control) {
        let thread = control.thread();
        if thread != 0 {
            // SAFETY: a signal to a thread of this process. One that is gone, or that runs something else by now, takes
            // no notice.
            unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, SIGNAL) };
        }
    }

    unsafe extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        // SAFETY: the control lives as long as it is current on this thread, whose context this is. So does the place
        // of its fuel; no code of the guest runs beside this handler, and none of Rust's uses the place while it is
        // current.
        unsafe {
            if let Some(control) = CURRENT.get().as_ref().filter(|control| control.stop().is_some()) {
                let counter = program_counter(&mut *context.cast::<libc::ucontext_t>());
                if control.code().contains(&(*counter as usize)) {
                    *counter = 0;
                } else if let Some(fuel) = control.fuel().as_mut().filter(|fuel| **fuel >= 0) {
                    *fuel -= DEBT;
                }
            }
            pass_on(signal, info, context);
        }
    }

    /// Calls the handler that was here before.
    ///
    /// # Safety
    /// The arguments are a handler's.
    unsafe fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let Some(previous) = PREVIOUS.get() else { return };
        let handler = previous.sa_sigaction;
        if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
            return;
        }
        type WithInfo = unsafe extern "C" fn(c_int, *mut libc::siginfo_t, *mut libc::c_void);
        // SAFETY: the system gave this address for a handler; the flag says of which of the two types.
        unsafe {
            if previous.sa_flags & libc::SA_SIGINFO != 0 {
                mem::transmute::<usize, WithInfo>(handler)(signal, info, context);
            } else {
                mem::transmute::<usize, unsafe extern "C" fn(c_int)>(handler)(signal);
            }
        }
    }

    /// Where the interrupted thread goes on.
    #[cfg(target_arch = "x86_64")]
    fn program_counter(context: &mut libc::ucontext_t) -> &mut i64 {
        &mut context.uc_mcontext.gregs[libc::REG_RIP as usize]
    }

    #[cfg(target_arch = "aarch64")]
    fn program_counter(context: &mut libc::ucontext_t) -> &mut u64 {
        &mut context.uc_mcontext.pc
    }
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod system {
    //! Elsewhere a call is stopped where a host function returns, and when it begins.

    use crate::stop::Control;
    use std::io;

    pub(super) fn first_on_thread() -> i32 {
        1
    }

    pub(crate) fn prepare_interrupts(_: fn(bool, bool)) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn interrupt(_: &Control) {}
}

use system::first_on_thread;
pub(crate) use system::{interrupt, prepare_interrupts};
