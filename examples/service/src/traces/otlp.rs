//! Spans by OTLP over HTTP.

use axum::http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use std::env::var_os;
use std::error::Error;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::registry::LookupSpan;

/// The name of the service, where the environment has none.
const NAME: &str = "wasm_service";

/// What sends spans.
pub(super) struct Exported(SdkTracerProvider);

/// Returns what sends spans to the endpoint of the environment; `None` if it has none.
pub(super) fn exported() -> Result<Option<Exported>, Box<dyn Error>> {
    let endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
    if !endpoints.into_iter().any(|endpoint| var_os(endpoint).is_some()) {
        return Ok(None);
    }
    // One that is installed already stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let resource = Resource::builder();
    let resource =
        if var_os("OTEL_SERVICE_NAME").is_some() { resource } else { resource.with_service_name(NAME) };
    let exporter = SpanExporter::builder().with_http().build()?;
    let provider =
        SdkTracerProvider::builder().with_resource(resource.build()).with_batch_exporter(exporter).build();
    Ok(Some(Exported(provider)))
}

impl Exported {
    /// Returns a layer that sends spans.
    pub(super) fn layer<S>(&self) -> OpenTelemetryLayer<S, Tracer>
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
    {
        tracing_opentelemetry::layer().with_tracer(self.0.tracer(NAME))
    }
}

impl Drop for Exported {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            eprintln!("the last spans are lost: {error}");
        }
    }
}

/// Makes a span a child of the one that a request names. What is no `traceparent` names none.
pub(super) fn set_parent(span: &Span, headers: &HeaderMap) {
    let parent = TraceContextPropagator::new().extract(&Headers(headers));
    // Without an endpoint nobody looks for a parent.
    let _ = span.set_parent(parent);
}

struct Headers<'r>(&'r HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
