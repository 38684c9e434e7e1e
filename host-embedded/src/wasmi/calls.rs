//! Calls in both directions: by the types of the ABI, whole or by slices of fuel, and of the host.

use super::raw::Slot;
use ::wasmi::{
    Caller, Extern, Func, Store, TrapCode, TypedFunc, TypedResumableCall, WasmParams, WasmResults,
};
use aingle_wasm_host_core::{Signature, Trap, Watch};
use aingle_wasm_types::names;

/// A function of one of the ABI's signatures.
#[derive(Debug, Clone, Copy)]
pub(super) enum Typed {
    Entry(TypedFunc<(u32, u32), u64>),
    Allocate(TypedFunc<u32, u32>),
    Deallocate(TypedFunc<(u32, u32), ()>),
    Address(TypedFunc<(), u32>),
    Unit(TypedFunc<(), ()>),
}

/// The engine's own fuel that a watch is asked after: a millisecond or less of a server.
pub(super) const SLICE: u64 = 100_000;

/// Fuel by the slice.
pub(super) struct Slices<'a> {
    pub(super) reserve: &'a mut u64,
    pub(super) watch: &'a Watch,
}

/// Why a call in slices ended.
pub(super) enum Stopped {
    By(Trap),
    Guest(::wasmi::Error),
}

impl Slices<'_> {
    /// Calls a function, and gives the store fuel until it has ended or is to end.
    fn call<P: WasmParams, R: WasmResults>(
        &mut self,
        function: &TypedFunc<P, R>,
        store: &mut Store<Slot>,
        params: P,
    ) -> Result<R, Stopped> {
        let mut call = function.call_resumable(&mut *store, params).map_err(Stopped::Guest)?;
        loop {
            let paused = match call {
                TypedResumableCall::Finished(result) => return Ok(result),
                TypedResumableCall::HostTrap(paused) => {
                    // The watch's own: `host_function` makes no other.
                    let _ = paused;
                    return Err(Stopped::By(self.watch.stopped().unwrap_or(Trap::Other)));
                }
                TypedResumableCall::OutOfFuel(paused) => paused,
            };
            if let Some(trap) = self.watch.stopped() {
                return Err(Stopped::By(trap));
            }
            let left = store.get_fuel().unwrap_or(0);
            let wanted = paused.required_fuel().max(SLICE).saturating_sub(left).min(*self.reserve);
            if left.saturating_add(wanted) < paused.required_fuel() {
                return Err(Stopped::Guest(TrapCode::OutOfFuel.into()));
            }
            *self.reserve -= wanted;
            let _ = store.set_fuel(left + wanted);
            call = paused.resume(&mut *store).map_err(Stopped::Guest)?;
        }
    }
}

impl Typed {
    pub(super) fn call_in_slices(
        &self,
        store: &mut Store<Slot>,
        a: u32,
        b: u32,
        slices: &mut Slices<'_>,
    ) -> Result<u64, Stopped> {
        match self {
            Self::Entry(function) => slices.call(function, store, (a, b)),
            Self::Allocate(function) => slices.call(function, store, a).map(u64::from),
            Self::Deallocate(function) => slices.call(function, store, (a, b)).map(|()| 0),
            Self::Address(function) => slices.call(function, store, ()).map(u64::from),
            Self::Unit(function) => slices.call(function, store, ()).map(|()| 0),
        }
    }

    pub(super) fn new(
        function: Func,
        store: &Store<Slot>,
        signature: Signature,
    ) -> Result<Self, ::wasmi::Error> {
        Ok(match signature {
            Signature::Entry => Self::Entry(function.typed(store)?),
            Signature::Allocate => Self::Allocate(function.typed(store)?),
            Signature::Deallocate => Self::Deallocate(function.typed(store)?),
            Signature::Address => Self::Address(function.typed(store)?),
            Signature::Unit => Self::Unit(function.typed(store)?),
        })
    }

    pub(super) fn call(&self, store: &mut Store<Slot>, a: u32, b: u32) -> Result<u64, ::wasmi::Error> {
        match self {
            Self::Entry(function) => function.call(store, (a, b)),
            Self::Allocate(function) => function.call(store, a).map(u64::from),
            Self::Deallocate(function) => function.call(store, (a, b)).map(|()| 0),
            Self::Address(function) => function.call(store, ()).map(u64::from),
            Self::Unit(function) => function.call(store, ()).map(|()| 0),
        }
    }
}

/// What the guest calls for its import of this number.
pub(super) fn host_function(store: &mut Store<Slot>, import: u32) -> Extern {
    let answer = move |mut caller: Caller<'_, Slot>, ptr: u32, len: u32| -> Result<u64, ::wasmi::Error> {
        // During the start function nobody has looked the memory up yet.
        let known = caller.data().memory;
        let memory = known.or_else(|| caller.get_export(names::MEMORY).and_then(Extern::into_memory));
        let answer = match memory {
            Some(memory) => {
                let (bytes, slot) = memory.data_and_store_mut(&mut caller);
                slot.answer(bytes, import, ptr, len)
            }
            None => caller.data_mut().answer(&mut [], import, ptr, len),
        };
        if caller.data().is_stopped() { Err(::wasmi::Error::new("stopped")) } else { Ok(answer) }
    };
    Extern::Func(Func::wrap(store, answer))
}
