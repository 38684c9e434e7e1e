//! Spans: all hops of one call. In a process of its own: threads of other tests, which have no subscriber, would decide for all whether
//! there are spans.

#[path = "hosts/broker.rs"]
mod broker;
#[path = "hosts/work.rs"]
mod work;

use aingle_wasm_fleet::nats::{CallId, CallOptions, Caller, CallerName, HostConfig};
use broker::Broker;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use work::{Work, host, module};

type Fields = BTreeMap<String, String>;

/// Keeps the spans of the crate, with their fields.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Fields>>>);

struct Into<'f>(&'f mut Fields);

impl Visit for Into<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().into(), format!("{value:?}").trim_matches('"').into());
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("aingle_wasm_fleet")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().expect("nobody panicked");
        let mut fields = Fields::from([("name".into(), span.metadata().name().into())]);
        span.record(&mut Into(&mut fields));
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut spans = self.0.lock().expect("nobody panicked");
        values.record(&mut Into(&mut spans[span.into_u64() as usize - 1]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

// On one thread, so that caller and host have the subscriber of this test.
#[tokio::test]
async fn caller_and_host_have_a_span_with_the_same_id_and_trace() {
    let spans = Spans::default();
    let _default = tracing::subscriber::set_default(spans.clone());
    let broker = Broker::start().await;
    let host = host(broker.client().await, HostConfig::default(), Work::default()).await;
    let add = Caller::new(broker.client().await, CallerName::new("tests").expect("a name"))
        .func::<(u32, u32), u64>(module(), "add");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let options = CallOptions::default().idempotent().id(CallId::new("order-7").expect("an id")).trace(trace);
    add.call_with(&(1, 2), &options).await.expect("a reply");
    let spans = spans.0.lock().expect("nobody panicked").clone();
    let named = |name: &str| spans.iter().find(|span| span["name"] == name).expect(name).clone();
    let (called, served) = (named("fleet_call"), named("fleet_serve"));
    for span in [&called, &served] {
        assert_eq!(span["call"], "order-7");
        assert_eq!(span["trace"], trace);
        assert_eq!(span["function"], "add");
        assert_eq!(span["module"], module().to_string());
        assert_eq!(span["host"], host.name());
        assert_eq!(span["fuel"], "102");
    }
    assert_eq!((called["outcome"].as_str(), called["tries"].as_str()), ("answered", "1"));
    assert_eq!((served["outcome"].as_str(), served["caller"].as_str()), ("done", "tests"));
    assert!(served.contains_key("queue_us") && served.contains_key("run_us"), "{served:?}");
}
