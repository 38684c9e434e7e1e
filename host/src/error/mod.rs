//! Why something failed: one word, and behind it a kind with its facts.

mod convert;
mod display;
mod foreign;
mod host_error;
mod kind;
#[cfg(test)]
mod one_tree;

pub(crate) use host_error::Doing;
pub use host_error::HostError;
pub use kind::HostErrorKind;
