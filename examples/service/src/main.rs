//! Serves modules on an address, which is the first argument. Default: 127.0.0.1:8080.

use aingle_wasm_runtime::{WasmConfig, WasmRuntime};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::time::Duration;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    let _traces = wasm_service::install()?;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let runtime = WasmRuntime::new(WasmConfig {
        max_execution_time: Duration::from_secs(5),
        queue_timeout: Duration::from_secs(5),
        fuel_limit: Some(1_000_000_000),
        ..Default::default()
    })?;
    let listener = TcpListener::bind(&address).await?;
    println!("serves on http://{}", listener.local_addr()?);
    let stopped = async {
        // Without a signal handler it serves until it is killed.
        let _ = tokio::signal::ctrl_c().await;
    };
    let app = wasm_service::app(runtime, move || metrics.render());
    axum::serve(listener, app).with_graceful_shutdown(stopped).await?;
    Ok(())
}
