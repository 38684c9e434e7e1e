//! The routes.

use crate::modules;
use aingle_wasm_runtime::WasmRuntime;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

/// The largest module, and the largest arguments, in bytes.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// Returns the service. `metrics` returns what `/metrics` answers with.
pub fn app(runtime: WasmRuntime, metrics: impl Fn() -> String + Clone + Send + Sync + 'static) -> Router {
    let module = post(modules::load).put(modules::replace).delete(modules::unload);
    Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/metrics", get(|| async move { metrics() }))
        .route("/openapi.json", get(modules::openapi))
        .route("/modules", get(modules::list))
        .route("/modules/{module}", module)
        .route("/modules/{module}/{function}", post(modules::call))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(runtime)
}
