//! The host function `http_request` for guests of the SDK.

use super::failure::{Ended, Failure};
use super::request::{Request, Response, set_header};
use crate::current::Current;
use crate::host::HostContext;
use crate::stop::Reason;
use crate::telemetry;
use aingle_wasm_host::Data;
use reqwest::header::HeaderMap;

/// Its name.
pub(crate) const NAME: &str = "http_request";

/// Request of a guest.
#[derive(Debug, Data)]
pub(crate) struct HttpRequest {
    method: String,
    url: String,
    headers: Vec<HttpHeader>,
    body: Vec<u8>,
}

/// Header of a request or a response. A value of a response can be any bytes.
#[derive(Debug, Data)]
pub(crate) struct HttpHeader {
    name: String,
    value: Vec<u8>,
}

/// Response to a guest.
#[derive(Debug, Data)]
pub(crate) struct HttpResponse {
    status: u16,
    headers: Vec<HttpHeader>,
    body: Vec<u8>,
}

/// Why there is no response.
#[derive(Debug, Data)]
pub(crate) struct HttpFailure {
    kind: HttpFailureKind,
    message: String,
}

/// Class of a failure, in the order of the numbers that modules without an ABI get.
#[derive(Debug, Data)]
pub(crate) enum HttpFailureKind {
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

/// Sends a request of a guest, within what its module is granted. A guest that asked for more is stopped.
pub(crate) async fn http_request(
    context: HostContext,
    (request,): (HttpRequest,),
) -> Result<HttpResponse, HttpFailure> {
    match exchange(&context, request).await {
        Ok(response) => {
            telemetry::http("ok");
            Ok(response.into())
        }
        Err(Ended::Failed(failure)) => {
            telemetry::http("failed");
            Err(failure.into())
        }
        Err(Ended::Refused(refused)) => {
            telemetry::http("not_granted");
            let reason = refused.to_string();
            tracing::warn!("{reason}");
            if let Some(current) = Current::get() {
                current.refuse(refused);
                current.stop.stop(Reason::Refused);
            }
            // Nobody reads it: the guest is stopped as soon as it would run again.
            Err(Failure::Invalid { reason }.into())
        }
    }
}

async fn exchange(context: &HostContext, request: HttpRequest) -> Result<Response, Ended> {
    // Modules without the grant are not loaded.
    let http = context.http().ok_or_else(|| Failure::Invalid { reason: "HTTP is not granted".into() })?;
    let limit = http.config.max_requests;
    if Current::count_request() > limit {
        return Err(Failure::TooMany { limit }.into());
    }
    let mut headers = HeaderMap::new();
    for HttpHeader { name, value } in request.headers {
        let twice = headers.contains_key(&name);
        if twice || !set_header(&mut headers, &name, &value, http.config.max_request_bytes) {
            let reason = format!("header {name:?} cannot be set, is there twice, or is too large");
            return Err(Failure::Invalid { reason }.into());
        }
    }
    http.send(Request::new(&request.method, &request.url, headers, request.body)?).await
}

impl From<Response> for HttpResponse {
    fn from(response: Response) -> Self {
        let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            HttpHeader { name: name.as_str().into(), value: value.as_bytes().into() }
        };
        let headers = response.headers.iter().map(header).collect();
        Self { status: response.status, headers, body: response.body }
    }
}

impl From<Failure> for HttpFailure {
    fn from(failure: Failure) -> Self {
        let kind = match failure {
            Failure::Invalid { .. } => HttpFailureKind::Invalid,
            Failure::TooMany { .. } => HttpFailureKind::TooMany,
            Failure::TooLarge { .. } => HttpFailureKind::TooLarge,
            Failure::Connect { .. } => HttpFailureKind::Connect,
            Failure::Timeout { .. } => HttpFailureKind::Timeout,
            Failure::Redirects { .. } => HttpFailureKind::Redirects,
            Failure::Headers { .. } => HttpFailureKind::Headers,
            Failure::Body { .. } => HttpFailureKind::Body,
            Failure::Broken { .. } => HttpFailureKind::Broken,
        };
        Self { kind, message: failure.to_string() }
    }
}
