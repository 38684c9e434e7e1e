//! Functions of a module in words.

use aingle_wasm_host_core::Module;
use aingle_wasm_types::description::{Kind, Record};

/// The records of a module, to put its functions in words.
pub(crate) struct Words<'m> {
    /// By kind and name; the first of several of one function comes first.
    records: Vec<Record<'m>>,
}

impl<'m> Words<'m> {
    pub(crate) fn new(module: Module<'m>) -> Self {
        let mut records: Vec<_> = module.records().flatten().collect();
        records.sort_by_key(|record| (record.kind as u8, record.name));
        Self { records }
    }

    /// A function in words, as far as the module describes it.
    pub(crate) fn signature(&self, kind: Kind, name: &str) -> String {
        let wanted = (kind as u8, name);
        let at = self.records.partition_point(|record| (record.kind as u8, record.name) < wanted);
        let found = self.records.get(at).filter(|record| (record.kind as u8, record.name) == wanted);
        in_words(found.copied(), name)
    }
}

/// A function in words, as far as the module describes it.
pub(crate) fn signature(module: Module<'_>, kind: Kind, name: &str) -> String {
    in_words(module.record(kind, name), name)
}

fn in_words(record: Option<Record<'_>>, name: &str) -> String {
    record.map_or_else(|| format!("{name}(bytes) -> bytes"), |record| record.to_string())
}
