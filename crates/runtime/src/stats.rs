//! What a runtime has and does.

/// What a runtime has and does at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeStats {
    /// Modules that are loaded.
    pub modules: usize,
    /// Threads for calls, idle and abandoned ones included. An idle one ends after ten seconds.
    pub threads: usize,
    /// Threads that go on with calls that were given up.
    pub abandoned_threads: usize,
    /// Threads for loading modules, idle ones included. Those that a compilation uses beside are not counted.
    pub load_threads: usize,
    /// Loads that go on although nobody waits for them any more.
    pub abandoned_loads: usize,
}
