//! HTTP for guests: what is granted, and requests within that. Off by default.

#[cfg(feature = "http")]
mod address;
mod allow;
#[cfg(feature = "http")]
mod client;
mod config;
#[cfg(feature = "http")]
mod failure;
#[cfg(feature = "http")]
mod follow;
#[cfg(feature = "http")]
mod guest;
#[cfg(feature = "http")]
mod request;
#[cfg(feature = "http")]
mod resolve;

pub use allow::HttpAllow;
pub use config::HttpConfig;
#[cfg(feature = "http")]
pub(crate) use {
    failure::{Ended, Failure},
    follow::Http,
    guest::{NAME, http_request},
    request::{Request, Response, set_header},
};
