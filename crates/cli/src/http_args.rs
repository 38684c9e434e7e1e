//! The options of a server of HTTP.

use crate::limit_args::DrainArgs;
use crate::numbers::{size, some_milliseconds};
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct HttpArgs {
    /// The address that is listened on; port 0 is any that is free
    #[arg(long, env = "AINGLE_WASM_ADDR", value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    pub addr: String,
    /// How large the body of a request may be
    #[arg(long, value_name = "SIZE", default_value = "2MiB", value_parser = size)]
    pub max_body: u32,
    /// How long a client may take to send the head of a request, the body, and to take up each part of the answer
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = some_milliseconds)]
    pub client_timeout: u32,
    #[command(flatten)]
    pub drain: DrainArgs,
}

impl HttpArgs {
    /// Returns the time that clients may take.
    pub fn client_timeout(&self) -> Duration {
        Duration::from_millis(self.client_timeout.into())
    }

    /// Returns the time that calls in flight have at the end.
    pub fn drain(&self) -> Duration {
        self.drain.time()
    }
}
