//! What a module says of itself: mutated bytes, and `wasmparser` as the oracle.

mod mock;

use aingle_wasm_host_core::{Error, Module, ModuleError, abi};
use aingle_wasm_types::Name;
use aingle_wasm_types::description::{Kind, RecordError};
use aingle_wasm_vectors::{RECORDS, all};
use mock::{Build, guest};
use proptest::prelude::*;
use wasm_smith::{Config, Module as Smith};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

/// Everything that can be asked of a module.
fn ask_all(wasm: &[u8]) -> Result<(), ModuleError> {
    let module = Module::parse(wasm)?;
    for export in module.exports() {
        let _ = module.function_type(export.function);
        let _ = abi::entry(module, export.name);
    }
    for import in module.imports() {
        let host = import.is_host_function();
        assert!(!host || import.ty.is_some());
    }
    for record in module.records() {
        assert!(!record.expect("parse saw them all").to_string().is_empty());
    }
    let _ = (module.abi_version(), module.record(Kind::Export, "f"));
    module.custom_sections("name").count();
    Ok(())
}

type Exports = Vec<(String, u32)>;
type Imports = Vec<(String, String, Option<u32>)>;

fn ours(wasm: &[u8]) -> (Exports, Imports) {
    let module = Module::parse(wasm).unwrap_or_else(|error| panic!("{error}: {wasm:02x?}"));
    let exports = module.exports().map(|export| (export.name.into(), export.function));
    let imports = module.imports().map(|import| (import.module.into(), import.name.into(), import.ty));
    (exports.collect(), imports.collect())
}

fn theirs(wasm: &[u8]) -> (Exports, Imports) {
    let (mut exports, mut imports) = (Exports::new(), Imports::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("a valid module") {
            Payload::ExportSection(section) => {
                let found = section.into_iter().map(Result::unwrap);
                let functions = found.filter(|export| export.kind == ExternalKind::Func);
                exports.extend(functions.map(|export| (export.name.to_string(), export.index)));
            }
            Payload::ImportSection(section) => {
                imports.extend(section.into_imports().map(Result::unwrap).map(|import| {
                    let ty = match import.ty {
                        TypeRef::Func(ty) => Some(ty),
                        _ => None,
                    };
                    (import.module.to_string(), import.name.to_string(), ty)
                }));
            }
            _ => {}
        }
    }
    (exports, imports)
}

/// A module of the features that any of our engines may have.
fn smith(seed: &[u8]) -> Option<Vec<u8>> {
    let config = Config {
        gc_enabled: false,
        exceptions_enabled: false,
        compact_imports_enabled: false,
        max_imports: 20,
        allow_start_export: true,
        generate_custom_sections: true,
        ..Config::default()
    };
    let module = Smith::new(config, &mut arbitrary::Unstructured::new(seed)).ok()?;
    Some(module.to_bytes())
}

#[test]
fn a_guest_says_what_it_has() {
    let build = guest(&["mean", "echo"], &["read"])
        .typed(Kind::Export, "mean", "(str, [f32])", "f32")
        .raw(Kind::Export, "echo")
        .typed(Kind::Import, "read", "(u8)", "f32");
    let wasm = build.wasm();
    let module = Module::parse(&wasm).unwrap();
    assert_eq!(module.abi_version(), Some(2));
    assert_eq!(module.exports().count(), 4);
    assert_eq!(abi::entry(module, "mean"), Ok(3), "the import comes first");
    let records: Vec<String> = module.records().map(|record| record.unwrap().to_string()).collect();
    assert_eq!(records, ["mean(str, [f32]) -> f32", "echo(bytes) -> bytes", "read(u8) -> f32"]);
    assert!(module.record(Kind::Import, "mean").is_none());
}

#[test]
fn refused_records_refuse_the_module() {
    for vector in all(RECORDS) {
        let description = vector.bytes("bytes");
        let wasm = Build { description, ..guest(&[], &[]) }.wasm();
        let parsed = Module::parse(&wasm).map(|_| ());
        match vector.get("refused") {
            None => assert_eq!(parsed, Ok(()), "{}", vector.name),
            Some(_) if vector.text("bytes").is_empty() => assert_eq!(parsed, Ok(()), "no record at all"),
            Some(_) => assert!(matches!(parsed, Err(ModuleError::Description(_))), "{}", vector.name),
        }
    }
    let wasm = Build { description: vec![1, 0, 0], ..guest(&[], &[]) }.wasm();
    let truncated = ModuleError::Description(RecordError::Truncated);
    assert_eq!(Module::parse(&wasm).map(|_| ()), Err(truncated));
    assert!(truncated.to_string().contains("aingle.abi"));
}

/// `docs/ABI.md`: how a guest in any language gets its description.
#[test]
fn a_description_that_is_appended_to_a_module_is_read() {
    let good = all(RECORDS).filter(|vector| vector.get("refused").is_none());
    // So short that its length is one byte.
    let records = good.map(|vector| vector.bytes("bytes")).find(|records| (1..117).contains(&records.len()));
    let records = records.unwrap();
    let mut wasm = guest(&["echo"], &[]).wasm();
    let before = Module::parse(&wasm).unwrap().records().count();
    wasm.extend([0, u8::try_from(11 + records.len()).unwrap(), 10]);
    wasm.extend(b"aingle.abi");
    wasm.extend(&records);
    assert!(Module::parse(&wasm).unwrap().records().count() > before);
}

/// An export whose index is no function has no signature, and is no entry point.
#[test]
fn indices_that_lead_nowhere_are_errors() {
    // One export `f` of function 5, and nothing else.
    let wasm = b"\0asm\x01\0\0\0\x07\x05\x01\x01f\x00\x05";
    let module = Module::parse(wasm).unwrap();
    assert_eq!(module.function_type(5), None);
    assert_eq!(module.function_type(u32::MAX), None);
    assert_eq!(abi::entry(module, "f"), Err(Error::ExportSignature(Name::new("f"))));
}

#[test]
fn bytes_that_are_no_module() {
    for wasm in [&b""[..], b"\0as", b"\x7fELF\x01\x01\x01\0", b"\0asm\x02\0\0\0", b"\0asm\x0d\0\x01\0"] {
        assert_eq!(Module::parse(wasm).map(|_| ()), Err(ModuleError::not_wasm(wasm)));
    }
    // A section that is longer than the file, a number that does not end, one that is no u32.
    let malformed: [(&[u8], u32); 4] = [
        (b"\0asm\x01\0\0\0\x07\x05", 10),
        (b"\0asm\x01\0\0\0\x07\x80\x80\x80\x80\x80\x01", 9),
        (b"\0asm\x01\0\0\0\x07\xff\xff\xff\xff\x1f", 9),
        (b"\0asm\x01\0\0\0\x07\x05\xff\xff\xff\xff\x0f", 15),
    ];
    for (wasm, offset) in malformed {
        assert_eq!(Module::parse(wasm).map(|_| ()), Err(ModuleError::Malformed { offset }), "{wasm:?}");
    }
}

#[test]
fn every_cut_of_a_guest_is_answered() {
    let wasm = guest(&["mean"], &["read"]).typed(Kind::Export, "mean", "(str)", "f32").wasm();
    assert_eq!(ask_all(&wasm), Ok(()));
    for len in 0..wasm.len() {
        let _ = ask_all(&wasm[..len]);
    }
    for at in 0..wasm.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut mutated = wasm.clone();
            mutated[at] = value;
            let _ = ask_all(&mutated);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn valid_modules_are_read_as_wasmparser_reads_them(
        seed in prop::collection::vec(any::<u8>(), 0..2000), at: prop::sample::Index, value: u8
    ) {
        let Some(mut wasm) = smith(&seed) else { return Ok(()) };
        prop_assert_eq!(ours(&wasm), theirs(&wasm));
        ask_all(&wasm).unwrap();
        let at = at.index(wasm.len());
        wasm[at] = value;
        let _ = ask_all(&wasm);
    }

    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>) {
        let _ = ask_all(&bytes);
        let _ = ask_all(&[b"\0asm\x01\0\0\0", &bytes[..]].concat());
    }
}
