//! The HTTP client.

use super::failure::chain;
use super::resolve::Resolver;
use reqwest::Client;
use reqwest::redirect::Policy;
use std::sync::OnceLock;

/// Clients, made when the first request needs them: reading the system's certificates takes long.
#[derive(Debug, Default)]
pub(super) struct Clients {
    /// Without and with TLS; of each, for public addresses, and for all.
    all: [[OnceLock<Result<Client, String>>; 2]; 2],
}

impl Clients {
    /// Returns the client for public addresses, or the one for private ones, too.
    pub(super) fn get(&self, secure: bool, private: bool) -> Result<&Client, String> {
        let client = &self.all[usize::from(secure)][usize::from(private)];
        client.get_or_init(|| new(secure, private)).as_ref().map_err(Clone::clone)
    }
}

fn new(secure: bool, private: bool) -> Result<Client, String> {
    // A provider that the program has installed stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder();
    // A system without certificates can send what needs none.
    let builder = if secure { builder } else { builder.tls_certs_only([]) };
    let client = builder
        .dns_resolver(Resolver { private })
        // Proxies would look up names themselves.
        .no_proxy()
        // Each redirect is compared with the grants.
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        // A connection belongs to the tokio runtime of one call.
        .pool_max_idle_per_host(0)
        .build();
    client.map_err(|error| chain(&error))
}
