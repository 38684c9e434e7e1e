//! Fuel and calls of each caller, on each host and on all.

mod account;
mod stored;
mod sum;

pub use account::Account;
pub(crate) use account::{Accounts, Told};
pub(crate) use stored::Stored;
pub use sum::accounts;
