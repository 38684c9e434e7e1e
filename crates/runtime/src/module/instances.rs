//! The instances of a module.

use super::fault::Fault;
use super::payload::Payload;
use super::plain_pool::{PlainPool, PlainTaken};
#[cfg(feature = "wasi")]
use super::wasi_pool::{WasiPool, WasiTaken};
use crate::error::ErrorKind;
use crate::host::HostContext;
use crate::stop::{Guest, Stop};
use aingle_wasm_host::{Budget, InstancePool, Number, PooledInstance};
use std::time::Duration;

/// The instances of a module: guests that speak the ABI, or instances of a module that speaks none.
pub(crate) enum Instances {
    Guests(InstancePool<HostContext>),
    Plain(PlainPool),
    #[cfg(feature = "wasi")]
    Wasi(Box<WasiPool>),
}

/// An instance that a call has. It goes back when this is dropped.
pub(crate) enum Taken<'p> {
    Guest(PooledInstance<HostContext>),
    Plain(PlainTaken<'p>),
    #[cfg(feature = "wasi")]
    Wasi(WasiTaken<'p>),
}

impl Instances {
    /// Takes an instance for a call that can be told to end. Runs the start function of a new one.
    pub(crate) fn take(&self, stop: &Stop) -> Result<Taken<'_>, Fault> {
        let begin = |guest| stop.begin(Guest::Host(guest));
        match self {
            Self::Guests(pool) => Ok(Taken::Guest(pool.take_cancellable(Duration::ZERO, begin)?)),
            Self::Plain(pool) => Ok(Taken::Plain(pool.take(begin)?)),
            #[cfg(feature = "wasi")]
            Self::Wasi(pool) => Ok(Taken::Wasi(pool.take(|guest| stop.begin(guest)))),
        }
    }

    /// Takes a guest that is as it was when it had started, if one is idle.
    pub(crate) fn take_idle(&self, stop: &Stop) -> Option<Taken<'_>> {
        let Self::Guests(pool) = self else { return None };
        pool.take_idle(|guest| stop.begin(Guest::Host(guest))).map(Taken::Guest)
    }

    /// Returns why a function that is exported cannot be called, if that is known.
    pub(crate) fn refused(&self, name: &str) -> Option<ErrorKind> {
        match self {
            #[cfg(feature = "wasi")]
            Self::Wasi(pool) => pool.refused(name),
            _ => {
                let _ = name;
                None
            }
        }
    }

    /// How many are kept for the next calls.
    pub(crate) fn idle(&self) -> usize {
        match self {
            Self::Guests(pool) => pool.size().1,
            Self::Plain(pool) => pool.idle(),
            #[cfg(feature = "wasi")]
            Self::Wasi(_) => 0,
        }
    }
}

impl Taken<'_> {
    /// Gives the call fuel and time of its own.
    pub(crate) fn limit(&mut self, fuel: Option<u64>, time: Option<Duration>) -> Result<(), Fault> {
        if fuel.is_none() && time.is_none() {
            return Ok(());
        }
        let own = match self {
            Self::Guest(guest) => guest.budget(),
            Self::Plain(plain) => plain.budget(),
            #[cfg(feature = "wasi")]
            Self::Wasi(run) => {
                run.limit(fuel, time);
                return Ok(());
            }
        };
        let budget = Budget { fuel: fuel.or(own.fuel), deadline: time.or(own.deadline), ..own };
        match self {
            Self::Guest(guest) => guest.set_budget(budget)?,
            Self::Plain(plain) => plain.limit(budget)?,
            #[cfg(feature = "wasi")]
            Self::Wasi(_) => {}
        }
        Ok(())
    }

    /// Calls a function. The arguments were encoded by what it takes.
    pub(crate) fn call(&mut self, name: &str, payload: &Payload) -> Result<Payload, Fault> {
        match self {
            Self::Guest(guest) => Ok(Payload::Bytes(guest.call_raw(name, payload.bytes())?)),
            Self::Plain(plain) => Ok(Payload::Numbers(plain.call(name, payload.numbers())?)),
            #[cfg(feature = "wasi")]
            Self::Wasi(run) => run.call(name, payload),
        }
    }

    /// Reads the text whose address a function returned.
    pub(crate) fn text(&mut self, reply: Payload) -> Result<Payload, ErrorKind> {
        match (self, reply) {
            (Self::Plain(plain), Payload::Numbers(numbers)) => match numbers[..] {
                [Number::I32(address)] => plain.text(address.cast_unsigned()).map(Payload::Text),
                _ => Ok(Payload::Numbers(numbers)),
            },
            (_, reply) => Ok(reply),
        }
    }

    pub(crate) fn fuel_used(&mut self) -> Option<u64> {
        match self {
            Self::Guest(guest) => guest.fuel_used(),
            Self::Plain(plain) => plain.fuel_used(),
            #[cfg(feature = "wasi")]
            Self::Wasi(run) => run.fuel_used(),
        }
    }

    /// The size of its memory, in bytes.
    pub(crate) fn memory_size(&mut self) -> u64 {
        match self {
            Self::Guest(guest) => guest.memory_size() as u64,
            Self::Plain(plain) => plain.memory_size(),
            #[cfg(feature = "wasi")]
            Self::Wasi(run) => run.memory_size(),
        }
    }
}
