//! What a module may have before any compiler runs.
//!
//! One pass over its bytes validates them and counts as it goes, each thing before the validator works on it, so that
//! the pass itself takes linear time: the validator's own time grows with values that branches take along.

mod body;
mod limits;
mod pass;
mod sections;
mod stop;
mod tally;
mod work;

pub use limits::ModuleLimits;
pub(crate) use pass::admit;
