//! The service, from an upload to a delete.

use aingle_wasm_runtime::{WasmConfig, WasmRuntime};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;

const MATH: &str = r#"(module
    (func (export "add") (param $left i32) (param $right i32) (result i32)
        (i32.add (local.get $left) (local.get $right)))
    (func (export "spin") (loop $again (br $again))))"#;

struct Client(Router);

impl Client {
    async fn send(&self, method: Method, path: &str, body: impl Into<Body>) -> (StatusCode, String) {
        let request = Request::builder().method(method).uri(path).body(body.into()).unwrap();
        let answer = self.0.clone().oneshot(request).await.unwrap();
        let (status, body) = (answer.status(), to_bytes(answer.into_body(), 1 << 20).await.unwrap());
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn json(&self, method: Method, path: &str, body: impl Into<Body>) -> (u16, Value) {
        let (status, body) = self.send(method, path, body).await;
        (status.as_u16(), serde_json::from_str(&body).unwrap_or(Value::Null))
    }
}

#[tokio::test]
async fn a_module_is_uploaded_listed_called_replaced_and_deleted() {
    let metrics = PrometheusBuilder::new().install_recorder().unwrap();
    let config = WasmConfig { max_execution_time: Duration::from_millis(50), ..Default::default() };
    let runtime = WasmRuntime::new(config).unwrap();
    let client = Client(wasm_service::app(runtime.clone(), move || metrics.render()));
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    let math = wat::parse_str(MATH).unwrap();

    assert_eq!(client.send(get.clone(), "/health", "").await, (StatusCode::OK, "ok".into()));
    assert_eq!(
        client.json(post.clone(), "/modules/math", math.clone()).await,
        (201, json!({ "name": "math" }))
    );
    assert_eq!(client.json(post.clone(), "/modules/math", math.clone()).await.0, 409);
    assert_eq!(client.json(post.clone(), "/modules/bad", "words").await.0, 422);

    assert_eq!(client.json(post.clone(), "/modules/math/add", "[5, 3]").await, (200, json!(8)));
    let (status, refused) =
        client.json(post.clone(), "/modules/math/add", r#"{"left": 5, "right": "3"}"#).await;
    assert_eq!((status, &refused["kind"], &refused["retryable"]), (400, &json!("arguments"), &json!(false)));
    assert!(refused["error"].as_str().unwrap().contains("argument 2 `right`: expected i32"), "{refused}");
    assert_eq!(client.json(post.clone(), "/modules/math/sub", "[]").await.0, 404);
    assert_eq!(client.json(post.clone(), "/modules/meth/add", "[]").await.0, 404);
    assert_eq!(client.json(post.clone(), "/modules/math/spin", "[]").await.0, 504);

    let (_, list) = client.json(get.clone(), "/modules", "").await;
    let module = &list["modules"][0];
    assert_eq!(
        (&module["name"], &module["calls"], &module["failed"]),
        (&json!("math"), &json!(3), &json!(2))
    );
    assert_eq!(module["functions"][0]["signature"], json!("add(left: i32, right: i32) -> i32"));

    let (status, page) = client.json(get.clone(), "/openapi.json", "").await;
    assert_eq!((status, &page["openapi"]), (200, &json!("3.1.0")));
    let add = &page["paths"]["/modules/math/add"]["post"];
    assert_eq!(add["summary"], "add(left: i32, right: i32) -> i32");
    let integer = json!({"type": "integer", "minimum": -2147483648, "maximum": 2147483647});
    let by_name = json!({
        "type": "object",
        "required": ["left", "right"],
        "properties": {"left": integer, "right": integer},
        "additionalProperties": false,
    });
    assert_eq!(add["requestBody"]["content"]["application/json"]["schema"]["anyOf"][1], by_name);
    assert_eq!(add["responses"]["200"]["content"]["application/json"]["schema"], integer);
    assert_eq!(page["paths"]["/modules/math/spin"]["post"]["operationId"], "math.spin");

    let less = wat::parse_str(MATH.replace("\"spin\"", "\"turn\"")).unwrap();
    let (status, refused) = client.json(put.clone(), "/modules/math", less.clone()).await;
    assert_eq!((status, &refused["kind"]), (409, &json!("interface")));
    let (status, replaced) = client.json(put.clone(), "/modules/math?allow_breaks=true", less).await;
    let wanted = json!({"version": 2, "added": ["turn() -> ()"], "breaks": ["`spin() -> ()` is removed"]});
    assert_eq!((status, replaced), (200, wanted));

    let (_, text) = client.send(get.clone(), "/metrics", "").await;
    assert!(text.contains(r#"aingle_wasm_runtime_calls_total{outcome="ok"} 1"#), "{text}");
    assert_eq!(client.send(delete.clone(), "/modules/math", "").await.0, StatusCode::NO_CONTENT);
    assert_eq!(client.send(delete, "/modules/math", "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(client.json(get, "/modules", "").await.1, json!({ "modules": [] }));
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_call() {
    let runtime = WasmRuntime::new(WasmConfig::default()).unwrap();
    runtime.load_module("math", wat::parse_str(MATH).unwrap()).await.unwrap();
    let client = Client(wasm_service::app(runtime.clone(), String::new));
    let call = tokio::spawn(async move { client.json(Method::POST, "/modules/math/spin", "[]").await });
    let in_flight = || runtime.list_modules()[0].in_flight;
    while in_flight() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    call.abort();
    let gone = async {
        while in_flight() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("the call has to end");
}

#[tokio::test]
async fn the_guest_of_the_readme_is_loaded_and_called() {
    let xtask = std::process::Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "xtask", "--", "guest", "statistics"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    assert!(xtask.status.success(), "{}", String::from_utf8_lossy(&xtask.stderr));
    let path = String::from_utf8(xtask.stdout).unwrap();
    let client = Client(wasm_service::app(WasmRuntime::new(WasmConfig::default()).unwrap(), String::new));
    let loaded = client.json(Method::POST, "/modules/statistics", std::fs::read(path.trim()).unwrap()).await;
    assert_eq!(loaded.0, 201, "{}", loaded.1);
    let arguments = r#"{"readings": [21.5, 20, 99], "limit": 50}"#;
    let summary = client.json(Method::POST, "/modules/statistics/summarize", arguments).await;
    assert_eq!(summary, (200, json!({"count": 2, "range": [20.0, 21.5], "mean": 20.75})));
    let (status, refused) = client.json(Method::POST, "/modules/statistics/summarize", "[[], null]").await;
    assert_eq!((status, &refused["kind"], &refused["value"]), (422, &json!("guest"), &json!("Empty")));
}

#[tokio::test]
async fn what_a_page_of_another_site_sends_is_refused() {
    let app = wasm_service::app(WasmRuntime::new(WasmConfig::default()).unwrap(), String::new);
    for (path, origin, status) in [
        ("/modules/math", "http://elsewhere.example", 403),
        ("/page/call/math/add", "http://elsewhere.example", 403),
        ("/page/call/math/add", "http://127.0.0.1:8080", 404),
    ] {
        let request = Request::post(path).header("host", "127.0.0.1:8080").header("origin", origin);
        let answer = app.clone().oneshot(request.body(Body::from("[]")).unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path} from {origin}");
    }
}
