//! Typed calls: handles that an instance gives, and calls by them.

use crate::error::{Doing, HostError};
use crate::func::Func;
use crate::instance::WasmInstance;
use aingle_wasm_codec::Data;
use aingle_wasm_codec::schema::signature_text;
use aingle_wasm_host_core::{Args, Error};
use aingle_wasm_types::Name;
use aingle_wasm_types::description::Kind;
use serde::de::DeserializeOwned;

impl<S: Send + 'static> WasmInstance<S> {
    /// Calls a typed export once: [`WasmInstance::func`] and [`Func::call`] in one. Keep a handle where calls are many:
    /// this looks the name up and compares the types each time.
    ///
    /// ```no_run
    /// # use aingle_wasm_host::prelude::*;
    /// # fn run(instance: &mut WasmInstance) -> Result<f32, HostError> {
    /// instance.call("mean", ("roof", &[20.5_f32, 21.0][..]))
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`WasmInstance::func`] and [`Func::call`].
    pub fn call<A, R>(&mut self, name: &str, args: A) -> Result<R, HostError>
    where
        A: Args,
        R: DeserializeOwned + Data,
    {
        self.func(name)?.call(self, args)
    }

    /// A typed handle of an export. It can be kept and called in every instance of the module.
    ///
    /// # Errors
    /// [`HostErrorKind::MissingExport`](crate::HostErrorKind::MissingExport), [`HostErrorKind::ExportSignature`](crate::HostErrorKind::ExportSignature),
    /// [`HostErrorKind::Undescribed`](crate::HostErrorKind::Undescribed), [`HostErrorKind::Raw`](crate::HostErrorKind::Raw), [`HostErrorKind::DescribedTwice`](crate::HostErrorKind::DescribedTwice), or
    /// [`HostErrorKind::Schema`](crate::HostErrorKind::Schema) when the module says that the function has other types; and what [`WasmInstance::start`] reports.
    pub fn func<A, R>(&mut self, name: &str) -> Result<Func<A, R>, HostError>
    where
        A: Args,
        R: DeserializeOwned + Data,
    {
        match self.guest.func(name) {
            Ok(func) => Ok(Func::new(func, name)),
            Err(Error::Schema { name: of, .. }) if of == Name::new(name) => {
                Err(self.mismatch(Kind::Export, name, Some(signature_text(A::TYPES, R::TYPE))))
            }
            Err(error) => Err(self.failed(Doing::Handle(name.into()), error)),
        }
    }
}

impl<A: Args, R: DeserializeOwned + Data> Func<A, R> {
    /// Calls the function.
    ///
    /// Where `R` is a `Result`, its `Err` comes back inside: the outer error is the call's, the inner
    /// one the function's.
    ///
    /// # Errors
    /// As [`WasmInstance::call_raw`], and
    /// [`HostErrorKind::ForeignHandle`](crate::HostErrorKind::ForeignHandle) for an instance of another
    /// module, [`HostErrorKind::Value`](crate::HostErrorKind::Value) for a reply that is no `R`.
    pub fn call<S: Send + 'static>(&self, instance: &mut WasmInstance<S>, args: A) -> Result<R, HostError> {
        let _span = crate::trace::call(|| self.name());
        self.inner
            .call(&mut instance.guest, args)
            .map_err(|error| instance.failed(Doing::Call(self.name.to_string()), error))
    }
}
