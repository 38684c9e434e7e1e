//! Spans and metrics.

mod common;

use aingle_wasm_runtime::WasmConfig;
use common::*;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};

/// Keeps counters by name and labels.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<BTreeMap<String, Arc<AtomicU64>>>>);

impl Kept {
    fn cell(&self, key: &Key) -> Arc<AtomicU64> {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        Arc::clone(self.0.lock().unwrap().entry(name).or_default())
    }

    fn get(&self, name: &str) -> u64 {
        let cells = self.0.lock().unwrap();
        cells.get(name).map_or(0, |cell| cell.load(std::sync::atomic::Ordering::SeqCst))
    }
}

impl Recorder for Kept {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.cell(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.cell(key))
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.cell(key);
        Histogram::noop()
    }
}

/// Keeps the fields of spans of this crate, and texts of events.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<BTreeMap<String, String>>>>);

struct Fields<'f>(&'f mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().into(), format!("{value:?}"));
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("aingle_wasm_runtime")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().unwrap();
        let mut fields = BTreeMap::new();
        span.record(&mut Fields(&mut fields));
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut spans = self.0.lock().unwrap();
        if let Some(fields) = spans.get_mut(span.into_u64() as usize - 1) {
            values.record(&mut Fields(fields));
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn every_call_has_a_span_and_counts() {
    let (kept, spans) = (Kept::default(), Spans::default());
    metrics::set_global_recorder(kept.clone()).unwrap();
    tracing::subscriber::set_global_default(spans.clone()).unwrap();
    let runtime = with_math(WasmConfig { fuel_limit: Some(10_000), ..Default::default() }).await;
    runtime.execute("math", "add", json!([1, 2])).await.unwrap();
    runtime.execute("math", "spin", json!([])).await.unwrap_err();
    runtime.execute("maths", "add", json!([])).await.unwrap_err();
    runtime.load_module("bad", b"words").await.unwrap_err();

    let outcome = |outcome: &str| kept.get(&format!("aingle_wasm_runtime_calls_total{{outcome={outcome}}}"));
    assert_eq!((outcome("ok"), outcome("out_of_fuel"), outcome("unknown")), (1, 1, 1));
    assert_eq!(kept.get("aingle_wasm_runtime_loads_total{outcome=ok}"), 1);
    assert_eq!(kept.get("aingle_wasm_runtime_loads_total{outcome=load}"), 1);
    assert!(kept.get("aingle_wasm_runtime_fuel_total{}") > 10_000);
    let names = kept.0.lock().unwrap().keys().cloned().collect::<Vec<_>>();
    assert!(!names.iter().any(|name| name.contains("math")), "a label with the name of a module: {names:?}");

    let spans = spans.0.lock().unwrap();
    let of = |at: usize, field: &str| spans[at].get(field).map(String::as_str);
    assert_eq!(spans.len(), 3, "{spans:?}");
    assert_eq!(
        (of(0, "module"), of(0, "function"), of(0, "outcome")),
        (Some("\"math\""), Some("\"add\""), Some("\"ok\""))
    );
    assert!(of(0, "fuel").is_some() && of(0, "queue_us").is_some());
    assert_eq!((of(0, "memory"), of(1, "outcome")), (Some("65536"), Some("\"out_of_fuel\"")));
    assert_eq!((of(2, "outcome"), of(2, "fuel")), (Some("\"unknown\""), None));
    // As OpenTelemetry has them.
    assert_eq!(of(0, "otel.kind"), Some("\"internal\""));
    assert_eq!((of(0, "otel.status_code"), of(0, "error.type")), (None, None));
    assert_eq!(
        (of(1, "otel.status_code"), of(1, "error.type")),
        (Some("\"ERROR\""), Some("\"out_of_fuel\""))
    );
    let described = of(1, "otel.status_description").unwrap();
    assert!(described.starts_with("call `math.spin` failed: out of fuel"), "{described}");
}
