//! Host functions: what the guest calls.
//!
//! A guest's call arrives as one import with the address of its request. The answer is written into
//! the room that the guest published; one that does not fit waits until the guest fetches it. A
//! failure of any kind is answered with an error envelope: a host function never traps the guest.

use crate::abi::{Lookup, check_import};
use crate::mail::{mail, word};
use crate::{Args, Config, Error, RegistrationError};
use aingle_wasm_codec::schema::{is_result, signature_hash};
use aingle_wasm_codec::value::Limits;
use aingle_wasm_codec::{Data, Envelope, Guard, Style, Usual, ValueError, encode, text, value, write_header};
use aingle_wasm_module::Described;
use aingle_wasm_types::limits::{DEFAULT_MAX_PAYLOAD, KEPT_BUFFER, MAX_LOG_LINE, MAX_MESSAGE};
use aingle_wasm_types::{ErrorCode, Flags, Header, Level, Name, Packed, Version, mailbox, names};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A failure of a host function that is no error value of its own. The guest gets code and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFault {
    code: ErrorCode,
    text: Cow<'static, str>,
}

impl HostFault {
    /// A failure with a text for the guest. What is longer than 16 KiB is cut, and says so.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { code: ErrorCode::HostFailed, text: text.into() }
    }

    /// The arguments in the guest's request could not be read, or are more than is allowed.
    fn of_arguments(error: ValueError) -> Self {
        let code = if error.is_limit() { ErrorCode::TooLarge } else { ErrorCode::BadRequest };
        Self { code, text: alloc::format!("arguments: {error}").into() }
    }

    /// The text as the guest, or a log, gets it: cut after [`MAX_MESSAGE`] bytes.
    fn text(&self) -> Cow<'_, str> {
        text::shown(self.text.as_bytes(), MAX_MESSAGE)
    }

    /// The guest's request could not be read.
    #[must_use]
    pub fn bad_request(text: impl Into<Cow<'static, str>>) -> Self {
        Self { code: ErrorCode::BadRequest, text: text.into() }
    }

    /// The function's result could not be written.
    fn bad_result(error: ValueError) -> Self {
        Self { code: ErrorCode::BadResult, text: alloc::format!("result: {error}").into() }
    }
}

type RawFn<S> = dyn Fn(&mut S, &[u8], &mut Response<'_>) -> Result<(), HostFault> + Send + Sync;
type LogFn<S> = dyn Fn(&mut S, Level, &str) + Send + Sync;

/// The functions that a host offers to its guests, by name.
pub struct HostFunctions<S> {
    functions: Vec<HostFunction<S>>,
    /// The places of all functions, in the order of their names.
    by_name: Vec<u32>,
    log: Option<Box<LogFn<S>>>,
}

struct HostFunction<S> {
    name: String,
    /// The hash of the types of a typed function.
    hash: Option<u64>,
    run: Box<RawFn<S>>,
}

impl<S> Default for HostFunctions<S> {
    fn default() -> Self {
        Self { functions: Vec::new(), by_name: Vec::new(), log: None }
    }
}

impl<S> HostFunctions<S> {
    /// No functions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers a typed function: a closure of the state and the arguments. An `Err` that it returns
    /// reaches the guest as a value. A guest that imports it must say in its description that it calls it with
    /// these types: else it does not start.
    ///
    /// # Errors
    /// [`Error::Registration`] when the name is taken, reserved or longer than 31 bytes.
    pub fn register<A, R, F>(&mut self, name: &str, function: F) -> Result<(), Error>
    where
        F: HostFn<S, A, R>,
        A: Args + DeserializeOwned,
        R: Data,
    {
        let run = move |state: &mut S, request: &[u8], response: &mut Response<'_>| {
            let args = value::decode_within(request, response.limits).map_err(HostFault::of_arguments)?;
            response.typed(&function.call(state, args))
        };
        self.add(name, Some(signature_hash(A::TYPES, R::TYPE)), Box::new(run))
    }

    /// Offers a function on bytes, which writes its answer into the [`Response`]. It may serve a typed
    /// import too, whose bytes are postcard. It is the only kind for guests that describe nothing, such as older
    /// ones.
    ///
    /// # Errors
    /// As [`HostFunctions::register`].
    pub fn register_raw<F>(&mut self, name: &str, function: F) -> Result<(), Error>
    where
        F: Fn(&mut S, &[u8], &mut Response<'_>) -> Result<(), HostFault> + Send + Sync + 'static,
    {
        self.add(name, None, Box::new(function))
    }

    /// Takes the guest's log lines. What is longer than 64 KiB is cut, and says so.
    pub fn on_log(&mut self, log: impl Fn(&mut S, Level, &str) + Send + Sync + 'static) {
        self.log = Some(Box::new(log));
    }

    fn add(&mut self, name: &str, hash: Option<u64>, run: Box<RawFn<S>>) -> Result<(), Error> {
        let place = self.find(name);
        let taken = place.is_ok().then_some(RegistrationError::Taken);
        if let Some(reason) = taken.or_else(|| RegistrationError::of_name(name)) {
            return Err(Error::Registration { name: Name::new(name), reason });
        }
        let (Ok(place) | Err(place)) = place;
        self.by_name.insert(place, self.functions.len() as u32);
        self.functions.push(HostFunction { name: name.into(), hash, run });
        Ok(())
    }

    /// Where a function stands in [`Self::by_name`], or where it would.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.by_name.binary_search_by(|&at| self.functions[at as usize].name.as_str().cmp(name))
    }

    /// What every host function import of the module means, in their order.
    pub(crate) fn link(&self, module: &Lookup<'_>) -> Result<Vec<Target>, Error> {
        let mut targets = Vec::new();
        module.each_import(|name, described| {
            targets.push(self.target(name, described)?);
            Ok(())
        })?;
        Ok(targets)
    }

    fn target(&self, name: &str, described: Described) -> Result<Target, Error> {
        match name {
            names::FETCH => return Ok(Target::Fetch),
            names::LOG => return Ok(Target::Log),
            _ => {}
        }
        let place = self.find(name).map_err(|_| Error::MissingImport(Name::new(name)))?;
        let at = self.by_name[place] as usize;
        check_import(described, name, self.functions[at].hash)?;
        Ok(Target::Function(at))
    }
}

/// A closure that can be a host function: of the state and up to twelve arguments.
pub trait HostFn<S, A, R>: Send + Sync + 'static {
    /// Runs it.
    fn call(&self, state: &mut S, args: A) -> R;
}

macro_rules! host_fn {
    ($(($($T:ident $arg:ident),*))*) => {$(
        impl<S, R, F, $($T),*> HostFn<S, ($($T,)*), R> for F
        where
            F: Fn(&mut S, $($T),*) -> R + Send + Sync + 'static,
        {
            fn call(&self, state: &mut S, ($($arg,)*): ($($T,)*)) -> R {
                self(state, $($arg),*)
            }
        }
    )*};
}

host_fn! {
    () (A a) (A a, B b) (A a, B b, C c) (A a, B b, C c, D d) (A a, B b, C c, D d, E e)
    (A a, B b, C c, D d, E e, F1 f) (A a, B b, C c, D d, E e, F1 f, G g)
    (A a, B b, C c, D d, E e, F1 f, G g, H h) (A a, B b, C c, D d, E e, F1 f, G g, H h, I i)
    (A a, B b, C c, D d, E e, F1 f, G g, H h, I i, J j)
    (A a, B b, C c, D d, E e, F1 f, G g, H h, I i, J j, K k)
    (A a, B b, C c, D d, E e, F1 f, G g, H h, I i, J j, K k, L l)
}

/// What an import means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Fetch,
    Log,
    Function(usize),
}

/// Where a host function writes its answer: the guest's room as far as it reaches, a buffer of the
/// host's beyond.
pub struct Response<'a> {
    /// The guest's room behind the header.
    room: &'a mut [u8],
    len: usize,
    /// Everything, once the room was too small.
    spilled: &'a mut Vec<u8>,
    flags: Flags,
    /// The version of the request, and so of the answer.
    version: Version,
    /// What typed arguments may become.
    limits: Limits,
}

impl Response<'_> {
    /// Appends bytes to the answer.
    pub fn write(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if self.spilled.is_empty() {
            if let Some(free) = self.room.get_mut(self.len..end) {
                free.copy_from_slice(bytes);
                self.len = end;
                return;
            }
            self.spilled.extend_from_slice(&self.room[..self.len]);
        }
        self.spilled.extend_from_slice(bytes);
        self.len = end;
    }

    /// Answers with an error of the function's own, as bytes.
    pub fn write_error(&mut self, bytes: &[u8]) {
        self.error(ErrorCode::Application, bytes);
    }

    fn error(&mut self, code: ErrorCode, body: &[u8]) {
        self.clear();
        self.flags = Flags::ERROR;
        self.write(&code.to_prefix()[..prefix_len(self.version)]);
        self.write(body);
    }

    fn clear(&mut self) {
        self.len = 0;
        empty(self.spilled);
    }

    /// Writes a typed result; an `Err` as an error envelope.
    fn typed<R: Data>(&mut self, result: &R) -> Result<(), HostFault> {
        match value::encode_into(result, self.room) {
            Ok(len) => self.len = len,
            Err(ValueError::BufferTooSmall) => self.spill(result)?,
            Err(error) => return Err(HostFault::bad_result(error)),
        }
        if const { is_result::<R>() } && self.bytes().first() == Some(&1) {
            let body = self.bytes().to_vec();
            self.error(ErrorCode::ApplicationTyped, &body);
        }
        Ok(())
    }

    fn spill<R: Serialize>(&mut self, result: &R) -> Result<(), HostFault> {
        self.len = value::encoded_len(result).map_err(HostFault::bad_result)?;
        self.spilled.resize(self.len, 0);
        value::encode_into(result, self.spilled).map(|_| ()).map_err(HostFault::bad_result)
    }

    fn bytes(&self) -> &[u8] {
        if self.spilled.is_empty() { &self.room[..self.len] } else { self.spilled }
    }
}

/// The host side of one guest: functions, their state, and the response under way.
pub struct Host<S> {
    /// The state that the functions work on.
    pub state: S,
    functions: Functions<S>,
    /// What each import means; empty until the guest starts.
    links: Vec<Target>,
    /// Where the mailbox lies and how responses are written, once known.
    mailbox: Option<(usize, Guard)>,
    /// A whole envelope that the guest has not fetched yet.
    pending: Vec<u8>,
    max_payload: u32,
    /// What typed arguments may become.
    limits: Limits,
    /// How a fault is written while no request says in which version to answer: 1 for an older guest.
    version: Version,
    /// What is left of the room for responses that an older guest gave for the call under way.
    older_room: Range<usize>,
}

/// A request that is refused, and how that is answered.
struct Refusal {
    style: Style,
    /// Whether the guest waits for an answer.
    expected: bool,
    fault: HostFault,
}

/// The alignment of responses in an older guest's room, in bytes.
const OLDER_ALIGN: usize = 16;

enum Functions<S> {
    Owned(HostFunctions<S>),
    Shared(Box<dyn AsRef<HostFunctions<S>> + Send + Sync>),
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
        let (max_payload, limits, version) = (DEFAULT_MAX_PAYLOAD, Limits::default(), Version::V2);
        Self {
            state,
            functions,
            links,
            mailbox: None,
            pending,
            max_payload,
            limits,
            version,
            older_room: 0..0,
        }
    }

    /// The functions, to register more; nothing when they are shared.
    pub fn functions_mut(&mut self) -> Option<&mut HostFunctions<S>> {
        match &mut self.functions {
            Functions::Owned(functions) => Some(functions),
            Functions::Shared(_) => None,
        }
    }

    /// Forgets the response under way, and takes another state.
    pub(crate) fn rewind(&mut self, state: S) {
        self.state = state;
        self.forget();
    }

    /// Forgets the response under way, and gives back the memory for it.
    pub(crate) fn forget(&mut self) {
        self.pending = Vec::new();
        self.older_room = 0..0;
    }

    pub(crate) fn link(&self, module: &Lookup<'_>) -> Result<Vec<Target>, Error> {
        self.functions.get().link(module)
    }

    pub(crate) fn set_links(&mut self, links: Vec<Target>, config: &Config, version: Version) {
        self.links = links;
        self.max_payload = config.max_payload;
        self.limits = config.values();
        self.version = version;
    }

    pub(crate) fn set_mailbox(&mut self, at: usize, guard: Guard) {
        self.mailbox = Some((at, guard));
    }

    /// Sets the room for the responses of an older guest's next host calls.
    pub(crate) fn set_older_room(&mut self, room: Range<usize>) {
        self.older_room = room;
    }

    /// Returns the length of the response that waits to be fetched, in bytes; 0 if there is none.
    #[must_use]
    pub fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// Copies the response that waits into the guest's memory. What the import `__aingle_fetch` does.
    ///
    /// Returns 0, and keeps the response, when there is none, when `len` is not its length, or when the
    /// range lies outside memory.
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
    /// Returns what the import returns: where the response lies, or `(0, length)` for one that waits
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
                return self.fail(memory, self.style(), fault);
            }
        };
        let (style, flags) = match self.read(&memory[found.clone()]) {
            Ok(read) => read,
            Err(Refusal { style, expected: true, fault }) => return self.fail(memory, style, fault),
            // A notification has nobody who waits for an answer.
            Err(_) => return 0,
        };
        let request = found.start + Header::LEN..found.end;
        match target {
            Some(Target::Log) => {
                self.log(&memory[request]);
                0
            }
            Some(Target::Function(at)) => self.run(memory, at, request, style, flags),
            _ => {
                let fault = HostFault { code: ErrorCode::UnknownFunction, text: "not linked".into() };
                if flags.contains(Flags::EXPECTS_RESPONSE) { self.fail(memory, style, fault) } else { 0 }
            }
        }
    }

    /// Returns how a request is written, and its flags.
    fn read(&self, request: &[u8]) -> Result<(Style, Flags), Refusal> {
        let accept = self.mailbox.map_or(Guard::Crc32, |(_, guard)| guard);
        match Usual::check(request) {
            Some(usual) if usual.guard >= accept && usual.payload.len() <= self.max_payload as usize => {
                let flags = if usual.expects_response { Flags::EXPECTS_RESPONSE } else { Flags::NONE };
                Ok((usual.style(), flags))
            }
            _ => self.read_any(request, accept),
        }
    }

    #[inline(never)]
    fn read_any(&self, request: &[u8], accept: Guard) -> Result<(Style, Flags), Refusal> {
        let envelope = Envelope::decode(request, accept).map_err(|error| {
            let fault = HostFault::bad_request(alloc::format!("request: {error}"));
            Refusal { style: self.style(), expected: true, fault }
        })?;
        let (style, flags) = (Style::of(envelope.header()), envelope.flags());
        match self.check(&envelope) {
            Ok(()) => Ok((style, flags)),
            Err(fault) => Err(Refusal { style, expected: flags.contains(Flags::EXPECTS_RESPONSE), fault }),
        }
    }

    /// Whether a request of these flags and this size is answered at all.
    fn check(&self, request: &Envelope<'_>) -> Result<(), HostFault> {
        request.refuse(Flags::LZ4.with(Flags::ENCRYPTED).with(Flags::ERROR)).map_err(|error| HostFault {
            code: ErrorCode::Unsupported,
            text: alloc::format!("{error}").into(),
        })?;
        let (found, limit) = (request.payload().len(), self.max_payload as usize);
        if found > limit {
            let text = alloc::format!("request too large: limit {limit} bytes, found {found}");
            return Err(HostFault { code: ErrorCode::TooLarge, text: text.into() });
        }
        Ok(())
    }

    /// The style of an answer to a request that could not be read.
    fn style(&self) -> Style {
        Style { version: self.version, guard: Guard::Crc32 }
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
        style: Style,
        flags: Flags,
    ) -> u64 {
        if !self.pending.is_empty() {
            // The guest did not fetch it.
            empty(&mut self.pending);
        }
        let room = self.room(memory);
        let payload_room = room.start.saturating_add(Header::LEN).min(room.end)..room.end;
        // A guest whose room lies over its own request gets a copy of the request read.
        let copy;
        let (request, free) = match memory.get_disjoint_mut([request.clone(), payload_room.clone()]) {
            Ok([request, free]) => (&*request, free),
            Err(_) => {
                copy = memory[request].to_vec();
                (copy.as_slice(), &mut memory[payload_room])
            }
        };
        let (spilled, version, limits) = (&mut self.pending, style.version, self.limits);
        let mut response = Response { room: free, len: 0, spilled, flags: Flags::NONE, version, limits };
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
        let (len, limit) = (response.len, self.max_payload as usize);
        if len > limit {
            let text = alloc::format!("response too large: limit {limit} bytes, found {len}");
            response.error(ErrorCode::TooLarge, text.as_bytes());
        }
        let (len, answer_flags) = (response.len, response.flags);
        let envelope = room.start..room.start + Header::LEN + len;
        if !self.pending.is_empty() || envelope.end > room.end {
            return self.wait(memory, answer_flags, style);
        }
        self.take_older_room(envelope.end);
        match write_header(&mut memory[envelope.clone()], answer_flags, style) {
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

    /// Keeps the answer that spilled as a whole envelope until it is fetched. An older guest cannot fetch.
    fn wait(&mut self, memory: &mut [u8], flags: Flags, style: Style) -> u64 {
        let Ok(envelope) = encode(&self.pending, flags, style) else { return 0 };
        if self.version == Version::V1 {
            self.pending = Vec::new();
            return self.place(memory, &envelope);
        }
        self.pending = envelope;
        Packed { ptr: 0, len: self.pending.len() as u32 }.to_u64()
    }

    /// Copies an answer into what is left of an older guest's room. One that does not fit is dropped, and the
    /// host's log says so: the guest's code never runs during a host call, so there is no other place.
    fn place(&mut self, memory: &mut [u8], envelope: &[u8]) -> u64 {
        let room = self.room(memory);
        let (len, left) = (envelope.len(), room.len());
        if len > left {
            if let Some(log) = &self.functions.get().log {
                let line =
                    alloc::format!("response dropped: {len} bytes, the older guest has room for {left}");
                log(&mut self.state, Level::Error, &line);
            }
            return 0;
        }
        let range = room.start..room.start + len;
        memory[range.clone()].copy_from_slice(envelope);
        self.take_older_room(range.end);
        Packed { ptr: range.start as u32, len: len as u32 }.to_u64()
    }

    /// Takes what was written off an older guest's room: it may read an earlier response when it has the next.
    fn take_older_room(&mut self, end: usize) {
        if self.version == Version::V1 {
            let next = end.saturating_add(OLDER_ALIGN - 1) & !(OLDER_ALIGN - 1);
            self.older_room.start = next.min(self.older_room.end);
        }
    }

    /// Answers with a fault that no function was reached with.
    fn fail(&mut self, memory: &mut [u8], style: Style, fault: HostFault) -> u64 {
        self.pending.clear();
        self.pending.extend_from_slice(&fault.code.to_prefix()[..prefix_len(style.version)]);
        self.pending.extend_from_slice(fault.text().as_bytes());
        self.wait(memory, Flags::ERROR, style)
    }

    /// The room that the guest published, if it is in memory and holds more than a header. A room at address 0
    /// is not used: what an import returns for a response there would mean one that waits.
    fn room(&self, memory: &[u8]) -> Range<usize> {
        let room = match self.mailbox {
            Some((at, _)) => mail(memory, at).and_then(|mail| {
                let room = Packed { ptr: word(mail, mailbox::ROOM_PTR), len: word(mail, mailbox::ROOM_LEN) };
                room.range_in(memory.len())
            }),
            None => Some(self.older_room.clone()).filter(|room| room.end <= memory.len()),
        };
        room.filter(|room| room.start != 0 && room.len() >= Header::LEN).unwrap_or(0..0)
    }
}

/// Empties a buffer, and gives it back if it is large.
fn empty(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT_BUFFER {
        *buffer = Vec::new();
    }
    buffer.clear();
}

/// How much of [`ErrorCode::to_prefix`] stands before an error's body: all of it, or nothing in version
/// 1, whose errors have no code.
fn prefix_len(version: Version) -> usize {
    match version {
        Version::V1 => 0,
        Version::V2 => ErrorCode::PREFIX_LEN,
    }
}
