//! The guests in C and by hand, which were written from `docs/ABI.md` alone, on a real engine.

#[path = "../../../examples/guest-c/compile.rs"]
mod compile;

use aingle_wasm_codec::{Checksum, Envelope};
use aingle_wasm_host_core::{
    Config, EngineInstance, Error, Guest, Host, HostFault, HostFunctions, Integrity, LoadError, Module,
    Signature, Trap,
};
use aingle_wasm_types::{ErrorCode, Flags, Name, Packed, names};
use aingle_wasm_vectors::{ENVELOPES, all};
use std::path::Path;
use std::sync::OnceLock;
use wasmi::{Caller, Extern, Func, Instance, Linker, Memory, Store};

/// As little of wasmi as the bridge needs.
struct Wasmi {
    wasm: Vec<u8>,
    module: wasmi::Module,
    store: Store<Host<()>>,
    instance: Option<(Instance, Memory)>,
}

impl Wasmi {
    fn new(wasm: &[u8]) -> Self {
        let mut config = wasmi::Config::default();
        config.wasm_bulk_memory(false).wasm_multi_value(false).wasm_sign_extension(false);
        config.wasm_saturating_float_to_int(false).wasm_reference_types(false).wasm_tail_call(false);
        let engine = wasmi::Engine::new(&config);
        let module = wasmi::Module::new(&engine, wasm).expect("WebAssembly 1.0 and no more");
        let store = Store::new(&engine, Host::new((), functions()));
        Self { wasm: wasm.to_vec(), module, store, instance: None }
    }

    fn instantiate(&mut self) -> Result<(Instance, Memory), wasmi::Error> {
        let mut linker = Linker::new(self.module.engine());
        for (index, import) in self.module.imports().enumerate() {
            let run = move |caller: Caller<'_, Host<()>>, ptr: u32, len: u32| {
                answer(caller, index as u32, ptr, len)
            };
            let func = Func::wrap(&mut self.store, run);
            linker.define(import.module(), import.name(), func)?;
        }
        let instance = linker.instantiate_and_start(&mut self.store, &self.module)?;
        let memory = instance.get_memory(&self.store, names::MEMORY).expect("a memory");
        Ok((instance, memory))
    }
}

fn answer(mut caller: Caller<'_, Host<()>>, index: u32, ptr: u32, len: u32) -> u64 {
    let Some(Extern::Memory(memory)) = caller.get_export(names::MEMORY) else { return 0 };
    let (memory, host) = memory.data_and_store_mut(&mut caller);
    host.dispatch(memory, index, ptr, len)
}

impl EngineInstance for Wasmi {
    type State = ();
    type Function = Func;

    fn wasm(&self) -> &[u8] {
        &self.wasm
    }

    fn start(&mut self) -> Result<(), Error> {
        let refused = Error::Load(LoadError::Engine { reason: "wasmi" });
        self.instance = Some(self.instantiate().map_err(|_| refused)?);
        Ok(())
    }

    fn find(&mut self, name: &str, _: Signature) -> Result<Func, Error> {
        let (instance, _) = self.instance.expect("started");
        instance.get_func(&self.store, name).ok_or(Error::MissingExport(Name::new(name)))
    }

    fn call(&mut self, function: &Func, a: u32, b: u32) -> Result<u64, Trap> {
        let ty = function.ty(&self.store);
        let args = [wasmi::Val::I32(a as i32), wasmi::Val::I32(b as i32)];
        let mut result = [wasmi::Val::I32(0)];
        let results = &mut result[..ty.results().len()];
        function.call(&mut self.store, &args[..ty.params().len()], results).map_err(|error| {
            match error.as_trap_code() {
                Some(wasmi::TrapCode::UnreachableCodeReached) => Trap::Unreachable,
                _ => Trap::Other,
            }
        })?;
        Ok(match result {
            [wasmi::Val::I32(value)] => u64::from(value as u32),
            [wasmi::Val::I64(value)] => value as u64,
            other => panic!("{other:?}"),
        })
    }

    fn memory(&mut self) -> &mut [u8] {
        match self.instance {
            Some((_, memory)) => memory.data_mut(&mut self.store),
            None => &mut [],
        }
    }

    fn host_mut(&mut self) -> &mut Host<()> {
        self.store.data_mut()
    }

    fn host(&self) -> &Host<()> {
        self.store.data()
    }
}

fn functions() -> HostFunctions<()> {
    let mut functions = HostFunctions::new();
    functions
        .register_raw("lookup", |_, request, response| match request {
            b"nobody" => {
                response.write_error(b"no such person");
                Ok(())
            }
            b"down" => Err(HostFault::new("the directory is down")),
            name => {
                response.write(name);
                response.write(b" of ");
                response.write(name);
                Ok(())
            }
        })
        .unwrap();
    functions
}

/// The two modules, with a name for the messages.
fn modules() -> &'static [(&'static str, Vec<u8>); 2] {
    static MODULES: OnceLock<[(&str, Vec<u8>); 2]> = OnceLock::new();
    MODULES.get_or_init(|| {
        let examples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples"));
        let to = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let c = compile::compile(&examples.join("guest-c"), to).unwrap_or_else(|error| panic!("{error}"));
        let wat = wat::parse_file(examples.join("guest-wat/guest.wat")).expect("assembles");
        [("C", c), ("WAT", wat)]
    })
}

/// Runs a test on both guests with both kinds of integrity.
fn each(mut test: impl FnMut(&str, Guest<Wasmi>)) {
    for (name, wasm) in modules() {
        for integrity in [Integrity::Checked, Integrity::Trusted] {
            let mut config = Config::default();
            config.integrity = integrity;
            let guest = Guest::new(Wasmi::new(wasm), config).unwrap();
            test(&format!("{name}, {integrity:?}"), guest);
        }
    }
}

/// More than a page, but where the guest's checksum is computed bit by bit by an interpreter that was
/// not optimised.
fn large(name: &str) -> usize {
    if name.ends_with("Trusted") { 100_000 } else { 3000 }
}

#[test]
fn they_say_what_they_are() {
    for (name, wasm) in modules() {
        let module = Module::parse(wasm).unwrap();
        assert_eq!(module.abi_version(), Some(2));
        let records: Vec<String> = module.records().map(|record| record.unwrap().to_string()).collect();
        let wanted = [
            "echo(bytes) -> bytes",
            "sum(i32, i32) -> i32",
            "greet(bytes) -> bytes",
            "panic(bytes) -> bytes",
            "lookup(bytes) -> bytes",
        ];
        assert_eq!(records, wanted, "{name}");
    }
}

#[test]
fn a07_bytes_come_back() {
    each(|name, mut guest| {
        for len in [0, 1, 11, 1008, 1009, large(name), 100] {
            let bytes: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            assert!(guest.call_raw("echo", &bytes) == Ok(&bytes[..]), "{name}: {len} bytes");
        }
        assert_eq!(guest.notify("echo", b"one way"), Ok(()), "{name}");
        assert!(guest.reply().is_empty(), "{name}");
    });
}

#[test]
fn a_call_that_fails_leaves_no_reply_of_another() {
    each(|name, mut guest| {
        assert!(guest.call_in_place("echo", 4, |buffer| buffer.fill(7)).is_ok(), "{name}");
        assert_eq!(guest.reply(), [7; 4], "{name}");
        let missing = Error::MissingExport(Name::new("nothing"));
        assert_eq!(guest.call_in_place("nothing", 4, |_| {}).map(drop), Err(missing), "{name}");
        assert!(guest.reply().is_empty(), "{name}");
    });
}

#[test]
fn a09_typed_sums() {
    each(|name, mut guest| {
        let sum = guest.func::<(i32, i32), i32>("sum").unwrap();
        for (a, b) in
            [(40, 2), (0, 0), (-1, 1), (i32::MAX, 1), (i32::MIN, -1), (-64, 0), (63, 1), (1 << 27, 5)]
        {
            assert_eq!(sum.call(&mut guest, (a, b)), Ok(a.wrapping_add(b)), "{name}: {a} + {b}");
        }
        let wrong = guest.func::<(i32,), i32>("sum").map(|_| ());
        assert!(matches!(wrong, Err(Error::Schema { .. })), "{name}");
        for garbage in [&b""[..], &[1], &[1, 2, 3], &[0xff; 10], &[1, 0xff, 0xff, 0xff, 0xff, 0x10]] {
            let refused = guest.call_raw("sum", garbage).map(|_| ());
            assert_eq!(refused, Err(Error::Guest { code: ErrorCode::BadRequest, len: 20 }), "{name}");
            assert_eq!(guest.error_body(), b"two i32 are expected", "{name}");
        }
    });
}

/// Row A6: in the response buffer, and fetched when it is too large for it.
#[test]
fn a06_host_calls_in_both_directions() {
    each(|name, mut guest| {
        for len in [0, 1, 200, 246, 247, large(name)] {
            let who = vec![b'x'; len];
            let wanted = [b"hello, ", &who[..], b" of ", &who[..]].concat();
            assert!(guest.call_raw("greet", &who) == Ok(&wanted[..]), "{name}: {len} bytes");
        }
    });
}

#[test]
fn lesson_14_errors_of_the_host_pass_through_the_guest() {
    each(|name, mut guest| {
        let errors = [
            (&b"nobody"[..], ErrorCode::Application, &b"no such person"[..]),
            (b"down", ErrorCode::HostFailed, b"the directory is down"),
        ];
        for (who, code, words) in errors {
            let refused = guest.call_raw("greet", who).map(|_| ());
            assert_eq!(refused, Err(Error::Guest { code, len: words.len() as u32 }), "{name}");
            assert_eq!(guest.error_body(), words, "{name}");
        }
        assert!(guest.call_raw("greet", b"still here").is_ok(), "{name}");
    });
}

#[test]
fn a14_panics_bring_their_message() {
    each(|name, mut guest| {
        let panicked = guest.call_raw("panic", b"at guest:7").map(|_| ());
        assert_eq!(panicked, Err(Error::Panic { len: 10 }), "{name}");
        assert_eq!(guest.error_body(), b"at guest:7", "{name}");
        assert_eq!(guest.call_raw("echo", b""), Err(Error::Poisoned), "{name}");
    });
}

/// Row A12: the arena is emptied, so the memory stays as long as the largest call made it.
#[test]
fn a12_memory_stays_flat() {
    each(|name, mut guest| {
        guest.call_raw("greet", &[b'y'; 300]).unwrap();
        let len = guest.engine_mut().memory().len();
        for _ in 0..if name.ends_with("Trusted") { 500 } else { 10 } {
            guest.call_raw("greet", &[b'y'; 300]).unwrap();
            assert!(guest.call_raw("sum", &[0; 1100]).is_err());
        }
        assert_eq!(guest.engine_mut().memory().len(), len, "{name}");
    });
}

/// Every envelope vector goes straight into the guests, as the page's rules for a receiver.
#[test]
fn the_guests_accept_and_refuse_the_vectors() {
    for (name, wasm) in modules() {
        let mut engine = Wasmi::new(wasm);
        engine.start().unwrap();
        let allocate = engine.find(names::ALLOCATE, Signature::Allocate).unwrap();
        let echo = engine.find("echo", Signature::Entry).unwrap();
        for vector in all(ENVELOPES) {
            let bytes = vector.bytes("bytes");
            let ptr = engine.call(&allocate, bytes.len() as u32, 0).unwrap() as u32;
            assert_eq!(ptr % 16, 4, "{name}: {}", vector.name);
            engine.memory()[ptr as usize..][..bytes.len()].copy_from_slice(&bytes);
            let reply = Packed::from_u64(engine.call(&echo, ptr, bytes.len() as u32).unwrap());
            check_reply(&mut engine, reply, &vector, *name == "C");
        }
    }
}

fn check_reply(engine: &mut Wasmi, reply: Packed, vector: &aingle_wasm_vectors::Vector<'_>, knows_sum: bool) {
    let memory = engine.memory();
    let flags = vector.get("flags").map(|_| vector.hex_number("flags"));
    // The guests take every checksum that they know, wherever it is said to come from.
    let weak = vector.get("refused") == Some("weak-checksum");
    if reply == Packed::NONE {
        assert!(weak || flags.is_some_and(|flags| flags & 7 == 0), "{}", vector.name);
        return;
    }
    let bytes = &memory[reply.range_in(memory.len()).expect(vector.name)];
    let envelope = Envelope::decode(bytes, Checksum::None).expect(vector.name);
    let refused = ErrorCode::split(envelope.payload()).map(|(code, _)| code);
    match flags {
        None => {
            assert_eq!(refused, Some(ErrorCode::BadRequest), "{}", vector.name);
            if vector.name.starts_with("refused_version") {
                let header = envelope.header();
                assert_eq!((header.version as u8, header.flags), (2, Flags::ERROR), "{}", vector.name);
            }
        }
        Some(flags) if flags & 0x20 != 0 && !knows_sum => {
            assert_eq!(refused, Some(ErrorCode::BadRequest), "{}", vector.name);
        }
        Some(flags) if flags & 3 != 0 => assert_eq!(refused, Some(ErrorCode::Unsupported), "{}", vector.name),
        Some(flags) => {
            assert_eq!(flags & 4, 4, "{}: a reply to a notification", vector.name);
            assert_eq!(envelope.payload(), vector.bytes("payload"), "{}", vector.name);
            assert_eq!(envelope.header().version as u64, vector.number("version"), "{}", vector.name);
        }
    }
}
