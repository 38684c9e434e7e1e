//! What the host functions of a component work on.

use crate::grants::Grants;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::net::Address;
use crate::outgoing::Outgoing;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// State of one run of a component.
pub struct State {
    pub wasi: WasiCtx,
    pub table: ResourceTable,
    pub net: Vec<Address>,
    pub meter: Meter,
    http: WasiHttpCtx,
    outgoing: Outgoing,
}

impl State {
    /// Returns the state of a run that begins.
    pub fn new(wasi: WasiCtx, grants: &Grants, limits: &Limits) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles as usize);
        Self {
            wasi,
            table,
            net: grants.net.clone(),
            meter: Meter::new(limits),
            http: WasiHttpCtx::new(),
            outgoing: Outgoing::new(&grants.net),
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outgoing, table: &mut self.table, ctx: &mut self.http }
    }
}
