//! What stands in the module: exports, imports, descriptions.

use super::build::build;
use aingle_wasm_types::description::{Form, Kind, Record};
use aingle_wasm_types::names::{DESCRIPTION_SECTION, IMPORT_MODULE, RESERVED_PREFIX};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use wasmparser::{ExternalKind, Parser, Payload, TypeRef, Validator};

/// The module's bytes.
pub struct Module(pub Vec<u8>);

/// The guest that the test names, built once.
pub fn module() -> &'static Module {
    static MODULE: OnceLock<Module> = OnceLock::new();
    MODULE.get_or_init(|| {
        let bytes = build();
        Validator::new().validate_all(&bytes).unwrap();
        Module(bytes)
    })
}

impl Module {
    /// The functions that are exported, but those of the ABI, by name.
    pub fn exports(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for payload in self.payloads() {
            let Payload::ExportSection(section) = payload else { continue };
            let functions =
                section.into_iter().map(Result::unwrap).filter(|export| export.kind == ExternalKind::Func);
            names.extend(
                functions.map(|export| export.name).filter(|name| !name.starts_with(RESERVED_PREFIX)),
            );
        }
        names.sort_unstable();
        names
    }

    /// The functions that are imported, but those of the ABI, by name.
    pub fn imports(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for payload in self.payloads() {
            let Payload::ImportSection(section) = payload else { continue };
            for import in section.into_imports().map(Result::unwrap) {
                assert!(
                    import.module == IMPORT_MODULE && matches!(import.ty, TypeRef::Func(_)),
                    "{import:?}"
                );
                names.push(import.name);
            }
        }
        names.retain(|name| !name.starts_with(RESERVED_PREFIX));
        names.sort_unstable();
        names
    }

    /// The description's records of a kind, by name: `bytes`, or parameters, types and result.
    pub fn records(&self, kind: &str) -> BTreeMap<String, String> {
        let kind = if kind == "export" { Kind::Export } else { Kind::Import };
        let mut found = BTreeMap::new();
        for payload in self.payloads() {
            let Payload::CustomSection(section) = payload else { continue };
            let mut bytes = if section.name() == DESCRIPTION_SECTION { section.data() } else { &[] };
            while !bytes.is_empty() {
                let (record, rest) = Record::split_first(bytes).unwrap();
                bytes = rest;
                if record.kind == kind {
                    assert_eq!(found.insert(record.name.into(), text(&record)), None, "described twice");
                }
            }
        }
        found
    }

    fn payloads(&self) -> impl Iterator<Item = Payload<'_>> {
        Parser::new(0).parse_all(&self.0).map(Result::unwrap)
    }
}

fn text(record: &Record<'_>) -> String {
    match record.form {
        Form::Raw => {
            assert_eq!((record.hash, record.params, record.args, record.result), (0, "", "", ""));
            "bytes".into()
        }
        Form::Typed => format!("{}: {} -> {}", record.params, record.args, record.result),
    }
}
