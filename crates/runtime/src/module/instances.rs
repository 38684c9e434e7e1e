//! The instances of a module.

use super::plain_pool::{PlainPool, PlainTaken};
use crate::host::HostContext;
use crate::stop::Stop;
use aingle_wasm_host::{Budget, HostError, InstancePool, Number, PooledInstance};
use std::time::Duration;

/// The instances of a module: guests that speak the ABI, or instances of a module that speaks none.
pub(crate) enum Instances {
    Guests(InstancePool<HostContext>),
    Plain(PlainPool),
}

/// An instance that a call has. It goes back when this is dropped.
pub(crate) enum Taken<'p> {
    Guest(PooledInstance<HostContext>),
    Plain(PlainTaken<'p>),
}

/// What a call passes, and what comes back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Payload {
    Bytes(Vec<u8>),
    Numbers(Vec<Number>),
}

impl Instances {
    /// Takes an instance for a call that can be told to end. Runs the start function of a new one.
    pub(crate) fn take(&self, stop: &Stop) -> Result<Taken<'_>, HostError> {
        let begin = |guest| stop.begin(guest);
        match self {
            Self::Guests(pool) => pool.take_cancellable(Duration::ZERO, begin).map(Taken::Guest),
            Self::Plain(pool) => pool.take(begin).map(Taken::Plain),
        }
    }

    /// How many are kept for the next calls.
    pub(crate) fn idle(&self) -> usize {
        match self {
            Self::Guests(pool) => pool.size().1,
            Self::Plain(pool) => pool.idle(),
        }
    }
}

impl Taken<'_> {
    /// Gives the call fuel and time of its own.
    pub(crate) fn limit(&mut self, fuel: Option<u64>, time: Option<Duration>) -> Result<(), HostError> {
        if fuel.is_none() && time.is_none() {
            return Ok(());
        }
        let own = match self {
            Self::Guest(guest) => guest.budget(),
            Self::Plain(plain) => plain.budget(),
        };
        let budget = Budget { fuel: fuel.or(own.fuel), deadline: time.or(own.deadline), ..own };
        match self {
            Self::Guest(guest) => guest.set_budget(budget),
            Self::Plain(plain) => plain.limit(budget),
        }
    }

    /// Calls a function. The arguments were encoded by what it takes.
    pub(crate) fn call(&mut self, name: &str, payload: &Payload) -> Result<Payload, HostError> {
        match self {
            Self::Guest(guest) => guest.call_raw(name, payload.bytes()).map(Payload::Bytes),
            Self::Plain(plain) => plain.call(name, payload.numbers()).map(Payload::Numbers),
        }
    }

    pub(crate) fn fuel_used(&mut self) -> Option<u64> {
        match self {
            Self::Guest(guest) => guest.fuel_used(),
            Self::Plain(plain) => plain.fuel_used(),
        }
    }

    /// The size of its memory, in bytes.
    pub(crate) fn memory_size(&mut self) -> u64 {
        match self {
            Self::Guest(guest) => guest.memory_size() as u64,
            Self::Plain(plain) => plain.memory_size(),
        }
    }
}

impl Payload {
    fn bytes(&self) -> &[u8] {
        if let Self::Bytes(bytes) = self { bytes } else { &[] }
    }

    fn numbers(&self) -> &[Number] {
        if let Self::Numbers(numbers) = self { numbers } else { &[] }
    }
}
