//! The image of the node.

mod raw;

pub use raw::{STACK, guest_stack_peak, run};
