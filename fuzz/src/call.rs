//! The shared call path, with a guest that does as it likes.

use crate::mock::{Answer, Mock, Run, World, guest, literal};
use aingle_wasm_codec::{Format, encode};
use aingle_wasm_host_core::{Config, Error, Guest, Host, HostFault, HostFunctions, Integrity, Trap};
use aingle_wasm_types::description::Kind;
use aingle_wasm_types::{Flags, Packed, names};
use arbitrary::{Arbitrary, Unstructured};

/// One host call of a guest that is not bound to the rules.
#[derive(Debug, Arbitrary)]
struct Import {
    index: u8,
    ptr: u32,
    len: u32,
    /// A whole envelope of this payload, in place of the numbers.
    request: Option<Vec<u8>>,
    expects: bool,
    room: Option<(u16, u32)>,
}

/// What the guest does at one crossing, after what it should do.
#[derive(Debug, Arbitrary)]
enum Act {
    Honest,
    Return(u64),
    ReturnNear(u16, u16),
    Trap,
    Panic,
    Write(u16, Vec<u8>),
    Reply(Vec<u8>, u8),
    Call(Import),
}

#[derive(Debug, Arbitrary)]
struct Plan {
    trusted: bool,
    lz4_threshold: u8,
    max_payload: u16,
    acts: Vec<Act>,
    requests: Vec<Vec<u8>>,
}

/// A guest of any behaviour is called: no panic, and error and instance agree on whether it lives.
pub fn shared_call(bytes: &[u8]) {
    let Ok(plan) = Plan::arbitrary(&mut Unstructured::new(bytes)) else { return };
    let mut config = Config::default();
    config.integrity = if plan.trusted { Integrity::Trusted } else { Integrity::Checked };
    config.lz4_threshold = plan.lz4_threshold.into();
    config.max_payload = plan.max_payload.into();
    let wasm = guest(&["echo"], &["echo", "half", names::FETCH, names::LOG])
        .typed(Kind::Export, "echo", "([u8])", "Result<[u8], str>")
        .typed(Kind::Import, "half", "([u32], str)", "Result<[u32], str>")
        .wasm();
    let mock = Mock::with_host(wasm, hostile(plan.acts), Host::new(0, functions()));
    let mut guest = Guest::new(mock, config).expect("the module is well");
    let typed = guest.func::<(Vec<u8>,), Result<Vec<u8>, String>>("echo");
    for request in plan.requests {
        let before = guest.is_poisoned();
        judge(before, guest.call_raw("echo", &request).map(|_| ()), &guest);
        let before = guest.is_poisoned();
        let in_place = guest.call_in_place("echo", request.len(), |buffer| buffer.copy_from_slice(&request));
        judge(before, in_place.map(|_| ()), &guest);
        let before = guest.is_poisoned();
        judge(before, guest.notify("echo", &request), &guest);
        if let Ok(typed) = typed {
            let before = guest.is_poisoned();
            judge(before, typed.call(&mut guest, (request,)).map(|_| ()), &guest);
        }
        let _ = (guest.error_body().len(), guest.reply().len());
    }
}

fn judge(before: bool, result: Result<(), Error>, guest: &Guest<Mock<u32>>) {
    match result {
        Ok(()) => assert!(!before && !guest.is_poisoned()),
        Err(Error::Poisoned) => assert!(before),
        Err(error) => assert_eq!(error.instance_usable(), !guest.is_poisoned(), "{error}"),
    }
}

fn hostile(acts: Vec<Act>) -> Run<u32> {
    let mut good = literal(|_, _, payload| Answer::Reply(payload.to_vec()));
    let mut acts = acts.into_iter();
    Box::new(move |world, name, a, b| {
        let readable = Packed { ptr: a, len: b }.range_in(world.memory.len()).is_some();
        let honest = if readable || name.starts_with("__") { good(world, name, a, b)? } else { 0 };
        acts.next().map_or(Ok(honest), |act| perform(world, act, honest))
    })
}

fn perform(world: &mut World<u32>, act: Act, honest: u64) -> Result<u64, Trap> {
    match act {
        Act::Honest => {}
        Act::Return(packed) => return Ok(packed),
        Act::ReturnNear(ptr, len) => return Ok(Packed { ptr: ptr.into(), len: len.into() }.to_u64()),
        Act::Trap => return Err(Trap::Other),
        Act::Panic => return Err(world.panic("hostile")),
        Act::Write(at, bytes) => write(world, at, &bytes),
        Act::Reply(payload, flags) => {
            let mut reply = encode(&payload, Flags::NONE, Format::default()).expect("short");
            reply[3] = flags;
            return Ok(world.put(&reply).to_u64());
        }
        Act::Call(import) => {
            call(world, import);
        }
    }
    Ok(honest)
}

fn write(world: &mut World<u32>, at: u16, bytes: &[u8]) {
    let free = &mut world.memory[usize::from(at)..];
    let len = bytes.len().min(free.len());
    free[..len].copy_from_slice(&bytes[..len]);
}

/// Calls an import, and checks what the host says it did.
fn call(world: &mut World<u32>, import: Import) {
    if let Some((at, len)) = import.room {
        world.set_block_word(aingle_wasm_types::control_block::RESPONSE_PTR, at.into());
        world.set_block_word(aingle_wasm_types::control_block::RESPONSE_LEN, len);
    }
    let flags = if import.expects { Flags::EXPECTS_RESPONSE } else { Flags::NONE };
    let request = import.request.map(|payload| encode(&payload, flags, Format::default()).expect("short"));
    let at = match request {
        Some(request) => world.put(&request),
        None => Packed { ptr: import.ptr, len: import.len },
    };
    let index = u32::from(import.index % 6);
    let returned = Packed::from_u64(world.host.dispatch(&mut world.memory, index, at.ptr, at.len));
    assert!(returned.range_in(world.memory.len()).is_some() || returned.ptr == 0, "{returned:?}");
    if returned.ptr == 0 && returned.len != 0 {
        assert_eq!(returned.len as usize, world.host.pending_len());
        let room = world.allocate(returned.len);
        let fetched = world.host.fetch(&mut world.memory, room, returned.len);
        assert_eq!(Packed::from_u64(fetched), Packed { ptr: room, len: returned.len });
    }
}

fn functions() -> HostFunctions<u32> {
    let mut functions = HostFunctions::new();
    let echo = functions.register_raw("echo", |calls: &mut u32, request, response| {
        *calls += 1;
        response.write(request);
        if request.first() == Some(&0) { Err(HostFault::new("zero")) } else { Ok(()) }
    });
    let half = functions.register(
        "half",
        |_: &mut u32, of: Vec<u32>, name: String| {
            if of.is_empty() { Err(name) } else { Ok(of) }
        },
    );
    functions.on_log(|calls, _, text| *calls += text.len() as u32);
    echo.and(half).expect("names of their own");
    functions
}

/// Host calls alone, of any numbers and bytes.
pub fn host_dispatch(bytes: &[u8]) {
    let Ok(imports) = Vec::<Import>::arbitrary(&mut Unstructured::new(bytes)) else { return };
    let wasm = guest(&[], &["echo", "half", names::FETCH, names::LOG]);
    let wasm = wasm.typed(Kind::Import, "half", "([u32], str)", "Result<[u32], str>").wasm();
    let mock = Mock::with_host(wasm, hostile(Vec::new()), Host::new(0, functions()));
    let mut guest = Guest::new(mock, Config::default()).expect("the module is well");
    guest.start().expect("an honest start");
    for import in imports {
        call(&mut guest.engine_mut().world, import);
    }
}
