//! Look-up of names, of those alone that are granted: a question for any other name could carry data out.

use crate::net::Address;
use crate::state::State;
use wasmtime::component::{HasData, Linker, Resource};
use wasmtime::{Error, Result};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{
    Host, HostResolveAddressStream, ResolveAddressStream, add_to_linker,
};
use wasmtime_wasi::p2::bindings::sockets::network::{self, ErrorCode, HostNetwork, IpAddress};
use wasmtime_wasi::p2::{DynPollable, Network, SocketError};
use wasmtime_wasi::sockets::WasiSocketsCtxView;

/// Puts this look-up in the place of Wasmtime's own, in a linker that allows it.
pub fn add(linker: &mut Linker<State>) -> Result<()> {
    add_to_linker::<State, HasLookup>(linker, view)
}

/// Returns what the look-ups of a run work on.
pub fn view(state: &mut State) -> Lookup<'_> {
    Lookup {
        net: &state.net,
        view: WasiSocketsCtxView { ctx: state.wasi.sockets(), table: &mut state.table },
    }
}

/// Marks [`Lookup`] as what look-ups work on.
pub struct HasLookup;

impl HasData for HasLookup {
    type Data<'a> = Lookup<'a>;
}

/// What look-ups work on.
pub struct Lookup<'a> {
    net: &'a [Address],
    view: WasiSocketsCtxView<'a>,
}

impl Lookup<'_> {
    /// Returns whether this name is granted.
    pub fn allows(&self, name: &str) -> bool {
        self.net.iter().any(|granted| granted.allows_lookup(name))
    }
}

impl Host for Lookup<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> Result<Resource<ResolveAddressStream>, SocketError> {
        if self.allows(&name) {
            return self.view.resolve_addresses(network, name);
        }
        Err(ErrorCode::AccessDenied.into())
    }
}

impl HostResolveAddressStream for Lookup<'_> {
    fn resolve_next_address(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> Result<Option<IpAddress>, SocketError> {
        self.view.resolve_next_address(stream)
    }

    fn subscribe(&mut self, stream: Resource<ResolveAddressStream>) -> Result<Resource<DynPollable>> {
        HostResolveAddressStream::subscribe(&mut self.view, stream)
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> Result<()> {
        HostResolveAddressStream::drop(&mut self.view, stream)
    }
}

impl network::Host for Lookup<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> Result<ErrorCode> {
        self.view.convert_error_code(error)
    }

    fn network_error_code(&mut self, error: Resource<Error>) -> Result<Option<ErrorCode>> {
        self.view.network_error_code(error)
    }
}

impl HostNetwork for Lookup<'_> {
    fn drop(&mut self, network: Resource<Network>) -> Result<()> {
        HostNetwork::drop(&mut self.view, network)
    }
}
