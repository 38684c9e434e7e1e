//! What functions do about the depth of calls.

/// What a function does about the depth of calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Nothing: neither it nor what it calls counts.
    #[default]
    Ignored,
    /// It does not count, but something that it calls does, and finds each time what was left to it.
    Passed,
    /// It takes a share of so many units.
    Counted(u32),
}

/// The depth of all functions, and what a stack needs beside the limit.
#[derive(Default)]
pub(crate) struct Depths {
    /// By the function's index.
    pub(crate) of: Vec<Depth>,
    /// The dearest chain of functions that do not count, and a frame that finds that too little is left.
    pub(crate) fixed_depth: u32,
}

impl Depths {
    /// That of a function, those that stand for others included.
    pub(crate) fn get(&self, function: u32) -> Depth {
        self.of.get(function as usize).copied().unwrap_or_default()
    }
}
