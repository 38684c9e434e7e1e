//! Functions that a component exports, with their types.

mod call;
mod found;
mod lift;
mod lower;
mod room;
mod shape;
mod unfit;

pub use call::call;
pub use found::{Callable, Found, Functions, find};
pub use unfit::{Refused, Unfit};
