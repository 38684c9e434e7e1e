//! An engine without WebAssembly: the guest is a closure over a byte vector.
//!
//! [`literal`] makes a guest that does what `docs/ABI.md` says; a hostile one is any other closure.
#![allow(dead_code)] // Each test file uses its own part, here and below.

mod wasm;

#[allow(unused_imports)]
pub use wasm::{ABI, Build, guest};

use aingle_wasm_codec::{Checksum, Envelope, Format, encode};
use aingle_wasm_host_core::{
    Config, EngineInstance, Error, Host, HostFunctions, Index, Integrity, LoadError, Module, Signature, Trap,
};
use aingle_wasm_types::{ErrorCode, Flags, Header, Name, Packed, control_block, names};
use aingle_wasm_vectors::{ENVELOPES, all};

/// Where the control block of [`literal`] lies.
pub const CONTROL_BLOCK: u32 = 64;
/// Where its request buffer lies, and how long it is.
pub const REQUEST_BUFFER: (u32, u32) = (1028, 1000);
/// Where its response buffer lies, and how long it is.
pub const RESPONSE_BUFFER: (u32, u32) = (2052, 100);
const HEAP: u32 = 4096;
const PAGE: usize = 65_536;

/// The default with checksums.
pub fn checked() -> Config {
    let mut config = Config::default();
    config.integrity = Integrity::Checked;
    config
}

/// What a guest does when it is called: export, first argument, second argument.
pub type Run<S> = Box<dyn FnMut(&mut World<S>, &str, u32, u32) -> Result<u64, Trap>>;

/// One module in this engine.
pub struct Mock<S = ()> {
    wasm: Vec<u8>,
    index: Option<Index>,
    pub world: World<S>,
    run: Run<S>,
    /// Every export that was called.
    pub calls: Vec<String>,
    /// What `start` says.
    pub started: Result<(), Error>,
    pub memory_end: Option<u32>,
    pub owns_memory: bool,
    pub refuels: usize,
}

/// What the guest sees: its memory and its imports.
pub struct World<S> {
    pub memory: Vec<u8>,
    pub host: Host<S>,
    imports: Vec<String>,
    /// The first free byte of the arena, and the highest that was ever taken.
    bump: u32,
    pub peak: u32,
    /// Whether the host made room for the request of this call.
    allocated: bool,
    pub limit: usize,
}

impl Mock<()> {
    pub fn new(wasm: Vec<u8>, run: Run<()>) -> Self {
        Self::with_host(wasm, run, Host::new((), HostFunctions::new()))
    }
}

impl<S> Mock<S> {
    pub fn with_host(wasm: Vec<u8>, run: Run<S>, host: Host<S>) -> Self {
        let imports = match Module::parse(&wasm) {
            Ok(module) => module.imports().map(|import| import.name.to_string()).collect(),
            Err(_) => Vec::new(),
        };
        let memory = vec![0; PAGE];
        let world =
            World { memory, host, imports, bump: HEAP, peak: HEAP, allocated: false, limit: 512 << 20 };
        Self {
            wasm,
            index: None,
            world,
            run,
            calls: Vec::new(),
            started: Ok(()),
            memory_end: None,
            owns_memory: true,
            refuels: 0,
        }
    }

    /// Whether names are looked up in an index, as on a server, or in the module, as on a device.
    pub fn keep_index(&mut self, keep: bool) {
        let module = Module::parse(&self.wasm).expect("a module");
        self.index = keep.then(|| Index::new(module));
    }

    pub fn count(&self, name: &str) -> usize {
        self.calls.iter().filter(|call| *call == name).count()
    }
}

impl<S> EngineInstance for Mock<S> {
    type State = S;
    type Function = String;

    fn wasm(&self) -> &[u8] {
        &self.wasm
    }

    fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }

    fn start(&mut self) -> Result<(), Error> {
        self.started
    }

    fn find(&mut self, name: &str, signature: Signature) -> Result<String, Error> {
        let module = Module::parse(&self.wasm)?;
        let export = module.exports().find(|export| export.name == name);
        let function = export.ok_or(Error::MissingExport(Name::new(name)))?.function;
        match module.function_type(function) {
            Some(ty) if ty == (signature.params(), signature.results()) => Ok(name.to_string()),
            Some(_) => Err(Error::ExportSignature(Name::new(name))),
            None => Err(Error::Load(LoadError::Invalid { offset: 0 })),
        }
    }

    fn call(&mut self, function: &String, a: u32, b: u32) -> Result<u64, Trap> {
        self.calls.push(function.clone());
        (self.run)(&mut self.world, function, a, b)
    }

    fn owns_memory(&self) -> bool {
        self.owns_memory
    }

    fn memory(&mut self) -> &mut [u8] {
        &mut self.world.memory
    }

    fn host_mut(&mut self) -> &mut Host<S> {
        &mut self.world.host
    }

    fn host(&self) -> &Host<S> {
        &self.world.host
    }

    fn refuel(&mut self) {
        self.refuels += 1;
    }

    fn memory_limit(&mut self) -> Option<u64> {
        Some(65_536)
    }

    fn memory_end(&self) -> Option<u32> {
        self.memory_end
    }
}

impl<S> World<S> {
    /// Takes `len` bytes of the arena at 4 modulo 16, growing the memory; 0 when it cannot.
    pub fn allocate(&mut self, len: u32) -> u32 {
        let at = self.bump.next_multiple_of(16) + 4;
        let end = at as usize + len as usize;
        if end > self.limit {
            return 0;
        }
        if end > self.memory.len() {
            self.memory.resize(end.next_multiple_of(PAGE), 0);
        }
        self.bump = end as u32;
        self.peak = self.peak.max(self.bump);
        at
    }

    pub fn reset(&mut self) {
        self.bump = HEAP;
    }

    pub fn word(&self, at: u32) -> u32 {
        let at = at as usize;
        u32::from_le_bytes(self.memory[at..at + 4].try_into().unwrap())
    }

    pub fn set_word(&mut self, at: u32, value: u32) {
        self.memory[at as usize..][..4].copy_from_slice(&value.to_le_bytes());
    }

    pub fn block_word(&self, field: usize) -> u32 {
        self.word(CONTROL_BLOCK + field as u32)
    }

    pub fn set_block_word(&mut self, field: usize, value: u32) {
        self.set_word(CONTROL_BLOCK + field as u32, value);
    }

    /// Puts bytes into the arena.
    pub fn put(&mut self, bytes: &[u8]) -> Packed {
        let ptr = self.allocate(bytes.len() as u32);
        assert_ne!(ptr, 0);
        self.memory[ptr as usize..][..bytes.len()].copy_from_slice(bytes);
        Packed { ptr, len: bytes.len() as u32 }
    }

    pub fn bytes(&self, packed: Packed) -> &[u8] {
        &self.memory[packed.range_in(self.memory.len()).expect("inside the memory")]
    }

    /// Calls an import with any two numbers.
    pub fn import(&mut self, name: &str, ptr: u32, len: u32) -> Packed {
        let import = self.imports.iter().position(|import| import == name).expect("imported");
        Packed::from_u64(self.host.dispatch(&mut self.memory, import as u32, ptr, len))
    }

    /// Calls a host function as the page says: request, call, fetch what waits.
    pub fn call_host(
        &mut self,
        name: &str,
        payload: &[u8],
        format: Format,
    ) -> Result<Vec<u8>, (u16, Vec<u8>)> {
        let request = self.put(&encode(payload, Flags::EXPECTS_RESPONSE, format).unwrap());
        let mut response = self.import(name, request.ptr, request.len);
        if response.ptr == 0 {
            let ptr = self.allocate(response.len);
            response = self.import(names::FETCH, ptr, response.len);
        }
        let envelope = Envelope::decode(self.bytes(response), format.checksum).expect("a response");
        assert_eq!(envelope.header().version, format.version);
        if envelope.flags().contains(Flags::ERROR) {
            let (code, body) = ErrorCode::split(envelope.payload()).expect("an error");
            return Err((code as u16, body.to_vec()));
        }
        Ok(envelope.payload().to_vec())
    }

    /// Leaves a panic's message as the page says.
    pub fn panic(&mut self, message: &str) -> Trap {
        let message = self.put(message.as_bytes());
        self.set_block_word(control_block::FAULT_PTR, message.ptr);
        self.set_block_word(control_block::FAULT_LEN, message.len);
        Trap::Unreachable
    }
}

/// What a function of a [`literal`] guest says.
pub enum Answer {
    Reply(Vec<u8>),
    Error(ErrorCode, Vec<u8>),
    Panic(&'static str),
    Trap(Trap),
    /// What the entry point returns, as it is.
    Packed(Packed),
    /// These bytes in place of an envelope.
    Bytes(Vec<u8>),
}

/// A guest that does what `docs/ABI.md` says.
pub fn literal<S: 'static>(
    mut function: impl FnMut(&mut World<S>, &str, &[u8]) -> Answer + 'static,
) -> Run<S> {
    Box::new(move |world, name, a, b| match name {
        names::ABI => {
            publish(world);
            Ok(CONTROL_BLOCK.into())
        }
        names::ALLOCATE => {
            world.reset();
            world.allocated = true;
            Ok(world.allocate(a).into())
        }
        _ => enter(world, name, Packed { ptr: a, len: b }, &mut function),
    })
}

fn publish<S>(world: &mut World<S>) {
    world.set_block_word(control_block::REQUEST_PTR, REQUEST_BUFFER.0);
    world.set_block_word(control_block::REQUEST_LEN, REQUEST_BUFFER.1);
    world.set_block_word(control_block::RESPONSE_PTR, RESPONSE_BUFFER.0);
    world.set_block_word(control_block::RESPONSE_LEN, RESPONSE_BUFFER.1);
    let features = control_block::FEATURE_TRUSTED | control_block::FEATURE_LZ4 | control_block::FEATURE_SUM;
    world.set_block_word(control_block::GUEST_FEATURES, features);
}

fn enter<S>(
    world: &mut World<S>,
    name: &str,
    request: Packed,
    function: &mut impl FnMut(&mut World<S>, &str, &[u8]) -> Answer,
) -> Result<u64, Trap> {
    if !core::mem::take(&mut world.allocated) {
        world.reset();
    }
    let bytes = world.bytes(request).to_vec();
    let envelope = match Envelope::decode(&bytes, Checksum::None) {
        Ok(envelope) => envelope,
        Err(error) => panic!("the host sent a bad request: {error}"),
    };
    let format = Format::of(envelope.header());
    let payload = payload_of(&envelope);
    let answer = function(world, name, &payload);
    let reply = match answer {
        Answer::Panic(message) => return Err(world.panic(message)),
        Answer::Trap(trap) => return Err(trap),
        Answer::Packed(packed) => return Ok(packed.to_u64()),
        Answer::Bytes(bytes) => bytes,
        Answer::Reply(_) if !envelope.flags().contains(Flags::EXPECTS_RESPONSE) => return Ok(0),
        Answer::Reply(payload) => encode(&payload, Flags::NONE, format).unwrap(),
        Answer::Error(code, body) => error(code, &body, format),
    };
    Ok(world.put(&reply).to_u64())
}

fn payload_of(envelope: &Envelope<'_>) -> Vec<u8> {
    #[cfg(feature = "lz4")]
    if envelope.flags().contains(Flags::LZ4) {
        return aingle_wasm_codec::lz4::decompress(envelope.payload(), 1 << 30).expect("LZ4");
    }
    assert!(!envelope.flags().contains(Flags::LZ4));
    envelope.payload().to_vec()
}

/// An error envelope.
pub fn error(code: ErrorCode, body: &[u8], format: Format) -> Vec<u8> {
    encode(&[&code.to_prefix(), body].concat(), Flags::ERROR, format).unwrap()
}

/// The most that a request buffer of the literal guest takes.
pub const REQUEST_BUFFER_PAYLOAD: usize = REQUEST_BUFFER.1 as usize - Header::LEN;

/// The envelopes among the vectors that are refused in memory too, where a sum is enough.
pub fn refused_in_memory() -> impl Iterator<Item = Vec<u8>> {
    let refused = all(ENVELOPES).filter(|vector| vector.get("refused").is_some());
    refused
        .filter(|vector| vector.name != "refused_sum_where_a_crc_is_required")
        .map(|vector| vector.bytes("bytes"))
}
