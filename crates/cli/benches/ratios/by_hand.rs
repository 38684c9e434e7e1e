//! The same work by hand: what a program does that uses the libraries for this alone.

use crate::raw;
use aingle_wasm_host::{EngineConfig, HostFunctions, InstancePool, Reuse, WasmEngine};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::post;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use wasmtime::component::{Component, Linker as ComponentLinker, ResourceTable};
use wasmtime::{Config, Engine, Linker, Module, Store};
use wasmtime_wasi::p1::{WasiP1Ctx, add_to_linker_sync};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// The fuel of `aingle-wasm`.
const FUEL: u64 = 100_000_000_000;

pub fn run(words: &[&str]) {
    match *words {
        ["keep", wasm, code] => {
            let module = Module::from_file(&engine(), wasm).expect("a module");
            std::fs::write(code, module.serialize().expect("its code")).expect("a file");
        }
        ["compile", wasm] => {
            let engine = engine();
            start(&engine, &Module::from_file(&engine, wasm).expect("a module"));
        }
        ["load", code] => {
            let engine = engine();
            start(&engine, &raw::load(&engine, Path::new(code)));
        }
        ["serve", wasm] => tokio(serve(wasm)),
        ["serve-component", wasm] => tokio(serve_component(wasm)),
        _ => panic!("{words:?}"),
    }
}

/// An engine that counts fuel and can be interrupted, as `aingle-wasm` has it.
fn engine() -> Engine {
    let mut config = Config::new();
    config.consume_fuel(true).epoch_interruption(true).generate_address_map(false);
    Engine::new(&config).expect("an engine")
}

fn store<T: 'static>(engine: &Engine, state: T) -> Store<T> {
    let mut store = Store::new(engine, state);
    store.set_fuel(FUEL).expect("fuel is counted");
    store.set_epoch_deadline(1);
    store
}

/// Runs a program of preview 1.
fn start(engine: &Engine, module: &Module) {
    let mut linker: Linker<WasiP1Ctx> = Linker::new(engine);
    add_to_linker_sync(&mut linker, |state| state).expect("the host functions");
    let mut store = store(engine, WasiCtx::builder().inherit_stdio().build_p1());
    let instance = linker.instantiate(&mut store, module).expect("an instance");
    let entry = instance.get_typed_func::<(), ()>(&mut store, "_start").expect("an entry");
    let error = entry.call(&mut store, ()).expect_err("it exits");
    assert_eq!(error.downcast_ref::<wasmtime_wasi::I32Exit>().map(|exit| exit.0), Some(0));
}

fn tokio(serve: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(serve);
}

async fn listen(app: Router) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    eprintln!("serves on http://{}", listener.local_addr().expect("an address"));
    axum::serve(listener, app).await.expect("it serves");
}

/// Serves a function of a guest from a pool of instances.
async fn serve(wasm: &str) {
    let config = EngineConfig {
        metering_limit: FUEL,
        memory_limit: 64 << 20,
        deadline: Some(Duration::from_secs(30)),
        ..EngineConfig::default()
    };
    let engine = WasmEngine::new(config).expect("an engine");
    let module = engine.compile(&std::fs::read(wasm).expect("a file")).expect("a module");
    let pool = InstancePool::new(&engine, &module, Arc::new(HostFunctions::new()), 4, Reuse::Fresh, || ());
    let echo = async |State(pool): State<InstancePool>, body: Bytes| {
        pool.take()
            .and_then(|mut instance| instance.call_raw("echo", &body))
            .map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
    };
    listen(Router::new().route("/echo", post(echo)).with_state(pool)).await;
}

/// State of one request to a component.
struct Host {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Host {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: Default::default() }
    }
}

/// Serves a component, with an instance for each request.
async fn serve_component(wasm: &str) {
    let engine = engine();
    let component = Component::from_file(&engine, wasm).expect("a component");
    let mut linker = ComponentLinker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("the host functions");
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).expect("the host functions");
    let joined = linker.instantiate_pre(&component).and_then(ProxyPre::new).expect("a handler");
    listen(Router::new().fallback(answer).with_state(joined)).await;
}

async fn answer(State(joined): State<ProxyPre<Host>>, request: Request) -> Response<Body> {
    let state = Host {
        wasi: WasiCtx::builder().inherit_stdout().inherit_stderr().build(),
        http: WasiHttpCtx::new(),
        table: ResourceTable::new(),
    };
    let mut store = store(joined.engine(), state);
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let request = request
        .map(|body| http_body_util::BodyExt::map_err(body, |_| wasmtime_wasi_http::Error::HttpProtocolError));
    let request = store.data_mut().http().new_incoming_request(Scheme::Http, request).expect("a request");
    let out = store.data_mut().http().new_response_outparam(sender).expect("a response");
    tokio::spawn(async move {
        let proxy = joined.instantiate_async(&mut store).await.expect("an instance");
        proxy.wasi_http_incoming_handler().call_handle(store, request, out).await.expect("it answers");
    });
    receiver.await.expect("a response").expect("no error").map(Body::new)
}
