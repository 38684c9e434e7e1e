//! What a module says of itself.

use aingle_wasm_host_core::{Index, Module, Signature, abi};
use aingle_wasm_types::description::{Kind, Record};

/// Any bytes as a module, as the sections of one, as a description, and as one record.
pub fn module_parse(bytes: &[u8]) {
    ask(bytes);
    ask(&[b"\0asm\x01\0\0\0", bytes].concat());
    if let Ok(len) = u8::try_from(bytes.len() + 11) {
        let head = [&b"\0asm\x01\0\0\0\0"[..], &[len & 0x7f, 10], b"aingle.abi"].concat();
        ask(&[&head, bytes].concat());
    }
    if let Ok((record, rest)) = Record::split_first(bytes) {
        assert_eq!(record.written_len() + rest.len(), bytes.len());
    }
}

fn ask(wasm: &[u8]) {
    let Ok(module) = Module::parse(wasm) else { return };
    let index = Index::new(module);
    for export in module.exports() {
        let entry = abi::entry(module, export.name);
        assert_eq!(index.entry(wasm, export.name), entry);
        let entry_type = (Signature::Entry.params(), Signature::Entry.results());
        assert!(entry.is_err() || module.function_type(entry.unwrap()) == Some(entry_type));
    }
    abi::check_imports(module).ok();
    for record in module.records() {
        let record = record.expect("parse saw them all");
        assert!(module.record(record.kind, record.name).is_some());
    }
    let _ = (module.abi_version(), module.record(Kind::Import, "f"));
}
