//! Stopping a call from outside: cancel handles, deadlines, and the thread that looks after both.
//!
//! A call says in its [`Control`] that it runs, and on which thread. Whoever wants it to end says so there, and
//! interrupts the thread by a signal, again and again until the call has ended: machine code of the guest is left at
//! once, and everything else is left where it returns to the guest. `docs/METERING.md` has what else was measured.

mod control;
mod enter;
mod forks;
mod handle;
mod watchdog;

pub(crate) use control::Control;
pub use handle::{CancelHandle, call_stopped, call_time_left};
pub(crate) use watchdog::Watched;
