//! The routes.

use crate::modules;
use crate::traces::traced;
use aingle_wasm_runtime::WasmRuntime;
use aingle_wasm_runtime::service::{page, same_origin};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::response::Redirect;
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
        .with_state(runtime.clone())
        .route("/", get(|| async { Redirect::temporary("/page") }))
        .nest("/page", page(runtime))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(same_origin))
        .layer(from_fn(traced))
}
