//! Growth of a memory that was refused.

/// Growth of a memory that was refused, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedGrowth {
    /// The most that the memory may become.
    pub limit: u64,
    /// What it would have become.
    pub asked: u64,
}
