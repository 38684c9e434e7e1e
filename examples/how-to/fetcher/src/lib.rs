#![cfg_attr(any(target_family = "wasm", target_os = "none"), no_std)]

extern crate alloc;

use aingle_wasm_guest::prelude::*;
use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};

host_externs! {
    /// Sends a request, and waits for the response.
    fn http_request(request: HttpRequest) -> Result<HttpResponse, HttpFailure>;
}

#[derive(Debug, Clone, PartialEq, Data)]
pub struct HttpRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<HttpHeader>,
    pub body: Vec<u8>,
}

/// A value is bytes, because a server can send any.
#[derive(Debug, Clone, PartialEq, Data)]
pub struct HttpHeader {
    pub name: String,
    pub value: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Data)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: Vec<HttpHeader>,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Data)]
pub struct HttpFailure {
    pub kind: HttpFailureKind,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Data)]
pub enum HttpFailureKind {
    Invalid,
    TooMany,
    TooLarge,
    Connect,
    Timeout,
    Redirects,
    Headers,
    Body,
    Broken,
}

#[derive(Debug, Clone, PartialEq, Data)]
pub enum NoRate {
    /// There was no response.
    Http(HttpFailure),
    /// The server answered with another status than 200.
    Status(u16),
    /// The answer is not a number.
    Answer,
    /// The host has no function `http_request`.
    Host,
}

/// Asks a service for the rate of a currency.
#[export]
pub fn rate(service: &str, currency: &str) -> Result<f64, NoRate> {
    let request = HttpRequest {
        method: "GET".into(),
        url: format!("{service}/rates/{currency}"),
        headers: vec![HttpHeader { name: "accept".into(), value: b"text/plain".to_vec() }],
        body: Vec::new(),
    };
    // The outer error says that the host call failed. The inner error says why there is no response.
    let response = http_request(request).map_err(|_| NoRate::Host)?.map_err(NoRate::Http)?;
    if response.status != 200 {
        return Err(NoRate::Status(response.status));
    }
    let text = core::str::from_utf8(&response.body).map_err(|_| NoRate::Answer)?;
    text.trim().parse().map_err(|_| NoRate::Answer)
}
