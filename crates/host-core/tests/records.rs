//! Records of imports and exports: what is described twice, not at all, or otherwise than the host has it.

mod mock;

use aingle_wasm_host_core::{
    Config, Described, EngineInstance, Error, Guest, Host, HostFunctions, Index, Module, abi,
};
use aingle_wasm_host_core::{Signature, Trap};
use aingle_wasm_types::Name;
use aingle_wasm_types::description::{Kind, schema_hash};
use mock::{Answer, Build, Mock, guest, literal};
use proptest::prelude::*;

const NAME: &str = "read";

fn typed(functions: &mut HostFunctions<()>) {
    functions.register(NAME, |(): &mut (), n: u8| n).unwrap();
}

fn raw(functions: &mut HostFunctions<()>) {
    functions.register_raw(NAME, |(), _, _| Ok(())).unwrap();
}

/// What a guest says when it starts with one host function, looked up in both ways.
fn start(build: &Build, register: fn(&mut HostFunctions<()>)) -> Result<(), Error> {
    let starts = [false, true].map(|indexed| {
        let mut functions = HostFunctions::new();
        register(&mut functions);
        let run = literal(|_, _, _| Answer::Reply(Vec::new()));
        let mut mock = Mock::with_host(build.wasm(), run, Host::new((), functions));
        mock.keep_index(indexed);
        let mut guest = Guest::new(mock, Config::default()).unwrap();
        let started = guest.start();
        assert!(!guest.is_poisoned(), "nothing ran");
        started
    });
    assert_eq!(starts[0], starts[1], "with an index and without");
    starts[0]
}

fn importing(records: &[(&str, &str)]) -> Build {
    records.iter().fold(guest(&[], &[NAME]), |build, (args, result)| match *args {
        "bytes" => build.raw(Kind::Import, NAME),
        args => build.typed(Kind::Import, NAME, args, result),
    })
}

const U8: (&str, &str) = ("(u8)", "u8");
const U16: (&str, &str) = ("(u16)", "u8");
const BYTES: (&str, &str) = ("bytes", "");

fn twice(kind: Kind, first: u64, second: u64) -> Error {
    Error::DescribedTwice { kind, name: Name::new(NAME), first, second }
}

fn hash((args, result): (&str, &str)) -> u64 {
    if args == "bytes" { 0 } else { schema_hash(args, result) }
}

/// The host received 9 for -5: only the first of two records was compared.
#[test]
fn an_import_that_is_described_twice_with_different_types_refuses_the_start() {
    for (first, second) in [(U8, U16), (U16, U8), (U8, BYTES), (BYTES, U8)] {
        let refused = Err(twice(Kind::Import, hash(first), hash(second)));
        assert_eq!(start(&importing(&[first, second]), typed), refused, "{first:?} {second:?}");
        assert_eq!(start(&importing(&[first, first, second, first]), raw), refused, "{first:?} {second:?}");
    }
    let words = twice(Kind::Import, 1, 0).to_string();
    let expected = "the module imports `read` with two descriptions that differ: \
                    their hashes are 0x0000000000000001 and 0x0000000000000000, where 0 is that of bytes";
    assert_eq!(words, expected);
    assert!(twice(Kind::Import, 1, 0).instance_usable() && !twice(Kind::Import, 1, 0).retryable());
}

#[test]
fn equal_records_and_records_of_what_is_not_imported_are_well() {
    assert_eq!(start(&importing(&[U8, U8, U8]), typed), Ok(()));
    assert_eq!(start(&importing(&[BYTES, BYTES]), raw), Ok(()));
    // The linker left the import out, and the record in.
    let left_out = importing(&[U8]).typed(Kind::Import, "gone", "(u8)", "u8");
    assert_eq!(start(&left_out.typed(Kind::Import, "gone", "(u16)", "u8"), typed), Ok(()));
    // An export of the same name is another function.
    assert_eq!(start(&importing(&[U8]).typed(Kind::Export, NAME, "(u64)", "u8"), typed), Ok(()));
}

/// A module without its section was compared with nothing.
#[test]
fn an_import_without_a_record_is_an_error_for_a_typed_function() {
    let missing = Error::UndescribedImport(Name::new(NAME));
    let stripped = importing(&[]);
    assert_eq!(start(&stripped, typed), Err(missing));
    assert_eq!(start(&stripped, raw), Ok(()));
    let other = stripped.typed(Kind::Import, "other", "(u8)", "u8").typed(Kind::Export, NAME, "(u8)", "u8");
    assert_eq!(start(&other, typed), Err(missing));
    let words = missing.to_string();
    for part in ["`read`", "`aingle.abi`", "stripped", "linked", "register_raw"] {
        assert!(words.contains(part), "{words}");
    }
}

#[test]
fn an_import_of_bytes_is_an_error_for_a_typed_function() {
    let bytes = Error::RawImport(Name::new(NAME));
    assert_eq!(start(&importing(&[BYTES]), typed), Err(bytes));
    assert_eq!(start(&importing(&[BYTES]), raw), Ok(()));
    assert_eq!(start(&importing(&[U8]), raw), Ok(()), "it reads the values itself");
    assert!(bytes.to_string().contains("register_raw"));
}

#[test]
fn one_import_that_stands_twice_in_the_module_is_described_once() {
    let mut build = importing(&[U8]);
    build.imports.push(build.imports[0].clone());
    assert_eq!(start(&build, typed), Ok(()));
}

#[test]
fn an_export_that_is_described_twice_has_no_typed_handle() {
    let build = guest(&[NAME], &[]).typed(Kind::Export, NAME, U8.0, U8.1);
    let differs = build.clone().typed(Kind::Export, NAME, U16.0, U16.1);
    let refused = Err(twice(Kind::Export, hash(U8), hash(U16)));
    for (build, expected) in [(&build, Ok(())), (&differs, refused)] {
        for indexed in [false, true] {
            let mut mock = Mock::new(build.wasm(), literal(|_, _, bytes| Answer::Reply(bytes.to_vec())));
            mock.keep_index(indexed);
            let mut guest = Guest::new(mock, Config::default()).unwrap();
            assert_eq!(guest.func::<(u8,), u8>(NAME).map(drop), expected);
            assert_eq!(guest.call_raw(NAME, b"bytes"), Ok(&b"bytes"[..]), "bytes have no types");
        }
    }
}

fn initializing(signature: Signature) -> Build {
    let mut build = guest(&["run"], &[]);
    build.exports.push(("_initialize".into(), signature));
    build
}

/// Static constructors: once, after the start function, before the control block is asked for.
#[test]
fn initialize_is_called_once_at_the_start_and_before_anything_else() {
    let run = |name: &str| match name {
        "_initialize" => Ok(0),
        _ => Err(()),
    };
    let mut honest = literal(|_, _, _| Answer::Reply(Vec::new()));
    let mock = Mock::new(
        initializing(Signature::Unit).wasm(),
        Box::new(move |world, name, a, b| run(name).or_else(|()| honest(world, name, a, b))),
    );
    let mut guest = Guest::new(mock, Config::default()).unwrap();
    for _ in 0..3 {
        guest.call_raw("run", b"").unwrap();
    }
    assert_eq!(guest.engine().calls[..3], ["_initialize", "__aingle_abi_2", "run"]);
    assert_eq!(guest.engine().count("_initialize"), 1);
}

#[test]
fn initialize_that_traps_poisons_and_one_of_another_signature_is_refused() {
    let mock = Mock::new(initializing(Signature::Unit).wasm(), Box::new(|_, _, _, _| Err(Trap::Unreachable)));
    let mut guest = Guest::new(mock, Config::default()).unwrap();
    assert_eq!(guest.start(), Err(Error::Trap(Trap::Unreachable)));
    assert!(guest.is_poisoned());
    for signature in [Signature::Entry, Signature::Allocate, Signature::Address, Signature::Deallocate] {
        let mock = Mock::new(initializing(signature).wasm(), Box::new(|_, _, _, _| Ok(0)));
        let refused = Guest::new(mock, Config::default()).map(drop);
        assert_eq!(refused, Err(Error::ExportSignature(Name::new("_initialize"))), "{signature:?}");
    }
}

/// An exported memory of that name cannot be called, and is not passed over.
#[test]
fn initialize_that_is_no_function_is_refused() {
    let wasm = guest(&[], &[]).wasm();
    let at = wasm.windows(13).position(|bytes| bytes == b"__aingle_abi_").expect("exported");
    let before = at - 1;
    // One more export, in front of the others: `_initialize`, memory 0.
    let extra = [&[11_u8][..], b"_initialize", &[2, 0]].concat();
    let mut changed = wasm[..before - 2].to_vec();
    changed.push(wasm[before - 2] + extra.len() as u8);
    changed.push(wasm[before - 1] + 1);
    changed.extend(extra);
    changed.extend(&wasm[before..]);
    let mock = Mock::new(changed, Box::new(|_, _, _, _| Ok(0)));
    let refused = Guest::new(mock, Config::default()).map(drop);
    assert_eq!(refused, Err(Error::ExportSignature(Name::new("_initialize"))));
}

/// Names that meet each other often.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab]{0,2}",
        Just("__aingle_x".to_owned()),
        Just("a_name_of_thirty_two_bytes______".to_owned())
    ]
}

fn signature() -> impl Strategy<Value = Signature> {
    prop_oneof![3 => Just(Signature::Entry), 1 => Just(Signature::Unit), 1 => Just(Signature::Allocate)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// An index answers as the module itself does, whatever the module has.
    #[test]
    fn an_index_answers_as_the_module_does(
        exports in prop::collection::btree_map(name(), signature(), 0..6),
        imports in prop::collection::vec(name(), 0..6),
        records in prop::collection::vec((any::<bool>(), name(), 0_usize..3), 0..8),
    ) {
        let names: Vec<&str> = imports.iter().map(String::as_str).collect();
        let mut build = guest(&[], &names);
        build.exports.extend(exports.clone());
        for (export, name, types) in &records {
            let kind = if *export { Kind::Export } else { Kind::Import };
            build = match types {
                0 => build.raw(kind, name),
                types => build.typed(kind, name, ["(u8)", "(i8)"][types - 1], "u8"),
            };
        }
        let wasm = build.wasm();
        let module = Module::parse(&wasm).unwrap();
        let index = Index::new(module);
        for name in exports.keys().chain(&imports).map(String::as_str).chain(["no_such", "", "memory"]) {
            prop_assert_eq!(index.entry(&wasm, name), abi::entry(module, name));
        }
        let described = module.described(Kind::Export, "a");
        prop_assert_eq!(described == Described::Not, module.record(Kind::Export, "a").is_none());
        // With both kinds of look-up, a guest starts or does not for the same reason.
        let starts = [false, true].map(|indexed| {
            let mut functions = HostFunctions::new();
            for name in ["b", "ab", "a", "ba"] {
                functions.register(name, |(): &mut (), n: u8| n).unwrap();
            }
            functions.register_raw("", |(), _, _| Ok(())).unwrap();
            let run = literal(|_, _, _| Answer::Reply(Vec::new()));
            let mut mock = Mock::with_host(wasm.clone(), run, Host::new((), functions));
            mock.keep_index(indexed);
            Guest::new(mock, Config::default()).and_then(|mut guest| guest.start())
        });
        prop_assert_eq!(starts[0], starts[1]);
    }
}

/// More entry points than are remembered are found all the same, by name and by handle.
#[test]
fn a_guest_of_many_entry_points_forgets_the_oldest() {
    let names: Vec<String> = (0..1000).map(|at| format!("f{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut build = guest(&names, &[]);
    build = names.iter().fold(build, |build, name| build.typed(Kind::Export, name, "()", "[u8]"));
    let run = literal(|_, name, _| Answer::Reply([&[name.len() as u8], name.as_bytes()].concat()));
    let mut mock = Mock::new(build.wasm(), run);
    mock.keep_index(true);
    let mut guest = Guest::new(mock, Config::default()).unwrap();
    let first = guest.func::<(), Vec<u8>>("f0").unwrap();
    for _ in 0..2 {
        for name in &names {
            assert_eq!(&guest.call_raw(name, b"").unwrap()[1..], name.as_bytes());
        }
        assert_eq!(first.call(&mut guest, ()), Ok(b"f0".to_vec()));
    }
    assert!(guest.engine().index().is_some());
}
