//! Host functions: what the guest calls.
//!
//! A guest's call arrives as one import with the address of its request. The answer is written into
//! the response buffer that the guest published; one that does not fit waits until the guest fetches it. A
//! failure of any kind is answered with an error envelope: a host function never traps the guest.

mod arguments;
mod fault;
mod functions;
mod response;

pub use fault::HostFault;
pub use functions::{HostFn, HostFunctions};
pub use response::Response;

use crate::abi::Lookup;
use crate::config::Config;
use crate::control_block::{block_at, word};
use crate::error::Error;
use aingle_wasm_codec::{Checksum, DecodeError, Envelope, FastPath, Format, text, write_header};
use aingle_wasm_types::limits::{DEFAULT_MAX_PAYLOAD, MAX_LOG_LINE};
use aingle_wasm_types::{ErrorCode, Flags, Header, Level, Packed, Version, control_block};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use arguments::Arguments;
use core::ops::Range;
use functions::Target;
use response::{empty, prefix_len};

/// The host side of one guest: functions, their state, and the response under way.
pub struct Host<S> {
    /// The state that the functions work on.
    pub state: S,
    functions: Functions<S>,
    /// What each import means; empty until the guest starts.
    links: Vec<Target>,
    /// Where the control block is and how responses are written, once known.
    control_block: Option<(usize, Checksum)>,
    /// A whole envelope that the guest has not fetched yet.
    pending: Vec<u8>,
    max_payload: u32,
    /// What typed arguments may become, and what they have cost.
    arguments: Arguments,
    /// How a fault is written while no request says in which version to answer: 1 for an older guest.
    version: Version,
    /// What is left of the response buffer that an older guest gave for the call under way.
    older_response_buffer: Range<usize>,
}

/// A request that is refused, and how that is answered.
struct Refusal {
    format: Format,
    /// Whether the guest waits for an answer.
    expected: bool,
    fault: HostFault,
}

/// The alignment of responses in an older guest's response buffer, in bytes.
const OLDER_ALIGN: usize = 16;

enum Functions<S> {
    Owned(HostFunctions<S>),
    Shared(Box<dyn AsRef<HostFunctions<S>> + Send + Sync>),
}

/// What a guest is told of an envelope that is refused. Devices have no flash for all that can be wrong with one: 1.4 KB.
fn refused(what: &str, error: DecodeError) -> Cow<'static, str> {
    if cfg!(target_os = "none") {
        "the envelope is refused".into()
    } else {
        alloc::format!("{what}{error}").into()
    }
}

impl<S> Functions<S> {
    fn get(&self) -> &HostFunctions<S> {
        match self {
            Self::Owned(functions) => functions,
            Self::Shared(functions) => (**functions).as_ref(),
        }
    }
}

impl<S> Host<S> {
    /// A host with functions of its own.
    pub fn new(state: S, functions: HostFunctions<S>) -> Self {
        Self::with(state, Functions::Owned(functions))
    }

    /// A host that shares its functions with others, through an `Arc` for example.
    pub fn shared(state: S, functions: impl AsRef<HostFunctions<S>> + Send + Sync + 'static) -> Self {
        Self::with(state, Functions::Shared(Box::new(functions)))
    }

    fn with(state: S, functions: Functions<S>) -> Self {
        let (links, pending) = (Vec::new(), Vec::new());
        let (max_payload, version) = (DEFAULT_MAX_PAYLOAD, Version::V2);
        Self {
            state,
            functions,
            links,
            control_block: None,
            pending,
            max_payload,
            arguments: Arguments::default(),
            version,
            older_response_buffer: 0..0,
        }
    }

    /// Returns the functions, to register more, or `None` if they are shared.
    pub fn functions_mut(&mut self) -> Option<&mut HostFunctions<S>> {
        match &mut self.functions {
            Functions::Owned(functions) => Some(functions),
            Functions::Shared(_) => None,
        }
    }

    /// Whether a function of this name is registered.
    pub fn has(&self, name: &str) -> bool {
        self.functions.get().has(name)
    }

    /// Forgets the response under way, and takes another state.
    pub(crate) fn reset(&mut self, state: S) {
        self.state = state;
        self.forget();
    }

    /// Drops the response that waits, and frees its memory.
    pub(crate) fn forget(&mut self) {
        self.pending = Vec::new();
        self.older_response_buffer = 0..0;
    }

    pub(crate) fn link(&self, module: &Lookup<'_>) -> Result<Vec<Target>, Error> {
        self.functions.get().link(module)
    }

    pub(crate) fn set_links(&mut self, links: Vec<Target>, config: &Config, version: Version) {
        self.links = links;
        self.max_payload = config.max_payload;
        self.arguments.limits = config.values();
        self.version = version;
    }

    /// Sets how much fuel the guest's calls have: reading their arguments ends there.
    pub(crate) fn set_fuel(&mut self, fuel: u64) {
        self.arguments.most = fuel;
    }

    /// What reading arguments has cost since the last time, in units of fuel.
    #[inline]
    pub(crate) fn take_owed(&mut self) -> u64 {
        self.arguments.take_owed()
    }

    pub(crate) fn set_control_block(&mut self, at: usize, checksum: Checksum) {
        self.control_block = Some((at, checksum));
    }

    /// Sets the buffer for the responses of an older guest's next host calls.
    pub(crate) fn set_older_response_buffer(&mut self, buffer: Range<usize>) {
        self.older_response_buffer = buffer;
    }

    /// Returns the length of the response that waits to be fetched, in bytes; 0 if there is none.
    #[must_use]
    pub fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// Copies the response that waits into the guest's memory. What the import `__aingle_fetch` does.
    ///
    /// Returns 0, and keeps the response, when there is none, when `len` is not its length, or when the
    /// range is outside memory.
    pub fn fetch(&mut self, memory: &mut [u8], ptr: u32, len: u32) -> u64 {
        let packed = Packed { ptr, len };
        match packed.range_in(memory.len()) {
            Some(range) if range.len() == self.pending.len() && !range.is_empty() => {
                memory[range].copy_from_slice(&self.pending);
                empty(&mut self.pending);
                packed.to_u64()
            }
            _ => 0,
        }
    }

    /// Answers the guest's call of its import number `import`, counted over all imports.
    ///
    /// Returns what the import returns: where the response is, or `(0, length)` for one that waits
    /// to be fetched, or 0 for none. No code of the guest runs meanwhile, whatever its ABI version.
    pub fn dispatch(&mut self, memory: &mut [u8], import: u32, ptr: u32, len: u32) -> u64 {
        let target = self.links.get(import as usize).copied();
        if target == Some(Target::Fetch) {
            return self.fetch(memory, ptr, len);
        }
        let found = match (Packed { ptr, len }).range_in(memory.len()) {
            Some(range) => range,
            None => {
                let fault = HostFault::bad_request("request out of bounds");
                return self.fail(memory, self.format(), fault);
            }
        };
        let (format, flags) = match self.read(&memory[found.clone()]) {
            Ok(read) => read,
            Err(Refusal { format, expected: true, fault }) => return self.fail(memory, format, fault),
            // A notification has nobody who waits for an answer.
            Err(_) => return 0,
        };
        let request = found.start + Header::LEN..found.end;
        match target {
            Some(Target::Log) => {
                self.log(&memory[request]);
                0
            }
            Some(Target::Function(at)) => self.run(memory, at, request, format, flags),
            _ => {
                let fault = HostFault { code: ErrorCode::UnknownFunction, text: "not linked".into() };
                if flags.contains(Flags::EXPECTS_RESPONSE) { self.fail(memory, format, fault) } else { 0 }
            }
        }
    }

    /// Returns how a request is written, and its flags.
    fn read(&self, request: &[u8]) -> Result<(Format, Flags), Refusal> {
        let accept = self.control_block.map_or(Checksum::Crc32, |(_, checksum)| checksum);
        match FastPath::check(request) {
            Some(fast_path)
                if fast_path.checksum >= accept && fast_path.payload.len() <= self.max_payload as usize =>
            {
                let flags = if fast_path.expects_response { Flags::EXPECTS_RESPONSE } else { Flags::NONE };
                Ok((fast_path.format(), flags))
            }
            _ => self.read_any(request, accept),
        }
    }

    #[inline(never)]
    fn read_any(&self, request: &[u8], accept: Checksum) -> Result<(Format, Flags), Refusal> {
        let envelope = Envelope::decode(request, accept).map_err(|error| {
            let fault = HostFault::bad_request(refused("request: ", error));
            Refusal { format: self.format(), expected: true, fault }
        })?;
        let (format, flags) = (Format::of(envelope.header()), envelope.flags());
        match self.check(&envelope) {
            Ok(()) => Ok((format, flags)),
            Err(fault) => Err(Refusal { format, expected: flags.contains(Flags::EXPECTS_RESPONSE), fault }),
        }
    }

    /// Whether a request of these flags and this size is answered at all.
    fn check(&self, request: &Envelope<'_>) -> Result<(), HostFault> {
        request
            .refuse(Flags::LZ4.with(Flags::ENCRYPTED).with(Flags::ERROR))
            .map_err(|error| HostFault { code: ErrorCode::Unsupported, text: refused("", error) })?;
        let (found, limit) = (request.payload().len(), self.max_payload as usize);
        if found > limit {
            let text = alloc::format!("request too large: limit {limit} bytes, found {found}");
            return Err(HostFault { code: ErrorCode::TooLarge, text: text.into() });
        }
        Ok(())
    }

    /// The format of an answer to a request that could not be read.
    fn format(&self) -> Format {
        Format { version: self.version, checksum: Checksum::Crc32 }
    }

    fn log(&mut self, line: &[u8]) {
        let Some((&level, text)) = line.split_first() else { return };
        if let (Some(log), Some(level)) = (&self.functions.get().log, Level::from_byte(level)) {
            log(&mut self.state, level, &text::shown(text, MAX_LOG_LINE));
        }
    }

    fn run(
        &mut self,
        memory: &mut [u8],
        at: usize,
        request: Range<usize>,
        format: Format,
        flags: Flags,
    ) -> u64 {
        if !self.pending.is_empty() {
            // The guest did not fetch it.
            empty(&mut self.pending);
        }
        let buffer = self.response_buffer(memory);
        let payload_range = buffer.start.saturating_add(Header::LEN).min(buffer.end)..buffer.end;
        // If a guest's response buffer overlaps its request, a copy of the request is read.
        let copy;
        let (request, free) = match memory.get_disjoint_mut([request.clone(), payload_range.clone()]) {
            Ok([request, free]) => (&*request, free),
            Err(_) => {
                copy = memory[request].to_vec();
                (copy.as_slice(), &mut memory[payload_range])
            }
        };
        let (spilled, version, arguments) = (&mut self.pending, format.version, &mut self.arguments);
        let limit = self.max_payload as usize;
        let mut response =
            Response { buffer: free, len: 0, spilled, flags: Flags::NONE, version, limit, arguments };
        let function = &self.functions.get().functions[at];
        let answered = (function.run)(&mut self.state, request, &mut response);
        if !flags.contains(Flags::EXPECTS_RESPONSE) {
            empty(&mut self.pending);
            self.complain(at, answered);
            return 0;
        }
        if let Err(fault) = answered {
            response.error(fault.code, fault.text().as_bytes());
        }
        let len = response.len;
        if len > limit {
            let text = alloc::format!("response too large: limit {limit} bytes, found {len}");
            response.error(ErrorCode::TooLarge, text.as_bytes());
        }
        let (len, answer_flags) = (response.len, response.flags);
        let envelope = buffer.start..buffer.start + Header::LEN + len;
        if !self.pending.is_empty() || envelope.end > buffer.end {
            return self.wait(memory, answer_flags, format);
        }
        self.take_older_response_buffer(envelope.end);
        match write_header(&mut memory[envelope.clone()], answer_flags, format) {
            Ok(()) => Packed { ptr: envelope.start as u32, len: envelope.len() as u32 }.to_u64(),
            Err(_) => 0,
        }
    }

    /// A notification that failed has nobody else to tell: it becomes a line of the guest's log.
    fn complain(&mut self, at: usize, answered: Result<(), HostFault>) {
        let functions = self.functions.get();
        if let (Err(fault), Some(log)) = (answered, &functions.log) {
            // Not by `format!`: texts in it bring the code that pads them, 600 bytes of a device's flash.
            let line =
                ["host function `", &functions.functions[at].name, "` failed: ", &fault.text()].concat();
            log(&mut self.state, Level::Error, &line);
        }
    }

    /// Keeps the answer that spilled, behind room for its header, as a whole envelope until it is fetched. An older guest cannot fetch.
    fn wait(&mut self, memory: &mut [u8], flags: Flags, format: Format) -> u64 {
        if self.pending.is_empty() {
            // An answer without bytes, which nothing has room for.
            self.pending.resize(Header::LEN, 0);
        }
        if write_header(&mut self.pending, flags, format).is_err() {
            self.pending = Vec::new();
            return 0;
        }
        if self.version == Version::V1 {
            let envelope = core::mem::take(&mut self.pending);
            return self.place(memory, &envelope);
        }
        Packed { ptr: 0, len: self.pending.len() as u32 }.to_u64()
    }

    /// Copies an answer into what is left of an older guest's response buffer. One that does not fit is dropped, and the
    /// host's log says so: the guest's code never runs during a host call, so there is no other place.
    fn place(&mut self, memory: &mut [u8], envelope: &[u8]) -> u64 {
        let buffer = self.response_buffer(memory);
        let (len, left) = (envelope.len(), buffer.len());
        if len > left {
            if let Some(log) = &self.functions.get().log {
                let line =
                    alloc::format!("response dropped: {len} bytes, the older guest has room for {left}");
                log(&mut self.state, Level::Error, &line);
            }
            return 0;
        }
        let range = buffer.start..buffer.start + len;
        memory[range.clone()].copy_from_slice(envelope);
        self.take_older_response_buffer(range.end);
        Packed { ptr: range.start as u32, len: len as u32 }.to_u64()
    }

    /// Takes what was written off an older guest's response buffer: it may read an earlier response when it has the next.
    fn take_older_response_buffer(&mut self, end: usize) {
        if self.version == Version::V1 {
            let next = end.saturating_add(OLDER_ALIGN - 1) & !(OLDER_ALIGN - 1);
            self.older_response_buffer.start = next.min(self.older_response_buffer.end);
        }
    }

    /// Answers with a fault that no function was reached with.
    fn fail(&mut self, memory: &mut [u8], format: Format, fault: HostFault) -> u64 {
        self.pending.clear();
        self.pending.resize(Header::LEN, 0);
        self.pending.extend_from_slice(&fault.code.to_prefix()[..prefix_len(format.version)]);
        self.pending.extend_from_slice(fault.text().as_bytes());
        self.wait(memory, Flags::ERROR, format)
    }

    /// The response buffer that the guest published, if it is in memory and holds more than a header. A buffer at address 0
    /// is not used: what an import returns for a response there would mean one that waits.
    fn response_buffer(&self, memory: &[u8]) -> Range<usize> {
        let buffer = match self.control_block {
            Some((at, _)) => block_at(memory, at).and_then(|block| {
                let buffer = Packed {
                    ptr: word(block, control_block::RESPONSE_PTR),
                    len: word(block, control_block::RESPONSE_LEN),
                };
                buffer.range_in(memory.len())
            }),
            None => Some(self.older_response_buffer.clone()).filter(|buffer| buffer.end <= memory.len()),
        };
        buffer.filter(|buffer| buffer.start != 0 && buffer.len() >= Header::LEN).unwrap_or(0..0)
    }
}
