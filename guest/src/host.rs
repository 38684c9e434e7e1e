//! Calls from the guest to its host.

use crate::buffer::Buffer;
use crate::incoming::{self, Incoming};
use crate::outgoing::Outgoing;
use crate::raw::{ImportFn, call_import, fetch_into, touch, with_runtime};
use crate::runtime::Runtime;
use aingle_wasm_codec::value::Sink;
use aingle_wasm_codec::{Data, DecodeError, FastPath, Format, ValueError, schema, value};
use aingle_wasm_types::{ErrorCode, Flags, Packed, Version, control_block};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::de::DeserializeOwned;

/// A function of the host, by its import. `host_externs!` makes them.
#[derive(Clone, Copy)]
pub struct HostFunction {
    name: &'static str,
    import: Option<ImportFn>,
    /// Lies in the object file of the import's record, which is linked for it.
    anchor: &'static u8,
}

impl HostFunction {
    /// The host function behind `import`.
    ///
    /// # Safety
    /// `import` is an import of the ABI, of the module `env`. It reads the request that it is given
    /// and writes only the response buffer that the control block publishes.
    #[must_use]
    #[allow(unsafe_code)]
    pub const unsafe fn new(name: &'static str, import: ImportFn) -> Self {
        Self { name, import: Some(import), anchor: &0 }
    }

    /// As [`HostFunction::new`], of a function that is described. A linker takes an object file of a library only for
    /// what is used of it, and custom sections are never used: whatever calls this function uses `anchor`, which
    /// `host_externs!` puts into the same object file as the record.
    ///
    /// # Safety
    /// As [`HostFunction::new`].
    #[doc(hidden)]
    #[must_use]
    #[allow(unsafe_code)]
    pub const unsafe fn described(name: &'static str, import: ImportFn, anchor: &'static u8) -> Self {
        Self { name, import: Some(import), anchor }
    }

    /// A host function where there is no host: every call is [`HostCallError::Unavailable`].
    #[must_use]
    pub const fn unavailable(name: &'static str) -> Self {
        Self { name, import: None, anchor: &0 }
    }

    /// Sends bytes and returns the bytes of the response.
    ///
    /// # Errors
    /// [`HostCallError`], of which [`HostCallError::Failed`] is the host's own answer.
    pub fn call(&self, request: &[u8]) -> Result<Vec<u8>, HostCallError> {
        let mut response = Ok(Vec::new());
        self.exchange(
            &|out| bytes(out, request),
            Some(&mut |error, body| {
                response = answered(error, body).map(<[u8]>::to_vec);
            }),
        )?;
        response
    }

    /// Sends bytes without waiting for an answer.
    ///
    /// # Errors
    /// [`HostCallError::Unavailable`] or [`HostCallError::OutOfMemory`]; what the host makes of it is
    /// not known.
    pub fn notify(&self, request: &[u8]) -> Result<(), HostCallError> {
        self.exchange(&|out| bytes(out, request), None)
    }

    /// As [`HostFunction::notify`], of what `write` writes; it says whether there was memory for it.
    pub(crate) fn notify_with(&self, write: &dyn Fn(&mut Outgoing) -> bool) -> Result<(), HostCallError> {
        let write = |out: &mut Outgoing| write(out).then_some(()).ok_or(ValueError::BufferTooSmall);
        self.exchange(&write, None)
    }

    /// The function's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Writes a request by `write`, crosses, and has the response read by `read`, where one is waited for.
    ///
    /// Neither is a type parameter, so that a guest holds this code once.
    fn exchange(&self, write: Write<'_>, read: Option<Read<'_>>) -> Result<(), HostCallError> {
        let import = self.import.ok_or(HostCallError::Unavailable)?;
        touch(self.anchor);
        with_runtime(|runtime| {
            let mut outbox = Outgoing::new(runtime.outbox.take());
            let format = Format { version: Version::V2, ..runtime.format.get() };
            let result = send(&mut outbox, write, read.is_some(), format).and_then(|()| {
                let mut buffer = runtime.response_buffer.take();
                let packed = cross(runtime, import, outbox.envelope(), &mut buffer);
                let result = read.map_or(Ok(()), |read| receive(&mut buffer, packed, read));
                runtime.response_buffer.set(buffer);
                result
            });
            runtime.outbox.set(outbox.into_buffer());
            result
        })
    }
}

/// Writes a request.
type Write<'w> = &'w dyn Fn(&mut Outgoing) -> Result<(), ValueError>;

/// Reads a response: the code, if it is an error, and its body.
type Read<'r> = &'r mut dyn FnMut(Option<ErrorCode>, &[u8]);

/// The bytes that were answered, if it is no error.
fn answered(error: Option<ErrorCode>, body: &[u8]) -> Result<&[u8], HostCallError> {
    error.map_or(Ok(body), |code| Err(HostCallError::Failed { code, body: body.to_vec() }))
}

fn bytes(out: &mut Outgoing, request: &[u8]) -> Result<(), ValueError> {
    if out.push(request) { Ok(()) } else { Err(ValueError::BufferTooSmall) }
}

impl fmt::Debug for HostFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostFunction({})", self.name)
    }
}

/// Sends bytes to a host function and returns the bytes of its response.
///
/// # Errors
/// As [`HostFunction::call`].
pub fn host_call(function: HostFunction, request: &[u8]) -> Result<Vec<u8>, HostCallError> {
    function.call(request)
}

/// A result of a host function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a host function",
    label = "a result is deserialised from the response",
    note = "write `#[derive(Data)]` on it; it must own its data: `String`, not `&str`"
)]
pub trait HostValue: DeserializeOwned + Data {}

impl<T: DeserializeOwned + Data> HostValue for T {}

/// Reason why a host function returned no result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostCallError {
    /// There is no host: this is not WebAssembly.
    Unavailable,
    /// The host answered with an error.
    Failed {
        /// What kind.
        code: ErrorCode,
        /// Its body: the function's own bytes, or text.
        body: Vec<u8>,
    },
    /// The guest has no memory for the request or the response.
    OutOfMemory,
    /// The host returned no response where one was expected.
    NoResponse,
    /// The response's envelope was refused.
    Response(DecodeError),
    /// The arguments cannot be written, or the response is no value of the function's type.
    Value(ValueError),
}

impl fmt::Display for HostCallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable => f.write_str("there is no host"),
            Self::Failed { code, body } => write!(f, "{code}: {}", String::from_utf8_lossy(body)),
            Self::OutOfMemory => f.write_str("the guest has no memory for the host call"),
            Self::NoResponse => f.write_str("the host returned no response"),
            Self::Response(error) => write!(f, "response refused: {error}"),
            Self::Value(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for HostCallError {}

/// Calls a typed host function.
///
/// # Errors
/// As [`HostFunction::call`].
pub fn call_typed<A: Data, R: HostValue>(function: HostFunction, args: &A) -> Result<R, HostCallError> {
    let write = |out: &mut Outgoing| out.write(args);
    let mut result = Err(HostCallError::NoResponse);
    function.exchange(
        &write,
        Some(&mut |error, body| {
            // The function's own error travels as its result does.
            let error = error
                .filter(|&code| code != ErrorCode::ApplicationTyped || !const { schema::is_result::<R>() });
            let body = answered(error, body);
            result = body.and_then(|body| value::decode(body).map_err(HostCallError::Value));
        }),
    )?;
    result
}

/// Sends typed arguments without waiting for an answer.
///
/// # Errors
/// As [`HostFunction::notify`].
pub fn notify_typed<A: Data>(function: HostFunction, args: &A) -> Result<(), HostCallError> {
    let write = |out: &mut Outgoing| out.write(args);
    function.exchange(&write, None)
}

/// Encodes a request.
fn send(outbox: &mut Outgoing, write: Write<'_>, waits: bool, format: Format) -> Result<(), HostCallError> {
    let flags = if waits { Flags::EXPECTS_RESPONSE } else { Flags::NONE };
    match write(outbox) {
        Ok(()) if outbox.finish(flags, format) => Ok(()),
        Ok(()) | Err(ValueError::BufferTooSmall) => Err(HostCallError::OutOfMemory),
        Err(error) => Err(HostCallError::Value(error)),
    }
}

/// Publishes the response buffer, and crosses.
fn cross(runtime: &Runtime, import: ImportFn, request: &[u8], buffer: &mut Buffer) -> Packed {
    runtime.control_block.publish(control_block::RESPONSE_PTR, buffer.for_host());
    // SAFETY: a `HostFunction` holds an import of the ABI, by the contract of `HostFunction::new`. It was published
    // just now that it writes `buffer`.
    #[allow(unsafe_code)]
    let packed = unsafe { call_import(import, request, buffer) };
    Packed::from_u64(packed)
}

/// Reads the response where the host wrote it, or fetches it.
fn receive(buffer: &mut Buffer, packed: Packed, read: Read<'_>) -> Result<(), HostCallError> {
    if packed == Packed::NONE {
        return Err(HostCallError::NoResponse);
    }
    let len = packed.len as usize;
    if packed.ptr == 0 && !fetch(buffer, len) {
        return Err(HostCallError::OutOfMemory);
    }
    let envelope = buffer.bytes().get(..len).ok_or(HostCallError::OutOfMemory)?;
    let (error, body) = open(envelope).map_err(HostCallError::Response)?;
    read(error, body);
    Ok(())
}

/// Makes room for a response that waits, and calls the host to copy it.
#[cold]
#[inline(never)]
fn fetch(buffer: &mut Buffer, len: usize) -> bool {
    buffer.replace(len) && fetch_into(buffer, len as u32)
}

/// What a response says: the code, if it is an error, and its body.
fn open(envelope: &[u8]) -> Result<(Option<ErrorCode>, &[u8]), DecodeError> {
    if let Some(fast_path) = FastPath::check(envelope) {
        return Ok((None, fast_path.payload));
    }
    let Incoming { payload, flags, .. } = incoming::open(envelope, Flags::LZ4.with(Flags::ENCRYPTED))?;
    if !flags.contains(Flags::ERROR) {
        return Ok((None, payload));
    }
    let (code, body) = ErrorCode::split(payload).ok_or(DecodeError::ErrorPayload)?;
    Ok((Some(code), body))
}
