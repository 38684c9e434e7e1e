//! What the host functions of a component work on.

use crate::meter::Meter;
use crate::net::Address;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// State of one run of a component.
pub struct State {
    pub wasi: WasiCtx,
    pub table: ResourceTable,
    pub net: Vec<Address>,
    pub meter: Meter,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
