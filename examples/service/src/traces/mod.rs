//! Spans of requests, and where spans and lines of guests go.

#[cfg(feature = "otlp")]
mod otlp;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use std::error::Error;
use std::io::stderr;
use tracing::Instrument;
use tracing::field::Empty;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Where spans go. What has not been sent is sent when this is dropped.
pub struct Traces {
    #[cfg(feature = "otlp")]
    _exported: Option<otlp::Exported>,
}

/// Writes events, those of guests among them, to standard error, and sends spans where the environment says.
///
/// # Errors
/// The endpoint of the environment cannot be used.
pub fn install() -> Result<Traces, Box<dyn Error>> {
    let lines = fmt::layer().with_writer(stderr);
    let registry = tracing_subscriber::registry().with(LevelFilter::INFO).with(lines);
    #[cfg(feature = "otlp")]
    {
        let exported = otlp::exported()?;
        registry.with(exported.as_ref().map(otlp::Exported::layer)).try_init()?;
        Ok(Traces { _exported: exported })
    }
    #[cfg(not(feature = "otlp"))]
    {
        registry.try_init()?;
        if std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_some() {
            tracing::warn!("no traces are sent: this build is without the feature `otlp`");
        }
        Ok(Traces {})
    }
}

/// Gives each request a span, in which those of its calls are. Its parent is that of the header `traceparent`.
pub async fn traced(request: Request, next: Next) -> Response {
    let method = request.method().as_str();
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let span = tracing::info_span!(
        "http_request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
    );
    #[cfg(feature = "otlp")]
    otlp::set_parent(&span, request.headers());
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    if response.status().is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    response
}
