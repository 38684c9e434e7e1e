//! One guest, called through its engine.

mod calls;
mod connect;
mod exchange;
mod link;
mod place;
mod state;

pub use state::Guest;
