//! Mistakes that the tests of the scheduler switch on, to see that they are found.
//!
//! Outside of this crate's tests [`is`] is the constant `false`, and the compiler removes each mistake.

/// One broken line of the scheduler for each property that the exploration checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// A cancelled wait does not pass its wake-up on.
    KeepWake,
    /// A task goes on in one poll for as long as its waits succeed.
    NoBudget,
    /// A cancelled wait stays in the list of waiters.
    LeaveWaiter,
    /// A cancelled wait keeps its timer.
    LeaveTimer,
    /// A cancelled task stays ready.
    KeepReady,
    /// A task that has ended stays live.
    KeepEnded,
    /// A mutex is given to a second task.
    LockTaken,
    /// The holder of a mutex runs at its own priority.
    NoInheritance,
    /// A task goes before a waiter with a higher priority.
    Overtake,
    /// The newest value of a queue leaves first.
    NewestFirst,
    /// A timer is due a tick early.
    EarlyTimer,
    /// The executor sleeps without regard to timers.
    NoDeadline,
    /// The executor does not sleep.
    NeverSleep,
    /// New interrupts replace those that nobody has taken.
    ReplaceLines,
    /// The deadlock of two tasks is not seen.
    NoCycle,
}

#[cfg(not(test))]
pub(crate) const fn is(_: Mutation) -> bool {
    false
}

#[cfg(test)]
std::thread_local! {
    static ACTIVE: core::cell::Cell<Option<Mutation>> = const { core::cell::Cell::new(None) };
}

#[cfg(test)]
pub(crate) fn is(mutation: Mutation) -> bool {
    ACTIVE.get() == Some(mutation)
}

/// Switches one mutation on in this thread, or with `None` all off.
#[cfg(test)]
pub(crate) fn set(mutation: Option<Mutation>) {
    ACTIVE.set(mutation);
}
