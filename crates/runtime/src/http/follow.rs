//! A request, from its grant to the end of the response.

use super::address::may_reach;
use super::allow::{HttpAllow, literal};
use super::client::Clients;
use super::config::HttpConfig;
use super::failure::{Ended, Failure, chain};
use super::request::{Request, Response, size};
use super::resolve::refused;
use crate::error::ErrorKind;
use reqwest::{Method, Url};
use std::net::IpAddr;
use tokio::time::timeout;

/// What sends requests of guests.
#[derive(Debug)]
pub(crate) struct Http {
    pub(crate) config: HttpConfig,
    clients: Clients,
}

impl Http {
    pub(crate) fn new(config: HttpConfig) -> Self {
        Self { config, clients: Clients::default() }
    }

    /// Sends a request, follows redirects, and reads the response. Dropped before, it closes the connection.
    pub(crate) async fn send(&self, request: Request) -> Result<Response, Ended> {
        let (limit, found) = (self.config.max_request_bytes, request.size());
        if found > limit {
            return Err(Failure::TooLarge { limit, found }.into());
        }
        let limit = self.config.timeout;
        timeout(limit, self.follow(request)).await.unwrap_or(Err(Failure::Timeout { limit }.into()))
    }

    async fn follow(&self, mut request: Request) -> Result<Response, Ended> {
        let limit = self.config.max_redirects;
        for redirects in 0..=limit {
            let sent = self.send_one(&request).await;
            let response = sent.map_err(|ended| if redirects == 0 { ended } else { ended.of_redirect() })?;
            self.check_headers(&response)?;
            match request.redirected(response.status(), response.headers())? {
                Some(next) => request = next,
                None => return Ok(self.read(response, request.method == Method::HEAD).await?),
            }
        }
        Err(Failure::Redirects { limit }.into())
    }

    async fn send_one(&self, request: &Request) -> Result<reqwest::Response, Ended> {
        let Request { method, url, headers, body } = request;
        let private = self.private(url)?;
        let client = self
            .clients
            .get(url.scheme() == "https", private)
            .map_err(|reason| Failure::Connect { reason })?;
        let sent = client.request(method.clone(), url.clone()).headers(headers.clone()).body(body.clone());
        sent.send().await.map_err(|error| match refused(&error) {
            Some(address) => Ended::Refused(address_refused(url, address)),
            // A host or a length that a URL may have, but not a request.
            None if error.is_builder() => Failure::Invalid { reason: chain(&error) }.into(),
            None if error.is_connect() => Failure::Connect { reason: chain(&error) }.into(),
            None => Failure::Broken { reason: chain(&error) }.into(),
        })
    }

    /// Returns whether a request to this URL may reach private addresses, too.
    ///
    /// # Errors
    /// [`Ended::Refused`] if it may not be sent.
    fn private(&self, url: &Url) -> Result<bool, Ended> {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(Failure::Invalid { reason: format!("URL {:?}: no host", url.as_str()) }.into());
        };
        let allowing = || self.config.allow.iter().filter(|allow| allow.allows(url.scheme(), host, port));
        if allowing().next().is_none() {
            let what = format!("`{}://{host}:{port}`", url.scheme());
            return Err(Ended::Refused(ErrorKind::NotGranted { what, grant: "`HttpConfig::allow`" }));
        }
        let private = allowing().any(HttpAllow::allows_private);
        match literal(host) {
            Some(address) if !may_reach(address, private) => {
                Err(Ended::Refused(address_refused(url, address)))
            }
            _ => Ok(private),
        }
    }

    fn check_headers(&self, response: &reqwest::Response) -> Result<(), Failure> {
        let (limit, found) = (self.config.max_header_bytes, size(response.headers()));
        if found > limit { Err(Failure::Headers { limit, found }) } else { Ok(()) }
    }

    async fn read(&self, mut response: reqwest::Response, headless: bool) -> Result<Response, Failure> {
        let limit = self.config.max_response_bytes;
        let check =
            |found: u64| if found > limit as u64 { Err(Failure::Body { limit, found }) } else { Ok(()) };
        if !headless {
            check(response.content_length().unwrap_or(0))?;
        }
        let mut body = Vec::new();
        let broken = |error: reqwest::Error| Failure::Broken { reason: chain(&error) };
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            check((body.len() + chunk.len()) as u64)?;
            body.extend_from_slice(&chunk);
        }
        let status = response.status().as_u16();
        Ok(Response { status, headers: std::mem::take(response.headers_mut()), body })
    }
}

fn address_refused(url: &Url, address: IpAddr) -> ErrorKind {
    let host = url.host_str().unwrap_or_default();
    let what = format!("the address {address} of `{host}`, which is not public,");
    ErrorKind::NotGranted { what, grant: "`HttpAllow::private`" }
}
