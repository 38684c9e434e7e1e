//! The smallest host that the tests need: wasmi, and the envelope by hand.

mod build;
mod module;

pub use module::module;

use aingle_wasm_codec::{Checksum, Envelope, Format, encode, value};
use aingle_wasm_types::{ErrorCode, Flags, Packed, control_block, names};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasmi::{Caller, Engine, Instance, Linker, Memory, Store};

/// The host's state.
#[derive(Default)]
struct Host {
    /// The arguments of each `beat`.
    beats: Vec<u32>,
    /// The response that the guest has not fetched yet.
    waiting: Vec<u8>,
}

/// An error envelope: its code and its body.
type Refusal = (u16, Vec<u8>);

/// One instance of the guest.
pub struct Machine {
    store: Store<Host>,
    instance: Instance,
    memory: Memory,
    control_block: u32,
}

impl Machine {
    pub fn new() -> Self {
        let engine = Engine::default();
        let compiled = wasmi::Module::new(&engine, &module().0).unwrap();
        let mut store = Store::new(&engine, Host::default());
        let mut linker = Linker::new(&engine);
        for import in compiled.imports() {
            let name = import.name().to_owned();
            let answer = move |caller: Caller<'_, Host>, ptr: u32, len: u32| cross(caller, &name, ptr, len);
            linker.func_wrap(names::IMPORT_MODULE, import.name(), answer).unwrap();
        }
        let instance = linker.instantiate_and_start(&mut store, &compiled).unwrap();
        let memory = instance.get_memory(&store, names::MEMORY).unwrap();
        let control_block = instance.get_typed_func::<(), u32>(&store, names::ABI).unwrap();
        let control_block = control_block.call(&mut store, ()).unwrap();
        Self { store, instance, memory, control_block }
    }

    /// Calls an entry point with a payload.
    pub fn call(&mut self, name: &str, payload: &[u8]) -> Result<Vec<u8>, Refusal> {
        let request = encode(payload, Flags::EXPECTS_RESPONSE, Format::default()).unwrap();
        let data = self.memory.data_mut(&mut self.store);
        let request_buffer = word(data, self.control_block, control_block::REQUEST_PTR);
        assert!(word(data, self.control_block, control_block::REQUEST_LEN) as usize >= request.len());
        data[request_buffer as usize..][..request.len()].copy_from_slice(&request);
        let entry = self.instance.get_typed_func::<(u32, u32), u64>(&self.store, name).unwrap();
        let packed = entry.call(&mut self.store, (request_buffer, request.len() as u32)).unwrap();
        let reply = Packed::from_u64(packed);
        let reply = &self.memory.data(&self.store)[reply.ptr as usize..][..reply.len as usize];
        let envelope = Envelope::decode(reply, Checksum::Crc32).unwrap();
        if !envelope.flags().contains(Flags::ERROR) {
            return Ok(envelope.payload().to_vec());
        }
        let (code, body) = envelope.payload().split_at(ErrorCode::PREFIX_LEN);
        Err((u16::from_le_bytes([code[0], code[1]]), body.to_vec()))
    }

    /// Calls a typed entry point that succeeds.
    pub fn typed<R: DeserializeOwned>(&mut self, name: &str, args: &impl Serialize) -> R {
        value::decode(&self.call(name, &encoded(args)).unwrap()).unwrap()
    }

    /// Calls a typed entry point that returns an error of its own.
    pub fn typed_err<E: DeserializeOwned>(&mut self, name: &str, args: &impl Serialize) -> E {
        let (code, body) = self.call(name, &encoded(args)).unwrap_err();
        assert_eq!((code, body[0]), (2, 1));
        value::decode(&body[1..]).unwrap()
    }

    /// What `beat` was notified of.
    pub fn beats(&self) -> &[u32] {
        &self.store.data().beats
    }
}

/// A host call. Every response waits for the guest to fetch it, which the ABI allows.
fn cross(mut caller: Caller<'_, Host>, name: &str, ptr: u32, len: u32) -> u64 {
    let memory = caller.get_export(names::MEMORY).and_then(wasmi::Extern::into_memory).unwrap();
    let (data, host) = memory.data_and_store_mut(&mut caller);
    let bytes = &mut data[ptr as usize..][..len as usize];
    if name == names::FETCH {
        bytes.copy_from_slice(&host.waiting);
        return Packed { ptr, len }.to_u64();
    }
    let request = Envelope::decode(bytes, Checksum::Crc32).unwrap();
    let answer = answer(name, request.payload(), &mut host.beats);
    assert_eq!(request.flags().contains(Flags::EXPECTS_RESPONSE), answer.is_some());
    let Some((payload, flags)) = answer else { return 0 };
    host.waiting = encode(&payload, flags, Format::default()).unwrap();
    Packed { ptr: 0, len: host.waiting.len() as u32 }.to_u64()
}

/// What the host functions of the guest do.
fn answer(name: &str, payload: &[u8], beats: &mut Vec<u32>) -> Option<(Vec<u8>, Flags)> {
    let plain = |payload| Some((payload, Flags::NONE));
    match name {
        "beat" => {
            beats.push(value::decode::<(u32,)>(payload).unwrap().0);
            None
        }
        "read_sensor" => match value::decode::<(u8,)>(payload).unwrap().0 {
            id @ 9 => Some(([&[2, 0, 0, 0][..], &encoded(&Err::<f32, u8>(id))].concat(), Flags::ERROR)),
            id => plain(encoded(&Ok::<f32, u8>(f32::from(id) * 10.0 + 0.5))),
        },
        "label" => {
            let (station, bytes): (&str, &[u8]) = value::decode(payload).unwrap();
            plain(encoded(&format!("{station}+{bytes:?}")))
        }
        "sync" => {
            assert_eq!(payload, b"");
            plain(Vec::new())
        }
        "host.rename" => plain(encoded(&(value::decode(payload) == Ok(("word", None::<&str>))))),
        "far" => plain(encoded(&77_u8)),
        raw => plain([raw.as_bytes(), b":", payload, b" "].concat()),
    }
}

fn encoded(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = vec![0; value::encoded_len(value).unwrap()];
    value::encode_into(value, &mut bytes).unwrap();
    bytes
}

fn word(data: &[u8], control_block: u32, offset: usize) -> u32 {
    let bytes = &data[control_block as usize + offset..][..4];
    u32::from_le_bytes(bytes.try_into().unwrap())
}
