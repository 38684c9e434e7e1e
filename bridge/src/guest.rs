//! One guest, called through its engine.

use crate::config::Config;
use crate::func::{Args, Func};
use crate::limits::{self, Limits};
use crate::{Engine, Error, Module, Signature, Trap};
use aingle_wasm_codec::{DecodeError, Envelope, Guard, Style, ValueError, schema, value, write_header};
use aingle_wasm_types::{ABI_VERSION, ErrorCode, Flags, Header, Name, Packed, Version, mailbox, names};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use serde::de::DeserializeOwned;

/// A guest: an engine's instance and the protocol's state.
///
/// The instance starts at the first call; until then host functions can be registered.
pub struct Guest<E: Engine> {
    engine: E,
    config: Config,
    state: State,
    /// Of a module that carries them.
    limits: Option<Limits>,
    /// Which module a handle belongs to.
    fingerprint: u64,
    link: Link<E::Function>,
    /// Entry points, each found once.
    entries: Vec<Entry<E::Function>>,
    /// Where the last error's body lies.
    error_body: Range<usize>,
    /// Where the last reply lies.
    reply: Reply,
    /// The last payload that was compressed or decompressed.
    scratch: Vec<u8>,
}

/// An entry point that was found.
struct Entry<F> {
    name: String,
    /// Its index in the module, by which handles know it.
    index: u32,
    function: F,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Loaded,
    Ready,
    Poisoned,
}

/// How room for a request is found.
enum Link<F> {
    /// Not asked yet.
    Unknown,
    /// ABI version 2: the mailbox's range, its allocator, and how requests are written.
    Mailbox {
        at: Range<usize>,
        allocate: F,
        style: Style,
        #[cfg_attr(not(feature = "lz4"), expect(dead_code))]
        lz4: bool,
    },
    /// The older exports.
    ///
    /// `used` is where the last reply lies, once anything was allocated since the last clean-up.
    Older { allocate: F, free: Option<Free<F>>, used: Option<Packed> },
}

enum Free<F> {
    ResetArena(F),
    Deallocate(F),
}

/// A reply, as it lies in the guest's memory or in the scratch buffer.
enum Reply {
    InGuest(Range<usize>),
    #[cfg_attr(not(feature = "lz4"), expect(dead_code))]
    InScratch,
}

impl<E: Engine> Guest<E> {
    /// Takes an engine that has loaded its module.
    ///
    /// # Errors
    /// [`Error::Module`], [`Error::AbiVersion`], [`Error::MissingExport`] or
    /// [`Error::ExportSignature`] when the module is no guest at all, or [`Error::ImportSignature`].
    pub fn new(engine: E, config: Config) -> Result<Self, Error> {
        let module = Module::parse(engine.wasm())?;
        check_exports(module)?;
        for import in module.imports() {
            if !import.is_host_function()
                || import.ty.and_then(|ty| module.type_is(ty, Signature::Entry)) != Some(true)
            {
                return Err(Error::ImportSignature(Name::new(import.name)));
            }
        }
        let fingerprint = engine.fingerprint();
        Ok(Self {
            limits: Limits::of(&engine),
            engine,
            config,
            state: State::Loaded,
            fingerprint,
            link: Link::Unknown,
            entries: Vec::new(),
            error_body: 0..0,
            reply: Reply::InGuest(0..0),
            scratch: Vec::new(),
        })
    }

    /// The engine.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// The engine, to be changed. Calls that go around the guest are not seen by it.
    pub fn engine_mut(&mut self) -> &mut E {
        &mut self.engine
    }

    /// The engine, without the guest.
    pub fn into_engine(self) -> E {
        self.engine
    }

    /// The state that host functions work on.
    pub fn state(&self) -> &E::State {
        &self.engine.host_ref().state
    }

    /// The state that host functions work on, to be changed.
    pub fn state_mut(&mut self) -> &mut E::State {
        &mut self.engine.host().state
    }

    /// Forgets all calls, and gives host functions another state: for an instance that its engine has put back
    /// as it was when it had started. Says whether that can be; a guest that has not started, or that is
    /// poisoned, stays as it is.
    pub fn rewind(&mut self, state: E::State) -> bool {
        if self.state != State::Ready {
            return false;
        }
        self.error_body = 0..0;
        self.reply = Reply::InGuest(0..0);
        self.scratch.clear();
        if let Link::Older { used, .. } = &mut self.link {
            *used = None;
        }
        self.engine.host().rewind(state);
        true
    }

    /// Whether an earlier call left the guest in the middle of something.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.state == State::Poisoned
    }

    /// Whether the guest has started, after which no host function can be registered.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.state != State::Loaded
    }

    /// The body of the last error: a guest's error, or the message of its panic. Empty after a call
    /// that succeeded.
    pub fn error_body(&mut self) -> &[u8] {
        let range = self.error_body.clone();
        self.engine.memory().get(range).unwrap_or_default()
    }

    /// The reply that the last call lent out, once more. Empty when that call failed, and while a
    /// notification was the last.
    pub fn reply(&mut self) -> &[u8] {
        match &self.reply {
            Reply::InGuest(range) => self.engine.memory().get(range.clone()).unwrap_or_default(),
            Reply::InScratch => &self.scratch,
        }
    }

    /// The fuel that the last call used: of a module that carries limits, by its prices; else by the
    /// engine's own count, where it has one.
    pub fn fuel_used(&mut self) -> Option<u64> {
        match &self.limits {
            Some(limits) => Some(limits.used()),
            None => self.engine.fuel_used(),
        }
    }

    /// A typed handle of an export.
    ///
    /// # Errors
    /// [`Error::MissingExport`], [`Error::ExportSignature`], [`Error::Undescribed`], [`Error::Raw`], or
    /// [`Error::Schema`] when the module says that the function has other types. The first handle
    /// also starts the guest, and reports what [`Guest::start`] reports.
    pub fn func<A, R>(&mut self, name: &str) -> Result<Func<A, R>, Error>
    where
        A: Args,
        R: DeserializeOwned + aingle_wasm_codec::Schema,
    {
        let func = Func::new(Module::parse(self.engine.wasm())?, self.fingerprint, name)?;
        self.start()?;
        Ok(func)
    }

    /// Checks that every import is registered with the module's types, and runs the start function.
    /// The first call does this too.
    ///
    /// # Errors
    /// [`Error::MissingImport`], [`Error::Schema`], [`Error::Load`], [`Error::Trap`] from the start
    /// function, or what a damaged mailbox gives.
    #[inline]
    pub fn start(&mut self) -> Result<(), Error> {
        match self.state {
            State::Ready => Ok(()),
            State::Poisoned => Err(Error::Poisoned),
            State::Loaded => self.start_now(),
        }
    }

    #[cold]
    fn start_now(&mut self) -> Result<(), Error> {
        self.link_host_functions()?;
        self.refuel();
        // Whatever fails from here on has left the instance in the middle of something.
        self.state = State::Poisoned;
        self.engine.start()?;
        if let Some(limits) = &mut self.limits {
            limits::run_start_function(&mut self.engine, limits)?;
        }
        self.link = self.connect()?;
        self.state = State::Ready;
        Ok(())
    }

    /// Gives the host's next call its whole budget.
    fn refuel(&mut self) {
        self.engine.refuel();
        if let Some(limits) = &mut self.limits {
            limits.refill();
        }
    }

    fn link_host_functions(&mut self) -> Result<(), Error> {
        let module = Module::parse(self.engine.wasm())?;
        let version = if module.abi_version().is_some() { Version::V2 } else { Version::V1 };
        let links = self.engine.host_ref().link(module)?;
        self.engine.host().set_links(links, self.config.max_payload, version);
        Ok(())
    }

    /// Finds the mailbox, or the older exports, once.
    fn connect(&mut self) -> Result<Link<E::Function>, Error> {
        let version = Module::parse(self.engine.wasm())?.abi_version();
        if version.is_none() {
            return self.connect_older();
        }
        let allocate = self.engine.find(names::ALLOCATE, Signature::Allocate)?;
        let address = self.engine.find(names::ABI, Signature::Address)?;
        let ptr = limits::call(&mut self.engine, self.limits.as_mut(), &address, 0, 0)
            .map_err(|trap| self.trapped(trap))? as u32;
        let memory_end = self.engine.memory_end().unwrap_or(0);
        let lz4_threshold = if cfg!(feature = "lz4") { self.config.lz4_threshold } else { 0 };
        let at = in_memory(Packed { ptr, len: mailbox::LEN as u32 }, self.engine.memory().len())?;
        let mail = &mut self.engine.memory()[at.clone()];
        write_word(mail, mailbox::MEMORY_END, memory_end);
        write_word(mail, mailbox::LZ4_THRESHOLD, lz4_threshold);
        let features = word(mail, mailbox::GUEST_FEATURES);
        let guard = self.config.integrity.guard(features);
        self.engine.host().set_mailbox(at.start, guard);
        let lz4 = features & mailbox::FEATURE_LZ4 != 0 && lz4_threshold != 0;
        Ok(Link::Mailbox { at, allocate, style: Style { version: Version::V2, guard }, lz4 })
    }

    fn connect_older(&mut self) -> Result<Link<E::Function>, Error> {
        let allocate = match self.engine.find(names::ALLOCATE, Signature::Allocate) {
            Err(Error::MissingExport(_)) => self.engine.find(names::HC_ALLOCATE, Signature::Allocate),
            found => found,
        };
        let allocate = allocate.map_err(|_| Error::MissingExport(Name::new(names::ABI)))?;
        let mut find = |name, signature| self.engine.find(name, signature).ok();
        let free = find(names::RESET_ARENA, Signature::Unit)
            .map(Free::ResetArena)
            .or_else(|| find(names::HC_DEALLOCATE, Signature::Deallocate).map(Free::Deallocate))
            .or_else(|| find(names::DEALLOCATE, Signature::Deallocate).map(Free::Deallocate));
        Ok(Link::Older { allocate, free, used: None })
    }

    /// Calls an export with bytes and lends the reply out where it lies.
    ///
    /// # Errors
    /// As [`Guest::call_in_place`].
    pub fn call_raw(&mut self, name: &str, request: &[u8]) -> Result<&[u8], Error> {
        let entry = self.entry(name)?;
        let reply = self.exchange_bytes(entry, request, Flags::EXPECTS_RESPONSE)?;
        Ok(self.lend(reply))
    }

    /// Calls an export with a payload of `len` bytes that `write` writes straight into the guest's
    /// memory, and lends the reply out where it lies. No heap is needed on this side.
    ///
    /// The bytes that `write` is given hold whatever was there before.
    ///
    /// # Errors
    /// [`Error::Guest`] and [`Error::Panic`] when the guest failed; its words are in
    /// [`Guest::error_body`]. [`Error::Trap`] when it was stopped. [`Error::TooLarge`],
    /// [`Error::GuestOutOfMemory`], [`Error::OutOfBounds`], [`Error::Reply`], [`Error::NoReply`] or
    /// [`Error::Poisoned`] when protocol or limits were broken.
    pub fn call_in_place(
        &mut self,
        name: &str,
        len: usize,
        write: impl FnOnce(&mut [u8]),
    ) -> Result<&[u8], Error> {
        let entry = self.entry(name)?;
        let request = self.reserve(len)?;
        write(&mut self.engine.memory()[payload_range(&request)]);
        let reply = self.exchange(entry, request, Flags::EXPECTS_RESPONSE)?;
        Ok(self.lend(reply))
    }

    /// Sends a one-way notification: the function runs, and nothing comes back but its failure.
    ///
    /// # Errors
    /// As [`Guest::call_in_place`], but for [`Error::NoReply`].
    pub fn notify(&mut self, name: &str, request: &[u8]) -> Result<(), Error> {
        let entry = self.entry(name)?;
        self.exchange_bytes(entry, request, Flags::NONE).map(|_| ())
    }

    pub(crate) fn call_typed<A: Args, R: DeserializeOwned + aingle_wasm_codec::Schema>(
        &mut self,
        func: &Func<A, R>,
        args: &A,
    ) -> Result<R, Error> {
        let entry = self.entry_of(func)?;
        let request = self.write_args(args)?;
        match self.exchange(entry, request, Flags::EXPECTS_RESPONSE) {
            Ok(reply) => Ok(value::decode(self.lend(reply))?),
            Err(Error::Guest { code: ErrorCode::ApplicationTyped, .. }) if schema::is_result::<R>() => {
                let result = typed_error(self.error_body())?;
                self.error_body = 0..0;
                Ok(result)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes arguments into the window, or, when it is too small, into as much room as they take.
    fn write_args<A: Args>(&mut self, args: &A) -> Result<Range<usize>, Error> {
        self.begin()?;
        if let Some(window) = self.window()? {
            let room = &mut self.engine.memory()[payload_range(&window)];
            match value::encode_into(args, room) {
                Ok(len) => {
                    self.check_payload(len as u64)?;
                    return Ok(window.start..window.start + Header::LEN + len);
                }
                Err(ValueError::BufferTooSmall) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let request = self.allocate(value::encoded_len(args)?)?;
        value::encode_into(args, &mut self.engine.memory()[payload_range(&request)])?;
        Ok(request)
    }

    fn exchange_bytes(&mut self, entry: usize, bytes: &[u8], flags: Flags) -> Result<Reply, Error> {
        #[cfg(feature = "lz4")]
        if let Some(len) = self.compress(bytes)? {
            let request = self.reserve(len)?;
            self.engine.memory()[payload_range(&request)].copy_from_slice(&self.scratch[..len]);
            return self.exchange(entry, request, flags.with(Flags::LZ4));
        }
        let request = self.reserve(bytes.len())?;
        self.engine.memory()[payload_range(&request)].copy_from_slice(bytes);
        self.exchange(entry, request, flags)
    }

    #[cfg(feature = "lz4")]
    fn compress(&mut self, bytes: &[u8]) -> Result<Option<usize>, Error> {
        use aingle_wasm_codec::lz4;
        self.start()?;
        let wanted = matches!(self.link, Link::Mailbox { lz4: true, .. });
        self.check_payload(bytes.len() as u64)?;
        if !wanted || bytes.len() < self.config.lz4_threshold as usize {
            return Ok(None);
        }
        self.scratch.resize(lz4::max_compressed_len(bytes.len()), 0);
        Ok(lz4::compress_into(bytes, &mut self.scratch))
    }

    /// Which of [`Guest::entries`] has this name; looks it up the first time.
    fn entry(&mut self, name: &str) -> Result<usize, Error> {
        self.start()?;
        self.error_body = 0..0;
        if let Some(at) = self.entries.iter().position(|entry| entry.name == name) {
            return Ok(at);
        }
        let index = Module::parse(self.engine.wasm())?.entry(name)?;
        let function = self.engine.find(name, Signature::Entry)?;
        self.entries.push(Entry { name: String::from(name), index, function });
        Ok(self.entries.len() - 1)
    }

    /// Which of [`Guest::entries`] a handle means.
    fn entry_of<A, R>(&mut self, func: &Func<A, R>) -> Result<usize, Error> {
        if func.module != self.fingerprint {
            return Err(Error::ForeignHandle(func.name));
        }
        match self.entries.iter().position(|entry| entry.index == func.index) {
            Some(at) => Ok(at),
            None => self.entry(func.name.as_str()),
        }
    }

    /// Starts a call: the instance is whole, has fuel, and no error of an earlier call.
    fn begin(&mut self) -> Result<(), Error> {
        self.start()?;
        self.error_body = 0..0;
        self.reply = Reply::InGuest(0..0);
        self.refuel();
        self.clean_older()
    }

    /// Empties an older guest's arena, or gives its last reply back, when there is anything to empty.
    fn clean_older(&mut self) -> Result<(), Error> {
        let Link::Older { free, used, .. } = &mut self.link else { return Ok(()) };
        let (engine, limits) = (&mut self.engine, self.limits.as_mut());
        let freed = match (used.take(), free) {
            (Some(_), Some(Free::ResetArena(reset))) => limits::call(engine, limits, reset, 0, 0),
            (Some(last), Some(Free::Deallocate(free))) if last != Packed::NONE => {
                limits::call(engine, limits, free, last.ptr, last.len)
            }
            _ => Ok(0),
        };
        freed.map(|_| ()).map_err(|trap| self.trapped(trap))
    }

    /// Room for a request whose payload has `len` bytes.
    fn reserve(&mut self, len: usize) -> Result<Range<usize>, Error> {
        self.begin()?;
        self.check_payload(len as u64)?;
        match self.window()? {
            Some(window) if window.len() >= Header::LEN + len => {
                Ok(window.start..window.start + Header::LEN + len)
            }
            _ => self.allocate(len),
        }
    }

    fn check_payload(&self, found: u64) -> Result<(), Error> {
        let limit = u64::from(self.config.max_payload);
        if found > limit { Err(Error::TooLarge { limit, found }) } else { Ok(()) }
    }

    /// The window that the guest publishes, when it holds more than a header.
    fn window(&mut self) -> Result<Option<Range<usize>>, Error> {
        let Link::Mailbox { at, .. } = &self.link else { return Ok(None) };
        let memory = self.engine.memory();
        let mail = memory.get(at.clone()).unwrap_or_default();
        let (ptr, len) = (word(mail, mailbox::WINDOW_PTR), word(mail, mailbox::WINDOW_LEN));
        if (len as usize) < Header::LEN {
            return Ok(None);
        }
        in_memory(Packed { ptr, len }, memory.len()).map(Some).map_err(|error| self.poison(error))
    }

    /// Room from the guest's allocator.
    fn allocate(&mut self, payload_len: usize) -> Result<Range<usize>, Error> {
        self.check_payload(payload_len as u64)?;
        let needed = payload_len as u64 + Header::LEN as u64;
        let len = u32::try_from(needed).map_err(|_| Error::GuestOutOfMemory { needed })?;
        let allocate = match &self.link {
            Link::Mailbox { allocate, .. } | Link::Older { allocate, .. } => allocate,
            Link::Unknown => return Err(Error::Poisoned),
        };
        let allocated = limits::call(&mut self.engine, self.limits.as_mut(), allocate, len, 0);
        let ptr = allocated.map_err(|trap| self.trapped(trap))? as u32;
        self.set_used(Packed::NONE);
        if ptr == 0 {
            return Err(Error::GuestOutOfMemory { needed });
        }
        in_memory(Packed { ptr, len }, self.engine.memory().len()).map_err(|error| self.poison(error))
    }

    /// Writes the request's header, crosses, and checks what comes back.
    fn exchange(&mut self, entry: usize, request: Range<usize>, flags: Flags) -> Result<Reply, Error> {
        let style = match &self.link {
            Link::Mailbox { style, .. } => *style,
            _ => Style { version: Version::V1, guard: Guard::Crc32 },
        };
        let packed = Packed { ptr: request.start as u32, len: request.len() as u32 };
        let found = request.len() as u64;
        write_header(&mut self.engine.memory()[request], flags, style)
            .map_err(|_| Error::TooLarge { limit: u64::from(u32::MAX), found })?;
        let reply = self.cross(entry, packed)?;
        self.set_used(reply);
        if reply == Packed::NONE {
            if flags.contains(Flags::EXPECTS_RESPONSE) {
                return Err(self.poison(Error::NoReply));
            }
            return Ok(Reply::InGuest(0..0));
        }
        self.receive(reply, style).map_err(|error| self.poison(error))
    }

    /// Remembers what an older guest has to give back before the next call.
    fn set_used(&mut self, reply: Packed) {
        if let Link::Older { used, .. } = &mut self.link {
            *used = Some(reply);
        }
    }

    fn cross(&mut self, entry: usize, request: Packed) -> Result<Packed, Error> {
        let entry = &self.entries[entry].function;
        let limits = self.limits.as_mut();
        let returned = limits::call(&mut self.engine, limits, entry, request.ptr, request.len);
        Ok(Packed::from_u64(returned.map_err(|trap| self.trapped(trap))?))
    }

    /// Checks the reply: where it lies, its envelope, what it says.
    fn receive(&mut self, reply: Packed, style: Style) -> Result<Reply, Error> {
        let memory = self.engine.memory();
        let range = in_memory(reply, memory.len())?;
        let limit = u64::from(self.config.max_payload);
        let found = (range.len() as u64).saturating_sub(Header::LEN as u64);
        if found > limit {
            return Err(Error::TooLarge { limit, found });
        }
        let envelope = Envelope::decode(&memory[range.clone()], style.guard).map_err(Error::Reply)?;
        check_reply(&envelope, style).map_err(Error::Reply)?;
        let payload = payload_range(&range);
        if envelope.flags().contains(Flags::ERROR) {
            let (error, body) = guest_error(&envelope)?;
            self.error_body = payload.end - body..payload.end;
            return Err(error);
        }
        #[cfg(feature = "lz4")]
        if envelope.flags().contains(Flags::LZ4) {
            self.scratch =
                aingle_wasm_codec::lz4::decompress(envelope.payload(), limit as usize).map_err(|error| {
                    match error {
                        DecodeError::DecodedTooLarge { declared, .. } if declared as u64 > limit => {
                            Error::TooLarge { limit, found: declared as u64 }
                        }
                        error => Error::Reply(error),
                    }
                })?;
            return Ok(Reply::InScratch);
        }
        Ok(Reply::InGuest(payload))
    }

    fn lend(&mut self, reply: Reply) -> &[u8] {
        self.reply = reply;
        self.reply()
    }

    fn trapped(&mut self, trap: Trap) -> Error {
        self.state = State::Poisoned;
        match (trap, self.fault()) {
            (Trap::Unreachable, Some(message)) => {
                let len = message.len() as u32;
                self.error_body = message;
                Error::Panic { len }
            }
            _ => Error::Trap(trap),
        }
    }

    /// Where the message of the guest's panic lies, when there is one.
    fn fault(&mut self) -> Option<Range<usize>> {
        let Link::Mailbox { at, .. } = &self.link else { return None };
        let at = at.clone();
        let memory = self.engine.memory();
        let mail = memory.get(at)?;
        let fault = Packed { ptr: word(mail, mailbox::FAULT_PTR), len: word(mail, mailbox::FAULT_LEN) };
        (fault.len != 0).then(|| fault.range_in(memory.len()))?
    }

    fn poison(&mut self, error: Error) -> Error {
        if !error.instance_usable() {
            self.state = State::Poisoned;
        }
        error
    }
}

/// Flags that no reply can carry to this host.
const UNREADABLE: Flags =
    if cfg!(feature = "lz4") { Flags::ENCRYPTED } else { Flags::ENCRYPTED.with(Flags::LZ4) };

/// Checks that the module has what the ABI asks of a guest, of this version or of an older one.
fn check_exports(module: Module<'_>) -> Result<(), Error> {
    match module.abi_version() {
        Some(ABI_VERSION) => {
            module.check_export(names::ABI, Signature::Address)?;
            module.check_export(names::ALLOCATE, Signature::Allocate)
        }
        Some(found) => Err(Error::AbiVersion { expected: ABI_VERSION, found }),
        None => match module.check_export(names::ALLOCATE, Signature::Allocate) {
            Err(Error::MissingExport(_)) => module
                .check_export(names::HC_ALLOCATE, Signature::Allocate)
                .map_err(|_| Error::MissingExport(Name::new(names::ABI))),
            checked => checked,
        },
    }
}

/// Checks that the reply is one: in the version of its request, and with the flags of a reply. Older
/// guests were never held to the flags.
fn check_reply(envelope: &Envelope<'_>, style: Style) -> Result<(), DecodeError> {
    envelope.expect(style.version)?;
    envelope.refuse(UNREADABLE)?;
    if envelope.flags().contains(Flags::ERROR) {
        envelope.refuse(Flags::LZ4)?;
    }
    match style.version {
        Version::V1 => Ok(()),
        Version::V2 => envelope.refuse(Flags::EXPECTS_RESPONSE),
    }
}

/// The value of a typed error, whose body must not be an `Ok` in disguise.
fn typed_error<R: DeserializeOwned>(body: &[u8]) -> Result<R, ValueError> {
    match body.first() {
        Some(1) => value::decode(body),
        _ => Err(ValueError::Malformed),
    }
}

/// The error of an error envelope, and the length of its body.
fn guest_error(envelope: &Envelope<'_>) -> Result<(Error, usize), Error> {
    let payload = envelope.payload();
    let (code, body) = match envelope.header().version {
        Version::V1 => (ErrorCode::Application, payload),
        Version::V2 => ErrorCode::split(payload).ok_or(Error::Reply(DecodeError::ErrorPayload))?,
    };
    Ok((Error::Guest { code, len: body.len() as u32 }, body.len()))
}

fn payload_range(envelope: &Range<usize>) -> Range<usize> {
    envelope.start + Header::LEN..envelope.end
}

fn in_memory(packed: Packed, memory_len: usize) -> Result<Range<usize>, Error> {
    let Packed { ptr, len } = packed;
    packed.range_in(memory_len).ok_or(Error::OutOfBounds { ptr, len, memory: memory_len as u64 })
}

pub(crate) fn word(mail: &[u8], at: usize) -> u32 {
    match mail.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(bytes) => u32::from_le_bytes(*bytes),
        None => 0,
    }
}

fn write_word(mail: &mut [u8], at: usize, value: u32) {
    mail[at..at + 4].copy_from_slice(&value.to_le_bytes());
}
