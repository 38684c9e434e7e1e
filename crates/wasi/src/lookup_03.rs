//! Look-up of granted names, for components of WASI 0.3.

use crate::lookup::{HasLookup, Lookup, view};
use crate::state::State;
use std::io::ErrorKind;
use wasmtime::Result;
use wasmtime::component::{Accessor, Linker};
use wasmtime_wasi::p3::bindings::sockets::ip_name_lookup::{ErrorCode, Host, HostWithStore, add_to_linker};
use wasmtime_wasi::p3::bindings::sockets::types::IpAddress;

/// Puts this look-up in the place of Wasmtime's own, in a linker that allows it.
pub fn add(linker: &mut Linker<State>) -> Result<()> {
    add_to_linker::<State, HasLookup>(linker, view)
}

impl Host for Lookup<'_> {}

impl<T> HostWithStore<T> for HasLookup {
    async fn resolve_addresses(
        store: &Accessor<T, Self>,
        name: String,
    ) -> Result<Result<Vec<IpAddress>, ErrorCode>> {
        if !store.with(|mut lookup| lookup.get().allows(&name)) {
            return Ok(Err(ErrorCode::AccessDenied));
        }
        Ok(match tokio::net::lookup_host((name.as_str(), 0)).await {
            Ok(found) => Ok(found.map(|address| address.ip().to_canonical().into()).collect()),
            Err(error) if error.kind() == ErrorKind::InvalidInput => Err(ErrorCode::InvalidArgument),
            Err(_) => Err(ErrorCode::NameUnresolvable),
        })
    }
}
