//! What a function returned.

/// What a function returned, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The result, or the value of its `Ok` if it is a `Result`.
    Value(String),
    /// The error of a result that is `Err`.
    Error(String),
}
