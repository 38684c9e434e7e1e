//! Errors of an instance, with what it knows of them.

use super::WasmInstance;
use crate::error::{Doing, HostError, HostErrorKind};
use aingle_wasm_host_core::{EngineInstance as _, Error, Trap};
use aingle_wasm_types::description::{Kind, Record};

impl<S: Send + 'static> WasmInstance<S> {
    pub(crate) fn failed(&mut self, doing: Doing, error: Error) -> HostError {
        if let Error::Schema { name, .. } = error {
            let expected = self.signatures.get(name.as_str());
            return self.mismatch(Kind::Import, name.as_str(), expected);
        }
        if let Error::Trap(Trap::Other) = error
            && let Some(message) = self.guest.engine_mut().take_panic()
        {
            return HostError::of_guest(doing, HostErrorKind::HostPanic { message }, &error);
        }
        let kind = match error {
            Error::DescribedTwice { kind, name, .. } => self.described_twice(kind, name.as_str()),
            Error::UndescribedImport(name) => {
                let registered = self.signatures.get(name.as_str()).unwrap_or_default();
                HostErrorKind::UndescribedImport { name: name.to_string(), registered }
            }
            Error::MissingImport(name) => {
                let registered = |name: &str| self.guest.engine().host().has(name);
                HostErrorKind::missing_import(name.as_str(), self.module().view(), registered)
            }
            Error::Argument { position, error } => {
                let name = self.parameter(&doing, position).unwrap_or_default();
                HostErrorKind::Argument { name, position, error }
            }
            error => HostErrorKind::from_core(error, self.guest.error_body()),
        };
        HostError::of_guest(doing, kind, &error)
    }

    /// The name of a parameter of the function that was called, if the module tells it.
    fn parameter(&self, doing: &Doing, position: u32) -> Option<String> {
        let Doing::Call(function) = doing else { return None };
        let record = self.module().view()?.record(Kind::Export, function)?;
        record.params.split(',').nth(position.checked_sub(1)? as usize).map(String::from)
    }

    /// Types that differ, in words on both sides.
    pub(crate) fn mismatch(&self, kind: Kind, name: &str, expected: Option<String>) -> HostError {
        let unknown = || String::from("other types");
        let words = |record: Record<'_>| format!("{} -> {}", record.args, record.result);
        let record = self.module().view().and_then(|module| module.record(kind, name).map(words));
        let (expected, found) = (expected.unwrap_or_else(unknown), record.unwrap_or_else(unknown));
        let doing = match kind {
            Kind::Export => Doing::Handle(name.into()),
            Kind::Import => Doing::Start,
        };
        HostError::new(doing, HostErrorKind::Schema { name: name.into(), expected, found })
    }

    /// Two descriptions of one function that differ, in words.
    fn described_twice(&self, kind: Kind, name: &str) -> HostErrorKind {
        let mut words = self.module().records().filter(|record| record.kind == kind && record.name == name);
        let first = words.next().map(|record| record.to_string()).unwrap_or_default();
        let second = words.map(|record| record.to_string()).find(|words| *words != first);
        HostErrorKind::DescribedTwice { name: name.into(), first, second: second.unwrap_or_default() }
    }
}
