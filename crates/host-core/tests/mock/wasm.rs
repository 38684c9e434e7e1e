//! Just enough of a module for [`Module::parse`](aingle_wasm_host_core::Module::parse) to read.

use aingle_wasm_host_core::Signature;
use aingle_wasm_types::description::{Form, Kind, Record, schema_hash};
use aingle_wasm_types::names;

/// What a module has.
#[derive(Default, Clone)]
pub struct Build {
    pub exports: Vec<(String, Signature)>,
    pub imports: Vec<(String, String, Signature)>,
    /// The bytes of the description section.
    pub description: Vec<u8>,
}

/// The exports of a guest of ABI version 2.
pub const ABI: [(&str, Signature); 2] =
    [(names::ABI, Signature::Address), (names::ALLOCATE, Signature::Allocate)];

/// A guest of ABI version 2 with these entry points and imports.
pub fn guest(entries: &[&str], imports: &[&str]) -> Build {
    let entries = entries.iter().map(|name| (*name, Signature::Entry));
    let exports = ABI.into_iter().chain(entries).map(|(name, ty)| (name.to_string(), ty)).collect();
    let import = |name: &&str| ("env".to_string(), name.to_string(), Signature::Entry);
    Build { exports, imports: imports.iter().map(import).collect(), description: Vec::new() }
}

impl Build {
    /// Describes a typed function.
    pub fn typed(mut self, kind: Kind, name: &str, args: &str, result: &str) -> Self {
        let hash = schema_hash(args, result);
        let record = Record { kind, form: Form::Typed, hash, name, params: "", args, result };
        self.description.extend(record_bytes(&record));
        self
    }

    /// Describes a raw function.
    pub fn raw(mut self, kind: Kind, name: &str) -> Self {
        let record = Record { kind, form: Form::Raw, hash: 0, name, params: "", args: "", result: "" };
        self.description.extend(record_bytes(&record));
        self
    }

    pub fn wasm(&self) -> Vec<u8> {
        build(self)
    }
}

fn record_bytes(record: &Record<'_>) -> Vec<u8> {
    let texts = [record.name, record.params, record.args, record.result];
    let mut body = vec![record.kind as u8, record.form as u8];
    body.extend(record.hash.to_le_bytes());
    body.extend(texts.iter().flat_map(|text| (text.len() as u16).to_le_bytes()));
    body.extend(texts.iter().flat_map(|text| text.bytes()));
    [&(body.len() as u32).to_le_bytes(), &body[..]].concat()
}

const SIGNATURES: [Signature; 5] =
    [Signature::Entry, Signature::Allocate, Signature::Deallocate, Signature::Address, Signature::Unit];

/// The module's bytes.
pub fn build(build: &Build) -> Vec<u8> {
    let index = |ty: Signature| SIGNATURES.iter().position(|found| *found == ty).unwrap() as u8;
    let types = SIGNATURES.iter().map(|ty| {
        let (params, results) = (ty.params(), ty.results());
        [&[0x60, params.len() as u8], params, &[results.len() as u8], results].concat()
    });
    let imports = build
        .imports
        .iter()
        .map(|(module, name, ty)| [text(module), text(name), vec![0, index(*ty)]].concat());
    let functions = build.exports.iter().map(|(_, ty)| vec![index(*ty)]);
    let exports = build
        .exports
        .iter()
        .enumerate()
        .map(|(at, (name, _))| [text(name), vec![0], leb(build.imports.len() + at)].concat());
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    wasm.extend(section(1, types));
    wasm.extend(section(2, imports));
    wasm.extend(section(3, functions));
    wasm.extend(section(7, exports));
    if !build.description.is_empty() {
        let body = [text(names::DESCRIPTION_SECTION), build.description.clone()].concat();
        wasm.extend([vec![0], leb(body.len()), body].concat());
    }
    wasm
}

fn section(id: u8, items: impl ExactSizeIterator<Item = Vec<u8>>) -> Vec<u8> {
    let body = [leb(items.len()), items.flatten().collect()].concat();
    [vec![id], leb(body.len()), body].concat()
}

fn text(text: &str) -> Vec<u8> {
    [leb(text.len()), text.as_bytes().to_vec()].concat()
}

fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
